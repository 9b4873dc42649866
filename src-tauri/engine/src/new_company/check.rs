//! Before the commit: every reference of the new company leads to a row that it may refer to, and its rows
//! are those that were written.

use std::collections::BTreeMap;

use crate::closure::broken;
use crate::company::Opened;
use crate::difference::count_rows;
use crate::model::TableName;
use crate::pg::Session;
use crate::restore::broken_reference;
use crate::{Code, Error, Result};

/// Checks the rows of those tables, of which so many were written.
///
/// # Errors
/// `references_broken` naming the table and the constraint; `other_company` where rows are not the new
/// company's; errors of the connection.
pub(super) async fn check(
    session: &mut Session,
    opened: &Opened,
    written: &BTreeMap<TableName, u64>,
) -> Result<()> {
    let tables: Vec<TableName> = written
        .iter()
        .filter(|(_, row_count)| **row_count > 0)
        .map(|(table, _)| table.clone())
        .collect();
    let found = count_rows(session, &opened.schema, &opened.scope, &tables).await?;
    for table in &tables {
        if found.get(table) != written.get(table) {
            return Err(Error::new(
                Code::OtherCompany,
                "The archive holds rows that would not be the new company's; everything was rolled back.",
            )
            .with("table", table));
        }
    }
    let broken = broken(session, opened, &tables, |_| true).await?;
    match broken.into_iter().next() {
        Some(broken) => Err(broken_reference(
            &broken.table,
            &broken.reference.name,
            broken.row_count,
        )),
        None => Ok(()),
    }
}
