//! Two states of a company beside each other, one record taken back out of a backup with what belongs to it,
//! its history, and everything handed over as CSV.

use std::fs;

use snapback_testkit::{COMPANIES, TestDatabase};
use thirtyfour::prelude::{By, WebDriverResult};

use crate::driven::{App, Computer};

const DIALOG: &str = "[role=dialog]";

#[tokio::test]
async fn a_person_compares_takes_one_record_back_and_hands_everything_over() {
    let database = TestDatabase::demo().await;
    let computer = Computer::with_database(&database);
    let app = computer.start().await;
    let told = tell(&app, &database).await;
    app.picture("taking-back-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn tell(app: &App<'_>, database: &TestDatabase) -> WebDriverResult<()> {
    app.wait_for_text("main header small", " rows").await?;
    add(database).await;
    back_up(app, "Monday").await?;
    change(database).await;
    back_up(app, "Tuesday").await?;
    compare(app).await?;
    look_at_history(app, database).await?;
    take_back(app, database).await?;
    hand_over(app).await
}

async fn back_up(app: &App<'_>, label: &str) -> WebDriverResult<()> {
    app.write("Label (optional)", label).await?;
    app.press("Create backup").await?;
    app.wait_for_text("[role=grid] tr[data-at='0']", label)
        .await
}

/// A customer with what belongs to it, whom nothing else refers to.
const CUSTOMER: &str = "taken-back-1";

async fn add(database: &TestDatabase) {
    let company = COMPANIES[0].id;
    let sql = format!(
        "SET session_replication_role = replica; \
         INSERT INTO public.customer (id, name, \"companyId\") VALUES ('{CUSTOMER}', 'Baltic Bearings', '{company}'); \
         INSERT INTO public.\"customerPayment\" (\"customerId\", \"companyId\") VALUES ('{CUSTOMER}', '{company}')"
    );
    database.run(&sql).await;
}

/// The customer is gone, and another one has other values.
async fn change(database: &TestDatabase) {
    let company = COMPANIES[0].id;
    let sql = format!(
        "SET session_replication_role = replica; \
         DELETE FROM public.\"customerPayment\" WHERE \"customerId\" = '{CUSTOMER}'; \
         DELETE FROM public.customer WHERE id = '{CUSTOMER}'; \
         UPDATE public.customer SET website = 'https://changed.example', name = name || ' (merged)' \
            WHERE id = (SELECT min(id) FROM public.customer WHERE \"companyId\" = '{company}')"
    );
    database.run(&sql).await;
}

/// Two backups, then the company as it is now; the comparison is saved as a page.
async fn compare(app: &App<'_>) -> WebDriverResult<()> {
    app.click(By::Css("[aria-label='Select Monday']")).await?;
    app.click(By::Css("[aria-label='Select Tuesday']")).await?;
    app.press("Compare").await?;
    app.wait_for_text(DIALOG, "vanished").await?;
    table(app, "Customers").await?;
    app.wait_for_text("[role=dialog] article", "https://changed.example")
        .await?;
    app.pictures("compare").await?;
    app.axe().await?;
    let page = app.computer().home().join("differs.html");
    app.press("Save as a page…").await?;
    app.computer().take_file("Save the file", &page);
    app.wait_for_text("[role=dialog] footer", "Saved").await?;
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("https://changed.example") && page.contains("class=\"removed\""));
    app.choose("To", "The company now").await?;
    app.wait_for_text(DIALOG, "vanished").await?;
    table(app, "Customers").await?;
    app.wait_for_text("[role=dialog] article", "https://changed.example")
        .await?;
    app.press("Close").await?;
    app.wait_for_none(DIALOG).await
}

/// The record that vanished is found in the older backup, with its versions.
async fn look_at_history(app: &App<'_>, database: &TestDatabase) -> WebDriverResult<()> {
    assert_eq!(count_of(database).await, "0");
    app.press("Actions for Monday").await?;
    app.click(By::XPath("//*[@role='menuitem'][contains(., 'inside')]"))
        .await?;
    app.click(By::XPath("//label[normalize-space(.)='Rows']"))
        .await?;
    app.click(By::Css(
        "nav[aria-label=Tables] button[title='public.customer']",
    ))
    .await?;
    // Sorted by name, and only those that have the key inside.
    app.click(By::XPath(
        "//*[@role='dialog']//th//button[starts-with(normalize-space(.), 'Name')]",
    ))
    .await?;
    app.element(By::Css("th[aria-sort=ascending]")).await?;
    app.ask(
        "const list = document.querySelector('[aria-label=\"Column to filter by\"]');
         list.value = 'id'; list.dispatchEvent(new Event('change', { bubbles: true })); return null",
    )
    .await?;
    let field = app
        .element(By::Css("[aria-label='Text to filter by']"))
        .await?;
    field.send_keys(format!("{CUSTOMER}\u{e007}")).await?;
    app.wait_for_text("[role=dialog] header small", "1 row of")
        .await?;
    app.click(By::Css("[aria-label^='Rows of'] tbody td button"))
        .await?;
    app.wait_for_text("section[aria-label='The row'] header", "History")
        .await?;
    app.pictures("a-row-with-its-references").await?;
    app.axe().await?;
    // To the rows that use it, and back.
    app.click(By::XPath(
        "//section[@aria-label='The row']//dd//button[@title='public.customerPayment · customerId, companyId']",
    ))
    .await?;
    app.wait_for_text("[role=dialog] header small", "1 row of")
        .await?;
    app.press("Back to Customers").await?;
    app.click(By::Css("[aria-label^='Rows of'] tbody td button"))
        .await?;
    app.press("History").await?;
    app.wait_for_text("[aria-label='History of the record']", "vanished")
        .await?;
    app.pictures("history-of-a-record").await?;
    app.axe().await?;
    app.press("Back to the rows").await?;
    app.click(By::Css("[aria-label^='Rows of'] tbody td button"))
        .await
}

