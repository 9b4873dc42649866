//! What explains an export: to people, and to programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::csv::Formulas;
use super::write::{ExportOptions, ExportedTable, Uploads};
use crate::archive::{Manifest, TableEntry};
use crate::model::{Column, Profile, Table};
use crate::profile;

/// A table of the export, as `schema.json` describes it.
#[derive(Debug, Serialize)]
pub(super) struct TableDescription<'a> {
    file: &'a str,
    table: String,
    label: String,
    area: &'a str,
    row_count: u64,
    key: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    columns: Vec<ColumnDescription<'a>>,
}

#[derive(Debug, Serialize)]
struct ColumnDescription<'a> {
    name: &'a str,
    label: String,
    #[serde(rename = "type")]
    type_name: &'a str,
    nullable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refers_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

/// Rows of which a company has one in a table, such as its own: by table, each by column.
pub(super) type OwnRows = BTreeMap<String, BTreeMap<String, Option<String>>>;

#[derive(Serialize)]
struct Settings<'a> {
    application: String,
    company: CompanyDescription<'a>,
    snapshot_time: String,
    schema_version: Option<&'a str>,
    made_by: String,
    areas: &'a [String],
    byte_order_mark: bool,
    formulas_made_safe: bool,
    settings: &'a OwnRows,
}

#[derive(Serialize)]
struct CompanyDescription<'a> {
    id: &'a str,
    name: &'a str,
}

/// Describes the tables, in the order of their files.
pub(super) fn describe<'a>(
    manifest: &'a Manifest,
    profile: Option<&Profile>,
    tables: &'a [(&'a TableEntry, ExportedTable)],
) -> Vec<TableDescription<'a>> {
    let described = tables.iter().map(|(entry, exported)| {
        let known = manifest.catalog.tables.get(&entry.table);
        let columns = entry.columns.iter();
        let columns =
            columns.filter_map(|name| known.and_then(|table| Some((table, table.column(name)?))));
        TableDescription {
            file: &exported.file,
            table: entry.table.to_string(),
            label: profile.map_or_else(
                || entry.table.name.clone(),
                |profile| profile::table_label(profile, &entry.table),
            ),
            area: &entry.area,
            row_count: exported.row_count,
            key: &entry.key_columns,
            comment: known.and_then(|table| table.comment.as_deref()),
            columns: columns
                .map(|(table, column)| column_of(table, column))
                .collect(),
        }
    });
    described.collect()
}

fn column_of<'a>(table: &'a Table, column: &'a Column) -> ColumnDescription<'a> {
    let mut leading = table.references.iter().filter_map(|reference| {
        let place = reference
            .columns
            .iter()
            .position(|name| *name == column.name)?;
        let there = reference.target_columns.get(place)?;
        Some(format!("{}.{there}", reference.target))
    });
    ColumnDescription {
        name: &column.name,
        label: profile::column_label(table, &column.name),
        type_name: &column.type_name,
        nullable: !column.not_null,
        refers_to: leading.next(),
        comment: column.comment.as_deref(),
    }
}

/// `settings.json`.
pub(super) fn settings(
    manifest: &Manifest,
    application: &str,
    options: &ExportOptions,
    rows: &OwnRows,
) -> String {
    let settings = Settings {
        application: application.to_owned(),
        company: CompanyDescription {
            id: manifest.company.id.as_str(),
            name: &manifest.company.name,
        },
        snapshot_time: manifest.snapshot_time.to_string(),
        schema_version: manifest.schema_version.as_deref(),
        made_by: format!("Snapback {}", env!("CARGO_PKG_VERSION")),
        areas: &options.areas,
        byte_order_mark: options.byte_order_mark,
        formulas_made_safe: options.formulas == Formulas::Safe,
        settings: rows,
    };
    json(&settings)
}

/// A document as text. Maps of strings and plain structures can always be written.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// `README.txt`.
pub(super) fn readme(
    manifest: &Manifest,
    application: &str,
    options: &ExportOptions,
    tables: &[TableDescription<'_>],
) -> String {
    let mut text = format!(
        "{application}: the rows of {}\n\nAs they were at {} (UTC).\n\n",
        one_line(&manifest.company.name),
        manifest.snapshot_time
    );
    text.push_str(FORMAT);
    text.push_str(match options.formulas {
        Formulas::AsTheyAre => {
            "Texts that begin with = + - or @ are as they were written: a spreadsheet may run them as\nformulas. Import such columns as text, or export with --safe-cells.\n"
        }
        Formulas::Safe => {
            "Texts that would begin with = + - or @ have an apostrophe before them, so that no spreadsheet\nruns them as formulas.\n"
        }
    });
    if options.uploads == Uploads::Included {
        text.push_str("\nUploaded files lie in files, by the tables whose rows name them, each called as its row is; files.csv\nsays what each was called in the application's storage.\n");
    }
    text.push_str("\nschema.json says the same about files and columns for programs; settings.json holds facts about\nthis export and the rows of which the company has one only.\n");
    text.push_str(&left_out(manifest));
    text.push_str("\nFiles\n");
    for table in tables {
        let rows = if table.row_count == 1 { "row" } else { "rows" };
        let _ = write!(
            text,
            "\n{}\n  {} ({}): {} {rows}",
            table.file,
            one_line(&table.label),
            one_line(&table.table),
            table.row_count
        );
        if !table.key.is_empty() {
            let _ = write!(
                text,
                ", each known by {}",
                one_line(&table.key.join(" and "))
            );
        }
        text.push('\n');
        if let Some(comment) = table.comment {
            let _ = writeln!(text, "  {}", one_line(comment));
        }
        for column in &table.columns {
            text.push_str(&column_line(column));
        }
    }
    text
}

const FORMAT: &str = "\
Each .csv file is one table: UTF-8, the first line names the columns, fields are apart by commas and
lines end in CR LF (RFC 4180). A field with a comma, a quote or a line break stands in quotes, and a
quote in it is doubled. An empty field is no value (NULL); an empty text is \"\".
Values are as the database writes them: numbers to the last digit with a point, times in UTC, t and f
for yes and no.
";

fn column_line(column: &ColumnDescription<'_>) -> String {
    let mut line = format!(
        "  - {}: {}",
        one_line(column.name),
        one_line(column.type_name)
    );
    if !column.nullable {
        line.push_str(", always there");
    }
    if let Some(target) = &column.refers_to {
        let _ = write!(line, ", refers to {}", one_line(target));
    }
    if let Some(comment) = column.comment {
        let _ = write!(line, ". {}", one_line(comment));
    }
    line + "\n"
}

fn left_out(manifest: &Manifest) -> String {
    let mut text = String::new();
    if manifest.excluded.is_empty() && manifest.secret_columns.is_empty() {
        return text;
    }
    text.push_str("\nNot in this export\n");
    for left in &manifest.excluded {
        let (table, because) = (left.table.to_string(), one_line(&left.because));
        let _ = writeln!(text, "  {}: {because}", one_line(&table));
    }
    for (table, columns) in &manifest.secret_columns {
        let columns = one_line(&columns.join(", "));
        let _ = writeln!(
            text,
            "  {}, {columns}: secret.",
            one_line(&table.to_string())
        );
    }
    text
}

/// Text of others that cannot pretend to be a line of ours.
fn one_line(text: &str) -> String {
    let letters = text.chars();
    letters
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
