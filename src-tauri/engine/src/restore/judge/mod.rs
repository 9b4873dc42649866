//! What stands between a difference and its being applied, found before anything is locked: values that
//! do not fit today's rules, keys that others hold, references that would lead nowhere.

mod conflicts;
mod inward;
mod outward;
mod secrets;
mod values;

use std::collections::BTreeMap;

pub(super) use conflicts::holders;
pub(super) use inward::{Leaving, referring};

use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TableDifference};
use crate::model::{TableName, TriggerState};
use crate::pg::Session;
use crate::restore::known::KnownBroken;
use crate::restore::state::Held;

/// What the judge found, beside what it did to the differences.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// Facts that a person should know.
    pub(super) findings: Vec<Finding>,
    /// Rows of tables outside the backup that go with the rows they refer to.
    pub(super) leaving: Vec<Leaving>,
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
) -> Result<Judgement> {
    let mut judgement = Judgement::default();
    let written: Vec<TableName> = differences
        .iter()
        .filter(|(_, difference)| difference.pair.written && !difference.counts().is_unchanged())
        .map(|(table, _)| table.clone())
        .collect();
    for name in &written {
        let Some(difference) = differences.get_mut(name) else {
            continue;
        };
        let counts = difference.counts();
        note_triggers(opened, name, &mut judgement.findings);
        if counts.missing + counts.changed > 0 {
            secrets::mend(
                opened,
                difference,
                held.get(name).unwrap_or(&Held::new()),
                spill_folder,
                &mut judgement.findings,
            )?;
            outward::mend(
                session,
                opened,
                difference,
                known,
                spill_folder,
                &mut judgement.findings,
            )
            .await?;
            values::judge(session, opened, difference, &mut judgement.findings).await?;
            conflicts::judge(session, opened, difference, &mut judgement.findings).await?;
        }
        if counts.extra > 0 {
            note_held(opened, name, counts.extra, &mut judgement.findings);
            inward::judge(session, opened, difference, &mut judgement).await?;
        }
    }
    Ok(judgement)
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
        if matches!(trigger.state, TriggerState::Always | TriggerState::Replica) {
            let reason = format!(
                "The trigger {} fires during a restore as well.",
                trigger.name
            );
            findings.push(Finding::new(Effect::Noted, "trigger_fires", name, reason));
        }
    }
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
