//! Rows against today's rules: CHECK constraints that the archive's rows were not under, and columns that
//! the database alone numbers.

use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, Effect, Finding, TableDifference};
use crate::model::{Generation, Table};
use crate::pg::{Session, fetch_text_arrays};
use crate::restore::batch::{Batches, sum};
use crate::rows::field_at;

use super::coming::{Coming, Secrets};

/// Looks at the rows that come back or change: at the checks that they were not under, and at those that
/// ask for columns which the backup lacks.
pub(super) async fn judge(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    secrets: Secrets,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let name = difference.pair.table.clone();
    let Some(table) = opened.schema.tables.get(&name) else {
        return Ok(());
    };
    identity(table, difference, findings)?;
    for check in &table.checks {
        let is_new = difference.pair.new_checks.contains(&check.name);
        let is_lacking = |column: &String| difference.pair.position(column).is_none();
        if !is_new && !check.columns.iter().any(is_lacking) {
            continue;
        }
        let Some(expression) = check.expression() else {
            continue;
        };
        let names = &check.columns;
        let coming = Coming::of(session, opened, difference, table, names, secrets).await?;
        let row_count = count_failing(session, difference, &coming, expression).await?;
        if row_count > 0 {
            let reason = match is_new {
                true => format!(
                    "Rows of the backup do not pass the check {}, which they were not under.",
                    check.name
                ),
                false => format!(
                    "Rows do not pass the check {} without values that are in no backup.",
                    check.name
                ),
            };
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
    difference: &mut TableDifference,
    coming: &Coming,
    expression: &str,
) -> Result<u64> {
    let mut failing = 0;
    for part in &coming.parts {
        let sql = format!(
            "SELECT count(*)::text FROM {} AS n WHERE NOT {expression}",
            part.relation
        );
        let positions = part.positions.clone();
        let mut batches = Batches::new(&mut difference.spool, part.pick, positions)?;
        while let Some(batch) = batches.next()? {
            failing += sum(fetch_text_arrays(session, &sql, &batch.columns).await?);
        }
    }
    Ok(failing)
}
