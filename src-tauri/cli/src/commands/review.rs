//! `review`, `keep` and `revert`: what becomes of a restore.

use std::path::Path;

use serde::Serialize;
use snapback_engine::company::{self, Opened, Role};
use snapback_engine::library::Library;
use snapback_engine::pg::Session;
use snapback_engine::restore::{self, Confirmation, RestoreOptions};
use snapback_engine::{Code, Error, schedule};
use snapback_wire::{Labels, RestoreReport, RevertPlan, Review, ReviewStatus, Settled};

use super::Ending;
use super::restore::{Shown, after, ask, ending, options};
use crate::args::{MaybeCompany, OneCompany, Revert};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::format::{duration, quoted, time};
use crate::{output, render};

#[derive(Serialize)]
struct Reviews {
    companies: Vec<OfCompany>,
}

#[derive(Serialize)]
struct OfCompany {
    company: snapback_wire::Company,
    #[serde(flatten)]
    status: ReviewStatus,
}

pub(super) async fn show(context: &Context, arguments: &MaybeCompany) -> Result<Ending> {
    let library = context.library().await?;
    let asked = match &arguments.company {
        Some(company) => vec![company.clone()],
        None => waiting(context, &library).await?,
    };
    let mut companies = Vec::new();
    for reference in asked {
        let mut opened = context.open(&reference).await?;
        go_on(context, &mut opened).await?;
        let status = context
            .stoppable(restore::review_status(&mut opened, &library))
            .await?;
        companies.push(OfCompany {
            company: opened.company().into(),
            status: ReviewStatus::new(&status, &Labels::of_company(&opened)),
        });
        opened.session.close().await;
    }
    let reviews = Reviews { companies };
    context.show(&reviews, || {
        let text: String = reviews.companies.iter().map(text_of_company).collect();
        if text.is_empty() {
            "No restore waits for Keep or Revert.\n".to_owned()
        } else {
            text
        }
    });
    Ok(Ending::Done)
}

/// Keys of the companies about which there is something to tell.
async fn waiting(context: &Context, library: &Library) -> Result<Vec<String>> {
    let target = context.target().await?;
    context
        .stoppable(async {
            let mut session = Session::open(&target.settings).await?;
            let found = restore::companies_with_reviews(&mut session, library).await;
            session.close().await;
            let known = company::companies(&target).await?;
            let found = found?;
            let ids = known.into_iter().map(|company| company.id.to_string());
            Ok(ids.filter(|id| found.contains(id)).collect())
        })
        .await
}

fn text_of_company(of: &OfCompany) -> String {
    let name = output::printable(&of.company.name);
    let mut text = String::new();
    for settled in &of.status.settled {
        text.push_str(match settled {
            Settled::Committed => "A restore that was cut off at its end did take place.\n",
            Settled::RolledBack => "A restore that was cut off did not take place.\n",
        });
    }
    if of.status.signed_out.is_some() {
        text.push_str("A restore that was cut off had left people signed in.\n");
        text.push_str(&render::signed_out(of.status.signed_out.as_ref()));
        text.push('\n');
    }
    if let Some(waiting) = &of.status.waiting_files {
        text.push_str(&format!(
            "{name}: files of a restore from {} wait to be put in their place in {}; name that storage with --storage.\n",
            output::printable(&waiting.host),
            output::printable(&waiting.storage)
        ));
    }
    let Some(review) = &of.status.open else {
        return text + &format!("{name}: no restore waits for Keep or Revert.\n");
    };
    let Review {
        restored_at,
        os_user,
        host,
        source_label,
        source_made_at,
        safety_path,
        totals,
        areas,
        company_id,
        is_cleaning,
        is_selection,
        files,
        ..
    } = review;
    let label = source_label.as_ref().map_or_else(String::new, |label| {
        format!(" \"{}\"", output::printable(label))
    });
    let id = quoted(company_id);
    let backup = format!("the backup{label} of {}", time(source_made_at));
    let (verb, source) = match (is_cleaning, is_selection) {
        (true, _) => ("cleaned", String::new()),
        (false, true) => ("given rows back", format!(", from {backup}")),
        (false, false) => ("restored", format!(", to {backup}")),
    };
    text.push_str(&format!(
        "{name} was {verb} on {} by {} on {}{source}: {}.\n\n",
        time(restored_at),
        output::printable(os_user),
        output::printable(host),
        render::done(*totals),
    ));
    text.push_str(&render::changes_by_area(areas, *totals, &render::RESTORING));
    if let Some(files) = files {
        text.push_str(&render::files_changed(files));
    }
    text.push_str(&format!(
        "\nSafety snapshot: {}\nIt waits for a decision:\n  snapback keep --company {id}\n  snapback revert --company {id}\n",
        output::printable(safety_path)
    ));
    text
}

/// Goes on with files of a restore that was cut off after its commit, where the storage is named.
async fn go_on(context: &Context, opened: &mut Opened) -> Result<()> {
    let Some(pending) = restore::pending_files(opened).await? else {
        return Ok(());
    };
    let Some(store) = context.named_store().await? else {
        return Ok(());
    };
    let progress = context.progress();
    let finished = restore::finish_files(opened, &store, &progress).await;
    drop(progress);
    let problems = finished?;
    output::note(&format!(
        "Files of a restore from {} that waited are in their place now.",
        output::printable(&pending.host)
    ));
    for problem in problems {
        output::note(&format!("problem: {}", output::printable(&problem.message)));
    }
    Ok(())
}

