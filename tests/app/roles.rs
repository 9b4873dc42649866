//! What somebody may do is what the window offers, role by role: users of the application, and a database role that only reads.

use snapback_demo::Role;
use snapback_host::connections::{Address, Color, Environment, SavedConnection, SavedConnections};
use snapback_testkit::{COMPANIES, TestDatabase};
use thirtyfour::prelude::*;

use crate::driven::{App, Computer, program};

/// Three people of a company: one may manage it, one may add to it, one may see it.
const THREE: &str = r#"
    WITH three AS (SELECT u.id, row_number() OVER (ORDER BY u.id) AS n FROM public."user" AS u
                     JOIN public."userToCompany" AS m ON m."userId" = u.id JOIN public."userPermission" AS p ON p.id = u.id
                    WHERE m."companyId" = 'COMPANY' AND u.email IS NOT NULL ORDER BY u.id LIMIT 3),
         everything AS (SELECT permissions FROM public."userPermission" AS p
                         WHERE p.permissions -> 'settings_delete' ? 'COMPANY' AND p.permissions -> 'settings_update' ? 'COMPANY' LIMIT 1)
    UPDATE public."userPermission" AS p
       SET permissions = e.permissions - (ARRAY['settings_delete', 'settings_create'])[1:t.n::int - 1]
      FROM three AS t, everything AS e WHERE p.id = t.id"#;
const ADDRESSES: &str = r#"
    SELECT string_agg(t.email, ' ') FROM (SELECT u.email FROM public."user" AS u
      JOIN public."userToCompany" AS m ON m."userId" = u.id JOIN public."userPermission" AS p ON p.id = u.id
     WHERE m."companyId" = 'COMPANY' AND u.email IS NOT NULL ORDER BY u.id LIMIT 3) AS t"#;

/// A saved connection, what the window says of it, and what it offers for a backup and what not.
struct Tried {
    name: &'static str,
    said: &'static str,
    offered: &'static [&'static str],
    missing: &'static [&'static str],
    may_make: bool,
}

const TRIED: [Tried; 4] = [
    Tried {
        name: "Admin",
        said: "Create backup",
        offered: &["Restore from this…", "Start a new company…", "Delete…"],
        missing: &[],
        may_make: true,
    },
    Tried {
        name: "Operator",
        said: "The user acted for may make backups, and no more",
        offered: &["Export as CSV…", "Save a copy…", "Rename…"],
        missing: &["Restore", "new company", "Delete"],
        may_make: true,
    },
    Tried {
        name: "Viewer",
        said: "The user acted for may only look",
        offered: &["inside", "Compare with…", "Show in folder"],
        missing: &[
            "Restore",
            "new company",
            "template",
            "Export",
            "copy",
            "Rename",
            "Delete",
        ],
        may_make: false,
    },
    Tried {
        name: "Reader",
        said: "The database role of this connection only reads",
        offered: &["Export as CSV…", "Save a copy…", "Delete…"],
        missing: &["Restore", "new company"],
        may_make: true,
    },
];

#[tokio::test]
async fn each_role_is_offered_what_it_may_do_and_told_why_it_is_not_more() {
    let database = TestDatabase::demo().await;
    let computer = Computer::new();
    let of_company = |sql: &str| sql.replace("COMPANY", COMPANIES[0].id);
    database.run(&of_company(THREE)).await;
    let addresses = database.value(of_company(ADDRESSES).trim()).await.unwrap();
    let mut create = computer.command(program().with_file_name("snapback"));
    create.args(["create", "--company", COMPANIES[0].name]);
    create.env("SNAPBACK_DATABASE_URL", database.url());
    assert!(create.output().unwrap().status.success());
    let saved = SavedConnections::in_folder(&computer.home().join("config/snapback"));
    let acting = addresses.split(' ').map(Some).chain([None]);
    for (place, (tried, acting_as)) in TRIED.iter().zip(acting).enumerate() {
        let settings = database.settings_as_demo_role(role_of(tried));
        let (address, _) = Address::from_url(&settings.url_without_password()).unwrap();
        let id = format!("b0c5c1de-0000-4000-8000-00000000000{place}");
        let connection = SavedConnection {
            id: id.parse().unwrap(),
            name: tried.name.to_owned(),
            color: Color::Teal,
            environment: Environment::Development,
            is_read_only: false,
            address,
            acting_as: acting_as.map(str::to_owned),
            profile: "carbon".to_owned(),
            storage: None,
        };
        saved.put(connection).unwrap();
    }
    let app = computer.start().await;
    let told = each(&app, &database).await;
    app.picture("roles-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

fn role_of(tried: &Tried) -> Role {
    match tried.name {
        "Reader" => Role::Reader,
        _ => Role::Restorer,
    }
}

async fn each(app: &App<'_>, database: &TestDatabase) -> WebDriverResult<()> {
    for tried in &TRIED {
        let settings = database.settings_as_demo_role(role_of(tried));
        let rail = format!(
            "//nav//button[contains(@class, 'connection')][contains(., '{}')]",
            tried.name
        );
        app.click(By::XPath(rail)).await?;
        let password = settings.password().unwrap().reveal();
        app.write("Database password", password).await?;
        app.key(Key::Enter).await?;
        app.wait_for_none("main input[type=password]").await?;
        let company = format!("nav button[data-company='{}']", COMPANIES[0].id);
        app.click(By::Css(company)).await?;
        app.wait_for_text("main", tried.said).await?;
        app.wait_for_text("[role=grid] tbody", "Backup").await?;
        app.press("Actions for Backup").await?;
        let menu = app.text("[role=menu]").await?;
        for offered in tried.offered {
            assert!(
                menu.contains(offered),
                "{}: {offered} in {menu}",
                tried.name
            );
        }
        for missing in tried.missing {
            assert!(
                !menu.contains(missing),
                "{}: {missing} in {menu}",
                tried.name
            );
        }
        app.key(Key::Escape).await?;
        app.wait_for_none("[role=menu]").await?;
        let may_restore = tried.missing.is_empty();
        let cards = app
            .count("section[aria-label='Restore from a backup']")
            .await?;
        assert_eq!(cards, usize::from(may_restore), "{}", tried.name);
        let held = "count(//button[normalize-space(.)='Create backup'][@disabled])";
        let script = format!("return document.evaluate(\"{held}\", document).numberValue");
        let is_held = app.ask(&script).await?.as_f64() == Some(1.0);
        assert_eq!(is_held, !tried.may_make, "{}", tried.name);
        app.picture(&format!("role-{}", tried.name.to_lowercase()))
            .await?;
    }
    app.axe().await
}
