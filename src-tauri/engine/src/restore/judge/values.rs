//! Rows against today's rules: CHECK constraints that the archive's rows were not under, and columns that
//! the database alone numbers.

use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, Effect, Finding, TableDifference};
use crate::model::{Check, Generation, Table};
use crate::pg::{Session, fetch_text_arrays};
use crate::restore::batch::{Batches, Pick, TypedColumns, sum};
use crate::rows::field_at;

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
    identity(table, difference, findings)?;
    for check_name in difference.pair.new_checks.clone() {
        let Some(check) = table.checks.iter().find(|check| check.name == check_name) else {
            continue;
        };
        if check
            .columns
            .iter()
            .any(|column| difference.pair.position(column).is_none())
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

/// A column that the database alone numbers cannot be set in a row that is there.
fn identity(
    table: &Table,
    difference: &mut TableDifference,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let pair = difference.pair.clone();
    for column in &table.columns {
        let is_settable = column.generation != Generation::IdentityAlways
            || pair.key_columns.contains(&column.name);
        let Some(position) = pair.position(&column.name).filter(|_| !is_settable) else {
            continue;
        };
        let mut row_count = 0;
        let mut rows = difference.spool.reader()?;
        while let Some(change) = rows.next()? {
            if let Change::Changed { wanted, found } = change {
                row_count += u64::from(field_at(wanted, position) != field_at(found, position));
            }
        }
        if row_count > 0 {
            let reason =
                "The database alone numbers this column today, and the rows have other numbers.";
            findings.push(
                Finding::new(Effect::Blocked, "identity_changed", &pair.table, reason)
                    .column(&column.name)
                    .rows(row_count),
            );
        }
    }
    Ok(())
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
