//! A safe copy: nobody outside of the company can be reached from it.

use super::carry::{Knowledge, position};
use super::ground;
use super::options::{AddressChoice, NameChoice, NewOptions, Purpose};
use super::people::{PersonFate, PlannedPerson};
use super::read::Source;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TablePair};
use crate::model::{Company, Profile, SafeCopyRule};
use crate::rekey::{AddressColumns, Masking, Rules, longest};
use crate::{Code, Error};

/// The profile's rule, where a safe copy is asked for.
///
/// # Errors
/// `usage` where the profile does not say how one is made, or where names are, and where names are to be
/// replaced and addresses are not.
pub(super) fn rule<'a>(
    profile: &'a Profile,
    options: &NewOptions,
) -> Result<Option<&'a SafeCopyRule>> {
    match (options.addresses, options.names) {
        (AddressChoice::Keep, NameChoice::Keep) => Ok(None),
        (AddressChoice::Keep, NameChoice::Mask) => Err(Error::new(
            Code::Usage,
            "Names are replaced in safe copies alone: with addresses that stay they would tell of nobody for nothing.",
        )
        .hint("Make it a safe copy (--safe-copy), or let the names stay.")),
        (AddressChoice::Mask, names) => {
            let rule = safe_copy_rule(profile).map_err(|error| match options.purpose {
                Purpose::Production => error,
                Purpose::Demo | Purpose::Test => error.hint(
                    "Give it a section `new-company.safe-copy`, or say that it is to be none (--no-safe-copy).",
                ),
            })?;
            let has_names = !rule.name_columns.is_empty() || !rule.name_part_columns.is_empty();
            match has_names || names == NameChoice::Keep {
                true => Ok(Some(rule)),
                false => Err(Error::new(
                    Code::Usage,
                    "The profile does not say which columns hold names, so they cannot be replaced.",
                )
                .hint("Give its section `new-company.safe-copy` a list `name-columns`, or let the names stay.")),
            }
        }
    }
}

/// What replaces addresses, and names where that is asked for: those of people who are not here and of the
/// company itself among them.
pub(super) fn masking(
    opened: &Opened,
    rule: &SafeCopyRule,
    names: NameChoice,
    (source, people): (&Company, &[PlannedPerson]),
    rules: &mut Rules,
) -> Masking {
    let masking = Masking::new(ground::secret());
    if names == NameChoice::Keep {
        return masking;
    }
    let mut masking = masking.with_names();
    masking.note_name(source.name.as_bytes());
    let strangers = people.iter();
    for person in strangers.filter(|person| person.fate != PersonFate::Found) {
        masking.note_name(person.person.name.as_deref().unwrap_or_default().as_bytes());
    }
    for (table, column) in AddressColumns::of(&opened.profile, rule).of_names() {
        let found = opened.schema.tables.get(table);
        let found = found.and_then(|found| found.column(column));
        if let (Some(found), Some(of_table)) = (found, rules.tables.get_mut(table)) {
            of_table.name(column, longest(&found.type_name));
        }
    }
    masking
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
