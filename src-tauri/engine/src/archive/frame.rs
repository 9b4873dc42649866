//! One zstd frame: an input of bounded size, compressed on its own, that says how much it holds.

use std::path::Path;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{self, CParameter, Strategy};

use super::failure;
use crate::Result;

/// Input of a data frame as it is written, in bytes; only the last frame of a member is shorter, or longer by
/// padding. Of twice this size they are smaller together by 0.6 % (the demo company of 460,000 rows), but every
/// reader and every writer of one holds a whole one in memory.
pub(super) const FRAME_INPUT: usize = 2 << 20;
/// A tar block, in bytes.
pub(super) const BLOCK: usize = 512;
/// The most that a frame may hold, in bytes, the manifest's apart: what earlier versions wrote.
pub(super) const FRAME_LIMIT: u32 = (2 * FRAME_INPUT + BLOCK) as u32;
/// The most that the manifest's frame may hold, in bytes.
pub(super) const MANIFEST_LIMIT: u32 = 64 << 20;
/// No frame of ours is smaller than this many bytes: magic, descriptor, size, one block header.
pub(super) const SMALLEST_FRAME: u32 = 9;

/// How large a frame is in the file, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameSize {
    pub(super) compressed: u32,
    pub(super) decompressed: u32,
}

/// Rows repeat longer texts than zstd looks for by itself, from a shorter distance: looked for this way, the COPY text
/// of the demo company of 460,000 rows takes half of level 3's time, for 1.4 % more bytes.
const SEARCH: [CParameter; 3] = [
    CParameter::Strategy(Strategy::ZSTD_fast),
    CParameter::MinMatch(7),
    CParameter::HashLog(16),
];

/// Compresses frames, reusing its memory.
pub(super) struct FrameEncoder {
    compressor: Compressor<'static>,
    output: Vec<u8>,
}

impl FrameEncoder {
    /// Every frame carries zstd's own checksum: of a member that is read in part, the manifest's hash proves nothing.
    pub(super) fn new(level: i32) -> Result<Self> {
        let refused = |_| failure::defect("zstd refused its settings");
        let mut compressor = Compressor::new(level).map_err(refused)?;
        compressor.include_checksum(true).map_err(refused)?;
        compressor.include_contentsize(true).map_err(refused)?;
        compressor.include_dictid(false).map_err(refused)?;
        for parameter in SEARCH {
            compressor.set_parameter(parameter).map_err(refused)?;
        }
        Ok(Self {
            compressor,
            output: Vec::new(),
        })
    }

    /// Compresses what follows at that level.
    pub(super) fn set_level(&mut self, level: i32) -> Result<()> {
        let refused = |_| failure::defect("zstd refused its settings");
        self.compressor
            .set_compression_level(level)
            .map_err(refused)
    }

    /// Compresses the input to one frame, which stays valid until the next call.
    pub(super) fn encode(&mut self, input: &[u8]) -> Result<(&[u8], FrameSize)> {
        self.output.clear();
        self.output.reserve(zstd_safe::compress_bound(input.len()));
        self.compressor
            .compress_to_buffer(input, &mut self.output)
            .map_err(|_| failure::defect("zstd could not compress a frame"))?;
        let fits = |length: usize| {
            u32::try_from(length).map_err(|_| failure::defect("a frame passes 4 GiB"))
        };
        let size = FrameSize {
            compressed: fits(self.output.len())?,
            decompressed: fits(input.len())?,
        };
        Ok((&self.output, size))
    }
}

/// Decompresses frames within their declared sizes, reusing its memory.
pub(super) struct FrameDecoder {
    decompressor: Decompressor<'static>,
    output: Vec<u8>,
}

impl FrameDecoder {
    pub(super) fn new() -> Result<Self> {
        let decompressor =
            Decompressor::new().map_err(|_| failure::defect("zstd refused its settings"))?;
        Ok(Self {
            decompressor,
            output: Vec::new(),
        })
    }

    /// Decompresses exactly one frame that holds exactly `declared` bytes, all of `input`.
    /// `declared` has been held against its limit before: it is what gets allocated.
    pub(super) fn decode(&mut self, input: &[u8], declared: u32, path: &Path) -> Result<&[u8]> {
        let own_size = zstd_safe::get_frame_content_size(input)
            .map_err(|_| failure::damaged(path, "a frame does not begin as one"))?
            .ok_or_else(|| failure::damaged(path, "a frame does not say how much it holds"))?;
        if own_size != u64::from(declared) {
            return Err(if own_size > u64::from(FRAME_LIMIT) {
                failure::too_large(path, "a frame holds more than a frame may")
            } else {
                failure::mismatch(path, "a frame's size is not the one in the seek table")
            });
        }
        match zstd_safe::find_frame_compressed_size(input) {
            Ok(length) if length == input.len() => {}
            Ok(_) => {
                return Err(failure::mismatch(
                    path,
                    "a frame ends before the seek table says so",
                ));
            }
            Err(_) => return Err(failure::damaged(path, "a frame is not whole")),
        }
        self.output.clear();
        self.output.reserve_exact(declared as usize);
        self.decompressor
            .decompress_to_buffer(input, &mut self.output)
            .map_err(|_| failure::damaged(path, "a frame cannot be decompressed"))?;
        if self.output.len() != declared as usize {
            return Err(failure::mismatch(path, "a frame holds less than it says"));
        }
        Ok(&self.output)
    }

    /// Takes over memory for what it decodes.
    pub(super) fn with_output(mut self, output: Vec<u8>) -> Self {
        self.output = output;
        self
    }

    /// Leaves that memory to others.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// What the last call of `decode` gave.
    pub(super) fn output(&self) -> &[u8] {
        &self.output
    }
}
