//! The archive: what is written is read back, by Snapback and by ordinary tools.

mod damage;
mod encrypted;
mod forge;
mod golden;
mod hostile;
mod inspect;

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use snapback_engine::archive::{
    ArchiveKeys, DEFAULT_LEVEL, FileEntry, MemberEntry, MemberSpool, Reader, TableEntry, Writer,
    file_hash, read_summary,
};
use snapback_engine::model::TableName;
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code};

use crate::archive_sample as sample;

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

#[test]
fn one_table_is_read_without_the_rest_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample::sample(folder.path());
    let customers = sample::table("customer");
    let mut file = fs::read(&path).unwrap();
    let reader = Reader::open(&path).unwrap();
    let entry = reader.manifest().table(&customers).unwrap().clone();
    let own = entry.first_frame as usize..(entry.first_frame + entry.frame_count) as usize;
    let frames = forge::frames_of(&file);
    let last = frames.len() - 3;
    for (index, (offset, length, _)) in frames.into_iter().enumerate() {
        if index < last && !own.contains(&index) {
            file[offset..offset + length].fill(0);
        }
    }
    fs::write(&path, file).unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(sample::read(&reader, &customers).unwrap().len(), 100);
    let refused = sample::read(&reader, &sample::table("salesOrder")).unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveDamaged);
    let refused = reader
        .verify(&Counters::default(), &CancelToken::new())
        .unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveDamaged);
}

#[test]
fn several_tables_are_read_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Reader::open(&sample::sample(folder.path())).unwrap();
    let tables = sample::tables();
    std::thread::scope(|threads| {
        for (table, rows) in tables.iter().chain(&tables) {
            let reader = &reader;
            threads
                .spawn(move || assert!(sample::read(reader, table).unwrap() == *rows, "{table}"));
        }
    });
}

#[test]
fn equal_inputs_give_equal_files() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (sample::sample(one.path()), sample::sample(two.path()));
    assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap());
    assert_eq!(file_hash(&first).unwrap(), file_hash(&second).unwrap());
}

#[test]
fn the_manifest_is_in_order_whatever_order_it_was_given_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = sample::tables();
    tables.reverse();
    let finished = sample::write(folder.path(), "reversed.snapback", &tables);
    let reader = Reader::open(&finished.path).unwrap();
    let names: Vec<_> = reader
        .manifest()
        .tables
        .iter()
        .map(|entry| entry.table.to_string())
        .collect();
    assert_eq!(
        names,
        ["public.customer", "public.note", "public.salesOrder"]
    );
    assert_eq!(reader.manifest().row_count, 60_100);
    assert_eq!(
        finished.size_bytes,
        fs::metadata(&finished.path).unwrap().len()
    );
    assert_eq!(finished.blake3, file_hash(&finished.path).unwrap());
    assert_eq!(
        read_summary(&finished.path, &ArchiveKeys::default())
            .unwrap()
            .id,
        reader.manifest().id
    );
}

#[test]
fn a_manifest_with_fields_of_a_later_snapback_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut forged = forge::Forge::take_apart(&hostile::small(folder.path()));
    forged.manifest["mood"] = "sunny".into();
    forged.table(0)["colour"] = serde_json::json!({"red": [1, 2]});
    for optional in [
        "label",
        "schema_version",
        "people",
        "problems",
        "excluded",
        "files",
        "base",
    ] {
        forged.manifest.as_object_mut().unwrap().remove(optional);
    }
    let path = folder.path().join("later.snapback");
    forged.write(&path);
    hostile::read_all(&path).unwrap();
}

