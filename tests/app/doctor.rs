//! Rows that belong to another company, found by a backup: counted and left out.

use snapback_testkit::{COMPANIES, TestDatabase};
use thirtyfour::prelude::WebDriverResult;

use crate::driven::{App, Computer};

const CARD: &str = "section[aria-label=Doctor]";
const STRIP: &str = "section[aria-label=Jobs]";

#[tokio::test]
async fn rows_that_belong_to_another_company_are_counted_and_left_out() {
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
    // A customer's part number for an item of another company.
    let sql = format!(
        r#"SET session_replication_role = replica;
        UPDATE public."customerPartToItem" SET "itemId" =
            (SELECT min(id) FROM public.item WHERE "companyId" = '{other}')
          WHERE id = (SELECT min(id) FROM public."customerPartToItem" WHERE "companyId" = '{company}');
        RESET session_replication_role;"#
    );
    database.run(&sql).await;
    app.press("Create backup").await?;
    let broken = "Customer part numbers: itemId refers to Items of another company";
    app.wait_for_text(CARD, broken).await?;
    app.pictures("doctor").await?;
    app.press("Back up without them").await?;
    app.wait_for_text(STRIP, "could not be carried").await?;
    app.wait_for_none(CARD).await
}
