//! Memory does not grow with the company: a backup, a preview, a restore, a revert and an export of 5 million
//! rows take what they take of 450,000.

#![allow(
    clippy::print_stdout,
    reason = "what is measured, and where a test failed, is told to who runs it"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use snapback_demo::{COMPANIES, Demo, Role};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::person::{Person, Said, home, program};

/// What the program may take beside four times the largest row, which is a small one here.
const MOST_BYTES: u64 = 96 << 20;
/// By how much ten times the rows may differ: what the allocator makes of the same work. On a busy machine two runs
/// over the same rows have been 6 MiB apart.
const PLAY_BYTES: u64 = 12 << 20;

/// Every hundredth row of each table that notes its last change, with triggers silent.
const CHANGE: &str = r#"SET session_replication_role = replica;
DO $$ DECLARE found text; BEGIN
    FOR found IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND 3 = (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND (a.attname, a.atttypid) IN
            (('companyId', 'text'::regtype), ('id', 'text'::regtype), ('updatedAt', 'timestamptz'::regtype)))
    LOOP EXECUTE format('UPDATE public.%I SET "updatedAt" = ''2026-11-24'' WHERE "companyId" = ''COMPANY'' AND hashtext(id) %% 100 = 0', found);
    END LOOP;
END $$"#;

/// Runs that to its end: what it said, and the most memory that it had.
fn measured(home: &Path, arguments: &[&str]) -> (Said, u64) {
    let mut command = program(home);
    command.args(arguments);
    measured_of(command, arguments)
}

fn measured_of(mut command: Command, arguments: &[&str]) -> (Said, u64) {
    let begun = Instant::now();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let found = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        most = most.max(found.unwrap_or_default() << 10);
        std::thread::sleep(Duration::from_millis(5));
    }
    let said = Said::of(arguments, child.wait_with_output().unwrap());
    assert!(matches!(said.code, 0 | 3), "{}", said.all());
    println!(
        "{:>9} {:>6.1} MiB {:>6.1} s",
        arguments[0],
        most as f64 / 1_048_576.0,
        begun.elapsed().as_secs_f64()
    );
    (said, most)
}

/// The peaks of the main operations on the demo's main company at that scale.
async fn peaks(scale: &str) -> Vec<u64> {
    let home = home();
    let home = home.path();
    measured(home, &["demo", "up", "--scale", scale]);
    let company = COMPANIES[0].id;
    let (made, creating) = measured(home, &["create", "--company", company]);
    println!("{}", made.out);
    let archive = made.out.lines().last().unwrap();
    let demo = Demo::attach(&home.join("data/snapback/demo"), None)
        .await
        .unwrap()
        .unwrap();
    let mut session = PgConnection::connect_with(&demo.connection(Role::Restorer).options())
        .await
        .unwrap();
    let change = CHANGE.replace("COMPANY", company);
    session.execute(sqlx::AssertSqlSafe(change)).await.unwrap();
    session.close().await.unwrap();
    let restore = ["restore", archive, "--company", company];
    let (_, looking) = measured(home, &[&restore[..], &["--dry-run"]].concat());
    let (done, restoring) = measured(home, &[&restore[..], &["--yes"]].concat());
    println!("{}", done.out.lines().next().unwrap_or_default());
    let (_, reverting) = measured(home, &["revert", "--company", company, "--yes"]);
    measured(home, &["demo", "down"]);
    let csv = home.join("all.zip");
    let export = ["export", "--from", archive, "--csv", csv.to_str().unwrap()];
    let (_, exporting) = measured(home, &export);
    vec![creating, looking, restoring, reverting, exporting]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a quarter of an hour and 6 GB of disk: make test-long"]
async fn memory_is_the_same_for_450_000_rows_and_for_5_million() {
    let (small, large) = (peaks("12").await, peaks("130").await);
    for (small, large) in small.into_iter().zip(large) {
        assert!(small.max(large) <= MOST_BYTES, "{small} and {large} bytes");
        assert!(large <= small + PLAY_BYTES, "{small} and {large} bytes");
    }
}

/// What the program may take while files of any size pass through it.
const MOST_WITH_FILES: u64 = 128 << 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes and 11 GB of sparse disk: make test-long"]
async fn memory_is_the_same_for_a_file_of_5_gb_and_for_thousands_of_small_ones() {
    let person = Person::new().await;
    let folder = person.home().join("storage/private/acme");
    std::fs::create_dir_all(folder.join("small")).unwrap();
    for number in 0..5_000_u32 {
        let content = number.to_string().repeat(4_000);
        std::fs::write(folder.join(format!("small/{number}.txt")), content).unwrap();
    }
    let large = folder.join("large.bin");
    std::fs::File::create(&large)
        .unwrap()
        .set_len(5 << 30)
        .unwrap();
    let run = |arguments: &[&str]| measured_of(person.command(arguments), arguments);
    let (made, creating) = run(&["create", "--company", "acme", "--files"]);
    assert!(made.out.contains("and 5,001 files in"), "{}", made.all());
    let archive = made.out.lines().last().unwrap();
    std::fs::write(&large, "written over").unwrap();
    std::fs::remove_dir_all(folder.join("small")).unwrap();
    let restore = ["restore", archive, "--company", "acme", "--files", "--yes"];
    let (_, restoring) = run(&restore);
    assert_eq!(std::fs::metadata(&large).unwrap().len(), 5 << 30);
    assert_eq!(
        std::fs::read_dir(folder.join("small")).unwrap().count(),
        5_000
    );
    let (_, reverting) = run(&["revert", "--company", "acme", "--yes"]);
    assert_eq!(std::fs::read(&large).unwrap(), b"written over");
    for taken in [creating, restoring, reverting] {
        assert!(taken <= MOST_WITH_FILES, "{taken} bytes");
    }
}
