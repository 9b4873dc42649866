use serde::{Deserialize, Serialize};

/// What kind of thing a person should know that did not stop the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The profile names a table that the database does not have: another version of the application.
    MissingTable,
    /// The profile names a column that the table does not have.
    MissingColumn,
    /// A table that the profile does not know; it is in the backup, in the area `other`.
    UnknownTable,
    /// A column of the backup whose name says that it holds a secret, and that the profile does not
    /// leave out.
    LooksSecret,
    /// Rows that could be the company's over a circle of references only are not looked for.
    CircularOwnership,
}

/// Something that a person should know and that did not stop the operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Notice {
    /// What kind.
    pub kind: NoticeKind,
    /// The table or the column that it is about: `table` or `table.column`, as a profile writes it.
    pub about: String,
    /// A sentence for people.
    pub message: String,
}
