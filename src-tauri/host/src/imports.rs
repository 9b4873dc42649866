//! Connections that other programs' files describe: a `.env` file, as Supabase and most applications
//! have, and PostgreSQL's `~/.pgpass`.

mod env_file;
mod pgpass;

use std::path::{Path, PathBuf};

use snapback_engine::pg::Password;
use snapback_engine::{Code, Error, Result};

use crate::connections::Address;

/// The most bytes that are read of such a file.
const LONGEST: u64 = 1 << 20;

/// A connection that was found in a file.
#[derive(Debug, Clone)]
pub struct FoundConnection {
    /// What the file calls it, such as the variable.
    pub called: String,
    /// Where it leads.
    pub address: Address,
    /// Its password, where the file has it.
    pub password: Option<Password>,
}

/// PostgreSQL's own file of passwords of the person at this computer.
#[must_use]
pub fn pgpass_file() -> Option<PathBuf> {
    crate::named("PGPASSFILE")
        .map(PathBuf::from)
        .or_else(|| Some(dirs::home_dir()?.join(".pgpass")))
}

/// The connections that a file describes. A file called `.pgpass` or `pgpass.conf`, or whose lines all
/// look like one's, is read as such, any other as a `.env` file.
///
/// # Errors
/// `local_file`; `invalid_connection` where there is none in it.
pub fn read(path: &Path) -> Result<Vec<FoundConnection>> {
    let text = text_of(path)?;
    let found = if is_pgpass(path, &text) {
        pgpass::read(&text)
    } else {
        env_file::read(&text)
    };
    if found.is_empty() {
        return Err(Error::new(
            Code::InvalidConnection,
            "No connection to a Postgres database was found in this file.",
        )
        .hint("Looked for were postgres:// URLs, POSTGRES_... and PG... variables, and lines of ~/.pgpass.")
        .with("path", path.display()));
    }
    Ok(found)
}

fn text_of(path: &Path) -> Result<String> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| Error::local_file("the file", path, &error);
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .map_err(failed)?
        .take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_pgpass(path: &Path, text: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_named_so =
        pgpass_file().as_deref() == Some(path) || name.ends_with("pgpass") || name == "pgpass.conf";
    is_named_so || pgpass::looks_like_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_what_it_looks_like() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let env = write(".env", "DATABASE_URL=postgres://u:hunter2@db.example/x\n");
        assert_eq!(read(&env).unwrap()[0].called, "DATABASE_URL");
        let passwords = write("copied", "db.example:5432:x:u:hunter2\n");
        let found = read(&passwords).unwrap();
        assert_eq!(found[0].address.host, "db.example");
        assert!(!format!("{found:?}").contains("hunter2"));
        let nothing = write("notes.txt", "remember the milk: hunter2\n");
        let error = read(&nothing).unwrap_err();
        assert_eq!(error.code(), Code::InvalidConnection);
        assert!(!format!("{error:?}").contains("hunter2"));
        let gone = read(&folder.path().join("gone")).unwrap_err();
        assert_eq!(gone.code(), Code::LocalFile);
    }
}
