//! `restore`: shown, agreed to, then done.

use std::sync::Arc;

use serde::Serialize;
use snapback_engine::archive::Reader;
use snapback_engine::company::{Opened, Role};
use snapback_engine::inspect::RowName;
use snapback_engine::library::Library;
use snapback_engine::restore::{
    self, Confirmation, Conflicts, HoldWriters, KeptValues, RestoreOptions, Selection, Sessions,
};
use snapback_engine::{Code, Error};
use snapback_wire::{
    AfterStep, Effect, Labels, Moment, Plan, RestoreReport, RowPage, Verdict, row_page,
};

use super::{Ending, moment};
use crate::args::{self, Details, Restore};
use crate::ask::{Question, confirm};
use crate::context::Context;
use crate::failure::{Failure, Result, usage};
use crate::format::{duration, quoted, time};
use crate::{output, render};

/// A plan with the rows that were asked for.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) plan: Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Vec<RowPage>>,
    /// What the backup is to the moment that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<Moment>,
}

impl Shown {
    pub(super) fn new(
        plan: &mut restore::Plan,
        opened: &Opened,
        labels: &Labels,
        wanted: Details,
    ) -> Result<Self> {
        let details = match wanted.details {
            false => None,
            true => Some(rows(plan, opened, wanted.limit)?),
        };
        Ok(Self {
            plan: Plan::new(plan, labels),
            details,
            point: None,
        })
    }

    pub(super) fn text(&self) -> String {
        let details = self.details.as_deref().unwrap_or_default();
        render::plan(&self.plan) + &render::pages(details)
    }
}

/// The rows that differ, table by table.
fn rows(plan: &mut restore::Plan, opened: &Opened, limit: u64) -> Result<Vec<RowPage>> {
    let origins = plan.origins.as_ref();
    let tables = plan.tables.iter_mut();
    let pages = tables.map(|table| {
        let difference = &mut table.difference;
        let page = row_page(difference, &opened.profile, &opened.schema, 0, limit)?;
        Ok(match origins {
            Some(origins) => page.marked(origins, &table.table),
            None => page,
        })
    });
    Ok(pages.collect::<snapback_engine::Result<_>>()?)
}

pub(super) async fn run(context: &Context, arguments: &Restore) -> Result<Ending> {
    let library = context.library().await?;
    let moment = arguments.at.as_deref().map(moment::parsed).transpose()?;
    let mut early = None;
    let mut point = None;
    let entry = match (&arguments.archive, moment) {
        (_, Some(moment)) => {
            let opened = early.insert(context.open(&arguments.company.company).await?);
            let (entry, around) = moment::pick(&library, opened, moment)?;
            output::note(moment::text(&around).trim_end());
            context.subject().is_of(&entry);
            point = Some(around);
            entry
        }
        (Some(archive), None) => context.find(&library, archive).await?,
        (None, None) => {
            return Err(usage(
                "It is not said what is to be restored.",
                "Name an archive, or a moment with --at.",
            ));
        }
    };
    let reader = Arc::new(library.open_archive(&entry.path)?);
    if !library.has_made(&reader)? {
        output::note(&format!("note: {}", render::origin(false).trim_end()));
    }
    let mut opened = match early {
        Some(opened) => opened,
        None => {
            let company = &arguments.company.company;
            context.open_for(company, reader.manifest()).await?
        }
    };
    if !arguments.dry_run {
        opened.role.require(Role::Admin)?;
    }
    let mut options = options(context, &library)?;
    if arguments.files {
        options.files = Some(context.store().await?);
    } else if reader.manifest().files.is_some() {
        output::note("note: The backup's uploaded files are not put back; --files does that too.");
    }
    if arguments.sign_out {
        context
            .stoppable(restore::require_sign_out(&mut opened))
            .await?;
        options.sessions = Sessions::End;
    }
    if arguments.hold_writers {
        options.hold_writers = HoldWriters::FromTheStart;
    }
    if !context.global.yes || arguments.dry_run {
        let Some(agreed) = agree(
            context,
            arguments,
            point,
            (&library, &reader),
            &mut opened,
            &options,
        )
        .await?
        else {
            return Ok(Ending::Done);
        };
        options.confirmation = agreed;
    } else {
        options.confirmation = Confirmation::Everything;
    }
    let progress = context.progress();
    let (library, cancel) = (&library, &context.cancel);
    let selection = selection(&arguments.selection)?;
    let done = match &selection {
        None => {
            let work = restore::run(&mut opened, &reader, library, &options, &progress, cancel);
            Box::pin(work).await
        }
        Some(selection) => {
            let rows = (&reader, selection);
            let work = restore::run_picked(&mut opened, rows, library, &options, &progress, cancel);
            Box::pin(work).await
        }
    };
    drop(progress);
    let done = done?.completed()?;
    let report = RestoreReport::new(&done, &Labels::of_company(&opened), context.elapsed_ms());
    let company = opened.company().clone();
    opened.session.close().await;
    context.show(&report, || match &selection {
        Some(_) if report.totals.differing() == 0 => {
            NOTHING_TO_TAKE.to_owned() + &render::findings(&report.findings)
        }
        _ => restored("Restored", &report, &company.name, company.id.as_str()),
    });
    Ok(ending(&report))
}

