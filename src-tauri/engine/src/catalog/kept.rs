//! What was read of catalogs, kept on this computer: most of the time that a command takes before it does its
//! work would go into reading the same again. It is found by the catalog's stamp alone, so that whatever was
//! changed since is read from the server.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tokio::task::{JoinHandle, spawn_blocking};

use super::Stamp;
use crate::model::{Schema, TableName};

/// Catalogs that stay: as many databases as a person works on, and then some.
const MOST: usize = 16;
/// Counts up with every change of what is kept, or of how it is read from a server.
const VERSION: u32 = 1;

/// A schema with what archives leave out of it.
#[derive(Serialize, Deserialize)]
struct Kept<S> {
    schema: S,
    estimated_row_counts: BTreeMap<TableName, u64>,
}

/// What was kept and used last, read while the server is still asked for the stamp: mostly it is that again.
pub(crate) struct Guess(Option<JoinHandle<Option<(PathBuf, Schema)>>>);

impl Guess {
    /// Begins to read in that folder.
    pub(crate) fn begin(folder: Option<&Path>) -> Self {
        let folder = folder.map(Path::to_owned);
        Self(folder.map(|folder| {
            spawn_blocking(move || {
                let path = by_age(&folder).ok()?.pop()?;
                let schema = load(&path)?;
                Some((path, schema))
            })
        }))
    }

    /// The schema of that stamp, if it is kept there as it was written.
    pub(crate) async fn schema(
        self,
        folder: &Path,
        stamp: &Stamp,
        schemas: &[String],
    ) -> Option<Schema> {
        let wanted = path(folder, stamp, schemas);
        let guessed = match self.0 {
            Some(reading) => reading.await.ok().flatten(),
            None => None,
        };
        let found = match guessed {
            Some((path, schema)) if path == wanted => schema,
            _ => load(&wanted)?,
        };
        #[allow(
            clippy::disallowed_methods,
            reason = "how old files are decides nothing but which are read first and which go first"
        )]
        let now = SystemTime::now();
        // Not found to be the last one used where that fails, which costs time alone.
        if let Ok(file) = File::open(&wanted) {
            drop(file.set_modified(now));
        }
        Some(found)
    }
}

fn load(path: &Path) -> Option<Schema> {
    let bytes = fs::read(path).ok()?;
    let (hash, json) = bytes.split_at_checked(blake3::OUT_LEN)?;
    if blake3::hash(json).as_bytes() != hash {
        return None;
    }
    let Kept::<Schema> {
        mut schema,
        estimated_row_counts,
    } = serde_json::from_slice(json).ok()?;
    for (name, count) in estimated_row_counts {
        schema.tables.get_mut(&name)?.estimated_row_count = count;
    }
    Some(schema)
}

/// Keeps a schema for the next time in that folder, which is there, and lets go of those used least lately. Where that
/// fails, nothing is lost but time.
pub(crate) fn keep(folder: &Path, stamp: &Stamp, schemas: &[String], schema: &Schema) {
    if let Err(error) = write(&path(folder, stamp, schemas), folder, schema) {
        tracing::debug!(kind = %error.kind(), "a catalog could not be kept");
    }
}

fn path(folder: &Path, stamp: &Stamp, schemas: &[String]) -> PathBuf {
    let named = (VERSION, stamp.to_string(), schemas);
    let named = serde_json::to_vec(&named).unwrap_or_default();
    folder.join(blake3::hash(&named).to_hex().as_str())
}

fn write(path: &Path, folder: &Path, schema: &Schema) -> io::Result<()> {
    let tables = schema.tables.iter();
    let counts = tables.map(|(name, table)| (name.clone(), table.estimated_row_count));
    let kept = Kept {
        schema,
        estimated_row_counts: counts.collect(),
    };
    let json = serde_json::to_vec(&kept)?;
    // Made under another name, readable by its owner alone: nobody finds half of one.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(blake3::hash(&json).as_bytes())?;
    file.write_all(&json)?;
    file.persist(path).map_err(|error| error.error)?;
    forget_oldest(folder)
}

fn forget_oldest(folder: &Path) -> io::Result<()> {
    for path in by_age(folder)?.iter().rev().skip(MOST) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// What is there, that which was used last at the end.
fn by_age(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        found.push((entry.metadata()?.modified()?, entry.path()));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}
