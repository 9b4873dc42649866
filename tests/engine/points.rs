//! Points: scheduled backups of which only what changed stays on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::archive_sample::{catalog, company, entry, manifest, read, readme, spool, table};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use snapback_engine::archive::{
    DEFAULT_LEVEL, FileEntry, Finished, Kind, Manifest, MemberSpool, Reader, TableEntry, Writer,
    read_summary,
};
use snapback_engine::cancel::CancelToken;
use snapback_engine::library::{Added, Library};
use snapback_engine::reporter::Counters;
use snapback_engine::snapshot::{Stored, store_by_changes};
use snapback_engine::{Code, Result};
use tempfile::TempDir;
use uuid::Uuid;

/// What a company holds at one time: rows by key, rows without a key, files by name.
#[derive(Clone, Default)]
struct State {
    keyed: BTreeMap<String, String>,
    /// Rows that may be there several times, and how often.
    counted: BTreeMap<String, u32>,
    files: BTreeMap<String, Vec<u8>>,
}

impl State {
    fn of(rows: u32) -> Self {
        let mut state = Self::default();
        for number in 0..rows {
            state.keyed.insert(format!("{number:06}"), word(number, 0));
            *state.counted.entry(word(number % 40, 1)).or_default() += 1;
        }
        for number in 0..3 {
            let content = word(number, 2).into_bytes().repeat(50);
            state.files.insert(format!("{number}.txt"), content);
        }
        state
    }

    /// Changes, removes and adds some rows and files.
    fn change(&mut self, random: &mut StdRng, count: u32) {
        for _ in 0..count {
            let key = format!(
                "{:06}",
                random.random_range(0..self.keyed.len() as u32 + 20)
            );
            match random.random_range(0..4) {
                0 => drop(self.keyed.remove(&key)),
                _ => drop(self.keyed.insert(key, word(random.random(), 3))),
            }
            let line = word(random.random_range(0..50), 1);
            let there = self.counted.entry(line).or_default();
            *there = match random.random() {
                true => *there + 1,
                false => there.saturating_sub(1),
            };
        }
        let name = format!("{}.txt", random.random_range(0..5));
        match random.random_range(0..3) {
            0 => drop(self.files.remove(&name)),
            1 => drop(
                self.files
                    .insert(name, word(random.random(), 4).into_bytes()),
            ),
            // The same content under another name.
            _ => {
                let content = self.files.values().next().cloned();
                self.files.extend(content.map(|content| (name, content)));
            }
        }
    }

    fn keyed_rows(&self) -> Vec<Vec<u8>> {
        let rows = self.keyed.iter();
        rows.map(|(key, value)| format!("{key}\t{value}").into_bytes())
            .collect()
    }

    fn counted_rows(&self) -> Vec<Vec<u8>> {
        let rows = self.counted.iter();
        rows.flat_map(|(line, count)| vec![format!("x\t{line}").into_bytes(); *count as usize])
            .collect()
    }
}

/// A text of some words that differs from others of other numbers.
fn word(number: u32, kind: u32) -> String {
    let mixed = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(kind);
    format!(
        "steel bolt {mixed:x} with washer, batch {number}, drawn {:x}",
        mixed >> 7
    )
}

