//! Rows that come back into a table with a secret column that must have a value: no archive holds it, so
//! such a row can come back only where the database still holds the value for it.

use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, Effect, Finding, SpoolWriter, TableDifference};
use crate::model::Table;
use crate::restore::state::Held;
use crate::scope::TableScope;

/// Takes rows out of the difference that cannot come back, and lists them.
pub(super) fn mend(
    opened: &Opened,
    difference: &mut TableDifference,
    held: &Held,
    spill_folder: &std::path::Path,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let name = difference.pair.table.clone();
    let (Some(table), Some(scope)) = (
        opened.schema.tables.get(&name),
        opened.scope.tables.get(&name),
    ) else {
        return Ok(());
    };
    if !has_required_secret(table, scope) {
        return Ok(());
    }
    let key_columns = difference.pair.key();
    let mut writer = SpoolWriter::new(spill_folder);
    writer.count_same(difference.counts().same);
    let mut key = Vec::new();
    let mut left_out = 0;
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        if let Change::Missing { wanted } = change {
            key.clear();
            key_columns.push_key(wanted, &mut key);
            if !held.contains_key(&key) {
                left_out += 1;
                continue;
            }
        }
        writer.push(change)?;
    }
    difference.spool = writer.finish()?;
    if left_out > 0 {
        difference.after = None;
        let reason = "These rows cannot come back: they must have a secret value, and secrets are in no backup.";
        findings
            .push(Finding::new(Effect::Discarded, "secret_required", &name, reason).rows(left_out));
    }
    Ok(())
}

fn has_required_secret(table: &Table, scope: &TableScope) -> bool {
    let mut secret = scope
        .secret_columns
        .iter()
        .filter_map(|column| table.column(column));
    secret.any(|column| column.not_null && column.default.is_none())
}
