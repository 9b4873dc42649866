//! `template`: backups that are meant to start companies.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use snapback_engine::archive::Template;
use snapback_engine::library::Library;
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::template::{self, SaveOptions, SavedTemplate};
use snapback_engine::{Code, Error};
use snapback_host as host;
use snapback_wire::{Gallery, SavedTemplateReport};

use super::Ending;
use crate::args::{SaveTemplate, Template as Command, Templates};
use crate::context::Context;
use crate::failure::{Result, usage};
use crate::format::{Align, Table, count, number, size};
use crate::output::{self, printable};

pub(super) async fn run(context: &Context, command: Command) -> Result<Ending> {
    match command {
        Command::Save(arguments) => save(context, arguments).await,
        Command::List(templates) => list(context, templates),
    }
}

async fn save(context: &Context, arguments: SaveTemplate) -> Result<Ending> {
    let library = context.library().await?;
    let gallery = host::gallery(arguments.templates.templates.clone());
    let target = gallery.place_for(&arguments.name, context.now())?;
    let saved = match (&arguments.archive, &arguments.company) {
        (Some(archive), _) => from_archive(context, &library, archive, &arguments, target).await?,
        (None, Some(company)) => {
            let mut opened = context.open(company).await?;
            let options = options(context, &library, &arguments, target, context.now())?;
            let progress = context.progress();
            let cancel = &context.cancel;
            let saving = template::save_company(&mut opened, &library, &options, &progress, cancel);
            let saved = Box::pin(saving).await;
            drop(progress);
            opened.session.close().await;
            saved?.completed()?
        }
        (None, None) => {
            return Err(usage(
                "It is not said what is to be saved as a template.",
                "Name an archive, or a company with --company.",
            ));
        }
    };
    library.note_made(&saved.manifest, &saved.archive)?;
    let report = SavedTemplateReport::new(&saved);
    context.show(&report, || text(&report));
    Ok(Ending::Done)
}

async fn from_archive(
    context: &Context,
    library: &Library,
    archive: &str,
    arguments: &SaveTemplate,
    target: PathBuf,
) -> Result<SavedTemplate> {
    let entry = context.find(library, archive).await?;
    let reader = library.open_archive(&entry.path)?;
    let manifest = reader.manifest();
    let options = options(context, library, arguments, target, manifest.today())?;
    let profile = context.profile_named(&manifest.profile).ok_or_else(|| {
        Error::new(
            Code::Usage,
            "The profile by which this archive was made is not known here.",
        )
        .with("profile", &manifest.profile)
        .hint("Name its file with --profile.")
    })?;
    let progress = context.progress();
    let counters = Arc::new(Counters::default());
    progress.phase(
        Phase::Exporting,
        Some(manifest.row_count),
        Arc::clone(&counters),
    );
    let cancel = context.cancel.clone();
    let saving = tokio::task::spawn_blocking(move || {
        template::save(&reader, &profile, &options, &counters, &cancel)
    });
    let saved = saving.await;
    drop(progress);
    let stopped = |_| Error::new(Code::Defect, "Saving the template came to an end.");
    Ok(saved.map_err(stopped)??)
}

fn options(
    context: &Context,
    library: &Library,
    arguments: &SaveTemplate,
    target: PathBuf,
    today: Timestamp,
) -> Result<SaveOptions> {
    let SaveTemplate {
        name,
        industry,
        description,
        picture,
        today: named,
        ..
    } = arguments;
    let named = named.map(midnight).transpose()?;
    let mut template = Template::new(
        name.clone(),
        industry.clone(),
        description.clone(),
        named.unwrap_or(today),
    )?;
    if let Some(picture) = picture {
        template = template.with_picture_of(picture)?;
    }
    Ok(SaveOptions {
        target,
        template,
        actor: context.actor()?,
        now: context.now(),
        spill_folder: library.spool_folder().to_owned(),
    })
}

fn midnight(day: Date) -> Result<Timestamp> {
    let begun = day.to_zoned(TimeZone::UTC);
    let begun = begun.map_err(|_| usage("There is no such day.", "Write it like 2026-10-30."))?;
    Ok(begun.timestamp())
}

fn text(report: &SavedTemplateReport) -> String {
    let masked = match report.masked {
        0 => String::new(),
        masked => format!(
            "{} of outside parties replaced.\n",
            count(masked, "address is", "addresses are")
        ),
    };
    format!(
        "Saved the template {}: {}, {}.\n{masked}{}\n",
        printable(&report.name),
        count(report.row_count, "row", "rows"),
        size(report.size_bytes),
        printable(&report.path)
    )
}

fn list(context: &Context, templates: Templates) -> Result<Ending> {
    let gallery = host::gallery(templates.templates);
    let listing = gallery.list()?;
    let folder = gallery.folder.map(|folder| folder.display().to_string());
    let shown = Gallery::new(folder, listing, |name| context.profile_named(name));
    context.show(&shown, || lines(&shown));
    for unusable in &shown.unusable {
        output::note(&format!(
            "{} cannot be used: {}",
            printable(&unusable.path),
            printable(&unusable.error.message)
        ));
    }
    Ok(match shown.unusable.is_empty() {
        true => Ending::Done,
        false => Ending::WithProblems,
    })
}

fn lines(gallery: &Gallery) -> String {
    if gallery.templates.is_empty() {
        return "No templates yet; `snapback template save` makes one.\n".to_owned();
    }
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right, Align::Left]);
    table.row(["Template", "Industry", "Rows", ""]);
    for found in &gallery.templates {
        let counts: Vec<String> = found
            .counts
            .iter()
            .take(4)
            .map(|counted| {
                format!(
                    "{} {}",
                    number(counted.row_count),
                    printable(&counted.label)
                )
            })
            .collect();
        table.row([
            &printable(&found.name),
            &printable(found.industry.as_deref().unwrap_or("—")),
            &number(found.row_count),
            &counts.join(", ").to_lowercase(),
        ]);
    }
    table.lines()
}
