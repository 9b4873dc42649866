//! `doctor`: what is wrong with a company's rows, and cleaning it.

use snapback_engine::company::{Opened, Role};
use snapback_engine::doctor;
use snapback_engine::library::Library;
use snapback_engine::restore::{Confirmation, RestoreOptions};
use snapback_engine::{Code, Error};
use snapback_wire::{
    Ailment, CleanReport, DoctorFinding, DoctorReport, Labels, Remedy, SequenceBehind, Verdict,
};

use super::Ending;
use super::restore::{Shown, options, restored};
use crate::args::Doctor;
use crate::ask::{Question, confirm};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::format::{Align, Table, count, number};
use crate::output::{self, printable};
use crate::render;

pub(super) async fn run(context: &Context, arguments: &Doctor) -> Result<Ending> {
    let mut opened = context.open(&arguments.company.company).await?;
    if arguments.fix && !arguments.dry_run {
        opened.role.require(Role::Admin)?;
    }
    let report = examine(context, &mut opened).await?;
    if !arguments.fix {
        opened.session.close().await;
        context.show(&report, || text(&report, arguments.details.details));
        return Ok(ending(&report));
    }
    if !context.global.json {
        output::text(&text(&report, arguments.details.details));
    }
    if !report.has_remedy {
        opened.session.close().await;
        if context.global.json {
            output::document(&report);
        }
        return Ok(ending(&report));
    }
    clean(context, arguments, opened).await
}

async fn examine(context: &Context, opened: &mut Opened) -> Result<DoctorReport> {
    let progress = context.progress();
    let found = Box::pin(doctor::examine(opened, &progress, &context.cancel)).await;
    drop(progress);
    let found = found?.completed()?;
    Ok(DoctorReport::new(&found, opened, context.elapsed_ms()))
}

async fn clean(context: &Context, arguments: &Doctor, mut opened: Opened) -> Result<Ending> {
    let library = context.library().await?;
    let mut options = options(context, &library)?;
    let Some(agreed) = agree(context, arguments, &mut opened, &options).await? else {
        return Ok(Ending::WithProblems);
    };
    options.confirmation = agreed;
    let cleaned = cleaned(context, &mut opened, &library, &options).await?;
    let company = opened.company().clone();
    opened.session.close().await;
    context.show(&cleaned, || {
        let (report, name) = (&cleaned.restored, &company.name);
        let mut text = match report.totals.differing() {
            0 => "No row was changed.\n".to_owned(),
            _ => restored("Cleaned", report, name, company.id.as_str()),
        };
        for raised in &cleaned.raised {
            text.push_str(&format!(
                "Raised the sequence {}.\n",
                printable(&raised.sequence)
            ));
        }
        if !cleaned.left.is_sound {
            text.push_str("\nWhat is left:\n");
            text.push_str(&findings(&cleaned.left));
        }
        text
    });
    Ok(ending(&cleaned.left))
}

async fn cleaned(
    context: &Context,
    opened: &mut Opened,
    library: &Library,
    options: &RestoreOptions,
) -> Result<CleanReport> {
    let progress = context.progress();
    let done = Box::pin(doctor::clean(
        opened,
        library,
        options,
        &progress,
        &context.cancel,
    ))
    .await;
    drop(progress);
    let done = done?.completed()?;
    Ok(CleanReport::new(&done, opened, context.elapsed_ms()))
}

/// Shows what would go and change and asks. `None` where that is all that was wanted.
async fn agree(
    context: &Context,
    arguments: &Doctor,
    opened: &mut Opened,
    options: &RestoreOptions,
) -> Result<Option<Confirmation>> {
    let progress = context.progress();
    let planned = Box::pin(doctor::plan(opened, options, &progress, &context.cancel)).await;
    drop(progress);
    let mut planned = planned?.completed()?;
    let shown = Shown::new(
        &mut planned,
        opened,
        &Labels::of_company(opened),
        arguments.details,
    )?;
    if !context.global.json {
        output::text(&plan(&shown));
    }
    if arguments.dry_run {
        if context.global.json {
            output::document(&shown);
        }
        return Ok(None);
    }
    if shown.plan.verdict == Verdict::NotRestorable {
        let error = Error::new(
            Code::NotCleanable,
            "This company cannot be cleaned: some of the rows are not its own alone, or others depend on them.",
        );
        return Err(Failure::from(error).with_plan(&shown));
    }
    let question = match shown.plan.loses_something {
        true => Question::Name {
            why: "\nRows go. A safety snapshot holds them, and `snapback revert` brings them back.",
            name: &opened.company().name,
        },
        false => Question::Plain("\nNo row is lost. Go ahead?"),
    };
    let Context { global, cancel, .. } = context;
    confirm(question, global.yes, global.json, cancel)
        .await
        .map_err(|failure| failure.with_plan(&shown))?;
    Ok(Some(Confirmation::Plan(shown.plan.digest)))
}

