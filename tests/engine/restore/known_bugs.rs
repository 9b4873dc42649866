//! What went wrong elsewhere with backups and restores of companies, each with a test; those with copies are
//! in `new_company/known_bugs.rs`.

use std::time::Duration;

use snapback_engine::Code;
use snapback_engine::difference::Verdict;
use snapback_engine::pg::Session;

use crate::restore::workshop::{Workshop, archives, members};

#[tokio::test]
async fn parents_with_composite_keys_and_rows_that_all_companies_share_are_no_gaps() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    assert!(backup.manifest.skipped_rows.is_empty());
    assert!(backup.crossings.is_empty());
    let plan = workshop.plan(&backup.archive.path).await;
    assert_eq!((plan.verdict, plan.findings.len()), (Verdict::Ready, 0));
}

#[tokio::test]
async fn rows_that_go_are_counted_and_not_the_references_that_lead_to_them() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    // Four rows with a dozen references among them.
    workshop
        .database
        .run(
            "INSERT INTO public.customer (id, \"companyId\", name, \"parentId\", \"paymentTermId\", \"updatedBy\")
                VALUES ('acme-new', 'acme', 'New', 'acme-c1', 'acme-net7', 'u1');
             INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\") VALUES (9001, 'acme', 'acme-new');
             INSERT INTO public.\"orderLine\" VALUES (9001, 1, 'acme', 'P-1', 1), (9001, 2, 'acme', 'P-1', 1)",
        )
        .await;
    let plan = workshop.plan(&backup).await;
    assert_eq!(plan.totals.differing(), 4);
    let report = workshop.restore(&backup).await;
    assert_eq!(report.totals.differing(), 4);
}

#[tokio::test]
async fn a_restore_that_is_tried_again_keeps_the_state_before_the_first_try() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    workshop
        .database
        .run("DELETE FROM public.\"order\" WHERE \"companyId\" = 'acme'; UPDATE public.customer SET name = name || '!' WHERE \"companyId\" = 'acme'")
        .await;
    let damaged = workshop.own().await;
    let before = members(&workshop.create().await.archive.path);
    let there = archives(workshop.library.folder()).len();
    // Somebody is writing, so that the first try ends after its safety snapshot was made.
    let mut writer = Session::open(&workshop.database.settings()).await.unwrap();
    writer.begin_read_committed().await.unwrap();
    writer
        .run("LOCK TABLE public.customer IN ROW EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut options = workshop.options();
    options.lock_patience = Duration::from_millis(50);
    let refused = workshop.try_restore(&backup, &options).await.unwrap_err();
    assert_eq!(refused.code(), Code::LockNotHad);
    writer.rollback().await.unwrap();
    writer.close().await;
    damaged.assert_same(&workshop.own().await);
    // What did not take place leaves no snapshot that somebody could take for the one of the restore.
    assert_eq!(archives(workshop.library.folder()).len(), there);
    let report = workshop.restore(&backup).await;
    assert_eq!(members(&report.safety.unwrap().path), before);
    workshop.revert().await;
    damaged.assert_same(&workshop.own().await);
}
