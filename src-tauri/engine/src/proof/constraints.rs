//! Keys, unique values and checks, rebuilt as the server's own.

use super::certificate::{FindingKind, GapKind};
use super::prove::Proving;
use super::tables::{has_columns, refusal};
use crate::Result;
use crate::model::{Check, Key, Table, TableName, UniqueIndex};
use crate::pg::{Ident, Qualified};

const UNIQUE_VIOLATION: &str = "23505";
const CHECK_VIOLATION: &str = "23514";

/// Rebuilds the keys, unique values and checks of a table.
pub(super) async fn rebuild(
    proving: &mut Proving<'_>,
    name: &TableName,
    table: &Table,
) -> Result<()> {
    if let Some(key) = &table.key {
        match has_columns(proving, name, &key.columns) {
            true => unique(proving, name, &key.name, &key_sql(name, key)).await?,
            false => proving.gap(GapKind::UniqueNotRebuilt, Some(name), Some(&key.name), None),
        }
    }
    for index in &table.uniques {
        // The archive does not say by which operators an exclusion compares.
        match !index.exclusion && has_columns(proving, name, &index.columns) {
            true => unique(proving, name, &index.name, &unique_sql(name, index)).await?,
            false => proving.gap(
                GapKind::UniqueNotRebuilt,
                Some(name),
                Some(&index.name),
                None,
            ),
        }
    }
    for check in &table.checks {
        rebuild_check(proving, name, check).await?;
    }
    Ok(())
}

fn key_sql(table: &TableName, key: &Key) -> String {
    let columns: Vec<String> = key
        .columns
        .iter()
        .map(|name| Ident(name).to_string())
        .collect();
    let (table, name, columns) = (Qualified(table), Ident(&key.name), columns.join(", "));
    match key.primary {
        true => format!("ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY ({columns})"),
        false => format!("CREATE UNIQUE INDEX {name} ON {table} ({columns})"),
    }
}

fn unique_sql(table: &TableName, index: &UniqueIndex) -> String {
    let nulls = match index.nulls_not_distinct {
        true => " NULLS NOT DISTINCT",
        false => "",
    };
    let predicate = index.predicate.as_ref();
    let predicate = predicate.map_or_else(String::new, |only| format!(" WHERE {only}"));
    format!(
        "CREATE UNIQUE INDEX {} ON {} ({}){nulls}{predicate}",
        Ident(&index.name),
        Qualified(table),
        index.expressions.join(", "),
    )
}

async fn unique(proving: &mut Proving<'_>, table: &TableName, name: &str, sql: &str) -> Result<()> {
    let Err(error) = proving.session.run(sql).await else {
        proving.proven.unique_count += 1;
        return Ok(());
    };
    let state = refusal(error)?;
    if state == UNIQUE_VIOLATION {
        let name = Some(name.to_owned());
        proving.find_in(table, FindingKind::NotUnique, name, None, Some(state));
    } else {
        proving.gap(GapKind::UniqueNotRebuilt, Some(table), Some(name), None);
    }
    Ok(())
}

async fn rebuild_check(proving: &mut Proving<'_>, table: &TableName, check: &Check) -> Result<()> {
    let expression = check.expression();
    let Some(expression) = expression.filter(|_| has_columns(proving, table, &check.columns))
    else {
        proving.gap(
            GapKind::CheckNotRebuilt,
            Some(table),
            Some(&check.name),
            None,
        );
        return Ok(());
    };
    let sql = format!(
        "ALTER TABLE {} ADD CONSTRAINT {} CHECK {expression}",
        Qualified(table),
        Ident(&check.name),
    );
    let Err(error) = proving.session.run(&sql).await else {
        proving.proven.check_count += 1;
        return Ok(());
    };
    let state = refusal(error)?;
    // A check that was never proven for all rows may well not hold.
    let is_known = check.definition.ends_with(" NOT VALID");
    let name = Some(check.name.as_str());
    match (state == CHECK_VIOLATION, is_known) {
        (true, true) => proving.gap(GapKind::NotValidated, Some(table), name, None),
        (true, false) => {
            let name = name.map(str::to_owned);
            proving.find_in(table, FindingKind::CheckFailed, name, None, Some(state));
        }
        (false, _) => proving.gap(GapKind::CheckNotRebuilt, Some(table), name, None),
    }
    Ok(())
}
