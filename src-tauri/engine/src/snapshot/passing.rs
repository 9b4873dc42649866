//! What is made of a company as it is, by way of an archive that goes again.

use std::sync::Arc;

use super::create::{CreateOptions, create};
use crate::archive::Reader;
use crate::cancel::{CancelToken, Outcome, outcome};
use crate::company::{Actor, Opened};
use crate::files::Store;
use crate::library::{Encrypt, Library};
use crate::model::Profile;
use crate::reporter::{Counters, Phase, Reporter};
use crate::{Code, Error, Result};

/// Who asks for it, and when.
type Who = (Actor, jiff::Timestamp);

/// Hands the archive of a company as it is at one instant to `write`; then it goes again.
///
/// # Errors
/// As [`create`], and what `write` returns.
pub(crate) async fn through_archive<T: Send + 'static>(
    opened: &mut Opened,
    library: &Library,
    who: (Who, Option<Arc<dyn Store>>),
    write: impl FnOnce(&Reader, &Profile, &Counters, &CancelToken) -> Result<T> + Send + 'static,
    (reporter, cancel): (&dyn Reporter, &CancelToken),
) -> Result<Outcome<T>> {
    outcome(archived(opened, library, who, write, (reporter, cancel)).await)
}

async fn archived<T: Send + 'static>(
    opened: &mut Opened,
    library: &Library,
    ((actor, now), files): (Who, Option<Arc<dyn Store>>),
    write: impl FnOnce(&Reader, &Profile, &Counters, &CancelToken) -> Result<T> + Send + 'static,
    (reporter, cancel): (&dyn Reporter, &CancelToken),
) -> Result<T> {
    let folder = library.spool_folder();
    let failed = |error| Error::local_file("a spill file", folder, &error);
    // It goes with this folder, and with the process in any case.
    let folder = tempfile::tempdir_in(folder).map_err(failed)?;
    let target = folder.path().join("passing.snapback");
    // Read again at once, by whoever may have no key; it lies with the spill files and goes like them.
    let made = CreateOptions {
        encrypt: Encrypt::Never,
        files,
        ..CreateOptions::new(target, actor, now)
    };
    let made = create(opened, library, made, reporter, cancel).await?;
    let made = made.completed()?;
    let counters = Arc::new(Counters::default());
    let row_count = made.manifest.row_count;
    reporter.phase(Phase::Exporting, Some(row_count), Arc::clone(&counters));
    let profile = opened.profile.clone();
    let (path, cancel) = (made.archive.path, cancel.clone());
    let writing = tokio::task::spawn_blocking(move || {
        let reader = Reader::open(&path)?;
        write(&reader, &profile, &counters, &cancel)
    });
    let stopped = |_| Error::new(Code::Defect, "Reading the archive came to an end.");
    let report = writing.await.map_err(stopped)?;
    drop(folder);
    report
}
