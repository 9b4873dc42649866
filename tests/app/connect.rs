//! Connecting to a database: by its fields, by its URL, through a tunnel; with a keychain and without.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use snapback_demo::Role;
use snapback_testkit::{COMPANIES, HostKey, RENTAL, STOCKFLOW, SshServer, TestDatabase};
use thirtyfour::prelude::*;

use crate::driven::{App, Computer, program};

/// A database, and how the demo's role that restores enters it: user, password, port, name, URL.
struct Entrance {
    database: TestDatabase,
    url: String,
    password: String,
}

impl Entrance {
    async fn new() -> Self {
        let database = TestDatabase::demo().await;
        let settings = database.settings_as_demo_role(Role::Restorer);
        let password = settings.password().unwrap().reveal().to_owned();
        let url = settings.url_without_password();
        Self {
            url: url.replacen('@', &format!(":{password}@"), 1),
            database,
            password,
        }
    }

    async fn fill_in(&self, app: &App<'_>) -> WebDriverResult<()> {
        let settings = self.database.settings_as_demo_role(Role::Restorer);
        app.write("Name", "Carbon").await?;
        app.write("Host", settings.host()).await?;
        replace(app, "Port", &settings.port().to_string()).await?;
        app.write("Database", settings.database()).await?;
        app.write("User", settings.user()).await?;
        app.write("Password", &self.password).await
    }
}

async fn replace(app: &App<'_>, label: &str, text: &str) -> WebDriverResult<()> {
    let path = format!("//label[span[normalize-space(.)='{label}']]/input");
    app.click(By::XPath(path)).await?;
    app.key(Key::Control + "a").await?;
    app.key(text).await
}

/// Presses a check box by its label.
async fn tick(app: &App<'_>, label: &str) -> WebDriverResult<()> {
    app.click(By::XPath(format!("//label[normalize-space(.)='{label}']")))
        .await
}

async fn companies_are_shown(app: &App<'_>) -> WebDriverResult<()> {
    app.wait_for_text("main header small", " rows").await
}

fn assert_no_password(computer: &Computer, password: &str) {
    let file = computer.home().join("config/snapback/connections.json");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("Carbon") && !text.contains(password),
        "{text}"
    );
    let logs = computer.home().join("data/snapback/logs");
    for log in std::fs::read_dir(logs).unwrap() {
        let text = std::fs::read_to_string(log.unwrap().path()).unwrap();
        assert!(!text.contains(password));
    }
}

#[tokio::test]
async fn without_a_keychain_a_pasted_url_is_tried_saved_and_its_password_asked_for_each_time() {
    let (entrance, computer) = (Entrance::new().await, Computer::new());
    let app = computer.start().await;
    let told = pasted(&app, &entrance).await;
    app.close().await;
    told.unwrap();
    assert_no_password(&computer, &entrance.password);
    let app = computer.start().await;
    let told = asked(&app, &entrance).await;
    app.close().await;
    told.unwrap();
}

async fn pasted(app: &App<'_>, entrance: &Entrance) -> WebDriverResult<()> {
    app.wait_for_text("main", "Try it on a demo company")
        .await?;
    app.pictures("connect-first").await?;
    app.axe().await?;
    app.press("New connection").await?;
    app.write("Connection string", &entrance.url).await?;
    app.key(Key::Tab).await?;
    app.wait_for_text("form", "New connection").await?;
    replace(app, "Name", "Carbon").await?;
    app.press("Test").await?;
    app.wait_for_text("ul li", "It may back up: it sees every row.")
        .await?;
    app.wait_for_text("ul li", "It may restore").await?;
    app.pictures("connect-tested").await?;
    app.axe().await?;
    app.press("Save").await?;
    app.wait_for_text("[role=status]", "no keychain").await?;
    app.pictures("connect-saved").await?;
    app.axe().await
}

