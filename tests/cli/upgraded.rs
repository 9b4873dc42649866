//! Whether backups still load into the next version of the application.

use std::fs;

use crate::person::{Person, SCHEMA, Said, assert_words};

/// A dump as `pg_dump --schema-only` writes it: no rows, and what only psql and other servers know.
fn dump(person: &Person, migration: &str) -> String {
    let path = person.home().join("next.sql");
    let script = format!(
        "\\restrict abc\n-- PostgreSQL database dump\nCREATE EXTENSION IF NOT EXISTS nothing_here;\n{SCHEMA};\n\
         TRUNCATE public.company, public.\"user\" CASCADE;\n\
         ALTER TABLE public.company OWNER TO nobody_here;\n\
         CREATE FUNCTION public.two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END; $$;\n\
         {migration}\n\\unrestrict abc\n"
    );
    fs::write(&path, script).unwrap();
    path.to_str().unwrap().to_owned()
}

const STRICT: &str = "ALTER TABLE public.\"orderLine\" ADD COLUMN unit text NOT NULL;";

#[tokio::test]
async fn backups_are_judged_against_the_next_version_s_dump_or_database() {
    let person = Person::new().await;
    let none = person.run(&["check-upgrade"]);
    assert_eq!(none.code, 10, "{}", none.all());
    let backup = person.backup();
    let harmless = dump(
        &person,
        "ALTER TABLE public.customer ADD COLUMN colour text DEFAULT 'grey';",
    );
    let (code, report) = person.json(&["check-upgrade", "--schema", &harmless]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["backups"][0]["archive"]["path"], backup.as_str());
    assert_eq!(report["backups"][0]["untold"], serde_json::json!([]));
    let not_taken = report["not_taken"].as_array().unwrap().iter();
    let not_taken: Vec<&str> = not_taken
        .map(|one| one["statement"].as_str().unwrap())
        .collect();
    assert_eq!(not_taken, ["CREATE EXTENSION IF NOT EXISTS nothing_here"]);
    let strict = dump(&person, STRICT);
    let refused = person.run(&["check-upgrade", "--schema", &strict]);
    assert_eq!(refused.code, 3, "{}", refused.all());
    let home = person.home().display().to_string();
    let words = |said: Said| said.all().replace(&home, "HOME");
    assert_words("check-upgrade", &words(refused));
    // A table that our server cannot make is not one that is gone.
    let vectors = "DROP TABLE public.journal; CREATE TABLE public.journal (\"companyId\" text NOT NULL, entry nothing_here, amount numeric);";
    let unknown = dump(&person, vectors);
    let said = person.run(&["check-upgrade", "--schema", &unknown]);
    assert_words("check-upgrade-untold", &words(said));
    fs::write(person.home().join("next.sql"), b"PGDMP\x00").unwrap();
    let custom = person.run(&["check-upgrade", "--schema", &strict]);
    assert_words("error-no-plain-dump", &words(custom));

    // Against the database itself: today it loads, and after the migration no more.
    assert_eq!(person.run(&["check-upgrade", "--all"]).code, 0);
    person
        .database
        .run("DELETE FROM public.\"orderLine\"")
        .await;
    person.database.run(STRICT).await;
    let (code, report) = person.json(&["check-upgrade", "--company", "Acme Metals"]);
    assert_eq!(
        (code, &report["backups"][0]["verdict"]["verdict"]),
        (3, &"not_restorable".into())
    );
}
