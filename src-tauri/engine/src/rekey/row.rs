//! Rewrites one row.

use std::collections::{BTreeMap, HashSet};

use super::column::{Escapes, Required, Rule};
use super::ids::{Ids, Lookup};
use super::mask::{InText, Masked, Masking};
use super::moment::moved;
use super::number::Numbers;
use super::text::{Found, Paths, Search};
use crate::rows::{fields, is_null, push_escaped, unescape};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was written.
    Carried,
    /// It was not: this column leads to something that the copy does not have.
    LeftOut(usize),
}

/// What was done in one column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// New ids of the rows themselves.
    pub renewed: u64,
    /// References that followed.
    pub followed: u64,
    /// People in whose place the owner is.
    pub owners: u64,
    /// Values that were emptied, since what they led to is not in the copy.
    pub emptied: u64,
    /// Texts that were made distinct.
    pub made_distinct: u64,
    /// Dates that were moved.
    pub moved: u64,
    /// Ids found without a reference.
    pub found: Found,
    /// Addresses that were replaced.
    pub masked: Masked,
}

impl Tally {
    /// Whether nothing was.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What was done in one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableTally {
    /// Rows that were written.
    pub row_count: u64,
    /// Rows that were not, by the column that is to blame.
    pub left_out: BTreeMap<usize, u64>,
    /// What was done, by the place of the column.
    pub columns: Vec<Tally>,
}

/// Rewrites the rows of one table.
pub struct Rewriter<'a> {
    /// Where each column stands in the archive's line, and how it is rewritten.
    pub columns: Vec<(usize, &'a Rule)>,
    /// Columns, by their place in `columns`, that are emptied for now.
    pub cut: Vec<usize>,
    /// Ids.
    pub ids: &'a Ids,
    /// Numbers, by column.
    pub numbers: &'a [Numbers],
    /// Keys that are not there, by shared target.
    pub missing: &'a [HashSet<Vec<u8>>],
    /// The key of whoever stands for people that are not there.
    pub owner: Option<&'a str>,
    /// Where the company's key stands in storage paths.
    pub paths: Paths<'a>,
    /// What replaces addresses, where the copy is a safe one.
    pub masking: Option<&'a Masking>,
    /// By how many days dates move.
    pub days: i64,
}

