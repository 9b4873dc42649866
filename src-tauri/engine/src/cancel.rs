//! Cancelling: a token that is passed down, and an outcome that is neither success nor error.

pub use tokio_util::sync::CancellationToken as CancelToken;

/// How an operation that may be cancelled ended, when it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It did all of its work.
    Completed(T),
    /// It stopped because it was asked to, and left everything as it was before.
    Cancelled,
}

impl<T> Outcome<T> {
    /// The same outcome with what was done turned into something else.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Completed(value) => Outcome::Completed(turn(value)),
            Self::Cancelled => Outcome::Cancelled,
        }
    }

    /// Turns a cancelled outcome into the error of that code, for callers that cannot go on.
    ///
    /// # Errors
    /// `cancelled` when the operation was cancelled.
    pub fn completed(self) -> crate::Result<T> {
        match self {
            Self::Completed(value) => Ok(value),
            Self::Cancelled => Err(crate::Error::cancelled()),
        }
    }
}

/// Fails with the code `cancelled` once the token was cancelled; called between units of work.
///
/// # Errors
/// `cancelled`.
pub fn checkpoint(cancel: &CancelToken) -> crate::Result<()> {
    if cancel.is_cancelled() {
        Err(crate::Error::cancelled())
    } else {
        Ok(())
    }
}

/// Reads an error of the code `cancelled` as the outcome that it stands for inside the engine.
///
/// # Errors
/// Every other error as it is.
pub fn outcome<T>(result: crate::Result<T>) -> crate::Result<Outcome<T>> {
    match result {
        Ok(value) => Ok(Outcome::Completed(value)),
        Err(error) if error.code() == crate::Code::Cancelled => Ok(Outcome::Cancelled),
        Err(error) => Err(error),
    }
}
