use std::collections::BTreeMap;
use std::sync::Arc;

use super::sequences::{self, Behind};
use super::soft::{self, Unheld};
use crate::Result;
use crate::cancel::{CancelToken, Outcome, checkpoint, outcome};
use crate::closure::{self, Broken, Fault, SharedRows};
use crate::company::Opened;
use crate::model::{Reference, TableName};
use crate::pg::{ExportedSnapshot, Rights, Session};
use crate::reporter::{Phase, Reporter};
use crate::scope::Disposition;

/// What is wrong with a company, as far as it was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// Tables with something wrong, by name.
    pub tables: BTreeMap<TableName, ExaminedTable>,
    /// Sequences that are behind their columns.
    pub sequences: Vec<Behind>,
    /// What was not looked at.
    pub not_examined: Vec<NotExamined>,
}

impl Examination {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.tables.is_empty() && self.sequences.is_empty()
    }

    /// Whether cleaning would do something about it.
    #[must_use]
    pub fn has_remedy(&self) -> bool {
        let helps = |found: &Ailment| {
            matches!(
                found.remedy,
                Remedy::Goes | Remedy::Emptied | Remedy::EmptiedIfAllowed
            )
        };
        let mut ailments = self.tables.values().flat_map(|table| &table.ailments);
        ailments.any(helps) || self.sequences.iter().any(|behind| behind.may_raise)
    }
}

/// One table with something wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExaminedTable {
    /// Rows with something wrong, each counted once however much is wrong with it.
    pub row_count: u64,
    /// Those of them with a reference that a constraint should hold, each counted once: what a backup
    /// refuses, and cleaning is about.
    pub broken_count: u64,
    /// What is wrong.
    pub ailments: Vec<Ailment>,
}

/// One thing that is wrong with rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ailment {
    /// What it is.
    pub kind: Kind,
    /// The columns it is about.
    pub columns: Vec<String>,
    /// The table that they refer to, where a constraint says so.
    pub target: Option<TableName>,
    /// Distinct rows.
    pub row_count: u64,
    /// What cleaning does about it.
    pub remedy: Remedy,
}

/// What is wrong with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// They refer to rows of another company.
    AnotherCompany,
    /// They refer to rows that are not there.
    Nowhere,
    /// They name ids without a constraint, and only rows of another company have them.
    NamesAnotherCompany,
    /// They name ids without a constraint, and no row has them.
    NamesNothing,
    /// They are shared by all companies and refer to rows of this one.
    SharedRows,
}

/// What cleaning does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// The rows go, with what must refer to them.
    Goes,
    /// The reference becomes NULL.
    Emptied,
    /// The reference becomes NULL where the table's checks allow that; otherwise the row goes.
    EmptiedIfAllowed,
    /// Nothing: rows of that table are never written.
    NeverWritten,
    /// Nothing: without a constraint nobody knows where it was to lead.
    Unknown,
    /// The rows are not the company's alone: as long as they are so, nothing is cleaned.
    Shared,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotExamined {
    /// What, in a few words.
    pub what: String,
    /// Why, as a sentence.
    pub because: String,
    /// The tables or columns that it is about, as the profile writes them.
    pub about: Vec<String>,
}

