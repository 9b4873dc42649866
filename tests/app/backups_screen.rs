//! The Backups screen on the real binary and the real demo database: what is counted, made, listed,
//! brought in and refused.

use std::fs;
use std::path::{Path, PathBuf};

use snapback_demo::Role;
use snapback_engine::pg::{Session, Settings};
use snapback_testkit::COMPANIES;
use thirtyfour::prelude::{By, Key, WebDriverResult};

use crate::driven::{App, Computer, program};

const STRIP: &str = "section[aria-label=Jobs]";
const ROWS: &str = "[role=grid] tbody tr";

#[tokio::test]
async fn a_person_looks_makes_names_adds_and_deletes_backups() {
    let computer = Computer::with_demo().await;
    let app = computer.start().await;
    let told = tell(&app, &computer).await;
    app.close().await;
    told.unwrap();
}

async fn tell(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    counts_are_those_of_the_database(app, computer).await?;
    make(app, "Month end").await?;
    fits_where_it_is_smallest(app).await?;
    name_and_look_inside(app).await?;
    bring_in(app, computer).await?;
    delete(app, computer).await?;
    unlock(app, computer).await?;
    companies(app).await
}

/// The window takes the smallest size that it is promised at, and nothing of it is out of reach there.
async fn fits_where_it_is_smallest(app: &App<'_>) -> WebDriverResult<()> {
    app.at_smallest().await?;
    let cut = "return ['html', 'main'].filter((name) => {
        const shown = document.querySelector(name);
        return shown.scrollWidth > shown.clientWidth;
      })";
    let cut = app.ask(cut).await?;
    assert_eq!(cut, serde_json::json!([]), "something is wider than it");
    app.at_usual().await
}

/// What the popover says of each table that names the company itself is what SQL says.
async fn counts_are_those_of_the_database(
    app: &App<'_>,
    computer: &Computer,
) -> WebDriverResult<()> {
    app.wait_for_text("main header small", " rows").await?;
    app.press("What is in a backup").await?;
    app.wait_for_text("[data-popover-content]", "All rows")
        .await?;
    app.pictures("whats-in-a-backup").await?;
    let shown = app
        .ask(
            "return [...document.querySelectorAll('[data-popover-content] [data-area] li')].map(
               (line) => [line.title, Number(line.lastElementChild.textContent.replaceAll(',', ''))])",
        )
        .await?;
    let total = app
        .ask("return Number(document.querySelector('[data-popover-content] .total').dataset.rows)")
        .await?;
    let company = app
        .ask("return document.querySelector('nav li button[aria-current]').dataset.company")
        .await?;
    let shown: Vec<(String, u64)> = serde_json::from_value(shown).unwrap();
    let sum: u64 = shown.iter().map(|(_, rows)| rows).sum();
    assert_eq!(Some(sum), total.as_u64(), "every row is in some area, once");
    let counted = count(computer, company.as_str().unwrap()).await;
    assert!(
        counted.len() > 200,
        "most tables name the company: {}",
        counted.len()
    );
    for (table, rows) in &counted {
        let line = shown.iter().find(|(name, _)| name == table);
        // Tables that are left out or shared are not among the areas.
        if let Some((_, shown)) = line {
            assert_eq!(shown, rows, "{table}");
        }
    }
    let told = counted
        .iter()
        .filter(|(table, _)| shown.iter().any(|(name, _)| name == table));
    assert!(told.count() > 200, "the areas hold most of them");
    app.press("What is in a backup").await
}

/// Rows of the company in every table that has its column, by plain SQL.
async fn count(computer: &Computer, company: &str) -> Vec<(String, u64)> {
    let url = computer.demo().await.connection(Role::Superuser).url();
    let mut session = Session::open(&Settings::from_url(&url).unwrap())
        .await
        .unwrap();
    let sql = "SELECT table_name::text, (xpath('/row/n/text()', query_to_xml(
         format('SELECT count(*) AS n FROM %I.%I WHERE \"companyId\"::text = %L',
                table_schema, table_name, $1::text), false, true, '')))[1]::text
       FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
       WHERE table_schema = 'public' AND column_name = 'companyId' AND table_type = 'BASE TABLE'";
    let rows = session
        .fetch_text_rows(sql, &[Some(company)])
        .await
        .unwrap();
    session.close().await;
    let text = |cell: &Option<String>| cell.clone().unwrap();
    rows.iter()
        .map(|row| {
            (
                format!("public.{}", text(&row[0])),
                text(&row[1]).parse().unwrap(),
            )
        })
        .collect()
}

async fn make(app: &App<'_>, label: &str) -> WebDriverResult<()> {
    app.write("Label (optional)", label).await?;
    app.press("Create backup").await?;
    app.wait_for_text(STRIP, "Backed up").await?;
    app.wait_for_text(ROWS, label).await?;
    app.wait_for_text("[aria-label='State of the backups']", "Last good backup")
        .await?;
    app.pictures("one-backup").await?;
    app.axe().await
}

async fn name_and_look_inside(app: &App<'_>) -> WebDriverResult<()> {
    focus_first_row(app).await?;
    app.key(Key::Enter).await?;
    app.wait_for_text("[role=dialog]", "made here, unchanged since")
        .await?;
    app.pictures("whats-inside").await?;
    app.axe().await?;
    look_through_rows(app).await?;
    app.press("Close").await?;
    app.wait_for_none("[role=dialog]").await?;
    focus_first_row(app).await?;
    app.key(Key::F2).await?;
    app.wait_for_text("[role=dialog]", "kept on this computer")
        .await?;
    app.picture("rename").await?;
    app.write("Name", " October").await?;
    app.key(Key::Enter).await?;
    app.wait_for_text(ROWS, "Month end October").await?;
    app.wait_for_none("[role=dialog]").await
}

