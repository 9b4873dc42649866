//! Opens an archive that nobody vouches for: everything is bounded and checked before it is used.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::de::DeserializeOwned;

use super::failure;
use super::file_reader::FileReader;
use super::frame::{BLOCK, FrameDecoder, FrameSize};
use super::keys::ArchiveKeys;
use super::layout::{MEMBERS_BEGIN, Span, lay_out};
use super::manifest::{self, FileEntry, Manifest, Summary};
use super::member::{self, MANIFEST, README, TAR_END_LENGTH};
use super::row_reader::RowReader;
use super::seek::{self, Found, Frame};
use super::source::Source;
use crate::model::TableName;
use crate::rows::Spares;
use crate::{Code, Error, Result};

/// The longest row that a reader accepts unless told otherwise, in bytes of COPY text.
pub const DEFAULT_ROW_LIMIT: usize = 1 << 30;

/// Reads what a list shows of an archive: its manifest without the tables, checked no further.
///
/// # Errors
/// Those of [`Reader::open_with`].
pub fn read_summary(path: &Path, keys: &ArchiveKeys) -> Result<Summary> {
    let container = Container::open(path, keys)?;
    let mut summary: Summary = container.manifest()?;
    summary.encryption = container.source.encryption();
    Ok(summary)
}

/// An archive whose manifest has been read and held against the seek table.
///
/// That every member is what the manifest says is known only once it has been read to its end, or
/// [`verify`](Self::verify) has.
#[derive(Debug)]
pub struct Reader {
    pub(super) container: Container,
    pub(super) spans: Vec<Span>,
    manifest: Manifest,
    row_limit: usize,
    spares: Spares<FrameBytes>,
    whole: Option<Whole>,
}

/// How an archive that holds only what changed is made whole, once somebody asks for what is in it.
struct Whole {
    make: Box<dyn Fn() -> Result<Reader> + Send + Sync>,
    making: Mutex<()>,
    made: OnceLock<Box<Reader>>,
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Whole")
    }
}

