//! `run-due` and `prune`: what timers call.

use std::path::Path;

use snapback_engine::archive::Occupied;
use snapback_engine::audit::{Action, Deed};
use snapback_engine::company;
use snapback_engine::export::{self, ExportOptions, Form, Formulas, Uploads};
use snapback_engine::library::{Library, archive_name};
use snapback_engine::schedule::{
    self, Book, Due, Fate, Handing, Judged, Schedule, Standing, Whose,
};
use snapback_engine::snapshot::{self, CreateOptions};
use snapback_engine::{Code, Error, archive, proof, restore};
use snapback_wire::{
    ArchiveEntry, DueBackup, DueFailure, DueProof, DueReport, ProofVerdict, PruneReport,
    PrunedArchive, WireError,
};

use super::backup::file_name;
use super::{Ending, alert, place, prove};
use crate::args::{Global, Prune};
use crate::ask::Question;
use crate::context::Context;
use crate::deeds::Subject;
use crate::failure::{Failure, Result};
use crate::format::{Align, Table, count, number, size};
use crate::output;

pub(super) async fn run(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    let mut report = DueReport::default();
    let Some(_held) = Book::hold_runs(&library)? else {
        report.is_running_elsewhere = true;
        context.show(&report, || {
            "Somebody else is running what is due in this library.\n".to_owned()
        });
        return Ok(Ending::Done);
    };
    let mut book = Book::open(&library)?;
    // Failures of schedules of which no company is known yet that could stand for them.
    let mut nobodys = Vec::new();
    for schedule in book.schedules().to_vec() {
        match Box::pin(by(context, &library, &mut book, &schedule)).await {
            Ok(backups) => report.backups.extend(backups),
            Err(failure) if is_stop(&failure) => return Err(failure),
            Err(failure) => {
                // Nothing was begun, so that every backup that is due has failed.
                let known = book.known(&schedule);
                let due = book.due(&schedule, &known, context.now())?;
                for due in &due {
                    book.note_failed(due, &failure.error.code)?;
                }
                if due.is_empty() {
                    nobodys.push((schedule.number, failure.error.code.clone()));
                }
                report.failures.push(DueFailure {
                    schedule: schedule.number,
                    error: *failure.error,
                });
            }
        }
    }
    let (goes, _) = judged(context, &library)?;
    remove(context, &library, &goes).await?;
    for gone in schedule::remove_handed(&library, context.now())? {
        tracing::info!(file = %gone.display(), "an export's days are over");
    }
    report.removed = goes.iter().map(PrunedArchive::from).collect();
    report.places = Box::pin(place::sync(context, &library)).await?;
    report.proofs = Box::pin(proofs(context, &library)).await?;
    report.alerts = Box::pin(alert::tell(context, &library, &nobodys)).await?;
    let is_well = report.failures.is_empty()
        && report.proofs.iter().all(is_right)
        && report.places.iter().all(|place| place.failure.is_none())
        && report.alerts.iter().all(|told| told.error.is_none())
        && report
            .backups
            .iter()
            .all(|backup| backup.error.is_none() && backup.problems.is_empty());
    context.show(&report, || text(&report));
    Ok(if is_well {
        Ending::Done
    } else {
        Ending::WithProblems
    })
}

/// Proves what is due. A computer without a server for it has no proofs, and its status says so.
async fn proofs(context: &Context, library: &Library) -> Result<Vec<DueProof>> {
    let entries = library.list()?;
    let mut done = Vec::new();
    for entry in proof::due(&entries, &proof::last_proofs(library)?, context.now()) {
        let archive = ArchiveEntry::from(entry);
        let (report, error) = match Box::pin(prove::prove(context, library, entry)).await {
            Ok(report) => (Some(report), None),
            Err(failure) if is_stop(&failure) => return Err(failure),
            Err(failure) => (None, Some(*failure.error)),
        };
        let has_no_server = |error: &WireError| error.code == Code::NoScratchServer.word();
        if let Some(error) = error.as_ref().filter(|error| has_no_server(error)) {
            tracing::warn!(code = error.code, "nothing can be proven here");
            break;
        }
        done.push(DueProof {
            archive,
            report,
            error,
        });
    }
    Ok(done)
}

