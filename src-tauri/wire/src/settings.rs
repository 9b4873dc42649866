use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a new backup holds unless the person says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// Rows alone.
    DataOnly,
    /// Rows and uploaded files.
    DataAndFiles,
}

/// How the window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the rest of the desktop.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What the person has set at this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// The library's folder; `null` for the usual one.
    pub library: Option<String>,
    /// What a new backup holds.
    pub include: Include,
    /// How the window looks.
    pub theme: Theme,
    /// Whether closing the window leaves Snapback running in the tray.
    pub close_to_tray: bool,
}

/// The settings with what they come to here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SettingsInEffect {
    /// What is set.
    pub settings: Settings,
    /// The library's folder; `null` where this computer names no place for it.
    pub library_folder: Option<String>,
    /// Whether the environment names the library, so that the setting has no say.
    pub library_is_named: bool,
    /// Where the logs lie.
    pub log_folder: Option<String>,
    /// Where a settings file was kept that could not be read; the usual settings hold then.
    pub unreadable_kept_at: Option<String>,
    /// Whether the tray is asked for and cannot be had on this desktop.
    pub tray_is_missing: bool,
}
