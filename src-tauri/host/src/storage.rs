//! Where an application's uploaded files are, and the keys to them: as the environment names them, as a
//! saved connection does, and the demo's own.

use snapback_demo::storage_folder;
use snapback_engine::files::{Keys, Layout, StoreAddress};
use snapback_engine::{Code, Error, Result};
use uuid::Uuid;

use crate::{STORAGE, demo_folder, keychain, named};

/// The storage that the environment names.
#[must_use]
pub fn named_storage() -> Option<String> {
    named(STORAGE)?.into_string().ok()
}

/// The keys of an S3 service that the environment holds, under the names that every such program uses.
#[must_use]
pub fn named_keys() -> Option<Keys> {
    let text = |variable: &str| named(variable)?.into_string().ok();
    Some(Keys {
        access_key_id: text("AWS_ACCESS_KEY_ID")?,
        secret_access_key: text("AWS_SECRET_ACCESS_KEY")?,
        session_token: text("AWS_SESSION_TOKEN"),
    })
}

/// The keys of a saved connection's storage: the keychain's, else the environment's. A folder has none.
///
/// # Errors
/// `storage_keys_needed` where there are none, and why.
pub async fn keys_of(connection: Uuid, address: &StoreAddress) -> Result<Option<Keys>> {
    if let StoreAddress::Folder { .. } = address {
        return Ok(None);
    }
    let kept = keychain::storage_keys(connection).await;
    if let Ok(Some(keys)) = kept {
        return Ok(Some(keys));
    }
    if let Some(keys) = named_keys() {
        return Ok(Some(keys));
    }
    Err(kept.err().unwrap_or_else(|| {
        Error::new(
            Code::StorageKeysNeeded,
            "No keys are kept for the storage of this connection.",
        )
        .hint("The keys of the storage are asked for each time.")
    }))
}

/// Where the demo's uploaded files are; `None` where there is no demo, or one of before it had files.
#[must_use]
pub fn demo_storage() -> Option<StoreAddress> {
    let folder = storage_folder(&demo_folder()?);
    let path = folder.is_dir().then_some(folder)?;
    Some(StoreAddress::Folder {
        path,
        layout: Layout::supabase(),
    })
}
