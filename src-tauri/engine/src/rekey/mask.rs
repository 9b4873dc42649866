//! Addresses of outside parties, replaced in a copy from which nobody may be reached: e-mail addresses and
//! bank accounts wherever they stand, telephone numbers and web sites that columns of such tell of.
//!
//! Equal addresses become equal ones, so what is unique stays unique and what belongs together stays so. No
//! replacement leads anywhere: `example.invalid` is reserved, no number begins with so many zeros, no country
//! is called XX.

use std::collections::HashSet;

use super::column::Escapes;

/// Fewest digits of a telephone number.
const FEWEST_DIGITS: usize = 6;
/// The domain of every replaced address.
const NOWHERE: &str = "example.invalid";

/// What was replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Masked {
    /// E-mail addresses.
    pub emails: u64,
    /// Telephone numbers.
    pub phones: u64,
    /// Web sites.
    pub sites: u64,
    /// Bank accounts.
    pub accounts: u64,
}

impl Masked {
    /// Adds what was replaced elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.emails += other.emails;
        self.phones += other.phones;
        self.sites += other.sites;
        self.accounts += other.accounts;
    }
}

/// Replaces addresses.
#[derive(Clone)]
pub struct Masking {
    secret: [u8; 32],
    /// Digits of each number.
    phones: HashSet<Vec<u8>>,
    /// Hosts, in small letters.
    sites: HashSet<Vec<u8>>,
}

impl std::fmt::Debug for Masking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masking").finish_non_exhaustive()
    }
}

