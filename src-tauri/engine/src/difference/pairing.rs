//! Fits the tables and columns of an archive to those that are there today.
//!
//! Only the schemas are looked at: what it finds holds for any rows. What depends on values (a NULL
//! where none is allowed any more, a value that does not fit a narrower type) is left as a
//! [`Conversion`] for whoever reads the rows.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Effect, Finding};
use crate::archive::{Manifest, TableEntry};
use crate::model::{
    Column, Generation, Profile, Reference, Schema, Table, TableKind, TableName, UniqueIndex,
};
use crate::rows::KeyColumns;
use crate::scope::{Scope, TableScope};

/// A value check that a column needs, because its rules are not those of the archive any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conversion {
    /// NULL is refused now.
    NotNull,
    /// The type is another one, or lost values: each value must be accepted by it.
    Type,
}

/// What the schema did to a table since the archive was made, as far as the rows decide what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Since {
    /// The archive's types of columns with [`Conversion::Type`], by position.
    pub old_types: BTreeMap<usize, String>,
    /// Columns that are gone, with where they stand in the archive's lines.
    pub dropped: Vec<(usize, String)>,
    /// Names of unique indexes that the archive's rows were not under.
    pub uniques: Vec<String>,
    /// Names of references that the archive's rows were not under.
    pub references: Vec<String>,
    /// Whether rows were known by other columns.
    pub other_key: bool,
    /// Whether it was put into partitions.
    pub partitioned: bool,
}

/// One table of the archive beside its live counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePair {
    /// The live table.
    pub table: TableName,
    /// The archive's name for it.
    pub archived: TableName,
    /// Live names of the columns that are compared and written, in the archive's order.
    pub columns: Vec<String>,
    /// Where those columns stand in the archive's lines; `None` where the lines are as they are.
    pub projection: Option<Vec<usize>>,
    /// Live columns that the archive does not have: read for the safety snapshot, never written.
    pub live_only: Vec<String>,
    /// Names of the key's columns; empty where a row is all of its columns.
    pub key_columns: Vec<String>,
    /// Whether the archive's rows are already in the order of that key.
    pub in_order: bool,
    /// Whether an in-place restore writes the table.
    pub written: bool,
    /// Value checks by position in `columns`.
    pub conversions: BTreeSet<(usize, Conversion)>,
    /// Names of CHECK constraints that the archive's rows were not under.
    pub new_checks: Vec<String>,
    /// What else the schema did since.
    pub since: Since,
}

impl TablePair {
    /// A live table beside itself, under the checks of those columns.
    #[must_use]
    pub fn of_live(
        schema: &Schema,
        scope: &Scope,
        table: &TableName,
        checked: &BTreeSet<&String>,
    ) -> Self {
        let columns = super::live::travelling_columns(schema, scope, table);
        let is_written = |found: &TableScope| found.disposition.is_written();
        let checks = schema.tables.get(table).map(|found| found.checks.iter());
        let new_checks = checks.into_iter().flatten().filter(|check| {
            let mut used = check.columns.iter();
            used.any(|column| checked.contains(column))
        });
        Self {
            key_columns: super::live::key_columns(schema, table, &columns),
            columns,
            projection: None,
            live_only: Vec::new(),
            in_order: true,
            written: scope.tables.get(table).is_some_and(is_written),
            conversions: BTreeSet::new(),
            new_checks: new_checks.map(|check| check.name.clone()).collect(),
            since: Since::default(),
            archived: table.clone(),
            table: table.clone(),
        }
    }

    /// Whether only the rows tell what became of the schema since.
    #[must_use]
    pub fn depends_on_rows(&self) -> bool {
        let Since {
            old_types: _,
            dropped,
            uniques,
            references,
            other_key,
            partitioned,
        } = &self.since;
        !self.conversions.is_empty()
            || !self.new_checks.is_empty()
            || !dropped.is_empty()
            || !uniques.is_empty()
            || !references.is_empty()
            || *other_key
            || *partitioned
    }

    /// The key as positions in `columns`.
    #[must_use]
    pub fn key(&self) -> KeyColumns {
        super::live::key_of(&self.columns, &self.key_columns)
    }

    /// Where a column stands in `columns`.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    /// The columns that a pass over the live rows reads: those that are compared, then the others.
    #[must_use]
    pub fn live_columns(&self) -> Vec<String> {
        self.columns
            .iter()
            .chain(&self.live_only)
            .cloned()
            .collect()
    }
}

/// An archive beside the live schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairing {
    /// Tables that are in both.
    pub pairs: Vec<TablePair>,
    /// What the schemas alone tell.
    pub findings: Vec<Finding>,
}

