//! How each column's rule is found: a value that is the same everywhere, else what references say, else an id
//! of the row itself, else anything in which ids are looked for.

use std::collections::{BTreeMap, BTreeSet};

use super::column::{Escapes, Required, Rule};
use super::ids::RootId;
use super::mask::InText;
use super::rules::{Facts, IdColumn, NumberColumn, Rules, SharedTarget};
use crate::model::{Column, Profile, Reference, Schema, Table, TableName};
use crate::rows::push_escaped;
use crate::scope::{Disposition, Membership};

/// Over how many references in a row a column's ids are looked for.
const DEEPEST: usize = 32;

/// Rules as they are being found.
pub(super) struct Deciding<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) known: BTreeMap<(TableName, String), Rule>,
    pub(super) rules: Rules,
}

impl<'a> Deciding<'a> {
    /// What a column holds. `depth` is how many references led to it.
    pub(super) fn column(&mut self, name: &TableName, column: &Column, depth: usize) -> Rule {
        let place = (name.clone(), column.name.clone());
        if let Some(known) = self.known.get(&place) {
            return known.clone();
        }
        let rule = self.decide(name, column, depth);
        self.known.insert(place, rule.clone());
        rule
    }

    fn decide(&mut self, name: &TableName, column: &Column, depth: usize) -> Rule {
        if let Some(fixed) = self.fixed(name, column) {
            return fixed;
        }
        let Some(table) = self.facts.schema.tables.get(name) else {
            return Rule::Keep;
        };
        let required = required(table, column);
        let profile = self.facts.profile;
        let is_listed = |list: &[String]| is_listed(profile, list, name, &column.name);
        let new_company = profile.new_company.as_ref();
        if new_company.is_some_and(|rule| is_listed(&rule.people_columns)) {
            return self.root(name, column, (false, true, true));
        }
        let followed = table.references.iter().filter_map(|reference| {
            let place = reference
                .columns
                .iter()
                .position(|here| *here == column.name)?;
            Some((reference, reference.target_columns.get(place)?))
        });
        let followed: Vec<(&Reference, &String)> = followed.collect();
        let mut rules: Vec<Rule> = followed
            .into_iter()
            .filter(|(reference, there)| reference.target != *name || **there != column.name)
            .map(|(reference, there)| self.referring(reference, there, required, depth))
            .collect();
        rules.sort_by_key(strength);
        if let Some(rule) = rules.into_iter().next() {
            return rule;
        }
        if new_company.is_some_and(|rule| is_listed(&rule.readable_ids)) {
            return Rule::Keep;
        }
        if let Some(own) = self.own(name, table, column, depth) {
            return own;
        }
        search(
            column,
            is_listed(&profile.soft_references),
            is_listed(&profile.path_columns),
            in_text(self.facts.schema, table, column),
        )
    }

    /// A value that is the same in every row.
    fn fixed(&self, name: &TableName, column: &Column) -> Option<Rule> {
        let profile = self.facts.profile;
        let is_company = *name == profile.table_name(&profile.company.table);
        let group = profile.group.as_ref();
        let is_group = group.is_some_and(|group| *name == profile.table_name(&group.table));
        let named = |text: &str| {
            let mut field = Vec::new();
            push_escaped(&mut field, Some(text.as_bytes()));
            Some(Rule::Fixed(field))
        };
        if is_company && column.name == profile.company.name {
            return named(self.facts.name);
        }
        let group_name = profile
            .new_company
            .as_ref()
            .and_then(|rule| rule.group_name.as_ref());
        if is_group && group_name == Some(&column.name) {
            return named(self.facts.name);
        }
        if is_company && group.is_some_and(|group| group.column == column.name) {
            return self.facts.group_id.and_then(named);
        }
        match &self.facts.scope.tables.get(name)?.membership {
            Membership::Column(own) if *own == column.name => {
                named(self.facts.scope.company.id.as_str())
            }
            Membership::Group(own) if *own == column.name => self.facts.group_id.and_then(named),
            _ => None,
        }
    }

