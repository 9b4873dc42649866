//! What opens encrypted archives: keys, which are pairs of age's X25519 of which the public half is enough to write, or a
//! passphrase.

use std::fmt;
use std::sync::Arc;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::{scrypt, x25519};
use serde::{Deserialize, Serialize};

use crate::{Code, Error, Result};

/// What every key begins with, as age writes it.
const BEGIN: &str = "AGE-SECRET-KEY-1";

/// What opens archives that were encrypted for its public half. Shows nothing of itself.
#[derive(Clone)]
pub struct ArchiveKey(x25519::Identity);

impl ArchiveKey {
    /// A new one that nobody else has.
    #[must_use]
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// The first key in a text: a recovery sheet, a key file of age's, or the key alone.
    ///
    /// # Errors
    /// `invalid_key` where there is none.
    pub fn find(text: &str) -> Result<Self> {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let key = words.find_map(|word| {
            let word = word.to_ascii_uppercase();
            word.starts_with(BEGIN).then(|| word.parse().ok()).flatten()
        });
        key.map(Self).ok_or_else(|| {
            Error::new(Code::InvalidKey, "No key of archives can be read there.").hint(format!(
                "A key is one line that begins with {BEGIN}. The recovery sheet has it."
            ))
        })
    }

    /// The key itself, for the places that keep it.
    #[must_use]
    pub fn reveal(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    /// Its public half, by which it is called.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.to_public().to_string())
    }
}

impl fmt::Debug for ArchiveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The public half of a key: whoever has it can encrypt, and not open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(String);

impl PublicKey {
    pub(super) fn recipient(&self) -> Result<x25519::Recipient> {
        self.0.parse().map_err(|_| {
            Error::new(
                Code::InvalidKey,
                "The key that backups are to be encrypted for cannot be read.",
            )
            .hint("Nothing is written without it. Make a new one: snapback key new")
            .with("key", &self.0)
        })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Trying a passphrase once takes 2 to the power of that many rounds of scrypt, and a kilobyte of memory for each.
const WORK: u8 = 16;
/// The most that an archive from elsewhere may ask for: what age's own program takes.
const MOST_WORK: u8 = 18;
/// The fewest letters of a passphrase that an archive is locked with.
const FEWEST_LETTERS: usize = 12;

/// What a person remembers, and what opens archives that were locked with it. Shows nothing of itself.
#[derive(Clone)]
pub struct Passphrase(Arc<SecretString>);

impl Passphrase {
    /// One that somebody gave to open an archive.
    #[must_use]
    pub fn given(words: String) -> Self {
        Self(Arc::new(SecretString::from(words)))
    }

    /// One that an archive is to be locked with.
    ///
    /// # Errors
    /// `usage` where it is so short that it is soon found out.
    pub fn chosen(words: String) -> Result<Self> {
        if words.chars().count() < FEWEST_LETTERS {
            return Err(Error::new(Code::Usage, "The passphrase is too short.").hint(format!(
                "It has at least {FEWEST_LETTERS} letters. Several words that have nothing to do with each other are easily remembered."
            )));
        }
        Ok(Self::given(words))
    }

    fn words(&self) -> SecretString {
        SecretString::from(self.0.expose_secret().to_owned())
    }

    fn recipient(&self) -> scrypt::Recipient {
        let mut recipient = scrypt::Recipient::new(self.words());
        recipient.set_work_factor(WORK);
        recipient
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What a new archive can be opened with alone.
#[derive(Debug, Clone, Copy)]
pub enum Lock<'a> {
    /// The key with that public half.
    Key(&'a PublicKey),
    /// A passphrase.
    Passphrase(&'a Passphrase),
}

impl Lock<'_> {
    pub(super) fn recipient(self) -> Result<Box<dyn age::Recipient>> {
        Ok(match self {
            Self::Key(key) => Box::new(key.recipient()?),
            Self::Passphrase(passphrase) => Box::new(passphrase.recipient()),
        })
    }
}

/// A passphrase that is tried.
struct Tried(scrypt::Identity);

impl fmt::Debug for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What is at hand to open archives with.
#[derive(Debug, Clone, Default)]
pub struct ArchiveKeys {
    keys: Arc<[ArchiveKey]>,
    passphrase: Option<Arc<Tried>>,
}

impl ArchiveKeys {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key with that public half.
    #[must_use]
    pub fn get(&self, public: &PublicKey) -> Option<&ArchiveKey> {
        self.keys.iter().find(|key| key.public() == *public)
    }

    /// The same with a passphrase for archives that are locked with one.
    #[must_use]
    pub fn with_passphrase(self, passphrase: &Passphrase) -> Self {
        let mut tried = scrypt::Identity::new(passphrase.words());
        tried.set_max_work_factor(MOST_WORK);
        Self {
            passphrase: Some(Arc::new(Tried(tried))),
            ..self
        }
    }

    /// The same with the passphrase that those have, where they have one.
    #[must_use]
    pub fn with_passphrase_of(self, others: &Self) -> Self {
        Self {
            passphrase: others.passphrase.clone().or(self.passphrase),
            ..self
        }
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn age::Identity> {
        let keys = self.keys.iter().map(|key| &key.0 as &dyn age::Identity);
        let passphrase = self.passphrase.iter();
        keys.chain(passphrase.map(|tried| &tried.0 as &dyn age::Identity))
    }
}

impl FromIterator<ArchiveKey> for ArchiveKeys {
    fn from_iter<T: IntoIterator<Item = ArchiveKey>>(keys: T) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            passphrase: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_a_sheet_however_it_is_written_and_never_shows() {
        let key = ArchiveKey::generate();
        let text = key.reveal();
        let page = format!("<p>Key: <code>{}</code></p>", text.to_lowercase());
        for sheet in [text.clone(), format!("# made\n{text}\n"), page] {
            assert_eq!(ArchiveKey::find(&sheet).unwrap().public(), key.public());
        }
        let words = Passphrase::chosen("correct horse".to_owned()).unwrap();
        let keys = ArchiveKeys::from_iter([key.clone()]).with_passphrase(&words);
        let shown = format!("{key:?} {keys:?} {words:?}");
        assert!(
            !shown.contains(BEGIN) && !shown.contains("horse"),
            "{shown}"
        );
    }

    #[test]
    fn a_short_passphrase_locks_nothing() {
        let refused = Passphrase::chosen("hello".to_owned()).unwrap_err();
        assert_eq!(refused.code(), Code::Usage);
        assert!(!format!("{refused:?}").contains("hello"));
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        let mut wrong = ArchiveKey::generate().reveal();
        wrong.replace_range(30..31, if &wrong[30..31] == "Q" { "P" } else { "Q" });
        for text in ["", "AGE-SECRET-KEY-1", "age1abc", &wrong] {
            let refused = ArchiveKey::find(text).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidKey);
            assert!(!format!("{refused:?}").contains(&wrong), "{refused:?}");
        }
    }
}
