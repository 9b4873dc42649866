//! Whose sessions end when a company is restored.

use serde::Serialize;
use snapback_engine::{model, restore};
use ts_rs::TS;

use crate::MissingRight;

/// How many people are named at most.
const NAMED: usize = 20;

/// Whose sessions end, and whose do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SignOut {
    /// Sessions of people who belong to the company alone.
    pub session_count: u64,
    /// Those people.
    pub person_count: u64,
    /// The first twenty who stay signed in, since they belong to other companies too, by name.
    pub staying: Vec<String>,
    /// How many stay signed in.
    pub staying_count: u64,
    /// Minutes for which a token that was handed out goes on opening doors without a session.
    pub token_minutes: u64,
}

/// Whose sessions a restore can end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PlannedSignOut {
    /// Whose.
    pub sessions: SignOut,
    /// What the role lacks for it.
    pub missing: Option<MissingRight>,
}

/// Whose sessions a restore has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SignedOut {
    /// Whose; nobody's where it failed.
    pub sessions: SignOut,
    /// The code of the failure, where there was one.
    pub failure: Option<String>,
}

impl From<&restore::SignOut> for SignOut {
    fn from(found: &restore::SignOut) -> Self {
        let restore::SignOut {
            session_count,
            person_count,
            staying,
            token_minutes,
        } = found;
        let called = |person: &model::Person| {
            let model::Person { id, name, email } = person;
            let name = name.as_ref().filter(|name| !name.trim().is_empty());
            name.or(email.as_ref()).unwrap_or(id).clone()
        };
        Self {
            session_count: *session_count,
            person_count: *person_count,
            staying: staying.iter().take(NAMED).map(called).collect(),
            staying_count: staying.len() as u64,
            token_minutes: *token_minutes,
        }
    }
}

impl From<&restore::PlannedSignOut> for PlannedSignOut {
    fn from(planned: &restore::PlannedSignOut) -> Self {
        let restore::PlannedSignOut { found, missing } = planned;
        Self {
            sessions: found.into(),
            missing: missing.as_ref().map(Into::into),
        }
    }
}

impl From<&restore::SignedOut> for SignedOut {
    fn from(ended: &restore::SignedOut) -> Self {
        let restore::SignedOut { done, failure } = ended;
        Self {
            sessions: done.into(),
            failure: failure.map(|code| code.word().to_owned()),
        }
    }
}
