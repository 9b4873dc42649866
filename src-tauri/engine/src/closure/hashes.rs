//! Many 64-bit hashes, kept sorted and distinct within a memory budget.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Hashes held in memory: 4 MiB.
const HELD: usize = 1 << 19;
/// Bytes of a run read ahead.
const AHEAD: usize = 32 << 10;

/// Takes hashes in any order; those that do not fit go to files without a name, which are gone when
/// this process is.
#[derive(Debug)]
pub(super) struct Hashes {
    folder: PathBuf,
    held: Vec<u64>,
    runs: Vec<File>,
}

impl Hashes {
    /// None yet. Runs are spilled into `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            held: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Adds hashes, some perhaps known already.
    ///
    /// # Errors
    /// `disk_full` or `local_file` where a run cannot be spilled.
    pub(super) fn add(&mut self, hashes: &[u64]) -> Result<()> {
        let needed = self.held.len() + hashes.len();
        if needed > self.held.capacity() {
            // Growing by doubling would end at twice as much as is ever held.
            let room = (2 * needed).min(HELD + hashes.len());
            self.held
                .reserve_exact(room.saturating_sub(self.held.len()));
        }
        self.held.extend_from_slice(hashes);
        if self.held.len() < HELD {
            return Ok(());
        }
        self.settle();
        if self.held.len() > HELD / 2 {
            self.spill()
                .map_err(|error| Error::local_file("a spill file", &self.folder, &error))?;
        }
        Ok(())
    }

    fn settle(&mut self) {
        self.held.sort_unstable();
        self.held.dedup();
    }

    fn spill(&mut self) -> std::io::Result<()> {
        let mut file = tempfile::tempfile_in(&self.folder)?;
        let mut bytes = Vec::with_capacity(AHEAD);
        for piece in self.held.chunks(AHEAD / size_of::<u64>()) {
            bytes.clear();
            piece
                .iter()
                .for_each(|hash| bytes.extend_from_slice(&hash.to_le_bytes()));
            file.write_all(&bytes)?;
        }
        file.rewind()?;
        self.runs.push(file);
        self.held.clear();
        Ok(())
    }

    /// Every hash once, in ascending order.
    ///
    /// # Errors
    /// `local_file` where a run cannot be read back.
    pub(super) fn sorted(mut self) -> Result<Sorted> {
        self.settle();
        let mut sorted = Sorted {
            held: self.held.into_iter(),
            runs: self
                .runs
                .into_iter()
                .map(|file| BufReader::with_capacity(AHEAD, file))
                .collect(),
            heads: BinaryHeap::new(),
            last: None,
        };
        if !sorted.runs.is_empty() {
            for source in 0..=sorted.runs.len() {
                sorted.refill(source)?;
            }
        }
        Ok(sorted)
    }
}

/// Hashes in ascending order.
pub(super) struct Sorted {
    held: std::vec::IntoIter<u64>,
    runs: Vec<BufReader<File>>,
    /// The next hash of each source; the one after the runs is what was held.
    heads: BinaryHeap<Reverse<(u64, usize)>>,
    last: Option<u64>,
}

impl Sorted {
    /// The next one; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<u64>> {
        if self.runs.is_empty() {
            // What was held is sorted and distinct.
            return Ok(self.held.next());
        }
        while let Some(Reverse((hash, source))) = self.heads.pop() {
            self.refill(source)?;
            if self.last != Some(hash) {
                self.last = Some(hash);
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    fn refill(&mut self, source: usize) -> Result<()> {
        let next = match self.runs.get_mut(source) {
            None => self.held.next(),
            Some(run) => read(run).map_err(|error| {
                Error::local_file("a spill file", Path::new("(unnamed)"), &error)
            })?,
        };
        self.heads.extend(next.map(|hash| Reverse((hash, source))));
        Ok(())
    }
}

fn read(run: &mut BufReader<File>) -> std::io::Result<Option<u64>> {
    let mut bytes = [0; 8];
    match run.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(u64::from_le_bytes(bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(hashes: Hashes) -> Vec<u64> {
        let mut sorted = hashes.sorted().unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn every_hash_comes_once_and_in_order_spilled_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let count = HELD as u64 * 2 + 17;
        let mut hashes = Hashes::new(folder.path());
        for start in (0..count).step_by(1000) {
            let piece: Vec<u64> = (start..count.min(start + 1000))
                .map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % count)
                .collect();
            hashes.add(&piece).unwrap();
            hashes.add(&piece).unwrap();
        }
        assert!(!hashes.runs.is_empty(), "it was meant to spill");
        let found = collected(hashes);
        assert!(found.is_sorted_by(|a, b| a < b));
        let distinct: std::collections::HashSet<u64> = (0..count)
            .map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % count)
            .collect();
        assert_eq!(found.len(), distinct.len());
    }

    #[test]
    fn no_hashes_are_no_hashes() {
        assert!(collected(Hashes::new(Path::new("/"))).is_empty());
    }
}
