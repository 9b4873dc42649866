//! Backups that only a key opens.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::person::{DAMAGE, PRICES, Person, Said, assert_words};

/// A person whose library has a key, at hand by its recovery sheet alone.
async fn person_with_key() -> (Person, PathBuf) {
    let mut person = Person::new().await;
    let sheet = person.home().join("sheet.txt");
    let made = person.done(&["key", "new", "--sheet", sheet.to_str().unwrap()]);
    assert_words("key-new", &at_home(&person, &made));
    person.says("SNAPBACK_KEY", sheet.to_str().unwrap());
    (person, sheet)
}

/// What was said, without where the person's folder is.
fn at_home(person: &Person, said: &Said) -> String {
    let home = person.home().display().to_string();
    said.all().replace(&home, "HOME")
}

fn code(said: &Said) -> Value {
    said.document()["code"].clone()
}

#[tokio::test]
async fn a_key_is_never_made_where_nothing_would_keep_it() {
    let person = Person::new().await;
    let refused = person.run(&["key", "new"]);
    assert_words("error-key-not-kept", &refused.all());
    assert_words("key-show-none", &person.done(&["key", "show"]).all());
    let refused = person.run(&["key", "sheet", "sheet.txt"]);
    assert_words("error-no-key", &refused.all());
    let backup = person.backup();
    fs::write(person.home().join("letter.txt"), "To a friend").unwrap();
    let refused = person.run(&["key", "add", "letter.txt"]);
    assert_words("error-invalid-key", &at_home(&person, &refused));
    let (_, shown) = person.json(&["show", &backup]);
    assert_eq!(shown["encrypted"], false);
}

#[tokio::test]
async fn everything_that_reads_backups_reads_encrypted_ones_and_nobody_does_without_the_key() {
    let (person, sheet) = person_with_key().await;
    let backup = person.backup();
    assert!(
        fs::read(&backup)
            .unwrap()
            .starts_with(b"age-encryption.org/v1\n")
    );
    let (_, list) = person.json(&["list"]);
    assert_eq!(list["backups"][0]["encrypted"], true);

    person.done(&["verify", &backup]);
    let (_, shown) = person.json(&["show", &backup, "--company", "acme"]);
    assert_eq!(
        (&shown["encrypted"], &shown["made_here"]),
        (&true.into(), &true.into())
    );
    let rows = person.done(&["rows", &backup, "customer", "--limit", "1"]);
    assert!(rows.out.contains("acme-c"), "{}", rows.all());
    let found = person.done(&["search", &backup, "acme-c7"]);
    assert!(found.out.contains("customer"), "{}", found.all());
    person.done(&["export", "--from", &backup, "--csv", "out.zip"]);
    person.done(&["export", "--company", "acme", "--csv", "live.zip"]);
    person.database.run(DAMAGE).await;
    let plain = person.done(&[
        "create",
        "--company",
        "acme",
        "--label",
        "plain",
        "--no-encrypt",
    ]);
    let plain = plain.out.lines().last().unwrap().to_owned();
    assert!(!fs::read(&plain).unwrap().starts_with(b"age-encryption.org"));
    let differs = person.done(&["diff", &backup, &plain]);
    assert!(differs.out.contains("Customer"), "{}", differs.all());
    person.done(&["history", "customer", "acme-c7", "--company", "acme"]);

    // The safety snapshot is encrypted, too, and brings everything back.
    person.done(&["restore", &backup, "--company", "acme", "--yes"]);
    let (_, list) = person.json(&["list"]);
    let all = list["backups"].as_array().unwrap().iter();
    let safety: Vec<_> = all.filter(|backup| backup["kind"] == "safety").collect();
    assert_eq!((safety.len(), &safety[0]["encrypted"]), (1, &true.into()));
    person.done(&["revert", "--company", "acme", "--yes"]);
    let same = person.done(&["diff", &plain, "live", "--company", "acme"]);
    assert!(same.out.contains("Nothing differs"), "{}", same.all());

    let without = |arguments: &[&str], key: Option<&str>| {
        let mut command = person.command(arguments);
        match key {
            Some(key) => command.env("SNAPBACK_KEY", key),
            None => command.env_remove("SNAPBACK_KEY"),
        };
        Said::of(arguments, command.output().unwrap())
    };
    let refused = without(&["verify", &backup], None);
    assert_eq!(refused.code, 12);
    assert_words(
        "error-key-needed",
        &refused.all().replace(&backup, "ARCHIVE"),
    );
    assert_eq!(without(&["status"], None).code, 3);
    let restore = ["restore", &plain, "--company", "acme", "--yes", "--json"];
    let refused = without(&restore, None);
    assert_eq!((refused.code, code(&refused)), (12, "key_needed".into()));
    let other = person.home().join("other.html");
    let elsewhere = person.home().join("elsewhere");
    let elsewhere = ["--library", elsewhere.to_str().unwrap()];
    person.done(
        &[
            ["key", "new", "--sheet", other.to_str().unwrap()].as_slice(),
            &elsewhere,
        ]
        .concat(),
    );
    let refused = without(&["verify", &backup], other.to_str());
    assert_words(
        "error-wrong-key",
        &refused.all().replace(&backup, "ARCHIVE"),
    );

    let (sheet, other) = (sheet.to_str().unwrap(), other.to_str().unwrap());
    let drilled = person.done(&["key", "drill", &backup, "--sheet", sheet]);
    assert_words("key-drill", &drilled.all().replace(sheet, "SHEET"));
    let (code, _) = person.json(&["key", "drill", &backup, "--sheet", other]);
    assert_eq!(code, 12);
    let (code, _) = person.json(&["key", "drill", &plain, "--sheet", sheet]);
    assert_eq!(code, 2);
    let (_, shown) = person.json(&["key", "show"]);
    assert_eq!(shown["keys"][0]["is_at_hand"], true);
    assert!(shown["keys"][0]["proven_at"].is_string());
}