impl Reader {
    /// Opens an archive that is not encrypted.
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with) without keys.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &ArchiveKeys::default())
    }

    /// Opens an archive, encrypted or not, and reads its manifest.
    ///
    /// # Errors
    /// `no_such_archive`, `local_file`, `not_an_archive`, `key_needed`, `wrong_key`, `archive_incomplete`,
    /// `archive_too_new`, `archive_damaged`, `archive_mismatch`, `archive_unsafe_path`, `archive_too_large`.
    pub fn open_with(path: &Path, keys: &ArchiveKeys) -> Result<Self> {
        Self::of(Container::open(path, keys)?)
    }

    /// Opens an archive that is part of the program, under a name for people. It is trusted no more than
    /// any other.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_program(name: &str, bytes: &[u8]) -> Result<Self> {
        Self::of(Container::of(Source::of_program(name, bytes)?)?)
    }

    fn of(container: Container) -> Result<Self> {
        let mut manifest: Manifest = container.manifest()?;
        manifest.encryption = container.source.encryption();
        let spans = lay_out(&manifest, &container.frames, container.source.path())?;
        Ok(Self {
            container,
            spans,
            manifest,
            row_limit: DEFAULT_ROW_LIMIT,
            spares: Spares::default(),
            whole: None,
        })
    }

    /// Where this archive holds only what changed: how the whole of it is had. It is asked for once, by whoever
    /// first reads rows or files.
    #[must_use]
    pub fn made_whole_by(
        mut self,
        make: impl Fn() -> Result<Self> + Send + Sync + 'static,
    ) -> Self {
        self.whole = Some(Whole {
            make: Box::new(make),
            making: Mutex::default(),
            made: OnceLock::new(),
        });
        self
    }

    /// The archive that has all rows in its own frames: this one, or what it is made whole to.
    pub(super) fn solid(&self) -> Result<&Self> {
        if self.manifest.stands_on().is_none() {
            return Ok(self);
        }
        let missing = || failure::base_missing(self.path());
        let whole = self.whole.as_ref().ok_or_else(missing)?;
        let _one = whole.making.lock().unwrap_or_else(PoisonError::into_inner);
        if whole.made.get().is_none() {
            let made = (whole.make)()?;
            if made.manifest.stands_on().is_some() || made.manifest.id != self.manifest.id {
                return Err(failure::defect("what is made whole is another archive"));
            }
            // Nobody else makes one at the same time.
            drop(whole.made.set(Box::new(made)));
        }
        let made = whole.made.get().map(AsRef::as_ref);
        made.ok_or_else(missing)
    }

    /// Accepts rows of at most that many bytes of COPY text.
    #[must_use]
    pub fn with_row_limit(mut self, byte_count: usize) -> Self {
        self.row_limit = byte_count;
        self
    }

    /// What the archive says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Length of the file in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.container.source.size_bytes()
    }

    /// Where it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.container.source.path()
    }

    /// The rows of a table, read from its own frames alone. Several tables can be read side by side.
    ///
    /// # Errors
    /// `defect` where the table is not inside; what [`RowReader::next_row`] fails with.
    pub fn rows(&self, table: &TableName) -> Result<RowReader> {
        let row_count = self.manifest.table(table).map(|entry| entry.row_count);
        let (frames, content, span) = self.table_member(table)?;
        Ok(RowReader::new(
            frames,
            content,
            span,
            row_count,
            self.row_limit,
        ))
    }

    /// The rows of the member that begins there.
    pub(super) fn rows_of(&self, first_frame: u64, row_count: u64) -> Result<RowReader> {
        let (frames, content, span) = self.member(first_frame)?;
        let limit = self.row_limit;
        Ok(RowReader::new(
            frames,
            content,
            span,
            Some(row_count),
            limit,
        ))
    }

    /// The frames of a table's member.
    pub(super) fn table_member(
        &self,
        table: &TableName,
    ) -> Result<(FrameReader, Vec<Frame>, Span)> {
        let solid = self.solid()?;
        let Some(entry) = solid.manifest.table(table) else {
            return Err(Error::new(
                Code::Defect,
                "A table was asked for that is not in the archive.",
            )
            .with("archive", self.path().display())
            .with("table", table));
        };
        solid.member(entry.first_frame)
    }

    /// Reads frames of this archive, with the memory of others that are done.
    pub(super) fn frame_reader(&self) -> Result<FrameReader> {
        let solid = self.solid()?;
        solid.own_frames()
    }

    fn own_frames(&self) -> Result<FrameReader> {
        FrameReader::sharing(Arc::clone(&self.container.source), &self.spares)
    }

    /// The content of an uploaded file, read from its own frames alone.
    ///
    /// # Errors
    /// What [`FileReader::next_piece`] fails with.
    pub fn file(&self, entry: &FileEntry) -> Result<FileReader> {
        let solid = self.solid()?;
        // Places are those of the file that holds the content.
        let first_frame = match self.manifest.stands_on() {
            None => entry.first_frame,
            Some(_) => solid.file_frame(&entry.member)?,
        };
        let (frames, content, span) = solid.member(first_frame)?;
        Ok(FileReader::new(frames, content, span))
    }

    fn file_frame(&self, member: &str) -> Result<u64> {
        let mut files = self.manifest.files.iter().flatten();
        let entry = files.find(|entry| entry.member == member);
        let none = || failure::defect("a file was asked for that is not in the archive");
        entry.map(|entry| entry.first_frame).ok_or_else(none)
    }

    /// The bytes of the frames of the member that begins there, but for its header's, as they are in the file;
    /// `sink` is told first what they hold.
    pub(super) fn copy_member(
        &self,
        first_frame: u64,
        sink: &mut dyn FnMut(Copied<'_>) -> Result<()>,
    ) -> Result<()> {
        let (_, content, span) = self.member(first_frame)?;
        let sizes: Vec<_> = content.iter().map(|frame| frame.size).collect();
        sink(Copied::Member(&span, &sizes))?;
        let mut bytes = Vec::new();
        for frame in &content {
            // Held against its limit when the seek table was read.
            bytes.resize(frame.size.compressed as usize, 0);
            self.container
                .source
                .read_exact_at(&mut bytes, frame.offset)?;
            sink(Copied::Bytes(&bytes))?;
        }
        Ok(())
    }

    /// The frames of the member that begins there, its header read and checked.
    fn member(&self, first_frame: u64) -> Result<(FrameReader, Vec<Frame>, Span)> {
        let path = self.path();
        let none = || failure::mismatch(path, "a member has no frames");
        let mut spans = self.spans.iter();
        let span = spans.find(|span| span.first_frame as u64 == first_frame);
        let span = span.ok_or_else(none)?;
        let frames = self
            .container
            .frames
            .get(span.first_frame..span.first_frame + span.frame_count);
        let (header, content) = frames.and_then(<[_]>::split_first).ok_or_else(none)?;
        let mut frames = self.own_frames()?;
        span.check_header(&member::decode_header(frames.read(header)?, path)?, path)?;
        Ok((frames, content.to_vec(), span.clone()))
    }
}

/// What is told of a member that is taken over as it is.
pub(super) enum Copied<'a> {
    /// What it is, and the frames of its content.
    Member(&'a Span, &'a [FrameSize]),
    /// A piece of its content.
    Bytes(&'a [u8]),
}

/// The frames of an archive's file.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) source: Arc<Source>,
    pub(super) frames: Vec<Frame>,
}

impl Container {
    pub(super) fn open(path: &Path, keys: &ArchiveKeys) -> Result<Self> {
        Self::of(Source::open(path, keys)?)
    }

    fn of(source: Source) -> Result<Self> {
        let source = Arc::new(source);
        match seek::read(&source)? {
            Found::Frames(frames) => Ok(Self { source, frames }),
            Found::Nothing => Err(without_seek_table(&source)?),
        }
    }

