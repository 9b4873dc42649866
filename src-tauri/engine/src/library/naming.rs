use jiff::Timestamp;

use crate::model::Company;

/// What archives' names end in.
pub(super) const EXTENSION: &str = ".snapback";
/// The most characters of a company's name or a label that go into a file name.
const PART_LIMIT: usize = 40;

/// The file name of an archive: `<company>-<UTC time>[-label].snapback`.
///
/// Letters and digits of ASCII stay and everything else becomes a hyphen, so that the name is one on
/// every system; where nothing of the company's name is left, its id stands in.
#[must_use]
pub fn archive_name(company: &Company, at: Timestamp, label: Option<&str>) -> String {
    let name = [company.name.as_str(), company.id.as_str()].map(plain);
    let name = name
        .iter()
        .find(|name| !name.is_empty())
        .map_or("company", String::as_str);
    let time = at.strftime("%Y%m%dT%H%M%SZ");
    match label.map(plain).filter(|label| !label.is_empty()) {
        Some(label) => format!("{name}-{time}-{label}{EXTENSION}"),
        None => format!("{name}-{time}{EXTENSION}"),
    }
}

fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            plain.push(c);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
        if plain.len() == PART_LIMIT {
            break;
        }
    }
    plain.truncate(plain.trim_end_matches('-').len());
    plain
}
