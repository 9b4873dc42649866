//! Who did what, and that nobody rewrites it unnoticed; a company as it was at some moment.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::person::{DAMAGE, PRICES, Person, assert_words};

fn trail(person: &Person) -> PathBuf {
    person.home().join("data/snapback/audit/audit.log")
}

/// The deeds of the trail, oldest first, as what, what of it, how it ended and on which company.
fn deeds(person: &Person) -> Vec<[String; 4]> {
    let (code, list) = person.json(&["audit", "list"]);
    assert_eq!(code, 0);
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let entries = list["entries"].as_array().unwrap().iter().rev();
    let deeds = entries.map(|entry| {
        [
            word(&entry["action"]),
            word(&entry["detail"]),
            word(&entry["result"]),
            word(&entry["company"]),
        ]
    });
    deeds.collect()
}

#[tokio::test]
async fn what_is_done_and_what_fails_is_noted_here_and_in_the_database() {
    let mut person = Person::new().await;
    assert_words("audit-empty", &calm(&person.done(&["audit", "list"]).all()));
    let backup = person.backup();
    person.done(&["rows", &backup, "customer", "--where", "id=acme-c7"]);
    person.done(&["search", &backup, "Sought for words"]);
    let out = person.home().join("out.zip");
    person.done(&["export", "--from", &backup, "--csv", out.to_str().unwrap()]);
    person.database.run(DAMAGE).await;
    let restore = ["restore", &backup, "--company", "acme"];
    assert_eq!(person.run(&restore).code, 21);
    person.done(&[&restore[..], &["--dry-run"]].concat());
    person.done(&[&restore[..], &["--yes"]].concat());
    person.done(&["revert", "--company", "acme", "--yes"]);
    person.done(&[
        "restore",
        &backup,
        "--company",
        "acme",
        "--only",
        "customer:acme-c7",
        "--yes",
    ]);
    person.done(&["keep", "--company", "acme"]);
    assert_eq!(person.run(&["create", "--company", "nobody"]).code, 10);
    person.done(&[
        "schedule",
        "add",
        "--company",
        "acme",
        "--every",
        "6h",
        "--zone",
        "UTC",
    ]);
    person.done(&["schedule", "remove", "1", "--yes"]);
    person.done(&["delete", &backup, "--yes"]);
    let expected = [
        "create - done acme",
        "inspect rows done acme",
        "inspect search done acme",
        "export - done acme",
        "restore - not_confirmed acme",
        "restore - done acme",
        "revert - done acme",
        "restore rows - done acme",
        "keep - done acme",
        "create - no_such_company nobody",
        "schedule add done acme",
        "schedule remove done -",
        "delete - done acme",
    ];
    let found: Vec<String> = deeds(&person).iter().map(|deed| deed.join(" ")).collect();
    assert_eq!(found, expected);
    let text = fs::read_to_string(trail(&person)).unwrap();
    for secret in ["postgres:", "Sought for words", "acme-c7", "Made since"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }

    // The engine notes restores by itself, in their transactions; nothing is there twice.
    let shared =
        "SELECT string_agg(action || ' ' || result, ', ' ORDER BY number) FROM snapback.audit";
    assert_eq!(
        person.database.value(shared).await.unwrap(),
        "restore done, revert done, restore rows done, keep done, create no_such_company, schedule done"
    );
    let (_, list) = person.json(&["audit", "list", "--shared", "--company", "acme"]);
    assert_eq!(list["entries"][0]["action"], "schedule");
    assert_eq!(list["entries"].as_array().unwrap().len(), 5);
    let listed = person.done(&["audit", "list", "--limit", "3"]);
    assert_words("audit-list", &calm(&listed.all()));

    // A role that may only read is noted here alone.
    let before = person
        .database
        .value("SELECT count(*)::text FROM snapback.audit")
        .await;
    let role = person.database.role("reader", "BYPASSRLS").await;
    let grant = format!("GRANT pg_read_all_data TO \"{}\"", role.name);
    person.database.run(&grant).await;
    let url = person.database.url_as(&role);
    person.says("SNAPBACK_DATABASE_URL", &url);
    person.backup_called("by a reader");
    assert_eq!(deeds(&person).len(), expected.len() + 1);
    let after = person
        .database
        .value("SELECT count(*)::text FROM snapback.audit")
        .await;
    assert_eq!(before, after);

    let csv = person.home().join("audit.csv");
    person.done(&["audit", "export", "--csv", csv.to_str().unwrap()]);
    let mut read = csv::Reader::from_path(&csv).unwrap();
    assert_eq!(read.headers().unwrap().get(4), Some("result"));
    let results = read.records().map(|record| record.unwrap()[4].to_owned());
    assert_eq!(results.filter(|result| result == "done").count(), 12);
    let again = person.run(&["audit", "export", "--csv", csv.to_str().unwrap()]);
    assert_eq!(again.code, 2, "{}", again.all());
}

