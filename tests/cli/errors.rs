//! The words and exit codes of commands that cannot do what they are asked to.

use std::path::Path;

use crate::person::{DAMAGE, Person, Said, assert_words, home, program};

/// Runs a command on a computer without a database.
fn alone(arguments: &[&str]) -> Said {
    let home = home();
    let output = program(home.path()).args(arguments).output().unwrap();
    Said::of(arguments, output)
}

#[test]
fn a_command_that_makes_no_sense_is_a_wrong_usage() {
    for (name, arguments) in [
        ("error-no-database", ["companies"].as_slice()),
        ("error-live-and-live", &["diff", "live", "live"]),
        ("error-unknown-command", &["frobnicate"]),
        ("error-missing-company", &["contents"]),
        ("error-unknown-damage", &["demo", "damage", "tuesday"]),
        (
            "error-bad-url",
            &[
                "companies",
                "--database",
                "postgres://u:hunter2@h:hunter2/x",
            ],
        ),
        ("error-no-such-profile", &["companies", "--profile", "odoo"]),
    ] {
        let said = alone(arguments);
        assert_eq!(said.code, 2, "{}", said.all());
        assert!(!said.err.contains("hunter2"));
        if name != "error-bad-url" {
            assert_words(name, &said.all());
        }
    }
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_so() {
    let url = "postgres://nobody@127.0.0.1:1/none";
    let said = alone(&["companies", "--database", url]);
    assert_eq!(said.code, 1, "{}", said.all());
    assert_words("error-no-server", &said.all());
}

#[tokio::test]
async fn what_is_not_there_ends_with_ten() {
    let person = Person::new().await;
    for (name, arguments) in [
        (
            "error-no-such-company",
            ["contents", "--company", "Acme"].as_slice(),
        ),
        ("error-no-such-archive", &["verify", "nothing.snapback"]),
        ("error-no-review", &["keep", "--company", "acme"]),
        ("error-no-demo", &["demo", "damage"]),
    ] {
        let said = person.run(arguments);
        assert_eq!(said.code, 10, "{}", said.all());
        assert_words(name, &said.all());
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_allowed() {
    let mut person = Person::new().await;
    let role = person.database.role("reader", "").await;
    let url = person
        .database
        .url_as(&role)
        .replace("password", "passwort");
    let said = Said::of(
        &["companies"],
        person
            .command(&["companies"])
            .env("SNAPBACK_DATABASE_URL", url)
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 12, "{}", said.all());
    assert!(!said.err.contains("passwort"));
}

#[tokio::test]
async fn a_role_that_may_only_read_backs_up_and_is_told_what_a_restore_needs() {
    let mut person = Person::new().await;
    let role = person.database.role("reader", "").await;
    let grant = format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{}\"",
        role.name
    );
    person.database.run(&grant).await;
    let url = person.database.url_as(&role);
    let run = |arguments: &[&str]| {
        let mut command = person.command(arguments);
        command.env("SNAPBACK_DATABASE_URL", &url);
        Said::of(arguments, command.output().unwrap())
    };
    let made = run(&["create", "--company", "acme"]);
    assert_eq!(made.code, 0, "{}", made.all());
    let archive = made.out.lines().last().unwrap();
    person.database.run(DAMAGE).await;
    let preview = run(&["restore", archive, "--company", "acme", "--dry-run"]);
    assert_eq!(preview.code, 0, "{}", preview.all());
    let refused = run(&["restore", archive, "--company", "acme", "--yes"]);
    assert_eq!(refused.code, 12, "{}", refused.all());
    assert!(refused.err.contains("hint: "), "{}", refused.all());
}

#[tokio::test]
async fn a_damaged_archive_ends_with_twenty() {
    let person = Person::new().await;
    let archive = person.backup();
    let bytes = std::fs::read(&archive).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(person.home().join(name), bytes).unwrap();
    };
    write("cut.snapback", &bytes[..bytes.len() / 2]);
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 3] ^= 1;
    write("flipped.snapback", &flipped);
    write("text.snapback", b"not an archive at all");
    for name in ["cut.snapback", "flipped.snapback", "text.snapback"] {
        for arguments in [
            ["verify", name].as_slice(),
            &["restore", name, "--company", "acme", "--yes"],
        ] {
            let said = person.run(arguments);
            assert_eq!(said.code, 20, "{}", said.all());
            // Members lie in the order in which workers finished them, so what the flipped bit hits
            // is not the same every time.
            if arguments[0] == "verify" && name != "flipped.snapback" {
                let stem = Path::new(name).file_stem().unwrap().display();
                assert_words(&format!("error-{stem}"), &said.all());
            }
        }
    }
    let before = "SELECT count(*) FROM public.customer";
    assert_eq!(person.database.value(before).await.as_deref(), Some("80"));
}

#[tokio::test]
async fn an_open_review_holds_off_the_next_restore_and_its_archives() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    person.done(&["restore", &archive, "--company", "acme", "--yes"]);
    for (name, arguments) in [
        (
            "error-review-open",
            ["restore", &archive, "--company", "acme", "--yes"].as_slice(),
        ),
        ("error-archive-in-use", &["delete", &archive, "--yes"]),
        ("error-uninstall-early", &["uninstall", "--yes"]),
    ] {
        let said = person.run(arguments);
        assert_eq!(said.code, 11, "{}", said.all());
        assert_words(name, &said.all());
    }
    person.done(&["keep", "--company", "acme"]);
    person.done(&["delete", &archive, "--yes"]);
}

#[tokio::test]
async fn a_review_that_was_closed_from_another_computer_frees_its_archives() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    person.done(&["restore", &archive, "--company", "acme", "--yes"]);
    let other_computer = home();
    let kept = program(other_computer.path())
        .args(["keep", "--company", "acme", "--profile", "workshop.toml"])
        .env("SNAPBACK_DATABASE_URL", person.database.url())
        .output()
        .unwrap();
    assert!(kept.status.success());
    let early = person.run(&["delete", &archive, "--yes"]);
    assert_eq!(early.code, 11, "{}", early.all());
    person.done(&["review"]);
    person.done(&["delete", &archive, "--yes"]);
}

#[tokio::test]
async fn a_company_is_restored_from_its_own_archives_only() {
    let person = Person::new().await;
    let archive = person.backup();
    let said = person.run(&["restore", &archive, "--company", "bolt", "--yes"]);
    assert_eq!(said.code, 21, "{}", said.all());
    assert_words("error-other-company", &said.all());
}

#[tokio::test]
async fn files_without_a_storage_are_refused_before_anything_is_read() {
    let person = Person::new().await;
    let said = person.run(&["create", "--company", "acme", "--files"]);
    assert_eq!(said.code, 2, "{}", said.all());
    assert_words("error-files", &said.all());
}

#[tokio::test]
async fn rows_that_must_belong_to_another_company_are_refused_or_left_out_and_listed() {
    let person = Person::new().await;
    let crossing = "UPDATE public.\"order\" SET \"customerId\" = 'bolt-c1' WHERE id = 4";
    person.database.run(crossing).await;
    let refused = person.run(&["create", "--company", "acme"]);
    assert_eq!(refused.code, 21, "{}", refused.all());
    assert_words("error-cross-company", &refused.all());
    let made = person.run(&["create", "--company", "acme", "--skip-corrupted"]);
    assert_eq!(made.code, 3, "{}", made.all());
    assert_words("create-skipped", &made.all());
}
