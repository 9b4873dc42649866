//! Rows that swap values which must be unique: one of them is moved out of the way first.

use std::collections::HashSet;

use super::apply::{expect, positions};
use super::batch::TypedColumns;
use super::judge;
use crate::company::Opened;
use crate::difference::{Change, TableDifference, live};
use crate::model::{Table, UniqueIndex};
use crate::pg::{Ident, Session, run_by_arrays};
use crate::rows::fields;
use crate::scope::Membership;
use crate::{Code, Error, Result};

/// Moves rows out of the way that hold a unique value which another changed row is to get; each of them
/// gets its own wanted values right after.
pub(super) async fn park(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    unique: &UniqueIndex,
    difference: &mut TableDifference,
) -> Result<()> {
    let Some(held) = judge::holders(session, opened, table, unique, difference).await? else {
        return Ok(());
    };
    if held.own.is_empty() {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let membership = opened
        .scope
        .tables
        .get(&pair.table)
        .map_or(&Membership::None, |found| &found.membership);
    let Some((column, free)) = parking_place(table, unique, &pair.key_columns, membership) else {
        return Err(Error::new(
            Code::NotRestorable,
            "Rows swap values that must be unique, and there is no free value to park them at.",
        )
        .with("table", &pair.table)
        .with("constraint", &unique.name));
    };
    let typed = TypedColumns::of(table, &pair.key_columns)?;
    let sql = format!(
        "UPDATE {} AS t SET {} = {free} FROM {} WHERE {} AND ({})",
        live::relation(&opened.schema, &pair.table),
        Ident(column),
        typed.relation("n"),
        typed.equal("t", "n"),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
    );
    let (rows, count) = changed_keys(difference, &held.own)?;
    expect(count, held.own.len() as u64, &pair.table)?;
    let done = run_by_arrays(session, &sql, &rows).await?;
    expect(done, count, &pair.table)
}

/// The keys of changed rows that are in the set, as columns of values.
fn changed_keys(
    difference: &mut TableDifference,
    wanted: &HashSet<Vec<u8>>,
) -> Result<(Vec<Vec<Option<String>>>, u64)> {
    let key_columns = difference.pair.key();
    let positions = positions(&difference.pair.columns, &difference.pair.key_columns);
    let mut columns = vec![Vec::new(); positions.len()];
    let mut count = 0;
    let mut key = Vec::new();
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        let Change::Changed { found, .. } = change else {
            continue;
        };
        key.clear();
        key_columns.push_key(found, &mut key);
        if wanted.contains(&key) {
            count += 1;
            let found: Vec<&[u8]> = fields(found).collect();
            for (column, position) in columns.iter_mut().zip(&positions) {
                column.push(crate::rows::text_of(
                    found.get(*position).copied().unwrap_or(b"\\N"),
                )?);
            }
        }
    }
    Ok((columns, count))
}

/// A column of the index that can take a value nobody else has, and that value as SQL. Columns that say
/// whose row it is stay; those without a CHECK or a reference come first.
fn parking_place<'a>(
    table: &'a Table,
    unique: &'a UniqueIndex,
    key: &[String],
    membership: &Membership,
) -> Option<(&'a str, String)> {
    let says_whose = |column: &String| match membership {
        Membership::Column(own) | Membership::Group(own) => own == column,
        Membership::References(routes) => routes.iter().any(|route| route.columns.contains(column)),
        Membership::Whole | Membership::None => false,
    };
    let mut columns: Vec<&String> = unique
        .columns
        .iter()
        .filter(|column| !key.contains(column) && !says_whose(column))
        .collect();
    columns.sort_by_key(|column| {
        table
            .checks
            .iter()
            .any(|check| check.columns.contains(column))
            || table
                .references
                .iter()
                .any(|reference| reference.columns.contains(column))
    });
    columns.into_iter().find_map(|name| {
        let column = table.column(name)?;
        let random = "md5(t.ctid::text || clock_timestamp()::text || random()::text)";
        let free = match column.type_name.as_str() {
            "text" | "character varying" => random.to_owned(),
            "uuid" => format!("{random}::uuid"),
            _ if !column.not_null && !unique.nulls_not_distinct => "NULL".to_owned(),
            "integer" => "(-1 - floor(random() * 2000000000))::integer".to_owned(),
            "bigint" | "numeric" => "(-1 - floor(random() * 9000000000000000))::bigint".to_owned(),
            _ => return None,
        };
        Some((name.as_str(), free))
    })
}
