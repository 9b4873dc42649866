//! Values by the thousand: one array of text for each column, so that a statement stays one statement
//! however many rows it is about, and no value is ever part of its text.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, Row as _};

use super::{Session, failed};
use crate::Result;
use crate::model::TableName;

/// Rows of text values, column by column; all columns are equally long.
pub type TextColumns = [Vec<Option<String>>];

fn bound<'a>(sql: &'a str, columns: &'a TextColumns) -> Query<'a, Postgres, PgArguments> {
    columns.iter().fold(
        sqlx::query(AssertSqlSafe(sql)).persistent(false),
        |query, column| query.bind(column),
    )
}

/// The rows of a query over such columns, all of whose own columns are text.
///
/// # Errors
/// As [`failed`] maps them.
pub async fn fetch_text_arrays(
    session: &mut Session,
    sql: &str,
    columns: &TextColumns,
) -> Result<Vec<Vec<Option<String>>>> {
    let rows = bound(sql, columns)
        .fetch_all(session.connection())
        .await
        .map_err(failed)?;
    rows.iter()
        .map(|row| {
            (0..row.len())
                .map(|index| row.try_get(index).map_err(failed))
                .collect()
        })
        .collect()
}

/// The first value of such a query as a count; zero where there is no row.
///
/// # Errors
/// As [`failed`] maps them.
pub async fn count_by_arrays(
    session: &mut Session,
    sql: &str,
    columns: &TextColumns,
) -> Result<u64> {
    let count: Option<i64> = bound(sql, columns)
        .fetch_optional(session.connection())
        .await
        .map_err(failed)?
        .map(|row| row.try_get(0))
        .transpose()
        .map_err(failed)?;
    Ok(count
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or_default())
}

/// Runs a statement over such columns; how many rows it touched.
///
/// # Errors
/// As [`failed`] maps them.
pub async fn run_by_arrays(session: &mut Session, sql: &str, columns: &TextColumns) -> Result<u64> {
    Ok(bound(sql, columns)
        .execute(session.connection())
        .await
        .map_err(failed)?
        .rows_affected())
}

/// Names of tables as two columns of values: schemas and names.
pub(crate) fn name_columns<'a>(
    tables: impl IntoIterator<Item = &'a TableName>,
) -> [Vec<Option<String>>; 2] {
    let names = tables.into_iter();
    let (schemas, names) = names
        .map(|table| (Some(table.schema.clone()), Some(table.name.clone())))
        .unzip();
    [schemas, names]
}
