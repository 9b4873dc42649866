//! `import`: archives of Carbon's own.

use snapback_engine::carbon_archive::{self, ImportOptions};
use snapback_wire::{ImportReport, Loss};

use super::Ending;
use super::backup::free;
use crate::args::Import;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{count, duration, size};
use crate::output;

pub(super) async fn run(context: &Context, arguments: Import) -> Result<Ending> {
    let library = context.library().await?;
    let target = context.target().await?;
    let mut options = ImportOptions::new(arguments.archive, context.actor()?);
    options.target = arguments.out.map(|path| free(path, "--out")).transpose()?;
    let progress = context.progress();
    let cancel = &context.cancel;
    let imported = carbon_archive::import(&target, &library, options, &progress, cancel);
    let done = Box::pin(imported).await;
    drop(progress);
    let report = ImportReport::new(done?.completed()?, context.elapsed_ms());
    context.show(&report, || text(&report));
    Ok(match report.losses.is_empty() {
        true => Ending::Done,
        false => Ending::WithProblems,
    })
}

fn text(report: &ImportReport) -> String {
    let files = report.file_count.map_or_else(String::new, |file_count| {
        format!(" and {}", count(file_count, "file", "files"))
    });
    format!(
        "Imported {}: {} of {}{files} in {}, {}.\n{}{}\n",
        output::printable(&report.company),
        count(report.row_count, "row", "rows"),
        count(report.table_count, "table", "tables"),
        duration(report.elapsed_ms),
        size(report.size_bytes),
        losses(&report.losses),
        output::printable(&report.path)
    )
}

/// Tables that are named of one kind of loss; all are counted.
const MOST_NAMED: usize = 6;

/// Losses by kind: what it is, how much of it, and where.
pub(super) fn losses(losses: &[Loss]) -> String {
    let mut text = String::new();
    let mut rest = losses;
    while let Some(first) = rest.first() {
        let of_kind = rest.iter().take_while(|loss| loss.kind == first.kind);
        let (same, others) = rest.split_at(of_kind.count());
        rest = others;
        let sum = same.iter().map(|loss| loss.count).sum();
        let total = crate::format::number(sum);
        text.push_str(&format!("lost: {} ({total})\n", first.because));
        let named = same.iter().filter_map(|loss| {
            let table = loss.table.as_deref()?;
            Some(match loss.columns.is_empty() {
                true => output::printable(table),
                false => output::printable(&format!("{table}.{}", loss.columns.join(", "))),
            })
        });
        let named: Vec<String> = named.collect();
        if !named.is_empty() {
            let more = named.len().saturating_sub(MOST_NAMED);
            let shown = named.into_iter().take(MOST_NAMED).collect::<Vec<_>>();
            let more = match more {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            text.push_str(&format!("      {}{more}\n", shown.join("; ")));
        }
    }
    text
}
