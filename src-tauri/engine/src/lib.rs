//! Snapback's engine: takes one company out of a shared Postgres and puts it back as a difference.
//!
//! The engine prints nothing, reads no environment, asks nobody and has no clock: paths, times,
//! connection settings and decisions are passed in. Progress goes to a [`reporter::Reporter`], a
//! cancelled operation is an [`Outcome`], and every failure is an [`Error`] with a code.

pub mod alerts;
pub mod archive;
pub mod audit;
pub mod cancel;
pub mod carbon_archive;
pub mod catalog;
pub mod closure;
pub mod company;
pub mod details;
pub mod difference;
pub mod doctor;
pub mod error;
pub mod export;
pub mod files;
pub mod inspect;
pub mod library;
pub mod model;
pub mod new_company;
pub mod pg;
pub mod places;
pub mod profile;
pub mod proof;
pub mod rekey;
pub mod reporter;
pub mod restore;
pub mod rows;
pub mod schedule;
pub mod scope;
pub mod snapshot;
pub mod template;
pub mod uploads;

pub use cancel::{CancelToken, Outcome, checkpoint};
pub use error::{Code, Error, Result};
