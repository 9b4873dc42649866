use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use snapback_engine::Code;
use snapback_engine::pg::{Session, run_by_arrays};
use snapback_engine::rows::{fields, push_escaped, text_of};
use snapback_testkit::{TestDatabase, seeds};

use crate::pg::first;

const PAIRS: &str = "COPY (SELECT n, 'row ' || n FROM generate_series(1, 3) AS n) TO STDOUT";

async fn all(session: &mut Session, sql: &str) -> Vec<String> {
    let mut copy = session.copy_out(sql).await.unwrap();
    let mut messages = Vec::new();
    while let Some(data) = copy.next().await.unwrap() {
        messages.push(String::from_utf8(data.to_vec()).unwrap());
    }
    assert!(
        copy.next().await.unwrap().is_none(),
        "the end stays the end"
    );
    messages
}

/// Whether question and answer still belong together.
async fn is_in_step(session: &mut Session) -> bool {
    first(session, "SELECT 'a'::text").await == "a"
        && session.run("SELECT generate_series(1, 7)").await.unwrap() == 7
        && sqlx::query_scalar::<_, i32>("SELECT $1 + 1")
            .bind(4)
            .fetch_one(session.connection())
            .await
            .unwrap()
            == 5
}

#[tokio::test]
async fn rows_come_out_one_message_each_and_the_session_goes_on() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    assert_eq!(
        all(&mut session, PAIRS).await,
        ["1\trow 1\n", "2\trow 2\n", "3\trow 3\n"]
    );
    assert!(
        all(&mut session, "COPY (SELECT 1 WHERE false) TO STDOUT")
            .await
            .is_empty()
    );
    assert!(is_in_step(&mut session).await);
}

#[tokio::test]
async fn a_row_of_many_megabytes_comes_out_whole() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let rows = all(
        &mut session,
        "COPY (SELECT repeat('x', 30000000)) TO STDOUT",
    )
    .await;
    assert_eq!(rows.iter().map(String::len).sum::<usize>(), 30_000_001);
}

#[tokio::test]
async fn a_copy_out_that_the_server_refuses_leaves_the_session_in_step() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    for sql in [
        "COPY public.nothing TO STDOUT",
        "COPY",
        "COPY (SELECT 1/0) TO STDOUT",
    ] {
        let error = match session.copy_out(sql).await {
            Err(error) => error,
            Ok(mut copy) => copy.next().await.unwrap_err(),
        };
        assert_eq!(error.code(), Code::DatabaseFailed, "{sql}");
        assert!(is_in_step(&mut session).await, "{sql}");
    }
    // The same with a transaction around it, which has failed and is rolled back.
    session.begin_read_committed().await.unwrap();
    assert!(
        session
            .copy_out("COPY public.nothing TO STDOUT")
            .await
            .is_err()
    );
    session.rollback().await.unwrap();
    assert!(is_in_step(&mut session).await);
    assert_eq!(all(&mut session, PAIRS).await.len(), 3);
}

#[tokio::test]
async fn a_copy_out_that_fails_half_way_is_an_error_and_never_an_end() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let sql = "COPY (SELECT 10 / (500 - n) FROM generate_series(1, 1000) AS n) TO STDOUT";
    let mut copy = session.copy_out(sql).await.unwrap();
    let mut row_count = 0;
    let error = loop {
        match copy.next().await {
            Ok(Some(_)) => row_count += 1,
            Ok(None) => panic!("the copy ended as if it were whole"),
            Err(error) => break error,
        }
    };
    drop(copy);
    assert_eq!(
        (row_count, error.context()["sqlstate"].as_str()),
        (499, "22012")
    );
    assert!(is_in_step(&mut session).await);
}

#[tokio::test]
async fn a_copy_out_given_up_half_way_ends_the_session() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let mut copy = session.copy_out(PAIRS).await.unwrap();
    copy.next().await.unwrap();
    drop(copy);
    assert_eq!(
        session.run("SELECT 1").await.unwrap_err().code(),
        Code::ConnectionLost
    );
    assert_eq!(
        session.commit().await.unwrap_err().code(),
        Code::ConnectionLost
    );
}

#[tokio::test]
async fn rows_go_in_however_they_are_cut() {
    let database = TestDatabase::with_sql("CREATE TABLE note (id int, text text)").await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let mut copy = session
        .copy_in("COPY public.note (id, text) FROM STDIN")
        .await
        .unwrap();
    for piece in ["1\tfi", "rst\n2\tsecond", "\n", "3\t\\N\n"] {
        copy.send(piece.as_bytes()).await.unwrap();
    }
    assert_eq!(copy.finish().await.unwrap(), 3);
    assert!(is_in_step(&mut session).await);
    let sql = "SELECT string_agg(coalesce(text, 'null'), ' ' ORDER BY id) FROM public.note";
    assert_eq!(first(&mut session, sql).await, "first second null");
}

