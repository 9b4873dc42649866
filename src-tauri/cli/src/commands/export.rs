//! `export`: handing a company's rows over as files for others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use snapback_engine::export::{self, ExportOptions, Formulas};
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{Code, Error};
use snapback_wire::ExportReport;

use super::Ending;
use super::backup::free;
use crate::args::Export;
use crate::context::Context;
use crate::failure::{Result, usage};
use crate::format::{count, duration, size};
use crate::output::printable;

pub(super) async fn run(context: &Context, arguments: Export) -> Result<Ending> {
    let options = options(&arguments)?;
    let done = match (arguments.from, arguments.company) {
        (Some(archive), _) => from_archive(context, &archive, options).await?,
        (None, Some(company)) => live(context, &company, options).await?,
        (None, None) => {
            return Err(usage(
                "It is not said what is to be exported.",
                "Name an archive with --from, or a company with --company.",
            ));
        }
    };
    let report = ExportReport::new(done, context.elapsed_ms());
    context.show(&report, || text(&report));
    Ok(Ending::Done)
}

fn options(arguments: &Export) -> Result<ExportOptions> {
    let areas = arguments.only.iter().map(|written| {
        written
            .strip_prefix("area:")
            .map(str::to_owned)
            .ok_or_else(|| {
                usage(
                    "Only whole areas can be exported by themselves.",
                    "Write it as in --only area:sales.",
                )
            })
    });
    Ok(ExportOptions {
        target: target(&arguments.csv)?,
        areas: areas.collect::<Result<_>>()?,
        byte_order_mark: arguments.bom,
        formulas: match arguments.safe_cells {
            true => Formulas::Safe,
            false => Formulas::AsTheyAre,
        },
    })
}

fn target(path: &Path) -> Result<PathBuf> {
    free(path.to_owned(), "--csv")
}

async fn from_archive(
    context: &Context,
    archive: &str,
    options: ExportOptions,
) -> Result<export::ExportReport> {
    let library = context.library().await?;
    let entry = library.find(archive)?;
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
    let progress = context.progress();
    let cancel = &context.cancel;
    let exporting = export::export_company(&mut opened, &library, who, &options, &progress, cancel);
    let done = Box::pin(exporting).await;
    drop(progress);
    opened.session.close().await;
    Ok(done?.completed()?)
}

fn text(report: &ExportReport) -> String {
    let mut text = format!(
        "Exported {} of {} in {}, {}.\n",
        count(report.row_count, "row", "rows"),
        count(report.tables.len() as u64, "table", "tables"),
        duration(report.elapsed_ms),
        size(report.size_bytes)
    );
    if report.safe_cell_count > 0 {
        text.push_str(&format!(
            "An apostrophe was put before {} that a spreadsheet would run.\n",
            count(report.safe_cell_count, "text", "texts")
        ));
    }
    text + &format!("{}\n", printable(&report.path))
}
