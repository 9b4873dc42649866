//! Which archives this library made: hashes prove that an archive is whole, not who made it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::folder::Library;
use super::state::read_json;
use crate::Result;
use crate::archive::{Finished, Manifest, Reader, file_hash};

/// The folder of such notes inside `state/`.
pub(super) const MADE_FOLDER: &str = "made";

/// What is noted of an archive: enough to know the very file again.
#[derive(Serialize, Deserialize)]
struct Made {
    size_bytes: u64,
    blake3: String,
    /// Length and BLAKE3 of the file whose place it took, or is about to take: the same archive, stored
    /// otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_place_of: Option<(u64, String)>,
    /// How long making it took, where that was noted.
    #[serde(default)]
    elapsed_ms: Option<u64>,
    /// Days for which it is to be kept, where a schedule made it.
    #[serde(default)]
    keep_days: Option<u32>,
}

impl Library {
    /// Notes that this library made an archive, wherever it was put.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_made(&self, manifest: &Manifest, finished: &Finished) -> Result<()> {
        let Finished {
            size_bytes, blake3, ..
        } = finished;
        let made = Made {
            size_bytes: *size_bytes,
            blake3: blake3.clone(),
            in_place_of: None,
            elapsed_ms: None,
            keep_days: None,
        };
        self.write_json(&self.made_path(manifest.id), &made)
    }

    /// Notes that an archive that this library made is stored otherwise from now on. Where it did not make it,
    /// nothing happens.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub(super) fn note_replaced(&self, archive: Uuid, finished: &Finished) -> Result<()> {
        let path = self.made_path(archive);
        let Some(made) = read_json::<Made>(&path)? else {
            return Ok(());
        };
        let made = Made {
            size_bytes: finished.size_bytes,
            blake3: finished.blake3.clone(),
            in_place_of: Some((made.size_bytes, made.blake3)),
            ..made
        };
        self.write_json(&path, &made)
    }

    /// Whether this library made that archive and not a byte of it has changed since. Reads the
    /// whole file.
    ///
    /// # Errors
    /// `local_file`.
    pub fn has_made(&self, reader: &Reader) -> Result<bool> {
        let Some(made) = read_json::<Made>(&self.made_path(reader.manifest().id))? else {
            return Ok(false);
        };
        let (size_bytes, blake3) = (reader.size_bytes(), file_hash(reader.path())?);
        let is_before = made.in_place_of == Some((size_bytes, blake3.clone()));
        Ok(is_before || (made.size_bytes, made.blake3) == (size_bytes, blake3))
    }

    /// Notes how long making an archive took, by which the next one's time is guessed. Where this
    /// library did not make it, nothing happens.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_elapsed(&self, archive: Uuid, elapsed_ms: u64) -> Result<()> {
        let path = self.made_path(archive);
        let Some(made) = read_json::<Made>(&path)? else {
            return Ok(());
        };
        let elapsed_ms = Some(elapsed_ms);
        self.write_json(&path, &Made { elapsed_ms, ..made })
    }

    /// How long making an archive took, where this library made it and it was noted.
    ///
    /// # Errors
    /// `local_file`.
    pub fn elapsed_making(&self, archive: Uuid) -> Result<Option<u64>> {
        let made = read_json::<Made>(&self.made_path(archive))?;
        Ok(made.and_then(|made| made.elapsed_ms))
    }

    /// Notes for how many days an archive is to be kept that a schedule made; without such a note it never
    /// goes by itself. Where this library did not make it, nothing happens.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_kept_for(&self, archive: Uuid, days: u32) -> Result<()> {
        let path = self.made_path(archive);
        let Some(made) = read_json::<Made>(&path)? else {
            return Ok(());
        };
        let keep_days = Some(days);
        self.write_json(&path, &Made { keep_days, ..made })
    }

    /// For how many days an archive is to be kept, where that was noted.
    ///
    /// # Errors
    /// `local_file`.
    pub fn kept_for(&self, archive: Uuid) -> Result<Option<u32>> {
        let made = read_json::<Made>(&self.made_path(archive))?;
        Ok(made.and_then(|made| made.keep_days))
    }

    pub(super) fn made_path(&self, id: Uuid) -> PathBuf {
        self.state_folder()
            .join(MADE_FOLDER)
            .join(format!("{id}.json"))
    }
}