#[tokio::test]
async fn a_row_that_the_server_refuses_fails_the_copy_without_showing_it() {
    let database = TestDatabase::with_sql("CREATE TABLE note (id int)").await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let mut copy = session
        .copy_in("COPY public.note FROM STDIN")
        .await
        .unwrap();
    copy.send(b"1\nhunter2\n").await.unwrap();
    for _ in 0..100 {
        copy.send(&b"3\n".repeat(10_000)).await.unwrap();
    }
    let error = copy.finish().await.unwrap_err();
    assert_eq!(error.context()["sqlstate"], "22P02");
    assert!(!format!("{error:?}").contains("hunter2"));
    assert!(is_in_step(&mut session).await);
    assert!(
        session
            .copy_in("COPY public.nothing FROM STDIN")
            .await
            .is_err()
    );
    assert!(is_in_step(&mut session).await);
}

#[tokio::test]
async fn a_copy_in_given_up_keeps_nothing() {
    let database = TestDatabase::with_sql("CREATE TABLE note (id int)").await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let mut copy = session
        .copy_in("COPY public.note FROM STDIN")
        .await
        .unwrap();
    copy.send(b"1\n").await.unwrap();
    copy.abort().await.unwrap();
    assert!(is_in_step(&mut session).await);

    let mut copy = session
        .copy_in("COPY public.note FROM STDIN")
        .await
        .unwrap();
    copy.send(b"2\n").await.unwrap();
    drop(copy);
    assert_eq!(
        session.run("SELECT 1").await.unwrap_err().code(),
        Code::ConnectionLost
    );
    drop(session);
    assert_eq!(
        database.value("SELECT count(*) FROM note").await.as_deref(),
        Some("0")
    );
}

/// Text of what COPY writes otherwise, of what looks like it, and of letters of each length.
fn any_value(random: &mut ChaCha8Rng) -> Option<String> {
    const PARTS: &[&str] = &[
        "\\",
        "\\N",
        "\\.",
        "\t",
        "\n",
        "\r",
        "\u{8}",
        "\u{b}",
        "\u{c}",
        "\u{1}",
        "\u{7f}",
        "'",
        "\"",
        "n",
        "x41",
        "101",
        " ",
        "",
        "é",
        "漢",
        "🚀",
        "\u{2028}",
        "\u{10ffff}",
    ];
    let count = random.random_range(0..12);
    let parts = (0..count).map(|_| PARTS[random.random_range(0..PARTS.len())]);
    let value: String = parts.collect();
    (random.random_range(0..6) > 0).then_some(value)
}

#[tokio::test]
async fn rows_of_any_text_are_read_and_written_as_the_server_does() {
    let database = TestDatabase::empty().await;
    database
        .run("CREATE TABLE public.found (id integer, a text, b text, c text); CREATE TABLE public.back (LIKE public.found)")
        .await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    for seed in seeds(4, 100) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let rows: Vec<[Option<String>; 4]> = (0..200_u32)
            .map(|id| {
                let mut value = || any_value(&mut random);
                [Some(id.to_string()), value(), value(), value()]
            })
            .collect();
        let columns: Vec<Vec<Option<String>>> = (0..4)
            .map(|column| rows.iter().map(|row| row[column].clone()).collect())
            .collect();
        session
            .run("TRUNCATE public.found, public.back")
            .await
            .unwrap();
        let insert = "INSERT INTO public.found SELECT v.a::integer, v.b, v.c, v.d FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS v(a, b, c, d)";
        run_by_arrays(&mut session, insert, &columns).await.unwrap();

        let text = all(
            &mut session,
            "COPY (SELECT * FROM public.found ORDER BY id) TO STDOUT",
        )
        .await;
        let mut written = Vec::new();
        for (line, row) in text.iter().zip(&rows) {
            let line = line.strip_suffix('\n').unwrap();
            let read: Vec<Option<String>> = fields(line.as_bytes())
                .map(|field| text_of(field).unwrap())
                .collect();
            assert_eq!(read, row, "seed {seed}: read from {line:?}");
            let begin = written.len();
            for (number, value) in row.iter().enumerate() {
                if number > 0 {
                    written.push(b'\t');
                }
                push_escaped(&mut written, value.as_deref().map(str::as_bytes));
            }
            assert_eq!(&written[begin..], line.as_bytes(), "seed {seed}: written");
            written.push(b'\n');
        }
        assert_eq!(text.len(), rows.len());

        let mut copy = session
            .copy_in("COPY public.back FROM STDIN")
            .await
            .unwrap();
        copy.send(&written).await.unwrap();
        assert_eq!(copy.finish().await.unwrap(), 200);
        let other =
            "SELECT count(*)::text FROM (TABLE public.found EXCEPT ALL TABLE public.back) AS d";
        assert_eq!(first(&mut session, other).await, "0", "seed {seed}");
    }
}
