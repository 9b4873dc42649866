//! Jobs under way.

use tauri::State;

use crate::jobs::Jobs;

/// Asks a job to stop.
#[tauri::command]
pub(crate) fn cancel(jobs: State<'_, Jobs>, job: &str) {
    jobs.cancel(job);
}
