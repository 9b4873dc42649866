use snapback_engine::Code;
use snapback_engine::pg::{ExportedSnapshot, Session};
use snapback_testkit::TestDatabase;

use crate::pg::{first, table};

const COUNT: &str = "SELECT count(*)::text FROM public.note";

async fn notes() -> TestDatabase {
    TestDatabase::with_sql(
        "CREATE TABLE note (id int); INSERT INTO note SELECT generate_series(1, 5)",
    )
    .await
}

#[tokio::test]
async fn readers_of_a_snapshot_see_no_later_write_however_late_they_come() {
    let database = notes().await;
    let mut snapshot = ExportedSnapshot::take(&database.settings(), &[table("note")])
        .await
        .unwrap();
    database
        .run("INSERT INTO note VALUES (6); DELETE FROM note WHERE id = 1")
        .await;

    let mut worker = Session::open(&database.settings()).await.unwrap();
    for _ in 0..2 {
        let mut reader = snapshot.import(&mut worker).await.unwrap();
        assert_eq!(
            first(
                &mut reader,
                "SELECT string_agg(id::text, ' ') FROM public.note"
            )
            .await,
            "1 2 3 4 5"
        );
        reader.finish().await.unwrap();
        database.run("INSERT INTO note VALUES (7)").await;
    }
    assert_eq!(first(snapshot.session(), COUNT).await, "5");
    assert_eq!(
        first(&mut worker, COUNT).await,
        "7",
        "outside of the snapshot it sees the present"
    );
    snapshot.close().await;
}

#[tokio::test]
async fn sessions_beside_a_snapshot_are_those_asked_for_and_more_where_they_are_needed() {
    let database = notes().await;
    let snapshot = ExportedSnapshot::take_for(&database.settings(), &[table("note")], 2)
        .await
        .unwrap();
    database.run("DELETE FROM note").await;
    for _ in 0..3 {
        let mut worker = snapshot.beside().await.unwrap();
        assert_eq!(first(&mut worker, COUNT).await, "0");
        let mut reader = snapshot.import(&mut worker).await.unwrap();
        assert_eq!(first(&mut reader, COUNT).await, "5");
    }
}

#[tokio::test]
async fn a_truncate_cannot_empty_a_snapshot() {
    let database = notes().await;
    let snapshot = ExportedSnapshot::take(&database.settings(), &[table("note")])
        .await
        .unwrap();
    let mut other = Session::open(&database.settings()).await.unwrap();
    other.run("SET lock_timeout = '100ms'").await.unwrap();
    let error = other.run("TRUNCATE public.note").await.unwrap_err();
    assert_eq!(error.code(), Code::LockNotHad);

    let mut worker = Session::open(&database.settings()).await.unwrap();
    let mut reader = snapshot.import(&mut worker).await.unwrap();
    assert_eq!(first(&mut reader, COUNT).await, "5");
    snapshot.close().await;
    // The reader was not finished; its session begins afresh by itself.
    worker.begin_read_committed().await.unwrap();
    worker.rollback().await.unwrap();
    other.run("TRUNCATE public.note").await.unwrap();
}

#[tokio::test]
async fn a_snapshot_tells_which_row_versions_are_newer() {
    let database = notes().await;
    let snapshot = ExportedSnapshot::take(&database.settings(), &[table("note")])
        .await
        .unwrap();
    assert!(
        snapshot
            .text()
            .starts_with(&format!("{}:", snapshot.xmin()))
    );
    database.run("UPDATE note SET id = 10 WHERE id = 1").await;
    let sql = format!(
        "SELECT count(*) FROM note WHERE xmin::text::bigint >= {} AND NOT pg_visible_in_snapshot(xmin::text::xid8, '{}')",
        snapshot.xmin(),
        snapshot.text()
    );
    assert_eq!(database.value(&sql).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn reading_is_all_that_a_reader_may_do() {
    let database = notes().await;
    let snapshot = ExportedSnapshot::take(&database.settings(), &[])
        .await
        .unwrap();
    let mut worker = Session::open(&database.settings()).await.unwrap();
    let mut reader = snapshot.import(&mut worker).await.unwrap();
    let error = reader.run("DELETE FROM public.note").await.unwrap_err();
    assert_eq!(error.context()["sqlstate"], "25006");
}

#[tokio::test]
async fn many_tables_and_their_indexes_fit_into_a_server_that_nobody_tuned() {
    let tables: Vec<_> = (0..350)
        .map(|number| table(&format!("t{number}")))
        .collect();
    let mut sql = String::new();
    for table in &tables {
        let name = &table.name;
        sql.push_str(&format!(
            "CREATE TABLE {name} (a int PRIMARY KEY, b int UNIQUE, c int UNIQUE);"
        ));
    }
    let database = TestDatabase::with_sql(&sql).await;
    let snapshot = ExportedSnapshot::take(&database.settings(), &tables)
        .await
        .unwrap();
    let mut workers = Vec::new();
    for _ in 0..4 {
        workers.push(Session::open(&database.settings()).await.unwrap());
    }
    for table in &tables {
        for worker in &mut workers {
            let mut reader = snapshot.import(worker).await.unwrap();
            reader
                .run(&format!("SELECT count(*) FROM public.{}", table.name))
                .await
                .unwrap();
            reader.finish().await.unwrap();
        }
    }
}

#[tokio::test]
async fn how_large_tables_are_counts_partitions_and_what_is_stored_beside_them() {
    let database = TestDatabase::with_sql(
        "CREATE TABLE public.few (id int); INSERT INTO public.few VALUES (1);
         CREATE TABLE public.long (id int, note text); ALTER TABLE public.long ALTER note SET STORAGE EXTERNAL;
         INSERT INTO public.long SELECT 1, repeat('x', 400000);
         CREATE TABLE public.parted (id int) PARTITION BY LIST (id);
         CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES IN (1);
         INSERT INTO public.parted SELECT 1 FROM generate_series(1, 3000)",
    )
    .await;
    database.run("VACUUM ANALYZE").await;
    let names = ["few", "long", "parted"].map(table);
    let snapshot = ExportedSnapshot::take(&database.settings(), &names)
        .await
        .unwrap();
    let counts = names.map(|name| snapshot.page_count(&name));
    assert!(
        counts[0] == 1 && counts[1] > 40 && counts[2] > 10,
        "{counts:?}"
    );
    assert_eq!(snapshot.page_count(&table("parted_1")), 0);
    snapshot.close().await;
}
