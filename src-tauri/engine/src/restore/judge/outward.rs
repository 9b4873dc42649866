//! References of rows that come back, into tables that the restore does not write: people, shared and
//! kept rows may have gone since; and references that the archive's rows were not under. A value that may be empty becomes NULL and is listed; a row that must
//! have it blocks.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::company::Opened;
use crate::difference::{Change, Effect, Finding, SpoolWriter, TableDifference, parts};
use crate::model::{Reference, Table, TableName};
use crate::pg::{Session, fetch_text_arrays};
use crate::restore::batch::TypedColumns;
use crate::restore::known::KnownBroken;
use crate::restore::referred::{Followed, Referred, Target, raw_key};
use crate::rows::{fields, text_of};
use crate::{Code, Error, Result};

use super::moving::{Moving, new_references};

/// Distinct values asked about at once.
const MOST_VALUES: usize = 50_000;

/// A reference whose target is not written, with where its columns stand.
struct Outside<'a> {
    reference: &'a Reference,
    positions: Vec<usize>,
    gone: HashSet<Vec<u8>>,
    /// Which of the positions may be emptied; none where the row must have the reference.
    nullable: Vec<usize>,
    row_count: u64,
}

/// The tables and columns, outside of what is written, at which rows that those of such tables refer to are not
/// there. Most often none, and then no table is looked at by itself.
pub(super) async fn lacking(
    session: &mut Session,
    opened: &Opened,
    differences: &mut BTreeMap<TableName, TableDifference>,
    written: &[&TableName],
) -> Result<BTreeSet<Target>> {
    let mut followed = Vec::new();
    for (name, difference) in differences.iter_mut() {
        let counts = difference.counts();
        let Some(table) = opened.schema.tables.get(name) else {
            continue;
        };
        if !written.contains(&name) || counts.missing + counts.changed == 0 {
            continue;
        }
        let new = new_references(opened, name, difference);
        let outside: Vec<Followed<'_>> = outside(opened, table, difference)
            .into_iter()
            .filter(|one| !new.contains(&one.reference))
            .map(|one| (one.reference, None))
            .collect();
        followed.push((difference, outside));
    }
    let (mut referred, left) = read_all(opened, followed)?;
    for (difference, outside) in left {
        referred.follow(session, difference, &outside).await?;
    }
    referred.lacking(session).await
}

/// A table's difference with the references to follow in it.
type Followable<'d, 'r> = (&'d mut TableDifference, Vec<Followed<'r>>);

/// What all rows refer to, as far as memory has room: read on two threads, since nobody else has anything to do
/// meanwhile. With the tables for which there was no room.
fn read_all<'a, 'd, 'r>(
    opened: &Opened,
    followed: Vec<Followable<'d, 'r>>,
) -> Result<(Referred<'a>, Vec<Followable<'d, 'r>>)> {
    let row_count = |(difference, _): &Followable<'_, '_>| {
        let counts = difference.counts();
        counts.missing + counts.changed
    };
    let [first, second] = parts(followed, row_count);
    let see = |half: Vec<Followable<'d, 'r>>| -> Result<_> {
        let mut referred = Referred::new(opened, None).halved();
        let mut left = Vec::new();
        for (difference, outside) in half {
            if !referred.see_all(difference, &outside)? {
                left.push((difference, outside));
            }
        }
        Ok((referred, left))
    };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| see(first));
        let second = see(second);
        (first.join(), second)
    });
    let died = |_| {
        Error::new(
            Code::Defect,
            "Reading what rows refer to ended without an answer.",
        )
    };
    let ((mut referred, mut left), (other, more)) = (first.map_err(died)??, second?);
    referred.add(other);
    left.extend(more);
    Ok((referred, left))
}

fn target_of(followed: &Outside<'_>) -> Target {
    let reference = followed.reference;
    (reference.target.clone(), reference.target_columns.clone())
}

/// Finds references that would lead nowhere and takes those that may be empty out of the rows.
pub(super) async fn mend(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    (known, moving, lacking): (&KnownBroken, &Moving, &BTreeSet<Target>),
    spill_folder: &std::path::Path,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let name = difference.pair.table.clone();
    let Some(table) = opened.schema.tables.get(&name) else {
        return Ok(());
    };
    let mut followed = outside(opened, table, difference);
    let new = new_references(opened, &name, difference);
    followed.retain(|one| new.contains(&one.reference) || lacking.contains(&target_of(one)));
    for one in &mut followed {
        one.gone = gone(session, opened, difference, one).await?;
        moving.correct(one.reference, &mut one.gone);
        if let Some(values) = known.values(&name, &one.reference.columns) {
            one.gone.retain(|key| !values.contains(key));
        }
    }
    followed.retain(|one| !one.gone.is_empty());
    if followed.is_empty() {
        return Ok(());
    }
    rewrite(difference, &mut followed, spill_folder)?;
    for one in followed.iter().filter(|one| one.row_count > 0) {
        let target = &one.reference.target;
        let column = one.reference.columns.join(", ");
        let finding = if !one.nullable.is_empty() {
            let reason = format!(
                "What these rows referred to in {target} is gone; they come back without it."
            );
            Finding::new(Effect::Defaulted, "reference_emptied", &name, reason)
        } else {
            let reason = format!("What these rows must refer to in {target} is gone.");
            Finding::new(Effect::Blocked, "reference_gone", &name, reason)
        };
        findings.push(finding.column(column).rows(one.row_count));
    }
    Ok(())
}

