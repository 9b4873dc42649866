use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::try_join;
use jiff::Timestamp;

use super::files::WantedFiles;
use super::outside::Outside;
use crate::archive::{
    DEFAULT_LEVEL, Excluded, Finished, Kind, Manifest, MemberSpool, Problem, SkippedRows,
    TableEntry, Writer,
};
use crate::cancel::{CancelToken, Outcome, checkpoint, outcome};
use crate::closure::{self, Crossing, Reach, Skipped, Unseen, Watch};
use crate::company::{Actor, Opened, Role, server_time};
use crate::difference::{LivePass, LiveTable, RowSink, count_rows, drain, live};
use crate::files::Store;
use crate::library::{Encrypt, Library, require_space};
use crate::model::TableName;
use crate::pg::Rights;
use crate::pg::{ExportedSnapshot, Session};
use crate::reporter::{Counters, Phase, Reporter, Step, Warning};
use crate::rows::{SortSettings, Spares};
use crate::scope::Disposition;
use crate::{Code, Error, Result};

/// Free bytes without which no backup is begun.
const SPARE_BYTES: u64 = 64 << 20;

/// What is done with rows that must refer to rows of another company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Corrupted {
    /// No backup is made.
    #[default]
    Refuse,
    /// They and what depends on them are left out, and the manifest lists them.
    Skip,
}

/// What a backup must be told.
#[derive(Debug, Clone)]
pub struct CreateOptions {
    /// The archive's final path; its folder exists.
    pub target: PathBuf,
    /// What the person calls it.
    pub label: Option<String>,
    /// What it is made for.
    pub kind: Kind,
    /// Who makes it.
    pub actor: Actor,
    /// Now, by this computer's clock.
    pub now: Timestamp,
    /// What is done with rows that must refer to another company's.
    pub corrupted: Corrupted,
    /// Whether it is encrypted.
    pub encrypt: Encrypt,
    /// Where the uploaded files are that are to be in it; `None` for the rows alone.
    pub files: Option<Arc<dyn Store>>,
    /// Connections that read side by side.
    pub worker_count: usize,
    /// Bytes of rows that one connection sorts in memory.
    pub sort_budget_bytes: usize,
    /// Bytes of COPY text above which a row is refused.
    pub row_limit_bytes: usize,
}

impl CreateOptions {
    /// The usual settings for an archive at that path.
    #[must_use]
    pub fn new(target: PathBuf, actor: Actor, now: Timestamp) -> Self {
        Self {
            target,
            label: None,
            kind: Kind::Manual,
            actor,
            now,
            corrupted: Corrupted::Refuse,
            encrypt: Encrypt::AsTheLibrary,
            files: None,
            worker_count: 3,
            sort_budget_bytes: 8 << 20,
            row_limit_bytes: 256 << 20,
        }
    }
}

/// What a backup became.
#[derive(Debug, Clone)]
pub struct CreateReport {
    /// The archive.
    pub archive: Finished,
    /// Its manifest.
    pub manifest: Manifest,
    /// References to rows of other companies that were found.
    pub crossings: Vec<Crossing>,
}

