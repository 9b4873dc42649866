use jiff::Timestamp;

use crate::model::Company;

/// What archives' names end in.
pub(super) const EXTENSION: &str = ".snapback";
/// The most characters of a company's name or a label that go into a file name.
const PART_LIMIT: usize = 40;

/// The file name of an archive: `<company>-<UTC time>[-label].snapback`.
///
/// Letters and digits of ASCII stay, Latin letters with marks are written as ASCII writes them and
/// everything else becomes a hyphen, so that the name is one on every system; where nothing of the
/// company's name is left, its id stands in.
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
        let written = without_marks(c);
        if c.is_ascii_alphanumeric() {
            plain.push(c);
        } else if !written.is_empty() {
            plain.push_str(written);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
        if plain.len() >= PART_LIMIT {
            break;
        }
    }
    plain.truncate(plain.trim_end_matches('-').len());
    plain
}

/// How a Latin letter is written with the letters of ASCII; empty where it is not known.
fn without_marks(letter: char) -> &'static str {
    match letter {
        'ä' | 'æ' => "ae",
        'Ä' | 'Æ' => "Ae",
        'ö' | 'ø' | 'œ' => "oe",
        'Ö' | 'Ø' | 'Œ' => "Oe",
        'ü' => "ue",
        'Ü' => "Ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'ă' => "a",
        'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'Ą' | 'Ă' => "A",
        'ç' | 'ć' | 'č' => "c",
        'Ç' | 'Ć' | 'Č' => "C",
        'ď' => "d",
        'Ď' => "D",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' => "E",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'Ì' | 'Í' | 'Î' | 'Ï' | 'İ' => "I",
        'ł' => "l",
        'Ł' => "L",
        'ñ' | 'ń' | 'ň' => "n",
        'Ñ' | 'Ń' | 'Ň' => "N",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' => "o",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ő' => "O",
        'ř' => "r",
        'Ř' => "R",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'Ś' | 'Š' | 'Ş' | 'Ș' => "S",
        'ť' | 'ț' => "t",
        'Ť' | 'Ț' => "T",
        'ù' | 'ú' | 'û' | 'ů' | 'ű' => "u",
        'Ù' | 'Ú' | 'Û' | 'Ů' | 'Ű' => "U",
        'ý' | 'ÿ' => "y",
        'Ý' => "Y",
        'ź' | 'ż' | 'ž' => "z",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => "",
    }
}
