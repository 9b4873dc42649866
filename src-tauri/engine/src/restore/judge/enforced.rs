//! What an owner of tables cannot do, since the server enforces their references at every statement: which
//! rows cannot be written one after the other, and which of them can be helped by emptying a reference
//! for a while.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Judgement, inward};
use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, Effect, Finding, TableDifference, live};
use crate::model::{OnChange, Reference, TableName};
use crate::pg::{Ident, Session, fetch_text_arrays, name_columns};
use crate::restore::batch::{Pick, TypedColumns, sum};
use crate::restore::known::KnownBroken;
use crate::restore::nowhere::Nowhere;
use crate::restore::referred::raw_key;
use crate::rows::{fields, text_of};
use crate::scope::may_be_null_for_a_while;

type Differences = BTreeMap<TableName, TableDifference>;
/// Columns by table.
type Columns = BTreeSet<(TableName, String)>;

/// Looks at the differences of all tables together.
pub(super) async fn judge(
    session: &mut Session,
    opened: &Opened,
    differences: &mut Differences,
    known: &KnownBroken,
    judgement: &mut Judgement,
) -> Result<()> {
    let nowhere = Nowhere::of(session, opened, differences).await?;
    judgement.findings.extend(nowhere.findings());
    judgement.nowhere = Some(nowhere);
    leading_nowhere(opened, differences, known, judgement)?;
    circles(opened, differences, judgement)?;
    leave_first(opened, differences, judgement)?;
    referred_values(session, opened, differences, judgement).await?;
    quieten(session, opened, differences, judgement).await?;
    note_event_triggers(session, judgement).await
}

fn blocked(code: &'static str, table: &TableName, reason: String) -> Finding {
    Finding::new(Effect::Blocked, code, table, reason)
}

/// References that led nowhere before a restore and are to be put back: the server lets no row have them.
fn leading_nowhere(
    opened: &Opened,
    differences: &mut Differences,
    known: &KnownBroken,
    judgement: &mut Judgement,
) -> Result<()> {
    for (name, difference) in differences {
        let table = opened.schema.tables.get(name);
        for reference in table.into_iter().flat_map(|table| &table.references) {
            let place = |column: &String| difference.pair.position(column);
            let positions: Option<Vec<usize>> = reference.columns.iter().map(place).collect();
            let (Some(values), Some(positions)) =
                (known.values(name, &reference.columns), positions)
            else {
                continue;
            };
            let row_count = count_turning_to(difference, &positions, values)?;
            if row_count > 0 {
                let reason = "What these rows referred to was not there before the restore either, so an owner of the tables cannot put them back; a role that may silence references can.";
                let finding = blocked("no_way_back", name, reason.to_owned());
                let finding = finding.column(reference.columns.join(", ")).rows(row_count);
                judgement.findings.push(finding);
            }
        }
    }
    Ok(())
}

/// How many rows come with one of the values, or change to one.
fn count_turning_to(
    difference: &mut TableDifference,
    positions: &[usize],
    values: &HashSet<Vec<u8>>,
) -> Result<u64> {
    let mut row_count = 0;
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        let (wanted, before) = match change {
            Change::Missing { wanted } => (wanted, None),
            Change::Changed { wanted, found } => (wanted, raw_key(found, positions)),
            Change::Extra { .. } | Change::Same { .. } => continue,
        };
        let wanted = raw_key(wanted, positions);
        let is_known = wanted.as_ref().is_some_and(|value| values.contains(value));
        row_count += u64::from(is_known && wanted != before);
    }
    Ok(row_count)
}

