//! Other people at work: writers during a restore, locks, lost connections.

use std::sync::Arc;
use std::time::Duration;

use snapback_engine::archive::Reader;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, HoldWriters};
use snapback_engine::{CancelToken, Code, Error, snapshot};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::restore::workshop::{Way, Workshop, archives, members};

const DAMAGE: &str = "UPDATE public.product SET price = price + 1 WHERE \"companyId\" = 'acme';
    DELETE FROM public.\"order\" WHERE \"companyId\" = 'acme' AND id < 20";

/// Waits until a session of Snapback waits for a lock in the middle of applying.
pub(crate) async fn wait_until_applying(workshop: &Workshop) -> String {
    for _ in 0..400 {
        let waiting = "(SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
                       AND application_name LIKE 'snapback%' LIMIT 1)";
        if let Some(pid) = workshop.database.value(waiting).await {
            return pid;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no session of Snapback waits for a lock");
}

#[tokio::test]
async fn a_backend_that_is_killed_while_applying_leaves_the_old_company() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let (own, others) = (workshop.own().await, workshop.canary().await);
    let mut other = workshop.database.connect().await;
    let mut holding = other.begin().await.unwrap();
    holding
        .execute("SELECT 1 FROM public.product WHERE \"companyId\" = 'acme' FOR UPDATE")
        .await
        .unwrap();
    let options = workshop.options();
    let (restored, ()) = tokio::join!(
        workshop.try_restore(&backup.archive.path, &options),
        async {
            let pid = wait_until_applying(&workshop).await;
            workshop
                .database
                .value(&format!("pg_terminate_backend({pid})"))
                .await;
        }
    );
    assert_eq!(restored.unwrap_err().code(), Code::ConnectionLost);
    holding.rollback().await.unwrap();
    assert_eq!(
        (workshop.own().await, workshop.canary().await),
        (own, others)
    );
    assert_eq!(
        archives(workshop.library.folder()),
        std::slice::from_ref(&backup.archive.path)
    );
    workshop.restore(&backup.archive.path).await;
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
}

#[tokio::test]
async fn a_lock_that_others_keep_is_given_up_in_time_and_nobody_waits() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let own = workshop.own().await;
    let mut other = workshop.database.connect().await;
    let mut writing = other.begin().await.unwrap();
    writing
        .execute("UPDATE public.product SET price = 1 WHERE \"companyId\" = 'bolt'")
        .await
        .unwrap();
    let mut options = workshop.options();
    options.lock_patience = Duration::from_millis(300);
    let error = workshop
        .try_restore(&backup.archive.path, &options)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::LockNotHad);
    assert!(error.code().is_retryable());
    writing.rollback().await.unwrap();
    assert_eq!(workshop.own().await, own);
    workshop.restore(&backup.archive.path).await;
}

#[tokio::test]
async fn a_restore_waits_in_no_line_for_a_long_transaction_of_another_company() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let mut other = workshop.database.connect().await;
    let mut long = other.begin().await.unwrap();
    long.execute(
        "UPDATE public.product SET price = 7 WHERE \"companyId\" = 'bolt' AND code = 'P-1'",
    )
    .await
    .unwrap();
    let options = workshop.options();
    let (restored, ()) = tokio::join!(
        workshop.try_restore_beside_writers(&backup.archive.path, &options),
        async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            // A third writer of the same table is never held up behind the restore's lock.
            let third = "SET lock_timeout = '1s'; UPDATE public.product SET price = 8 WHERE \"companyId\" = 'bolt' AND code = 'P-2'";
            workshop.database.run(third).await;
            long.commit().await.unwrap();
        }
    );
    restored.unwrap();
    let prices = "SELECT string_agg(price::text, ' ' ORDER BY code) FROM public.product WHERE \"companyId\" = 'bolt' AND code IN ('P-1', 'P-2')";
    assert_eq!(
        workshop.database.value(prices).await.as_deref(),
        Some("7 8")
    );
}

