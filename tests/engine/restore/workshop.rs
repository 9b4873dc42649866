//! A small application with two companies, a library, and the steps of the main job on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use snapback_engine::archive::Reader;
use snapback_engine::company::{self, Actor, Opened, Target};
use snapback_engine::library::Library;
use snapback_engine::pg::Settings;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{
    self, Confirmation, Plan, RestoreOptions, RestoreReport, Selection,
};
use snapback_engine::rows::SortSettings;
use snapback_engine::snapshot::{self, CreateOptions, CreateReport};
use snapback_engine::{CancelToken, Result, profile};
use snapback_testkit::{Fingerprint, TestDatabase, postgres_major};

use crate::restore::reach::acmes;

const SCHEMA: &str = include_str!("workshop.sql");
const PROFILE: &str = include_str!("workshop.toml");

/// By which rights a test restores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Superuser,
    ReplicaRole,
    Owner,
}

impl Way {
    pub(crate) const ALL: [Way; 3] = [Way::Superuser, Way::ReplicaRole, Way::Owner];
}

/// Gives every table, and every function as Supabase does, to the role.
const OWNED: &str = "DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO ROLE', t); END LOOP; END $$";

/// One test's database and library.
pub(crate) struct Workshop {
    pub(crate) database: TestDatabase,
    pub(crate) library: Library,
    /// As whom the engine works.
    settings: Settings,
    /// Goes with the test, and the library in it.
    _folder: tempfile::TempDir,
}

impl Workshop {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// The same, changed by that SQL.
    pub(crate) async fn with(sql: &str) -> Self {
        let database = TestDatabase::with_sql(SCHEMA).await;
        if !sql.is_empty() {
            database.run(sql).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library")).unwrap();
        Self {
            settings: database.settings(),
            database,
            library,
            _folder: folder,
        }
    }

    /// The same, where the engine works by those rights and no others.
    pub(crate) async fn by(way: Way, sql: &str) -> Self {
        let mut workshop = Self::with(sql).await;
        workshop.work_by(way).await;
        workshop
    }

    pub(crate) async fn work_by(&mut self, way: Way) {
        let way = match way {
            // Before version 15 nobody but a superuser may silence references.
            Way::ReplicaRole if postgres_major().await < 15 => Way::Superuser,
            way => way,
        };
        let (options, rights) = match way {
            Way::Superuser => {
                self.settings = self.database.settings();
                return;
            }
            Way::ReplicaRole => (
                "BYPASSRLS",
                "GRANT USAGE ON SCHEMA public TO ROLE; GRANT ALL ON ALL TABLES IN SCHEMA public TO ROLE;
                 GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ROLE; GRANT SET ON PARAMETER session_replication_role TO ROLE",
            ),
            Way::Owner => ("", OWNED),
        };
        let name = if way == Way::Owner {
            "owner"
        } else {
            "restorer"
        };
        let role = self.database.role(name, options).await;
        let database = self.database.value("current_database()").await.unwrap();
        let sql = format!("{rights}; GRANT CREATE ON DATABASE {database} TO ROLE");
        let quoted = format!("\"{}\"", role.name);
        self.database
            .run(&sql.replace("TO ROLE", &format!("TO {quoted}")))
            .await;
        self.settings = self.database.settings_as(&role);
    }

    pub(crate) fn target(&self, settings: Settings) -> Target {
        Target {
            settings,
            profile: profile::parse(PROFILE).unwrap(),
            acting_as: None,
            catalogs: None,
        }
    }

    pub(crate) async fn open(&self) -> Opened {
        company::open(&self.target(self.settings.clone()), "acme")
            .await
            .unwrap()
    }

    pub(crate) fn create_options(&self, opened: &Opened) -> CreateOptions {
        let now = later();
        let target = self
            .library
            .new_archive_path(opened.company(), now, None)
            .unwrap();
        CreateOptions::new(target, actor(), now)
    }

    pub(crate) async fn create(&self) -> CreateReport {
        self.try_create().await.unwrap()
    }

    pub(crate) async fn try_create(&self) -> Result<CreateReport> {
        self.watched(Box::pin(async {
            let mut opened = self.open().await;
            let options = self.create_options(&opened);
            snapshot::create(
                &mut opened,
                &self.library,
                options,
                &Silent,
                &CancelToken::new(),
            )
            .await?
            .completed()
        }))
        .await
    }

    pub(crate) fn options(&self) -> RestoreOptions {
        let mut options =
            RestoreOptions::new(actor(), later(), self.library.spool_folder().to_owned());
        options.confirmation = Confirmation::Everything;
        options
    }

    pub(crate) async fn plan(&self, archive: &Path) -> Plan {
        let reader = Arc::new(Reader::open(archive).unwrap());
        let cancel = CancelToken::new();
        let plan = restore::plan(
            &mut self.open().await,
            &reader,
            &self.options(),
            &Silent,
            &cancel,
        )
        .await;
        plan.unwrap().completed().unwrap()
    }

    /// What taking those rows of an archive back would do.
    pub(crate) async fn plan_picked(&self, archive: &Path, selection: &Selection) -> Result<Plan> {
        let reader = Arc::new(Reader::open(archive)?);
        let (mut opened, options) = (self.open().await, self.options());
        let cancel = CancelToken::new();
        restore::picked_plan(&mut opened, &reader, selection, &options, &Silent, &cancel)
            .await?
            .completed()
    }

    /// Takes those rows of an archive back.
    pub(crate) async fn take(
        &self,
        archive: &Path,
        selection: &Selection,
    ) -> Result<RestoreReport> {
        self.watched(Box::pin(async {
            let reader = Arc::new(Reader::open(archive)?);
            let (mut opened, options) = (self.open().await, self.options());
            let (rows, cancel) = ((&reader, selection), CancelToken::new());
            restore::run_picked(&mut opened, rows, &self.library, &options, &Silent, &cancel)
                .await?
                .completed()
        }))
        .await
    }

    pub(crate) async fn restore(&self, archive: &Path) -> RestoreReport {
        self.try_restore(archive, &self.options()).await.unwrap()
    }

    pub(crate) async fn try_restore(
        &self,
        archive: &Path,
        options: &RestoreOptions,
    ) -> Result<RestoreReport> {
        self.watched(Box::pin(self.try_restore_beside_writers(archive, options)))
            .await
    }

    /// The same without the canary: for a test in which other companies write meanwhile.
    pub(crate) async fn try_restore_beside_writers(
        &self,
        archive: &Path,
        options: &RestoreOptions,
    ) -> Result<RestoreReport> {
        let reader = Arc::new(Reader::open(archive)?);
        let cancel = CancelToken::new();
        restore::run(
            &mut self.open().await,
            &reader,
            &self.library,
            options,
            &Silent,
            &cancel,
        )
        .await?
        .completed()
    }

    /// Restores and keeps with every right, where the test's own role cannot.
    pub(crate) async fn restore_as_superuser(&self, archive: &Path, options: &RestoreOptions) {
        let target = self.target(self.database.settings());
        let mut opened = company::open(&target, "acme").await.unwrap();
        let reader = Arc::new(Reader::open(archive).unwrap());
        let cancel = CancelToken::new();
        let restored = restore::run(
            &mut opened,
            &reader,
            &self.library,
            options,
            &Silent,
            &cancel,
        );
        Box::pin(restored).await.unwrap().completed().unwrap();
        restore::keep(&mut opened, &self.library, &actor(), &Silent)
            .await
            .unwrap();
    }

    pub(crate) async fn revert(&self) -> RestoreReport {
        self.try_revert(&self.options()).await.unwrap()
    }

    pub(crate) async fn try_revert(&self, options: &RestoreOptions) -> Result<RestoreReport> {
        self.watched(Box::pin(async {
            let cancel = CancelToken::new();
            restore::revert(
                &mut self.open().await,
                &self.library,
                None,
                options,
                &Silent,
                &cancel,
            )
            .await?
            .completed()
        }))
        .await
    }

    pub(crate) async fn keep(&self) {
        self.watched(Box::pin(async {
            restore::keep(&mut self.open().await, &self.library, &actor(), &Silent)
                .await
                .unwrap();
        }))
        .await;
    }

    /// The fingerprint of every row that is Acme's and in the archive's reach.
    pub(crate) async fn own(&self) -> Fingerprint {
        self.database.fingerprint_within(acmes).await
    }

    /// The fingerprint of everything that is not.
    pub(crate) async fn canary(&self) -> Fingerprint {
        self.database.canary_beside(acmes).await
    }

    /// The secret of every customer that has an id.
    async fn secrets(&self) -> BTreeMap<String, Option<String>> {
        let sql = "(SELECT coalesce(jsonb_object_agg(r ->> 'id', r -> 'portalToken'), '{}')
            FROM (SELECT to_jsonb(c) AS r FROM public.customer AS c) AS found WHERE r ->> 'id' IS NOT NULL)";
        serde_json::from_str(&self.database.value(sql).await.unwrap()).unwrap()
    }

