//! Plans and reports of new companies as text for people.

use snapback_wire::{
    FilesReport, LeftOutRows, MadeColumn, MadeTable, NewCompanyPlan, NewCompanyReport, NewGroup,
    NewIds, NewPersonFate, NewPurpose, Verdict,
};

use crate::format::{Align, Table, count, duration, number, quoted, size};
use crate::output::printable;
use crate::render::{findings, rights};

/// People who are listed by name.
const PEOPLE_LISTED: usize = 10;
/// Columns that are listed with what was found there.
const COLUMNS_LISTED: usize = 20;

/// What would be made.
pub(crate) fn plan(plan: &NewCompanyPlan, details: bool) -> String {
    let mut text = format!(
        "A new company {}{}: {}\n\n",
        printable(&plan.company.name),
        match plan.is_blank {
            true => String::new(),
            false => format!(" from {}", printable(&plan.source.name)),
        },
        match plan.verdict {
            Verdict::Ready => "Ready",
            Verdict::RestorableWithChanges => "Ready, with changes",
            Verdict::NotRestorable | Verdict::Incomplete => "Not possible",
        }
    );
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    for area in &plan.areas {
        table.row([&area.title, &number(area.row_count), ""]);
        for found in area.tables.iter().filter(|_| details) {
            let ids = match found.ids {
                NewIds::Renewed => "new ids",
                NewIds::Followed => "ids of other rows",
                NewIds::Kept => "ids stay",
            };
            table.row([
                &format!("  {}", printable(&found.label)),
                &number(found.row_count),
                ids,
            ]);
        }
    }
    table.row(["Total", &number(plan.row_count), ""]);
    text.push_str(&table.lines());
    if let Some(owner) = &plan.owner {
        text.push_str(&format!(
            "\nOwner: {}, who alone may enter it.\n",
            printable(owner)
        ));
    }
    text.push_str(&people(plan));
    text.push_str(&plan.group.as_ref().map_or_else(String::new, group));
    text.push_str(&left_out(&plan.left_out));
    text.push_str(safe_copy(plan));
    if plan.moved_days != 0 {
        text.push_str(&format!(
            "\nDates move by {}, so that the template's today is the day on which it is used.\n",
            match plan.moved_days {
                1 => "a day".to_owned(),
                days => format!("{days} days"),
            }
        ));
    }
    if let Some(carried) = &plan.carried_files {
        text.push_str(&format!(
            "\nUploaded files: {} of {} come along, {}.\n",
            number(carried.file_count),
            number(plan.file_count),
            size(carried.byte_count)
        ));
    } else if plan.file_count > 0 {
        text.push_str(&format!(
            "\nUploaded files: {} in the backup are not copied.\n",
            number(plan.file_count)
        ));
    }
    text.push_str(&findings(&plan.findings));
    text.push_str(&rights(&plan.rights));
    text
}

/// What is said of addresses; of those of a company to work in nobody asks.
fn safe_copy(plan: &NewCompanyPlan) -> &'static str {
    match (plan.is_safe, plan.masks_names, plan.purpose) {
        (true, false, _) => {
            "\nA safe copy: addresses of outside parties are replaced, their names stay (--mask-names).\n"
        }
        (true, true, _) => "\nA safe copy: addresses and names of outside parties are replaced.\n",
        (false, _, NewPurpose::Demo | NewPurpose::Test) => {
            "\nNo safe copy: addresses of outside parties stay, and what is sent from it reaches them.\n"
        }
        (false, _, NewPurpose::Production) => "",
    }
}

fn files_made(report: &FilesReport) -> String {
    let mut text = format!(
        "{} copied, {}.\n",
        count(report.added, "uploaded file is", "uploaded files are"),
        size(report.byte_count)
    );
    for problem in &report.problems {
        text.push_str(&format!("problem: {}\n", printable(&problem.message)));
    }
    text
}