#[tokio::test]
async fn what_others_write_during_a_restore_is_never_lost() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let done = std::sync::atomic::AtomicBool::new(false);
    let options = workshop.options();
    let (restored, written) = tokio::join!(
        async {
            let restored = workshop.try_restore(&backup.archive.path, &options).await;
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            restored
        },
        async {
            let mut session = workshop.database.connect().await;
            let mut written = Vec::new();
            let mut number = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                number += 1;
                let sql = format!(
                    "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-w{number}', 'acme', 'Written {number}')"
                );
                if session.execute(AssertSqlSafe(sql)).await.is_ok() {
                    written.push(format!("acme-w{number}"));
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            written
        }
    );
    assert!(!written.is_empty());
    // Each is still in place, or in the safety snapshot, or the restore has refused.
    let Ok(report) = restored else { return };
    let live = workshop
        .database
        .value("SELECT string_agg(id, ' ') FROM public.customer WHERE id LIKE 'acme-w%'")
        .await
        .unwrap_or_default();
    let reader = snapback_engine::archive::Reader::open(&report.safety.unwrap().path).unwrap();
    let mut rows = reader
        .rows(&snapback_engine::model::TableName::new(
            "public", "customer",
        ))
        .unwrap();
    let mut saved = String::new();
    while let Some(row) = rows.next_row().unwrap() {
        saved.push_str(&String::from_utf8_lossy(row));
        saved.push('\n');
    }
    for id in written {
        assert!(
            live.split(' ').any(|found| found == id) || saved.contains(&format!("{id}\t")),
            "{id} was lost"
        );
    }
}

#[tokio::test]
async fn writers_held_from_the_start_are_held_and_let_go() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let mut options = workshop.options();
    options.hold_writers = HoldWriters::FromTheStart;
    workshop
        .try_restore(&backup.archive.path, &options)
        .await
        .unwrap();
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
    workshop
        .database
        .run("SET lock_timeout = '1s'; UPDATE public.product SET price = 2 WHERE code = 'P-2'")
        .await;
}

#[tokio::test]
async fn two_restores_of_one_company_do_not_run_side_by_side() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let options = workshop.options();
    let (first, second) = tokio::join!(
        workshop.try_restore(&backup.archive.path, &options),
        workshop.try_restore(&backup.archive.path, &options)
    );
    let codes: Vec<Code> = [first, second]
        .into_iter()
        .filter_map(Result::err)
        .map(|error: Error| error.code())
        .collect();
    assert!(
        matches!(codes.as_slice(), [Code::CompanyBusy | Code::ReviewOpen]),
        "{codes:?}"
    );
    assert_eq!(
        workshop
            .database
            .value("SELECT count(*) FROM snapback.review")
            .await
            .as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn a_schema_that_changes_under_way_is_noticed_and_nothing_is_done() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let (mut creating, mut restoring) = (workshop.open().await, workshop.open().await);
    workshop
        .database
        .run("ALTER TABLE public.product ADD colour text")
        .await;
    let own = workshop.own().await;
    let options = workshop.create_options(&creating);
    let cancel = CancelToken::new();
    let created =
        snapshot::create(&mut creating, &workshop.library, options, &Silent, &cancel).await;
    assert_eq!(created.unwrap_err().code(), Code::SchemaChanged);
    let reader = Arc::new(Reader::open(&backup.archive.path).unwrap());
    let options = workshop.options();
    let restored = restore::run(
        &mut restoring,
        &reader,
        &workshop.library,
        &options,
        &Silent,
        &cancel,
    )
    .await;
    assert_eq!(restored.unwrap_err().code(), Code::SchemaChanged);
    assert_eq!(workshop.own().await, own);
    assert_eq!(archives(workshop.library.folder()).len(), 1);
}

#[tokio::test]
async fn keys_that_others_took_while_the_company_was_empty_refuse_the_restore_by_name() {
    for way in Way::ALL {
        let workshop = Workshop::by(way, "").await;
        let backup = workshop.create().await;
        workshop
            .database
            .run(
                "DELETE FROM public.customer WHERE \"companyId\" = 'acme';
                 INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-c7', 'bolt', 'Taken')",
            )
            .await;
        let (own, others) = (workshop.own().await, workshop.canary().await);
        let refused = workshop
            .try_restore(&backup.archive.path, &workshop.options())
            .await
            .unwrap_err();
        let fact = |key: &str| refused.context().get(key).map(String::as_str);
        assert_eq!(
            (refused.code(), fact("finding"), fact("finding_count")),
            (Code::NotRestorable, Some("key_held_elsewhere"), Some("1")),
            "{way:?}"
        );
        assert_eq!(
            (workshop.own().await, workshop.canary().await),
            (own, others)
        );
        assert_eq!(
            archives(workshop.library.folder()),
            std::slice::from_ref(&backup.archive.path)
        );
    }
}