    /// Reads the manifest, or the part of it that the type asks for.
    pub(super) fn manifest<T: DeserializeOwned>(&self) -> Result<T> {
        let path = self.source.path();
        // The manifest's header and content are the third-last and the second-last frame.
        let place = self
            .frames
            .len()
            .checked_sub(3)
            .filter(|place| *place >= MEMBERS_BEGIN);
        let Some([header, content, _]) = place.and_then(|place| self.frames.get(place..)) else {
            return Err(failure::incomplete(path));
        };
        let mut frames = FrameReader::new(Arc::clone(&self.source))?;
        let header = member::decode_header(frames.read(header)?, path)?;
        if header.name != MANIFEST {
            return Err(failure::incomplete(path));
        }
        let content = frames.read(content)?;
        let json = usize::try_from(header.byte_count)
            .ok()
            .and_then(|length| content.get(..length));
        let json =
            json.filter(|json| json.len() + member::padding(header.byte_count) == content.len());
        manifest::parse(
            json.ok_or_else(|| failure::mismatch(path, "the manifest is not as long as it says"))?,
            path,
        )
    }
}

/// What a file is that does not end in a seek table: cut short, something behind it, or not ours.
fn without_seek_table(source: &Source) -> Result<Error> {
    const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
    /// Longer than the README's header frame, shorter than anything that would matter.
    const HEAD: u64 = 4096;
    const TAIL: u64 = 64 << 10;
    let path = source.path();
    let mut head = vec![0; source.length().min(HEAD) as usize];
    source.read_exact_at(&mut head, 0)?;
    let begin = head.get(..ZSTD_MAGIC.len()).unwrap_or(&head);
    if !ZSTD_MAGIC.starts_with(begin) {
        return Ok(failure::not_an_archive(path));
    }
    let mut tail = vec![0; source.length().min(TAIL) as usize];
    let tail_at = source.length() - tail.len() as u64;
    source.read_exact_at(&mut tail, tail_at)?;
    let first_frame = zstd::zstd_safe::find_frame_compressed_size(&head)
        .ok()
        .and_then(|length| head.get(..length));
    let readme = match first_frame {
        // A file that is shorter than one frame: cut off so early that nothing can be told.
        None => source.length() <= HEAD,
        Some(frame) => {
            let mut decoder = FrameDecoder::new()?;
            let header = decoder
                .decode(frame, BLOCK as u32, path)
                .and_then(|bytes| member::decode_header(bytes, path));
            header.is_ok_and(|header| header.name == README)
        }
    };
    Ok(match readme {
        false => failure::not_an_archive(path),
        true if seek::holds_footer(&tail) => {
            failure::damaged(path, "something follows the end of the archive")
        }
        true => failure::incomplete(path),
    })
}

/// Reads frames of one file, reusing its memory.
pub(super) struct FrameReader {
    source: Arc<Source>,
    decoder: FrameDecoder,
    compressed: Vec<u8>,
    spares: Spares<FrameBytes>,
}

/// The bytes of a frame as they were decompressed, and as they are in the file.
type FrameBytes = (Vec<u8>, Vec<u8>);

impl Drop for FrameReader {
    fn drop(&mut self) {
        let compressed = std::mem::take(&mut self.compressed);
        self.spares.leave((self.decoder.take_output(), compressed));
    }
}

impl FrameReader {
    pub(super) fn new(source: Arc<Source>) -> Result<Self> {
        Self::sharing(source, &Spares::default())
    }

    /// One that takes over the memory of another that is done, and leaves it in turn.
    fn sharing(source: Arc<Source>, spares: &Spares<FrameBytes>) -> Result<Self> {
        let (output, compressed) = spares.take().unwrap_or_default();
        Ok(Self {
            source,
            decoder: FrameDecoder::new()?.with_output(output),
            compressed,
            spares: spares.clone(),
        })
    }

    pub(super) fn read(&mut self, frame: &Frame) -> Result<&[u8]> {
        // Both sizes were held against their limits when the seek table was read.
        self.compressed.resize(frame.size.compressed as usize, 0);
        self.source
            .read_exact_at(&mut self.compressed, frame.offset)?;
        self.decoder.decode(
            &self.compressed,
            frame.size.decompressed,
            self.source.path(),
        )
    }

    /// What the last call of `read` gave.
    pub(super) fn output(&self) -> &[u8] {
        self.decoder.output()
    }

    pub(super) fn path(&self) -> &Path {
        self.source.path()
    }
}

/// Checks the frames that belong to no table or file: the README and the end of the tar.
pub(super) fn check_ends(container: &Container, frames: &mut FrameReader) -> Result<()> {
    let path = container.source.path();
    let ([header, content, ..], Some(end)) = (container.frames.as_slice(), container.frames.last())
    else {
        return Err(failure::incomplete(path));
    };
    let header = member::decode_header(frames.read(header)?, path)?;
    if header.name != README {
        return Err(failure::mismatch(
            path,
            "the first member is not the README",
        ));
    }
    let padded = header
        .byte_count
        .checked_add(member::padding(header.byte_count) as u64);
    if padded != Some(u64::from(content.size.decompressed)) {
        return Err(failure::mismatch(
            path,
            "the README is not as long as it says",
        ));
    }
    frames.read(content)?;
    if frames.read(end)? != [0; TAR_END_LENGTH] {
        return Err(failure::mismatch(
            path,
            "the tar does not end where it should",
        ));
    }
    Ok(())
}
