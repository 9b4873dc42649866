//! `kill -9` while scheduled backups are made, copied and let go: at moments spread over the whole run, since what is
//! cut off there is files alone.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::person::{PRICES, Person};
use crate::scheduled::{a_year_ago, add, scheduled};

/// Kills the command after that share of the time that a whole run takes.
fn kill_after(person: &Person, arguments: &[&str], whole: Duration, share: u32) {
    let mut command = person.command(arguments);
    let mut running = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(whole * share / 8);
    // One that has ended by itself meanwhile was killed too late, and is as good.
    running.kill().ok();
    running.wait().unwrap();
}

fn copy_of(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_of(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Everything that is due is made anew.
fn make_another(person: &Person) -> Duration {
    again(person);
    let begun = Instant::now();
    person.done(&["run-due"]);
    begun.elapsed()
}

fn again(person: &Person) {
    a_year_ago(person);
    fs::remove_file(person.library().join("state/scheduled-runs.json")).ok();
}

/// What of the library cannot be used.
fn broken(person: &Person) -> Vec<Value> {
    let (_, list) = person.json(&["list"]);
    let backups = list["backups"].as_array().unwrap().iter();
    let broken = backups.filter(|backup| !backup["problem"].is_null());
    // One that was never finished says so, and is never taken for a good one.
    broken
        .filter(|backup| backup["problem"]["code"] != "archive_incomplete")
        .cloned()
        .collect()
}

#[tokio::test]
async fn a_point_that_stands_on_one_that_goes_is_whole_whenever_letting_go_is_killed() {
    let person = Person::new().await;
    // Enough rows for what changes to be a small part of them.
    let many = "INSERT INTO public.customer (id, \"companyId\", name) SELECT 'acme-m' || n, 'acme', md5(n::text) || md5('x' || n) FROM generate_series(1, 2000) AS n";
    person.database.run(many).await;
    add(&person, &["--every", "1h", "--keep", "1d"]);
    for _ in 0..3 {
        person.database.run(PRICES).await;
        make_another(&person);
    }
    let made = scheduled(&person);
    let newest = made[0]["path"].as_str().unwrap();
    let size = || fs::metadata(newest).unwrap().len();
    let rows = || person.done(&["rows", newest, "product"]).out;
    let (before, by_changes) = (rows(), size());
    for backup in &made {
        let id = backup["id"].as_str().unwrap();
        let path = person.library().join(format!("state/made/{id}.json"));
        let noted = fs::read_to_string(&path).unwrap();
        let over = noted.replace("\"keep_days\":1", "\"keep_days\":0");
        fs::write(&path, over.replace("\"keep_days\": 1", "\"keep_days\": 0")).unwrap();
    }
    let kept = person.home().join("kept");
    copy_of(&person.library(), &kept);
    let prune = ["prune", "--yes"];
    let begun = Instant::now();
    person.done(&prune);
    let whole = begun.elapsed();
    assert!(size() > by_changes, "nothing stood on what has gone");
    for share in [1, 3, 5, 6, 7] {
        fs::remove_dir_all(person.library()).unwrap();
        copy_of(&kept, &person.library());
        kill_after(&person, &prune, whole, share);
        assert_eq!(broken(&person), [] as [Value; 0], "killed at {share}/8");
        assert_eq!(rows(), before, "killed at {share}/8");
        person.done(&prune);
        assert_eq!(scheduled(&person).len(), 1, "killed at {share}/8");
        assert_eq!(rows(), before, "killed at {share}/8");
    }
}

#[tokio::test]
async fn what_is_due_and_copied_is_there_and_whole_whenever_a_run_is_killed() {
    let person = Person::new().await;
    let disk = person.home().join("disk");
    fs::create_dir(&disk).unwrap();
    person.done(&["place", "add", disk.to_str().unwrap()]);
    add(&person, &["--every", "1h", "--keep", "1d"]);
    let whole = make_another(&person);
    for share in [1, 3, 5, 6, 7] {
        let before = scheduled(&person).len();
        person.database.run(PRICES).await;
        again(&person);
        kill_after(&person, &["run-due"], whole, share);
        assert_eq!(broken(&person), [] as [Value; 0], "killed at {share}/8");
        // The next run makes up for it. What was there and not yet noted is made once more, and nothing is left out.
        let run = person.run(&["run-due"]);
        assert_eq!(run.code, 0, "killed at {share}/8: {}", run.all());
        let made = scheduled(&person).len() - before;
        assert!((1..=2).contains(&made), "killed at {share}/8: {made}");
        let (code, status) = person.json(&["status"]);
        let place = &status["places"][0];
        assert_eq!((code, &place["waiting_count"]), (0, &0.into()), "{status}");
    }
    for copy in fs::read_dir(&disk).unwrap().flatten() {
        let path = copy.path();
        if path.extension().is_some_and(|ending| ending == "snapback") {
            person.done(&["verify", path.to_str().unwrap()]);
        }
    }
}