/// Circles that no column can cut: as long as rows come, go or turn in one of their tables alone, their
/// order does not matter.
fn circles(
    opened: &Opened,
    differences: &mut Differences,
    judgement: &mut Judgement,
) -> Result<()> {
    for circle in judgement.course.order.uncut.clone() {
        let mut moving = Vec::new();
        for name in &circle {
            if moves_in(opened, differences, name, &circle)? {
                moving.push(name);
            }
        }
        if let [first, _, ..] = moving.as_slice() {
            let names: Vec<String> = circle.iter().map(ToString::to_string).collect();
            let reason = format!(
                "Rows of {} must refer to each other, so an owner of the tables cannot write them one after the other; a role that may silence references can.",
                names.join(", ")
            );
            let finding = blocked("circle_of_references", first, reason);
            judgement.findings.push(finding);
        }
    }
    Ok(())
}

/// Whether rows of a table come or go, or change what they refer to inside the circle.
fn moves_in(
    opened: &Opened,
    differences: &mut Differences,
    name: &TableName,
    circle: &[TableName],
) -> Result<bool> {
    let (Some(difference), Some(table)) =
        (differences.get_mut(name), opened.schema.tables.get(name))
    else {
        return Ok(false);
    };
    let counts = difference.counts();
    if !difference.pair.written || counts.missing + counts.extra > 0 {
        return Ok(difference.pair.written);
    }
    let inside = table
        .references
        .iter()
        .filter(|reference| circle.contains(&reference.target));
    let columns: Vec<usize> = inside
        .flat_map(|reference| &reference.columns)
        .filter_map(|column| difference.pair.position(column))
        .collect();
    Ok(!changed_values(difference, &columns)?.is_empty())
}

/// What the fields at those positions were in rows that change them. Fields that are NULL lead nowhere.
fn changed_values(
    difference: &mut TableDifference,
    positions: &[usize],
) -> Result<HashSet<Vec<u8>>> {
    let mut values = HashSet::new();
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        if let Change::Changed { wanted, found } = change
            && let Some(before) = raw_key(found, positions)
            && raw_key(wanted, positions).as_ref() != Some(&before)
        {
            values.insert(before);
        }
    }
    Ok(values)
}

