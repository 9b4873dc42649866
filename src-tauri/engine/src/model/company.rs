use std::fmt;

use serde::{Deserialize, Serialize};

/// The value of the company table's key, as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CompanyId(String);

impl CompanyId {
    /// The company with that key.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A company as its own table describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Its key.
    pub id: CompanyId,
    /// Its name, for people.
    pub name: String,
    /// The group it belongs to, where the application has groups.
    pub group: Option<String>,
    /// Whether no other company is in that group; true where there are no groups.
    pub alone_in_group: bool,
}

/// A person that the company's rows refer to, recorded so that a clone can map them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// Key in the people table.
    pub id: String,
    /// Name, where the profile says which column holds it.
    pub name: Option<String>,
    /// E-mail address, likewise.
    pub email: Option<String>,
}
