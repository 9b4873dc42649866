//! Rows that a restore does not write and that refer to rows which go: rows outside the backup, and rows
//! of other companies, which no company should have. What the application makes again goes with them;
//! anything else blocks, since no snapshot holds it.

use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TableDifference, live};
use crate::model::{ExclusionReason, Reference, TableName};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};
use crate::restore::batch::{Batches, Pick, TypedColumns, sum};
use crate::scope::Disposition;

use super::Judgement;

/// Rows of a table outside the backup that go with the rows they refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::restore) struct Leaving {
    /// The table whose rows go too.
    pub(in crate::restore) table: TableName,
    /// How they refer.
    pub(in crate::restore) reference: Reference,
}

/// Looks for rows that the restore does not write.
pub(super) async fn judge(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    judgement: &mut Judgement,
) -> Result<()> {
    let name = difference.pair.table.clone();
    for (child, reference) in referring(opened, &name) {
        let Some(scope) = opened.scope.tables.get(&child) else {
            continue;
        };
        let row_count = count(session, opened, difference, &child, &reference).await?;
        if row_count == 0 {
            continue;
        }
        if scope.disposition.is_written() {
            let reason = format!(
                "They refer to rows of {name} that would go, and they are not this company's."
            );
            judgement.findings.push(
                Finding::new(Effect::Blocked, "others_would_dangle", &child, reason)
                    .rows(row_count),
            );
            continue;
        }
        let is_made_again = matches!(
            scope.disposition,
            Disposition::Excluded {
                reason: ExclusionReason::Rebuilt | ExclusionReason::Transient,
                ..
            }
        );
        judgement.findings.push(if is_made_again {
            judgement.leaving.push(Leaving {
                table: child.clone(),
                reference,
            });
            let reason =
                format!("They refer to rows of {name} that go; the application makes them again.");
            Finding::new(Effect::Lost, "rows_go_along", &child, reason).rows(row_count)
        } else {
            let reason = format!(
                "They refer to rows of {name} that would go, and the backup does not hold them."
            );
            Finding::new(Effect::Blocked, "rows_would_dangle", &child, reason).rows(row_count)
        });
    }
    Ok(())
}

/// Every reference of the schema that leads to that table.
pub(in crate::restore) fn referring(
    opened: &Opened,
    target: &TableName,
) -> Vec<(TableName, Reference)> {
    opened
        .schema
        .tables
        .iter()
        .flat_map(|(child, table)| {
            table
                .references
                .iter()
                .map(move |reference| (child, reference))
        })
        .filter(|(_, reference)| reference.target == *target)
        .map(|(child, reference)| (child.clone(), reference.clone()))
        .collect()
}

/// Rows that refer to rows which go: in a table that is written, only those that are not the company's.
async fn count(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    child: &TableName,
    reference: &Reference,
) -> Result<u64> {
    let pair = &difference.pair;
    let Some(table) = opened.schema.tables.get(&pair.table) else {
        return Ok(0);
    };
    let positions: Option<Vec<usize>> = reference
        .target_columns
        .iter()
        .map(|column| pair.live_columns().iter().position(|name| name == column))
        .collect();
    // A reference to a column that does not travel cannot be followed from here; the check after
    // applying asks the server.
    let Some(positions) = positions else {
        return Ok(0);
    };
    let typed = TypedColumns::of(table, &reference.target_columns)?;
    let here: Vec<String> = reference
        .columns
        .iter()
        .map(|column| format!("c.{}", Ident(column)))
        .collect();
    let there: Vec<String> = reference
        .target_columns
        .iter()
        .map(|column| format!("n.{}", Ident(column)))
        .collect();
    let of_others = match opened.scope.tables.get(child) {
        Some(scope) if scope.disposition.is_written() => {
            let own = live::predicate(&opened.schema, &opened.scope, child, "c");
            format!("({own}) IS NOT TRUE AND ")
        }
        _ => String::new(),
    };
    let sql = format!(
        "SELECT count(*)::text FROM {} AS c WHERE {of_others}({}) IN (SELECT {} FROM {})",
        Qualified(child),
        here.join(", "),
        there.join(", "),
        typed.relation("n"),
    );
    let mut found = 0;
    let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions)?;
    while let Some(batch) = batches.next()? {
        found += sum(fetch_text_arrays(session, &sql, &batch.columns).await?);
    }
    Ok(found)
}
