//! `diff`: what it takes to get from one state of a company to another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use snapback_engine::archive::{Occupied, buffered, save_whole};
use snapback_engine::difference::{TableDifference, compare_archives, newer};
use snapback_engine::export::Formulas;
use snapback_engine::library::Library;
use snapback_engine::model::{Profile, Schema, TableName};
use snapback_engine::rows::SortSettings;
use snapback_engine::{Code, Error, restore};
use snapback_wire::{
    Difference, DocumentForm, Finding, Labels, PageSink, RowPage, TableChanges, row_page,
    write_document,
};

use super::Ending;
use super::backup::free;
use super::restore::options;
use crate::args::{Details, Diff};
use crate::context::Context;
use crate::failure::{Result, usage};
use crate::{output, render};

/// The word for the live company.
const LIVE: &str = "live";
/// Bytes of rows that are sorted in memory where archives are of different keys.
const SORT_BUDGET_BYTES: usize = 12 << 20;

/// Rows of a report that are held at a time.
const PAGE_ROWS: usize = 500;

/// What is wanted beside the counts.
struct Wanted {
    details: Details,
    reports: Vec<(DocumentForm, PathBuf)>,
    formulas: Formulas,
}

/// The reports that are to be written, none over a file.
fn reports(html: Option<&Path>, csv: Option<&Path>) -> Result<Vec<(DocumentForm, PathBuf)>> {
    let html = html.map(|path| (DocumentForm::Html, "--html", path));
    let csv = csv.map(|path| (DocumentForm::Csv, "--csv", path));
    if let (Some((_, _, html)), Some((_, _, csv))) = (html, csv)
        && html == csv
    {
        return Err(usage(
            "Both reports would be the same file.",
            "Choose another name for one of them.",
        ));
    }
    let wanted = html.into_iter().chain(csv);
    wanted
        .map(|(form, option, path)| Ok((form, free(path.to_owned(), option)?)))
        .collect()
}

/// A difference with the rows that were asked for.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    difference: Difference,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Vec<RowPage>>,
}

pub(super) async fn run(context: &Context, arguments: &Diff) -> Result<Ending> {
    let Diff {
        from,
        to,
        company,
        details,
        html,
        csv,
        safe_cells,
    } = arguments;
    let wanted = Wanted {
        details: *details,
        reports: reports(html.as_deref(), csv.as_deref())?,
        formulas: match safe_cells {
            true => Formulas::Safe,
            false => Formulas::AsTheyAre,
        },
    };
    let library = context.library_to_read().await?;
    let shown = match (from == LIVE, to == LIVE) {
        (true, true) => {
            return Err(usage(
                "The live company is compared with itself.",
                "Name an archive at one end at least.",
            ));
        }
        (false, false) => archives(context, &library, (from, to), &wanted).await?,
        (from_live, _) => {
            let Some(company) = company else {
                return Err(usage(
                    "Which company is live is not said.",
                    "Name it with --company.",
                ));
            };
            let archive = if from_live { to } else { from };
            live(context, &library, (archive, company), from_live, &wanted).await?
        }
    };
    context.show(&shown, || text(&shown));
    Ok(Ending::Done)
}

/// Between an archive and the live company: a plan, or its other side.
async fn live(
    context: &Context,
    library: &Library,
    (archive, company): (&str, &str),
    from_live: bool,
    wanted: &Wanted,
) -> Result<Shown> {
    let entry = context.find(library, archive).await?;
    let reader = Arc::new(library.open_archive(&entry.path)?);
    let mut opened = context.open_for(company, reader.manifest()).await?;
    let options = options(context, library)?;
    let progress = context.progress();
    let planned = restore::plan(&mut opened, &reader, &options, &progress, &context.cancel);
    let planned = Box::pin(planned).await;
    drop(progress);
    let planned = planned?.completed()?;
    let labels = Labels::of_company(&opened);
    let findings = match from_live {
        true => {
            let findings = planned.findings.iter();
            findings.map(|found| Finding::new(found, &labels)).collect()
        }
        false => Finding::of_comparison(&planned.findings, &labels),
    };
    let tables = planned.tables.into_iter();
    let mut differences: Vec<TableDifference> = tables.map(|table| table.difference).collect();
    let ends = if from_live {
        (LIVE.to_owned(), entry.file_name())
    } else {
        (entry.file_name(), LIVE.to_owned())
    };
    let sight = Sight {
        profile: &opened.profile,
        schema: &opened.schema,
        labels: &labels,
        turned: !from_live,
    };
    let shown = sight.shown(ends, &mut differences, findings, wanted);
    opened.session.close().await;
    shown
}