#[test]
fn odd_names_of_tables_and_files_survive_snapback_and_tar() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        TableName::new("public", "user"),
        TableName::new("public", "auditLog_../../etc/passwd"),
        TableName::new("my schema", "a.b\\c:d\n\t"),
        TableName::new("public", "tabelle_äöü_漢字_🦀".repeat(4)),
        TableName::new("public", "."),
    ];
    let writer = Writer::create(&folder.path().join("odd.snapback"), &sample::readme()).unwrap();
    let mut entries = Vec::new();
    for name in &names {
        let rows = [name.to_string().replace(['\n', '\t'], " ").into_bytes()];
        let member = writer
            .append(&sample::spool(name, &rows, folder.path()))
            .unwrap();
        entries.push(sample::entry(name.clone(), member));
    }
    let mut manifest = sample::manifest(entries);
    let keys = [
        "c1/models/wheel.step",
        "c1/Zeichnung Nr. 5 – Größe.pdf",
        &"deep/".repeat(60),
    ];
    let files = keys
        .iter()
        .map(|key| file(&writer, folder.path(), &format!("{key}x")));
    manifest.files = Some(files.collect());
    let path = writer.seal(manifest).unwrap().publish().unwrap().0.path;

    let (manifest, rows) = hostile::read_all(&path).unwrap();
    assert_eq!(rows.len(), names.len());
    let listed = run(
        "tar",
        &[
            "--zstd",
            "--quoting-style=literal",
            "-tf",
            path.to_str().unwrap(),
        ],
        folder.path(),
    );
    let mut expected = vec!["README.txt"];
    let mut members: Vec<_> = manifest
        .tables
        .iter()
        .map(|e| (e.first_frame, e.member.as_str()))
        .collect();
    members.extend(
        manifest
            .files
            .iter()
            .flatten()
            .map(|e| (e.first_frame, e.member.as_str())),
    );
    members.sort_unstable();
    expected.extend(members.iter().map(|(_, name)| name));
    expected.push("manifest.json");
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
    assert!(expected.contains(&"data/public.auditLog_%2E%2E%2F%2E%2E%2Fetc%2Fpasswd.copy"));
    assert!(expected.contains(&"data/my%20schema.a%2Eb%5Cc%3Ad%0A%09.copy"));

    run(
        "tar",
        &["--zstd", "-xf", path.to_str().unwrap()],
        folder.path(),
    );
    let unpacked = fs::read(folder.path().join("files/private/c1/models/wheel.stepx")).unwrap();
    assert!(unpacked == content_of("c1/models/wheel.stepx"));
}

/// Appends an uploaded file of several frames.
fn file(writer: &Writer, folder: &Path, key: &str) -> FileEntry {
    let mut spool = MemberSpool::for_file("private", key, folder, DEFAULT_LEVEL).unwrap();
    for piece in content_of(key).chunks(1000) {
        spool.push_bytes(piece).unwrap();
    }
    let MemberEntry {
        name,
        byte_count,
        blake3,
        first_frame,
        frame_count,
        ..
    } = writer.append(&spool.finish().unwrap()).unwrap();
    FileEntry {
        bucket: "private".to_owned(),
        key: key.to_owned(),
        byte_count,
        blake3,
        attributes: Default::default(),
        tag: None,
        member: name,
        first_frame,
        frame_count,
    }
}

fn content_of(key: &str) -> Vec<u8> {
    key.as_bytes().repeat((9 << 20) / key.len())
}

#[test]
fn a_file_whose_key_leads_elsewhere_is_not_archived() {
    let folder = tempfile::tempdir().unwrap();
    for key in [
        "../secret",
        "c1/../../secret",
        "/etc/passwd",
        "c1//x",
        "c1/a\\b",
        "c1/\n",
        "",
    ] {
        let refused = MemberSpool::for_file("private", key, folder.path(), DEFAULT_LEVEL).err();
        assert_eq!(
            refused.map(|error| error.code()),
            Some(Code::ArchiveUnsafePath),
            "{key}"
        );
    }
}

#[test]
fn a_member_held_small_spills_and_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (table, rows) = sample::tables().pop().unwrap();
    let mut spool = MemberSpool::for_table(&table, folder.path(), DEFAULT_LEVEL)
        .unwrap()
        .holding(0);
    for row in &rows {
        spool.push_row(row).unwrap();
    }
    let spooled = spool.finish().unwrap();
    // Its file has no name from the start, so nothing is left behind by a kill.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let write = |name: &str, spooled: &_| {
        let writer = Writer::create(&folder.path().join(name), &sample::readme()).unwrap();
        let member = writer.append(spooled).unwrap();
        sample::finish(writer, vec![sample::entry(table.clone(), member)])
            .0
            .path
    };
    let spilled = [
        write("one.snapback", &spooled),
        write("two.snapback", &spooled),
    ];
    let in_memory = write(
        "memory.snapback",
        &sample::spool(&table, &rows, folder.path()),
    );
    for path in [&spilled[0], &spilled[1], &in_memory] {
        let (_, read) = hostile::read_all(path).unwrap();
        assert!(read == [rows.clone()]);
    }
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(&folder.path().join("a.snapback"), &sample::readme()).unwrap();
    assert!(folder.path().join("a.snapback.partial").exists());
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn what_a_killed_writer_left_is_written_over_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.snapback");
    let partial = folder.path().join("a.snapback.partial");
    let begin = || Writer::create(&path, &sample::readme());

    let writer = begin().unwrap();
    assert_eq!(begin().map(drop).unwrap_err().code(), Code::LocalFile);
    assert!(partial.exists(), "its writer lives");
    drop(writer);

    fs::write(&partial, b"half of an archive").unwrap();
    let writer = begin().unwrap();
    assert!(!fs::read(&partial).unwrap().starts_with(b"half"));
    drop(writer);

    let books = folder.path().join("books");
    fs::write(&books, b"the only copy").unwrap();
    std::os::unix::fs::symlink(&books, &partial).unwrap();
    assert_eq!(begin().map(drop).unwrap_err().code(), Code::LocalFile);
    assert_eq!(fs::read(&books).unwrap(), b"the only copy");
}

