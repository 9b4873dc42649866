//! What is wrong with the company's references, told so that a person can judge it.

use super::crossings::count_broken;
use super::references::{Followed, Reach, exists, flagged, followed};
use crate::Result;
use crate::company::Opened;
use crate::difference::live;
use crate::model::{Reference, TableName};
use crate::pg::{Ident, Qualified, Session, TextColumns, count_by_arrays};
use crate::scope::Membership;

/// What is wrong with a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The row that it leads to is another company's.
    AnotherCompany,
    /// There is no such row.
    Nowhere,
}

/// Rows of one table whose reference is broken in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The table whose rows refer.
    pub table: TableName,
    /// How they refer.
    pub reference: Reference,
    /// What is wrong.
    pub fault: Fault,
    /// Distinct rows.
    pub row_count: u64,
    /// The columns that may become NULL instead; none where a row must have the reference.
    pub emptied: Vec<String>,
    /// Whether the rows are another company's as well by this very reference.
    pub owned_by_several: bool,
}

/// Follows the references of those tables, but for those into tables of which `may_read` says no.
///
/// # Errors
/// Errors of the connection.
pub async fn broken(
    session: &mut Session,
    opened: &Opened,
    tables: &[TableName],
    may_read: impl Fn(&TableName) -> bool,
) -> Result<Vec<Broken>> {
    // A company that was made a moment ago is in no statistics. The planner takes it for a few rows, and would go
    // through all of a table for each row of another one.
    session.run("SET enable_nestloop = off").await?;
    let found = followed_all(session, opened, tables, may_read).await?;
    session.run("RESET enable_nestloop").await?;
    Ok(found)
}

async fn followed_all(
    session: &mut Session,
    opened: &Opened,
    tables: &[TableName],
    may_read: impl Fn(&TableName) -> bool,
) -> Result<Vec<Broken>> {
    let mut found = Vec::new();
    for name in tables {
        let Some(table) = opened.schema.tables.get(name) else {
            continue;
        };
        let mut suspects = followed(opened, name, table, Reach::Everywhere);
        suspects.retain(|suspect| may_read(&suspect.reference.target));
        let mut counts = count_broken(session, opened, name, &suspects)
            .await?
            .into_iter();
        suspects.retain(|_| counts.next().is_some_and(|count| count > 0));
        if suspects.is_empty() {
            continue;
        }
        let sql = by_fault(opened, name, &suspects);
        let rows = session.fetch_text_rows(&sql, &[]).await?;
        let mut counts = rows.into_iter().flatten().map(|count| {
            count
                .and_then(|count| count.parse::<u64>().ok())
                .unwrap_or(0)
        });
        for suspect in suspects {
            for fault in [Fault::AnotherCompany, Fault::Nowhere] {
                let row_count = counts.next().unwrap_or(0);
                if row_count > 0 {
                    found.push(Broken {
                        table: name.clone(),
                        reference: suspect.reference.clone(),
                        fault,
                        row_count,
                        emptied: suspect.emptied.clone(),
                        owned_by_several: suspect.is_route && fault == Fault::AnotherCompany,
                    });
                }
            }
        }
    }
    Ok(found)
}

