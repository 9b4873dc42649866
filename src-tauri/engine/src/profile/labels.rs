//! What a person reads instead of names of tables and columns.

use crate::model::{OTHER_AREA, Profile, Schema, Table, TableName};

/// Columns that name a row in most applications, best first.
const NAMING: &[&str] = &[
    "readableId",
    "number",
    "code",
    "name",
    "title",
    "label",
    "description",
];

/// How many columns name a row at most.
const NAMING_LIMIT: usize = 3;

/// Words that stay in capitals.
const ACRONYMS: &[&str] = &[
    "ai", "api", "aql", "bom", "cad", "cc", "eori", "gl", "id", "itar", "json", "mrp", "pdf",
    "pin", "po", "rfq", "sku", "sms", "uom", "url", "vat",
];

/// The title of an area for people; an area that the profile does not define is named by itself.
#[must_use]
pub fn area_title(profile: &Profile, area: &str) -> String {
    match profile.areas.iter().find(|known| known.name == area) {
        Some(known) => known.title.clone(),
        None if area == OTHER_AREA => "Other".to_owned(),
        None => sentence(&words(area)),
    }
}

/// What people call a table and its rows, plural: the profile's label, or else its name in words.
#[must_use]
pub fn table_label(profile: &Profile, table: &TableName) -> String {
    let written = profile.written(table);
    if let Some(label) = profile
        .tables
        .get(&written)
        .and_then(|rule| rule.label.clone())
    {
        return label;
    }
    // The company's key behind the prefix means nothing to a person.
    match profile
        .scope
        .run_time
        .iter()
        .find(|kind| table.name.starts_with(&kind.prefix))
    {
        Some(kind) => sentence(&words(&kind.prefix)),
        None => sentence(&words(&table.name)),
    }
}

/// What people call a column: its name in words; where it refers to another row, without `Id`.
#[must_use]
pub fn column_label(table: &Table, column: &str) -> String {
    let mut words = words(column);
    let refers = table
        .references
        .iter()
        .any(|reference| reference.columns.iter().any(|name| name == column));
    if refers
        && words.len() > 1
        && words
            .last()
            .is_some_and(|word| word.eq_ignore_ascii_case("id"))
    {
        words.pop();
    }
    sentence(&words)
}

/// The columns whose values name a row for people, best first; empty for a table that is not there.
///
/// The profile's come first, as far as the table has them; else what most applications use, else the
/// key. Secret columns are never among them.
#[must_use]
pub fn naming_columns(profile: &Profile, schema: &Schema, name: &TableName) -> Vec<String> {
    let Some(table) = schema.tables.get(name) else {
        return Vec::new();
    };
    let written = profile.written(name);
    let shown = |column: &str| {
        table.column(column).is_some()
            && !profile
                .secret_columns
                .contains(&format!("{written}.{column}"))
    };
    let chosen: Vec<String> = match profile.tables.get(&written) {
        Some(rule) => rule
            .naming
            .iter()
            .filter(|column| shown(column))
            .cloned()
            .collect(),
        None => Vec::new(),
    };
    if !chosen.is_empty() {
        return chosen;
    }
    let own_number = format!("{}Id", name.name);
    let refers = |column: &str| {
        table
            .references
            .iter()
            .any(|reference| reference.columns.iter().any(|name| name == column))
    };
    let guessed: Vec<String> = std::iter::once(own_number.as_str())
        .chain(NAMING.iter().copied())
        .filter(|column| shown(column) && !refers(column))
        .take(NAMING_LIMIT)
        .map(str::to_owned)
        .collect();
    if !guessed.is_empty() {
        return guessed;
    }
    let key = table.key.iter().flat_map(|key| &key.columns);
    let scope = &profile.scope.columns;
    key.filter(|column| shown(column) && !scope.contains(column))
        .take(NAMING_LIMIT)
        .cloned()
        .collect()
}

/// The words of a name in camelCase or snake_case.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (i, &letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(i + 1);
        let begins = if letter.is_ascii_digit() {
            before.is_some_and(|c| c.is_lowercase())
        } else {
            letter.is_uppercase()
                && (before.is_some_and(|c| !c.is_uppercase())
                    || before.is_some_and(|c| c.is_uppercase())
                        && after.is_some_and(|c| c.is_lowercase()))
        };
        if begins || !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.push(letter);
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Words as a label: the first with a capital, the others small, acronyms in capitals.
fn sentence(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        let small = word.to_lowercase();
        let spelled = if ACRONYMS.contains(&small.as_str()) {
            small.to_uppercase()
        } else {
            small
        };
        if text.is_empty() {
            let mut letters = spelled.chars();
            text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            text.push_str(letters.as_str());
        } else {
            text.push(' ');
            text.push_str(&spelled);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str) -> String {
        sentence(&words(name))
    }

    #[test]
    fn names_become_words() {
        assert_eq!(label("unitPrice"), "Unit price");
        assert_eq!(label("unit_price"), "Unit price");
        assert_eq!(label("createdAt"), "Created at");
        assert_eq!(label("addressLine2"), "Address line 2");
        assert_eq!(label("acknowledgedITAR"), "Acknowledged ITAR");
        assert_eq!(label("glAccountID"), "GL account ID");
        assert_eq!(label("HTTPServer"), "Http server");
        assert_eq!(label("id"), "ID");
        assert_eq!(label("auditLog_"), "Audit log");
        assert_eq!(label("größeMm"), "Größe mm");
    }
}
