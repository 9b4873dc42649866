//! Passwords of saved connections, the keys of their storages and those of encrypted archives, in the keychain of the operating system
//! and nowhere else.
//!
//! A keychain may be absent, locked, or ask its owner to unlock it and wait for the answer; so each
//! call has a thread of its own and a time after which nobody waits for it any more.

use std::sync::LazyLock;
use std::time::Duration;

use keyring::Entry;
use serde::{Deserialize, Serialize};
use snapback_engine::archive::{ArchiveKey, PublicKey};
use snapback_engine::files::Keys;
use snapback_engine::pg::Password;
use snapback_engine::{Code, Error, Result};
use tokio::sync::{Mutex, oneshot};
use uuid::Uuid;

/// The name under which a keychain shows what is ours.
const SERVICE: &str = "snapback";
/// How long a person has to unlock the keychain.
const PATIENCE: Duration = Duration::from_secs(30);

/// The password of that connection; `None` where none is kept.
///
/// # Errors
/// `password_needed` where the keychain does not open, and why.
pub async fn password(connection: Uuid) -> Result<Option<Password>> {
    let kept = read(Kept::Password(connection)).await?;
    Ok(kept.map(Password::new))
}

/// Keeps a password.
///
/// # Errors
/// `password_needed` where the keychain does not open: it is then asked for each time.
pub async fn remember(connection: Uuid, password: &Password) -> Result<()> {
    write(Kept::Password(connection), password.reveal().to_owned()).await
}

/// Forgets a password; one that is not there is no error.
///
/// # Errors
/// `password_needed` where the keychain does not open.
pub async fn forget(connection: Uuid) -> Result<()> {
    remove(Kept::Password(connection)).await
}

/// The keys of that connection's storage; `None` where none are kept.
///
/// # Errors
/// `storage_keys_needed` where the keychain does not open, and why.
pub async fn storage_keys(connection: Uuid) -> Result<Option<Keys>> {
    let kept = read(Kept::StorageKeys(connection)).await?;
    // What is not ours to read is as good as not there.
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).map(
        |KeptKeys { id, secret, token }| Keys {
            access_key_id: id,
            secret_access_key: secret,
            session_token: token,
        },
    ))
}

/// Keeps the keys of a storage.
///
/// # Errors
/// `storage_keys_needed` where the keychain does not open: they are then asked for each time.
pub async fn remember_storage_keys(connection: Uuid, keys: &Keys) -> Result<()> {
    let kept = KeptKeys {
        id: keys.access_key_id.clone(),
        secret: keys.secret_access_key.clone(),
        token: keys.session_token.clone(),
    };
    let kept = serde_json::to_string(&kept)
        .map_err(|_| Error::new(Code::Defect, "The keys could not be written down."))?;
    write(Kept::StorageKeys(connection), kept).await
}

/// Forgets the keys of a storage; such that are not there are no error.
///
/// # Errors
/// `storage_keys_needed` where the keychain does not open.
pub async fn forget_storage_keys(connection: Uuid) -> Result<()> {
    remove(Kept::StorageKeys(connection)).await
}

/// The key of archives with that public half; `None` where it is not kept.
///
/// # Errors
/// `key_needed` where the keychain does not open, and why.
pub async fn archive_key(public: &PublicKey) -> Result<Option<ArchiveKey>> {
    let kept = read(Kept::ArchiveKey(public.clone())).await?;
    // What is not ours to read is as good as not there.
    Ok(kept.and_then(|kept| ArchiveKey::find(&kept).ok()))
}

/// Keeps a key of archives.
///
/// # Errors
/// `key_needed` where the keychain does not open.
pub async fn remember_archive_key(key: &ArchiveKey) -> Result<()> {
    write(Kept::ArchiveKey(key.public()), key.reveal()).await
}

/// The keys of an S3 service as they lie in a keychain.
#[derive(Serialize, Deserialize)]
struct KeptKeys {
    id: String,
    secret: String,
    token: Option<String>,
}

/// What is kept.
#[derive(Clone)]
enum Kept {
    Password(Uuid),
    StorageKeys(Uuid),
    ArchiveKey(PublicKey),
}

impl Kept {
    /// The name under which the keychain has it.
    fn name(&self) -> String {
        match self {
            Self::Password(connection) => connection.to_string(),
            Self::StorageKeys(connection) => format!("{connection} storage"),
            Self::ArchiveKey(public) => format!("archives {public}"),
        }
    }

    fn needed(&self, why: &str) -> Error {
        match self {
            Self::Password(_) => {
                Error::new(Code::PasswordNeeded, why).hint("The password is asked for each time.")
            }
            Self::StorageKeys(_) => Error::new(Code::StorageKeysNeeded, why)
                .hint("The keys of the storage are asked for each time."),
            Self::ArchiveKey(_) => Error::new(Code::KeyNeeded, why)
                .hint("Name the key, or the file where it is, in SNAPBACK_KEY."),
        }
    }
}

async fn read(kept: Kept) -> Result<Option<String>> {
    match ask(&kept, Entry::get_password).await {
        Ok(found) => Ok(Some(found)),
        Err(Refusal::NoEntry) => Ok(None),
        Err(refusal) => Err(refusal.into_error(&kept)),
    }
}

async fn write(kept: Kept, secret: String) -> Result<()> {
    let written = ask(&kept, move |entry| entry.set_password(&secret)).await;
    written.map_err(|refusal| refusal.into_error(&kept))
}

async fn remove(kept: Kept) -> Result<()> {
    match ask(&kept, Entry::delete_credential).await {
        Ok(()) | Err(Refusal::NoEntry) => Ok(()),
        Err(refusal) => Err(refusal.into_error(&kept)),
    }
}

enum Refusal {
    NoEntry,
    Absent,
    Locked,
    Silent,
}

impl Refusal {
    fn into_error(self, kept: &Kept) -> Error {
        kept.needed(match self {
            Self::NoEntry => "Nothing is kept for this.",
            Self::Absent => "This computer has no keychain that keeps passwords.",
            Self::Locked => "The keychain of this computer is locked.",
            Self::Silent => "The keychain of this computer does not answer.",
        })
    }
}

/// One at a time: a keychain that waits for its owner is not asked again meanwhile.
async fn ask<T: Send + 'static>(
    kept: &Kept,
    question: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    static ONE: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);
    let _one = ONE.lock().await;
    let (tell, answer) = oneshot::channel();
    let name = kept.name();
    std::thread::spawn(move || {
        let answer = Entry::new(SERVICE, &name).and_then(|entry| question(&entry));
        // Nobody listens any more once the time is over.
        tell.send(answer.map_err(refusal)).ok();
    });
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => answer,
        // The thread ended without an answer.
        Ok(Err(_)) => Err(Refusal::Absent),
        Err(_) => Err(Refusal::Silent),
    }
}

fn refusal(error: keyring::Error) -> Refusal {
    tracing::info!(kind = kind_of(&error), "the keychain did not do as asked");
    match error {
        keyring::Error::NoEntry => Refusal::NoEntry,
        keyring::Error::NoStorageAccess(_) => Refusal::Locked,
        _ => Refusal::Absent,
    }
}

/// What kind of refusal it is, without what the keychain says itself.
fn kind_of(error: &keyring::Error) -> &'static str {
    match error {
        keyring::Error::NoEntry => "no entry",
        keyring::Error::NoStorageAccess(_) => "no access",
        keyring::Error::NoDefaultStore => "no keychain",
        keyring::Error::PlatformFailure(_) => "failure",
        _ => "other",
    }
}
