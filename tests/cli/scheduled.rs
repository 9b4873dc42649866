//! Backups that are made by themselves.

use std::fs;

use serde_json::Value;

use crate::person::{Person, Said, assert_words};

/// Adds a schedule for Acme.
pub(crate) fn add(person: &Person, how: &[&str]) -> Said {
    let schedule = ["schedule", "add", "--company", "acme"];
    person.done(&[&schedule, how, &["--zone", "UTC"]].concat())
}

/// Makes the person's schedules as old as a year, so that everything is due.
pub(crate) fn a_year_ago(person: &Person) {
    let path = person.library().join("state/schedules.json");
    let mut schedules: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for schedule in schedules.as_array_mut().unwrap() {
        schedule["since"] = "2025-01-01T00:00:00Z".into();
    }
    fs::write(&path, schedules.to_string()).unwrap();
}

pub(crate) fn scheduled(person: &Person) -> Vec<Value> {
    let (_, list) = person.json(&["list"]);
    let backups = list["backups"].as_array().unwrap().iter();
    backups
        .filter(|backup| backup["kind"] == "scheduled")
        .cloned()
        .collect()
}

#[tokio::test]
async fn what_is_due_is_backed_up_once_and_the_status_says_so() {
    let person = Person::new().await;
    let added = add(&person, &["--every", "6h", "--keep", "7d"]);
    assert_words("schedule-add", &added.all());
    assert_words("run-due-nothing", &person.done(&["run-due"]).all());
    a_year_ago(&person);
    let late = person.run(&["status"]);
    assert_eq!(late.code, 3, "{}", late.all());
    assert!(late.out.contains("OVERDUE"), "{}", late.all());
    assert_words("run-due", &person.done(&["run-due"]).all());
    assert_words("run-due-nothing", &person.done(&["run-due"]).all());
    assert_eq!(scheduled(&person).len(), 1);
    let (code, status) = person.json(&["status"]);
    let company = &status["companies"][0];
    assert_eq!((code, &company["company"]), (0, &"acme".into()));
    assert_eq!(company["backup_count"], 1);
    assert_eq!(company["is_overdue"], false);
}

#[tokio::test]
async fn a_schedule_for_every_company_protects_those_that_come_later() {
    let person = Person::new().await;
    person.done(&["schedule", "add", "--all", "--usual", "--zone", "UTC"]);
    person.backup();
    // Before it has run for the first time.
    let (_, status) = person.json(&["status"]);
    assert!(status["companies"][0]["next"].is_string(), "{status}");
    a_year_ago(&person);
    let (_, first) = person.json(&["run-due"]);
    assert_eq!(first["backups"].as_array().unwrap().len(), 6);
    let new = "INSERT INTO public.company (id, name) VALUES ('later', 'Later Ltd')";
    person.database.run(new).await;
    // All of them are done for this time; the new one comes with the next.
    let (_, second) = person.json(&["run-due"]);
    assert_eq!(second["backups"].as_array().unwrap().len(), 0);
    let path = person.library().join("state/scheduled-runs.json");
    let mut runs: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for number in ["1", "2", "3"] {
        runs[number][""]["done_for"] = "2025-01-01T00:00:00Z".into();
    }
    fs::write(&path, runs.to_string()).unwrap();
    let (_, third) = person.json(&["run-due"]);
    let backups = third["backups"].as_array().unwrap();
    assert_eq!(backups.len(), 3);
    assert!(backups.iter().all(|backup| backup["company"] == "later"));
}

#[tokio::test]
async fn a_backup_that_fails_is_due_again_and_seen_in_the_status() {
    let person = Person::new().await;
    add(&person, &["--every", "daily@02:00"]);
    person.backup();
    a_year_ago(&person);
    person
        .database
        .run("CREATE TABLE public.mystery (id integer PRIMARY KEY)")
        .await;
    let failed = person.run(&["run-due"]);
    assert_eq!(failed.code, 3, "{}", failed.all());
    let (code, status) = person.json(&["status"]);
    assert_eq!(code, 3);
    assert_eq!(status["companies"][0]["failures"], 1);
    person.database.run("DROP TABLE public.mystery").await;
    person.done(&["run-due"]);
    let (code, status) = person.json(&["status"]);
    assert_eq!((code, &status["companies"][0]["failures"]), (0, &0.into()));
}

#[tokio::test]
async fn another_database_than_the_schedule_s_is_not_backed_up() {
    let (person, other) = (Person::new().await, Person::new().await);
    add(&person, &["--every", "6h"]);
    a_year_ago(&person);
    let mut command = person.command(&["run-due", "--json"]);
    let said = command
        .env("SNAPBACK_DATABASE_URL", other.database.url())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said.status.code(), Some(3));
    assert_eq!(report["failures"][0]["error"]["code"], "no_such_database");
    assert_eq!(scheduled(&person).len(), 0);
    let (_, status) = person.json(&["status"]);
    assert_eq!(status["companies"][0]["last_failure"], "no_such_database");
}