/// Fits an archive to the live schema.
#[must_use]
pub fn pair(manifest: &Manifest, schema: &Schema, scope: &Scope, profile: &Profile) -> Pairing {
    let mut pairing = Pairing::default();
    let names = Names { profile };
    for entry in &manifest.tables {
        pair_table(&mut pairing, entry, manifest, schema, scope, &names);
    }
    let paired: BTreeSet<&TableName> = pairing.pairs.iter().map(|pair| &pair.table).collect();
    let added: Vec<Finding> = scope
        .tables
        .iter()
        .filter(|(table, found)| found.disposition.is_written() && !paired.contains(table))
        .map(|(table, _)| {
            Finding::new(
                Effect::Noted,
                "table_not_in_backup",
                table,
                "The backup does not have this table; its rows stay.",
            )
        })
        .collect();
    pairing.findings.extend(added);
    pairing
}

fn pair_table(
    pairing: &mut Pairing,
    entry: &TableEntry,
    manifest: &Manifest,
    schema: &Schema,
    scope: &Scope,
    names: &Names<'_>,
) {
    let table = names.table(&entry.table, schema);
    let (Some(live), Some(table_scope)) = (schema.tables.get(&table), scope.tables.get(&table))
    else {
        if entry.row_count > 0 {
            let reason = "This table no longer exists; its rows cannot be put back.";
            pairing.findings.push(
                Finding::new(Effect::Discarded, "table_dropped", &entry.table, reason)
                    .rows(entry.row_count),
            );
        }
        return;
    };
    if !table_scope.disposition.is_archived() {
        if entry.row_count > 0 {
            let reason = "This table is left out of backups today; the archive's rows are ignored.";
            pairing.findings.push(
                Finding::new(Effect::Noted, "table_left_out_today", &table, reason)
                    .rows(entry.row_count),
            );
        }
        return;
    }
    let written = table_scope.disposition.is_written();
    let archived = manifest.catalog.tables.get(&entry.table);
    let mut pair = TablePair {
        table: table.clone(),
        archived: entry.table.clone(),
        columns: Vec::new(),
        projection: None,
        live_only: Vec::new(),
        key_columns: Vec::new(),
        in_order: false,
        written,
        conversions: BTreeSet::new(),
        new_checks: Vec::new(),
        since: Since::default(),
    };
    let mut positions = Vec::new();
    for (position, old_name) in entry.columns.iter().enumerate() {
        let name = names.column(&entry.table, old_name, live);
        let usable = live
            .column(&name)
            .filter(|column| is_stored(column) && !table_scope.secret_columns.contains(&name));
        let Some(column) = usable else {
            if written && live.column(&name).is_some_and(|column| !is_stored(column)) {
                let reason =
                    "The database computes this column today; the backup's values are not needed.";
                pairing.findings.push(
                    Finding::new(Effect::Noted, "column_generated", &table, reason).column(&name),
                );
            } else if written && !table_scope.secret_columns.contains(&name) {
                let reason = "This column no longer exists; its values are left out.";
                pairing.findings.push(
                    Finding::new(Effect::Discarded, "column_dropped", &table, reason)
                        .column(old_name),
                );
                pair.since.dropped.push((position, old_name.clone()));
            }
            continue;
        };
        let old = archived.and_then(|found| found.column(old_name));
        note_conversions(&mut pair, column, old, manifest, schema);
        pair.columns.push(name);
        positions.push(position);
    }
    if positions.iter().copied().ne(0..entry.columns.len()) {
        pair.projection = Some(positions);
    }
    note_live_only(pairing, &mut pair, live, &table_scope.secret_columns);
    if !fit_key(pairing, &mut pair, live, entry, names) {
        return;
    }
    let known: BTreeSet<&str> = archived
        .into_iter()
        .flat_map(|found| &found.checks)
        .map(|check| check.definition.as_str())
        .collect();
    pair.new_checks = live
        .checks
        .iter()
        .filter(|check| !known.contains(check.definition.as_str()))
        .map(|check| check.name.clone())
        .collect();
    note_constraints(&mut pair, live, archived, names);
    pairing.pairs.push(pair);
}

/// Which unique indexes and references the archive's rows were not under. Names may change; what counts
/// is what they say.
fn note_constraints(
    pair: &mut TablePair,
    live: &Table,
    archived: Option<&Table>,
    names: &Names<'_>,
) {
    let Some(archived) = archived else { return };
    let old = |columns: &[String]| -> Vec<String> {
        let renamed = columns
            .iter()
            .map(|column| names.column(&pair.archived, column, live));
        renamed.collect()
    };
    let was_unique = |unique: &&UniqueIndex| {
        let same_index = archived.uniques.iter().any(|old_index| {
            old_index.plain == unique.plain
                && old_index.predicate == unique.predicate
                && old_index.nulls_not_distinct == unique.nulls_not_distinct
                && match unique.plain {
                    true => old(&old_index.columns) == unique.columns,
                    false => old_index.expressions == unique.expressions,
                }
        });
        let was_key = archived
            .key
            .iter()
            .any(|key| old(&key.columns) == unique.columns);
        same_index || (unique.plain && was_key)
    };
    let uniques = live.uniques.iter().filter(|unique| !was_unique(unique));
    let uniques = uniques.map(|unique| unique.name.clone()).collect();
    let was_there = |reference: &&Reference| {
        archived.references.iter().any(|old_reference| {
            old(&old_reference.columns) == reference.columns
                && (old_reference.target == reference.target
                    || names.renamed(&old_reference.target) == reference.target)
        })
    };
    let references = live
        .references
        .iter()
        .filter(|reference| !was_there(reference));
    let references = references.map(|reference| reference.name.clone()).collect();
    pair.since.uniques = uniques;
    pair.since.references = references;
    pair.since.other_key = !pair.in_order && !pair.key_columns.is_empty();
    pair.since.partitioned =
        live.kind == TableKind::Partitioned && archived.kind != TableKind::Partitioned;
}

