//! The group that a new company is in: one of its own with a copy of everything, or one that is there,
//! whose own rows are found by what tells them apart and are never written.

use std::collections::BTreeSet;

use super::carry::Knowledge;
use super::read::Source;
use crate::company::Opened;
use crate::difference::TablePair;
use crate::model::{Table, TableName};
use crate::pg::{Ident, Qualified, fetch_text_arrays};
use crate::rekey::{Fate, Rule, TableTally};
use crate::rows::{field_at, fields, is_null, text_of, unescape};
use crate::{Code, Error, Result};

/// Rows of one of the group's tables past which a group is not joined: they are held in memory.
const MOST_ROWS: usize = 500_000;

/// The group of a new company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its key.
    pub id: String,
    /// Whether it was there before.
    pub is_joined: bool,
    /// What it has and the backup has otherwise, where it is joined.
    pub differences: Vec<GroupDifference>,
}

/// One table of a group that is joined, beside the backup's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDifference {
    /// The table.
    pub table: TableName,
    /// Rows of the backup that the group has.
    pub same: u64,
    /// Rows of the backup that the group has with other values; its own stay.
    pub differing: u64,
    /// Rows of the backup that the group does not have; they are not added.
    pub lacking: u64,
}

/// Finds the group's rows for those of the backup, parents first.
///
/// # Errors
/// Errors of the archive and of the connection; `group_conflict` where a group has too many rows.
pub(super) async fn join(
    opened: &mut Opened,
    source: &Source,
    pairs: &[TablePair],
    known: &mut Knowledge,
) -> Result<Vec<GroupDifference>> {
    let mut differences = Vec::new();
    for pair in pairs {
        let Some(table) = opened.schema.tables.get(&pair.table).cloned() else {
            continue;
        };
        let rows = rows(source, pair, known)?;
        let mut found: Vec<Option<Vec<Option<String>>>> = vec![None; rows.len()];
        for columns in natural_keys(&table, pair, known) {
            match_rows(opened, &table, pair, &columns, &rows, &mut found).await?;
        }
        let mut difference = GroupDifference {
            table: pair.table.clone(),
            same: 0,
            differing: 0,
            lacking: 0,
        };
        let compared = compared(&table, pair, known);
        for (row, found) in rows.iter().zip(&found) {
            match found {
                None => difference.lacking += 1,
                Some(there) => {
                    let is_same = compared
                        .iter()
                        .all(|place| row.values.get(*place) == there.get(*place));
                    match is_same {
                        true => difference.same += 1,
                        false => difference.differing += 1,
                    }
                }
            }
        }
        note(known, &rows, &found);
        // That it is another group is known.
        if !is_groups_own(opened, &pair.table) {
            differences.push(difference);
        }
    }
    Ok(differences)
}

/// Whether it is the table of groups.
fn is_groups_own(opened: &Opened, table: &TableName) -> bool {
    let mut group = opened.profile.group.iter();
    group.any(|group| opened.profile.table_name(&group.table) == *table)
}

/// A row of the backup as it would be written, with the ids that it had.
struct GroupRow {
    values: Vec<Option<String>>,
    own: Vec<(Rule, Vec<u8>, usize)>,
}

