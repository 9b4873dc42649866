//! Profiles as a person names them: those that come with Snapback, and files.

use std::path::Path;

use snapback_engine::model::Profile;
use snapback_engine::{Code, Error, Result, profile};

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

/// That profile, and then those that come with Snapback: what a database is compared with.
///
/// # Errors
/// As [`named`].
pub fn candidates(name: &str) -> Result<Vec<Profile>> {
    let mut found = vec![named(name)?];
    let others = profile::built_in_names()
        .iter()
        .filter(|built_in| **built_in != name);
    found.extend(others.filter_map(|built_in| profile::built_in(built_in)));
    Ok(found)
}
