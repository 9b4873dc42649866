//! Writes an archive: to a temporary name, synced, renamed, folder synced.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::failure;
use super::frame::{FrameEncoder, FrameSize, MANIFEST_LIMIT};
use super::keys::{Lock, PublicKey};
use super::manifest::{CHANGES_VERSION, Encryption, FORMAT_VERSION, FileEntry, Manifest};
use super::member::{self, MANIFEST, README, TAR_END_LENGTH};
use super::partial::Partial;
use super::reader::{Copied, Reader};
use super::readme::ReadmeFacts;
use super::seek;
use super::sink::{Output, Sink};
use super::spool::{DEFAULT_LEVEL, MemberEntry, SpooledMember};
use crate::{Code, Error, Result};

/// An archive under way, shared by the workers that append to it.
///
/// Until [`publish`](Sealed::publish) the file is called `<target>.partial` and holds an exclusive lock;
/// dropping the writer removes it. A process that is killed leaves it behind without the lock.
pub struct Writer {
    mtime: u64,
    state: Mutex<State>,
}

/// A whole archive, synced under its temporary name; dropping it removes the file.
pub struct Sealed {
    partial: Partial,
    finished: Finished,
    manifest: Manifest,
}

/// A finished archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Where it is: the target, or a free name beside it where the target was taken meanwhile.
    pub path: PathBuf,
    /// Length of the file in bytes.
    pub size_bytes: u64,
    /// BLAKE3 of the whole file, in hexadecimal; see [`file_hash`].
    pub blake3: String,
}

impl Writer {
    /// Begins an archive that is to be called `target`, with its README; not encrypted.
    ///
    /// # Errors
    /// `local_file` where the target or its temporary name exist or cannot be made, `disk_full`.
    pub fn create(target: &Path, facts: &ReadmeFacts) -> Result<Self> {
        Self::create_locked(target, facts, None)
    }

    /// The same; with a key, encrypted so that this key alone opens it.
    ///
    /// # Errors
    /// As [`create`](Self::create); `invalid_key`.
    pub fn create_for(target: &Path, facts: &ReadmeFacts, key: Option<&PublicKey>) -> Result<Self> {
        Self::create_locked(target, facts, key.map(Lock::Key))
    }

    /// The same; with a lock, encrypted so that what opens it is needed to read the archive.
    ///
    /// # Errors
    /// As [`create`](Self::create); `invalid_key`.
    pub fn create_locked(
        target: &Path,
        facts: &ReadmeFacts,
        lock: Option<Lock<'_>>,
    ) -> Result<Self> {
        Self::begin(Sink::create(target, lock)?, target, facts)
    }

    /// Begins an archive that takes the place of the one that is called `target`, and stands for the same.
    ///
    /// # Errors
    /// `local_file`, `disk_full`; `invalid_key`.
    pub fn replacing(target: &Path, facts: &ReadmeFacts, key: Option<&PublicKey>) -> Result<Self> {
        Self::begin(Sink::replacing(target, key.map(Lock::Key))?, target, facts)
    }

    fn begin(sink: Sink, target: &Path, facts: &ReadmeFacts) -> Result<Self> {
        let mut state = State {
            sink,
            target: target.to_owned(),
            encoder: FrameEncoder::new(DEFAULT_LEVEL)?,
            frames: Vec::new(),
            members: Vec::new(),
            names: HashSet::new(),
            broken: false,
        };
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let mtime = u64::try_from(facts.made_at.as_second()).unwrap_or(0);
        state.append_small(README, facts.text(&name).into_bytes(), mtime)?;
        Ok(Self {
            mtime,
            state: Mutex::new(state),
        })
    }

