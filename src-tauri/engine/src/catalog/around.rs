use crate::error::Result;
use crate::pg::Session;

/// The schemas in which an application may keep its tables.
///
/// # Errors
/// Errors of the connection.
pub async fn schemas(session: &mut Session) -> Result<Vec<String>> {
    names(session, include_str!("schemas.sql"), &[]).await
}

/// The materialised views of a schema.
///
/// # Errors
/// Errors of the connection.
pub async fn materialized_views(session: &mut Session, schema: &str) -> Result<Vec<String>> {
    names(session, include_str!("views.sql"), &[Some(schema)]).await
}

async fn names(session: &mut Session, sql: &str, values: &[Option<&str>]) -> Result<Vec<String>> {
    let rows = session.fetch_text_rows(sql, values).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}