fn people(plan: &NewCompanyPlan) -> String {
    let (found, others): (Vec<_>, Vec<_>) = plan
        .people
        .iter()
        .partition(|person| person.fate == NewPersonFate::Found);
    if plan.people.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "People: {} found by e-mail address",
        count(found.len() as u64, "is", "are")
    );
    if others.is_empty() {
        text.push_str(".\n");
        return text;
    }
    for (fate, instead) in [
        (NewPersonFate::Placeholder, "somebody is made for"),
        (NewPersonFate::Owner, "the owner stands in for"),
        (NewPersonFate::Nobody, "nobody stands in for"),
    ] {
        let of_it = others.iter().filter(|person| person.fate == fate).count();
        if of_it > 0 {
            text.push_str(&format!("; {instead} {}", number(of_it as u64)));
        }
    }
    // A template names nobody.
    let known: Vec<_> = others
        .iter()
        .filter(|person| person.name.is_some() || person.email.is_some())
        .collect();
    text.push_str(if known.is_empty() { ".\n" } else { ":\n" });
    for person in known.iter().take(PEOPLE_LISTED) {
        let name = person.name.as_deref().unwrap_or("somebody without a name");
        let email = person.email.as_deref();
        let email = email.map_or_else(String::new, |email| format!(" <{}>", printable(email)));
        text.push_str(&format!("  {}{email}\n", printable(name)));
    }
    if known.len() > PEOPLE_LISTED {
        let more = (known.len() - PEOPLE_LISTED) as u64;
        text.push_str(&format!("  and {} more\n", number(more)));
    }
    text
}

fn group(group: &NewGroup) -> String {
    if !group.is_joined {
        return "Group: one of its own, with a copy of accounts and the like.\n".to_owned();
    }
    let mut text = format!(
        "Group: {}, which stays as it is; its own rows are used:\n",
        printable(&group.id)
    );
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right]);
    table.row(["", "same", "other values", "not there"]);
    for found in &group.differences {
        table.row([
            &format!("  {}", printable(&found.label)),
            &number(found.same),
            &number(found.differing),
            &number(found.lacking),
        ]);
    }
    text.push_str(&table.lines());
    text
}

fn left_out(left_out: &[LeftOutRows]) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let mut text = "\nIt begins without:\n".to_owned();
    for left in left_out {
        let rows = left.row_count.map_or_else(String::new, |rows| {
            format!(" ({})", count(rows, "row", "rows"))
        });
        text.push_str(&format!(
            "  {}{rows}: {}\n",
            printable(&left.label),
            printable(&left.because)
        ));
    }
    text
}

/// What was made.
pub(crate) fn report(report: &NewCompanyReport, details: bool) -> String {
    let mut text = format!(
        "\nMade {} in {}: {}.\n",
        printable(&report.company.name),
        duration(report.elapsed_ms),
        count(report.row_count, "row", "rows")
    );
    let tables: Vec<&MadeTable> = report.areas.iter().flat_map(|area| &area.tables).collect();
    text.push_str(&followed(&tables, details));
    text.push_str(&masked(&tables));
    let noted = tables
        .iter()
        .filter(|table| table.left_out + table.collided > 0);
    for table in noted {
        if table.collided > 0 {
            text.push_str(&format!(
                "  {}: {} one with others, as people are.\n",
                printable(&table.label),
                count(table.collided, "row is", "rows are")
            ));
        }
        if table.left_out > 0 {
            text.push_str(&format!(
                "  {}: {} left out, since what they need is not there.\n",
                printable(&table.label),
                count(table.left_out, "row is", "rows are")
            ));
        }
    }
    if let Some(files) = &report.files {
        text.push_str(&files_made(files));
    }
    for step in &report.after {
        if let Some(rows) = step.row_count.filter(|rows| *rows > 0) {
            text.push_str(&format!(
                "{}: {} made by the application.\n",
                printable(&step.what),
                count(rows, "row is", "rows are")
            ));
        }
    }
    // What it begins without the plan has said, which stands above.
    text.push_str(&to_do(report));
    text.push_str(&format!(
        "\nIts id is {}; `snapback contents --company {}` shows what it holds.\n",
        printable(&report.company.id),
        quoted(&report.company.id)
    ));
    text
}

