//! Being stopped, and what is left behind: nothing that others could read.

use std::path::Path;
use std::time::Duration;

use crate::person::{DAMAGE, Person};

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_with_130_at_once() {
    let person = Person::new().await;
    // Whoever holds a table like this makes a reader wait.
    let mut holding = person.database.connect().await;
    sqlx::raw_sql("BEGIN; LOCK TABLE public.customer IN ACCESS EXCLUSIVE MODE")
        .execute(&mut holding)
        .await
        .unwrap();
    let mut running = person
        .command(&["contents", "--company", "acme"])
        .spawn()
        .unwrap();
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation' AND \
                   database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while person.database.value(waiting).await.as_deref() == Some("0") {
        assert!(running.try_wait().unwrap().is_none());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    interrupt(running.id());
    // The table is held until the command has ended, so that only being stopped can have ended it.
    assert_eq!(running.wait().unwrap().code(), Some(130));
    drop(holding);
}

#[cfg(unix)]
fn interrupt(process: u32) {
    let sent = std::process::Command::new("kill")
        .args(["-INT", &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[cfg(unix)]
#[tokio::test]
async fn everything_written_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    person.done(&["restore", &archive, "--company", "acme", "--yes"]);
    let mut folders = vec![person.home().join("data/snapback")];
    let mut file_count = 0;
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&folder) & 0o077, 0, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
                file_count += 1;
            }
        }
    }
    assert!(file_count >= 4, "archive, safety snapshot, journal, log");
}

#[tokio::test]
async fn the_log_tells_what_was_run_and_no_values() {
    let person = Person::new().await;
    person.backup();
    person.run(&["contents", "--company", "Anna Weber"]);
    let logs = std::fs::read_dir(person.home().join("data/snapback/logs")).unwrap();
    let log: String = logs
        .map(|day| std::fs::read_to_string(day.unwrap().path()).unwrap())
        .collect();
    assert!(log.contains("\"create\"") && log.contains("no_such_company"));
    for secret in ["Anna Weber", "Customer 1", "a password", "postgres://"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn the_library_lies_where_the_app_was_told_to_put_it() {
    let person = Person::new().await;
    let library = person.home().join("elsewhere");
    let settings = person.home().join("config/snapback/settings.json");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let text = format!("{{ \"library\": {:?} }}", library.to_str().unwrap());
    std::fs::write(&settings, text).unwrap();
    assert!(Path::new(&person.backup()).starts_with(&library));

    std::fs::write(&settings, "{ \"library\": ").unwrap();
    let said = person.done(&["list"]);
    assert!(
        said.err.contains("The settings could not be read"),
        "{}",
        said.err
    );
    assert!(settings.with_file_name("settings.unreadable.json").exists());
}
