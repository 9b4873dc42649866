//! The one error of the engine.
//!
//! House rules: a code exists only where a program or a person does something different; the
//! message is one sentence a person understands and never holds row values, passwords or URLs; what
//! varies goes into the keyed context; advice goes into the hint. Errors of libraries are mapped at
//! the border (`pg`, `archive`, `library`) and never formatted into a message, since Postgres puts
//! row values into its own.

use std::collections::BTreeMap;
use std::fmt;

/// Result with the engine's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $exit:literal, $retry:literal;)*) => {
        /// What went wrong, as far as somebody acts on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word of this code on the wire.
            #[must_use]
            pub fn word(self) -> &'static str { match self { $(Self::$variant => $word,)* } }

            /// The exit code of the command line (design: "Exit codes").
            #[must_use]
            pub fn exit_code(self) -> u8 { match self { $(Self::$variant => $exit,)* } }

            /// Whether the same call may succeed when it is simply made again later.
            #[must_use]
            pub fn is_retryable(self) -> bool { match self { $(Self::$variant => $retry,)* } }
        }
    };
}

codes! {
    /// The server cannot be reached.
    ConnectFailed = "connect_failed", 1, true;
    /// The server refuses the user or the password.
    WrongPassword = "wrong_password", 12, false;
    /// TLS could not be set up, or would have been needed and was not asked for.
    TlsFailed = "tls_failed", 1, false;
    /// The connection string cannot be read.
    InvalidConnection = "invalid_connection", 2, false;
    /// The database does not exist on that server.
    NoSuchDatabase = "no_such_database", 10, false;
    /// The connection goes through a pooler that hands every transaction to another session.
    TransactionPooler = "transaction_pooler", 1, false;
    /// The server's version is not one of 14 to 18.
    UnsupportedServer = "unsupported_server", 1, false;
    /// The connection died while something was under way; nothing was committed.
    ConnectionLost = "connection_lost", 1, true;
    /// The connection died at the commit; whether it holds is not known until the server tells.
    OutcomeUnknown = "outcome_unknown", 4, true;
    /// The role lacks a right that the operation needs.
    MissingRight = "missing_right", 12, false;
    /// The connection is one that may only read.
    ConnectionReadOnly = "connection_read_only", 12, false;
    /// The password is not at hand: the keychain has none or does not open.
    PasswordNeeded = "password_needed", 12, false;
    /// No saved connection of that name.
    NoSuchConnection = "no_such_connection", 10, false;
    /// The SSH server is not the one that is known, or not known yet.
    UnknownHostKey = "unknown_host_key", 12, false;
    /// The SSH tunnel cannot be opened.
    TunnelFailed = "tunnel_failed", 1, true;
    /// The application has no user of that e-mail address.
    NoSuchUser = "no_such_user", 10, false;
    /// The application's user may not manage the settings of that company.
    UserMayNot = "user_may_not", 12, false;
    /// Row security would hide rows from this role.
    HiddenRows = "hidden_rows", 12, false;
    /// A statement failed in a way that no other code describes.
    DatabaseFailed = "database_failed", 1, false;
    /// The server has no room left on its disk.
    ServerDiskFull = "server_disk_full", 1, true;
    /// No company of that id or exact name.
    NoSuchCompany = "no_such_company", 10, false;
    /// Several companies bear that name.
    AmbiguousCompany = "ambiguous_company", 2, false;
    /// The profile cannot be read or does not fit together.
    InvalidProfile = "invalid_profile", 2, false;
    /// The database is not the one that the profile describes.
    ProfileMismatch = "profile_mismatch", 10, false;
    /// A table is neither in the backup nor shared nor excluded with a reason.
    NotCovered = "not_covered", 21, false;
    /// Rows of the company must refer to rows of another company.
    CrossCompany = "cross_company", 21, false;
    /// A row's COPY text is larger than the limit.
    RowTooLarge = "row_too_large", 21, false;
    /// This computer has no room left on its disk.
    DiskFull = "disk_full", 1, true;
    /// A file or folder of ours cannot be read or written.
    LocalFile = "local_file", 1, false;
    /// There is no folder of uploaded files at that place.
    NoSuchStorage = "no_such_storage", 10, false;
    /// The storage of uploaded files has no such bucket.
    NoSuchBucket = "no_such_bucket", 10, false;
    /// The storage of uploaded files refuses the keys, or what is to be done with them.
    StorageRefused = "storage_refused", 12, false;
    /// The storage of uploaded files does not answer.
    StorageUnreachable = "storage_unreachable", 1, true;
    /// The storage of uploaded files has no room left.
    StorageFull = "storage_full", 1, true;
    /// The storage of uploaded files fails in a way that no other code describes.
    StorageFailed = "storage_failed", 1, false;
    /// A file of the storage was changed while it was read.
    FileChanged = "file_changed", 1, true;
    /// Files are involved and nobody has said where they are.
    StorageNeeded = "storage_needed", 2, false;
    /// The keys of a storage are neither kept nor given.
    StorageKeysNeeded = "storage_keys_needed", 12, false;
    /// The library has no schedule of that number.
    NoSuchSchedule = "no_such_schedule", 10, false;
    /// No archive of that name or path.
    NoSuchArchive = "no_such_archive", 10, false;
    /// The archive has no table of that name.
    NoSuchTable = "no_such_table", 10, false;
    /// The archive has no row of that key.
    NoSuchRow = "no_such_row", 10, false;
    /// The archive ends before its manifest: it was never finished, or was cut short.
    ArchiveIncomplete = "archive_incomplete", 20, false;
    /// A part of the archive does not have the hash that the manifest gives.
    ArchiveDamaged = "archive_damaged", 20, false;
    /// The archive was written by a newer version of the format.
    ArchiveTooNew = "archive_too_new", 20, false;
    /// A path in the archive would leave its place.
    ArchiveUnsafePath = "archive_unsafe_path", 20, false;
    /// Counts or sizes in the manifest are not those of the content.
    ArchiveMismatch = "archive_mismatch", 20, false;
    /// The archive holds only changes, and what it stands on is not there.
    BaseMissing = "base_missing", 20, false;
    /// The archive would unpack to more than it may.
    ArchiveTooLarge = "archive_too_large", 20, false;
    /// The file is not an archive of Snapback.
    NotAnArchive = "not_an_archive", 20, false;
    /// The archive may not be deleted, since a review needs it.
    ArchiveInUse = "archive_in_use", 11, false;
    /// The archive is encrypted and no key is at hand.
    KeyNeeded = "key_needed", 12, false;
    /// The archive is encrypted for another key than those at hand.
    WrongKey = "wrong_key", 12, false;
    /// What should be a key of archives is none.
    InvalidKey = "invalid_key", 2, false;
    /// The library has no second place of that number.
    NoSuchPlace = "no_such_place", 10, false;
    /// Alerts of the library go to no channel of that number.
    NoSuchChannel = "no_such_channel", 10, false;
    /// An alert could not be sent.
    SendFailed = "send_failed", 1, true;
    /// No server of our own could be started for a proof.
    NoScratchServer = "no_scratch_server", 1, false;
    /// The library has no key: nothing in it is encrypted.
    NoKey = "no_key", 10, false;
    /// The archive belongs to another company or application.
    OtherCompany = "other_company", 21, false;
    /// Another restore of this company is running.
    CompanyBusy = "company_busy", 11, true;
    /// The locks on the touched tables could not be had in time.
    LockNotHad = "lock_not_had", 11, true;
    /// A restore of this company waits for Keep or Revert.
    ReviewOpen = "review_open", 11, false;
    /// There is no review to keep or revert.
    NoReview = "no_review", 10, false;
    /// A comparison that is no longer open.
    NoSuchPlan = "no_such_plan", 10, false;
    /// Others kept writing to tables that the restore touches.
    ChangedMeanwhile = "changed_meanwhile", 21, true;
    /// The schema changed between plan and apply.
    SchemaChanged = "schema_changed", 21, true;
    /// The archive cannot be restored into this database as it is.
    NotRestorable = "not_restorable", 21, false;
    /// Broken rows cannot be cleaned: they are shared with others, or what depends on them is.
    NotCleanable = "not_cleanable", 21, false;
    /// Another company bears the name that a new one is to have.
    NameTaken = "name_taken", 21, false;
    /// The group that a new company is to join lacks rows that the company needs.
    GroupConflict = "group_conflict", 21, false;
    /// Ids that were to be kept are those of other rows.
    IdsTaken = "ids_taken", 21, false;
    /// Something would be lost and nobody confirmed it.
    NotConfirmed = "not_confirmed", 21, false;
    /// After applying, references led nowhere; everything was rolled back.
    ReferencesBroken = "references_broken", 21, false;
    /// The person asked to stop; nothing was changed.
    Cancelled = "cancelled", 130, false;
    /// The call itself does not make sense.
    Usage = "usage", 2, false;
    /// A state that should be impossible: a defect of Snapback.
    Defect = "defect", 1, false;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A failure with its code, a sentence, an optional hint and what varies, by key.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: Code,
    message: String,
    hint: Option<String>,
    context: BTreeMap<&'static str, String>,
    causes: Vec<String>,
}

