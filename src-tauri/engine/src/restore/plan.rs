use std::collections::BTreeMap;
use std::sync::Arc;

use super::files::{self, FilesDifference, Storage, with_files};
use super::judge::{self, Asking, Judgement};
use super::known::KnownBroken;
use super::options::RestoreOptions;
use super::pass::{self, PassSettings, PassedTable, Safety};
use super::picked::{OriginCounts, Origins, Selection};
use super::rights::{References, RestoreRights};
use super::sign_out::{self, PlannedSignOut};
use super::state::Held;
use super::wanted::Wanted;
use crate::archive::{Manifest, Reader};
use crate::cancel::{CancelToken, Outcome, outcome};
use crate::company::Opened;
use crate::difference::{Counts, Effect, Finding, TableDifference, Verdict};
use crate::model::TableName;
use crate::pg::ExportedSnapshot;
use crate::profile;
use crate::reporter::{Phase, Reporter};
use crate::{Code, Error, Result};

/// What a restore would do, found by reading alone.
pub struct Plan {
    /// Whether it can be done.
    pub verdict: Verdict,
    /// What a person should know: discarded, defaulted, lost, blocked, noted.
    pub findings: Vec<Finding>,
    /// Tables in which something differs, in the order of their areas.
    pub tables: Vec<PlannedTable>,
    /// Rows of all tables that would be written.
    pub totals: Counts,
    /// A hash of what would change, by which a confirmation says which plan it confirms.
    pub digest: String,
    /// Uploaded files that differ, where they were asked for.
    pub files: Option<FilesDifference>,
    /// By which rights it would be restored, and what is missing.
    pub rights: RestoreRights,
    /// Why rows are among those that come back, where some were picked.
    pub origins: Option<Arc<Origins>>,
    /// Whose sessions can be ended with it; `None` where the profile or the database has none.
    pub sign_out: Option<Box<PlannedSignOut>>,
}

impl Plan {
    /// Whether something would be lost, so that a person must say so: rows made since go, or values of
    /// the backup cannot be carried.
    #[must_use]
    pub fn loses_something(&self) -> bool {
        self.totals.extra > 0
            || self
                .files
                .as_ref()
                .is_some_and(|files| !files.removed.is_empty())
            || self
                .findings
                .iter()
                .any(|finding| matches!(finding.effect, Effect::Lost | Effect::Discarded))
    }
}

/// One table of a plan.
pub struct PlannedTable {
    /// The table.
    pub table: TableName,
    /// Its name for people.
    pub label: String,
    /// Short name of its area.
    pub area: String,
    /// Whether a restore writes it; otherwise the difference is only reported.
    pub is_written: bool,
    /// The differing rows.
    pub difference: TableDifference,
    /// How many of them are among those that come back for which reason, where some were picked.
    pub origins: Option<OriginCounts>,
}

