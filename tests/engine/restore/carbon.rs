//! The main job on the demo: Carbon's 341 tables, three companies, the damage that people do.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use snapback_demo::{App, COMPANIES, Damage, damage};
use snapback_engine::archive::Reader;
use snapback_engine::company::{self, Opened, Target};
use snapback_engine::difference::Verdict;
use snapback_engine::library::Library;
use snapback_engine::model::TableName;
use snapback_engine::pg::Settings;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, Confirmation, Plan, RestoreOptions, RestoreReport};
use snapback_engine::snapshot::{self, CreateOptions, CreateReport};
use snapback_engine::{CancelToken, profile};
use snapback_testkit::{Role, TestDatabase};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use crate::restore::workshop::{actor, later, members};

pub(crate) struct Carbon {
    pub(crate) database: TestDatabase,
    pub(crate) library: Library,
    /// As whom the engine works.
    settings: Settings,
    pub(crate) company: &'static str,
    _folder: tempfile::TempDir,
}

impl Carbon {
    pub(crate) async fn with(company: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library")).unwrap();
        let database = TestDatabase::demo().await;
        Self {
            settings: database.settings(),
            database,
            library,
            company: COMPANIES[company].id,
            _folder: folder,
        }
    }

    /// The same, where the engine works as one of the demo's roles.
    async fn by(role: Role, company: usize) -> Self {
        let mut carbon = Self::with(company).await;
        let database = carbon.database.value("current_database()").await.unwrap();
        let grant = format!(
            "GRANT CREATE ON DATABASE {database} TO {}",
            role.name(App::Carbon)
        );
        carbon.database.run(&grant).await;
        carbon.settings = carbon.database.settings_as_demo_role(role);
        carbon
    }

    pub(crate) async fn open(&self) -> Opened {
        let target = Target {
            settings: self.settings.clone(),
            profile: profile::built_in("carbon").unwrap(),
            acting_as: None,
            catalogs: None,
        };
        company::open(&target, self.company).await.unwrap()
    }

    pub(crate) async fn create(&self) -> CreateReport {
        let mut opened = self.open().await;
        let now = later();
        let target = self
            .library
            .new_archive_path(opened.company(), now, None)
            .unwrap();
        let options = CreateOptions::new(target, actor(), now);
        snapshot::create(
            &mut opened,
            &self.library,
            options,
            &Silent,
            &CancelToken::new(),
        )
        .await
        .unwrap()
        .completed()
        .unwrap()
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
        restore::plan(
            &mut self.open().await,
            &reader,
            &self.options(),
            &Silent,
            &cancel,
        )
        .await
        .unwrap()
        .completed()
        .unwrap()
    }

    async fn restore(&self, archive: &Path) -> RestoreReport {
        let reader = Arc::new(Reader::open(archive).unwrap());
        let cancel = CancelToken::new();
        let restored = restore::run(
            &mut self.open().await,
            &reader,
            &self.library,
            &self.options(),
            &Silent,
            &cancel,
        )
        .await;
        restored.unwrap().completed().unwrap()
    }

    pub(crate) async fn revert(&self) -> RestoreReport {
        let cancel = CancelToken::new();
        let reverted = restore::revert(
            &mut self.open().await,
            &self.library,
            None,
            &self.options(),
            &Silent,
            &cancel,
        )
        .await;
        reverted.unwrap().completed().unwrap()
    }