/// A library with points in it, and beside it each of them whole as it was made.
struct Shelf {
    folder: TempDir,
    library: Library,
    points: Vec<PathBuf>,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library")).unwrap();
        fs::create_dir(folder.path().join("whole")).unwrap();
        Self {
            folder,
            library,
            points: Vec::new(),
        }
    }

    /// Makes the next point and stores it by its changes, where that is less.
    fn add(&mut self, state: &State) -> Stored {
        let name = format!("{:03}.snapback", self.points.len());
        let path = self.library.folder().join(&name);
        self.make(&path, state);
        fs::copy(&path, self.whole(self.points.len())).unwrap();
        let stored = store_by_changes(&self.library, &path, &CancelToken::new());
        self.points.push(path);
        stored.unwrap()
    }

    fn make(&self, path: &Path, state: &State) -> Finished {
        let writer = Writer::create(path, &readme()).unwrap();
        let append = |name: &str, rows: &[Vec<u8>]| {
            let member = spool(&table(name), rows, self.folder.path());
            entry(table(name), writer.append(&member).unwrap())
        };
        let keyed = append("part", &state.keyed_rows());
        let counted = TableEntry {
            key_columns: Vec::new(),
            ..append("log", &state.counted_rows())
        };
        let still = append("still", &[b"1\tnever changes".to_vec()]);
        let tables = vec![keyed, counted, still];
        let files = state.files.iter().map(|(name, content)| {
            let folder = self.folder.path();
            let mut spool = MemberSpool::for_file("private", name, folder, DEFAULT_LEVEL).unwrap();
            spool.push_bytes(content).unwrap();
            let member = writer.append(&spool.finish().unwrap()).unwrap();
            let name = ("private".to_owned(), name.clone());
            FileEntry::new(name, BTreeMap::new(), None, member)
        });
        let files = files.collect();
        let begun: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
        let hours = SignedDuration::from_hours(self.points.len() as i64);
        let manifest = Manifest {
            id: Uuid::now_v7(),
            kind: Kind::Scheduled,
            snapshot_time: begun + hours,
            files: Some(files),
            catalog: catalog(&tables),
            ..manifest(tables)
        };
        let sealed = writer.seal(manifest).unwrap();
        self.library
            .note_made(sealed.manifest(), sealed.finished())
            .unwrap();
        sealed.publish().unwrap().0
    }

    fn whole(&self, number: usize) -> PathBuf {
        self.folder
            .path()
            .join(format!("whole/{number:03}.snapback"))
    }

    fn open(&self, number: usize) -> Reader {
        self.library.open_archive(&self.points[number]).unwrap()
    }

    /// Asserts that the point holds to the last byte what it held when it was made.
    fn assert_as_made(&self, number: usize) {
        let made = Reader::open(&self.whole(number)).unwrap();
        assert_same(&self.open(number), &made);
    }

    fn stands_on(&self, number: usize) -> Option<Uuid> {
        let keys = self.library.keys();
        read_summary(&self.points[number], &keys)
            .unwrap()
            .stands_on()
    }
}

fn assert_same(found: &Reader, made: &Reader) {
    assert_eq!(found.manifest().id, made.manifest().id);
    assert_eq!(found.manifest().state(), made.manifest().state());
    for entry in &made.manifest().tables {
        let rows = read(found, &entry.table).unwrap();
        assert_eq!(rows, read(made, &entry.table).unwrap(), "{}", entry.table);
    }
    let files = |reader: &Reader| -> Vec<(String, Vec<u8>)> {
        let entries = reader.manifest().files.iter().flatten();
        entries
            .map(|entry| (entry.key.clone(), content(reader, entry)))
            .collect()
    };
    assert_eq!(files(found), files(made));
}

fn content(reader: &Reader, entry: &FileEntry) -> Vec<u8> {
    let mut pieces = reader.file(entry).unwrap();
    let mut content = Vec::new();
    while let Some(piece) = pieces.next_piece().unwrap() {
        content.extend_from_slice(piece);
    }
    content
}

/// A shelf of so many points, each some changes after the one before.
fn shelf(points: usize) -> Shelf {
    let mut shelf = Shelf::new();
    let mut random = StdRng::seed_from_u64(8);
    let mut state = State::of(2_000);
    for _ in 0..points {
        shelf.add(&state);
        state.change(&mut random, 12);
    }
    shelf
}

fn verify(reader: &Reader) -> Result<()> {
    reader
        .verify(&Counters::default(), &CancelToken::new())
        .map(drop)
}

#[test]
fn a_point_stored_by_its_changes_holds_what_it_held_when_it_was_made() {
    let shelf = shelf(9);
    assert_eq!(shelf.stands_on(0), None);
    for number in 0..9 {
        assert_eq!(shelf.stands_on(number).is_some(), number > 0);
        shelf.assert_as_made(number);
        verify(&shelf.open(number)).unwrap();
        assert!(shelf.library.has_made(&shelf.open(number)).unwrap());
    }
}

#[test]
fn a_copy_that_is_saved_stands_alone() {
    let shelf = shelf(4);
    let copy = shelf.folder.path().join("copy.snapback");
    let cancel = CancelToken::new();
    shelf
        .library
        .save_copy(&shelf.points[3], &copy, &cancel)
        .unwrap();
    let copied = Reader::open(&copy).unwrap();
    assert_eq!(copied.manifest().stands_on(), None);
    verify(&copied).unwrap();
    assert_same(&copied, &Reader::open(&shelf.whole(3)).unwrap());
}

#[test]
fn a_point_that_comes_from_another_library_is_whole_there() {
    let shelf = shelf(3);
    let elsewhere = Library::open(&shelf.folder.path().join("elsewhere")).unwrap();
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    let added = elsewhere.add(&shelf.points[2], &counters, &cancel).unwrap();
    let Added::New(entry) = added else {
        panic!("it was not there before: {added:?}")
    };
    assert_eq!(entry.problem(), None);
    let reader = elsewhere.open_archive(&entry.path).unwrap();
    assert_eq!(reader.manifest().stands_on(), None);
    assert_same(&reader, &Reader::open(&shelf.whole(2)).unwrap());
}

