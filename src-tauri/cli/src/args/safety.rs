//! What may be written for being safe without being asked.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Lists who did what, when and how it ended, the newest first
    List {
        /// Only what is about this company: its id or exact name
        #[arg(long, value_name = "ID-OR-NAME")]
        company: Option<String>,
        /// The most lines
        #[arg(long, value_name = "LINES", default_value_t = 50)]
        limit: u64,
        /// What the database has of every computer, in place of this computer's own trail
        #[arg(long)]
        shared: bool,
    },
    /// Looks whether this computer's trail is as it was written: no line edited, taken out or cut off
    Verify,
    /// Writes this computer's trail as CSV
    Export {
        /// The file to write; a file that is there already is left as it is
        #[arg(long, value_name = "OUT.csv")]
        csv: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// Tells somebody from now on: once when something begins to be wrong, and once when it is over
    Add {
        /// smtps://USER@SERVER?from=ADDRESS&to=ADDRESS,ADDRESS by mail, smtp://… with STARTTLS, the
        /// password in SNAPBACK_SMTP_PASSWORD or typed; https://… posts a JSON document there;
        /// ping+https://… is asked after every run while all is well, and below it fail while not, so
        /// that whoever watches it is told, too, when nothing runs any more
        address: String,
    },
    /// Lists where alerts go
    List,
    /// Sends a test
    Test {
        /// The channel's number; without it, to all
        number: Option<u32>,
    },
    /// Takes a channel away
    Remove {
        /// Its number
        number: u32,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CheckUpgrade {
    /// A dump of the next version's schema (pg_dump --schema-only), which is loaded into a server of our own; without
    /// it, the database that is named is of that version
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// Only backups of this company: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
    /// Every backup, and not the newest of each company alone
    #[arg(long)]
    pub(crate) all: bool,
}
