//! How rows are found to be the company's: directly, by a column of their own, or over references.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Notice, NoticeKind, Profile, Reference, Schema, Table, TableName};

use super::components::components;
use super::place::Place;
use super::{Membership, Route, intended};

/// Over how many references in a row a table may belong to the company.
pub const DEEPEST_ROUTE: usize = 8;

/// Whose the rows of a table are that are found at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The company's.
    Company,
    /// Its group's.
    Group,
}

/// How the rows of each owned table are found.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    /// By table; tables that nothing ties to the company are missing.
    pub(super) tables: BTreeMap<TableName, (Owner, Membership)>,
    /// References over which rows are not looked for, since they lead in a circle.
    pub(super) notices: Vec<Notice>,
}

/// What the decision needs to know, in one place.
pub(super) struct Facts<'a> {
    pub(super) schema: &'a Schema,
    pub(super) profile: &'a Profile,
    pub(super) places: &'a BTreeMap<TableName, Place<'a>>,
    /// Run-time tables made for this company.
    pub(super) own_run_time: &'a BTreeSet<TableName>,
}

impl Facts<'_> {
    fn is_excluded(&self, table: &TableName) -> bool {
        matches!(self.places.get(table), Some(Place::Excluded(..)))
    }

    /// Whether a table is said to be nobody's, so that nothing ties it or others over it.
    fn is_nobodys(&self, table: &TableName) -> bool {
        matches!(self.places.get(table), Some(Place::Global | Place::People))
    }
}

/// Finds how the rows of each table are the company's or its group's.
pub(super) fn ownership(facts: &Facts<'_>) -> Ownership {
    let mut found = Ownership::default();
    for (name, table) in &facts.schema.tables {
        if !facts.is_nobodys(name)
            && let Some(direct) = direct(facts, name, table)
        {
            found.tables.insert(name.clone(), direct);
        }
    }
    // The company's first: where a row refers both to the company's rows and to the group's, the
    // latter say nothing, as other companies of the group refer to them too.
    over_references(facts, Owner::Company, &mut found);
    over_references(facts, Owner::Group, &mut found);
    found
}

fn direct(facts: &Facts<'_>, name: &TableName, table: &Table) -> Option<(Owner, Membership)> {
    let profile = facts.profile;
    if *name == profile.table_name(&profile.company.table) {
        return Some((
            Owner::Company,
            Membership::Column(profile.company.id.clone()),
        ));
    }
    if let Some(group) = &profile.group
        && *name == profile.table_name(&group.table)
    {
        return Some((Owner::Group, Membership::Group(only_key_column(table)?)));
    }
    if let Some(column) = profile
        .scope
        .columns
        .iter()
        .find(|column| table.column(column).is_some())
    {
        return Some((Owner::Company, Membership::Column(column.clone())));
    }
    if profile
        .scope
        .singletons
        .iter()
        .any(|written| profile.table_name(written) == *name)
    {
        return Some((Owner::Company, Membership::Column(only_key_column(table)?)));
    }
    if let Some(group) = profile
        .group
        .as_ref()
        .filter(|group| table.column(&group.column).is_some())
    {
        return Some((Owner::Group, Membership::Group(group.column.clone())));
    }
    facts
        .own_run_time
        .contains(name)
        .then_some((Owner::Company, Membership::Whole))
}

fn only_key_column(table: &Table) -> Option<String> {
    match table.key.as_ref()?.columns.as_slice() {
        [column] => Some(column.clone()),
        _ => None,
    }
}

