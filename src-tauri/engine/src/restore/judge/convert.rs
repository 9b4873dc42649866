//! Values of the archive as today's columns hold them: types are converted by the server, an empty value
//! where none is allowed any more is filled, and a row that is then as it is found does not change.

use std::collections::BTreeMap;

use crate::company::Opened;
use crate::difference::{Change, Conversion, Effect, Finding, SpoolWriter, TableDifference};
use crate::model::{Column, Generation, Table};
use crate::pg::{Session, fetch_text_arrays};
use crate::rows::{fields, is_null, push_escaped, text_of};
use crate::{Code, Result};

/// Bytes of rows that are converted together.
const BATCH_BYTES: usize = 4 << 20;

/// Types whose values cannot be compared, or not by all that they are.
const WITHOUT_EQUALITY: &[&str] = &[
    "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle",
];

/// A value as the column's type has it today.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Converted {
    /// It is carried, perhaps written otherwise.
    Kept(String),
    /// The type takes it and loses something.
    Cut(String),
    /// The type refuses it.
    Refused,
}

/// What is done with the values of one column.
struct Converting {
    position: usize,
    column: String,
    /// Today's type and, where the server still knows it, the archive's.
    types: Option<(String, Option<String>)>,
    /// NULL is refused; the default, where it is one that can be asked for.
    fills: Option<Option<String>>,
    refused: u64,
    filled: u64,
    kept: u64,
    empty: u64,
}

/// One row that differs, its wanted side in fields.
struct Row {
    wanted: Vec<Option<String>>,
    found: Option<Vec<u8>>,
}

/// Converts the rows that come back or change, and lists what cannot be carried.
pub(super) async fn mend(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    spill_folder: &std::path::Path,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let name = difference.pair.table.clone();
    let Some(table) = opened.schema.tables.get(&name) else {
        return Ok(());
    };
    let mut converting = converting(session, table, difference).await?;
    if converting.is_empty() {
        return Ok(());
    }
    let mut writer = SpoolWriter::new(spill_folder);
    writer.count_same(difference.counts().same);
    let width = difference.pair.columns.len();
    let mut is_altered = false;
    let mut rows = difference.spool.reader()?;
    let mut batch = Vec::new();
    let mut byte_count = 0;
    loop {
        let change = rows.next()?;
        let is_last = change.is_none();
        match change {
            Some(Change::Missing { wanted }) => {
                byte_count += wanted.len();
                batch.push(Row::new(wanted, None)?);
            }
            Some(Change::Changed { wanted, found }) => {
                byte_count += wanted.len() + found.len();
                batch.push(Row::new(wanted, Some(found))?);
            }
            Some(other) => writer.push(other)?,
            None => {}
        }
        if is_last || byte_count >= BATCH_BYTES {
            is_altered |= convert(session, &mut batch, &mut converting).await?;
            for row in batch.drain(..) {
                row.push(&mut writer, width)?;
            }
            byte_count = 0;
        }
        if is_last {
            break;
        }
    }
    difference.spool = writer.finish()?;
    if is_altered {
        // The rows are no longer those of the archive, so their fingerprint is not known beforehand.
        difference.after = None;
    }
    for one in &converting {
        one.tell(&name, findings);
    }
    Ok(())
}

async fn converting(
    session: &mut Session,
    table: &Table,
    difference: &TableDifference,
) -> Result<Vec<Converting>> {
    let mut by_position: BTreeMap<usize, Converting> = BTreeMap::new();
    for (position, conversion) in &difference.pair.conversions {
        let name = difference.pair.columns.get(*position);
        let Some(column) = name.and_then(|name| table.column(name)) else {
            continue;
        };
        let one = by_position.entry(*position).or_insert_with(|| Converting {
            position: *position,
            column: column.name.clone(),
            types: None,
            fills: None,
            refused: 0,
            filled: 0,
            kept: 0,
            empty: 0,
        });
        match conversion {
            Conversion::NotNull => one.fills = Some(askable_default(column)),
            Conversion::Type => {
                let old = difference.pair.since.old_types.get(position);
                let old = match old {
                    Some(old) => known_type(session, old).await?,
                    None => None,
                };
                one.types = Some((column.type_name.clone(), old));
            }
        }
    }
    Ok(by_position.into_values().collect())
}

