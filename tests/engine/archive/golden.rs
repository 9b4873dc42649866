//! An archive of every released version of the format is read as it was written, for ever.

use std::fs;
use std::path::{Path, PathBuf};

use snapback_engine::archive::{
    DEFAULT_LEVEL, Excluded, FileEntry, Kind, Manifest, MemberSpool, Problem, Reader,
    SharedReference, SkippedRows, Writer,
};
use snapback_engine::cancel::CancelToken;
use snapback_engine::library::Library;
use snapback_engine::model::{ExclusionReason, Person, TableName};
use snapback_engine::reporter::Counters;
use snapback_engine::snapshot::store_by_changes;

use super::hostile::read_all;
use super::sample;

fn golden(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
        "../../tests/engine/golden/version-{version}.snapback"
    ))
}

fn content() -> Vec<(TableName, sample::Rows)> {
    let lines = |lines: &[&str]| lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    vec![
        (
            sample::table("customer"),
            lines(&["1\tÄrzte & Söhne", "2\t\\N", "3\ttab\\tnewline\\n\\\\"]),
        ),
        (sample::table("note"), Vec::new()),
        (
            TableName::new("public", "auditLog_c1"),
            lines(&["a\t{\"x\": 1.10}", "b\t{1,2,NULL}"]),
        ),
    ]
}

/// Writes an archive that uses every part of the format, and gives its manifest.
fn make(path: &Path) -> Manifest {
    let spool = tempfile::tempdir().unwrap();
    let writer = Writer::create(path, &sample::readme()).unwrap();
    let mut entries = Vec::new();
    for (table, rows) in content() {
        let member = writer
            .append(&sample::spool(&table, &rows, spool.path()))
            .unwrap();
        entries.push(sample::entry(table, member));
    }
    let key = "c1/Zeichnung – Größe.pdf";
    let mut file = MemberSpool::for_file("private", key, spool.path(), DEFAULT_LEVEL).unwrap();
    file.push_bytes(b"%PDF-1.7 of a drawing").unwrap();
    let file = writer.append(&file.finish().unwrap()).unwrap();
    let mut manifest = sample::manifest(entries);
    manifest.files = Some(vec![FileEntry {
        bucket: "private".to_owned(),
        key: key.to_owned(),
        byte_count: file.byte_count,
        blake3: file.blake3,
        attributes: Default::default(),
        tag: None,
        member: file.name,
        first_frame: file.first_frame,
        frame_count: file.frame_count,
    }]);
    manifest.base = Some("0192f0c1-5f1e-7c3a-9d54-000000000000".parse().unwrap());
    manifest.made_by.app_user = Some("u1".to_owned());
    manifest.excluded = vec![Excluded {
        table: sample::table("apiKey"),
        reason: ExclusionReason::Secret,
        because: "It holds keys.".to_owned(),
        row_count: Some(3),
    }];
    manifest
        .secret_columns
        .insert(sample::table("customer"), vec!["token".to_owned()]);
    manifest.shared_references = vec![SharedReference {
        table: sample::table("country"),
        columns: vec!["code".to_owned()],
        keys: vec![vec!["CH".to_owned()], vec!["DE".to_owned()]],
        complete: true,
    }];
    manifest.people = vec![Person {
        id: "u1".to_owned(),
        name: Some("Ada".to_owned()),
        email: Some("ada@example.com".to_owned()),
    }];
    manifest.skipped_rows = vec![SkippedRows {
        table: sample::table("note"),
        key_columns: vec!["id".to_owned()],
        keys: vec!["n1".to_owned()],
        because: "It refers to a row of another company.".to_owned(),
    }];
    manifest.problems = vec![Problem {
        code: "rows_skipped".to_owned(),
        message: "One row was left out.".to_owned(),
    }];
    manifest
        .catalog
        .enums
        .insert("public.colour".to_owned(), vec!["red".to_owned()]);
    writer.seal(manifest).unwrap().publish().unwrap().1
}

