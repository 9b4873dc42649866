//! Names of people and firms: each of their words becomes a made-up one, the same wherever it stands, so what
//! differs goes on differing and a first and a last name fit the whole.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Words of names that tell of nobody.
const OF_NOBODY: [&str; 24] = [
    "ag", "and", "bv", "co", "corp", "de", "der", "dr", "gmbh", "inc", "kg", "llc", "ltd", "mr",
    "mrs", "ms", "nv", "of", "plc", "sa", "se", "srl", "the", "und",
];
/// Fewest letters of a single word that is looked for in other text.
const FEWEST_LETTERS: usize = 6;
const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
const VOWELS: &[u8] = b"aeiou";

/// Names that were noted.
#[derive(Clone)]
pub(super) struct Names {
    secret: [u8; 32],
    /// What words become: in small letters, or as they are where capitals stand inside of them.
    made_up: HashMap<Box<str>, Box<str>>,
    used: HashSet<Box<str>>,
    /// Names that are looked for in other text, by their first word in small letters.
    whole: HashMap<Box<str>, Vec<Box<str>>>,
}

impl Names {
    /// Replacements that depend on that secret.
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            made_up: HashMap::new(),
            used: HashSet::new(),
            whole: HashMap::new(),
        }
    }

    /// Notes the words of a name, or of a part of one.
    pub(super) fn note_words(&mut self, name: &str) {
        for place in words(name) {
            let key = key_of(name.get(place).unwrap_or_default());
            if !OF_NOBODY.contains(&key.as_ref()) && !self.made_up.contains_key(&key) {
                let made_up = self.make_up(&key);
                self.used.insert(made_up.clone());
                self.made_up.insert(key, made_up);
            }
        }
    }

    /// Notes a whole name, so that it is found in other text too.
    pub(super) fn note(&mut self, name: &str) {
        let name = name.trim();
        self.note_words(name);
        let places = words(name);
        let Some(first) = places.first() else {
            return;
        };
        let is_telling = places.len() > 1 || first.len() >= FEWEST_LETTERS;
        let first = name.get(first.clone()).unwrap_or_default().to_lowercase();
        if !is_telling || !name.starts_with(char::is_alphabetic) {
            return;
        }
        let known = self.whole.entry(first.into()).or_default();
        // In JSON and in lists they are escaped, which is read as two spaces.
        let escaped = name.replace(['\\', '"'], "  ");
        for form in [name, escaped.as_str()] {
            if !known.iter().any(|other| other.as_ref() == form) {
                known.push(form.into());
            }
        }
        known.sort_by_key(|name| std::cmp::Reverse(name.len()));
    }

    /// The name with its words replaced.
    pub(super) fn renamed(&self, name: &str) -> String {
        let mut renamed = String::with_capacity(name.len());
        let mut copied = 0;
        for place in words(name) {
            let word = name.get(place.clone()).unwrap_or_default();
            let key = key_of(word);
            if OF_NOBODY.contains(&key.as_ref()) {
                continue;
            }
            let made_up = match self.made_up.get(&key) {
                Some(made_up) => made_up.clone(),
                None => self.make_up(&key),
            };
            renamed.push_str(name.get(copied..place.start).unwrap_or_default());
            renamed.push_str(&like(word, &made_up));
            copied = place.end;
        }
        renamed.push_str(name.get(copied..).unwrap_or_default());
        renamed
    }

    /// Where whole names stand in a text.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        if self.whole.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<Range<usize>> = Vec::new();
        for place in words(text) {
            if found.last().is_some_and(|last| place.start < last.end) {
                continue;
            }
            let before = text.get(..place.start).unwrap_or_default();
            if before.ends_with(char::is_numeric) {
                continue;
            }
            let first = text.get(place.clone()).unwrap_or_default().to_lowercase();
            let rest = text.get(place.start..).unwrap_or_default();
            let known = self.whole.get(first.as_str()).into_iter().flatten();
            let length = known
                .filter(|name| stands_at(rest, name))
                .filter(|name| name.contains(' ') || !is_alone(before, rest, name.len()))
                .map(|name| name.len())
                .next();
            found.extend(length.map(|length| place.start..place.start + length));
        }
        found
    }

    /// A word that no other one becomes.
    fn make_up(&self, word: &str) -> Box<str> {
        let made_up = (0_u32..).map(|turn| {
            let mut hasher = blake3::Hasher::new_keyed(&self.secret);
            hasher.update(b"name\0").update(&turn.to_be_bytes());
            hasher.update(word.as_bytes());
            let hash = *hasher.finalize().as_bytes();
            // Longer ones where there are many.
            let syllables = 3 + usize::from(turn > 3);
            let letter = |of: &[u8], byte: u8| {
                let place = usize::from(byte) % of.len();
                of.get(place).copied().map_or('a', char::from)
            };
            let pairs = hash.chunks_exact(2).take(syllables);
            let made_up: String = pairs
                .flat_map(|pair| {
                    let at = |place: usize| pair.get(place).copied().unwrap_or_default();
                    [letter(CONSONANTS, at(0)), letter(VOWELS, at(1))]
                })
                .collect();
            made_up.into_boxed_str()
        });
        let mut free = made_up.filter(|made_up| !self.used.contains(made_up));
        free.next().unwrap_or_default()
    }
}

/// Whether the text begins with that name and the name ends there. Names of one word are told from ordinary
/// ones by their capitals.
fn stands_at(text: &str, name: &str) -> bool {
    let Some(same) = text.get(..name.len()) else {
        return false;
    };
    let is_same = match name.contains(' ') {
        true => same.eq_ignore_ascii_case(name),
        false => same == name,
    };
    let behind = text.get(name.len()..).and_then(|rest| rest.chars().next());
    is_same && !behind.is_some_and(char::is_alphanumeric)
}

/// Whether a word of that length is all that a text, a string or an element says: such a word may be one that
/// the application knows, as a kind of document is, and not the name of somebody.
fn is_alone(before: &str, rest: &str, length: usize) -> bool {
    let behind = rest.get(length..).unwrap_or_default();
    let edges = ['"', '{', '}', ','];
    (before.is_empty() || before.ends_with(edges))
        && (behind.is_empty() || behind.starts_with(edges))
}

/// Where words stand: letters side by side.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    for (at, letter) in text.char_indices() {
        match (letter.is_alphabetic(), open) {
            (true, None) => open = Some(at),
            (false, Some(start)) => {
                words.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    words.extend(open.map(|start| start..text.len()));
    words
}

/// By which a word is known: its capitals do not matter where they are the first letter, or all of them.
fn key_of(word: &str) -> Box<str> {
    let small = word.to_lowercase();
    match is_usual(word) {
        true => small.into_boxed_str(),
        false => word.into(),
    }
}

fn is_usual(word: &str) -> bool {
    let behind_first = || word.chars().skip(1);
    behind_first().all(char::is_lowercase) || is_capital(word)
}

fn is_capital(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().all(char::is_uppercase)
}

/// The made-up word with the capitals of the one that it stands for.
fn like(word: &str, made_up: &str) -> String {
    let mut letters = made_up.chars();
    match letters.next() {
        Some(_) if is_capital(word) => made_up.to_uppercase(),
        Some(first) if word.starts_with(char::is_uppercase) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => made_up.to_owned(),
    }
}