    /// Does that with the canary around it: whatever comes of it, nothing that is not Acme's changes, and no
    /// secret of a row that stays.
    pub(crate) async fn watched<T>(&self, work: impl Future<Output = T>) -> T {
        let (before, secrets) = (self.canary().await, self.secrets().await);
        let done = work.await;
        before.assert_same(&self.canary().await);
        for (id, secret) in self.secrets().await {
            let was = secrets.get(&id);
            assert!(was.is_none_or(|was| *was == secret), "the secret of {id}");
        }
        done
    }
}

/// A time that never repeats, as each archive's name holds one.
pub(crate) fn later() -> Timestamp {
    static SECONDS: AtomicI64 = AtomicI64::new(1_790_000_000);
    Timestamp::from_second(SECONDS.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// How rows are put in order where a test looks into an archive.
pub(crate) fn sort() -> SortSettings {
    SortSettings::new(1 << 20, env!("CARGO_TARGET_TMPDIR").into())
}

pub(crate) fn actor() -> Actor {
    Actor {
        os_user: "tester".to_owned(),
        host: "bench".to_owned(),
        app_user: None,
    }
}

/// The data members of an archive, by name.
pub(crate) fn members(archive: &Path) -> Vec<(String, u64, String)> {
    let reader = Reader::open(archive).unwrap();
    let tables = reader.manifest().tables.iter();
    tables
        .map(|entry| {
            (
                entry.table.to_string(),
                entry.row_count,
                entry.blake3.clone(),
            )
        })
        .collect()
}

pub(crate) fn archives(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "snapback")
        })
        .collect()
}
