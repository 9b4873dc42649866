//! The keys of encrypted archives: as the environment names them, and as the keychain keeps them.

use std::io;
use std::path::Path;

use snapback_engine::archive::{ArchiveKey, ArchiveKeys, Passphrase};
use snapback_engine::library::Library;
use snapback_engine::{Code, Error, Result};

use crate::{KEY, PASSPHRASE, keychain, named};

/// The most bytes that are read of a file with a key.
const LONGEST: u64 = 1 << 20;

/// What is at hand to open archives of a library: the environment's key and passphrase, and the keys of the keychain that
/// the library names. A keychain that does not open has none.
///
/// # Errors
/// `invalid_key`, `local_file` where the environment names what is no key; `local_file` for the library.
pub async fn at_hand(library: &Library) -> Result<ArchiveKeys> {
    let mut keys: Vec<ArchiveKey> = named_key()?.into_iter().collect();
    for known in library.key_book()?.keys {
        if keys.iter().any(|key| key.public() == known.public) {
            continue;
        }
        match keychain::archive_key(&known.public).await {
            Ok(kept) => keys.extend(kept),
            Err(error) => {
                tracing::warn!(code = %error.code(), "the keychain gives no keys of archives");
                break;
            }
        }
    }
    let keys: ArchiveKeys = keys.into_iter().collect();
    Ok(match passphrase() {
        Some(words) => keys.with_passphrase(&Passphrase::given(words)),
        None => keys,
    })
}

/// The passphrase that the environment has.
#[must_use]
pub fn passphrase() -> Option<String> {
    named(PASSPHRASE)?.into_string().ok()
}

/// The key that the environment names, by itself or by its file.
fn named_key() -> Result<Option<ArchiveKey>> {
    let Some(named) = named(KEY) else {
        return Ok(None);
    };
    if let Some(key) = named.to_str().and_then(|text| ArchiveKey::find(text).ok()) {
        return Ok(Some(key));
    }
    read(Path::new(&named)).map(Some)
}

/// The key in a file: a recovery sheet, or a key file of age's.
///
/// # Errors
/// `invalid_key`, `local_file`.
pub fn read(path: &Path) -> Result<ArchiveKey> {
    let failed = |error: io::Error| Error::local_file("the file with the key", path, &error);
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, LONGEST), &mut bytes).map_err(failed)?;
    ArchiveKey::find(&String::from_utf8_lossy(&bytes))
        .map_err(|error| error.with("path", path.display()))
}

/// The key of new archives of a library.
///
/// # Errors
/// `no_key` where it has none; `key_needed` where that is not at hand.
pub fn current(library: &Library) -> Result<ArchiveKey> {
    let Some(public) = library.key_book()?.current else {
        return Err(Error::new(
            Code::NoKey,
            "This library has no key: its backups are not encrypted.",
        )
        .hint("Make one: snapback key new"));
    };
    library.keys().get(&public).cloned().ok_or_else(|| {
        Error::new(Code::KeyNeeded, "The key of this library is not at hand.")
            .hint("Unlock the keychain of this computer, or take the key in from the recovery sheet: snapback key add FILE")
            .with("key", public)
    })
}
