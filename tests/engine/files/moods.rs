//! A service that is slow, full, or stands still while files are restored: a clear end, nothing lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use snapback_engine::archive::Reader;
use snapback_engine::reporter::{Counters, Phase, Reporter, Silent, Step, Warning};
use snapback_engine::restore;
use snapback_engine::{CancelToken, Code};
use snapback_testkit::Mood;

use crate::files::shop::{Kind, Shop, attributes, content_of, file};

impl Shop {
    fn mood(&self, mood: Mood) {
        self.depot.server.as_ref().unwrap().set_mood(mood);
    }

    /// A file is written over, one is lost, and one has come.
    async fn upset(&self) {
        self.overwrite("acme/invoice.pdf", b"another invoice").await;
        self.remove("acme/models/bracket.stl").await;
        self.upload("acme/added.txt", b"made since").await;
    }
}

/// Puts the service into a mood as soon as a step is taken.
struct At<'a> {
    step: Step,
    shop: &'a Shop,
    mood: Mood,
}

impl Reporter for At<'_> {
    fn phase(&self, _: Phase, _: Option<u64>, _: Arc<Counters>) {}
    fn warning(&self, _: Warning) {}
    fn step(&self, step: Step) {
        if step == self.step {
            self.shop.mood(self.mood.clone());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_hangs_or_is_full_before_the_commit_changes_nothing() {
    let shop = Shop::new(Kind::S3).await;
    let made = shop.create().await;
    shop.upset().await;
    let (damaged, rows) = (shop.files().await, shop.rows().await);
    for (mood, code) in [
        (Mood::Hangs, Code::StorageUnreachable),
        (Mood::Full, Code::StorageFull),
    ] {
        shop.mood(mood.clone());
        let begun = Instant::now();
        let failed = shop
            .try_restore(&made.archive.path, &shop.options())
            .await
            .unwrap_err();
        assert_eq!(failed.code(), code, "{mood:?}");
        assert!(begun.elapsed() < Duration::from_secs(60), "{mood:?}");
        shop.mood(Mood::Well);
        assert_eq!(shop.files().await, damaged, "{mood:?}");
        assert_eq!(shop.rows().await, rows, "{mood:?}");
        assert_eq!(shop.library.list().unwrap().len(), 1, "{mood:?}");
    }
    shop.restore(&made.archive.path).await;
    assert!(shop.nothing_waits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_hangs_after_the_commit_is_gone_on_with_later() {
    let shop = Shop::new(Kind::S3).await;
    let made = shop.create().await;
    let before = shop.files().await;
    shop.upset().await;
    let reader = Arc::new(Reader::open(&made.archive.path).unwrap());
    let hanging = At {
        step: Step::Committed,
        shop: &shop,
        mood: Mood::Hangs,
    };
    let (mut opened, options, cancel) = (shop.open().await, shop.options(), CancelToken::new());
    let library = &shop.library;
    let report = restore::run(&mut opened, &reader, library, &options, &hanging, &cancel)
        .await
        .unwrap()
        .completed()
        .unwrap();
    let problems = report.files.unwrap().problems;
    assert_eq!(problems[0].code, "files_not_switched", "{problems:?}");
    let status = shop.status().await;
    let store = Arc::clone(&shop.depot.store);
    assert_eq!(status.waiting.unwrap().storage, store.address());
    assert_eq!(status.files.unwrap().replaced.len(), 1);
    shop.mood(Mood::Well);
    let left = restore::finish_files(&mut shop.open().await, &store, &Silent).await;
    assert_eq!(left.unwrap(), []);
    assert_eq!(shop.files().await, before);
    assert_eq!(shop.status().await.waiting, None);
    assert!(shop.nothing_waits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_service_takes_its_time_and_gives_every_byte() {
    let shop = Shop::new(Kind::S3).await;
    let made = shop.create().await;
    let before = shop.files().await;
    shop.upset().await;
    let damaged = shop.files().await;
    shop.mood(Mood::Slow(Duration::from_millis(300)));
    let again = shop.create().await;
    assert_eq!(again.manifest.files.unwrap().len(), 3);
    shop.restore(&made.archive.path).await;
    assert_eq!(shop.files().await, before);
    shop.revert().await;
    assert_eq!(shop.files().await, damaged);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_a_service_does_not_copy_by_itself_are_carried_over() {
    let shop = Shop::new(Kind::S3).await;
    let made = shop.create().await;
    let before = shop.files().await;
    shop.upset().await;
    let damaged = shop.files().await;
    shop.mood(Mood::CopiesNothing);
    shop.restore(&made.archive.path).await;
    assert_eq!(shop.files().await, before);
    let store = shop.depot.store.as_ref();
    let name = file("acme/invoice.pdf");
    let found = store.look(&name, None).await.unwrap().unwrap();
    assert_eq!(content_of(store, &found).await.unwrap().1, attributes());
    shop.revert().await;
    assert_eq!(shop.files().await, damaged);
    assert!(shop.nothing_waits().await);
}
