//! Streams the rows of one table.

use memchr::memchr;

use super::failure;
use super::layout::Span;
use super::reader::FrameReader;
use super::seek::Frame;
use crate::{Code, Error, Result};

/// Memory that is given back after a row that needed more.
const CARRY_KEPT: usize = 8 << 20;

/// The rows of one table, one after the other, out of one buffer that is used again.
///
/// The table's hash, size and row count are checked when its end is reached, and only then: whoever
/// reads must not do anything irrevocable with the rows before [`next_row`](Self::next_row) gave
/// `None`.
pub struct RowReader {
    frames: FrameReader,
    content: std::vec::IntoIter<Frame>,
    span: Span,
    expected_row_count: Option<u64>,
    row_limit: usize,
    hasher: blake3::Hasher,
    /// Content that is still in frames not yet read, in bytes.
    remaining: u64,
    /// The part of the current frame that was not yet handed out; padding is never part of it.
    window: std::ops::Range<usize>,
    /// The beginning of a row that goes on in the next frame.
    carry: Vec<u8>,
    carry_was_handed_out: bool,
    row_count: u64,
    ended: bool,
}

impl RowReader {
    pub(super) fn new(
        frames: FrameReader,
        content: Vec<Frame>,
        span: Span,
        expected_row_count: Option<u64>,
        row_limit: usize,
    ) -> Self {
        Self {
            frames,
            content: content.into_iter(),
            remaining: span.byte_count,
            span,
            expected_row_count,
            row_limit,
            hasher: blake3::Hasher::new(),
            window: 0..0,
            carry: Vec::new(),
            carry_was_handed_out: false,
            row_count: 0,
            ended: false,
        }
    }

    /// The next row's COPY line without its newline, valid until the next call; `None` once all rows
    /// were read and are what the manifest says.
    ///
    /// # Errors
    /// `archive_damaged`, `archive_mismatch`, `archive_too_large`, `archive_incomplete`,
    /// `row_too_large` where a row passes the reader's limit, `local_file`.
    pub fn next_row(&mut self) -> Result<Option<&[u8]>> {
        if self.carry_was_handed_out {
            self.carry.clear();
            self.carry.shrink_to(CARRY_KEPT);
            self.carry_was_handed_out = false;
        }
        loop {
            let window = self
                .frames
                .output()
                .get(self.window.clone())
                .unwrap_or_default();
            let newline = memchr(b'\n', window);
            let piece = newline.unwrap_or(window.len());
            if self.carry.len() + piece > self.row_limit {
                return Err(Error::new(
                    Code::RowTooLarge,
                    "A row in the archive is larger than the limit.",
                )
                .with("archive", self.frames.path().display())
                .with("member", &self.span.member)
                .with("limit_bytes", self.row_limit));
            }
            let row = self.window.start..self.window.start + piece;
            match newline {
                Some(_) if self.carry.is_empty() => {
                    self.window.start = row.end + 1;
                    self.row_count += 1;
                    return Ok(self.frames.output().get(row));
                }
                Some(_) => {
                    self.carry
                        .extend_from_slice(window.get(..piece).unwrap_or_default());
                    self.window.start = row.end + 1;
                    self.row_count += 1;
                    self.carry_was_handed_out = true;
                    return Ok(Some(&self.carry));
                }
                None => {
                    self.carry.extend_from_slice(window);
                    if !self.load_frame()? {
                        self.check_end()?;
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Rows handed out so far.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// Reads the next frame into the window; false at the member's end.
    fn load_frame(&mut self) -> Result<bool> {
        let Some(frame) = self.content.next() else {
            self.window = 0..0;
            return Ok(false);
        };
        let content = self.frames.read(&frame)?;
        let length = usize::try_from(self.remaining)
            .map_or(content.len(), |remaining| remaining.min(content.len()));
        let (content, padding) = content.split_at(length);
        self.hasher.update(content);
        let clean = padding.iter().all(|byte| *byte == 0);
        self.remaining -= length as u64;
        self.window = 0..length;
        if !clean {
            return Err(failure::mismatch(
                self.frames.path(),
                "something lies behind a member's content",
            )
            .with("member", &self.span.member));
        }
        Ok(true)
    }

    /// Holds what was read against the manifest.
    fn check_end(&mut self) -> Result<()> {
        let path = self.frames.path();
        let wrong = if self.hasher.finalize() != self.span.blake3 {
            failure::damaged(
                path,
                "a member does not have the hash that the manifest gives",
            )
        } else if self
            .expected_row_count
            .is_some_and(|expected| expected != self.row_count)
        {
            failure::mismatch(
                path,
                "a table does not have as many rows as the manifest says",
            )
        } else if !self.carry.is_empty() {
            failure::mismatch(path, "a table's last row does not end")
        } else {
            self.ended = true;
            return Ok(());
        };
        Err(wrong.with("member", &self.span.member))
    }

    /// Whether the end was reached and everything was as the manifest says.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.ended
    }
}
