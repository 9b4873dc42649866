//! Looking into a difference that is open, and writing it down.

use std::path::PathBuf;

use snapback_engine::archive::{Occupied, buffered, save_whole};
use snapback_engine::export::Formulas;
use snapback_engine::{Error, Outcome};
use snapback_wire::{
    ChangeKind, CopyReport, DocumentForm, JobEvent, JobKind, PageSink, RowPage, write_document,
};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::jobs::{Jobs, Task, blocking};
use crate::plans::Plans;

/// Some of the rows of one table; where `only` says so, those that come back, change or go alone.
#[tauri::command]
pub(crate) async fn plan_rows(
    plans: State<'_, Plans>,
    plan: String,
    table: String,
    only: Option<ChangeKind>,
    offset: u64,
    limit: u64,
) -> Answer<RowPage> {
    let open = plans.find(&plan)?;
    let reading = blocking(move || open.blocking_lock().page(&table, only, offset, limit));
    Ok(reading.await?)
}

/// Writes all rows of a comparison to where the person wants it, in place of what is there.
#[tauri::command]
pub(crate) async fn save_comparison(
    plans: State<'_, Plans>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CopyReport>>,
    plan: String,
    form: DocumentForm,
    target: PathBuf,
) -> Answer<()> {
    let open = plans.find(&plan)?;
    let task = Task::new(JobKind::Copy, job, None);
    jobs.run(task, channel, |_, cancel| async move {
        let writing = blocking(move || {
            let mut open = open.blocking_lock();
            let told = open.told()?;
            let failed = |error| Error::local_file("the report", &target, &error);
            let mut each = |sink: PageSink<'_>| open.each_page(&told, &cancel, sink);
            save_whole(&target, Occupied::Replaced, |file| {
                buffered(file, &target, |out| {
                    // For people, as an export from the window is.
                    let form = (form, Formulas::Safe);
                    write_document(out, form, &told, &mut each, &failed)
                })
            })?;
            Ok(CopyReport::new(&[target]))
        });
        Ok(Outcome::Completed(writing.await?))
    })
    .await;
    Ok(())
}

/// Closes a difference; the rows that it holds on disk go.
#[tauri::command]
pub(crate) fn close_plan(plans: State<'_, Plans>, plan: &str) {
    plans.close(plan);
}
