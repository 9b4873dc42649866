//! Streams the content of one uploaded file.

use super::failure;
use super::layout::Span;
use super::reader::FrameReader;
use super::seek::Frame;
use crate::Result;

/// The content of one file, a frame at a time.
///
/// Its hash and size are checked when its end is reached, and only then.
pub struct FileReader {
    frames: FrameReader,
    content: std::vec::IntoIter<Frame>,
    span: Span,
    hasher: blake3::Hasher,
    /// Content in frames not yet read, in bytes.
    remaining: u64,
}

impl FileReader {
    pub(super) fn new(frames: FrameReader, content: Vec<Frame>, span: Span) -> Self {
        Self {
            frames,
            content: content.into_iter(),
            remaining: span.byte_count,
            span,
            hasher: blake3::Hasher::new(),
        }
    }

    /// The next bytes, valid until the next call; `None` once all were read and are what the manifest
    /// says.
    ///
    /// # Errors
    /// `archive_damaged`, `archive_mismatch`, `archive_incomplete`, `local_file`.
    pub fn next_piece(&mut self) -> Result<Option<&[u8]>> {
        let Some(frame) = self.content.next() else {
            if self.hasher.finalize() != self.span.blake3 {
                return Err(failure::damaged(
                    self.frames.path(),
                    "a member does not have the hash that the manifest gives",
                )
                .with("member", &self.span.member));
            }
            return Ok(None);
        };
        self.frames.read(&frame)?;
        let bytes = self.frames.output();
        let length = usize::try_from(self.remaining)
            .map_or(bytes.len(), |remaining| remaining.min(bytes.len()));
        let (bytes, padding) = bytes.split_at(length);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(failure::mismatch(
                self.frames.path(),
                "something lies behind a member's content",
            )
            .with("member", &self.span.member));
        }
        self.hasher.update(bytes);
        self.remaining -= length as u64;
        Ok(Some(bytes))
    }
}
