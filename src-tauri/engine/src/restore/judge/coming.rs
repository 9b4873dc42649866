//! Rows as they will be in their table, for rules that ask for columns which the backup lacks: a row that
//! comes back gets a default there, a row that changes keeps what it has, and what the database computes
//! is computed from both.

use std::collections::BTreeMap;

use crate::Result;
use crate::company::Opened;
use crate::difference::{TableDifference, TablePair, live};
use crate::model::{Column, Generation, Table, TableName};
use crate::pg::{Ident, Session};
use crate::restore::batch::{Pick, TypedColumns};

/// What is known of the secret values of rows that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// None is held: such a column gets its default.
    Gone,
    /// Some may be held.
    Held,
}

/// Rows of one kind with the columns that were asked for.
#[derive(Debug)]
pub(super) struct Part {
    /// Which rows.
    pub(super) pick: Pick,
    /// The fields that are bound.
    pub(super) positions: Vec<usize>,
    /// A relation over the bound values, without a name.
    pub(super) relation: String,
}

/// All rows that come back or change, as far as it is known what they will be.
#[derive(Debug)]
pub(super) struct Coming {
    /// The rows by kind.
    pub(super) parts: Vec<Part>,
    /// Whether these are all; else only the server can tell, when it has written them.
    pub(super) is_whole: bool,
}

impl Coming {
    /// The rows of a difference with those columns of their table.
    ///
    /// # Errors
    /// Errors of the connection.
    pub(super) async fn of(
        session: &mut Session,
        opened: &Opened,
        difference: &TableDifference,
        table: &Table,
        names: &[String],
        secrets: Secrets,
    ) -> Result<Self> {
        let pair = &difference.pair;
        if names.iter().all(|name| pair.position(name).is_some()) {
            return Ok(Self {
                parts: vec![Part {
                    pick: Pick::Wanted,
                    positions: positions(pair, names),
                    relation: bare(&TypedColumns::of(table, names)?),
                }],
                is_whole: true,
            });
        }
        let is_computed = |name: &String| table.column(name).is_some_and(is_computed);
        let computed = match names.iter().any(is_computed) {
            true => computed(session, &pair.table).await?,
            false => BTreeMap::new(),
        };
        let asked = Asked {
            opened,
            pair,
            table,
            names,
            computed,
        };
        let counts = difference.counts();
        let mut coming = Self {
            parts: Vec::new(),
            is_whole: true,
        };
        if counts.missing > 0 {
            match asked.missing(secrets)? {
                Some(part) => coming.parts.push(part),
                None => coming.is_whole = false,
            }
        }
        if counts.changed > 0 {
            coming.parts.push(asked.changed()?);
        }
        Ok(coming)
    }
}

fn positions(pair: &TablePair, names: &[String]) -> Vec<usize> {
    names
        .iter()
        .filter_map(|name| pair.position(name))
        .collect()
}

fn bare(typed: &TypedColumns) -> String {
    format!("(SELECT * FROM {})", typed.relation("b"))
}

fn is_computed(column: &Column) -> bool {
    matches!(column.generation, Generation::Stored | Generation::Virtual)
}

async fn computed(session: &mut Session, table: &TableName) -> Result<BTreeMap<String, String>> {
    let sql = include_str!("computed.sql");
    let name = [Some(table.schema.as_str()), Some(table.name.as_str())];
    let rows = session.fetch_text_rows(sql, &name).await?;
    let pairs = rows
        .into_iter()
        .map(|row| <[Option<String>; 2]>::try_from(row).ok());
    Ok(pairs
        .flatten()
        .filter_map(|[column, expression]| column.zip(expression))
        .collect())
}

/// The columns that were asked for, of which the backup lacks some.
struct Asked<'a> {
    opened: &'a Opened,
    pair: &'a TablePair,
    table: &'a Table,
    names: &'a [String],
    /// The expressions of columns that the database computes, where one was asked for.
    computed: BTreeMap<String, String>,
}