fn is_right(proof: &DueProof) -> bool {
    let report = proof.report.as_ref();
    report.is_some_and(|report| report.verdict != ProofVerdict::Failed)
}

fn is_stop(failure: &Failure) -> bool {
    failure.error.code == Code::Cancelled.word()
}

/// Makes what a schedule has due.
async fn by(
    context: &Context,
    library: &Library,
    book: &mut Book<'_>,
    schedule: &Schedule,
) -> Result<Vec<DueBackup>> {
    // No connection is opened where nothing is due.
    let now = context.now();
    let Some(moment) = book.moment(schedule, now)? else {
        return Ok(Vec::new());
    };
    let of_schedule = Context::new(
        Global {
            connection: schedule.connection.clone(),
            profile: schedule
                .profile
                .clone()
                .or_else(|| context.global.profile.clone()),
            ..context.global.clone()
        },
        context.needed,
        context.cancel.clone(),
    );
    let target = of_schedule.target().await?;
    if schedule.connection.is_none() && target.settings.target() != schedule.database {
        return Err(Error::new(
            Code::NoSuchDatabase,
            "The schedule is for another database than the one that is named here.",
        )
        .with("database", &schedule.database)
        .hint("Name its database in SNAPBACK_DATABASE_URL, or add the schedule with --connection.")
        .into());
    }
    let companies = context.stoppable(company::companies(&target)).await?;
    let ids: Vec<String> = companies
        .iter()
        .map(|company| company.id.to_string())
        .collect();
    if let Whose::One { id, .. } = &schedule.whose
        && !ids.contains(id)
    {
        return Err(Error::new(
            Code::NoSuchCompany,
            "The company of this schedule is not in the database any more.",
        )
        .hint("Take the schedule away if that is meant: snapback schedule remove")
        .into());
    }
    let mut made = Vec::new();
    for due in book.due(schedule, &ids, now)? {
        let name = companies
            .iter()
            .find(|company| company.id.to_string() == due.company)
            .map_or_else(String::new, |company| company.name.clone());
        let doing = async {
            match &schedule.handing {
                None => back_up(&of_schedule, library, schedule, &due, name.clone()).await,
                Some(handing) => {
                    let handing = (schedule, handing);
                    hand_over(&of_schedule, library, handing, &due, name.clone()).await
                }
            }
        };
        let backup = match Box::pin(doing).await {
            Ok(backup) => {
                book.note_done(&due, context.now())?;
                backup
            }
            Err(failure) if is_stop(&failure) => return Err(failure),
            Err(failure) => {
                book.note_failed(&due, &failure.error.code)?;
                DueBackup {
                    error: Some(*failure.error),
                    ..nothing(&due, name)
                }
            }
        };
        let action = match schedule.handing {
            None => Action::Create,
            Some(_) => Action::Export,
        };
        note_made(&of_schedule, action, &backup).await;
        made.push(backup);
    }
    if made.iter().all(|backup| backup.error.is_none()) {
        book.note_all_done(schedule, moment, context.now())?;
    }
    Ok(made)
}

/// Notes a backup that was due in the audit trail.
async fn note_made(context: &Context, action: Action, backup: &DueBackup) {
    let database = context.subject().database.clone();
    let subject = Subject {
        database,
        company: Some(backup.company.clone()),
        company_name: Some(backup.company_name.clone()),
        archive: backup.path.as_deref().map(Path::new).and_then(file_name),
        ..Subject::default()
    };
    let result = match &backup.error {
        Some(error) => error.code.as_str(),
        None if backup.problems.is_empty() => Deed::DONE,
        None => Deed::WITH_PROBLEMS,
    };
    context
        .note((action, Some("scheduled")), result, subject)
        .await;
}

fn nothing(due: &Due, company_name: String) -> DueBackup {
    DueBackup {
        schedule: due.schedule,
        company: due.company.clone(),
        company_name,
        moment: due.moment.to_string(),
        path: None,
        row_count: None,
        problems: Vec::new(),
        error: None,
    }
}

