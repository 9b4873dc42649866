//! The main job from end to end, with the canary around every step.

use snapback_engine::difference::Verdict;
use snapback_engine::snapshot;
use snapback_testkit::{App, HELPDESK, RENTAL};

use crate::apps::desk::{Desk, members};

/// Backs up, damages, looks, restores, keeps; damages again, restores and reverts.
pub(crate) async fn there_and_back(desk: Desk) {
    Box::pin(whole_way(desk)).await;
}

async fn whole_way(desk: Desk) {
    let app = desk.app;
    let canary = || desk.database.app_canary(app);
    let (before, others) = (
        desk.database.app_company_without_secrets(app).await,
        canary().await,
    );
    let backup = desk.create().await;
    others.assert_same(&canary().await);
    desk.database.damage_app(app).await;
    let (damaged, others) = (desk.database.app_company(app).await, canary().await);

    let plan = desk.plan(&backup.archive.path).await;
    assert_eq!(plan.verdict, Verdict::Ready, "{:?}", plan.findings);
    assert!(plan.loses_something());
    assert!(plan.totals.missing > 0 && plan.totals.changed > 0 && plan.totals.extra > 0);
    damaged.assert_same(&desk.database.app_company(app).await);

    let report = desk.restore(&backup.archive.path).await;
    assert_eq!(report.totals, plan.totals);
    before.assert_same(&desk.database.app_company_without_secrets(app).await);
    others.assert_same(&canary().await);
    let again = desk.create().await;
    assert_eq!(members(&again.archive.path), members(&backup.archive.path));

    desk.revert().await;
    damaged.assert_same(&desk.database.app_company(app).await);
    others.assert_same(&canary().await);

    desk.restore(&backup.archive.path).await;
    desk.keep().await;
    before.assert_same(&desk.database.app_company_without_secrets(app).await);
    others.assert_same(&canary().await);
}

/// Empties the company and brings it back.
pub(crate) async fn emptied_and_back(app: &'static App) {
    let desk = Desk::of(app).await;
    let before = desk.database.app_company_without_secrets(app).await;
    let backup = desk.create().await;
    desk.database.empty_app(app).await;
    assert_eq!(desk.database.app_company(app).await.row_count(), 0);
    let others = desk.database.app_canary(app).await;
    let report = desk.restore(&backup.archive.path).await;
    assert_eq!(report.totals.missing, before.row_count());
    before.assert_same(&desk.database.app_company_without_secrets(app).await);
    others.assert_same(&desk.database.app_canary(app).await);
    let again = desk.create().await;
    assert_eq!(members(&again.archive.path), members(&backup.archive.path));
}

#[tokio::test]
async fn a_help_desk_is_what_it_was_and_others_never_change() {
    there_and_back(Desk::of(&HELPDESK).await).await;
}

#[tokio::test]
async fn a_rental_is_what_it_was_and_others_never_change() {
    there_and_back(Desk::of(&RENTAL).await).await;
}

#[tokio::test]
async fn an_emptied_help_desk_comes_back_whole() {
    emptied_and_back(&HELPDESK).await;
}

#[tokio::test]
async fn an_emptied_rental_comes_back_whole() {
    emptied_and_back(&RENTAL).await;
}

#[tokio::test]
async fn contents_are_what_the_server_counts() {
    for app in [&HELPDESK, &RENTAL] {
        let desk = Desk::of(app).await;
        let contents = snapshot::contents(&mut desk.open().await).await.unwrap();
        let tables = contents.areas.iter().flat_map(|area| &area.tables);
        let mut counted: Vec<(String, u64)> = tables
            .map(|found| (found.table.name.clone(), found.row_count))
            .collect();
        counted.sort();
        let archived = [app.restored, app.kept].concat();
        assert_eq!(counted, desk.database.app_counts(app, &archived).await);
        let mut left_out: Vec<(String, u64)> = contents
            .excluded
            .iter()
            .map(|found| (found.table.name.clone(), found.row_count))
            .collect();
        left_out.sort();
        assert_eq!(left_out, desk.database.app_counts(app, app.left_out).await);
        let written = contents.areas.iter().flat_map(|area| &area.tables);
        let mut written: Vec<&str> = written
            .filter(|found| found.is_written)
            .map(|found| found.table.name.as_str())
            .collect();
        written.sort_unstable();
        let mut restored: Vec<&str> = app.restored.iter().map(|(table, _)| *table).collect();
        restored.sort_unstable();
        assert_eq!(written, restored);
    }
}

#[tokio::test]
async fn a_company_without_a_group_is_backed_up_beside_those_that_have_one() {
    static ALONE: App = App {
        company: "Kowalski Meble",
        ..HELPDESK
    };
    there_and_back(Desk::of(&ALONE).await).await;
}

#[tokio::test]
async fn no_secret_is_anywhere_in_a_backup() {
    for app in [&HELPDESK, &RENTAL] {
        let desk = Desk::of(app).await;
        let backup = desk.create().await;
        let packed = std::fs::File::open(&backup.archive.path).unwrap();
        let unpacked = zstd::decode_all(packed).unwrap();
        for secret in app.secrets {
            let found = memchr::memmem::find(&unpacked, secret.as_bytes());
            assert_eq!(found, None, "{secret}");
        }
    }
}