/// What is said where picked rows are as they were.
const NOTHING_TO_TAKE: &str = "There is nothing to take back.\n";

/// Which rows are taken back, where not all are.
fn selection(arguments: &args::Selection) -> Result<Option<Selection>> {
    let args::Selection {
        only,
        with_children,
        conflicts,
        fields,
        keep,
    } = arguments;
    if only.is_empty() {
        return Ok(None);
    }
    let keep = keep.iter().map(|written| kept(written));
    Ok(Some(Selection {
        only: only.clone(),
        child_levels: with_children.unwrap_or(0),
        conflicts: match conflicts {
            None => Conflicts::Named,
            Some(args::Conflicts::Mine) => Conflicts::Live,
            Some(args::Conflicts::Backup) => Conflicts::Backup,
        },
        fields: fields.clone(),
        keep: keep.collect::<Result<_>>()?,
        ..Selection::default()
    }))
}

/// One value that stays as it is today.
fn kept(written: &str) -> Result<KeptValues> {
    let parts = written.split_once(':');
    let parts = parts.and_then(|(table, rest)| Some((table, rest.rsplit_once('.')?)));
    let (table, (key, column)) = parts.ok_or_else(|| {
        usage(
            "This names no value of a row.",
            "A value is written customer:ID.name.",
        )
    })?;
    Ok(KeptValues {
        table: table.to_owned(),
        row: RowName::Written(key.to_owned()),
        columns: vec![column.to_owned()],
    })
}

/// The usual settings of a restore that is made now.
pub(super) fn options(context: &Context, library: &Library) -> Result<RestoreOptions> {
    let spill = library.spool_folder().to_owned();
    Ok(RestoreOptions::new(context.actor()?, context.now(), spill))
}

/// Shows what would change and asks. `None` where there is nothing to do, or only to show.
async fn agree(
    context: &Context,
    arguments: &Restore,
    point: Option<Moment>,
    (library, reader): (&Library, &Arc<Reader>),
    opened: &mut Opened,
    options: &RestoreOptions,
) -> Result<Option<Confirmation>> {
    if !arguments.dry_run {
        refuse_open_review(context, opened, library).await?;
    }
    let progress = context.progress();
    let selection = selection(&arguments.selection)?;
    let cancel = &context.cancel;
    let planned = match &selection {
        None => Box::pin(restore::plan(opened, reader, options, &progress, cancel)).await,
        Some(selection) => {
            let work = restore::picked_plan(opened, reader, selection, options, &progress, cancel);
            Box::pin(work).await
        }
    };
    drop(progress);
    let mut planned = planned?.completed()?;
    let labels = Labels::of_company(opened);
    let mut shown = Shown::new(&mut planned, opened, &labels, arguments.details)?;
    shown.point = point;
    if !context.global.json {
        output::text(&heading(opened, reader, selection.is_some()));
        output::text(&match selection {
            Some(_) if shown.plan.areas.is_empty() => {
                NOTHING_TO_TAKE.to_owned() + &render::findings(&shown.plan.findings)
            }
            _ => shown.text(),
        });
        if let Some(found) = shown.plan.sign_out.as_ref().filter(|_| arguments.sign_out) {
            output::text(&render::sign_out(&found.sessions, "To be signed out"));
        }
    }
    let files = shown.plan.files.as_ref();
    let nothing_to_do =
        shown.plan.totals.differing() == 0 && files.is_none_or(|found| found.files.is_empty());
    if arguments.dry_run || (nothing_to_do && shown.plan.verdict == Verdict::Ready) {
        if context.global.json {
            output::document(&shown);
        }
        return Ok(None);
    }
    if shown.plan.verdict == Verdict::NotRestorable {
        return Err(Failure::from(Error::new(
            Code::NotRestorable,
            "The backup cannot be restored into this database as it is.",
        ))
        .with_plan(&shown));
    }
    planned
        .rights
        .require()
        .map_err(|error| Failure::from(error).with_plan(&shown))?;
    ask(context, &shown.plan, &opened.company().name)
        .await
        .map_err(|failure| failure.with_plan(&shown))?;
    Ok(Some(Confirmation::Plan(shown.plan.digest)))
}

