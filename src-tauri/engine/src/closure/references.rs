use crate::company::Opened;
use crate::difference::live;
use crate::model::{Generation, Reference, Table, TableName};
use crate::pg::{Ident, Qualified};
use crate::scope::{self, Membership};

/// Which references are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those that may leave the company. The server's constraints are trusted that the row is there.
    Leaving,
    /// All: a constraint may be NOT VALID, and rows may have been written while triggers were silent.
    Everywhere,
}

/// One reference of a table that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed<'a> {
    /// The reference.
    pub reference: &'a Reference,
    /// Its columns that may become NULL where it is broken; none where a row must have it.
    pub emptied: Vec<String>,
    /// Whether rows are the company's by it, so that a row may be another company's by it as well.
    pub is_route: bool,
}

impl Followed<'_> {
    /// Whether a row must have it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.emptied.is_empty()
    }
}

/// The references of a table that are followed.
#[must_use]
pub fn followed<'a>(
    opened: &Opened,
    name: &TableName,
    table: &'a Table,
    reach: Reach,
) -> Vec<Followed<'a>> {
    let secret = opened.scope.tables.get(name);
    let secret = secret.map(|found| found.secret_columns.as_slice());
    let is_secret = |column: &String| secret.is_some_and(|secret| secret.contains(column));
    let references = table.references.iter();
    references
        .filter(|reference| match reach {
            Reach::Leaving => may_leave(opened, name, reference),
            // A secret value is never read, nor could a safety snapshot give it back.
            Reach::Everywhere => {
                opened.scope.tables.contains_key(&reference.target)
                    && !reference.columns.iter().any(is_secret)
            }
        })
        .map(|reference| Followed {
            emptied: emptied(opened, name, table, reference),
            is_route: is_route(opened, name, reference),
            reference,
        })
        .collect()
}

/// The column that says whose row it is.
fn own_column<'a>(opened: &'a Opened, name: &TableName) -> Option<&'a String> {
    match &opened.scope.tables.get(name)?.membership {
        Membership::Column(column) | Membership::Group(column) => Some(column),
        Membership::References(_) | Membership::Whole | Membership::None => None,
    }
}

fn may_leave(opened: &Opened, name: &TableName, reference: &Reference) -> bool {
    let Some(target) = opened.scope.tables.get(&reference.target) else {
        return false;
    };
    let carries_key = match &target.membership {
        Membership::None | Membership::Whole => return false,
        // A composite reference that pairs the company's key with itself cannot leave it.
        Membership::Column(theirs) => reference
            .columns
            .iter()
            .zip(&reference.target_columns)
            .any(|(here, there)| Some(here) == own_column(opened, name) && there == theirs),
        Membership::Group(_) | Membership::References(_) => false,
    };
    !carries_key && !is_intended(opened, name, reference)
}

fn is_intended(opened: &Opened, name: &TableName, reference: &Reference) -> bool {
    reference
        .columns
        .iter()
        .any(|column| scope::intended(&opened.profile, name, column))
}

fn is_route(opened: &Opened, name: &TableName, reference: &Reference) -> bool {
    let membership = opened.scope.tables.get(name).map(|found| &found.membership);
    let Some(Membership::References(routes)) = membership else {
        return false;
    };
    routes
        .iter()
        .any(|route| route.columns == reference.columns && route.target == reference.target)
}

/// Emptying the column that says whose row it is would give the row to everybody.
fn emptied(opened: &Opened, name: &TableName, table: &Table, reference: &Reference) -> Vec<String> {
    let own = own_column(opened, name);
    let may_be_empty = |column: &&String| {
        Some(*column) != own
            && table
                .column(column)
                .is_some_and(|found| !found.not_null && found.generation == Generation::None)
    };
    reference
        .columns
        .iter()
        .filter(may_be_empty)
        .cloned()
        .collect()
}

/// The condition under which a row `p` may be referred to by that reference.
fn allowed(opened: &Opened, name: &TableName, reference: &Reference) -> String {
    if is_intended(opened, name, reference) {
        return "true".to_owned();
    }
    own_or_shared(opened, &reference.target)
}

/// The condition under which a row `p` is the company's own, or shared by all.
pub(super) fn own_or_shared(opened: &Opened, target: &TableName) -> String {
    let own = live::predicate(&opened.schema, &opened.scope, target, "p");
    match opened
        .scope
        .tables
        .get(target)
        .map(|found| &found.membership)
    {
        Some(Membership::Column(column) | Membership::Group(column)) => {
            format!("({own} OR p.{} IS NULL)", Ident(column))
        }
        Some(Membership::None) => "true".to_owned(),
        _ => own,
    }
}

/// For each reference a flag `b<n>` on every row of the company: it refers, and not to an allowed row.
/// `select` stands before the flags.
pub(super) fn flagged(
    opened: &Opened,
    name: &TableName,
    references: &[Followed<'_>],
    select: &str,
) -> String {
    let mut joins = String::new();
    let mut flags = Vec::new();
    for (number, Followed { reference, .. }) in references.iter().enumerate() {
        let pairs: Vec<String> = reference
            .columns
            .iter()
            .zip(&reference.target_columns)
            .map(|(here, there)| format!("j{number}.{} = t.{}", Ident(there), Ident(here)))
            .collect();
        let columns: Vec<String> = reference
            .target_columns
            .iter()
            .map(|column| format!("p.{}", Ident(column)))
            .collect();
        joins.push_str(&format!(
            " LEFT JOIN (SELECT {}, true AS found FROM {} AS p WHERE {}) AS j{number} ON {}",
            columns.join(", "),
            Qualified(&reference.target),
            allowed(opened, name, reference),
            pairs.join(" AND "),
        ));
        let filled: Vec<String> = reference
            .columns
            .iter()
            .map(|column| format!("t.{} IS NOT NULL", Ident(column)))
            .collect();
        flags.push(format!(
            "({} AND j{number}.found IS NULL) AS b{number}",
            filled.join(" AND ")
        ));
    }
    if flags.is_empty() {
        flags.push("false AS b".to_owned());
    }
    format!(
        "SELECT {select}{} FROM {} AS t{joins} WHERE {}",
        flags.join(", "),
        live::relation(&opened.schema, name),
        live::predicate(&opened.schema, &opened.scope, name, "t")
    )
}

/// Whether a row that a row `t` refers to is there at all, whosever it is.
pub(super) fn exists(reference: &Reference) -> String {
    let pairs: Vec<String> = reference
        .columns
        .iter()
        .zip(&reference.target_columns)
        .map(|(here, there)| format!("x.{} = t.{}", Ident(there), Ident(here)))
        .collect();
    format!(
        "EXISTS (SELECT 1 FROM {} AS x WHERE {})",
        Qualified(&reference.target),
        pairs.join(" AND ")
    )
}
