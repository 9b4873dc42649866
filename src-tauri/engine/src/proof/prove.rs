use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::certificate::{Certificate, Finding, FindingKind, Gap, GapKind, Proven};
use super::{constraints, files, load, references, tables};
use crate::archive::{Reader, file_hash};
use crate::cancel::{CancelToken, Outcome, checkpoint, outcome};
use crate::error::Code;
use crate::model::{Profile, TableName};
use crate::pg::{Session, Settings};
use crate::reporter::{Counters, Phase, Reporter};
use crate::rows::SortSettings;
use crate::{Error, Result};

/// The longest that one statement may take.
const LONGEST_STATEMENT: &str = "SET statement_timeout = '1h'";

/// What a proof must be told.
#[derive(Debug, Clone)]
pub struct ProofOptions {
    /// An empty database of our own, and a role that owns it and may do nothing else on its server.
    pub scratch: Settings,
    /// Where rows are spilled while they are sorted.
    pub spill_folder: PathBuf,
    /// Bytes of rows that are sorted in memory.
    pub sort_budget_bytes: usize,
    /// How the application's schema is read, where that is known: which columns name uploaded files.
    pub profile: Option<Profile>,
    /// Now, by this computer's clock.
    pub now: Timestamp,
}

impl ProofOptions {
    /// The usual settings.
    #[must_use]
    pub fn new(scratch: Settings, spill_folder: PathBuf, now: Timestamp) -> Self {
        Self {
            scratch,
            spill_folder,
            sort_budget_bytes: 32 << 20,
            profile: None,
            now,
        }
    }
}

/// A proof under way.
pub(super) struct Proving<'a> {
    pub(super) reader: &'a Arc<Reader>,
    pub(super) session: &'a mut Session,
    pub(super) sort: SortSettings,
    pub(super) counters: Arc<Counters>,
    pub(super) cancel: &'a CancelToken,
    pub(super) proven: Proven,
    pub(super) findings: Vec<Finding>,
    pub(super) gaps: Vec<Gap>,
}

/// Puts an archive into an empty database and says what that proves. An archive that is wrong is no error: the
/// certificate says so.
///
/// # Errors
/// `local_file`, `disk_full`; errors of the connection to the scratch database.
pub async fn prove(
    reader: &Arc<Reader>,
    options: &ProofOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<Certificate>> {
    let mut session = Session::open(&options.scratch).await?;
    let certificate = outcome(prove_in(reader, &mut session, options, reporter, cancel).await);
    session.close().await;
    certificate
}

async fn prove_in(
    reader: &Arc<Reader>,
    session: &mut Session,
    options: &ProofOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Certificate> {
    let manifest = reader.manifest();
    let server_version = version_text(session.server_version());
    let counters = Arc::new(Counters::default());
    reporter.phase(
        Phase::Proving,
        Some(manifest.row_count),
        Arc::clone(&counters),
    );
    let mut proving = Proving {
        reader,
        session,
        sort: SortSettings::new(options.sort_budget_bytes, options.spill_folder.clone()),
        counters,
        cancel,
        proven: Proven::default(),
        findings: Vec::new(),
        gaps: Vec::new(),
    };
    // The manifest has the version as a number; what is none is told as it stands.
    let source = manifest.server_version.parse().ok();
    let source_version = source.map_or_else(|| manifest.server_version.clone(), version_text);
    if source.map(|source| source / 10_000) != Some(proving.session.server_version() / 10_000) {
        proving.gap(GapKind::OtherVersion, None, Some(&source_version), None);
    }
    // What an archive says is run as it stands, so that nobody knows how long it takes.
    proving.session.run(LONGEST_STATEMENT).await?;
    tables::make(&mut proving).await?;
    for entry in &manifest.tables {
        checkpoint(cancel)?;
        if load::table(&mut proving, entry).await? {
            proving.proven.table_count += 1;
            proving.proven.row_count += entry.row_count;
            proving.proven.byte_count += entry.byte_count;
        }
    }
    let catalog = &manifest.catalog.tables;
    for entry in &manifest.tables {
        checkpoint(cancel)?;
        if let Some(table) = catalog.get(&entry.table) {
            constraints::rebuild(&mut proving, &entry.table, table).await?;
        }
    }
    for entry in &manifest.tables {
        checkpoint(cancel)?;
        if let Some(table) = catalog.get(&entry.table) {
            references::rebuild(&mut proving, &entry.table, table).await?;
        }
    }
    files::read(&mut proving).await?;
    if let Some(profile) = &options.profile {
        files::named(&mut proving, profile).await?;
    }
    let Proving {
        proven,
        mut findings,
        mut gaps,
        ..
    } = proving;
    findings.sort();
    gaps.sort();
    let path = reader.path();
    Ok(Certificate {
        archive: manifest.id,
        file: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        blake3: file_hash(path)?,
        kind: manifest.kind,
        company: manifest.company.clone(),
        snapshot_time: manifest.snapshot_time,
        proven_at: options.now,
        elapsed_ms: 0,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        source_version,
        server_version,
        proven,
        findings,
        gaps,
    })
}

impl Proving<'_> {
    pub(super) fn find_in(
        &mut self,
        table: &TableName,
        what: FindingKind,
        name: Option<String>,
        count: Option<u64>,
        code: Option<String>,
    ) {
        self.findings.push(Finding {
            table: Some(table.clone()),
            what,
            name,
            count,
            code,
        });
    }

    /// Notes a part of the archive that is not what the manifest says; other failures go on.
    pub(super) fn unreadable(
        &mut self,
        table: Option<&TableName>,
        file: Option<&str>,
        error: Error,
    ) -> Result<()> {
        match error.code() {
            Code::ArchiveDamaged
            | Code::ArchiveMismatch
            | Code::ArchiveIncomplete
            | Code::ArchiveTooLarge
            | Code::RowTooLarge => {
                self.findings.push(Finding {
                    table: table.cloned(),
                    what: FindingKind::Unreadable,
                    name: file.map(str::to_owned),
                    count: None,
                    code: Some(error.code().word().to_owned()),
                });
                Ok(())
            }
            _ => Err(error),
        }
    }

    pub(super) fn gap(
        &mut self,
        what: GapKind,
        table: Option<&TableName>,
        name: Option<&str>,
        count: Option<u64>,
    ) {
        self.gaps.push(Gap {
            what,
            table: table.cloned(),
            name: name.map(str::to_owned),
            count,
        });
    }
}

/// The server's version as people write it.
fn version_text(number: u32) -> String {
    format!("{}.{}", number / 10_000, number % 10_000)
}
