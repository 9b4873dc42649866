//! Which key a library's new archives are encrypted for, and how its archives are opened. The keys
//! themselves never lie in the library: what is noted here is their public halves.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::folder::Library;
use crate::archive::{Encryption, Lock, Passphrase, PublicKey, ReadmeFacts, Writer};
use crate::{Code, Error, Result};

/// The journal that holds them.
const JOURNAL: &str = "keys";

/// Whether a new archive is encrypted.
#[derive(Debug, Clone, Default)]
pub enum Encrypt {
    /// Where the library has a key.
    #[default]
    AsTheLibrary,
    /// In no case.
    Never,
    /// With a passphrase, in place of the library's key: for somebody else.
    With(Passphrase),
}

/// The keys of a library.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyBook {
    /// The one that new archives are encrypted for; `None` where they are not.
    pub current: Option<PublicKey>,
    /// All that were ever used here, oldest first.
    pub keys: Vec<KnownKey>,
}

/// A key that archives of the library may be encrypted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownKey {
    /// Its public half.
    pub public: PublicKey,
    /// Since when it is known here.
    pub since: Timestamp,
    /// The last time that its recovery sheet was proven to open an archive.
    pub proven: Option<Proven>,
}

/// A proof that a recovery sheet opens an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub archive: Uuid,
}

impl Library {
    /// The keys that are known here.
    ///
    /// # Errors
    /// `local_file`, also where the journal cannot be understood: nothing is written unencrypted for that.
    pub fn key_book(&self) -> Result<KeyBook> {
        Ok(self.read_state(JOURNAL)?.unwrap_or_default())
    }

    /// Notes that archives of this library may be encrypted for that key.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_key(&self, public: &PublicKey, now: Timestamp) -> Result<()> {
        let mut book = self.key_book()?;
        if book.keys.iter().any(|known| known.public == *public) {
            return Ok(());
        }
        book.keys.push(KnownKey {
            public: public.clone(),
            since: now,
            proven: None,
        });
        self.write_state(JOURNAL, &book)
    }

    /// From now on new archives are encrypted for that key, or with `None` for nobody.
    ///
    /// # Errors
    /// `no_key` where the key is not known here; `local_file`, `disk_full`.
    pub fn encrypt_for(&self, public: Option<&PublicKey>) -> Result<()> {
        let mut book = self.key_book()?;
        if let Some(public) = public
            && !book.keys.iter().any(|known| known.public == *public)
        {
            return Err(
                Error::new(Code::NoKey, "This key is not one of the library's.")
                    .with("key", public),
            );
        }
        book.current = public.cloned();
        self.write_state(JOURNAL, &book)
    }

    /// Notes that the recovery sheet of a key has opened an archive.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_proven(&self, public: &PublicKey, proven: Proven) -> Result<()> {
        let mut book = self.key_book()?;
        if let Some(known) = book.keys.iter_mut().find(|known| known.public == *public) {
            known.proven = Some(proven);
        }
        self.write_state(JOURNAL, &book)
    }

    /// Opens archives with that passphrase from now on, once it was found to open this one.
    ///
    /// # Errors
    /// Those of [`open_archive`](Self::open_archive); then all stays as it was.
    pub fn unlock(&self, archive: &Path, passphrase: &Passphrase) -> Result<()> {
        let before = self.keys();
        self.hold_keys(before.clone().with_passphrase(passphrase));
        let opened = self.open_archive(archive);
        if opened.is_err() {
            self.hold_keys(before);
        }
        opened.map(drop)
    }

    /// Fails where an archive that is made now could not be opened again from here.
    ///
    /// # Errors
    /// `key_needed`; those of [`key_book`](Self::key_book).
    pub fn require_key(&self) -> Result<()> {
        let current = self.key_book()?.current;
        match current.filter(|current| self.keys().get(current).is_none()) {
            None => Ok(()),
            Some(current) => Err(Error::new(
                Code::KeyNeeded,
                "The safety snapshot would be encrypted for a key that is not at hand, and could not be put back.",
            )
            .hint("Unlock the keychain of this computer, or take the key in from the recovery sheet: snapback key add FILE")
            .with("key", current)),
        }
    }

    /// Begins a new archive, encrypted where this library has a key.
    ///
    /// # Errors
    /// Those of [`Writer::create_for`] and [`key_book`](Self::key_book).
    pub fn begin_archive(
        &self,
        target: &Path,
        facts: &ReadmeFacts,
        encrypt: &Encrypt,
    ) -> Result<Writer> {
        let current = match encrypt {
            Encrypt::AsTheLibrary => self.key_book()?.current,
            Encrypt::Never | Encrypt::With(_) => None,
        };
        let lock = match encrypt {
            Encrypt::With(passphrase) => Some(Lock::Passphrase(passphrase)),
            Encrypt::AsTheLibrary | Encrypt::Never => current.as_ref().map(Lock::Key),
        };
        Writer::create_locked(target, facts, lock)
    }

    /// Begins an archive that takes the place of the one at `target`, stands for the same, and is encrypted where
    /// that one is.
    ///
    /// # Errors
    /// Those of [`Writer::replacing`] and [`key_book`](Self::key_book); `key_needed` where it is encrypted and
    /// this library has no key.
    pub fn begin_in_place(
        &self,
        target: &Path,
        facts: &ReadmeFacts,
        encryption: Encryption,
    ) -> Result<Writer> {
        let key = match encryption {
            Encryption::None => None,
            Encryption::Age => Some(self.key_book()?.current.ok_or_else(|| {
                let what = "The archive is encrypted, and this library has no key for its place.";
                Error::new(Code::KeyNeeded, what).with("archive", target.display())
            })?),
        };
        Writer::replacing(target, facts, key.as_ref())
    }
}
