//! The main job from the first start on: try the demo, back up, break something, see what a restore
//! would change, restore, revert, restore and keep. Every step leaves a picture.

use thirtyfour::prelude::WebDriverResult;

use crate::driven::{App, Computer};

const LABEL: &str = "Before price import";

#[tokio::test]
async fn a_person_backs_up_damages_restores_reverts_and_keeps() {
    let computer = Computer::new();
    let app = computer.start().await;
    let told = tell(&app).await;
    app.picture("the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn tell(app: &App<'_>) -> WebDriverResult<()> {
    // Nothing is known yet; the demo is loaded, and opens with what its first company holds.
    app.wait_for_text("main", "Try it on a demo company")
        .await?;
    app.pictures("first-start").await?;
    app.axe().await?;
    app.press("Try it on a demo company").await?;
    let company = app.text("nav li button[aria-current] b").await?;
    assert!(!company.is_empty());
    assert!(
        app.count("nav li").await? >= 3,
        "the demo has three companies"
    );
    app.wait_for_text("main header small", " rows").await?;
    app.pictures("opened").await?;
    app.axe().await?;
    app.press("What is in a backup").await?;
    app.wait_for_text("[data-popover-content]", "All rows")
        .await?;
    app.picture("contents").await?;
    app.press("What is in a backup").await?;

    // A backup is made and listed.
    app.write("Label (optional)", LABEL).await?;
    app.press("Create backup").await?;
    app.wait_for_text("[role=status]", "Backed up").await?;
    app.wait_for_text("table tbody tr:first-child", LABEL)
        .await?;
    app.picture("created").await?;

    // Nothing has changed, so there is nothing to restore.
    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog]", "exactly as it was")
        .await?;
    app.picture("nothing-to-restore").await?;
    app.press("Close").await?;

    // Something breaks; the dialog shows what a restore would change, and it is said yes to.
    restore(app, &company, "first").await?;

    // Reverting brings the damage back, so the same restore is possible again. This one is kept.
    app.press("Revert").await?;
    app.wait_for_text("[role=status]", "Reverted").await?;
    app.picture("reverted").await?;
    say_yes(app, &company, "second").await?;
    app.press("Keep").await?;
    app.wait_for_text("[role=status]", "Kept").await?;
    app.picture("kept").await?;

    // What was kept is what was backed up, and not what the safety snapshot holds.
    app.choose("Source backup", "before restore").await?;
    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog] footer", "△").await?;
    app.press("Cancel").await?;
    app.choose("Source backup", LABEL).await?;
    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog]", "exactly as it was")
        .await?;
    app.press("Close").await
}

async fn restore(app: &App<'_>, company: &str, name: &str) -> WebDriverResult<()> {
    app.press("Break something").await?;
    app.wait_for_text("[role=status]", "broken now").await?;
    say_yes(app, company, name).await
}

async fn say_yes(app: &App<'_>, company: &str, name: &str) -> WebDriverResult<()> {
    app.choose("Source backup", LABEL).await?;
    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog] footer", "△").await?;
    app.wait_for_text("[role=dialog] article b", "").await?;
    app.picture(&format!("{name}-what-will-change")).await?;
    if app.count("[role=dialog] footer input").await? > 0 {
        app.write("Company’s name", company).await?;
    }
    app.press("Restore").await?;
    app.wait_for_text("[role=status]", "Restored — review")
        .await?;
    app.picture(&format!("{name}-review")).await
}