/// For each reference the rows whose target is another company's, then those whose target is not there.
fn by_fault(opened: &Opened, name: &TableName, suspects: &[Followed<'_>]) -> String {
    let there: String = suspects
        .iter()
        .enumerate()
        .map(|(number, suspect)| format!("{} AS e{number}, ", exists(suspect.reference)))
        .collect();
    let counts: Vec<String> = (0..suspects.len())
        .map(|number| {
            format!(
                "count(*) FILTER (WHERE s.b{number} AND s.e{number})::text, \
                 count(*) FILTER (WHERE s.b{number} AND NOT s.e{number})::text"
            )
        })
        .collect();
    format!(
        "SELECT {} FROM ({}) AS s",
        counts.join(", "),
        flagged(opened, name, suspects, &there)
    )
}

/// The company's rows of a table that have any of those broken references or fulfil any of those
/// conditions, each counted once. `values` are bound into the conditions, on rows called `t`.
///
/// # Errors
/// Errors of the connection.
pub async fn count_any(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    references: &[&Reference],
    conditions: &[String],
    values: &TextColumns,
) -> Result<u64> {
    let Some(table) = opened.schema.tables.get(name) else {
        return Ok(0);
    };
    let mut suspects = followed(opened, name, table, Reach::Everywhere);
    suspects.retain(|suspect| references.contains(&suspect.reference));
    let select: String = conditions
        .iter()
        .enumerate()
        .map(|(number, condition)| format!("({condition}) AS c{number}, "))
        .collect();
    let flags = (0..suspects.len()).map(|number| format!("s.b{number}"));
    let flags = flags.chain((0..conditions.len()).map(|number| format!("s.c{number}")));
    let sql = format!(
        "SELECT count(*) FROM ({}) AS s WHERE {}",
        flagged(opened, name, &suspects, &select),
        flags.collect::<Vec<_>>().join(" OR ")
    );
    count_by_arrays(session, &sql, values).await
}

/// Rows of one table that are shared by all companies and refer to rows of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRows {
    /// The table.
    pub table: TableName,
    /// Distinct rows.
    pub row_count: u64,
    /// How they refer, and how many rows do so.
    pub references: Vec<(Reference, u64)>,
}

/// Rows that are shared by all companies and refer to rows of this one.
///
/// # Errors
/// Errors of the connection.
pub async fn shared_rows_that_refer(
    session: &mut Session,
    opened: &Opened,
) -> Result<Vec<SharedRows>> {
    let mut found = Vec::new();
    for (name, table) in &opened.schema.tables {
        let scope = opened.scope.tables.get(name);
        let Some(Membership::Column(own)) = scope
            .filter(|scope| scope.disposition.is_archived() && scope.may_hold_shared_rows(table))
            .map(|scope| &scope.membership)
        else {
            continue;
        };
        let to_rows_of_companies = table.references.iter().filter(|reference| {
            let target = opened.scope.tables.get(&reference.target);
            target.is_some_and(|target| {
                matches!(
                    target.membership,
                    Membership::Column(_) | Membership::References(_)
                ) && target.disposition.is_archived()
            })
        });
        let references: Vec<&Reference> = to_rows_of_companies.collect();
        if references.is_empty() {
            continue;
        }
        let flags: Vec<String> = references
            .iter()
            .map(|reference| {
                let pairs: Vec<String> = reference
                    .columns
                    .iter()
                    .zip(&reference.target_columns)
                    .map(|(here, there)| format!("p.{} = t.{}", Ident(there), Ident(here)))
                    .collect();
                format!(
                    "EXISTS (SELECT 1 FROM {} AS p WHERE {} AND {})",
                    Qualified(&reference.target),
                    pairs.join(" AND "),
                    live::predicate(&opened.schema, &opened.scope, &reference.target, "p"),
                )
            })
            .collect();
        let counts: Vec<String> = std::iter::once(flags.join(" OR "))
            .chain(flags)
            .map(|condition| format!("count(*) FILTER (WHERE {condition})::text"))
            .collect();
        let sql = format!(
            "SELECT {} FROM {} AS t WHERE t.{} IS NULL",
            counts.join(", "),
            live::relation(&opened.schema, name),
            Ident(own),
        );
        let rows = session.fetch_text_rows(&sql, &[]).await?;
        let mut counts = rows
            .into_iter()
            .flatten()
            .map(|count| count.and_then(|count| count.parse().ok()).unwrap_or(0));
        let row_count = counts.next().unwrap_or(0);
        if row_count == 0 {
            continue;
        }
        let references = references.into_iter().cloned().zip(counts);
        found.push(SharedRows {
            table: name.clone(),
            row_count,
            references: references.filter(|(_, count)| *count > 0).collect(),
        });
    }
    Ok(found)
}
