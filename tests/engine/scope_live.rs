//! Carbon's scope on a live database of Carbon's shape: what the server says of checks, types and
//! keys instead of what the facts say.

use std::collections::BTreeSet;

use snapback_engine::model::{Company, CompanyId, NoticeKind, Schema, TableName};
use snapback_engine::pg::Session;
use snapback_engine::scope::{self, Membership};
use snapback_engine::{catalog, profile};
use snapback_testkit::TestDatabase;
use tokio::sync::OnceCell;

use crate::carbon_schema::carbon_schema;

const ROLES: &str = include_str!("../../src-tauri/demo/carbon/schema/01-roles.sql");
const CARBON: &str = concat!(
    include_str!("../../src-tauri/demo/carbon/schema/02-platform.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/03-enums.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/04-tables.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/05-company-tables.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/06-keys.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/07-references.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/08-triggers.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/09-security.sql"),
    include_str!("../../src-tauri/demo/carbon/schema/10-views.sql"),
);

/// Read once: the roles of the platform belong to the whole server, so two loads would race.
static LIVE: OnceCell<Schema> = OnceCell::const_new();

async fn live_schema() -> &'static Schema {
    LIVE.get_or_init(|| async {
        // By themselves: what is granted of the server's own settings is locked until the end of a transaction.
        let database = TestDatabase::with_sql(ROLES).await;
        database.run(CARBON).await;
        let mut session = Session::open(&database.settings()).await.unwrap();
        let schema = catalog::read(&mut session, &["public".to_owned()])
            .await
            .unwrap();
        session.close().await;
        schema
    })
    .await
}

fn company() -> Company {
    Company {
        id: CompanyId::new("c1"),
        name: "One".to_owned(),
        group: Some("g1".to_owned()),
        alone_in_group: true,
    }
}

#[tokio::test]
async fn a_live_carbon_has_the_scope_that_its_facts_have() {
    let (live, facts) = (live_schema().await, carbon_schema());
    let carbon = profile::built_in("carbon").unwrap();
    let on_server = scope::resolve(live, &carbon, &company()).unwrap();
    let on_paper = scope::resolve(&facts, &carbon, &company()).unwrap();
    assert_eq!(on_server.notices, []);
    let names = |scope: &scope::Scope| -> BTreeSet<TableName> {
        let made = |found: &scope::TableScope| found.membership == Membership::Whole;
        scope
            .tables
            .iter()
            .filter(|(_, found)| !made(found))
            .map(|(name, _)| name.clone())
            .collect()
    };
    assert_eq!(names(&on_server), names(&on_paper));
    for (name, found) in &on_server.tables {
        assert_eq!(
            Some(&found.disposition),
            on_paper.tables.get(name).map(|table| &table.disposition),
            "{name}"
        );
        assert_eq!(found.area, on_paper.tables[name].area, "{name}");
    }
}

#[tokio::test]
async fn a_live_carbon_is_written_in_an_order_that_no_check_forbids() {
    let live = live_schema().await;
    let carbon = profile::built_in("carbon").unwrap();
    let scope = scope::resolve(live, &carbon, &company()).unwrap();
    let order = scope::order(live, &scope);
    assert_eq!(order.uncut, Vec::<Vec<_>>::new());
    let cuts: Vec<_> = order
        .cuts
        .iter()
        .map(|cut| format!("{}.{}", cut.table.name, cut.column))
        .collect();
    assert_eq!(
        cuts,
        [
            "customer.salesContactId",
            "jobMakeMethod.parentMaterialId",
            "jobOperation.reworkId",
            "quoteMakeMethod.parentMaterialId",
            "supplier.purchasingContactId",
        ]
    );
}

#[tokio::test]
async fn what_the_profile_names_and_a_live_carbon_lacks_belongs_to_other_versions() {
    let live = live_schema().await;
    let carbon = profile::built_in("carbon").unwrap();
    let notices = profile::check(&carbon, live).unwrap();
    let missing = |kind| {
        notices
            .iter()
            .filter(move |notice| notice.kind == kind)
            .map(|notice| notice.about.as_str())
    };
    assert_eq!(
        missing(NoticeKind::MissingTable).collect::<Vec<_>>(),
        [
            "cardTransaction",
            "cardTransactionLine",
            "charge",
            "chargeLine",
            "employeePin",
            "ssoConnection",
            "ssoDomain",
            "tableChange",
        ]
    );
    assert_eq!(
        missing(NoticeKind::MissingColumn).collect::<Vec<_>>(),
        ["modelUpload.originalPath"]
    );
}
