use std::sync::Arc;

use super::write::{ExportOptions, ExportReport, export};
use crate::Result;
use crate::cancel::{CancelToken, Outcome};
use crate::company::{Actor, Opened};
use crate::files::Store;
use crate::library::Library;
use crate::reporter::Reporter;
use crate::snapshot::through_archive;

/// Exports a company as it is at one instant, by way of an archive that goes again; with its
/// uploaded files where `files` is their store.
///
/// # Errors
/// As [`snapshot::create`](crate::snapshot::create) and [`export`].
pub async fn export_company(
    opened: &mut Opened,
    library: &Library,
    who: (Actor, jiff::Timestamp),
    options: &ExportOptions,
    files: Option<Arc<dyn Store>>,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<ExportReport>> {
    let options = options.clone();
    through_archive(
        opened,
        library,
        (who, files),
        move |reader, profile, counters, cancel| {
            export(reader, Some(profile), &options, counters, cancel)
        },
        (reporter, cancel),
    )
    .await
}
