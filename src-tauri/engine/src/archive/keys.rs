//! Keys of encrypted archives: pairs of age's X25519, of which the public half is enough to write.

use std::fmt;
use std::sync::Arc;

use age::secrecy::ExposeSecret as _;
use age::x25519;
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

/// The keys at hand.
#[derive(Debug, Clone, Default)]
pub struct ArchiveKeys(Arc<[ArchiveKey]>);

impl ArchiveKeys {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key with that public half.
    #[must_use]
    pub fn get(&self, public: &PublicKey) -> Option<&ArchiveKey> {
        self.0.iter().find(|key| key.public() == *public)
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|key| &key.0 as &dyn age::Identity)
    }
}

impl FromIterator<ArchiveKey> for ArchiveKeys {
    fn from_iter<T: IntoIterator<Item = ArchiveKey>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
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
        let shown = format!("{key:?} {:?}", ArchiveKeys::from_iter([key.clone()]));
        assert!(!shown.contains(BEGIN), "{shown}");
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
