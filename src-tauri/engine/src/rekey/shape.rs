//! The shape of an id, and a new id of the same shape.

/// Bits of chance below which an id could be a word that somebody chose.
const MOST_GUESSABLE_BITS: usize = 60;
/// Length of the ids that are made where the old one has no shape to follow.
const PLAIN_LENGTH: usize = 20;
/// Shortest key of a company that is looked for inside of ids and texts.
const SHORTEST_EMBEDDED: usize = 12;

const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const BASE32: &[u8] = b"0123456789abcdefghijklmnopqrstuv";
const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const UPPER_HEX: &[u8] = b"0123456789ABCDEF";
const UPPER: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What generators draw from, the narrowest first.
const ALPHABETS: [&[u8]; 7] = [DIGITS, HEX, BASE32, BASE36, UPPER_HEX, UPPER, BASE62];
/// For each byte, a bit for each alphabet that has it: every field of a copied row is looked at like this.
const ALPHABETS_OF: [u8; 256] = alphabets_of();

const fn alphabets_of() -> [u8; 256] {
    let mut of = [0; 256];
    let mut number = 0;
    while number < ALPHABETS.len() {
        let mut place = 0;
        while place < ALPHABETS[number].len() {
            of[ALPHABETS[number][place] as usize] |= 1 << number;
            place += 1;
        }
        number += 1;
    }
    of
}

/// How ids are renewed in one run.
#[derive(Clone)]
pub struct Renewal {
    secret: [u8; 32],
    /// The company's key before and after.
    company: Option<(Vec<u8>, Vec<u8>)>,
    keeps: bool,
}

impl std::fmt::Debug for Renewal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewal")
            .field("keeps", &self.keeps)
            .finish_non_exhaustive()
    }
}

impl Renewal {
    /// New ids, another one for each secret.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            company: None,
            keeps: false,
        }
    }

    /// Ids stay as they are.
    #[must_use]
    pub fn keeping() -> Self {
        Self {
            keeps: true,
            ..Self::new([0; 32])
        }
    }

    /// Ids that hold the company's key get the new one in its place.
    #[must_use]
    pub fn with_company(mut self, old: &str, new: &str) -> Self {
        let is_telling = |key: &str| {
            key.len() >= SHORTEST_EMBEDDED && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        self.company = (is_telling(old) && old.len() == new.len())
            .then(|| (old.as_bytes().to_vec(), new.as_bytes().to_vec()));
        self
    }

    /// Whether ids stay as they are.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// Whether the company's key stands in it, perhaps cut by hyphens.
    #[must_use]
    pub fn embeds_company(&self, id: &[u8]) -> bool {
        self.place_of_company(id).is_some()
    }

    /// The new id in place of that one. `longest` is how long the column allows it to be.
    #[must_use]
    pub fn renewed(&self, id: &[u8], longest: Option<usize>) -> Vec<u8> {
        if self.keeps {
            return id.to_vec();
        }
        if let Some(renewed) = self.with_new_company(id) {
            return renewed;
        }
        let mut chance = Chance::of(&self.secret, id);
        if let Some(renewed) = renewed_uuid(id, &mut chance) {
            return renewed;
        }
        match random_part(id) {
            Some(part) if part.bits >= MOST_GUESSABLE_BITS => {
                // What is drawn may look like words now and then, and would be taken for them by the next copy.
                let mut renewed = part.renewed(id, &mut chance);
                let is_telling = looks_random(id);
                for _ in 0..MOST_DRAWS {
                    if !is_telling || looks_random(&renewed) {
                        break;
                    }
                    renewed = part.renewed(id, &mut chance);
                }
                renewed
            }
            _ if !id.is_empty() && id.iter().all(u8::is_ascii_digit) => {
                plain(DIGITS, longest.unwrap_or(18).min(18), &mut chance)
            }
            _ => plain(
                BASE32,
                longest.unwrap_or(PLAIN_LENGTH).min(PLAIN_LENGTH),
                &mut chance,
            ),
        }
    }

    /// A text that must be no other row's, made from that one.
    #[must_use]
    pub fn distinct(&self, text: &[u8], longest: Option<usize>) -> Vec<u8> {
        if self.keeps {
            return text.to_vec();
        }
        let mut chance = Chance::of(&self.secret, text);
        let tail = plain(BASE32, 6, &mut chance);
        let most = longest.map_or(usize::MAX, |longest| longest.saturating_sub(tail.len() + 1));
        let text = String::from_utf8_lossy(text);
        let head: String = text.chars().take(most).collect();
        let mut made = head.into_bytes();
        made.push(b'-');
        made.extend_from_slice(&tail);
        made
    }

    /// A word in which the company's key stands apart from the rest, as in `searchIndex_<key>`, with the
    /// new key.
    #[must_use]
    pub(super) fn with_company_inside(&self, word: &[u8]) -> Option<Vec<u8>> {
        let (old, new) = self.company.as_ref()?;
        if word.len() <= old.len() {
            return None;
        }
        let at = word
            .windows(old.len())
            .position(|window| window == old.as_slice())?;
        let is_apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let before = at.checked_sub(1).and_then(|at| word.get(at));
        if !is_apart(before) || !is_apart(word.get(at + old.len())) {
            return None;
        }
        let mut renewed = word.to_vec();
        renewed.splice(at..at + old.len(), new.iter().copied());
        Some(renewed)
    }

    fn place_of_company(&self, id: &[u8]) -> Option<Vec<usize>> {
        let (old, _) = self.company.as_ref()?;
        if id.len() <= old.len() {
            return None;
        }
        let places: Vec<usize> = (0..id.len())
            .filter(|place| id.get(*place).is_some_and(u8::is_ascii_alphanumeric))
            .collect();
        let letters: Vec<u8> = places
            .iter()
            .filter_map(|place| id.get(*place).copied())
            .collect();
        let at = letters
            .windows(old.len())
            .position(|window| window == old.as_slice())?;
        Some(places.into_iter().skip(at).take(old.len()).collect())
    }

    fn with_new_company(&self, id: &[u8]) -> Option<Vec<u8>> {
        let places = self.place_of_company(id)?;
        let (_, new) = self.company.as_ref()?;
        let mut renewed = id.to_vec();
        for (place, letter) in places.into_iter().zip(new) {
            if let Some(byte) = renewed.get_mut(place) {
                *byte = *letter;
            }
        }
        Some(renewed)
    }
}

