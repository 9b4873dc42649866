//! The keychain, as it is found in sessions that have one and in those that have none: each in a
//! process of its own, since a process meets its keychain once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::process::{Command, Output};

use snapback_engine::Code;
use snapback_engine::files::Keys;
use snapback_engine::pg::Password;
use snapback_host::keychain;
use uuid::Uuid;

/// Set in the process that is to use the keychain.
const INSIDE: &str = "SNAPBACK_TEST_KEYCHAIN";

/// Runs a test of this file in a shell's process, with a home of its own.
fn inside(test: &str, script: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(program)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("DISPLAY")
        .output()
        .unwrap()
}

fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

fn assert_done(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{trouble}"
    );
}

#[tokio::test]
async fn a_keychain_that_is_open_keeps_gives_and_forgets_a_password_and_keys() {
    if !is_inside() {
        let script = r#"dbus-run-session -- sh -c 'printf test | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null && "$@"' sh "$@""#;
        let test = "a_keychain_that_is_open_keeps_gives_and_forgets_a_password_and_keys";
        assert_done(&inside(test, script));
        return;
    }
    let connection = Uuid::new_v4();
    let password = Password::new("pässword");
    assert_eq!(keychain::password(connection).await.unwrap(), None);
    keychain::remember(connection, &password).await.unwrap();
    assert_eq!(
        keychain::password(connection).await.unwrap(),
        Some(password)
    );
    let keys = Keys {
        access_key_id: "AKIA".to_owned(),
        secret_access_key: "sécret".to_owned(),
        session_token: Some("for a while".to_owned()),
    };
    let none = keychain::storage_keys(connection).await.unwrap();
    assert!(none.is_none());
    keychain::remember_storage_keys(connection, &keys)
        .await
        .unwrap();
    let kept = keychain::storage_keys(connection).await.unwrap().unwrap();
    assert_eq!(kept.access_key_id, keys.access_key_id);
    assert_eq!(kept.secret_access_key, keys.secret_access_key);
    assert_eq!(kept.session_token, keys.session_token);
    keychain::forget(connection).await.unwrap();
    keychain::forget(connection).await.unwrap();
    assert_eq!(keychain::password(connection).await.unwrap(), None);
    let kept = keychain::storage_keys(connection).await.unwrap();
    assert!(kept.is_some(), "each is forgotten by itself");
    keychain::forget_storage_keys(connection).await.unwrap();
    keychain::forget_storage_keys(connection).await.unwrap();
    let none = keychain::storage_keys(connection).await.unwrap();
    assert!(none.is_none());
}

#[tokio::test]
async fn where_there_is_no_keychain_it_is_said_so_at_once() {
    if !is_inside() {
        let test = "where_there_is_no_keychain_it_is_said_so_at_once";
        let no_bus = r#"DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere "$@""#;
        assert_done(&inside(test, no_bus));
        return;
    }
    let password = Password::new("hunter2");
    let refused = keychain::remember(Uuid::new_v4(), &password)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PasswordNeeded);
    assert!(refused.message().contains("no keychain"), "{refused}");
    assert_eq!(
        refused.hint_text(),
        Some("The password is asked for each time.")
    );
    let refused = keychain::storage_keys(Uuid::new_v4()).await.unwrap_err();
    assert_eq!(refused.code(), Code::StorageKeysNeeded);
    assert!(refused.message().contains("no keychain"), "{refused}");
}
