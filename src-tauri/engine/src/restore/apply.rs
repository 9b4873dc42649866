//! Applies a difference inside the restoring transaction: one statement a table and kind, each of which
//! must touch exactly as many rows as the difference has.
//!
//! Under replica role no reference is enforced while it runs, so rows that go leave first and their
//! unique values are free for those that come. Rows that swap unique values among each other are parked.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::batch::{Batches, Pick, TypedColumns};
use super::judge::{self, Leaving};
use super::state::{self, Held};
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::difference::{Change, TableDifference, live};
use crate::model::{Generation, Table, TableName, UniqueIndex};
use crate::pg::{Ident, Qualified, Session, run_by_arrays};
use crate::reporter::Counters;
use crate::rows::{fields, push_escaped};
use crate::scope::Membership;
use crate::{Code, Error, Result};

/// Bytes of COPY text sent at once.
const COPY_BYTES: usize = 1 << 20;

/// What is applied, and what it needs beside the rows.
pub(super) struct Work<'a> {
    pub(super) opened: &'a Opened,
    /// Every written table, parents first.
    pub(super) order: &'a [TableName],
    pub(super) differences: &'a mut BTreeMap<TableName, TableDifference>,
    pub(super) leaving: &'a [Leaving],
    /// The review under which secrets of rows that go are held; `None` where none is opened.
    pub(super) hold_for: Option<Uuid>,
    /// Secret values for rows that come back.
    pub(super) held: &'a BTreeMap<TableName, Held>,
}

/// Applies every table's difference.
///
/// # Errors
/// `changed_meanwhile` where a statement touches another number of rows than the difference has;
/// errors of the connection; `cancelled`. The caller rolls back then.
pub(super) async fn apply(
    session: &mut Session,
    work: Work<'_>,
    counters: &Arc<Counters>,
    cancel: &CancelToken,
) -> Result<()> {
    let Work {
        opened,
        order,
        differences,
        leaving,
        hold_for,
        held,
    } = work;
    session
        .run("SET LOCAL session_replication_role = replica")
        .await?;
    for name in order.iter().rev() {
        checkpoint(cancel)?;
        let Some(difference) = written(differences, name) else {
            continue;
        };
        for leaving in leaving
            .iter()
            .filter(|leaving| leaving.reference.target == *name)
        {
            delete_leaving(session, opened, difference, leaving).await?;
        }
        if let Some(review) = hold_for {
            state::hold_secrets(session, opened, difference, review).await?;
        }
        delete_extra(session, opened, difference).await?;
        counters.add(difference.counts().extra, 0);
    }
    for name in order {
        checkpoint(cancel)?;
        let Some(difference) = written(differences, name) else {
            continue;
        };
        let table = table_of(opened, name)?;
        if difference.counts().changed > 0 {
            for unique in &table.uniques {
                park(session, opened, table, unique, difference).await?;
            }
            update_changed(session, opened, table, difference).await?;
        }
        insert_missing(session, opened, difference, held.get(name)).await?;
        raise_sequences(session, opened, table, difference).await?;
        counters.add(difference.counts().changed + difference.counts().missing, 0);
    }
    Ok(())
}

fn written<'a>(
    differences: &'a mut BTreeMap<TableName, TableDifference>,
    name: &TableName,
) -> Option<&'a mut TableDifference> {
    differences
        .get_mut(name)
        .filter(|difference| difference.pair.written && !difference.counts().is_unchanged())
}

fn table_of<'a>(opened: &'a Opened, name: &TableName) -> Result<&'a Table> {
    opened
        .schema
        .tables
        .get(name)
        .ok_or_else(|| Error::new(Code::SchemaChanged, "A table is gone.").with("table", name))
}

fn expect(done: u64, expected: u64, table: &TableName) -> Result<()> {
    if done == expected {
        return Ok(());
    }
    Err(Error::new(
        Code::ChangedMeanwhile,
        "The rows are no longer those that were compared; everything was rolled back.",
    )
    .hint("Look at what will change again.")
    .with("table", table)
    .with("rows_expected", expected)
    .with("rows_written", done))
}

