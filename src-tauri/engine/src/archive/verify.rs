//! Reads a whole archive and holds every byte of it against its manifest.

use std::sync::Arc;

use super::reader::{FrameReader, Reader, check_ends};
use crate::Result;
use crate::cancel::{CancelToken, checkpoint};
use crate::reporter::Counters;

/// What was read and found to be as the manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyReport {
    /// Tables.
    pub table_count: u64,
    /// Uploaded files.
    pub file_count: u64,
    /// Rows.
    pub row_count: u64,
    /// Bytes of rows and files, uncompressed.
    pub byte_count: u64,
    /// Frames in the file.
    pub frame_count: u64,
    /// Length of the file in bytes.
    pub size_bytes: u64,
}

impl Reader {
    /// Reads every frame in the order of the file, unpacks it, and compares members, sizes, counts
    /// and hashes with the manifest. Counts the rows and bytes of tables as it goes.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`rows`](Self::rows); `cancelled`.
    pub fn verify(&self, counters: &Counters, cancel: &CancelToken) -> Result<VerifyReport> {
        let solid = self.solid()?;
        if !std::ptr::eq(solid, self) {
            // Its own members were held against its manifest when it was made whole.
            check_ends(
                &self.container,
                &mut FrameReader::new(Arc::clone(&self.container.source))?,
            )?;
            return Ok(VerifyReport {
                size_bytes: self.size_bytes(),
                ..solid.verify(counters, cancel)?
            });
        }
        let manifest = self.manifest();
        let mut frames = FrameReader::new(Arc::clone(&self.container.source))?;
        check_ends(&self.container, &mut frames)?;
        let mut report = VerifyReport {
            table_count: manifest.tables.len() as u64,
            file_count: manifest.files.as_ref().map_or(0, Vec::len) as u64,
            row_count: 0,
            byte_count: 0,
            frame_count: self.container.frames.len() as u64,
            size_bytes: self.size_bytes(),
        };
        let mut tables: Vec<_> = manifest.tables.iter().collect();
        tables.sort_by_key(|entry| entry.first_frame);
        for entry in tables {
            let mut rows = self.rows(&entry.table)?;
            let mut counted = 0;
            while rows.next_row()?.is_some() {
                counted += 1;
                if counted % 4096 == 0 {
                    checkpoint(cancel)?;
                }
            }
            checkpoint(cancel)?;
            counters.add(counted, entry.byte_count);
            report.row_count += counted;
            report.byte_count += entry.byte_count;
        }
        let mut files: Vec<_> = manifest.files.iter().flatten().collect();
        files.sort_by_key(|entry| entry.first_frame);
        for entry in files {
            let mut pieces = self.file(entry)?;
            while let Some(piece) = pieces.next_piece()? {
                counters.add(0, piece.len() as u64);
                checkpoint(cancel)?;
            }
            report.byte_count += entry.byte_count;
        }
        Ok(report)
    }
}
