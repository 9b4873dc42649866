//! Carbon's own archives: ours written as theirs and read back, theirs of both forms taken over, and what
//! is no archive refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use snapback_engine::archive::Reader;
use snapback_engine::carbon_archive::{self, ImportOptions, ImportReport, LossKind, WriteReport};
use snapback_engine::company::Target;
use snapback_engine::difference::Verdict;
use snapback_engine::model::TableName;
use snapback_engine::reporter::{Counters, Silent};
use snapback_engine::rows::{fields, text_of};
use snapback_engine::{CancelToken, Code, Result, profile};

use crate::restore::carbon::Carbon;
use crate::restore::workshop::actor;

async fn import(carbon: &Carbon, source: &Path) -> Result<ImportReport> {
    let target = Target {
        settings: carbon.database.settings(),
        profile: profile::built_in("carbon").unwrap(),
        acting_as: None,
        catalogs: None,
    };
    let options = ImportOptions::new(source.to_owned(), actor());
    let cancel = CancelToken::new();
    let imported = carbon_archive::import(&target, &carbon.library, options, &Silent, &cancel);
    Box::pin(imported).await?.completed()
}

fn written(archive: &Path, target: &Path) -> WriteReport {
    let reader = Reader::open(archive).unwrap();
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    carbon_archive::write(&reader, target, &counters, &cancel).unwrap()
}

/// Rows of a table, each by column.
type Found = Vec<BTreeMap<String, Option<String>>>;

fn rows(archive: &Path, table: &TableName) -> Found {
    rows_of(&Reader::open(archive).unwrap(), table)
}

fn rows_of(reader: &Reader, table: &TableName) -> Found {
    let columns = reader.manifest().table(table).unwrap().columns.clone();
    let (mut rows, mut found) = (reader.rows(table).unwrap(), Found::new());
    while let Some(line) = rows.next_row().unwrap() {
        let values = fields(line).map(|field| text_of(field).unwrap());
        found.push(columns.iter().cloned().zip(values).collect());
    }
    found
}

/// Values that the other form has no room for, and some that it has.
const AWKWARD: &str = "
    UPDATE public.\"customerType\" SET \"createdAt\" = '2026-02-03 04:05:06.123456+00', \"customFields\" = 'null' WHERE \"companyId\" = $1;
    UPDATE public.\"customer\" SET \"updatedAt\" = 'infinity', \"tags\" = '{a,NULL,\"b,\\\"c\\\"\",NULL}', \"customFields\" = '{\"n\": 1.50, \"t\": \"tab\\there\"}',
        name = id || E'line\\nand \\\\ slash ✓' WHERE \"companyId\" = $1;
    UPDATE public.\"itemCost\" SET \"unitCost\" = 0.1234567890123456789 WHERE \"companyId\" = $1;";

