use std::collections::BTreeMap;

use crate::model::{ExclusionReason, Profile, TableName};

/// The place that a profile gives to a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// In this area: the rows are in the backup.
    Area(&'a str),
    /// Of no company.
    Global,
    /// About people.
    People,
    /// Out, for a reason.
    Excluded(ExclusionReason, &'a str),
}

/// The place of every table that the profile names.
pub(super) fn places(profile: &Profile) -> BTreeMap<TableName, Place<'_>> {
    let mut places = BTreeMap::new();
    for area in &profile.areas {
        for table in area.headline.iter().chain(&area.tables) {
            places.insert(profile.table_name(table), Place::Area(&area.name));
        }
    }
    for table in &profile.scope.global {
        places.insert(profile.table_name(table), Place::Global);
    }
    if let Some(people) = &profile.people {
        for table in std::iter::once(&people.table).chain(&people.more_tables) {
            places.insert(profile.table_name(table), Place::People);
        }
    }
    for excluded in &profile.excluded {
        for table in &excluded.tables {
            let place = Place::Excluded(excluded.reason, &excluded.because);
            places.insert(profile.table_name(table), place);
        }
    }
    places
}
