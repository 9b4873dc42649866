//! Rows that a company may refer to although nobody sees them go by: those shared by all companies, and
//! those of tables that are not read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::references::own_or_shared;
use super::rows::{as_text, key_line};
use crate::Result;
use crate::company::Opened;
use crate::model::TableName;
use crate::pg::{Ident, Qualified, Session};
use crate::scope::Membership;

/// Columns of a table that references lead to.
pub type ReferredTo = (TableName, Vec<String>);

/// Rows of one table whose keys are remembered; where there are more, nobody remembers any.
const MOST_REMEMBERED: usize = 25_000;
/// Tables that one statement asks about: what it answers is held at once.
const TABLES_PER_STATEMENT: usize = 4;

/// Their keys: raw COPY fields, apart by tabs.
#[derive(Debug, Default)]
pub struct Unseen {
    keys: BTreeMap<ReferredTo, Arc<HashSet<Vec<u8>>>>,
}

impl Unseen {
    /// Reads the values of those columns. Of the tables in `seen` every row of the company goes by, so only
    /// rows that are shared by all are read.
    ///
    /// # Errors
    /// Errors of the connection.
    pub async fn read(
        session: &mut Session,
        opened: &Opened,
        columns: BTreeSet<ReferredTo>,
        seen: &BTreeSet<TableName>,
    ) -> Result<Self> {
        let (mut unseen, mut asked) = (Self::default(), Vec::new());
        for referred in columns {
            match condition(opened, &referred.0, seen) {
                Some(condition) => asked.push((referred, condition)),
                None => drop(unseen.keys.insert(referred, Arc::default())),
            }
        }
        for asked in asked.chunks(TABLES_PER_STATEMENT) {
            let rows = session.fetch_text_rows(&statement(asked), &[]).await?;
            unseen.remember(asked, rows);
        }
        Ok(unseen)
    }

    /// The keys by which rows are referred to in those columns; `None` where there are too many.
    #[must_use]
    pub fn keys(&self, referred: &ReferredTo) -> Option<&Arc<HashSet<Vec<u8>>>> {
        self.keys.get(referred)
    }

    fn remember(&mut self, asked: &[(ReferredTo, String)], rows: Vec<Vec<Option<String>>>) {
        let mut found: Vec<HashSet<Vec<u8>>> = vec![HashSet::new(); asked.len()];
        for row in rows {
            let Some((Some(place), values)) = row.split_first() else {
                continue;
            };
            let place = place.parse().unwrap_or(usize::MAX);
            let (Some(((_, columns), _)), Some(keys)) = (asked.get(place), found.get_mut(place))
            else {
                continue;
            };
            let values = values.get(..columns.len()).unwrap_or_default();
            // Nothing refers to a row of which a value is missing.
            if values.iter().all(Option::is_some) {
                keys.insert(key_line(values));
            }
        }
        let found = asked.iter().zip(found);
        self.keys.extend(
            found
                .filter(|(_, keys)| keys.len() <= MOST_REMEMBERED)
                .map(|((referred, _), keys)| (referred.clone(), Arc::new(keys))),
        );
    }
}

/// Which rows `p` of a table nobody sees; `None` where there are none.
fn condition(opened: &Opened, target: &TableName, seen: &BTreeSet<TableName>) -> Option<String> {
    if !seen.contains(target) {
        return Some(own_or_shared(opened, target));
    }
    shared_column(opened, target).map(|column| format!("p.{} IS NULL", Ident(column)))
}

/// The column of a table in which NULL means shared by all, where that can be.
fn shared_column<'a>(opened: &'a Opened, target: &TableName) -> Option<&'a str> {
    let scope = opened.scope.tables.get(target)?;
    let table = opened.schema.tables.get(target)?;
    match &scope.membership {
        Membership::Column(column) | Membership::Group(column)
            if scope.may_hold_shared_rows(table) =>
        {
            Some(column)
        }
        _ => None,
    }
}

/// Rows of the place of a table among those asked about and its values, filled up to the widest key.
fn statement(asked: &[(ReferredTo, String)]) -> String {
    let widest = asked.iter().map(|((_, columns), _)| columns.len()).max();
    let each = asked.iter().enumerate();
    let each = each.map(|(place, ((table, columns), condition))| {
        let mut select = vec![format!("'{place}'::text")];
        select.extend(columns.iter().map(|column| as_text("p", column)));
        select.resize(1 + widest.unwrap_or_default(), "NULL::text".to_owned());
        format!(
            "(SELECT {} FROM {} AS p WHERE {condition} LIMIT {})",
            select.join(", "),
            Qualified(table),
            MOST_REMEMBERED + 1,
        )
    });
    each.collect::<Vec<_>>().join(" UNION ALL ")
}