/// Backs up one company: all rows from one instant, into one archive.
///
/// # Errors
/// `cross_company` where rows must refer to another company's and skipping was not asked for;
/// `missing_right`, `hidden_rows`, `row_too_large`, `disk_full`; errors of the connection. No archive is
/// left behind then.
pub async fn create(
    opened: &mut Opened,
    library: &Library,
    options: CreateOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<CreateReport>> {
    outcome(create_archive(opened, library, options, reporter, cancel).await)
}

async fn create_archive(
    opened: &mut Opened,
    library: &Library,
    options: CreateOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<CreateReport> {
    opened.role.require(Role::Operator)?;
    reporter.phase(Phase::Planning, None, Arc::default());
    let tables = opened.archived_tables();
    let spill_folder = library.spool_folder();
    // The workers' and one to ask beside them.
    let session_count = options.worker_count + 1;
    let settings = opened.settings.clone();
    let snapshot = ExportedSnapshot::take_for(&settings, &tables, session_count);
    let rights = async {
        let rights = read_rights(opened).await;
        // Made while sessions are opened.
        let check = match options.corrupted {
            Corrupted::Refuse => {
                Watch::new(opened, &tables, Reach::Leaving, spill_folder).map(Some)
            }
            Corrupted::Skip => Ok(None),
        };
        (rights, check, Outside::new(opened))
    };
    let (snapshot, (rights, check, outside)) = tokio::join!(snapshot, rights);
    // What a role lacks says more than that it may not lock a table.
    let (rights, check, snapshot) = (rights?, check?, Arc::new(snapshot?));
    reporter.step(Step::SnapshotTaken);
    let mut control = snapshot.beside().await?;
    control.set_company(opened.company()).await?;
    control.begin_snapshot_reader(snapshot.id()).await?;
    checkpoint(cancel)?;

    let (known, skipped) = match options.corrupted {
        Corrupted::Refuse => (None, Skipped::default()),
        Corrupted::Skip => {
            opened.require_same_schema(&mut control, &tables).await?;
            reporter.phase(Phase::CheckingReferences, None, Arc::default());
            let crossings = closure::crossings(&mut control, opened, &tables).await?;
            let skipped = closure::skipped(&mut control, opened, &crossings).await?;
            (Some(crossings), skipped)
        }
    };
    reporter.step(Step::ReferencesRead);
    checkpoint(cancel)?;

    let snapshot_time = server_time(&mut control).await?;
    require_space(library.folder(), SPARE_BYTES)?;
    let writer = Arc::new(library.begin_archive(
        &options.target,
        &opened.readme_facts(snapshot_time),
        &options.encrypt,
    )?);
    reporter.step(Step::ArchiveBegun);
    let counters = Arc::new(Counters::default());
    reporter.phase(Phase::Reading, None, Arc::clone(&counters));
    let pass = LivePass {
        company: opened.company().clone(),
        snapshot: Arc::clone(&snapshot),
        worker_count: options.worker_count,
        sort: SortSettings::new(options.sort_budget_bytes, spill_folder.to_owned()),
        row_limit_bytes: options.row_limit_bytes,
        counters,
        cancel: cancel.clone(),
    };
    // What else is to be known comes while rows are read already.
    let read = {
        let reading = pin!(read_tables(
            opened,
            &pass,
            &writer,
            (&tables, &skipped),
            (check.as_ref(), &outside),
            reporter,
        ));
        let beside = pin!(async {
            // First: what is known to be inside need not be noted.
            let unseen = unseen(&mut control, opened, (&tables, check.as_ref(), &outside));
            unseen.await?;
            opened.require_same_schema(&mut control, &tables).await?;
            let excluded = excluded(&mut control, opened, &rights).await?;
            tell_total(&mut control, opened, &tables, reporter, &pass.counters).await;
            Ok(excluded)
        });
        try_join(reading, beside).await
    };
    let (entries, excluded) = match read {
        Ok(read) => read,
        Err(error) => return Err(why(opened, &tables, error).await),
    };
    let crossings = match (known, check) {
        (Some(known), _) => known,
        (None, None) => Vec::new(),
        (None, Some(check)) => {
            let suspects = tokio::task::spawn_blocking(move || check.suspects())
                .await
                .map_err(|_| Error::new(Code::Defect, "The check of references died."))??;
            if !suspects.is_empty() {
                reporter.phase(Phase::CheckingReferences, None, Arc::default());
            }
            let found = closure::crossings(&mut control, opened, &suspects).await?;
            refuse_required(opened, &found)?;
            found
        }
    };
    for crossing in crossings.iter().filter(|crossing| !crossing.is_required) {
        reporter.warning(Warning {
            code: "crosses_company",
            message: sentence(crossing),
        });
    }
    let outside = outside.look_up(&mut control, opened).await?;
    let wanted = match &options.files {
        Some(store) => Some(WantedFiles::read(&mut control, opened, Arc::clone(store)).await?),
        None => None,
    };
    control.close().await;
    drop(pass);
    snapshot.leave().await;
    reporter.step(Step::RowsRead);
    checkpoint(cancel)?;
    let carried = match wanted {
        Some(wanted) => Some(
            wanted
                .carry(&writer, spill_folder, reporter, cancel)
                .await?,
        ),
        None => None,
    };

    let mut manifest = opened.manifest(options.kind, &options.actor, snapshot_time, entries);
    manifest.label = options.label;
    manifest.excluded = excluded;
    manifest.shared_references = outside.shared;
    manifest.people = outside.people;
    manifest.skipped_rows = skipped_rows(&skipped);
    manifest.problems = crossings.iter().map(problem).collect();
    if let Some(carried) = carried {
        manifest.problems.extend(carried.problems);
        manifest.left_files = carried.left;
        manifest.files = Some(carried.entries);
    }
    let writer = Arc::into_inner(writer)
        .ok_or_else(|| Error::new(Code::Defect, "A worker still holds the archive."))?;
    let sealed = writer.seal(manifest)?;
    reporter.step(Step::ArchiveSealed);
    // Noted first: an archive that is there is never of unknown origin.
    library.note_made(sealed.manifest(), sealed.finished())?;
    reporter.step(Step::OriginNoted);
    let (archive, manifest) = sealed.publish()?;
    reporter.step(Step::ArchivePublished);
    Ok(CreateReport {
        archive,
        manifest,
        crossings,
    })
}

/// What kept rows from being read: where the schema was changed meanwhile, that.
async fn why(opened: &Opened, tables: &[TableName], error: Error) -> Error {
    if error.code() == Code::Cancelled {
        return error;
    }
    let Ok(mut session) = Session::open(&opened.settings).await else {
        return error;
    };
    match opened.require_same_schema(&mut session, tables).await {
        Err(changed) if changed.code() == Code::SchemaChanged => changed,
        _ => error,
    }
}

/// Counts the rows of the snapshot, where somebody looks, and tells how many are to be read. Where they cannot be counted the
/// total stays unknown: what is wrong then is met by the reading itself.
async fn tell_total(
    control: &mut Session,
    opened: &Opened,
    tables: &[TableName],
    reporter: &dyn Reporter,
    counters: &Arc<Counters>,
) {
    if !reporter.shows_progress() {
        return;
    }
    // What fails here does not end the transaction that goes on to be used.
    if control.run("SAVEPOINT before_total").await.is_err() {
        return;
    }
    match count_rows(control, &opened.schema, &opened.scope, tables).await {
        Ok(counts) => reporter.phase(
            Phase::Reading,
            Some(counts.values().sum()),
            Arc::clone(counters),
        ),
        Err(_) => drop(control.run("ROLLBACK TO SAVEPOINT before_total").await),
    }
}

async fn read_tables(
    opened: &Opened,
    pass: &LivePass,
    writer: &Arc<Writer>,
    (tables, skipped): (&[TableName], &Skipped),
    (check, outside): (Option<&Arc<Watch>>, &Arc<Outside>),
    reporter: &dyn Reporter,
) -> Result<Vec<TableEntry>> {
    let (schema, scope) = (Arc::clone(&opened.schema), Arc::clone(&opened.scope));
    let columns: BTreeMap<TableName, Vec<String>> = tables
        .iter()
        .map(|table| {
            (
                table.clone(),
                live::travelling_columns(&schema, &scope, table),
            )
        })
        .collect();
    let live_tables: Vec<LiveTable> = columns
        .iter()
        .map(|(table, columns)| {
            let key = live::key_of(columns, &live::key_columns(&schema, table, columns));
            live::table(&schema, &scope, table, columns, key)
        })
        .collect();
    let left_out: BTreeMap<TableName, _> = tables
        .iter()
        .map(|table| (table.clone(), skipped.encoded_keys(table)))
        .collect();
    let mut dispositions = BTreeMap::new();
    for table in tables {
        dispositions.insert(table.clone(), opened.archived_disposition(table)?);
    }
    let (outside, archive, spill, check) = (
        Arc::clone(outside),
        Arc::clone(writer),
        pass.sort.spill_folder.clone(),
        check.map(Arc::clone),
    );
    let presses = Spares::default();
    let entries = pass
        .each(
            live_tables,
            move |table, mut rows| {
                let name = &table.table;
                let columns = columns.get(name).cloned().unwrap_or_default();
                let member = MemberSpool::for_table(name, &spill, DEFAULT_LEVEL)?.sharing(&presses);
                let witness = check
                    .as_ref()
                    .and_then(|check| check.witness(name, &columns));
                let mut sink = RowSink::new(member)
                    .watched_by(witness)
                    .watched_by(outside.witness(name, &columns));
                drain(
                    &mut rows,
                    &mut sink,
                    left_out.get(name).unwrap_or(&Default::default()),
                )?;
                let member = archive.append(&sink.finish()?)?;
                let key_columns = live::key_columns(&schema, name, &columns);
                let (disposition, area) = dispositions
                    .get(name)
                    .cloned()
                    .ok_or_else(|| Error::new(Code::Defect, "A table has no scope."))?;
                Ok(TableEntry::new(
                    name.clone(),
                    area,
                    disposition,
                    columns,
                    key_columns,
                    member,
                ))
            },
            reporter,
        )
        .await?;
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// Tells whoever watches rows go by of those that do not.
async fn unseen(
    control: &mut Session,
    opened: &Opened,
    (tables, check, outside): (&[TableName], Option<&Arc<Watch>>, &Outside),
) -> Result<()> {
    let mut columns = outside.mixed();
    if let Some(check) = check {
        columns.extend(check.referred_to().0);
    }
    let seen = tables.iter().cloned().collect();
    let unseen = Unseen::read(control, opened, columns, &seen).await?;
    outside.learn(&unseen);
    check.map_or(Ok(()), |check| check.offer(&unseen))
}

fn refuse_required(opened: &Opened, crossings: &[Crossing]) -> Result<()> {
    let required: Vec<&Crossing> = crossings
        .iter()
        .filter(|crossing| crossing.is_required)
        .collect();
    let Some(first) = required.first() else {
        return Ok(());
    };
    let area = opened
        .scope
        .tables
        .get(&first.table)
        .map_or("", |found| &found.area);
    Err(Error::new(
        Code::CrossCompany,
        "Rows of this company must refer to rows of another company.",
    )
    .hint("Leave them and what depends on them out (--skip-corrupted), or repair them first.")
    .with("area", area)
    .with("table", &first.table)
    .with(
        "row_count",
        required
            .iter()
            .map(|crossing| crossing.row_count)
            .max()
            .unwrap_or_default(),
    )
    .with(
        "tables",
        required
            .iter()
            .map(|crossing| format!("{}: {}", crossing.table, crossing.row_count))
            .collect::<Vec<_>>()
            .join(", "),
    ))
}

fn problem(crossing: &Crossing) -> Problem {
    Problem {
        code: "crosses_company".to_owned(),
        message: sentence(crossing),
    }
}

fn sentence(crossing: &Crossing) -> String {
    let Crossing {
        table,
        target,
        columns,
        row_count,
        is_required,
    } = crossing;
    let (rows, kind) = match (*row_count, *is_required) {
        (1, true) => ("row", "must refer"),
        (1, false) => ("row", "refers"),
        (_, true) => ("rows", "must refer"),
        (_, false) => ("rows", "refer"),
    };
    format!(
        "{row_count} {rows} of {table} {kind} by {} to rows of {target} that belong to another company.",
        columns.join(", ")
    )
}

/// What the role may do with every table, provided that it may read those that a backup reads: it need not be
/// able to read the company's secrets.
async fn read_rights(opened: &mut Opened) -> Result<Rights> {
    let all = opened.tables_where(|_| true);
    let rights = Rights::read(&mut opened.session, &all).await?;
    rights.on(&opened.readable_tables()).check_reading()?;
    Ok(rights)
}

async fn excluded(
    control: &mut Session,
    opened: &Opened,
    rights: &Rights,
) -> Result<Vec<Excluded>> {
    let tables = opened.tables_where(|found| matches!(found, Disposition::Excluded { .. }));
    let readable: Vec<TableName> = tables
        .iter()
        .filter(|table| rights.may_read(table))
        .cloned()
        .collect();
    let counts = count_rows(control, &opened.schema, &opened.scope, &readable).await?;
    Ok(tables
        .into_iter()
        .filter_map(|table| {
            let Disposition::Excluded { reason, because } =
                &opened.scope.tables.get(&table)?.disposition
            else {
                return None;
            };
            Some(Excluded {
                row_count: counts.get(&table).copied(),
                reason: *reason,
                because: because.clone(),
                table,
            })
        })
        .collect())
}

fn skipped_rows(skipped: &Skipped) -> Vec<SkippedRows> {
    skipped
        .rows
        .iter()
        .map(|(table, (columns, lines))| SkippedRows {
            table: table.clone(),
            key_columns: columns.clone(),
            keys: lines
                .iter()
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect(),
            because: "It must refer to a row of another company, or to a row that does.".to_owned(),
        })
        .collect()
}