/// The rows of a table, one of them with all of its values, and a text wherever it stands.
async fn look_through_rows(app: &App<'_>) -> WebDriverResult<()> {
    app.click(By::XPath("//label[normalize-space(.)='Rows']"))
        .await?;
    let table = "nav[aria-label=Tables] button[title='public.customer']";
    app.click(By::Css(table)).await?;
    let grid = "[role=region][aria-label^='Rows of'] tbody tr";
    app.wait_for_text(grid, "GmbH").await?;
    app.pictures("rows-of-a-backup").await?;
    app.axe().await?;
    app.click(By::Css("[aria-label^='Rows of'] tbody td button"))
        .await?;
    app.wait_for_text("section[aria-label='The row'] dt", "Name")
        .await?;
    app.pictures("a-row-of-a-backup").await?;
    app.write("Search in all rows", "gmbh").await?;
    app.key(Key::Enter).await?;
    app.wait_for_text("[role=dialog] p", "with “gmbh” in")
        .await?;
    app.pictures("found-in-a-backup").await?;
    app.axe().await?;
    app.click(By::Css("ul[aria-label=Places] button")).await?;
    app.wait_for_text("[role=dialog] header", "Back to what was found")
        .await
}

/// A whole archive comes in; a damaged one does not, and nothing of it stays.
async fn bring_in(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    let made = &archives(computer)[0];
    let outside = computer.home().join("from a colleague.snapback");
    let mut bytes = fs::read(made).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&outside, &bytes).unwrap();
    open_archive(app, computer, &outside).await?;
    app.wait_for_text(STRIP, "Failed").await?;
    app.pictures("damaged-archive").await?;
    assert_eq!(
        archives(computer),
        [made.to_owned()],
        "nothing of it is left"
    );

    // The same bytes are here already, which is said; nothing is copied. The desktop opens an archive
    // by starting the app again, which hands it to the one that runs.
    fs::copy(made, &outside).unwrap();
    let second = computer.start_again(&[outside.to_str().unwrap()]);
    assert!(second.success(), "{second}");
    app.wait_for_text(STRIP, "byte for byte").await?;
    assert_eq!(archives(computer), [made.to_owned()]);

    // One that is not here any more comes in from outside, dragged over the window.
    fs::remove_file(made).unwrap();
    let dragged = computer.drag(&outside);
    app.wait_for_text(".veil", "Drop to add to the library")
        .await?;
    app.pictures("drop-to-add").await?;
    dragged.let_go();
    app.wait_for_text(STRIP, "Every byte is as it should be")
        .await?;
    app.wait_for_text(ROWS, "Month end").await?;
    let added = archives(computer);
    assert_eq!(added.len(), 1);
    assert_eq!(fs::read(&added[0]).unwrap(), fs::read(&outside).unwrap());
    // The one that went has the same name and stands there until the list is read again.
    let file = added[0].file_name().unwrap().to_string_lossy();
    let there = format!("[role=grid] tr[data-archive$='/{file}']");
    app.wait_for_text(&there, "Month end").await
}

async fn open_archive(app: &App<'_>, computer: &Computer, path: &Path) -> WebDriverResult<()> {
    app.press("Open an archive…").await?;
    computer.take_file("Open an archive", path);
    Ok(())
}

async fn delete(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    focus_first_row(app).await?;
    app.key(Key::Delete).await?;
    app.wait_for_text("[role=dialog]", "Delete this backup?")
        .await?;
    app.picture("delete").await?;
    app.press("Delete").await?;
    app.wait_for_text(
        "section[aria-label=Backups]",
        "No backup of this company yet",
    )
    .await?;
    assert!(archives(computer).is_empty());
    app.pictures("no-backup").await
}

/// One that is locked is opened by its passphrase, and comes in.
async fn unlock(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    let locked = computer.home().join("locked.snapback");
    let mut create = computer.command(program().with_file_name("snapback"));
    create.args(["create", "--company", COMPANIES[0].name, "--passphrase"]);
    create.args(["--label", "From a colleague", "--out"]);
    create
        .arg(&locked)
        .env("SNAPBACK_PASSPHRASE", "correct horse battery");
    assert!(create.output().unwrap().status.success());
    open_archive(app, computer, &locked).await?;
    app.write("Passphrase", "wrong horse battery").await?;
    app.press("Unlock").await?;
    app.wait_for_text("[role=dialog]", "locked with another passphrase")
        .await?;
    app.pictures("unlock").await?;
    app.axe().await?;
    app.clear("Passphrase").await?;
    app.write("Passphrase", "correct horse battery").await?;
    app.press("Unlock").await?;
    app.wait_for_none("[role=dialog]").await?;
    app.wait_for_text(ROWS, "From a colleague").await
}

async fn companies(app: &App<'_>) -> WebDriverResult<()> {
    app.press("Demo").await?;
    app.wait_for_text("h1", "Companies").await?;
    app.wait_for_none("main .faint").await?;
    app.pictures("companies").await?;
    app.axe().await
}

async fn focus_first_row(app: &App<'_>) -> WebDriverResult<()> {
    app.wait_for_text("[role=grid] tr[data-at='0'] b", "")
        .await?;
    app.ask("document.querySelector('[role=grid] tr[data-at=\"0\"]').focus(); return null")
        .await?;
    Ok(())
}

/// The archives' files that lie in the library.
fn archives(computer: &Computer) -> Vec<PathBuf> {
    let entries = fs::read_dir(computer.library()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_file()).collect()
}
