//! The place of every table: in the backup, of no company, about people, or left out with a reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    ExcludedTables, ExclusionReason, PeopleRule, Reference, RunTimeTable, Table, TableKind,
    TableName,
};

use super::super::words::stems;
use super::App;
use super::people::is_named_like_people;
use super::reasons::{Reasons, Topic};
use super::secrets::Secrets;
use super::version;

mod left_out;
mod run_time;

use left_out::LeftOut;

/// Rows above which a table of no company is worth a look.
const MANY_ROWS: u64 = 10_000;

/// Words of tables that seldom belong to nobody.
const SELDOM_SHARED: &[&str] = &[
    "address",
    "attachment",
    "comment",
    "contact",
    "document",
    "file",
    "image",
    "location",
    "note",
    "photo",
];

/// Words of columns by which a row names who wrote it, not whose it is.
const AUTHOR_WORDS: &[&str] = &["author", "by", "creator", "editor"];

/// Every table of the schema, once.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// In the backup, the company's table and the group's among them.
    pub(super) archived: BTreeSet<TableName>,
    /// Of those, the ones that a restore leaves as they are.
    pub(super) kept: BTreeSet<TableName>,
    pub(super) global: BTreeSet<TableName>,
    pub(super) run_time: Vec<RunTimeTable>,
    about_people: BTreeSet<TableName>,
    left_out: BTreeMap<TableName, LeftOut>,
}

impl Places {
    pub(super) fn excluded_lists(&self, app: &App<'_>) -> Vec<ExcludedTables> {
        let mut lists: BTreeMap<(ExclusionReason, LeftOut), Vec<String>> = BTreeMap::new();
        for (name, left_out) in &self.left_out {
            lists
                .entry((left_out.reason(), *left_out))
                .or_default()
                .push(app.written(name));
        }
        lists
            .into_iter()
            .map(|((reason, left_out), tables)| ExcludedTables {
                reason,
                because: left_out.because().to_owned(),
                tables,
            })
            .collect()
    }

    /// Secret columns of tables that are in the backup; those of others stay there anyway.
    pub(super) fn secret_columns(&self, app: &App<'_>, secrets: &Secrets) -> Vec<String> {
        let archived = secrets
            .columns
            .iter()
            .filter(|(name, _)| self.archived.contains(*name));
        archived
            .flat_map(|(name, columns)| {
                columns
                    .iter()
                    .map(|column| format!("{}.{column}", app.written(name)))
            })
            .collect()
    }

    pub(super) fn with_more_people(&self, app: &App<'_>, mut rule: PeopleRule) -> PeopleRule {
        rule.more_tables = self
            .about_people
            .iter()
            .map(|name| app.written(name))
            .collect();
        rule
    }
}

/// Gives every table its place.
pub(super) fn places(
    app: &App<'_>,
    people: Option<&PeopleRule>,
    secrets: &Secrets,
    reasons: &mut Reasons,
) -> Places {
    let people = people.map(|rule| TableName::new(&app.tenant.table.schema, &rule.table));
    let mut placing = Placing {
        app,
        people: people.as_ref(),
        places: Places::default(),
        made: run_time::tables(app),
    };
    placing.by_name(secrets, reasons);
    placing.tied(reasons);
    placing.untied(reasons);
    placing.kept(reasons);
    let mut places = placing.places;
    places.run_time = run_time::kinds(app);
    places
}

struct Placing<'a> {
    app: &'a App<'a>,
    people: Option<&'a TableName>,
    places: Places,
    /// Tables that the application made for one company.
    made: BTreeSet<TableName>,
}