    /// Appends a finished member as it is. Members land in the order of the calls; a member may be
    /// appended to several archives.
    ///
    /// # Errors
    /// `disk_full`, `local_file`; afterwards the archive cannot be finished any more. `defect` where
    /// a member of that name is inside already.
    pub fn append(&self, spooled: &SpooledMember) -> Result<MemberEntry> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.check()?;
        // Cleared again when the whole member is written: half of one must never be finished.
        state.broken = true;
        let entry = state.append_member(spooled, self.mtime)?;
        state.broken = false;
        Ok(entry)
    }

    /// Appends an uploaded file of another archive as it is compressed there.
    ///
    /// # Errors
    /// As [`append`](Self::append); what that archive's file is read with.
    pub fn append_file(&self, reader: &Reader, entry: &FileEntry) -> Result<MemberEntry> {
        self.append_from(reader, entry.first_frame, &entry.member, 0)
    }

    /// Appends a member of another archive as it is compressed there, under that name.
    ///
    /// # Errors
    /// As [`append`](Self::append); what that archive's file is read with.
    pub(super) fn append_from(
        &self,
        reader: &Reader,
        first_frame: u64,
        name: &str,
        row_count: u64,
    ) -> Result<MemberEntry> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.check()?;
        state.broken = true;
        let entry = state.copy_member((reader, first_frame), name, row_count, self.mtime)?;
        state.broken = false;
        Ok(entry)
    }

    /// Ends the archive: manifest, end of the tar, seek table, sync. Brings the manifest's lists into
    /// their order and fills in its totals and format version.
    ///
    /// # Errors
    /// `disk_full`, `local_file`; `defect` where the manifest does not list exactly what was appended.
    pub fn seal(self, mut manifest: Manifest) -> Result<Sealed> {
        let Self { mtime, state } = self;
        let mut state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.check()?;
        manifest.normalise();
        manifest.encryption = Encryption::None;
        manifest.format_version = match manifest.stands_on() {
            None => FORMAT_VERSION,
            Some(_) => CHANGES_VERSION,
        };
        check_complete(&manifest, &state.members)?;
        if let Some(what) = manifest.inconsistency() {
            return Err(failure::defect(what));
        }
        let json = serde_json::to_vec_pretty(&manifest)
            .map_err(|_| failure::defect("the manifest cannot be written"))?;
        if json.len() + super::frame::BLOCK > MANIFEST_LIMIT as usize {
            return Err(Error::new(
                Code::ArchiveTooLarge,
                "The archive's manifest would be larger than a manifest may be.",
            ));
        }
        state.append_small(MANIFEST, json, mtime)?;
        state.append_frame(&[0; TAR_END_LENGTH])?;
        let table = seek::encode(&state.frames)?;
        state.write(&table)?;
        manifest.encryption = state.sink.encryption();
        let Output {
            partial,
            hasher,
            size_bytes,
            ..
        } = state.sink.finish(&state.target)?;
        let finished = Finished {
            path: partial.target().to_owned(),
            size_bytes,
            blake3: hasher.finalize().to_hex().to_string(),
        };
        Ok(Sealed {
            partial,
            finished,
            manifest,
        })
    }
}

impl Sealed {
    /// What will be told of it, under the name that it is to have.
    #[must_use]
    pub fn finished(&self) -> &Finished {
        &self.finished
    }

    /// The manifest as it was written.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Gives the archive its name and syncs the folder; the manifest as it was written comes along.
    ///
    /// # Errors
    /// `disk_full`, `local_file`.
    pub fn publish(self) -> Result<(Finished, Manifest)> {
        let Self {
            partial,
            mut finished,
            manifest,
        } = self;
        finished.path = partial.publish()?;
        Ok((finished, manifest))
    }
}

struct State {
    sink: Sink,
    target: PathBuf,
    encoder: FrameEncoder,
    frames: Vec<FrameSize>,
    members: Vec<MemberEntry>,
    names: HashSet<String>,
    broken: bool,
}