/// The default of a column, unless asking for it would take a number from a sequence.
fn askable_default(column: &Column) -> Option<String> {
    let default = column.default.as_ref()?;
    let takes_a_number = column.sequence.is_some() || default.contains("nextval(");
    (!takes_a_number && column.generation == Generation::None)
        .then(|| format!("({default})::{}", column.type_name))
}

/// The name, where the server knows a type of that name.
async fn known_type(session: &mut Session, name: &str) -> Result<Option<String>> {
    let sql = "SELECT (to_regtype($1) IS NOT NULL)::text";
    let rows = session.fetch_text_rows(sql, &[Some(name)]).await?;
    let is_known = rows.into_iter().flatten().flatten().next().as_deref() == Some("true");
    Ok(is_known.then(|| name.to_owned()))
}

async fn convert(
    session: &mut Session,
    rows: &mut [Row],
    converting: &mut [Converting],
) -> Result<bool> {
    let mut is_altered = false;
    for one in converting {
        if let Some((today, old)) = &one.types {
            let values: Vec<Option<String>> = rows
                .iter()
                .map(|row| row.wanted.get(one.position).cloned().flatten())
                .collect();
            let converted = convert_values(session, values, today, old.as_deref()).await?;
            for (row, converted) in rows.iter_mut().zip(converted) {
                is_altered |= one.take(row, converted)?;
            }
        }
        let Some(default) = &one.fills else { continue };
        let is_empty = |row: &&mut Row| row.wanted.get(one.position).is_some_and(Option::is_none);
        let empty: Vec<&mut Row> = rows.iter_mut().filter(is_empty).collect();
        if empty.is_empty() {
            continue;
        }
        is_altered = true;
        let defaults = match default {
            Some(default) => defaults(session, default, empty.len()).await?,
            None => vec![None; empty.len()],
        };
        for (row, default) in empty.into_iter().zip(defaults) {
            let todays = row.todays(one.position)?;
            let (value, count) = match (default, todays) {
                (Some(default), _) => (Some(default), &mut one.filled),
                (None, Some(todays)) => (Some(todays), &mut one.kept),
                (None, None) => (None, &mut one.empty),
            };
            *count += 1;
            if let Some(field) = row.wanted.get_mut(one.position) {
                *field = value;
            }
        }
    }
    Ok(is_altered)
}

/// A value of the default for each row: some defaults are another one each time.
async fn defaults(
    session: &mut Session,
    default: &str,
    row_count: usize,
) -> Result<Vec<Option<String>>> {
    let sql = format!(
        "SELECT CASE WHEN d.v IS NOT NULL THEN format('%s', d.v) END \
         FROM (SELECT {default} AS v FROM generate_series(1, $1::text::bigint)) AS d"
    );
    let rows = session
        .fetch_text_rows(&sql, &[Some(&row_count.to_string())])
        .await?;
    Ok(rows.into_iter().flatten().collect())
}

/// Converts values, asking the server, which alone knows. One that it refuses fails the statement, so the
/// values are halved until the bad ones stand alone; a good half costs one query.
async fn convert_values(
    session: &mut Session,
    values: Vec<Option<String>>,
    today: &str,
    old: Option<&str>,
) -> Result<Vec<Option<Converted>>> {
    let text = |value: &str| format!("format('%s', {value})");
    let converted = text(&format!("v.a::{today}"));
    let is_kept = match old {
        // Only the spaces between its parts are not kept.
        Some("json") if today == "jsonb" => "true".to_owned(),
        Some(old) if WITHOUT_EQUALITY.contains(&old.trim_end_matches("[]")) => format!(
            "{} = {}",
            text(&format!("{converted}::{old}")),
            text(&format!("v.a::{old}"))
        ),
        Some(old) => format!("{converted}::{old} = v.a::{old}"),
        None => format!("{converted} = v.a"),
    };
    let sql = format!(
        "SELECT CASE WHEN v.a IS NOT NULL THEN {converted} END, \
         CASE WHEN v.a IS NOT NULL THEN ({is_kept})::text END \
         FROM unnest($1::text[]) WITH ORDINALITY AS v(a, place) ORDER BY v.place"
    );
    // A value may fit today's type and have no way back: then it is only known whether the text is the same.
    let one_way =
        format!("SELECT {converted}, ({converted} = v.a)::text FROM unnest($1::text[]) AS v(a)");
    let mut done = vec![None; values.len()];
    let mut open = vec![(0, values)];
    while let Some((begin, mut values)) = open.pop() {
        let is_one = values.len() == 1;
        let columns = std::slice::from_ref(&values);
        let mut answer = fetch_text_arrays(session, &sql, columns).await;
        if is_one && refuses(&answer) {
            answer = fetch_text_arrays(session, &one_way, columns).await;
        }
        if refuses(&answer) && is_one {
            if let Some(place) = done.get_mut(begin) {
                *place = Some(Converted::Refused);
            }
            continue;
        }
        if refuses(&answer) {
            let right = values.split_off(values.len() / 2);
            open.push((begin + values.len(), right));
            open.push((begin, values));
            continue;
        }
        for (row, place) in answer?.into_iter().zip(done.iter_mut().skip(begin)) {
            let [value, is_kept] = <[Option<String>; 2]>::try_from(row).unwrap_or_default();
            *place = value.map(|value| match is_kept.as_deref() {
                Some("true") => Converted::Kept(value),
                _ => Converted::Cut(value),
            });
        }
    }
    Ok(done)
}

