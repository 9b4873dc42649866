//! Templates: saved from backups, listed beside those that come with Snapback, and used.

use std::fs::OpenOptions;
use std::io::Write as _;

use jiff::{Timestamp, ToSpan};

use crate::person::{Person, assert_words};

/// The workshop's profile says nothing of safe copies, without which no template is saved.
const SAFE_COPY: &str = "\n[new-company.safe-copy]\nphone-columns = []\nsite-columns = []\n";

#[tokio::test]
async fn a_template_is_saved_listed_and_makes_a_company() {
    let person = Person::new().await;
    let archive = person.backup();
    let ten_days_ago = Timestamp::now().checked_sub(240.hours()).unwrap();
    let ten_days_ago = ten_days_ago.strftime("%F").to_string();
    let save = ["template", "save", &archive, "--name", "Metal shop"];
    let save = [save.as_slice(), &["--industry", "Metal"]].concat();
    let without = person.run(&save);
    assert_words("error-template-profile", &without.all());
    let profile = OpenOptions::new()
        .append(true)
        .open(person.home().join("workshop.toml"));
    write!(profile.unwrap(), "{SAFE_COPY}").unwrap();

    let dated = [save.as_slice(), &["--today", &ten_days_ago]].concat();
    let saved = person.done(&dated);
    let text = saved.all().replace(&ten_days_ago, "[day]");
    assert_words("template-save", &text);
    assert_words("template-list", &person.done(&["template", "list"]).all());
    let new = ["new", "--template", "metal SHOP", "--name", "Acme Three"];
    let shown = person.done(&[new.as_slice(), &["--dry-run"]].concat());
    assert_words("new-template", &shown.all());
    let again = person.run(&save);
    assert_words("error-template-taken", &again.all());
    let (code, listed) = person.json(&["template", "list"]);
    assert_eq!(code, 0);
    let templates = listed["templates"].as_array().unwrap();
    let shipped = templates.iter().filter(|found| found["is_shipped"] == true);
    assert_eq!((templates.len(), shipped.count()), (5, 4));

    for (name, arguments) in [
        (
            "error-template-other",
            ["--template", "Robotics"].as_slice(),
        ),
        ("error-template-none", &["--template", "Bakery"]),
        ("error-blank-profile", &["--blank"]),
    ] {
        let refused = person.run(&[&["new", "--name", "Acme Four"], arguments].concat());
        assert_ne!(refused.code, 0, "{}", refused.all());
        assert_words(name, &refused.all());
    }
}