/// Looks at the company's rows at one instant. Changes nothing.
///
/// # Errors
/// `missing_right`, `hidden_rows`; errors of the connection.
pub async fn examine(
    opened: &mut Opened,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<Examination>> {
    outcome(look(opened, reporter, cancel).await)
}

async fn look(
    opened: &mut Opened,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Examination> {
    reporter.phase(Phase::Planning, None, Arc::default());
    let tables = opened.archived_tables();
    let outside = opened.tables_where(|found| !found.is_archived());
    Rights::read(&mut opened.session, &tables)
        .await?
        .check_reading()?;
    let rights = Rights::read(&mut opened.session, &outside).await?;
    let may_read = |table: &TableName| tables.contains(table) || rights.may_read(table);

    let snapshot = ExportedSnapshot::take(&opened.settings, &tables).await?;
    let mut session = Session::open(&opened.settings).await?;
    session.set_company(opened.company()).await?;
    session.begin_snapshot_reader(snapshot.id()).await?;
    opened.require_same_schema(&mut session, &tables).await?;

    reporter.phase(Phase::CheckingReferences, None, Arc::default());
    let broken = closure::broken(&mut session, opened, &tables, may_read).await?;
    checkpoint(cancel)?;
    let shared = closure::shared_rows_that_refer(&mut session, opened).await?;
    checkpoint(cancel)?;
    let soft = soft::unheld(&mut session, opened, may_read, cancel).await?;
    let sequences = sequences::behind(&mut session, opened).await?;

    let mut found = Examination {
        sequences: sequences.behind,
        not_examined: not_examined(opened, &rights, soft.not_examined, sequences.unreadable),
        ..Examination::default()
    };
    for name in &tables {
        let broken: Vec<&Broken> = broken.iter().filter(|found| found.table == *name).collect();
        let unheld: Vec<&Unheld> = soft
            .unheld
            .iter()
            .filter(|found| found.table == *name)
            .collect();
        let shared = shared.iter().find(|found| found.table == *name);
        if broken.is_empty() && unheld.is_empty() && shared.is_none() {
            continue;
        }
        checkpoint(cancel)?;
        let table = examined(&mut session, opened, name, (&broken, &unheld, shared)).await?;
        found.tables.insert(name.clone(), table);
    }
    session.close().await;
    Ok(found)
}

async fn examined(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    (broken, unheld, shared): (&[&Broken], &[&Unheld], Option<&SharedRows>),
) -> Result<ExaminedTable> {
    let mut ailments: Vec<Ailment> = broken.iter().map(|found| ailment(opened, found)).collect();
    ailments.extend(unheld.iter().flat_map(|found| found.ailments()));
    let shared_count = shared.map_or(0, |found| found.row_count);
    let (mut row_count, mut broken_count) = (shared_count, shared_count);
    for (reference, row_count) in shared.into_iter().flat_map(|found| &found.references) {
        ailments.push(Ailment {
            kind: Kind::SharedRows,
            columns: reference.columns.clone(),
            target: Some(reference.target.clone()),
            row_count: *row_count,
            remedy: Remedy::Shared,
        });
    }
    if !broken.is_empty() || !unheld.is_empty() {
        let references: Vec<&Reference> = broken.iter().map(|found| &found.reference).collect();
        let (conditions, values) = soft::conditions(unheld);
        let found_count =
            closure::count_any(session, opened, name, &references, &conditions, &values).await?;
        row_count += found_count;
        broken_count += match (broken.is_empty(), unheld.is_empty()) {
            (true, _) => 0,
            (false, true) => found_count,
            (false, false) => {
                let (none, nothing) = soft::conditions(&[]);
                closure::count_any(session, opened, name, &references, &none, &nothing).await?
            }
        };
    }
    Ok(ExaminedTable {
        row_count,
        broken_count,
        ailments,
    })
}

fn ailment(opened: &Opened, broken: &Broken) -> Ailment {
    let disposition = opened.scope.tables.get(&broken.table);
    let remedy = match disposition.map(|found| &found.disposition) {
        _ if broken.owned_by_several => Remedy::Shared,
        Some(Disposition::Group { writable: false }) => Remedy::Shared,
        Some(found) if found.is_written() && broken.emptied.is_empty() => Remedy::Goes,
        Some(found) if found.is_written() && is_checked(opened, broken) => Remedy::EmptiedIfAllowed,
        Some(found) if found.is_written() => Remedy::Emptied,
        _ => Remedy::NeverWritten,
    };
    Ailment {
        kind: match broken.fault {
            Fault::AnotherCompany => Kind::AnotherCompany,
            Fault::Nowhere => Kind::Nowhere,
        },
        columns: broken.reference.columns.clone(),
        target: Some(broken.reference.target.clone()),
        row_count: broken.row_count,
        remedy,
    }
}

/// Whether a CHECK may want one of the columns that would be emptied.
fn is_checked(opened: &Opened, broken: &Broken) -> bool {
    let table = opened.schema.tables.get(&broken.table);
    let mut checks = table.into_iter().flat_map(|table| &table.checks);
    checks.any(|check| {
        let mut emptied = broken.emptied.iter();
        emptied.any(|column| check.columns.contains(column))
    })
}

fn not_examined(
    opened: &Opened,
    rights: &Rights,
    soft: Vec<NotExamined>,
    sequences: Vec<String>,
) -> Vec<NotExamined> {
    let mut found = Vec::new();
    let mut say = |what: &str, because: &str, about: Vec<String>| {
        if !about.is_empty() {
            found.push(NotExamined {
                what: what.to_owned(),
                because: because.to_owned(),
                about,
            });
        }
    };
    let written = |tables: Vec<TableName>| -> Vec<String> {
        tables
            .iter()
            .map(|table| opened.profile.written(table))
            .collect()
    };
    let excluded = opened.tables_where(|found| matches!(found, Disposition::Excluded { .. }));
    let unreadable: Vec<TableName> = excluded
        .iter()
        .filter(|table| !rights.may_read(table))
        .cloned()
        .collect();
    say(
        "rows outside a backup",
        "A safety snapshot could not give them back.",
        written(excluded),
    );
    say(
        "references into tables that this role may not read",
        "Whether their rows are there cannot be told.",
        written(unreadable),
    );
    let secret = opened.scope.tables.iter().flat_map(|(table, scope)| {
        let columns = scope.secret_columns.iter();
        columns.map(|column| format!("{}.{column}", opened.profile.written(table)))
    });
    say("secret columns", "They are never read.", secret.collect());
    say("sequences", "This role may not read them.", sequences);
    found.extend(soft);
    found
}