fn is_stored(column: &Column) -> bool {
    !matches!(column.generation, Generation::Stored | Generation::Virtual)
}

fn note_conversions(
    pair: &mut TablePair,
    live: &Column,
    old: Option<&Column>,
    manifest: &Manifest,
    schema: &Schema,
) {
    let position = pair.columns.len();
    if live.not_null && !old.is_some_and(|old| old.not_null) {
        pair.conversions.insert((position, Conversion::NotNull));
    }
    let same_type = old.is_some_and(|old| {
        old.type_name == live.type_name && {
            let bare = live.type_name.trim_end_matches("[]");
            // An archive from before domains were written down does not tell what its rows were under.
            manifest.catalog.domains.get(bare) == schema.domains.get(bare)
                && match (manifest.catalog.enums.get(bare), schema.enums.get(bare)) {
                    (Some(then), Some(now)) => then.iter().all(|value| now.contains(value)),
                    _ => true,
                }
        }
    });
    if !same_type {
        pair.conversions.insert((position, Conversion::Type));
        if let Some(old) = old {
            pair.since.old_types.insert(position, old.type_name.clone());
        }
    }
}

fn note_live_only(pairing: &mut Pairing, pair: &mut TablePair, live: &Table, secret: &[String]) {
    for column in live.stored_columns() {
        if pair.columns.contains(&column.name) || secret.contains(&column.name) {
            continue;
        }
        pair.live_only.push(column.name.clone());
        if !pair.written {
            continue;
        }
        let has_value =
            column.default.is_some() || !column.not_null || column.generation != Generation::None;
        let (effect, code, reason) = if has_value {
            (
                Effect::Defaulted,
                "column_added",
                "The backup does not have this column; rows that come back get its default.",
            )
        } else {
            (
                Effect::Blocked,
                "column_added_not_null",
                "The backup does not have this column, and it has no default.",
            )
        };
        pairing
            .findings
            .push(Finding::new(effect, code, &pair.table, reason).column(&column.name));
    }
}

/// Finds the key among the columns that both have; without one the table cannot be compared row by row.
fn fit_key(
    pairing: &mut Pairing,
    pair: &mut TablePair,
    live: &Table,
    entry: &TableEntry,
    names: &Names<'_>,
) -> bool {
    let Some(key) = &live.key else {
        // Whole rows are sorted anew: columns that only the live table has break ties differently.
        pair.in_order = false;
        return true;
    };
    if key
        .columns
        .iter()
        .any(|column| !pair.columns.contains(column))
    {
        let reason = "The key of this table has a column that the backup does not have.";
        let effect = if pair.written && entry.row_count > 0 {
            Effect::Blocked
        } else {
            Effect::Noted
        };
        pairing
            .findings
            .push(Finding::new(effect, "key_changed", &pair.table, reason));
        return false;
    }
    let old_key: Vec<String> = entry
        .key_columns
        .iter()
        .map(|column| names.column(&entry.table, column, live))
        .collect();
    pair.in_order = old_key == key.columns;
    pair.key_columns.clone_from(&key.columns);
    true
}

/// The profile's renames.
pub(crate) struct Names<'a> {
    pub(crate) profile: &'a Profile,
}

impl Names<'_> {
    pub(super) fn table(&self, old: &TableName, schema: &Schema) -> TableName {
        if schema.tables.contains_key(old) {
            return old.clone();
        }
        self.renamed(old)
    }

    /// What the profile calls that table today.
    pub(crate) fn renamed(&self, old: &TableName) -> TableName {
        let renamed = self
            .profile
            .renames
            .iter()
            .find(|rename| rename.from == old.name)
            .and_then(|rename| rename.to.clone());
        renamed.map_or_else(
            || old.clone(),
            |name| TableName::new(old.schema.clone(), name),
        )
    }

    pub(crate) fn column(&self, table: &TableName, old: &str, live: &Table) -> String {
        if live.column(old).is_some() {
            return old.to_owned();
        }
        let from = format!("{}.{old}", table.name);
        let renamed = self
            .profile
            .renames
            .iter()
            .find(|rename| rename.from == from)
            .and_then(|rename| rename.to.as_deref());
        renamed.map_or_else(
            || old.to_owned(),
            |to| {
                to.rsplit_once('.')
                    .map_or(to, |(_, column)| column)
                    .to_owned()
            },
        )
    }
}
