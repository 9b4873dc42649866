use serde::Serialize;
use snapback_engine::archive::ArchiveKeys;
use snapback_engine::library::{KeyBook, KnownKey, Proven};
use ts_rs::TS;

/// The keys that backups of a library are encrypted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LibraryKeys {
    /// Whether new backups are encrypted.
    pub is_encrypting: bool,
    /// The keys, oldest first.
    pub keys: Vec<LibraryKey>,
}

/// A key that backups may be encrypted for, by its public half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LibraryKey {
    /// Its public half.
    pub public: String,
    /// Since when the library knows it (RFC 3339).
    pub since: String,
    /// Whether new backups are encrypted for it.
    pub is_current: bool,
    /// Whether this computer can open with it now.
    pub is_at_hand: bool,
    /// When its recovery sheet was last proven to open a backup (RFC 3339).
    pub proven_at: Option<String>,
    /// The id of that backup.
    pub proven_with: Option<String>,
}

impl LibraryKeys {
    /// The keys of a library, and which of them are at hand.
    #[must_use]
    pub fn new(book: &KeyBook, at_hand: &ArchiveKeys) -> Self {
        let KeyBook { current, keys } = book;
        let key = |known: &KnownKey| {
            let KnownKey {
                public,
                since,
                proven,
            } = known;
            let proven = proven.as_ref().map(|Proven { at, archive }| (at, archive));
            LibraryKey {
                public: public.to_string(),
                since: since.to_string(),
                is_current: current.as_ref() == Some(public),
                is_at_hand: at_hand.get(public).is_some(),
                proven_at: proven.map(|(at, _)| at.to_string()),
                proven_with: proven.map(|(_, archive)| archive.to_string()),
            }
        };
        Self {
            is_encrypting: current.is_some(),
            keys: keys.iter().map(key).collect(),
        }
    }
}
