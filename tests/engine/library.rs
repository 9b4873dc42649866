//! The library: archives are listed, found and deleted, and what a killed process leaves behind goes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use snapback_engine::archive::{Kind, Reader, Writer};
use snapback_engine::library::{Added, Entry, Library, archive_name, free_space, require_space};
use snapback_engine::model::{Company, CompanyId};
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code};

use crate::archive_sample as sample;

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(&folder.path().join("library")).unwrap();
    (folder, library)
}

/// An archive of one small table, made at that second of one minute.
fn add(library: &Library, second: u32) -> PathBuf {
    let mut manifest = sample::manifest(Vec::new());
    manifest.snapshot_time = format!("2026-11-23T05:00:{second:02}Z").parse().unwrap();
    manifest.id = format!("0192f0c1-{second:04}-7c3a-9d54-1b2c3d4e5f60")
        .parse()
        .unwrap();
    manifest.kind = Kind::Scheduled;
    let path = library
        .new_archive_path(&sample::company(), manifest.snapshot_time, Some("nightly"))
        .unwrap();
    let writer = Writer::create(&path, &sample::readme()).unwrap();
    let rows = [b"1\tone".to_vec(), b"2\ttwo".to_vec()];
    let member = writer
        .append(&sample::spool(
            &sample::table("customer"),
            &rows,
            library.spool_folder(),
        ))
        .unwrap();
    manifest
        .tables
        .push(sample::entry(sample::table("customer"), member));
    manifest.catalog = sample::catalog(&manifest.tables);
    writer.seal(manifest).unwrap().publish().unwrap().0.path
}

fn nobody(_: &Entry) -> bool {
    false
}

#[test]
fn archives_are_listed_newest_first_with_what_their_manifests_say() {
    let (_folder, library) = library();
    for second in [10, 30, 20] {
        add(&library, second);
    }
    let entries = library.list().unwrap();
    let times: Vec<_> = entries
        .iter()
        .map(|entry| entry.summary().unwrap().snapshot_time.to_string())
        .collect();
    assert_eq!(
        times,
        [
            "2026-11-23T05:00:30Z",
            "2026-11-23T05:00:20Z",
            "2026-11-23T05:00:10Z"
        ]
    );
    let newest = entries.first().unwrap();
    let summary = newest.summary().unwrap();
    assert_eq!(
        newest.file_name(),
        "Northwind-Gears-20261123T050030Z-nightly.snapback"
    );
    assert_eq!(newest.size_bytes, fs::metadata(&newest.path).unwrap().len());
    assert_eq!(summary.company.name, "Northwind Gears");
    assert_eq!((summary.row_count, summary.kind), (2, Kind::Scheduled));
    assert_eq!(summary.made_by.os_user, "ada");
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let (_folder, library) = library();
    let good = add(&library, 10);
    let whole = fs::read(&good).unwrap();
    fs::write(
        library.folder().join("cut.snapback"),
        &whole[..whole.len() / 2],
    )
    .unwrap();
    fs::write(library.folder().join("empty.snapback"), b"").unwrap();
    fs::write(
        library.folder().join("other.snapback"),
        b"a letter to a friend",
    )
    .unwrap();
    fs::write(library.folder().join("notes.txt"), b"not listed").unwrap();
    fs::create_dir(library.folder().join("folder.snapback")).unwrap();
    let mut found: Vec<_> = library
        .list()
        .unwrap()
        .iter()
        .map(|entry| (entry.file_name(), entry.problem()))
        .collect();
    found.sort();
    let expected = [
        ("Northwind-Gears-20261123T050010Z-nightly.snapback", None),
        ("cut.snapback", Some(Code::ArchiveIncomplete)),
        ("empty.snapback", Some(Code::ArchiveIncomplete)),
        ("other.snapback", Some(Code::NotAnArchive)),
    ];
    assert_eq!(found, expected.map(|(name, code)| (name.to_owned(), code)));
}

