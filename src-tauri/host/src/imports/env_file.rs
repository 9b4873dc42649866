//! `.env` files: `NAME=value`, with or without quotes and `export`, and `${NAME}` for what an earlier
//! line says.

use std::collections::BTreeMap;

use snapback_engine::pg::{Password, Settings};

use super::FoundConnection;
use crate::connections::Address;

/// Names under which applications keep the pieces of one connection: host, port, user, password,
/// database. Supabase's own file has the first set, without a user.
const PIECES: &[[&str; 5]] = &[
    [
        "POSTGRES_HOST",
        "POSTGRES_PORT",
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "POSTGRES_DB",
    ],
    ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"],
    ["DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME"],
];
/// The superuser of every Postgres image, and so the user where a file names none.
const USUAL_USER: &str = "postgres";
const USUAL_PORT: u16 = 5432;

pub(super) fn read(text: &str) -> Vec<FoundConnection> {
    let (order, variables) = variables(text);
    let mut found: Vec<FoundConnection> = order
        .iter()
        .filter_map(|name| from_url(name, variables.get(name)?))
        .collect();
    found.extend(
        PIECES
            .iter()
            .filter_map(|names| from_pieces(names, &variables)),
    );
    found
}

fn from_url(name: &str, value: &str) -> Option<FoundConnection> {
    // Placeholders of example files are no connections.
    let (address, settings) = Address::from_url(value).ok()?;
    Some(FoundConnection {
        called: name.to_owned(),
        address,
        password: settings.password().cloned(),
    })
}

fn from_pieces(names: &[&str; 5], variables: &BTreeMap<String, String>) -> Option<FoundConnection> {
    let [host_name, ..] = names;
    let [host, port, user, password, database] =
        names.map(|name| variables.get(name).filter(|value| !value.is_empty()));
    let host = host?;
    let user = user.map_or(USUAL_USER, String::as_str);
    let settings = Settings::new(
        host,
        port.and_then(|port| port.parse().ok())
            .unwrap_or(USUAL_PORT),
        user,
        database.map_or(user, String::as_str),
    );
    Some(FoundConnection {
        called: (*host_name).to_owned(),
        address: Address::of(&settings),
        password: password.map(|password| Password::new(password.clone())),
    })
}

/// The variables, and their names in the order of the file.
fn variables(text: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let (mut order, mut values) = (Vec::new(), BTreeMap::new());
    for line in text.lines() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let name = name.trim();
        if name.is_empty() || name.starts_with('#') {
            continue;
        }
        let value = value_of(value.trim(), &values);
        if values.insert(name.to_owned(), value).is_none() {
            order.push(name.to_owned());
        }
    }
    (order, values)
}

fn value_of(written: &str, known: &BTreeMap<String, String>) -> String {
    if let Some(quoted) = between(written, '\'') {
        return quoted.to_owned();
    }
    match between(written, '"') {
        Some(quoted) => replaced(quoted, known),
        // A comment begins behind a space.
        None => replaced(
            written.split(" #").next().unwrap_or_default().trim_end(),
            known,
        ),
    }
}

/// What stands between the first quote and the next one.
fn between(text: &str, quote: char) -> Option<&str> {
    let (inside, _) = text.strip_prefix(quote)?.split_once(quote)?;
    Some(inside)
}

/// The text with `${NAME}` replaced by what is known; what is not known stays.
fn replaced(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        made.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if known.contains_key(name) => {
                made.push_str(&known[name]);
                rest = after;
            }
            _ => {
                made.push_str("${");
                rest = after;
            }
        }
    }
    made.push_str(rest);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        read(text)
            .into_iter()
            .map(|found| {
                let password = found.password.as_ref().map_or("-", Password::reveal);
                format!("{} {} {password}", found.called, found.address.url())
            })
            .collect()
    }

    #[test]
    fn urls_are_found_under_whatever_name() {
        let text = r#"
            # DATABASE_URL=postgres://old:old@old/old
            NODE_ENV=production
            export DATABASE_URL="postgresql://app:p%2Fw@db.example:6543/carbon?pgbouncer=true" # pooled
            DIRECT_URL='postgres://app@db.example/carbon'
            EXAMPLE=postgres://
        "#;
        assert_eq!(
            told(text),
            [
                "DATABASE_URL postgres://app@db.example:6543/carbon p/w",
                "DIRECT_URL postgres://app@db.example:5432/carbon -",
            ]
        );
    }

    #[test]
    fn supabases_own_file_names_the_pieces() {
        let text = "POSTGRES_PASSWORD=secret # changed\nPOSTGRES_HOST=db\nPOSTGRES_DB=postgres\nPOSTGRES_PORT=5433\n";
        assert_eq!(
            told(text),
            ["POSTGRES_HOST postgres://postgres@db:5433/postgres secret"]
        );
    }

    #[test]
    fn a_value_may_be_made_of_earlier_ones() {
        let text = "PASS=p w\nURL=postgres://u@localhost/x?sslmode=disable\nDATABASE_URL=postgres://u:${PASS}@localhost/${UNKNOWN}x\n";
        assert_eq!(
            told(text),
            [
                "URL postgres://u@localhost:5432/x?sslmode=disable -",
                "DATABASE_URL postgres://u@localhost:5432/%24%7BUNKNOWN%7Dx p w",
            ]
        );
    }
}