fn refuses<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(error) if error.code() == Code::DatabaseFailed)
}

impl Row {
    fn new(wanted: &[u8], found: Option<&[u8]>) -> Result<Self> {
        Ok(Self {
            wanted: fields(wanted).map(text_of).collect::<Result<_>>()?,
            found: found.map(<[u8]>::to_vec),
        })
    }

    /// The value that the row has now, where it is there and has one.
    fn todays(&self, position: usize) -> Result<Option<String>> {
        let field = self
            .found
            .as_ref()
            .and_then(|found| fields(found).nth(position));
        field
            .filter(|field| !is_null(field))
            .map_or(Ok(None), text_of)
    }

    fn push(self, writer: &mut SpoolWriter, width: usize) -> Result<()> {
        let mut wanted = Vec::new();
        for (number, value) in self.wanted.iter().enumerate() {
            if number > 0 {
                wanted.push(b'\t');
            }
            push_escaped(&mut wanted, value.as_deref().map(str::as_bytes));
        }
        let wanted = wanted.as_slice();
        match &self.found {
            None => writer.push(Change::Missing { wanted }),
            Some(found) if fields(found).take(width).eq(fields(wanted)) => {
                writer.push(Change::Same { found })
            }
            Some(found) => writer.push(Change::Changed { wanted, found }),
        }
    }
}

impl Converting {
    /// Puts the converted value into the row; whether that altered it.
    fn take(&mut self, row: &mut Row, converted: Option<Converted>) -> Result<bool> {
        let value = match converted {
            None => return Ok(false),
            Some(Converted::Refused) => {
                self.refused += 1;
                return Ok(false);
            }
            Some(Converted::Kept(value)) => value,
            // A migration that cut the row's value as it is cut here has done nothing that is undone.
            Some(Converted::Cut(value)) => {
                if row.todays(self.position)?.as_ref() != Some(&value) {
                    self.refused += 1;
                }
                value
            }
        };
        let Some(field) = row.wanted.get_mut(self.position) else {
            return Ok(false);
        };
        let is_altered = field.as_ref() != Some(&value);
        *field = Some(value);
        Ok(is_altered)
    }

    fn tell(&self, table: &crate::model::TableName, findings: &mut Vec<Finding>) {
        let told = [
            (
                self.refused,
                Effect::Blocked,
                "type_changed",
                "Values of the backup do not fit the type that this column has today.",
            ),
            (
                self.filled,
                Effect::Defaulted,
                "null_defaulted",
                "The backup has rows with no value here, which is refused today; they get the default.",
            ),
            (
                self.kept,
                Effect::Defaulted,
                "null_kept",
                "The backup has rows with no value here, which is refused today; they keep today's value.",
            ),
            (
                self.empty,
                Effect::Blocked,
                "null_refused",
                "The backup has rows with no value here, which is refused today, and there is no default.",
            ),
        ];
        for (row_count, effect, code, reason) in told {
            if row_count > 0 {
                let finding = Finding::new(effect, code, table, reason);
                findings.push(finding.column(&self.column).rows(row_count));
            }
        }
    }
}
