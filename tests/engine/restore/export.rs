//! What is handed over: CSV that other programs read as the rows that the archive has.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use snapback_engine::archive::Reader;
use snapback_engine::export::{self, ExportOptions, ExportReport, Form, Formulas};
use snapback_engine::inspect::{self, PageQuery};
use snapback_engine::reporter::{Counters, Silent};
use snapback_engine::{CancelToken, Code, Result, profile};

use crate::restore::workshop::{Workshop, actor, later, sort};

/// Rows of every file, the header among them.
type Tables = BTreeMap<String, Vec<Vec<String>>>;

/// Values that a format of commas, quotes and lines could stumble over, and formulas.
const AWKWARD: &str = "
    INSERT INTO public.customer (id, \"companyId\", name) VALUES
        ('acme-q1', 'acme', E'a \"quoted\", name'), ('acme-q2', 'acme', E'two\\r\\nlines'), ('acme-q3', 'acme', ''),
        ('acme-q4', 'acme', '=HYPERLINK(\"http://x\")'), ('acme-q5', 'acme', ' spaces '), ('acme-q6', 'acme', '+49 30 1'),
        ('acme-q7', 'acme', E'\\\\N'), ('acme-q8', 'acme', 'ünï ✓ 漢字'), ('acme-q9', 'acme', '@at');
    INSERT INTO public.product VALUES ('acme', '-9', 1);";

fn exported(archive: &Path, options: &ExportOptions) -> Result<ExportReport> {
    let reader = Reader::open(archive)?;
    let known = profile::parse(include_str!("workshop.toml")).unwrap();
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    export::export(&reader, Some(&known), options, &counters, &cancel)
}

fn to(folder: &Path, name: &str) -> ExportOptions {
    ExportOptions {
        target: folder.join(name),
        ..ExportOptions::default()
    }
}

/// The files of the ZIP, by name in its one folder.
fn files(report: &ExportReport) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&report.path).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let name = file.name().strip_prefix(&format!("{}/", report.folder));
        files.insert(name.unwrap().to_owned(), bytes);
    }
    files
}

/// The tables as the csv crate reads them.
fn tables(report: &ExportReport) -> Tables {
    let files = files(report).into_iter();
    let files = files.filter(|(name, _)| name.ends_with(".csv"));
    files
        .map(|(name, bytes)| {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(bytes.as_slice());
            let rows = reader.records().map(|row| {
                let row = row.unwrap();
                row.iter().map(str::to_owned).collect()
            });
            (name, rows.collect())
        })
        .collect()
}

/// The tables as an archive's reader has them, NULL being empty.
fn expected(archive: &Path) -> Tables {
    let reader = Reader::open(archive).unwrap();
    let entries = reader.manifest().tables.iter();
    entries
        .map(|entry| {
            let query = PageQuery {
                limit: u64::MAX,
                ..PageQuery::default()
            };
            let page = inspect::page(&reader, entry, &query, &sort(), &CancelToken::new()).unwrap();
            let mut rows = vec![entry.columns.clone()];
            let values = page.rows.into_iter();
            rows.extend(values.map(|row| row.into_iter().map(Option::unwrap_or_default).collect()));
            (format!("{}.csv", entry.table.name), rows)
        })
        .collect()
}

#[tokio::test]
async fn csv_is_read_back_as_the_rows_of_the_archive() {
    let workshop = Workshop::with(AWKWARD).await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    let report = exported(&archive, &to(folder.path(), "acme.zip")).unwrap();
    assert_eq!(tables(&report), expected(&archive));
    assert_eq!(
        report.row_count,
        Reader::open(&archive).unwrap().manifest().row_count
    );
    assert!(report.folder.starts_with("workshop-export-20"));
    // NULL and the empty text are told apart by who looks for it.
    let customers = files(&report).remove("customer.csv").unwrap();
    let customers = String::from_utf8(customers).unwrap();
    assert!(
        customers.contains("\r\nacme-q3,acme,\"\",,,\r\n"),
        "{customers}"
    );
}

const PYTHON: &str = "
import csv, io, json, sys, zipfile
tables = {}
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for name in archive.namelist():
        if name.endswith('.csv'):
            text = io.TextIOWrapper(archive.open(name), encoding='utf-8-sig', newline='')
            tables[name.split('/', 1)[1]] = list(csv.reader(text, strict=True))
json.dump(tables, sys.stdout)
";

#[tokio::test]
async fn python_reads_the_same_rows_with_and_without_a_byte_order_mark() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let workshop = Workshop::with(AWKWARD).await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    for (name, byte_order_mark) in [("plain.zip", false), ("bom.zip", true)] {
        let options = ExportOptions {
            byte_order_mark,
            ..to(folder.path(), name)
        };
        let report = exported(&archive, &options).unwrap();
        let product = files(&report).remove("product.csv").unwrap();
        assert_eq!(product.starts_with("\u{feff}".as_bytes()), byte_order_mark);
        let mut python = Command::new("python3");
        let output = python
            .args(["-c", PYTHON])
            .arg(&report.path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let read: Tables = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read, expected(&archive));
    }
}