/// What becomes of one value.
enum Field<'l> {
    Same(&'l [u8]),
    Value(Vec<u8>),
    Raw(&'l [u8]),
    Null,
    Unresolved(Required),
}

impl Rewriter<'_> {
    /// Appends the rewritten row to `text`, with a newline; nothing where it is left out.
    pub fn row(&self, line: &[u8], text: &mut Vec<u8>, tally: &mut TableTally) -> Fate {
        tally.columns.resize(self.columns.len(), Tally::default());
        let begun = text.len();
        let found: Vec<&[u8]> = fields(line).collect();
        for (place, (position, rule)) in self.columns.iter().enumerate() {
            if place > 0 {
                text.push(b'\t');
            }
            let raw = found.get(*position).copied().unwrap_or(b"\\N");
            let mut unnoted = Tally::default();
            let noted = tally.columns.get_mut(place).unwrap_or(&mut unnoted);
            match self.field(rule, raw, noted) {
                Field::Unresolved(Required::Yes) => {
                    text.truncate(begun);
                    *tally.left_out.entry(place).or_default() += 1;
                    return Fate::LeftOut(place);
                }
                Field::Unresolved(Required::No) => {
                    noted.emptied += 1;
                    push_escaped(text, None);
                }
                _ if self.cut.contains(&place) => push_escaped(text, None),
                Field::Null => push_escaped(text, None),
                Field::Same(raw) | Field::Raw(raw) => text.extend_from_slice(raw),
                Field::Value(value) => push_escaped(text, Some(&value)),
            }
        }
        text.push(b'\n');
        tally.row_count += 1;
        Fate::Carried
    }

    /// The column that keeps a row out of the copy, if one does.
    #[must_use]
    pub fn obstacle(&self, line: &[u8]) -> Option<usize> {
        let found: Vec<&[u8]> = fields(line).collect();
        let mut unnoted = Tally::default();
        self.columns.iter().position(|(position, rule)| {
            let raw = found.get(*position).copied().unwrap_or(b"\\N");
            matches!(
                rule,
                Rule::Reference { .. }
                    | Rule::NumberReference { .. }
                    | Rule::Person(_)
                    | Rule::Shared { .. }
                    | Rule::Company(_)
                    | Rule::Nowhere(_)
            ) && matches!(
                self.field(rule, raw, &mut unnoted),
                Field::Unresolved(Required::Yes)
            )
        })
    }

    fn field<'l>(&'l self, rule: &'l Rule, raw: &'l [u8], tally: &mut Tally) -> Field<'l> {
        if let Rule::Fixed(field) = rule {
            return Field::Raw(field);
        }
        if is_null(raw) {
            return Field::Null;
        }
        if matches!(rule, Rule::Keep) {
            return Field::Same(raw);
        }
        let value = unescape(raw);
        match rule {
            Rule::Keep | Rule::Fixed(_) => Field::Same(raw),
            Rule::Own { root, always: _ } => match self.ids.of_root(*root, &value) {
                Lookup::Renewed(new) => {
                    tally.renewed += 1;
                    Field::Value(new)
                }
                Lookup::Gone | Lookup::Unknown => self.unless_masked(raw, &value, tally),
            },
            Rule::Reference {
                root,
                shared,
                stays,
                required,
            } => match self.ids.of_root(*root, &value) {
                Lookup::Renewed(new) => {
                    tally.followed += 1;
                    Field::Value(new)
                }
                Lookup::Gone => Field::Unresolved(*required),
                Lookup::Unknown if *stays => self.unless_masked(raw, &value, tally),
                Lookup::Unknown => match shared {
                    Some(shared) if !self.is_missing(*shared, raw) => Field::Same(raw),
                    _ => Field::Unresolved(*required),
                },
            },
            Rule::OwnNumber(column) => match self.number(*column, &value) {
                Some(new) => {
                    tally.renewed += 1;
                    Field::Value(new)
                }
                None => Field::Same(raw),
            },
            Rule::NumberReference {
                column,
                shared,
                required,
            } => match (self.number(*column, &value), shared) {
                (Some(new), _) => {
                    tally.followed += 1;
                    Field::Value(new)
                }
                (None, Some(shared)) if !self.is_missing(*shared, raw) => Field::Same(raw),
                (None, _) => Field::Unresolved(*required),
            },
            Rule::Person(required) => match (self.ids.explicit(&value), self.owner) {
                (Some(new), _) => Field::Value(new.to_vec()),
                (None, Some(owner)) => {
                    tally.owners += 1;
                    Field::Value(owner.as_bytes().to_vec())
                }
                (None, None) => Field::Unresolved(*required),
            },
            Rule::Shared { missing, required } => match self.is_missing(*missing, raw) {
                true => Field::Unresolved(*required),
                false => Field::Same(raw),
            },
            Rule::Company(required) => match self.ids.explicit(&value) {
                Some(new) => {
                    tally.followed += 1;
                    Field::Value(new.to_vec())
                }
                None => Field::Unresolved(*required),
            },
            Rule::Nowhere(required) => Field::Unresolved(*required),
            Rule::Moment => match moved(&value, self.days) {
                Some(new) => {
                    tally.moved += 1;
                    Field::Value(new)
                }
                None => Field::Same(raw),
            },
            Rule::Distinct { longest } => {
                tally.made_distinct += 1;
                let masked = self.masked(&value, Escapes::Text, InText::Listed, tally);
                let value = masked.as_deref().unwrap_or(&value);
                Field::Value(self.ids.renewal().distinct(value, *longest))
            }
            Rule::Name { longest } => {
                let masking = self.masking;
                match masking.and_then(|masking| masking.renamed(&value, &mut tally.masked)) {
                    Some(name) => Field::Value(cut(name, *longest)),
                    None => Field::Same(raw),
                }
            }
            Rule::Search {
                escapes,
                holds_ids,
                holds_paths,
                names,
            } => {
                let search = Search {
                    ids: self.ids,
                    escapes: *escapes,
                    holds_ids: *holds_ids,
                    holds_paths: *holds_paths,
                    paths: self.paths,
                };
                let followed = search.rewritten(&value, &mut tally.found);
                let masked = {
                    let value = followed.as_deref().unwrap_or(&value);
                    self.masked(value, *escapes, *names, tally)
                };
                match masked.or(followed) {
                    Some(new) => Field::Value(new),
                    None => Field::Same(raw),
                }
            }
        }
    }

    fn masked(
        &self,
        value: &[u8],
        escapes: Escapes,
        names: InText,
        tally: &mut Tally,
    ) -> Option<Vec<u8>> {
        let masking = self.masking?;
        masking.masked(value, escapes, names, &mut tally.masked)
    }

    /// A word that people chose stays, but for one that is somebody's address.
    fn unless_masked<'l>(&self, raw: &'l [u8], value: &[u8], tally: &mut Tally) -> Field<'l> {
        match self.masked(value, Escapes::Text, InText::Listed, tally) {
            Some(masked) => Field::Value(masked),
            None => Field::Same(raw),
        }
    }

    /// A storage path as it is in the copy, like one in a column that is known to hold paths.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        let search = Search {
            ids: self.ids,
            escapes: Escapes::Text,
            holds_ids: false,
            holds_paths: true,
            paths: self.paths,
        };
        let followed = search.rewritten(path.as_bytes(), &mut Found::default());
        let followed = followed.unwrap_or_else(|| path.as_bytes().to_vec());
        let mut unnoted = Tally::default();
        let masked = self.masked(&followed, Escapes::Text, InText::Free, &mut unnoted);
        // Words are replaced by words, so that it is text as before.
        String::from_utf8(masked.unwrap_or(followed)).unwrap_or_else(|_| path.to_owned())
    }

    fn number(&self, column: usize, value: &[u8]) -> Option<Vec<u8>> {
        let number = std::str::from_utf8(value).ok()?.parse().ok()?;
        let new = self.numbers.get(column)?.renewed(number)?;
        Some(new.to_string().into_bytes())
    }

    fn is_missing(&self, shared: usize, raw: &[u8]) -> bool {
        self.missing
            .get(shared)
            .is_some_and(|missing| missing.contains(raw))
    }
}

/// As much of a name as the column has room for.
fn cut(name: Vec<u8>, longest: Option<usize>) -> Vec<u8> {
    match (longest, std::str::from_utf8(&name)) {
        (Some(longest), Ok(text)) if text.chars().count() > longest => {
            text.chars().take(longest).collect::<String>().into_bytes()
        }
        _ => name,
    }
}
