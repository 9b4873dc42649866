//! What may be written to start a company, and of templates.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use snapback_host as host;

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
