//! Decides from the catalog and the profile what each column of the copied rows holds.

use std::collections::{BTreeMap, BTreeSet};

use super::column::Rule;
use super::deciding::Deciding;
use super::ids::RootId;
use crate::model::{Profile, Schema, TableName};
use crate::rows::push_escaped;
use crate::scope::Scope;

/// What the decision needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The schema into which rows are copied.
    pub schema: &'a Schema,
    /// Whose rows are whose, for the new company.
    pub scope: &'a Scope,
    /// How the schema is read.
    pub profile: &'a Profile,
    /// What rows are carried.
    pub carried: &'a Carried,
    /// The key of the group that the new company is in.
    pub group_id: Option<&'a str>,
    /// What the new company is called.
    pub name: &'a str,
}

/// Which tables' rows a copy has.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// Those whose rows are written.
    pub written: BTreeSet<TableName>,
    /// Those of a group that is joined: its own rows take the place of those that were copied.
    pub joined: BTreeSet<TableName>,
}

impl Carried {
    /// Whether rows of the table are in the copy, or others in their place.
    pub(super) fn has(&self, table: &TableName) -> bool {
        self.written.contains(table) || self.joined.contains(table)
    }
}

/// A column with ids of its own rows, as the ids see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdColumn {
    /// Which ids they are.
    pub root: RootId,
    /// Whether each gets a new one, words that people chose among them.
    pub always: bool,
    /// Whether it holds ids, and not words that tell rows apart.
    pub is_id: bool,
    /// Whether somebody's own key stands there, where the row is a person's.
    pub is_person: bool,
    /// Letters that the column has room for.
    pub longest: Option<usize>,
}

/// A column with numbers of its own rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberColumn {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
    /// The sequence that numbers come from.
    pub sequence: Option<TableName>,
}

/// Columns of a table, rows of which are shared by all, that copied rows refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTarget {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
}

/// What each column of a table holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRules {
    columns: BTreeMap<String, Rule>,
    /// Whether a person is part of something that must be unique.
    pub names_people_once: bool,
}

impl TableRules {
    /// The rule of a column.
    #[must_use]
    pub fn column(&self, column: &str) -> &Rule {
        self.columns.get(column).unwrap_or(&Rule::Keep)
    }

    /// Gives every row the same value in a column.
    pub fn fix(&mut self, column: &str, value: &str) {
        let mut field = Vec::new();
        push_escaped(&mut field, Some(value.as_bytes()));
        self.set(column, Rule::Fixed(field));
    }

    /// Replaces the names in a column that may hold anything; `longest` is how many letters it has room for.
    pub fn name(&mut self, column: &str, longest: Option<usize>) {
        if matches!(self.column(column), Rule::Search { .. }) {
            self.set(column, Rule::Name { longest });
        }
    }

    pub(super) fn set(&mut self, column: &str, rule: Rule) {
        self.columns.insert(column.to_owned(), rule);
    }

    /// Every column with its rule.
    pub fn columns(&self) -> impl Iterator<Item = (&String, &Rule)> {
        self.columns.iter()
    }
}

/// What every column of the copied rows holds.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// By table.
    pub tables: BTreeMap<TableName, TableRules>,
    /// Columns with ids of their own rows; a [`RootId`] is a place in it.
    pub roots: Vec<(TableName, String, IdColumn)>,
    /// Columns with numbers of their own rows.
    pub numbers: Vec<NumberColumn>,
    /// What is referred to of rows that are shared by all.
    pub shared: Vec<SharedTarget>,
}

impl Rules {
    /// Decides.
    #[must_use]
    pub fn of(facts: Facts<'_>) -> Self {
        let mut deciding = Deciding {
            facts,
            known: BTreeMap::new(),
            rules: Self::default(),
        };
        for name in facts.carried.written.union(&facts.carried.joined) {
            let Some(table) = facts.schema.tables.get(name) else {
                continue;
            };
            let columns: BTreeMap<String, Rule> = table
                .stored_columns()
                .map(|column| (column.name.clone(), deciding.column(name, column, 0)))
                .collect();
            let rules = TableRules {
                names_people_once: false,
                columns,
            };
            deciding.rules.tables.insert(name.clone(), rules);
        }
        deciding.finish()
    }
}
