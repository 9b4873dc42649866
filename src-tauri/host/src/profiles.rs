//! Profiles as a person names them: those that come with Snapback, and files.

use std::path::Path;

use snapback_engine::model::Profile;
use snapback_engine::pg::Settings;
use snapback_engine::{Code, Error, Result, company, profile};

/// In place of a profile's name: the database tells which one fits.
pub const DETECTED: &str = "auto";

/// The profile that comes with Snapback by that name, else the one in the file of that path.
///
/// # Errors
/// `invalid_profile`, `local_file`.
pub fn named(name: &str) -> Result<Profile> {
    if let Some(built_in) = profile::built_in(name) {
        return Ok(built_in);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let known = profile::built_in_names().join(", ");
        return Err(
            Error::new(Code::InvalidProfile, "There is no such profile.")
                .with("profile", name)
                .hint(format!(
                    "Name a file, or one that comes with Snapback: {known}."
                )),
        );
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::local_file("the profile", path, &error))?;
    profile::parse(&text)
}

/// The profile of that name; without one, or where it is [`DETECTED`], the one that comes with Snapback and
/// fits the database.
///
/// # Errors
/// As [`named`]; `profile_mismatch` where none or several fit; errors of the connection.
pub async fn of_database(name: Option<&str>, settings: &Settings) -> Result<Profile> {
    match name.filter(|name| *name != DETECTED) {
        Some(name) => named(name),
        None => Box::pin(company::detect(settings, built_in())).await,
    }
}

/// That profile, and then those that come with Snapback: what a database is compared with.
///
/// # Errors
/// As [`named`].
pub fn candidates(name: Option<&str>) -> Result<Vec<Profile>> {
    let first = name
        .filter(|name| *name != DETECTED)
        .map(named)
        .transpose()?;
    let mut found = built_in();
    if let Some(first) = first {
        found.retain(|other| other.name != first.name);
        found.insert(0, first);
    }
    Ok(found)
}

fn built_in() -> Vec<Profile> {
    let names = profile::built_in_names().iter();
    names.filter_map(|name| profile::built_in(name)).collect()
}
