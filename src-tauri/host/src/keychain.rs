//! Passwords of saved connections, in the keychain of the operating system and nowhere else.
//!
//! A keychain may be absent, locked, or ask its owner to unlock it and wait for the answer; so each
//! call has a thread of its own and a time after which nobody waits for it any more.

use std::sync::LazyLock;
use std::time::Duration;

use keyring::Entry;
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
    match ask(connection, |entry| entry.get_password()).await {
        Ok(password) => Ok(Some(Password::new(password))),
        Err(Refusal::NoEntry) => Ok(None),
        Err(refusal) => Err(refusal.into_error()),
    }
}

/// Keeps a password.
///
/// # Errors
/// `password_needed` where the keychain does not open: it is then asked for each time.
pub async fn remember(connection: Uuid, password: &Password) -> Result<()> {
    let password = password.reveal().to_owned();
    let kept = ask(connection, move |entry| entry.set_password(&password)).await;
    kept.map_err(Refusal::into_error)
}

/// Forgets a password; one that is not there is no error.
///
/// # Errors
/// `password_needed` where the keychain does not open.
pub async fn forget(connection: Uuid) -> Result<()> {
    match ask(connection, |entry| entry.delete_credential()).await {
        Ok(()) | Err(Refusal::NoEntry) => Ok(()),
        Err(refusal) => Err(refusal.into_error()),
    }
}

enum Refusal {
    NoEntry,
    Absent,
    Locked,
    Silent,
}

impl Refusal {
    fn into_error(self) -> Error {
        match self {
            Self::NoEntry => needed("No password is kept for this connection."),
            Self::Absent => needed("This computer has no keychain that keeps passwords."),
            Self::Locked => needed("The keychain of this computer is locked."),
            Self::Silent => needed("The keychain of this computer does not answer."),
        }
    }
}

fn needed(why: &str) -> Error {
    Error::new(Code::PasswordNeeded, why).hint("The password is asked for each time.")
}

/// One at a time: a keychain that waits for its owner is not asked again meanwhile.
async fn ask<T: Send + 'static>(
    connection: Uuid,
    question: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    static ONE: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);
    let _one = ONE.lock().await;
    let (tell, answer) = oneshot::channel();
    std::thread::spawn(move || {
        let answer =
            Entry::new(SERVICE, &connection.to_string()).and_then(|entry| question(&entry));
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
