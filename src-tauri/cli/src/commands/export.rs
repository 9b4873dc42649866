//! `export`: handing a company's rows over as files for others.

use std::path::PathBuf;
use std::sync::Arc;

use snapback_engine::archive::Occupied;
use snapback_engine::export::{self, ExportOptions, Form, Formulas, Uploads};
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{Code, Error, carbon_archive};
use snapback_wire::{CarbonExportReport, ExportReport};

use super::Ending;
use super::backup::free;
use super::import::losses;
use crate::args::Export;
use crate::context::Context;
use crate::failure::{Failure, Result, usage};
use crate::format::{count, duration, size};
use crate::output::printable;

pub(super) async fn run(context: &Context, arguments: Export) -> Result<Ending> {
    if let Some(target) = arguments.carbon {
        let target = free(target, "--carbon")?;
        let done = match (arguments.from, arguments.company) {
            (Some(archive), _) => carbon_of_archive(context, &archive, target).await?,
            (None, Some(company)) => carbon_of_company(context, &company, target).await?,
            (None, None) => return Err(nothing()),
        };
        let report = CarbonExportReport::new(done, context.elapsed_ms());
        context.show(&report, || carbon_text(&report));
        return Ok(Ending::Done);
    }
    let options = options(&arguments)?;
    let form = options.form;
    let done = match (arguments.from, arguments.company) {
        (Some(archive), _) => from_archive(context, &archive, options).await?,
        (None, Some(company)) => live(context, &company, options).await?,
        (None, None) => return Err(nothing()),
    };
    let report = ExportReport::new(done, context.elapsed_ms());
    context.show(&report, || text(&report, form));
    Ok(Ending::Done)
}

fn nothing() -> Failure {
    usage(
        "It is not said what is to be exported.",
        "Name an archive with --from, or a company with --company.",
    )
}

/// Short names of areas, which are written as in area:sales.
pub(super) fn areas(written: &[String]) -> Result<Vec<String>> {
    let short = |written: &String| {
        let short = written.strip_prefix("area:").map(str::to_owned);
        short.ok_or_else(|| {
            usage(
                "Only whole areas can be exported by themselves.",
                "Write it as in --only area:sales.",
            )
        })
    };
    written.iter().map(short).collect()
}

fn options(arguments: &Export) -> Result<ExportOptions> {
    let (form, target) = match (&arguments.csv, &arguments.xlsx) {
        (_, Some(path)) => (Form::Workbook, free(path.to_owned(), "--xlsx")?),
        (Some(path), None) => (Form::Csv, free(path.to_owned(), "--csv")?),
        (None, None) => {
            return Err(usage(
                "It is not said what is to be written.",
                "Name a file with --csv or --xlsx.",
            ));
        }
    };
    Ok(ExportOptions {
        target,
        form,
        areas: areas(&arguments.only)?,
        byte_order_mark: arguments.bom,
        formulas: match (arguments.safe_cells, form) {
            (true, _) | (_, Form::Workbook) => Formulas::Safe,
            (false, Form::Csv) => Formulas::AsTheyAre,
        },
        uploads: match arguments.files {
            true => Uploads::Included,
            false => Uploads::LeftOut,
        },
        occupied: Occupied::Refused,
    })
}

async fn from_archive(
    context: &Context,
    archive: &str,
    options: ExportOptions,
) -> Result<export::ExportReport> {
    let library = context.library_to_read().await?;
    let entry = context.find(&library, archive).await?;
    let reader = library.open_archive(&entry.path)?;
    let profile = context.profile_named(&reader.manifest().profile);
    let progress = context.progress();
    let counters = Arc::new(Counters::default());
    let row_count = reader.manifest().row_count;
    progress.phase(Phase::Exporting, Some(row_count), Arc::clone(&counters));
    let cancel = context.cancel.clone();
    let exporting = tokio::task::spawn_blocking(move || {
        export::export(&reader, profile.as_ref(), &options, &counters, &cancel)
    });
    let done = exporting.await;
    drop(progress);
    let stopped = |_| Error::new(Code::Defect, "Exporting came to an end.");
    Ok(done.map_err(stopped)??)
}

