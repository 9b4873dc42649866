//! The seek table: where each frame lies and how much it holds, in a last skippable frame, as the
//! zstd seekable format lays it out (version 0.1.0, without checksums).

use super::failure;
use super::frame::{FRAME_LIMIT, FrameSize, MANIFEST_LIMIT, SMALLEST_FRAME};
use super::source::Source;
use crate::Result;

const SKIPPABLE_MAGIC: u32 = 0x184D_2A5E;
const FOOTER_MAGIC: u32 = 0x8F92_EAB1;
const HEADER_LENGTH: u64 = 8;
const ENTRY_LENGTH: u64 = 8;
const FOOTER_LENGTH: u64 = 9;
/// The most frames that an archive may have: 16 TiB of data, and what bounds the table in memory.
pub(super) const FRAME_COUNT_LIMIT: u32 = 4 << 20;

/// One frame's place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) offset: u64,
    pub(super) size: FrameSize,
}

/// The bytes of the skippable frame that lists these frames.
pub(super) fn encode(frames: &[FrameSize]) -> Result<Vec<u8>> {
    let count = u32::try_from(frames.len())
        .ok()
        .filter(|count| *count <= FRAME_COUNT_LIMIT)
        .ok_or_else(|| failure::defect("the archive has more frames than a reader accepts"))?;
    let content = ENTRY_LENGTH as u32 * count + FOOTER_LENGTH as u32;
    let mut table = Vec::with_capacity(HEADER_LENGTH as usize + content as usize);
    table.extend(SKIPPABLE_MAGIC.to_le_bytes());
    table.extend(content.to_le_bytes());
    for frame in frames {
        table.extend(frame.compressed.to_le_bytes());
        table.extend(frame.decompressed.to_le_bytes());
    }
    table.extend(count.to_le_bytes());
    table.push(0);
    table.extend(FOOTER_MAGIC.to_le_bytes());
    Ok(table)
}

/// What the end of a file says about its seek table.
pub(super) enum Found {
    /// The frames, in the order of the file, which they fill up to the table.
    Frames(Vec<Frame>),
    /// The file does not end in a seek table.
    Nothing,
}

/// Reads the seek table from the end of the file, bounded by the file's own length.
pub(super) fn read(source: &Source) -> Result<Found> {
    let path = source.path();
    let Some(footer_at) = source.length().checked_sub(FOOTER_LENGTH) else {
        return Ok(Found::Nothing);
    };
    let mut footer = [0; FOOTER_LENGTH as usize];
    source.read_exact_at(&mut footer, footer_at)?;
    let [c0, c1, c2, c3, descriptor, m0, m1, m2, m3] = footer;
    if u32::from_le_bytes([m0, m1, m2, m3]) != FOOTER_MAGIC {
        return Ok(Found::Nothing);
    }
    let count = u32::from_le_bytes([c0, c1, c2, c3]);
    if descriptor != 0 {
        return Err(failure::damaged(
            path,
            "the seek table is of a form that Snapback does not write",
        ));
    }
    if count > FRAME_COUNT_LIMIT {
        return Err(failure::too_large(
            path,
            "the seek table lists more frames than an archive may have",
        ));
    }
    let content = ENTRY_LENGTH * u64::from(count) + FOOTER_LENGTH;
    let Some(table_at) = source.length().checked_sub(HEADER_LENGTH + content) else {
        return Err(failure::mismatch(
            path,
            "the seek table lists more frames than the file can hold",
        ));
    };
    let mut table = vec![0; (HEADER_LENGTH + content) as usize];
    source.read_exact_at(&mut table, table_at)?;
    let (words, _) = table.as_chunks::<4>();
    let mut words = words.iter().map(|word| u32::from_le_bytes(*word));
    if words.next() != Some(SKIPPABLE_MAGIC) || words.next().map(u64::from) != Some(content) {
        return Err(failure::damaged(
            path,
            "the seek table does not begin where it should",
        ));
    }
    let mut frames = Vec::with_capacity(count as usize);
    let mut offset = 0;
    for index in 0..count {
        let (Some(compressed), Some(decompressed)) = (words.next(), words.next()) else {
            break;
        };
        let size = FrameSize {
            compressed,
            decompressed,
        };
        check_size(size, index + 2 == count, source)?;
        frames.push(Frame { offset, size });
        offset += u64::from(compressed);
    }
    if offset != table_at || frames.len() != count as usize {
        return Err(failure::mismatch(
            path,
            "the frames in the seek table do not fill the file",
        ));
    }
    Ok(Found::Frames(frames))
}

/// Holds a frame's declared sizes against what a frame may have, before anything is allocated.
fn check_size(size: FrameSize, holds_manifest: bool, source: &Source) -> Result<()> {
    let limit = if holds_manifest {
        MANIFEST_LIMIT
    } else {
        FRAME_LIMIT
    };
    let compressed_limit = zstd::zstd_safe::compress_bound(limit as usize) as u64;
    if size.decompressed > limit || u64::from(size.compressed) > compressed_limit {
        return Err(failure::too_large(
            source.path(),
            "the seek table lists a frame that is larger than a frame may be",
        ));
    }
    if size.compressed < SMALLEST_FRAME || size.decompressed == 0 {
        return Err(failure::mismatch(
            source.path(),
            "the seek table lists a frame that is smaller than a frame can be",
        ));
    }
    Ok(())
}

/// Whether a footer's magic number lies in these bytes: the end of an archive with something behind it.
pub(super) fn holds_footer(bytes: &[u8]) -> bool {
    bytes
        .windows(4)
        .any(|window| window == FOOTER_MAGIC.to_le_bytes())
}