#[test]
fn an_archive_never_replaces_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.snapback");
    fs::write(&target, b"mine").unwrap();
    let refused = Writer::create(&target, &sample::readme())
        .err()
        .map(|error| error.code());
    assert_eq!(refused, Some(Code::LocalFile));
    fs::remove_file(&target).unwrap();

    let writer = Writer::create(&target, &sample::readme()).unwrap();
    let second = Writer::create(&target, &sample::readme())
        .err()
        .map(|error| error.code());
    assert_eq!(
        second,
        Some(Code::LocalFile),
        "one under way of the same name"
    );
    // The name is taken while the archive is written: the work is not lost, nor the other file.
    fs::write(&target, b"mine").unwrap();
    let (finished, _) = sample::finish(writer, Vec::new());
    assert_eq!(finished.path, folder.path().join("a-2.snapback"));
    assert_eq!(fs::read(&target).unwrap(), b"mine");
    hostile::read_all(&finished.path).unwrap();
}

#[test]
fn a_manifest_that_does_not_list_what_was_appended_is_a_defect() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [b"1\tone".to_vec()];
    let spooled = sample::spool(&sample::table("customer"), &rows, folder.path());
    let write = |change: fn(&mut Vec<TableEntry>)| {
        let writer = Writer::create(&folder.path().join("a.snapback"), &sample::readme()).unwrap();
        let member = writer.append(&spooled).unwrap();
        let mut entries = vec![sample::entry(sample::table("customer"), member)];
        change(&mut entries);
        writer
            .seal(sample::manifest(entries))
            .err()
            .map(|error| error.code())
    };
    let changes: [fn(&mut Vec<TableEntry>); 3] = [
        Vec::clear,
        |entries| entries.extend(entries.clone()),
        |entries| entries[0].byte_count += 1,
    ];
    for change in changes {
        assert_eq!(write(change), Some(Code::Defect));
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is kept of them"
    );
}

#[test]
fn a_cancelled_verification_stops() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Reader::open(&sample::sample(folder.path())).unwrap();
    let cancel = CancelToken::new();
    cancel.cancel();
    let refused = reader.verify(&Counters::default(), &cancel).unwrap_err();
    assert_eq!(refused.code(), Code::Cancelled);
}

#[test]
fn the_readme_gives_commands_that_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = sample::readme();
    facts.company.name = "Two\nlines \u{7}".to_owned();
    let writer = Writer::create(&folder.path().join("it's.snapback"), &facts).unwrap();
    let path = sample::finish(writer, Vec::new()).0.path;
    let text = run(
        "tar",
        &["--zstd", "-xOf", path.to_str().unwrap(), "README.txt"],
        folder.path(),
    );
    assert!(text.contains("Two lines"), "{text}");
    let command = text
        .lines()
        .find(|line| line.trim_start().starts_with("tar --zstd -tf"))
        .unwrap();
    assert_eq!(
        run("sh", &["-c", command], folder.path()),
        "README.txt\nmanifest.json\n"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rows_of_any_tables_come_back(
        tables in proptest::collection::btree_map(
            ("[^.]{1,20}", ".{1,20}"),
            proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..60),
            0..6,
        ),
        repeat in 1_usize..2000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut content: Vec<(TableName, sample::Rows)> = Vec::new();
        for ((schema, name), mut rows) in tables {
            for row in &mut rows {
                row.retain(|byte| *byte != b'\n');
            }
            // Some rows are large and cross from frame to frame.
            if let Some(row) = rows.first_mut() {
                *row = row.repeat(repeat);
            }
            content.push((TableName::new(schema, name), rows));
        }
        let path = sample::write(folder.path(), "any.snapback", &content).path;
        let (manifest, rows) = hostile::read_all(&path).unwrap();
        content.sort();
        prop_assert_eq!(manifest.tables.len(), content.len());
        prop_assert!(rows.iter().eq(content.iter().map(|(_, rows)| rows)));
    }
}
