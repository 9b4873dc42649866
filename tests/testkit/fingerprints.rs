//! The fingerprints notice what they are for, on a few tables that look like the demo's.

use snapback_testkit::{Fingerprint, TestDatabase};

const SCHEMA: &str = r#"
    CREATE TABLE company (id text PRIMARY KEY, name text);
    CREATE TABLE terms (id text PRIMARY KEY, text text);
    CREATE TABLE item (id int PRIMARY KEY, "companyId" text, name text);
    CREATE TABLE "apiKey" (id int PRIMARY KEY, "companyId" text);
    CREATE TABLE "printJob" (id int PRIMARY KEY, "companyId" text);
    CREATE TABLE "auditLog_a" (id int);
    CREATE TABLE country (code text);
    CREATE SCHEMA auth;
    CREATE TABLE auth.users (id text);
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER watch AFTER INSERT ON item EXECUTE FUNCTION nothing();
    INSERT INTO company VALUES ('a', 'A'), ('b', 'B');
    INSERT INTO terms VALUES ('a', ''), ('b', '');
    INSERT INTO item VALUES (1, 'a', 'x'), (2, 'a', 'y'), (3, 'b', 'x'), (4, NULL, 'shared');
    INSERT INTO "apiKey" VALUES (1, 'a'), (2, 'b');
    INSERT INTO "printJob" VALUES (1, 'a'), (2, 'b');
    INSERT INTO "auditLog_a" VALUES (1);
    INSERT INTO country VALUES ('DE');
    INSERT INTO auth.users VALUES ('u')"#;

async fn both(database: &TestDatabase) -> (Fingerprint, Fingerprint) {
    (
        database.canary("a").await,
        database.company_fingerprint("a").await,
    )
}

#[tokio::test]
async fn what_is_the_companys_and_what_is_not_are_told_apart() {
    let database = TestDatabase::with_sql(SCHEMA).await;
    let (canary, own) = both(&database).await;
    assert_eq!(own.rows_of("public.item"), 2);
    assert_eq!(own.rows_of("public.terms"), 1);
    assert_eq!(own.rows_of("public.auditLog_a"), 1);
    assert_eq!(own.row_count(), 4);
    assert_eq!(canary.rows_of("public.item"), 2);
    assert_eq!(canary.rows_of("public.apiKey"), 2);
    assert_eq!(canary.rows_of("public.printJob"), 1);
    assert_eq!(canary.rows_of("public.company"), 2);
    assert_eq!(canary.rows_of("auth.users"), 1);
    assert_eq!(canary.rows_of("(triggers)"), 1);
}

#[tokio::test]
async fn each_change_is_noticed_by_the_one_fingerprint_that_it_is_for() {
    let database = TestDatabase::with_sql(SCHEMA).await;
    for (change, canary_notices, own_notices) in [
        ("UPDATE item SET name = 'z' WHERE id = 1", false, true),
        ("DELETE FROM item WHERE id = 2", false, true),
        ("UPDATE item SET name = 'z' WHERE id = 3", true, false),
        (
            "UPDATE item SET \"companyId\" = 'a' WHERE id = 3",
            true,
            true,
        ),
        ("UPDATE item SET name = NULL WHERE id = 4", true, false),
        ("DELETE FROM \"printJob\" WHERE id = 1", false, false),
        ("DELETE FROM \"apiKey\" WHERE id = 1", true, false),
        ("INSERT INTO auth.users VALUES ('v')", true, false),
        ("ALTER TABLE item DISABLE TRIGGER watch", true, false),
        ("ALTER TABLE item ADD CHECK (id > 0) NOT VALID", true, false),
        ("GRANT SELECT ON item TO PUBLIC", true, false),
        (
            "CREATE SCHEMA snapback; CREATE TABLE snapback.review (id int)",
            false,
            false,
        ),
        ("UPDATE item SET name = name", false, false),
    ] {
        let before = both(&database).await;
        database.run(change).await;
        let after = both(&database).await;
        assert_eq!(before.0 != after.0, canary_notices, "{change}");
        assert_eq!(before.1 != after.1, own_notices, "{change}");
        assert_eq!(
            before.0.differences(&after.0).is_empty(),
            !canary_notices,
            "{change}"
        );
    }
}

#[tokio::test]
async fn who_ends_all_sessions_keeps_nobody_from_a_fingerprint() {
    let database = TestDatabase::with_sql(SCHEMA).await;
    let before = both(&database).await;
    let others =
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = format!("SELECT pg_terminate_backend(pid, 5000) {others}");
    database.run(&ended).await;
    let left = format!("SELECT count(*) {others}");
    assert_eq!(database.value(&left).await.as_deref(), Some("0"));
    let after = both(&database).await;
    before.0.assert_same(&after.0);
    before.1.assert_same(&after.1);
}
