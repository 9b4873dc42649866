//! What waits for Keep or Revert, as far as this computer and the database know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use uuid::Uuid;

use super::journal::Journal;
use super::state;
use crate::Result;
use crate::library::Library;
use crate::pg::Session;

/// The archives that restores from this computer still need: what was restored, and the safety
/// snapshot.
///
/// # Errors
/// `local_file`.
pub fn archives_under_review(library: &Library) -> Result<Vec<PathBuf>> {
    let noted = journals(library)?.into_iter();
    Ok(noted
        .flat_map(|(_, journal)| [journal.safety_path, journal.source_path])
        .collect())
}

/// The reviews that are open in the database, whoever restored: their ids by the keys of their
/// companies. A light question, to be asked again and again.
///
/// # Errors
/// Errors of the connection.
pub async fn open_reviews(session: &mut Session) -> Result<BTreeMap<String, Uuid>> {
    state::all_open(session).await
}

/// Keys of the companies about whose restores there is something to ask: those whose review is open,
/// and those that restores from this computer were noted for.
///
/// # Errors
/// `local_file`; errors of the connection.
pub async fn companies_with_reviews(
    session: &mut Session,
    library: &Library,
) -> Result<BTreeSet<String>> {
    let mut companies: BTreeSet<String> = open_reviews(session).await?.into_keys().collect();
    let noted = journals(library)?.into_iter();
    companies.extend(noted.map(|(_, journal)| journal.company_id));
    Ok(companies)
}

/// Forgets reviews of this computer that were closed from another one.
pub(super) fn forget_closed(
    library: &Library,
    database: &str,
    company_id: &str,
    open: Option<Uuid>,
) -> Result<()> {
    for (name, journal) in journals(library)? {
        let is_of_company = journal.database == database && journal.company_id == company_id;
        if name.starts_with("review-") && is_of_company && Some(journal.review) != open {
            library.remove_state(&name)?;
        }
    }
    Ok(())
}

/// The notes about restores from this computer, by name.
fn journals(library: &Library) -> Result<Vec<(String, Journal)>> {
    let mut found = Vec::new();
    for name in library.state_names()? {
        if name.starts_with("review-") || name.starts_with("commit-") {
            let journal = library.read_state::<Journal>(&name)?;
            found.extend(journal.map(|journal| (name, journal)));
        }
    }
    Ok(found)
}