impl Placing<'_> {
    fn is_placed(&self, name: &TableName) -> bool {
        self.people == Some(name)
            || self.made.contains(name)
            || self.places.archived.contains(name)
            || self.places.global.contains(name)
            || self.places.about_people.contains(name)
            || self.places.left_out.contains_key(name)
    }

    /// What names tell: tables of tools, secrets, and what is not worth keeping.
    fn by_name(&mut self, secrets: &Secrets, reasons: &mut Reasons) {
        let app = self.app;
        for (&name, &table) in &app.tables {
            if *name == app.tenant.table || self.is_placed(name) {
                continue;
            }
            if version::is_tools(name) {
                self.places.global.insert(name.clone());
                reasons.say(
                    Topic::Table(app.written(name)),
                    "a tool that migrates schemas keeps it",
                );
            } else if secrets.tables.contains(name) {
                self.places.left_out.insert(name.clone(), LeftOut::Secret);
            } else if let Some((left_out, because, is_doubtful)) =
                left_out::by_name(app, name, table)
            {
                self.places.left_out.insert(name.clone(), left_out);
                let topic = Topic::Table(app.written(name));
                if is_doubtful {
                    reasons.doubt(topic, because);
                } else {
                    reasons.say(topic, because);
                }
            }
        }
    }

    /// Tables of which something leads to a company, over as many hops as it takes.
    fn tied(&mut self, reasons: &mut Reasons) {
        let app = self.app;
        let tenant = app.tenant;
        self.places.archived.insert(tenant.table.clone());
        for (&name, &table) in &app.tables {
            let is_group = tenant.group.as_ref().is_some_and(|group| {
                group.table == name.name || table.column(&group.column).is_some()
            });
            let has_column =
                tenant.column_of(table).is_some() || tenant.singletons.contains(name) || is_group;
            if !has_column || self.is_placed(name) {
                continue;
            }
            self.places.archived.insert(name.clone());
            if let Some(column) = tenant
                .column_of(table)
                .and_then(|column| table.column(column))
                && !column.not_null
            {
                reasons.doubt(
                    Topic::Table(app.written(name)),
                    format!("rows without {} are taken to be shared by all", column.name),
                );
            }
        }
        loop {
            let tied: Vec<TableName> = app
                .tables
                .iter()
                .filter(|(name, _)| !self.is_placed(name) && !tenant.between.contains(*name))
                .filter(|(name, table)| {
                    table
                        .references
                        .iter()
                        .any(|reference| self.ties(name, table, reference))
                })
                .map(|(name, _)| (*name).clone())
                .collect();
            if tied.is_empty() {
                break;
            }
            for name in &tied {
                self.explain_ties(name, reasons);
            }
            self.places.archived.extend(tied);
        }
        // Rows of a foreign table can be neither locked nor put back.
        let foreign: Vec<TableName> = self
            .places
            .archived
            .iter()
            .filter(|name| {
                app.tables
                    .get(name)
                    .is_some_and(|table| table.kind == TableKind::Foreign)
            })
            .cloned()
            .collect();
        for name in foreign {
            reasons.doubt(Topic::Table(app.written(&name)), "it is a foreign table");
            self.places.archived.remove(&name);
            self.places.left_out.insert(name, LeftOut::Foreign);
        }
    }

    fn ties(&self, name: &TableName, table: &Table, reference: &Reference) -> bool {
        let is_author = |column: &String| {
            stems(column)
                .iter()
                .any(|stem| AUTHOR_WORDS.contains(&stem.as_str()))
        };
        // Who wrote a row does not say whose it is.
        let names_author = is_named_like_people(&reference.target)
            && reference.columns.iter().any(is_author)
            && self.people != Some(&reference.target);
        self.places.archived.contains(&reference.target)
            && reference.target != *name
            && !names_author
            && !reference
                .columns
                .iter()
                .any(|column| self.app.tenant.crosses(name, column))
            && reference
                .columns
                .iter()
                .all(|column| table.column(column).is_some())
    }

    fn explain_ties(&self, name: &TableName, reasons: &mut Reasons) {
        let Some(table) = self.app.tables.get(name) else {
            return;
        };
        let ties: Vec<&Reference> = table
            .references
            .iter()
            .filter(|reference| self.ties(name, table, reference))
            .collect();
        let over: Vec<String> = ties.iter().map(|tie| tie.columns.join("+")).collect();
        let is_sure = ties.iter().any(|tie| {
            tie.columns
                .iter()
                .all(|column| table.column(column).is_some_and(|column| column.not_null))
        });
        let topic = Topic::Table(self.app.written(name));
        if is_sure {
            reasons.say(
                topic,
                format!("belongs to a company over {}", over.join(", ")),
            );
        } else {
            reasons.doubt(
                topic,
                format!("belongs to a company over {} alone, which may be empty: such rows are nobody's", over.join(", ")),
            );
        }
    }

    /// What nothing leads from to a company.
    fn untied(&mut self, reasons: &mut Reasons) {
        let app = self.app;
        // What hangs on a table that is left out goes with it, over as many hops as it takes.
        loop {
            let hanging: Vec<(TableName, LeftOut, String)> = app
                .tables
                .iter()
                .filter(|(name, _)| !self.is_placed(name))
                .filter_map(|(name, table)| {
                    let parent = table.references.iter().find(|reference| {
                        self.places.left_out.contains_key(&reference.target)
                            && is_needed(table, reference)
                    })?;
                    let left_out = *self.places.left_out.get(&parent.target)?;
                    Some((
                        (*name).clone(),
                        left_out,
                        format!("its rows belong to those of {}", parent.target.name),
                    ))
                })
                .collect();
            if hanging.is_empty() {
                break;
            }
            for (name, left_out, because) in hanging {
                reasons.say(Topic::Table(app.written(&name)), because);
                self.places.left_out.insert(name, left_out);
            }
        }
        for (&name, &table) in &app.tables {
            if self.is_placed(name) {
                continue;
            }
            let topic = Topic::Table(app.written(name));
            let of_people = table.references.iter().any(|reference| {
                self.people == Some(&reference.target) && is_needed(table, reference)
            });
            if of_people && !app.tenant.between.contains(name) {
                reasons.say(
                    topic,
                    "each row is about a person, and none about a company",
                );
                self.places.about_people.insert(name.clone());
                continue;
            }
            self.places.global.insert(name.clone());
            let last = stems(&name.name).pop().unwrap_or_default();
            if app.tenant.between.contains(name) {
                reasons.doubt(
                    topic,
                    "a row leads to two companies, so it is neither's alone and is not in a backup",
                );
            } else if table.estimated_row_count > MANY_ROWS
                || SELDOM_SHARED.contains(&last.as_str())
            {
                reasons.doubt(topic, "nothing leads from it to a company, so it is not in a backup; is it really nobody's?");
            } else {
                reasons.say(topic, "nothing leads from it to a company");
            }
        }
    }

    /// Who belongs to a company and what they may do is not undone with its data.
    fn kept(&mut self, reasons: &mut Reasons) {
        let app = self.app;
        for name in &self.places.archived {
            let Some(table) = app.tables.get(name) else {
                continue;
            };
            if *name == app.tenant.table {
                continue;
            }
            let stems = stems(&name.name);
            let says_access = stems.iter().any(|stem| {
                ["acl", "grant", "member", "membership", "permission", "role"]
                    .contains(&stem.as_str())
            });
            let links_people = self.people.is_some_and(|people| links(app, table, people));
            let is_people = self.people.is_none()
                && is_named_like_people(name)
                && app.tenant.column_of(table).is_some();
            if says_access || links_people || is_people {
                let because = if is_people {
                    "people enter the application by it"
                } else {
                    "it says who belongs to the company or may do what"
                };
                reasons.say(Topic::Table(app.written(name)), because);
                self.places.kept.insert(name.clone());
            }
        }
    }
}

/// Whether a key of the table is a company and a person.
fn links(app: &App<'_>, table: &Table, people: &TableName) -> bool {
    let Some(scope) = app.tenant.column_of(table) else {
        return false;
    };
    let to_people: BTreeSet<&String> = table
        .references
        .iter()
        .filter(|reference| reference.target == *people)
        .flat_map(|reference| &reference.columns)
        .collect();
    let keys = table.key.iter().map(|key| &key.columns);
    let uniques = table
        .uniques
        .iter()
        .filter(|unique| unique.plain && unique.predicate.is_none())
        .map(|unique| &unique.columns);
    keys.chain(uniques).any(|columns| {
        columns.len() == 2
            && columns.iter().any(|column| column == scope)
            && columns.iter().any(|column| to_people.contains(column))
    })
}

/// Whether each row must have that reference.
fn is_needed(table: &Table, reference: &Reference) -> bool {
    reference
        .columns
        .iter()
        .all(|column| table.column(column).is_some_and(|column| column.not_null))
}
