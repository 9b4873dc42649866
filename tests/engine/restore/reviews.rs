//! Keep, Revert and what survives in between: other computers, lost answers, missing files, rights.

use serde_json::json;
use snapback_engine::company::Actor;
use snapback_engine::library::Library;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, RestoreRights, SafetyPlace, Settled, state};
use snapback_engine::{CancelToken, Code, company};
use snapback_testkit::{Fingerprint, TestRole, postgres_major};

use crate::restore::workshop::{Workshop, actor, members};

const DAMAGE: &str = "UPDATE public.product SET price = price + 1 WHERE \"companyId\" = 'acme'";

async fn restored() -> (Workshop, std::path::PathBuf, Fingerprint) {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let damaged = workshop.own().await;
    workshop.restore(&backup.archive.path).await;
    (workshop, backup.archive.path, damaged)
}

#[tokio::test]
async fn a_review_says_who_restored_what_and_where_the_safety_snapshot_lies() {
    let (workshop, _, _) = restored().await;
    let status = restore::review_status(&mut workshop.open().await, &workshop.library)
        .await
        .unwrap();
    let review = status.open.unwrap();
    assert_eq!(
        (review.os_user.as_str(), review.host.as_str()),
        ("tester", "bench")
    );
    assert!(std::path::Path::new(&review.safety_path).exists());
    let changed: u64 = review.counts.values().map(|counts| counts.changed).sum();
    assert_eq!(changed, 25);
}

#[tokio::test]
async fn keep_leaves_the_safety_snapshot_and_closes_the_review() {
    let (workshop, _, _) = restored().await;
    let review = restore::keep(
        &mut workshop.open().await,
        &workshop.library,
        &actor(),
        &Silent,
    )
    .await
    .unwrap();
    assert!(std::path::Path::new(&review.safety_path).exists());
    let error = restore::keep(
        &mut workshop.open().await,
        &workshop.library,
        &actor(),
        &Silent,
    )
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::NoReview);
    let actions = workshop
        .database
        .value("SELECT string_agg(action, ' ' ORDER BY number) FROM snapback.audit")
        .await;
    assert_eq!(actions.as_deref(), Some("restore keep"));
    assert!(workshop.library.state_names().unwrap().is_empty());
}

#[tokio::test]
async fn a_review_whose_safety_snapshot_is_gone_for_good_can_be_kept_and_the_audit_says_so() {
    let (workshop, _, _) = restored().await;
    let mut opened = workshop.open().await;
    let status = restore::review_status(&mut opened, &workshop.library).await;
    let review = status.unwrap().open.unwrap();
    let place = |actor: &Actor| SafetyPlace::of(&review, actor);
    assert_eq!(place(&actor()), SafetyPlace::Here);
    let elsewhere = Actor {
        host: "another".to_owned(),
        ..actor()
    };
    assert_eq!(place(&elsewhere), SafetyPlace::Elsewhere);
    std::fs::remove_file(&review.safety_path).unwrap();
    assert_eq!(place(&actor()), SafetyPlace::Gone);
    let kept =
        restore::keep_without_safety(&mut opened, &workshop.library, &actor(), &Silent).await;
    assert_eq!(kept.unwrap().id, review.id);
    let said = "SELECT details ->> 'safety_snapshot' FROM snapback.audit WHERE action = 'keep'";
    assert_eq!(workshop.database.value(said).await.as_deref(), Some("gone"));
}

#[tokio::test]
async fn a_review_that_another_computer_closed_is_open_nowhere() {
    let (workshop, _, _) = restored().await;
    let mut opened = workshop.open().await;
    let open = restore::open_reviews(&mut opened.session).await.unwrap();
    assert_eq!(open.keys().collect::<Vec<_>>(), ["acme"]);
    // Another computer's library has no note of this restore to forget; this one's keeps it.
    let folder = tempfile::tempdir().unwrap();
    let other = Library::open(&folder.path().join("library")).unwrap();
    restore::keep(&mut workshop.open().await, &other, &actor(), &Silent)
        .await
        .unwrap();
    let open = restore::open_reviews(&mut opened.session).await.unwrap();
    assert!(open.is_empty());
}

