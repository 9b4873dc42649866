//! What somebody may do who acts as one of the application's users.

use std::collections::BTreeMap;

use super::access;
use super::open::{Target, companies};
use crate::model::CompanyId;
use crate::pg::Session;
use crate::{Code, Error, Result};

/// What somebody may do with a company; each may do what the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks into backups and at what would change.
    Viewer,
    /// Makes backups, hands rows over, and proves backups.
    Operator,
    /// Restores, deletes and says what is made by itself.
    Admin,
}

impl Role {
    /// Makes sure that this is enough.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require(self, needed: Self) -> Result<()> {
        if self >= needed {
            return Ok(());
        }
        let may = match self {
            Self::Viewer => "This user may look into backups, and no more.",
            Self::Operator => "This user may make and prove backups, and no more.",
            Self::Admin => "This user may do everything.",
        };
        Err(Error::new(Code::UserMayNot, may).hint(HINT))
    }
}

const HINT: &str = "Act as one who may manage the company's settings, or as nobody in particular.";

/// What whoever acts may do with each company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// By the company's id; `None` where nobody is acted for, who may do everything.
    by_company: Option<BTreeMap<String, Role>>,
    /// Whether every company of the database is among them.
    is_every_company: bool,
}

impl Roles {
    /// Those of whoever acts for nobody in particular: everything.
    #[must_use]
    pub fn all() -> Self {
        Self {
            by_company: None,
            is_every_company: true,
        }
    }

    /// What whoever acts on that database may do. Where nobody is acted for it is not asked.
    ///
    /// # Errors
    /// `no_such_user`, `invalid_profile`, `profile_mismatch`; errors of the connection.
    pub async fn read(target: &Target) -> Result<Self> {
        let Some(email) = &target.acting_as else {
            return Ok(Self::all());
        };
        let everybody = Target {
            acting_as: None,
            ..target.clone()
        };
        let all = companies(&everybody).await?;
        let mut session = Session::open(&target.settings).await?;
        let roles = access::roles_of(&mut session, &target.profile, email).await;
        session.close().await;
        let roles = roles?;
        Ok(Self {
            is_every_company: all
                .iter()
                .all(|company| roles.contains_key(company.id.as_str())),
            by_company: Some(roles),
        })
    }

    /// What may be done with that company; `None` where nothing may.
    #[must_use]
    pub fn of(&self, company: &CompanyId) -> Option<Role> {
        match &self.by_company {
            None => Some(Role::Admin),
            Some(roles) => roles.get(company.as_str()).copied(),
        }
    }

    /// Makes sure that as much may be done with that company.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require(&self, company: &str, needed: Role) -> Result<()> {
        let Some(roles) = &self.by_company else {
            return Ok(());
        };
        match roles.get(company) {
            Some(role) => role.require(needed),
            None => Err(stranger()),
        }
    }

    /// Makes sure that as much may be done with an archive of that company; of an archive that does not say whose it is,
    /// with every one.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require_of(&self, company: Option<&CompanyId>, needed: Role) -> Result<()> {
        match company {
            Some(company) => self.require(company.as_str(), needed),
            None => self.require_everywhere(needed),
        }
    }

    /// Makes sure that as much may be done with some company: for what makes another one.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require_somewhere(&self, needed: Role) -> Result<()> {
        let Some(roles) = &self.by_company else {
            return Ok(());
        };
        match roles.values().max() {
            Some(most) => most.require(needed),
            None => Err(stranger()),
        }
    }

    /// Makes sure that as much may be done with every company: for what is not one company's alone.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require_everywhere(&self, needed: Role) -> Result<()> {
        let Some(roles) = &self.by_company else {
            return Ok(());
        };
        if !self.is_every_company || roles.is_empty() {
            return Err(Error::new(
                Code::UserMayNot,
                "This concerns every company, and this user may not manage all of them.",
            )
            .hint(HINT));
        }
        roles.values().try_for_each(|role| role.require(needed))
    }
}

/// The refusal of somebody who may do nothing with a company.
pub(super) fn stranger() -> Error {
    Error::new(
        Code::UserMayNot,
        "This user may not manage the settings of that company.",
    )
    .hint("Act as one who may, or as nobody in particular.")
}
