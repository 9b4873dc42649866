//! What happens to good archives by accident: cut short, bits flipped, bytes from elsewhere.

use std::fs;
use std::process::Command;

use proptest::prelude::*;
use snapback_engine::Code;
use snapback_engine::archive::{
    ArchiveKeys, DEFAULT_LEVEL, MemberSpool, Reader, Writer, read_summary,
};

use super::forge::{Forge, frames_of, zeros};
use super::hostile::{read_all, small};
use super::sample;

/// The codes that say that a file is no good archive.
const REFUSALS: [Code; 7] = [
    Code::NotAnArchive,
    Code::ArchiveIncomplete,
    Code::ArchiveDamaged,
    Code::ArchiveTooNew,
    Code::ArchiveUnsafePath,
    Code::ArchiveMismatch,
    Code::ArchiveTooLarge,
];

#[test]
fn an_archive_that_was_cut_short_is_incomplete_wherever_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(small(folder.path())).unwrap();
    let path = folder.path().join("cut.snapback");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let refused = Reader::open(&path).err().map(|error| error.code());
        assert_eq!(
            refused,
            Some(Code::ArchiveIncomplete),
            "{length} of {} bytes",
            whole.len()
        );
    }
}

#[test]
fn a_large_archive_that_was_cut_short_is_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(sample::sample(folder.path())).unwrap();
    let path = folder.path().join("cut.snapback");
    let edges = frames_of(&whole)
        .into_iter()
        .flat_map(|(offset, ..)| [offset, offset + 1]);
    let steps = (1..40).map(|step| whole.len() * step / 40);
    for length in edges.chain(steps).chain(whole.len() - 20..whole.len()) {
        fs::write(&path, &whole[..length]).unwrap();
        let refused = Reader::open(&path).err().map(|error| error.code());
        assert_eq!(
            refused,
            Some(Code::ArchiveIncomplete),
            "{length} of {} bytes",
            whole.len()
        );
    }
}

#[test]
fn a_file_that_gets_shorter_while_it_is_read_is_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample::sample(folder.path());
    let reader = Reader::open(&path).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(5000).unwrap();
    let refused = sample::read(&reader, &sample::table("salesOrder")).unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveIncomplete);
}

#[test]
fn a_flipped_bit_is_found_or_changes_nothing_that_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let good_path = small(folder.path());
    let good = fs::read(&good_path).unwrap();
    let expected = read_all(&good_path).unwrap();
    let path = folder.path().join("flipped.snapback");
    let mut unnoticed = 0;
    for place in 0..good.len() {
        let mut flipped = good.clone();
        flipped[place] ^= 1 << (place % 8);
        fs::write(&path, &flipped).unwrap();
        match read_all(&path) {
            Ok(read) => {
                assert!(read == expected, "byte {place}");
                unnoticed += 1;
            }
            Err(error) => assert!(
                REFUSALS.contains(&error.code()),
                "byte {place}: {}",
                error.code()
            ),
        }
    }
    // zstd leaves a bit or so of each frame without meaning.
    assert!(
        unnoticed * 50 < good.len(),
        "{unnoticed} of {} flips were not noticed",
        good.len()
    );
}

#[test]
fn files_that_are_something_else_are_no_archives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other");
    let others: [Vec<u8>; 5] = [
        b"a letter to a friend".to_vec(),
        b"PK\x03\x04".repeat(4000),
        zstd::bulk::compress(b"a compressed letter", 3).unwrap(),
        zeros(20 << 20, true),
        b"age-encryption.org/v1\n".to_vec(),
    ];
    for other in others {
        fs::write(&path, other).unwrap();
        assert_eq!(
            Reader::open(&path).err().map(|error| error.code()),
            Some(Code::NotAnArchive)
        );
    }
    let refused = Reader::open(folder.path()).err().map(|error| error.code());
    assert_eq!(refused, Some(Code::NotAnArchive), "a folder");
    let refused = Reader::open(&folder.path().join("none"))
        .err()
        .map(|error| error.code());
    assert_eq!(refused, Some(Code::NoSuchArchive));
}

#[test]
fn a_row_larger_than_the_limit_is_refused_before_it_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let table = sample::table("document");
    let path = sample::write(
        folder.path(),
        "row.snapback",
        &[(table.clone(), vec![vec![b'x'; 9 << 20]])],
    )
    .path;
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        sample::read(&reader, &table).unwrap(),
        [vec![b'x'; 9 << 20]]
    );
    let reader = reader.with_row_limit(8 << 20);
    assert_eq!(
        sample::read(&reader, &table).unwrap_err().code(),
        Code::RowTooLarge
    );
}

