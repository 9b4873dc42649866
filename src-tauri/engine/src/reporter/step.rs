/// Names every step once: as a value, in the list of all, and as a word.
macro_rules! steps {
    ($($(#[doc = $doc:literal])+ $step:ident = $word:literal,)+) => {
        /// A moment between two steps of an operation: what was done before it is done, and nothing of
        /// what comes after. Killed there, an operation must leave what the promises say; the tests kill
        /// at each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Step {
            $($(#[doc = $doc])+ $step,)+
        }

        impl Step {
            /// Every step that there is.
            pub const ALL: &'static [Self] = &[$(Self::$step),+];

            /// Its word for programs.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$step => $word,)+
                }
            }
        }
    };
}

steps! {
    /// The company's lock is held.
    CompanyLocked = "company-locked",
    /// The database has schema `snapback`.
    StateInstalled = "state-installed",
    /// The snapshot is exported, with ACCESS SHARE on every table.
    SnapshotTaken = "snapshot-taken",
    /// It is known which references are to be looked at, or what they are.
    ReferencesRead = "references-read",
    /// The archive's file is there under its temporary name, with its README.
    ArchiveBegun = "archive-begun",
    /// One table's rows are read; others are under way.
    TableRead = "table-read",
    /// Every row is read: in an archive's members, or compared and spooled.
    RowsRead = "rows-read",
    /// The difference is judged and agreed to.
    Agreed = "agreed",
    /// The archive is whole and synced, under its temporary name.
    ArchiveSealed = "archive-sealed",
    /// The library knows that it made the archive.
    OriginNoted = "origin-noted",
    /// The archive has its name.
    ArchivePublished = "archive-published",
    /// New content of one uploaded file is put aside; others are under way.
    FileStaged = "file-staged",
    /// All new content of uploaded files is put aside.
    FilesStaged = "files-staged",
    /// The locks on the touched tables are held and the tables proven unchanged.
    TablesLocked = "tables-locked",
    /// Rows of one table were written.
    TableApplied = "table-applied",
    /// Every row is written.
    RowsApplied = "rows-applied",
    /// Every reference that the written rows touch was checked.
    ReferencesChecked = "references-checked",
    /// The review is opened or closed, and the audit written, in the transaction.
    ReviewWritten = "review-written",
    /// This computer has noted the transaction that is about to be committed.
    CommitNoted = "commit-noted",
    /// The server has answered that the transaction is committed.
    Committed = "committed",
    /// This computer has noted which archives the review needs, or that it needs none any more.
    ReviewNoted = "review-noted",
    /// This computer has forgotten the note about the commit.
    CommitForgotten = "commit-forgotten",
    /// One uploaded file was switched, and that is noted.
    FileSwitched = "file-switched",
    /// Every uploaded file was switched.
    FilesSwitched = "files-switched",
    /// What the application derives was brought up to date.
    Derived = "derived",
}
