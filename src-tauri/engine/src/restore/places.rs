//! Where a row could wait while another row gets the unique value that it holds: a value that nobody has,
//! or one at which the row is not in the index at all.

use std::collections::BTreeSet;

use super::batch::TypedColumns;
use super::course::Parking;
use super::judge;
use super::rights::References;
use crate::company::Opened;
use crate::difference::{TablePair, live};
use crate::model::{Check, Column, Generation, Table, TableName, UniqueIndex};
use crate::pg::{Ident, Literal};
use crate::scope::Membership;

/// The columns of one index, and of its predicate, at which rows could wait.
pub(super) struct Places<'a> {
    pub(super) opened: &'a Opened,
    pub(super) name: &'a TableName,
    pub(super) table: &'a Table,
    pub(super) unique: &'a UniqueIndex,
    pub(super) references: References,
}

/// A place that may do.
pub(super) struct Place {
    /// The column, and the value in it.
    pub(super) parking: Parking,
    /// Whether each row gets another value. Rows of one value can only wait outside of the index.
    is_random: bool,
}

impl Places<'_> {
    /// Places in the order in which they are tried: columns under no CHECK and no reference first. Those
    /// that say whose row it is stay, and so do those that the backup lacks: nobody would set them back.
    pub(super) fn in_order(&self, pair: &TablePair) -> Vec<Place> {
        let (key, written) = (&pair.key_columns, &pair.columns);
        let mut columns: Vec<&Column> = self
            .unique
            .columns
            .iter()
            .filter(|column| written.contains(column) && !key.contains(column))
            .filter(|column| !self.says_whose(column))
            .filter_map(|column| self.table.column(column))
            .filter(|column| self.may_be_set(column))
            .collect();
        columns.sort_by_key(|column| (self.is_checked(&column.name), self.leads_on(&column.name)));
        columns
            .into_iter()
            .flat_map(|column| self.values(column))
            .collect()
    }

    fn says_whose(&self, column: &String) -> bool {
        let membership = self.opened.scope.tables.get(self.name);
        match membership.map_or(&Membership::None, |found| &found.membership) {
            Membership::Column(own) | Membership::Group(own) => own == column,
            Membership::References(routes) => {
                routes.iter().any(|route| route.columns.contains(column))
            }
            Membership::Whole | Membership::None => false,
        }
    }

    fn may_be_set(&self, column: &Column) -> bool {
        let is_written = match column.generation {
            Generation::None | Generation::IdentityByDefault => true,
            Generation::IdentityAlways | Generation::Stored | Generation::Virtual => false,
        };
        let mut others = self.table.uniques.iter();
        let excludes = others.any(|other| other.exclusion && other.columns.contains(&column.name));
        is_written && !excludes
    }

    fn checks_of<'s>(&'s self, column: &'s String) -> impl Iterator<Item = &'s Check> {
        let checks = self.table.checks.iter();
        checks.filter(|check| check.columns.contains(column))
    }

    fn is_checked(&self, column: &String) -> bool {
        self.checks_of(column).next().is_some()
    }

    fn leads_on(&self, column: &String) -> bool {
        let mut references = self.table.references.iter();
        references.any(|reference| reference.columns.contains(column))
    }

    fn is_referred_to(&self, column: &String) -> bool {
        judge::referring(self.opened, self.name)
            .iter()
            .any(|(_, reference)| reference.target_columns.contains(column))
    }

    /// The values that rows could wait with in that column, those that are sure to be free first.
    fn values(&self, column: &Column) -> Vec<Place> {
        let place = |free: String, is_random| Place {
            parking: Parking {
                column: column.name.clone(),
                free: format!("({free})::{}", column.type_name),
            },
            is_random,
        };
        let nothing = (!column.not_null).then(|| place("NULL".to_owned(), false));
        if self.references == References::Enforced {
            if self.is_referred_to(&column.name) {
                return Vec::new();
            }
            if self.leads_on(&column.name) {
                return nothing.into_iter().collect();
            }
        }
        let random = free(&column.type_name).map(|free| place(free, true));
        let mut values: Vec<Place> = nothing.into_iter().chain(random).collect();
        values.extend(
            self.words(column)
                .into_iter()
                .map(|word| place(word, false)),
        );
        values
    }

    /// Single values that the column can hold, so that a row may leave a partial index by them.
    fn words(&self, column: &Column) -> Vec<String> {
        let type_name = column.type_name.as_str();
        if let Some(values) = self.opened.schema.enums.get(type_name) {
            let values = values.iter();
            return values.map(|value| Literal(value).to_string()).collect();
        }
        let in_checks = || {
            let texts = self
                .checks_of(&column.name)
                .flat_map(|check| texts_in(&check.definition));
            texts.map(|text| Literal(&text).to_string()).collect()
        };
        match type_name {
            "boolean" => vec![format!("NOT t.{}", Ident(&column.name))],
            "date" | "timestamp without time zone" | "timestamp with time zone" => {
                vec!["'infinity'".to_owned(), "'-infinity'".to_owned()]
            }
            "text" => in_checks(),
            limited if limited.starts_with("character varying") => in_checks(),
            _ => Vec::new(),
        }
    }

    /// Counts the rows of those keys that would not be free at that place: they would still hold their
    /// values, or those of another index, or a CHECK would not let them there.
    pub(super) fn trial(&self, place: &Place, typed: &TypedColumns) -> String {
        let column = &place.parking.column;
        let others = self.table.uniques.iter().filter(|other| {
            other.name != self.unique.name && !other.exclusion && other.columns.contains(column)
        });
        let indexes: Vec<&UniqueIndex> = std::iter::once(self.unique).chain(others).collect();
        let checks: Vec<&Check> = self.checks_of(column).collect();
        let used: BTreeSet<&String> = indexes
            .iter()
            .flat_map(|index| &index.columns)
            .chain(checks.iter().flat_map(|check| &check.columns))
            .collect();
        let row = |parked: bool| {
            let columns = used.iter().map(|name| match parked && *name == column {
                true => format!("{} AS {}", place.parking.free, Ident(name)),
                false => format!("t.{0} AS {0}", Ident(name)),
            });
            columns.collect::<Vec<_>>().join(", ")
        };
        let entries: Vec<String> = indexes
            .iter()
            .enumerate()
            .map(|(number, index)| entry(number, index))
            .collect();
        let passed: Vec<&str> = checks
            .iter()
            .filter_map(|check| check.expression())
            .collect();
        let passed = match passed.as_slice() {
            [] => "true".to_owned(),
            passed => passed.join(" AND "),
        };
        let clashes = indexes.iter().enumerate().map(|(number, index)| {
            let entry = Entry { number, index };
            match number {
                0 => entry.holds_on(place.is_random),
                _ => entry.comes_in(place.is_random),
            }
        });
        format!(
            "SELECT count(*)::text FROM {table} AS t JOIN {keys} ON {on}, \
             LATERAL (SELECT {entries} FROM (SELECT {as_found}) AS r) AS o, \
             LATERAL (SELECT {entries}, {passed} AS passed FROM (SELECT {parked}) AS r) AS p \
             WHERE p.passed IS FALSE OR {clashes}",
            table = live::relation(&self.opened.schema, self.name),
            keys = typed.relation("n"),
            on = typed.equal("t", "n"),
            entries = entries.join(", "),
            as_found = row(false),
            parked = row(true),
            clashes = clashes.collect::<Vec<_>>().join(" OR "),
        )
    }
}

