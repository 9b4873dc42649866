use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Memory that the work on one table leaves to that on the next: what was touched once need not be asked of
/// the system again. There are never more than were in use at once, and they go with the last of its clones.
pub struct Spares<T>(Arc<Mutex<Vec<T>>>);

impl<T> Spares<T> {
    /// One that somebody has left.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Leaves one to whoever comes next.
    pub fn leave(&self, spare: T) {
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spares.push(spare);
    }
}

impl<T> Default for Spares<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Spares<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Spares<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spares")
    }
}