#[tokio::test]
async fn ours_written_as_carbons_and_read_back_lacks_what_the_reports_say_and_nothing_else() {
    let carbon = Carbon::with(1).await;
    let company = format!("'{}'", carbon.company);
    carbon.database.run(&AWKWARD.replace("$1", &company)).await;
    let ours = carbon.create().await;
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("service.carbon.tar.gz");
    let report = written(&ours.archive.path, &theirs);
    assert_eq!(report.row_count, ours.manifest.row_count);
    let lost: BTreeSet<LossKind> = report.losses.iter().map(|loss| loss.kind).collect();
    use LossKind::{Digits, JsonNull, Microseconds, People, Special};
    assert_eq!(
        lost.intersection(&BTreeSet::from([Digits, JsonNull, Microseconds, Special]))
            .count(),
        4,
        "{lost:?}"
    );
    assert!(lost.contains(&People));
    facts_are_carbons(&theirs, &carbon);

    let back = import(&carbon, &theirs).await.unwrap();
    assert_eq!(back.manifest.row_count, ours.manifest.row_count);
    assert_eq!(back.manifest.company, ours.manifest.company);
    assert_eq!(back.manifest.people, ours.manifest.people);
    // The instant to the millisecond.
    let cut = |time: jiff::Timestamp| time.as_millisecond();
    assert_eq!(
        cut(back.manifest.snapshot_time),
        cut(ours.manifest.snapshot_time)
    );
    let reported: BTreeSet<(String, String)> = report
        .losses
        .iter()
        .filter(|loss| matches!(loss.kind, Microseconds | JsonNull))
        .flat_map(|loss| {
            let table = loss.table.clone().unwrap();
            loss.columns
                .iter()
                .map(move |column| (table.clone(), column.clone()))
        })
        .collect();
    assert!(reported.contains(&("customerType".to_owned(), "customFields".to_owned())));
    let [before, after] =
        [&ours.archive.path, &back.archive.path].map(|path| Reader::open(path).unwrap());
    for entry in ours
        .manifest
        .tables
        .iter()
        .filter(|entry| entry.row_count > 0)
    {
        // Without what is reported, each row is what it was.
        let without = |reader: &Reader| {
            let mut rows = rows_of(reader, &entry.table);
            for row in &mut rows {
                row.retain(|name, _| !reported.contains(&(entry.table.name.clone(), name.clone())));
            }
            rows.sort();
            rows
        };
        let (before, after) = (without(&before), without(&after));
        assert!(before == after, "{} lost something else", entry.table);
    }

    // It is restored as ours are.
    let plan = carbon.plan(&back.archive.path).await;
    assert_ne!(plan.verdict, Verdict::NotRestorable, "{:#?}", plan.findings);
    assert_eq!(plan.totals.missing, plan.totals.extra);
}

