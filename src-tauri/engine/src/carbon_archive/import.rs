use std::path::PathBuf;
use std::sync::Arc;

use super::convert::Conversion;
use super::facts::{ALL_FILES, Facts};
use super::fit::{Fitted, fit};
use super::losses::{Loss, LossKind, Losses};
use super::unpack::{Unpacked, unpack};
use crate::archive::{
    DEFAULT_LEVEL, FileEntry, Finished, Kind, LeftFile, Manifest, MemberSpool, Problem, TableEntry,
    Writer,
};
use crate::cancel::{CancelToken, Outcome, checkpoint, outcome};
use crate::company::{self, Actor, Opened, Target};
use crate::difference::{RowSink, RowWitness, live};
use crate::library::{Encrypt, Library, require_space};
use crate::model::{Company, CompanyId};
use crate::pg::Session;
use crate::reporter::{Counters, Phase, Reporter};
use crate::rows::{RowStream as _, SortSettings, Sorter};
use crate::snapshot::Outside;
use crate::{Code, Error, Result};

/// Free bytes without which nothing is begun.
const SPARE_BYTES: u64 = 64 << 20;
/// Bytes of an uploaded file that are read at once.
const PIECE: usize = 128 << 10;

/// What an import must be told.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Carbon's archive.
    pub source: PathBuf,
    /// Where ours is to be; in the library, under its usual name, where nothing is said.
    pub target: Option<PathBuf>,
    /// Who imports.
    pub actor: Actor,
    /// Bytes of rows that are sorted in memory.
    pub sort_budget_bytes: usize,
}

impl ImportOptions {
    /// The usual settings.
    #[must_use]
    pub fn new(source: PathBuf, actor: Actor) -> Self {
        Self {
            source,
            target: None,
            actor,
            sort_budget_bytes: 10 << 20,
        }
    }
}

/// What an import became.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// Our archive.
    pub archive: Finished,
    /// Its manifest.
    pub manifest: Manifest,
    /// What Carbon's archive did not hold, or what is not taken over.
    pub losses: Vec<Loss>,
}

