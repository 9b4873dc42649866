use std::collections::BTreeMap;

use crate::model::{Column, Table, TableName};

/// What rows and the database tell beside the catalog: never a value itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The database's name, after which the profile is called.
    pub database: String,
    /// Keys of companies, as text: tables made at run time bear them in their names.
    pub company_ids: Vec<String>,
    /// Materialised views of the application's schema.
    pub materialized_views: Vec<String>,
    /// What the values of columns look like, where they look like secrets.
    pub shapes: BTreeMap<TableName, BTreeMap<String, SecretShape>>,
}

impl Evidence {
    /// A short name of small letters, digits and hyphens.
    pub(super) fn profile_name(&self) -> String {
        let spelled: String = self
            .database
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let parts: Vec<&str> = spelled.split('-').filter(|part| !part.is_empty()).collect();
        match parts.join("-") {
            // What servers call the database that everybody has.
            name if name.is_empty() || name == "postgres" => "application".to_owned(),
            name => name,
        }
    }

    pub(super) fn title(&self) -> String {
        let name = self.profile_name();
        let words: Vec<String> = name.split('-').map(str::to_owned).collect();
        super::super::words::sentence(&words)
    }

    pub(super) fn shape(&self, table: &TableName, column: &str) -> Option<SecretShape> {
        self.shapes.get(table)?.get(column).copied()
    }
}

/// What a secret looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretShape {
    /// A password's hash: bcrypt, Argon2, scrypt, PBKDF2, crypt.
    PasswordHash,
    /// A private key in PEM.
    PrivateKey,
    /// A signed token (JWT).
    SignedToken,
    /// A key as large services hand them out, known by how it begins.
    ServiceKey,
    /// Long and without words: a token, or only a checksum.
    RandomText,
}

impl SecretShape {
    /// Whether nothing else looks like that.
    pub(super) fn is_certain(self) -> bool {
        self != Self::RandomText
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::PasswordHash => "password hashes",
            Self::PrivateKey => "private keys",
            Self::SignedToken => "signed tokens",
            Self::ServiceKey => "keys of a service",
            Self::RandomText => "long random text",
        }
    }
}

/// The columns of a table of which a few values are worth looking at.
pub fn sampled_columns(table: &Table) -> impl Iterator<Item = &Column> {
    table.stored_columns().filter(|column| {
        let name = column.type_name.as_str();
        !name.ends_with("[]") && (name == "text" || name.starts_with("character varying"))
    })
}

/// What most of these values of one column look like, if that is a secret. Empty ones do not count.
#[must_use]
pub fn secret_shape<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<SecretShape> {
    let mut counts: BTreeMap<SecretShape, usize> = BTreeMap::new();
    let mut value_count = 0;
    for value in values.into_iter().filter(|value| !value.is_empty()) {
        value_count += 1;
        if let Some(shape) = shape_of(value) {
            *counts.entry(shape).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.filter(|(_, count)| count * 2 >= value_count)
        .map(|(shape, _)| shape)
}

fn shape_of(value: &str) -> Option<SecretShape> {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|begin| value.starts_with(begin));
    let hashes = [
        "$2a$", "$2b$", "$2y$", "$argon2", "$scrypt$", "$5$", "$6$", "$y$", "pbkdf2", "scrypt:",
        "argon2", "{SSHA",
    ];
    let keys = [
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "whsec_",
        "ghp_",
        "gho_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "AKIA",
        "AIza",
        "SG.",
        "shpat_",
        "npm_",
        "sk-ant-",
        "sk-proj-",
    ];
    if value.len() >= 20 && begins(&hashes) {
        return Some(SecretShape::PasswordHash);
    }
    if value.contains("PRIVATE KEY-----") {
        return Some(SecretShape::PrivateKey);
    }
    let parts: Vec<&str> = value.split('.').collect();
    if value.starts_with("eyJ") && parts.len() == 3 {
        return Some(SecretShape::SignedToken);
    }
    if value.len() >= 16 && begins(&keys) {
        return Some(SecretShape::ServiceKey);
    }
    looks_random(value).then_some(SecretShape::RandomText)
}

/// Long, of letters and digits in no order that a word has. Keys like uuids do not count.
fn looks_random(value: &str) -> bool {
    let is_token_letter =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=');
    let groups: Vec<usize> = value.split('-').map(str::len).collect();
    let is_uuid = groups == [8, 4, 4, 4, 12];
    let letters = value.chars().filter(char::is_ascii_alphabetic).count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    (24..=200).contains(&value.len())
        && value.chars().all(is_token_letter)
        && !is_uuid
        && letters >= 4
        && digits >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_shape() {
        for (value, shape) in [
            (
                "$2b$12$K3s0XQ1e4v8yT5u6w7z9a.abcdefghijklmnopqrstuv",
                Some(SecretShape::PasswordHash),
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nabc",
                Some(SecretShape::PrivateKey),
            ),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                Some(SecretShape::SignedToken),
            ),
            ("whsec_0123456789abcdef", Some(SecretShape::ServiceKey)),
            (
                "9f86d081884c7d659a2feaa0c55ad015",
                Some(SecretShape::RandomText),
            ),
            ("6b1f1a7e-3c55-4b8a-9d6f-0a1b2c3d4e5f", None),
            ("A sentence of some length that somebody wrote down", None),
            ("SKU-2025-000117", None),
            ("", None),
        ] {
            assert_eq!(secret_shape([value]), shape, "{value}");
        }
    }

    #[test]
    fn one_odd_value_among_many_says_nothing() {
        let values = [
            "ordinary",
            "values",
            "of",
            "a",
            "column",
            "whsec_0123456789abcdef",
        ];
        assert_eq!(secret_shape(values), None);
        assert_eq!(secret_shape([]), None);
    }
}