/// Opens it as a program that knows nothing of ours.
fn facts_are_carbons(path: &Path, carbon: &Carbon) {
    let file = std::fs::File::open(path).unwrap();
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let (mut manifest, mut tables) = (Value::Null, BTreeMap::new());
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        if name == "manifest.json" {
            manifest = serde_json::from_reader(&mut entry).unwrap();
            continue;
        }
        let table = name.strip_prefix("tables/").unwrap();
        let table = table.strip_suffix(".ndjson.gz").unwrap().to_owned();
        let text = std::io::read_to_string(flate2::read::GzDecoder::new(&mut entry)).unwrap();
        let rows: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        tables.insert(table, rows);
    }
    assert_eq!(manifest["kind"], "carbon-company-backup");
    assert_eq!(manifest["version"], 1);
    assert_eq!(manifest["sourceCompanyId"], carbon.company);
    assert_eq!(manifest["includeStorage"], "none");
    let listed = manifest["tables"].as_array().unwrap();
    assert_eq!(listed.len(), tables.len());
    for table in listed {
        let rows = &tables[table["name"].as_str().unwrap()];
        assert_eq!(table["rows"], rows.len());
        for row in rows {
            let names: BTreeSet<&str> = row
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let columns = table["columns"].as_array().unwrap().iter();
            assert_eq!(names, columns.map(|name| name.as_str().unwrap()).collect());
        }
    }
    let customer = &tables["customer"][0];
    assert_eq!(customer["tags"], json!(["a", null, "b,\"c\"", null]));
    assert_eq!(
        customer["customFields"],
        json!({"n": 1.5, "t": "tab\there"})
    );
    let type_made = &tables["customerType"][0]["createdAt"];
    assert_eq!(*type_made, "2026-02-03T04:05:06.123Z");
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tarred(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // As it is written, however it leads.
        let place = &mut header.as_mut_bytes()[..name.len()];
        place.copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, content.as_slice()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn manifest(tables: Value) -> Value {
    json!({
        "kind": "carbon-company-backup", "version": 1, "schemaVersion": "20260701000000", "sourceCompanyId": "newone",
        "sourceCompanyGroupId": null, "sourceCompanyName": "From elsewhere", "exportedAt": "2026-05-06T07:08:09.123Z",
        "exportedBy": "u1", "label": "Before the move", "includeStorage": "none", "tables": tables, "storage": [], "excludedTables": [],
    })
}

fn unit(id: &str, name: &str) -> Value {
    json!({
        "id": id, "code": name, "name": name, "active": true, "companyId": "newone", "createdBy": "system",
        "createdAt": "2026-01-02T03:04:05.678Z", "customFields": {"a": [1, 2]}, "tags": ["x", null],
    })
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("their.carbon.gz");
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

#[tokio::test]
async fn the_older_form_of_a_company_that_is_not_there_is_taken_over_with_what_is_left_by_kind() {
    let carbon = Carbon::with(1).await;
    carbon
        .database
        .run("ALTER TABLE public.\"storageRule\" RENAME TO \"enforcementRule\"")
        .await;
    let place = Place::new();
    let mut third = unit("u3", "m");
    third["inventedSince"] = json!(1);
    let mut rule = json!({});
    for (name, value) in [
        ("id", json!("r1")),
        ("companyId", json!("newone")),
        ("name", json!("Cold")),
        ("createdBy", json!("system")),
    ] {
        rule[name] = value;
    }
    let document = json!({
        "notes": {"any": ["thing"]},
        "data": {
            "unitOfMeasure": [unit("u2", "kg"), unit("u1", "pc"), third],
            "storageRule": [rule],
            "apiKey": [{"id": "k", "companyId": "newone", "key": "do not carry"}],
            "neverHeardOf": [{"id": 1}, {"id": 2}],
            "userPermission": [],
        },
        "manifest": manifest(json!([])),
    });
    let text = serde_json::to_string_pretty(&document).unwrap();
    let path = place.file(&zipped(text.as_bytes()));
    let report = import(&carbon, &path).await.unwrap();
    let named = |name: &str| TableName::new("public", name);
    assert_eq!(report.manifest.company.name, "From elsewhere");
    assert_eq!(report.manifest.label.as_deref(), Some("Before the move"));
    assert_eq!(
        report.manifest.schema_version.as_deref(),
        Some("20260701000000")
    );
    let units = rows(&report.archive.path, &named("unitOfMeasure"));
    let ids: Vec<&str> = units
        .iter()
        .map(|row| row["id"].as_deref().unwrap())
        .collect();
    assert_eq!(ids, ["u1", "u2", "u3"]);
    assert_eq!(
        units[0]["createdAt"].as_deref(),
        Some("2026-01-02 03:04:05.678+00")
    );
    assert_eq!(units[0]["customFields"].as_deref(), Some("{\"a\": [1, 2]}"));
    assert_eq!(units[0]["tags"].as_deref(), Some("{x,NULL}"));
    assert_eq!(
        rows(&report.archive.path, &named("enforcementRule")).len(),
        1
    );
    let lost: BTreeMap<(LossKind, Option<&str>), u64> = report
        .losses
        .iter()
        .map(|loss| ((loss.kind, loss.table.as_deref()), loss.count))
        .collect();
    assert_eq!(lost[&(LossKind::UnknownTable, Some("neverHeardOf"))], 2);
    assert_eq!(lost[&(LossKind::UnknownColumn, Some("unitOfMeasure"))], 3);
    assert_eq!(lost[&(LossKind::LeftOut, Some("apiKey"))], 1);
    assert!(lost.contains_key(&(LossKind::MissingColumn, Some("unitOfMeasure"))));
    assert!(lost.contains_key(&(LossKind::Microseconds, Some("unitOfMeasure"))));
    let bytes = std::fs::read(&report.archive.path).unwrap();
    assert!(!bytes.windows(12).any(|found| found == b"do not carry"));
    Reader::open(&report.archive.path)
        .unwrap()
        .verify(&Counters::default(), &CancelToken::new())
        .unwrap();
    uploaded_files_go_both_ways(&carbon, &place).await;
}

async fn uploaded_files_go_both_ways(carbon: &Carbon, place: &Place) {
    let mut facts = manifest(
        json!([{"name": "unitOfMeasure", "rows": 1, "columns": ["id", "code", "name", "companyId"]}]),
    );
    facts["includeStorage"] = json!("all");
    facts["storage"] = json!([
        {"path": "newone/parts/a b.pdf", "size": 4, "included": true},
        {"path": "newone/gone.pdf", "size": 9, "included": false},
    ]);
    let row = zipped(unit("u1", "pc").to_string().as_bytes());
    let theirs = tarred(&[
        ("assets/newone/parts/a b.pdf", b"%PDF".to_vec()),
        ("tables/unitOfMeasure.ndjson.gz", row),
        ("manifest.json", serde_json::to_vec(&facts).unwrap()),
        ("assets/another/b.pdf", b"not ours".to_vec()),
    ]);
    let report = import(carbon, &place.file(&theirs)).await.unwrap();
    let files = report.manifest.files.as_ref().unwrap();
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    assert_eq!(
        (file.bucket.as_str(), file.key.as_str()),
        ("private", "newone/parts/a b.pdf")
    );
    assert_eq!(report.manifest.left_files[0].key, "newone/gone.pdf");
    let lost: Vec<LossKind> = report.losses.iter().map(|loss| loss.kind).collect();
    assert!(lost.contains(&LossKind::MissingFile) && lost.contains(&LossKind::FileElsewhere));
    let target = place.0.path().join("again.carbon.tar.gz");
    let again = written(&report.archive.path, &target);
    assert_eq!(again.file_count, Some(1));
    let packed = std::fs::File::open(&target).unwrap();
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    let mut found = tar.entries().unwrap().map(Result::unwrap).filter(|entry| {
        let path = entry.path().unwrap();
        path.starts_with("assets")
    });
    let asset = found.next().unwrap();
    assert_eq!(
        asset.path().unwrap().to_str(),
        Some("assets/newone/parts/a b.pdf")
    );
    assert_eq!(std::io::read_to_string(asset).unwrap(), "%PDF");
}

#[tokio::test]
async fn what_is_no_archive_of_carbons_is_refused_and_leaves_nothing() {
    let carbon = Carbon::with(1).await;
    let place = Place::new();
    let json_of = |value: &Value| serde_json::to_vec(value).unwrap();
    let listed = |rows: u64| {
        manifest(
            json!([{"name": "unitOfMeasure", "rows": rows, "columns": ["id", "code", "name", "active", "companyId", "createdBy", "createdAt"]}]),
        )
    };
    let with_rows = |rows: &[Value]| {
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        tarred(&[
            (
                "tables/unitOfMeasure.ndjson.gz",
                zipped(lines.join("\n").as_bytes()),
            ),
            ("manifest.json", json_of(&listed(rows.len() as u64))),
        ])
    };
    let changed = |name: &str, value: Value| {
        let mut row = unit("u1", "pc");
        row[name] = value;
        with_rows(&[unit("u0", "kg"), row])
    };
    let of = |change: &dyn Fn(&mut Value)| {
        let mut facts = listed(0);
        change(&mut facts);
        tarred(&[("manifest.json", json_of(&facts))])
    };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let spaces = vec![b' '; 70 << 20];
    let (bomb, long) = (
        zipped(&[b"{".as_slice(), &spaces].concat()),
        zipped(&spaces),
    );
    let cases: Vec<(&str, Vec<u8>, Code)> = vec![
        ("no gzip", b"hello".to_vec(), Code::NotAnArchive),
        ("gzip of a text", zipped(b"hello"), Code::NotAnArchive),
        (
            "half of a tar",
            {
                let mut half = with_rows(&[unit("u1", "pc")]);
                half.truncate(half.len() / 2);
                half
            },
            Code::ArchiveDamaged,
        ),
        (
            "no manifest",
            tarred(&[("README", vec![])]),
            Code::ArchiveIncomplete,
        ),
        (
            "another kind",
            of(&|facts| facts["kind"] = json!("something")),
            Code::NotAnArchive,
        ),
        (
            "a newer version",
            of(&|facts| facts["version"] = json!(2)),
            Code::ArchiveTooNew,
        ),
        (
            "no company",
            of(&|facts| facts["sourceCompanyId"] = json!(" ")),
            Code::ArchiveMismatch,
        ),
        (
            "no time",
            of(&|facts| facts["exportedAt"] = json!("yesterday")),
            Code::ArchiveMismatch,
        ),
        (
            "a manifest that is a list",
            tarred(&[("manifest.json", b"[]".to_vec())]),
            Code::ArchiveDamaged,
        ),
        (
            "a manifest without end",
            tarred(&[("manifest.json", deep.clone().into_bytes())]),
            Code::ArchiveDamaged,
        ),
        (
            "a path out of its place",
            tarred(&[("tables/../../x.ndjson.gz", vec![])]),
            Code::ArchiveUnsafePath,
        ),
        (
            "a path from the top",
            tarred(&[("/etc/passwd", vec![])]),
            Code::ArchiveUnsafePath,
        ),
        (
            "a table twice",
            tarred(&[
                ("tables/a.ndjson.gz", zipped(b"")),
                ("tables/a.ndjson.gz", zipped(b"")),
            ]),
            Code::ArchiveMismatch,
        ),
        (
            "fewer rows than listed",
            tarred(&[
                ("tables/unitOfMeasure.ndjson.gz", zipped(b"{}")),
                ("manifest.json", json_of(&listed(7))),
            ]),
            Code::ArchiveMismatch,
        ),
        (
            "rows that are not listed",
            tarred(&[
                ("tables/tag.ndjson.gz", zipped(b"{}")),
                ("manifest.json", json_of(&listed(0))),
            ]),
            Code::ArchiveMismatch,
        ),
        (
            "a row that is no JSON",
            tarred(&[
                ("tables/unitOfMeasure.ndjson.gz", zipped(b"{\"id\": ")),
                ("manifest.json", json_of(&listed(1))),
            ]),
            Code::ArchiveMismatch,
        ),
        (
            "a row that goes too deep",
            tarred(&[
                (
                    "tables/unitOfMeasure.ndjson.gz",
                    zipped(format!("{{\"id\": {deep}}}").as_bytes()),
                ),
                ("manifest.json", json_of(&listed(1))),
            ]),
            Code::ArchiveMismatch,
        ),
        (
            "a value of another type",
            changed("active", json!("perhaps")),
            Code::ArchiveMismatch,
        ),
        (
            "a letter that no text has",
            changed("name", json!("\u{0}")),
            Code::ArchiveMismatch,
        ),
        (
            "another company's row",
            changed("companyId", json!("elsewhere")),
            Code::OtherCompany,
        ),
        (
            "one key twice",
            with_rows(&[unit("u1", "pc"), unit("u1", "kg")]),
            Code::ArchiveMismatch,
        ),
        (
            "no table of the application",
            of(&|facts| facts["tables"] = json!([])),
            Code::ArchiveMismatch,
        ),
        ("a value without end", bomb, Code::ArchiveTooLarge),
        (
            "a table without end",
            tarred(&[("tables/unitOfMeasure.ndjson.gz", long)]),
            Code::RowTooLarge,
        ),
    ];
    for (what, bytes, code) in cases {
        let refused = import(&carbon, &place.file(&bytes)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{what}: {refused:?}");
    }
    let missing = import(&carbon, Path::new("/nowhere/x.carbon.tar.gz")).await;
    assert_eq!(missing.unwrap_err().code(), Code::NoSuchArchive);
    assert_eq!(carbon.library.list().unwrap().len(), 0);
}