/// Whether an id looks made by a generator: long enough that nobody guesses it, and mixed as no word is.
#[must_use]
pub fn looks_random(id: &[u8]) -> bool {
    if is_uuid(id) {
        return true;
    }
    let Some(part) = random_part(id) else {
        return false;
    };
    part.bits >= MOST_GUESSABLE_BITS && turns(id.get(part.begin..).unwrap_or_default()) >= 3
}

/// How often a letter is followed by one of another class. Hyphens between words are no mark of a generator.
fn turns(body: &[u8]) -> usize {
    let mut classes = body
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| class(*byte));
    let Some(mut last) = classes.next() else {
        return 0;
    };
    let turned = classes.filter(|class| std::mem::replace(&mut last, *class) != *class);
    turned.count()
}

/// Whether it is long enough and made of such letters that, in a table of ids that look random, it is one.
#[must_use]
pub(super) fn may_be_random(id: &[u8]) -> bool {
    is_uuid(id) || random_part(id).is_some_and(|part| part.bits >= MOST_GUESSABLE_BITS)
}

/// How ids of one generator look: their length and what they all begin with.
pub(super) type Shape = (usize, Vec<u8>);

/// The shape of an id.
pub(super) fn shape(id: &[u8]) -> Shape {
    let prefix = id.get(..prefix_length(id)).unwrap_or_default();
    (id.len(), prefix.to_vec())
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        _ => 2,
    }
}

/// How often an id is drawn again that does not look random; what is left then is next to nothing.
const MOST_DRAWS: usize = 16;

/// The part of an id that is left to chance.
struct RandomPart {
    begin: usize,
    alphabet: &'static [u8],
    bits: usize,
}

fn random_part(id: &[u8]) -> Option<RandomPart> {
    let begin = prefix_length(id);
    let (mut alphabets, mut letter_count) = (u8::MAX, 0_usize);
    for byte in id.get(begin..)? {
        if matches!(byte, b'_' | b'-') {
            continue;
        }
        alphabets &= ALPHABETS_OF.get(usize::from(*byte)).copied()?;
        letter_count += 1;
    }
    let alphabet = *ALPHABETS.get(alphabets.trailing_zeros() as usize)?;
    let bits_of_letter = usize::BITS - alphabet.len().leading_zeros() - 1;
    Some(RandomPart {
        begin,
        alphabet,
        // The first letter is kept.
        bits: letter_count.saturating_sub(1) * bits_of_letter as usize,
    })
}

/// What stands before the random part of `price_list_0k3v...`.
fn prefix_length(id: &[u8]) -> usize {
    let words = id
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase() || **byte == b'_')
        .count();
    id.get(..words)
        .and_then(|words| words.iter().rposition(|byte| *byte == b'_'))
        .map_or(0, |last| last + 1)
}

impl RandomPart {
    fn renewed(&self, id: &[u8], chance: &mut Chance) -> Vec<u8> {
        // The last of the 20 letters of an xid carries one bit.
        let is_xid = self.begin == 0
            && id.len() == 20
            && self.alphabet == BASE32
            && matches!(id.last(), Some(b'0' | b'g'));
        let mut renewed = id.to_vec();
        for (place, byte) in renewed.iter_mut().enumerate().skip(self.begin + 1) {
            if byte.is_ascii_alphanumeric() {
                *byte = match is_xid && place == 19 {
                    true => chance.letter(b"0g"),
                    false => chance.letter(self.alphabet),
                };
            }
        }
        renewed
    }
}

