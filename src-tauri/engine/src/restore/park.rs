//! Rows that hold a value which must be unique and is another row's to get: they are moved out of the way
//! first. Those that change get their own values later, those that go do not need any.

use std::collections::HashSet;

use super::apply::{expect, positions};
use super::batch::{TypedColumns, sum};
use super::course::Parking;
use super::judge;
use super::rights::References;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, TableDifference, live};
use crate::model::{Table, TableName, UniqueIndex};
use crate::pg::{Ident, Session, fetch_text_arrays, run_by_arrays};
use crate::rows::{fields, text_of};
use crate::scope::Membership;

/// Moves rows out of the way that hold a unique value which another row is to get.
pub(super) async fn park(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    unique: &UniqueIndex,
    place: &Parking,
    difference: &mut TableDifference,
) -> Result<()> {
    let Some(held) = judge::holders(session, opened, table, unique, difference).await? else {
        return Ok(());
    };
    if held.own.is_empty() {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let typed = TypedColumns::of(table, &pair.key_columns)?;
    let sql = format!(
        "UPDATE {} AS t SET {} = {} FROM {} WHERE {} AND ({})",
        live::relation(&opened.schema, &pair.table),
        Ident(&place.column),
        place.free,
        typed.relation("n"),
        typed.equal("t", "n"),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
    );
    let (rows, count) = keys_of(difference, &held.own)?;
    expect(count, held.own.len() as u64, &pair.table)?;
    let done = run_by_arrays(session, &sql, &rows).await?;
    expect(done, count, &pair.table)
}

/// The keys of rows that go or change and are in the set, as columns of values.
fn keys_of(
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
        let (Change::Changed { found, .. } | Change::Extra { found }) = change else {
            continue;
        };
        key.clear();
        key_columns.push_key(found, &mut key);
        if wanted.contains(&key) {
            count += 1;
            let found: Vec<&[u8]> = fields(found).collect();
            for (column, position) in columns.iter_mut().zip(&positions) {
                column.push(text_of(found.get(*position).copied().unwrap_or(b"\\N"))?);
            }
        }
    }
    Ok((columns, count))
}

