//! `history`: one row through all backups of a company.

use snapback_engine::inspect::{self, RowName};
use snapback_engine::library::{Entry, Library};
use snapback_engine::{Code, Error};
use snapback_wire::{RecordBackup, RecordEvent, RecordHistory, RecordVersion};

use super::Ending;
use super::inspect::key;
use crate::args::History;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{count, quoted, time, value};
use crate::output::printable;

pub(super) async fn run(context: &Context, arguments: History) -> Result<Ending> {
    let library = context.library_to_read().await?;
    let History {
        table,
        key,
        company,
    } = arguments;
    context.subject().company = Some(company.company.clone());
    let profile = match profile_of_backups(&library, &company.company)? {
        Some(name) => context.profile_named(&name),
        None => None,
    };
    let profile = match profile {
        Some(profile) => profile,
        None => context.profile().await?,
    };
    let picked = quoted(&format!("{table}:{key}"));
    if context.acting_as()?.is_some() {
        context.open(&company.company).await?.session.close().await;
    }
    let (known, cancel) = (profile.clone(), context.cancel.clone());
    let of = company.company.clone();
    let read = tokio::task::spawn_blocking(move || {
        let name = RowName::Written(key);
        let row = (table.as_str(), &name);
        inspect::history(&library, &known, &of, row, &cancel)
    });
    let stopped = |_| Error::new(Code::Defect, "Reading the archives came to an end.");
    let found = read.await.map_err(stopped)??;
    let history = RecordHistory::new(found, |table| {
        snapback_engine::profile::table_label(&profile, table)
    });
    context.show(&history, || {
        text(&history)
            + &way_back(
                &history,
                (&company.company, &context.said_options()),
                &picked,
            )
    });
    if history.not_read.is_empty() {
        Ok(Ending::Done)
    } else {
        Ok(Ending::WithProblems)
    }
}

/// How the newest version comes back that is not today's as far as the backups know.
fn way_back(history: &RecordHistory, (company, said): (&str, &str), picked: &str) -> String {
    let mut versions = history.versions.iter().rev();
    let is_there = |version: &&RecordVersion| version.event != RecordEvent::Vanished;
    let last = versions.next();
    let earlier = versions.find(is_there).or_else(|| last.filter(is_there));
    earlier.map_or_else(String::new, |version| {
        format!(
            "\nTake a version back with a backup that has it:\n  snapback restore {} --company {} --only {picked}{said}\n",
            quoted(&version.last.file),
            quoted(company)
        )
    })
}

/// What the profile of the company's newest backup is called.
fn profile_of_backups(library: &Library, company: &str) -> Result<Option<String>> {
    let entries = library.list()?;
    let mut summaries = entries.iter().filter_map(Entry::summary);
    let newest = summaries
        .find(|summary| summary.company.id.as_str() == company || summary.company.name == company);
    Ok(newest.map(|summary| summary.profile.clone()))
}

fn text(history: &RecordHistory) -> String {
    let mut text = format!(
        "{} [{}] in {}\n",
        printable(&history.label),
        key(&history.key),
        count(history.backup_count, "backup", "backups")
    );
    if history.versions.is_empty() {
        text.push_str("\nNo backup has it.\n");
    }
    for version in &history.versions {
        text.push_str(&told(version));
    }
    if !history.not_read.is_empty() {
        text.push_str("\nNot looked into:\n");
    }
    for backup in &history.not_read {
        text.push_str(&format!(
            "  {}: {} ({})\n",
            printable(&backup.file),
            printable(&backup.problem.message),
            backup.problem.code
        ));
    }
    text
}

fn told(version: &RecordVersion) -> String {
    let what = match version.event {
        RecordEvent::Found => "there already",
        RecordEvent::Appeared => "appeared",
        RecordEvent::Changed => "changed",
        RecordEvent::Vanished => "vanished",
    };
    let mut text = format!("\n{}  {what}\n", backup(&version.first));
    for field in &version.fields {
        let shown =
            |value_of: &Option<String>| value_of.as_deref().map_or("NULL".to_owned(), value);
        let column = printable(&field.label);
        text.push_str(&match version.event {
            RecordEvent::Changed => {
                format!(
                    "    {column}: {} -> {}\n",
                    shown(&field.old),
                    shown(&field.new)
                )
            }
            _ => format!("    {column}: {}\n", shown(&field.new)),
        });
    }
    if version.backup_count > 1 {
        let last = time(&version.last.made_at);
        let backups = count(version.backup_count, "backup", "backups");
        text.push_str(&format!("    so until {last}, in {backups}\n"));
    }
    text
}

fn backup(backup: &RecordBackup) -> String {
    let made_at = time(&backup.made_at);
    let name = match &backup.label {
        Some(label) => format!("\"{}\"", printable(label)),
        None => crate::render::kind_word(backup.kind).to_owned(),
    };
    format!("{made_at}  {name}, {}", printable(&backup.file))
}
