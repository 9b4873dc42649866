//! What may be written about backups that are made by themselves, and how they are kept, proven, copied and encrypted.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OneArchive;

#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    /// Adds a schedule for a company, or for all of the database, later ones included
    Add(AddSchedule),
    /// Lists the schedules of the library
    List,
    /// Takes a schedule away; its backups stay as long as they were to be kept
    Remove {
        /// Its number
        number: u32,
    },
    /// Lets the system run what is due every quarter of an hour, by a timer of systemd for this person
    Install,
    /// Takes that timer away again
    Uninstall,
}

#[derive(Debug, Args)]
pub(crate) struct AddSchedule {
    /// The company: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME", required_unless_present = "all")]
    pub(crate) company: Option<String>,
    /// Every company of the database, those that come later too
    #[arg(long, conflicts_with = "company")]
    pub(crate) all: bool,
    /// How often: 6h, daily@02:00 or sunday@03:00
    #[arg(long, value_name = "RHYTHM", required_unless_present = "usual")]
    pub(crate) every: Option<String>,
    /// Days after which its backups go: 30d
    #[arg(long, value_name = "DAYS", value_parser = days, default_value = "30d")]
    pub(crate) keep: u32,
    /// The usual three: every 6 hours kept for 7 days, daily at 02:00 for 30, Sundays at 03:00 for 90
    #[arg(long, conflicts_with_all = ["every", "keep"])]
    pub(crate) usual: bool,
    /// The zone of times of day, such as Europe/Berlin; this computer's where nothing is said
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// With the uploaded files; --storage says where they are, whenever it runs
    #[arg(long)]
    pub(crate) files: bool,
    /// Makes no backups: hands the rows over as a ZIP of CSV files in this folder
    #[arg(long, value_name = "DIR", conflicts_with = "usual")]
    pub(crate) csv: Option<PathBuf>,
    /// Hands only this area over, such as area:sales; given again, all of them
    #[arg(long, value_name = "area:NAME", requires = "csv")]
    pub(crate) only: Vec<String>,
}

fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    match number.parse() {
        Ok(days @ 1..=36_525) => Ok(days),
        _ => Err("days are written as 30d, 1d to 36525d".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The archive; without one, the newest backup of each company
    #[arg(value_name = "ARCHIVE", conflicts_with = "company")]
    pub(crate) archive: Option<String>,
    /// The newest backup of this company: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Says what becomes of each backup and why, and removes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Place {
    /// Adds a place: run-due copies every backup there, and reads it back
    Add {
        /// /mnt/other-disk/backups, sftp://USER@HOST/FOLDER by the system's SSH, or s3://BUCKET/FOLDER?endpoint=URL&region=NAME with keys in
        /// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which the keychain keeps from then on
        address: String,
    },
    /// Lists the places, with what is not there yet
    List {
        /// Lists the archives that are at this place
        #[arg(long, value_name = "NUMBER")]
        there: Option<u32>,
    },
    /// Copies now what is not there yet
    Sync,
    /// Brings an archive from a place into the library, as a verified copy
    Fetch {
        /// The place's number
        number: u32,
        /// The archive's file name there
        file: String,
    },
    /// Takes a place away; what is there stays
    Remove {
        /// Its number
        number: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Makes a key, kept in this computer's keychain; from then on new backups are encrypted
    New {
        /// Also writes the recovery sheet to this file: a page where it ends in .html
        #[arg(long, value_name = "FILE")]
        sheet: Option<PathBuf>,
    },
    /// Shows which keys the library has, whether they are at hand, and when their sheets were proven
    Show,
    /// Writes the recovery sheet: the key, to be printed or saved where the backups are not
    Sheet {
        /// The file to write: a page where it ends in .html, otherwise text that age reads as it is
        file: PathBuf,
    },
    /// Takes a key in from its recovery sheet, on another computer or after this one's keychain was lost
    Add {
        /// The recovery sheet, or a key file of age's
        file: PathBuf,
    },
    /// Proves that a recovery sheet opens an archive: reads every byte of it with that key alone
    Drill {
        #[command(flatten)]
        archive: OneArchive,
        /// The recovery sheet; without it, the key is asked for
        #[arg(long, value_name = "FILE")]
        sheet: Option<PathBuf>,
    },
    /// Encrypts new backups no more; those that are encrypted stay so
    Off,
}
