//! What this computer says about itself: where our folders are, who sits at it and what that person
//! has set and saved, what its keychain holds for us, the keys of encrypted archives and the sheet by which
//! they are recovered, where uploaded files are, and where other programs lie: PostgreSQL's for the demo,
//! OpenSSH's for tunnels.
//!
//! The engine and the demo are told these things; the command line and the app ask here, so that
//! both mean the same library and write the same log.

pub mod alerts;
pub mod archive_keys;
pub mod audit;
pub mod connections;
pub mod document;
pub mod imports;
pub mod keychain;
pub mod logs;
pub mod places;
pub mod profiles;
mod recovery_sheet;
pub mod scratch;
mod settings;
pub mod sftp;
pub mod storage;
pub mod timer;
pub mod tunnel;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use snapback_demo::Binaries;
use snapback_engine::template::Gallery;

pub use recovery_sheet::RecoverySheet;
pub use settings::{Include, Settings, Theme};

/// Names the database to work on, password included.
pub const DATABASE_URL: &str = "SNAPBACK_DATABASE_URL";
/// Names where the application's uploaded files are.
pub const STORAGE: &str = "SNAPBACK_STORAGE";
/// Names the library's folder, in place of the one in the person's data folder.
pub const LIBRARY: &str = "SNAPBACK_LIBRARY";
/// Holds the key of encrypted archives, or names the file where it is: a recovery sheet will do.
pub const KEY: &str = "SNAPBACK_KEY";
/// Holds the passphrase of archives that are locked with one.
pub const PASSPHRASE: &str = "SNAPBACK_PASSPHRASE";
/// Names the folder of templates, in place of the one in the person's data folder.
pub const TEMPLATES: &str = "SNAPBACK_TEMPLATES";
/// Names the folder of an installation of PostgreSQL (the one above `bin`) for the demo.
pub const POSTGRES: &str = "SNAPBACK_POSTGRES";

/// Holds the password of the mail server that sends alerts.
pub const SMTP_PASSWORD: &str = "SNAPBACK_SMTP_PASSWORD";
/// Names another SSH client than the one on the path.
pub const SSH: &str = "SNAPBACK_SSH";

/// Our folder among the person's data: `~/.local/share/snapback` on Linux. `None` where the system
/// names no such place.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    Some(dirs::data_local_dir()?.join("snapback"))
}

/// Where catalogs that were read are kept for the next time. `None` where there is no such place.
#[must_use]
pub fn catalog_folder() -> Option<PathBuf> {
    let folder = data_folder()?.join("catalogs");
    snapback_engine::library::create_private_folder(&folder).ok()?;
    Some(folder)
}

/// Our folder among the person's configuration: `~/.config/snapback` on Linux. `None` where the
/// system names no such place.
#[must_use]
pub fn config_folder() -> Option<PathBuf> {
    Some(dirs::config_dir()?.join("snapback"))
}

/// The library's folder as [`LIBRARY`] names it for this process.
#[must_use]
pub fn named_library() -> Option<PathBuf> {
    named(LIBRARY).map(PathBuf::from)
}

/// The library: where [`LIBRARY`] says, else where the settings say, else in our data folder.
#[must_use]
pub fn library_folder(settings: &Settings) -> Option<PathBuf> {
    named_library()
        .or_else(|| settings.library.clone())
        .or_else(usual_library)
}

/// The library where nobody has said anything.
#[must_use]
pub fn usual_library() -> Option<PathBuf> {
    Some(data_folder()?.join("library"))
}

/// The templates that there are: those of that folder, else of where [`TEMPLATES`] says, else of our data
/// folder; and those that come with Snapback.
#[must_use]
pub fn gallery(folder: Option<PathBuf>) -> Gallery {
    let usual = || Some(data_folder()?.join("templates"));
    let folder = folder.or_else(|| named(TEMPLATES).map(PathBuf::from));
    Gallery {
        folder: folder.or_else(usual),
        shipped: snapback_demo::TEMPLATES,
    }
}

/// Where the demo's server keeps its data.
#[must_use]
pub fn demo_folder() -> Option<PathBuf> {
    Some(data_folder()?.join("demo"))
}

/// The database that the environment names.
#[must_use]
pub fn database_url() -> Option<String> {
    named(DATABASE_URL)?.into_string().ok()
}

/// The person's name at this computer; `unknown` where the system does not say.
#[must_use]
pub fn os_user() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".to_owned())
}

/// This computer's name; `unknown` where the system does not say.
#[must_use]
pub fn host_name() -> String {
    whoami::hostname().unwrap_or_else(|_| "unknown".to_owned())
}

/// Finds PostgreSQL's server programs: where [`POSTGRES`] says, where our packages put them beside
/// this program, in the npm package that `make` installs for builds that stay here, and where Debian
/// puts them.
///
/// # Errors
/// `BinariesNotFound` where they are in none of these places.
pub fn postgres() -> snapback_demo::Result<Binaries> {
    let named = named(POSTGRES).map(PathBuf::from);
    // A program that is passed on knows nothing of the computer that it was built on.
    let built_here = cfg!(debug_assertions)
        .then(|| Binaries::npm_package(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui")));
    let beside = env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("../lib/snapback/postgres")));
    let debian = (14..=18)
        .rev()
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}")));
    let candidates: Vec<PathBuf> = named
        .into_iter()
        .chain(beside)
        .chain(built_here)
        .chain(debian)
        .collect();
    Binaries::find(&candidates)
}

/// OpenSSH's client: where [`SSH`] says, else the one on the path.
pub(crate) fn ssh() -> OsString {
    named(SSH).unwrap_or_else(|| "ssh".into())
}

/// A variable that is set to something.
pub(crate) fn named(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_has_a_name_and_a_person() {
        assert_ne!(host_name(), "");
        assert_ne!(os_user(), "");
    }

    #[test]
    fn the_library_lies_where_the_person_has_set_it() {
        let settings = Settings {
            library: Some("/srv/backups".into()),
            ..Settings::default()
        };
        assert_eq!(library_folder(&settings), Some("/srv/backups".into()));
    }

    #[test]
    fn the_library_and_the_demo_lie_apart_in_our_folder() {
        let (data, demo) = (data_folder().unwrap(), demo_folder().unwrap());
        assert!(demo.starts_with(&data));
        assert_ne!(library_folder(&Settings::default()).unwrap(), demo);
    }
}
