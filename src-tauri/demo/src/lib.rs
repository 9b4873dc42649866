//! The demo database of Snapback: a real PostgreSQL server in a folder of ours, with a
//! Carbon-shaped schema and believable companies inside.
//!
//! Three users call it: the command line and the app (`snapback demo ...`) and the tests. The
//! crate reads no environment variable and no clock, and prints nothing; folders, passwords'
//! places and the server's binaries are given by the caller.
//!
//! - [`server`] runs PostgreSQL: [`DemoServer`] stays up between commands, [`EphemeralServer`]
//!   is a throw-away copy for one test process.

pub mod carbon;
pub mod connection;
pub mod error;
pub mod server;

pub use connection::Connection;
pub use error::Error;
pub use server::{Binaries, DemoServer, Durability, EphemeralServer, ServerOptions, ServerStatus};

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
