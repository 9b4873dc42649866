use serde::Serialize;
use snapback_engine::restore;
use ts_rs::TS;

use crate::RestoreRights;

/// What a role may do about restoring a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PlanRights {
    /// The role.
    pub role: String,
    /// By which rights it would write.
    pub path: RestoreRights,
    /// What is missing, the path's rights included; empty where a restore can go ahead.
    pub missing: Vec<MissingRight>,
}

/// A right that a restore needs and the role does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MissingRight {
    /// What is missing, as a sentence.
    pub what: String,
    /// What an administrator runs or what to do instead, in one line.
    pub remedy: String,
}

impl From<&restore::RestoreRights> for PlanRights {
    fn from(rights: &restore::RestoreRights) -> Self {
        let restore::RestoreRights {
            role,
            path,
            missing,
        } = rights;
        Self {
            role: role.clone(),
            path: path.into(),
            missing: missing.iter().map(Into::into).collect(),
        }
    }
}

impl From<&restore::MissingRight> for MissingRight {
    fn from(missing: &restore::MissingRight) -> Self {
        let restore::MissingRight { what, remedy } = missing;
        Self {
            what: what.clone(),
            remedy: remedy.clone(),
        }
    }
}
