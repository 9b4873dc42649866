//! What the tests share: databases of a real PostgreSQL server, and fingerprints that say whether
//! rows of others changed.
//!
//! Every test process has one throw-away server, started by its first test and ended with the
//! process, and every test a database of its own on it. Everything here panics where it cannot go
//! on: a test without its database has nothing to say.

mod apps;
mod canary;
mod carbon;
mod database;
mod fingerprint;
mod long;
mod s3;
mod server;
mod ssh;
mod tls;
mod wire;

pub use snapback_demo::{COMPANIES, Damage, DemoCompany, Role};

pub use apps::{App, HELPDESK, RENTAL, STOCKFLOW};
pub use canary::{FoundTable, Reach};
pub use database::{TestDatabase, TestRole};
pub use fingerprint::Fingerprint;
pub use long::{is_long, seeds};
pub use s3::{Mood, S3Server};
pub use server::{place_demo, postgres_major, stop_demo};
pub use ssh::{HostKey, SshServer};
pub use tls::TlsServer;
pub use wire::{CutAt, Wire};
