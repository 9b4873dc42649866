//! What a person has set at this computer, for the app and the command line alike.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use snapback_engine::{Code, Error, Result};

use crate::config_folder;
use crate::document::{self, Found};

const WHAT: &str = "the settings";

/// What a new backup holds unless the person says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// Rows alone.
    #[default]
    DataOnly,
    /// Rows and uploaded files.
    DataAndFiles,
}

/// How the window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the rest of the desktop.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The settings. What a file does not name has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The library's folder, where it is not the usual one.
    pub library: Option<PathBuf>,
    /// What a new backup holds.
    pub include: Include,
    /// How the window looks.
    pub theme: Theme,
    /// Whether closing the window leaves Snapback running in the tray.
    pub close_to_tray: bool,
}

impl Settings {
    /// Reads the settings; the defaults where there are none, or where the file cannot be understood,
    /// with the place where it was kept.
    ///
    /// # Errors
    /// `local_file` where the file is there and cannot be opened.
    pub fn read() -> Result<(Self, Option<PathBuf>)> {
        let Some(path) = path() else {
            return Ok((Self::default(), None));
        };
        Ok(match document::read(WHAT, &path)? {
            Found::Document(settings) => (settings, None),
            Found::Nothing => (Self::default(), None),
            Found::Unreadable { kept } => (Self::default(), Some(kept)),
        })
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn write(&self) -> Result<()> {
        let path = path().ok_or_else(|| {
            Error::new(
                Code::LocalFile,
                "This computer names no folder for a person's settings.",
            )
            .hint("Set HOME, or XDG_CONFIG_HOME, before starting Snapback.")
        })?;
        document::write(WHAT, &path, self)
    }
}

fn path() -> Option<PathBuf> {
    Some(config_folder()?.join("settings.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_does_not_name_has_its_default() {
        let settings: Settings =
            serde_json::from_str(r#"{ "theme": "dark", "later": 1 }"#).unwrap();
        assert_eq!(
            settings,
            Settings {
                theme: Theme::Dark,
                ..Settings::default()
            }
        );
    }
}
