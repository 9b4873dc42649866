//! Second places as this computer reaches them: with the keychain's keys, and by the system's own SSH.

use std::sync::Arc;

use jiff::Timestamp;
use snapback_engine::files::Keys;
use snapback_engine::library::Library;
use snapback_engine::places::{self, Destination, Place, PlaceAddress, PlaceBook};
use snapback_engine::{CancelToken, Error, Result};

use crate::sftp::Sftp;
use crate::{keychain, storage};

/// Opens a place, with the keychain's keys, else the environment's. Reaches for nothing yet.
///
/// # Errors
/// `storage_keys_needed`, `usage`.
pub async fn open(place: &Place, cancel: &CancelToken) -> Result<Destination> {
    let keys = match &place.address {
        PlaceAddress::Folder(_) | PlaceAddress::Sftp { .. } => None,
        PlaceAddress::Bucket { service, .. } => storage::keys_of(place.id, service).await?,
    };
    reach(&place.address, keys, cancel)
}

fn reach(address: &PlaceAddress, keys: Option<Keys>, cancel: &CancelToken) -> Result<Destination> {
    Ok(match Sftp::open(address, cancel) {
        Some(sftp) => Destination::Remote(Arc::new(sftp)),
        None => Destination::open(address, keys)?,
    })
}

/// Adds a place to a library, once it was found to be there and to let us in: that is found out now, and not at night.
/// Also why the keychain does not keep its keys, where it does not.
///
/// # Errors
/// `usage` where the address cannot be read, is the library itself or a place already; what the place fails with;
/// `local_file`, `disk_full`.
pub async fn add(
    library: &Library,
    written: &str,
    keys: Option<Keys>,
    now: Timestamp,
    cancel: &CancelToken,
) -> Result<(Place, Option<Error>)> {
    let address: PlaceAddress = written.parse()?;
    let destination = reach(&address, keys.clone(), cancel)?;
    destination.require_other_than(library)?;
    places::present(&destination).await?;
    let place = PlaceBook::open(library)?.add(address, now)?.clone();
    let kept = match (&place.address, &keys) {
        (PlaceAddress::Bucket { .. }, Some(keys)) => {
            keychain::remember_storage_keys(place.id, keys).await
        }
        _ => Ok(()),
    };
    Ok((place, kept.err()))
}

/// Takes a place away; what is there stays, and the keychain forgets the keys.
///
/// # Errors
/// `no_such_place`; `local_file`, `disk_full`.
pub async fn remove(library: &Library, number: u32) -> Result<Place> {
    let removed = PlaceBook::open(library)?.remove(number)?;
    if let Err(error) = keychain::forget_storage_keys(removed.id).await {
        tracing::info!(code = %error.code(), "the keychain has forgotten no keys");
    }
    Ok(removed)
}