/// Runs the hostile archives once more in a process that cannot have more than half a gigabyte, stacks,
/// libraries and the forging itself included; the bombs among them would unpack to twice that.
#[cfg(target_os = "linux")]
#[test]
fn hostile_archives_are_refused_within_bounded_memory() {
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -v 524288 && exec \"$0\" archive::hostile:: --test-threads 1",
        ])
        .arg(std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && !said.contains(" 0 passed"),
        "{said}"
    );
}

/// What a full disk does to a writer, where files may not pass half a megabyte.
#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_leaves_nothing_behind() {
    // In blocks of 512 bytes. The signal is ignored, so that the write fails instead.
    let limited = "trap '' XFSZ && ulimit -f 1000 && exec \"$0\" --ignored --exact archive::damage::writing_fails_past_the_limit";
    let output = Command::new("sh")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
#[ignore = "needs the limit that a_full_disk_is_said_and_leaves_nothing_behind runs it under"]
fn writing_fails_past_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let (table, rows) = sample::tables().pop().unwrap();
    let mut spool = MemberSpool::for_table(&table, folder.path(), DEFAULT_LEVEL)
        .unwrap()
        .holding(0);
    let spilled = rows.iter().try_for_each(|row| spool.push_row(row));
    let refused = spilled.and_then(|()| spool.finish().map(drop)).unwrap_err();
    assert_eq!(refused.code(), Code::DiskFull);

    let writer = Writer::create(&folder.path().join("full.snapback"), &sample::readme()).unwrap();
    let spooled = sample::spool(&table, &rows, folder.path());
    assert_eq!(writer.append(&spooled).unwrap_err().code(), Code::DiskFull);
    let small = sample::spool(&sample::table("customer"), &[], folder.path());
    assert_eq!(
        writer.append(&small).unwrap_err().code(),
        Code::Defect,
        "half a member is inside"
    );
    assert_eq!(
        writer
            .seal(sample::manifest(Vec::new()))
            .err()
            .map(|error| error.code()),
        Some(Code::Defect)
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_from_anywhere_are_refused_without_a_panic(
        start in 0_usize..4,
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        end in 0_usize..10,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.snapback");
        let mut file = [0x28, 0xB5, 0x2F, 0xFD][..start].to_vec();
        file.extend(bytes);
        file.extend(&[3, 0, 0, 0, 0, 0xB1, 0xEA, 0x92, 0x8F][9 - end.min(9)..]);
        fs::write(&path, file).unwrap();
        let refused = Reader::open(&path).err().map(|error| error.code());
        prop_assert!(refused.is_some_and(|code| REFUSALS.contains(&code)), "{:?}", refused);
    }

    #[test]
    fn several_changed_bytes_are_refused_or_change_nothing(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let good = small(folder.path());
        let expected = read_all(&good).unwrap();
        let mut file = fs::read(&good).unwrap();
        for (place, value) in changes {
            let place = place.index(file.len());
            file[place] = value;
        }
        let path = folder.path().join("changed.snapback");
        fs::write(&path, file).unwrap();
        drop(read_summary(&path, &ArchiveKeys::default()));
        match read_all(&path) {
            Ok(read) => prop_assert!(read == expected),
            Err(error) => prop_assert!(REFUSALS.contains(&error.code()), "{}", error.code()),
        }
    }

    #[test]
    fn a_manifest_with_any_value_in_any_place_is_refused_without_a_panic(
        place in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(serde_json::Value::Null),
            any::<u64>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,40}".prop_map(Into::into),
            Just(serde_json::json!([])),
            Just(serde_json::json!({})),
        ],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut forged = Forge::take_apart(&small(folder.path()));
        let before = forged.manifest.clone();
        let mut fields: Vec<_> = Vec::new();
        let entry = &before["tables"][0];
        fields.extend(before.as_object().unwrap().keys().map(|key| (false, key.clone())));
        fields.extend(entry.as_object().unwrap().keys().map(|key| (true, key.clone())));
        let (inside, field) = place.get(&fields);
        if *inside {
            forged.table(0)[field.as_str()] = value;
        } else {
            forged.manifest[field.as_str()] = value;
        }
        let path = folder.path().join("changed.snapback");
        forged.write(&path);
        if let Err(error) = read_all(&path) {
            prop_assert!(REFUSALS.contains(&error.code()), "{}", error.code());
        }
    }
}
