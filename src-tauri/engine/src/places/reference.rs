use crate::{Code, Error, Result};

/// What the name of an archive at a place begins with: `place:2/FILE`.
const AT_PLACE: &str = "place:";

/// The number of the place and the file's name, where an archive is named that lies at one.
///
/// # Errors
/// `usage` where it begins so and names neither.
pub fn at_place(reference: &str) -> Result<Option<(u32, &str)>> {
    let Some(written) = reference.strip_prefix(AT_PLACE) else {
        return Ok(None);
    };
    let parts = written.split_once('/');
    let parts = parts.and_then(|(number, file)| Some((number.parse().ok()?, file)));
    let named = parts.filter(|(_, file): &(u32, &str)| !file.is_empty());
    named.map(Some).ok_or_else(|| {
        Error::new(Code::Usage, "This names no archive at a second place.").hint(
            "One is written place:NUMBER/FILE; what is there: snapback place list --there NUMBER",
        )
    })
}

/// What an archive of that name at that place is called.
#[must_use]
pub fn reference_to(number: u32, file: &str) -> String {
    format!("{AT_PLACE}{number}/{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_at_a_place_is_named_by_the_places_number_and_its_file() {
        let written = reference_to(12, "acme 1.snapback");
        assert_eq!(at_place(&written).unwrap(), Some((12, "acme 1.snapback")));
        assert_eq!(at_place("/backups/place:1/a.snapback").unwrap(), None);
        for wrong in [
            "place:",
            "place:here",
            "place:x/a",
            "place:1/",
            "place:-1/a",
        ] {
            assert_eq!(at_place(wrong).unwrap_err().code(), Code::Usage, "{wrong}");
        }
    }
}
