//! What makes each column of a table, decided once from the catalog.

use crate::carbon::catalog::{Catalog, Column, Reference, Table};
use crate::carbon::rules::Rules;

use super::cell::Cell;
use super::counts::{self, Owned};
use super::fill::Fill;
use super::story;
use super::world::{Owner, Row, World};

/// A hand-made value.
pub(super) type StoryValue = fn(&Row<'_>, &mut Cell);
/// A hand-made choice of the row referred to, by number; `None` for NULL.
pub(super) type StoryChoice = fn(&Row<'_>) -> Option<u64>;

/// What makes one column.
#[derive(Debug)]
pub(super) enum Make {
    /// The database computes it.
    Generated,
    /// The row's own id.
    Id,
    /// Its company's or group's id.
    Scope,
    /// A value of another row.
    Reference(Box<Chosen>),
    /// By hand.
    Story(StoryValue),
    /// By type and name.
    Fill(Fill),
}

/// A reference, and how the row referred to is found.
#[derive(Debug)]
pub(super) struct Chosen {
    table: usize,
    column: usize,
    column_name: String,
    nullable: bool,
    to_self: bool,
    choice: Choice,
}

#[derive(Debug)]
enum Choice {
    /// By hand.
    Story(StoryChoice),
    /// Through another reference of the same row: that row's reference of the same name.
    Through(usize),
    /// The company itself.
    Company,
    /// Counting up, so that combinations with the columns before it never repeat.
    Counting(Vec<usize>),
    /// Any.
    Any,
}

/// What makes a table.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) columns: Vec<Make>,
    /// Groups of reference columns that together must not repeat.
    combinations: Vec<Vec<usize>>,
}

impl Plan {
    pub(super) fn of(catalog: &'static Catalog, table: &'static Table) -> Plan {
        let (distinct, combinations) = keys(table);
        let columns = table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                make(
                    catalog,
                    table,
                    at,
                    column,
                    distinct.contains(&at),
                    &combinations,
                )
            })
            .collect();
        Plan {
            columns,
            combinations,
        }
    }

    /// How many rows the keys that consist of references allow.
    pub(super) fn most_rows(&self, world: &World, owner: Owner) -> u64 {
        self.combinations
            .iter()
            .map(|columns| {
                columns
                    .iter()
                    .map(|&at| match &self.columns[at] {
                        Make::Reference(chosen) => match chosen.choice {
                            Choice::Counting(_) => chosen.candidates(world, owner).max(1),
                            _ => u64::MAX,
                        },
                        // An enum or a flag is no digit of the count: it may be anything.
                        Make::Fill(_) => 1,
                        _ => u64::MAX,
                    })
                    .fold(1_u64, u64::saturating_mul)
            })
            .min()
            .unwrap_or(u64::MAX)
    }
}

impl Chosen {
    /// Whose row of the table referred to a row of `owner` may mean.
    fn owner_there(&self, world: &World, owner: Owner) -> Owner {
        match counts::owned(&world.catalog.tables[self.table].name) {
            Owned::Globally => Owner::Global,
            Owned::ByGroup => owner.group(),
            Owned::ByCompany => match owner {
                Owner::Group(0) | Owner::Global => Owner::Company(0),
                Owner::Group(_) => Owner::Company(2),
                other => other,
            },
        }
    }

    fn candidates(&self, world: &World, owner: Owner) -> u64 {
        if world.catalog.tables[self.table].name == "user" {
            return counts::members(owner).1;
        }
        world.counts[self.table][self.owner_there(world, owner).index()]
    }

