use std::path::Path;

use super::write::{WriteReport, write};
use crate::Result;
use crate::cancel::{CancelToken, Outcome};
use crate::company::{Actor, Opened};
use crate::library::Library;
use crate::reporter::Reporter;
use crate::snapshot::through_archive;

/// Writes a company as it is at one instant as an archive that Carbon reads, by way of one of ours that
/// goes again.
///
/// # Errors
/// As [`snapshot::create`](crate::snapshot::create) and [`write()`].
pub async fn write_company(
    opened: &mut Opened,
    library: &Library,
    who: (Actor, jiff::Timestamp),
    target: &Path,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<WriteReport>> {
    let target = target.to_owned();
    through_archive(
        opened,
        library,
        (who, None),
        move |reader, _, counters, cancel| write(reader, &target, counters, cancel),
        (reporter, cancel),
    )
    .await
}
