use crate::error::{Code, Error, Result};
use crate::model::Profile;

use super::consistency;

/// Reads a profile from TOML and checks that it fits together.
///
/// # Errors
/// `InvalidProfile` naming the line and what is wrong there, or, where the text is well-formed,
/// every contradiction in it as a cause.
pub fn parse(text: &str) -> Result<Profile> {
    let profile: Profile = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
    let problems = consistency::problems(&profile);
    match problems.first() {
        None => Ok(profile),
        Some(first) => {
            let mut error = Error::new(Code::InvalidProfile, format!("The profile does not fit together: {first}."))
                .with("problems", problems.len())
                .hint("Each table has one place: an area, or `global`, or `people`, or `excluded` with its reason.");
            for problem in &problems {
                error = error.because(problem);
            }
            Err(error)
        }
    }
}

/// Writes a profile as TOML that [`parse`] reads back to the same profile.
///
/// # Errors
/// `Defect` if a value has no form in TOML, which no profile that was read can hold.
pub fn to_toml(profile: &Profile) -> Result<String> {
    toml::to_string_pretty(profile).map_err(|error| {
        Error::new(Code::Defect, "The profile cannot be written as text.")
            .because(error.to_string())
    })
}

fn unreadable(text: &str, error: &toml::de::Error) -> Error {
    let made = Error::new(Code::InvalidProfile, "The profile cannot be read.")
        .because(error.message().trim())
        .hint("`snapback profile show` prints a complete profile to compare with.");
    match error.span() {
        // A missing field is reported for the whole document, where a line would mislead.
        Some(span) if span.start > 0 || span.end < text.trim_end().len() => {
            made.with("line", line_of(text, span.start))
        }
        _ => made,
    }
}

/// The line of a position in a text, the first being 1.
fn line_of(text: &str, position: usize) -> usize {
    let before = text.get(..position).unwrap_or(text);
    before.matches('\n').count() + 1
}
