//! Backups that nobody has to remember: protected with one click, and encrypted.

use std::fs;

use snapback_testkit::COMPANIES;
use thirtyfour::prelude::*;

use crate::driven::{App, Computer};

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
    app.pictures("protection-state").await
}
