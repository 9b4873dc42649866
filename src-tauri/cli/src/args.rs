//! What may be written on the command line.

mod safety;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use snapback_demo::App;
use snapback_host as host;

pub(crate) use safety::{Alert, Audit, CheckUpgrade};

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

#[derive(Debug, Args)]
pub(crate) struct Contents {
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// Lists every table, and not the areas alone
    #[arg(long)]
    pub(crate) details: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// What to call the backup
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// Where to put it, in place of the library
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Leaves rows out that must refer to rows of another company, with what depends on them
    #[arg(long)]
    pub(crate) skip_corrupted: bool,
    /// With the uploaded files; --storage says where they are
    #[arg(long)]
    pub(crate) files: bool,
    /// Does not encrypt it, where the library has a key
    #[arg(long)]
    pub(crate) no_encrypt: bool,
    /// Locks it with a passphrase in place of the library's key, for somebody else: asked for, or in
    /// SNAPBACK_PASSPHRASE
    #[arg(long, requires = "out", conflicts_with = "no_encrypt")]
    pub(crate) passphrase: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of one company: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) archive: OneArchive,
    /// The company in the database, by id or exact name: says whether the archive could be put back today
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
    /// Lists every table, and not the areas alone
    #[arg(long)]
    pub(crate) details: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rows {
    #[command(flatten)]
    pub(crate) archive: OneArchive,
    /// The table, such as public.customer or customer; without it, the tables are listed
    pub(crate) table: Option<String>,
    /// Only rows in which the column has exactly this value, or with COLUMN~TEXT this text inside; there are also
    /// COLUMN!=VALUE, COLUMN>=VALUE, COLUMN<=VALUE, "COLUMN is empty" and "COLUMN is not empty"; given again, all
    /// must hold
    #[arg(long = "where", value_name = "COLUMN=VALUE", requires = "table")]
    pub(crate) filters: Vec<String>,
    /// In the order of this column's values; with COLUMN:desc, the largest first
    #[arg(long, value_name = "COLUMN", requires = "table")]
    pub(crate) sort: Option<String>,
    /// The most rows
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    pub(crate) limit: u64,
    /// How many rows are passed over first
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    pub(crate) offset: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) archive: OneArchive,
    /// The text, whatever the case of its letters
    pub(crate) text: String,
    /// The most places that are listed; all are counted
    #[arg(long, value_name = "PLACES", default_value_t = 50)]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Carbon's archive: NAME.carbon.tar.gz, or the older NAME.carbon.json.gz. A database of the
    /// application must be named: it says what types the columns have, and nothing in it changes
    #[arg(value_name = "FILE")]
    pub(crate) archive: PathBuf,
    /// Where to put ours, in place of the library
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The ZIP file to write; a file that is there already is left as it is
    #[arg(long, value_name = "OUT.zip", required_unless_present_any = ["xlsx", "carbon"])]
    pub(crate) csv: Option<PathBuf>,
    /// The workbook to write instead, with a sheet for each table; texts in it are safe from running as
    /// formulas
    #[arg(long, value_name = "OUT.xlsx", conflicts_with_all = ["csv", "bom", "files", "safe_cells"])]
    pub(crate) xlsx: Option<PathBuf>,
    /// The archive to write instead, as Carbon's own backups are; what that form cannot hold is listed
    #[arg(long, value_name = "OUT.carbon.tar.gz", conflicts_with_all = ["csv", "xlsx", "only", "bom", "files", "safe_cells"])]
    pub(crate) carbon: Option<PathBuf>,
    /// The archive whose rows are exported: a path, a file name in the library, place:NUMBER/FILE, or the beginning of
    /// its id
    #[arg(long, value_name = "ARCHIVE", conflicts_with = "company")]
    pub(crate) from: Option<String>,
    /// The company whose rows are exported as they are now: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
    /// Only this area, such as area:sales; given again, all of them
    #[arg(long, value_name = "area:NAME")]
    pub(crate) only: Vec<String>,
    /// Begins each file with a byte order mark, which some spreadsheets need to read UTF-8
    #[arg(long)]
    pub(crate) bom: bool,
    /// Puts an apostrophe before texts that a spreadsheet would run as formulas
    #[arg(long)]
    pub(crate) safe_cells: bool,
    /// The uploaded files too, by names that people can read
    #[arg(long)]
    pub(crate) files: bool,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The table, such as public.customer or customer
    pub(crate) table: String,
    /// The row's key; the values of several columns with commas between, the company's left out
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) company: OneCompany,
}

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

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Details {
    /// Lists the rows that differ, with old and new values
    #[arg(long)]
    pub(crate) details: bool,
    /// The most rows that are listed of one table
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Where to start: an archive, or `live`
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Where it leads: an archive, or `live`
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// The company whose live rows are meant: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
    #[command(flatten)]
    pub(crate) details: Details,
    /// Writes all rows that differ, with old and new values, as one HTML page that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The same as CSV, a line for each value
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Puts an apostrophe before texts in the CSV that a spreadsheet would run as formulas
    #[arg(long, requires = "csv")]
    pub(crate) safe_cells: bool,
}

