//! What may be written on the command line.

mod backups;
mod demo;
mod keeping;
mod looking;
mod restoring;
mod safety;
mod starting;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use snapback_host as host;

pub(crate) use backups::{Contents, Create, Export, Import, List, Show};
pub(crate) use demo::{Damage, Demo, Making};
pub(crate) use keeping::{AddSchedule, Key, Place, Prove, Prune, Schedule};
pub(crate) use looking::{Details, Diff, History, Rows, Search};
pub(crate) use restoring::{Conflicts, Doctor, Restore, Revert, Selection};
pub(crate) use safety::{Alert, Audit, CheckUpgrade};
pub(crate) use starting::{New, Purpose, SaveTemplate, Template, Templates};

/// Backs up one company of an application whose companies share one Postgres database, and puts it
/// back as a difference that can be kept or reverted.
#[derive(Debug, Parser)]
#[command(name = "snapback", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    done (also: differences were found)
  1    failed, nothing changed
  2    wrong usage
  3    done, with problems listed
  4    outcome unknown: the connection died at the commit; `snapback review` tells
  10   no such company, archive or database
  11   locked, or a review is open
  12   not allowed
  20   the archive is damaged or incomplete
  21   refused: something would be lost, or it cannot be restored
  130  cancelled";

#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The database, as postgres://user:password@host:5432/database; the demo if it is up and
    /// nothing is named
    #[arg(long, global = true, value_name = "URL", env = host::DATABASE_URL, hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// A connection that was saved in the app, by its name; comes before --database
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// On behalf of which of the application's users: only companies whose settings that user may
    /// see, and no more with them than that user may (look, make backups, or everything); written into
    /// backups, reviews and the audit
    #[arg(long = "as", global = true, value_name = "EMAIL")]
    pub(crate) acting_as: Option<String>,
    /// The folder of archives
    #[arg(long, global = true, value_name = "DIR", env = host::LIBRARY, hide_env_values = true)]
    pub(crate) library: Option<PathBuf>,
    /// Where the application's uploaded files are: file:///folder, or
    /// s3://?endpoint=URL&region=NAME with keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    #[arg(long, global = true, value_name = "URL", env = host::STORAGE, hide_env_values = true)]
    pub(crate) storage: Option<String>,
    /// How the application's schema is to be read: the name of a profile that comes with Snapback,
    /// or a file; carbon where nothing is named, and on the demo its own
    #[arg(long, global = true, value_name = "FILE-OR-NAME")]
    pub(crate) profile: Option<String>,
    /// Prints one JSON document on stdout, errors included
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How progress is shown on stderr
    #[arg(long, global = true, value_name = "HOW", default_value = "auto")]
    pub(crate) progress: ProgressMode,
    /// Goes ahead without asking, also where something is lost
    #[arg(long, global = true)]
    pub(crate) yes: bool,
}

/// How progress is shown on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// One line that is written over, where stderr is a terminal
    Auto,
    /// JSON lines
    Json,
    /// Not at all
    None,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Says what the connection may do, and what is found in the storage of uploaded files
    Test,
    /// Lists the companies of the database
    Companies,
    /// Shows what a backup of a company would hold
    Contents(Contents),
    /// Backs up a company; the last line on stdout is the archive's path
    Create(Create),
    /// Lists the archives on this computer
    List(List),
    /// Shows what an archive says about itself
    Show(Show),
    /// Reads every byte of an archive and checks it against its manifest
    Verify(OneArchive),
    /// Deletes an archive
    Delete(OneArchive),
    /// Shows rows of an archive, without a database
    Rows(Rows),
    /// Looks for a text in every field of an archive, without a database
    Search(Search),
    /// Follows one row through all backups of a company: when it came, each version, when it went
    History(History),
    /// Hands rows over as CSV files in a ZIP, with what each file and column is, or as Carbon's archive
    Export(Export),
    /// Makes an archive of ours from one of Carbon's own, and says what of it is lost; the last line on
    /// stdout is the archive's path
    Import(Import),
    /// Backups that are made by themselves
    #[command(subcommand)]
    Schedule(Schedule),
    /// Makes the backups that are due, and removes those whose time is over; for timers
    RunDue,
    /// Proves backups: restores them into a database of our own and checks all of it
    Prove(Prove),
    /// Says whether backups still load into the next version of the application
    CheckUpgrade(CheckUpgrade),
    /// Removes backups that schedules made and whose time is over
    Prune(Prune),
    /// Keeps a backup for ever, whatever its schedule says
    Pin(OneArchive),
    /// Takes a pin away again
    Unpin(OneArchive),
    /// Shows how well each company is protected, without a database
    Status,
    /// Who is told when a backup fails, is late or could not be restored
    #[command(subcommand)]
    Alert(Alert),
    /// Who did what: this computer's audit trail
    #[command(subcommand)]
    Audit(Audit),
    /// The key that backups are encrypted for
    #[command(subcommand)]
    Key(Key),
    /// A second place for every backup: a folder on another disk or computer, or a bucket
    #[command(subcommand)]
    Place(Place),
    /// Compares two archives, or an archive with the live company
    Diff(Diff),
    /// Puts a company back to what an archive holds
    Restore(Restore),
    /// Makes a new company: from a backup, from a template, or with nothing
    New(New),
    /// Templates: backups that are meant to start companies
    #[command(subcommand)]
    Template(Template),
    /// Shows restores that wait for Keep or Revert
    Review(MaybeCompany),
    /// Keeps what was restored
    Keep(OneCompany),
    /// Takes a restore back
    Revert(Revert),
    /// Looks for rows of a company that refer to another company's or to nothing, and cleans them
    Doctor(Doctor),
    /// Shows how the application's schema is read, or proposes it
    #[command(subcommand)]
    Profile(Profile),
    /// A PostgreSQL server of its own with made-up companies to try everything on
    #[command(subcommand)]
    Demo(Demo),
    /// Shows the main job on the demo, command by command
    Tour,
    /// Removes what Snapback keeps in the database: the schema snapback
    Uninstall,
    /// Prints completions for a shell
    #[command(hide = true)]
    Completions {
        /// Which
        shell: Shell,
    },
    /// Prints the manual page
    #[command(hide = true)]
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct OneCompany {
    /// The company: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: String,
}

#[derive(Debug, Args)]
pub(crate) struct MaybeCompany {
    /// The company: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct OneArchive {
    /// The archive: a path, a file name in the library, the beginning of its id, or place:NUMBER/FILE
    pub(crate) archive: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Prints the profile as TOML
    Show,
    /// Proposes a profile for an application that none is known for, from its catalog, as TOML with
    /// the reasons as comments: to be read, corrected and used with --profile
    Propose(Propose),
}

#[derive(Debug, Args)]
pub(crate) struct Propose {
    /// Where to put it, in place of stdout; a file that is there already is left as it is
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
