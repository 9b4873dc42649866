use snapback_engine::Code;
use snapback_engine::model::TableName;
use snapback_engine::pg::{RestorePath, Rights, Session};
use snapback_testkit::{TestDatabase, TestRole};

use crate::pg::table;

const SCHEMA: &str = r#"
    CREATE TABLE "order" (id int PRIMARY KEY);
    CREATE TABLE "orderLine" (id int PRIMARY KEY);
    ALTER TABLE "order" ENABLE ROW LEVEL SECURITY;"#;

fn tables() -> [TableName; 2] {
    [table("order"), table("orderLine")]
}

async fn rights_of(database: &TestDatabase, role: &TestRole) -> Rights {
    let mut session = Session::open(&database.settings_as(role)).await.unwrap();
    Rights::read(&mut session, &tables()).await.unwrap()
}

async fn grant(database: &TestDatabase, rights: &str, role: &TestRole) {
    database
        .run(&format!("GRANT {rights} TO \"{}\"", role.name))
        .await;
}

fn remedy(rights: &Rights) -> String {
    match rights.restore_path() {
        RestorePath::Not { remedy, .. } => remedy,
        path => panic!("it may restore: {path:?}"),
    }
}

#[tokio::test]
async fn a_superuser_may_do_everything() {
    let database = TestDatabase::with_sql(SCHEMA).await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let rights = Rights::read(&mut session, &tables()).await.unwrap();
    rights.check_reading().unwrap();
    assert!(rights.may_create_schema && rights.bypasses_row_security);
    assert_eq!(rights.restore_path(), RestorePath::Superuser);
    let state = session
        .fetch_text_rows("SHOW session_replication_role", &[])
        .await
        .unwrap();
    assert_eq!(
        state[0][0].as_deref(),
        Some("origin"),
        "the trial left nothing behind"
    );
}

#[tokio::test]
async fn a_stranger_is_told_what_to_be_granted_one_thing_at_a_time() {
    let mut database = TestDatabase::with_sql(SCHEMA).await;
    let role = database.role("Str\"anger", "").await;
    let quoted = format!("\"{}\"", role.name.replace('"', "\"\""));
    let grant = async |sql: &str| database.run(&sql.replace("$role", &quoted)).await;

    let rights = rights_of(&database, &role).await;
    let error = rights.check_reading().unwrap_err();
    assert_eq!(error.code(), Code::MissingRight);
    assert_eq!(error.context()["tables"], "public.order, public.orderLine");
    let hint = format!("An administrator runs: GRANT pg_read_all_data TO {quoted};");
    assert_eq!(error.hint_text(), Some(hint.as_str()));
    assert!(!rights.may_read(&table("order")) && !rights.may_create_schema);

    grant("GRANT pg_read_all_data TO $role").await;
    let rights = rights_of(&database, &role).await;
    let error = rights.check_reading().unwrap_err();
    assert_eq!(
        (error.code(), error.context()["tables"].as_str()),
        (Code::HiddenRows, "public.order")
    );
    assert!(error.hint_text().unwrap().contains("BYPASSRLS"));
    assert!(rights.may_read(&table("orderLine")) && !rights.may_read(&table("order")));
    assert!(remedy(&rights).contains("BYPASSRLS"));

    grant("ALTER ROLE $role BYPASSRLS").await;
    let rights = rights_of(&database, &role).await;
    rights.check_reading().unwrap();
    assert!(remedy(&rights).contains("pg_write_all_data"));

    grant("GRANT pg_write_all_data TO $role").await;
    let rights = rights_of(&database, &role).await;
    assert!(!rights.may_set_replica_role, "nobody granted that");
    let remedy = remedy(&rights);
    if remedy.contains("SET ON PARAMETER") {
        grant("GRANT SET ON PARAMETER session_replication_role TO $role").await;
        let rights = rights_of(&database, &role).await;
        assert_eq!(rights.restore_path(), RestorePath::ReplicaRole);
        grant("REVOKE SET ON PARAMETER session_replication_role FROM $role").await;
    }
}

#[tokio::test]
async fn an_owner_restores_as_owner_unless_row_security_is_forced_on_it() {
    let mut database = TestDatabase::with_sql(SCHEMA).await;
    let role = database.role("owner", "").await;
    let name = &role.name;
    for table in tables() {
        database
            .run(&format!(
                "ALTER TABLE public.\"{}\" OWNER TO \"{name}\"",
                table.name
            ))
            .await;
    }
    let rights = rights_of(&database, &role).await;
    assert_eq!(rights.restore_path(), RestorePath::PlainOwner);

    database
        .run("ALTER TABLE \"order\" FORCE ROW LEVEL SECURITY")
        .await;
    let rights = rights_of(&database, &role).await;
    assert!(matches!(rights.restore_path(), RestorePath::Not { .. }));
    assert_eq!(rights.check_reading().unwrap_err().code(), Code::HiddenRows);
}

#[tokio::test]
async fn a_member_of_the_owner_is_as_good_as_the_owner() {
    let mut database = TestDatabase::with_sql(SCHEMA).await;
    let owner = database.role("owner", "").await;
    let member = database.role("member", "").await;
    for table in tables() {
        database
            .run(&format!(
                "ALTER TABLE public.\"{}\" OWNER TO \"{}\"",
                table.name, owner.name
            ))
            .await;
    }
    grant(&database, &format!("\"{}\"", owner.name), &member).await;
    assert_eq!(
        rights_of(&database, &member).await.restore_path(),
        RestorePath::PlainOwner
    );
}

#[tokio::test]
async fn a_table_that_is_gone_has_no_rights() {
    let database = TestDatabase::with_sql("CREATE TABLE \"order\" (id int)").await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let rights = Rights::read(&mut session, &tables()).await.unwrap();
    assert_eq!(rights.tables.len(), 1);
    assert!(!rights.may_read(&table("orderLine")));
}