/// What LibreOffice reads of a file as texts, written by it as CSV again.
fn through_libreoffice(folder: &Path, file: &Path) -> Vec<Vec<String>> {
    // UTF-8 with commas and quotes, and each of the columns as text.
    let columns: Vec<String> = (1..=40).map(|column| format!("{column}/2")).collect();
    let reading = format!("CSV:44,34,76,1,{},0,false,true,false", columns.join("/"));
    let home = format!(
        "-env:UserInstallation=file://{}",
        folder.join("office").display()
    );
    let mut office = Command::new("soffice");
    office.args(["--headless", "--norestore", &home]);
    if file.extension().is_some_and(|ending| ending == "csv") {
        office.arg(format!("--infilter={reading}"));
    }
    let output = office
        .args([
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false",
        ])
        .arg("--outdir")
        .arg(folder.join("read"))
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let read = folder.join("read").join(file.file_name().unwrap());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(read.with_extension("csv"))
        .unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        row.iter().map(str::to_owned).collect()
    });
    rows.collect()
}

#[tokio::test]
async fn libreoffice_reads_the_same_rows_of_csv_and_of_a_workbook() {
    if Command::new("soffice").arg("--version").output().is_err() {
        return;
    }
    let workshop = Workshop::with(AWKWARD).await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    // A line within a cell ends as LibreOffice ends it.
    let lines = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
        let row = |row: &Vec<String>| {
            row.iter()
                .map(|value| value.replace("\r\n", "\n"))
                .collect()
        };
        rows.iter().map(row).collect()
    };
    let expected = expected(&archive);
    let report = exported(&archive, &to(folder.path(), "acme.zip")).unwrap();
    let files = files(&report);
    for name in ["customer.csv", "order.csv", "product.csv"] {
        let file = folder.path().join(name);
        std::fs::write(&file, &files[name]).unwrap();
        let read = through_libreoffice(folder.path(), &file);
        assert_eq!(read, lines(&expected[name]), "{name}");
    }
    let options = ExportOptions {
        form: Form::Workbook,
        formulas: Formulas::Safe,
        areas: vec!["sales".to_owned()],
        ..to(folder.path(), "acme.xlsx")
    };
    let report = exported(&archive, &options).unwrap();
    let first = format!("{}.csv", report.tables[0].file.to_lowercase());
    let read = through_libreoffice(folder.path(), &report.path);
    assert_eq!(read, lines(&expected[&first]), "{first}");
}

#[tokio::test]
async fn texts_that_a_spreadsheet_would_run_are_made_safe_where_that_is_asked() {
    let workshop = Workshop::with(AWKWARD).await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        formulas: Formulas::Safe,
        ..to(folder.path(), "safe.zip")
    };
    let report = exported(&archive, &options).unwrap();
    let mut wanted = expected(&archive);
    let mut made_safe = 0;
    for (file, rows) in &mut wanted {
        let numbers = [
            "price", "quantity", "total", "amount", "id", "orderId", "position",
        ];
        let header = rows[0].clone();
        for row in rows.iter_mut().skip(1) {
            for (value, column) in row.iter_mut().zip(&header) {
                let is_number = numbers.contains(&column.as_str()) && file != "customer.csv";
                if value.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
                    value.insert(0, '\'');
                    made_safe += 1;
                }
            }
        }
    }
    assert_eq!(tables(&report), wanted);
    assert_eq!((report.safe_cell_count, made_safe), (4, 4));
}

