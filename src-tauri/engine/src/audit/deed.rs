use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::company::Actor;

/// The most letters of a text that is noted.
const LONGEST: usize = 300;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// What is noted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $variant,)* }

        impl Action {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// How the trail calls it.
            #[must_use]
            pub fn word(self) -> &'static str { match self { $(Self::$variant => $word,)* } }
        }
    };
}

actions! {
    /// A backup was made.
    Create = "create";
    /// A backup was copied out of the library.
    SaveCopy = "save copy";
    /// A backup came into the library from elsewhere.
    Add = "add";
    /// Rows of a backup or of a comparison were looked at.
    Inspect = "inspect";
    /// Rows were handed over as files.
    Export = "export";
    /// An archive of another form was taken over.
    Import = "import";
    /// A company was put back.
    Restore = "restore";
    /// Some rows of a company were put back.
    RestoreRows = "restore rows";
    /// Broken rows of a company were cleaned.
    Clean = "clean";
    /// What was restored was kept.
    Keep = "keep";
    /// A restore was taken back.
    Revert = "revert";
    /// A backup was deleted, by a person or when its time was over.
    Delete = "delete";
    /// A company was made from the backup of another one.
    New = "new";
    /// A schedule came, went or was switched; also what else backups are made, kept and told of by.
    Schedule = "schedule";
    /// A second place came or went.
    Place = "place";
    /// A key of archives came, went or was written down.
    Key = "key";
    /// What Snapback keeps in the database was removed.
    Uninstall = "uninstall";
}

impl Action {
    /// Whether the engine notes it in the database itself, in the transaction that does it.
    fn is_noted_where_it_is_done(self) -> bool {
        match self {
            Self::Restore
            | Self::RestoreRows
            | Self::Clean
            | Self::Keep
            | Self::Revert
            | Self::New => true,
            Self::Create
            | Self::SaveCopy
            | Self::Add
            | Self::Inspect
            | Self::Export
            | Self::Import
            | Self::Delete
            | Self::Schedule
            | Self::Place
            | Self::Key
            | Self::Uninstall => false,
        }
    }
}

/// Something that was done or tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What, as [`Action::word`] says.
    pub action: String,
    /// What of it, such as `add` for a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// `done`, `done with problems`, or the code of the error.
    pub result: String,
    /// User of the operating system.
    pub os_user: String,
    /// The computer.
    pub host: String,
    /// The application's user on whose behalf, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_user: Option<String>,
    /// The program and its version.
    pub program: String,
    /// The database, without user and password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The role in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The company's id, or what it was called by whoever asked for one that there is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The company's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// The archive's file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
}

impl Deed {
    /// What word stands for an end that was as asked.
    pub const DONE: &'static str = "done";
    /// What word stands for an end with problems that were listed.
    pub const WITH_PROBLEMS: &'static str = "done with problems";

    /// A deed of that person with that program, which was done.
    #[must_use]
    pub fn of(actor: &Actor, program: &str, action: Action) -> Self {
        Self {
            action: action.word().to_owned(),
            detail: None,
            result: Self::DONE.to_owned(),
            os_user: actor.os_user.clone(),
            host: actor.host.clone(),
            app_user: actor.app_user.clone(),
            program: program.to_owned(),
            database: None,
            role: None,
            company: None,
            company_name: None,
            archive: None,
        }
    }

    /// Whether the engine has noted it in the database by itself.
    #[must_use]
    pub fn is_noted_where_it_is_done(&self) -> bool {
        let mut known = Action::ALL.iter();
        let action = known.find(|action| action.word() == self.action);
        self.is_done() && action.is_some_and(|action| action.is_noted_where_it_is_done())
    }

    /// Whether it came to what was asked for.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.result == Self::DONE || self.result == Self::WITH_PROBLEMS
    }

    /// The same with every text bounded, and without what may be a connection string that somebody gave for
    /// a name.
    pub(super) fn bounded(mut self) -> Self {
        let bound = |text: &mut String| {
            if text.contains("://") {
                *text = "(left out)".to_owned();
            }
            if let Some((end, _)) = text.char_indices().nth(LONGEST) {
                text.truncate(end);
            }
        };
        let Self {
            action,
            detail,
            result,
            os_user,
            host,
            app_user,
            program,
            database,
            role,
            company,
            company_name,
            archive,
        } = &mut self;
        [action, result, os_user, host, program]
            .into_iter()
            .for_each(bound);
        [
            detail,
            app_user,
            database,
            role,
            company,
            company_name,
            archive,
        ]
        .into_iter()
        .flatten()
        .for_each(bound);
        self
    }
}

/// A line of a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When, by this computer's clock.
    pub at: Timestamp,
    /// The trail that it belongs to.
    pub trail: Uuid,
    /// What was done.
    #[serde(flatten)]
    pub deed: Deed,
    /// The hash of the line before; of the first line, nothing.
    pub previous: String,
}
