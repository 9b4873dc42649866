//! Ids inside of values: in text, as elements of arrays, in strings and names of JSON, in storage paths and
//! links.
//!
//! A value is read as words of letters, digits, `_` and `-`; a word that is exactly an id of a row that is
//! carried is replaced. So neither a readable number nor an id of another system is touched, and nothing
//! else of the value changes: JSON keeps its spaces, its order and its digits.

use std::ops::Range;

use super::column::Escapes;
use super::ids::{Ids, Lookup};

/// What was found in values of one column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Values that are an id.
    pub whole: u64,
    /// Elements of arrays.
    pub elements: u64,
    /// Strings of JSON.
    pub strings: u64,
    /// Names of JSON.
    pub names: u64,
    /// Parts of paths, links and other text.
    pub inside: u64,
    /// Ids of rows that are not carried: they still lead to the company that was copied.
    pub left: u64,
    /// What looks like an id of the company and is none of a row in its backup: it may lead to what is in no backup, to
    /// rows that all companies share, or to another system.
    pub unknown: u64,
}

impl Found {
    /// Whether nothing was.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Ids that were replaced.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        let Self {
            whole,
            elements,
            strings,
            names,
            inside,
            left: _,
            unknown: _,
        } = self;
        whole + elements + strings + names + inside
    }

    /// Adds what was found elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.whole += other.whole;
        self.elements += other.elements;
        self.strings += other.strings;
        self.names += other.names;
        self.inside += other.inside;
        self.left += other.left;
        self.unknown += other.unknown;
    }
}

/// How a value is searched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) ids: &'a Ids,
    pub(super) escapes: Escapes,
    /// Whether the column is known to hold ids, words among them.
    pub(super) holds_ids: bool,
    /// Whether it is known to hold storage paths.
    pub(super) holds_paths: bool,
    /// Where the company's key stands in paths.
    pub(super) paths: Paths<'a>,
}

/// The company's key in storage paths and in links to them.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    /// The key before and after.
    pub company: (&'a str, &'a str),
    /// What stands before a path where it is part of a link.
    pub prefixes: &'a [String],
}

impl Paths<'_> {
    /// There are none.
    pub const NOWHERE: Self = Self {
        company: ("", ""),
        prefixes: &[],
    };

    /// What takes the place of a word that is the company's key, as a part of a path: any part, where the
    /// column is known to hold paths; otherwise the one behind what begins a link.
    fn renewed(&self, value: &[u8], place: &Range<usize>, holds_paths: bool) -> Option<Vec<u8>> {
        let (old, new) = self.company;
        let is_key = value.get(place.clone()) == Some(old.as_bytes());
        if !is_key || value.get(place.end) != Some(&b'/') {
            return None;
        }
        let before = value.get(..place.start).unwrap_or_default();
        let is_part = holds_paths && matches!(before.last(), None | Some(b'/'));
        // In a bucket of the company's own the key is there twice.
        let bucket = before
            .strip_suffix(b"/")
            .map(|rest| rest.strip_suffix(old.as_bytes()));
        let begins_a_link = |before: &[u8]| {
            let mut prefixes = self.prefixes.iter().filter(|prefix| !prefix.is_empty());
            prefixes.any(|prefix| before.ends_with(prefix.as_bytes()))
        };
        let is_part =
            is_part || begins_a_link(before) || bucket.flatten().is_some_and(begins_a_link);
        is_part.then(|| new.as_bytes().to_vec())
    }
}