fn positions(columns: &[String], names: &[String]) -> Vec<usize> {
    names
        .iter()
        .filter_map(|name| columns.iter().position(|column| column == name))
        .collect()
}

async fn delete_leaving(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    leaving: &Leaving,
) -> Result<()> {
    let table = table_of(opened, &difference.pair.table)?;
    let typed = TypedColumns::of(table, &leaving.reference.target_columns)?;
    let columns: Vec<String> = leaving
        .reference
        .columns
        .iter()
        .map(|column| format!("c.{}", Ident(column)))
        .collect();
    let there: Vec<String> = leaving
        .reference
        .target_columns
        .iter()
        .map(|column| format!("n.{}", Ident(column)))
        .collect();
    let sql = format!(
        "DELETE FROM {} AS c WHERE ({}) IN (SELECT {} FROM {})",
        Qualified(&leaving.table),
        columns.join(", "),
        there.join(", "),
        typed.relation("n")
    );
    let positions = positions(
        &difference.pair.live_columns(),
        &leaving.reference.target_columns,
    );
    let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions)?;
    while let Some(batch) = batches.next()? {
        run_by_arrays(session, &sql, &batch.columns).await?;
    }
    Ok(())
}

async fn delete_extra(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
) -> Result<()> {
    let expected = difference.counts().extra;
    if expected == 0 {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let table = table_of(opened, &pair.table)?;
    let own = live::predicate(&opened.schema, &opened.scope, &pair.table, "t");
    let (sql, names) = if pair.key_columns.is_empty() {
        (
            delete_counted(&pair.table, &pair.columns, &own),
            pair.columns.clone(),
        )
    } else {
        let typed = TypedColumns::of(table, &pair.key_columns)?;
        let sql = format!(
            "DELETE FROM {} AS t USING {} WHERE {} AND ({own})",
            Qualified(&pair.table),
            typed.relation("n"),
            typed.equal("t", "n")
        );
        (sql, pair.key_columns.clone())
    };
    let mut done = 0;
    let positions = positions(&pair.columns, &names);
    let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions)?;
    while let Some(batch) = batches.next()? {
        done += run_by_arrays(session, &sql, &batch.columns).await?;
    }
    expect(done, expected, &pair.table)
}

/// Deletes as many rows of each value as are given, where rows have no key: values are compared as text,
/// since some types have no equality, and rows are told apart by where they lie.
fn delete_counted(table: &TableName, columns: &[String], own: &str) -> String {
    let binds: Vec<String> = (1..=columns.len())
        .map(|number| format!("${number}::text[]"))
        .collect();
    let names: Vec<String> = (0..columns.len())
        .map(|number| format!("a{number}"))
        .collect();
    let texts: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "CASE WHEN t.{0} IS NOT NULL THEN format('%s', t.{0}) END",
                Ident(column)
            )
        })
        .collect();
    format!(
        "DELETE FROM {table} AS d USING (SELECT l.place, l.home FROM \
         (SELECT t.ctid AS place, t.tableoid AS home, ARRAY[{texts}]::text[] AS row, \
          row_number() OVER (PARTITION BY ARRAY[{texts}]::text[]) AS number FROM {table} AS t WHERE {own}) AS l \
         JOIN (SELECT ARRAY[{values}]::text[] AS row, count(*) AS wanted FROM unnest({binds}) AS v({names}) GROUP BY 1) AS g \
         ON g.row = l.row AND l.number <= g.wanted) AS x WHERE d.ctid = x.place AND d.tableoid = x.home",
        table = Qualified(table),
        texts = texts.join(", "),
        values = names
            .iter()
            .map(|name| format!("v.{name}"))
            .collect::<Vec<_>>()
            .join(", "),
        binds = binds.join(", "),
        names = names.join(", "),
    )
}