pub(super) async fn keep(context: &Context, arguments: &OneCompany) -> Result<Ending> {
    let library = context.library().await?;
    let mut opened = context.open(&arguments.company).await?;
    go_on(context, &mut opened).await?;
    let actor = context.actor()?;
    let progress = context.progress();
    let kept = restore::keep(&mut opened, &library, &actor, &progress).await;
    drop(progress);
    let kept = kept?;
    note_kept(context, &library, &kept.safety_path);
    let review = Review::new(&kept, &Labels::of_company(&opened));
    opened.session.close().await;
    context.show(&review, || {
        format!(
            "Kept: {} stays as it was restored on {}. The safety snapshot stays for 30 days, or as long as it is pinned:\n{}\n",
            output::printable(&review.company_name),
            time(&review.restored_at),
            output::printable(&review.safety_path)
        )
    });
    Ok(Ending::Done)
}

/// That it is needed no longer is noted here alone; where that fails, it stays until somebody deletes it.
fn note_kept(context: &Context, library: &Library, safety: &str) {
    if let Err(error) = schedule::let_go(library, Path::new(safety), context.now()) {
        tracing::info!(code = %error.code(), "the safety snapshot stays");
    }
}

/// What a revert would do, as one document.
#[derive(Serialize)]
struct ShownRevert {
    #[serde(flatten)]
    shown: Shown,
    written_since: Vec<String>,
}

pub(super) async fn revert(context: &Context, arguments: &Revert) -> Result<Ending> {
    let library = context.library().await?;
    let mut opened = context.open(&arguments.company.company).await?;
    if !arguments.dry_run {
        opened.role.require(Role::Admin)?;
    }
    let mut options = options(context, &library)?;
    let status = context.stoppable(restore::review_status(&mut opened, &library));
    let status = status.await?;
    if status.files.is_some() || status.waiting.is_some() {
        options.files = context.named_store().await?;
    }
    options.confirmation = Confirmation::Everything;
    if !context.global.yes || arguments.dry_run {
        let without = RestoreOptions {
            confirmation: Confirmation::None,
            ..options.clone()
        };
        match agree(context, arguments, (&library, &without), &mut opened).await? {
            Some(agreed) => options.confirmation = agreed,
            None => return Ok(Ending::Done),
        }
    }
    let progress = context.progress();
    let done = Box::pin(restore::revert(
        &mut opened,
        &library,
        arguments.safety.as_deref(),
        &options,
        &progress,
        &context.cancel,
    ))
    .await;
    drop(progress);
    let done = done?.completed()?;
    let report = RestoreReport::new(&done, &Labels::of_company(&opened), context.elapsed_ms());
    let name = output::printable(&opened.company().name);
    opened.session.close().await;
    context.show(&report, || {
        let mut text = format!(
            "Reverted {name} in {}: {}.\n",
            duration(report.elapsed_ms),
            render::done(report.totals)
        );
        text.push_str(&after(&report));
        text
    });
    Ok(ending(&report))
}

/// Shows what a revert would change and asks, more gravely where somebody has written since.
async fn agree(
    context: &Context,
    arguments: &Revert,
    (library, options): (&Library, &RestoreOptions),
    opened: &mut Opened,
) -> Result<Option<Confirmation>> {
    let progress = context.progress();
    let planned = Box::pin(restore::revert_plan(
        opened,
        library,
        arguments.safety.as_deref(),
        options,
        &progress,
        &context.cancel,
    ))
    .await;
    drop(progress);
    let (mut planned, since) = planned?.completed()?;
    let labels = Labels::of_company(opened);
    let shown = Shown::new(&mut planned, opened, &labels, arguments.details)?;
    let RevertPlan {
        mut plan,
        written_since,
    } = RevertPlan::new(&planned, &since, &labels);
    let shown = ShownRevert {
        shown,
        written_since,
    };
    if !context.global.json {
        output::text(&format!(
            "Reverting the restore of {}: ",
            output::printable(&opened.company().name)
        ));
        output::text(&shown.shown.text());
        if !shown.written_since.is_empty() {
            output::text(&format!(
                "\nWritten to since the restore: {}\n",
                output::printable(&shown.written_since.join(", "))
            ));
        }
    }
    if arguments.dry_run {
        if context.global.json {
            output::document(&shown);
        }
        return Ok(None);
    }
    if planned.verdict == snapback_engine::difference::Verdict::NotRestorable {
        let error = Error::new(
            Code::NotRestorable,
            "The safety snapshot cannot be restored into this database as it is.",
        );
        return Err(Failure::from(error).with_plan(&shown));
    }
    // Rows that the restore brought back go again by a revert: that alone is no loss.
    let files = shown.shown.plan.files.as_ref();
    plan.loses_something = !shown.written_since.is_empty()
        || files.is_some_and(|files| !files.written_since.is_empty());
    ask(context, &plan, &opened.company().name)
        .await
        .map_err(|failure| failure.with_plan(&shown))?;
    Ok(Some(Confirmation::Plan(plan.digest)))
}
