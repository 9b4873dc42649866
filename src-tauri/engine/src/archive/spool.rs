//! A member under way: hashed, counted, cut into frames and compressed, kept until it is appended.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::frame::{BLOCK, FRAME_INPUT, FrameEncoder, FrameSize};
use super::member;
use super::source::read_exact_at;
use crate::model::TableName;
use crate::rows::Spares;
use crate::{Code, Error, Result};

/// The level at which backups are compressed.
pub const DEFAULT_LEVEL: i32 = 3;
/// Compressed bytes kept in memory before a member goes to disk, unless it is told otherwise.
const MEMORY_LIMIT: usize = 1 << 20;
/// The level for files that do not become smaller: it gives up on such content at once.
const HARDLY: i32 = -50;
/// A frame that keeps more of its bytes than this many in a hundred was not worth the time.
const WORTH_IT: u64 = 95;
/// Bytes of content up to which memory grows with it.
const SMALL_INPUT: usize = 64 << 10;

/// Bytes read back from a spill file at a time.
const PIECE: usize = 128 << 10;

/// Takes a member's content and keeps it compressed, in memory while it is small and otherwise in a
/// file without a name that is gone when this process is. Workers fill one each, side by side.
///
/// Memory: at most 2 MiB of input, 1 MiB compressed, and zstd's own.
pub struct MemberSpool {
    name: String,
    press: Press,
    spares: Spares<Press>,
    store: Store,
    frames: Vec<FrameSize>,
    hasher: blake3::Hasher,
    row_count: u64,
    byte_count: u64,
    is_file: bool,
}

/// What presses the content of one member after the other: the input of a frame, and zstd's own memory.
pub struct Press {
    input: Vec<u8>,
    encoder: FrameEncoder,
    level: i32,
}

impl MemberSpool {
    /// Begins the member of a table. Spill files are made in `folder`, readable by their owner alone.
    ///
    /// # Errors
    /// `defect` where zstd refuses the level.
    pub fn for_table(table: &TableName, folder: &Path, level: i32) -> Result<Self> {
        Self::new(member::data_member_name(table), folder, level)
    }

    /// Begins the member of those rows of a table that went since another archive.
    ///
    /// # Errors
    /// As [`for_table`](Self::for_table).
    pub fn for_gone_rows(table: &TableName, folder: &Path, level: i32) -> Result<Self> {
        Self::new(member::gone_member_name(table), folder, level)
    }

    /// Begins the member of an uploaded file, `files/<bucket>/<key>`.
    ///
    /// # Errors
    /// `archive_unsafe_path` where the bucket or the key would lead out of that place.
    pub fn for_file(bucket: &str, key: &str, folder: &Path, level: i32) -> Result<Self> {
        let name = member::file_member_name(bucket, key);
        match member::unsafe_name(&name) {
            None => {
                let mut member = Self::new(name, folder, level)?;
                member.is_file = true;
                Ok(member)
            }
            Some(reason) => Err(Error::new(
                Code::ArchiveUnsafePath,
                "A file's name in the storage cannot be a name in an archive.",
            )
            .because(reason)),
        }
    }

    fn new(name: String, folder: &Path, level: i32) -> Result<Self> {
        Ok(Self {
            name,
            press: Press {
                input: Vec::new(),
                encoder: FrameEncoder::new(level)?,
                level,
            },
            spares: Spares::default(),
            store: Store::new(folder),
            frames: Vec::new(),
            hasher: blake3::Hasher::new(),
            row_count: 0,
            byte_count: 0,
            is_file: false,
        })
    }

    /// Takes over the press of a member of the same level that is finished, and leaves it when this one is.
    #[must_use]
    pub fn sharing(mut self, spares: &Spares<Press>) -> Self {
        if let Some(press) = spares.take() {
            self.press = press;
        }
        self.spares = spares.clone();
        self
    }

    /// Keeps at most so many compressed bytes in memory: for callers that hold many members at once.
    #[must_use]
    pub fn holding(mut self, byte_count: usize) -> Self {
        self.store.memory_limit = byte_count;
        self
    }

    /// Adds a row by its COPY line, without the newline.
    ///
    /// # Errors
    /// `disk_full` and `local_file` where the spill file cannot be written.
    pub fn push_row(&mut self, line: &[u8]) -> Result<()> {
        self.row_count += 1;
        self.push_bytes(line)?;
        self.push_bytes(b"\n")
    }

    /// Adds bytes that are no row: a piece of an uploaded file.
    ///
    /// # Errors
    /// As [`push_row`](Self::push_row).
    pub fn push_bytes(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.byte_count += bytes.len() as u64;
        self.make_room(bytes.len().min(FRAME_INPUT));
        while self.press.input.len() + bytes.len() >= FRAME_INPUT {
            let (now, later) = bytes.split_at(FRAME_INPUT - self.press.input.len());
            self.press.input.extend_from_slice(now);
            self.hasher.update(&self.press.input);
            self.cut_frame()?;
            bytes = later;
        }
        self.press.input.extend_from_slice(bytes);
        Ok(())
    }

