//! The table of companies, the columns that lead to it, and the group that companies share.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CompanyRule, GroupRule, Reference, Schema, Table, TableName};

use super::super::words::stems;
use super::reasons::{Reasons, Topic};

/// What applications call a company when they serve many, and how sure the word makes.
const TENANT_WORDS: &[(&str, u32)] = &[
    ("company", 8),
    ("organization", 8),
    ("organisation", 8),
    ("tenant", 8),
    ("workspace", 8),
    ("org", 8),
    ("account", 4),
    ("team", 4),
    ("shop", 4),
    ("store", 4),
    ("school", 4),
    ("clinic", 4),
    ("practice", 4),
    ("business", 4),
    ("firm", 4),
    ("agency", 4),
    ("merchant", 4),
    ("institution", 4),
    ("hospital", 4),
    ("club", 4),
    ("site", 4),
    ("client", 2),
    ("customer", 2),
];

/// Words of people: most tables refer to them, and they are no company.
pub(super) const PEOPLE_WORDS: &[&str] =
    &["user", "person", "profile", "employee", "member", "staff"];

/// Words of what several companies have in common.
const GROUP_WORDS: &[&str] = &[
    "group",
    "holding",
    "organization",
    "organisation",
    "tenant",
    "enterprise",
    "franchise",
    "chain",
    "network",
    "concern",
];

/// Columns that name a company, best first; `%` is the table's own word.
const NAME_COLUMNS: &[&str] = &[
    "name",
    "%name",
    "displayname",
    "legalname",
    "companyname",
    "title",
    "label",
    "subdomain",
    "slug",
];

/// The table of companies and what leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The table.
    pub table: TableName,
    /// Its key column.
    pub id: String,
    /// The column with its name.
    pub name: String,
    /// Columns that hold the company's key, best first.
    pub(super) columns: Vec<String>,
    /// Tables whose own key is the company's.
    pub(super) singletons: Vec<TableName>,
    /// References to other companies on purpose, as `table.column`.
    pub(super) crossings: Vec<String>,
    /// Tables that lead to two companies and belong to neither.
    pub(super) between: Vec<TableName>,
    pub(super) group: Option<GroupRule>,
    /// Tables that lead to it by one of the columns.
    referring: usize,
    /// The tables that came next, with theirs.
    others: Vec<(TableName, usize)>,
    is_named_like_one: bool,
}

/// Finds the table of companies: the one that most tables lead to, among those that are called like one.
#[must_use]
pub fn tenant(schema: &Schema) -> Option<Tenant> {
    let mut candidates: Vec<Candidate<'_>> = schema
        .tables
        .iter()
        .filter_map(|(name, table)| Candidate::new(schema, name, table))
        .collect();
    candidates.sort_by(|a, b| b.score.cmp(&a.score).then(a.name.cmp(b.name)));
    let mut candidates = candidates.into_iter();
    let best = candidates.next()?;
    let others = candidates
        .take(2)
        .map(|other| (other.name.clone(), other.referring))
        .collect();
    Some(best.settle(others))
}

struct Candidate<'a> {
    schema: &'a Schema,
    name: &'a TableName,
    table: &'a Table,
    id: &'a str,
    /// By column, the tables that lead to it by that column.
    by_column: BTreeMap<&'a str, BTreeSet<&'a TableName>>,
    referring: usize,
    weight: u32,
    score: usize,
}

impl<'a> Candidate<'a> {
    fn new(schema: &'a Schema, name: &'a TableName, table: &'a Table) -> Option<Self> {
        let [id] = table.key.as_ref()?.columns.as_slice() else {
            return None;
        };
        let stems = stems(&name.name);
        let weight = weight(&stems);
        let own_columns: Vec<String> = own_columns(&stems, weight);
        let id_type = &table.column(id)?.type_name;
        let mut by_column: BTreeMap<&str, BTreeSet<&TableName>> = BTreeMap::new();
        for (other, found) in schema.tables.iter().filter(|(other, _)| *other != name) {
            for reference in leading_to(found, name, id) {
                by_column
                    .entry(&reference.columns[0])
                    .or_default()
                    .insert(other);
            }
            // Some applications leave the constraint out.
            for column in &found.columns {
                if own_columns.contains(&squeezed(&column.name)) && column.type_name == *id_type {
                    by_column.entry(&column.name).or_default().insert(other);
                }
            }
        }
        let referring = by_column
            .iter()
            .filter(|(column, _)| **column != id)
            .map(|(_, tables)| tables.len())
            .max()?;
        // A table that few lead to is a detail, whatever it is called.
        (weight > 0 && (referring >= 2 || weight >= 8)).then_some(Self {
            schema,
            name,
            table,
            id,
            by_column,
            referring,
            weight,
            score: referring * weight as usize,
        })
    }