/// What an index has of a row, in columns numbered after it.
fn entry(number: usize, index: &UniqueIndex) -> String {
    let mut columns: Vec<String> = index
        .expressions
        .iter()
        .enumerate()
        .map(|(at, expression)| format!("({expression}) AS e{number}_{at}"))
        .collect();
    let listed = index.predicate.as_deref().unwrap_or("true");
    columns.push(format!("({listed}) AS listed{number}"));
    columns.join(", ")
}

/// The entry of a row in an index: `o` as found, `p` where it would wait.
struct Entry<'a> {
    number: usize,
    index: &'a UniqueIndex,
}

impl Entry<'_> {
    fn each(&self, condition: impl Fn(String) -> String) -> String {
        let columns = 0..self.index.expressions.len();
        let conditions = columns.map(|at| condition(format!("e{}_{at}", self.number)));
        conditions.collect::<Vec<_>>().join(" AND ")
    }

    fn is_same(&self) -> String {
        self.each(|column| format!("o.{column} IS NOT DISTINCT FROM p.{column}"))
    }

    /// Whether the row would be in the index, with values that another row may have.
    fn counts(&self) -> String {
        let listed = format!("p.listed{} IS TRUE", self.number);
        match self.index.nulls_not_distinct {
            true => listed,
            false => format!(
                "{listed} AND {}",
                self.each(|column| format!("p.{column} IS NOT NULL"))
            ),
        }
    }

    /// Whether the row would still hold the value.
    fn holds_on(&self, is_random: bool) -> String {
        match is_random {
            true => format!("({} AND {})", self.counts(), self.is_same()),
            false => format!("({})", self.counts()),
        }
    }

    /// Whether the row would hold a value of an index that it did not hold before, and that others may.
    fn comes_in(&self, is_random: bool) -> String {
        let (counts, same, number) = (self.counts(), self.is_same(), self.number);
        match is_random {
            true => format!("({counts} AND {same} AND o.listed{number} IS NOT TRUE)"),
            false => format!("({counts} AND NOT ({same} AND o.listed{number} IS TRUE))"),
        }
    }
}

/// A value of that type that nobody else has.
fn free(type_name: &str) -> Option<String> {
    let random = "md5(t.ctid::text || clock_timestamp()::text || random()::text)";
    Some(match type_name {
        "text" | "character varying" => random.to_owned(),
        "uuid" => format!("{random}::uuid"),
        "integer" => "(-1 - floor(random() * 2000000000))::integer".to_owned(),
        "bigint" | "numeric" => "(-1 - floor(random() * 9000000000000000))::bigint".to_owned(),
        "date" => "('0001-01-01'::date + floor(random() * 500000)::integer)".to_owned(),
        limited => {
            let length = limited.strip_prefix("character varying(")?;
            let length: usize = length.strip_suffix(')')?.parse().ok()?;
            // Fewer letters would not be sure to be free.
            (length >= 12).then(|| format!("left({random}, {length})"))?
        }
    })
}

/// The texts in quotes of an expression, as the server prints it.
fn texts_in(expression: &str) -> BTreeSet<String> {
    // A quote inside of a text is doubled, and so separates nothing from nothing.
    let parts: Vec<&str> = expression.split('\'').collect();
    let mut texts = BTreeSet::new();
    let mut text = String::new();
    for (number, part) in parts.iter().enumerate() {
        match number % 2 {
            1 => text.push_str(part),
            _ if number > 0 && number + 1 < parts.len() && part.is_empty() => text.push('\''),
            _ => {
                texts.extend((number > 0).then(|| std::mem::take(&mut text)));
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_a_check_are_found() {
        let check = "CHECK ((state = ANY (ARRAY['open'::text, 'it''s paid'::text, ''::text])))";
        let found: Vec<String> = texts_in(check).into_iter().collect();
        assert_eq!(found, ["", "it's paid", "open"]);
        assert_eq!(texts_in("CHECK ((quantity > 0))"), BTreeSet::new());
    }
}
