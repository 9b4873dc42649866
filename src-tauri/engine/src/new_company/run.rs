use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::json;

use super::access::open_to_owner;
use super::check::{Sent, check};
use super::load::{Loaded, Loading};
use super::people::make_placeholders;
use super::plan::{LeftOut, NewPlan, written_tables};
use super::{calls, run_time, shared};
use crate::cancel::{CancelToken, Outcome, checkpoint, outcome};
use crate::closure::{Reach, Watch};
use crate::company::Opened;
use crate::difference::{Finding, TablePair, Verdict, live};
use crate::model::{Company, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::rekey::{Found, Masked, Numbers, Rules, Tally};
use crate::reporter::{Counters, Phase, Reporter, Step};
use crate::restore::{
    AfterStep, FilesReport, References, Silenced, after_steps, begin_locked, raise, state,
};
use crate::{Code, Error, Result};

/// What making a new company did.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// The new company.
    pub company: Company,
    /// Rows that it has.
    pub row_count: u64,
    /// What was done in each table, in the order of their areas.
    pub tables: Vec<NewTable>,
    /// What it begins without.
    pub left_out: Vec<LeftOut>,
    /// What was left out, defaulted or noted.
    pub findings: Vec<Finding>,
    /// What became of uploaded files, where they were asked for.
    pub files: Option<FilesReport>,
    /// Tables that were made for it.
    pub made_tables: Vec<TableName>,
    /// What the application derives, and whether it was brought up to date.
    pub after: Vec<AfterStep>,
    /// What a person is to do now.
    pub reconnect: Vec<String>,
}

/// What was done in one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTable {
    /// The table.
    pub table: TableName,
    /// Its name for people.
    pub label: String,
    /// Short name of its area.
    pub area: String,
    /// Rows that are there now.
    pub row_count: u64,
    /// Rows that could not be carried, since what they need is not there.
    pub left_out: u64,
    /// Rows that were one with others once people were.
    pub collided: u64,
    /// What was done, by column.
    pub columns: Vec<ColumnReport>,
}

/// What was done in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnReport {
    /// The column.
    pub column: String,
    /// Rows that got a new id in it.
    pub renewed: u64,
    /// References that followed.
    pub followed: u64,
    /// People in whose place the owner is.
    pub owners: u64,
    /// Values that were emptied, since what they led to is not in the new company.
    pub emptied: u64,
    /// Texts that were made distinct.
    pub made_distinct: u64,
    /// Dates that were moved.
    pub moved: u64,
    /// Ids found where no reference tells of them.
    pub found: Found,
    /// Addresses of outside parties that were replaced.
    pub masked: Masked,
}