async fn asked(app: &App<'_>, entrance: &Entrance) -> WebDriverResult<()> {
    app.wait_for_text("main", "no keychain").await?;
    app.write("Database password", "wrong").await?;
    app.press("Connect").await?;
    app.wait_for_text("main form", "refuses this user or password")
        .await?;
    app.pictures("connect-password").await?;
    app.axe().await?;
    replace(app, "Database password", &entrance.password).await?;
    app.key(Key::Enter).await?;
    companies_are_shown(app).await
}

#[tokio::test]
async fn with_a_keychain_what_was_filled_in_opens_again_without_a_question() {
    let (entrance, computer) = (Entrance::new().await, Computer::new().with_keychain());
    let handed = handed_over(&computer, &entrance);
    // The app is started with an archive, as by a double click: what is inside is seen without any database.
    let app = computer.start_with(&[handed.to_str().unwrap()]).await;
    let told = looked_into(&app).await;
    let told = match told {
        Ok(()) => filled_in(&app, &entrance).await,
        failed => failed,
    };
    app.picture("handed-the-end").await.ok();
    app.close().await;
    told.unwrap();
    assert_no_password(&computer, &entrance.password);
    let app = computer.start().await;
    let told = companies_are_shown(&app).await;
    app.close().await;
    told.unwrap();
}

async fn filled_in(app: &App<'_>, entrance: &Entrance) -> WebDriverResult<()> {
    app.press("New connection").await?;
    entrance.fill_in(app).await?;
    app.press("Save and connect").await?;
    companies_are_shown(app).await?;
    // What was looked into comes into the library now.
    app.wait_for_text("section[aria-label=Jobs]", "Every byte is as it should be")
        .await
}

/// An archive as a colleague would hand it over.
fn handed_over(computer: &Computer, entrance: &Entrance) -> PathBuf {
    let archive = computer.home().join("from-a-colleague.snapback");
    let mut create = computer.command(program().with_file_name("snapback"));
    create.args(["create", "--company", COMPANIES[0].name]);
    create.args(["--label", "Month end", "--out"]).arg(&archive);
    create.env("SNAPBACK_DATABASE_URL", &entrance.url);
    let made = create.output().unwrap();
    assert!(made.status.success(), "{made:?}");
    archive
}

async fn looked_into(app: &App<'_>) -> WebDriverResult<()> {
    const DIALOG: &str = "[role=dialog]";
    app.wait_for_text(DIALOG, "Schema version").await?;
    app.pictures("handed-about").await?;
    app.click(By::XPath("//label[normalize-space(.)='Rows']"))
        .await?;
    app.click(By::Css(
        "nav[aria-label=Tables] button[title='public.customer']",
    ))
    .await?;
    app.click(By::Css("[role=dialog] tbody td button")).await?;
    app.wait_for_text("[aria-label='The row']", "Copy as")
        .await?;
    app.pictures("handed-rows").await?;
    app.axe().await?;
    app.write("Search in all rows", "gmbh").await?;
    app.key(Key::Enter).await?;
    app.wait_for_text(DIALOG, "with “gmbh” in").await?;
    app.press("Close").await?;
    app.wait_for_text("main [role=status]", "is added once a database is open")
        .await?;
    app.pictures("handed-waits").await?;
    app.axe().await
}

#[tokio::test]
async fn a_database_that_is_named_alone_is_read_as_the_application_in_it() {
    let database = TestDatabase::app(&STOCKFLOW).await;
    let computer = Computer::with_database(&database);
    let app = computer.start().await;
    let told = stock_is_shown(&app).await;
    app.close().await;
    told.unwrap();

    // One that nobody knows is refused with what to do, and other databases stay in reach.
    let unknown = TestDatabase::app(&RENTAL).await;
    let computer = Computer::with_database(&unknown);
    let app = computer.start().await;
    let told = app
        .wait_for_text("main", "no application that Snapback knows")
        .await;
    app.pictures("connect-unknown-application").await.unwrap();
    let axe = app.axe().await;
    app.close().await;
    told.and(axe).unwrap();
}