/// A place for the rows of those keys, tried on them: `None` where no column of the index can take a
/// value that nobody else has, and that every rule of the table lets through.
///
/// # Errors
/// Errors of the connection and of this computer's disk.
pub(super) async fn parking_place(
    session: &mut Session,
    opened: &Opened,
    (table, unique): (&Table, &UniqueIndex),
    difference: &mut TableDifference,
    keys: &HashSet<Vec<u8>>,
    references: References,
) -> Result<Option<Parking>> {
    let name = difference.pair.table.clone();
    let candidates = Candidates {
        opened,
        name: &name,
        table,
        unique,
        references,
    };
    let places = candidates.places(&difference.pair.key_columns);
    if places.is_empty() {
        return Ok(None);
    }
    let typed = TypedColumns::of(table, &difference.pair.key_columns)?;
    let (values, _) = keys_of(difference, keys)?;
    for place in places {
        let sql = candidates.trial(&place, &typed);
        if sum(fetch_text_arrays(session, &sql, &values).await?) == 0 {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// The columns of one index at which rows could wait.
struct Candidates<'a> {
    opened: &'a Opened,
    name: &'a TableName,
    table: &'a Table,
    unique: &'a UniqueIndex,
    references: References,
}

impl Candidates<'_> {
    /// Places in the order in which they are tried: columns under no CHECK and no reference first. Those
    /// that say whose row it is stay.
    fn places(&self, key: &[String]) -> Vec<Parking> {
        let mut columns: Vec<&String> = self
            .unique
            .columns
            .iter()
            .filter(|column| !key.contains(column) && !self.says_whose(column))
            .collect();
        columns.sort_by_key(|column| (self.is_checked(column), self.leads_on(column)));
        columns
            .into_iter()
            .filter_map(|column| {
                Some(Parking {
                    column: column.clone(),
                    free: self.free(column)?,
                })
            })
            .collect()
    }

    fn says_whose(&self, column: &String) -> bool {
        let membership = self.opened.scope.tables.get(self.name);
        match membership.map_or(&Membership::None, |found| &found.membership) {
            Membership::Column(own) | Membership::Group(own) => own == column,
            Membership::References(routes) => {
                routes.iter().any(|route| route.columns.contains(column))
            }
            Membership::Whole | Membership::None => false,
        }
    }

    fn is_checked(&self, column: &String) -> bool {
        let mut checks = self.table.checks.iter();
        checks.any(|check| check.columns.contains(column))
    }

    fn leads_on(&self, column: &String) -> bool {
        let mut references = self.table.references.iter();
        references.any(|reference| reference.columns.contains(column))
    }

    fn is_referred_to(&self, column: &String) -> bool {
        judge::referring(self.opened, self.name)
            .iter()
            .any(|(_, reference)| reference.target_columns.contains(column))
    }

    /// A value for that column of row `t` that nobody else has.
    fn free(&self, name: &String) -> Option<String> {
        let column = self.table.column(name)?;
        let nothing =
            (!column.not_null && !self.unique.nulls_not_distinct).then(|| "NULL".to_owned());
        if self.references == References::Enforced {
            if self.is_referred_to(name) {
                return None;
            }
            if self.leads_on(name) {
                return nothing;
            }
        }
        let random = "md5(t.ctid::text || clock_timestamp()::text || random()::text)";
        Some(match column.type_name.as_str() {
            "text" | "character varying" => random.to_owned(),
            "uuid" => format!("{random}::uuid"),
            "boolean" => format!("NOT t.{}", Ident(name)),
            _ if nothing.is_some() => return nothing,
            "integer" => "(-1 - floor(random() * 2000000000))::integer".to_owned(),
            "bigint" | "numeric" => "(-1 - floor(random() * 9000000000000000))::bigint".to_owned(),
            "date" => "('0001-01-01'::date + floor(random() * 500000)::integer)".to_owned(),
            limited => {
                let length = limited.strip_prefix("character varying(")?;
                let length: usize = length.strip_suffix(')')?.parse().ok()?;
                // Fewer letters would not be sure to be free.
                (length >= 12).then(|| format!("left({random}, {length})"))?
            }
        })
    }

    /// Counts the rows of those keys that would still hold their values at that place, or that a CHECK
    /// would not let there.
    fn trial(&self, place: &Parking, typed: &TypedColumns) -> String {
        let checks: Vec<_> = self
            .table
            .checks
            .iter()
            .filter(|check| check.columns.contains(&place.column))
            .collect();
        let used: std::collections::BTreeSet<&String> = self
            .unique
            .columns
            .iter()
            .chain(checks.iter().flat_map(|check| &check.columns))
            .collect();
        let row = |parked: Option<&Parking>| {
            let columns = used.iter().map(|column| match parked {
                Some(place) if place.column == **column => {
                    format!("{} AS {}", place.free, Ident(column))
                }
                _ => format!("t.{0} AS {0}", Ident(column)),
            });
            columns.collect::<Vec<_>>().join(", ")
        };
        let indexed: Vec<String> = self
            .unique
            .expressions
            .iter()
            .enumerate()
            .map(|(number, expression)| format!("({expression}) AS e{number}"))
            .collect();
        let same: Vec<String> = (0..indexed.len())
            .map(|number| format!("o.e{number} IS NOT DISTINCT FROM p.e{number}"))
            .collect();
        let passed: Vec<&str> = checks
            .iter()
            .filter_map(|check| check.definition.strip_prefix("CHECK "))
            .map(|check| check.strip_suffix(" NOT VALID").unwrap_or(check))
            .collect();
        let passed = match passed.as_slice() {
            [] => "true".to_owned(),
            passed => passed.join(" AND "),
        };
        format!(
            "SELECT count(*)::text FROM {table} AS t JOIN {keys} ON {on}, \
             LATERAL (SELECT {indexed} FROM (SELECT {as_found}) AS r) AS o, \
             LATERAL (SELECT {indexed}, {listed} AS listed, {passed} AS passed FROM (SELECT {parked}) AS r) AS p \
             WHERE p.passed IS FALSE OR (p.listed IS TRUE AND {same})",
            table = live::relation(&self.opened.schema, self.name),
            keys = typed.relation("n"),
            on = typed.equal("t", "n"),
            indexed = indexed.join(", "),
            as_found = row(None),
            listed = self.unique.predicate.as_deref().unwrap_or("true"),
            parked = row(Some(place)),
            same = same.join(" AND "),
        )
    }
}
