//! What somebody may do: as one of the application's users, and by the database role that the connection has.

use std::collections::BTreeMap;

use super::access;
use super::open::{Target, list};
use crate::model::{Company, CompanyId, DatabaseRolesRule};
use crate::pg::{Session, fetch_text_arrays};
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

/// What lets somebody do no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// What the application's user may do who is acted for.
    User,
    /// What the profile lets the database role do.
    DatabaseRole,
}

/// What may be done with a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// What.
    pub role: Role,
    /// Why not more.
    pub bound: Bound,
}

impl Granted {
    /// Everything, where nothing is asked.
    pub(super) const ALL: Self = Self {
        role: Role::Admin,
        bound: Bound::User,
    };

    /// Makes sure that this is enough.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require(self, needed: Role) -> Result<()> {
        if self.role >= needed {
            return Ok(());
        }
        let who = match self.bound {
            Bound::User => "This user",
            Bound::DatabaseRole => "This database role",
        };
        let may = match self.role {
            Role::Viewer => "may look into backups, and no more",
            Role::Operator => "may make and prove backups, and no more",
            Role::Admin => "may do everything",
        };
        let refused = Error::new(Code::UserMayNot, format!("{who} {may}."));
        Err(refused.hint(match self.bound {
            Bound::User => {
                "Act as one who may manage the company's settings, or as nobody in particular."
            }
            Bound::DatabaseRole => ROLES_HINT,
        }))
    }
}

const ROLES_HINT: &str = "The profile says so (`database-roles`); connect as another role.";

/// What whoever acts may do with each company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// By the company's id; `None` where nobody is acted for, who may do everything.
    by_company: Option<BTreeMap<String, Role>>,
    /// Whether every company of the database is among them.
    is_every_company: bool,
    /// What the database role may do at most; `None` where the profile names roles and it is none of them.
    most: Option<Role>,
}

impl Roles {
    /// Those of whoever acts for nobody in particular, by any database role: everything.
    #[must_use]
    pub fn all() -> Self {
        Self {
            by_company: None,
            is_every_company: true,
            most: Some(Role::Admin),
        }
    }

    /// What whoever acts on that database may do. Where nobody is acted for, and the profile names no database roles, it is
    /// not asked.
    ///
    /// # Errors
    /// `no_such_user`, `invalid_profile`, `profile_mismatch`; errors of the connection.
    pub async fn read(target: &Target) -> Result<Self> {
        if target.acting_as.is_none() && target.profile.database_roles.is_none() {
            return Ok(Self::all());
        }
        let mut session = Session::open(&target.settings).await?;
        let roles = match list(&mut session, &target.profile).await {
            Ok(companies) => Self::find(&mut session, target, &companies).await,
            Err(error) => Err(error),
        };
        session.close().await;
        roles
    }

    /// The same, in a session that is open, where those are all companies.
    ///
    /// # Errors
    /// `no_such_user`, `invalid_profile`; errors of the connection.
    pub(super) async fn find(
        session: &mut Session,
        target: &Target,
        companies: &[Company],
    ) -> Result<Self> {
        let most = match &target.profile.database_roles {
            None => Some(Role::Admin),
            Some(rule) => most(session, rule).await?,
        };
        let Some(email) = &target.acting_as else {
            return Ok(Self {
                most,
                ..Self::all()
            });
        };
        let roles = access::roles_of(session, &target.profile, email).await?;
        let mut companies = companies.iter();
        Ok(Self {
            is_every_company: companies.all(|company| roles.contains_key(company.id.as_str())),
            by_company: Some(roles),
            most,
        })
    }

    /// Whether anything is not allowed.
    #[must_use]
    pub fn are_bounded(&self) -> bool {
        self.by_company.is_some() || self.most != Some(Role::Admin)
    }

    /// What may be done with that company; `None` where nothing may.
    #[must_use]
    pub fn of(&self, company: &CompanyId) -> Option<Granted> {
        self.granted(company.as_str())
    }

    fn granted(&self, company: &str) -> Option<Granted> {
        match &self.by_company {
            None => self.bounded(Role::Admin),
            Some(roles) => self.bounded(*roles.get(company)?),
        }
    }

    /// As much of what a user may do as the database role may.
    fn bounded(&self, role: Role) -> Option<Granted> {
        let most = self.most?;
        Some(match most < role {
            true => Granted {
                role: most,
                bound: Bound::DatabaseRole,
            },
            false => Granted {
                role,
                bound: Bound::User,
            },
        })
    }

    /// Makes sure that as much may be done with that company.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require(&self, company: &str, needed: Role) -> Result<()> {
        let granted = self.granted(company).ok_or_else(|| self.stranger());
        granted?.require(needed)
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
        let most = match &self.by_company {
            None => Some(Role::Admin),
            Some(roles) => roles.values().max().copied(),
        };
        let granted = most.and_then(|role| self.bounded(role));
        granted.ok_or_else(|| self.stranger())?.require(needed)
    }

    /// Makes sure that as much may be done with every company: for what is not one company's alone.
    ///
    /// # Errors
    /// `user_may_not`.
    pub fn require_everywhere(&self, needed: Role) -> Result<()> {
        let granted = self.bounded(Role::Admin).ok_or_else(|| self.stranger());
        granted?.require(needed)?;
        let Some(roles) = &self.by_company else {
            return Ok(());
        };
        if !self.is_every_company || roles.is_empty() {
            return Err(Error::new(
                Code::UserMayNot,
                "This concerns every company, and this user may not manage all of them.",
            )
            .hint(
                "Act as one who may manage the company's settings, or as nobody in particular.",
            ));
        }
        let mut granted = roles.values().filter_map(|role| self.bounded(*role));
        granted.try_for_each(|granted| granted.require(needed))
    }

    /// The refusal of somebody who may do nothing with a company.
    pub(super) fn stranger(&self) -> Error {
        match self.most {
            None => Error::new(
                Code::UserMayNot,
                "This database role is none of those that may do anything here.",
            )
            .hint(ROLES_HINT),
            Some(_) => Error::new(
                Code::UserMayNot,
                "This user may not manage the settings of that company.",
            )
            .hint("Act as one who may, or as nobody in particular."),
        }
    }
}

/// What the session's role may do at most. A superuser may do everything.
async fn most(session: &mut Session, rule: &DatabaseRolesRule) -> Result<Option<Role>> {
    let DatabaseRolesRule {
        admins,
        operators,
        viewers,
    } = rule;
    let lists = [admins, operators, viewers];
    let lists = lists.map(|names| names.iter().cloned().map(Some).collect::<Vec<_>>());
    let found = fetch_text_arrays(session, include_str!("database_role.sql"), &lists).await?;
    let is = found.into_iter().flatten();
    let is: Vec<bool> = is.map(|found| found.as_deref() == Some("true")).collect();
    let roles = [Role::Admin, Role::Admin, Role::Operator, Role::Viewer];
    let mut roles = roles.into_iter().zip(is);
    Ok(roles.find(|(_, is)| *is).map(|(role, _)| role))
}
