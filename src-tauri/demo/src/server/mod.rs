//! PostgreSQL as a program of ours: on loopback, behind a password, in a folder of ours, never
//! as root.

mod binaries;
mod cluster;
mod demo;
mod ephemeral;
mod launcher;
mod orphan;

pub use binaries::Binaries;
pub use cluster::{Durability, ServerOptions, initialise};
pub use demo::{DemoServer, ServerStatus};
pub use ephemeral::EphemeralServer;

/// The role that owns the cluster and may do everything in it.
pub const SUPERUSER: &str = "postgres";