async fn live(
    context: &Context,
    company: &str,
    options: ExportOptions,
) -> Result<export::ExportReport> {
    let library = context.library().await?;
    let mut opened = context.open(company).await?;
    let who = (context.actor()?, context.now());
    let files = match options.uploads {
        Uploads::LeftOut => None,
        Uploads::Included => Some(context.store().await?),
    };
    let progress = context.progress();
    let cancel = &context.cancel;
    let exporting = export::export_company(
        &mut opened,
        &library,
        who,
        &options,
        files,
        &progress,
        cancel,
    );
    let done = Box::pin(exporting).await;
    drop(progress);
    opened.session.close().await;
    Ok(done?.completed()?)
}

fn text(report: &ExportReport, form: Form) -> String {
    let files = report.file_count.map_or_else(String::new, |files| {
        format!(" and {}", count(files, "file", "files"))
    });
    let mut text = format!(
        "Exported {} of {}{files} in {}, {}.\n",
        count(report.row_count, "row", "rows"),
        count(report.tables.len() as u64, "table", "tables"),
        duration(report.elapsed_ms),
        size(report.size_bytes)
    );
    if report.safe_cell_count > 0 {
        let texts = count(report.safe_cell_count, "text", "texts");
        text.push_str(&match form {
            Form::Csv => {
                format!("An apostrophe was put before {texts} that a spreadsheet would run.\n")
            }
            Form::Workbook => {
                format!("A spreadsheet will not run {texts} that look like formulas.\n")
            }
        });
    }
    if report.cut_cell_count > 0 {
        text.push_str(&format!(
            "{} longer than a cell and end early; --csv has all of them.\n",
            count(report.cut_cell_count, "text is", "texts are")
        ));
    }
    text + &format!("{}\n", printable(&report.path))
}

async fn carbon_of_archive(
    context: &Context,
    archive: &str,
    target: PathBuf,
) -> Result<carbon_archive::WriteReport> {
    let library = context.library_to_read().await?;
    let entry = context.find(&library, archive).await?;
    let reader = library.open_archive(&entry.path)?;
    let progress = context.progress();
    let counters = Arc::new(Counters::default());
    let row_count = reader.manifest().row_count;
    progress.phase(Phase::Exporting, Some(row_count), Arc::clone(&counters));
    let cancel = context.cancel.clone();
    let writing = tokio::task::spawn_blocking(move || {
        carbon_archive::write(&reader, &target, &counters, &cancel)
    });
    let done = writing.await;
    drop(progress);
    let stopped = |_| Error::new(Code::Defect, "Exporting came to an end.");
    Ok(done.map_err(stopped)??)
}

async fn carbon_of_company(
    context: &Context,
    company: &str,
    target: PathBuf,
) -> Result<carbon_archive::WriteReport> {
    let library = context.library().await?;
    let mut opened = context.open(company).await?;
    let who = (context.actor()?, context.now());
    let progress = context.progress();
    let cancel = &context.cancel;
    let writing =
        carbon_archive::write_company(&mut opened, &library, who, &target, &progress, cancel);
    let done = Box::pin(writing).await;
    drop(progress);
    opened.session.close().await;
    Ok(done?.completed()?)
}

fn carbon_text(report: &CarbonExportReport) -> String {
    let files = report.file_count.map_or_else(String::new, |file_count| {
        format!(" and {}", count(file_count, "file", "files"))
    });
    format!(
        "Written as Carbon's: {} of {}{files} in {}, {}.\n{}{}\n",
        count(report.row_count, "row", "rows"),
        count(report.table_count, "table", "tables"),
        duration(report.elapsed_ms),
        size(report.size_bytes),
        losses(&report.losses),
        printable(&report.path)
    )
}