/// What a person is to do now.
fn to_do(report: &NewCompanyReport) -> String {
    let mut text = String::new();
    for line in &report.reconnect {
        text.push_str(&format!("  {}\n", printable(line)));
    }
    for step in &report.after {
        let failed = step.failure.as_ref();
        let failed = failed.map_or_else(String::new, |code| format!(" (failed: {code})"));
        if let Some(by_hand) = &step.by_hand {
            text.push_str(&format!(
                "  {}{failed}: {}\n",
                printable(&step.what),
                printable(by_hand)
            ));
        } else if !failed.is_empty() {
            text.push_str(&format!("  {}{failed}\n", printable(&step.what)));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\nWhat to do now:\n{text}"),
    }
}

/// What was replaced in a safe copy.
fn masked(tables: &[&MadeTable]) -> String {
    let sum = |of: fn(&MadeColumn) -> u64| -> u64 {
        let columns = tables.iter().flat_map(|table| &table.columns);
        columns.map(of).sum()
    };
    let emails = sum(|column| column.masked_emails);
    let phones = sum(|column| column.masked_phones);
    let sites = sum(|column| column.masked_sites);
    let accounts = sum(|column| column.masked_accounts);
    let names = sum(|column| column.masked_names);
    if emails + phones + sites + accounts + names == 0 {
        return String::new();
    }
    let names = match names {
        0 => String::new(),
        names => format!(", {}", count(names, "name", "names")),
    };
    format!(
        "Replaced: {}, {}, {}, {}{names}.\n",
        count(emails, "e-mail address", "e-mail addresses"),
        count(phones, "telephone number", "telephone numbers"),
        count(sites, "web site", "web sites"),
        count(accounts, "bank account", "bank accounts"),
    )
}

/// What was done with ids, in sums and where they were found without a reference.
fn followed(tables: &[&MadeTable], details: bool) -> String {
    let mut columns: Vec<(&MadeTable, &MadeColumn)> = tables
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| (*table, column)))
        .collect();
    let sum =
        |of: fn(&MadeColumn) -> u64| -> u64 { columns.iter().map(|(_, column)| of(column)).sum() };
    let found = |column: &MadeColumn| {
        column.found_values
            + column.found_elements
            + column.found_strings
            + column.found_names
            + column.found_inside
    };
    let mut text = format!(
        "{} new ids; {} references and {} ids without a reference follow.\n",
        number(sum(|column| column.renewed)),
        number(sum(|column| column.followed)),
        number(columns.iter().map(|(_, column)| found(column)).sum()),
    );
    let left = columns.iter().flat_map(|(table, column)| {
        let left = (*table, *column, column.left, LEFT);
        [left, (*table, *column, column.unknown, UNKNOWN)]
    });
    let left = by_column(left.collect(), details);
    columns.sort_by_key(|(_, column)| std::cmp::Reverse(found(column)));
    let followed = columns
        .iter()
        .map(|(table, column)| (*table, *column, found(column), ""));
    let followed = by_column(followed.collect(), details);
    if !followed.is_empty() {
        text.push_str(&format!("Found without a reference:\n{followed}"));
    }
    if !left.is_empty() {
        text.push_str(&format!(
            "Left as they are, and may still lead to the company that was copied:\n{left}"
        ));
    }
    text
}

/// What is said of values that are left as they are.
const LEFT: &str = "name rows that are not in the copy";
const UNKNOWN: &str = "look like ids, and name no row of the backup";

/// Columns with a number and a remark, but for those with none.
fn by_column(mut columns: Vec<(&MadeTable, &MadeColumn, u64, &str)>, details: bool) -> String {
    columns.retain(|(_, _, found, _)| *found > 0);
    let listed = if details {
        columns.len()
    } else {
        COLUMNS_LISTED.min(columns.len())
    };
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    for (of, column, found, remark) in columns.iter().take(listed) {
        table.row([
            &format!("  {} / {}", printable(&of.label), printable(&column.column)),
            &number(*found),
            remark,
        ]);
    }
    let mut text = table.lines();
    if columns.len() > listed {
        let more = (columns.len() - listed) as u64;
        text.push_str(&format!(
            "  and {} more\n",
            count(more, "column", "columns")
        ));
    }
    text
}
