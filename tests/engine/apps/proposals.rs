//! What is proposed for the two applications, as the person reads it.

use std::collections::BTreeSet;

use snapback_engine::company;
use snapback_engine::model::NoticeKind;
use snapback_engine::profile;
use snapback_testkit::{App, HELPDESK, RENTAL, TestDatabase};

use crate::apps::desk::Desk;

async fn proposed(app: &App) -> String {
    let database = TestDatabase::app(app).await;
    let proposal = company::propose(&database.settings()).await.unwrap();
    let text = proposal.to_text();
    assert_eq!(profile::parse(&text).unwrap(), proposal.profile);
    // The profile is called after the database, which is called after the test.
    let database = &database.connection().database;
    text.replace(&database.replace('_', "-"), app.name)
        .replace(&database.replacen("test_", "Test ", 1), "(its title)")
}

#[tokio::test]
async fn the_proposal_for_a_help_desk_reads_like_this() {
    insta::assert_snapshot!("helpdesk", proposed(&HELPDESK).await);
}

#[tokio::test]
async fn the_proposal_for_a_rental_reads_like_this() {
    insta::assert_snapshot!("rental", proposed(&RENTAL).await);
}

#[tokio::test]
async fn every_table_has_a_place_and_none_holds_a_secret_that_is_not_known() {
    for app in [&HELPDESK, &RENTAL] {
        let opened = Desk::of(app).await.open().await;
        let kinds: BTreeSet<NoticeKind> = opened
            .scope
            .notices
            .iter()
            .map(|notice| notice.kind)
            .collect();
        assert_eq!(kinds, BTreeSet::new(), "{:?}", opened.scope.notices);
    }
}

#[tokio::test]
async fn no_value_of_a_row_is_in_a_proposal() {
    for app in [&HELPDESK, &RENTAL] {
        let text = proposed(app).await;
        for value in app
            .secrets
            .iter()
            .chain(&[app.company, "Weber", "example.com"])
        {
            assert!(!text.contains(value), "{value}");
        }
    }
}

#[tokio::test]
async fn a_role_that_may_read_the_catalog_alone_still_gets_a_proposal() {
    let mut database = TestDatabase::app(&HELPDESK).await;
    let role = database.role("looker", "").await;
    let proposal = company::propose(&database.settings_as(&role))
        .await
        .unwrap();
    assert_eq!(proposal.profile.company.table, "organizations");
    assert!(
        !proposal
            .profile
            .secret_columns
            .contains(&"customers.feed_state".to_owned())
    );
}
