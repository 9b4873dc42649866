//! PostgreSQL as a program of ours: on loopback, behind a password, in a folder of ours, never
//! as root.

mod binaries;
mod cluster;
mod demo;
mod ephemeral;
mod launcher;
mod orphan;

pub use binaries::Binaries;
pub(crate) use binaries::major_version;
pub use cluster::{Durability, ServerOptions, initialise, place};
pub(crate) use cluster::{create_private_dir, random_password, write_private};
pub use demo::{DemoServer, ServerStatus};
pub use ephemeral::EphemeralServer;

/// The role that owns the cluster and may do everything in it.
pub const SUPERUSER: &str = "postgres";
