use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::Result;
use crate::company::Opened;
use crate::difference::{count_rows, parts};
use crate::model::{ExclusionReason, TableName};
use crate::pg::{Session, begin_exported};
use crate::profile;
use crate::scope::Disposition;

/// What is in a backup of a company, counted live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Areas in the profile's order.
    pub areas: Vec<AreaContents>,
    /// Tables that are left out, with the reason.
    pub excluded: Vec<ExcludedContents>,
    /// Tables whose rows belong to no company.
    pub shared: Vec<TableName>,
    /// Distinct rows of all areas together.
    pub row_count: u64,
}

/// One area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaContents {
    /// Short name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Its tables, headlines first.
    pub tables: Vec<TableContents>,
    /// Rows of all its tables.
    pub row_count: u64,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableContents {
    /// The table.
    pub table: TableName,
    /// Its name for people.
    pub label: String,
    /// Whether its count stands for the area.
    pub is_headline: bool,
    /// Whether an in-place restore writes it.
    pub is_written: bool,
    /// The company's rows.
    pub row_count: u64,
}

/// A table that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcludedContents {
    /// The table.
    pub table: TableName,
    /// Its name for people.
    pub label: String,
    /// Why, as a kind.
    pub reason: ExclusionReason,
    /// Why, as a sentence.
    pub because: String,
    /// The company's rows in it.
    pub row_count: u64,
}

/// Counts the company's rows in every table, all of one instant.
///
/// # Errors
/// Errors of the connection; `missing_right`, `hidden_rows`.
pub async fn contents(opened: &mut Opened) -> Result<Contents> {
    let counted: Vec<TableName> = opened
        .scope
        .tables
        .iter()
        .filter(|(_, found)| {
            found.disposition.is_archived()
                || matches!(found.disposition, Disposition::Excluded { .. })
        })
        .map(|(table, _)| table.clone())
        .collect();
    let counts = count_by_two(opened, &counted).await?;
    Ok(arrange(opened, &counts))
}

/// What planning the count of a table costs, in rows that are counted in that time.
const PLANNING: u64 = 2_500;

/// Statements that everything is counted in: few enough for their round trips, and so many that neither session
/// waits long for the other.
const STATEMENTS: usize = 8;

/// Counts side by side: of some hundred tables the server spends most of the time on planning, which it does
/// on one core. The session that is there already counts while the other one is opened.
async fn count_by_two(
    opened: &mut Opened,
    tables: &[TableName],
) -> Result<BTreeMap<TableName, u64>> {
    let (schema, scope) = (&opened.schema, &opened.scope);
    let parts: [_; STATEMENTS] = parts(tables.to_vec(), |table| {
        let table = schema.tables.get(table);
        table.map_or(0, |table| table.estimated_row_count) + PLANNING
    });
    // What a table costs is known only roughly: each takes the next part when it is done with one.
    let left = Mutex::new(parts.into_iter());
    let count = async |session: &mut Session| {
        let mut counts = BTreeMap::new();
        loop {
            let part = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(part) = part else {
                return Result::Ok(counts);
            };
            counts.extend(count_rows(session, schema, scope, &part).await?);
        }
    };
    let (company, settings) = (&scope.company, &opened.settings);
    let one = &mut opened.session;
    let instant = begin_exported(one).await?;
    let beside = async {
        // Where the server has room for one session alone, that one counts everything.
        let Ok(mut other) = Session::open(settings).await else {
            return Ok(BTreeMap::new());
        };
        other.set_company(company).await?;
        other.begin_snapshot_reader(&instant).await?;
        let counts = count(&mut other).await?;
        other.close().await;
        Ok(counts)
    };
    let (mut counts, others) = tokio::try_join!(count(one), beside)?;
    counts.extend(others);
    one.commit().await?;
    Ok(counts)
}

fn arrange(opened: &Opened, counts: &BTreeMap<TableName, u64>) -> Contents {
    let profile = &opened.profile;
    let count = |table: &TableName| counts.get(table).copied().unwrap_or_default();
    let mut areas: Vec<AreaContents> = Vec::new();
    let names = profile.areas.iter().map(|area| area.name.clone());
    let others = opened.scope.tables.values().map(|found| found.area.clone());
    for name in names.chain(others) {
        if areas.iter().any(|area| area.name == name) {
            continue;
        }
        let headline = profile
            .areas
            .iter()
            .find(|area| area.name == name)
            .map(|area| area.headline.as_slice())
            .unwrap_or_default();
        let mut tables: Vec<TableContents> = opened
            .scope
            .tables
            .iter()
            .filter(|(_, found)| found.disposition.is_archived() && found.area == name)
            .map(|(table, found)| TableContents {
                table: table.clone(),
                label: profile::table_label(profile, table),
                is_headline: headline.contains(&table.name),
                is_written: found.disposition.is_written(),
                row_count: count(table),
            })
            .collect();
        tables.sort_by_key(|found| {
            headline
                .iter()
                .position(|name| *name == found.table.name)
                .unwrap_or(usize::MAX)
        });
        if !tables.is_empty() {
            let row_count = tables.iter().map(|table| table.row_count).sum();
            areas.push(AreaContents {
                title: profile::area_title(profile, &name),
                name,
                tables,
                row_count,
            });
        }
    }
    let excluded = opened.scope.tables.iter().filter_map(|(table, found)| {
        let Disposition::Excluded { reason, because } = &found.disposition else {
            return None;
        };
        Some(ExcludedContents {
            table: table.clone(),
            label: profile::table_label(profile, table),
            reason: *reason,
            because: because.clone(),
            row_count: count(table),
        })
    });
    let shared = opened.scope.tables.iter().filter(|(_, found)| {
        matches!(found.disposition, Disposition::Shared | Disposition::People)
    });
    Contents {
        row_count: areas.iter().map(|area| area.row_count).sum(),
        excluded: excluded.collect(),
        shared: shared.map(|(table, _)| table.clone()).collect(),
        areas,
    }
}