#[tokio::test]
async fn one_area_is_exported_by_itself_and_everything_is_explained() {
    let workshop = Workshop::with(
        "
        COMMENT ON TABLE public.\"order\" IS 'What customers want';
        COMMENT ON COLUMN public.\"order\".total IS 'Without tax'",
    )
    .await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        areas: vec!["sales".to_owned()],
        ..to(folder.path(), "sales.zip")
    };
    let report = exported(&archive, &options).unwrap();
    let mut files = files(&report);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "README.txt",
            "customer.csv",
            "order.csv",
            "orderLine.csv",
            "orderTag.csv",
            "paymentTerm.csv",
            "schema.json",
            "settings.json"
        ]
    );
    let schema: Value = serde_json::from_slice(&files.remove("schema.json").unwrap()).unwrap();
    let order = schema
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table["file"] == "order.csv");
    let order = order.unwrap();
    assert_eq!(order["comment"], "What customers want");
    assert_eq!(order["key"], serde_json::json!(["id"]));
    let column = |name: &str| {
        let mut columns = order["columns"].as_array().unwrap().iter();
        columns
            .find(|column| column["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(column("customerId")["refers_to"], "public.customer.id");
    assert_eq!(column("total")["comment"], "Without tax");
    assert_eq!(column("total")["nullable"], true);
    let settings: Value = serde_json::from_slice(&files.remove("settings.json").unwrap()).unwrap();
    assert_eq!(settings["company"]["name"], "Acme Metals");
    assert_eq!(settings["settings"], serde_json::json!({}));
    let readme = String::from_utf8(files.remove("README.txt").unwrap()).unwrap();
    for said in [
        "order.csv",
        "What customers want",
        "refers to public.customer.id",
        "customer, portalToken: secret",
        "apiKey",
    ] {
        assert!(readme.contains(said), "{said} in {readme}");
    }
}

#[tokio::test]
async fn the_companys_own_row_is_among_the_settings() {
    let workshop = Workshop::new().await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    let report = exported(&archive, &to(folder.path(), "all.zip")).unwrap();
    let settings = files(&report).remove("settings.json").unwrap();
    let settings: Value = serde_json::from_slice(&settings).unwrap();
    assert_eq!(
        settings["settings"]["public.company"]["name"],
        "Acme Metals"
    );
}

#[tokio::test]
async fn what_cannot_be_exported_leaves_nothing_behind() {
    let workshop = Workshop::new().await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    let unknown = ExportOptions {
        areas: vec!["shipping".to_owned()],
        ..to(folder.path(), "x.zip")
    };
    assert_eq!(
        exported(&archive, &unknown).unwrap_err().code(),
        Code::Usage
    );
    let reader = Reader::open(&archive).unwrap();
    let (options, cancel) = (to(folder.path(), "x.zip"), CancelToken::new());
    cancel.cancel();
    let stopped = export::export(&reader, None, &options, &Counters::default(), &cancel);
    assert_eq!(stopped.unwrap_err().code(), Code::Cancelled);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    exported(&archive, &options).unwrap();
    let before = std::fs::read(&options.target).unwrap();
    assert_eq!(
        exported(&archive, &options).unwrap_err().code(),
        Code::LocalFile
    );
    assert_eq!(std::fs::read(&options.target).unwrap(), before);
}

#[tokio::test]
async fn a_live_company_is_exported_as_it_is_and_its_archive_goes_again() {
    let workshop = Workshop::with(AWKWARD).await;
    let folder = tempfile::tempdir().unwrap();
    let options = to(folder.path(), "live.zip");
    let report = workshop
        .watched(Box::pin(async {
            let mut opened = workshop.open().await;
            let (library, who, cancel) =
                (&workshop.library, (actor(), later()), CancelToken::new());
            let exporting =
                export::export_company(&mut opened, library, who, &options, None, &Silent, &cancel);
            exporting.await.unwrap().completed().unwrap()
        }))
        .await;
    let archive = workshop.create().await.archive.path;
    assert_eq!(tables(&report), expected(&archive));
    let left = std::fs::read_dir(workshop.library.spool_folder()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
}

const SHEETS: &str = "
import json, re, sys, zipfile
from xml.etree import ElementTree
space = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
with zipfile.ZipFile(sys.argv[1]) as book:
    assert book.testzip() is None
    names = [sheet.get('name') for sheet in ElementTree.fromstring(book.read('xl/workbook.xml')).iter(space + 'sheet')]
    sheets = {}
    for number, name in enumerate(names, 1):
        rows = []
        root = ElementTree.fromstring(book.read(f'xl/worksheets/sheet{number}.xml'))
        assert not list(root.iter(space + 'f'))
        for row in root.iter(space + 'row'):
            cells = {}
            for cell in row.iter(space + 'c'):
                column = re.match('[A-Z]+', cell.get('r')).group()
                text = ''.join(found.text or '' for found in cell.iter(space + 't'))
                value = cell.find(space + 'v')
                cells[column] = text if cell.get('t') == 'inlineStr' else value.text
            rows.append(cells)
        sheets[name] = rows
json.dump(sheets, sys.stdout)
";

#[tokio::test]
async fn a_workbook_has_the_same_rows_with_numbers_as_numbers_and_nothing_that_runs() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let workshop = Workshop::with(AWKWARD).await;
    let archive = workshop.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        form: Form::Workbook,
        formulas: Formulas::Safe,
        areas: vec!["sales".to_owned()],
        ..to(folder.path(), "acme.xlsx")
    };
    let report = exported(&archive, &options).unwrap();
    assert_eq!((report.safe_cell_count, report.cut_cell_count), (3, 0));
    let mut python = Command::new("python3");
    let read = python
        .args(["-c", SHEETS])
        .arg(&report.path)
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let sheets: Value = serde_json::from_slice(&read.stdout).unwrap();
    let customers = sheets["Customer"].as_array().unwrap();
    let expected = &expected(&archive)["customer.csv"];
    assert_eq!(customers.len(), expected.len());
    let letters: Vec<String> = ('A'..='Z').map(String::from).collect();
    for (row, expected) in customers.iter().zip(expected) {
        for (letter, value) in letters.iter().zip(expected) {
            let found = row[letter].as_str().unwrap_or_default();
            // A carriage return is written as the format escapes it.
            let found = found.replace("_x000D_", "\r");
            assert_eq!(found, *value);
        }
    }
    let totals = &sheets["Order"][1];
    assert!(
        totals
            .as_object()
            .unwrap()
            .values()
            .any(|value| value == "10.5"),
        "{totals}"
    );
}
