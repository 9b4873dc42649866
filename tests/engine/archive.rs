//! The archive: what is written is read back, by Snapback and by ordinary tools.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "archive_sample.rs"]
mod sample;

use std::path::Path;
use std::process::Command;

use snapback_engine::CancelToken;
use snapback_engine::archive::Reader;
use snapback_engine::reporter::Counters;

#[test]
fn every_row_comes_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample::sample(folder.path());
    let reader = Reader::open(&path).unwrap();
    for (table, rows) in sample::tables() {
        assert!(sample::read(&reader, &table).unwrap() == rows, "{table}");
    }
    let counters = Counters::default();
    let report = reader.verify(&counters, &CancelToken::new()).unwrap();
    assert_eq!(report.row_count, 60_100);
    assert_eq!(counters.row_count(), 60_100);
    assert_eq!(counters.byte_count(), report.byte_count);
}

/// Runs a tool of the system; a machine without it fails the test by the tool's name.
fn run(tool: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(tool)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| {
            panic!("{tool} is needed for this test ({error}); the packages are tar and zstd")
        });
    assert!(
        output.status.success(),
        "{tool} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn gnu_tar_lists_and_unpacks_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample::sample(folder.path());
    let path = path.to_str().unwrap();
    let names = run("tar", &["--zstd", "-tf", path], folder.path());
    let expected = "README.txt\ndata/public.customer.copy\ndata/public.note.copy\ndata/public.salesOrder.copy\nmanifest.json\n";
    assert_eq!(names, expected);
    run("tar", &["--zstd", "-xf", path], folder.path());
    for (table, rows) in sample::tables() {
        let unpacked = std::fs::read(
            folder
                .path()
                .join(format!("data/public.{}.copy", table.name)),
        )
        .unwrap();
        let mut expected = rows.join(&b'\n');
        if !rows.is_empty() {
            expected.push(b'\n');
        }
        assert!(unpacked == expected, "{table}");
    }
    run("zstd", &["-t", path], folder.path());
}
