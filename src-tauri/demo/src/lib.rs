//! The demo database of Snapback: a real PostgreSQL server in a folder of ours, with the schemas of two
//! applications, one of them shaped like Carbon, and believable companies inside.
//!
//! Three users call it: the command line and the app (`snapback demo ...`) and the tests. The
//! crate reads no environment variable and no clock, and prints nothing; folders and the
//! server's binaries are given by the caller.
//!
//! - [`Demo`] is the whole: up, down, status, damage, reset;
//! - [`server`] runs PostgreSQL: [`DemoServer`] stays up between commands, [`EphemeralServer`]
//!   is a throw-away copy for one test process;
//! - [`image()`] is a loaded cluster for such copies;
//! - [`App`] is an application; [`carbon`] is the shape of the usual one, [`data`] its content;
//! - [`damage`] is what goes wrong.

pub mod access;
pub mod app;
pub mod carbon;
pub mod connection;
pub mod damage;
pub mod data;
pub mod demo;
pub mod error;
pub mod image;
pub mod server;
mod stockflow;
pub mod templates;

pub use access::{DemoDatabase, Role};
pub use app::App;
pub use connection::Connection;
pub use damage::Damage;
pub use data::{COMPANIES, DemoCompany, Industry, Spec};
pub use demo::{CompanyStatus, Demo, DemoStatus, storage_folder};
pub use error::Error;
pub use image::image;
pub use server::{Binaries, DemoServer, Durability, EphemeralServer, ServerOptions, ServerStatus};
pub use templates::TEMPLATES;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
