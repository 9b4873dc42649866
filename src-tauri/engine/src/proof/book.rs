//! What the last proof of each company said, and which backups are to be proven next.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::certificate::{Certificate, Verdict};
use crate::Result;
use crate::archive::Kind;
use crate::library::{Entry, Library};

/// The journal that holds them.
const JOURNAL: &str = "proofs";
/// A company is proven so often.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The first proof waits so long after the first backup, so that whoever has just begun is not kept waiting.
const FIRST: SignedDuration = SignedDuration::from_hours(1);

/// The last proof of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastProof {
    /// The archive that was proven.
    pub archive: Uuid,
    /// When.
    pub at: Timestamp,
    /// How it ended.
    pub verdict: Verdict,
    /// The certificate as a page.
    pub page: PathBuf,
}

/// The last proofs, by company's id.
pub type LastProofs = BTreeMap<String, LastProof>;

/// The last proof of each company.
///
/// # Errors
/// `local_file`.
pub fn last_proofs(library: &Library) -> Result<LastProofs> {
    Ok(library.read_state(JOURNAL)?.unwrap_or_default())
}

/// Keeps a certificate, with the page that shows it, and notes it as the company's last.
///
/// # Errors
/// `local_file`, `disk_full`.
pub fn keep(library: &Library, certificate: &Certificate, page: &str) -> Result<PathBuf> {
    let at = certificate.proven_at;
    let path = library.keep_certificate(&certificate.file, at, certificate, page)?;
    let mut proofs = last_proofs(library)?;
    proofs.insert(
        certificate.company.id.to_string(),
        LastProof {
            archive: certificate.archive,
            at,
            verdict: certificate.verdict(),
            page: path.clone(),
        },
    );
    library.write_state(JOURNAL, &proofs)?;
    Ok(path)
}

/// Whether archives of that kind are backups that companies rely on.
#[must_use]
pub fn is_backup(kind: Kind) -> bool {
    matches!(kind, Kind::Manual | Kind::Scheduled)
}

/// The newest backup of each company whose last proof is a day old, or that was never proven.
#[must_use]
pub fn due<'a>(entries: &'a [Entry], proofs: &LastProofs, now: Timestamp) -> Vec<&'a Entry> {
    let mut backups: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(summary) = entry.summary()
            && is_backup(summary.kind)
        {
            let company = summary.company.id.to_string();
            backups.entry(company).or_default().push(entry);
        }
    }
    let time = |entry: &Entry| entry.summary().map(|summary| summary.snapshot_time);
    let is_over = |since: Option<Timestamp>, period: SignedDuration| {
        since.is_some_and(|since| now.duration_since(since) >= period)
    };
    let due = backups.into_iter().filter_map(|(company, backups)| {
        let newest = backups.iter().copied().max_by_key(|entry| time(entry))?;
        let oldest = backups.iter().filter_map(|entry| time(entry)).min();
        let is_due = match proofs.get(&company) {
            // A clock that was ahead must not keep proofs from being made until it is that time.
            Some(last) if last.at > now => true,
            Some(last) => {
                let is_another = newest
                    .summary()
                    .is_some_and(|summary| summary.id != last.archive);
                is_another && is_over(Some(last.at), EVERY)
            }
            None => is_over(oldest, FIRST),
        };
        is_due.then_some(newest)
    });
    due.collect()
}
