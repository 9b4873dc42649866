use crate::model::TableName;

/// What a fact means for the rows of a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Worth knowing; nothing is lost.
    Noted,
    /// Values or rows of the archive get a value that the archive does not hold.
    Defaulted,
    /// Values or rows of the archive cannot be carried and are left out.
    Discarded,
    /// Rows that are there now go and are in no snapshot.
    Lost,
    /// The restore cannot be done.
    Blocked,
}

/// One fact about a restore that a person should know before it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it means.
    pub effect: Effect,
    /// A stable word for programs, in snake case.
    pub code: &'static str,
    /// The table it is about.
    pub table: Option<TableName>,
    /// The column it is about.
    pub column: Option<String>,
    /// How many distinct rows, where they were counted.
    pub row_count: Option<u64>,
    /// One sentence without row values.
    pub reason: String,
}

impl Finding {
    /// A fact about a table.
    pub fn new(
        effect: Effect,
        code: &'static str,
        table: &TableName,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            effect,
            code,
            table: Some(table.clone()),
            column: None,
            row_count: None,
            reason: reason.into(),
        }
    }

    /// Says which column.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// Says how many rows.
    #[must_use]
    pub fn rows(mut self, row_count: u64) -> Self {
        self.row_count = Some(row_count);
        self
    }
}

/// Whether an archive can be put back into this database today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything in it fits.
    Ready,
    /// It can be restored, and something is left out or defaulted.
    RestorableWithChanges,
    /// It cannot.
    NotRestorable,
    /// The archive was never finished.
    Incomplete,
}

impl Verdict {
    /// The verdict that those facts amount to.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        match findings.iter().map(|finding| finding.effect).max() {
            None | Some(Effect::Noted) => Self::Ready,
            Some(Effect::Defaulted | Effect::Discarded | Effect::Lost) => {
                Self::RestorableWithChanges
            }
            Some(Effect::Blocked) => Self::NotRestorable,
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::RestorableWithChanges => "Restorable with changes",
            Self::NotRestorable => "Not restorable",
            Self::Incomplete => "Incomplete",
        }
    }
}
