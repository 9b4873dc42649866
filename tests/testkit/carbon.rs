//! The fingerprints on the demo itself: they cover it, and damage is seen where it was done.

use snapback_testkit::{COMPANIES, Damage, TestDatabase};

#[tokio::test]
async fn every_row_of_the_demo_is_somebodys() {
    let database = TestDatabase::demo().await;
    let own = database.company_fingerprint(COMPANIES[0].id).await;
    let canary = database.canary(COMPANIES[0].id).await;
    assert!(own.row_count() > 30_000, "{}", own.row_count());
    for table in [
        "salesOrder",
        "part",
        "journalLine",
        "userAttributeValue",
        "membership",
    ] {
        assert!(own.rows_of(&format!("public.{table}")) > 0, "{table}");
    }
    for table in [
        "public.user",
        "public.account",
        "public.apiKey",
        "public.salesOrder",
        "auth.users",
    ] {
        assert!(canary.rows_of(table) > 0, "{table}");
    }
}

#[tokio::test]
async fn damage_to_one_company_is_seen_there_and_nowhere_else() {
    let database = TestDatabase::demo().await;
    let mut before = Vec::new();
    for company in COMPANIES {
        before.push(database.company_fingerprint(company.id).await);
    }
    let canary = database.canary(COMPANIES[0].id).await;
    assert!(database.damage(Damage::Friday).await > 100);
    for (number, company) in COMPANIES.iter().enumerate() {
        let after = database.company_fingerprint(company.id).await;
        assert_eq!(before[number] != after, number == 0, "{}", company.name);
    }
    canary.assert_same(&database.canary(COMPANIES[0].id).await);
}
