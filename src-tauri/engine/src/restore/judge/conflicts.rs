//! Keys and unique values that rows outside the difference hold: another company's row, or a row of
//! this company that stays as it is. A holder that goes or changes itself is no conflict.

use std::collections::{HashMap, HashSet};

use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, Effect, Finding, TableDifference, live};
use crate::model::{Table, UniqueIndex};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};
use crate::restore::batch::{Batches, Pick, TypedColumns, sum};
use crate::restore::park::parking_place;
use crate::restore::rights::References;
use crate::rows::KeyColumns;

use super::Judgement;
use super::coming::{Coming, Secrets};
use super::turns::{Turns, leading_to_missing};

/// Rows that hold a value which rows of the difference are to get.
#[derive(Debug, Default)]
pub(in crate::restore) struct Holders {
    /// Keys of rows of this company, each with the key of the row that is to get its value, in the form by
    /// which rows are ordered.
    pub(in crate::restore) own: HashMap<Vec<u8>, Vec<u8>>,
    /// Rows that are not this company's.
    pub(in crate::restore) foreign_count: u64,
}

impl Holders {
    /// Adds one row of the answer to [`holders_sql`].
    fn note(&mut self, row: &[Option<String>]) {
        let Some((is_own, keys)) = row.split_last() else {
            return;
        };
        if is_own.as_deref() != Some("true") {
            self.foreign_count += 1;
            return;
        }
        let (holder, getting) = keys.split_at(keys.len() / 2);
        self.own.insert(
            KeyColumns::key_of_values(holder),
            KeyColumns::key_of_values(getting),
        );
    }
}

/// Whether the server refuses rows of the difference exactly where others hold their keys or unique values,
/// and at once: the company has no row in the table that could make room or be in the way itself.
pub(super) fn shows_by_writing(opened: &Opened, difference: &TableDifference) -> bool {
    let counts = difference.counts();
    let table = opened.schema.tables.get(&difference.pair.table);
    let is_put_off = table.is_none_or(|table| table.uniques.iter().any(|found| found.deferrable));
    let found = counts.same + counts.changed + counts.extra;
    found == 0 && difference.pair.since.uniques.is_empty() && !is_put_off
}

/// Looks at the key and at every unique index of a table.
pub(super) async fn judge(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    judgement: &mut Judgement,
) -> Result<()> {
    let name = difference.pair.table.clone();
    let Some(table) = opened.schema.tables.get(&name) else {
        return Ok(());
    };
    let enforced = judgement.course.references == References::Enforced;
    if difference.counts().missing > 0 && !difference.pair.key_columns.is_empty() {
        let held = keys_held(session, opened, table, difference).await?;
        if held.foreign > 0 {
            let reason = "Rows that come back have keys that rows of another company hold now.";
            judgement.findings.push(
                Finding::new(Effect::Blocked, "key_held_elsewhere", &name, reason)
                    .rows(held.foreign),
            );
        }
        if held.own > 0 && enforced {
            judgement.course.first.insert(name.clone());
        }
    }
    let mut turns = Turns::default();
    for unique in &table.uniques {
        if difference.pair.since.uniques.contains(&unique.name) {
            let row_count = twice(session, opened, table, unique, difference).await?;
            if row_count > 0 {
                let reason = format!(
                    "Rows of the backup share values that must be unique today ({}).",
                    unique.name
                );
                let finding = Finding::new(Effect::Blocked, "value_twice", &name, reason);
                judgement.findings.push(finding.rows(row_count));
            }
        }
        let Some(held) = holders(session, opened, table, unique, difference).await? else {
            if enforced && difference.counts().extra > 0 {
                judgement.may_leave_first.insert(name.clone());
            }
            continue;
        };
        if held.foreign_count > 0 {
            let reason = format!(
                "Values that must be unique ({}) are held by rows of another company now.",
                unique.name
            );
            judgement.findings.push(
                Finding::new(Effect::Blocked, "value_held_elsewhere", &name, reason)
                    .rows(held.foreign_count),
            );
        }
        if !held.own.is_empty() {
            make_room(
                session,
                opened,
                (table, unique),
                difference,
                &held.own,
                (judgement, &mut turns),
            )
            .await?;
        }
    }
    take_turns(table, difference, turns, judgement)
}

