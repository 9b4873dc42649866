use serde::Serialize;

/// What a reason is about: where its comment stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "topic", content = "name", rename_all = "snake_case")]
pub enum Topic {
    /// The schema that is read.
    Schema,
    /// The table of companies.
    Company,
    /// The group of companies.
    Group,
    /// The columns that say whose a row is.
    Scope,
    /// The table of people.
    People,
    /// Where the schema's version stands.
    SchemaVersion,
    /// What is to be done after a restore.
    AfterRestore,
    /// A table, as the profile writes it.
    Table(String),
    /// A column, as `table.column`.
    Column(String),
    /// An area, by its short name.
    Area(String),
}

/// Why a proposal says something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reason {
    /// What it is about.
    #[serde(flatten)]
    pub about: Topic,
    /// Whether a person should look at it.
    pub is_doubtful: bool,
    /// Why, as a part of a sentence.
    pub because: String,
}

/// Reasons as they are found.
#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<Reason>);

impl Reasons {
    /// A decision that the catalog bears out.
    pub(super) fn say(&mut self, about: Topic, because: impl Into<String>) {
        self.push(about, false, because.into());
    }

    /// A decision that a person should look at.
    pub(super) fn doubt(&mut self, about: Topic, because: impl Into<String>) {
        self.push(about, true, because.into());
    }

    fn push(&mut self, about: Topic, is_doubtful: bool, because: String) {
        self.0.push(Reason {
            about,
            is_doubtful,
            because,
        });
    }

    pub(super) fn into_sorted(mut self) -> Vec<Reason> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}