fn rows(source: &Source, pair: &TablePair, known: &Knowledge) -> Result<Vec<GroupRow>> {
    let rewriter = known.rewriter(pair, &BTreeSet::new());
    let mut rows = Vec::new();
    let mut text = Vec::new();
    source.each_row(pair, |line| {
        text.clear();
        let fate = rewriter.row(line, &mut text, &mut TableTally::default());
        if fate != Fate::Carried {
            // What leads elsewhere cannot be the group's.
            text.clear();
        }
        let own = rewriter.columns.iter().enumerate();
        let own = own.filter_map(|(place, (position, rule))| {
            let is_own = matches!(rule, Rule::Own { .. } | Rule::OwnNumber(_));
            let field = field_at(line, *position).filter(|field| is_own && !is_null(field))?;
            Some(((*rule).clone(), unescape(field).into_owned(), place))
        });
        let own = own.collect();
        let line = text.strip_suffix(b"\n").unwrap_or_default();
        let values: Result<Vec<Option<String>>> = match line.is_empty() {
            true => Ok(Vec::new()),
            false => fields(line).map(text_of).collect(),
        };
        rows.push(GroupRow {
            values: values?,
            own,
        });
        if rows.len() > MOST_ROWS {
            return Err(Error::new(
                Code::GroupConflict,
                "The group has too many rows to be joined.",
            )
            .with("table", &pair.table));
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Columns that tell the group's rows apart, as places in the pair: unique ones without the row's own id.
fn natural_keys(table: &Table, pair: &TablePair, known: &Knowledge) -> Vec<Vec<usize>> {
    let Some(rules) = known.rules.tables.get(&pair.table) else {
        return Vec::new();
    };
    let key = table.key.iter().map(|key| &key.columns);
    let uniques = table.uniques.iter().filter(|unique| unique.plain);
    let is_own = |column: &String| {
        matches!(
            rules.column(column),
            Rule::Own { always: true, .. } | Rule::OwnNumber(_)
        )
    };
    key.chain(uniques.map(|unique| &unique.columns))
        .filter(|columns| !columns.iter().any(is_own))
        .filter_map(|columns| columns.iter().map(|column| pair.position(column)).collect())
        .collect()
}

/// Columns by which rows are said to differ: neither ids nor references nor people nor times.
fn compared(table: &Table, pair: &TablePair, known: &Knowledge) -> Vec<usize> {
    let rules = known.rules.tables.get(&pair.table);
    let counts = |column: &&String| {
        let is_time = table
            .column(column)
            .is_some_and(|column| column.type_name.starts_with("time"));
        let rule = rules.map(|rules| rules.column(column));
        !is_time
            && !matches!(
                rule,
                Some(
                    Rule::Own { .. }
                        | Rule::OwnNumber(_)
                        | Rule::Reference { .. }
                        | Rule::NumberReference { .. }
                        | Rule::Person(_)
                )
            )
    };
    let columns = pair.columns.iter().filter(counts);
    columns.filter_map(|column| pair.position(column)).collect()
}

/// Asks for the rows that are not found yet by those columns.
async fn match_rows(
    opened: &mut Opened,
    table: &Table,
    pair: &TablePair,
    columns: &[usize],
    rows: &[GroupRow],
    found: &mut [Option<Vec<Option<String>>>],
) -> Result<()> {
    let mut places = Vec::new();
    let mut values: Vec<Vec<Option<String>>> = vec![Vec::new(); columns.len()];
    for (place, row) in rows.iter().enumerate() {
        let key: Option<Vec<&String>> = columns
            .iter()
            .map(|column| row.values.get(*column)?.as_ref())
            .collect();
        let Some(key) = key.filter(|_| found.get(place).is_some_and(Option::is_none)) else {
            continue;
        };
        places.push(place);
        for (column, value) in values.iter_mut().zip(key) {
            column.push(Some(value.clone()));
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    let name = |place: &usize| pair.columns.get(*place).map_or("", String::as_str);
    let arrays: Vec<String> = (1..=columns.len())
        .map(|number| format!("${number}::text[]"))
        .collect();
    let names: Vec<String> = (0..columns.len())
        .map(|number| format!("k{number}"))
        .collect();
    let equal: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(number, place)| {
            let column = name(place);
            let type_name = table
                .column(column)
                .map_or("text", |column| column.type_name.as_str());
            format!("t.{} = v.k{number}::{type_name}", Ident(column))
        })
        .collect();
    // As COPY prints them, booleans among them.
    let select: Vec<String> = pair
        .columns
        .iter()
        .map(|column| {
            let column = Ident(column);
            format!("CASE WHEN t.{column} IS NOT NULL THEN format('%s', t.{column}) END")
        })
        .collect();
    let sql = format!(
        "SELECT v.place::text, {} FROM unnest({}) WITH ORDINALITY AS v({}, place) JOIN {} AS t ON {}",
        select.join(", "),
        arrays.join(", "),
        names.join(", "),
        Qualified(&pair.table),
        equal.join(" AND "),
    );
    for row in fetch_text_arrays(&mut opened.session, &sql, &values).await? {
        let mut row = row.into_iter();
        let place = row
            .next()
            .flatten()
            .and_then(|place| place.parse::<usize>().ok());
        let place = place.and_then(|place| places.get(place.checked_sub(1)?));
        if let Some(found) = place.and_then(|place| found.get_mut(*place)) {
            *found = Some(row.collect());
        }
    }
    Ok(())
}

/// What takes the place of the backup's ids.
fn note(known: &mut Knowledge, rows: &[GroupRow], found: &[Option<Vec<Option<String>>>]) {
    let mut numbers: BTreeSet<usize> = BTreeSet::new();
    for (row, found) in rows.iter().zip(found) {
        for (rule, old, place) in &row.own {
            let new = found.as_ref().and_then(|found| found.get(*place)?.as_ref());
            match (rule, new) {
                (Rule::Own { root, .. }, Some(new)) => {
                    known.ids.put_row(*root, old, new.as_bytes());
                }
                (Rule::Own { root, .. }, None) => known.ids.is_not_carried(*root, old),
                (Rule::OwnNumber(column), Some(new)) => {
                    let pair = super::read::number(old).zip(new.parse().ok());
                    if let (Some((old, new)), Some(found)) = (pair, known.numbers.get_mut(*column))
                    {
                        found.put(old, new);
                        numbers.insert(*column);
                    }
                }
                _ => {}
            }
        }
    }
    for column in numbers {
        if let Some(numbers) = known.numbers.get_mut(column) {
            numbers.settle();
        }
    }
}