/// Makes an archive of ours from one of Carbon's. The database says what types its columns have, and reads and
/// writes each value; nothing in it changes, and the company need not be there.
///
/// # Errors
/// `no_such_archive`, `not_an_archive` and the other codes of archives that are damaged, too large or not what
/// they say; `other_company` where rows are not of the one company; `disk_full`; errors of the connection. No
/// archive is left behind then.
pub async fn import(
    target: &Target,
    library: &Library,
    options: ImportOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<ImportReport>> {
    outcome(import_archive(target, library, options, reporter, cancel).await)
}

async fn import_archive(
    target: &Target,
    library: &Library,
    options: ImportOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<ImportReport> {
    reporter.phase(Phase::Planning, None, Arc::default());
    require_space(library.folder(), SPARE_BYTES)?;
    let (source, folder) = (options.source.clone(), library.spool_folder().to_owned());
    let token = cancel.clone();
    let unpacking = tokio::task::spawn_blocking(move || unpack(&source, &folder, &token));
    let unpacked = unpacking
        .await
        .map_err(|_| Error::new(Code::Defect, "Unpacking came to an end."))??;
    let opened = open(target, &unpacked.facts).await?;
    let mut session = Session::open(&opened.settings).await?;
    session.set_company(opened.company()).await?;
    let made = Import {
        unpacked: &unpacked,
        opened: &opened,
        library,
        options: &options,
        reporter,
        cancel,
        losses: Losses::default(),
    };
    let made = Box::pin(made.run(&mut session)).await;
    session.close().await;
    opened.session.close().await;
    made
}

/// Opens the company as it is, or as one that is not there yet.
async fn open(target: &Target, facts: &Facts) -> Result<Opened> {
    let id = facts.source_company_id.as_str();
    match company::open(target, id).await {
        Ok(opened) if opened.company().id.as_str() == id => Ok(opened),
        Err(error) if error.code() != Code::NoSuchCompany => Err(error),
        Ok(_) | Err(_) => {
            let company = Company {
                id: CompanyId::new(id),
                name: facts
                    .source_company_name
                    .clone()
                    .unwrap_or_else(|| id.to_owned()),
                group: facts.source_company_group_id.clone(),
                alone_in_group: false,
            };
            company::open_new(target, &company).await
        }
    }
}

struct Import<'a> {
    unpacked: &'a Unpacked,
    opened: &'a Opened,
    library: &'a Library,
    options: &'a ImportOptions,
    reporter: &'a dyn Reporter,
    cancel: &'a CancelToken,
    losses: Losses,
}

impl Import<'_> {
    async fn run(mut self, session: &mut Session) -> Result<ImportReport> {
        let facts = &self.unpacked.facts;
        let made_at = facts.exported_at(&self.options.source)?;
        let path = match &self.options.target {
            Some(path) => path.clone(),
            None => self.library.new_archive_path(
                self.opened.company(),
                made_at,
                facts.label.as_deref(),
            )?,
        };
        let fitted = fit(self.unpacked, self.opened, &mut self.losses);
        if fitted.is_empty() {
            return Err(Error::new(
                Code::ArchiveMismatch,
                "The archive has no table that the application has.",
            )
            .with("archive", self.options.source.display()));
        }
        let about = self.opened.readme_facts(made_at);
        let writer = self
            .library
            .begin_archive(&path, &about, &Encrypt::AsTheLibrary)?;
        let counters = Arc::new(Counters::default());
        let row_count = fitted.iter().map(|fitted| fitted.rows.row_count).sum();
        let reporter = self.reporter;
        reporter.phase(Phase::Reading, Some(row_count), Arc::clone(&counters));
        let (mut entries, outside) = (Vec::new(), Outside::new(self.opened));
        for fitted in &fitted {
            let witness = outside.witness(&fitted.table, &fitted.column_names());
            let entry = self.table(fitted, session, &writer, witness, &counters);
            entries.push(entry.await?);
        }
        let outside = outside.look_up(session, self.opened).await?;
        let files = self.files(&writer)?;
        let actor = &self.options.actor;
        let mut manifest = self.opened.manifest(Kind::Manual, actor, made_at, entries);
        manifest.label = facts.label.clone();
        manifest.schema_version = facts.schema_version();
        manifest.shared_references = outside.shared;
        manifest.people = outside.people;
        if let Some((files, left)) = files {
            (manifest.files, manifest.left_files) = (Some(files), left);
        }
        forget_missing_columns(&mut manifest);
        self.more_losses();
        let losses = std::mem::take(&mut self.losses).into_list();
        manifest.problems = losses.iter().map(problem).collect();
        // Not noted as made here: what is in it came from elsewhere.
        let (archive, manifest) = writer.seal(manifest)?.publish()?;
        Ok(ImportReport {
            archive,
            manifest,
            losses,
        })
    }

    async fn table(
        &mut self,
        fitted: &Fitted<'_>,
        session: &mut Session,
        writer: &Writer,
        witness: Option<Box<dyn RowWitness>>,
        counters: &Counters,
    ) -> Result<TableEntry> {
        let columns = fitted.column_names();
        let spool = self.library.spool_folder();
        let key = live::key_of(&columns, &fitted.key_columns);
        let is_keyed = !key.is_whole_row();
        let sort = SortSettings::new(self.options.sort_budget_bytes, spool.to_owned());
        let mut sorter = Sorter::new(key, sort);
        let beside = (&mut self.losses, counters, self.cancel);
        Conversion::new(fitted, self.opened)
            .run(self.unpacked, session, beside, |line| sorter.push(line))
            .await?;
        let member = MemberSpool::for_table(&fitted.table, spool, DEFAULT_LEVEL)?;
        let mut sink = RowSink::new(member).watched_by(witness);
        let (mut rows, mut last) = (sorter.finish()?, None::<Vec<u8>>);
        while let Some(row) = rows.next_row()? {
            if is_keyed && last.as_deref() == Some(row.key) {
                return Err(Error::new(
                    Code::ArchiveMismatch,
                    "The archive has two rows of one key.",
                )
                .with("table", &fitted.table));
            }
            sink.push(row.line)?;
            let last = last.get_or_insert_default();
            last.clear();
            last.extend_from_slice(row.key);
        }
        let entry = writer.append(&sink.finish()?)?;
        let (disposition, area) = self.opened.archived_disposition(&fitted.table)?;
        Ok(TableEntry::new(
            fitted.table.clone(),
            area,
            disposition,
            columns,
            fitted.key_columns.clone(),
            entry,
        ))
    }

    /// The uploaded files, where there are such: into the first place that the application has for them.
    fn files(&mut self, writer: &Writer) -> Result<Option<(Vec<FileEntry>, Vec<LeftFile>)>> {
        let facts = &self.unpacked.facts;
        if facts.include_storage.as_deref() != Some(ALL_FILES) && self.unpacked.files.is_empty() {
            return Ok(None);
        }
        let company = self.opened.company().id.as_str();
        let rule = self.opened.profile.files.as_ref();
        let Some(place) = rule.and_then(|rule| rule.places.first()) else {
            let count = self.unpacked.files.len() as u64;
            self.losses.things(LossKind::FileElsewhere, count);
            return Ok(None);
        };
        let bucket = place.bucket.replace("{company}", company);
        let prefix = place.prefix.replace("{company}", company);
        let (mut entries, mut left, mut elsewhere) = (Vec::new(), Vec::new(), 0);
        for (key, piece) in &self.unpacked.files {
            checkpoint(self.cancel)?;
            if !key.starts_with(&prefix) {
                elsewhere += 1;
                continue;
            }
            let spool = self.library.spool_folder();
            let mut member = MemberSpool::for_file(&bucket, key, spool, DEFAULT_LEVEL)?;
            let mut content = self.unpacked.read(*piece)?;
            let mut bytes = vec![0; PIECE];
            loop {
                let length = std::io::Read::read(&mut content, &mut bytes)
                    .map_err(|error| self.unpacked.spilling(&error))?;
                match bytes.get(..length) {
                    Some(read) if !read.is_empty() => member.push_bytes(read)?,
                    _ => break,
                }
            }
            let name = (bucket.clone(), key.clone());
            let entry = writer.append(&member.finish()?)?;
            entries.push(FileEntry::new(name, Default::default(), None, entry));
        }
        let missing = facts
            .storage
            .iter()
            .filter(|file| !self.unpacked.files.contains_key(&file.path));
        for file in missing {
            self.losses.things(LossKind::MissingFile, 1);
            left.push(LeftFile {
                bucket: bucket.clone(),
                key: file.path.clone(),
            });
        }
        self.losses.things(LossKind::FileElsewhere, elsewhere);
        Ok(Some((entries, left)))
    }

    /// What whoever made the archive says of it.
    fn more_losses(&mut self) {
        for excluded in &self.unpacked.facts.excluded_rows_by_table {
            if excluded.rows > 0 {
                self.losses
                    .rows(LossKind::NotCarried, &excluded.table, excluded.rows);
            }
        }
    }
}

/// Takes the columns out of the catalog that the archive does not have: it is older, or says less.
fn forget_missing_columns(manifest: &mut Manifest) {
    for entry in &manifest.tables {
        let secret = manifest.secret_columns.get(&entry.table);
        let is_secret = |name: &String| secret.is_some_and(|secret| secret.contains(name));
        let Some(table) = manifest.catalog.tables.get_mut(&entry.table) else {
            continue;
        };
        let stored: Vec<String> = table
            .stored_columns()
            .map(|column| column.name.clone())
            .collect();
        table.columns.retain(|column| {
            !stored.contains(&column.name)
                || entry.columns.contains(&column.name)
                || is_secret(&column.name)
        });
    }
}

fn problem(loss: &Loss) -> Problem {
    let about = loss.table.as_deref().map_or_else(String::new, |table| {
        let columns = loss.columns.join(", ");
        let comma = if columns.is_empty() { "" } else { ", " };
        format!(" ({table}{comma}{columns}: {})", loss.count)
    });
    Problem {
        code: loss.kind.word().to_owned(),
        message: format!("{}{about}", loss.kind.sentence()),
    }
}