fn is_uuid(id: &[u8]) -> bool {
    id.len() == 36
        && id.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A uuid of the same version and case.
fn renewed_uuid(id: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    if !is_uuid(id) {
        return None;
    }
    let alphabet = match id.iter().any(u8::is_ascii_uppercase) {
        true => UPPER_HEX,
        false => HEX,
    };
    let mut renewed = id.to_vec();
    for (place, byte) in renewed.iter_mut().enumerate() {
        // The version and the variant.
        if !matches!(place, 8 | 13 | 14 | 18 | 19 | 23) {
            *byte = chance.letter(alphabet);
        }
    }
    Some(renewed)
}

fn plain(alphabet: &[u8], length: usize, chance: &mut Chance) -> Vec<u8> {
    let mut made: Vec<u8> = (0..length).map(|_| chance.letter(alphabet)).collect();
    // A number does not begin with a zero.
    if let Some(first) = made.first_mut()
        && *first == b'0'
    {
        *first = b'1';
    }
    made
}

/// Letters that depend on an id and the secret alone.
struct Chance {
    stream: blake3::OutputReader,
    /// What was drawn of the stream, which costs as much for a byte as for all of these.
    drawn: [u8; 64],
    used: usize,
}

impl Chance {
    fn of(secret: &[u8; 32], id: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(secret);
        hasher.update(id);
        Self {
            stream: hasher.finalize_xof(),
            drawn: [0; 64],
            used: 64,
        }
    }

    fn letter(&mut self, alphabet: &[u8]) -> u8 {
        if self.used + 2 > self.drawn.len() {
            self.stream.fill(&mut self.drawn);
            self.used = 0;
        }
        let bytes = self.drawn.get(self.used..self.used + 2);
        let number = bytes.map_or(0, |bytes| {
            bytes
                .iter()
                .fold(0, |sum, byte| sum * 256 + usize::from(*byte))
        });
        self.used += 2;
        let letter = alphabet.get(number % alphabet.len().max(1));
        letter.copied().unwrap_or(b'0')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renewal() -> Renewal {
        Renewal::new([7; 32])
    }

    fn renewed(id: &str) -> String {
        String::from_utf8(renewal().renewed(id.as_bytes(), None)).unwrap()
    }

    #[test]
    fn ids_of_generators_are_told_from_words() {
        for id in [
            "cq5f0v2m8hk3s7t1n9dg",
            "d1r7k4w9xb2p6j8g0bb2",
            "cust_0k3v92m1qpd74h2b",
            "6e9b2c14-09f1-4a63-8d1e-5f7c20a9b3e4",
            "V1StGXR8_Z5jdHi6B-myT",
            "507f1f77bcf86cd799439011",
        ] {
            assert!(looks_random(id.as_bytes()), "{id}");
        }
        for id in [
            "P-1000",
            "net30",
            "acme",
            "machined-housing-2024",
            "administrators",
            "20241101",
            "1234567890123456",
            "",
        ] {
            assert!(!looks_random(id.as_bytes()), "{id}");
        }
    }

    #[test]
    fn a_new_id_has_the_shape_of_the_old_one() {
        let uuid = renewed("6e9b2c14-09f1-4a63-8d1e-5f7c20a9b3e4");
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(is_uuid(uuid.as_bytes()));
        let xid = renewed("cq5f0v2m8hk3s7t1n9dg");
        assert!(xid.starts_with('c') && xid.len() == 20);
        assert!(xid.ends_with('0') || xid.ends_with('g'));
        assert!(renewed("cust_0k3v92m1qpd74h2b").starts_with("cust_0"));
        assert_eq!(renewed("V1StGXR8_Z5jdHi6B-myT").as_bytes()[8], b'_');
        assert_eq!(renewed("acme").len(), PLAIN_LENGTH);
    }

    #[test]
    fn equal_ids_become_equal_ids_and_another_secret_makes_others() {
        let other = Renewal::new([8; 32]);
        let id = b"cq5f0v2m8hk3s7t1n9dg";
        assert_eq!(renewal().renewed(id, None), renewal().renewed(id, None));
        assert_ne!(renewal().renewed(id, None), other.renewed(id, None));
        assert_ne!(renewal().renewed(id, None), id);
    }

    #[test]
    fn an_id_that_holds_the_companys_key_gets_the_new_one() {
        let renewal = renewal().with_company("cq5f0v2m8hk3s7t1n9dg", "cabcdefghij0123456kg");
        let group = b"0000000a-cq5f-0v2m-8hk3-s7t1n9dg0001";
        assert_eq!(
            renewal.renewed(group, None),
            b"0000000a-cabc-defg-hij0-123456kg0001"
        );
        assert!(renewal.embeds_company(group));
        assert!(!renewal.embeds_company(b"cq5f0v2m8hk3s7t1n9dh"));
    }

    #[test]
    fn a_short_column_gets_a_short_id() {
        assert_eq!(renewal().renewed(b"x1", Some(8)).len(), 8);
        assert!(
            renewal()
                .renewed(b"17", Some(6))
                .iter()
                .all(u8::is_ascii_digit)
        );
    }
}