/// Hands a company's rows over as a ZIP of CSV files.
async fn hand_over(
    context: &Context,
    library: &Library,
    (schedule, handing): (&Schedule, &Handing),
    due: &Due,
    company_name: String,
) -> Result<DueBackup> {
    if !handing.folder.is_dir() {
        return Err(
            Error::new(Code::NoSuchStorage, "The folder of exports is not there.")
                .hint("Is the disk connected?")
                .with("path", handing.folder.display())
                .into(),
        );
    }
    let mut opened = context.open(&due.company).await?;
    let now = context.now();
    let label = handing.areas.join("-");
    let label = (!label.is_empty()).then_some(label.as_str());
    let name = archive_name(opened.company(), now, label);
    let target = handing.folder.join(name).with_extension("zip");
    let options = ExportOptions {
        target: target.clone(),
        form: Form::Csv,
        areas: handing.areas.clone(),
        byte_order_mark: false,
        formulas: Formulas::AsTheyAre,
        uploads: match schedule.files {
            true => Uploads::Included,
            false => Uploads::LeftOut,
        },
        occupied: Occupied::Refused,
    };
    let files = match schedule.files {
        true => Some(context.store().await?),
        false => None,
    };
    let (who, progress) = ((context.actor()?, now), context.progress());
    let cancel = &context.cancel;
    let work = export::export_company(
        &mut opened,
        library,
        who,
        &options,
        files,
        &progress,
        cancel,
    );
    let done = Box::pin(work).await;
    drop(progress);
    opened.session.close().await;
    let done = done?.completed()?;
    let size = done.size_bytes;
    schedule::note_handed(library, schedule, &due.company, (target.clone(), size), now)?;
    Ok(DueBackup {
        path: Some(target.display().to_string()),
        row_count: Some(done.row_count),
        ..nothing(due, company_name)
    })
}

async fn back_up(
    context: &Context,
    library: &Library,
    schedule: &Schedule,
    due: &Due,
    company_name: String,
) -> Result<DueBackup> {
    let mut opened = context.open(&due.company).await?;
    let now = context.now();
    let target = library.new_archive_path(opened.company(), now, None)?;
    let options = CreateOptions {
        kind: archive::Kind::Scheduled,
        files: match schedule.files {
            true => Some(context.store().await?),
            false => None,
        },
        ..CreateOptions::new(target, context.actor()?, now)
    };
    let progress = context.progress();
    let made = Box::pin(snapshot::create(
        &mut opened,
        library,
        options,
        &progress,
        &context.cancel,
    ))
    .await;
    drop(progress);
    opened.session.close().await;
    let made = made?.completed()?;
    library.note_kept_for(made.manifest.id, schedule.keep_days)?;
    let problems = made.manifest.problems.iter();
    let mut problems: Vec<String> = problems.map(|problem| problem.message.clone()).collect();
    let path = &made.archive.path;
    let stored =
        tokio::task::block_in_place(|| snapshot::store_by_changes(library, path, &context.cancel));
    match stored {
        // Stopped or not, the backup is there, and whole.
        Ok(_) => {}
        Err(error) if error.code() == Code::Cancelled => {}
        Err(error) => problems.push(format!(
            "It is stored with all of its rows, since the backup before it could not be read: {error}"
        )),
    }
    Ok(DueBackup {
        path: Some(path.display().to_string()),
        row_count: Some(made.manifest.row_count),
        problems,
        ..nothing(due, company_name)
    })
}

/// Whether rows were handed over, and no backup was made.
fn is_handed(path: &Option<String>) -> bool {
    path.as_deref().is_some_and(|path| path.ends_with(".zip"))
}