impl Asked<'_> {
    /// The columns that the rows must have for that; what computed columns are computed from is not known,
    /// so all others then.
    fn stored(&self) -> (Vec<String>, Vec<&Column>) {
        let asked =
            |column: &&Column| !self.computed.is_empty() || self.names.contains(&column.name);
        let columns = self.table.columns.iter();
        let stored = columns.filter(|column| !is_computed(column)).filter(asked);
        let (known, lacking): (Vec<&Column>, Vec<&Column>) =
            stored.partition(|column| self.pair.position(&column.name).is_some());
        let known = known.into_iter().map(|column| column.name.clone());
        (known.collect(), lacking)
    }

    /// Rows that come back; `None` where a column gets a value that nobody knows before.
    fn missing(&self, secrets: Secrets) -> Result<Option<Part>> {
        let (mut known, lacking) = self.stored();
        if known.is_empty() {
            // Something must be bound for each row.
            known.extend(self.pair.columns.first().cloned());
        }
        let scope = self.opened.scope.tables.get(&self.pair.table);
        let is_secret =
            |name: &String| scope.is_some_and(|scope| scope.secret_columns.contains(name));
        let mut select: Vec<String> = known
            .iter()
            .map(|name| format!("b.{}", Ident(name)))
            .collect();
        for column in lacking {
            if secrets == Secrets::Held && is_secret(&column.name) {
                return Ok(None);
            }
            match given(column) {
                Some(value) => select.push(format!("{value} AS {}", Ident(&column.name))),
                None => return Ok(None),
            }
        }
        let typed = TypedColumns::of(self.table, &known)?;
        let from = format!("SELECT {} FROM {}", select.join(", "), typed.relation("b"));
        Ok(Some(self.part(Pick::Missing, &known, from)))
    }

    /// Rows that change, beside the same rows as they are.
    fn changed(&self) -> Result<Part> {
        let (mut known, lacking) = self.stored();
        let select = known.iter().map(|name| format!("b.{}", Ident(name)));
        let found = lacking
            .iter()
            .map(|column| format!("t.{}", Ident(&column.name)));
        let select: Vec<String> = select.chain(found).collect();
        let key = &self.pair.key_columns;
        known.extend(key.iter().cloned());
        known.sort();
        known.dedup();
        let typed = TypedColumns::of(self.table, &known)?;
        let from = format!(
            "SELECT {} FROM {} JOIN {} AS t ON {} AND ({})",
            select.join(", "),
            typed.relation("b"),
            live::relation(&self.opened.schema, &self.pair.table),
            TypedColumns::of(self.table, key)?.equal("t", "b"),
            live::predicate(
                &self.opened.schema,
                &self.opened.scope,
                &self.pair.table,
                "t"
            ),
        );
        Ok(self.part(Pick::Changed, &known, from))
    }

    fn part(&self, pick: Pick, bound: &[String], from: String) -> Part {
        let computed = self.names.iter().filter_map(|name| {
            let (expression, column) = (self.computed.get(name)?, self.table.column(name)?);
            Some(format!(
                "({expression})::{} AS {}",
                column.type_name,
                Ident(name)
            ))
        });
        let select: Vec<String> = std::iter::once("r.*".to_owned()).chain(computed).collect();
        Part {
            pick,
            positions: positions(self.pair, bound),
            relation: format!("(SELECT {} FROM ({from}) AS r)", select.join(", ")),
        }
    }
}

/// What the database gives a column of a new row, as SQL; `None` where that is a number that was never
/// given before, or nothing at all.
fn given(column: &Column) -> Option<String> {
    let gives_numbers = matches!(
        column.generation,
        Generation::IdentityAlways | Generation::IdentityByDefault
    );
    match &column.default {
        _ if gives_numbers || column.sequence.is_some() => None,
        Some(default) if default.contains("nextval(") => None,
        Some(default) => Some(format!("({default})::{}", column.type_name)),
        None if column.not_null => None,
        None => Some(format!("NULL::{}", column.type_name)),
    }
}
