use super::schema::Column;

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

impl Column {
    /// Whether the name says that it holds a secret as text.
    #[must_use]
    pub fn tells_secret(&self) -> bool {
        let may_hold_text = ["text", "character", "json", "bytea"]
            .iter()
            .any(|kind| self.type_name.starts_with(kind));
        let name: String = self
            .name
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_lowercase();
        // `inputTokens` counts something; `accessToken` opens something.
        may_hold_text && (name.ends_with("token") || TELLING.iter().any(|part| name.contains(part)))
    }
}