impl Masking {
    /// Replacements that depend on that secret.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            phones: HashSet::new(),
            sites: HashSet::new(),
        }
    }

    /// Notes a telephone number.
    pub fn note_phone(&mut self, value: &[u8]) {
        let digits = digits(value);
        if digits.len() >= FEWEST_DIGITS {
            self.phones.insert(digits);
        }
    }

    /// Notes a web site.
    pub fn note_site(&mut self, value: &[u8]) {
        let begin = find(value, b"://").map_or(0, |at| at + 3);
        let rest = value.get(begin..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| is_of_host(**byte)).count();
        let host = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
        if host.contains(&b'.') {
            self.sites.insert(host);
        }
    }

    /// The value with replaced addresses; `None` where there are none.
    #[must_use]
    pub fn masked(&self, value: &[u8], escapes: Escapes, masked: &mut Masked) -> Option<Vec<u8>> {
        let mut places = Vec::new();
        self.emails(value, escapes, &mut places);
        self.accounts(value, &mut places);
        self.noted(value, &mut places);
        places.sort_by_key(|place| (place.begin, std::cmp::Reverse(place.end)));
        let mut made = Vec::new();
        let mut copied = 0;
        for place in places {
            // What lies inside of another one goes with it.
            if place.begin < copied {
                continue;
            }
            made.extend_from_slice(value.get(copied..place.begin).unwrap_or_default());
            made.extend_from_slice(&place.instead);
            copied = place.end;
            match place.kind {
                Kind::Email => masked.emails += 1,
                Kind::Phone => masked.phones += 1,
                Kind::Site => masked.sites += 1,
                Kind::Account => masked.accounts += 1,
            }
        }
        if copied == 0 {
            return None;
        }
        made.extend_from_slice(value.get(copied..).unwrap_or_default());
        Some(made)
    }

    fn emails(&self, value: &[u8], escapes: Escapes, places: &mut Vec<Place>) {
        for at in memchr::memchr_iter(b'@', value) {
            let before = value.get(..at).unwrap_or_default();
            let local = before
                .iter()
                .rev()
                .take_while(|byte| is_of_local(**byte))
                .count();
            let mut begin = at - local;
            let is_escaped = begin > 0 && value.get(begin - 1) == Some(&b'\\');
            if is_escaped && escapes != Escapes::Text {
                // The letter behind a backslash is none of the address.
                begin += if value.get(begin) == Some(&b'u') {
                    5
                } else {
                    1
                };
            }
            let behind = value.get(at + 1..).unwrap_or_default();
            let domain = behind.iter().take_while(|byte| is_of_host(**byte)).count();
            let domain = behind.get(..domain).unwrap_or_default();
            let domain = domain.strip_suffix(b".").unwrap_or(domain);
            let top = domain
                .rsplit(|byte| *byte == b'.')
                .next()
                .unwrap_or_default();
            let is_domain =
                domain.contains(&b'.') && top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
            if begin >= at || !is_domain {
                continue;
            }
            let end = at + 1 + domain.len();
            let address = value
                .get(begin..end)
                .unwrap_or_default()
                .to_ascii_lowercase();
            let name = self.letters(b"email", &address, 10);
            places.push(Place {
                begin,
                end,
                instead: format!("{name}@{NOWHERE}").into_bytes(),
                kind: Kind::Email,
            });
        }
    }

    fn accounts(&self, value: &[u8], places: &mut Vec<Place>) {
        let is_start = |at: usize| {
            let letter = |at: usize| value.get(at).is_some_and(u8::is_ascii_uppercase);
            let digit = |at: usize| value.get(at).is_some_and(u8::is_ascii_digit);
            let is_inside = at
                .checked_sub(1)
                .and_then(|before| value.get(before))
                .is_some_and(u8::is_ascii_alphanumeric);
            !is_inside && letter(at) && letter(at + 1) && digit(at + 2) && digit(at + 3)
        };
        for begin in (0..value.len()).filter(|at| is_start(*at)) {
            let rest = value.get(begin..).unwrap_or_default();
            let run = rest
                .iter()
                .take(42)
                .take_while(|byte| {
                    byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b' '
                })
                .count();
            // The longest part of the run that adds up.
            let found = (15..=run).rev().find(|length| {
                let part = rest.get(..*length).unwrap_or_default();
                let next = rest.get(*length);
                part.last() != Some(&b' ')
                    && next.is_none_or(|byte| !byte.is_ascii_alphanumeric())
                    && adds_up(part)
            });
            if let Some(length) = found {
                let account = rest.get(..length).unwrap_or_default();
                places.push(Place {
                    begin,
                    end: begin + length,
                    instead: self.account(account),
                    kind: Kind::Account,
                });
            }
        }
    }

    fn account(&self, account: &[u8]) -> Vec<u8> {
        let mut digits = self.digits(b"account", account).into_iter().cycle();
        let mut seen = 0;
        let instead = account.iter().map(|byte| match byte {
            b' ' => b' ',
            _ => {
                seen += 1;
                match seen {
                    1 | 2 => b'X',
                    3 | 4 => b'0',
                    _ => digits.next().unwrap_or(b'0'),
                }
            }
        });
        instead.collect()
    }

    /// Numbers and hosts that were noted.
    fn noted(&self, value: &[u8], places: &mut Vec<Place>) {
        for (begin, end) in runs(value, is_of_phone).filter(|_| !self.phones.is_empty()) {
            let run = value.get(begin..end).unwrap_or_default();
            let number = digits(run);
            if !self.phones.contains(&number) {
                continue;
            }
            let hidden = self.digits(b"phone", &number);
            let kept = number.len().saturating_sub(4);
            let mut seen = 0;
            let instead = run.iter().map(|byte| match byte.is_ascii_digit() {
                false => *byte,
                true => {
                    seen += 1;
                    match seen > kept {
                        true => hidden.get(seen).copied().unwrap_or(b'0'),
                        false => b'0',
                    }
                }
            });
            places.push(Place {
                begin,
                end,
                instead: instead.collect(),
                kind: Kind::Phone,
            });
        }
        for (begin, end) in runs(value, is_of_host).filter(|_| !self.sites.is_empty()) {
            let run = value
                .get(begin..end)
                .unwrap_or_default()
                .to_ascii_lowercase();
            let host = run.strip_suffix(b".").unwrap_or(&run);
            if self.sites.contains(host) {
                let name = self.letters(b"site", host, 10);
                places.push(Place {
                    begin,
                    end: begin + host.len(),
                    instead: format!("{name}.{NOWHERE}").into_bytes(),
                    kind: Kind::Site,
                });
            }
        }
    }

    fn hash(&self, kind: &[u8], value: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(kind).update(&[0]).update(value);
        *hasher.finalize().as_bytes()
    }

    fn letters(&self, kind: &[u8], value: &[u8], count: usize) -> String {
        let letters = self.hash(kind, value).into_iter().take(count);
        letters.map(|byte| char::from(b'a' + byte % 26)).collect()
    }

    fn digits(&self, kind: &[u8], value: &[u8]) -> Vec<u8> {
        let digits = self.hash(kind, value).into_iter();
        digits.map(|byte| b'0' + byte % 10).collect()
    }
}