impl Diff {
    /// Whether rows are shown, and not counts alone.
    pub(crate) fn shows_rows(&self) -> bool {
        self.details.details || self.html.is_some() || self.csv.is_some()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The archive: a path, a file name in the library, the beginning of its id, or place:NUMBER/FILE
    #[arg(required_unless_present = "at")]
    pub(crate) archive: Option<String>,
    /// In its place, the newest backup of the company that is not younger than this: 2026-05-04 15:00 by this
    /// computer's clock, or 2026-05-04T15:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "archive")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) details: Details,
    /// Holds writers of the company's tables off from the start: for companies that never stand still
    #[arg(long)]
    pub(crate) hold_writers: bool,
    /// With the uploaded files; --storage says where they are
    #[arg(long, conflicts_with = "only")]
    pub(crate) files: bool,
    /// Signs out everybody who belongs to this company alone, once it is restored; where the profile says
    /// where sessions are
    #[arg(long, conflicts_with = "only")]
    pub(crate) sign_out: bool,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// Some rows of an archive in place of all.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Takes back only this row, with the rows that it refers to and that are gone; or this area with
    /// area:sales. Given again, all of them
    #[arg(long, value_name = "TABLE:KEY")]
    pub(crate) only: Vec<String>,
    /// With the rows that refer to those, and the rows that refer to these: so many times, or until
    /// there are no more
    #[arg(long, value_name = "LEVELS", num_args = 0..=1, require_equals = true, default_missing_value = ALL_LEVELS, requires = "only")]
    pub(crate) with_children: Option<u32>,
    /// Whose values rows have that are there with others; where nothing is said, the named rows the
    /// backup's and the others today's
    #[arg(long, value_name = "WHOSE", requires = "only")]
    pub(crate) conflicts: Option<Conflicts>,
    /// Of rows of this table that are there, takes only this field, such as salesOrder.customerId; given
    /// again, all of them
    #[arg(long = "field", value_name = "TABLE.COLUMN", requires = "only")]
    pub(crate) fields: Vec<String>,
    /// Leaves this value as it is today where the row is there, such as customer:ID.name; given again,
    /// all of them
    #[arg(long, value_name = "TABLE:KEY.COLUMN", requires = "only")]
    pub(crate) keep: Vec<String>,
}

/// As many levels as there are.
const ALL_LEVELS: &str = "4294967295";

/// Whose values win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Conflicts {
    /// Today's: only rows that are gone come back
    Mine,
    /// The backup's
    Backup,
}

/// What a new company is made from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct NewSource {
    /// The backup that it is made from: a path, a file name in the library, the beginning of its id, or place:NUMBER/FILE
    #[arg(long, value_name = "ARCHIVE")]
    pub(crate) from: Option<String>,
    /// The template that it is made from; `snapback template list` shows those that there are
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,
    /// It begins with nothing but what its owner needs to enter it
    #[arg(long)]
    pub(crate) blank: bool,
}

