//! Where a profile says that telephone numbers and web sites of outside parties stand.

use super::mask::Masking;
use crate::model::{Profile, SafeCopyRule, TableName};
use crate::rows::{field_at, is_null, unescape};

/// Columns with addresses.
#[derive(Debug, Clone, Default)]
pub struct AddressColumns {
    phones: Vec<(TableName, String)>,
    sites: Vec<(TableName, String)>,
}

/// Where those of one table stand in its lines.
#[derive(Debug, Clone, Default)]
pub struct AddressPlaces {
    phones: Vec<usize>,
    sites: Vec<usize>,
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
        }
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
        };
        (!found.phones.is_empty() || !found.sites.is_empty()).then_some(found)
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
    }
}