/// Finds out what restoring an archive over a company would do. Changes nothing.
///
/// # Errors
/// `other_company`, archive errors, errors of the connection.
pub async fn plan(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<Plan>> {
    let known = KnownBroken::default();
    outcome(match Wanted::archive(opened, reader) {
        Ok(wanted) => make_plan(opened, wanted, &known, options, reporter, cancel).await,
        Err(error) => Err(error),
    })
}

/// Finds out what taking some rows of an archive back would do. Changes nothing.
///
/// # Errors
/// As [`plan`]; `no_such_table`, `no_such_row` and `usage` where the selection is not of the archive.
pub async fn picked_plan(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    selection: &Selection,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<Plan>> {
    let known = KnownBroken::default();
    outcome(match Wanted::picked(opened, reader, selection, options) {
        Ok(wanted) => make_plan(opened, wanted, &known, options, reporter, cancel).await,
        Err(error) => Err(error),
    })
}

/// Finds out what cleaning a company of its broken references would do. Changes nothing.
///
/// # Errors
/// `not_cleanable`; errors of the connection.
pub async fn clean_plan(
    opened: &mut Opened,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<Plan>> {
    let (wanted, known) = (Wanted::cleaned(), KnownBroken::default());
    outcome(make_plan(opened, wanted, &known, options, reporter, cancel).await)
}

/// Compares with whatever is wanted, of which those references may lead nowhere.
///
/// # Errors
/// As [`plan`] and [`clean_plan`].
pub(super) async fn make_plan(
    opened: &mut Opened,
    mut wanted: Wanted<'_>,
    known: &KnownBroken,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Plan> {
    reporter.phase(Phase::Planning, None, Arc::default());
    let storage = Storage::of(opened, &wanted, options)?;
    let rights = RestoreRights::read(opened).await?;
    let rights = rights.with_files(opened, storage.as_ref()).await?;
    let tables = opened.archived_tables();
    let snapshot = ExportedSnapshot::take_for(&opened.settings, &tables, options.worker_count);
    let snapshot = Arc::new(snapshot.await?);
    wanted
        .settle(opened, &snapshot, rights.references())
        .await?;
    let settings = PassSettings {
        safety: Safety::None,
        ..options.pass_settings()
    };
    let source = pass::Source {
        opened,
        wanted: &wanted,
    };
    let passed = pass::read(source, &snapshot, None, &settings, reporter, cancel).await?;
    snapshot.leave().await;
    let mut differences = differences(passed);
    let files = match (&storage, wanted.reader()) {
        (Some(storage), Some(reader)) => {
            Some(files::compare(opened, storage, reader.manifest(), reporter, cancel).await?)
        }
        _ => None,
    };
    let held = BTreeMap::new();
    let references = rights.references();
    let judgement = judged(
        opened,
        &mut differences,
        options,
        (&held, known),
        (references, Asking::Beforehand),
    )
    .await?;
    let known_before = (wanted.findings(), wanted.origins());
    let plan = assemble(opened, rights, known_before, differences, files, judgement)?;
    Ok(Plan {
        sign_out: Box::pin(sign_out::planned(opened)).await?.map(Box::new),
        ..plan
    })
}

/// An archive of another company or application is not for this one.
pub(super) fn refuse_foreign(opened: &Opened, manifest: &Manifest) -> Result<()> {
    manifest.require_profile(&opened.profile.name)?;
    if manifest.company.id != opened.company().id {
        return Err(
            Error::new(Code::OtherCompany, "This archive holds another company.")
                .hint("Restore it over its own company, or start a new company from it."),
        );
    }
    Ok(())
}

pub(super) fn differences(
    passed: BTreeMap<TableName, PassedTable>,
) -> BTreeMap<TableName, TableDifference> {
    passed
        .into_iter()
        .filter_map(|(table, passed)| Some((table, passed.difference?)))
        .collect()
}

/// Judges on a session of its own: the opened one may hold a transaction.
pub(super) async fn judged(
    opened: &mut Opened,
    differences: &mut BTreeMap<TableName, TableDifference>,
    options: &RestoreOptions,
    (held, known): (&BTreeMap<TableName, Held>, &KnownBroken),
    (references, asking): (References, Asking),
) -> Result<Judgement> {
    let mut session = crate::pg::Session::open(&opened.settings).await?;
    session.set_company(opened.company()).await?;
    // Defaults are asked for here, and whatever they call must not write.
    session
        .run("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        .await?;
    let judgement = judge::judge(
        &mut session,
        opened,
        differences,
        held,
        known,
        &options.spill_folder,
        (references, asking),
    )
    .await?;
    session.close().await;
    Ok(judgement)
}

/// The findings of schema and rows together, with their counts: a column without a default blocks only where
/// rows come back, and one that is gone is a loss only where the archive has values in it.
pub(super) fn all_findings(
    known_before: &[Finding],
    differences: &BTreeMap<TableName, TableDifference>,
    judgement: &Judgement,
) -> Vec<Finding> {
    let needs_rows = ["column_added_not_null", "column_added"];
    let counted = |finding: &Finding| {
        let of_table = finding.table.as_ref();
        let difference = of_table.and_then(|table| differences.get(table));
        let row_count = if needs_rows.contains(&finding.code) {
            difference.map_or(0, |found| found.counts().missing)
        } else if finding.code == "column_dropped" {
            let dropped = difference.map(|found| found.left_behind.dropped.as_slice());
            let mut dropped = dropped.unwrap_or_default().iter();
            let found = dropped.find(|(column, _)| finding.column.as_ref() == Some(column));
            found.map_or(0, |(_, row_count)| *row_count)
        } else {
            return Some(finding.clone());
        };
        (row_count > 0).then(|| finding.clone().rows(row_count))
    };
    let mut findings: Vec<Finding> = known_before.iter().filter_map(counted).collect();
    findings.extend(judgement.findings.iter().cloned());
    findings.sort_by(|a, b| b.effect.cmp(&a.effect).then_with(|| a.cmp(b)));
    findings
}

pub(super) fn totals(differences: &BTreeMap<TableName, TableDifference>) -> Counts {
    let mut totals = Counts::default();
    for difference in differences
        .values()
        .filter(|difference| difference.pair.written)
    {
        totals += difference.counts();
    }
    totals
}

/// A hash over what differs, table by table.
pub(super) fn digest(differences: &BTreeMap<TableName, TableDifference>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (table, difference) in differences
        .iter()
        .filter(|(_, difference)| difference.pair.written)
    {
        if difference.counts().is_unchanged() {
            continue;
        }
        let Counts {
            same: _,
            missing,
            extra,
            changed,
        } = difference.counts();
        hasher.update(
            format!(
                "{table}\n{missing} {extra} {changed} {}\n",
                difference.found
            )
            .as_bytes(),
        );
    }
    hasher.finalize().to_hex().to_string()
}

fn assemble(
    opened: &Opened,
    rights: RestoreRights,
    (known_before, origins): (&[Finding], Option<&Arc<Origins>>),
    differences: BTreeMap<TableName, TableDifference>,
    files: Option<FilesDifference>,
    judgement: Judgement,
) -> Result<Plan> {
    let mut findings = all_findings(known_before, &differences, &judgement);
    findings.extend(files.iter().flat_map(|files| files.findings.clone()));
    let totals = totals(&differences);
    let digest = with_files(&digest(&differences), files.as_ref());
    let place = |area: &str| {
        opened
            .profile
            .areas
            .iter()
            .position(|found| found.name == area)
            .unwrap_or(usize::MAX)
    };
    let mut tables = Vec::new();
    for (table, mut difference) in differences {
        if difference.counts().is_unchanged() {
            continue;
        }
        let found = opened.scope.tables.get(&table);
        tables.push(PlannedTable {
            label: profile::table_label(&opened.profile, &table),
            area: found.map(|found| found.area.clone()).unwrap_or_default(),
            is_written: difference.pair.written,
            origins: origins
                .map(|origins| origins.count(&mut difference))
                .transpose()?,
            table,
            difference,
        });
    }
    tables.sort_by_key(|table| place(&table.area));
    Ok(Plan {
        verdict: Verdict::of(&findings),
        findings,
        tables,
        totals,
        digest,
        files,
        rights,
        origins: origins.cloned(),
        sign_out: None,
    })
}
