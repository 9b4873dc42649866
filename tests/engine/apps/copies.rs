//! New companies of applications that Snapback knows nothing about.

use std::path::Path;
use std::sync::Arc;

use snapback_engine::CancelToken;
use snapback_engine::archive::Reader;
use snapback_engine::new_company::{self, NewOptions, NewReport};
use snapback_engine::reporter::Silent;
use snapback_testkit::{App, HELPDESK, RENTAL};

use crate::apps::desk::{Desk, actor};
use crate::apps::roles::by_owner;

async fn copy(desk: &Desk, archive: &Path) -> NewReport {
    let reader = Arc::new(Reader::open(archive).unwrap());
    let cancel = CancelToken::new();
    let options = NewOptions::new(
        actor(),
        "A practice company",
        jiff::Timestamp::UNIX_EPOCH,
        tempfile::env::temp_dir(),
    );
    let target = desk.target();
    let plan = new_company::plan(&target, &reader, options, &Silent, &cancel);
    let plan = Box::pin(plan).await.unwrap().completed().unwrap();
    let made = new_company::run(plan, &Silent, &cancel);
    Box::pin(made).await.unwrap().completed().unwrap()
}

/// The copy has as many rows of each table, but for those that must have a secret; the source is as it was.
pub(crate) async fn is_copied(desk: Desk, secret_tables: &[&str]) -> Desk {
    let before = desk.database.app_company(desk.app).await;
    let archive = Box::pin(desk.create()).await.archive.path;
    let report = Box::pin(copy(&desk, &archive)).await;
    let source = Reader::open(&archive).unwrap();
    let copied = Box::pin(desk.create_of("A practice company")).await;
    let copy = Reader::open(&copied.archive.path).unwrap();
    for entry in &source.manifest().tables {
        let there = copy.manifest().table(&entry.table);
        let there = there.map_or(0, |there| there.row_count);
        let expected = match secret_tables.contains(&entry.table.name.as_str()) {
            true => 0,
            false => entry.row_count,
        };
        assert_eq!(there, expected, "{}", entry.table);
    }
    assert!(report.row_count > 0);
    before.assert_same(&desk.database.app_company(desk.app).await);
    desk
}

async fn by_superuser(app: &'static App, secret_tables: &[&str]) {
    is_copied(Desk::of(app).await, secret_tables).await;
}

#[tokio::test]
async fn a_help_desk_with_uuid_keys_is_copied() {
    by_superuser(&HELPDESK, &[]).await;
}

#[tokio::test]
async fn a_rental_with_integer_keys_is_copied() {
    by_superuser(&RENTAL, &["users"]).await;
}

#[tokio::test]
async fn a_help_desk_is_copied_by_the_owner_of_its_tables() {
    is_copied(by_owner(&HELPDESK).await, &[]).await;
}

#[tokio::test]
async fn a_rental_is_copied_by_the_owner_of_its_tables() {
    is_copied(by_owner(&RENTAL).await, &["users"]).await;
}