/// Columns are as wide as this computer's name.
fn calm(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace());
    lines
        .map(|words| {
            let line = words.collect::<Vec<_>>().join(" ") + "\n";
            match line.split_once(" on ") {
                Some((before, after)) if line.contains("UTC") => {
                    let before = before.rsplit_once(' ').unwrap_or_default().0;
                    let after = after.split_once(' ').unwrap_or_default().1;
                    format!("{before} [who] {after}")
                }
                _ => line,
            }
        })
        .collect()
}

#[tokio::test]
async fn a_trail_that_was_edited_or_cut_off_is_found_out() {
    let person = Person::new().await;
    let backup = person.backup();
    let none = person.done(&["audit", "verify"]);
    assert_words("audit-verify-alone", &none.all());
    person.database.run(PRICES).await;
    person.done(&["restore", &backup, "--company", "acme", "--yes"]);
    person.done(&["keep", "--company", "acme"]);
    person.done(&["delete", &backup, "--yes"]);
    assert_words("audit-verify", &person.done(&["audit", "verify"]).all());

    let path = trail(&person);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replace("\"restore\"", "\"inspect\"")).unwrap();
    let edited = person.run(&["audit", "verify"]);
    assert_eq!(edited.code, 20, "{}", edited.all());
    assert_words("audit-verify-edited", &edited.all());

    let lines: Vec<&str> = whole.lines().collect();
    fs::write(&path, [lines[0], lines[2], lines[3], ""].join("\n")).unwrap();
    let (code, found) = person.json(&["audit", "verify"]);
    assert_eq!(
        (code, &found["faults"][0]["kind"]),
        (20, &"not_following".into())
    );

    // The end is cut off, and what lies beside it is made to fit: only the database knows better.
    fs::write(&path, [lines[0], lines[1], ""].join("\n")).unwrap();
    let beside = path.with_file_name("audit-end.json");
    let (hash, second) = lines[1].split_once(' ').unwrap();
    let second: Value = serde_json::from_str(second).unwrap();
    let end = serde_json::json!({ "trail": second["trail"], "number": 2, "hash": hash });
    fs::write(&beside, end.to_string()).unwrap();
    let (code, found) = person.json(&["audit", "verify"]);
    assert_eq!((code, &found["faults"][0]["kind"]), (20, &"cut_off".into()));
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let (code, found) = person.json(&["audit", "verify"]);
    assert_eq!((code, &found["faults"][0]["kind"]), (20, &"gone".into()));
}

#[tokio::test]
async fn a_company_is_restored_as_it_was_at_some_moment() {
    let person = Person::new().await;
    let restore = |at: &str, more: &[&str]| {
        person.run(&[&["restore", "--company", "acme", "--at", at], more].concat())
    };
    let none = restore("2026-05-04 15:00", &["--yes"]);
    assert_eq!(none.code, 10, "{}", none.all());
    assert_eq!(restore("yesterday", &["--yes"]).code, 2);
    let first = person.backup();
    let (_, shown) = person.json(&["show", &first]);
    let of_first = shown["made_at"].as_str().unwrap().to_owned();
    person.database.run(PRICES).await;
    person.backup_called("after");
    let dry = restore(&of_first, &["--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.all());
    assert_words("restore-at", &dry.all());
    let (_, plan) = person.json(&[
        "restore",
        "--company",
        "acme",
        "--at",
        &of_first,
        "--dry-run",
    ]);
    assert_eq!(plan["point"]["before"]["path"], first.as_str());
    assert_eq!(plan["point"]["before"]["seconds_away"], 0);
    assert_eq!(plan["point"]["after"]["label"], "after");
    // A microsecond earlier there is none yet; a day later, the second one, which is as it is now.
    let early = restore("2020-01-01T00:00:00Z", &["--yes"]);
    assert_eq!(early.code, 10, "{}", early.all());
    let late = restore("2999-01-01T00:00:00Z", &["--dry-run"]);
    assert!(
        late.out.contains("nothing") || late.out.contains("Nothing"),
        "{}",
        late.all()
    );
    let done = restore(&of_first, &["--only", "product:P-1", "--yes"]);
    assert_eq!(done.code, 0, "{}", done.all());
    let both = person.run(&["restore", &first, "--company", "acme", "--at", &of_first]);
    assert_eq!(both.code, 2, "{}", both.all());
}