/// Where templates lie beside those that come with Snapback.
#[derive(Debug, Args)]
pub(crate) struct Templates {
    /// The folder of templates, on this computer or mounted
    #[arg(long, value_name = "DIR", env = host::TEMPLATES, hide_env_values = true)]
    pub(crate) templates: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Template {
    /// Saves a backup, or a company as it is, as a template, with the addresses of outside parties replaced
    Save(SaveTemplate),
    /// Lists the templates that there are
    List(Templates),
}

#[derive(Debug, Args)]
pub(crate) struct SaveTemplate {
    /// The backup: a path, a file name in the library, the beginning of its id, or place:NUMBER/FILE
    #[arg(value_name = "ARCHIVE", required_unless_present = "company")]
    pub(crate) archive: Option<String>,
    /// A company as it is now: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME", conflicts_with = "archive")]
    pub(crate) company: Option<String>,
    /// What the template is called
    #[arg(long)]
    pub(crate) name: String,
    /// For which industry it is
    #[arg(long)]
    pub(crate) industry: Option<String>,
    /// What a company that is started from it has
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A picture of it: PNG, JPEG, GIF or WebP, at most 256 kB
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    /// The day that counts as today in its rows, such as 2026-10-30; that of the backup where none is
    /// named. A company that is started later has every date as many days later
    #[arg(long, value_name = "DAY")]
    pub(crate) today: Option<jiff::civil::Date>,
    #[command(flatten)]
    pub(crate) templates: Templates,
}

/// What a new company is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Purpose {
    /// To work in
    Production,
    /// To be shown to others
    Demo,
    /// To try things out
    Test,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    #[command(flatten)]
    pub(crate) source: NewSource,
    /// With --blank: the code of its currency, where it is not the usual one
    #[arg(long, value_name = "CODE", requires = "blank")]
    pub(crate) currency: Option<String>,
    #[command(flatten)]
    pub(crate) templates: Templates,
    /// What the new company is called
    #[arg(long)]
    pub(crate) name: String,
    /// Whose it is: the e-mail address of a user of the application, who alone may enter it; whoever is
    /// acted for with --as where nobody is named
    #[arg(long, value_name = "EMAIL")]
    pub(crate) owner: Option<String>,
    /// Puts it into a group that is there and leaves that as it is, in place of one of its own: the
    /// group's id or name, or that of a company in it
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) into_group: Option<String>,
    /// Keeps the ids of all rows, where they are free: for a company that moves to another database
    #[arg(long)]
    pub(crate) keep_ids: bool,
    /// With --from: what it is for; one for demos or tests is a safe copy
    #[arg(
        long,
        value_name = "PURPOSE",
        requires = "from",
        default_value = "production",
        hide_default_value = true
    )]
    pub(crate) kind: Purpose,
    /// Replaces e-mail addresses, telephone numbers, web sites and bank accounts of outside parties, and
    /// switches off what would reach them: for practice and tests
    #[arg(long)]
    pub(crate) safe_copy: bool,
    /// Leaves addresses as they are and everything on, also in one for demos or tests
    #[arg(long, conflicts_with = "safe_copy")]
    pub(crate) no_safe_copy: bool,
    /// In a safe copy: replaces the names of outside parties too, by made-up ones
    #[arg(long, conflicts_with = "no_safe_copy")]
    pub(crate) mask_names: bool,
    /// With --from: copies the backup's uploaded files too, to where the new company's lie; of a safe copy
    /// those alone that tell of nobody
    #[arg(long, requires = "from")]
    pub(crate) files: bool,
    /// With --from: makes somebody for each person of the backup who is not here, with that name and an address that
    /// reaches nobody, in place of the owner
    #[arg(long, requires = "from")]
    pub(crate) placeholders: bool,
    /// Shows what would be made, and makes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Lists every table, and not the areas alone
    #[arg(long)]
    pub(crate) details: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Revert {
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// The safety snapshot, where the restore ran on another computer
    #[arg(long, value_name = "FILE")]
    pub(crate) safety: Option<PathBuf>,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) details: Details,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// Cleans what can be cleaned, after it was shown and confirmed; it can be kept or reverted
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: shows what cleaning would change, and changes nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) details: Details,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Demo {
    /// Starts it, making it first where there is none
    Up(Making),
    /// Stops it; its data stays
    Down,
    /// Says whether it is up
    Status,
    /// Breaks the first company's data
    Damage(Damage),
    /// Makes it anew
    Reset(Making),
    /// Prints its URL, password included, for psql and other programs
    Url(Application),
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Application {
    /// Which application; without it Carbon, or the only one that was made
    #[arg(long, value_name = "NAME", value_parser = apps())]
    pub(crate) app: Option<App>,
}

fn apps() -> impl TypedValueParser<Value = App> {
    PossibleValuesParser::new(App::ALL.map(App::name)).try_map(|name| name.parse::<App>())
}

#[derive(Debug, Args)]
pub(crate) struct Damage {
    /// What happens; friday is all of it
    #[arg(default_value = "friday", value_parser = damages())]
    pub(crate) kind: String,
    #[command(flatten)]
    pub(crate) application: Application,
}

fn damages() -> PossibleValuesParser {
    PossibleValuesParser::new(snapback_demo::Damage::ALL.map(|damage| damage.name()))
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Making {
    #[command(flatten)]
    pub(crate) application: Application,
    /// How much data: 1 is about 40,000 rows of Carbon, or 13,000 of StockFlow
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) scale: f64,
}
