//! A new company with files: they lie under its own key, with its own ids in their names.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use snapback_engine::archive::Reader;
use snapback_engine::files::{FileName, Place, Store};
use snapback_engine::model::SafeCopyRule;
use snapback_engine::new_company::{self, AddressChoice, IdChoice, NewOptions, NewPlan, NewReport};
use snapback_engine::reporter::{Counters, Phase, Reporter, Silent, Step, Warning};
use snapback_engine::{CancelToken, Code, Result, company, restore};
use tokio::sync::Notify;

use crate::files::faults::{Fault, Faulty};
use crate::files::shop::{Kind, Shop, actor, later};

/// The id of a row, which stands in the name of a file too.
const MODEL: &str = "cq9f3k7m2hk8s1t5n4dg";

impl Shop {
    async fn plan_copy(&self, archive: &Path, options: NewOptions) -> Result<NewPlan> {
        let reader = Arc::new(Reader::open(archive)?);
        let cancel = CancelToken::new();
        new_company::plan(&self.target(), &reader, options, &Silent, &cancel)
            .await?
            .completed()
    }

    async fn copy(&self, archive: &Path, store: &Arc<dyn Store>) -> Result<NewReport> {
        self.copy_as(archive, copy_of(store)).await
    }

    async fn copy_as(&self, archive: &Path, options: NewOptions) -> Result<NewReport> {
        let plan = self.plan_copy(archive, options).await?;
        new_company::run(plan, &Silent, &CancelToken::new())
            .await?
            .completed()
    }

    /// How many companies there are.
    async fn companies(&self) -> String {
        let sql = "SELECT count(*) FROM public.company";
        self.database.value(sql).await.unwrap()
    }

    /// The names of a company's files that its rows say.
    async fn named(&self, company: &str) -> BTreeSet<FileName> {
        let sql = format!(
            "SELECT string_agg(substr(path, 10), ',') FROM public.document WHERE \"companyId\" = '{company}'"
        );
        let named = self.database.value(&sql).await.unwrap();
        let keys = named.split(',');
        keys.map(|key| FileName::new("private", key)).collect()
    }
}

/// Tells when a step is reached.
struct Until {
    step: Step,
    reached: Notify,
}

impl Reporter for Until {
    fn phase(&self, _: Phase, _: Option<u64>, _: Arc<Counters>) {}
    fn warning(&self, _: Warning) {}

    fn step(&self, step: Step) {
        if step == self.step {
            self.reached.notify_one();
        }
    }
}

fn copy_of(store: &Arc<dyn Store>) -> NewOptions {
    let mut options = NewOptions::new(actor(), "Acme Two", later(), tempfile::env::temp_dir());
    options.files = Some(Arc::clone(store));
    options
}

#[tokio::test]
async fn a_new_company_gets_its_files_under_its_own_ids() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let model = format!("acme/models/{MODEL}.stl");
        shop.upload(&model, b"solid bracket").await;
        shop.database
            .run(&format!(
                "INSERT INTO public.document (id, \"companyId\", path) VALUES ('{MODEL}', 'acme', '/preview/{model}')"
            ))
            .await;
        let archive = shop.create().await.archive.path;
        let source = (shop.files().await, shop.files_of("bolt/").await);

        // Where it fails before the commit nothing is there, neither rows nor files.
        let faults: &[Fault] = match kind {
            Kind::Folder => &[Fault::StageRefused, Fault::StageFailsAfterWriting],
            Kind::Supabase | Kind::S3 => &[],
        };
        for fault in faults.iter().copied() {
            let faulty = Faulty::store(&shop.depot.store, fault);
            let failed = shop.copy(&archive, &faulty).await.unwrap_err();
            assert_eq!(
                failed.code(),
                Code::StorageUnreachable,
                "{kind:?} {fault:?}"
            );
            assert_eq!(shop.companies().await, "2", "{kind:?} {fault:?}");
        }

        let plan = shop
            .plan_copy(&archive, copy_of(&shop.depot.store))
            .await
            .unwrap();
        let (count, bytes) = plan.carried_files.unwrap();
        assert_eq!((count, bytes), (4, 300_024), "{kind:?}");
        let made = new_company::run(plan, &Silent, &CancelToken::new()).await;
        let made = made.unwrap().completed().unwrap();
        let id = made.company.id.as_str();
        let told = made.files.unwrap();
        assert_eq!((told.added, told.byte_count), (4, 300_024), "{kind:?}");
        let copied = shop.files_of(&format!("{id}/")).await;
        let contents = |files: &std::collections::BTreeMap<FileName, Vec<u8>>| {
            files.values().cloned().collect::<BTreeSet<_>>()
        };
        assert_eq!(contents(&copied), contents(&source.0), "{kind:?}");
        let names: BTreeSet<FileName> = copied.into_keys().collect();
        assert!(
            names.iter().all(|name| !name.key.contains(MODEL)),
            "{names:?}"
        );
        assert_eq!(shop.named(id).await, names, "{kind:?}");
        assert_eq!((shop.files().await, shop.files_of("bolt/").await), source);
        assert_eq!(shop.work_left().await, "0", "{kind:?}");
        assert!(shop.nothing_waits().await, "{kind:?}");
    }
}