    /// The row referred to and its column; nothing for NULL.
    pub(super) fn target<'w>(&self, row: &Row<'w>) -> Option<(Row<'w>, usize)> {
        let world = row.world;
        let owner = self.owner_there(world, row.owner);
        let there = |owner, n| {
            Some((
                Row {
                    world,
                    table: self.table,
                    owner,
                    n,
                },
                self.column,
            ))
        };
        match &self.choice {
            Choice::Story(choose) => return there(owner, choose(row)?),
            Choice::Company => return there(Owner::Global, row.company() as u64),
            Choice::Through(column) => {
                let Make::Reference(via) = &world.plans[row.table].columns[*column] else {
                    return None;
                };
                let (parent, _) = via.target(row)?;
                let same = world.catalog.tables[parent.table]
                    .columns
                    .iter()
                    .position(|candidate| candidate.name == self.column_name)?;
                let Make::Reference(theirs) = &world.plans[parent.table].columns[same] else {
                    return None;
                };
                return theirs.target(&parent);
            }
            Choice::Counting(_) | Choice::Any => {}
        }
        if self.nullable && self.left_out(row) {
            return None;
        }
        let count = self.candidates(world, row.owner);
        if count == 0 {
            return None;
        }
        if self.to_self {
            return (row.n > 0)
                .then(|| row.below(&self.column_name, row.n))
                .and_then(|n| there(owner, n));
        }
        let n = match &self.choice {
            Choice::Counting(before) => {
                let divide: u64 = before
                    .iter()
                    .map(|&at| match &world.plans[row.table].columns[at] {
                        Make::Reference(other) => other.candidates(world, row.owner).max(1),
                        _ => 1,
                    })
                    .product();
                row.n / divide % count
            }
            _ => {
                let shared = world.counts[self.table][Owner::Shared.index()];
                if owner != Owner::Shared
                    && owner != Owner::Global
                    && row.chance("shared", 25)
                    && shared > 0
                {
                    return there(Owner::Shared, row.below(&self.column_name, shared));
                }
                row.below(&self.column_name, count)
            }
        };
        let first = if world.catalog.tables[self.table].name == "user" {
            counts::members(row.owner).0
        } else {
            0
        };
        there(owner, first + n)
    }

    /// The first row of an owner refers, the second does not, the others as it comes. Where an
    /// owner has one row only, one company refers and another does not.
    fn left_out(&self, row: &Row<'_>) -> bool {
        match row.n {
            0 if row.world.counts[row.table][row.owner.index()] == 1 => {
                row.owner == Owner::Company(1)
            }
            0 => false,
            1 => true,
            _ => row.chance(null_salt(&self.column_name), 35),
        }
    }
}

/// Columns that are empty together share a salt.
pub(super) fn null_salt(column: &str) -> &str {
    match column {
        "updatedAt" | "updatedBy" => "updated",
        other => other,
    }
}

/// Columns that must differ in every row, and combinations of references that must.
fn keys(table: &Table) -> (Vec<usize>, Vec<Vec<usize>>) {
    let at = |name: &String| table.columns.iter().position(|column| column.name == *name);
    let scope = |name: &&String| !["companyId", "companyGroupId"].contains(&name.as_str());
    let refers = |name: &str| {
        table
            .references
            .iter()
            .any(|reference| reference.columns[0] == name)
    };
    let choice = |column: &Column| {
        refers(&column.name)
            || Rules::carbon().words(&table.name, &column.name).is_some()
            || column.ty == "boolean"
            || column.ty.chars().next().is_some_and(char::is_alphabetic)
                && Catalog::carbon().enums.contains_key(&column.ty)
    };
    let (mut distinct, mut combinations) = (Vec::new(), Vec::new());
    let groups = std::iter::once(&table.key)
        .chain(&table.uniques)
        .chain(&table.partial_uniques);
    for group in groups.filter(|group| !group.is_empty()) {
        let columns: Vec<usize> = group.iter().filter(scope).filter_map(at).collect();
        let free = |&&column: &&usize| !choice(&table.columns[column]);
        if let Some(&column) = columns.iter().find(free) {
            distinct.push(column);
        } else if !columns.is_empty() {
            combinations.push(columns);
        }
    }
    (distinct, combinations)
}

