use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::company::Actor;
use crate::files::Store;

/// In which group a new company is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GroupChoice {
    /// In one of its own, with a copy of what the group had.
    #[default]
    New,
    /// In that one, by id or exact name of the group or of a company in it: its rows take the place of those
    /// that were copied.
    Join(String),
}

/// What becomes of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdChoice {
    /// Every row gets a new one.
    #[default]
    Renew,
    /// They stay, as they are free in the other database.
    Keep,
}

/// What becomes of the addresses of outside parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressChoice {
    /// They stay: the company goes on working with them.
    #[default]
    Keep,
    /// They are replaced, and what would reach them is switched off: a safe copy.
    Mask,
}

/// What becomes of the names of outside parties in a safe copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameChoice {
    /// They stay: whoever practises knows the customers.
    #[default]
    Keep,
    /// They are replaced too.
    Mask,
}

/// What a new company is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// To work in.
    #[default]
    Production,
    /// To be shown to others.
    Demo,
    /// To try things out.
    Test,
}

impl Purpose {
    /// What becomes of addresses where nobody says: nothing that is shown or tried out may reach somebody.
    #[must_use]
    pub fn addresses(self) -> AddressChoice {
        match self {
            Self::Production => AddressChoice::Keep,
            Self::Demo | Self::Test => AddressChoice::Mask,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Demo => "demo",
            Self::Test => "test",
        }
    }
}

/// Who stands for people that are not here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PeopleChoice {
    /// The owner, for all of them.
    #[default]
    Owner,
    /// Somebody who is made for each, with the name that the backup says and an address that reaches nobody.
    Placeholders,
}

/// What a new company must be told.
#[derive(Debug, Clone)]
pub struct NewOptions {
    /// Who makes it.
    pub actor: Actor,
    /// When it is made: the day to which the dates of a template are moved.
    pub made_at: Timestamp,
    /// What it is called.
    pub name: String,
    /// E-mail address of the application's user whose it is.
    pub owner: Option<String>,
    /// In which group it is.
    pub group: GroupChoice,
    /// What becomes of ids.
    pub ids: IdChoice,
    /// What it is for.
    pub purpose: Purpose,
    /// What becomes of the addresses of outside parties.
    pub addresses: AddressChoice,
    /// What becomes of their names.
    pub names: NameChoice,
    /// Who stands for people that are not here.
    pub people: PeopleChoice,
    /// Where the uploaded files are, where those of the archive are to be carried too.
    pub files: Option<Arc<dyn Store>>,
    /// An owner-only folder on this computer, for what memory has no room for.
    pub spill_folder: PathBuf,
    /// How long locks are tried for, where triggers have to be silenced by name.
    pub lock_patience: Duration,
}

impl NewOptions {
    /// The usual settings.
    pub fn new(
        actor: Actor,
        name: impl Into<String>,
        made_at: Timestamp,
        spill_folder: impl Into<PathBuf>,
    ) -> Self {
        Self {
            actor,
            made_at,
            name: name.into(),
            owner: None,
            group: GroupChoice::New,
            ids: IdChoice::Renew,
            purpose: Purpose::Production,
            addresses: AddressChoice::Keep,
            names: NameChoice::Keep,
            people: PeopleChoice::Owner,
            files: None,
            spill_folder: spill_folder.into(),
            lock_patience: Duration::from_secs(15),
        }
    }
}