async fn stock_is_shown(app: &App<'_>) -> WebDriverResult<()> {
    companies_are_shown(app).await?;
    app.press("Create backup").await?;
    app.wait_for_text("section[aria-label=Jobs]", "Backed up")
        .await?;
    app.wait_for_text("body", STOCKFLOW.company).await?;
    app.pictures("stockflow").await
}

#[tokio::test]
async fn a_database_behind_an_ssh_server_is_reached() {
    let (entrance, server) = (Entrance::new().await, SshServer::start());
    let client = server.client(HostKey::Known);
    let computer = Computer::new().with("SNAPBACK_SSH", client.to_str().unwrap().to_owned());
    let app = computer.start().await;
    let told = tunnelled(&app, &entrance, &server).await;
    app.close().await;
    told.unwrap();
    assert_tunnels_end(&computer);
}

#[tokio::test]
async fn what_the_ssh_client_asks_is_answered_in_the_window() {
    let (entrance, server) = (Entrance::new().await, SshServer::start());
    let client = server.client_with_passphrase(HostKey::Unknown);
    let computer = Computer::new().with("SNAPBACK_SSH", client.to_str().unwrap().to_owned());
    let app = computer.start().await;
    let told = answered(&app, &entrance, &server).await;
    app.picture("ssh-questions-the-end").await.ok();
    app.close().await;
    told.unwrap();
    assert_tunnels_end(&computer);
    let kept = computer.home().join("config/snapback/connections.json");
    let kept = std::fs::read_to_string(kept).unwrap();
    assert!(!kept.contains(SshServer::PASSPHRASE));
}

async fn answered(app: &App<'_>, entrance: &Entrance, server: &SshServer) -> WebDriverResult<()> {
    app.press("New connection").await?;
    entrance.fill_in(app).await?;
    tick(app, "Through an SSH tunnel").await?;
    app.write("SSH host or alias", server.alias()).await?;
    app.press("Test").await?;
    app.wait_for_text("[role=dialog]", "SHA256:").await?;
    app.pictures("ssh-host-key").await?;
    app.axe().await?;
    app.press("No").await?;
    app.wait_for_text("[role=alert]", "not known on this computer")
        .await?;
    app.press("Test").await?;
    app.wait_for_text("[role=dialog]", "SHA256:").await?;
    app.press("Yes, connect to it").await?;
    app.wait_for_text("[role=dialog]", "passphrase").await?;
    app.pictures("ssh-passphrase").await?;
    app.axe().await?;
    // Refused, there is no way in; the host key is known from now on.
    let cancel = "//*[@role='dialog']//button[normalize-space(.)='Cancel']";
    app.click(By::XPath(cancel)).await?;
    app.wait_for_text("[role=alert]", "does not let this user in")
        .await?;
    app.press("Save and connect").await?;
    for passphrase in ["no horse at all", SshServer::PASSPHRASE] {
        app.click(By::Css("[role=dialog] input")).await?;
        app.key(passphrase).await?;
        app.key(Key::Enter).await?;
    }
    companies_are_shown(app).await
}

async fn tunnelled(app: &App<'_>, entrance: &Entrance, server: &SshServer) -> WebDriverResult<()> {
    app.press("New connection").await?;
    entrance.fill_in(app).await?;
    tick(app, "Read only").await?;
    tick(app, "Through an SSH tunnel").await?;
    app.write("SSH host or alias", server.alias()).await?;
    app.press("Save and connect").await?;
    companies_are_shown(app).await?;
    // What writes is not there over a connection that only reads.
    assert_eq!(
        app.count("section[aria-label='Restore from a backup']")
            .await?,
        0
    );
    app.pictures("read-only").await?;
    app.press("Connect…").await?;
    app.wait_for_text("main li", "via bastion").await?;
    app.wait_for_text("main li", "Read only").await
}

/// The tunnel's folder goes when the app has gone.
fn assert_tunnels_end(computer: &Computer) {
    let temporary = computer.home().join("tmp");
    let begun = Instant::now();
    while std::fs::read_dir(&temporary).unwrap().any(|entry| {
        entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("snapback-tunnel-")
    }) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "a tunnel outlives the app"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
