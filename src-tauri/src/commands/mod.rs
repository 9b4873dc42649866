//! What the window may ask, by subject: each command is wire → engine → wire.

pub(crate) mod alerts;
pub(crate) mod audit;
pub(crate) mod backups;
pub(crate) mod companies;
pub(crate) mod compare;
pub(crate) mod connections;
pub(crate) mod demo;
pub(crate) mod dialogs;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod files;
pub(crate) mod handed;
pub(crate) mod inspect;
pub(crate) mod jobs;
pub(crate) mod library;
pub(crate) mod new_company;
pub(crate) mod places;
pub(crate) mod plans;
pub(crate) mod protection;
pub(crate) mod questions;
pub(crate) mod restore;
pub(crate) mod review;
pub(crate) mod settings;
pub(crate) mod templates;
pub(crate) mod verdicts;
pub(crate) mod window;

use snapback_wire::WireError;

type Answer<T> = Result<T, WireError>;
/// The answer of a command that waits for nothing.
type AnswerAtOnce<T> = Result<T, Box<WireError>>;
