use sqlx::Row as _;
use sqlx::postgres::{PgRow, Postgres};

use super::numbers::Numbers;
use super::unknown;
use crate::error::Result;
use crate::model::{OnChange, TableName};
use crate::pg::failed;

/// The values of a row, from left to right.
pub(super) struct Cells<'a> {
    row: &'a PgRow,
    next: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn of(row: &'a PgRow) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn take<T: sqlx::Decode<'a, Postgres> + sqlx::Type<Postgres>>(
        &mut self,
    ) -> Result<T> {
        self.next += 1;
        self.row.try_get(self.next - 1).map_err(failed)
    }

    /// An array without NULLs. The driver takes the text "NULL" in an array for one, quoted or not.
    pub(super) fn texts(&mut self) -> Result<Option<Vec<String>>> {
        let texts: Option<Vec<Option<String>>> = self.take()?;
        Ok(texts.map(|texts| {
            texts
                .into_iter()
                .map(|text| text.unwrap_or_else(|| "NULL".to_owned()))
                .collect()
        }))
    }

    /// Column numbers with a space in between.
    pub(super) fn numbers(&mut self) -> Result<Numbers> {
        Numbers::read(&self.take::<Option<String>>()?.unwrap_or_default())
    }

    pub(super) fn table_name(&mut self) -> Result<TableName> {
        Ok(TableName {
            schema: self.take()?,
            name: self.take()?,
        })
    }

    pub(super) fn on_change(&mut self) -> Result<OnChange> {
        Ok(match self.take::<String>()?.as_str() {
            "a" => OnChange::NoAction,
            "r" => OnChange::Restrict,
            "c" => OnChange::Cascade,
            "n" => OnChange::SetNull,
            "d" => OnChange::SetDefault,
            _ => return Err(unknown("action of a reference")),
        })
    }
}