/// Changed rows are updated where they are, so that columns that do not travel stay as they are.
async fn update_changed(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    difference: &mut TableDifference,
) -> Result<()> {
    let expected = difference.counts().changed;
    let pair = difference.pair.clone();
    let typed = TypedColumns::of(table, &pair.columns)?;
    let settable = |name: &&String| {
        !pair.key_columns.contains(name)
            && table
                .column(name)
                .is_some_and(|column| column.generation != Generation::IdentityAlways)
    };
    let set: Vec<String> = pair
        .columns
        .iter()
        .filter(settable)
        .map(|name| format!("{0} = n.{0}", Ident(name)))
        .collect();
    let keys: Vec<String> = pair
        .key_columns
        .iter()
        .map(|name| format!("t.{0} = n.{0}", Ident(name)))
        .collect();
    let sql = format!(
        "UPDATE {} AS t SET {} FROM {} WHERE {} AND ({})",
        Qualified(&pair.table),
        set.join(", "),
        typed.relation("n"),
        keys.join(" AND "),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
    );
    let mut done = 0;
    let positions = (0..pair.columns.len()).collect();
    let mut batches = Batches::new(&mut difference.spool, Pick::Changed, positions)?;
    while let Some(batch) = batches.next()? {
        done += run_by_arrays(session, &sql, &batch.columns).await?;
    }
    expect(done, expected, &pair.table)
}

/// Moves rows out of the way that hold a unique value which another changed row is to get; each of them
/// gets its own wanted values right after.
async fn park(
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
        Qualified(&pair.table),
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

/// Rows that come back go in as the COPY text they are, with the secret values that the database still
/// holds for them.
async fn insert_missing(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    held: Option<&Held>,
) -> Result<()> {
    let expected = difference.counts().missing;
    if expected == 0 {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let secret = match (held, opened.scope.tables.get(&pair.table)) {
        (Some(held), Some(scope)) if !held.is_empty() => scope.secret_columns.as_slice(),
        _ => &[],
    };
    let columns: Vec<String> = pair
        .columns
        .iter()
        .chain(secret)
        .map(|name| Ident(name).to_string())
        .collect();
    let sql = format!(
        "COPY {} ({}) FROM STDIN",
        Qualified(&pair.table),
        columns.join(", ")
    );
    let key_columns = pair.key();
    let mut copy = session.copy_in(&sql).await?;
    let mut text = Vec::with_capacity(COPY_BYTES);
    let mut key = Vec::new();
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        let Change::Missing { wanted } = change else {
            continue;
        };
        text.extend_from_slice(wanted);
        if !secret.is_empty() {
            key.clear();
            key_columns.push_key(wanted, &mut key);
            let values = held.and_then(|held| held.get(&key));
            for place in 0..secret.len() {
                text.push(b'\t');
                let value = values
                    .and_then(|values| values.get(place))
                    .and_then(Option::as_deref);
                push_escaped(&mut text, value.map(str::as_bytes));
            }
        }
        text.push(b'\n');
        if text.len() >= COPY_BYTES {
            copy.send(&text).await?;
            text.clear();
        }
    }
    copy.send(&text).await?;
    let done = copy.finish().await?;
    expect(done, expected, &pair.table)
}

/// Raises sequences that are behind the rows that came back. Never lowers one: others use them too.
async fn raise_sequences(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    difference: &TableDifference,
) -> Result<()> {
    if difference.counts().missing + difference.counts().changed == 0 {
        return Ok(());
    }
    let name = &difference.pair.table;
    for column in &table.columns {
        let Some(sequence) = &column.sequence else {
            continue;
        };
        let sql = format!(
            "SELECT setval($1::text::regclass, m.top)::text FROM \
             (SELECT max(t.{})::bigint AS top FROM {} AS t WHERE {}) AS m, {} AS s WHERE m.top > s.last_value",
            Ident(&column.name),
            Qualified(name),
            live::predicate(&opened.schema, &opened.scope, name, "t"),
            Qualified(sequence),
        );
        session
            .fetch_text_rows(&sql, &[Some(&Qualified(sequence).to_string())])
            .await?;
    }
    Ok(())
}
