//! The database is stopped in the middle of a restore.

use snapback_demo::Role;
use snapback_engine::pg::{Session, Settings};
use thirtyfour::prelude::WebDriverResult;

use crate::driven::{App, Computer};

#[tokio::test]
async fn a_restore_whose_database_is_stopped_changes_nothing_and_can_be_done_again() {
    let computer = Computer::with_demo().await;
    let app = computer.start().await;
    let told = tell(&app, &computer).await;
    app.picture("stopped-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn tell(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    app.wait_for_text("main header small", " rows").await?;
    let company = app.text("nav li button[aria-current] b").await?;
    app.back_up().await?;
    app.press("Break something").await?;
    app.wait_for_text("[role=status]", "broken now").await?;

    // Somebody holds a table, so the restore has read everything and waits for a moment to write.
    let url = computer.demo().await.connection(Role::Superuser).url();
    let settings = Settings::from_url(&url).unwrap();
    let mut holder = Session::open(&settings).await.unwrap();
    for sql in ["BEGIN", "LOCK TABLE public.customer IN ROW EXCLUSIVE MODE"] {
        holder.run(sql).await.unwrap();
    }
    app.press("What will change…").await?;
    let before = what_goes(app).await?;
    app.write("Company’s name", &company).await?;
    app.press("Restore").await?;
    app.wait_for_text("[role=dialog] footer", "Locking").await?;
    computer.stop_demo().await;
    app.wait_for_text("[role=dialog] [role=alert]", "").await?;
    app.pictures("database-stopped").await?;
    app.axe().await?;

    // Once it is back, the same rows wait to be restored, and are.
    computer.demo().await;
    app.press("Compare again").await?;
    assert_eq!(what_goes(app).await?, before);
    app.write("Company’s name", &company).await?;
    app.press("Restore").await?;
    app.wait_for_text("[aria-label='Restored — review']", "came back")
        .await
}

/// What the dialog says of the rows that a restore would take away.
async fn what_goes(app: &App<'_>) -> WebDriverResult<String> {
    app.wait_for_text("[role=dialog] footer", "go away").await?;
    app.text("[role=dialog] header").await
}