    fn referring(
        &mut self,
        reference: &Reference,
        there: &str,
        required: Required,
        depth: usize,
    ) -> Rule {
        let Facts {
            profile,
            schema,
            scope,
            carried,
            ..
        } = self.facts;
        let target = &reference.target;
        let is = |written: &str| *target == profile.table_name(written);
        if profile
            .people
            .as_ref()
            .is_some_and(|people| is(&people.table) && people.id == there)
        {
            return Rule::Person(required);
        }
        let is_group = profile.group.as_ref().is_some_and(|group| is(&group.table));
        if is(&profile.company.table) || is_group {
            return Rule::Company(required);
        }
        let disposition = scope.tables.get(target).map(|found| &found.disposition);
        match disposition {
            Some(Disposition::Shared | Disposition::People) => {
                let missing = self.shared(target, there);
                return Rule::Shared { missing, required };
            }
            // The platform's own tables; the check of all references decides.
            None => return Rule::Keep,
            Some(_) if !carried.has(target) => return Rule::Nowhere(required),
            Some(_) => {}
        }
        let Some(column) = schema
            .tables
            .get(target)
            .and_then(|table| table.column(there))
        else {
            return Rule::Keep;
        };
        if depth >= DEEPEST {
            return Rule::Keep;
        }
        let rule = self.column(target, column, depth + 1);
        let may_be_shared = scope
            .tables
            .get(target)
            .zip(schema.tables.get(target))
            .is_some_and(|(scope, table)| scope.may_hold_shared_rows(table));
        let shared = match rule {
            Rule::Own { .. } | Rule::OwnNumber(_) if may_be_shared => {
                Some(self.shared(target, there))
            }
            _ => None,
        };
        match rule {
            Rule::Own { root, always } => Rule::Reference {
                root,
                shared,
                stays: !always,
                required,
            },
            Rule::Reference {
                root,
                shared,
                stays,
                required: _,
            } => Rule::Reference {
                root,
                shared,
                stays,
                required,
            },
            Rule::OwnNumber(column) => Rule::NumberReference {
                column,
                shared,
                required,
            },
            Rule::NumberReference { column, shared, .. } => Rule::NumberReference {
                column,
                shared,
                required,
            },
            Rule::Person(_) => Rule::Person(required),
            Rule::Company(_) | Rule::Fixed(_) => Rule::Company(required),
            Rule::Shared { missing, .. } => Rule::Shared { missing, required },
            other @ (Rule::Keep
            | Rule::Nowhere(_)
            | Rule::Moment
            | Rule::Distinct { .. }
            | Rule::Name { .. }
            | Rule::Search { .. }) => other,
        }
    }

    fn shared(&mut self, table: &TableName, column: &str) -> usize {
        let wanted = SharedTarget {
            table: table.clone(),
            column: column.to_owned(),
        };
        let shared = &mut self.rules.shared;
        shared
            .iter()
            .position(|known| *known == wanted)
            .unwrap_or_else(|| {
                shared.push(wanted);
                shared.len() - 1
            })
    }

    /// An id of the row itself.
    fn own(
        &mut self,
        name: &TableName,
        table: &Table,
        column: &Column,
        depth: usize,
    ) -> Option<Rule> {
        let in_key = table
            .key
            .as_ref()
            .is_some_and(|key| key.columns.contains(&column.name));
        let alone_in_unique = table
            .uniques
            .iter()
            .any(|unique| unique.plain && unique.columns == [column.name.clone()]);
        let always =
            alone_in_unique || (in_key && !self.rest_of_key_changes(name, table, column, depth));
        let is_integer = matches!(column.type_name.as_str(), "smallint" | "integer" | "bigint");
        if is_integer && (in_key || alone_in_unique) && (always || column.sequence.is_some()) {
            self.rules.numbers.push(NumberColumn {
                table: name.clone(),
                column: column.name.clone(),
                sequence: column.sequence.clone(),
            });
            return Some(Rule::OwnNumber(self.rules.numbers.len() - 1));
        }
        let is_made = is_made_by_a_function(column);
        if !(in_key || is_made) || !holds_one_word(&column.type_name) {
            return None;
        }
        Some(self.root(name, column, (always, always || is_made, false)))
    }

