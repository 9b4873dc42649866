//! Rows for which a partitioned table has no partition today.

use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TableDifference};
use crate::model::TableKind;
use crate::pg::{Qualified, Session, fetch_text_arrays};
use crate::restore::batch::{Batches, Pick, TypedColumns, sum};

const PARTITIONS: &str = include_str!("partitions.sql");

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
    if table.kind != TableKind::Partitioned {
        return Ok(());
    }
    let relation = Qualified(&name).to_string();
    let rows = session
        .fetch_text_rows(PARTITIONS, &[Some(&relation)])
        .await?;
    let mut cells = rows.into_iter().next().unwrap_or_default().into_iter();
    let accepts = cells.next().flatten().unwrap_or_else(|| "false".to_owned());
    let columns: Vec<String> =
        serde_json::from_str(&cells.next().flatten().unwrap_or_default()).unwrap_or_default();
    let positions: Option<Vec<usize>> = columns
        .iter()
        .map(|column| difference.pair.position(column))
        .collect();
    // A column that the archive does not have gets a value that only the server knows.
    let Some(positions) = positions.filter(|positions| !positions.is_empty()) else {
        return Ok(());
    };
    let typed = TypedColumns::of(table, &columns)?;
    let sql = format!(
        "SELECT count(*)::text FROM {} WHERE ({accepts}) IS NOT TRUE",
        typed.relation("n")
    );
    let mut row_count = 0;
    let mut batches = Batches::new(&mut difference.spool, Pick::Wanted, positions)?;
    while let Some(batch) = batches.next()? {
        row_count += sum(fetch_text_arrays(session, &sql, &batch.columns).await?);
    }
    if row_count > 0 {
        let reason = "The table is in partitions today, and none of them takes these rows.";
        findings.push(Finding::new(Effect::Blocked, "no_partition", &name, reason).rows(row_count));
    }
    Ok(())
}
