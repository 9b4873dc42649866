//! `prove`: restoring a backup for real, into a database of our own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use snapback_engine::company::Role;
use snapback_engine::library::{Entry, Library};
use snapback_engine::proof::{self, Certificate, ProofOptions};
use snapback_engine::{Code, Error};
use snapback_host::scratch::Scratch;
use snapback_wire::{ProofNote, ProofReport, ProofVerdict, proof_page};

use super::Ending;
use crate::args::Prove;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{count, duration, size, time};
use crate::output;

pub(super) async fn run(context: &Context, arguments: &Prove) -> Result<Ending> {
    let library = context.library().await?;
    let entries = match &arguments.archive {
        Some(archive) => vec![context.find(&library, archive).await?],
        None => newest(&library, arguments.company.as_deref())?,
    };
    for entry in &entries {
        context.require(entry, Role::Operator).await?;
    }
    let mut reports = Vec::new();
    for entry in &entries {
        reports.push(Box::pin(prove(context, &library, entry)).await?);
    }
    context.show(&reports, || reports.iter().map(text).collect());
    let has_failed = |report: &ProofReport| report.verdict == ProofVerdict::Failed;
    Ok(match reports.iter().any(has_failed) {
        true => Ending::NotWhole,
        false => Ending::Done,
    })
}

/// The newest backup of a company, or of each.
fn newest(library: &Library, company: Option<&str>) -> Result<Vec<Entry>> {
    let mut newest: BTreeMap<String, Entry> = BTreeMap::new();
    // Newest first.
    for entry in library.list()? {
        let Some(summary) = entry.summary() else {
            continue;
        };
        let of = &summary.company;
        let is_meant = company.is_none_or(|named| of.id.as_str() == named || of.name == named);
        if is_meant && proof::is_backup(summary.kind) {
            newest.entry(of.id.to_string()).or_insert(entry);
        }
    }
    if newest.is_empty() {
        return Err(
            Error::new(Code::NoSuchArchive, "There is no backup to prove.")
                .hint("See snapback list for the archives on this computer.")
                .into(),
        );
    }
    Ok(newest.into_values().collect())
}

/// Proves one archive and keeps its certificate.
pub(super) async fn prove(
    context: &Context,
    library: &Library,
    entry: &Entry,
) -> Result<ProofReport> {
    let begun = Instant::now();
    let reader = Arc::new(library.open_archive(&entry.path)?);
    let version: u32 = reader.manifest().server_version.parse().unwrap_or(0);
    let scratch = context.stoppable(Scratch::start(version / 10_000)).await?;
    let spill = library.spool_folder().to_owned();
    let options = ProofOptions {
        profile: context.profile_named(&reader.manifest().profile),
        ..ProofOptions::new(scratch.settings().clone(), spill, context.now())
    };
    let progress = context.progress();
    let proven = Box::pin(proof::prove(&reader, &options, &progress, &context.cancel)).await;
    drop(progress);
    scratch.stop();
    let mut certificate: Certificate = proven?.completed()?;
    let elapsed = begun.elapsed().as_millis();
    certificate.elapsed_ms = u64::try_from(elapsed).unwrap_or(u64::MAX);
    let page = proof::keep(library, &certificate, &proof_page(&certificate))?;
    Ok(ProofReport::new(&certificate, Some(&page)))
}

pub(super) fn text(report: &ProofReport) -> String {
    let verdict = match report.verdict {
        ProofVerdict::Proven => "Proven",
        ProofVerdict::ProvenInPart => "Proven in part",
        ProofVerdict::Failed => "FAILED",
    };
    let files = match report.file_count {
        0 => String::new(),
        files => format!(
            " and {} ({})",
            count(files, "file", "files"),
            size(report.file_byte_count)
        ),
    };
    let mut text = format!(
        "{verdict}: {} of {}, restored into PostgreSQL {} in {}.\n  \
         right: {} in {}{files}; {}, {}, {}\n",
        output::printable(&report.company_name),
        time(&report.made_at),
        report.server_version,
        duration(report.elapsed_ms),
        count(report.row_count, "row", "rows"),
        count(report.table_count, "table", "tables"),
        count(report.unique_count, "key", "keys"),
        count(report.check_count, "check", "checks"),
        count(report.reference_count, "reference", "references"),
    );
    for note in &report.findings {
        text.push_str(&format!("  wrong: {}\n", note_text(note)));
    }
    for note in &report.gaps {
        let what = if note.is_open {
            "not proven"
        } else {
            "not carried"
        };
        text.push_str(&format!("  {what}: {}\n", note_text(note)));
    }
    if let Some(page) = &report.page {
        text.push_str(&format!("{}\n", output::printable(page)));
    }
    text
}

fn note_text(note: &ProofNote) -> String {
    let ProofNote {
        code: _,
        table,
        name,
        count,
        is_open: _,
        message,
    } = note;
    let mut about: Vec<String> = Vec::new();
    about.extend(table.clone());
    about.extend(name.clone());
    about.extend(count.map(|count| count.to_string()));
    match about.is_empty() {
        true => message.clone(),
        false => format!("{}: {message}", output::printable(&about.join(" "))),
    }
}
