//! PostgreSQL's file of passwords: `host:port:database:user:password`, `*` for any, `\` before `:` and
//! `\`.

use snapback_engine::pg::{Password, Settings};

use super::FoundConnection;
use crate::connections::Address;

const ANY: &str = "*";
const USUAL_PORT: u16 = 5432;

pub(super) fn read(text: &str) -> Vec<FoundConnection> {
    lines(text).filter_map(connection).collect()
}

/// Whether every line is one of such a file.
pub(super) fn looks_like_one(text: &str) -> bool {
    let mut count = 0;
    let all = lines(text).all(|line| {
        count += 1;
        fields(line).is_some_and(|[_, port, ..]| port == ANY || port.parse::<u16>().is_ok())
    });
    all && count > 0
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

/// A line as a connection. `*` is left for the person to fill in; a line for any host is for none.
fn connection(line: &str) -> Option<FoundConnection> {
    let [host, port, database, user, password] = fields(line)?;
    if host == ANY {
        return None;
    }
    let known = |field: String| if field == ANY { String::new() } else { field };
    let port = port.parse().unwrap_or(USUAL_PORT);
    let (user, database) = (known(user), known(database));
    let settings = Settings::new(&host, port, user, database);
    let address = Address::of(&settings);
    let called = match address.database.as_str() {
        "" => format!("{host}:{port}"),
        database => format!("{host}:{port}/{database}"),
    };
    Some(FoundConnection {
        called,
        address,
        password: Some(Password::new(password)),
    })
}

fn fields(line: &str) -> Option<[String; 5]> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        // Behind the fourth colon everything is the password.
        match letter {
            '\\' => fields.last_mut()?.extend(letters.next()),
            ':' if fields.len() < 5 => fields.push(String::new()),
            letter => fields.last_mut()?.push(letter),
        }
    }
    fields.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_connections_and_what_stands_for_any_is_left_open() {
        let text = "# ours\ndb.example:5433:carbon:app:a\\:b\\\\c\n*:*:*:*:everywhere\nother:*:*:postgres:x:y\n";
        let found = read(text);
        let told: Vec<_> = found
            .iter()
            .map(|found| {
                let Address {
                    host,
                    port,
                    user,
                    database,
                    ..
                } = &found.address;
                let password = found.password.as_ref().unwrap().reveal();
                format!("{host} {port} {user} {database:?} {password}")
            })
            .collect();
        assert_eq!(
            told,
            [
                r#"db.example 5433 app "carbon" a:b\c"#,
                r#"other 5432 postgres "" x:y"#
            ]
        );
        assert_eq!(found[0].called, "db.example:5433/carbon");
        assert_eq!(found[1].called, "other:5432");
    }

    #[test]
    fn other_files_do_not_look_like_one() {
        assert!(looks_like_one("h:5432:d:u:p\n"));
        for text in [
            "",
            "# h:5432:d:u:p",
            "A=postgres://u:p@h:5432/x",
            "a:b:c:d:e",
        ] {
            assert!(!looks_like_one(text), "{text}");
        }
    }
}
