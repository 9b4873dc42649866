//! The words of commands that do what they are asked to.

use crate::person::{DAMAGE, PRICES, Person, Said, assert_words, home, program};

#[tokio::test]
async fn looking_at_companies_and_what_they_hold() {
    let person = Person::new().await;
    assert_words("companies", &person.done(&["companies"]).all());
    let contents = person.done(&["contents", "--company", "Acme Metals"]);
    assert_words("contents", &contents.all());
    let contents = person.done(&["contents", "--company", "acme", "--details"]);
    assert_words("contents-details", &contents.all());
}

#[tokio::test]
async fn making_and_keeping_backups() {
    let person = Person::new().await;
    assert_words("list-empty", &person.done(&["list"]).all());
    let created = person.done(&["create", "--company", "acme", "--label", "before"]);
    assert_words("create", &created.all());
    let archive = created.out.lines().last().unwrap();
    assert!(std::path::Path::new(archive).is_file());
    assert_words("list", &person.done(&["list"]).all());
    assert_words("show", &person.done(&["show", archive]).all());
    let shown = person.done(&["show", archive, "--details"]);
    assert_words("show-details", &shown.all());
    assert_words("verify", &person.done(&["verify", archive]).all());
    let deleted = person.done(&["delete", archive, "--yes"]);
    assert_words("delete", &deleted.all());
    assert!(!std::path::Path::new(archive).exists());
}

#[tokio::test]
async fn a_backup_goes_where_it_is_told_to() {
    let person = Person::new().await;
    let out = person.home().join("acme.snapback");
    let out = out.to_str().unwrap();
    let said = person.done(&["create", "--company", "acme", "--out", out]);
    assert_eq!(said.out.lines().last(), Some(out));
    person.done(&["verify", out]);
    let again = person.run(&["create", "--company", "acme", "--out", out]);
    assert_eq!(again.code, 2, "{}", again.all());
}

#[tokio::test]
async fn restoring_reviewing_and_taking_it_back() {
    let person = Person::new().await;
    let archive = person.backup();
    let preview = ["restore", &archive, "--company", "acme", "--dry-run"];
    assert_words("restore-nothing", &person.done(&preview).all());
    person.database.run(DAMAGE).await;
    assert_words("restore-dry-run", &person.done(&preview).all());
    let details = [preview.as_slice(), &["--details", "--limit", "2"]].concat();
    assert_words("restore-details", &person.done(&details).all());
    assert_words("review-none", &person.done(&["review"]).all());
    let restore = ["restore", &archive, "--company", "acme", "--yes"];
    assert_words("restore", &person.done(&restore).all());
    assert_words("review", &person.done(&["review"]).all());
    let revert = ["revert", "--company", "acme", "--dry-run"];
    assert_words("revert-dry-run", &person.done(&revert).all());
    let revert = ["revert", "--company", "acme", "--yes"];
    assert_words("revert", &person.done(&revert).all());
    person.done(&restore);
    assert_words("keep", &person.done(&["keep", "--company", "acme"]).all());
    assert_words("uninstall", &person.done(&["uninstall", "--yes"]).all());
    assert_words("uninstall-again", &person.done(&["uninstall"]).all());
}

#[tokio::test]
async fn comparing_backups_with_each_other_and_with_what_is_there() {
    let person = Person::new().await;
    let before = person.backup();
    person.database.run(DAMAGE).await;
    let after = person.backup_called("after");
    let same = person.done(&["diff", &before, &before]);
    assert_words("diff-same", &same.all());
    let details = ["--details", "--company", "acme"];
    let said = person.done(&[["diff", &before, &after].as_slice(), &details].concat());
    assert_words("diff", &said.all());
    // The live company is what the second backup holds, so both tell the same.
    let live = person.done(&[["diff", &before, "live"].as_slice(), &details].concat());
    let tables = |text: &str| text.split_once("\n\n").unwrap().1.to_owned();
    assert_eq!(tables(&live.out), tables(&said.out));
    let back = person.done(&[["diff", "live", &before].as_slice(), &details].concat());
    assert_words("diff-back", &back.all());
}

#[tokio::test]
async fn backups_from_before_and_after_a_new_version_of_the_application_are_compared() {
    let person = Person::new().await;
    let before = person.backup();
    let migration = "
        ALTER TABLE public.product ADD COLUMN colour text DEFAULT 'grey';
        ALTER TABLE public.customer DROP COLUMN \"paymentTermId\";
        DROP TABLE public.\"orderTag\";
        CREATE TABLE public.\"orderNote\" (id int PRIMARY KEY, \"companyId\" text NOT NULL, note text);
        INSERT INTO public.\"orderNote\" VALUES (1, 'acme', 'one'), (2, 'bolt', 'two');
        UPDATE public.customer SET name = 'Renamed' WHERE id = 'acme-c1';";
    person.database.run(migration).await;
    let after = person.backup_called("after");
    let there = person.done(&["diff", &before, &after, "--details"]);
    assert_words("diff-migrated", &there.all());
    let back = person.done(&["diff", &after, &before]);
    assert_words("diff-migrated-back", &back.all());
}

