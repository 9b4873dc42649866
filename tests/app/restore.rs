//! What a restore would change, row by row, and the review after it on two computers.

use snapback_testkit::{COMPANIES, Damage, TestDatabase};
use thirtyfour::prelude::{By, WebDriverResult};

use crate::driven::{App, Computer};

const ROWS: &str = "[role=grid] tbody tr";
const LABEL: &str = "Before price import";

#[tokio::test]
async fn a_person_reads_names_and_types_the_companys_before_rows_go() {
    let database = TestDatabase::demo().await;
    let computer = Computer::with_database(&database);
    let app = computer.start().await;
    let told = read_and_type(&app, &database).await;
    app.picture("restore-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn read_and_type(app: &App<'_>, database: &TestDatabase) -> WebDriverResult<()> {
    let company = back_up(app).await?;
    database.damage(Damage::Friday).await;
    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog] article b", "").await?;
    app.wait_for_text("[role=dialog] footer", "go away").await?;
    app.pictures("what-will-change").await?;
    app.axe().await?;

    // Prices are told by their item, as people write them, and people by their names.
    table(app, "Item sale prices").await?;
    let written = "//*[@role='dialog']//article[header/b[not(starts-with(., 'c'))]]//button[contains(., ' EUR')]";
    app.element(By::XPath(written)).await?;
    app.pictures("what-will-change-prices").await?;
    // The arrow keys go through the tables.
    app.key("\u{e015}").await?;
    app.picture("what-will-change-next").await?;

    // Nothing is restored before the name is typed; then everything is.
    assert_eq!(
        app.count("[role=dialog] footer button[type=submit]:disabled")
            .await?,
        1
    );
    app.write("Company’s name", &company).await?;
    app.wait_for_text("[role=dialog] footer", "belonging to other companies too")
        .await?;
    app.press_label("Sign everybody out").await?;
    app.picture("what-will-change-signing-out").await?;
    app.press("Restore").await?;
    app.wait_for_text("[aria-label='Restored — review']", "came back")
        .await?;
    app.wait_for_text("[aria-label='Jobs']", "ended").await?;
    // Sessions of people of this company alone are gone, and no others.
    let sessions = format!(
        r#"SELECT count(*) FILTER (WHERE alone) || ' of ' || count(*) FROM (
             SELECT array_agg(m."companyId") = ARRAY['{}'] AS alone FROM auth.sessions AS s
               JOIN public."userToCompany" AS m ON m."userId" = s.user_id::text GROUP BY s.id) AS found"#,
        COMPANIES[0].id
    );
    let left = database.value(&sessions).await.unwrap();
    assert!(left.starts_with("0 of ") && left != "0 of 0", "{left}");
    app.wait_for_none("[role=dialog]").await?;
    app.pictures("review").await?;
    app.axe().await?;
    app.press("See changes").await?;
    app.wait_for_text("[role=dialog] article header", "")
        .await?;
    app.pictures("what-was-changed").await?;
    app.axe().await?;
    app.press("Close").await?;
    app.press("Keep").await?;
    app.wait_for_text("[role=status]", "Kept").await
}

#[tokio::test]
async fn a_column_that_may_no_longer_be_empty_turns_the_verdict() {
    let database = TestDatabase::demo().await;
    let computer = Computer::with_database(&database);
    let app = computer.start().await;
    let told = blocked(&app, &database).await;
    app.picture("blocked-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn blocked(app: &App<'_>, database: &TestDatabase) -> WebDriverResult<()> {
    database
        .run("UPDATE public.customer SET website = NULL")
        .await;
    back_up(app).await?;
    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog]", "exactly as it was")
        .await?;
    app.press("Close").await?;
    app.wait_for_text(ROWS, "Ready").await?;
    // A row that is there keeps today's value; one that has to come back has none.
    let company = COMPANIES[0].id;
    let sql = format!(
        "SET session_replication_role = replica; \
         DELETE FROM public.customer \
            WHERE id = (SELECT min(id) FROM public.customer WHERE \"companyId\" = '{company}'); \
         UPDATE public.customer SET website = ''; \
         ALTER TABLE public.customer ALTER COLUMN website SET NOT NULL"
    );
    database.run(&sql).await;
    // The list finds that out by itself when the person comes back to the window.
    app.ask("window.dispatchEvent(new Event('focus'))").await?;
    app.wait_for_text(ROWS, "Not restorable").await?;
    app.wait_for_text(ROWS, "Customers: The backup has").await?;
    app.pictures("verdicts").await?;
    app.axe().await?;
    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog] footer", "cannot be restored")
        .await?;
    app.wait_for_text("[role=dialog] li", "in the way").await?;
    app.pictures("not-restorable").await?;
    app.axe().await?;
    assert_eq!(
        app.count("[role=dialog] footer button[type=submit]")
            .await?,
        0
    );
    app.press("Close").await
}

