use crate::error::{Code, Error, Result};
use crate::model::{SchemaVersionRule, TableName};
use crate::pg::{Ident, Qualified, Session};

/// The version of the application's schema, as text; `None` where the table is missing or empty.
///
/// # Errors
/// `invalid_profile` where the rule names no `schema.table`; `missing_right` where the table may not
/// be read.
pub async fn version(session: &mut Session, rule: &SchemaVersionRule) -> Result<Option<String>> {
    let table: TableName = rule.table.parse().map_err(|_| {
        Error::new(
            Code::InvalidProfile,
            "The profile's schema version names no schema.table.",
        )
    })?;
    let quoted = Qualified(&table).to_string();
    let found = session
        .fetch_text_rows("SELECT pg_catalog.to_regclass($1)::text", &[Some(&quoted)])
        .await?;
    if first_value(found).is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT pg_catalog.max({})::text FROM {quoted}",
        Ident(&rule.column)
    );
    Ok(first_value(session.fetch_text_rows(&sql, &[]).await?))
}

fn first_value(rows: Vec<Vec<Option<String>>>) -> Option<String> {
    rows.into_iter().flatten().next().flatten()
}
