//! Rows that belong to another company, found by a backup: counted, left out, cleaned.

use snapback_testkit::{COMPANIES, TestDatabase};
use thirtyfour::prelude::WebDriverResult;

use crate::driven::{App, Computer};

const CARD: &str = "section[aria-label=Doctor]";
const STRIP: &str = "section[aria-label=Jobs]";

#[tokio::test]
async fn rows_that_belong_to_another_company_are_counted_left_out_and_cleaned() {
    let database = TestDatabase::demo().await;
    let computer = Computer::with_database(&database);
    let app = computer.start().await;
    let told = tell(&app, &database).await;
    app.picture("doctor-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn tell(app: &App<'_>, database: &TestDatabase) -> WebDriverResult<()> {
    let (company, other) = (COMPANIES[0].id, COMPANIES[1].id);
    // Two orders on a customer of another company.
    let sql = format!(
        r#"SET session_replication_role = replica;
        UPDATE public."salesOrder" SET "customerId" =
            (SELECT min(id) FROM public.customer WHERE "companyId" = '{other}')
          WHERE id IN (SELECT id FROM public."salesOrder" WHERE "companyId" = '{company}' ORDER BY id LIMIT 2);
        RESET session_replication_role;"#
    );
    database.run(&sql).await;
    app.press("Create backup").await?;
    app.wait_for_text(CARD, "2 rows in 1 area, each counted once")
        .await?;
    app.pictures("doctor").await?;
    app.axe().await?;

    app.press("Back up without them").await?;
    app.wait_for_text(STRIP, "could not be carried").await?;
    app.wait_for_none(CARD).await?;

    app.press("Create backup").await?;
    app.wait_for_text(CARD, "2 rows in 1 area").await?;
    app.press("Clean up…").await?;
    app.wait_for_text(
        "[role=dialog]",
        "Cleaning Müller Präzision GmbH of broken references",
    )
    .await?;
    app.wait_for_text("[role=dialog] footer", "go away").await?;
    app.pictures("cleaning").await?;
    app.axe().await?;
    app.write("Company’s name", "Müller Präzision GmbH").await?;
    app.press("Clean up").await?;
    app.wait_for_text("[aria-label='Restored — review']", "cleaned up")
        .await?;
    app.wait_for_none(CARD).await?;
    app.press("Keep").await?;
    app.wait_for_text("[role=status]", "Kept").await?;

    // A backup is made without a question now.
    app.press("Create backup").await?;
    app.wait_for_text(STRIP, "Backed up").await?;
    assert_eq!(app.count(CARD).await?, 0);
    Ok(())
}