fn make(
    catalog: &'static Catalog,
    table: &'static Table,
    at: usize,
    column: &'static Column,
    distinct: bool,
    combinations: &[Vec<usize>],
) -> Make {
    if column.generated {
        return Make::Generated;
    }
    if let Some(value) = story::value(&table.name, &column.name) {
        return Make::Story(value);
    }
    let is_scope =
        table.name != "company" && ["companyId", "companyGroupId"].contains(&column.name.as_str());
    let reference = table.references.iter().find(|reference| {
        reference.columns[0] == column.name && (reference.columns.len() > 1 || !is_scope)
    });
    if let Some(reference) = reference {
        return Make::Reference(Box::new(chosen(
            catalog,
            table,
            at,
            column,
            reference,
            combinations,
        )));
    }
    let is_company = column.name == "id" && counts::id_is_company(&table.name);
    if is_scope || is_company {
        return Make::Scope;
    }
    if column.name == "id" && column.ty == "text" {
        return Make::Id;
    }
    let names_itself = column.name.strip_suffix("Id") == Some(table.name.as_str());
    if let Some(Soft(to)) = soft_reference(catalog, column).filter(|_| !distinct && !names_itself) {
        let choice = Choice::Any;
        let column_there = catalog.tables[to]
            .columns
            .iter()
            .position(|c| c.name == "id")
            .unwrap_or(0);
        return Make::Reference(Box::new(Chosen {
            table: to,
            column: column_there,
            column_name: column.name.clone(),
            nullable: !column.required,
            to_self: false,
            choice,
        }));
    }
    Make::Fill(Fill::of(catalog, table, column, distinct))
}

struct Soft(usize);

/// A column that refers without a foreign key: `locationId`, `assetId`.
fn soft_reference(catalog: &Catalog, column: &Column) -> Option<Soft> {
    if column.ty != "text" {
        return None;
    }
    let named = match column.name.as_str() {
        "unitOfMeasureCode" => return None,
        "assetId" => "fixedAsset",
        name => name.strip_suffix("Id")?,
    };
    let to = catalog.position(named)?;
    (counts::owned(named) == Owned::ByCompany && catalog.tables[to].has("id")).then_some(Soft(to))
}

fn chosen(
    catalog: &'static Catalog,
    table: &'static Table,
    at: usize,
    column: &Column,
    reference: &Reference,
    combinations: &[Vec<usize>],
) -> Chosen {
    let to = catalog
        .position(&reference.table)
        .expect("references lead to tables of the catalog");
    let to_column = catalog.tables[to]
        .columns
        .iter()
        .position(|candidate| candidate.name == reference.to[0])
        .expect("references lead to columns of the catalog");
    let combination = combinations.iter().find(|columns| columns.contains(&at));
    let choice = if let Some(story) = story::choice(&table.name, &column.name) {
        Choice::Story(story)
    } else if reference.table == "company" && (column.name == "companyId" || column.name == "id") {
        Choice::Company
    } else if let Some(columns) = combination {
        Choice::Counting(
            columns
                .iter()
                .take_while(|&&other| other != at)
                .copied()
                .collect(),
        )
    } else if let Some(via) = through(catalog, table, at, &reference.table) {
        Choice::Through(via)
    } else {
        Choice::Any
    };
    Chosen {
        table: to,
        column: to_column,
        column_name: column.name.clone(),
        nullable: !column.required,
        to_self: reference.table == table.name,
        choice,
    }
}

/// A required reference of the same row to a row which itself has a reference of this name to
/// the same table: a line's order and its job belong together.
fn through(catalog: &Catalog, table: &Table, at: usize, to: &str) -> Option<usize> {
    let name = &table.columns[at].name;
    if to == "user" || to == "company" || !table.columns[at].required {
        return None;
    }
    table.references.iter().find_map(|other| {
        let column = table
            .columns
            .iter()
            .position(|column| column.name == other.columns[0])?;
        let parent = catalog.table(&other.table)?;
        let same = parent
            .references
            .iter()
            .any(|theirs| theirs.columns[0] == *name && theirs.table == to);
        let fits = column != at
            && same
            && table.columns[column].required
            && other.table != table.name
            && parent.column(name).is_some_and(|column| column.required);
        fits.then_some(column)
    })
}
