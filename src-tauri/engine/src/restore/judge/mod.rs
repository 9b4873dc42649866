//! What stands between a difference and its being applied, found before anything is locked: values that
//! do not fit today's rules, keys that others hold, references that would lead nowhere.

mod coming;
mod conflicts;
mod convert;
mod enforced;
mod inward;
mod moving;
mod outward;
mod partitions;
mod secrets;
mod turns;
mod values;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use conflicts::holders;
pub(super) use inward::{Leaving, count_referring, is_made_again, referring};

use coming::Secrets;
use moving::Moving;

use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TableDifference};
use crate::model::TableName;
use crate::pg::Session;
use crate::restore::course::Course;
use crate::restore::known::KnownBroken;
use crate::restore::nowhere::Nowhere;
use crate::restore::rights::References;
use crate::restore::state::Held;
use crate::scope;

/// When the server is asked whether others hold keys and unique values of rows that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// Before anything is written.
    Beforehand,
    /// By writing, where the company has no row in the table: whatever is in the way then is another
    /// company's, at which the restore is refused in any case. Who it is, [`conflicts`] tells afterwards.
    ByWriting,
}

/// What the judge found, beside what it did to the differences.
#[derive(Debug)]
pub(super) struct Judgement {
    /// Facts that a person should know.
    pub(super) findings: Vec<Finding>,
    /// Rows of tables outside the backup that go with the rows they refer to.
    pub(super) leaving: Vec<Leaving>,
    /// In which order the rows are written.
    pub(super) course: Course,
    /// Tables of which no row is written and whose triggers are silenced all the same.
    pub(super) quieted: BTreeSet<TableName>,
    /// References that lead nowhere now and that rows lose, where they were looked at.
    pub(super) nowhere: Option<Nowhere>,
    /// Tables whose rows that go should leave before others come, if they can: whether they are in the
    /// way only the server can tell.
    may_leave_first: BTreeSet<TableName>,
}

impl Judgement {
    /// Nothing found yet.
    fn none(opened: &Opened, references: References) -> Self {
        let order = scope::order(&opened.schema, &opened.scope);
        Self {
            findings: Vec::new(),
            leaving: Vec::new(),
            course: Course::new(references, order),
            quieted: BTreeSet::new(),
            nowhere: None,
            may_leave_first: BTreeSet::new(),
        }
    }
}

/// Looks at every table that would be written. Values that cannot be carried are taken out of the
/// differences here, so that what is shown is what is applied.
///
/// # Errors
/// Errors of the connection and of this computer's disk.
pub(super) async fn judge(
    session: &mut Session,
    opened: &Opened,
    differences: &mut BTreeMap<TableName, TableDifference>,
    held: &BTreeMap<TableName, Held>,
    known: &KnownBroken,
    spill_folder: &std::path::Path,
    (references, asking): (References, Asking),
) -> Result<Judgement> {
    let mut judgement = Judgement::none(opened, references);
    note_shared_keys(differences, &mut judgement.findings);
    note_kept(differences, &mut judgement.findings);
    let written: Vec<TableName> = differences
        .iter()
        .filter(|(_, difference)| difference.pair.written && !difference.counts().is_unchanged())
        .map(|(table, _)| table.clone())
        .collect();
    // What comes back is known once it is as today's columns hold it.
    for name in &written {
        let Some(difference) = differences.get_mut(name) else {
            continue;
        };
        if difference.counts().missing > 0 {
            secrets::mend(
                opened,
                difference,
                held.get(name).unwrap_or(&Held::new()),
                spill_folder,
                &mut judgement.findings,
            )?;
        }
        let findings = &mut judgement.findings;
        convert::mend(session, opened, difference, spill_folder, findings).await?;
    }
    let moving = Moving::of(opened, differences)?;
    // The server cannot be asked about rows that it cannot read.
    let readable = written.iter();
    let readable: Vec<&TableName> = readable
        .filter(|name| {
            !judgement
                .findings
                .iter()
                .any(|found| is_refused(found, name))
        })
        .collect();
    let lacking = outward::lacking(session, opened, differences, &readable).await?;
    for name in &written {
        let Some(difference) = differences.get_mut(name) else {
            continue;
        };
        let counts = difference.counts();
        if references == References::Silent {
            note_triggers(opened, name, &mut judgement.findings);
        }
        if counts.missing + counts.changed > 0 {
            let findings = &mut judgement.findings;
            if findings.iter().any(|found| is_refused(found, name)) {
                continue;
            }
            outward::mend(
                session,
                opened,
                difference,
                (known, &moving, &lacking),
                spill_folder,
                findings,
            )
            .await?;
            let secrets = match held.get(name).is_some_and(|held| !held.is_empty()) {
                true => Secrets::Held,
                false => Secrets::Gone,
            };
            values::judge(session, opened, difference, secrets, findings).await?;
            partitions::judge(session, opened, difference, findings).await?;
            if asking == Asking::Beforehand || !conflicts::shows_by_writing(opened, difference) {
                conflicts::judge(session, opened, difference, &mut judgement).await?;
            }
        }
        if counts.extra > 0 {
            note_held(opened, name, counts.extra, &mut judgement.findings);
            inward::judge(
                session,
                opened,
                difference,
                (&moving, known),
                &mut judgement,
            )
            .await?;
        }
    }
    let is_carried = |found: &Finding| found.code != "type_changed";
    if references == References::Enforced && judgement.findings.iter().all(is_carried) {
        enforced::judge(session, opened, differences, known, &mut judgement).await?;
    }
    Ok(judgement)
}

