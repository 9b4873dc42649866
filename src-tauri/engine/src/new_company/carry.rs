//! Which tables of an archive a new company gets, in which order, and what is known about their rows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::plan::LeftOut;
use crate::archive::Manifest;
use crate::company::Opened;
use crate::difference::{Conversion, Finding, TablePair, pair};
use crate::model::{Generation, TableName};
use crate::rekey::{Carried, Ids, Masking, Numbers, Paths, Renewal, Rewriter, Rule, Rules};
use crate::scope::{Disposition, Order, order_of};

/// The tables that are read, and what is said of the others.
pub(super) struct Carry {
    /// What rows are carried.
    pub(super) carried: Carried,
    /// Tables that are written, parents first.
    pub(super) written: Vec<TablePair>,
    /// Tables of the group that is joined, parents first.
    pub(super) joined: Vec<TablePair>,
    /// Where circles are cut by a role that must obey the references.
    pub(super) order: Order,
    /// Whether somebody is made to stand for a person.
    pub(super) makes_people: bool,
    /// What is left out.
    pub(super) left_out: Vec<LeftOut>,
    /// What the schemas alone tell.
    pub(super) findings: Vec<Finding>,
}

/// Decides it.
pub(super) fn carry(opened: &Opened, manifest: &Manifest, is_joining: bool) -> Carry {
    let (schema, scope, profile) = (&opened.schema, &opened.scope, &opened.profile);
    let pairing = pair(manifest, schema, scope, profile);
    let because = reasons(opened);
    let mut left_out = Vec::new();
    let mut carried = Carried::default();
    let mut pairs = BTreeMap::new();
    for pair in pairing.pairs {
        let row_count = manifest
            .table(&pair.archived)
            .map_or(0, |entry| entry.row_count);
        if let Some(because) = because.get(&pair.table) {
            if row_count > 0 {
                left_out.push(LeftOut {
                    table: pair.table,
                    row_count: Some(row_count),
                    because: because.clone(),
                });
            }
            continue;
        }
        if is_joining && is_of_group(opened, &pair.table) {
            carried.joined.insert(pair.table.clone());
        } else {
            carried.written.insert(pair.table.clone());
        }
        pairs.insert(pair.table.clone(), pair);
    }
    left_out.extend(manifest.excluded.iter().filter_map(|excluded| {
        let row_count = excluded.row_count.filter(|count| *count > 0)?;
        Some(LeftOut {
            table: excluded.table.clone(),
            row_count: Some(row_count),
            because: excluded.because.clone(),
        })
    }));
    left_out.extend(manifest.skipped_rows.iter().map(|skipped| LeftOut {
        table: skipped.table.clone(),
        row_count: Some(skipped.keys.len() as u64),
        because: skipped.because.clone(),
    }));
    let order = order_of(schema, scope, carried.written.iter());
    let joined_order = order_of(schema, scope, carried.joined.iter());
    let mut in_order = |order: &Order| -> Vec<TablePair> {
        let tables = order.parents_first.iter();
        tables.filter_map(|table| pairs.remove(table)).collect()
    };
    let (written, joined) = (in_order(&order), in_order(&joined_order));
    let of_written = |finding: &Finding| {
        finding
            .table
            .as_ref()
            .is_none_or(|table| !because.contains_key(table))
            && finding.code != "table_not_in_backup"
    };
    let findings: Vec<Finding> = pairing.findings.into_iter().filter(of_written).collect();
    Carry {
        carried,
        written,
        joined,
        order,
        makes_people: false,
        left_out,
        findings,
    }
}

/// Tables that a new company begins without, and why.
fn reasons(opened: &Opened) -> BTreeMap<TableName, String> {
    let profile = &opened.profile;
    let mut reasons = BTreeMap::new();
    if let Some(access) = &profile.access {
        reasons.insert(
            profile.table_name(&access.members.table),
            "Only the owner may enter a new company; others are invited there.".to_owned(),
        );
    }
    let archived = opened.archived_tables().into_iter();
    for table in archived.filter(|table| needs_a_secret(opened, table)) {
        let because = "Each row must have a secret there, and secrets are in no backup.";
        reasons.insert(table, because.to_owned());
    }
    for left_out in profile.new_company.iter().flat_map(|rule| &rule.left_out) {
        for table in &left_out.tables {
            reasons.insert(profile.table_name(table), left_out.because.clone());
        }
    }
    reasons
}

