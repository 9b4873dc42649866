//! Where the bytes of a new archive go: into its file as they are, or encrypted on the way.

use std::fs::File;
use std::io::{self, Write};
use std::iter;
use std::path::Path;
use std::thread::{self, JoinHandle};

use age::stream::StreamWriter;

use super::keys::Lock;
use super::manifest::Encryption;
use super::partial::Partial;
use crate::{Error, Result};

/// Bytes after which the disk is sent what was written, while more is written: the sync at the end has little
/// left to wait for then.
const SENT_ON: u64 = 8 << 20;

/// A new archive's file under way.
pub(super) enum Sink {
    Plain(Box<Output>),
    Sealed(Box<StreamWriter<Output>>),
}

/// The file itself, hashed as it is written.
pub(super) struct Output {
    pub(super) partial: Partial,
    pub(super) hasher: blake3::Hasher,
    pub(super) size_bytes: u64,
    ahead: Ahead,
}

/// What is sent to the disk ahead of the end.
#[derive(Default)]
struct Ahead {
    waiting: u64,
    under_way: Option<JoinHandle<io::Result<()>>>,
}

impl Ahead {
    /// So many more bytes were written.
    fn note(&mut self, byte_count: usize, file: &File) -> io::Result<()> {
        self.waiting += byte_count as u64;
        let is_busy = self
            .under_way
            .as_ref()
            .is_some_and(|one| !one.is_finished());
        if self.waiting < SENT_ON || is_busy {
            return Ok(());
        }
        self.end()?;
        self.waiting = 0;
        let file = file.try_clone()?;
        self.under_way = Some(thread::spawn(move || file.sync_data()));
        Ok(())
    }

    /// Waits for what is under way. What the disk refuses is told once: whoever syncs again would not hear of it.
    fn end(&mut self) -> io::Result<()> {
        let ended = self.under_way.take().map(JoinHandle::join);
        match ended {
            None => Ok(()),
            Some(Ok(synced)) => synced,
            Some(Err(_)) => Err(io::Error::other("the thread that syncs has died")),
        }
    }
}

impl Sink {
    /// Begins a file; with a lock, what is written to it can be read by whoever opens that alone.
    pub(super) fn create(target: &Path, lock: Option<Lock<'_>>) -> Result<Self> {
        Self::begin(target, lock, Partial::create)
    }

    /// The same in place of the file that is there.
    pub(super) fn replacing(target: &Path, lock: Option<Lock<'_>>) -> Result<Self> {
        Self::begin(target, lock, Partial::replacing)
    }

    fn begin(
        target: &Path,
        lock: Option<Lock<'_>>,
        make: fn(&Path) -> Result<Partial>,
    ) -> Result<Self> {
        // Asked first, so that a key that cannot be read leaves no file behind.
        let recipient = lock.map(Lock::recipient).transpose()?;
        let output = Output {
            partial: make(target)?,
            hasher: blake3::Hasher::new(),
            size_bytes: 0,
            ahead: Ahead::default(),
        };
        let Some(recipient) = recipient else {
            return Ok(Self::Plain(Box::new(output)));
        };
        let recipients = iter::once(&*recipient);
        let encryptor = age::Encryptor::with_recipients(recipients)
            .map_err(|_| super::failure::defect("age knows no way for that key"))?;
        let sealed = encryptor.wrap_output(output);
        let sealed = sealed.map_err(|error| failed(target, &error))?;
        Ok(Self::Sealed(Box::new(sealed)))
    }

    pub(super) fn encryption(&self) -> Encryption {
        match self {
            Self::Plain(_) => Encryption::None,
            Self::Sealed(_) => Encryption::Age,
        }
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8], target: &Path) -> Result<()> {
        let written = match self {
            Self::Plain(output) => output.write_all(bytes),
            Self::Sealed(sealed) => sealed.write_all(bytes),
        };
        written.map_err(|error| failed(target, &error))
    }

    /// Ends the file and makes it survive a loss of power.
    pub(super) fn finish(self, target: &Path) -> Result<Output> {
        let output = match self {
            Self::Plain(output) => Ok(*output),
            Self::Sealed(sealed) => sealed.finish(),
        };
        let mut output = output.map_err(|error| failed(target, &error))?;
        output.ahead.end().map_err(|error| failed(target, &error))?;
        output.partial.sync()?;
        Ok(output)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file: &File = self.partial.file();
        let length = file.write(bytes)?;
        let (written, _) = bytes.split_at(length);
        self.hasher.update(written);
        self.size_bytes += length as u64;
        self.ahead.note(length, self.partial.file())?;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failed(target: &Path, error: &io::Error) -> Error {
    Error::local_file("the new archive", target, error)
}
