//! The app among the other programs of a desktop: started twice, set, closed while it works.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use snapback_testkit::TestDatabase;
use thirtyfour::prelude::*;

use crate::driven::{App, Computer};

fn settings(computer: &Computer) -> Value {
    let path = computer.home().join("config/snapback/settings.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

async fn open_settings(app: &App<'_>) -> WebDriverResult<()> {
    app.key(Key::Control + ",").await?;
    app.wait_for_text("h1", "Settings").await?;
    app.wait_for_text("section", "Open the folder").await
}

#[tokio::test]
async fn settings_are_kept_and_everybody_can_use_them() {
    let computer = Computer::new();
    let app = computer.start().await;
    open_settings(&app).await.unwrap();
    app.pictures("settings").await.unwrap();
    app.axe().await.unwrap();

    let elsewhere = computer.home().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    app.press("Choose another folder…").await.unwrap();
    computer.take_file("Folder for backups", &elsewhere);
    app.wait_for_text(".path", elsewhere.to_str().unwrap())
        .await
        .unwrap();
    app.press("Dark").await.unwrap();
    app.element(By::Css("html[data-theme=dark]")).await.unwrap();

    app.press("Licences…").await.unwrap();
    app.wait_for_text("[role=dialog] li", "tauri")
        .await
        .unwrap();
    app.pictures("licences").await.unwrap();
    app.axe().await.unwrap();
    app.press("Close").await.unwrap();
    app.wait_for_none("[role=dialog]").await.unwrap();
    app.key("?").await.unwrap();
    app.wait_for_text("[role=dialog]", "This list")
        .await
        .unwrap();
    app.pictures("keyboard").await.unwrap();
    app.axe().await.unwrap();
    app.close().await;

    assert_eq!(settings(&computer)["library"], elsewhere.to_str().unwrap());
    assert_eq!(settings(&computer)["theme"], "dark");
    let again = computer.start().await;
    again
        .element(By::Css("html[data-theme=dark]"))
        .await
        .unwrap();
    again.close().await;
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_kept_and_the_usual_ones_hold() {
    let computer = Computer::new();
    let path = computer.home().join("config/snapback/settings.json");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "{ \"theme\": ").unwrap();
    let app = computer.start().await;
    open_settings(&app).await.unwrap();
    app.wait_for_text("main [role=status]", "settings.unreadable.json")
        .await
        .unwrap();
    app.axe().await.unwrap();
    app.close().await;
}

#[tokio::test]
async fn a_second_start_ends_and_leaves_the_first_in_front() {
    let computer = Computer::new();
    let app = computer.start().await;
    app.element(By::Css("h1")).await.unwrap();
    let second = computer.start_again(&[]);
    assert!(second.success(), "{second}");
    assert_eq!(computer.window_count("^Snapback$"), 1);
    app.close().await;
}

#[tokio::test]
async fn a_start_while_the_last_app_is_just_ending_waits_for_it() {
    let computer = Computer::new();
    // As the app does that ends: its name is taken, and nobody answers there.
    let ending = computer.take_name("dev.snapback.desktop.SingleInstance");
    let gone = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1500));
        drop(ending);
    });
    let app = computer.start().await;
    gone.join().unwrap();
    app.element(By::Css("h1")).await.unwrap();
    assert_eq!(computer.window_count("^Snapback$"), 1);
    app.close().await;
}

#[tokio::test]
async fn without_a_tray_the_app_goes_on_and_says_so() {
    let computer = Computer::new();
    // Files of those names that are no libraries, found before the real ones.
    let broken = computer.home().join("broken");
    fs::create_dir(&broken).unwrap();
    for name in ["libayatana-appindicator3", "libappindicator3"] {
        fs::write(broken.join(format!("{name}.so")), "").unwrap();
        fs::write(broken.join(format!("{name}.so.1")), "").unwrap();
    }
    let computer = computer.with("LD_LIBRARY_PATH", broken.display().to_string());
    let app = computer.start().await;
    open_settings(&app).await.unwrap();
    app.press("Leaves it in the tray").await.unwrap();
    app.wait_for_text("main [role=status]", "This desktop has no tray")
        .await
        .unwrap();
    app.close().await;
}

#[tokio::test]
async fn closing_while_a_backup_is_made_asks_and_stops_it_first() {
    let database = TestDatabase::demo().await;
    let computer = Computer::with_database(&database);
    let app = computer.start().await;
    // Somebody holds a table, so the backup waits for it.
    let hold = "BEGIN; LOCK TABLE public.customer IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)";
    tokio::select! {
        () = database.run(hold) => panic!("the table was not held for long enough"),
        told = close_while_working(&app) => told.unwrap(),
    }
    let left: Vec<_> = fs::read_dir(computer.library())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains(".snapback"))
        .collect();
    assert!(left.is_empty(), "a half-made backup was left: {left:?}");
}

async fn close_while_working(app: &App<'_>) -> WebDriverResult<()> {
    app.press("Create backup").await?;
    app.wait_for_text("main", "Cancel").await?;
    app.key(Key::Control + "q").await?;
    app.wait_for_text("[role=dialog]", "1 job still running")
        .await?;
    app.press("Keep working").await?;
    app.wait_for_none("[role=dialog]").await?;
    app.key(Key::Control + "q").await?;
    app.wait_for_text("[role=dialog]", "1 job still running")
        .await?;
    app.pictures("close-while-working").await?;
    app.axe().await?;
    // The app may be gone before it has answered.
    app.press("Stop and close").await.ok();
    app.computer().wait_until_gone("^Snapback$");
    Ok(())
}
