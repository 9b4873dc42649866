//! Backups that nobody has to remember: protected with one click, and encrypted.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use snapback_testkit::COMPANIES;
use thirtyfour::prelude::*;

use crate::driven::{App, Computer, program};

const CARD: &str = "section[aria-label='Backups that nobody has to remember']";
const SCHEDULES: &str = "table[aria-label='Schedules']";
const STATE: &str = "[aria-label='State of the backups']";

#[tokio::test]
async fn all_companies_are_protected_with_one_click_and_new_backups_encrypted() {
    let computer = Computer::with_demo().await.with_keychain();
    let app = computer.start().await;
    let told = protect(&app, &computer).await;
    app.picture("protection-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

#[tokio::test]
async fn what_is_due_is_made_while_the_app_is_open() {
    let computer = Computer::with_demo().await;
    computer.demo().await;
    let into = computer.home().join("handed");
    fs::create_dir(&into).unwrap();
    let mut add = computer.command(program().with_file_name("snapback"));
    add.args(["schedule", "add", "--company", COMPANIES[1].name]);
    add.args(["--every", "6h", "--only", "area:sales", "--csv"]);
    assert!(add.arg(&into).output().unwrap().status.success());
    let path = computer.library().join("state/schedules.json");
    let mut schedules: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    schedules[0]["since"] = "2025-01-01T00:00:00Z".into();
    fs::write(&path, schedules.to_string()).unwrap();

    let app = computer.start().await;
    let begun = Instant::now();
    let is_there = || fs::read_dir(&into).unwrap().flatten().any(is_whole);
    while !is_there() && begun.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let made = is_there();
    app.close().await;
    assert!(made, "nothing was handed over");
}

fn is_whole(entry: fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().ends_with("-sales.zip")
}

async fn protect(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    app.wait_for_text("main header small", " rows").await?;
    app.click(By::Css("nav button.connection")).await?;
    app.wait_for_text(CARD, "Those that come later, too")
        .await?;
    app.pictures("protection-offer").await?;
    app.axe().await?;
    app.press("Protect all companies").await?;
    // The offer names the same rhythms, so what counts is the table of those that were made.
    app.wait_for_text(SCHEDULES, "Sundays at 03:00, kept 90 days")
        .await?;
    let schedules = fs::read_to_string(computer.library().join("state/schedules.json")).unwrap();
    assert_eq!(schedules.matches("\"every\"").count(), 3, "{schedules}");

    app.press("Encrypt new backups…").await?;
    let sheet = computer.home().join("sheet.html");
    computer.take_file("Save the file", &sheet);
    app.wait_for_text(CARD, "New backups are encrypted").await?;
    let page = fs::read_to_string(&sheet).unwrap();
    assert!(page.contains("AGE-SECRET-KEY-1"), "the sheet has no key");
    app.pictures("protection").await?;
    app.axe().await?;

    let first = format!("nav button[data-company='{}']", COMPANIES[0].id);
    app.click(By::Css(first)).await?;
    app.back_up().await?;
    let archives = fs::read_dir(computer.library()).unwrap().flatten();
    let archives = archives
        .map(|entry| entry.path())
        .filter(|path| path.is_file());
    for archive in archives {
        assert!(
            fs::read(&archive)
                .unwrap()
                .starts_with(b"age-encryption.org/v1\n")
        );
    }
    app.wait_for_text(STATE, "Next").await?;
    app.wait_for_text(STATE, "never proven").await?;
    app.pictures("protection-state").await?;
    app.press("As it was at a moment…").await?;
    let moment = "const field = document.querySelector('input[type=datetime-local]');
        field.value = '2999-01-01T12:00';
        field.dispatchEvent(new Event('input', { bubbles: true }));";
    app.execute(moment, vec![]).await?;
    app.wait_for_text(".points", "There is no later backup")
        .await?;
    app.pictures("moment").await?;
    alerts(app).await?;
    places(app, computer).await?;
    handing_over(app, computer).await?;
    activity(app).await
}

/// A hook that nobody answers at is not added, and the reason is said.
async fn alerts(app: &App<'_>) -> WebDriverResult<()> {
    app.click(By::Css("nav button.connection")).await?;
    app.press("Tell somebody…").await?;
    app.write("Mail, web hook or check", "http://127.0.0.1:9/hook")
        .await?;
    app.press("Send a test and add").await?;
    app.wait_for_text(CARD, "An alert could not be sent")
        .await?;
    app.pictures("alerts").await?;
    app.axe().await
}

/// A second place is tried and added; what was copied there comes back.
async fn places(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    let disk = computer.home().join("other-disk");
    fs::create_dir(&disk).unwrap();
    app.press("Add a second place…").await?;
    let field = "Folder, SFTP server or bucket";
    app.write(field, "/no/such/disk").await?;
    app.press("Try it and add").await?;
    app.wait_for_text(CARD, "is not there").await?;
    app.clear(field).await?;
    app.write(field, disk.to_str().unwrap()).await?;
    app.press("Try it and add").await?;
    app.wait_for_text(CARD, "The place lets us in").await?;
    app.wait_for_text("ul[aria-label='Second places']", "not there yet")
        .await?;
    let mut sync = computer.command(program().with_file_name("snapback"));
    let synced = sync.args(["place", "sync"]).output().unwrap();
    assert!(synced.status.success());
    app.press("See what is there").await?;
    app.wait_for_text("li.there", ".snapback").await?;
    app.pictures("second-place").await?;
    app.axe().await?;
    elsewhere(app, computer).await?;
    app.click(By::Css("nav button.connection")).await
}

/// What is on this computer no more is listed, looked into and restored from where it lies, and comes back.
async fn elsewhere(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    let count = || {
        let archives = fs::read_dir(computer.library()).unwrap().flatten();
        archives.filter(|entry| entry.path().is_file()).count()
    };
    let before = count();
    let company = format!("nav button[data-company='{}']", COMPANIES[0].id);
    app.click(By::Css(company)).await?;
    let row = "[role=grid] tr[data-at='0']";
    app.wait_for_text(row, "Backup").await?;
    let focus = format!("document.querySelector(\"{row}\").focus()");
    app.execute(&focus, vec![]).await?;
    app.key(Key::Delete).await?;
    app.wait_for_text("[role=dialog]", "Delete this backup?")
        .await?;
    app.press("Delete").await?;
    app.wait_for_text(row, "Lies at").await?;
    assert_eq!(count(), before - 1);
    app.picture("at-second-place").await?;
    app.axe().await?;
    app.press("Actions for Backup").await?;
    app.click(By::XPath("//*[@role='menuitem'][contains(., 'inside')]"))
        .await?;
    app.wait_for_text("[role=dialog]", "other-disk").await?;
    app.picture("inside-second-place").await?;
    app.key(Key::Escape).await?;
    app.wait_for_none("[role=dialog]").await?;
    app.press("Actions for Backup").await?;
    app.press_item("Restore from this…").await?;
    app.wait_for_text("[role=dialog]", "What will change")
        .await?;
    app.wait_for_text("[role=dialog]", "other-disk").await?;
    app.key(Key::Escape).await?;
    app.wait_for_none("[role=dialog]").await?;
    assert_eq!(count(), before - 1, "it was only borrowed");
    app.press("Actions for Backup").await?;
    app.press_item("Bring back to this computer").await?;
    app.wait_for_text("[aria-label='Jobs']", "It is back in the library")
        .await?;
    assert_eq!(count(), before, "it did not come back");
    // What is told of jobs covers what is pressed later.
    app.press("Clear").await
}

/// CSV files are handed over on a schedule.
async fn handing_over(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    let folder = computer.home().join("exports");
    fs::create_dir(&folder).unwrap();
    app.press("Add a schedule…").await?;
    app.write("Into the folder", folder.to_str().unwrap())
        .await?;
    app.pictures("schedule-form").await?;
    app.axe().await?;
    app.press("Add this schedule").await?;
    app.wait_for_text(SCHEDULES, "as CSV in").await
}

/// What was done is noted, and the trail is whole.
async fn activity(app: &App<'_>) -> WebDriverResult<()> {
    app.key(Key::Control + ",").await?;
    app.wait_for_text("h1", "Settings").await?;
    app.press("Show what was done…").await?;
    app.wait_for_text("table[aria-label=Activity]", "Backup")
        .await?;
    app.wait_for_text("table[aria-label=Activity]", "a test could not be sent")
        .await?;
    app.press("Check the trail").await?;
    app.wait_for_text("[role=dialog]", "The trail is as it was written")
        .await?;
    app.pictures("activity").await?;
    app.axe().await
}
