//! Who may have a window now: each keeps a core busy, and where there are more of them than cores, they wait for each
//! other until one gives up.

use std::cell::Cell;
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::thread::available_parallelism;

static FREE: LazyLock<Mutex<usize>> =
    LazyLock::new(|| Mutex::new(available_parallelism().map_or(1, usize::from)));
static LEFT: Condvar = Condvar::new();

thread_local! {
    static IS_SEATED: Cell<bool> = const { Cell::new(false) };
}

/// A test's place among those that have a window. A second one of the same test, for a second computer, is the same.
pub(super) struct Seat {
    is_first: bool,
}

impl Seat {
    /// Waits until one is free.
    pub(super) fn take() -> Self {
        let is_first = !IS_SEATED.replace(true);
        if is_first {
            let free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            let free = LEFT.wait_while(free, |free| *free == 0);
            *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        }
        Self { is_first }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.is_first {
            IS_SEATED.set(false);
            *FREE.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            LEFT.notify_one();
        }
    }
}
