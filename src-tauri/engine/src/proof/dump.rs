//! A schema dump, loaded into an empty database of our own: what an application's next version will look like.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::cancel::{CancelToken, checkpoint};
use crate::model::TableName;
use crate::pg::{Session, Settings, statements};
use crate::{Code, Error, Result};

/// The most bytes that are read of a dump.
const LONGEST: u64 = 256 << 20;

/// A statement that our server did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Its first words, up to the name that it is about.
    pub statement: String,
    /// The code of the error.
    pub code: Code,
    /// The table that it would have made, where it is such a statement.
    pub table: Option<TableName>,
}

/// What became of a dump.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dumped {
    /// How many statements were taken.
    pub statement_count: u64,
    /// Those that were not: mostly what needs an extension that is not here.
    pub not_taken: Vec<NotTaken>,
    /// Extensions that it makes and our server does not have.
    pub missing_extensions: Vec<String>,
}

impl Dumped {
    /// The tables of the dump that our server could not make: of them nothing can be told.
    #[must_use]
    pub fn untold_tables(&self) -> HashSet<TableName> {
        let tables = self.not_taken.iter();
        tables.filter_map(|one| one.table.clone()).collect()
    }
}

/// Runs the statements of a plain dump one by one, without those that say whose something is and who may do what with it,
/// since the roles that they name are elsewhere. What fails is listed, and the rest is gone on with: a dump needs
/// extensions that may not be here.
///
/// # Errors
/// `local_file` where it cannot be read; `usage` where it is no plain dump; errors of the connection; `cancelled`.
pub async fn load_dump(settings: &Settings, path: &Path, cancel: &CancelToken) -> Result<Dumped> {
    let script = read(path)?;
    let mut session = Session::open(settings).await?;
    let mut dumped = Dumped::default();
    for statement in statements(&script) {
        checkpoint(cancel)?;
        if is_of_rights(statement) {
            continue;
        }
        match session.run(statement).await {
            Ok(_) => dumped.statement_count += 1,
            Err(error) if error.code() == Code::ConnectionLost => return Err(error),
            Err(error) => {
                dumped
                    .missing_extensions
                    .extend(made(statement, "EXTENSION").map(|name| name.name));
                dumped.not_taken.push(NotTaken {
                    statement: beginning(statement),
                    code: error.code(),
                    table: made(statement, "TABLE"),
                });
            }
        }
    }
    session.close().await;
    Ok(dumped)
}

fn read(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| Error::local_file("the schema dump", path, &error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    let mut bounded = file.take(LONGEST + 1);
    let length = bounded.read_to_end(&mut bytes).map_err(failed)?;
    if length as u64 > LONGEST {
        return Err(Error::new(Code::Usage, "The schema dump is too long.")
            .with("path", path.display())
            .hint("Is it of the schema alone? pg_dump --schema-only --file schema.sql"));
    }
    let is_plain = !bytes.starts_with(b"PGDMP") && !bytes.contains(&0);
    let script = String::from_utf8(bytes).ok().filter(|_| is_plain);
    script.ok_or_else(|| {
        Error::new(Code::Usage, "This is no schema dump as plain text.")
            .with("path", path.display())
            .hint("Make it with: pg_dump --schema-only --file schema.sql")
    })
}

fn is_of_rights(statement: &str) -> bool {
    let mut words = statement.split_whitespace().map(str::to_ascii_uppercase);
    match words.next().as_deref() {
        Some("GRANT" | "REVOKE") => true,
        Some("ALTER") => {
            let rest: Vec<String> = words.take(8).collect();
            let says = |some: [&str; 2]| rest.windows(2).any(|pair| pair == some);
            says(["DEFAULT", "PRIVILEGES"]) || says(["OWNER", "TO"])
        }
        _ => false,
    }
}

/// The name of what a statement makes, where it makes a thing of that kind; with the schema `public` where it says none, as
/// a dump always does of a table.
fn made(statement: &str, kind: &str) -> Option<TableName> {
    let mut rest = statement.trim_start();
    let mut word = |wanted: &str| {
        let found = rest
            .get(..wanted.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(wanted));
        let after = found.then(|| rest.get(wanted.len()..)).flatten()?;
        rest = after.strip_prefix(char::is_whitespace)?.trim_start();
        Some(())
    };
    word("CREATE")?;
    word("UNLOGGED");
    word(kind)?;
    if word("IF").is_some() {
        word("NOT")?;
        word("EXISTS")?;
    }
    let (first, after) = identifier(rest)?;
    Some(match after.strip_prefix('.').and_then(identifier) {
        Some((second, _)) => TableName::new(&first, &second),
        None => TableName::new("public", &first),
    })
}

/// The name at the beginning of a text, and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
        let end = text.find(|letter| !is_plain(letter)).unwrap_or(text.len());
        let (name, after) = text.split_at_checked(end)?;
        return (!name.is_empty()).then(|| (name.to_lowercase(), after));
    };
    let mut name = String::new();
    let mut letters = quoted.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '"' {
            name.push(letter);
        } else if letters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return Some((name, quoted.get(at + 1..)?));
        }
    }
    None
}

/// The first words of a statement, without anything that may be a value.
fn beginning(statement: &str) -> String {
    let words = statement.split_whitespace();
    let plain = words.take_while(|word| !word.contains(['\'', '$', '=']));
    plain.take(6).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_whose_something_is_is_left_out_and_nothing_else() {
        for of_rights in [
            "GRANT SELECT ON TABLE t TO anon",
            "revoke ALL ON SCHEMA public FROM PUBLIC",
            "ALTER TABLE public.company OWNER TO postgres",
            "ALTER FUNCTION public.f(a integer, b text) OWNER TO postgres",
            "ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT ALL ON TABLES TO y",
        ] {
            assert!(is_of_rights(of_rights), "{of_rights}");
        }
        for kept in [
            "ALTER TABLE ONLY t ADD CONSTRAINT c UNIQUE (a)",
            "ALTER TABLE t ALTER COLUMN a SET DEFAULT 'owner to'",
            "CREATE TABLE t (owner text)",
        ] {
            assert!(!is_of_rights(kept), "{kept}");
        }
    }

    #[test]
    fn what_a_statement_makes_is_known_by_its_name() {
        for (statement, name) in [
            ("CREATE TABLE public.customer (id text)", "public.customer"),
            (
                "create unlogged table if not exists \"odd\".\"a\"\"b.c\"(id text)",
                "odd.a\"b.c",
            ),
            ("CREATE TABLE Plain(id text)", "public.plain"),
        ] {
            assert_eq!(made(statement, "TABLE").unwrap().to_string(), name);
        }
        let vector = made(
            "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA x",
            "EXTENSION",
        );
        assert_eq!(vector.unwrap().name, "vector");
        for other in [
            "CREATE TABLESPACE t",
            "CREATE INDEX t ON u (a)",
            "ALTER TABLE t ADD x text",
            "CREATE TABLE \"t",
        ] {
            assert_eq!(made(other, "TABLE"), None, "{other}");
        }
    }

    #[test]
    fn the_beginning_of_a_statement_holds_no_value() {
        let words = beginning("CREATE USER MAPPING FOR me SERVER far OPTIONS (password 'x')");
        assert_eq!(words, "CREATE USER MAPPING FOR me SERVER");
        assert_eq!(
            beginning("COMMENT ON TABLE t IS 'secret'"),
            "COMMENT ON TABLE t IS"
        );
    }
}
