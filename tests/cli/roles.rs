//! What somebody may do who acts as one of the application's users.

use std::path::Path;

use crate::person::{PRICES, Person, Said, assert_words};

/// Anna belongs to both companies, and may do something in Acme alone: a JSON object with the companies by permission.
const GRANTED: &str = "
    CREATE TABLE public.granted (id text PRIMARY KEY, may jsonb NOT NULL);
    INSERT INTO public.granted VALUES ('u1', '{\"see\": [\"acme\"], \"make\": [\"acme\"], \"manage\": [\"acme\"]}');";
const ACCESS: &str = r#"
[access]
settings = ["see", "make", "manage"]
operate = ["see", "make"]
view = ["see"]
members = { table = "membership", person = "userId", company = "companyId" }
permissions = { table = "granted", person = "id", granted = "may" }
"#;

/// Runs a command on behalf of Anna.
fn as_anna(person: &Person, arguments: &[&str]) -> Said {
    let arguments = [arguments, &["--json", "--as", "anna@example.com"]].concat();
    Said::of(&arguments, person.command(&arguments).output().unwrap())
}

fn refused(person: &Person, commands: &[&[&str]]) {
    for command in commands {
        let said = as_anna(person, command);
        let code = said.document()["code"].clone();
        assert_eq!(
            (said.code, code),
            (12, "user_may_not".into()),
            "{command:?}"
        );
    }
}

fn done(person: &Person, commands: &[&[&str]]) {
    for command in commands {
        let said = as_anna(person, command);
        assert_eq!(said.code, 0, "{command:?}: {}", said.all());
    }
}

#[tokio::test]
async fn a_user_who_is_acted_for_may_look_make_backups_or_do_everything() {
    let person = Person::new().await;
    person.database.run(GRANTED).await;
    let profile = person.home().join("workshop.toml");
    let written = std::fs::read_to_string(&profile).unwrap();
    let written = written.replace(r#"["fired"]"#, r#"["fired", "granted"]"#) + ACCESS;
    std::fs::write(&profile, written).unwrap();
    let backup = person.backup();
    let (_, others) = person.json(&["create", "--company", "bolt"]);
    let others = others["path"].as_str().unwrap();
    let without = async |permission: &str| {
        let sql = format!("UPDATE public.granted SET may = may - '{permission}'");
        person.database.run(&sql).await;
    };

    // Of another company nothing is seen, and what concerns every company needs every company.
    let listed = as_anna(&person, &["list"]).document();
    assert_eq!(listed["backups"].as_array().unwrap().len(), 1);
    let status = as_anna(&person, &["status"]).document();
    let seen = status["companies"].as_array().unwrap();
    assert_eq!((seen.len(), &seen[0]["company"]), (1, &"acme".into()));
    let companies = person.run(&["companies", "--as", "anna@example.com"]);
    assert_words("companies-acting", &companies.all());
    let everywhere: [&[&str]; 6] = [
        &["schedule", "add", "--all", "--usual"],
        &["schedule", "install"],
        &["key", "new"],
        &["alert", "add", "https://example.com/hook"],
        &["place", "add", "/"],
        &["uninstall", "--yes"],
    ];
    refused(&person, &everywhere);
    refused(&person, &[&["rows", others], &["delete", others, "--yes"]]);
    let (save, zip) = (["template", "save", "--name", "One", &backup], "out.zip");
    let managing: [&[&str]; 7] = [
        &["pin", &backup],
        &["schedule", "add", "--company", "acme", "--every", "6h"],
        &["restore", &backup, "--company", "acme", "--yes"],
        &["keep", "--company", "acme"],
        &["doctor", "--company", "acme", "--fix", "--yes"],
        &["new", "--from", &backup, "--name", "Two", "--yes"],
        &["delete", &backup, "--yes"],
    ];
    person.database.run(PRICES).await;
    done(&person, &managing[..4]);

    // Who may make backups restores nothing.
    without("manage").await;
    refused(&person, &managing);
    refused(&person, &[&["restore", &backup, "--company", "acme"]]);
    let making: [&[&str]; 5] = [
        &["create", "--company", "acme", "--label", "hers"],
        &["export", "--from", &backup, "--csv", zip],
        &["export", "--company", "acme", "--csv", "live.zip"],
        &save,
        &["prove", &backup],
    ];
    // Of a template, the workshop does not say which addresses are masked.
    done(&person, &making[..3]);

    // Who may look takes nothing along.
    without("make").await;
    for written in [zip, "live.zip"] {
        std::fs::remove_file(person.home().join(written)).unwrap();
    }
    refused(&person, &making);
    refused(&person, &managing[2..3]);
    let looking: [&[&str]; 5] = [
        &["rows", &backup, "customer"],
        &["search", &backup, "no such words"],
        &["history", "customer", "acme-c1", "--company", "acme"],
        &["diff", &backup, "live", "--company", "acme"],
        &["restore", &backup, "--company", "acme", "--dry-run"],
    ];
    done(&person, &looking);
    without("see").await;
    refused(&person, &looking);
    assert!(Path::new(&backup).exists());

    // What was refused is in the trail; whoever acts for nobody may do what the database role may.
    let (_, trail) = person.json(&["audit", "list"]);
    let entries = trail["entries"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| entry["action"] == "delete" && entry["result"] == "user_may_not")
    );
    person.done(&["unpin", &backup]);
    person.done(&["delete", &backup, "--yes"]);
}

#[tokio::test]
async fn a_database_role_may_do_what_the_profile_lets_it() {
    let mut person = Person::new().await;
    let backup = person.backup();
    let reader = person.database.role("reader", "BYPASSRLS").await;
    let rights = format!("GRANT pg_read_all_data TO \"{}\"", reader.name);
    person.database.run(&rights).await;
    let profile = person.home().join("workshop.toml");
    let written = std::fs::read_to_string(&profile).unwrap();
    let lets = |list: &str| {
        let rule = format!("\n[database-roles]\n{list} = [\"{}\"]\n", reader.name);
        std::fs::write(&profile, written.clone() + &rule).unwrap();
    };
    let url = person.database.url_as(&reader);
    let run = |arguments: &[&str]| {
        let mut command = person.command(arguments);
        let output = command.env("SNAPBACK_DATABASE_URL", &url).output();
        Said::of(arguments, output.unwrap())
    };
    let refused = |commands: &[&[&str]]| {
        for command in commands {
            let said = run(command);
            assert_eq!(said.code, 12, "{command:?}: {}", said.all());
            assert!(said.err.contains("This database role"), "{}", said.all());
        }
    };
    let managing: [&[&str]; 4] = [
        &["restore", &backup, "--company", "acme", "--yes"],
        &["delete", &backup, "--yes"],
        &["schedule", "add", "--all", "--usual"],
        &["new", "--from", &backup, "--name", "Two", "--yes"],
    ];
    let create = ["create", "--company", "acme"];
    lets("operators");
    let companies = run(&["companies"]);
    assert!(
        companies.out.contains("may make backups"),
        "{}",
        companies.all()
    );
    refused(&managing);
    assert_eq!(run(&create).code, 0);
    lets("viewers");
    refused(&[&create]);
    assert_eq!(run(&["rows", &backup, "customer"]).code, 0);
    // A superuser may do everything.
    assert!(Path::new(&backup).exists());
    person.done(&["delete", &backup, "--yes"]);
}
