//! What one form of archive holds and the other does not.

use std::collections::{BTreeMap, BTreeSet};

/// A kind of loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossKind {
    /// Numbers with more digits than JavaScript's numbers have.
    Digits,
    /// Times to the millisecond where the database has microseconds.
    Microseconds,
    /// Values that JSON has no form for, such as infinity: they are written as texts.
    Special,
    /// JSON's own null, which the form does not tell from no value.
    JsonNull,
    /// Line breaks in the text of a `json` value.
    JsonSpacing,
    /// Columns that number rows by themselves.
    Identity,
    /// Rows that nothing but such a number tells apart.
    Keyless,
    /// Columns that the archive does not have.
    MissingColumn,
    /// Columns that the application does not have.
    UnknownColumn,
    /// Tables that the application does not have.
    UnknownTable,
    /// Tables that a backup leaves out today.
    LeftOut,
    /// Columns whose values never travel.
    Secret,
    /// Rows that whoever made the archive could not carry.
    NotCarried,
    /// Uploaded files that are named and not inside.
    MissingFile,
    /// Uploaded files outside the place that the form has for them.
    FileElsewhere,
    /// Who the people are that rows refer to.
    People,
}

impl LossKind {
    /// The word of this kind on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Microseconds => "microseconds",
            Self::Special => "special",
            Self::JsonNull => "json_null",
            Self::JsonSpacing => "json_spacing",
            Self::Identity => "identity",
            Self::Keyless => "keyless",
            Self::MissingColumn => "missing_column",
            Self::UnknownColumn => "unknown_column",
            Self::UnknownTable => "unknown_table",
            Self::LeftOut => "left_out",
            Self::Secret => "secret",
            Self::NotCarried => "not_carried",
            Self::MissingFile => "missing_file",
            Self::FileElsewhere => "file_elsewhere",
            Self::People => "people",
        }
    }

    /// What it means, as a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Digits => {
                "Carbon's numbers have 15 digits: longer ones were, or will be, rounded by it."
            }
            Self::Microseconds => "Times are kept to the millisecond, not to the microsecond.",
            Self::Special => "JSON has no form for these values; they stand there as texts.",
            Self::JsonNull => "JSON's null cannot be told from no value.",
            Self::JsonSpacing => "Line breaks between the parts of a JSON text became spaces.",
            Self::Identity => "Numbers that the database gives rows by itself are not carried.",
            Self::Keyless => {
                "Nothing tells these rows apart without the numbers that the database gave them; they are left as they are."
            }
            Self::MissingColumn => {
                "The archive does not have these columns; rows that come back get their defaults."
            }
            Self::UnknownColumn => "The application has no such columns; their values are left.",
            Self::UnknownTable => "The application has no such table; its rows are left.",
            Self::LeftOut => "Rows of this table are left as they are by every restore.",
            Self::Secret => "Secrets never travel.",
            Self::NotCarried => "Whoever made the archive could not carry these rows.",
            Self::MissingFile => "These uploaded files are named and not inside.",
            Self::FileElsewhere => {
                "These uploaded files lie where the archive has no place for them."
            }
            Self::People => "Who the people are that rows refer to is not carried.",
        }
    }
}

/// What was lost of one table, or of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What kind.
    pub kind: LossKind,
    /// The table, by the name that it has in the archive; `None` where it is about none.
    pub table: Option<String>,
    /// The columns, where it is about such.
    pub columns: Vec<String>,
    /// How many values, rows or files.
    pub count: u64,
}

/// Losses as they are met.
#[derive(Debug, Default)]
pub(super) struct Losses(BTreeMap<(LossKind, Option<String>), (BTreeSet<String>, u64)>);

impl Losses {
    /// So many values of one column.
    pub(super) fn values(&mut self, kind: LossKind, table: &str, column: &str, count: u64) {
        let found = self.0.entry((kind, Some(table.to_owned()))).or_default();
        if !found.0.contains(column) {
            found.0.insert(column.to_owned());
        }
        found.1 += count;
    }

    /// So many rows of one table.
    pub(super) fn rows(&mut self, kind: LossKind, table: &str, count: u64) {
        self.0.entry((kind, Some(table.to_owned()))).or_default().1 += count;
    }

    /// So many things that no table has.
    pub(super) fn things(&mut self, kind: LossKind, count: u64) {
        if count > 0 {
            self.0.entry((kind, None)).or_default().1 += count;
        }
    }

    /// All of them, in the order of their kinds.
    pub(super) fn into_list(self) -> Vec<Loss> {
        let losses = self.0.into_iter();
        losses
            .map(|((kind, table), (columns, count))| Loss {
                kind,
                table,
                columns: columns.into_iter().collect(),
                count,
            })
            .collect()
    }
}