/// Decides for each table whose rows stand in the way of others whether they can leave first.
fn leave_first(
    opened: &Opened,
    differences: &mut Differences,
    judgement: &mut Judgement,
) -> Result<()> {
    let must = std::mem::take(&mut judgement.course.first);
    let may = std::mem::take(&mut judgement.may_leave_first);
    for (name, must_leave) in must
        .iter()
        .map(|name| (name, true))
        .chain(may.iter().map(|name| (name, false)))
    {
        let leaving = with_children(opened, differences, name);
        let mut loosened = Columns::new();
        let mut held_by = None;
        for parent in &leaving {
            held_by = held_by.or(loosen(opened, differences, parent, &mut loosened)?);
        }
        match held_by {
            None => {
                judgement.course.first.extend(leaving);
                judgement.course.loosened.extend(loosened);
            }
            Some(child) if must_leave => {
                let reason = format!(
                    "Rows that go hold values that must be unique and are wanted by others, there is no free value to put in between, and rows of {child} still refer to them; a role that may silence references can restore this."
                );
                judgement
                    .findings
                    .push(blocked("value_not_free", name, reason));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The table and all tables whose rows that go must leave before its own.
fn with_children(
    opened: &Opened,
    differences: &Differences,
    name: &TableName,
) -> BTreeSet<TableName> {
    let mut found = BTreeSet::from([name.clone()]);
    let mut open = vec![name.clone()];
    while let Some(parent) = open.pop() {
        for (child, _) in inward::referring(opened, &parent) {
            let goes = differences
                .get(&child)
                .is_some_and(|found| found.pair.written && found.counts().extra > 0);
            if goes && found.insert(child.clone()) {
                open.push(child);
            }
        }
    }
    found
}

/// Finds the references by which rows that change still lead to rows of `parent` that go. Those that may
/// be empty for a while are added to `loosened`; of the others the first one's table is returned.
fn loosen(
    opened: &Opened,
    differences: &mut Differences,
    parent: &TableName,
    loosened: &mut Columns,
) -> Result<Option<TableName>> {
    for (child, reference) in inward::referring(opened, parent) {
        let changes = differences
            .get(&child)
            .is_some_and(|found| found.pair.written && found.counts().changed > 0);
        if !changes {
            continue;
        }
        let Some(going) = differences.get_mut(parent) else {
            continue;
        };
        let Some(positions) = places(going, &reference.target_columns) else {
            continue;
        };
        let going = found_values(going, &positions, Pick::Extra)?;
        let Some(rows) = differences.get_mut(&child) else {
            continue;
        };
        if count_leading(rows, &reference, &going, Pick::Replaced)? == 0 {
            continue;
        }
        match may_be_emptied(opened, &child, &reference) {
            Some(column) => loosened.insert((child, column)),
            None => return Ok(Some(child)),
        };
    }
    Ok(None)
}

/// The column of a reference that may be empty for the length of the transaction.
fn may_be_emptied(opened: &Opened, child: &TableName, reference: &Reference) -> Option<String> {
    let table = opened.schema.tables.get(child)?;
    let membership = opened
        .scope
        .tables
        .get(child)
        .map(|found| &found.membership);
    let mut columns = reference.columns.iter();
    let column = columns.find(|column| may_be_null_for_a_while(table, membership, column));
    column.cloned()
}

fn places(difference: &TableDifference, columns: &[String]) -> Option<Vec<usize>> {
    let live = difference.pair.live_columns();
    let place = |column: &String| live.iter().position(|name| name == column);
    columns.iter().map(place).collect()
}

fn found_values(
    difference: &mut TableDifference,
    positions: &[usize],
    rows: Pick,
) -> Result<HashSet<Vec<u8>>> {
    let mut values = HashSet::new();
    let mut reader = difference.spool.reader()?;
    while let Some(change) = reader.next()? {
        let line = rows.of(&change);
        values.extend(line.and_then(|line| raw_key(line, positions)));
    }
    Ok(values)
}

/// How many rows of a difference lead to one of the values now.
fn count_leading(
    difference: &mut TableDifference,
    reference: &Reference,
    values: &HashSet<Vec<u8>>,
    rows: Pick,
) -> Result<u64> {
    let Some(positions) = places(difference, &reference.columns) else {
        return Ok(0);
    };
    let mut count = 0;
    let mut reader = difference.spool.reader()?;
    while let Some(change) = reader.next()? {
        let key = rows.of(&change).and_then(|line| raw_key(line, &positions));
        count += u64::from(key.is_some_and(|key| values.contains(&key)));
    }
    Ok(count)
}

/// Values outside the key that others refer to and that change: those who refer to them are emptied for a
/// while where they change or go themselves; any other would be changed, or is in the way.
async fn referred_values(
    session: &mut Session,
    opened: &Opened,
    differences: &mut Differences,
    judgement: &mut Judgement,
) -> Result<()> {
    let changing: Vec<TableName> = differences
        .iter()
        .filter(|(_, found)| found.pair.written && found.counts().changed > 0)
        .map(|(name, _)| name.clone())
        .collect();
    for parent in changing {
        for (child, reference) in inward::referring(opened, &parent) {
            let Some(difference) = differences.get_mut(&parent) else {
                continue;
            };
            let in_key = |column: &String| difference.pair.key_columns.contains(column);
            let is_put_off = reference.deferrable && reference.on_update == OnChange::NoAction;
            if reference.target_columns.iter().all(in_key) || is_put_off {
                continue;
            }
            let positions: Option<Vec<usize>> = reference
                .target_columns
                .iter()
                .map(|column| difference.pair.position(column))
                .collect();
            let Some(positions) = positions else { continue };
            let values = changed_values(difference, &positions)?;
            if values.is_empty() {
                continue;
            }
            let live = count_live(session, opened, (&child, &reference), &parent, &values).await?;
            let known = match differences
                .get_mut(&child)
                .filter(|found| found.pair.written)
            {
                Some(rows) => count_leading(rows, &reference, &values, Pick::Found)?,
                None => 0,
            };
            let column = may_be_emptied(opened, &child, &reference);
            match column {
                _ if live == 0 => {}
                Some(column) if live == known => {
                    judgement.course.loosened.insert((child, column));
                }
                _ => {
                    let reason = format!(
                        "Rows of {child} refer to values of {parent} that change; a role that may silence references can restore this."
                    );
                    let finding = blocked("value_referred_to", &parent, reason).rows(live);
                    judgement.findings.push(finding);
                }
            }
        }
    }
    Ok(())
}

async fn count_live(
    session: &mut Session,
    opened: &Opened,
    (child, reference): (&TableName, &Reference),
    parent: &TableName,
    values: &HashSet<Vec<u8>>,
) -> Result<u64> {
    let Some(table) = opened.schema.tables.get(parent) else {
        return Ok(0);
    };
    let typed = TypedColumns::of(table, &reference.target_columns)?;
    let mut columns = vec![Vec::with_capacity(values.len()); typed.width()];
    for value in values {
        for (column, field) in columns.iter_mut().zip(fields(value)) {
            column.push(text_of(field)?);
        }
    }
    let pairs: Vec<String> = reference
        .columns
        .iter()
        .zip(&reference.target_columns)
        .map(|(here, there)| format!("c.{} = n.{}", Ident(here), Ident(there)))
        .collect();
    let sql = format!(
        "SELECT count(*)::text FROM {} AS c JOIN {} ON {}",
        live::relation(&opened.schema, child),
        typed.relation("n"),
        pairs.join(" AND "),
    );
    Ok(sum(fetch_text_arrays(session, &sql, &columns).await?))
}

/// A reference with an action makes the server run a statement on the referring table for each row that
/// goes, at which triggers for statements fire even where it finds no row: they are silenced as well.
async fn quieten(
    session: &mut Session,
    opened: &Opened,
    differences: &Differences,
    judgement: &mut Judgement,
) -> Result<()> {
    let going = differences
        .iter()
        .filter(|(_, found)| found.pair.written && found.counts().extra > 0);
    let referring: BTreeSet<TableName> = going
        .flat_map(|(name, _)| inward::referring(opened, name))
        .filter(|(_, reference)| reference.on_delete.writes())
        .map(|(child, _)| child)
        .collect();
    let sql = include_str!("statement_triggers.sql");
    for row in fetch_text_arrays(session, sql, &name_columns(&referring)).await? {
        let [Some(schema), Some(table), Some(trigger), Some(is_owned)] =
            <[Option<String>; 4]>::try_from(row).unwrap_or_default()
        else {
            continue;
        };
        let table = TableName::new(schema, table);
        if is_owned == "true" {
            judgement.quieted.insert(table);
        } else {
            judgement.findings.push(super::fires(&table, &trigger));
        }
    }
    Ok(())
}

/// Event triggers are the administrator's: they fire when triggers are disabled and set back, and may
/// do anything or refuse.
async fn note_event_triggers(session: &mut Session, judgement: &mut Judgement) -> Result<()> {
    let sql = "SELECT e.evtname::text FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled IN ('O', 'A') \
               AND e.evtevent IN ('ddl_command_start', 'ddl_command_end') \
               AND (e.evttags IS NULL OR 'ALTER TABLE' = ANY (e.evttags)) ORDER BY 1";
    let rows = session.fetch_text_rows(sql, &[]).await?;
    let names: Vec<String> = rows.into_iter().flatten().flatten().collect();
    if !names.is_empty() {
        judgement.findings.push(Finding {
            effect: Effect::Noted,
            code: "event_trigger_fires",
            table: None,
            column: None,
            row_count: None,
            reason: format!(
                "Triggers are disabled and set back, at which event triggers of this database fire: {}.",
                names.join(", ")
            ),
        });
    }
    Ok(())
}
