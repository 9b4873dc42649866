//! Saved connections on the command line, and acting as one of the application's users.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use snapback_host::connections::{Address, Color, Environment, SavedConnection, SavedConnections};
use snapback_host::tunnel::Gate;
use snapback_testkit::{COMPANIES, HostKey, S3Server, SshServer, TestDatabase};

use crate::person::{PRICES, Person, Said, assert_words, home, program};
use crate::terminal::typed_into;

/// Saves a connection to the person's database on the person's computer; its password.
fn save(person: &Person, change: impl FnOnce(&mut SavedConnection)) -> String {
    let (address, settings) = Address::from_url(&person.database.url()).unwrap();
    let mut connection = SavedConnection {
        id: "b0c5c1de-0000-4000-8000-000000000001".parse().unwrap(),
        name: "Workshop".to_owned(),
        color: Color::Teal,
        environment: Environment::Production,
        is_read_only: false,
        address,
        acting_as: None,
        profile: "workshop.toml".to_owned(),
        storage: None,
    };
    change(&mut connection);
    let folder = person.home().join(".config/snapback");
    SavedConnections::in_folder(&folder)
        .put(connection)
        .unwrap();
    settings.password().unwrap().reveal().to_owned()
}

/// A command on a computer without a keychain, and without any other way to a database.
fn command(person: &Person, arguments: &[&str]) -> Command {
    let mut command = program(person.home());
    command
        .args(arguments)
        .args(["--connection", "Workshop"])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .env_remove("XDG_CONFIG_HOME");
    command
}

#[tokio::test]
async fn without_a_keychain_the_password_is_asked_for_and_never_shown() {
    let person = Person::new().await;
    let password = save(&person, |_| ());
    let said = typed_into(command(&person, &["companies"]), &format!("{password}\n"));
    assert_eq!(said.code, 0, "{}", said.all());
    assert!(said.out.contains("no keychain"), "{}", said.all());
    assert!(said.out.contains("Acme Metals"), "{}", said.all());
    assert!(!said.all().contains(&password));
    let said = typed_into(command(&person, &["companies"]), "wrong\n");
    assert_eq!(said.code, 12, "{}", said.all());
}

