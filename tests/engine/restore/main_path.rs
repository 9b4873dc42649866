//! The main job from end to end, with the canary around every step.

use snapback_engine::Code;
use snapback_engine::difference::Verdict;
use snapback_engine::restore::Confirmation;

use crate::restore::workshop::{Workshop, members};

/// A bad import: prices, a deleted customer with all that hung on it, a new one, and a swap of names.
pub(crate) const DAMAGE: &str = "
    UPDATE public.product SET price = price * 100 WHERE \"companyId\" = 'acme' AND code < 'P-2';
    DELETE FROM public.customer WHERE id = 'acme-c7';
    INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-new', 'acme', 'Customer 7');
    INSERT INTO public.\"order\" (\"companyId\", \"customerId\", note) VALUES ('acme', 'acme-new', 'made since');
    INSERT INTO public.forecast (\"companyId\", \"orderId\")
        SELECT 'acme', id FROM public.\"order\" WHERE note = 'made since';
    UPDATE public.customer SET name = 'parked' WHERE id = 'acme-c1';
    UPDATE public.customer SET name = 'Customer 1' WHERE id = 'acme-c2';
    UPDATE public.customer SET name = 'Customer 2' WHERE id = 'acme-c1';
    INSERT INTO public.journal VALUES ('acme', '{\"a\": 1}', 10), ('acme', '{\"a\": 2}', 11);
    UPDATE public.\"orderLine\" SET quantity = 2.0 WHERE quantity = 2 AND \"companyId\" = 'acme';";

#[tokio::test]
async fn a_restored_company_is_what_it_was_and_others_never_change() {
    let workshop = Workshop::new().await;
    let (before, others) = (workshop.own().await, workshop.canary().await);
    let backup = workshop.create().await;
    assert_eq!(workshop.canary().await, others);
    workshop.database.run(DAMAGE).await;
    let others = workshop.canary().await;
    assert_ne!(workshop.own().await, before);

    let plan = workshop.plan(&backup.archive.path).await;
    assert_eq!(plan.verdict, Verdict::RestorableWithChanges);
    assert!(plan.loses_something());
    assert_eq!(workshop.canary().await, others);

    let report = workshop.restore(&backup.archive.path).await;
    assert!(report.review.is_some());
    assert_eq!(report.totals, plan.totals);
    assert_eq!(workshop.canary().await, others);
    let forecast = workshop
        .database
        .value("SELECT count(*) FROM public.forecast WHERE \"companyId\" = 'acme'")
        .await;
    let again = workshop.create().await;
    assert_eq!(members(&again.archive.path), members(&backup.archive.path));
    // What planning made for the order that went has gone along.
    assert_eq!(forecast.as_deref(), Some("24"));
}

#[tokio::test]
async fn a_revert_brings_back_every_row_and_every_secret() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    workshop.database.run("UPDATE public.customer SET \"portalToken\" = 'a secret made since' WHERE id = 'acme-new'").await;
    workshop.database.run("DELETE FROM public.forecast WHERE \"orderId\" IN (SELECT id FROM public.\"order\" WHERE note = 'made since')").await;
    let (damaged, others) = (workshop.own().await, workshop.canary().await);
    workshop.restore(&backup.archive.path).await;
    assert_ne!(workshop.own().await, damaged);
    let report = workshop.revert().await;
    assert_eq!(workshop.own().await, damaged);
    assert_eq!(workshop.canary().await, others);
    assert_eq!(report.review, None);
    assert_eq!(
        workshop
            .database
            .value("SELECT count(*) FROM snapback.held")
            .await
            .as_deref(),
        Some("0")
    );
    assert_eq!(
        workshop
            .database
            .value("SELECT string_agg(state, ',') FROM snapback.review")
            .await
            .as_deref(),
        Some("reverted")
    );
}

#[tokio::test]
async fn nothing_differs_right_after_a_backup() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let plan = workshop.plan(&backup.archive.path).await;
    assert_eq!(
        (plan.verdict, plan.totals.differing(), plan.tables.len()),
        (Verdict::Ready, 0, 0)
    );
    let report = workshop.restore(&backup.archive.path).await;
    assert!(report.review.is_none() && report.safety.is_none());
}

#[tokio::test]
async fn a_second_restore_waits_for_keep_or_revert() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    workshop.restore(&backup.archive.path).await;
    let error = workshop
        .try_restore(&backup.archive.path, &workshop.options())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ReviewOpen);
    workshop.keep().await;
    let report = workshop.restore(&backup.archive.path).await;
    assert_eq!(report.totals.differing(), 0);
}

#[tokio::test]
async fn a_restore_that_loses_rows_needs_a_yes() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let before = workshop.own().await;
    let mut options = workshop.options();
    options.confirmation = Confirmation::None;
    let error = workshop
        .try_restore(&backup.archive.path, &options)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::NotConfirmed);
    assert_eq!(workshop.own().await, before);
}

#[tokio::test]
async fn a_plan_that_was_confirmed_is_not_another_one() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let plan = workshop.plan(&backup.archive.path).await;
    let mut options = workshop.options();
    options.confirmation = Confirmation::Plan(plan.digest.clone());
    workshop
        .database
        .run("UPDATE public.product SET price = 1 WHERE \"companyId\" = 'acme' AND code = 'P-9'")
        .await;
    let error = workshop
        .try_restore(&backup.archive.path, &options)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ChangedMeanwhile);
    options.confirmation = Confirmation::Plan(workshop.plan(&backup.archive.path).await.digest);
    workshop
        .try_restore(&backup.archive.path, &options)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_emptied_company_comes_back_whole() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let others = workshop.canary().await;
    workshop
        .database
        .run(
            "ALTER TABLE public.journal DISABLE TRIGGER immutable;
             DELETE FROM public.journal WHERE \"companyId\" = 'acme'; ALTER TABLE public.journal ENABLE TRIGGER immutable;
             DELETE FROM public.customer WHERE \"companyId\" = 'acme'; DELETE FROM public.product WHERE \"companyId\" = 'acme';
             DELETE FROM public.\"paymentTerm\" WHERE \"companyId\" = 'acme'; TRUNCATE public.fired",
        )
        .await;
    let report = workshop.restore(&backup.archive.path).await;
    assert_eq!(report.totals.missing, backup.manifest.row_count - 2);
    assert_eq!(workshop.canary().await, others);
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
}
