//! Uploaded files: backed up, looked at, put back and taken back in the window, from the demo's own storage
//! and from an S3 service whose keys a keychain keeps or not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use snapback_demo::Role;
use snapback_engine::pg::{Session, Settings};
use snapback_testkit::{COMPANIES, S3Server, TestDatabase};
use thirtyfour::prelude::*;

use crate::driven::{App, Computer};

const LABEL: &str = "With files";

/// Content of the company's files on disk, by path.
fn on_disk(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push(path),
                false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    found
}

/// The same without the versions, which a restore names anew.
fn by_key(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = on_disk(folder).into_iter();
    files
        .map(|(path, content)| (path.parent().unwrap().to_owned(), content))
        .collect()
}

/// Chooses what is included in the group of that name.
async fn include(app: &App<'_>, group: &str, choice: &str) -> WebDriverResult<()> {
    app.click(By::XPath(format!(
        "//fieldset[legend[normalize-space(.)='{group}']]//label[contains(., '{choice}')]"
    )))
    .await
}

#[tokio::test]
async fn a_person_backs_up_looks_at_restores_and_takes_back_files() {
    let computer = Computer::with_demo().await;
    let app = computer.start().await;
    let told = with_files(&app, &computer).await;
    app.picture("files-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn with_files(app: &App<'_>, computer: &Computer) -> WebDriverResult<()> {
    let folder = computer.demo_files();
    let before = by_key(&folder);
    app.wait_for_text("main header small", " rows").await?;
    app.write("Label (optional)", LABEL).await?;
    include(app, "Include", "Data + files").await?;
    app.pictures("create-with-files").await?;
    app.axe().await?;
    app.press("Create backup").await?;
    let said = format!("and {} files in", before.len());
    app.wait_for_text("[role=status]", &said).await?;
    app.wait_for_text("table tbody tr:first-child", LABEL)
        .await?;
    look_inside(app, computer, &before).await?;

    // One file is written over, one is lost, and one is there that the backup has not.
    let (mut paths, company) = (on_disk(&folder).into_keys(), COMPANIES[0].name);
    fs::write(paths.next().unwrap(), "written over").unwrap();
    fs::remove_file(paths.next().unwrap()).unwrap();
    let new = folder.join("new.txt");
    fs::create_dir(&new).unwrap();
    fs::write(new.join("version-1"), "since").unwrap();
    name_in_a_row(computer, "new.txt").await;
    let damaged = by_key(&folder);

    app.press("What will change…").await?;
    app.wait_for_text("[role=dialog] nav", "Uploaded files")
        .await?;
    app.click(By::XPath(
        "//*[@role='dialog']//nav//button[contains(., 'Uploaded files')]",
    ))
    .await?;
    app.wait_for_text("[role=dialog] h3", "Uploaded files")
        .await?;
    app.pictures("what-will-change-files").await?;
    app.axe().await?;
    app.write("Company’s name", company).await?;
    app.press("Restore").await?;
    app.wait_for_text(
        "[aria-label='Restored — review']",
        "1 file changed, 1 file came back, 1 file removed",
    )
    .await?;
    app.wait_for_none("[role=dialog]").await?;
    assert_eq!(by_key(&folder), before);
    app.pictures("review-with-files").await?;
    app.axe().await?;
    app.press("See changes").await?;
    app.wait_for_text("[role=dialog] h3", "Uploaded files")
        .await?;
    app.picture("what-was-changed-files").await?;
    app.press("Close").await?;

    app.press("Revert").await?;
    app.wait_for_text("[role=status]", "and 3 files in").await?;
    assert_eq!(by_key(&folder), damaged);
    app.pictures("reverted-with-files").await
}

/// The row by which the application knows the one version of a new file.
async fn name_in_a_row(computer: &Computer, name: &str) {
    let url = computer.demo().await.connection(Role::Superuser).url();
    let mut session = Session::open(&Settings::from_url(&url).unwrap())
        .await
        .unwrap();
    let sql = "INSERT INTO storage.objects (bucket_id, name, version) VALUES ('private', $1, 'version-1')";
    let key = format!("{}/{name}", COMPANIES[0].id);
    session.fetch_text_rows(sql, &[Some(&key)]).await.unwrap();
    session.close().await;
}

/// The files of the backup are listed; a picture is seen, and one is saved as it was.
async fn look_inside(
    app: &App<'_>,
    computer: &Computer,
    before: &BTreeMap<PathBuf, Vec<u8>>,
) -> WebDriverResult<()> {
    app.press(&format!("Actions for {LABEL}")).await?;
    let inside = "//*[@role='menuitem'][contains(., 'inside')]";
    app.click(By::XPath(inside)).await?;
    app.press("Look at the files…").await?;
    app.wait_for_text("[role=dialog] nav", ".png").await?;
    app.click(By::XPath(
        "//*[@role='dialog']//nav//button[contains(., '.png')]",
    ))
    .await?;
    let drawn = app.element(By::Css("[role=dialog] img")).await?;
    assert_ne!(drawn.prop("naturalWidth").await?, Some("0".to_owned()));
    app.pictures("files-picture").await?;
    app.axe().await?;
    app.write("Find a file", ".step").await?;
    app.click(By::XPath(
        "//*[@role='dialog']//nav//button[contains(., '.step')]",
    ))
    .await?;
    app.wait_for_text("[role=dialog] pre", "ISO-10303-21")
        .await?;
    app.pictures("files-text").await?;
    let saved = computer.home().join("saved.step");
    app.press("Save…").await?;
    computer.take_file("Save the file", &saved);
    app.wait_for_text("section[aria-label=Jobs]", "Saved")
        .await?;
    let content = fs::read(&saved).unwrap();
    assert!(before.values().any(|file| *file == content));
    app.press("Close").await?;
    app.wait_for_none("[role=dialog]").await?;

    // A row that names a file leads to it, too.
    app.press(&format!("Actions for {LABEL}")).await?;
    app.click(By::XPath(inside)).await?;
    app.click(By::XPath("//label[normalize-space(.)='Rows']"))
        .await?;
    app.click(By::Css(
        "nav[aria-label=Tables] button[title='public.modelUpload']",
    ))
    .await?;
    app.click(By::Css("[role=dialog] tbody td button")).await?;
    app.press("Look at the file").await?;
    app.wait_for_text("[aria-label='The row'] pre", "ISO-10303-21")
        .await?;
    app.pictures("row-with-a-file").await?;
    app.axe().await?;
    app.press("Close").await
}

#[tokio::test]
async fn the_keys_of_a_storage_are_kept_in_the_keychain_and_typed_where_it_is_locked() {
    let database = TestDatabase::demo().await;
    let server = S3Server::start(&["private"]).await;
    let mut computer = Computer::new().with_keychain();
    let app = computer.start().await;
    let told = save_with_storage(&app, &database, &server).await;
    app.picture("storage-the-end").await.ok();
    app.close().await;
    told.unwrap();
    let saved = computer.home().join("config/snapback/connections.json");
    let saved = fs::read_to_string(saved).unwrap();
    assert!(saved.contains("s3://"), "{saved}");
    assert!(!saved.contains(&server.keys().secret_access_key), "{saved}");

    // The keychain gives what it keeps.
    let app = computer.start().await;
    let told = back_up_from(&app).await;
    app.close().await;
    told.unwrap();

    // Locked, it gives nothing: both are asked for, and used.
    computer.lock_keychain();
    let app = computer.start().await;
    let told = typed(&app, &database, &server).await;
    app.picture("storage-locked-the-end").await.ok();
    app.close().await;
    told.unwrap();
}

async fn save_with_storage(
    app: &App<'_>,
    database: &TestDatabase,
    server: &S3Server,
) -> WebDriverResult<()> {
    let company = server.folder().join("private").join(COMPANIES[0].id);
    fs::create_dir(&company).unwrap();
    fs::write(company.join("note.txt"), "a note").unwrap();
    let settings = database.settings_as_demo_role(Role::Restorer);
    let password = settings.password().unwrap().reveal();
    let url = settings.url_without_password();
    let url = url.replacen('@', &format!(":{password}@"), 1);
    app.press("New connection").await?;
    app.write("Connection string", &url).await?;
    app.key(Key::Tab).await?;
    app.write("Name", " with files").await?;
    let files = "//label[normalize-space(.)='Uploaded files']";
    app.click(By::XPath(files)).await?;
    app.element(By::XPath("//label[span[normalize-space(.)='Folder']]"))
        .await?;
    app.pictures("connect-storage-folder").await?;
    include(app, "They are in", "An S3 service").await?;
    app.write("Endpoint (empty for AWS)", &server.endpoint())
        .await?;
    app.write("Access key id", &server.keys().access_key_id)
        .await?;
    app.write("Secret access key", "wrong").await?;
    app.press("Test").await?;
    app.wait_for_text("ul li", "refuses these keys").await?;
    app.pictures("connect-storage-refused").await?;
    let secret = "//label[span[normalize-space(.)='Secret access key']]/input";
    app.click(By::XPath(secret)).await?;
    app.key(Key::Control + "a").await?;
    app.key(server.keys().secret_access_key).await?;
    app.press("Test").await?;
    app.wait_for_text("ul li", "The storage answers: 1 file")
        .await?;
    app.pictures("connect-storage").await?;
    app.axe().await?;
    app.press("Save and connect").await?;
    app.wait_for_text("main header small", " rows").await
}

async fn back_up_from(app: &App<'_>) -> WebDriverResult<()> {
    app.wait_for_text("main header small", " rows").await?;
    include(app, "Include", "Data + files").await?;
    app.press("Create backup").await?;
    app.wait_for_text("[role=status]", "and 1 file in").await?;
    // The rows name files that this storage has not: each is told by its name.
    app.wait_for_text("section[aria-label=Jobs] summary", "problems")
        .await?;
    app.click(By::Css("section[aria-label=Jobs] summary"))
        .await?;
    app.wait_for_text(
        "section[aria-label=Jobs] li",
        "is listed in the database and is not in the storage",
    )
    .await?;
    app.pictures("created-with-problems").await?;
    app.axe().await
}

async fn typed(app: &App<'_>, database: &TestDatabase, server: &S3Server) -> WebDriverResult<()> {
    let settings = database.settings_as_demo_role(Role::Restorer);
    app.wait_for_text("main form", "keychain").await?;
    app.pictures("locked-keychain").await?;
    app.write("Database password", settings.password().unwrap().reveal())
        .await?;
    app.press("Connect").await?;
    app.wait_for_text("main header small", " rows").await?;
    app.wait_for_text("fieldset small", "keychain").await?;
    app.pictures("storage-keys-needed").await?;
    app.axe().await?;
    app.press("Type the keys…").await?;
    app.write("Access key id", &server.keys().access_key_id)
        .await?;
    app.write("Secret access key", &server.keys().secret_access_key)
        .await?;
    app.pictures("storage-keys").await?;
    app.axe().await?;
    app.press("Use these keys").await?;
    app.wait_for_none("[role=dialog]").await?;
    back_up_from(app).await
}
