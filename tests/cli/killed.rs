//! The process killed without a warning: the database holds the old company or the restored one, and the
//! next start knows which.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use snapback_testkit::TestDatabase;
use sqlx::{Connection as _, Executor as _};

const SCHEMA: &str = include_str!("../engine/restore/workshop.sql");
const DAMAGE: &str = "UPDATE public.product SET price = price + 1 WHERE \"companyId\" = 'acme';
    DELETE FROM public.\"order\" WHERE \"companyId\" = 'acme' AND id < 20";
const PRODUCTS: &str =
    "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM public.product AS t";
const ORDERS: &str = "SELECT count(*) FROM public.\"order\"";

struct Shop {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Shop {
    async fn new() -> Self {
        Self {
            database: TestDatabase::with_sql(SCHEMA).await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    fn snapback(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
        let profile = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/engine/restore/workshop.toml"
        );
        command
            .args(arguments)
            .args(["--profile", profile, "--progress", "none"])
            .env("SNAPBACK_DATABASE_URL", self.database.url())
            .env("SNAPBACK_LIBRARY", self.library())
            .env("XDG_DATA_HOME", self.folder.path())
            .env("HOME", self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.snapback(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    async fn create(&self) -> String {
        let output = self.run(&["create", "--company", "acme"]).await;
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .last()
            .unwrap()
            .to_owned()
    }

    async fn state(&self) -> (Option<String>, Option<String>) {
        (
            self.database.value(PRODUCTS).await,
            self.database.value(ORDERS).await,
        )
    }

    /// Waits until so many sessions of Snapback are like that.
    async fn sessions(&self, condition: &str, wanted: impl Fn(u32) -> bool) {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'snapback%' AND {condition}"
        );
        for _ in 0..1_000 {
            let found = self.database.value(&sql).await.unwrap().parse().unwrap();
            if wanted(found) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("sessions of Snapback never came to be so: {condition}");
    }
}

fn files(folder: &Path, ending: &str) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .ends_with(ending)
        })
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_killed_while_applying_leaves_the_old_company_and_can_be_done_again() {
    let shop = Shop::new().await;
    let before = shop.state().await;
    let archive = shop.create().await;
    shop.database.run(DAMAGE).await;
    let damaged = shop.state().await;
    let mut other = shop.database.connect().await;
    let mut holding = other.begin().await.unwrap();
    holding
        .execute("SELECT 1 FROM public.product FOR UPDATE")
        .await
        .unwrap();
    let mut restoring = shop
        .snapback(&["restore", &archive, "--company", "acme", "--yes"])
        .spawn()
        .unwrap();
    shop.sessions("wait_event_type = 'Lock'", |found| found > 0)
        .await;
    restoring.kill().unwrap();
    restoring.wait().unwrap();
    holding.rollback().await.unwrap();
    shop.sessions("true", |found| found == 0).await;
    assert_eq!(shop.state().await, damaged);

    let review = shop.run(&["review", "--company", "acme"]).await;
    assert_eq!(
        review.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&review.stderr)
    );
    let again = shop
        .run(&["restore", &archive, "--company", "acme", "--yes"])
        .await;
    assert_eq!(
        again.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert_eq!(shop.state().await, before);
    let reverted = shop.run(&["revert", "--company", "acme", "--yes"]).await;
    assert_eq!(
        reverted.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&reverted.stderr)
    );
    assert_eq!(shop.state().await, damaged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_killed_at_any_moment_is_whole_or_not_at_all() {
    let shop = Shop::new().await;
    let before = shop.state().await;
    let archive = shop.create().await;
    for step in 0..8 {
        shop.database.run(DAMAGE).await;
        let damaged = shop.state().await;
        let mut restoring = shop
            .snapback(&["restore", &archive, "--company", "acme", "--yes"])
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(60 + 90 * step)).await;
        restoring.kill().unwrap();
        restoring.wait().unwrap();
        shop.sessions("true", |found| found == 0).await;
        let review = shop.run(&["review", "--company", "acme", "--json"]).await;
        assert_eq!(
            review.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&review.stderr)
        );
        let waits = shop
            .database
            .value("SELECT to_regclass('snapback.review') IS NOT NULL")
            .await
            .as_deref()
            == Some("true")
            && shop
                .database
                .value("SELECT count(*) FROM snapback.review WHERE state = 'open'")
                .await
                .as_deref()
                == Some("1");
        let expected = if waits { &before } else { &damaged };
        assert_eq!(shop.state().await, *expected);
        let next: &[&str] = if waits {
            &["keep", "--company", "acme"]
        } else {
            &["restore", &archive, "--company", "acme", "--yes"]
        };
        let done = shop.run(next).await;
        assert_eq!(
            done.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        if !waits {
            shop.run(&["keep", "--company", "acme"]).await;
        }
        assert_eq!(shop.state().await, before);
    }
    assert_eq!(shop.run(&["verify", &archive]).await.status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_killed_half_way_is_never_listed_as_good_and_leaves_no_spill_files() {
    let shop = Shop::new().await;
    shop.create().await;
    let mut other = shop.database.connect().await;
    let mut holding = other.begin().await.unwrap();
    // Whoever alters a table holds readers off, so the backup stands still with its file begun.
    holding
        .execute("LOCK TABLE public.membership IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut creating = shop
        .snapback(&["create", "--company", "acme"])
        .spawn()
        .unwrap();
    shop.sessions("wait_event_type = 'Lock'", |found| found > 0)
        .await;
    creating.kill().unwrap();
    creating.wait().unwrap();
    holding.rollback().await.unwrap();
    assert_eq!(files(&shop.library(), ".snapback"), 1);
    shop.create().await;
    assert_eq!(files(&shop.library(), ".snapback"), 2);
    let left = std::fs::read_dir(shop.library().join("spool")).unwrap();
    let left = left.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(left.count(), 0);
}