#[tokio::test]
async fn a_restore_that_cannot_be_done_says_why_and_what_stands_in_the_way() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    let strict = "
        DELETE FROM public.\"orderLine\" WHERE \"companyId\" = 'acme';
        ALTER TABLE public.\"orderLine\" ADD COLUMN unit text NOT NULL DEFAULT 'pcs';
        ALTER TABLE public.\"orderLine\" ALTER COLUMN unit DROP DEFAULT;";
    person.database.run(strict).await;
    let restore = ["restore", &archive, "--company", "acme"];
    let said = person.run(&restore);
    assert_eq!(said.code, 21, "{}", said.all());
    assert_words("restore-not-restorable", &said.all());
    let said = person.run(&[restore.as_slice(), &["--yes"]].concat());
    assert_eq!(said.code, 21, "{}", said.all());
    assert_words("restore-not-restorable-yes", &said.all());
}

#[tokio::test]
async fn a_restore_without_yes_shows_the_plan_and_stops() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(PRICES).await;
    let said = person.run(&["restore", &archive, "--company", "acme"]);
    assert_words("restore-not-confirmed", &said.all());
    assert_eq!(said.code, 21);
    let price = "SELECT price FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-1'";
    assert_eq!(
        person.database.value(price).await.as_deref(),
        Some("125.00")
    );
}

/// Values that no two companies may have alike, and a text that names what is in no backup.
pub(crate) const LOOSE: &str = "
    ALTER TABLE public.customer ADD COLUMN barcode text UNIQUE;
    INSERT INTO public.customer (id, \"companyId\", name) SELECT 'cq5f0v2m8hk3s7t1n9d' || n, 'acme', 'Made later ' || n FROM generate_series(0, 9) AS n;
    UPDATE public.customer SET barcode = '40' || right(id, 1) WHERE id IN ('cq5f0v2m8hk3s7t1n9d1', 'cq5f0v2m8hk3s7t1n9d2', 'cq5f0v2m8hk3s7t1n9d3');
    UPDATE public.\"order\" SET note = 'for cq5f0v2m8hk3s7t1n9d4, as in d1r7k4w9xb2p6j8g0bb2'
     WHERE id = (SELECT min(id) FROM public.\"order\" WHERE \"companyId\" = 'acme');";
/// One of those values becomes free.
pub(crate) const FREED: &str =
    "UPDATE public.customer SET barcode = NULL WHERE id = 'cq5f0v2m8hk3s7t1n9d3'";

#[tokio::test]
async fn making_a_new_company_from_a_backup() {
    let person = Person::new().await;
    person.database.run(LOOSE).await;
    let archive = person.backup();
    person.database.run(FREED).await;
    let new = ["new", "--from", &archive, "--name", "Acme Two"];
    let shown = person.done(&[new.as_slice(), &["--dry-run", "--details"]].concat());
    assert_words("new-dry-run", &shown.all());
    let asked = person.run(&new);
    assert_eq!(asked.code, 21, "{}", asked.all());
    assert_words("new-not-confirmed", &asked.all());
    let yes = [new.as_slice(), &["--yes"]].concat();
    // Without the canary: there is a company more.
    let made = Said::of(&yes, person.command(&yes).output().unwrap());
    assert_eq!(made.code, 0, "{}", made.all());
    assert_words("new", &made.all());
    person.done(&["contents", "--company", "Acme Two"]);
    let taken = person.run(&yes);
    assert_eq!(taken.code, 21, "{}", taken.all());
    assert_words("error-name-taken", &taken.all());
}

#[test]
fn the_help_says_what_there_is() {
    let home = home();
    let help = |arguments: &[&str]| {
        let output = program(home.path()).args(arguments).output().unwrap();
        Said::of(arguments, output).all()
    };
    assert_words("help", &help(&["--help"]));
    assert_words("help-restore", &help(&["restore", "--help"]));
    assert_words("help-new", &help(&["new", "--help"]));
    assert_words("help-template", &help(&["template", "save", "--help"]));
    assert_words("help-demo", &help(&["demo", "--help"]));
}

#[test]
fn completions_and_a_manual_page_are_written_from_the_arguments() {
    let home = home();
    for arguments in [
        ["completions", "bash"].as_slice(),
        &["completions", "zsh"],
        &["completions", "fish"],
        &["man"],
    ] {
        let output = program(home.path()).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        assert!(text.contains("restore") && text.contains("hold"), "{text}");
    }
}

#[test]
fn the_profile_that_is_shown_is_one_that_can_be_used() {
    let home = home();
    let shown = program(home.path())
        .args(["profile", "show"])
        .output()
        .unwrap();
    std::fs::write(home.path().join("shown.toml"), &shown.stdout).unwrap();
    let again = program(home.path())
        .args(["profile", "show", "--profile", "shown.toml"])
        .output()
        .unwrap();
    assert!(shown.status.success());
    assert_eq!(again.stdout, shown.stdout);
}
