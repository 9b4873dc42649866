//! Reads a part of a table on its own, so that several threads share one table, and one row is found
//! without the rest.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use memchr::{memchr, memrchr};

use super::failure;
use super::reader::Reader;
use super::seek::Frame;
use crate::Result;
use crate::model::TableName;

/// A part of a table: the rows that begin in a run of its frames.
///
/// A row that begins exactly where the run ends is the run's own, so that the parts of a table have
/// each row once, wherever frames end.
#[derive(Debug, Clone)]
pub struct RowChunk {
    member: String,
    /// The member's frames, without its header's.
    content: Arc<Vec<Frame>>,
    own: Range<usize>,
    /// Bytes of the member from the beginning of the run on.
    remaining: u64,
}

impl RowChunk {
    /// Bytes of the run, the part of a row included that began before it.
    #[must_use]
    pub fn byte_count(&self) -> u64 {
        let own = self.content.get(self.own.clone()).unwrap_or_default();
        let held: u64 = own
            .iter()
            .map(|frame| u64::from(frame.size.decompressed))
            .sum();
        held.min(self.remaining)
    }
}

/// Whole rows of a chunk, each line with its newline.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    /// The lines.
    pub bytes: &'a [u8],
    /// Whether this is one row that was too long and ends early.
    pub is_cut: bool,
}

impl Reader {
    /// The parts of a table, each of at most so many frames, in the order of its rows.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn chunks(&self, table: &TableName, frame_count: usize) -> Result<Vec<RowChunk>> {
        let (_, content, span) = self.table_member(table)?;
        let content = Arc::new(content);
        let step = frame_count.max(1);
        let mut remaining = span.byte_count;
        let chunks = (0..content.len()).step_by(step).map(|start| {
            let chunk = RowChunk {
                member: span.member.clone(),
                content: Arc::clone(&content),
                own: start..(start + step).min(content.len()),
                remaining,
            };
            remaining -= chunk.byte_count();
            chunk
        });
        Ok(chunks.collect())
    }

    /// Hands out the rows of a part in blocks, until `each` breaks off. A row of more than `longest`
    /// bytes is handed out by itself, cut there.
    ///
    /// The hash of a table is known once all of it was read: rows that come this way are for looking
    /// at, and nothing may be decided from them.
    ///
    /// # Errors
    /// `archive_damaged`, `archive_mismatch`, `archive_incomplete`, `local_file`; what `each` returns.
    pub fn read_chunk(
        &self,
        chunk: &RowChunk,
        longest: usize,
        each: &mut dyn FnMut(Lines<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut frames = self.frame_reader()?;
        let mut remaining = chunk.remaining;
        let mut carry = Carry::new(longest);
        // The row under way where the run begins is the chunk's before.
        let mut skipping = chunk.own.start > 0;
        for (index, frame) in chunk.content.iter().enumerate().skip(chunk.own.start) {
            let is_own = index < chunk.own.end;
            if skipping && !is_own {
                return Ok(());
            }
            let bytes = frames.read(frame)?;
            let length =
                usize::try_from(remaining).map_or(bytes.len(), |rest| rest.min(bytes.len()));
            remaining -= length as u64;
            let mut rest = bytes.get(..length).unwrap_or_default();
            if skipping {
                let Some((_, after)) = split_line(rest) else {
                    continue;
                };
                (rest, skipping) = (after, false);
            }
            if carry.has_begun || !is_own {
                let Some((line, after)) = split_line(rest) else {
                    carry.push(rest);
                    continue;
                };
                carry.push(line);
                if each(carry.lines())?.is_break() || !is_own {
                    return Ok(());
                }
                carry.clear();
                rest = after;
            }
            let whole = memrchr(b'\n', rest).map_or(0, |end| end + 1);
            let (bytes, begun) = rest.split_at(whole);
            let is_cut = false;
            if !bytes.is_empty() && each(Lines { bytes, is_cut })?.is_break() {
                return Ok(());
            }
            if !begun.is_empty() {
                carry.push(begun);
            }
        }
        if carry.has_begun {
            let path = frames.path();
            return Err(failure::mismatch(path, "a table's last row does not end")
                .with("member", &chunk.member));
        }
        Ok(())
    }
}

/// The first line with its newline, and what follows it.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr(b'\n', bytes).map(|end| bytes.split_at(end + 1))
}

/// A row whose end lies in another frame than its beginning.
struct Carry {
    longest: usize,
    line: Vec<u8>,
    has_begun: bool,
    is_cut: bool,
}

impl Carry {
    fn new(longest: usize) -> Self {
        Self {
            longest,
            line: Vec::new(),
            has_begun: false,
            is_cut: false,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.has_begun = true;
        let room = self.longest.saturating_sub(self.line.len());
        self.is_cut |= bytes.len() > room;
        let kept = bytes.get(..room).unwrap_or(bytes);
        self.line.extend_from_slice(kept);
    }

    fn lines(&mut self) -> Lines<'_> {
        if self.is_cut && !self.line.ends_with(b"\n") {
            self.line.push(b'\n');
        }
        Lines {
            bytes: &self.line,
            is_cut: self.is_cut,
        }
    }

    fn clear(&mut self) {
        self.line.clear();
        self.has_begun = false;
        self.is_cut = false;
    }
}