#[test]
fn what_stands_on_a_point_is_made_whole_before_that_point_goes() {
    let shelf = shelf(5);
    for gone in [0, 2] {
        let entry = shelf.library.entry(shelf.points[gone].clone()).unwrap();
        shelf.library.delete(&entry, |_| false).unwrap();
        assert!(!shelf.points[gone].exists());
        assert_eq!(shelf.stands_on(gone + 1), None);
    }
    for number in [1, 3, 4] {
        shelf.assert_as_made(number);
        assert!(shelf.library.has_made(&shelf.open(number)).unwrap());
    }
}

#[test]
fn a_point_whose_base_is_not_there_says_so_and_the_list_shows_it() {
    let shelf = shelf(3);
    fs::remove_file(&shelf.points[1]).unwrap();
    let reader = shelf.open(2);
    let failed = verify(&reader).unwrap_err();
    assert_eq!(failed.code(), Code::BaseMissing);
    let list = shelf.library.list().unwrap();
    let broken: Vec<_> = list.iter().map(|entry| entry.problem()).collect();
    assert_eq!(broken, [Some(Code::BaseMissing), None]);
    // What does not stand on it is as good as before.
    shelf.assert_as_made(0);
}

#[test]
fn a_base_that_was_damaged_or_is_another_one_is_found() {
    let shelf = shelf(3);
    let mut bytes = fs::read(&shelf.points[0]).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x40;
    fs::write(&shelf.points[0], bytes).unwrap();
    let failed = verify(&shelf.open(2)).unwrap_err();
    assert_eq!(failed.code(), Code::ArchiveDamaged);

    // The same id, and other rows.
    let made = Reader::open(&shelf.whole(0)).unwrap();
    fs::remove_file(&shelf.points[0]).unwrap();
    let writer = Writer::create(&shelf.points[0], &readme()).unwrap();
    let member = spool(
        &table("part"),
        &[b"1\tanother".to_vec()],
        shelf.folder.path(),
    );
    let tables = vec![entry(table("part"), writer.append(&member).unwrap())];
    let other = Manifest {
        id: made.manifest().id,
        kind: Kind::Scheduled,
        ..manifest(tables)
    };
    writer.seal(other).unwrap().publish().unwrap();
    let failed = verify(&shelf.open(2)).unwrap_err();
    assert_eq!(failed.code(), Code::ArchiveMismatch);
}

#[test]
fn a_point_with_other_columns_or_of_another_company_is_whole() {
    let mut shelf = shelf(2);
    let path = shelf.library.folder().join("other.snapback");
    let writer = Writer::create(&path, &readme()).unwrap();
    let member = spool(&table("part"), &[b"1\ta".to_vec()], shelf.folder.path());
    let tables = vec![entry(table("part"), writer.append(&member).unwrap())];
    let other = Manifest {
        id: Uuid::now_v7(),
        kind: Kind::Scheduled,
        snapshot_time: "2027-01-01T00:00:00Z".parse().unwrap(),
        ..manifest(tables)
    };
    assert_eq!(other.company, company());
    writer.seal(other).unwrap().publish().unwrap();
    let stored = store_by_changes(&shelf.library, &path, &CancelToken::new());
    assert_eq!(stored.unwrap(), Stored::Whole);
    assert_eq!(
        read_summary(&path, &shelf.library.keys())
            .unwrap()
            .stands_on(),
        None
    );
    // The next one stands on it no more than on anything.
    fs::remove_file(&path).unwrap();
    assert_eq!(shelf.add(&State::of(2_000)), Stored::Changes);
}

#[test]
fn seventy_one_points_with_a_hundredth_changed_between_them_cost_less_than_three_whole_ones() {
    let mut shelf = Shelf::new();
    let mut random = StdRng::seed_from_u64(71);
    let mut state = State::of(18_000);
    state.counted.clear();
    for _ in 0..71 {
        shelf.add(&state);
        for _ in 0..180 {
            let key = format!("{:06}", random.random_range(0..18_000));
            state.keyed.insert(key, word(random.random(), 3));
        }
    }
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let all: u64 = shelf.points.iter().map(size).sum();
    let one = size(&shelf.whole(70));
    assert!(all <= 3 * one, "{all} bytes where a whole one has {one}");
    let whole = (0..71).filter(|number| shelf.stands_on(*number).is_none());
    assert_eq!(whole.collect::<Vec<_>>(), [0, 40]);
    shelf.assert_as_made(70);
}