/// A part of a value that is replaced.
struct Place {
    begin: usize,
    end: usize,
    instead: Vec<u8>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Email,
    Phone,
    Site,
    Account,
}

fn digits(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(u8::is_ascii_digit).collect()
}

fn find(value: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(value, part)
}

fn is_of_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b".!#$%*+-^_|~".contains(&byte)
}

fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'.' | b'-')
}

fn is_of_phone(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'+' | b'(' | b')' | b'/' | b'.' | b'-')
}

/// The longest runs of such bytes that begin and end with a letter, a digit, a plus or a parenthesis.
fn runs(value: &[u8], is_of: fn(u8) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let begin = at + value.get(at..)?.iter().position(|byte| is_of(*byte))?;
        let length = value
            .get(begin..)?
            .iter()
            .take_while(|byte| is_of(**byte))
            .count();
        at = begin + length;
        let is_edge = |byte: &u8| {
            byte.is_ascii_alphanumeric() || *byte >= 0x80 || matches!(byte, b'+' | b'(' | b')')
        };
        let run = value.get(begin..at)?;
        let first = run.iter().position(is_edge).unwrap_or(0);
        let last = run
            .iter()
            .rposition(is_edge)
            .map_or(run.len(), |last| last + 1);
        Some((begin + first, begin + last.max(first)))
    })
}

/// Whether the check digits of an international bank account number are right.
fn adds_up(account: &[u8]) -> bool {
    let letters: Vec<u8> = account
        .iter()
        .copied()
        .filter(|byte| *byte != b' ')
        .collect();
    if !(15..=34).contains(&letters.len()) {
        return false;
    }
    let (front, rest) = letters.split_at(4);
    let remainder = rest.iter().chain(front).fold(0_u32, |sum, byte| {
        let number = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            letter => u32::from(letter - b'A') + 10,
        };
        match number {
            0..=9 => (sum * 10 + number) % 97,
            _ => (sum * 100 + number) % 97,
        }
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(value: &str, escapes: Escapes) -> (String, Masked) {
        let mut masking = Masking::new([3; 32]);
        masking.note_phone(b"+49 711 / 123456");
        masking.note_site(b"https://www.Mueller.example/shop");
        let mut masked = Masked::default();
        let made = masking.masked(value.as_bytes(), escapes, &mut masked);
        let made = made.unwrap_or_else(|| value.as_bytes().to_vec());
        (String::from_utf8(made).unwrap(), masked)
    }

    #[test]
    fn addresses_are_replaced_wherever_they_stand() {
        let (text, found) = masked(
            "Write to Anna.Weber+x@mueller.example, call +49711123456 or (+49) 711-12 34 56, see www.mueller.example/a. IBAN DE89 3704 0044 0532 0130 00!",
            Escapes::Text,
        );
        for original in ["mueller", "123456", "12 34 56", "3704"] {
            assert!(!text.contains(original), "{text}");
        }
        assert!(text.contains("@example.invalid, call +0000000"));
        assert_eq!(
            (found.emails, found.phones, found.sites, found.accounts),
            (1, 2, 1, 1)
        );
    }

    #[test]
    fn equal_addresses_become_equal_ones() {
        let (one, _) = masked("a@b.de", Escapes::Text);
        let (other, _) = masked("A@B.DE", Escapes::Text);
        assert_eq!(one, other);
    }

    #[test]
    fn an_escape_of_json_is_no_part_of_an_address() {
        let (text, _) = masked(
            r#"{"t":"x\nbob@mueller.example","u":"\u0041ob@mueller.example"}"#,
            Escapes::Json,
        );
        assert!(text.contains(r"x\n"), "{text}");
        assert!(text.contains(r"\u0041"), "{text}");
        assert!(!text.contains("mueller"), "{text}");
    }

    #[test]
    fn numbers_dates_and_words_stay() {
        for text in [
            "2026-10-30",
            "1 234 567.89",
            "P-1000",
            "DE00 0000 0000 0000 0000 00",
            "a@b",
            "@x.de",
        ] {
            assert_eq!(masked(text, Escapes::Text).0, text);
        }
    }
}