#[test]
fn an_archive_under_way_is_not_listed_and_one_left_behind_is_incomplete() {
    let (_folder, library) = library();
    let path = library.folder().join("night.snapback");
    let writer = Writer::create(&path, &sample::readme()).unwrap();
    assert!(library.list().unwrap().is_empty());

    let partial = library.folder().join("night.snapback.partial");
    let under_way = library.find(partial.to_str().unwrap()).unwrap();
    let refused = library.delete(&under_way, nobody).unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveInUse);

    // What a killed process leaves: the same bytes, and nobody who holds the lock.
    let left_behind = library.folder().join("killed.snapback.partial");
    fs::copy(&partial, &left_behind).unwrap();
    drop(writer);
    assert!(!partial.exists(), "a writer that is dropped leaves nothing");
    let entries = library.list().unwrap();
    let [entry] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(
        (&entry.path, entry.problem()),
        (&left_behind, Some(Code::ArchiveIncomplete))
    );
    library.delete(entry, nobody).unwrap();
    assert!(library.list().unwrap().is_empty());
}

#[test]
fn a_whole_archive_under_a_partial_name_is_incomplete_all_the_same() {
    let (_folder, library) = library();
    let path = add(&library, 10);
    fs::rename(&path, path.with_extension("snapback.partial")).unwrap();
    let entries = library.list().unwrap();
    assert_eq!(
        entries.first().unwrap().problem(),
        Some(Code::ArchiveIncomplete)
    );
}

#[test]
fn an_archive_is_found_by_path_by_name_and_by_the_beginning_of_its_id() {
    let (_folder, library) = library();
    let path = add(&library, 10);
    let other = add(&library, 20);
    let name = path.file_name().unwrap().to_str().unwrap();
    let references = [
        path.to_str().unwrap(),
        name,
        name.strip_suffix(".snapback").unwrap(),
        "0192f0c1-0010",
        "0192F0C1-0010-7c3a-9d54-1b2c3d4e5f60",
    ];
    for reference in references {
        assert_eq!(library.find(reference).unwrap().path, path, "{reference}");
    }
    assert_eq!(library.find("0192f0c1-002").unwrap().path, other);
    for reference in ["", "0192f0c1", "0192f0c2", "../passwd", "nothing.snapback"] {
        let refused = library.find(reference).unwrap_err();
        assert_eq!(refused.code(), Code::NoSuchArchive, "{reference}");
    }
}

#[test]
fn an_archive_that_a_review_needs_is_not_deleted() {
    let (_folder, library) = library();
    let path = add(&library, 10);
    let entry = library.find(path.to_str().unwrap()).unwrap();
    let refused = library
        .delete(&entry, |entry| entry.path == path)
        .unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveInUse);
    assert!(path.exists());
    library.delete(&entry, nobody).unwrap();
    assert!(!path.exists());
}

#[test]
fn a_file_that_is_no_archive_is_not_deleted() {
    let (folder, library) = library();
    let letter = folder.path().join("letter.txt");
    fs::write(&letter, b"a letter to a friend").unwrap();
    let entry = library.find(letter.to_str().unwrap()).unwrap();
    let refused = library.delete(&entry, nobody).unwrap_err();
    assert_eq!(refused.code(), Code::NotAnArchive);
    assert!(letter.exists());
}