#[tokio::test]
async fn where_nobody_can_be_asked_it_is_said_what_to_do() {
    let person = Person::new().await;
    save(&person, |_| ());
    let output = command(&person, &["companies"]).output().unwrap();
    let said = Said::of(&["companies"], output);
    assert_eq!(said.code, 12, "{}", said.all());
    assert_words("error-password-needed", &said.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_storage_of_a_saved_connection_is_tested_and_used() {
    let person = Person::new().await;
    let folder = person.home().join("uploads/private/acme");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("note.txt"), "a note\n").unwrap();
    let storage = format!("file://{}/uploads", person.home().display());
    let password = save(&person, |connection| connection.storage = Some(storage));
    let said = typed_into(command(&person, &["test"]), &format!("{password}\n"));
    assert_eq!(said.code, 0, "{}", said.all());
    assert!(
        said.out.contains("answers; Acme Metals has 1 file, 7 B"),
        "{}",
        said.all()
    );
    let create = [
        "create",
        "--company",
        "acme",
        "--files",
        "--out",
        "acme.snapback",
    ];
    // What the environment names is another database's, perhaps.
    let mut named = command(&person, &create);
    named.env("SNAPBACK_STORAGE", "file:///no/such/folder");
    let said = typed_into(named, &format!("{password}\n"));
    assert_eq!(said.code, 0, "{}", said.all());
    assert!(said.out.contains("and 1 file in"), "{}", said.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_the_keys_of_a_storage_are_asked_for_and_never_shown() {
    let (person, server) = (Person::new().await, S3Server::start(&["private"]).await);
    let folder = server.folder().join("private/acme");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("note.txt"), "a note\n").unwrap();
    let password = save(&person, |connection| {
        connection.storage = Some(server.url());
    });
    let keys = server.keys();
    let create = [
        "create",
        "--company",
        "acme",
        "--files",
        "--out",
        "acme.snapback",
    ];
    let typed = format!(
        "{}\n{}\n{password}\n",
        keys.access_key_id, keys.secret_access_key
    );
    let said = typed_into(command(&person, &create), &typed);
    assert_eq!(said.code, 0, "{}", said.all());
    assert!(said.out.contains("and 1 file in"), "{}", said.all());
    for secret in [&keys.access_key_id, &keys.secret_access_key, &password] {
        assert!(!said.all().contains(secret));
    }
    let output = command(&person, &create).output().unwrap();
    let said = Said::of(&["create", "--files"], output);
    assert_eq!(said.code, 12, "{}", said.all());
    assert_words("error-storage-keys-needed", &said.all());
}

#[tokio::test]
async fn a_name_that_nothing_bears_is_answered_with_those_that_there_are() {
    let person = Person::new().await;
    save(&person, |connection| connection.name = "Another".to_owned());
    let output = command(&person, &["companies"]).output().unwrap();
    let said = Said::of(&["companies"], output);
    assert_eq!(said.code, 10, "{}", said.all());
    assert_words("error-no-such-connection", &said.all());
}

#[tokio::test]
async fn over_a_connection_that_only_reads_a_backup_is_made_and_a_restore_refused() {
    let person = Person::new().await;
    let password = save(&person, |connection| connection.is_read_only = true);
    let create = ["create", "--company", "acme", "--out", "acme.snapback"];
    let said = typed_into(command(&person, &create), &format!("{password}\n"));
    assert_eq!(said.code, 0, "{}", said.all());
    person.database.run(PRICES).await;
    let prices = "SELECT sum(price) FROM public.product";
    let before = person.database.value(prices).await;
    let restore = ["restore", "acme.snapback", "--company", "acme", "--yes"];
    let said = typed_into(command(&person, &restore), &format!("{password}\n"));
    assert_eq!(said.code, 12, "{}", said.all());
    assert!(said.out.contains("connection_read_only"), "{}", said.all());
    assert_eq!(person.database.value(prices).await, before);
}

#[tokio::test]
async fn a_saved_tunnel_is_gone_through_and_ends_with_the_command() {
    let (person, server) = (Person::new().await, SshServer::start());
    let password = save(&person, |connection| {
        connection.address.tunnel = Some(Gate {
            host: server.alias().to_owned(),
            port: None,
            user: None,
            key_file: None,
        });
    });
    let temporary = person.home().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut companies = command(&person, &["companies"]);
    companies
        .env("SNAPBACK_SSH", server.client(HostKey::Known))
        .env("TMPDIR", &temporary);
    let said = typed_into(companies, &format!("{password}\n"));
    assert_eq!(said.code, 0, "{}", said.all());
    assert!(said.out.contains("Acme Metals"), "{}", said.all());
    let begun = std::time::Instant::now();
    while std::fs::read_dir(&temporary).unwrap().count() > 0 {
        assert!(
            begun.elapsed().as_secs() < 20,
            "the tunnel outlives the command"
        );
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// Runs a command on a Carbon database and reads its one document.
fn on_carbon(home: &Path, url: &str, arguments: &[&str]) -> (i32, Value) {
    let output = program(home)
        .args(arguments)
        .arg("--json")
        .env("SNAPBACK_DATABASE_URL", url)
        .output()
        .unwrap();
    let said = Said::of(arguments, output);
    (said.code, said.document())
}

#[tokio::test]
async fn acting_as_a_user_offers_what_that_user_may_manage_and_is_written_down() {
    let database = TestDatabase::demo().await;
    let sql = format!(
        r#"SELECT u.email FROM public."user" AS u JOIN public."userPermission" AS p ON p.id = u.id
            WHERE p.permissions -> 'settings_update' ? '{}' ORDER BY 1 LIMIT 1"#,
        COMPANIES[0].id
    );
    let email = database.value(&sql).await.unwrap();
    let (home, url) = (home(), database.url());
    let run =
        |arguments: &[&str]| on_carbon(home.path(), &url, &[arguments, &["--as", &email]].concat());
    let (code, offered) = run(&["companies"]);
    assert_eq!(code, 0, "{offered}");
    let offered: Vec<&str> = offered["companies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|company| company["id"].as_str().unwrap())
        .collect();
    assert!(offered.contains(&COMPANIES[0].id) && offered.len() < COMPANIES.len());
    let other = COMPANIES
        .iter()
        .find(|company| !offered.contains(&company.id))
        .unwrap();
    let (code, refused) = run(&["contents", "--company", other.id]);
    assert_eq!((code, refused["code"].as_str()), (12, Some("user_may_not")));
    let (code, made) = run(&["create", "--company", COMPANIES[0].id]);
    assert_eq!(code, 0, "{made}");
    let (_, shown) = run(&["show", made["path"].as_str().unwrap()]);
    assert_eq!(shown["made_by"]["app_user"].as_str(), Some(email.as_str()));
    let (code, unknown) = on_carbon(home.path(), &url, &["companies", "--as", "nobody@x"]);
    assert_eq!((code, unknown["code"].as_str()), (10, Some("no_such_user")));
}
