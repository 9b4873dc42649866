//! Secret values of rows that a restore removes: they are in no archive, so they wait inside the
//! database until Keep.

use std::collections::HashMap;

use uuid::Uuid;

use crate::Result;
use crate::company::Opened;
use crate::difference::TableDifference;
use crate::model::{Schema, TableName};
use crate::pg::{Ident, Qualified, Session, run_by_arrays};
use crate::restore::batch::{Batches, Pick, TypedColumns};
use crate::rows::KeyColumns;
use crate::scope::Scope;

/// Held values of one table: by the row's key, in the order of the table's secret columns.
pub(in crate::restore) type Held = HashMap<Vec<u8>, Vec<Option<String>>>;

/// Copies the secret values of rows that go into the schema `snapback`.
pub(in crate::restore) async fn hold_secrets(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    review: Uuid,
) -> Result<()> {
    let pair = difference.pair.clone();
    let (Some(table), Some(scope)) = (
        opened.schema.tables.get(&pair.table),
        opened.scope.tables.get(&pair.table),
    ) else {
        return Ok(());
    };
    if scope.secret_columns.is_empty()
        || difference.counts().extra == 0
        || pair.key_columns.is_empty()
    {
        return Ok(());
    }
    let typed = TypedColumns::of(table, &pair.key_columns)?;
    let key: Vec<String> = pair
        .key_columns
        .iter()
        .map(|column| format!("format('%s', t.{})", Ident(column)))
        .collect();
    let positions: Vec<usize> = pair
        .key_columns
        .iter()
        .filter_map(|column| pair.position(column))
        .collect();
    for column in scope
        .secret_columns
        .iter()
        .filter(|column| table.column(column).is_some())
    {
        let (first, second, third) = (typed.width() + 1, typed.width() + 2, typed.width() + 3);
        let sql = format!(
            "INSERT INTO snapback.held (review_id, table_name, row_key, column_name, value) \
             SELECT (${first}::text[])[1]::uuid, (${second}::text[])[1], ARRAY[{key}], (${third}::text[])[1], \
             CASE WHEN t.{column} IS NOT NULL THEN format('%s', t.{column}) END FROM {table} AS t JOIN {relation} ON {on}",
            key = key.join(", "),
            column = Ident(column),
            table = Qualified(&pair.table),
            relation = typed.relation("n"),
            on = typed.equal("t", "n"),
        );
        let facts = [review.to_string(), pair.table.to_string(), column.clone()]
            .map(|fact| vec![Some(fact)]);
        let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions.clone())?;
        while let Some(batch) = batches.next()? {
            let mut columns = batch.columns.clone();
            columns.extend(facts.iter().cloned());
            run_by_arrays(session, &sql, &columns).await?;
        }
    }
    Ok(())
}

/// The values held for one table by an earlier restore.
pub(in crate::restore) async fn held_secrets(
    session: &mut Session,
    schema: &Schema,
    scope: &Scope,
    table: &TableName,
    review: Uuid,
) -> Result<Held> {
    let mut held = Held::new();
    let Some(scope) = scope
        .tables
        .get(table)
        .filter(|scope| !scope.secret_columns.is_empty())
    else {
        return Ok(held);
    };
    let sql = "SELECT column_name, value, VARIADIC_KEY FROM snapback.held WHERE review_id = $1::text::uuid AND table_name = $2";
    let width = schema
        .tables
        .get(table)
        .and_then(|found| found.key.as_ref())
        .map_or(0, |key| key.columns.len());
    let key: Vec<String> = (1..=width)
        .map(|number| format!("row_key[{number}]"))
        .collect();
    let sql = sql.replace("VARIADIC_KEY", &key.join(", "));
    let rows = session
        .fetch_text_rows(&sql, &[Some(&review.to_string()), Some(&table.to_string())])
        .await?;
    for row in rows {
        let mut cells = row.into_iter();
        let (Some(Some(column)), Some(value)) = (cells.next(), cells.next()) else {
            continue;
        };
        let key: Vec<Option<String>> = cells.collect();
        let Some(place) = scope.secret_columns.iter().position(|name| *name == column) else {
            continue;
        };
        let values = held
            .entry(KeyColumns::key_of_values(&key))
            .or_insert_with(|| vec![None; scope.secret_columns.len()]);
        if let Some(slot) = values.get_mut(place) {
            *slot = value;
        }
    }
    Ok(held)
}