fn text(report: &DueReport) -> String {
    let mut text = String::new();
    for backup in &report.backups {
        let name = output::printable(&backup.company_name);
        match (&backup.error, &backup.path) {
            (Some(error), _) => text.push_str(&format!(
                "failed: {name}: {} ({})\n",
                error.message, error.code
            )),
            (None, path) => text.push_str(&format!(
                "{} {name}: {}, {}\n",
                if is_handed(path) {
                    "Handed over"
                } else {
                    "Backed up"
                },
                count(backup.row_count.unwrap_or(0), "row", "rows"),
                path.as_deref().unwrap_or_default(),
            )),
        }
        for problem in &backup.problems {
            text.push_str(&format!("problem: {}\n", output::printable(problem)));
        }
    }
    for failure in &report.failures {
        text.push_str(&format!(
            "failed: schedule {}: {} ({})\n",
            failure.schedule, failure.error.message, failure.error.code
        ));
    }
    for removed in &report.removed {
        text.push_str(&format!(
            "Removed {}: {}\n",
            output::printable(&removed.archive.file),
            removed.because
        ));
    }
    let copied = report.places.iter();
    for place in copied.filter(|place| !place.copied.is_empty() || place.failure.is_some()) {
        text.push_str(&place::text_of_sync(place));
    }
    for proof in &report.proofs {
        match (&proof.report, &proof.error) {
            (Some(report), _) => text.push_str(&prove::text(report)),
            (None, Some(error)) => text.push_str(&format!(
                "not proven: {}: {} ({})\n",
                output::printable(&proof.archive.file),
                error.message,
                error.code
            )),
            (None, None) => {}
        }
    }
    for told in &report.alerts {
        text.push_str(&alert::text_of_told(told));
    }
    if text.is_empty() {
        text.push_str("Nothing is due.\n");
    }
    text
}

/// The archives that go, and those that stay.
fn judged(context: &Context, library: &Library) -> Result<(Vec<Judged>, Vec<Judged>)> {
    let entries = library.list()?;
    let under_review = restore::archives_under_review(library)?;
    let standing = Standing::read(library, &entries, under_review)?;
    let judged = schedule::judge(entries, &standing, context.now());
    Ok(judged
        .into_iter()
        .partition(|judged| matches!(judged.fate, Fate::Goes(_))))
}

/// Removes archives, but for those that a review has come to need since they were judged.
async fn remove(context: &Context, library: &Library, goes: &[Judged]) -> Result<()> {
    let needed = restore::archives_under_review(library)?;
    for judged in goes {
        library.delete(&judged.entry, |entry| needed.contains(&entry.path))?;
        context
            .note_removed(&judged.entry, "its time was over")
            .await;
    }
    Ok(())
}

pub(super) async fn prune(context: &Context, arguments: &Prune) -> Result<Ending> {
    let library = context.library().await?;
    let (goes, stays) = judged(context, &library)?;
    let is_done = !arguments.dry_run && !goes.is_empty();
    if is_done {
        let question = format!("Remove {}?", count(goes.len() as u64, "backup", "backups"));
        context.confirm(Question::Plain(&question)).await?;
        remove(context, &library, &goes).await?;
    }
    let report = PruneReport {
        removed: goes.iter().map(PrunedArchive::from).collect(),
        kept: stays.iter().map(PrunedArchive::from).collect(),
        is_done,
    };
    context.show(&report, || text_of_prune(&report));
    Ok(Ending::Done)
}

fn text_of_prune(report: &PruneReport) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Left]);
    table.row(["", "Size", "File", "Why"]);
    let goes = if report.is_done { "removed" } else { "goes" };
    let all = report.removed.iter().map(|one| (goes, one));
    for (what, one) in all.chain(report.kept.iter().map(|one| ("stays", one))) {
        table.row([
            what,
            &size(one.archive.size_bytes),
            &one.archive.file,
            &one.because,
        ]);
    }
    let bytes = report.removed.iter().map(|one| one.archive.size_bytes);
    let freed = size(bytes.sum());
    let number = number(report.removed.len() as u64);
    let sum = match (report.removed.is_empty(), report.is_done) {
        (true, _) => "No backup's time is over.".to_owned(),
        (false, true) => format!("Removed {number}: {freed} are free again."),
        (false, false) => format!("{number} would go: {freed}."),
    };
    match report.removed.is_empty() && report.kept.is_empty() {
        true => format!("{sum}\n"),
        false => format!("{}\n{sum}\n", table.lines()),
    }
}