    fn settle(self, others: Vec<(TableName, usize)>) -> Tenant {
        let columns = self.scope_columns();
        let mut tenant = Tenant {
            table: self.name.clone(),
            id: self.id.to_owned(),
            name: self.name_column(),
            columns,
            singletons: Vec::new(),
            crossings: Vec::new(),
            between: Vec::new(),
            group: None,
            referring: self.referring,
            others,
            is_named_like_one: self.weight > 1,
        };
        tenant.group = group(self.schema, &tenant);
        for (name, table) in &self.schema.tables {
            if name.schema == self.name.schema {
                self.note_references(&mut tenant, name, table);
            }
        }
        tenant
    }

    /// The column by which most tables lead to it, and further ones that other tables must have.
    fn scope_columns(&self) -> Vec<String> {
        let own = own_columns(&stems(&self.name.name), self.weight);
        let mut ranked: Vec<(&str, &BTreeSet<&TableName>)> = self
            .by_column
            .iter()
            .map(|(column, tables)| (*column, tables))
            .filter(|(column, _)| *column != self.id)
            .collect();
        ranked.sort_by_key(|(column, tables)| {
            (
                std::cmp::Reverse(tables.len()),
                !own.contains(&squeezed(column)),
            )
        });
        let mut chosen: Vec<String> = Vec::new();
        for (column, tables) in ranked {
            let decides = |name: &&TableName| {
                let Some(table) = self.schema.tables.get(*name) else {
                    return false;
                };
                let has_better = chosen.iter().any(|better| table.column(better).is_some());
                let is_needed = table.column(column).is_some_and(|column| column.not_null);
                has_better || (is_needed && leading_to(table, self.name, self.id).count() == 1)
            };
            let adds = |name: &&TableName| {
                self.schema.tables.get(*name).is_some_and(|table| {
                    !chosen.iter().any(|better| table.column(better).is_some())
                })
            };
            if chosen.is_empty() || (tables.iter().all(decides) && tables.iter().any(adds)) {
                chosen.push(column.to_owned());
            }
        }
        chosen
    }

    fn name_column(&self) -> String {
        let own = stems(&self.name.name).concat();
        let texts = || {
            self.table
                .stored_columns()
                .filter(|column| is_text(&column.type_name) && !column.tells_secret())
        };
        let named = NAME_COLUMNS.iter().find_map(|wanted| {
            let wanted = wanted.replace('%', &own);
            texts().find(|column| squeezed(&column.name) == wanted)
        });
        let any = || texts().find(|column| column.not_null && column.name != self.id);
        named
            .or_else(any)
            .map_or_else(|| self.id.to_owned(), |column| column.name.clone())
    }

    /// Sorts one table's references to companies: whose its rows are, and which lead to others.
    fn note_references(&self, tenant: &mut Tenant, name: &TableName, table: &Table) {
        let leading: Vec<&Reference> = leading_to(table, self.name, self.id).collect();
        let scope = tenant.column_of(table).map(str::to_owned);
        let key = table.key.as_ref().map(|key| key.columns.as_slice());
        if scope.is_none() && name != self.name {
            let keyed = |reference: &&&Reference| key == Some(reference.columns.as_slice());
            if leading.iter().any(|reference| keyed(&reference)) {
                tenant.singletons.push(name.clone());
                return;
            }
            if leading.len() < 2 {
                return;
            }
            // Between two companies: what hangs on either side is not this company's.
            tenant.between.push(name.clone());
        }
        let scope = scope.as_deref();
        let mut crossing: Vec<String> = leading
            .iter()
            .flat_map(|reference| &reference.columns)
            .filter(|column| Some(column.as_str()) != scope)
            .map(|column| format!("{}.{column}", name.name))
            .collect();
        if tenant.between.contains(name) {
            let leads_to_owned = |reference: &&Reference| {
                let target = self.schema.tables.get(&reference.target);
                target.is_some_and(|target| tenant.column_of(target).is_some())
            };
            let sides = table.references.iter().filter(leads_to_owned);
            crossing.extend(
                sides
                    .flat_map(|reference| &reference.columns)
                    .map(|column| format!("{}.{column}", name.name)),
            );
        }
        crossing.sort();
        crossing.dedup();
        tenant.crossings.extend(crossing);
    }
}

