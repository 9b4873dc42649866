//! A safe copy: nobody outside of the company can be reached from it.

use super::carry::{Knowledge, position};
use super::options::AddressChoice;
use super::read::Source;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TablePair};
use crate::model::{Profile, SafeCopyRule, TableName};
use crate::rekey::Rules;
use crate::rows::{field_at, is_null, unescape};
use crate::{Code, Error};

/// The profile's rule, where a safe copy is asked for.
///
/// # Errors
/// `usage` where the profile does not say how one is made.
pub(super) fn rule(profile: &Profile, addresses: AddressChoice) -> Result<Option<&SafeCopyRule>> {
    if addresses == AddressChoice::Keep {
        return Ok(None);
    }
    let rule = profile
        .new_company
        .as_ref()
        .and_then(|rule| rule.safe_copy.as_ref());
    rule.map(Some).ok_or_else(|| {
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
    columns: &SafeColumns,
    known: &mut Knowledge,
) -> Result<()> {
    let Some(masking) = &mut known.masking else {
        return Ok(());
    };
    for pair in pairs {
        let places = |listed: &[(TableName, String)]| -> Vec<usize> {
            let listed = listed.iter().filter(|(table, _)| *table == pair.table);
            let places = listed.filter_map(|(_, column)| pair.position(column));
            places.map(|place| position(pair, place)).collect()
        };
        let (phones, sites) = (places(&columns.phones), places(&columns.sites));
        if phones.is_empty() && sites.is_empty() {
            continue;
        }
        source.each_row(pair, |line| {
            let values =
                |position: &usize| field_at(line, *position).filter(|field| !is_null(field));
            for field in phones.iter().filter_map(values) {
                masking.note_phone(&unescape(field));
            }
            for field in sites.iter().filter_map(values) {
                masking.note_site(&unescape(field));
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Columns with addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct SafeColumns {
    phones: Vec<(TableName, String)>,
    sites: Vec<(TableName, String)>,
}

impl SafeColumns {
    /// As the profile lists them.
    pub(super) fn of(profile: &Profile, rule: &SafeCopyRule) -> Self {
        let named = |listed: &[String]| -> Vec<(TableName, String)> {
            let named = listed
                .iter()
                .filter_map(|written| profile.column_name(written));
            named
                .map(|(table, column)| (table, column.to_owned()))
                .collect()
        };
        Self {
            phones: named(&rule.phone_columns),
            sites: named(&rule.site_columns),
        }
    }
}