fn outside<'a>(
    opened: &Opened,
    table: &'a Table,
    difference: &TableDifference,
) -> Vec<Outside<'a>> {
    let is_written = |reference: &Reference| {
        opened
            .scope
            .tables
            .get(&reference.target)
            .is_some_and(|found| found.disposition.is_written())
    };
    let in_check = |column: &String| {
        table
            .checks
            .iter()
            .any(|check| check.columns.contains(column))
    };
    let new = new_references(opened, &difference.pair.table, difference);
    let outside = table
        .references
        .iter()
        .filter(|reference| !is_written(reference) || new.contains(reference));
    outside
        .filter_map(|reference| {
            let positions: Option<Vec<usize>> = reference
                .columns
                .iter()
                .map(|column| difference.pair.position(column))
                .collect();
            let positions = positions?;
            let nullable = reference
                .columns
                .iter()
                .zip(&positions)
                .filter(|(column, _)| {
                    table.column(column).is_some_and(|found| !found.not_null) && !in_check(column)
                });
            let nullable = nullable.map(|(_, position)| *position).collect();
            Some(Outside {
                reference,
                positions,
                gone: HashSet::new(),
                nullable,
                row_count: 0,
            })
        })
        .collect()
}

/// Which of the values that the difference brings are not there.
async fn gone(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    followed: &Outside<'_>,
) -> Result<HashSet<Vec<u8>>> {
    let Some(table) = opened.schema.tables.get(&difference.pair.table) else {
        return Ok(HashSet::new());
    };
    let typed = TypedColumns::led_to(table, followed.reference)?;
    let sql = typed.not_there(&followed.reference.target);
    let mut gone = HashSet::new();
    let mut asked: HashSet<Vec<u8>> = HashSet::new();
    let mut waiting: Vec<Vec<u8>> = Vec::new();
    let mut rows = difference.spool.reader()?;
    let mut ended = false;
    while !ended {
        match rows.next()? {
            Some(Change::Missing { wanted } | Change::Changed { wanted, .. }) => {
                if let Some(key) = raw_key(wanted, &followed.positions)
                    && !asked.contains(&key)
                {
                    asked.insert(key.clone());
                    waiting.push(key);
                }
            }
            Some(_) => {}
            None => ended = true,
        }
        if waiting.len() >= MOST_VALUES || (ended && !waiting.is_empty()) {
            let mut columns = vec![Vec::with_capacity(waiting.len()); typed.width()];
            for key in &waiting {
                for (column, field) in columns.iter_mut().zip(fields(key)) {
                    column.push(text_of(field)?);
                }
            }
            for place in fetch_text_arrays(session, &sql, &columns)
                .await?
                .into_iter()
                .flatten()
                .flatten()
            {
                let key = place
                    .parse::<usize>()
                    .ok()
                    .and_then(|place| waiting.get(place - 1));
                gone.extend(key.cloned());
            }
            waiting.clear();
            if asked.len() > MOST_VALUES {
                asked.clear();
            }
        }
    }
    Ok(gone)
}

/// Writes the spool anew with the emptied references; a changed row may turn out to be as found.
fn rewrite(
    difference: &mut TableDifference,
    followed: &mut [Outside<'_>],
    spill_folder: &std::path::Path,
) -> Result<()> {
    let width = difference.pair.columns.len();
    let mut writer = SpoolWriter::new(spill_folder);
    writer.count_same(difference.counts().same);
    let mut emptied: BTreeSet<usize> = BTreeSet::new();
    let mut line = Vec::new();
    let mut rows = difference.spool.reader()?;
    let mut altered = false;
    while let Some(change) = rows.next()? {
        let (Change::Missing { wanted } | Change::Changed { wanted, .. }) = change else {
            writer.push(change)?;
            continue;
        };
        emptied.clear();
        for one in followed.iter_mut() {
            if raw_key(wanted, &one.positions).is_some_and(|key| one.gone.contains(&key)) {
                one.row_count += 1;
                emptied.extend(one.nullable.iter().copied());
            }
        }
        if emptied.is_empty() {
            writer.push(change)?;
            continue;
        }
        altered = true;
        line.clear();
        for (position, field) in fields(wanted).enumerate() {
            if position > 0 {
                line.push(b'\t');
            }
            line.extend_from_slice(if emptied.contains(&position) {
                b"\\N"
            } else {
                field
            });
        }
        match change {
            Change::Changed { found, .. } if fields(found).take(width).eq(fields(&line)) => {
                writer.push(Change::Same { found })?;
            }
            Change::Changed { found, .. } => writer.push(Change::Changed {
                wanted: &line,
                found,
            })?,
            _ => writer.push(Change::Missing { wanted: &line })?,
        }
    }
    difference.spool = writer.finish()?;
    if altered {
        // The rows are no longer those of the archive, so their fingerprint is not known beforehand.
        difference.after = None;
    }
    Ok(())
}