#[tokio::test]
async fn files_that_could_not_be_switched_are_switched_by_the_next_who_comes() {
    let shop = Shop::new(Kind::Folder).await;
    let archive = shop.create().await.archive.path;
    let faulty = Faulty::store(&shop.depot.store, Fault::SwitchRefused);
    let made = shop.copy(&archive, &faulty).await.unwrap();
    assert_eq!(made.files.unwrap().problems[0].code, "files_not_switched");
    let mut opened = company::open(&shop.target(), made.company.id.as_str())
        .await
        .unwrap();
    let pending = restore::pending_files(&mut opened).await.unwrap();
    assert_eq!(pending.unwrap().storage, shop.depot.store.address());
    let left = restore::finish_files(&mut opened, &shop.depot.store, &Silent).await;
    assert_eq!(left.unwrap(), []);
    let copied = shop.files_of(&format!("{}/", made.company.id)).await;
    assert_eq!(copied.len(), 3);
    assert_eq!(shop.work_left().await, "0");
}

#[tokio::test]
async fn what_waits_for_a_company_that_was_never_made_goes_with_the_next_and_not_before() {
    let shop = Shop::new(Kind::Folder).await;
    let archive = shop.create().await.archive.path;
    let store = &shop.depot.store;
    let plan = shop.plan_copy(&archive, copy_of(store)).await.unwrap();
    let place = Place {
        bucket: "private".to_owned(),
        prefix: format!("{}/", plan.company.id),
    };
    let waiting = async || store.left_over(&place).await.unwrap().len();
    let until = Until {
        step: Step::FilesStaged,
        reached: Notify::new(),
    };
    let cancel = CancelToken::new();
    let mut making = Box::pin(new_company::run(plan, &until, &cancel));
    tokio::select! {
        _ = &mut making => panic!("it was to be cut off"),
        () = until.reached.notified() => {}
    }
    assert_eq!((waiting().await, shop.companies().await.as_str()), (3, "2"));
    // One that is being made is nobody else's business.
    let mut beside = copy_of(store);
    beside.name = "Acme Beside".to_owned();
    shop.copy_as(&archive, beside).await.unwrap();
    assert_eq!((waiting().await, shop.companies().await.as_str()), (3, "3"));
    drop(making);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while shop.database.value(locks).await.as_deref() != Some("0") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shop.copy(&archive, store).await.unwrap();
    assert_eq!((waiting().await, shop.companies().await.as_str()), (0, "4"));
    assert_eq!(shop.work_left().await, "0");
}

#[tokio::test]
async fn files_that_cannot_be_carried_are_refused_or_told_before_anything_is_written() {
    let shop = Shop::new(Kind::Folder).await;
    let without = shop.create_without_files().await.archive.path;
    let none = shop.plan_copy(&without, copy_of(&shop.depot.store)).await;
    assert_eq!(none.err().unwrap().code(), Code::Usage);
    let archive = shop.create().await.archive.path;
    let mut safe = copy_of(&shop.depot.store);
    safe.addresses = AddressChoice::Mask;
    // The shop's profile does not know safe copies either; both are wrong usage.
    assert_eq!(
        shop.plan_copy(&archive, safe).await.err().unwrap().code(),
        Code::Usage
    );

    // In a safe copy are those alone that tell of nobody, and the others are told of.
    let safe_with = async |harmless: &[&str]| {
        let mut safe = copy_of(&shop.depot.store);
        safe.addresses = AddressChoice::Mask;
        let mut target = shop.target();
        let rule = target.profile.new_company.get_or_insert_default();
        rule.safe_copy = Some(SafeCopyRule {
            harmless_files: harmless.iter().map(|prefix| (*prefix).to_owned()).collect(),
            ..SafeCopyRule::default()
        });
        let reader = Arc::new(Reader::open(&archive).unwrap());
        let plan = new_company::plan(&target, &reader, safe, &Silent, &CancelToken::new()).await;
        let plan = plan.unwrap().completed().unwrap();
        let told = plan
            .findings
            .iter()
            .filter(|found| found.code == "files_not_safe");
        let told = told.map(|found| found.reason.clone()).next().unwrap();
        (plan.carried_files.map(|(count, _)| count), told)
    };
    let (carried, told) = safe_with(&["models/"]).await;
    assert_eq!(carried, Some(1));
    assert!(
        told.starts_with("2 of the uploaded files are not in a safe copy"),
        "{told}"
    );
    assert_eq!(safe_with(&[]).await.0, None);

    // A safety snapshot holds what its restore touched, and knows of the rest.
    shop.overwrite("acme/invoice.pdf", b"another invoice").await;
    let safety = shop.restore(&archive).await.safety.unwrap().path;
    let plan = shop.plan_copy(&safety, copy_of(&shop.depot.store)).await;
    let plan = plan.unwrap();
    let codes: Vec<&str> = plan.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"files_not_held"), "{codes:?}");
    assert_eq!(plan.carried_files.unwrap().0, 1);
    shop.keep().await.unwrap();
    assert_eq!(shop.companies().await, "2");
}