impl Tenant {
    pub(super) fn rule(&self) -> CompanyRule {
        CompanyRule {
            table: self.table.name.clone(),
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }

    /// The column of that table that says whose its rows are.
    pub(super) fn column_of<'a>(&'a self, table: &Table) -> Option<&'a str> {
        self.columns
            .iter()
            .find(|column| table.column(column).is_some())
            .map(String::as_str)
    }

    /// Whether a column leads to another company on purpose.
    pub(super) fn crosses(&self, table: &TableName, column: &str) -> bool {
        table.schema == self.table.schema
            && self.crossings.contains(&format!("{}.{column}", table.name))
    }

    pub(super) fn explain(&self, reasons: &mut Reasons) {
        let others = match self.others.as_slice() {
            [] => "no other table comes near".to_owned(),
            others => {
                let named: Vec<String> = others
                    .iter()
                    .map(|(name, count)| format!("{} ({count})", name.name))
                    .collect();
                format!("next came {}", named.join(" and "))
            }
        };
        let because = format!(
            "{} tables lead to it by {}; {others}",
            self.referring,
            self.columns.first().map_or("no column", String::as_str)
        );
        if self.is_named_like_one {
            reasons.say(Topic::Company, because);
        } else {
            reasons.doubt(
                Topic::Company,
                format!("{because}; its name does not say that it is one of companies"),
            );
        }
        if self.name == self.id {
            reasons.doubt(Topic::Company, "no column names a company, so its key does");
        }
        if self.columns.len() > 1 {
            reasons.doubt(
                Topic::Scope,
                "tables without the first column have one of the others",
            );
        }
        for crossing in &self.crossings {
            reasons.say(
                Topic::Column(crossing.clone()),
                "leads to a company without saying whose the row is",
            );
        }
        if let Some(group) = &self.group {
            reasons.doubt(
                Topic::Group,
                format!(
                    "companies refer to {} by {}, and tables without a company have that column too",
                    group.table, group.column
                ),
            );
        }
    }
}

/// Companies that refer to a common table, the key of which other tables bear in place of a company's.
fn group(schema: &Schema, tenant: &Tenant) -> Option<GroupRule> {
    let company = schema.tables.get(&tenant.table)?;
    let found = company.references.iter().find_map(|reference| {
        let [column] = reference.columns.as_slice() else {
            return None;
        };
        let target = &reference.target;
        let is_named = stems(&target.name)
            .iter()
            .any(|stem| GROUP_WORDS.contains(&stem.as_str()));
        let bears = |(name, table): (&TableName, &Table)| {
            name != target
                && *name != tenant.table
                && name.schema == tenant.table.schema
                && table.column(column).is_some()
                && tenant.column_of(table).is_none()
        };
        let is_group = is_named
            && *target != tenant.table
            && target.schema == tenant.table.schema
            && schema.tables.iter().any(bears);
        is_group.then(|| (target.name.clone(), column.clone()))
    });
    found.map(|(table, column)| GroupRule { table, column })
}

/// References of one column to that key.
fn leading_to<'a>(
    table: &'a Table,
    target: &TableName,
    id: &str,
) -> impl Iterator<Item = &'a Reference> {
    table.references.iter().filter(move |reference| {
        reference.target == *target
            && reference.columns.len() == 1
            && reference.target_columns.iter().all(|column| column == id)
    })
}

fn weight(stems: &[String]) -> u32 {
    let last = stems.last().map(String::as_str).unwrap_or_default();
    if PEOPLE_WORDS.contains(&last) {
        return 0;
    }
    TENANT_WORDS
        .iter()
        .find(|(word, _)| *word == last)
        // `app_company` is one; `parent_company` rather not, and `company_group` is something else.
        .map_or(1, |(_, weight)| {
            if stems.len() == 1 {
                *weight
            } else {
                weight / 2
            }
        })
}

/// What a column that holds a key of that table is called, without case and underscores.
fn own_columns(stems: &[String], weight: u32) -> Vec<String> {
    let whole = format!("{}id", stems.concat());
    // `app_tenant` by `tenant_id`.
    let last = stems.last().filter(|_| weight > 1);
    let last = last.map(|last| format!("{last}id"));
    [Some(whole), last].into_iter().flatten().collect()
}

/// A name without case and underscores.
pub(super) fn squeezed(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase()
}

pub(super) fn is_text(type_name: &str) -> bool {
    ["text", "character", "citext", "public.citext"]
        .iter()
        .any(|kind| type_name.starts_with(kind))
        && !type_name.ends_with("[]")
}
