//! A second place: what is copied there is the same, and what is in the way is seen.

use std::fs;
use std::path::PathBuf;

use snapback_engine::library::{Added, Entry, Library};
use snapback_engine::places::{self, About, Copied, Destination, PlaceAddress, PlaceBook};
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code};
use snapback_testkit::{Mood, S3Server};

use crate::archive_sample as sample;

struct Shelf {
    library: Library,
    folder: tempfile::TempDir,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library")).unwrap();
        sample::write(library.folder(), "one.snapback", &sample::tables()[..2]);
        Self { library, folder }
    }

    fn one(&self) -> Entry {
        self.library.find("one").unwrap()
    }

    fn other_disk(&self) -> PathBuf {
        let disk = self.folder.path().join("disk");
        fs::create_dir_all(&disk).unwrap();
        disk
    }

    async fn copy(&self, destination: &Destination) -> snapback_engine::Result<String> {
        places::copy(
            &self.library,
            &self.one().path,
            destination,
            &CancelToken::new(),
        )
        .await
    }
}

fn bucket(server: &S3Server) -> Destination {
    let address = format!("s3://backups/acme?endpoint={}&timeout=2", server.endpoint());
    let address: PlaceAddress = address.parse().unwrap();
    Destination::open(&address, Some(server.keys())).unwrap()
}

#[tokio::test]
async fn a_copy_on_another_disk_is_the_same_and_opens_from_there() {
    let shelf = Shelf::new();
    let disk = shelf.other_disk();
    let destination = Destination::Folder(disk.clone());
    destination.require_other_than(&shelf.library).unwrap();
    let hash = shelf.copy(&destination).await.unwrap();
    let copy = disk.join("one.snapback");
    assert_eq!(
        fs::read(&copy).unwrap(),
        fs::read(shelf.one().path).unwrap()
    );
    assert_eq!(shelf.copy(&destination).await.unwrap(), hash, "again");
    shelf.library.open_archive(&copy).unwrap();
    assert_eq!(
        places::present(&destination).await.unwrap(),
        ["one.snapback"]
    );

    // Nothing is written over, and nothing is made where the disk is gone.
    fs::write(&copy, "something else").unwrap();
    let refused = shelf.copy(&destination).await.unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveMismatch);
    assert_eq!(fs::read(&copy).unwrap(), b"something else");
    fs::remove_dir_all(&disk).unwrap();
    let refused = shelf.copy(&destination).await.unwrap_err();
    assert_eq!(refused.code(), Code::NoSuchStorage);
    assert!(!disk.exists());
    let itself = Destination::Folder(shelf.library.folder().to_owned());
    let refused = itself.require_other_than(&shelf.library).unwrap_err();
    assert_eq!(refused.code(), Code::Usage);
}

#[tokio::test]
async fn a_copy_in_a_bucket_is_read_back_and_comes_home_again() {
    let server = S3Server::start(&["backups"]).await;
    let shelf = Shelf::new();
    let destination = bucket(&server);
    shelf.copy(&destination).await.unwrap();
    let there = server.folder().join("backups/acme/one.snapback");
    assert_eq!(
        fs::read(&there).unwrap(),
        fs::read(shelf.one().path).unwrap()
    );
    assert_eq!(
        places::present(&destination).await.unwrap(),
        ["one.snapback"]
    );

    // A copy of the same length that is another one is found when it is read back.
    let mut other = fs::read(&there).unwrap();
    other[100] ^= 1;
    fs::write(&there, &other).unwrap();
    let refused = shelf.copy(&destination).await.unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveMismatch);
    other[100] ^= 1;
    fs::write(&there, &other).unwrap();

    fs::remove_file(shelf.one().path).unwrap();
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    let fetching = places::fetch(
        &shelf.library,
        &destination,
        "one.snapback",
        &counters,
        &cancel,
    );
    let fetched = fetching.await.unwrap();
    assert!(matches!(fetched, Added::New(_)), "{fetched:?}");
    let missing = places::fetch(
        &shelf.library,
        &destination,
        "two.snapback",
        &counters,
        &cancel,
    );
    assert_eq!(missing.await.unwrap_err().code(), Code::NoSuchArchive);
    server.set_mood(Mood::Full);
    fs::remove_file(&there).unwrap();
    let refused = shelf.copy(&destination).await.unwrap_err();
    assert_eq!(refused.code(), Code::StorageFull);
}

#[test]
fn the_book_knows_what_waits_and_what_failed() {
    let shelf = Shelf::new();
    let now = "2026-11-26T12:00:00Z".parse().unwrap();
    let mut book = PlaceBook::open(&shelf.library).unwrap();
    let address = PlaceAddress::Folder("/mnt/disk".into());
    let place = book.add(address.clone(), now).unwrap().clone();
    assert_eq!(book.add(address, now).unwrap_err().code(), Code::Usage);
    let entries = shelf.library.list().unwrap();
    book.note_failed(place.id, "no_such_storage").unwrap();
    book.note_failed(place.id, "no_such_storage").unwrap();
    let book = PlaceBook::open(&shelf.library).unwrap();
    let status = &book.statuses(&entries)[0];
    assert_eq!((status.waiting_count, status.failures), (1, 2));
    assert_eq!(
        status.waiting_since,
        entries[0].summary().map(|one| one.snapshot_time)
    );

    let mut book = PlaceBook::open(&shelf.library).unwrap();
    let copied = Copied {
        name: "one.snapback".to_owned(),
        blake3: "0".repeat(64),
        at: now,
        about: About::of(&entries[0]).map(Box::new),
    };
    let id = entries[0].summary().unwrap().id;
    book.note_copied(place.id, id, copied).unwrap();
    let status = &PlaceBook::open(&shelf.library).unwrap().statuses(&entries)[0];
    assert_eq!(
        (status.copied_count, status.waiting_count, status.failures),
        (1, 0, 0)
    );
    // What the library has is not said to lie elsewhere; what it has lost is, with what is known of it.
    assert_eq!(book.elsewhere(&entries), []);
    let lost = book.elsewhere(&[]);
    let (there, about) = (&lost[0], lost[0].copied.about.as_deref().unwrap());
    assert_eq!((there.place.number, there.id), (place.number, id));
    let summary = entries[0].summary().unwrap();
    assert_eq!(
        (&about.company, about.row_count),
        (&summary.company, summary.row_count)
    );
    book.remove(place.number).unwrap();
    assert!(PlaceBook::open(&shelf.library).unwrap().places().is_empty());
}
