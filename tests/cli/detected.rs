//! Which application a database holds is found out where nobody says it.

use snapback_testkit::{STOCKFLOW, TestDatabase};

use crate::person::{Said, home, program};

#[tokio::test]
async fn a_database_that_is_named_alone_is_read_by_the_profile_that_fits() {
    let (database, home) = (TestDatabase::app(&STOCKFLOW).await, home());
    let run = |arguments: &[&str], url: &str| {
        let mut command = program(home.path());
        command.args(arguments).env("SNAPBACK_DATABASE_URL", url);
        Said::of(arguments, command.output().unwrap())
    };
    let done = |arguments: &[&str], url: &str| {
        let said = run(arguments, url);
        assert_eq!(said.code, 0, "{}", said.all());
        said.out
    };
    let url = database.url();
    assert!(done(&["companies"], &url).contains(STOCKFLOW.company));
    assert!(done(&["profile", "show"], &url).contains("name = \"stockflow\""));
    let made = done(&["create", "--company", STOCKFLOW.company], &url);
    let archive = made.lines().last().unwrap();

    // Of an application that the database is not read as, that is said, and not that it lacks the company.
    let company = ["--company", STOCKFLOW.company, "--profile", "carbon"];
    for command in [["show", archive].as_slice(), &["diff", archive, "live"]] {
        let said = run(&[command, &company].concat(), &url);
        assert_ne!(said.code, 0);
        assert!(said.err.contains("another application"), "{}", said.all());
        assert!(said.err.contains("--profile stockflow"), "{}", said.all());
    }

    // What a backup says of itself is enough to look into it, without a database.
    let rows = done(&["rows", archive, "Clients", "--limit", "1", "--json"], "");
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    let place = rows["columns"]
        .as_array()
        .unwrap()
        .iter()
        .position(|column| column["name"] == "id")
        .unwrap();
    let key = rows["rows"][0][place].as_str().unwrap();
    let history = done(
        &["history", "clients", key, "--company", STOCKFLOW.company],
        "",
    );
    assert!(history.starts_with("Client"), "{history}");
}
