//! What is due is made while the app is open, where the system has no timer of ours that makes it.

use std::path::PathBuf;
use std::time::Duration;

use snapback_engine::Result;
use snapback_engine::library::Library;
use snapback_engine::schedule::Book;
use snapback_host::timer;
use tauri::AppHandle;

use crate::jobs::blocking;
use crate::window;

/// How long a start has for itself.
const FIRST: Duration = Duration::from_secs(20);
/// How often it is looked after that, which is how often the system's timer looks.
const EVERY: Duration = Duration::from_secs(15 * 60);

/// Goes on as long as the app runs.
pub(crate) fn begin(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut wait = FIRST;
        loop {
            tokio::time::sleep(wait).await;
            wait = EVERY;
            match run().await {
                Ok(true) => window::look_again(&app),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(code = error.code().word(), "what is due could not be run");
                }
            }
        }
    });
}

/// Runs what is due; false where the system does, or where nothing is made by itself.
async fn run() -> Result<bool> {
    let Some(library) = blocking(scheduled).await? else {
        return Ok(false);
    };
    timer::run_due(&library).await?;
    Ok(true)
}

/// The library, where schedules wait for somebody to run them.
fn scheduled() -> Result<Option<PathBuf>> {
    let (settings, _) = snapback_host::Settings::read()?;
    let folder = snapback_host::library_folder(&settings).filter(|folder| folder.is_dir());
    let Some(folder) = folder.filter(|_| timer::state() != Some(true)) else {
        return Ok(None);
    };
    let library = Library::open(&folder)?;
    let is_any = !Book::open(&library)?.schedules().is_empty();
    Ok(is_any.then_some(folder))
}
