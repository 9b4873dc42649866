//! `check-upgrade`: whether backups still load into the next version of an application.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use snapback_engine::company::{self, Role, Target};
use snapback_engine::library::{Entry, Library};
use snapback_engine::model::Profile;
use snapback_engine::proof::{self, Dumped};
use snapback_engine::{Code, Error, restore};
use snapback_host::scratch::Scratch;
use snapback_wire::{
    ArchiveEntry, ArchiveVerdict, DumpStatement, Effect, Labels, UpgradeReport, UpgradeVerdict,
    Verdict,
};

use super::Ending;
use crate::args::CheckUpgrade;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{Align, Table, count, number, time};
use crate::{output, render};

/// The server that a dump is loaded into, where none of the backups' own is installed.
const ANY_MAJOR: u32 = 0;
/// The most statements that are listed.
const MOST_STATEMENTS: usize = 10;
/// The finding that says of a table that nothing can be told.
const UNTOLD: &str = "table_not_told";

pub(super) async fn run(context: &Context, arguments: &CheckUpgrade) -> Result<Ending> {
    let library = context.library().await?;
    let mut entries = backups(&library, arguments)?;
    let report = match &arguments.schema {
        Some(dump) => {
            let profile = context.profile_of_archives(&entries)?;
            let others = only_of(&mut entries, &profile, arguments.all)?;
            let report = by_dump(context, &library, &entries, profile, dump).await?;
            UpgradeReport { others, ..report }
        }
        None => {
            let target = context.target().await?;
            let others = only_of(&mut entries, &target.profile, arguments.all)?;
            // Nothing is written, and the server itself sees to it.
            let target = Target {
                settings: target.settings.read_only(),
                ..target
            };
            UpgradeReport {
                against: target.settings.target(),
                backups: judge_all(context, &library, &entries, &target, &Says::Everything).await?,
                not_taken: Vec::new(),
                others,
            }
        }
    };
    context.show(&report, || text(&report));
    let loads = |judged: &UpgradeVerdict| {
        let verdict = judged.verdict.as_ref().map(|found| found.verdict);
        matches!(
            verdict,
            Some(Verdict::Ready | Verdict::RestorableWithChanges)
        )
    };
    Ok(match report.backups.iter().all(loads) {
        true => Ending::Done,
        false => Ending::WithProblems,
    })
}

/// The backups of the company that is named, or of every one, the newest first.
fn backups(library: &Library, arguments: &CheckUpgrade) -> Result<Vec<Entry>> {
    let named = arguments.company.as_deref();
    let is_meant = |entry: &Entry| {
        entry.summary().is_some_and(|summary| {
            let of = &summary.company;
            proof::is_backup(summary.kind)
                && named.is_none_or(|named| of.id.as_str() == named || of.name == named)
        })
    };
    let mut entries = library.list()?;
    entries.retain(is_meant);
    if entries.is_empty() {
        return Err(
            Error::new(Code::NoSuchArchive, "There is no backup to judge.")
                .hint("See snapback list for the archives on this computer.")
                .into(),
        );
    }
    Ok(entries)
}

/// Leaves those that were made by that profile, of each company the newest alone unless all are wanted; how many are of
/// other applications.
fn only_of(entries: &mut Vec<Entry>, profile: &Profile, all: bool) -> Result<u64> {
    let found = entries.len();
    let is_of_it = |entry: &Entry| {
        let summary = entry.summary();
        summary.is_some_and(|summary| summary.profile == profile.name)
    };
    entries.retain(is_of_it);
    let others = found - entries.len();
    if entries.is_empty() {
        return Err(Error::new(
            Code::NoSuchArchive,
            format!("There is no backup of {} to judge.", profile.title),
        )
        .hint("Name the profile of the application with --profile.")
        .into());
    }
    let mut seen = BTreeSet::new();
    entries.retain(|entry| {
        let is_newest = entry.company_id().is_some_and(|id| seen.insert(id.clone()));
        is_newest || all
    });
    Ok(others as u64)
}

/// What a database says of the next version.
enum Says<'a> {
    /// Everything, rows that are not in backups, such as people, as well.
    Everything,
    /// What could be made of a dump, and no row.
    Dumped(&'a Dumped),
}

async fn by_dump(
    context: &Context,
    library: &Library,
    entries: &[Entry],
    profile: Profile,
    dump: &Path,
) -> Result<UpgradeReport> {
    let scratch = context.stoppable(Scratch::start(ANY_MAJOR)).await?;
    let settings = scratch.settings().clone();
    let loading = proof::load_dump(&settings, dump, &context.cancel);
    let done = async {
        let dumped: Dumped = Box::pin(loading).await?;
        let target = Target {
            settings: settings.clone(),
            profile,
            acting_as: None,
            catalogs: None,
        };
        let backups = judge_all(context, library, entries, &target, &Says::Dumped(&dumped)).await?;
        Ok::<_, crate::failure::Failure>(UpgradeReport {
            against: dump.display().to_string(),
            backups,
            not_taken: dumped.not_taken.iter().map(DumpStatement::from).collect(),
            others: 0,
        })
    };
    let report = Box::pin(done).await;
    scratch.stop();
    report
}

