//! What a column of a copied row holds, and so how it is rewritten.

use super::ids::RootId;
use super::mask::InText;

/// What becomes of a row whose reference leads nowhere in the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// The column is emptied.
    No,
    /// The row is left out: the column must have a value, or a check of the table looks at it.
    Yes,
}

/// How ids stand inside of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// As they are: text.
    Text,
    /// In strings and names of JSON.
    Json,
    /// As elements of an array.
    Array,
}

/// How a column is rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// As it is.
    Keep,
    /// The same for every row, as a COPY field: the company's key, its group's, its name.
    Fixed(Vec<u8>),
    /// The id of the row itself.
    Own {
        /// Which ids they are.
        root: RootId,
        /// Whether each gets a new one. Otherwise words that people chose stay, as the rest of the key
        /// tells the rows apart.
        always: bool,
    },
    /// The id of a row of the company.
    Reference {
        /// Which ids they are.
        root: RootId,
        /// Whether an id that is no row of the company may be a row that is shared by all.
        shared: Option<usize>,
        /// Whether an id that was not renewed may be one that stays.
        stays: bool,
        /// What becomes of a row without it.
        required: Required,
    },
    /// A number of the row itself, from a sequence.
    OwnNumber(usize),
    /// The number of a row of the company.
    NumberReference {
        /// Which numbers they are.
        column: usize,
        /// Whether a number that is no row of the company may be a row that is shared by all.
        shared: Option<usize>,
        /// What becomes of a row without it.
        required: Required,
    },
    /// A person.
    Person(Required),
    /// The key of a row that no company owns.
    Shared {
        /// Which keys are not there.
        missing: usize,
        /// What becomes of a row without it.
        required: Required,
    },
    /// A company, perhaps another one.
    Company(Required),
    /// A row that a new company does not have.
    Nowhere(Required),
    /// A text that must be no other row's, whosever it is.
    Distinct {
        /// Letters that the column has room for.
        longest: Option<usize>,
    },
    /// The name of somebody outside or of a firm, or a part of it, which is another one in the copy.
    Name {
        /// Letters that the column has room for.
        longest: Option<usize>,
    },
    /// A date or an instant, or several: it moves with the copy of a template.
    Moment,
    /// Anything, in which ids are looked for.
    Search {
        /// How they stand there.
        escapes: Escapes,
        /// Whether it is known to hold ids, so that one that is not known is told.
        holds_ids: bool,
        /// Whether it is known to hold storage paths.
        holds_paths: bool,
        /// Whether names are looked for too, where they are replaced.
        names: InText,
    },
}
