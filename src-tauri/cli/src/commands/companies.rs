//! `companies` and `contents`: what there is to back up.

use serde::Serialize;
use snapback_engine::{company, snapshot};
use snapback_wire::{Contents, OfferedCompany, Role};

use super::Ending;
use crate::args;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{Align, Table, cell, count, number};

#[derive(Serialize)]
struct Companies {
    companies: Vec<OfferedCompany>,
}

pub(super) async fn list(context: &Context) -> Result<Ending> {
    let target = context.target().await?;
    let found = context.stoppable(company::companies(&target)).await?;
    let roles = context.roles().await?;
    let offered = found.iter();
    let companies = Companies {
        companies: offered
            .filter_map(|company| OfferedCompany::new(company, roles))
            .collect(),
    };
    let are_bounded = roles.are_bounded();
    context.show(&companies, || {
        let mut table = Table::new(&[Align::Left, Align::Left, Align::Left]);
        for company in &companies.companies {
            let may = match (are_bounded, company.role) {
                (false, _) => "",
                (true, Role::Viewer) => "may look",
                (true, Role::Operator) => "may make backups",
                (true, Role::Admin) => "may do everything",
            };
            table.row([&company.id, &company.name, may]);
        }
        if table.is_empty() {
            "There are no companies.\n".to_owned()
        } else {
            table.lines()
        }
    });
    Ok(Ending::Done)
}

pub(super) async fn contents(context: &Context, arguments: &args::Contents) -> Result<Ending> {
    let mut opened = context.open(&arguments.company.company).await?;
    let counted = context
        .stoppable(Box::pin(snapshot::contents(&mut opened)))
        .await?;
    let contents = Contents::new(counted, &opened);
    opened.session.close().await;
    context.show(&contents, || text(&contents, arguments.details));
    Ok(Ending::Done)
}

fn text(contents: &Contents, details: bool) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right]);
    for area in &contents.areas {
        table.row([&area.title, &number(area.row_count)]);
        for of_area in area
            .tables
            .iter()
            .filter(|table| details || table.is_headline)
        {
            table.row([&format!("  {}", of_area.label), &cell(of_area.row_count)]);
        }
    }
    table.row(["Total", &number(contents.row_count)]);
    let mut text = table.lines();
    let excluded: u64 = contents.excluded.iter().map(|left| left.row_count).sum();
    text.push_str(&format!(
        "\nLeft out: {} in {}{}\n",
        count(excluded, "row", "rows"),
        count(contents.excluded.len() as u64, "table", "tables"),
        if details {
            ""
        } else {
            " (--details lists them)"
        },
    ));
    if details {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        for left in &contents.excluded {
            let label = format!("  {}", left.label);
            table.row([&label, &cell(left.row_count), &left.because]);
        }
        text.push_str(&table.lines());
    }
    text.push_str(&format!(
        "Owned by no company, so not in it: {}\n",
        count(contents.shared.len() as u64, "table", "tables")
    ));
    text
}
