use std::collections::HashMap;

use super::unknown;
use crate::error::Result;
use crate::model::TableName;

/// Columns by their numbers in the catalog, in an order that means something.
pub(super) struct Numbers(Vec<i16>);

impl Numbers {
    pub(super) fn read(text: &str) -> Result<Self> {
        let numbers: Result<_, _> = text.split_ascii_whitespace().map(str::parse).collect();
        numbers.map(Self).map_err(|_| unknown("column number"))
    }

    pub(super) fn as_slice(&self) -> &[i16] {
        &self.0
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }
}

/// The names behind the numbers. A number is for ever: dropped columns leave holes.
#[derive(Default)]
pub(super) struct ColumnNames {
    by_table: HashMap<TableName, HashMap<i16, NumberedColumn>>,
}

struct NumberedColumn {
    name: String,
    not_null: bool,
}

impl ColumnNames {
    pub(super) fn note(&mut self, table: &TableName, number: i16, name: &str, not_null: bool) {
        let column = NumberedColumn {
            name: name.to_owned(),
            not_null,
        };
        self.by_table
            .entry(table.clone())
            .or_default()
            .insert(number, column);
    }

    /// The names in the order of the numbers; expressions (0) and system columns have none.
    pub(super) fn of(&self, table: &TableName, numbers: &[i16]) -> Vec<String> {
        self.found(table, numbers)
            .map(|column| column.name.clone())
            .collect()
    }

    /// Whether the server refuses NULL in each of them, by the column's own constraint.
    pub(super) fn are_not_null(&self, table: &TableName, numbers: &[i16]) -> bool {
        self.found(table, numbers).all(|column| column.not_null)
    }

    fn found<'a>(
        &'a self,
        table: &TableName,
        numbers: &'a [i16],
    ) -> impl Iterator<Item = &'a NumberedColumn> {
        let columns = self.by_table.get(table);
        numbers
            .iter()
            .filter_map(move |number| columns?.get(number))
    }
}