#[tokio::test]
async fn a_timer_encrypts_without_the_key_and_an_open_library_takes_one_in() {
    let (mut person, sheet) = person_with_key().await;
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
    let book = person.library().join("state/schedules.json");
    let book_text = fs::read_to_string(&book).unwrap();
    let since: Value = serde_json::from_str(&book_text).unwrap();
    let since = since[0]["since"].as_str().unwrap();
    fs::write(&book, book_text.replace(since, "2025-01-01T00:00:00Z")).unwrap();
    person.says("SNAPBACK_KEY", "");
    person.database.run(PRICES).await;
    person.done(&["run-due"]);
    let (_, list) = person.json(&["list"]);
    assert_eq!(list["backups"][0]["problem"]["code"], "key_needed");

    // The same library on another computer, whose environment has the key.
    person.says("SNAPBACK_KEY", sheet.to_str().unwrap());
    let (_, list) = person.json(&["list"]);
    assert_eq!(list["backups"][0]["kind"], "scheduled");
    person.done(&["key", "off", "--yes"]);
    let (_, shown) = person.json(&["key", "show"]);
    assert_eq!(shown["is_encrypting"], false);
    let plain = person.backup();
    assert!(!fs::read(&plain).unwrap().starts_with(b"age-encryption.org"));
    person.done(&["key", "add", "sheet.txt"]);
    assert_words("key-show", &person.done(&["key", "show"]).all());
}

#[tokio::test]
async fn a_backup_for_somebody_else_is_opened_by_its_passphrase_alone() {
    let (mut person, _) = person_with_key().await;
    let create = [
        "create",
        "--company",
        "acme",
        "--out",
        "theirs.snapback",
        "--passphrase",
    ];
    let refused = person.run(&create);
    assert_words("error-no-passphrase", &refused.all());
    person.says("SNAPBACK_PASSPHRASE", "too short");
    assert_words("error-passphrase-short", &person.run(&create).all());
    person.says("SNAPBACK_PASSPHRASE", "correct horse battery");
    person.done(&create);
    let theirs = person.home().join("theirs.snapback");
    let locked = b"age-encryption.org/v1\n-> scrypt ";
    assert!(fs::read(&theirs).unwrap().starts_with(locked));
    person.done(&["verify", "theirs.snapback"]);
    person.database.run(PRICES).await;
    person.done(&["restore", "theirs.snapback", "--company", "acme", "--yes"]);
    person.says("SNAPBACK_PASSPHRASE", "correct horse");
    let refused = person.run(&["verify", "theirs.snapback"]);
    assert_words("error-wrong-passphrase", &at_home(&person, &refused));
    let without = person
        .command(&["verify", "theirs.snapback", "--json"])
        .env_remove("SNAPBACK_PASSPHRASE")
        .output()
        .unwrap();
    assert_eq!(without.status.code(), Some(12));
    assert!(
        String::from_utf8(without.stdout)
            .unwrap()
            .contains("key_needed")
    );
}
