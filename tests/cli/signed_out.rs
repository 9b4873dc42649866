//! Signing people out when their company is restored.

use serde_json::Value;

use snapback_engine::reporter::Step;

use crate::person::{PRICES, Person, Said, assert_words};
use crate::stops::{Stepped, sessions_ended};

/// Where sessions are. Anna belongs to both companies, Jonas to the other one, Mia and Otto to Acme alone, and one
/// session is nobody's.
const SESSIONS: &str = "
    CREATE SCHEMA auth;
    CREATE TABLE auth.session (id text PRIMARY KEY, \"userId\" text NOT NULL);
    CREATE TABLE auth.token (session text REFERENCES auth.session (id) ON DELETE CASCADE);
    CREATE TABLE public.granted (id text PRIMARY KEY, may jsonb NOT NULL);
    INSERT INTO public.\"user\" VALUES ('u3', 'Mia Roth', 'mia@example.com'), ('u4', 'Otto Lang', 'otto@example.com');
    INSERT INTO public.membership VALUES ('acme', 'u3'), ('acme', 'u4');
    INSERT INTO auth.session VALUES ('anna', 'u1'), ('jonas', 'u2'), ('mia', 'u3'), ('mia too', 'u3'), ('otto', 'u4'), ('nobody', 'u9');
    INSERT INTO auth.token SELECT id FROM auth.session;";
const RULES: &str = r#"
[access]
settings = ["manage"]
members = { table = "membership", person = "userId", company = "companyId" }
permissions = { table = "granted", person = "id", granted = "may" }

[sign-out]
sessions = "auth.session"
person = "userId"
token-minutes = 60
"#;

/// Runs without the canary, which would see that sessions end.
fn said(person: &Person, arguments: &[&str]) -> Said {
    Said::of(arguments, person.command(arguments).output().unwrap())
}

async fn signed_in(person: &Person) -> String {
    let sql = "SELECT string_agg(id, ', ' ORDER BY id) FROM auth.session";
    person.database.value(sql).await.unwrap()
}

const AGAIN: &str = "INSERT INTO auth.session VALUES ('mia', 'u3'), ('mia too', 'u3'), ('otto', 'u4') ON CONFLICT DO NOTHING";
const EVERYBODY: &str = "anna, jonas, mia, mia too, nobody, otto";

#[tokio::test]
async fn people_of_the_restored_company_alone_are_signed_out_where_that_is_asked_for() {
    let mut person = Person::new().await;
    let backup = person.backup();
    let restore = ["restore", &backup, "--company", "acme", "--yes"];
    let signing_out = [&restore[..], &["--sign-out"]].concat();
    person.database.run(PRICES).await;

    // It is refused where nothing is known of sessions, where there are none, and where the role may not end them.
    assert_words("sign-out-unknown", &person.run(&signing_out).all());
    let profile = person.home().join("workshop.toml");
    let written = std::fs::read_to_string(&profile).unwrap();
    let written = written.replace(r#"["fired"]"#, r#"["fired", "granted"]"#) + RULES;
    std::fs::write(&profile, written).unwrap();
    assert_eq!(person.json(&signing_out).1["code"], "usage");
    person.database.run(SESSIONS).await;
    let reader = person.database.role("reader", "BYPASSRLS").await;
    let rights = format!(
        "GRANT pg_read_all_data TO \"{name}\"; GRANT USAGE ON SCHEMA auth TO \"{name}\"",
        name = reader.name
    );
    person.database.run(&rights).await;
    let mut refused = person.command(&[&signing_out[..], &["--json"]].concat());
    let refused = refused.env("SNAPBACK_DATABASE_URL", person.database.url_as(&reader));
    let refused = Said::of(&signing_out, refused.output().unwrap());
    assert_eq!(refused.document()["code"], "missing_right");
    let hint = refused.document()["hint"].as_str().unwrap().to_owned();
    assert!(
        hint.contains("GRANT SELECT, DELETE ON \"auth\".\"session\""),
        "{hint}"
    );

    // What it would do is told beforehand; without being asked for, nobody is signed out.
    let planned = [
        "restore",
        &backup,
        "--company",
        "acme",
        "--dry-run",
        "--sign-out",
    ];
    assert_words("sign-out-planned", &person.run(&planned).all());
    let (_, done) = person.json(&restore);
    assert_eq!(done["signed_out"], Value::Null);
    person.done(&["keep", "--company", "acme"]);
    assert_eq!(signed_in(&person).await, EVERYBODY);

    // A session that cannot be ended leaves the restore as it is.
    let held = "CREATE FUNCTION auth.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
        CREATE TRIGGER held BEFORE DELETE ON auth.session FOR EACH ROW EXECUTE FUNCTION auth.refuse();";
    person.database.run(held).await;
    person.database.run(PRICES).await;
    assert_words("sign-out-failed", &person.run(&signing_out).all());
    let price = "SELECT price FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-1'";
    assert_eq!(person.database.value(price).await.unwrap(), "1.25");
    person.done(&["keep", "--company", "acme"]);
    assert_eq!(signed_in(&person).await, EVERYBODY);
    person
        .database
        .run("DROP TRIGGER held ON auth.session; DROP FUNCTION auth.refuse()")
        .await;

    person.database.run(PRICES).await;
    let done = said(&person, &signing_out);
    assert_words("sign-out-done", &done.all());
    assert_eq!(signed_in(&person).await, "anna, jonas, nobody");
    let tokens = "SELECT string_agg(session, ', ' ORDER BY session) FROM auth.token";
    let tokens = person.database.value(tokens).await;
    assert_eq!(tokens.unwrap(), "anna, jonas, nobody");

    // The database notes it, with the restore that it belongs to, and so does this computer.
    let noted = "SELECT a.details::text FROM snapback.audit AS a JOIN snapback.audit AS r ON r.review_id = a.review_id
                  WHERE a.action = 'sign out' AND r.action = 'restore'";
    let noted = person.database.value(noted).await.unwrap();
    let noted: Value = serde_json::from_str(&noted).unwrap();
    assert_eq!(
        noted,
        serde_json::json!({"sessions": 3, "people": 2, "staying": 1})
    );
    let (_, trail) = person.json(&["audit", "list"]);
    let entry = &trail["entries"][0];
    assert_eq!(
        (&entry["action"], &entry["detail"]),
        (&"restore".into(), &"sign out".into())
    );
    person.done(&["keep", "--company", "acme"]);

    // Killed between its commit and that, a restore leaves it to whoever looks at the review next, once.
    let kill = async || {
        person.database.run(AGAIN).await;
        person.database.run(PRICES).await;
        let mut stepped = Stepped::begin(&person, &signing_out);
        let stop = stepped.until(Step::Committed).await;
        stepped.kill().await;
        drop(stop);
        assert_eq!(signed_in(&person).await, EVERYBODY);
    };
    kill().await;
    let review = ["review", "--company", "acme"];
    let told = until_free(&person, &review).await;
    assert!(
        told.contains("had left people signed in") && told.contains("Signed out: 3 sessions"),
        "{told}"
    );
    assert_eq!(signed_in(&person).await, "anna, jonas, nobody");
    person.database.run(AGAIN).await;
    let again = said(&person, &review).all();
    assert!(!again.contains("signed in"), "{again}");
    assert_eq!(signed_in(&person).await, EVERYBODY);
    person.done(&["keep", "--company", "acme"]);
    kill().await;
    until_free(&person, &["keep", "--company", "acme"]).await;
    assert_eq!(signed_in(&person).await, "anna, jonas, nobody");
}

/// Runs until the server has let go of what was killed.
async fn until_free(person: &Person, arguments: &[&str]) -> String {
    sessions_ended(&person.database).await;
    let done = said(person, arguments);
    assert_eq!(done.code, 0, "{}", done.all());
    done.all()
}