#[test]
fn names_are_plain_and_two_archives_of_one_second_get_two() {
    let company = |name: &str, id: &str| Company {
        id: CompanyId::new(id),
        name: name.to_owned(),
        ..sample::company()
    };
    let at = "2026-11-23T05:06:07.9Z".parse().unwrap();
    let name = |company: &Company, label| archive_name(company, at, label);
    let plain = company("Müller & Söhne / GmbH", "c1");
    assert_eq!(
        name(&plain, None),
        "Mueller-Soehne-GmbH-20261123T050607Z.snapback"
    );
    assert_eq!(
        name(&plain, Some("../../etc: before\nimport ")),
        "Mueller-Soehne-GmbH-20261123T050607Z-etc-before-import.snapback"
    );
    assert_eq!(
        name(&company("北風", "c-9"), Some("")),
        "c-9-20261123T050607Z.snapback"
    );
    assert_eq!(
        name(&company("", "…"), None),
        "company-20261123T050607Z.snapback"
    );
    assert!(name(&company(&"long ".repeat(100), "c"), Some(&"x".repeat(500))).len() < 130);

    let (_folder, library) = library();
    let first = add(&library, 10);
    let second = add(&library, 10);
    assert!(
        second.to_str().unwrap().ends_with("-nightly-2.snapback"),
        "{second:?}"
    );
    assert_ne!(first, second);
}

#[test]
fn an_archive_that_this_library_did_not_make_is_known_as_such() {
    let (_folder, library) = library();
    let path = library.folder().join("a.snapback");
    let writer = Writer::create(&path, &sample::readme()).unwrap();
    let (finished, manifest) = sample::finish(writer, Vec::new());
    let open = |path: &Path| Reader::open(path).unwrap();
    assert!(!library.has_made(&open(&path)).unwrap());
    library.note_made(&manifest, &finished).unwrap();
    assert!(library.has_made(&open(&path)).unwrap());
    assert!(
        library.state_names().unwrap().is_empty(),
        "such notes are no journals"
    );

    // Another archive that bears the same id.
    let mut facts = sample::readme();
    facts.application = "Other".to_owned();
    let forged = library.folder().join("b.snapback");
    Writer::create(&forged, &facts)
        .unwrap()
        .seal(manifest)
        .unwrap()
        .publish()
        .unwrap();
    assert!(!library.has_made(&open(&forged)).unwrap());
}

#[test]
fn spill_files_of_the_dead_go_and_those_of_the_living_stay() {
    let (_folder, library) = library();
    let alive = library.spool_folder().join("run-1");
    fs::write(&alive, b"sorted rows").unwrap();
    let dead = library.folder().join("spool/process-dead");
    fs::create_dir(&dead).unwrap();
    File::create(dead.join("lock")).unwrap();
    fs::write(dead.join("run-1"), b"sorted rows").unwrap();

    let second = Library::open(library.folder()).unwrap();
    assert!(alive.exists());
    assert!(!dead.exists());
    let spool = second.spool_folder().to_owned();
    assert!(spool.exists());
    drop(second);
    assert!(!spool.exists());
}

#[test]
fn a_journal_is_there_whole_or_not_at_all() {
    let (_folder, library) = library();
    assert_eq!(library.read_state::<Vec<u32>>("restore-c1").unwrap(), None);
    library.write_state("restore-c1", &[1, 2, 3]).unwrap();
    library.write_state("restore-c1", &[4, 5]).unwrap();
    assert_eq!(
        library.read_state::<Vec<u32>>("restore-c1").unwrap(),
        Some(vec![4, 5])
    );
    assert_eq!(library.state_names().unwrap(), ["restore-c1"]);
    let again = Library::open(library.folder()).unwrap();
    assert_eq!(
        again.read_state::<Vec<u32>>("restore-c1").unwrap(),
        Some(vec![4, 5])
    );

    // One that cannot be understood is never taken for none.
    fs::write(library.folder().join("state/restore-c1.json"), b"[4, 5").unwrap();
    let refused = library.read_state::<Vec<u32>>("restore-c1").unwrap_err();
    assert_eq!(refused.code(), Code::LocalFile);

    library.remove_state("restore-c1").unwrap();
    library.remove_state("restore-c1").unwrap();
    assert!(library.state_names().unwrap().is_empty());
    for name in ["", "../other", "a/b", "a.b"] {
        assert_eq!(
            library.write_state(name, &1).unwrap_err().code(),
            Code::Defect,
            "{name}"
        );
    }
}

