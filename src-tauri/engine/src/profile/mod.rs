//! How an application's schema is to be read: profiles as text, the built-in ones, and what a person
//! reads instead of names of tables and columns.
//!
//! A profile is data. It is checked against itself when it is read ([`parse`]) and against the
//! schema that it meets ([`check`]); names that the schema lacks are notices and not failures,
//! since a database may be of another version of the application.

mod built_in;
mod check;
mod consistency;
mod labels;
mod propose;
mod text;
mod words;

pub use built_in::{built_in, built_in_names};
pub use check::check;
pub use labels::{area_title, column_label, naming_columns, table_label};
pub use propose::{
    Evidence, Proposal, Reason, SecretShape, Tenant, Topic, propose, sampled_columns, secret_shape,
    tenant,
};
pub use text::{parse, to_toml};