/// Between two archives, without a database.
async fn archives(
    context: &Context,
    library: &Library,
    (from, to): (&str, &str),
    wanted: &Wanted,
) -> Result<Shown> {
    let entries = [
        context.find(library, from).await?,
        context.find(library, to).await?,
    ];
    let readers = [
        library.open_archive(&entries[0].path)?,
        library.open_archive(&entries[1].path)?,
    ];
    let [first, second] = [readers[0].manifest(), readers[1].manifest()];
    let profile = match context.profile_named(&second.profile) {
        Some(profile) => profile,
        None => context.profile().await?,
    };
    let schema = newer([first, second]).catalog.clone();
    let labels = Labels::of_archives(&[first, second], Some(profile.clone()));
    let sort = SortSettings::new(SORT_BUDGET_BYTES, library.spool_folder().to_owned());
    let (of_archives, cancel) = (profile.clone(), context.cancel.clone());
    let compared = tokio::task::spawn_blocking(move || {
        let [from, to] = &readers;
        compare_archives(from, to, &of_archives, &sort, &cancel)
    });
    let compared = compared.await;
    let (tables, findings) =
        compared.map_err(|_| Error::new(Code::Defect, "Comparing came to an end."))??;
    let findings = findings.iter();
    let findings = findings.map(|finding| Finding::new(finding, &labels));
    let findings: Vec<Finding> = findings.collect();
    let tables = tables.into_iter();
    let mut differences: Vec<TableDifference> = tables.map(|table| table.difference).collect();
    let [from, to] = entries.map(|entry| entry.file_name());
    let sight = Sight {
        profile: &profile,
        schema: &schema,
        labels: &labels,
        turned: false,
    };
    sight.shown((from, to), &mut differences, findings, wanted)
}

/// How a difference is looked at.
struct Sight<'a> {
    profile: &'a Profile,
    schema: &'a Schema,
    labels: &'a Labels,
    /// Whether it is seen from its other end.
    turned: bool,
}

impl Sight<'_> {
    fn shown(
        &self,
        ends: (String, String),
        differences: &mut [TableDifference],
        findings: Vec<Finding>,
        wanted: &Wanted,
    ) -> Result<Shown> {
        let tables = differences.iter().map(|found| self.changes(found));
        let difference = Difference::new(ends, tables.collect(), findings, self.labels);
        for (form, path) in &wanted.reports {
            let mut each = |sink: PageSink<'_>| self.each_page(differences, sink);
            let failed = |error| Error::local_file("the report", path, &error);
            save_whole(path, Occupied::Refused, |file| {
                buffered(file, path, |out| {
                    let form = (*form, wanted.formulas);
                    write_document(out, form, &difference, &mut each, &failed)
                })
            })?;
        }
        let details = match wanted.details.details {
            false => None,
            true => Some(self.pages(differences, wanted.details.limit)?),
        };
        Ok(Shown {
            difference,
            details,
        })
    }

    fn changes(&self, difference: &TableDifference) -> (TableName, TableChanges) {
        let changes = TableChanges::compared(difference, self.labels);
        let changes = match self.turned {
            true => changes.turned(),
            false => changes,
        };
        (difference.pair.table.clone(), changes)
    }

    fn pages(&self, differences: &mut [TableDifference], limit: u64) -> Result<Vec<RowPage>> {
        let mut pages = Vec::new();
        for difference in differences {
            pages.push(self.page(difference, 0, limit)?);
        }
        Ok(pages)
    }

    fn page(
        &self,
        found: &mut TableDifference,
        offset: u64,
        limit: u64,
    ) -> snapback_engine::Result<RowPage> {
        let page = row_page(found, self.profile, self.schema, offset, limit)?;
        Ok(if self.turned { page.turned() } else { page })
    }

    /// All rows that differ, a few at a time, table by table in the order of their areas.
    fn each_page(
        &self,
        differences: &mut [TableDifference],
        sink: PageSink<'_>,
    ) -> snapback_engine::Result<()> {
        let mut order: Vec<usize> = (0..differences.len()).collect();
        order.sort_by_cached_key(|place| {
            let table = differences.get(*place).map(|found| &found.pair.table);
            let area = table.and_then(|table| self.labels.area_of(table));
            let area = area.unwrap_or_default();
            (self.labels.place(area), area.to_owned())
        });
        for place in order {
            let Some(found) = differences.get_mut(place) else {
                continue;
            };
            let total = found.counts().differing();
            for offset in (0..total).step_by(PAGE_ROWS) {
                let page = self.page(found, offset, PAGE_ROWS as u64)?;
                sink(&page)?;
            }
        }
        Ok(())
    }
}

fn text(shown: &Shown) -> String {
    let Shown {
        difference,
        details,
    } = shown;
    let ends = [&difference.from, &difference.to].map(|end| output::printable(end));
    let mut text = format!("From {}\nto   {}\n\n", ends[0], ends[1]);
    if difference.areas.is_empty() {
        text.push_str("Nothing differs.\n");
    } else {
        let (areas, totals) = (&difference.areas, difference.totals);
        text.push_str(&render::changes(areas, totals, &render::COMPARING));
    }
    text.push_str(&render::findings(&difference.findings));
    text + &render::pages(details.as_deref().unwrap_or_default())
}
