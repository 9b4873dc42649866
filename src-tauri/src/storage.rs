//! Where the uploaded files of an open database are.

use std::sync::{Arc, Mutex, PoisonError};

use snapback_engine::files::{self, Keys, Store, StoreAddress};
use snapback_engine::{Code, Error, Result};
use snapback_host::connections::SavedConnection;
use snapback_host::storage::{demo_storage, keys_of, named_keys, named_storage};
use snapback_wire::ConnectionStorage;
use uuid::Uuid;

/// Where they are, and what opens it.
#[derive(Debug)]
pub(crate) struct Storage {
    address: Option<StoreAddress>,
    source: Source,
    /// Keys that the person has typed; they count until the session ends.
    typed: Mutex<Option<Keys>>,
}

/// Who has said where the storage is.
#[derive(Debug, Clone, Copy)]
enum Source {
    Environment,
    Saved(Uuid),
    Demo,
}

impl Storage {
    /// The one that the environment names.
    pub(crate) fn named() -> Result<Self> {
        let named = named_storage();
        let address = named.as_deref().map(StoreAddress::parse).transpose()?;
        Ok(Self::new(address, Source::Environment))
    }

    /// A saved connection's.
    pub(crate) fn of(saved: &SavedConnection) -> Result<Self> {
        Ok(Self::new(saved.storage_address()?, Source::Saved(saved.id)))
    }

    /// The demo's.
    pub(crate) fn of_demo() -> Self {
        Self::new(demo_storage(), Source::Demo)
    }

    fn new(address: Option<StoreAddress>, source: Source) -> Self {
        Self {
            address,
            source,
            typed: Mutex::default(),
        }
    }

    /// From now on these keys are used, in place of those that are kept.
    pub(crate) fn use_keys(&self, keys: Keys) {
        *self.typed.lock().unwrap_or_else(PoisonError::into_inner) = Some(keys);
    }

    /// Opens it.
    ///
    /// # Errors
    /// `storage_needed` where nobody has said where it is; `storage_keys_needed`, `no_such_storage`.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>> {
        let Some(address) = &self.address else {
            return Err(self.nowhere());
        };
        let typed = self.typed();
        let keys = match (typed, self.source) {
            (Some(typed), _) => Some(typed),
            (None, Source::Saved(connection)) => keys_of(connection, address).await?,
            (None, Source::Environment | Source::Demo) => named_keys(),
        };
        files::open(address, keys)
    }

    /// What the window is told of it.
    pub(crate) async fn shown(&self) -> Option<ConnectionStorage> {
        let address = self.address.as_ref()?.to_string();
        let problem = self.open().await.err().map(Into::into);
        Some(ConnectionStorage { address, problem })
    }

    fn typed(&self) -> Option<Keys> {
        let typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        typed.clone()
    }

    fn nowhere(&self) -> Error {
        let error = Error::new(
            Code::StorageNeeded,
            "Nobody has said where the uploaded files are.",
        );
        error.hint(match self.source {
            Source::Saved(_) => "Name the storage in the connection.",
            Source::Environment => "Start Snapback with SNAPBACK_STORAGE, or save a connection.",
            Source::Demo => {
                "This demo is of before it had files: snapback demo reset makes it anew."
            }
        })
    }
}