    /// A column with ids of its own rows.
    fn root(
        &mut self,
        name: &TableName,
        column: &Column,
        (always, is_id, is_person): (bool, bool, bool),
    ) -> Rule {
        let root = RootId(self.rules.roots.len());
        let ids = IdColumn {
            root,
            always,
            is_id,
            is_person,
            longest: longest(&column.type_name),
        };
        let place = (name.clone(), column.name.clone(), ids);
        self.rules.roots.push(place);
        Rule::Own { root, always }
    }

    /// Whether another column of the key changes, so that the rows stay apart without this one.
    fn rest_of_key_changes(
        &mut self,
        name: &TableName,
        table: &Table,
        column: &Column,
        depth: usize,
    ) -> bool {
        let key = table.key.iter().flat_map(|key| &key.columns);
        let others: Vec<&Column> = key
            .filter(|other| **other != column.name)
            .filter_map(|other| table.column(other))
            .collect();
        others.into_iter().any(|other| {
            let refers = table
                .references
                .iter()
                .any(|reference| reference.columns.contains(&other.name));
            match self.fixed(name, other) {
                Some(_) => true,
                None => refers && depth < DEEPEST && changes(&self.column(name, other, depth + 1)),
            }
        })
    }

    /// What only all rules together tell.
    pub(super) fn finish(mut self) -> Rules {
        let roots = self.rules.roots.iter().map(|(_, _, ids)| ids);
        let of_people: BTreeSet<RootId> = roots
            .filter(|ids| ids.is_person)
            .map(|ids| ids.root)
            .collect();
        let names_person = |rule: &Rule| match rule {
            Rule::Person(_) => true,
            Rule::Own { root, .. } | Rule::Reference { root, .. } => of_people.contains(root),
            _ => false,
        };
        for (name, rules) in &mut self.rules.tables {
            let Some(table) = self.facts.schema.tables.get(name) else {
                continue;
            };
            let key = table.key.iter().map(|key| &key.columns);
            let uniques = table.uniques.iter().map(|unique| &unique.columns);
            for columns in key.chain(uniques) {
                let names_people = columns.iter().any(|name| names_person(rules.column(name)));
                let has_other_values = columns.iter().any(|name| changes(rules.column(name)));
                rules.names_people_once |= names_people;
                if has_other_values {
                    continue;
                }
                let text = columns.iter().find(|column| {
                    let found = table.column(column);
                    found.is_some_and(|found| holds_one_word(&found.type_name))
                        && matches!(rules.column(column), Rule::Search { .. })
                });
                if let Some(column) = text {
                    let longest = table
                        .column(column)
                        .and_then(|column| longest(&column.type_name));
                    rules.set(column, Rule::Distinct { longest });
                }
            }
        }
        self.rules
    }
}

/// Which rule counts where a column is part of several references.
fn strength(rule: &Rule) -> u8 {
    match rule {
        Rule::Person(_) => 0,
        Rule::Fixed(_) => 1,
        Rule::OwnNumber(_) | Rule::NumberReference { .. } => 2,
        Rule::Own { .. } | Rule::Reference { .. } => 3,
        Rule::Company(_) => 4,
        Rule::Nowhere(_) => 5,
        Rule::Shared { .. } => 6,
        Rule::Distinct { .. } | Rule::Name { .. } | Rule::Search { .. } => 7,
        Rule::Keep | Rule::Moment => 8,
    }
}

/// Whether the values of a column become others.
fn changes(rule: &Rule) -> bool {
    match rule {
        Rule::Fixed(_)
        | Rule::Own { .. }
        | Rule::Reference { .. }
        | Rule::OwnNumber(_)
        | Rule::NumberReference { .. }
        | Rule::Person(_)
        | Rule::Company(_)
        | Rule::Distinct { .. } => true,
        Rule::Keep
        | Rule::Moment
        | Rule::Shared { .. }
        | Rule::Nowhere(_)
        | Rule::Name { .. }
        | Rule::Search { .. } => false,
    }
}