/// Decides in which order rows change that have no place to wait.
fn take_turns(
    table: &Table,
    difference: &mut TableDifference,
    turns: Turns,
    judgement: &mut Judgement,
) -> Result<()> {
    if turns.is_empty() {
        return Ok(());
    }
    let name = difference.pair.table.clone();
    let index_names = turns.index_names();
    let blocked = |reason: String, row_count| {
        Finding::new(Effect::Blocked, "value_not_free", &name, reason).rows(row_count)
    };
    let turns = match turns.in_order() {
        Ok(turns) => turns,
        Err(row_count) => {
            let reason = format!(
                "Rows swap values that must be unique ({index_names}), and there is no free value to put in between."
            );
            judgement.findings.push(blocked(reason, row_count));
            return Ok(());
        }
    };
    let references = judgement.course.references;
    let too_early = leading_to_missing(table, difference, &turns, references)?;
    if too_early > 0 {
        let reason = format!(
            "Rows must give up values that must be unique ({index_names}) before rows come back to which they refer, and there is no free value to put in between; a role that may silence references can restore this."
        );
        judgement.findings.push(blocked(reason, too_early));
    } else {
        judgement.course.turns.insert(name, turns);
    }
    Ok(())
}

/// Rows that come back or change with values that an earlier one of them has already.
async fn twice(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    unique: &UniqueIndex,
    difference: &mut TableDifference,
) -> Result<u64> {
    if unique.exclusion {
        return Ok(0);
    }
    let (names, secrets) = (&unique.columns, Secrets::Held);
    let coming = Coming::of(session, opened, difference, table, names, secrets).await?;
    let expressions: Vec<String> = unique
        .expressions
        .iter()
        .map(|expression| format!("({expression})"))
        .collect();
    let mut conditions: Vec<String> = unique.predicate.iter().cloned().collect();
    if !unique.nulls_not_distinct {
        let filled = expressions
            .iter()
            .map(|found| format!("{found} IS NOT NULL"));
        conditions.extend(filled);
    }
    let only = match conditions.as_slice() {
        [] => "true".to_owned(),
        all => all.join(" AND "),
    };
    let mut known: HashSet<[u8; 32]> = HashSet::new();
    let mut row_count = 0;
    for part in &coming.parts {
        let sql = format!(
            "SELECT format('%s', ROW({})) FROM {} AS n WHERE {only}",
            expressions.join(", "),
            part.relation
        );
        let positions = part.positions.clone();
        let mut batches = Batches::new(&mut difference.spool, part.pick, positions)?;
        while let Some(batch) = batches.next()? {
            for value in fetch_text_arrays(session, &sql, &batch.columns)
                .await?
                .into_iter()
                .flatten()
            {
                let hash = blake3::hash(value.unwrap_or_default().as_bytes());
                row_count += u64::from(!known.insert(*hash.as_bytes()));
            }
        }
    }
    Ok(row_count)
}

/// Finds out how rows of this company that hold wanted values get out of the way.
async fn make_room(
    session: &mut Session,
    opened: &Opened,
    (table, unique): (&Table, &UniqueIndex),
    difference: &mut TableDifference,
    holders: &HashMap<Vec<u8>, Vec<u8>>,
    (judgement, turns): (&mut Judgement, &mut Turns),
) -> Result<()> {
    let name = difference.pair.table.clone();
    let course = &mut judgement.course;
    let mut keys: Keys = holders.keys().cloned().collect();
    let (going, changing) = touched(difference, &mut keys)?;
    if !keys.is_empty() {
        let reason = format!(
            "Values that must be unique ({}) are held by rows that stay as they are.",
            unique.name
        );
        let row_count = keys.len() as u64;
        judgement
            .findings
            .push(Finding::new(Effect::Blocked, "value_held", &name, reason).rows(row_count));
    }
    // Silent references let all rows that go leave first; a deferrable index is put off.
    let enforced = course.references == References::Enforced;
    let mut waiting = changing.clone();
    if enforced {
        if unique.deferrable {
            return Ok(());
        }
        waiting.extend(going.iter().cloned());
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let index = (table, unique);
    let references = course.references;
    let place = parking_place(session, opened, index, difference, &waiting, references).await?;
    if let Some(place) = place {
        course.parked.insert((name, unique.name.clone()), place);
        return Ok(());
    }
    if enforced && !going.is_empty() {
        course.first.insert(name);
    }
    if !changing.is_empty() {
        turns.add(&unique.name, holders, &changing);
    }
    Ok(())
}

/// Keys of rows, in the form by which rows are ordered.
type Keys = HashSet<Vec<u8>>;

/// Takes the rows that go and those that change out of the set.
fn touched(difference: &mut TableDifference, keys: &mut Keys) -> Result<(Keys, Keys)> {
    let key_columns = difference.pair.key();
    let (mut going, mut changing) = (Keys::new(), Keys::new());
    let mut key = Vec::new();
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        let (found, kind) = match change {
            Change::Extra { found } => (found, &mut going),
            Change::Changed { found, .. } => (found, &mut changing),
            Change::Missing { .. } | Change::Same { .. } => continue,
        };
        key.clear();
        key_columns.push_key(found, &mut key);
        kind.extend(keys.take(&key));
    }
    Ok((going, changing))
}