async fn judge_all(
    context: &Context,
    library: &Library,
    entries: &[Entry],
    target: &Target,
    says: &Says<'_>,
) -> Result<Vec<UpgradeVerdict>> {
    let mut judged = Vec::new();
    for entry in entries {
        context.require(entry, Role::Viewer).await?;
        let found = Box::pin(judge(context, library, entry, target, says)).await;
        let (verdict, untold, error) = match found {
            Ok((verdict, untold)) => (Some(verdict), untold, None),
            Err(failure) if failure.error.code == Code::Cancelled.word() => return Err(failure),
            Err(failure) => (None, Vec::new(), Some(*failure.error)),
        };
        judged.push(UpgradeVerdict {
            archive: ArchiveEntry::from(entry),
            verdict,
            untold,
            error,
        });
    }
    Ok(judged)
}

async fn judge(
    context: &Context,
    library: &Library,
    entry: &Entry,
    target: &Target,
    says: &Says<'_>,
) -> Result<(ArchiveVerdict, Vec<String>)> {
    let reader = Arc::new(library.open_archive(&entry.path)?);
    let company = &reader.manifest().company;
    // A database of the next version has the company, or not yet.
    let there = context.stoppable(company::open(target, company.id.as_str()));
    let mut opened = match there.await {
        Ok(opened) => opened,
        Err(failure) if failure.error.code == Code::NoSuchCompany.word() => {
            context
                .stoppable(company::open_new(target, company))
                .await?
        }
        Err(failure) => return Err(failure),
    };
    let options = super::restore::options(context, library)?;
    let progress = context.progress();
    let cancel = &context.cancel;
    let found = restore::verdict(&mut opened, &reader, &options, &progress, cancel);
    let found = Box::pin(found).await;
    drop(progress);
    let mut found = found?.completed()?;
    let mut untold = Vec::new();
    if let Says::Dumped(dumped) = says {
        // A dump has no people and no shared rows: that these are not there says nothing.
        found.forget_rows_that_are_not_there();
        untold = found.forget_tables(&dumped.untold_tables(), &why_untold(dumped));
    }
    let verdict = ArchiveVerdict::new(&found, &Labels::of_company(&opened));
    opened.session.close().await;
    Ok((verdict, untold.iter().map(ToString::to_string).collect()))
}

/// Why nothing can be told of a table that the dump makes.
fn why_untold(dumped: &Dumped) -> String {
    match &dumped.missing_extensions[..] {
        [] => "Cannot tell: the dump's statement for this table could not be run here.".to_owned(),
        [one] => format!("Cannot tell: this table needs the extension {one}, which is not here."),
        several => format!(
            "Cannot tell: this table needs one of the extensions {}, which are not here.",
            several.join(", ")
        ),
    }
}

fn text(report: &UpgradeReport) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Left]);
    table.row(["Company", "Backup", "Would load"]);
    let mut details = String::new();
    for judged in &report.backups {
        let UpgradeVerdict {
            archive,
            verdict,
            untold,
            error,
        } = judged;
        let company = archive
            .company
            .as_ref()
            .map(|company| company.name.as_str());
        let at = archive.made_at.as_deref().map(time).unwrap_or_default();
        let words = match (verdict, error) {
            (Some(found), _) if untold.is_empty() => {
                render::verdict_words(found.verdict).to_owned()
            }
            (Some(found), _) => format!(
                "{}, but for {} of which this cannot be told",
                render::verdict_words(found.verdict),
                count(untold.len() as u64, "table", "tables")
            ),
            (None, Some(error)) => format!("{} ({})", error.message, error.code),
            (None, None) => String::new(),
        };
        table.row([company.unwrap_or("-"), &at, &words]);
        let findings = verdict.iter().flat_map(|found| &found.findings);
        let grave: Vec<_> = findings
            .filter(|finding| finding.effect != Effect::Noted || finding.code == UNTOLD)
            .cloned()
            .collect();
        if !grave.is_empty() {
            let name = output::printable(company.unwrap_or("-"));
            details.push_str(&format!("\n{name}, {at}:{}", render::findings(&grave)));
        }
    }
    let against = output::printable(&report.against);
    let mut text = format!("Against {against}:\n\n{}{details}", table.lines());
    if !report.not_taken.is_empty() {
        let not_taken = count(report.not_taken.len() as u64, "statement", "statements");
        text.push_str(&format!(
            "\n{not_taken} of the dump could not be run here, mostly for want of an extension:\n"
        ));
    }
    for one in report.not_taken.iter().take(MOST_STATEMENTS) {
        let statement = output::printable(&one.statement);
        text.push_str(&format!("  {statement} … ({})\n", one.code));
    }
    let left = report.not_taken.len().saturating_sub(MOST_STATEMENTS);
    if left > 0 {
        text.push_str(&format!("  and {} more\n", number(left as u64)));
    }
    if report.others > 0 {
        let others = count(report.others, "backup", "backups");
        text.push_str(&format!(
            "\n{others} of other applications: judge them with another --profile.\n"
        ));
    }
    text
}