/// A value that a check looks at is not taken away: the row would be another one than it says.
fn required(table: &Table, column: &Column) -> Required {
    let is_checked = table
        .checks
        .iter()
        .any(|check| check.columns.contains(&column.name));
    match column.not_null || is_checked {
        true => Required::Yes,
        false => Required::No,
    }
}

fn is_listed(profile: &Profile, list: &[String], table: &TableName, column: &str) -> bool {
    list.iter()
        .any(|written| profile.column_name(written) == Some((table.clone(), column)))
}

fn is_made_by_a_function(column: &Column) -> bool {
    let calls = |default: &String| {
        let is_text = default.starts_with('\'');
        !is_text && default.contains('(') && !default.contains("nextval(")
    };
    column.default.as_ref().is_some_and(calls)
}

/// Whether a value of that type is one word, as an id is.
fn holds_one_word(type_name: &str) -> bool {
    let bare = bare(type_name);
    bare.starts_with("character") && !bare.ends_with("[]")
        || matches!(bare, "text" | "uuid" | "citext" | "\"citext\"")
}

/// Letters that a column of that type has room for, where that is said.
#[must_use]
pub fn longest(type_name: &str) -> Option<usize> {
    let (_, length) = type_name.split_once('(')?;
    length.strip_suffix(')')?.parse().ok()
}

/// How a column is searched; columns of numbers and times hold no ids.
fn search(column: &Column, holds_ids: bool, holds_paths: bool, names: InText) -> Rule {
    if holds_moments(&column.type_name) {
        return Rule::Moment;
    }
    match escapes_of(&column.type_name) {
        Some(escapes) => Rule::Search {
            escapes,
            holds_ids,
            holds_paths,
            names,
        },
        None => Rule::Keep,
    }
}

/// Whether the database takes any text there: no list of words, and no check looks at it.
fn in_text(schema: &Schema, table: &Table, column: &Column) -> InText {
    let of_one = column.type_name.trim_end_matches("[]");
    let mut checks = table.checks.iter();
    let is_listed = schema.enums.contains_key(of_one)
        || schema.domains.contains_key(of_one)
        || checks.any(|check| check.columns.contains(&column.name));
    match is_listed {
        true => InText::Listed,
        false => InText::Free,
    }
}

/// Whether values of that type are dates or instants, or ranges or lists of such.
fn holds_moments(type_name: &str) -> bool {
    let kinds = ["date", "timestamp", "tsrange", "tsmultirange", "tstz"];
    kinds.iter().any(|kind| bare(type_name).starts_with(kind))
}

/// The type's name without its schema.
fn bare(type_name: &str) -> &str {
    type_name.rsplit('.').next().unwrap_or(type_name)
}

/// How words stand in values of that type; `None` where there are none.
#[must_use]
pub fn escapes_of(type_name: &str) -> Option<Escapes> {
    const WITHOUT_WORDS: &[&str] = &[
        "numeric", "integer", "bigint", "smallint", "real", "double", "boolean", "date", "time",
        "interval", "bytea", "bit", "oid", "money", "inet", "cidr", "macaddr", "point", "int4",
        "int8", "num", "ts",
    ];
    const VECTORS: &[&str] = &["halfvec", "vector", "sparsevec"];
    let bare = bare(type_name);
    // Words of a text, as they are looked for: as the text says them.
    if bare == "tsvector" {
        return Some(Escapes::Text);
    }
    // Of a type that somebody made the name says nothing, but for those of pgvector.
    let without = match type_name.contains('.') {
        true => VECTORS,
        false => WITHOUT_WORDS,
    };
    if without.iter().any(|kind| bare.starts_with(kind)) {
        return None;
    }
    Some(match bare {
        "json" | "jsonb" => Escapes::Json,
        list if list.ends_with("[]") => Escapes::Array,
        _ => Escapes::Text,
    })
}