/// Makes the company that was planned: all of it, or nothing.
///
/// # Errors
/// Before the commit every error leaves the database as it was: `not_restorable`, `missing_right`,
/// `connection_read_only`, `schema_changed`, `lock_not_had`, `references_broken`, `ids_taken`; archive
/// errors, errors of the connection. At the commit: `outcome_unknown`.
pub async fn run(
    plan: NewPlan,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<NewReport>> {
    outcome(Box::pin(make(plan, reporter, cancel)).await)
}

async fn make(
    mut plan: NewPlan,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<NewReport> {
    plan.opened.settings.require_writes()?;
    plan.from.cancel = cancel.clone();
    if plan.verdict == Verdict::NotRestorable {
        return Err(Error::new(
            Code::NotRestorable,
            "No company can be made from this archive in this database as it is.",
        )
        .hint("The plan lists what stands in the way."));
    }
    plan.rights.require()?;
    state::install(&mut plan.opened.session).await?;
    reporter.step(Step::StateInstalled);
    if let Some(files) = &mut plan.files {
        let (opened, reader, actor) = (&mut plan.opened, &plan.from.reader, &plan.options.actor);
        Box::pin(files.stage(opened, reader, actor, reporter, cancel)).await?;
    }
    let made = in_one_transaction(&mut plan, reporter, cancel).await;
    let done = match made {
        Ok(done) => done,
        Err(error) => {
            // Where nobody knows whether it was made, the journal says what becomes of them.
            if let Some(files) = &mut plan.files
                && error.code() != Code::OutcomeUnknown
            {
                files.give_up(&mut plan.opened).await;
            }
            return Err(error);
        }
    };
    let files = match &mut plan.files {
        Some(files) => Some(files.settle(&mut plan.opened, reporter).await),
        None => None,
    };
    let profile = &plan.opened.profile;
    // What else a restore asks for is of rows that were there before; the profile says what a new one needs.
    let steps = profile.after_restore.iter();
    let steps: Vec<_> = steps
        .filter(|step| step.refresh.is_some())
        .cloned()
        .collect();
    let mut after = after_steps(&mut plan.opened, &steps).await;
    after.extend(calls::call(&mut plan.opened, plan.is_blank).await);
    reporter.step(Step::Derived);
    let report = report(&plan, done, files, after);
    plan.opened.session.close().await;
    Ok(report)
}

async fn in_one_transaction(
    plan: &mut NewPlan,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Done> {
    let references = plan.rights.references();
    let mut session = Session::open(&plan.opened.settings).await?;
    session.set_company(plan.opened.company()).await?;
    let locked = match references {
        References::Silent => Vec::new(),
        References::Enforced => existing(&plan.opened, written_tables(&plan.opened, &plan.carry)),
    };
    reporter.phase(Phase::Locking, None, Arc::default());
    begin_locked(&mut session, &locked, plan.options.lock_patience).await?;
    reporter.step(Step::TablesLocked);
    let written = write(&mut session, plan, references, reporter, cancel).await;
    let done = match written {
        Ok(done) => done,
        Err(error) => {
            // The server rolls back by itself where the connection is gone.
            drop(session.rollback().await);
            return Err(error);
        }
    };
    checkpoint_or_roll_back(&mut session, cancel).await?;
    reporter.phase(Phase::Committing, None, Arc::default());
    session.commit().await.map_err(|error| match error.code() {
        Code::OutcomeUnknown => error
            .hint("Whether the company was made is known once `snapback companies` can ask again."),
        _ => error,
    })?;
    reporter.step(Step::Committed);
    session.close().await;
    Ok(done)
}

async fn checkpoint_or_roll_back(session: &mut Session, cancel: &CancelToken) -> Result<()> {
    let asked = checkpoint(cancel);
    if asked.is_err() {
        session.rollback().await?;
    }
    asked
}

/// Tables that were there when the plan was made.
fn existing(opened: &Opened, mut tables: Vec<TableName>) -> Vec<TableName> {
    let company = opened.company().id.as_str();
    let kinds = &opened.profile.scope.run_time;
    tables.retain(|table| {
        kinds
            .iter()
            .all(|kind| table.name.strip_prefix(kind.prefix.as_str()) != Some(company))
    });
    tables
}

/// What was written inside the transaction.
struct Done {
    loaded: BTreeMap<TableName, Loaded>,
    added: BTreeMap<TableName, u64>,
    made: Vec<TableName>,
}

async fn write(
    session: &mut Session,
    plan: &mut NewPlan,
    references: References,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Done> {
    let opened = &plan.opened;
    let tables = existing(opened, written_tables(opened, &plan.carry));
    opened.require_same_schema(session, &tables).await?;
    if references == References::Silent {
        shared::hold(session, &plan.manifest, &plan.known.rules.shared).await?;
    }
    if !plan.known.ids.renewal().keeps() {
        take_numbers(session, &plan.known.rules, &mut plan.known.numbers).await?;
    }
    let made = run_time::make(session, opened).await?;
    let written: HashSet<TableName> = written_tables(opened, &plan.carry).into_iter().collect();
    let silenced = Silenced::begin(session, opened, &written, references).await?;
    let masking = plan.known.masking.as_ref();
    make_placeholders(session, opened, &plan.people, masking).await?;
    let counters = Arc::new(Counters::default());
    reporter.phase(Phase::Applying, Some(plan.row_count), Arc::clone(&counters));
    let known = std::mem::replace(&mut plan.known, super::carry::Knowledge::none());
    let tables = plan.carry.written.iter();
    let carried: Vec<TableName> = tables.map(|pair| pair.table.clone()).collect();
    let spill_folder = &plan.options.spill_folder;
    let watch = Watch::new(opened, &carried, Reach::Everywhere, spill_folder)?;
    let mut loading = Loading {
        opened,
        from: &plan.from,
        known: Arc::new(known),
        cuts: match references {
            References::Enforced => &plan.carry.order.cuts,
            References::Silent => &[],
        },
        watch: &watch,
        counters,
        reporter,
        cancel,
    };
    let written = &plan.carry.written;
    let loaded = loading.tables(session, written).await?;
    let mut otherwise: BTreeSet<&TableName> = BTreeSet::new();
    for pair in written {
        let is_cut = !loading.cut(pair).is_empty();
        if is_cut {
            loading.patch(session, pair).await?;
        }
        if is_cut || loading.is_staged(pair) {
            otherwise.insert(&pair.table);
        }
    }
    let added = open_to_owner(session, opened, plan.owner.as_ref()).await?;
    for pair in &plan.carry.written {
        raise_sequences(session, opened, pair).await?;
    }
    silenced.end(session).await?;
    reporter.step(Step::RowsApplied);
    reporter.phase(Phase::Checking, None, Arc::default());
    otherwise.extend(added.keys());
    let mut counts = added.clone();
    for (table, loaded) in &loaded {
        *counts.entry(table.clone()).or_default() += loaded.row_count;
    }
    counts.retain(|table, _| loaded.contains_key(table));
    let sent = Sent {
        pairs: &plan.carry.written,
        counts: &counts,
        lost: loaded
            .iter()
            .filter(|(_, loaded)| loaded.collided > 0)
            .map(|(table, _)| table)
            .collect(),
        otherwise,
        watch,
    };
    check(session, opened, sent).await?;
    reporter.step(Step::ReferencesChecked);
    plan.bucket.make(session, opened).await?;
    if let Some(files) = &plan.files {
        files.record(session, opened, &plan.options.actor).await?;
    }
    let details = json!({
        "source": plan.manifest.id,
        "source_company": plan.source.id.as_str(),
        "rows": counts.values().sum::<u64>(),
        "purpose": plan.purpose.word(),
        "safe_copy": plan.is_safe,
        "names_replaced": plan.masks_names,
        "files": plan.carried_files.map(|(count, _)| count),
    });
    state::audit(
        session,
        "new",
        opened.company(),
        &plan.options.actor,
        None,
        &details,
    )
    .await?;
    Ok(Done {
        loaded,
        added,
        made,
    })
}

/// Takes as many numbers from each sequence as rows need; where there is none, those behind the highest.
async fn take_numbers(session: &mut Session, rules: &Rules, numbers: &mut [Numbers]) -> Result<()> {
    for (column, numbers) in rules.numbers.iter().zip(numbers) {
        let count = numbers.count().to_string();
        if numbers.count() == 0 || !rules.tables.contains_key(&column.table) {
            continue;
        }
        let rows = match &column.sequence {
            Some(sequence) => {
                let sql = "SELECT nextval($1::text::regclass)::text FROM generate_series(1, $2::text::bigint)";
                let sequence = Qualified(sequence).to_string();
                session
                    .fetch_text_rows(sql, &[Some(&sequence), Some(&count)])
                    .await?
            }
            None => {
                let sql = format!(
                    "SELECT (m.top + s.n)::text FROM (SELECT coalesce(max({}), 0)::bigint AS top FROM {}) AS m, \
                     generate_series(1, $1::text::bigint) AS s(n)",
                    Ident(&column.column),
                    Qualified(&column.table),
                );
                session.fetch_text_rows(&sql, &[Some(&count)]).await?
            }
        };
        let new = rows.into_iter().flatten().flatten();
        numbers.replace_by(new.filter_map(|number| number.parse().ok()).collect());
    }
    Ok(())
}

/// Sequences are raised above the rows that came, never lowered: every company uses them.
async fn raise_sequences(session: &mut Session, opened: &Opened, pair: &TablePair) -> Result<()> {
    let Some(table) = opened.schema.tables.get(&pair.table) else {
        return Ok(());
    };
    for column in pair.columns.iter().filter_map(|name| table.column(name)) {
        if let Some(sequence) = &column.sequence {
            let own = live::predicate(&opened.schema, &opened.scope, &pair.table, "t");
            raise(session, &pair.table, &column.name, sequence, &own).await?;
        }
    }
    Ok(())
}

fn report(
    plan: &NewPlan,
    done: Done,
    files: Option<FilesReport>,
    after: Vec<AfterStep>,
) -> NewReport {
    let Done {
        mut loaded,
        added,
        made,
    } = done;
    let columns: BTreeMap<&TableName, &Vec<String>> = plan
        .carry
        .written
        .iter()
        .map(|pair| (&pair.table, &pair.columns))
        .collect();
    let mut tables = Vec::new();
    for planned in &plan.tables {
        let Some(loaded) = loaded.remove(&planned.table) else {
            continue;
        };
        let names = columns.get(&planned.table).copied();
        tables.push(NewTable {
            table: planned.table.clone(),
            label: planned.label.clone(),
            area: planned.area.clone(),
            row_count: loaded.row_count + added.get(&planned.table).copied().unwrap_or(0),
            left_out: loaded.tally.left_out.values().sum(),
            collided: loaded.collided,
            columns: column_reports(names, &loaded.tally.columns),
        });
    }
    NewReport {
        company: plan.company.clone(),
        row_count: tables.iter().map(|table| table.row_count).sum(),
        tables,
        left_out: plan.left_out.clone(),
        findings: plan.findings.clone(),
        files,
        made_tables: made,
        after,
        reconnect: plan.reconnect.clone(),
    }
}

fn column_reports(names: Option<&Vec<String>>, tallies: &[Tally]) -> Vec<ColumnReport> {
    let names = names.into_iter().flatten();
    let noted = names.zip(tallies).filter(|(_, tally)| !tally.is_nothing());
    noted
        .map(|(column, tally)| {
            let Tally {
                renewed,
                followed,
                owners,
                emptied,
                made_distinct,
                moved,
                found,
                masked,
            } = *tally;
            ColumnReport {
                column: column.clone(),
                renewed,
                followed,
                owners,
                emptied,
                made_distinct,
                moved,
                found,
                masked,
            }
        })
        .collect()
}
