//! The border to Postgres: connections with pinned settings, snapshots, COPY, quoting, rights.
//!
//! SQL text is static text and names quoted by [`Ident`] and [`Qualified`]; values are bound or
//! COPY-encoded, never written into it. Errors of the server are mapped here, by SQLSTATE, because
//! its messages hold row values.

#![deny(clippy::indexing_slicing)]

mod arrays;
mod copy;
mod exported;
mod failure;
#[cfg(target_os = "linux")]
mod nodelay;
mod password;
mod pins;
mod pooler;
mod quote;
mod rights;
mod script;
mod session;
mod settings;

pub(crate) use arrays::name_columns;
pub use arrays::{TextColumns, count_by_arrays, fetch_text_arrays, run_by_arrays};
pub use copy::{CopyIn, CopyOut};
pub(crate) use exported::begin_exported;
pub use exported::{ExportedSnapshot, SnapshotId, SnapshotReader};
pub use failure::{failed, may_succeed_when_retried};
pub use password::Password;
pub use quote::{Ident, Literal, Qualified};
pub use rights::{RestorePath, Rights, TableRights, may_write};
pub use script::statements;
pub use session::Session;
pub use settings::{Settings, Tls};
