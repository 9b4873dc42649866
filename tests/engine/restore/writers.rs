//! People at work in every company while one is backed up and restored, judged by their own log of what
//! they committed. The server has room for locks as one that nobody tuned.

#![allow(
    clippy::print_stdout,
    reason = "what is measured, and where a test failed, is told to who runs it"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use snapback_engine::archive::Reader;
use snapback_engine::model::TableName;
use snapback_engine::reporter::{Counters, Phase, Reporter, Silent, Step, Warning};
use snapback_engine::restore::{self, HoldWriters};
use snapback_engine::{CancelToken, Code, Result, company, snapshot};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::task::JoinHandle;

use crate::restore::workshop::{Way, Workshop, archives};

const DAMAGE: &str = "UPDATE public.product SET price = price + 1 WHERE \"companyId\" = 'acme';
    DELETE FROM public.\"order\" WHERE \"companyId\" = 'acme' AND id < 20";

/// A transaction that a writer committed.
struct Write {
    marker: String,
    began: Instant,
    committed: Instant,
}

/// Writers at work until they are called off.
struct Writers {
    stop: Arc<AtomicBool>,
    at_work: Vec<JoinHandle<Vec<Write>>>,
}

impl Writers {
    /// Two writers of each company, each with that pause between two transactions.
    async fn begin(workshop: &Workshop, acme: Duration, bolt: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut at_work = Vec::new();
        for (company, number, pause) in [
            ("acme", 1, acme),
            ("acme", 2, acme),
            ("bolt", 1, bolt),
            ("bolt", 2, bolt),
        ] {
            let session = workshop.database.connect().await;
            let writer = format!("{company}-w{number}");
            at_work.push(tokio::spawn(write(
                session,
                company,
                writer,
                pause,
                Arc::clone(&stop),
            )));
        }
        Self { stop, at_work }
    }

    /// What they have committed; fails where one of them was made to fail.
    async fn end(self) -> Vec<Write> {
        self.stop.store(true, Ordering::Relaxed);
        let mut written = Vec::new();
        for writer in self.at_work {
            written.extend(writer.await.expect("no writer is made to fail"));
        }
        let longest = written.iter().map(|write| write.committed - write.began);
        let longest = longest.max().unwrap_or_default();
        println!(
            "{} transactions, the longest took {longest:?}",
            written.len()
        );
        assert!(longest < Duration::from_secs(10), "{longest:?}");
        written
    }
}

/// Two tables in one transaction, and a sum that stays the same.
async fn write(
    mut session: PgConnection,
    company: &'static str,
    writer: String,
    pause: Duration,
    stop: Arc<AtomicBool>,
) -> Vec<Write> {
    let mut written = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let marker = format!("{writer}-{:05}", written.len());
        let began = Instant::now();
        let mut transaction = session.begin().await.unwrap();
        for sql in [
            format!("INSERT INTO public.customer (id, \"companyId\", name) VALUES ('{marker}', '{company}', '{marker}')"),
            format!("INSERT INTO public.\"order\" (\"companyId\", \"customerId\", note) VALUES ('{company}', '{marker}', '{marker}')"),
            format!("UPDATE public.product SET price = price + CASE code WHEN 'P-8' THEN 0.01 ELSE -0.01 END
                     WHERE \"companyId\" = '{company}' AND code IN ('P-8', 'P-9')"),
        ] {
            transaction.execute(AssertSqlSafe(sql)).await.unwrap();
        }
        transaction.commit().await.unwrap();
        written.push(Write {
            marker,
            began,
            committed: Instant::now(),
        });
        tokio::time::sleep(pause).await;
    }
    written
}

/// One column of a table in an archive.
fn column(reader: &Reader, table: &str, name: &str) -> Vec<String> {
    let table = TableName::new("public", table);
    let columns = &reader.manifest().table(&table).unwrap().columns;
    let place = columns.iter().position(|column| column == name).unwrap();
    let mut rows = reader.rows(&table).unwrap();
    let mut values = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        let row = String::from_utf8(row.to_vec()).unwrap();
        values.push(row.split('\t').nth(place).unwrap().to_owned());
    }
    values
}