async fn take_back(app: &App<'_>, database: &TestDatabase) -> WebDriverResult<()> {
    app.press("Take back this record…").await?;
    app.wait_for_text("[role=dialog] footer", "1 record picked")
        .await?;
    app.press("Take back…").await?;
    app.wait_for_text("[role=dialog] footer", "Nothing is lost")
        .await?;
    app.click(By::XPath("//label[normalize-space(.)='1 level']"))
        .await?;
    app.wait_for_text("[role=dialog] nav", "Customer payment settings")
        .await?;
    app.wait_for_text("[role=dialog] footer", "Nothing is lost")
        .await?;
    table(app, "Customer payment settings").await?;
    app.wait_for_text("[role=dialog] article", "belongs to it")
        .await?;
    app.pictures("taking-back").await?;
    app.axe().await?;
    app.press("Take back").await?;
    app.wait_for_text("[aria-label='Restored — review']", "came back")
        .await?;
    app.wait_for_none(DIALOG).await?;
    assert_eq!(count_of(database).await, "1");
    let merged = "SELECT count(*) FROM public.customer WHERE website = 'https://changed.example'";
    assert_eq!(database.value(merged).await.as_deref(), Some("1"));
    app.pictures("taken-back").await?;
    app.press("Revert").await?;
    app.wait_for_text("[role=status]", "Reverted").await?;
    assert_eq!(count_of(database).await, "0");
    Ok(())
}

async fn count_of(database: &TestDatabase) -> String {
    let sql = format!(
        "SELECT (SELECT count(*) FROM public.customer WHERE id = '{CUSTOMER}') * \
                least(1, (SELECT count(*) FROM public.\"customerPayment\" WHERE \"customerId\" = '{CUSTOMER}'))"
    );
    database.value(&sql).await.unwrap()
}

/// One area of the company as it is now.
async fn hand_over(app: &App<'_>) -> WebDriverResult<()> {
    app.press("Export…").await?;
    app.wait_for_text("[role=dialog] footer", " rows").await?;
    app.click(By::XPath("//label[normalize-space(.)='Some areas']"))
        .await?;
    app.click(By::XPath(
        "//*[@role='dialog']//label[span[normalize-space(.)='Sales']]",
    ))
    .await?;
    app.pictures("hand-over").await?;
    app.axe().await?;
    let target = app.computer().home().join("sales.zip");
    app.click(By::Css("[role=dialog] footer button[type=submit]"))
        .await?;
    app.computer().take_file("Save the file", &target);
    app.wait_for_text("section[aria-label=Jobs]", "Exported")
        .await?;
    app.picture("handed-over").await?;
    let zip = fs::read(&target).unwrap();
    let holds = |name: &str| zip.windows(name.len()).any(|part| part == name.as_bytes());
    assert!(holds("/customer.csv") && holds("/README.txt") && !holds("/purchaseOrder.csv"));
    hand_over_a_workbook(app).await
}

/// The same for people who want a spreadsheet.
async fn hand_over_a_workbook(app: &App<'_>) -> WebDriverResult<()> {
    app.press("Export…").await?;
    app.wait_for_text("[role=dialog] footer", " rows").await?;
    for choice in ["Excel workbook", "Some areas"] {
        let path = format!("//label[normalize-space(.)='{choice}']");
        app.click(By::XPath(path)).await?;
    }
    app.click(By::XPath(
        "//*[@role='dialog']//label[span[normalize-space(.)='Sales']]",
    ))
    .await?;
    app.pictures("hand-over-a-workbook").await?;
    app.axe().await?;
    let target = app.computer().home().join("sales.xlsx");
    app.click(By::Css("[role=dialog] footer button[type=submit]"))
        .await?;
    app.computer().take_file("Save the file", &target);
    app.wait_for_text("section[aria-label=Jobs]", "sales.xlsx")
        .await?;
    let book = fs::read(&target).unwrap();
    let part = b"xl/workbook.xml";
    assert!(book.windows(part.len()).any(|found| found == part));
    Ok(())
}

/// Chooses a table in the dialog.
async fn table(app: &App<'_>, label: &str) -> WebDriverResult<()> {
    let path = format!("//*[@role='dialog']//nav//button[span[normalize-space(.)='{label}']]");
    app.click(By::XPath(path)).await
}