/// Keys and unique values that others hold: for tables in which a write has met them.
///
/// # Errors
/// Errors of the connection and of this computer's disk.
pub(super) async fn conflicts(
    session: &mut Session,
    opened: &Opened,
    differences: &mut BTreeMap<TableName, TableDifference>,
    references: References,
) -> Result<Vec<Finding>> {
    let mut judgement = Judgement::none(opened, references);
    for difference in differences.values_mut() {
        if difference.pair.written && conflicts::shows_by_writing(opened, difference) {
            conflicts::judge(session, opened, difference, &mut judgement).await?;
        }
    }
    Ok(judgement.findings)
}

/// Whether values of the table do not fit their types.
fn is_refused(finding: &Finding, table: &TableName) -> bool {
    finding.code == "type_changed" && finding.table.as_ref() == Some(table)
}

/// Rows of the archive that today's key does not tell apart.
fn note_shared_keys(
    differences: &BTreeMap<TableName, TableDifference>,
    findings: &mut Vec<Finding>,
) {
    for (table, difference) in differences.iter().filter(|(_, found)| found.pair.written) {
        let row_count = difference.left_behind.shared_keys;
        if row_count > 0 {
            let reason = "Rows of the backup share the key by which this table knows them today.";
            findings
                .push(Finding::new(Effect::Blocked, "key_shared", table, reason).rows(row_count));
        }
    }
}

/// Picked rows that are there with other values.
fn note_kept(differences: &BTreeMap<TableName, TableDifference>, findings: &mut Vec<Finding>) {
    for (table, difference) in differences {
        let row_count = difference.left_behind.kept;
        if row_count > 0 {
            let reason =
                "These rows are there with other values than in the backup, and stay as they are.";
            findings.push(Finding::new(Effect::Noted, "rows_kept", table, reason).rows(row_count));
        }
    }
}

/// Triggers that fire under replica role too are not Snapback's to silence.
fn note_triggers(opened: &Opened, name: &TableName, findings: &mut Vec<Finding>) {
    let triggers = opened
        .schema
        .tables
        .get(name)
        .map(|table| table.triggers.as_slice())
        .unwrap_or_default();
    for trigger in triggers {
        if trigger.state.is_loud() {
            findings.push(fires(name, &trigger.name));
        }
    }
}

fn fires(table: &TableName, trigger: &str) -> Finding {
    let reason = format!("The trigger {trigger} fires during a restore as well.");
    Finding::new(Effect::Noted, "trigger_fires", table, reason)
}

fn note_held(opened: &Opened, name: &TableName, row_count: u64, findings: &mut Vec<Finding>) {
    let secret = opened
        .scope
        .tables
        .get(name)
        .map(|found| found.secret_columns.as_slice())
        .unwrap_or_default();
    for column in secret {
        let reason = "Its values are held inside the database until Keep, so that Revert can bring them back.";
        findings.push(
            Finding::new(Effect::Noted, "secret_held", name, reason)
                .column(column)
                .rows(row_count),
        );
    }
}
