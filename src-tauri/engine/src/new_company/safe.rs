//! A safe copy: nobody outside of the company can be reached from it.

use super::carry::{Knowledge, position};
use super::options::AddressChoice;
use super::read::Source;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TablePair};
use crate::model::{Profile, SafeCopyRule};
use crate::rekey::{AddressColumns, Rules};
use crate::{Code, Error};

/// The profile's rule, where a safe copy is asked for.
///
/// # Errors
/// `usage` where the profile does not say how one is made.
pub(super) fn rule(profile: &Profile, addresses: AddressChoice) -> Result<Option<&SafeCopyRule>> {
    match addresses {
        AddressChoice::Keep => Ok(None),
        AddressChoice::Mask => safe_copy_rule(profile).map(Some),
    }
}

/// How the profile says that a safe copy is made.
///
/// # Errors
/// `usage` where it does not say so.
pub fn safe_copy_rule(profile: &Profile) -> Result<&SafeCopyRule> {
    let rule = profile
        .new_company
        .as_ref()
        .and_then(|rule| rule.safe_copy.as_ref());
    rule.ok_or_else(|| {
        Error::new(
            Code::Usage,
            "The profile does not say which columns hold addresses, so no safe copy can be made.",
        )
        .hint("Give it a section `new-company.safe-copy`.")
    })
}

/// Switches off what would reach somebody; what was switched off.
pub(super) fn switch_off(opened: &Opened, rule: &SafeCopyRule, rules: &mut Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (written, value) in &rule.off {
        let Some((table, column)) = opened.profile.column_name(written) else {
            continue;
        };
        let is_there = opened
            .schema
            .tables
            .get(&table)
            .is_some_and(|found| found.column(column).is_some());
        if let Some(of_table) = rules.tables.get_mut(&table).filter(|_| is_there) {
            of_table.fix(column, value);
            let reason = "It is switched off in a safe copy.";
            findings.push(
                Finding::new(Effect::Defaulted, "switched_off", &table, reason).column(column),
            );
        }
    }
    findings
}

/// Notes the numbers and sites of outside parties, so that they are found wherever else they stand.
///
/// # Errors
/// Errors of the archive; `cancelled`.
pub(super) fn note_addresses(
    source: &Source,
    pairs: &[TablePair],
    columns: &AddressColumns,
    known: &mut Knowledge,
) -> Result<()> {
    let Some(masking) = &mut known.masking else {
        return Ok(());
    };
    for pair in pairs {
        let place = |column: &str| Some(position(pair, pair.position(column)?));
        if let Some(places) = columns.of_table(&pair.table, place) {
            source.each_row(pair, |line| {
                places.note(line, masking);
                Ok(())
            })?;
        }
    }
    Ok(())
}