impl Search<'_> {
    /// The value with what takes the place of ids; `None` where there is nothing to replace.
    pub(super) fn rewritten(&self, value: &[u8], found: &mut Found) -> Option<Vec<u8>> {
        let mut rewritten: Option<Vec<u8>> = None;
        let mut copied = 0;
        let mut at = 0;
        while let Some(byte) = value.get(at) {
            if *byte == b'\\' && self.escapes != Escapes::Text {
                let is_code = self.escapes == Escapes::Json && value.get(at + 1) == Some(&b'u');
                at += if is_code { 6 } else { 2 };
                continue;
            }
            if !is_of_word(*byte) {
                at += 1;
                continue;
            }
            let rest = value.get(at..).unwrap_or_default();
            let length = rest.iter().take_while(|byte| is_of_word(**byte)).count();
            let word = rest.get(..length).unwrap_or_default();
            let place = at..at + length;
            at += length;
            let new = match self.look_up(word, value, &place) {
                Lookup::Renewed(new) if new == word => continue,
                Lookup::Renewed(new) => new,
                Lookup::Gone => {
                    found.left += 1;
                    continue;
                }
                Lookup::Unknown => {
                    found.unknown += u64::from(self.ids.are_like(word));
                    continue;
                }
            };
            self.count(value, &place, found);
            let rewritten = rewritten.get_or_insert_default();
            rewritten.extend_from_slice(value.get(copied..place.start).unwrap_or_default());
            rewritten.extend_from_slice(&new);
            copied = place.end;
        }
        if let Some(rewritten) = &mut rewritten {
            rewritten.extend_from_slice(value.get(copied..).unwrap_or_default());
        }
        rewritten
    }

    fn look_up(&self, word: &[u8], value: &[u8], place: &Range<usize>) -> Lookup {
        if self.holds_ids && self.is_alone(value, place) {
            return self.ids.in_a_column_of_ids(word);
        }
        if let Some(new) = self.paths.renewed(value, place, self.holds_paths) {
            return Lookup::Renewed(new);
        }
        match self.ids.anywhere(word) {
            Lookup::Unknown => match self.ids.renewal().with_company_inside(word) {
                Some(new) => Lookup::Renewed(new),
                None => Lookup::Unknown,
            },
            known => known,
        }
    }

    /// Whether the word is a whole value, element, string or name.
    fn is_alone(&self, value: &[u8], place: &Range<usize>) -> bool {
        let before = place.start.checked_sub(1).and_then(|at| value.get(at));
        let after = value.get(place.end);
        match self.escapes {
            Escapes::Text => before.is_none() && after.is_none(),
            Escapes::Json => before == Some(&b'"') && after == Some(&b'"'),
            Escapes::Array => {
                matches!(before, Some(b'{' | b',' | b'"'))
                    && matches!(after, Some(b'}' | b',' | b'"'))
            }
        }
    }

    fn count(&self, value: &[u8], place: &Range<usize>, found: &mut Found) {
        if !self.is_alone(value, place) {
            found.inside += 1;
            return;
        }
        match self.escapes {
            Escapes::Text => found.whole += 1,
            Escapes::Array => found.elements += 1,
            Escapes::Json => {
                let behind = value.get(place.end + 1..).unwrap_or_default();
                let mut behind = behind.iter().filter(|byte| !byte.is_ascii_whitespace());
                match behind.next() {
                    Some(b':') => found.names += 1,
                    _ => found.strings += 1,
                }
            }
        }
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::ids::RootId;
    use super::super::rules::IdColumn;
    use super::super::shape::Renewal;
    use super::*;

    const OLD: &str = "cq5f0v2m8hk3s7t1n9dg";

    fn ids() -> Ids {
        ids_of(vec![OLD.as_bytes().into()])
    }

    fn ids_of(made: Vec<Box<[u8]>>) -> Ids {
        let mut ids = Ids::new(Renewal::new([1; 32]));
        let column = IdColumn {
            root: RootId(0),
            always: true,
            is_id: true,
            is_person: false,
            longest: None,
        };
        ids.add_column(&column, made);
        ids
    }

    fn rewritten(value: &str, escapes: Escapes) -> (String, Found) {
        let ids = ids();
        let new = String::from_utf8(ids.renewal().renewed(OLD.as_bytes(), None)).unwrap();
        let mut found = Found::default();
        let search = Search {
            ids: &ids,
            escapes,
            holds_ids: false,
            holds_paths: false,
            paths: Paths {
                company: ("acme", "new"),
                prefixes: &["/preview/".to_owned()],
            },
        };
        let rewritten = search.rewritten(value.as_bytes(), &mut found);
        let text = rewritten.map_or_else(
            || value.to_owned(),
            |rewritten| String::from_utf8(rewritten).unwrap(),
        );
        (text.replace(&new, "NEW"), found)
    }

    #[test]
    fn json_keeps_everything_but_the_ids() {
        let value = format!(
            r#"{{ "{OLD}" : 1.50,  "a":["{OLD}", "x{OLD}"], "l":"a\n{OLD}\u0041{OLD} /{OLD}/m" }}"#
        );
        let (text, found) = rewritten(&value, Escapes::Json);
        assert_eq!(
            text,
            format!(r#"{{ "NEW" : 1.50,  "a":["NEW", "x{OLD}"], "l":"a\nNEW\u0041NEW /NEW/m" }}"#)
        );
        assert_eq!((found.names, found.strings, found.inside), (1, 1, 3));
    }

    #[test]
    fn elements_of_arrays_are_found_quoted_and_not() {
        let (text, found) = rewritten(&format!("{{{OLD},\"{OLD}\",\"a {OLD}\"}}"), Escapes::Array);
        assert_eq!(text, "{NEW,\"NEW\",\"a NEW\"}");
        assert_eq!((found.elements, found.inside), (2, 1));
    }

    #[test]
    fn a_companys_key_that_is_a_word_is_followed_in_links_alone() {
        let value = r#"{"src":"/preview/acme/acme/a.png","by":"acme","also":["see/acme/a","x/preview/acmes/"]}"#;
        let (text, found) = rewritten(value, Escapes::Json);
        assert_eq!(
            text,
            value.replace("/preview/acme/acme/", "/preview/new/new/")
        );
        assert_eq!(found.inside, 2);
    }

    #[test]
    fn a_word_like_ten_ids_that_is_none_of_them_is_told_of() {
        let many = (0..10).map(|number| format!("cq5f0v2m8hk3s7t1n9d{number}"));
        let many = many.map(|id| id.into_bytes().into_boxed_slice());
        let mut ids = ids_of(many.collect());
        ids.settle();
        let mut found = Found::default();
        let search = Search {
            ids: &ids,
            escapes: Escapes::Text,
            holds_ids: false,
            holds_paths: false,
            paths: Paths::NOWHERE,
        };
        let text = b"see d1r7k4w9xb2p6j8g0bb2, machined-housing-new, and SO-1000";
        assert_eq!(search.rewritten(text, &mut found), None);
        assert_eq!((found.unknown, found.left), (1, 0));
    }

    #[test]
    fn a_word_that_only_holds_an_id_is_left_alone() {
        let (text, found) = rewritten(&format!("SO-{OLD} {OLD}x"), Escapes::Text);
        assert_eq!(text, format!("SO-{OLD} {OLD}x"));
        assert!(found.is_nothing());
    }

    fn json() -> impl Strategy<Value = Value> {
        let word = prop_oneof![
            Just(OLD.to_owned()),
            Just(format!("see {OLD}\n{OLD}\t\"{OLD}\"\\{OLD}\u{1}{OLD}")),
            Just(format!("{OLD}x")),
            any::<String>(),
        ];
        let leaf = prop_oneof![
            word.clone().prop_map(Value::String),
            any::<i64>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            let members = proptest::collection::btree_map(word.clone(), inner.clone(), 0..6);
            prop_oneof![
                proptest::collection::vec(inner, 0..6).prop_map(Value::Array),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// The same, done on what the document says instead of on its text.
    fn expected(value: Value) -> Value {
        let text = |text: String| rewritten(&text, Escapes::Text).0;
        match value {
            Value::String(string) => Value::String(text(string)),
            Value::Array(items) => items.into_iter().map(expected).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (text(name), expected(value)))
                .collect(),
            other => other,
        }
    }

    proptest! {
        #[test]
        fn json_says_the_same_but_for_the_ids(value in json()) {
            let (text, _) = rewritten(&value.to_string(), Escapes::Json);
            let read: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, expected(value));
        }
    }
}
