use snapback_engine::Code;
use snapback_engine::model::{Company, CompanyId};
use snapback_engine::pg::{Ident, Qualified, Session};
use snapback_testkit::TestDatabase;

use crate::pg::{first, table};

#[tokio::test]
async fn settings_are_pinned_whatever_the_database_and_the_role_say() {
    let mut database = TestDatabase::empty().await;
    let role = database.role("careless", "SUPERUSER").await;
    let name_of_database = database.settings().database().to_owned();
    let mut sql = String::new();
    for (name, value) in [
        ("statement_timeout", "1s"),
        ("lock_timeout", "1min"),
        ("idle_in_transaction_session_timeout", "1s"),
        ("idle_session_timeout", "1s"),
        ("search_path", "public"),
        ("DateStyle", "German, DMY"),
        ("IntervalStyle", "sql_standard"),
        ("TimeZone", "Asia/Kathmandu"),
        ("extra_float_digits", "-15"),
        ("bytea_output", "escape"),
        ("lc_monetary", "POSIX"),
        ("xmlbinary", "hex"),
        ("client_encoding", "LATIN1"),
        ("standard_conforming_strings", "off"),
        ("default_transaction_read_only", "on"),
        ("row_security", "on"),
        ("synchronous_commit", "off"),
        ("array_nulls", "off"),
        ("quote_all_identifiers", "on"),
    ] {
        sql.push_str(&format!(
            "ALTER DATABASE {name_of_database} SET {name} = '{value}';"
        ));
        sql.push_str(&format!(
            "ALTER ROLE \"{}\" SET {name} = '{value}';",
            role.name
        ));
    }
    database.run(&sql).await;

    let mut session = Session::open(&database.settings_as(&role)).await.unwrap();
    for (name, pinned) in [
        ("statement_timeout", "0"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "10min"),
        ("idle_session_timeout", "0"),
        ("search_path", ""),
        ("DateStyle", "ISO, YMD"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "UTC"),
        ("extra_float_digits", "3"),
        ("bytea_output", "hex"),
        ("lc_monetary", "C"),
        ("xmlbinary", "base64"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
        ("default_transaction_read_only", "off"),
        ("row_security", "off"),
        ("synchronous_commit", "on"),
        ("array_nulls", "on"),
        ("quote_all_identifiers", "off"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
        ("client_connection_check_interval", "5s"),
        ("application_name", "snapback"),
    ] {
        let sql = format!("SELECT current_setting('{name}')");
        assert_eq!(first(&mut session, &sql).await, pinned, "{name}");
    }
    if session.server_version() >= 170_000 {
        assert_eq!(
            first(
                &mut session,
                "SELECT current_setting('transaction_timeout')"
            )
            .await,
            "0"
        );
    }
}

#[tokio::test]
async fn a_session_knows_the_server_and_its_own_process() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let pid = first(&mut session, "SELECT pg_backend_pid()::text").await;
    assert_eq!(session.backend_pid().to_string(), pid);
    let version = first(&mut session, "SELECT current_setting('server_version_num')").await;
    assert_eq!(session.server_version().to_string(), version);
}

#[tokio::test]
async fn the_company_reaches_predicates_without_becoming_sql() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let mut company = Company {
        id: CompanyId::new("o'Neill\"; --"),
        name: "O'Neill".to_owned(),
        group: Some("g'1".to_owned()),
        alone_in_group: true,
    };
    session.set_company(&company).await.unwrap();
    let sql =
        "SELECT current_setting('snapback.company') || '/' || current_setting('snapback.group')";
    assert_eq!(first(&mut session, sql).await, "o'Neill\"; --/g'1");

    company.group = None;
    session.set_company(&company).await.unwrap();
    assert_eq!(first(&mut session, sql).await, "o'Neill\"; --/");
}

#[tokio::test]
async fn names_that_need_quotes_reach_the_server_as_they_are() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    for name in [
        "user",
        "salesOrderLine",
        "a.b",
        "quo\"te",
        "white space",
        "\u{e4}\u{1f4e6}",
        "%s",
    ] {
        let (table, column) = (table(name), Ident(name));
        let table = Qualified(&table);
        session
            .run(&format!("CREATE TABLE {table} ({column} text)"))
            .await
            .unwrap();
        session
            .run(&format!("INSERT INTO {table} ({column}) VALUES ('here')"))
            .await
            .unwrap();
        assert_eq!(
            first(&mut session, &format!("SELECT {column} FROM {table}")).await,
            "here"
        );
    }
}

#[tokio::test]
async fn what_is_committed_stays_and_what_is_not_goes_with_the_session() {
    let database = TestDatabase::with_sql("CREATE TABLE note (text text)").await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    session.begin_read_committed().await.unwrap();
    assert_eq!(
        session
            .run("INSERT INTO public.note VALUES ('kept'), ('kept')")
            .await
            .unwrap(),
        2
    );
    session.commit().await.unwrap();
    session.begin_read_committed().await.unwrap();
    session
        .run("INSERT INTO public.note VALUES ('rolled back')")
        .await
        .unwrap();
    session.rollback().await.unwrap();
    session.begin_read_committed().await.unwrap();
    session
        .run("INSERT INTO public.note VALUES ('dropped')")
        .await
        .unwrap();
    drop(session);

    let found = database
        .value("SELECT string_agg(text, ' ') FROM note")
        .await;
    assert_eq!(found.as_deref(), Some("kept kept"));
}

#[tokio::test]
async fn over_a_connection_that_only_reads_the_server_refuses_every_write() {
    let database = TestDatabase::with_sql("CREATE TABLE public.t (id int)").await;
    let settings = database.settings().read_only();
    let mut session = Session::open(&settings).await.unwrap();
    let write = "INSERT INTO public.t VALUES (1)";
    let refused = session.run(write).await.unwrap_err();
    assert_eq!(refused.code(), Code::ConnectionReadOnly);
    session.begin_read_committed().await.unwrap();
    let refused = session.run(write).await.unwrap_err();
    assert_eq!(refused.code(), Code::ConnectionReadOnly);
    session.rollback().await.unwrap();
    assert_eq!(
        first(&mut session, "SELECT count(*)::text FROM public.t").await,
        "0"
    );
    assert_eq!(
        settings.require_writes().unwrap_err().code(),
        Code::ConnectionReadOnly
    );
}