/// One question where nothing is lost; the company's name where something is.
pub(super) async fn ask(context: &Context, plan: &Plan, company: &str) -> Result<()> {
    let question = if plan.loses_something {
        Question::Name {
            why: "\nRows that were made since go, or values of the backup cannot be carried.",
            name: company,
        }
    } else {
        Question::Plain("\nNothing is lost. Go ahead?")
    };
    let Context { global, cancel, .. } = context;
    confirm(question, global.yes, global.json, cancel).await
}

async fn refuse_open_review(
    context: &Context,
    opened: &mut Opened,
    library: &Library,
) -> Result<()> {
    let status = context
        .stoppable(restore::review_status(opened, library))
        .await?;
    match status.open {
        None => Ok(()),
        Some(open) => Err(Error::new(
            Code::ReviewOpen,
            "A restore of this company waits for Keep or Revert.",
        )
        .hint("Keep or revert it first; `snapback review` shows it.")
        .with("os_user", open.os_user)
        .with("host", open.host)
        .with("restored_at", open.restored_at)
        .into()),
    }
}

fn heading(opened: &Opened, reader: &Reader, is_selection: bool) -> String {
    let manifest = reader.manifest();
    let label = manifest.label.as_deref().map_or_else(String::new, |label| {
        format!(" \"{}\"", output::printable(label))
    });
    let what = if is_selection {
        "Taking rows back into"
    } else {
        "Restoring"
    };
    let from = if is_selection { "from" } else { "to" };
    format!(
        "{what} {} {from} the backup{label} of {}: ",
        output::printable(&opened.company().name),
        time(&manifest.snapshot_time.to_string()),
    )
}

/// What was done, called by that verb, and what is to be decided now.
pub(super) fn restored(verb: &str, report: &RestoreReport, name: &str, id: &str) -> String {
    let name = output::printable(name);
    let files = report.files.as_ref();
    let files_differ = files.is_some_and(|files| files.added + files.changed + files.removed > 0);
    if report.totals.differing() == 0 && !files_differ {
        return format!("Nothing differs: {name} is as the backup has it.\n")
            + &render::findings(&report.findings);
    }
    let mut text = format!(
        "{verb} {name} in {}: {}.\n\n",
        duration(report.elapsed_ms),
        render::done(report.totals)
    );
    text.push_str(&render::changes_by_area(
        &report.areas,
        report.totals,
        &render::RESTORING,
    ));
    text.push_str(&after(report));
    if let Some(safety) = &report.safety {
        text.push_str(&format!(
            "\nSafety snapshot: {}\n",
            output::printable(safety)
        ));
    }
    if report.review.is_some() {
        let id = quoted(id);
        text.push_str(&format!(
            "It waits for a decision:\n  snapback keep --company {id}\n  snapback revert --company {id}\n"
        ));
    }
    text
}

/// What was left out, and what the application is to make again.
pub(super) fn after(report: &RestoreReport) -> String {
    let mut text = report
        .files
        .as_ref()
        .map_or_else(String::new, render::files_done);
    text.push_str(&render::findings(&report.findings));
    text.push_str(&render::signed_out(report.signed_out.as_ref()));
    let open = |step: &&AfterStep| step.failure.is_some() || step.by_hand.is_some();
    let steps: Vec<&AfterStep> = report.after.iter().filter(open).collect();
    if !steps.is_empty() {
        text.push_str("\nWhat to do now:\n");
    }
    for step in steps {
        let failed = step.failure.as_ref();
        let failed = failed.map_or_else(String::new, |code| format!(" (failed: {code})"));
        let by_hand = step.by_hand.as_deref().unwrap_or_default();
        let what = output::printable(&step.what);
        text.push_str(&format!(
            "  {what}{failed}: {}\n",
            output::printable(by_hand)
        ));
    }
    text
}

/// Rows that could not be carried, or something derived that could not be made again.
pub(super) fn ending(report: &RestoreReport) -> Ending {
    let left_out = |effect: Effect| effect == Effect::Discarded;
    let is_partial = report
        .findings
        .iter()
        .any(|finding| left_out(finding.effect))
        || report.files.iter().any(|files| !files.problems.is_empty())
        || report.after.iter().any(|step| step.failure.is_some())
        || report
            .signed_out
            .iter()
            .any(|ended| ended.failure.is_some());
    if is_partial {
        Ending::WithProblems
    } else {
        Ending::Done
    }
}
