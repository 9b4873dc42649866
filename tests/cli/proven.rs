//! Backups that are really restored, to prove that they can be.

use std::fs;

use crate::person::{Person, assert_words};

#[tokio::test]
async fn a_backup_is_proven_and_the_status_says_when() {
    let mut person = Person::new().await;
    let nothing = person.run(&["prove"]);
    assert_eq!(nothing.code, 10, "{}", nothing.all());
    let sheet = person.home().join("sheet.txt");
    person.done(&["key", "new", "--sheet", sheet.to_str().unwrap()]);
    person.says("SNAPBACK_KEY", sheet.to_str().unwrap());
    let backup = person.backup();
    let library = person.library().display().to_string();
    let proven = person.done(&["prove", "--company", "acme"]);
    assert_words("prove", &proven.all().replace(&library, "LIBRARY"));
    let (_, reports) = person.json(&["prove", &backup]);
    let report = &reports[0];
    assert_eq!(report["verdict"], "proven");
    let page = report["page"].as_str().unwrap();
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("Proven: this backup was restored"), "{page}");
    let (_, status) = person.json(&["status"]);
    assert_eq!(status["companies"][0]["proof"], "proven");

    // Half of it is another file's: the proof says so, and the status from then on.
    let bytes = fs::read(&backup).unwrap();
    let plain = person.done(&[
        "create",
        "--company",
        "acme",
        "--label",
        "x",
        "--no-encrypt",
    ]);
    let plain = plain.out.lines().last().unwrap().to_owned();
    let mut damaged = fs::read(&plain).unwrap();
    let place = damaged.len() / 3;
    damaged[place] ^= 0x55;
    fs::write(&plain, damaged).unwrap();
    assert!(!bytes.is_empty());
    let failed = person.run(&["prove", &plain]);
    assert_eq!(failed.code, 20, "{}", failed.all());
    assert!(failed.out.contains("wrong: "), "{}", failed.all());
    let (code, status) = person.json(&["status"]);
    assert_eq!(
        (code, &status["companies"][0]["proof"]),
        (3, &"failed".into())
    );

    // Once a day, a timer does the same.
    let journal = person.library().join("state/proofs.json");
    let noted = fs::read_to_string(&journal).unwrap();
    let mut noted: serde_json::Value = serde_json::from_str(&noted).unwrap();
    noted["acme"]["at"] = "2025-01-01T00:00:00Z".into();
    noted["acme"]["archive"] = uuid_of_nothing().into();
    fs::write(&journal, noted.to_string()).unwrap();
    fs::remove_file(&plain).unwrap();
    let (_, due) = person.json(&["run-due"]);
    assert_eq!(due["proofs"][0]["report"]["verdict"], "proven");
    let (_, again) = person.json(&["run-due"]);
    assert_eq!(again["proofs"].as_array().unwrap().len(), 0);
}

fn uuid_of_nothing() -> &'static str {
    "00000000-0000-0000-0000-000000000000"
}
