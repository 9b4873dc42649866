//! A database of an application that no profile is known for.

use snapback_testkit::{HELPDESK, TestDatabase};
use tempfile::TempDir;

use crate::person::{Said, assert_words, home, program};

struct Newcomer {
    database: TestDatabase,
    home: TempDir,
}

impl Newcomer {
    async fn new() -> Self {
        Self {
            database: TestDatabase::app(&HELPDESK).await,
            home: home(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = program(self.home.path());
        command
            .args(arguments)
            .env("SNAPBACK_DATABASE_URL", self.database.url());
        Said::of(arguments, command.output().unwrap())
    }
}

#[tokio::test]
async fn the_way_from_a_mismatch_to_a_profile_of_ones_own() {
    let newcomer = Newcomer::new().await;
    let said = newcomer.run(&["companies"]);
    assert_eq!(said.code, 10, "{}", said.all());
    assert_words("error-profile-mismatch", &said.all());

    let propose = ["profile", "propose", "--out", "helpdesk.toml"];
    let said = newcomer.run(&propose);
    assert_eq!(said.code, 0, "{}", said.all());
    assert_words("propose-out", &said.all());
    let said = newcomer.run(&["companies", "--profile", "helpdesk.toml"]);
    assert!(said.out.contains(HELPDESK.company), "{}", said.all());

    // What a person has corrected meanwhile is not written over.
    let file = newcomer.home.path().join("helpdesk.toml");
    let corrected = std::fs::read_to_string(&file).unwrap() + "# corrected\n";
    std::fs::write(&file, &corrected).unwrap();
    let said = newcomer.run(&propose);
    assert_eq!(said.code, 2, "{}", said.all());
    assert_words("error-propose-again", &said.all());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), corrected);
}

#[tokio::test]
async fn a_proposal_is_one_document_as_json() {
    let newcomer = Newcomer::new().await;
    let document = newcomer.run(&["profile", "propose", "--json"]).document();
    assert_eq!(document["profile"]["company"]["table"], "organizations");
    let reasons = document["reasons"].as_array().unwrap();
    assert!(reasons.iter().any(|reason| reason["topic"] == "company"));
    assert!(reasons.iter().any(|reason| reason["is_doubtful"] == true));
    let text = newcomer.run(&["profile", "propose"]).out;
    assert!(text.starts_with("# A proposal"), "{text}");
}

#[tokio::test]
async fn a_database_without_companies_gets_no_proposal() {
    let database = TestDatabase::with_sql("CREATE TABLE notes (id int PRIMARY KEY)").await;
    let newcomer = Newcomer {
        database,
        home: home(),
    };
    let said = newcomer.run(&["profile", "propose"]);
    assert_eq!(said.code, 10, "{}", said.all());
    assert_words("error-no-proposal", &said.all());
}