    async fn damage(&self, damage: Damage) {
        let mut url = self.database.connection().options();
        url = url.application_name("the application");
        damage::inflict(&url, App::Carbon, damage, self.company)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_damaged_company_of_carbon_is_restored_reverted_and_restored_again() {
    let carbon = Carbon::with(0).await;
    let (before, others) = (
        carbon.database.company_fingerprint(carbon.company).await,
        carbon.database.canary(carbon.company).await,
    );
    let backup = carbon.create().await;
    assert!(backup.manifest.row_count > 20_000);
    others.assert_same(&carbon.database.canary(carbon.company).await);
    carbon.damage(Damage::Friday).await;
    let damaged = carbon.database.company_fingerprint(carbon.company).await;
    others.assert_same(&carbon.database.canary(carbon.company).await);

    let plan = carbon.plan(&backup.archive.path).await;
    assert_ne!(plan.verdict, Verdict::NotRestorable, "{:#?}", plan.findings);
    let report = carbon.restore(&backup.archive.path).await;
    assert_eq!(report.totals, plan.totals);
    // The one trigger that nothing silences is said before it fires.
    assert!(
        plan.findings
            .iter()
            .any(|finding| finding.code == "trigger_fires")
    );
    before.assert_same(&carbon.database.company_fingerprint(carbon.company).await);
    others.assert_same(&carbon.database.canary(carbon.company).await);

    carbon.revert().await;
    damaged.assert_same(&carbon.database.company_fingerprint(carbon.company).await);
    others.assert_same(&carbon.database.canary(carbon.company).await);

    carbon.restore(&backup.archive.path).await;
    restore::keep(&mut carbon.open().await, &carbon.library, &actor(), &Silent)
        .await
        .unwrap();
    before.assert_same(&carbon.database.company_fingerprint(carbon.company).await);
    others.assert_same(&carbon.database.canary(carbon.company).await);
    assert_eq!(
        members(&carbon.create().await.archive.path),
        members(&backup.archive.path)
    );
}

/// Without superuser, to the bytes that the archives hold: those of a superuser's restore.
async fn restored_and_reverted_by(role: Role, company: usize, damage: Damage) {
    let carbon = Carbon::by(role, company).await;
    let others = carbon.database.canary(carbon.company).await;
    let backup = carbon.create().await;
    carbon.damage(damage).await;
    let damaged = carbon.database.company_fingerprint(carbon.company).await;
    let safety = carbon.restore(&backup.archive.path).await.safety.unwrap();
    others.assert_same(&carbon.database.canary(carbon.company).await);
    assert_eq!(
        members(&carbon.create().await.archive.path),
        members(&backup.archive.path)
    );
    carbon.revert().await;
    others.assert_same(&carbon.database.canary(carbon.company).await);
    damaged.assert_same(&carbon.database.company_fingerprint(carbon.company).await);
    assert_eq!(
        members(&carbon.create().await.archive.path),
        members(&safety.path)
    );
}

#[tokio::test]
async fn an_owner_restores_and_reverts_a_company_of_carbon_to_the_same_bytes() {
    restored_and_reverted_by(Role::Owner, 0, Damage::Friday).await;
    // The one company that is alone in its group, so that the group's rows are written too.
    restored_and_reverted_by(Role::Owner, 2, Damage::PriceImport).await;
}

#[tokio::test]
async fn a_role_that_may_silence_triggers_restores_and_reverts_a_company_of_carbon() {
    restored_and_reverted_by(Role::Restorer, 0, Damage::Friday).await;
}

#[tokio::test]
async fn each_damage_is_undone_for_each_company() {
    for (number, kind) in [
        (1, Damage::CustomerMerge),
        (2, Damage::OrderCleanup),
        (2, Damage::PriceImport),
    ] {
        let carbon = Carbon::with(number).await;
        let backup = carbon.create().await;
        carbon.damage(kind).await;
        let others = carbon.database.canary(carbon.company).await;
        carbon.restore(&backup.archive.path).await;
        others.assert_same(&carbon.database.canary(carbon.company).await);
        assert_eq!(
            members(&carbon.create().await.archive.path),
            members(&backup.archive.path)
        );
    }
}

/// What somebody of another company commits, one order after the other, until told to stop; how often.
async fn write(mut session: PgConnection, company: &'static str, stop: Arc<AtomicBool>) -> u32 {
    let mut written = 0;
    while !stop.load(Ordering::Relaxed) {
        let next = written + 1;
        let sql = format!(
            "UPDATE public.\"salesOrder\" SET \"customerReference\" = 'write {next}'
              WHERE id = (SELECT min(id) FROM public.\"salesOrder\" WHERE \"companyId\" = '{company}')"
        );
        session.execute(AssertSqlSafe(sql)).await.unwrap();
        written = next;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    written
}

/// The company has more tables than a transaction has room for locks by itself.
#[tokio::test(flavor = "multi_thread")]
async fn people_of_another_company_write_while_one_of_carbon_is_restored() {
    let carbon = Carbon::with(0).await;
    let backup = carbon.create().await;
    carbon.damage(Damage::Friday).await;
    let stop = Arc::new(AtomicBool::new(false));
    let session = carbon.database.connect().await;
    let other = COMPANIES[1].id;
    let writing = tokio::spawn(write(session, other, Arc::clone(&stop)));
    let report = carbon.restore(&backup.archive.path).await;
    stop.store(true, Ordering::Relaxed);
    let written = writing.await.expect("nobody is made to fail");
    let orders = TableName::new("public", "salesOrder");
    let counts = report.counts[&orders];
    assert!(counts.missing + counts.changed > 0, "{counts:?}");
    let found = format!(
        "SELECT \"customerReference\" FROM public.\"salesOrder\" WHERE \"companyId\" = '{other}' ORDER BY id LIMIT 1"
    );
    assert_eq!(
        carbon.database.value(&found).await,
        Some(format!("write {written}"))
    );
    assert_eq!(
        members(&carbon.create().await.archive.path),
        members(&backup.archive.path)
    );
    let state =
        "SELECT (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()) || ' '
        || current_setting('max_locks_per_transaction')";
    assert_eq!(carbon.database.value(state).await.as_deref(), Some("0 64"));
}

#[tokio::test]
async fn no_table_of_the_main_company_is_missing_from_its_backup() {
    let carbon = Carbon::with(0).await;
    let backup = carbon.create().await;
    let empty: Vec<_> = backup
        .manifest
        .tables
        .iter()
        .filter(|entry| entry.row_count == 0)
        .map(|entry| entry.table.name.clone())
        .collect();
    assert!(empty.is_empty(), "{empty:?}");
    let contents = snapshot::contents(&mut carbon.open().await).await.unwrap();
    assert_eq!(contents.row_count, backup.manifest.row_count);
    let other = contents
        .areas
        .iter()
        .find(|area| area.name == "other")
        .unwrap();
    assert!(
        other.row_count * 20 < contents.row_count,
        "other holds {} of {}",
        other.row_count,
        contents.row_count
    );
}

#[tokio::test]
async fn group_rows_are_restored_only_where_the_company_is_alone() {
    for (number, restored) in [(0, false), (2, true)] {
        let carbon = Carbon::with(number).await;
        let backup = carbon.create().await;
        let group = COMPANIES[number].group_id;
        carbon
            .database
            .run(&format!("SET session_replication_role = replica; UPDATE public.account SET name = name || ' (renamed)' WHERE \"companyGroupId\" = '{group}'"))
            .await;
        let plan = carbon.plan(&backup.archive.path).await;
        let account = plan
            .tables
            .iter()
            .find(|planned| planned.table.name == "account")
            .unwrap();
        assert_eq!(account.is_written, restored);
        carbon.restore(&backup.archive.path).await;
        let renamed = format!(
            "SELECT count(*) > 0 FROM public.account WHERE \"companyGroupId\" = '{group}' AND name LIKE '%(renamed)'"
        );
        assert_eq!(
            carbon.database.value(&renamed).await.as_deref(),
            Some(if restored { "false" } else { "true" })
        );
    }
}