/// Adds the tables that references tie to tables of that owner, over as many hops as it takes.
fn over_references(facts: &Facts<'_>, owner: Owner, found: &mut Ownership) {
    let hops = hops(facts, owner, found);
    let routes: BTreeMap<&TableName, Vec<&Reference>> = hops
        .keys()
        .map(|&name| {
            let references = facts
                .schema
                .tables
                .get(name)
                .into_iter()
                .flat_map(|table| &table.references);
            (
                name,
                references
                    .filter(|reference| ties(facts, owner, found, &hops, name, reference))
                    .collect(),
            )
        })
        .collect();
    let mut depth: BTreeMap<&TableName, usize> = BTreeMap::new();
    for mut circle in circles(&routes) {
        // Inside a circle, routes go to tables nearer to the company only: those come first.
        circle.sort_by_key(|name| hops.get(name));
        for &name in &circle {
            let all = routes.get(name).into_iter().flatten().copied();
            let (kept, left): (Vec<&Reference>, Vec<&Reference>) = all.partition(|reference| {
                let target = &reference.target;
                !circle.contains(&target) || hops.get(target) < hops.get(name)
            });
            let deepest = kept
                .iter()
                .filter_map(|reference| depth.get(&reference.target))
                .max();
            let own_depth = deepest.map_or(1, |deepest| deepest + 1);
            depth.insert(name, own_depth);
            if own_depth <= DEEPEST_ROUTE {
                found.notices.extend(circular(facts, name, &kept, &left));
                let membership = Membership::References(kept.into_iter().map(route).collect());
                found.tables.insert(name.clone(), (owner, membership));
            }
        }
    }
}

/// The tables in circles of routes, a circle behind those that it leads to; a table in no circle is
/// one of its own.
fn circles<'a>(routes: &BTreeMap<&'a TableName, Vec<&'a Reference>>) -> Vec<Vec<&'a TableName>> {
    let tables: Vec<&TableName> = routes.keys().copied().collect();
    let number = |name: &TableName| tables.binary_search(&name).ok();
    let edges: Vec<Vec<usize>> = routes
        .values()
        .map(|references| {
            references
                .iter()
                .filter_map(|reference| number(&reference.target))
                .collect()
        })
        .collect();
    let circles = components(&edges).into_iter();
    circles
        .map(|members| members.into_iter().map(|member| tables[member]).collect())
        .collect()
}

/// The tables that references tie to tables of that owner, with the least number of hops to one.
fn hops<'a>(facts: &Facts<'a>, owner: Owner, found: &Ownership) -> BTreeMap<&'a TableName, usize> {
    let mut hops = BTreeMap::new();
    for hop in 1.. {
        let next: Vec<&TableName> = facts
            .schema
            .tables
            .iter()
            .filter(|(name, _)| !found.tables.contains_key(*name) && !hops.contains_key(*name))
            .filter(|(name, _)| !facts.is_nobodys(name))
            .filter(|(name, table)| {
                table
                    .references
                    .iter()
                    .any(|reference| ties(facts, owner, found, &hops, name, reference))
            })
            .map(|(name, _)| name)
            .collect();
        if next.is_empty() {
            break;
        }
        hops.extend(next.into_iter().map(|name| (name, hop)));
    }
    hops
}

/// Whether a reference ties its table to one of that owner, as far as those are known.
///
/// A table of the backup is not tied over one that stays out: its rows would hang in the air.
fn ties(
    facts: &Facts<'_>,
    owner: Owner,
    found: &Ownership,
    hops: &BTreeMap<&TableName, usize>,
    name: &TableName,
    reference: &Reference,
) -> bool {
    let target = &reference.target;
    let owned = hops.contains_key(target)
        || found
            .tables
            .get(target)
            .is_some_and(|(theirs, _)| *theirs == owner);
    let stays_out = facts.is_excluded(target) && !facts.is_excluded(name);
    owned
        && !stays_out
        && !reference
            .columns
            .iter()
            .any(|column| intended(facts.profile, name, column))
}

fn route(reference: &Reference) -> Route {
    Route {
        columns: reference.columns.clone(),
        target: reference.target.clone(),
        target_columns: reference.target_columns.clone(),
    }
}

/// What is to be said of references in a circle: nothing where another one finds every row.
fn circular(
    facts: &Facts<'_>,
    name: &TableName,
    kept: &[&Reference],
    left: &[&Reference],
) -> Vec<Notice> {
    let Some(table) = facts.schema.tables.get(name) else {
        return Vec::new();
    };
    let finds_all = |reference: &&Reference| {
        reference
            .columns
            .iter()
            .all(|column| table.column(column).is_some_and(|column| column.not_null))
    };
    if kept.iter().any(finds_all) {
        return Vec::new();
    }
    left.iter()
        .map(|reference| {
            let about = format!("{}.{}", facts.profile.written(name), reference.columns.join("+"));
            Notice {
                kind: NoticeKind::CircularOwnership,
                message: format!("Rows that only {about} ties to the company are not looked for: it leads in a circle."),
                about,
            }
        })
        .collect()
}