/// The transactions of that company's writers of which both rows are there.
async fn live(workshop: &Workshop, company: &str) -> BTreeSet<String> {
    let sql = format!(
        "SELECT coalesce(string_agg(c.id, ' '), '') FROM public.customer AS c JOIN public.\"order\" AS o
            ON o.note = c.id AND o.\"customerId\" = c.id WHERE c.id LIKE '{company}-w%'"
    );
    let found = workshop.database.value(&sql).await.unwrap();
    found.split(' ').map(str::to_owned).collect()
}

/// What each transaction of that company's writers makes a cent dearer, in cents.
async fn cents(workshop: &Workshop, company: &str) -> i64 {
    let sql = format!(
        "SELECT (price * 100)::bigint FROM public.product WHERE \"companyId\" = '{company}' AND code = 'P-8'"
    );
    workshop
        .database
        .value(&sql)
        .await
        .unwrap()
        .parse()
        .unwrap()
}

/// Whose transactions those are.
fn of<'a>(written: &'a [Write], company: &'a str) -> impl Iterator<Item = &'a Write> {
    let is_theirs = move |write: &&Write| write.marker.starts_with(company);
    written.iter().filter(is_theirs)
}

/// Whether everything that a company's writers committed is there: both rows of each transaction, and each
/// cent.
async fn assert_all_there(workshop: &Workshop, written: &[Write], company: &str, before: i64) {
    let there = live(workshop, company).await;
    let lost = of(written, company).filter(|write| !there.contains(&write.marker));
    assert_eq!(lost.count(), 0, "writes of {company} are gone");
    let cents = cents(workshop, company).await - before;
    assert_eq!(cents, of(written, company).count() as i64, "{company}");
}

async fn assert_nobody_was_deadlocked(workshop: &Workshop) {
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(workshop.database.value(sql).await.as_deref(), Some("0"));
    let locks = workshop
        .database
        .value("current_setting('max_locks_per_transaction')");
    assert_eq!(locks.await.as_deref(), Some("64"));
}

