use super::save::{SaveOptions, SavedTemplate, save};
use crate::Result;
use crate::cancel::{CancelToken, Outcome};
use crate::company::Opened;
use crate::library::Library;
use crate::reporter::Reporter;
use crate::snapshot::through_archive;

/// Saves a company as it is at one instant as a template, by way of an archive that goes again.
///
/// # Errors
/// As [`snapshot::create`](crate::snapshot::create) and [`save`].
pub async fn save_company(
    opened: &mut Opened,
    library: &Library,
    options: &SaveOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<SavedTemplate>> {
    let who = (options.actor.clone(), options.now);
    let options = options.clone();
    through_archive(
        opened,
        library,
        (who, None),
        move |reader, profile, counters, cancel| save(reader, profile, &options, counters, cancel),
        (reporter, cancel),
    )
    .await
}