#[tokio::test]
async fn a_review_is_seen_and_reverted_on_a_second_computer() {
    let database = TestDatabase::demo().await;
    let first = Computer::with_database(&database);
    let second = Computer::with_database(&database);
    let app = first.start().await;
    let other = second.start().await;
    let told = on_two(&app, (&other, &second), &first, &database).await;
    app.picture("first-computer-the-end").await.ok();
    other.picture("second-computer-the-end").await.ok();
    app.close().await;
    other.close().await;
    told.unwrap();
}

async fn on_two(
    app: &App<'_>,
    (other, second): (&App<'_>, &Computer),
    first: &Computer,
    database: &TestDatabase,
) -> WebDriverResult<()> {
    let company = back_up(app).await?;
    database.damage(Damage::Friday).await;
    other.wait_for_text("main header small", " rows").await?;
    app.press("What will change…").await?;
    app.write("Company’s name", &company).await?;
    app.press("Restore").await?;
    app.wait_for_text("[aria-label='Restored — review']", "came back")
        .await?;
    app.wait_for_none("[role=dialog]").await?;

    // The first computer is another one by its name, and its disk is not this one's.
    let path = "SELECT safety_path FROM snapback.review WHERE state = 'open'";
    let path = database.value(path).await.unwrap();
    database
        .run("UPDATE snapback.review SET host = 'PC-ANNA' WHERE state = 'open'")
        .await;
    let brought = second.home().join("brought.snapback");
    std::fs::rename(&path, &brought).unwrap();
    assert!(path.starts_with(first.library().to_str().unwrap()));

    // The second computer, which was open all the time, finds the review by itself.
    other
        .wait_for_text("[aria-label='Restored — review']", "PC-ANNA")
        .await?;
    other
        .wait_for_text("[aria-label='Restored — review'] code", &path)
        .await?;
    other.pictures("review-elsewhere").await?;
    other.axe().await?;
    // A file that is another one is refused, and nothing is changed.
    let wrong = first.library();
    let wrong = std::fs::read_dir(wrong).unwrap().flatten();
    let wrong = wrong
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|found| found == "snapback"))
        .unwrap();
    other.press("Revert from a file…").await?;
    second.take_file("Choose the safety snapshot", &wrong);
    other
        .wait_for_text("[role=alert]", "is not the safety snapshot")
        .await?;
    other.picture("review-wrong-file").await?;
    other.press("Revert from a file…").await?;
    second.take_file("Choose the safety snapshot", &brought);
    other.wait_for_text("[role=status]", "Reverted").await?;
    other
        .wait_for_none("[aria-label='Restored — review']")
        .await?;
    other.picture("second-computer-reverted").await?;

    // And the first one finds out that it is over.
    app.wait_for_none("[aria-label='Restored — review']").await
}

/// Backs the first company up; its name.
async fn back_up(app: &App<'_>) -> WebDriverResult<String> {
    let company = app.text("nav li button[aria-current] b").await?;
    app.write("Label (optional)", LABEL).await?;
    app.press("Create backup").await?;
    app.wait_for_text("table tbody tr:first-child", LABEL)
        .await?;
    app.wait_for_text("[role=status]", "Backed up").await?;
    Ok(company)
}

/// Chooses a table in the dialog.
async fn table(app: &App<'_>, label: &str) -> WebDriverResult<()> {
    let path = format!("//*[@role='dialog']//nav//button[span[normalize-space(.)='{label}']]");
    app.click(By::XPath(path)).await
}
