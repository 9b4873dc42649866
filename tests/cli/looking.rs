//! Looking into archives without a database.

use crate::person::{Person, Said, assert_words, program};

/// Runs a command on the person's computer, where no database is named.
fn without_database(person: &Person, arguments: &[&str]) -> Said {
    let profile = ["--profile", "workshop.toml"];
    let mut command = program(person.home());
    let output = command.args(arguments).args(profile).output().unwrap();
    Said::of(arguments, output)
}

#[tokio::test]
async fn rows_of_an_archive_are_shown_by_table() {
    let person = Person::new().await;
    let archive = person.backup();
    let said = |arguments: &[&str]| {
        let said = without_database(&person, &[&["rows", &archive], arguments].concat());
        assert_eq!(said.code, 0, "{}", said.all());
        said
    };
    assert_words("rows-tables", &said(&[]).all());
    assert_words("rows", &said(&["customer", "--limit", "3"]).all());
    let wanted = [
        "order",
        "--where",
        "customerId=acme-c8",
        "--where",
        "state=paid",
    ];
    assert_words("rows-where", &said(&wanted).all());
    let nothing = ["public.product", "--where", "code=P-0"];
    assert_words("rows-none", &said(&nothing).all());
    let sorted = [
        "order",
        "--where",
        "note~NEW LINE",
        "--sort",
        "total:desc",
        "--limit",
        "3",
    ];
    assert_words("rows-sorted", &said(&sorted).all());
    let between = [
        "order",
        "--where",
        "total>=73.5",
        "--where",
        "total<=94.50",
        "--where",
        "note is empty",
    ];
    assert_words("rows-between", &said(&between).all());
    let json = said(&["order", "--limit", "1", "--offset", "6", "--json"]).document();
    assert_eq!(json["row_count"], 120);
    assert_eq!(json["rows"].as_array().unwrap().len(), 1);
    assert_eq!(json["columns"][0]["name"], "id");
    assert_eq!(json["has_more"], true);
}

#[tokio::test]
async fn a_text_is_looked_for_in_every_field() {
    let person = Person::new().await;
    let archive = person.backup();
    let said = without_database(&person, &["search", &archive, "acme-C7"]);
    assert_eq!(said.code, 0, "{}", said.all());
    assert_words("search", &said.all());
    let few = without_database(&person, &["search", &archive, "ünïcode", "--limit", "1"]);
    assert_words("search-limit", &few.all());
    let none = without_database(&person, &["search", &archive, "token", "--json"]);
    assert_eq!(none.document()["hit_count"], 0);
    // A secret is in no backup, which is said where nothing is found.
    let none = without_database(&person, &["search", &archive, "portal-token"]);
    assert_words("search-none", &none.all());
}

#[tokio::test]
async fn a_row_is_followed_through_the_backups() {
    let person = Person::new().await;
    person.backup_called("monday");
    let change = "UPDATE public.customer SET name = 'Renamed' WHERE id = 'acme-c7'";
    person.database.run(change).await;
    person.backup_called("tuesday");
    person.database.run("SELECT 1").await;
    person.backup_called("wednesday");
    person
        .database
        .run("DELETE FROM public.customer WHERE id = 'acme-c7'")
        .await;
    person.backup_called("thursday");
    let row = ["history", "customer", "acme-c7", "--company", "acme"];
    let said = without_database(&person, &row);
    assert_eq!(said.code, 0, "{}", said.all());
    assert_words("history", &said.all());
    let json = without_database(&person, &[&row[..], &["--json"]].concat()).document();
    assert_eq!(json["versions"][1]["event"], "changed");
    let never = [
        "history",
        "customer",
        "acme-c99",
        "--company",
        "Acme Metals",
    ];
    assert_words("history-none", &without_database(&person, &never).all());
}

#[tokio::test]
async fn what_an_archive_has_not_is_said() {
    let person = Person::new().await;
    let archive = person.backup();
    for (code, name, arguments) in [
        (
            10,
            "error-no-such-table",
            ["rows", &archive, "invoice"].as_slice(),
        ),
        (
            2,
            "error-no-such-column",
            &["rows", &archive, "product", "--where", "colour=red"],
        ),
        (
            2,
            "error-where",
            &["rows", &archive, "product", "--where", "code"],
        ),
        (
            2,
            "error-secret-column",
            &["rows", &archive, "customer", "--where", "portalToken~a"],
        ),
        (10, "error-left-out-table", &["rows", &archive, "apiKey"]),
        (
            2,
            "error-where-number",
            &["rows", &archive, "order", "--where", "total>=much"],
        ),
        (2, "error-search-nothing", &["search", &archive, ""]),
        (
            2,
            "error-key",
            &["history", "orderLine", "6", "--company", "acme"],
        ),
        (
            10,
            "error-no-backup",
            &["history", "order", "6", "--company", "bolt"],
        ),
    ] {
        let said = without_database(&person, arguments);
        assert_eq!(said.code, code, "{}", said.all());
        assert_words(name, &said.all());
    }
    // A library that is named and not there is a mistake, and none is made.
    let typo = person.home().join("libary");
    let of = ["rows", &archive, "--library", typo.to_str().unwrap()];
    let said = without_database(&person, &of);
    assert_eq!(said.code, 10, "{}", said.all());
    assert!(said.err.contains("no such library"), "{}", said.all());
    assert!(!typo.exists());
}