#[test]
fn room_is_asked_for_before_it_is_used() {
    let (_folder, library) = library();
    let free = free_space(library.folder()).unwrap();
    assert!(free > 0);
    require_space(library.folder(), 1).unwrap();
    let refused = require_space(library.folder(), u64::MAX).unwrap_err();
    assert_eq!(refused.code(), Code::DiskFull);
    assert!(refused.context().contains_key("free_bytes"));
}

#[cfg(unix)]
#[test]
fn everything_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    fn open_to_others(path: &Path, found: &mut Vec<PathBuf>) {
        for item in fs::read_dir(path).unwrap() {
            let path = item.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.permissions().mode() & 0o077 != 0 {
                found.push(path.clone());
            }
            if metadata.is_dir() {
                open_to_others(&path, found);
            }
        }
    }

    let (folder, library) = library();
    add(&library, 10);
    library.write_state("restore-c1", &1).unwrap();
    let _under_way = Writer::create(&library.folder().join("b.snapback"), &sample::readme());
    let mut found = Vec::new();
    open_to_others(folder.path(), &mut found);
    assert!(found.is_empty(), "{found:?}");
}

/// An archive that lies elsewhere, as it comes from another computer.
fn elsewhere(folder: &Path) -> PathBuf {
    let other = Library::open(&folder.join("other")).unwrap();
    let made = add(&other, 10);
    let path = folder.join("from a colleague.snapback");
    fs::rename(made, &path).unwrap();
    path
}

fn bring_in(library: &Library, path: &Path) -> snapback_engine::Result<Added> {
    library.add(path, &Counters::default(), &CancelToken::new())
}

#[test]
fn an_archive_from_elsewhere_is_copied_in_under_its_name() {
    let (folder, library) = library();
    let source = elsewhere(folder.path());
    let Added::New(entry) = bring_in(&library, &source).unwrap() else {
        panic!("nothing of the kind was there");
    };
    assert_eq!(
        entry.path,
        library.folder().join("from a colleague.snapback")
    );
    assert_eq!(fs::read(&entry.path).unwrap(), fs::read(&source).unwrap());
    assert_eq!(library.list().unwrap(), [entry]);
}

#[test]
fn an_archive_that_is_here_already_is_not_copied_in_again() {
    let (folder, library) = library();
    let source = elsewhere(folder.path());
    let Added::New(first) = bring_in(&library, &source).unwrap() else {
        panic!("nothing of the kind was there");
    };
    assert_eq!(
        bring_in(&library, &source).unwrap(),
        Added::Known(first.clone())
    );
    assert_eq!(library.list().unwrap(), [first]);
}

#[test]
fn another_archive_of_the_same_name_lies_beside_the_first() {
    let (folder, library) = library();
    let source = elsewhere(folder.path());
    fs::write(
        library.folder().join("from a colleague.snapback"),
        b"something",
    )
    .unwrap();
    let Added::New(entry) = bring_in(&library, &source).unwrap() else {
        panic!("nothing of the kind was there");
    };
    assert_eq!(entry.file_name(), "from a colleague-2.snapback");
}

