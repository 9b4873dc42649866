//! What programs read: one document on stdout, its shape, and progress as lines.

use serde_json::Value;

use crate::person::{DAMAGE, Person, Said, assert_words, home, program};
use crate::words::{FREED, LOOSE};

/// Fields in the order of their names: the order in which a document keeps them depends on what else is
/// built beside this test.
fn pretty(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    serde_json::to_string_pretty(&value).unwrap()
}

#[tokio::test]
async fn every_command_prints_one_document() {
    let person = Person::new().await;
    let archive = person.backup();
    let (code, companies) = person.json(&["companies"]);
    assert_eq!(code, 0);
    assert_words("json-companies", &pretty(&companies));
    let (_, contents) = person.json(&["contents", "--company", "acme"]);
    let rows = contents["areas"].as_array().unwrap().iter();
    let rows: u64 = rows.map(|area| area["row_count"].as_u64().unwrap()).sum();
    assert_eq!(contents["row_count"], rows);
    let (_, created) = person.json(&["create", "--company", "acme"]);
    assert_eq!(created["row_count"], contents["row_count"]);
    let (_, list) = person.json(&["list"]);
    assert_words("json-list", &pretty(&list["backups"][1]));
    let (_, shown) = person.json(&["show", &archive]);
    assert_words("json-show", &pretty(&shown));
    let (_, verified) = person.json(&["verify", &archive]);
    assert_words("json-verify", &pretty(&verified));
}

#[tokio::test]
async fn the_plan_and_the_report_of_a_new_company_are_documents() {
    let person = Person::new().await;
    person.database.run(LOOSE).await;
    let archive = person.backup();
    person.database.run(FREED).await;
    let new = ["new", "--from", &archive, "--name", "Acme Two"];
    let (code, plan) = person.json(&[new.as_slice(), &["--dry-run"]].concat());
    assert_eq!(code, 0);
    assert_words("json-new-plan", &pretty(&plan));
    let (code, refused) = person.json(&new);
    assert_eq!(
        (code, &refused["code"]),
        (21, &Value::from("not_confirmed"))
    );
    let made = [new.as_slice(), &["--yes", "--json"]].concat();
    // Without the canary: there is a company more.
    let said = Said::of(&made, person.command(&made).output().unwrap());
    let report = said.document();
    assert_eq!(report["row_count"], plan["row_count"]);
    let tables = report["areas"][0]["tables"].as_array().unwrap();
    let customers = tables
        .iter()
        .find(|table| table["table"] == "public.customer");
    assert_words("json-new-table", &pretty(customers.unwrap()));
}

#[tokio::test]
async fn a_plan_a_report_and_a_review_are_documents() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    let restore = ["restore", &archive, "--company", "acme"];
    let details = ["--dry-run", "--details"];
    let (code, plan) = person.json(&[restore.as_slice(), &details].concat());
    assert_eq!(code, 0);
    assert_words("json-plan", &pretty(&plan));
    let (code, refused) = person.json(&restore);
    assert_eq!(
        (code, &refused["code"]),
        (21, &Value::from("not_confirmed"))
    );
    assert_eq!(refused["plan"]["digest"], plan["digest"]);
    let (code, report) = person.json(&[restore.as_slice(), &["--yes"]].concat());
    assert_eq!(code, 0);
    assert_eq!(report["totals"]["removed"], plan["totals"]["removed"]);
    let (_, reviews) = person.json(&["review"]);
    assert_words("json-review", &pretty(&reviews));
    let (code, reverted) = person.json(&["revert", "--company", "acme", "--yes"]);
    assert_eq!((code, &reverted["review"]), (0, &Value::Null));
    let (_, difference) = person.json(&["diff", &archive, "live", "--company", "acme"]);
    assert_eq!(difference["totals"]["added"], plan["totals"]["removed"]);
}

#[tokio::test]
async fn an_error_is_a_document_too() {
    let person = Person::new().await;
    let (code, error) = person.json(&["contents", "--company", "nobody"]);
    assert_eq!(code, 10);
    assert_words("json-error", &pretty(&error));
    let home = home();
    let output = program(home.path())
        .args(["contents", "--json"])
        .output()
        .unwrap();
    let error: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(error["code"], "usage");
}

#[tokio::test]
async fn progress_is_lines_of_json_that_begin_with_started() {
    let person = Person::new().await;
    let said = person.done(&[
        "create",
        "--company",
        "acme",
        "--progress",
        "json",
        "--json",
    ]);
    said.document();
    let events: Vec<Value> = said
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events[0]["event"], "started");
    let last = events.last().unwrap();
    assert_eq!(last["event"], "progress");
    assert!(last["data"]["done"].as_u64().unwrap() > 0);
}
