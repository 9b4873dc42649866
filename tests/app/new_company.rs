//! New companies from a backup, from a template and with nothing: what it is to be, what it would be, and the company itself.

use snapback_demo::Role;
use snapback_engine::pg::{Session, Settings};
use snapback_testkit::COMPANIES;
use thirtyfour::prelude::{By, WebDriverResult};

use crate::driven::{App, Computer};

const NAME: &str = "Practice";

#[tokio::test]
async fn a_person_starts_a_practice_company_from_a_backup() {
    let computer = Computer::with_demo().await;
    let app = computer.start().await;
    let told = async {
        tell(&app, &computer).await?;
        from_a_template(&app).await?;
        with_nothing(&app).await
    };
    let told = told.await;
    app.picture("new-company-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn tell(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    // The smallest of the demo's companies: what is looked at here does not depend on how many rows it has.
    let small = format!("nav li button[data-company='{}']", COMPANIES[1].id);
    app.click(By::Css(small)).await?;
    app.wait_for_text("main header small", COMPANIES[1].name)
        .await?;
    app.wait_for_text("main header small", " rows").await?;
    app.write("Label (optional)", "Month end").await?;
    choose(app, "Include", "Data + files").await?;
    app.press("Create backup").await?;
    app.wait_for_text("[role=grid] tbody tr", "Month end")
        .await?;

    // It can start others as well.
    app.press("Actions for Month end").await?;
    app.press_item("Save as a template…").await?;
    app.clear("Name of the template").await?;
    app.write("Name of the template", "Job shop").await?;
    app.write("Industry (optional)", "Contract machining")
        .await?;
    app.pictures("template-form").await?;
    app.axe().await?;
    app.press("Save").await?;
    app.wait_for_none("[role=dialog]").await?;

    // What it is to be.
    app.press("Actions for Month end").await?;
    app.press_item("Start a new company…").await?;
    app.wait_for_text("[role=dialog]", "Name of the new company")
        .await?;
    app.clear("Name of the new company").await?;
    app.write("Name of the new company", NAME).await?;
    app.choose("Owner", "@").await?;
    // One for tests is a safe copy, with names of its own and the files that tell of nobody.
    choose(app, "What it is for", "Tests").await?;
    app.press_label("Other names").await?;
    app.press_label("Uploaded files").await?;
    app.pictures("new-company-form").await?;
    app.axe().await?;

    // What it would be.
    app.press("See the plan").await?;
    app.wait_for_text("[role=dialog] footer", "rows").await?;
    app.wait_for_text("[role=dialog]", "come along").await?;
    app.wait_for_text("[role=dialog]", "are not in a safe copy")
        .await?;
    app.pictures("new-company-plan").await?;
    app.axe().await?;
    assert_eq!(
        companies(computer).await,
        COMPANIES.len(),
        "nothing is made"
    );

    // What it became.
    app.press("Start it").await?;
    app.wait_for_text("[role=dialog]", &format!("{NAME} is there"))
        .await?;
    app.wait_for_text("[role=dialog]", "Uploaded files that were copied")
        .await?;
    app.pictures("new-company-made").await?;
    app.axe().await?;
    assert_eq!(companies(computer).await, COMPANIES.len() + 1);
    app.press("Show it").await?;
    app.wait_for_none("[role=dialog]").await?;
    app.wait_for_text("nav li button[aria-current]", NAME)
        .await?;
    app.wait_for_text("main header small", &format!("{NAME} · "))
        .await?;
    app.picture("new-company-shown").await
}

/// The gallery shows what there is, with pictures and counts.
async fn from_a_template(app: &App<'_>) -> WebDriverResult<()> {
    app.press("From a template…").await?;
    app.wait_for_text("[role=dialog] label b", "Robotics")
        .await?;
    app.wait_for_text("[role=dialog] label b", "Job shop")
        .await?;
    app.click(By::XPath("//label[b[normalize-space(.)='Robotics']]"))
        .await?;
    app.choose("Owner", "@").await?;
    app.pictures("new-company-gallery").await?;
    app.axe().await?;
    app.press("See the plan").await?;
    app.wait_for_text("[role=dialog] footer", "rows").await?;
    app.picture("new-company-template-plan").await?;
    app.press("Start it").await?;
    app.wait_for_text("[role=dialog]", "Robotics is there")
        .await?;
    app.press("Close").await?;
    app.wait_for_none("[role=dialog]").await
}

async fn with_nothing(app: &App<'_>) -> WebDriverResult<()> {
    app.press("Blank…").await?;
    app.write("Name of the new company", "Neu AG").await?;
    app.choose("Owner", "@").await?;
    app.picture("new-company-blank").await?;
    app.axe().await?;
    app.press("See the plan").await?;
    app.wait_for_text("[role=dialog] footer", "✓ Ready").await?;
    app.picture("new-company-blank-plan").await?;
    app.press("Start it").await?;
    app.wait_for_text("[role=dialog]", "Neu AG is there")
        .await?;
    app.press("Show it").await?;
    app.wait_for_text("main header small", "Neu AG · ").await
}

/// Chooses one of the group of that name.
async fn choose(app: &App<'_>, group: &str, choice: &str) -> WebDriverResult<()> {
    app.click(By::XPath(format!(
        "//fieldset[legend[normalize-space(.)='{group}']]//label[contains(., '{choice}')]"
    )))
    .await
}

/// How many companies the database has.
async fn companies(computer: &Computer) -> usize {
    let url = computer.demo().await.connection(Role::Superuser).url();
    let settings = Settings::from_url(&url).unwrap();
    let mut session = Session::open(&settings).await.unwrap();
    let sql = "SELECT id::text FROM public.company";
    let rows = session.fetch_text_rows(sql, &[]).await.unwrap();
    session.close().await;
    rows.len()
}
