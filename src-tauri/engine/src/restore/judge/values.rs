//! Values against today's rules: NOT NULL, types and enums, CHECK constraints that the archive's rows
//! were not under, and columns that the archive does not have.

use crate::company::Opened;
use crate::difference::{Conversion, Effect, Finding, TableDifference};
use crate::model::{Check, Table};
use crate::pg::{Session, count_by_arrays, fetch_text_arrays};
use crate::restore::batch::{Batches, Pick, TypedColumns, sum};
use crate::{Code, Result};

/// Looks at the rows that come back or change.
pub(super) async fn judge(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let name = difference.pair.table.clone();
    let Some(table) = opened.schema.tables.get(&name) else {
        return Ok(());
    };
    let mut bad_types = Vec::new();
    for (position, conversion) in difference.pair.conversions.clone() {
        let Some(column) = difference.pair.columns.get(position).cloned() else {
            continue;
        };
        let (row_count, code, reason) = match conversion {
            Conversion::NotNull => (
                count_nulls(difference, position)?,
                "null_refused",
                "The backup has rows with no value here, which is refused today.",
            ),
            Conversion::Type => (
                count_refused(session, table, difference, &column, position).await?,
                "type_changed",
                "Values of the backup do not fit the type that this column has today.",
            ),
        };
        if row_count > 0 {
            if conversion == Conversion::Type {
                bad_types.push(column.clone());
            }
            findings.push(
                Finding::new(Effect::Blocked, code, &name, reason)
                    .column(column)
                    .rows(row_count),
            );
        }
    }
    for check_name in difference.pair.new_checks.clone() {
        let Some(check) = table.checks.iter().find(|check| check.name == check_name) else {
            continue;
        };
        if check
            .columns
            .iter()
            .any(|column| bad_types.contains(column) || difference.pair.position(column).is_none())
        {
            continue;
        }
        let row_count = count_failing(session, table, difference, check).await?;
        if row_count > 0 {
            let reason = format!(
                "Rows of the backup do not pass the check {}, which they were not under.",
                check.name
            );
            findings.push(
                Finding::new(Effect::Blocked, "check_refused", &name, reason).rows(row_count),
            );
        }
    }
    Ok(())
}

fn count_nulls(difference: &mut TableDifference, position: usize) -> Result<u64> {
    let mut found = 0;
    let mut batches = Batches::new(&mut difference.spool, Pick::Wanted, vec![position])?;
    while let Some(batch) = batches.next()? {
        found += batch
            .columns
            .iter()
            .flatten()
            .filter(|value| value.is_none())
            .count() as u64;
    }
    Ok(found)
}

/// Counts the values that the column's type refuses, asking the server, which alone knows.
async fn count_refused(
    session: &mut Session,
    table: &Table,
    difference: &mut TableDifference,
    column: &str,
    position: usize,
) -> Result<u64> {
    let names = [column.to_owned()];
    let typed = TypedColumns::of(table, &names)?;
    // count() over the typed relation makes the server read every value; a shorter text than the type
    // allows is an error on assignment only, so lengths are compared as well.
    let length = table
        .column(column)
        .and_then(|found| character_limit(&found.type_name));
    let sql = format!("SELECT count(n.*) FROM {}", typed.relation("n"));
    let mut refused = 0;
    let mut batches = Batches::new(&mut difference.spool, Pick::Wanted, vec![position])?;
    while let Some(batch) = batches.next()? {
        let values = batch.columns.first().cloned().unwrap_or_default();
        if let Some(limit) = length {
            let too_long = values
                .iter()
                .flatten()
                .filter(|value| value.chars().count() > limit);
            refused += too_long.count() as u64;
        }
        refused += count_bad(session, &sql, values).await?;
    }
    Ok(refused)
}

/// Halves the values until the bad ones stand alone; a good half costs one query.
async fn count_bad(session: &mut Session, sql: &str, values: Vec<Option<String>>) -> Result<u64> {
    let mut bad = 0;
    let mut open = vec![values];
    while let Some(values) = open.pop() {
        match count_by_arrays(session, sql, std::slice::from_ref(&values)).await {
            Ok(_) => {}
            Err(error) if error.code() == Code::DatabaseFailed && values.len() > 1 => {
                let (left, right) = values.split_at(values.len() / 2);
                open.push(left.to_vec());
                open.push(right.to_vec());
            }
            Err(error) if error.code() == Code::DatabaseFailed => bad += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(bad)
}

/// The length limit of `character varying(n)` and `character(n)`.
fn character_limit(type_name: &str) -> Option<usize> {
    let limit = type_name
        .strip_prefix("character varying(")
        .or_else(|| type_name.strip_prefix("character("))?;
    limit.strip_suffix(')')?.parse().ok()
}

async fn count_failing(
    session: &mut Session,
    table: &Table,
    difference: &mut TableDifference,
    check: &Check,
) -> Result<u64> {
    let Some(expression) = check.expression() else {
        return Ok(0);
    };
    let positions: Vec<usize> = check
        .columns
        .iter()
        .filter_map(|column| difference.pair.position(column))
        .collect();
    let typed = TypedColumns::of(table, &check.columns)?;
    let sql = format!(
        "SELECT count(*)::text FROM {} WHERE NOT {expression}",
        typed.relation("n")
    );
    let mut failing = 0;
    let mut batches = Batches::new(&mut difference.spool, Pick::Wanted, positions)?;
    while let Some(batch) = batches.next()? {
        failing += sum(fetch_text_arrays(session, &sql, &batch.columns).await?);
    }
    Ok(failing)
}
