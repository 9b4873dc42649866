//! One application's database with a library, and the steps of the main job on its first company.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use snapback_engine::archive::Reader;
use snapback_engine::company::{self, Actor, Opened, Target};
use snapback_engine::library::Library;
use snapback_engine::model::Profile;
use snapback_engine::pg::Settings;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{
    self, Confirmation, Plan, RestoreOptions, RestoreReport, Selection,
};
use snapback_engine::snapshot::{self, CreateOptions, CreateReport};
use snapback_engine::{CancelToken, Result, profile};
use snapback_testkit::{App, TestDatabase};

pub(crate) struct Desk {
    pub(crate) app: &'static App,
    pub(crate) database: TestDatabase,
    pub(crate) library: Library,
    profile: Profile,
    settings: Settings,
    /// Goes with the test, and the library in it.
    _folder: tempfile::TempDir,
}

impl Desk {
    /// The application, read by its own profile or the one that is proposed for it, as superuser.
    pub(crate) async fn of(app: &'static App) -> Self {
        let database = TestDatabase::app(app).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = database.settings();
        let profile = match profile::built_in(app.name) {
            Some(built_in) => built_in,
            // What a person uses is the text.
            None => {
                let text = company::propose(&settings).await.unwrap().to_text();
                profile::parse(&text).unwrap()
            }
        };
        Self {
            app,
            profile,
            library: Library::open(&folder.path().join("library")).unwrap(),
            database,
            settings,
            _folder: folder,
        }
    }

    /// The same by the rights of that role from here on.
    pub(crate) fn by(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    pub(crate) fn target(&self) -> Target {
        Target {
            settings: self.settings.clone(),
            profile: self.profile.clone(),
            acting_as: None,
            catalogs: None,
        }
    }

    pub(crate) async fn open(&self) -> Opened {
        company::open(&self.target(), self.app.company)
            .await
            .unwrap()
    }

    pub(crate) async fn create(&self) -> CreateReport {
        self.create_of(self.app.company).await
    }

    /// Backs up the company of that name.
    pub(crate) async fn create_of(&self, company: &str) -> CreateReport {
        let mut opened = company::open(&self.target(), company).await.unwrap();
        let now = later();
        let target = self
            .library
            .new_archive_path(opened.company(), now, None)
            .unwrap();
        let options = CreateOptions::new(target, actor(), now);
        let cancel = CancelToken::new();
        let created = snapshot::create(&mut opened, &self.library, options, &Silent, &cancel);
        Box::pin(created).await.unwrap().completed().unwrap()
    }

    pub(crate) fn options(&self) -> RestoreOptions {
        let spool = self.library.spool_folder().to_owned();
        let mut options = RestoreOptions::new(actor(), later(), spool);
        options.confirmation = Confirmation::Everything;
        options
    }

    pub(crate) async fn plan(&self, archive: &Path) -> Plan {
        let reader = Arc::new(Reader::open(archive).unwrap());
        let cancel = CancelToken::new();
        let mut opened = self.open().await;
        let options = self.options();
        let plan = restore::plan(&mut opened, &reader, &options, &Silent, &cancel);
        Box::pin(plan).await.unwrap().completed().unwrap()
    }

    pub(crate) async fn restore(&self, archive: &Path) -> RestoreReport {
        self.try_restore(archive).await.unwrap()
    }

    pub(crate) async fn try_restore(&self, archive: &Path) -> Result<RestoreReport> {
        let reader = Arc::new(Reader::open(archive).unwrap());
        let cancel = CancelToken::new();
        let mut opened = self.open().await;
        let options = self.options();
        let library = &self.library;
        let restored = restore::run(&mut opened, &reader, library, &options, &Silent, &cancel);
        Box::pin(restored).await?.completed()
    }

    /// Takes those rows back.
    pub(crate) async fn take(&self, archive: &Path, selection: &Selection) -> RestoreReport {
        let reader = Arc::new(Reader::open(archive).unwrap());
        let (rows, cancel) = ((&reader, selection), CancelToken::new());
        let mut opened = self.open().await;
        let (library, options) = (&self.library, self.options());
        let taken = restore::run_picked(&mut opened, rows, library, &options, &Silent, &cancel);
        Box::pin(taken).await.unwrap().completed().unwrap()
    }

    pub(crate) async fn revert(&self) -> RestoreReport {
        let cancel = CancelToken::new();
        let mut opened = self.open().await;
        let options = self.options();
        let library = &self.library;
        let reverted = restore::revert(&mut opened, library, None, &options, &Silent, &cancel);
        Box::pin(reverted).await.unwrap().completed().unwrap()
    }

    pub(crate) async fn keep(&self) {
        let mut opened = self.open().await;
        let actor = actor();
        let kept = restore::keep(&mut opened, &self.library, &actor, &Silent);
        Box::pin(kept).await.unwrap();
    }
}

/// A time that never repeats, as each archive's name holds one.
fn later() -> Timestamp {
    static SECONDS: AtomicI64 = AtomicI64::new(1_790_000_000);
    Timestamp::from_second(SECONDS.fetch_add(1, Ordering::Relaxed)).unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor {
        os_user: "tester".to_owned(),
        host: "bench".to_owned(),
        app_user: None,
    }
}

/// The data members of an archive, by name, with their rows and hashes.
pub(crate) fn members(archive: &Path) -> Vec<(String, u64, String)> {
    let reader = Reader::open(archive).unwrap();
    let tables = reader.manifest().tables.iter();
    let mut members: Vec<_> = tables
        .map(|entry| {
            (
                entry.table.to_string(),
                entry.row_count,
                entry.blake3.clone(),
            )
        })
        .collect();
    members.sort();
    members
}
