//! What the person has set, as long as the app runs.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use snapback_engine::Result;
use snapback_host as host;
use snapback_wire as wire;

/// The settings, read once and written whenever they change.
#[derive(Debug, Default)]
pub(crate) struct Preferences {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    settings: host::Settings,
    kept: Option<PathBuf>,
}

impl Preferences {
    /// Reads the settings. A file that cannot be read stops nobody: the usual settings hold.
    pub(crate) fn read() -> Self {
        let (settings, kept) = host::Settings::read().unwrap_or_else(|error| {
            tracing::warn!(code = error.code().word(), "the settings were not read");
            (host::Settings::default(), None)
        });
        Self {
            state: Mutex::new(State { settings, kept }),
        }
    }

    /// What is set now.
    pub(crate) fn settings(&self) -> host::Settings {
        self.lock().settings.clone()
    }

    /// Writes settings, and has them hold.
    ///
    /// # Errors
    /// `local_file`, `disk_full`; the earlier settings hold then.
    pub(crate) fn change(&self, settings: host::Settings) -> Result<()> {
        settings.write()?;
        self.lock().settings = settings;
        Ok(())
    }

    /// What is set, with what it comes to.
    pub(crate) fn in_effect(&self, tray_is_missing: bool) -> wire::SettingsInEffect {
        let state = self.lock();
        let shown = |path: PathBuf| path.display().to_string();
        wire::SettingsInEffect {
            settings: to_wire(&state.settings),
            library_folder: host::library_folder(&state.settings).map(shown),
            library_is_named: host::named_library().is_some(),
            log_folder: host::logs::folder().map(shown),
            unreadable_kept_at: state.kept.clone().map(shown),
            tray_is_missing,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_wire(settings: &host::Settings) -> wire::Settings {
    let host::Settings {
        library,
        include,
        theme,
        close_to_tray,
    } = settings;
    wire::Settings {
        library: library.as_ref().map(|path| path.display().to_string()),
        include: match include {
            host::Include::DataOnly => wire::Include::DataOnly,
            host::Include::DataAndFiles => wire::Include::DataAndFiles,
        },
        theme: match theme {
            host::Theme::System => wire::Theme::System,
            host::Theme::Light => wire::Theme::Light,
            host::Theme::Dark => wire::Theme::Dark,
        },
        close_to_tray: *close_to_tray,
    }
}

/// The settings that the window sent.
pub(crate) fn from_wire(settings: wire::Settings) -> host::Settings {
    let wire::Settings {
        library,
        include,
        theme,
        close_to_tray,
    } = settings;
    host::Settings {
        library: library.map(PathBuf::from),
        include: match include {
            wire::Include::DataOnly => host::Include::DataOnly,
            wire::Include::DataAndFiles => host::Include::DataAndFiles,
        },
        theme: match theme {
            wire::Theme::System => host::Theme::System,
            wire::Theme::Light => host::Theme::Light,
            wire::Theme::Dark => host::Theme::Dark,
        },
        close_to_tray,
    }
}
