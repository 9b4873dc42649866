use crate::model::Column;

/// Parts of names that say that a column holds a secret.
const TELLING: &[&str] = &[
    "secret",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "apikey",
    "privatekey",
    "keyhash",
];

/// Whether a column's name says that it holds a secret as text.
pub(super) fn looks_secret(column: &Column) -> bool {
    let type_name = column.type_name.as_str();
    let may_hold_text = ["text", "character", "json", "bytea"]
        .iter()
        .any(|kind| type_name.starts_with(kind));
    let name: String = column
        .name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    // `inputTokens` counts something; `accessToken` opens something.
    may_hold_text && (name.ends_with("token") || TELLING.iter().any(|part| name.contains(part)))
}