#[tokio::test]
async fn only_what_schedules_made_goes_and_never_a_pinned_one() {
    let person = Person::new().await;
    let by_hand = person.backup();
    add(&person, &["--every", "1h", "--keep", "1d"]);
    for _ in 0..3 {
        a_year_ago(&person);
        fs::remove_file(person.library().join("state/scheduled-runs.json")).ok();
        person.done(&["run-due"]);
    }
    let made = scheduled(&person);
    assert_eq!(made.len(), 3);
    let pinned = made[2]["id"].as_str().unwrap();
    assert_words(
        "pin",
        &person.done(&["pin", pinned]).all().replace(pinned, "ID"),
    );
    // The days that they are kept are over.
    for backup in &made {
        let id = backup["id"].as_str().unwrap();
        let path = person.library().join(format!("state/made/{id}.json"));
        let mut noted: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(noted["keep_days"], 1);
        noted["keep_days"] = 0.into();
        fs::write(&path, noted.to_string()).unwrap();
    }
    let plan = person.done(&["prune", "--dry-run"]);
    assert!(plan.out.contains("1 would go"), "{}", plan.all());
    let refused = person.run(&["prune"]);
    assert_eq!(refused.code, 21, "{}", refused.all());
    assert_eq!(scheduled(&person).len(), 3);
    person.done(&["prune", "--yes"]);
    // The newest stays, and the pinned one.
    let left = scheduled(&person);
    assert_eq!(left.len(), 2);
    assert!(left.iter().any(|backup| backup["id"] == pinned));
    assert!(fs::exists(by_hand).unwrap());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_timer_is_written_for_the_person_and_taken_away() {
    let person = Person::new().await;
    let nothing = person.run(&["schedule", "install"]);
    assert_eq!(nothing.code, 10, "{}", nothing.all());
    add(&person, &["--every", "6h"]);
    let (_, installed) = person.json(&["schedule", "install"]);
    let service = person
        .home()
        .join("config/systemd/user/snapback-run-due.service");
    assert_eq!(installed["files"][0], service.display().to_string());
    let text = fs::read_to_string(&service).unwrap();
    let library = person.library();
    let command = format!(
        "\"{}\" --library \"{}\" run-due",
        env!("CARGO_BIN_EXE_snapback"),
        library.display()
    );
    assert!(text.contains(&command), "{text}");
    assert!(!text.contains("postgres://"), "{text}");
    person.done(&["schedule", "uninstall"]);
    assert!(!service.exists());
    person.done(&["schedule", "remove", "1", "--yes"]);
    assert_words("schedule-none", &person.done(&["schedule", "list"]).all());
}

#[tokio::test]
async fn a_schedule_that_cannot_be_is_refused_with_what_to_write() {
    let person = Person::new().await;
    let add = |arguments: &[&str]| {
        let said = person.run(&[&["schedule", "add", "--company", "acme"], arguments].concat());
        assert_ne!(said.code, 0, "{}", said.all());
        said.all()
    };
    assert_words("error-rhythm", &add(&["--every", "7 minutes"]));
    assert_words(
        "error-zone",
        &add(&["--every", "6h", "--zone", "Mars/Olympus"]),
    );
    assert_words("error-keep", &add(&["--every", "6h", "--keep", "0d"]));
    let none = person.run(&["schedule", "remove", "9", "--yes"]);
    assert_words("error-no-such-schedule", &none.all());
}

#[tokio::test]
async fn rows_are_handed_over_by_themselves_and_count_as_no_backup() {
    let person = Person::new().await;
    let folder = person.home().join("handed");
    let into = folder.to_str().unwrap();
    let how = ["--every", "6h", "--csv", into, "--only", "area:sales"];
    let schedule = ["schedule", "add", "--company", "acme"];
    let refused = person.run(&[&schedule[..], &how].concat());
    assert_eq!(refused.code, 10, "{}", refused.all());
    fs::create_dir(&folder).unwrap();
    add(&person, &how);
    a_year_ago(&person);
    let (code, due) = person.json(&["run-due"]);
    assert_eq!(code, 0, "{due}");
    let written = due["backups"][0]["path"].as_str().unwrap();
    assert!(written.ends_with("-sales.zip"), "{written}");
    assert!(fs::read(written).unwrap().starts_with(b"PK"));
    assert_eq!(scheduled(&person).len(), 0);
    let (code, status) = person.json(&["status"]);
    assert_eq!(
        (code, &status["companies"][0]["is_overdue"]),
        (0, &false.into())
    );
    assert!(person.done(&["run-due"]).out.contains("Nothing is due"));
    let (_, list) = person.json(&["audit", "list"]);
    assert_eq!(list["entries"][0]["action"], "export");
    // A company whose rows cannot be handed over holds up no other.
    let unknown = ["--all", "--every", "6h", "--csv", into, "--only", "area:x"];
    let refused = person.run(&[&schedule[..2], &unknown].concat());
    assert_eq!(refused.code, 2, "{}", refused.all());
    person.done(&[&schedule[..2], &unknown[..5]].concat());
    a_year_ago(&person);
    person
        .database
        .run("UPDATE public.\"order\" SET \"customerId\" = 'bolt-c1' WHERE id = 4")
        .await;
    let (code, due) = person.json(&["run-due"]);
    assert_eq!((code, due["backups"].as_array().unwrap().len()), (3, 2));
    for made in due["backups"].as_array().unwrap() {
        let is_whole = made["company"] != "acme";
        assert_eq!(made["error"].is_null(), is_whole, "{made}");
        assert_eq!(made["path"].is_string(), is_whole, "{made}");
    }
    // A folder that is not there is not filled in its absence.
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_file(person.library().join("state/scheduled-runs.json")).unwrap();
    let (code, due) = person.json(&["run-due"]);
    assert_eq!(
        (code, &due["backups"][0]["error"]["code"]),
        (3, &"no_such_storage".into())
    );
}
