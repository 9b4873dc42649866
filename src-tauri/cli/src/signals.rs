//! Ctrl-C and its like: the first asks the operation to stop, the second does not wait for it.

use snapback_engine::CancelToken;

use crate::output;

/// Both tokens: to stop properly, and to leave at once.
pub(crate) fn listen() -> (CancelToken, CancelToken) {
    let (stop, leave) = (CancelToken::new(), CancelToken::new());
    let tokens = (stop.clone(), leave.clone());
    tokio::spawn(async move {
        interrupted().await;
        output::note("Stopping.");
        stop.cancel();
        interrupted().await;
        leave.cancel();
    });
    tokens
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