/// What cleaning does to the rows.
fn plan(shown: &Shown) -> String {
    let plan = &shown.plan;
    let changes = match plan.totals.differing() {
        0 => "\nCleaning changes no row.\n".to_owned(),
        _ => format!(
            "\nWhat cleaning does:\n{}",
            render::changes(&plan.areas, plan.totals, &render::RESTORING)
        ),
    };
    let details = shown.details.as_deref().unwrap_or_default();
    changes + &render::findings(&plan.findings) + &render::pages(details)
}

fn ending(report: &DoctorReport) -> Ending {
    if report.is_sound {
        Ending::Done
    } else {
        Ending::WithProblems
    }
}

fn text(report: &DoctorReport, with_details: bool) -> String {
    let name = printable(&report.company.name);
    let mut text = if report.is_sound {
        format!("{name} is sound: no reference is broken, and no sequence is behind.\n")
    } else {
        let rows = count(report.row_count, "row", "rows");
        format!(
            "{name}: something is wrong with {rows}.\n\n{}",
            findings(report)
        )
    };
    if !report.not_examined.is_empty() {
        text.push_str("\nNot looked at:\n");
    }
    for found in &report.not_examined {
        text.push_str(&format!(
            "  {} ({}): {}\n",
            printable(&found.what),
            found.about.len(),
            printable(&found.because)
        ));
        if with_details {
            text.push_str(&format!("    {}\n", printable(&found.about.join(", "))));
        }
    }
    text
}

/// What is wrong, by area and table.
fn findings(report: &DoctorReport) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Left]);
    if !report.areas.is_empty() {
        table.row(["", "Rows", "", "Cleaning"]);
    }
    for area in &report.areas {
        table.row([&area.title, &number(area.row_count), "", ""]);
        for of_area in &area.tables {
            let label = format!("  {}", of_area.label);
            table.row([&label, &number(of_area.row_count), "", ""]);
            for finding in &of_area.findings {
                let column = format!("    {}", finding.columns.join(", "));
                table.row([
                    &column,
                    &number(finding.row_count),
                    &what(finding),
                    remedy(finding.remedy),
                ]);
            }
        }
    }
    let sequences = report.sequences.iter().map(behind);
    table.lines() + &sequences.collect::<String>()
}

fn what(finding: &DoctorFinding) -> String {
    let target = finding.target_label.as_deref().unwrap_or_default();
    match finding.kind {
        Ailment::AnotherCompany => format!("refer to {target} of another company"),
        Ailment::Nowhere => format!("refer to {target} that are not there"),
        Ailment::NamesAnotherCompany => "name ids that only another company has".to_owned(),
        Ailment::NamesNothing => "name ids that nothing has".to_owned(),
        Ailment::SharedRows => format!("are shared by all and refer to its {target}"),
    }
}

fn remedy(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Goes => "rows go",
        Remedy::Emptied => "emptied",
        Remedy::EmptiedIfAllowed => "emptied, or rows go where a check wants it",
        Remedy::NeverWritten => "stays: never written",
        Remedy::Unknown => "stays: may lead out of here",
        Remedy::Shared => "refused: not this company's alone",
    }
}

fn behind(behind: &SequenceBehind) -> String {
    let SequenceBehind {
        sequence,
        table: _,
        label,
        column,
        row_count,
        may_raise,
    } = behind;
    let rights = if *may_raise {
        ""
    } else {
        " (this role may not raise it)"
    };
    format!(
        "The sequence {} is behind {}, {}: {} of all companies {} a value that it has yet to give{rights}.\n",
        printable(sequence),
        printable(label),
        printable(column),
        count(*row_count, "row", "rows"),
        if *row_count == 1 { "has" } else { "have" },
    )
}