#[tokio::test]
async fn a_company_that_keeps_its_ids_elsewhere_keeps_the_names_of_its_files() {
    let (home, away) = (Shop::new(Kind::Folder).await, Shop::new(Kind::Folder).await);
    let archive = home.create().await.archive.path;
    let sql = "DELETE FROM public.document WHERE \"companyId\" = 'acme'; DELETE FROM public.company WHERE id = 'acme'";
    away.database.run(sql).await;
    let mut wanted = copy_of(&away.depot.store);
    wanted.ids = IdChoice::Keep;
    // Files of those names lie there still, and may be somebody's.
    let refused = away.plan_copy(&archive, wanted.clone()).await;
    assert_eq!(refused.err().unwrap().code(), Code::IdsTaken);
    for name in away.files().await.keys() {
        away.remove(&name.key).await;
    }
    let made = away.copy_as(&archive, wanted).await.unwrap();
    assert_eq!(made.company.id.as_str(), "acme");
    assert_eq!(away.files().await, home.files().await);
}

#[tokio::test]
async fn a_bucket_of_its_own_comes_with_the_company_where_others_have_one() {
    for kind in [Kind::Supabase, Kind::S3] {
        let shop = Shop::new(kind).await;
        let own = FileName::new("acme", "acme/own.txt");
        let version = shop.depot.put(&own, b"in a bucket of its own").await;
        let version = version.map_or("NULL".to_owned(), |version| format!("'{version}'"));
        shop.database
            .run(&format!(
                "INSERT INTO storage.objects (bucket_id, name, version) VALUES ('acme', 'acme/own.txt', {version})"
            ))
            .await;
        let archive = shop.create().await.archive.path;
        let store = &shop.depot.store;
        if kind == Kind::Supabase {
            // A folder without a row is no bucket there.
            let sql = "BEGIN; SET LOCAL storage.allow_delete_query = 'true';
                DELETE FROM storage.objects WHERE bucket_id = 'acme'; DELETE FROM storage.buckets WHERE id = 'acme'; COMMIT";
            shop.database.run(sql).await;
            let plan = shop.plan_copy(&archive, copy_of(store)).await.unwrap();
            let codes: Vec<&str> = plan.findings.iter().map(|finding| finding.code).collect();
            assert!(codes.contains(&"no_bucket"), "{codes:?}");
            assert_eq!(plan.carried_files.unwrap().0, 3);
            let sql = "INSERT INTO storage.buckets (id, name, file_size_limit) VALUES ('acme', 'acme', 50000000)";
            shop.database.run(sql).await;
        }
        let faulty = Faulty::store(store, Fault::StageFailsAfterWriting);
        shop.copy(&archive, &faulty).await.unwrap_err();
        let plan = shop.plan_copy(&archive, copy_of(store)).await.unwrap();
        let codes: BTreeSet<&str> = plan.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains("bucket_made"), "{kind:?} {codes:?}");
        // A service makes it with limits of its own, which is told.
        assert_eq!(
            codes.contains("bucket_limits"),
            kind == Kind::S3,
            "{kind:?} {codes:?}"
        );
        assert_eq!(plan.carried_files.unwrap().0, 4, "{kind:?}");
        let made = new_company::run(plan, &Silent, &CancelToken::new()).await;
        let made = made.unwrap().completed().unwrap();
        // Elsewhere whoever keeps the storage writes the rows that list its files.
        if kind == Kind::Supabase {
            assert_eq!(made.files.unwrap().problems, []);
        }
        let id = made.company.id.as_str();
        let sql =
            format!("SELECT name || ' ' || file_size_limit FROM storage.buckets WHERE id = '{id}'");
        let bucket = shop.database.value(&sql).await;
        assert_eq!(
            bucket.as_deref(),
            Some(format!("{id} 50000000").as_str()),
            "{kind:?}"
        );
        let place = Place {
            bucket: id.to_owned(),
            prefix: format!("{id}/"),
        };
        let listed = store.list(&place).await.unwrap();
        let names: Vec<FileName> = listed
            .iter()
            .flat_map(|listing| listing.files.iter().map(|file| file.name.clone()))
            .collect();
        assert_eq!(names, [FileName::new(id, format!("{id}/own.txt"))]);
        // Of the one that failed not even an empty bucket is left.
        let folder = std::fs::read_dir(&shop.depot.folder).unwrap();
        let buckets = folder.filter(|entry| entry.as_ref().unwrap().path().is_dir());
        assert_eq!(buckets.count(), 3, "{kind:?}");
    }
}