/// Rows that hold keys of rows that come back.
#[derive(Default)]
struct HeldKeys {
    /// The company's own: equal by value and not as text, or they would be the same rows.
    own: u64,
    foreign: u64,
}

async fn keys_held(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    difference: &mut TableDifference,
) -> Result<HeldKeys> {
    let pair = difference.pair.clone();
    let typed = TypedColumns::of(table, &pair.key_columns)?;
    let positions: Vec<usize> = pair
        .key_columns
        .iter()
        .filter_map(|column| pair.position(column))
        .collect();
    let sql = format!(
        "SELECT (({}) IS TRUE)::text, count(*)::text FROM {} JOIN {} AS t ON {} GROUP BY 1",
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
        typed.relation("n"),
        live::relation(&opened.schema, &pair.table),
        typed.equal("t", "n"),
    );
    let mut held = HeldKeys::default();
    let mut batches = Batches::new(&mut difference.spool, Pick::Missing, positions)?;
    while let Some(batch) = batches.next()? {
        for row in fetch_text_arrays(session, &sql, &batch.columns).await? {
            let is_own = row.first().cloned().flatten().as_deref() == Some("true");
            let count = sum(vec![row.into_iter().skip(1).collect()]);
            *(if is_own {
                &mut held.own
            } else {
                &mut held.foreign
            }) += count;
        }
    }
    Ok(held)
}

/// Finds who holds the values of one unique index that rows of the difference are to get; `None` where
/// it is not known what the rows will have there, so that only the server can tell, when it is applied.
///
/// # Errors
/// Errors of the connection and of this computer's disk.
pub(in crate::restore) async fn holders(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    unique: &UniqueIndex,
    difference: &mut TableDifference,
) -> Result<Option<Holders>> {
    let pair = difference.pair.clone();
    if pair.key_columns.is_empty() || unique.exclusion {
        return Ok(None);
    }
    let mut names = pair.key_columns.clone();
    names.extend(
        unique
            .columns
            .iter()
            .filter(|column| !pair.key_columns.contains(column))
            .cloned(),
    );
    let secrets = Secrets::Held;
    let coming = Coming::of(session, opened, difference, table, &names, secrets).await?;
    if !coming.is_whole {
        return Ok(None);
    }
    let mut held = Holders::default();
    for part in &coming.parts {
        let sql = holders_sql(opened, difference, unique, &part.relation);
        let positions = part.positions.clone();
        let mut batches = Batches::new(&mut difference.spool, part.pick, positions)?;
        while let Some(batch) = batches.next()? {
            for row in fetch_text_arrays(session, &sql, &batch.columns).await? {
                held.note(&row);
            }
        }
    }
    Ok(Some(held))
}

/// Live rows with the same indexed values and another key: their keys and those of the wanted rows as COPY
/// text, and whether they are the company's.
fn holders_sql(
    opened: &Opened,
    difference: &TableDifference,
    unique: &UniqueIndex,
    wanted: &str,
) -> String {
    let pair = &difference.pair;
    let expressions: Vec<String> = unique
        .expressions
        .iter()
        .enumerate()
        .map(|(number, expression)| format!("({expression}) AS e{number}"))
        .collect();
    let indexed = expressions.join(", ");
    let only = unique
        .predicate
        .as_ref()
        .map_or_else(String::new, |predicate| format!(" WHERE {predicate}"));
    let keys: Vec<String> = pair
        .key_columns
        .iter()
        .enumerate()
        .map(|(number, column)| format!("{} AS k{number}", Ident(column)))
        .collect();
    let keys = keys.join(", ");
    let text: Vec<String> = ["h", "w"]
        .iter()
        .flat_map(|side| {
            (0..pair.key_columns.len()).map(move |number| format!("format('%s', {side}.k{number})"))
        })
        .collect();
    let comparison = if unique.nulls_not_distinct {
        "IS NOT DISTINCT FROM"
    } else {
        "="
    };
    let equal: Vec<String> = (0..unique.expressions.len())
        .map(|number| format!("h.e{number} {comparison} w.e{number}"))
        .collect();
    let same_key: Vec<String> = (0..pair.key_columns.len())
        .map(|number| format!("h.k{number} = w.k{number}"))
        .collect();
    format!(
        "SELECT DISTINCT {}, h.own::text FROM (SELECT {keys}, {indexed}, ({}) IS TRUE AS own FROM {} AS t{only}) AS h \
         JOIN (SELECT {keys}, {indexed} FROM {wanted} AS n{only}) AS w ON {} WHERE NOT ({})",
        text.join(", "),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
        Qualified(&pair.table),
        equal.join(" AND "),
        same_key.join(" AND "),
    )
}
