//! Telephone numbers: those of the profile's columns in any form in which people write them, whatever is written
//! like one of another country, and what stands behind a word that says so.

use std::collections::HashSet;
use std::ops::Range;

/// Fewest digits of a number.
const FEWEST: usize = 6;
/// Fewest digits of one that is known by its plus alone.
const FEWEST_ABROAD: usize = 8;
/// Most digits that a number has anywhere.
const MOST: usize = 15;
/// Most bytes between two groups of digits of one number.
const WIDEST: usize = 6;

/// Most bytes between a word that says what it is and a number.
const FARTHEST: usize = 6;
/// How such words end: in text, and as names in JSON.
const SAID: [&[u8]; 6] = [b"phone", b"telefon", b"fax", b"mobile", b"mobil", b"handy"];

/// Numbers that were noted.
#[derive(Clone, Default)]
pub(super) struct Phones {
    known: HashSet<Box<[u8]>>,
}

/// Digits that stand together.
struct Group {
    place: Range<usize>,
    /// Whether a plus stands before them.
    has_plus: bool,
    /// Whether they may belong to the same number as those before.
    is_joined: bool,
    /// Whether they are the zero that is dialled within the country alone: `(0)`.
    is_trunk: bool,
}

impl Phones {
    /// Notes the numbers in a value of a column of such.
    pub(super) fn note(&mut self, plain: &[u8]) {
        let groups = groups(plain);
        let mut at = 0;
        while let Some(first) = groups.get(at) {
            let mut digits = Vec::new();
            let joined = groups
                .iter()
                .skip(at + 1)
                .take_while(|group| group.is_joined);
            let joined = joined.count();
            for group in groups.iter().skip(at).take(joined + 1) {
                if !group.is_trunk {
                    digits.extend_from_slice(plain.get(group.place.clone()).unwrap_or_default());
                }
            }
            self.note_digits(&digits, first.has_plus);
            at += joined + 1;
        }
    }

    fn note_digits(&mut self, digits: &[u8], has_plus: bool) {
        for form in forms(digits, has_plus) {
            if form.len() >= FEWEST {
                self.known.insert(form.into_boxed_slice());
            }
        }
    }

    /// Where numbers stand, with their digits.
    pub(super) fn find(&self, plain: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
        let groups = groups(plain);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(first) = groups.get(at) {
            let mut digits = Vec::new();
            let is_said = is_said(plain, first.place.start);
            let mut longest = None;
            for (place, group) in groups.iter().enumerate().skip(at) {
                if place > at && !group.is_joined {
                    break;
                }
                if !group.is_trunk || place == at {
                    digits.extend_from_slice(plain.get(group.place.clone()).unwrap_or_default());
                }
                if digits.len() > MOST + 2 {
                    break;
                }
                let is_said = is_said && (FEWEST..=MOST).contains(&digits.len());
                if is_said || self.is_number(&digits, first.has_plus) {
                    longest = Some((place, group.place.end, digits.clone()));
                }
            }
            at += 1;
            if let Some((place, end, digits)) = longest {
                found.push((first.place.start..end, digits));
                at = place + 1;
            }
        }
        found
    }

    fn is_number(&self, digits: &[u8], has_plus: bool) -> bool {
        let is_abroad = has_plus
            && (FEWEST_ABROAD..=MOST).contains(&digits.len())
            && digits.first() != Some(&b'0');
        is_abroad || forms(digits, has_plus).any(|form| self.known.contains(form.as_slice()))
    }
}

/// Whether a word before that place says that a number follows.
fn is_said(plain: &[u8], start: usize) -> bool {
    let before = plain.get(..start).unwrap_or_default();
    let between = before.iter().rev();
    let between = between.take_while(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    let between = between.count();
    let before = before.get(..start - between).unwrap_or_default();
    let word = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic());
    let word = before
        .get(before.len() - word.count()..)
        .unwrap_or_default();
    let word = word.to_ascii_lowercase();
    between <= FARTHEST && (word == b"tel" || SAID.iter().any(|said| word.ends_with(said)))
}

/// In which digits a number may be written: with the country's and without them, with the zero before and
/// without it. How long a country's are is not known, so each length is tried.
fn forms(digits: &[u8], has_plus: bool) -> impl Iterator<Item = Vec<u8>> {
    let abroad = match has_plus {
        true => Some(digits),
        false => digits.strip_prefix(b"00"),
    };
    let mut forms = vec![abroad.unwrap_or(digits).to_vec()];
    if let Some(abroad) = abroad {
        for country in 1..=3 {
            // Without the country's digits it is still longer than one that two may have.
            let within = abroad.get(country..).filter(|rest| rest.len() > FEWEST);
            forms.extend(within.map(|rest| [b"0", rest].concat()));
            forms.extend(within.map(<[u8]>::to_vec));
        }
    } else if let Some(within) = digits.strip_prefix(b"0").filter(|rest| rest.len() > FEWEST) {
        forms.push(within.to_vec());
    }
    forms.into_iter()
}

fn groups(plain: &[u8]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while let Some(length) = plain
        .get(at..)
        .and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let start = at + length;
        let digits = plain.get(start..).unwrap_or_default().iter();
        let end = start + digits.take_while(|byte| byte.is_ascii_digit()).count();
        let before = start.checked_sub(1).and_then(|at| plain.get(at));
        let is_joined = groups.last().is_some_and(|last| {
            let between = plain.get(last.place.end..start).unwrap_or_default();
            between.len() <= WIDEST && between.iter().all(|byte| b" ()/.-".contains(byte))
        });
        groups.push(Group {
            has_plus: before == Some(&b'+'),
            is_joined,
            is_trunk: is_joined
                && plain.get(start..end) == Some(b"0")
                && before == Some(&b'(')
                && plain.get(end) == Some(&b')'),
            place: start..end,
        });
        at = end;
    }
    groups
}
