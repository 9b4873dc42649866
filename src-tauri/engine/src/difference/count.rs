use std::collections::BTreeMap;

use super::live;
use crate::Result;
use crate::model::{Schema, TableName};
use crate::pg::Session;
use crate::scope::Scope;

/// Counts the company's rows in those tables, in one round trip. `session` knows the company.
///
/// # Errors
/// Errors of the connection; `missing_right`, `hidden_rows`.
pub async fn count_rows(
    session: &mut Session,
    schema: &Schema,
    scope: &Scope,
    tables: &[TableName],
) -> Result<BTreeMap<TableName, u64>> {
    if tables.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = tables
        .iter()
        .enumerate()
        .map(|(number, table)| {
            format!(
                "SELECT {number}::text, count(*)::text {}",
                live::from_where(schema, scope, table)
            )
        })
        .collect::<Vec<_>>()
        .join(" UNION ALL ");
    let rows = session.fetch_text_rows(&sql, &[]).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let [number, count] = <[Option<String>; 2]>::try_from(row).ok()?;
            let table = tables.get(number?.parse::<usize>().ok()?)?;
            Some((table.clone(), count?.parse().ok()?))
        })
        .collect())
}