#[test]
fn version_1_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = make(&folder.path().join("now.snapback"));
    let (manifest, rows) = read_all(&golden(1)).unwrap();
    expected.format_version = 1;
    assert_eq!(manifest, expected);
    let mut content = content();
    content.sort();
    assert!(rows.iter().eq(content.iter().map(|(_, rows)| rows)));
}

/// Both archives of version 2 side by side, as they lie in a library: a whole one, and one that holds what changed.
fn stack() -> [PathBuf; 2] {
    ["base", "changes"].map(|name| golden(2).with_file_name(format!("version-2-{name}.snapback")))
}

/// Rows of which the second archive has one less, one more and one that is another.
fn customers_of(archive: usize) -> Vec<Vec<u8>> {
    let mixed = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut rows: Vec<_> = (100..300)
        .map(|number| format!("{number}\tcustomer {:x}", mixed(number)).into_bytes())
        .collect();
    if archive == 1 {
        rows.remove(7);
        rows[20] = b"121\tanother".to_vec();
        rows.push(b"400\tnew".to_vec());
    }
    rows
}

#[test]
fn version_2_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path()).unwrap();
    let [base, changes] = stack().map(|path| library.open_archive(&path).unwrap());
    assert_eq!(changes.manifest().format_version, 2);
    assert_eq!(changes.manifest().stands_on(), Some(base.manifest().id));
    let rows = |reader: &Reader, name: &str| sample::read(reader, &sample::table(name)).unwrap();
    let (customers, notes) = (rows(&changes, "customer"), rows(&changes, "note"));
    assert_eq!(customers, customers_of(1));
    assert_eq!(notes, [b"n\tsame".to_vec()]);
    let files = changes.manifest().files.clone().unwrap();
    let kept = files.iter().map(|entry| entry.frame_count > 0);
    assert_eq!(kept.collect::<Vec<_>>(), [false, true]);
    let counters = Counters::default();
    changes.verify(&counters, &CancelToken::new()).unwrap();
}

#[test]
#[ignore = "makes the files that version 2 is held to, once, when it is released"]
fn make_the_golden_archives_of_version_2() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path()).unwrap();
    let files: [&[&str]; 2] = [&["a"], &["a", "b"]];
    for (number, (path, files)) in stack().iter().zip(files).enumerate() {
        let made = library.folder().join(path.file_name().unwrap());
        let writer = Writer::create(&made, &sample::readme()).unwrap();
        let append = |name: &str, rows: &[Vec<u8>]| {
            let member = sample::spool(&sample::table(name), rows, folder.path());
            sample::entry(sample::table(name), writer.append(&member).unwrap())
        };
        let tables = vec![
            append("customer", &customers_of(number)),
            append("note", &[b"n\tsame".to_vec()]),
        ];
        let files = files.iter().map(|name| {
            let mut file =
                MemberSpool::for_file("private", name, folder.path(), DEFAULT_LEVEL).unwrap();
            file.push_bytes(name.as_bytes()).unwrap();
            let member = writer.append(&file.finish().unwrap()).unwrap();
            let name = ("private".to_owned(), (*name).to_owned());
            FileEntry::new(name, Default::default(), None, member)
        });
        let files = files.collect();
        let mut manifest = sample::manifest(tables);
        manifest.id = uuid::Uuid::from_u128(number as u128 + 1);
        manifest.kind = Kind::Scheduled;
        manifest.snapshot_time += jiff::SignedDuration::from_hours(number as i64);
        manifest.files = Some(files);
        writer.seal(manifest).unwrap().publish().unwrap();
        store_by_changes(&library, &made, &CancelToken::new()).unwrap();
        fs::copy(&made, path).unwrap();
    }
}

#[test]
#[ignore = "makes the file that a new version of the format is held to, once, when it is released"]
fn make_the_golden_archive_of_version_1() {
    make(&golden(1));
}