    /// Rows so far.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// Bytes of content so far.
    #[must_use]
    pub fn byte_count(&self) -> u64 {
        self.byte_count
    }

    /// Makes room for a whole frame at once where the content is more than little: growing by doubling would
    /// hold the old memory beside the new.
    fn make_room(&mut self, byte_count: usize) {
        let input = &mut self.press.input;
        let needed = input.len() + byte_count;
        if needed > input.capacity() && needed > SMALL_INPUT {
            input.reserve_exact(FRAME_INPUT + BLOCK - input.len());
        }
    }

    fn cut_frame(&mut self) -> Result<()> {
        let (frame, size) = self.press.encoder.encode(&self.press.input)?;
        self.store.push(frame)?;
        self.frames.push(size);
        self.press.input.clear();
        let kept = u64::from(size.compressed) * 100 / u64::from(size.decompressed).max(1);
        if self.is_file && self.frames.len() == 1 && kept > WORTH_IT {
            self.press.encoder.set_level(HARDLY)?;
        }
        Ok(())
    }

    /// Ends the member; it holds exactly what was pushed.
    ///
    /// # Errors
    /// As [`push_row`](Self::push_row).
    pub fn finish(mut self) -> Result<SpooledMember> {
        self.hasher.update(&self.press.input);
        self.press
            .input
            .resize(self.press.input.len() + member::padding(self.byte_count), 0);
        if !self.press.input.is_empty() {
            self.cut_frame()?;
        }
        self.press.encoder.set_level(self.press.level)?;
        self.spares.leave(self.press);
        Ok(SpooledMember {
            name: self.name,
            row_count: self.row_count,
            byte_count: self.byte_count,
            blake3: self.hasher.finalize().to_hex().to_string(),
            frames: self.frames,
            content: self.store,
        })
    }
}

/// A finished member, waiting to be appended.
#[derive(Debug)]
pub struct SpooledMember {
    pub(super) name: String,
    pub(super) row_count: u64,
    pub(super) byte_count: u64,
    pub(super) blake3: String,
    pub(super) frames: Vec<FrameSize>,
    content: Store,
}

impl SpooledMember {
    /// Rows inside.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// Bytes of content, uncompressed.
    #[must_use]
    pub fn byte_count(&self) -> u64 {
        self.byte_count
    }

    /// Hands the compressed bytes to `sink`, piece by piece.
    pub(super) fn read_content(&self, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.content.read(&mut sink)
    }
}

/// A member that has been appended: what its manifest entry needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberEntry {
    /// Name in the tar.
    pub name: String,
    /// Rows.
    pub row_count: u64,
    /// Bytes of content, uncompressed.
    pub byte_count: u64,
    /// BLAKE3 of the content, in hexadecimal.
    pub blake3: String,
    /// Index of the frame with the member's header.
    pub first_frame: u64,
    /// Frames, the header's included.
    pub frame_count: u64,
}

/// Compressed bytes: in memory up to the limit, then in a nameless file.
#[derive(Debug)]
struct Store {
    folder: PathBuf,
    memory_limit: usize,
    memory: Vec<u8>,
    file: Option<File>,
    /// Bytes in the file.
    spilled: u64,
}

impl Store {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            memory_limit: MEMORY_LIMIT,
            memory: Vec::new(),
            file: None,
            spilled: 0,
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if self.file.is_none() && self.memory.len() + bytes.len() <= self.memory_limit {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        self.spill(bytes)
            .map_err(|error| Error::local_file("a spill file", &self.folder, &error))
    }

    fn spill(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut file = tempfile::tempfile_in(&self.folder)?;
                file.write_all(&self.memory)?;
                self.spilled = std::mem::take(&mut self.memory).len() as u64;
                self.file.insert(file)
            }
        };
        file.write_all(bytes)?;
        self.spilled += bytes.len() as u64;
        Ok(())
    }

    fn read(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let Some(file) = &self.file else {
            return sink(&self.memory);
        };
        let mut piece = vec![0; PIECE];
        let mut offset = 0;
        while offset < self.spilled {
            let length = (self.spilled - offset).min(PIECE as u64);
            piece.truncate(length as usize);
            // By place, since the member may be on its way into several archives at once.
            read_exact_at(file, &mut piece, offset)
                .map_err(|error| Error::local_file("a spill file", &self.folder, &error))?;
            sink(&piece)?;
            offset += length;
        }
        Ok(())
    }
}
