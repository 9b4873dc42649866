use snapback_engine::pg::{
    ExportedSnapshot, Password, Session, Settings, may_succeed_when_retried,
};
use snapback_engine::{Code, Error};
use snapback_testkit::{CutAt, TestDatabase};

use crate::pg::table;

/// Everything that an error shows or that its debug form holds.
fn everything(error: &Error) -> String {
    format!("{error:?} {error}")
}

async fn refused(settings: &Settings) -> Error {
    Session::open(settings).await.unwrap_err()
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_told() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let wrong = refused(&settings.clone().with_password(Password::new("hunter2"))).await;
    assert_eq!(wrong.code(), Code::WrongPassword);
    assert!(!everything(&wrong).contains("hunter2"));
    let nobody = refused(&settings.with_user("nobody_at_all", None)).await;
    assert_eq!(nobody.code(), Code::WrongPassword);
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_told() {
    let database = TestDatabase::empty().await;
    let error = refused(&database.settings().with_database("nowhere")).await;
    assert_eq!(error.code(), Code::NoSuchDatabase);
}

#[tokio::test]
async fn a_server_without_a_free_connection_is_told_and_may_be_tried_again() {
    let mut database = TestDatabase::empty().await;
    let role = database.role("crowd", "CONNECTION LIMIT 0").await;
    let error = refused(&database.settings_as(&role)).await;
    assert_eq!(error.code(), Code::ConnectFailed);
    assert_eq!(error.context()["sqlstate"], "53300");
    assert!(error.hint_text().unwrap().contains("max_connections"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = refused(&Settings::new("127.0.0.1", port, "app", "app")).await;
    assert_eq!(error.code(), Code::ConnectFailed);
    assert_eq!(error.context()["server"], format!("127.0.0.1:{port}/app"));
    assert!(error.code().is_retryable() && error.hint_text().is_some());
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://app@127.0.0.1:{port}/app?connect_timeout=1");
    let error = refused(&Settings::from_url(&url).unwrap()).await;
    assert_eq!(error.code(), Code::ConnectFailed);
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_was_asked_for() {
    let database = TestDatabase::empty().await;
    let error = refused(
        &database
            .settings()
            .with_tls(snapback_engine::pg::Tls::Required),
    )
    .await;
    assert_eq!(error.code(), Code::TlsFailed);
}

#[tokio::test]
async fn a_certificate_that_is_not_there_is_told_by_its_path() {
    let url = "postgres://app@localhost/app?sslmode=verify-full&sslrootcert=/nowhere/ca.pem";
    let error = refused(&Settings::from_url(url).unwrap()).await;
    assert_eq!(error.code(), Code::LocalFile);
    assert_eq!(error.context()["path"], "/nowhere/ca.pem");
}

#[tokio::test]
async fn a_right_that_is_missing_is_told() {
    let mut database = TestDatabase::with_sql("CREATE TABLE note (text text)").await;
    let role = database.role("stranger", "").await;
    let mut session = Session::open(&database.settings_as(&role)).await.unwrap();
    let error = session.run("SELECT * FROM public.note").await.unwrap_err();
    assert_eq!(
        (error.code(), error.context()["sqlstate"].as_str()),
        (Code::MissingRight, "42501")
    );
    let error = ExportedSnapshot::take(&database.settings_as(&role), &[table("note")])
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::MissingRight);
}

#[tokio::test]
async fn rows_that_row_security_would_hide_are_an_error() {
    let mut database = TestDatabase::with_sql(
        "CREATE TABLE note (text text);
         ALTER TABLE note ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON note USING (text = 'mine');
         INSERT INTO note VALUES ('mine'), ('theirs')",
    )
    .await;
    let reader = database.role("reader", "").await;
    let bypasser = database.role("bypasser", "BYPASSRLS").await;
    for role in [&reader, &bypasser] {
        database
            .run(&format!("GRANT SELECT ON note TO \"{}\"", role.name))
            .await;
    }
    let mut session = Session::open(&database.settings_as(&reader)).await.unwrap();
    let error = session.run("SELECT * FROM public.note").await.unwrap_err();
    assert_eq!(error.code(), Code::HiddenRows);
    let error = session
        .copy_out("COPY public.note TO STDOUT")
        .await
        .err()
        .unwrap();
    assert_eq!(error.code(), Code::HiddenRows);

    let mut session = Session::open(&database.settings_as(&bypasser))
        .await
        .unwrap();
    assert_eq!(session.run("SELECT * FROM public.note").await.unwrap(), 2);
}

#[tokio::test]
async fn errors_name_tables_columns_and_constraints_and_never_values() {
    let database = TestDatabase::with_sql(
        r#"CREATE TABLE "note" (id text CONSTRAINT one_each PRIMARY KEY, size int NOT NULL, CONSTRAINT small CHECK (size < 10));
           INSERT INTO note VALUES ('hunter2', 1)"#,
    )
    .await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    for (sql, sqlstate, constraint) in [
        (
            "INSERT INTO public.note VALUES ('hunter2', 2)",
            "23505",
            Some("one_each"),
        ),
        (
            "INSERT INTO public.note VALUES ('hunter3', 99)",
            "23514",
            Some("small"),
        ),
        (
            "INSERT INTO public.note VALUES ('hunter4', NULL)",
            "23502",
            None,
        ),
        ("SELECT 'hunter5'::int", "22P02", None),
        (
            "DO $$ BEGIN RAISE EXCEPTION 'hunter6' USING ERRCODE = 'P0001'; END $$",
            "P0001",
            None,
        ),
    ] {
        let error = session.run(sql).await.unwrap_err();
        assert_eq!(error.code(), Code::DatabaseFailed, "{sql}");
        assert_eq!(error.context()["sqlstate"], sqlstate);
        assert_eq!(
            error.context().get("constraint").map(String::as_str),
            constraint
        );
        if sqlstate.starts_with("23") {
            assert_eq!(error.context()["table"], "public.note");
        }
        assert!(!everything(&error).contains("hunter"), "{error:?}");
    }
}

#[tokio::test]
async fn a_lock_that_is_not_had_may_be_tried_again() {
    let database = TestDatabase::with_sql("CREATE TABLE note (text text)").await;
    let mut holder = Session::open(&database.settings()).await.unwrap();
    holder.begin_read_committed().await.unwrap();
    holder
        .run("LOCK TABLE public.note IN ROW EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut other = Session::open(&database.settings()).await.unwrap();
    other.begin_read_committed().await.unwrap();
    let error = other
        .run("LOCK TABLE public.note IN SHARE ROW EXCLUSIVE MODE NOWAIT")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::LockNotHad);
    assert!(may_succeed_when_retried(&error));
}

#[tokio::test]
async fn a_deadlock_may_be_tried_again() {
    let database =
        TestDatabase::with_sql("CREATE TABLE note (id int); INSERT INTO note VALUES (1), (2)")
            .await;
    let mut one = Session::open(&database.settings()).await.unwrap();
    let mut two = Session::open(&database.settings()).await.unwrap();
    one.begin_read_committed().await.unwrap();
    two.begin_read_committed().await.unwrap();
    one.run("UPDATE public.note SET id = 1 WHERE id = 1")
        .await
        .unwrap();
    two.run("UPDATE public.note SET id = 2 WHERE id = 2")
        .await
        .unwrap();
    let (first, second) = tokio::join!(
        one.run("UPDATE public.note SET id = 2 WHERE id = 2"),
        two.run("UPDATE public.note SET id = 1 WHERE id = 1"),
    );
    let error = first.err().or(second.err()).unwrap();
    assert!(may_succeed_when_retried(&error), "{error:?}");
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_lost_and_at_the_commit_its_outcome_is_unknown() {
    let database = TestDatabase::with_sql("CREATE TABLE note (text text)").await;
    let ended = async |session: &Session| {
        database
            .run(&format!(
                "SELECT pg_terminate_backend({}, 5000)",
                session.backend_pid()
            ))
            .await;
    };
    let mut session = Session::open(&database.settings()).await.unwrap();
    ended(&session).await;
    assert_eq!(
        session.run("SELECT 1").await.unwrap_err().code(),
        Code::ConnectionLost
    );

    let mut session = Session::open(&database.settings()).await.unwrap();
    session.begin_read_committed().await.unwrap();
    session
        .run("INSERT INTO public.note VALUES ('x')")
        .await
        .unwrap();
    ended(&session).await;
    assert_eq!(
        session.commit().await.unwrap_err().code(),
        Code::OutcomeUnknown
    );
}

#[tokio::test]
async fn a_transaction_in_which_a_statement_failed_does_not_commit_in_silence() {
    let database = TestDatabase::with_sql("CREATE TABLE note (text text)").await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    session.begin_read_committed().await.unwrap();
    session
        .run("INSERT INTO public.note VALUES ('x')")
        .await
        .unwrap();
    session.run("SELECT 1/0").await.unwrap_err();
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.context()["sqlstate"], "25P02");
    session.rollback().await.unwrap();
    assert_eq!(session.run("SELECT * FROM public.note").await.unwrap(), 0);
}

#[tokio::test]
async fn a_wire_cut_at_the_commit_leaves_the_outcome_open_whatever_it_was() {
    for (cut, committed) in [(CutAt::Unheard, "0"), (CutAt::Heard, "1")] {
        let database = TestDatabase::with_sql("CREATE TABLE note (text text)").await;
        let wire = database.wire().await;
        let mut session = Session::open(&wire.settings()).await.unwrap();
        session.begin_read_committed().await.unwrap();
        session
            .run("INSERT INTO public.note VALUES ('x')")
            .await
            .unwrap();
        wire.cut_at("COMMIT", cut);
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.code(), Code::OutcomeUnknown);
        assert!(wire.is_cut());
        // The server may still be at it: a lock on the table waits for its end.
        let count = "SELECT count(*) FROM note";
        database.run("BEGIN; LOCK TABLE note; COMMIT").await;
        assert_eq!(database.value(count).await.as_deref(), Some(committed));
    }
}

#[tokio::test]
async fn a_wire_cut_in_the_middle_of_a_copy_is_a_lost_connection_and_never_an_end() {
    let database = TestDatabase::empty().await;
    let wire = database.wire().await;
    let mut session = Session::open(&wire.settings()).await.unwrap();
    let sql = "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) TO STDOUT";
    let mut copy = session.copy_out(sql).await.unwrap();
    copy.next().await.unwrap().unwrap();
    wire.cut();
    let error = loop {
        match copy.next().await {
            Ok(data) => assert!(data.is_some(), "the copy ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Code::ConnectionLost);
    drop(copy);
    assert_eq!(
        Session::open(&wire.settings()).await.unwrap_err().code(),
        Code::ConnectFailed
    );
    wire.mend();
    Session::open(&wire.settings()).await.unwrap();
}