impl State {
    fn check(&self) -> Result<()> {
        if self.broken {
            Err(failure::defect("an earlier write had failed"))
        } else {
            Ok(())
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.write(bytes, &self.target)
    }

    fn append_frame(&mut self, content: &[u8]) -> Result<()> {
        let (frame, size) = self.encoder.encode(content)?;
        let frame = frame.to_vec();
        self.frames.push(size);
        self.write(&frame)
    }

    /// Appends a member of ours that fits one frame and is checked by zstd's own checksum.
    fn append_small(&mut self, name: &str, mut content: Vec<u8>, mtime: u64) -> Result<()> {
        let byte_count = content.len() as u64;
        self.append_frame(&member::encode_header(name, byte_count, mtime)?)?;
        // In place: a manifest that names thousands of files takes megabytes.
        content.resize(content.len() + member::padding(byte_count), 0);
        self.append_frame(&content)
    }

    fn append_member(&mut self, spooled: &SpooledMember, mtime: u64) -> Result<MemberEntry> {
        if !self.names.insert(spooled.name.clone()) {
            return Err(failure::defect("two members of one name"));
        }
        let first_frame = self.frames.len() as u64;
        self.append_frame(&member::encode_header(
            &spooled.name,
            spooled.byte_count,
            mtime,
        )?)?;
        self.frames.extend_from_slice(&spooled.frames);
        let entry = MemberEntry {
            name: spooled.name.clone(),
            row_count: spooled.row_count,
            byte_count: spooled.byte_count,
            blake3: spooled.blake3.clone(),
            first_frame,
            frame_count: self.frames.len() as u64 - first_frame,
        };
        spooled.read_content(|bytes| self.write(bytes))?;
        self.members.push(entry.clone());
        Ok(entry)
    }

    fn copy_member(
        &mut self,
        (reader, place): (&Reader, u64),
        name: &str,
        row_count: u64,
        mtime: u64,
    ) -> Result<MemberEntry> {
        if !self.names.insert(name.to_owned()) {
            return Err(failure::defect("two members of one name"));
        }
        let first_frame = self.frames.len() as u64;
        let mut entry = None;
        reader.copy_member(place, &mut |copied| match copied {
            Copied::Bytes(bytes) => self.write(bytes),
            Copied::Member(span, sizes) => {
                self.append_frame(&member::encode_header(name, span.byte_count, mtime)?)?;
                self.frames.extend_from_slice(sizes);
                entry = Some(MemberEntry {
                    name: name.to_owned(),
                    row_count,
                    byte_count: span.byte_count,
                    blake3: span.blake3.to_hex().to_string(),
                    first_frame,
                    frame_count: self.frames.len() as u64 - first_frame,
                });
                Ok(())
            }
        })?;
        let entry = entry.ok_or_else(|| failure::defect("a member was not told of"))?;
        self.members.push(entry.clone());
        Ok(entry)
    }
}

/// Whether the manifest lists exactly the members that were appended, as they were appended.
fn check_complete(manifest: &Manifest, members: &[MemberEntry]) -> Result<()> {
    let whole = manifest.stands_on().is_none();
    let changes = manifest.changes.iter();
    let changes = changes.flat_map(|changes| changes.came.iter().chain(&changes.went));
    let changes = changes.map(|entry| {
        (
            &entry.member,
            entry.byte_count,
            &entry.blake3,
            entry.first_frame,
            entry.frame_count,
        )
    });
    let tables = manifest.tables.iter().filter(|_| whole).map(|entry| {
        (
            &entry.member,
            entry.byte_count,
            &entry.blake3,
            entry.first_frame,
            entry.frame_count,
        )
    });
    let files = manifest.files.iter().flatten();
    let files = files.filter(|entry| whole || entry.frame_count > 0);
    let files = files.map(|entry| {
        (
            &entry.member,
            entry.byte_count,
            &entry.blake3,
            entry.first_frame,
            entry.frame_count,
        )
    });
    let mut listed: Vec<_> = changes.chain(tables).chain(files).collect();
    listed.sort_by_key(|(_, _, _, first_frame, _)| *first_frame);
    let appended = members.iter().map(|entry| {
        (
            &entry.name,
            entry.byte_count,
            &entry.blake3,
            entry.first_frame,
            entry.frame_count,
        )
    });
    if listed.into_iter().eq(appended) {
        Ok(())
    } else {
        Err(failure::defect(
            "the manifest does not list what was appended",
        ))
    }
}

/// BLAKE3 of a whole file, in hexadecimal, to tell whether it is the archive that a review names.
///
/// # Errors
/// `local_file`.
pub fn file_hash(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    File::open(path)
        .and_then(|mut file| io::copy(&mut file, &mut hasher))
        .map_err(|error| Error::local_file("the archive", path, &error))?;
    Ok(hasher.finalize().to_hex().to_string())
}