impl Error {
    /// An error with a sentence that holds no row values, passwords or URLs.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            context: BTreeMap::new(),
            causes: Vec::new(),
        }
    }

    /// The error that stands for a cancelled operation inside the engine.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(Code::Cancelled, "Stopped as asked; nothing was changed.")
    }

    /// Adds what the person can do about it. Options and commands to be typed stand in parentheses: the
    /// window leaves those out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a fact by key, such as `table` or `sqlstate`. Never a row value.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.context.insert(key, value.to_string());
        self
    }

    /// Adds what lay under it, already free of row values.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the person can do about it.
    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// What varies, by key.
    #[must_use]
    pub fn context(&self) -> &BTreeMap<&'static str, String> {
        &self.context
    }

    /// What lay under it, outermost first.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// Maps a failure of the file system; `what` names the thing by its role ("the library folder").
    #[must_use]
    pub fn local_file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let full = matches!(
            error.kind(),
            std::io::ErrorKind::StorageFull
                | std::io::ErrorKind::QuotaExceeded
                | std::io::ErrorKind::FileTooLarge
        );
        let made = if full {
            Self::new(
                Code::DiskFull,
                format!("There is no room left on this computer for {what}."),
            )
            .hint("Free some space, or choose another folder (--library).")
        } else {
            Self::new(Code::LocalFile, format!("Cannot read or write {what}."))
        };
        let because = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
            other => other.to_string(),
        };
        made.with("path", path.display()).because(because)
    }
}