#[tokio::test]
async fn a_revert_needs_no_further_word_while_nobody_has_written() {
    let (workshop, _, damaged) = restored().await;
    let mut options = workshop.options();
    options.confirmation = restore::Confirmation::None;
    workshop.try_revert(&options).await.unwrap();
    assert_eq!(workshop.own().await, damaged);
}

#[tokio::test]
async fn a_revert_that_would_lose_what_was_written_since_says_where_and_asks() {
    let (workshop, _, damaged) = restored().await;
    workshop
        .database
        .run("INSERT INTO public.product VALUES ('acme', 'P-since', 1)")
        .await;
    let mut options = workshop.options();
    let cancel = CancelToken::new();
    let made = restore::revert_plan(
        &mut workshop.open().await,
        &workshop.library,
        None,
        &options,
        &Silent,
        &cancel,
    )
    .await;
    let (plan, since) = made.unwrap().completed().unwrap();
    assert_eq!(
        since
            .iter()
            .map(|table| table.name.as_str())
            .collect::<Vec<_>>(),
        ["product"]
    );
    assert_eq!(plan.totals.extra, 1);
    options.confirmation = restore::Confirmation::None;
    let error = workshop.try_revert(&options).await.unwrap_err();
    assert_eq!(error.code(), Code::NotConfirmed);
    workshop.revert().await;
    assert_eq!(workshop.own().await, damaged);
}

#[tokio::test]
async fn a_revert_from_another_computer_takes_the_right_file_and_no_other() {
    let (workshop, backup, damaged) = restored().await;
    let mut options = workshop.options();
    options.actor.host = "another".to_owned();
    let cancel = CancelToken::new();
    let error = restore::revert(
        &mut workshop.open().await,
        &workshop.library,
        None,
        &options,
        &Silent,
        &cancel,
    )
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::NoSuchArchive);
    assert!(error.hint_text().unwrap().contains("--safety"));
    let given = Some(backup.as_path());
    let error = restore::revert(
        &mut workshop.open().await,
        &workshop.library,
        given,
        &options,
        &Silent,
        &cancel,
    )
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::ArchiveDamaged);
    let status = restore::review_status(&mut workshop.open().await, &workshop.library)
        .await
        .unwrap();
    let safety = std::path::PathBuf::from(status.open.unwrap().safety_path);
    let given = Some(safety.as_path());
    restore::revert(
        &mut workshop.open().await,
        &workshop.library,
        given,
        &options,
        &Silent,
        &cancel,
    )
    .await
    .unwrap()
    .completed()
    .unwrap();
    assert_eq!(workshop.own().await, damaged);
}

#[tokio::test]
async fn a_revert_that_failed_can_be_tried_again() {
    let (workshop, _, damaged) = restored().await;
    workshop
        .database
        .run("ALTER TABLE public.product ADD CONSTRAINT cheap CHECK (price < 5) NOT VALID")
        .await;
    let error = workshop.try_revert(&workshop.options()).await.unwrap_err();
    assert_eq!(error.code(), Code::NotRestorable);
    workshop
        .database
        .run("ALTER TABLE public.product DROP CONSTRAINT cheap")
        .await;
    workshop.revert().await;
    assert_eq!(workshop.own().await, damaged);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_settled_by_asking_the_server() {
    let (workshop, backup, _) = restored().await;
    let review = restore::review_status(&mut workshop.open().await, &workshop.library)
        .await
        .unwrap()
        .open
        .unwrap();
    let committed = workshop
        .database
        .value("SELECT xmin FROM snapback.review")
        .await
        .unwrap();
    let journal = |transaction: &str, review: &str| {
        json!({
            "database": workshop.database.settings().target(), "company_id": "acme", "review": review, "transaction_id": transaction,
            "safety_path": "safety", "source_path": backup
        })
    };
    let id = review.id.to_string();
    workshop
        .library
        .write_state(&format!("commit-{id}"), &journal(&committed, &id))
        .unwrap();
    let status = restore::review_status(&mut workshop.open().await, &workshop.library)
        .await
        .unwrap();
    assert_eq!(status.settled, [Settled::Committed]);
    let mut session = workshop.database.connect().await;
    sqlx::raw_sql("BEGIN").execute(&mut session).await.unwrap();
    let aborted: String = sqlx::query_scalar("SELECT pg_current_xact_id()::text")
        .fetch_one(&mut session)
        .await
        .unwrap();
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut session)
        .await
        .unwrap();
    let other = "0190c2b4-0000-7000-8000-000000000000";
    workshop
        .library
        .write_state(&format!("commit-{other}"), &journal(&aborted, other))
        .unwrap();
    let status = restore::review_status(&mut workshop.open().await, &workshop.library)
        .await
        .unwrap();
    assert_eq!(status.settled, [Settled::RolledBack]);
    assert!(status.open.is_some());
}