/// Whether a table's rows are the group's, or the group itself.
fn is_of_group(opened: &Opened, table: &TableName) -> bool {
    let group = opened.profile.group.as_ref();
    group.is_some_and(|group| opened.profile.table_name(&group.table) == *table)
        || opened
            .scope
            .tables
            .get(table)
            .is_some_and(|found| matches!(found.disposition, Disposition::Group { .. }))
}

/// Whether rows of the table need a value that no backup has: a secret that must not be empty.
fn needs_a_secret(opened: &Opened, name: &TableName) -> bool {
    let found = opened
        .schema
        .tables
        .get(name)
        .zip(opened.scope.tables.get(name));
    found.is_some_and(|(table, scope)| {
        let secret = scope.secret_columns.iter();
        let mut secret = secret.filter_map(|name| table.column(name));
        secret.any(|column| {
            column.not_null && column.default.is_none() && column.generation == Generation::None
        })
    })
}

/// What is known of the rows that are carried.
#[derive(Debug)]
pub(super) struct Knowledge {
    pub(super) rules: Rules,
    pub(super) ids: Ids,
    /// By the place of the column in the rules.
    pub(super) numbers: Vec<Numbers>,
    /// Keys of shared rows that are not here, by the place of the target in the rules.
    pub(super) missing: Vec<HashSet<Vec<u8>>>,
    /// Who stands in for people that are not here.
    pub(super) owner: Option<String>,
    /// The company's key before and after.
    pub(super) company: (String, String),
    /// What stands before a storage path in a link.
    pub(super) path_prefixes: Vec<String>,
    /// What replaces addresses, where the copy is a safe one.
    pub(super) masking: Option<Masking>,
    /// By how many days dates move.
    pub(super) days: i64,
}

impl Knowledge {
    /// What is known of no rows.
    pub(super) fn none() -> Self {
        Self {
            rules: Rules::default(),
            ids: Ids::new(Renewal::keeping()),
            numbers: Vec::new(),
            missing: Vec::new(),
            owner: None,
            company: (String::new(), String::new()),
            path_prefixes: Vec::new(),
            masking: None,
            days: 0,
        }
    }

    /// A storage path as it is in the new company.
    pub(super) fn path(&self, path: &str) -> String {
        self.rewriting(Vec::new(), Vec::new()).path(path)
    }

    /// Rewrites rows of that table; these columns are emptied for now.
    pub(super) fn rewriter<'a>(&'a self, pair: &TablePair, cut: &BTreeSet<&str>) -> Rewriter<'a> {
        let rules = self.rules.tables.get(&pair.table);
        let columns = pair.columns.iter().enumerate().map(|(place, column)| {
            let rule = rules.map_or(&Rule::Keep, |rules| rules.column(column));
            (position(pair, place), rule)
        });
        let places = pair.columns.iter().enumerate();
        let cut = places
            .filter(|(_, column)| cut.contains(column.as_str()))
            .map(|(place, _)| place);
        self.rewriting(columns.collect(), cut.collect())
    }

    fn rewriting<'a>(&'a self, columns: Vec<(usize, &'a Rule)>, cut: Vec<usize>) -> Rewriter<'a> {
        Rewriter {
            columns,
            cut,
            ids: &self.ids,
            numbers: &self.numbers,
            missing: &self.missing,
            owner: self.owner.as_deref(),
            paths: Paths {
                company: (&self.company.0, &self.company.1),
                prefixes: &self.path_prefixes,
            },
            masking: self.masking.as_ref(),
            days: self.days,
        }
    }
}

/// Where a column of a pair stands in the archive's lines.
pub(super) fn position(pair: &TablePair, place: usize) -> usize {
    let projected = pair.projection.as_ref();
    projected.map_or(place, |found| found.get(place).copied().unwrap_or(place))
}

/// The columns that get their default where the archive has no value, since one is needed today.
pub(super) fn filled(pair: &TablePair) -> Vec<&String> {
    let filled = pair.conversions.iter();
    filled
        .filter(|(_, conversion)| *conversion == Conversion::NotNull)
        .filter_map(|(place, _)| pair.columns.get(*place))
        .collect()
}
