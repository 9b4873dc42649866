//! Where a profile says that telephone numbers, web sites and names of outside parties stand.

use super::mask::Masking;
use crate::model::{Profile, SafeCopyRule, TableName};
use crate::rows::{field_at, is_null, unescape};

/// Columns with addresses.
#[derive(Debug, Clone, Default)]
pub struct AddressColumns {
    phones: Vec<(TableName, String)>,
    sites: Vec<(TableName, String)>,
    names: Vec<(TableName, String)>,
    parts: Vec<(TableName, String)>,
}

/// Where those of one table stand in its lines.
#[derive(Debug, Clone, Default)]
pub struct AddressPlaces {
    phones: Vec<usize>,
    sites: Vec<usize>,
    names: Vec<usize>,
    parts: Vec<usize>,
}

impl AddressColumns {
    /// As the profile lists them.
    #[must_use]
    pub fn of(profile: &Profile, rule: &SafeCopyRule) -> Self {
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
            names: named(&rule.name_columns),
            parts: named(&rule.name_part_columns),
        }
    }

    /// Those that hold names, or parts of names.
    pub fn of_names(&self) -> impl Iterator<Item = &(TableName, String)> {
        self.names.iter().chain(&self.parts)
    }

    /// Those of a table, where it has some; `position` says where a column stands in a line.
    pub fn of_table(
        &self,
        table: &TableName,
        position: impl Fn(&str) -> Option<usize>,
    ) -> Option<AddressPlaces> {
        let places = |listed: &[(TableName, String)]| -> Vec<usize> {
            let listed = listed.iter().filter(|(of, _)| of == table);
            listed.filter_map(|(_, column)| position(column)).collect()
        };
        let found = AddressPlaces {
            phones: places(&self.phones),
            sites: places(&self.sites),
            names: places(&self.names),
            parts: places(&self.parts),
        };
        let AddressPlaces {
            phones,
            sites,
            names,
            parts,
        } = &found;
        let has_some = [phones, sites, names, parts]
            .iter()
            .any(|places| !places.is_empty());
        has_some.then_some(found)
    }
}

impl AddressPlaces {
    /// Notes the addresses of a row, so that they are found wherever else they stand.
    pub fn note(&self, line: &[u8], masking: &mut Masking) {
        let values = |position: &usize| field_at(line, *position).filter(|field| !is_null(field));
        for field in self.phones.iter().filter_map(values) {
            masking.note_phone(&unescape(field));
        }
        for field in self.sites.iter().filter_map(values) {
            masking.note_site(&unescape(field));
        }
        for field in self.names.iter().filter_map(values) {
            masking.note_name(&unescape(field));
        }
        let parts = self.parts.iter().filter_map(values).map(unescape);
        let parts: Vec<_> = parts.filter(|part| !part.trim_ascii().is_empty()).collect();
        for part in &parts {
            masking.note_part(part);
        }
        // The parts of a row make one name, in the order in which the profile lists them.
        if parts.len() > 1 {
            masking.note_name(&parts.join(&b' '));
        }
    }
}