/// The rights of a role that restores without being superuser.
async fn restorer(workshop: &mut Workshop) -> TestRole {
    let role = workshop.database.role("restorer", "BYPASSRLS").await;
    let sql = format!(
        "GRANT USAGE ON SCHEMA public TO \"{0}\"; GRANT ALL ON ALL TABLES IN SCHEMA public TO \"{0}\";
         GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO \"{0}\";",
        role.name
    );
    workshop.database.run(&sql).await;
    role
}

#[tokio::test]
async fn a_role_with_a_granted_setting_restores_and_one_without_is_told_what_is_missing() {
    if postgres_major().await < 15 {
        // The setting cannot be granted there.
        return;
    }
    let mut workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let (own, role) = (workshop.own().await, restorer(&mut workshop).await);
    let reader =
        std::sync::Arc::new(snapback_engine::archive::Reader::open(&backup.archive.path).unwrap());
    let target = workshop.target(workshop.database.settings_as(&role));
    let cancel = CancelToken::new();
    let attempt = async || {
        let mut opened = company::open(&target, "acme").await.unwrap();
        restore::run(
            &mut opened,
            &reader,
            &workshop.library,
            &workshop.options(),
            &Silent,
            &cancel,
        )
        .await
    };
    let error = attempt().await.unwrap_err();
    assert_eq!(error.code(), Code::MissingRight);
    workshop
        .database
        .run(&format!(
            "GRANT SET ON PARAMETER session_replication_role TO \"{}\"",
            role.name
        ))
        .await;
    let error = attempt().await.unwrap_err();
    assert_eq!(error.code(), Code::MissingRight);
    assert!(
        error.message().contains("schema snapback"),
        "{}",
        error.message()
    );
    assert_eq!(workshop.own().await, own);
    let database = workshop.database.value("current_database()").await.unwrap();
    workshop
        .database
        .run(&format!(
            "GRANT CREATE ON DATABASE {database} TO \"{}\"",
            role.name
        ))
        .await;
    attempt().await.unwrap().completed().unwrap();
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
}

#[tokio::test]
async fn a_role_that_may_not_use_what_another_one_made_is_told_where_the_line_is_that_lets_it() {
    let (mut workshop, _, _) = restored().await;
    let role = restorer(&mut workshop).await;
    let target = workshop.target(workshop.database.settings_as(&role));
    let mut opened = company::open(&target, "acme").await.unwrap();
    let error = restore::review_status(&mut opened, &workshop.library)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::MissingRight);
    assert!(error.hint_text().unwrap().contains("snapback test"));
    let rights = RestoreRights::read(&mut opened).await.unwrap();
    let lines: Vec<_> = rights.missing.iter().map(|one| &one.remedy).collect();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("GRANT USAGE ON SCHEMA snapback")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn uninstalling_waits_for_an_open_review_and_then_leaves_nothing() {
    let (workshop, _, _) = restored().await;
    let mut opened = workshop.open().await;
    let error = state::uninstall(&mut opened.session).await.unwrap_err();
    assert_eq!(error.code(), Code::ReviewOpen);
    workshop.keep().await;
    assert!(state::uninstall(&mut opened.session).await.unwrap());
    assert!(!state::uninstall(&mut opened.session).await.unwrap());
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'snapback'";
    assert_eq!(workshop.database.value(left).await.as_deref(), Some("0"));
}
