//! `list`, `show`, `verify` and `delete`: archives without a database.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use snapback_engine::archive::Reader;
use snapback_engine::company::Role;
use snapback_engine::library::{Entry, Library};
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{Code, Error, restore};
use snapback_wire::{ArchiveDetails, ArchiveEntry, ArchiveVerdict, Labels, VerifyReport};

use super::Ending;
use super::place::refuse_there;
use crate::args::{List, OneArchive, Show};
use crate::ask::Question;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{Align, Table, count, duration, number, size, time};
use crate::{output, render};

#[derive(Serialize)]
struct Backups {
    library: String,
    backups: Vec<ArchiveEntry>,
}

pub(super) async fn list(context: &Context, arguments: &List) -> Result<Ending> {
    let library = context.library_to_read().await?;
    let wanted = |entry: &ArchiveEntry| {
        let Some(reference) = &arguments.company else {
            return true;
        };
        let of = entry.company.as_ref();
        of.is_some_and(|company| company.id == *reference || company.name == *reference)
    };
    let roles = context.roles().await?;
    let may_see = |entry: &&Entry| roles.require_of(entry.company_id(), Role::Viewer).is_ok();
    let entries = library.list()?;
    let found = entries.iter().filter(may_see).map(ArchiveEntry::from);
    let backups = Backups {
        library: library.folder().display().to_string(),
        backups: found.filter(wanted).collect(),
    };
    context.show(&backups, || text_of_list(&backups));
    Ok(Ending::Done)
}

fn text_of_list(found: &Backups) -> String {
    if found.backups.is_empty() {
        return format!(
            "There are no backups in {}\n",
            output::printable(&found.library)
        );
    }
    let mut table = Table::new(&[
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Left,
    ]);
    table.row(["Made", "Company", "Kind", "Label", "Rows", "Size", "File"]);
    for entry in &found.backups {
        let made_at = entry.made_at.as_deref().map(time).unwrap_or_default();
        let company = entry.company.as_ref().map_or("", |company| &company.name);
        let kind = match &entry.problem {
            Some(problem) => problem.code.replace('_', " "),
            None => entry
                .kind
                .map(render::kind_word)
                .unwrap_or_default()
                .to_owned(),
        };
        table.row([
            &made_at,
            company,
            &kind,
            entry.label.as_deref().unwrap_or_default(),
            &entry.row_count.map(number).unwrap_or_default(),
            &size(entry.size_bytes),
            &entry.file,
        ]);
    }
    table.lines()
}

/// An archive with how it stands against today's schema, where that was asked.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    details: ArchiveDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    today: Option<ArchiveVerdict>,
}

pub(super) async fn show(context: &Context, arguments: &Show) -> Result<Ending> {
    let library = context.library_to_read().await?;
    let entry = context.find(&library, &arguments.archive.archive).await?;
    let reader = Arc::new(library.open_archive(&entry.path)?);
    let manifest = reader.manifest();
    let labels = Labels::of_archives(&[manifest], context.profile_named(&manifest.profile));
    let made_here = library.has_made(&reader)?;
    let details = ArchiveDetails::new(
        &entry.path,
        reader.size_bytes(),
        made_here,
        manifest,
        &labels,
    );
    let today = match &arguments.company {
        Some(company) => Some(today(context, company, &library, &reader).await?),
        None => None,
    };
    let shown = Shown { details, today };
    context.show(&shown, || {
        let text = render::archive_text(&shown.details, arguments.details);
        let today = shown.today.as_ref().map_or_else(String::new, |today| {
            let verdict = render::verdict_words(today.verdict);
            format!("\nToday: {verdict}\n{}", render::findings(&today.findings))
        });
        text + &today
    });
    Ok(Ending::Done)
}

async fn today(
    context: &Context,
    company: &str,
    library: &Library,
    reader: &Arc<Reader>,
) -> Result<ArchiveVerdict> {
    let mut opened = context.open_for(company, reader.manifest()).await?;
    let options = super::restore::options(context, library)?;
    let progress = context.progress();
    let found = Box::pin(restore::verdict(
        &mut opened,
        reader,
        &options,
        &progress,
        &context.cancel,
    ))
    .await;
    drop(progress);
    let found = ArchiveVerdict::new(&found?.completed()?, &Labels::of_company(&opened));
    opened.session.close().await;
    Ok(found)
}

pub(super) async fn verify(context: &Context, arguments: &OneArchive) -> Result<Ending> {
    let library = context.library_to_read().await?;
    let entry = context.find(&library, &arguments.archive).await?;
    let reader = Arc::new(library.open_archive(&entry.path)?);
    let made_here = library.has_made(&reader)?;
    let progress = context.progress();
    let counters = Arc::new(Counters::default());
    let row_count = reader.manifest().row_count;
    progress.phase(Phase::Verifying, Some(row_count), Arc::clone(&counters));
    let cancel = context.cancel.clone();
    let verified = tokio::task::spawn_blocking(move || reader.verify(&counters, &cancel)).await;
    drop(progress);
    let verified =
        verified.map_err(|_| Error::new(Code::Defect, "Reading the archive came to an end."))??;
    let report = VerifyReport::new(&entry.path, made_here, verified, context.elapsed_ms());
    context.show(&report, || {
        format!(
            "The archive is whole: {} in {}{}, {} read in {}.\n{}",
            count(report.row_count, "row", "rows"),
            count(report.table_count, "table", "tables"),
            match report.file_count {
                0 => String::new(),
                file_count => format!(" and {}", count(file_count, "file", "files")),
            },
            size(report.byte_count),
            duration(report.elapsed_ms),
            render::origin(made_here),
        )
    });
    Ok(Ending::Done)
}

#[derive(Serialize)]
struct Deleted {
    path: String,
    size_bytes: u64,
}

pub(super) async fn delete(context: &Context, arguments: &OneArchive) -> Result<Ending> {
    refuse_there(&arguments.archive)?;
    let library = context.library_to_read().await?;
    let entry = context.find(&library, &arguments.archive).await?;
    let needed: Vec<PathBuf> = restore::archives_under_review(&library)?;
    let in_use = |entry: &Entry| needed.contains(&entry.path);
    let question = format!("Delete {}?", output::printable(&entry.file_name()));
    context.confirm(Question::Plain(&question)).await?;
    library.delete(&entry, in_use)?;
    let deleted = Deleted {
        path: entry.path.display().to_string(),
        size_bytes: entry.size_bytes,
    };
    context.show(&deleted, || {
        format!(
            "Deleted {} ({}).\n",
            output::printable(&entry.file_name()),
            size(entry.size_bytes)
        )
    });
    Ok(Ending::Done)
}
