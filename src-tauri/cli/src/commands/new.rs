//! `new`: a company made from the backup of another one, shown, agreed to, then made.

use std::sync::Arc;

use snapback_engine::archive::Reader;
use snapback_engine::library::Library;
use snapback_engine::new_company::{
    self, AddressChoice, GroupChoice, IdChoice, NameChoice, NewOptions, PeopleChoice, Purpose,
};
use snapback_engine::{Code, Error};
use snapback_host as host;
use snapback_wire::{Effect, Labels, NewCompanyPlan, NewCompanyReport, Verdict};

use super::Ending;
use crate::args::{self, New};
use crate::ask::Question;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::{output, render, render_new};

pub(super) async fn run(context: &Context, arguments: &New) -> Result<Ending> {
    let library = context.library().await?;
    let reader = match arguments.source.blank {
        true => None,
        false => Some(source(context, &library, arguments).await?),
    };
    let target = context.target().await?;
    let mut options = NewOptions::new(
        context.actor()?,
        &arguments.name,
        context.now(),
        library.spool_folder(),
    );
    options.owner = arguments.owner.clone().or_else(|| target.acting_as.clone());
    if let Some(group) = &arguments.into_group {
        options.group = GroupChoice::Join(group.clone());
    }
    if arguments.keep_ids {
        options.ids = IdChoice::Keep;
    }
    options.purpose = match arguments.kind {
        args::Purpose::Production => Purpose::Production,
        args::Purpose::Demo => Purpose::Demo,
        args::Purpose::Test => Purpose::Test,
    };
    options.addresses = match (arguments.safe_copy, arguments.no_safe_copy) {
        (true, _) => AddressChoice::Mask,
        (false, true) => AddressChoice::Keep,
        (false, false) => options.purpose.addresses(),
    };
    if arguments.mask_names {
        options.names = NameChoice::Mask;
    }
    if arguments.placeholders {
        options.people = PeopleChoice::Placeholders;
    }
    if arguments.files {
        options.files = Some(context.store().await?);
    }
    let progress = context.progress();
    let cancel = &context.cancel;
    let planned = match &reader {
        Some(reader) => new_company::plan(&target, reader, options, &progress, cancel).await,
        None => {
            let currency = arguments.currency.as_deref();
            new_company::plan_blank(&target, currency, options, &progress, cancel).await
        }
    };
    drop(progress);
    let planned = planned?.completed()?;
    let labels = Labels::of_company(planned.opened());
    let shown = NewCompanyPlan::new(&planned, &labels);
    if !context.global.json {
        output::text(&render_new::plan(&shown, arguments.details));
    }
    if arguments.dry_run {
        if context.global.json {
            output::document(&shown);
        }
        return Ok(Ending::Done);
    }
    if shown.verdict == Verdict::NotRestorable {
        return Err(Failure::from(Error::new(
            Code::NotRestorable,
            "No company can be made from this backup in this database as it is.",
        ))
        .with_plan(&shown));
    }
    planned
        .rights
        .require()
        .map_err(|error| Failure::from(error).with_plan(&shown))?;
    let question = Question::Plain("\nNothing that is there changes. Make it?");
    context
        .confirm(question)
        .await
        .map_err(|failure| failure.with_plan(&shown))?;
    let progress = context.progress();
    let made = new_company::run(planned, &progress, &context.cancel).await;
    drop(progress);
    let made = made?.completed()?;
    let report = NewCompanyReport::new(&made, &labels, context.elapsed_ms());
    context.show(&report, || render_new::report(&report, arguments.details));
    Ok(ending(&report))
}

/// What it is made from.
async fn source(context: &Context, library: &Library, arguments: &New) -> Result<Arc<Reader>> {
    let found = match (&arguments.source.template, &arguments.source.from) {
        (Some(name), _) => {
            let found = host::gallery(arguments.templates.templates.clone()).find(name)?;
            if found.is_shipped {
                return Ok(found.reader);
            }
            found.reader
        }
        (None, from) => {
            let entry = context
                .find(library, from.as_deref().unwrap_or_default())
                .await?;
            Arc::new(library.open_archive(&entry.path)?)
        }
    };
    if !library.has_made(&found)? {
        output::note(&format!("note: {}", render::origin(false).trim_end()));
    }
    Ok(found)
}

/// Rows that could not be carried, or something derived that could not be made.
fn ending(report: &NewCompanyReport) -> Ending {
    let mut tables = report.areas.iter().flat_map(|area| &area.tables);
    let is_partial = report
        .findings
        .iter()
        .any(|finding| finding.effect == Effect::Discarded)
        || tables.any(|table| table.left_out > 0)
        || report.files.iter().any(|files| !files.problems.is_empty())
        || report.after.iter().any(|step| step.failure.is_some());
    match is_partial {
        true => Ending::WithProblems,
        false => Ending::Done,
    }
}
