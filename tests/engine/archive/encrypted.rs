//! Encrypted archives: the same bytes inside age, opened by their key alone.

use std::fs;
use std::io::Read as _;
use std::iter;
use std::path::{Path, PathBuf};

use snapback_engine::archive::{
    ArchiveKey, ArchiveKeys, Encryption, Lock, Passphrase, PublicKey, Reader, Writer,
    is_locked_by_passphrase, read_summary,
};
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code};

use crate::archive::sample;

/// The sample encrypted for that key.
fn sealed(
    folder: &Path,
    key: &ArchiveKey,
    tables: &[(snapback_engine::model::TableName, sample::Rows)],
) -> PathBuf {
    // Under the plain one's name, which its README repeats.
    let target = folder.join("sample.snapback");
    let writer = Writer::create_for(&target, &sample::readme(), Some(&key.public())).unwrap();
    let entries = tables.iter().map(|(table, rows)| {
        let member = writer.append(&sample::spool(table, rows, folder)).unwrap();
        sample::entry(table.clone(), member)
    });
    let entries = entries.collect();
    let (finished, manifest) = sample::finish(writer, entries);
    assert_eq!(manifest.encryption, Encryption::Age);
    assert_eq!(
        finished.blake3,
        snapback_engine::archive::file_hash(&target).unwrap()
    );
    assert_eq!(finished.size_bytes, fs::metadata(&target).unwrap().len());
    target
}

fn holding(key: &ArchiveKey) -> ArchiveKeys {
    [ArchiveKey::generate(), key.clone()].into_iter().collect()
}

fn code(opened: snapback_engine::Result<Reader>) -> Option<Code> {
    opened.err().map(|error| error.code())
}

#[test]
fn an_encrypted_archive_is_the_plain_one_inside_age_and_its_key_alone_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let plain = fs::read(sample::sample(other.path())).unwrap();
    let key = ArchiveKey::generate();
    let path = sealed(folder.path(), &key, &sample::tables());

    let reader = Reader::open_with(&path, &holding(&key)).unwrap();
    assert_eq!(reader.manifest().encryption, Encryption::Age);
    assert_eq!(reader.size_bytes(), fs::metadata(&path).unwrap().len());
    // Several at once, each at its own place in the file.
    std::thread::scope(|scope| {
        for (table, rows) in sample::tables() {
            let reader = &reader;
            scope.spawn(move || assert!(sample::read(reader, &table).unwrap() == rows, "{table}"));
        }
    });
    let report = reader
        .verify(&Counters::default(), &CancelToken::new())
        .unwrap();
    assert_eq!(report.row_count, 60_100);
    let summary = read_summary(&path, &holding(&key)).unwrap();
    assert_eq!(summary.encryption, Encryption::Age);

    assert_eq!(code(Reader::open(&path)), Some(Code::KeyNeeded));
    let other: ArchiveKeys = iter::once(ArchiveKey::generate()).collect();
    assert_eq!(code(Reader::open_with(&path, &other)), Some(Code::WrongKey));

    let identity: age::x25519::Identity = key.reveal().parse().unwrap();
    let opened = age::Decryptor::new(fs::File::open(&path).unwrap()).unwrap();
    let mut opened = opened
        .decrypt(iter::once(&identity as &dyn age::Identity))
        .unwrap();
    let mut inside = Vec::new();
    opened.read_to_end(&mut inside).unwrap();
    assert!(inside == plain, "the bytes inside are another archive");
}

#[test]
fn no_byte_of_an_encrypted_archive_changes_or_goes_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let key = ArchiveKey::generate();
    let rows: sample::Rows = (0..50_u32)
        .map(|n| format!("c{n}\tC").into_bytes())
        .collect();
    let path = sealed(folder.path(), &key, &[(sample::table("customer"), rows)]);
    let good = fs::read(&path).unwrap();
    let keys = holding(&key);
    let other = folder.path().join("other.snapback");
    let refused = |bytes: &[u8]| {
        fs::write(&other, bytes).unwrap();
        Reader::open_with(&other, &keys)
            .and_then(|reader| reader.verify(&Counters::default(), &CancelToken::new()))
            .err()
            .map(|error| error.code())
    };
    assert_eq!(refused(&good), None);
    for place in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        assert!(refused(&bytes).is_some(), "a bit at {place} was changed");
    }
    for length in (0..good.len()).step_by(41) {
        assert!(refused(&good[..length]).is_some(), "cut off at {length}");
    }
    let longer = [good.as_slice(), b"x"].concat();
    assert_eq!(refused(&longer), Some(Code::ArchiveDamaged));
    let (last, all_but) = good.split_last().unwrap();
    let tail = [all_but, &[last ^ 1]].concat();
    assert_eq!(refused(&tail), Some(Code::ArchiveDamaged));
}

#[test]
fn for_a_key_that_cannot_be_read_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: PublicKey = serde_json::from_str("\"age1nothing\"").unwrap();
    let target = folder.path().join("a.snapback");
    let refused = Writer::create_for(&target, &sample::readme(), Some(&wrong)).err();
    assert_eq!(refused.map(|error| error.code()), Some(Code::InvalidKey));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_archive_that_is_locked_with_a_passphrase_is_opened_by_that_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("sample.snapback");
    let words = Passphrase::chosen("correct horse battery".to_owned()).unwrap();
    let lock = Some(Lock::Passphrase(&words));
    let writer = Writer::create_locked(&target, &sample::readme(), lock).unwrap();
    let entries = sample::tables().into_iter().map(|(table, rows)| {
        let member = writer.append(&sample::spool(&table, &rows, folder.path()));
        sample::entry(table, member.unwrap())
    });
    let entries = entries.collect();
    sample::finish(writer, entries);
    assert!(is_locked_by_passphrase(&target));
    let keys = ArchiveKeys::from_iter([ArchiveKey::generate()]);
    let given = |words: &str| {
        keys.clone()
            .with_passphrase(&Passphrase::given(words.to_owned()))
    };
    let reader = Reader::open_with(&target, &given("correct horse battery")).unwrap();
    let verified = reader.verify(&Counters::default(), &CancelToken::new());
    assert!(verified.is_ok(), "{verified:?}");
    let opened = Reader::open_with(&target, &given("correct horse"));
    assert_eq!(code(opened), Some(Code::WrongKey));
    for keys in [keys.clone(), ArchiveKeys::default()] {
        assert_eq!(
            code(Reader::open_with(&target, &keys)),
            Some(Code::KeyNeeded)
        );
    }
    // One that asks for more work than is reasonable is not tried.
    let mut bytes = fs::read(&target).unwrap();
    let place = bytes.windows(4).position(|four| four == b" 16\n").unwrap();
    bytes[place + 1..place + 3].copy_from_slice(b"30");
    fs::write(&target, bytes).unwrap();
    let opened = Reader::open_with(&target, &given("correct horse battery"));
    assert_eq!(code(opened), Some(Code::ArchiveTooLarge));
}