async fn create(workshop: &Workshop, reporter: &dyn Reporter) -> Reader {
    let mut opened = workshop.open().await;
    let options = workshop.create_options(&opened);
    let (library, cancel) = (&workshop.library, CancelToken::new());
    let made = snapshot::create(&mut opened, library, options, reporter, &cancel).await;
    Reader::open(&made.unwrap().completed().unwrap().archive.path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_one_instant_of_what_writers_committed() {
    let workshop = Workshop::new().await;
    let pause = Duration::from_millis(3);
    let sum = |reader: &Reader| {
        let codes = column(reader, "product", "code").into_iter();
        let prices = column(reader, "product", "price");
        codes
            .zip(prices)
            .filter(|(code, _)| code == "P-8" || code == "P-9")
            .map(|(_, price)| (price.parse::<f64>().unwrap() * 100.0).round() as i64)
            .sum::<i64>()
    };
    let before = sum(&create(&workshop, &Silent).await);
    let writers = Writers::begin(&workshop, pause, pause).await;
    let mut backups = Vec::new();
    for _ in 0..4 {
        let asked = Instant::now();
        let reader = create(&workshop, &Silent).await;
        backups.push((asked, reader, Instant::now()));
    }
    let written = writers.end().await;
    for (asked, reader, done) in &backups {
        let customers: BTreeSet<String> = column(reader, "customer", "id")
            .into_iter()
            .filter(|id| id.contains("-w"))
            .collect();
        let orders: BTreeSet<String> = column(reader, "order", "note")
            .into_iter()
            .filter(|note| note.contains("-w"))
            .collect();
        assert_eq!(customers, orders, "a transaction is inside by half");
        assert_eq!(sum(reader), before, "a sum that every transaction keeps");
        let acmes = written
            .iter()
            .filter(|write| write.marker.starts_with("acme"));
        let (inside, outside): (Vec<&Write>, Vec<&Write>) =
            acmes.partition(|write| customers.contains(&write.marker));
        assert_eq!(inside.len(), customers.len());
        for left_out in outside {
            assert!(
                left_out.committed > *asked,
                "{} was committed before",
                left_out.marker
            );
            let later = inside.iter().find(|write| write.began > left_out.committed);
            assert!(
                later.is_none(),
                "{} is missing, what came after it is not",
                left_out.marker
            );
        }
        assert!(inside.iter().all(|write| write.began < *done));
    }
    assert_nobody_was_deadlocked(&workshop).await;
}

/// Restores beside writers and a long transaction of another company, and judges by their logs.
async fn restore_beside_writers(way: Way, hold: HoldWriters, acme: Duration) -> Result<()> {
    let workshop = Workshop::by(way, "").await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let mut long = workshop.database.connect().await;
    let mut open = long.begin().await.unwrap();
    if hold == HoldWriters::Late {
        // In a table that the restore does not touch; held from the start, every table is locked.
        open.execute("INSERT INTO public.\"paymentTerm\" VALUES ('bolt-long', 'bolt', 'Long')")
            .await
            .unwrap();
    }
    open.execute("SELECT count(*) FROM public.customer")
        .await
        .unwrap();
    let before = (
        cents(&workshop, "acme").await,
        cents(&workshop, "bolt").await,
    );
    let writers = Writers::begin(&workshop, acme, Duration::from_millis(30)).await;
    let mut options = workshop.options();
    options.hold_writers = hold;
    let done = workshop
        .try_restore_beside_writers(&backup.archive.path, &options)
        .await;
    let written = writers.end().await;
    open.commit().await.unwrap();
    assert_nobody_was_deadlocked(&workshop).await;
    assert_all_there(&workshop, &written, "bolt", before.1).await;
    let report = match done {
        Ok(report) => report,
        Err(error) => {
            assert!(
                matches!(error.code(), Code::ChangedMeanwhile | Code::LockNotHad),
                "{error}"
            );
            // A restore that refused has taken nothing away.
            assert_all_there(&workshop, &written, "acme", before.0).await;
            return Err(error);
        }
    };
    let safety = Reader::open(&report.safety.unwrap().path).unwrap();
    let mut kept = live(&workshop, "acme").await;
    let orders: BTreeSet<String> = column(&safety, "order", "note").into_iter().collect();
    let customers = column(&safety, "customer", "id").into_iter();
    kept.extend(customers.filter(|id| orders.contains(id)));
    for write in of(&written, "acme") {
        assert!(kept.contains(&write.marker), "{} was lost", write.marker);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_beside_busy_writers_loses_nothing_or_refuses() {
    // Which of the two depends on the moment; both are judged.
    for (way, pause) in [
        (Way::Superuser, 400),
        (Way::Superuser, 20),
        (Way::Owner, 400),
    ] {
        let pause = Duration::from_millis(pause);
        drop(restore_beside_writers(way, HoldWriters::Late, pause).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_holds_writers_succeeds_beside_them_and_nobody_fails() {
    for way in Way::ALL {
        let pause = Duration::from_millis(30);
        restore_beside_writers(way, HoldWriters::FromTheStart, pause)
            .await
            .unwrap();
    }
}

/// Does something the first time that an operation comes to a step, which waits for it.
struct At<W> {
    step: Step,
    work: Mutex<Option<W>>,
}

impl<W> At<W> {
    fn new(step: Step, work: W) -> Self {
        let work = Mutex::new(Some(work));
        Self { step, work }
    }
}

impl<W: Future<Output = ()> + Send> Reporter for At<W> {
    fn phase(&self, _: Phase, _: Option<u64>, _: Arc<Counters>) {}

    fn warning(&self, _: Warning) {}

    fn step(&self, step: Step) {
        if step != self.step {
            return;
        }
        if let Some(work) = self.work.lock().unwrap().take() {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work));
        }
    }
}

/// Sends that as another user and returns as soon as it is done or waits for a lock.
async fn meanwhile(workshop: &Workshop, sql: &'static str) -> JoinHandle<()> {
    let mut session = workshop.database.connect().await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut session)
        .await
        .unwrap();
    let sent = tokio::spawn(async move {
        session.execute(sql).await.unwrap();
    });
    let waits = format!("SELECT count(*) FROM pg_locks WHERE pid = {pid} AND NOT granted");
    while !sent.is_finished() && workshop.database.value(&waits).await.as_deref() == Some("0") {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncate_during_a_backup_waits_and_no_backup_is_short() {
    let workshop = Workshop::new().await;
    let truncating = Mutex::new(None);
    let reporter = At::new(Step::SnapshotTaken, async {
        let sent = meanwhile(&workshop, "TRUNCATE public.journal").await;
        assert!(!sent.is_finished(), "it waits");
        *truncating.lock().unwrap() = Some(sent);
    });
    let mut opened = workshop.open().await;
    let options = workshop.create_options(&opened);
    let (library, cancel) = (&workshop.library, CancelToken::new());
    let made = snapshot::create(&mut opened, library, options, &reporter, &cancel).await;
    drop(reporter);
    // Whoever reads that table now stands in line behind the TRUNCATE, so the backup gives way.
    let error = made.unwrap_err();
    assert_eq!(error.code(), Code::LockNotHad);
    assert!(error.code().is_retryable());
    assert!(archives(library.folder()).is_empty());
    truncating.into_inner().unwrap().unwrap().await.unwrap();
    let reader = create(&workshop, &Silent).await;
    assert!(column(&reader, "journal", "amount").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_beside_the_rows_is_of_the_same_instant_for_whoever_only_reads() {
    let mut workshop = Workshop::new().await;
    let before = workshop.create().await.manifest;
    let reader = workshop.database.role("reader", "").await;
    let grants = format!(
        "GRANT USAGE ON SCHEMA public TO \"{0}\"; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{0}\"",
        reader.name
    );
    workshop.database.run(&grants).await;
    let since = "INSERT INTO public.\"apiKey\" VALUES ('k3', 'acme', 'hash of a later one');
        DELETE FROM public.forecast;
        UPDATE public.\"user\" SET name = name || ' since', email = 'since.' || email;";
    let reporter = At::new(Step::SnapshotTaken, workshop.database.run(since));
    let target = workshop.target(workshop.database.settings_as(&reader));
    let mut opened = company::open(&target, "acme").await.unwrap();
    let options = workshop.create_options(&opened);
    let (library, cancel) = (&workshop.library, CancelToken::new());
    let made = snapshot::create(&mut opened, library, options, &reporter, &cancel).await;
    let made = made.unwrap().completed().unwrap().manifest;
    assert_eq!(made.excluded, before.excluded);
    assert_eq!(made.people, before.people);
    assert_eq!(made.row_count, before.row_count);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_between_reading_and_locking_is_read_again() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop
        .database
        .run("UPDATE public.customer SET name = name || '?' WHERE \"companyId\" = 'acme'")
        .await;
    let insert = "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-late', 'acme', 'Late')";
    let reporter = At::new(Step::ArchivePublished, workshop.database.run(insert));
    let reader = Arc::new(Reader::open(&backup.archive.path).unwrap());
    let (options, cancel) = (workshop.options(), CancelToken::new());
    let mut opened = workshop.open().await;
    let library = &workshop.library;
    let done = restore::run(&mut opened, &reader, library, &options, &reporter, &cancel).await;
    let report = done.unwrap().completed().unwrap();
    let safety = Reader::open(&report.safety.unwrap().path).unwrap();
    assert!(column(&safety, "customer", "id").contains(&"acme-late".to_owned()));
    let late = workshop
        .database
        .value("SELECT count(*) FROM public.customer WHERE id = 'acme-late'");
    assert_eq!(late.await.as_deref(), Some("0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_meets_a_restore_waits_and_writes_to_what_was_restored() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let writing = Mutex::new(Vec::new());
    let reporter = At::new(Step::TableApplied, async {
        let touched = "UPDATE public.product SET price = price + 1 WHERE code = 'P-1'";
        let held = meanwhile(&workshop, touched).await;
        assert!(!held.is_finished(), "writers of a touched table wait");
        let free = "UPDATE public.\"paymentTerm\" SET name = name || '!' WHERE id = 'acme-net7'";
        let free = meanwhile(&workshop, free).await;
        assert!(free.is_finished(), "others do not");
        let reading = meanwhile(&workshop, "SELECT count(*) FROM public.product").await;
        assert!(reading.is_finished(), "readers never do");
        writing.lock().unwrap().extend([held, free, reading]);
    });
    let reader = Arc::new(Reader::open(&backup.archive.path).unwrap());
    let (options, cancel) = (workshop.options(), CancelToken::new());
    let mut opened = workshop.open().await;
    let library = &workshop.library;
    let done = restore::run(&mut opened, &reader, library, &options, &reporter, &cancel).await;
    done.unwrap().completed().unwrap();
    drop(reporter);
    for sent in writing.into_inner().unwrap() {
        sent.await.unwrap();
    }
    let prices = "SELECT string_agg(price::text, ' ' ORDER BY \"companyId\") FROM public.product WHERE code = 'P-1'";
    assert_eq!(
        workshop.database.value(prices).await.as_deref(),
        Some("2.25 2.25")
    );
}
