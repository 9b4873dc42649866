//! Looking into a difference that is open.

use snapback_engine::{Code, Error};
use snapback_wire::{ChangeKind, RowPage};
use tauri::State;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::Answer;
use crate::plans::Plans;

/// Rows of one page at most.
const MOST_ROWS: u64 = 200;

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
    let pages = plans.find(&plan)?;
    let table = table
        .parse()
        .map_err(|reason: String| Error::new(Code::Defect, reason))?;
    let only = only.map(Into::into);
    // Rows are read from this computer's disk, which may block.
    let reading = spawn_blocking(move || {
        Handle::current().block_on(async move {
            let mut pages = pages.lock().await;
            let page = pages
                .page(&table, only, offset, limit.min(MOST_ROWS))
                .await?;
            Ok::<_, Error>(RowPage::named(page, &pages, &table, offset))
        })
    });
    let page = reading
        .await
        .map_err(|_| Error::new(Code::Defect, "The rows could not be shown."))?;
    Ok(page?)
}

/// Closes a difference; the rows that it holds on disk go.
#[tauri::command]
pub(crate) fn close_plan(plans: State<'_, Plans>, plan: &str) {
    plans.close(plan);
}
