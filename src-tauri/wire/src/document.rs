//! A difference as one HTML page that needs nothing else, and as CSV: for people who have no Snapback. Both are
//! written row by row.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Deserialize;
use snapback_engine::Result;
use snapback_engine::export::{Formulas, push_record, safe_text};
use ts_rs::TS;

use crate::{ChangeKind, Counts, Difference, FieldChange, RowChange, RowPage};

/// What a difference is written down as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DocumentForm {
    /// A page for a browser.
    Html,
    /// A table for a spreadsheet or a script: one line for each value.
    Csv,
}

/// Takes a page of rows.
pub type PageSink<'a> = &'a mut dyn FnMut(&RowPage) -> Result<()>;

/// Gives every page of every table to a sink, in order.
pub type EachPage<'a> = &'a mut dyn FnMut(PageSink<'_>) -> Result<()>;

/// Writes a difference down; `formulas` says what becomes of texts in CSV that a spreadsheet would run, `failed` what
/// it means that the place cannot be written.
///
/// # Errors
/// Those of `pages`, and of `failed`.
pub fn write_document(
    out: &mut dyn Write,
    (form, formulas): (DocumentForm, Formulas),
    difference: &Difference,
    pages: EachPage<'_>,
    failed: &dyn Fn(io::Error) -> snapback_engine::Error,
) -> Result<()> {
    match form {
        DocumentForm::Html => html_head(out, difference),
        DocumentForm::Csv => csv_row(out, &CSV_COLUMNS.map(Some)),
    }
    .map_err(failed)?;
    pages(&mut |page| {
        match form {
            DocumentForm::Html => html_page(out, page),
            DocumentForm::Csv => csv_page(out, formulas, difference, page),
        }
        .map_err(failed)
    })?;
    match form {
        DocumentForm::Html => out.write_all(b"</main>\n</html>\n").map_err(failed),
        DocumentForm::Csv => Ok(()),
    }
}

/// A whole number with its thousands apart.
fn number(value: u64) -> String {
    let digits = value.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(String::from_utf8_lossy);
    let head = (!head.is_empty()).then(|| head.into());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// A number in a table, where nothing is a dash.
fn cell(value: u64) -> String {
    match value {
        0 => "-".to_owned(),
        value => number(value),
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--add:#1a7f37;--go:#cf222e;--turn:#9a6700}\
@media(prefers-color-scheme:dark){:root{--add:#3fb950;--go:#f85149;--turn:#d29922}}\
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}small,.key{opacity:.7;font-weight:normal}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr.area td{font-weight:600}\
td.v{white-space:pre-wrap;overflow-wrap:anywhere;font-family:ui-monospace,monospace;font-size:.9em;width:38%}\
details{border-bottom:1px solid var(--line);padding:.25rem 0}summary{cursor:pointer}\
.added>summary::marker,.added .m{color:var(--add)}.removed .m{color:var(--go)}.changed .m{color:var(--turn)}\
.m{font-weight:700;font-family:ui-monospace,monospace}i{opacity:.6}";

fn html_head(out: &mut dyn Write, difference: &Difference) -> io::Result<()> {
    let Difference {
        from,
        to,
        totals,
        areas,
        findings,
        // Files are not asked for when two states are compared.
        files: _,
    } = difference;
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>What differs</title>\n<style>{STYLE}</style>\n<main>\n<h1>What differs</h1>\n<p>From {}<br>to {}</p>\n",
        escaped(from),
        escaped(to)
    )?;
    if areas.is_empty() {
        writeln!(out, "<p>Nothing differs.</p>")?;
    } else {
        out.write_all(b"<table>\n<tr><th></th><th class=\"n\">added</th><th class=\"n\">changed</th><th class=\"n\">removed</th></tr>\n")?;
        for area in areas {
            counts_row(out, " class=\"area\"", &escaped(&area.title), area.counts)?;
            for table in &area.tables {
                let anchor = escaped(&table.table);
                let name = format!("<a href=\"#{anchor}\">{}</a>", escaped(&table.label));
                counts_row(out, "", &name, table.counts)?;
            }
        }
        counts_row(out, " class=\"area\"", "Total", *totals)?;
        out.write_all(b"</table>\n")?;
    }
    if !findings.is_empty() {
        out.write_all(b"<h2>What to know</h2>\n<ul>\n")?;
    }
    for finding in findings {
        let about = [finding.label.as_deref(), finding.column.as_deref()];
        let about: Vec<&str> = about.into_iter().flatten().collect();
        let rows = finding.row_count.map(|rows| format!(" ({})", number(rows)));
        writeln!(
            out,
            "<li>{}{}: {}</li>",
            escaped(&about.join(", ")),
            rows.unwrap_or_default(),
            escaped(&finding.reason)
        )?;
    }
    if !findings.is_empty() {
        out.write_all(b"</ul>\n")?;
    }
    Ok(())
}

fn counts_row(out: &mut dyn Write, class: &str, name: &str, counts: Counts) -> io::Result<()> {
    let Counts {
        added,
        changed,
        removed,
        same: _,
    } = counts;
    writeln!(
        out,
        "<tr{class}><td>{name}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        cell(added),
        cell(changed),
        cell(removed)
    )
}

fn html_page(out: &mut dyn Write, page: &RowPage) -> io::Result<()> {
    if page.offset == 0 {
        let (table, label) = (escaped(&page.table), escaped(&page.label));
        writeln!(
            out,
            "<h2 id=\"{table}\">{label} <small>{table}, {}</small></h2>",
            number(page.total)
        )?;
    }
    for row in &page.rows {
        html_row(out, row)?;
    }
    Ok(())
}

fn html_row(out: &mut dyn Write, row: &RowChange) -> io::Result<()> {
    let (class, mark, is_open) = match row.kind {
        ChangeKind::Added => ("added", "+", ""),
        ChangeKind::Changed => ("changed", "~", " open"),
        ChangeKind::Removed => ("removed", "−", ""),
    };
    let names = row.name.iter().chain(&row.more_names);
    let names: Vec<String> = names.map(|name| escaped(name)).collect();
    let name = names.join(" · ");
    write!(
        out,
        "<details class=\"{class}\"{is_open}><summary><span class=\"m\">{mark}</span> {name} <span class=\"key\">{}</span></summary>\n<table>\n",
        escaped(&key(row))
    )?;
    for field in &row.fields {
        write!(out, "<tr><td>{}</td>", escaped(&field.label))?;
        let FieldChange {
            old,
            new,
            old_name,
            new_name,
            ..
        } = field;
        let (old, new) = ((old, old_name), (new, new_name));
        let values: &[(&Option<String>, &Option<String>)] = match row.kind {
            ChangeKind::Added => &[new],
            ChangeKind::Changed => &[old, new],
            ChangeKind::Removed => &[old],
        };
        for (value, name) in values {
            let exact = value.as_deref().map(escaped);
            let exact = exact.unwrap_or_else(|| "<i>NULL</i>".to_owned());
            let shown = match name.as_deref().map(escaped) {
                Some(name) => format!("{name} <small>{exact}</small>"),
                None => exact,
            };
            write!(out, "<td class=\"v\">{shown}</td>")?;
        }
        out.write_all(b"</tr>\n")?;
    }
    out.write_all(b"</table></details>\n")
}

/// A row's key as text.
fn key(row: &RowChange) -> String {
    let parts = row.key.iter().map(|part| {
        let value = part.value.as_deref().unwrap_or("NULL");
        format!("{}={value}", part.column)
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Text of others as text of HTML, in elements and in attributes.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            letter => shown.push(letter),
        }
    }
    shown
}

const CSV_COLUMNS: [&str; 8] = [
    "area", "table", "change", "key", "name", "column", "old", "new",
];

fn csv_page<'a>(
    out: &mut dyn Write,
    formulas: Formulas,
    difference: &Difference,
    page: &'a RowPage,
) -> io::Result<()> {
    let mut areas = difference.areas.iter();
    let area = areas.find(|area| area.tables.iter().any(|table| table.table == page.table));
    let area = area.map(|area| area.name.as_str());
    for row in &page.rows {
        let change = match row.kind {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
        };
        let key = key(row);
        let key = csv_cell(&key, formulas);
        let name = row.name.as_deref().map(|name| csv_cell(name, formulas));
        for field in &row.fields {
            let value = |value: &'a Option<String>| {
                let value = value.as_deref();
                value.map(|value| match value.parse::<f64>() {
                    // A number is none that runs, whatever sign it has.
                    Ok(_) => Cow::Borrowed(value),
                    Err(_) => csv_cell(value, formulas),
                })
            };
            let (old, new) = (value(&field.old), value(&field.new));
            let values = [
                area,
                Some(&page.table),
                Some(change),
                Some(&key),
                name.as_deref(),
                Some(&field.column),
                old.as_deref(),
                new.as_deref(),
            ];
            csv_row(out, &values)?;
        }
    }
    Ok(())
}

fn csv_cell(text: &str, formulas: Formulas) -> Cow<'_, str> {
    match formulas {
        Formulas::AsTheyAre => Cow::Borrowed(text),
        Formulas::Safe => safe_text(text),
    }
}

fn csv_row(out: &mut dyn Write, values: &[Option<&str>]) -> io::Result<()> {
    let mut line = Vec::new();
    push_record(values, &mut line);
    out.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let written = [7, 999, 1_000, 450_000, 12_345_678].map(number);
        assert_eq!(written, ["7", "999", "1,000", "450,000", "12,345,678"]);
    }

    #[test]
    fn text_of_others_is_never_markup() {
        assert_eq!(
            escaped("<img src=x onerror=\"a('b')\">&"),
            "&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;"
        );
    }
}
