//! What may be written to make backups, list them and hand them on.

use std::path::PathBuf;

use clap::Args;

use super::{OneArchive, OneCompany};

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
