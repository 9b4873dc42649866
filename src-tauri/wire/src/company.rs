use serde::Serialize;
use snapback_engine::{company, model};
use ts_rs::TS;

/// A company of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Company {
    /// Its key.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its group's key, where the application has groups.
    pub group: Option<String>,
    /// Whether no other company is in that group; true where there are no groups.
    pub alone_in_group: bool,
}

impl From<&model::Company> for Company {
    fn from(company: &model::Company) -> Self {
        let model::Company {
            id,
            name,
            group,
            alone_in_group,
        } = company;
        Self {
            id: id.to_string(),
            name: name.clone(),
            group: group.clone(),
            alone_in_group: *alone_in_group,
        }
    }
}

/// What whoever acts may do with a company; each may do what the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look into its backups.
    Viewer,
    /// Make and prove backups, and hand rows over.
    Operator,
    /// Everything.
    Admin,
}

impl From<company::Role> for Role {
    fn from(role: company::Role) -> Self {
        match role {
            company::Role::Viewer => Self::Viewer,
            company::Role::Operator => Self::Operator,
            company::Role::Admin => Self::Admin,
        }
    }
}

/// A company that whoever acts may choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct OfferedCompany {
    /// Its key.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its group's key, where the application has groups.
    pub group: Option<String>,
    /// Whether no other company is in that group; true where there are no groups.
    pub alone_in_group: bool,
    /// What may be done with it.
    pub role: Role,
    /// Why not more.
    pub bound: RoleBound,
}

/// What lets somebody do no more with a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RoleBound {
    /// What the application's user may do who is acted for.
    User,
    /// What the profile lets the database role do.
    DatabaseRole,
}

impl From<company::Bound> for RoleBound {
    fn from(bound: company::Bound) -> Self {
        match bound {
            company::Bound::User => Self::User,
            company::Bound::DatabaseRole => Self::DatabaseRole,
        }
    }
}

impl OfferedCompany {
    /// The company with what may be done with it; `None` where nothing may.
    #[must_use]
    pub fn new(company: &model::Company, roles: &company::Roles) -> Option<Self> {
        let company::Granted { role, bound } = roles.of(&company.id)?;
        let Company {
            id,
            name,
            group,
            alone_in_group,
        } = company.into();
        Some(Self {
            id,
            name,
            group,
            alone_in_group,
            role: role.into(),
            bound: bound.into(),
        })
    }
}