#[test]
fn a_damaged_archive_does_not_come_in_and_leaves_nothing() {
    let (folder, library) = library();
    let source = elsewhere(folder.path());
    let mut bytes = fs::read(&source).unwrap();
    let middle = bytes.len() / 4;
    bytes[middle] ^= 0x40;
    fs::write(&source, &bytes).unwrap();
    let refused = bring_in(&library, &source).unwrap_err();
    assert_eq!(refused.code().exit_code(), 20, "{refused:?}");
    assert_eq!(refused.context()["archive"], source.display().to_string());
    let left: Vec<_> = fs::read_dir(library.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != "state" && name != "spool")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn bringing_an_archive_in_can_be_stopped() {
    let (folder, library) = library();
    let source = elsewhere(folder.path());
    let cancel = CancelToken::new();
    cancel.cancel();
    let stopped = library
        .add(&source, &Counters::default(), &cancel)
        .unwrap_err();
    assert_eq!(stopped.code(), Code::Cancelled);
    assert!(library.list().unwrap().is_empty());
}

#[test]
fn a_copy_has_the_same_bytes_and_is_its_owners_alone() {
    let (folder, library) = library();
    let made = add(&library, 10);
    let target = folder.path().join("copy.snapback");
    fs::write(&target, b"an older copy").unwrap();
    let cancel = CancelToken::new();
    library.save_copy(&made, &target, &cancel).unwrap();
    assert_eq!(fs::read(&target).unwrap(), fs::read(&made).unwrap());
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&target).unwrap().permissions())
            & 0o777,
        0o600
    );
    let beside = library.save_copy_in(&made, folder.path(), &cancel).unwrap();
    let again = library.save_copy_in(&made, folder.path(), &cancel).unwrap();
    assert_ne!(beside, again, "a folder's own files are never replaced");
}

#[test]
fn a_copy_never_replaces_an_archive_of_the_library() {
    let (_folder, library) = library();
    let (one, other) = (add(&library, 10), add(&library, 20));
    let before = fs::read(&other).unwrap();
    let refused = library
        .save_copy(&one, &other, &CancelToken::new())
        .unwrap_err();
    assert_eq!(refused.code(), Code::Usage);
    assert_eq!(fs::read(&other).unwrap(), before);
}

#[test]
fn a_name_given_later_is_shown_and_the_file_stays_as_it_is() {
    let (_folder, library) = library();
    let path = add(&library, 10);
    let bytes = fs::read(&path).unwrap();
    let entry = library.entry(path.clone()).unwrap();
    let id = entry.summary().unwrap().id;
    library.rename(id, Some(" Before go-live ")).unwrap();
    let entry = library.entry(path.clone()).unwrap();
    assert_eq!(entry.name(), Some("Before go-live"));
    assert_eq!(
        entry.summary().unwrap().label.as_deref(),
        Some("before the import")
    );
    assert_eq!(fs::read(&path).unwrap(), bytes);
    library.rename(id, None).unwrap();
    assert_eq!(
        library.entry(path).unwrap().name(),
        Some("before the import")
    );
}

#[test]
fn a_name_is_one_line_that_can_be_read() {
    let (_folder, library) = library();
    let path = add(&library, 10);
    let id = library.entry(path).unwrap().summary().unwrap().id;
    for name in ["two\nlines", &"x".repeat(201)] {
        let refused = library.rename(id, Some(name)).unwrap_err();
        assert_eq!(refused.code(), Code::Usage);
    }
}

#[test]
fn a_name_goes_with_its_archive() {
    let (_folder, library) = library();
    let path = add(&library, 10);
    let id = library.entry(path.clone()).unwrap().summary().unwrap().id;
    library.rename(id, Some("Before go-live")).unwrap();
    let bytes = fs::read(&path).unwrap();
    library
        .delete(&library.entry(path.clone()).unwrap(), nobody)
        .unwrap();
    fs::write(&path, bytes).unwrap();
    assert_eq!(library.entry(path).unwrap().given_name, None);
}

#[test]
fn names_that_cannot_be_read_do_not_hide_the_archives() {
    let (_folder, library) = library();
    add(&library, 10);
    fs::write(library.folder().join("state/names.json"), b"{ not json").unwrap();
    assert_eq!(library.list().unwrap().len(), 1);
}

#[test]
fn a_file_that_was_written_since_is_read_anew() {
    let (_folder, library) = library();
    let path = add(&library, 10);
    assert_eq!(library.list().unwrap()[0].problem(), None);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(
        library.list().unwrap()[0].problem(),
        Some(Code::ArchiveIncomplete)
    );
    fs::write(&path, &whole).unwrap();
    assert_eq!(library.list().unwrap()[0].problem(), None);
}
