use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A hash over rows that does not depend on their order: the sum, modulo 2^256, of the BLAKE3 hash
/// of each row's COPY line without its newline. Equal multisets of rows have equal fingerprints.
///
/// It tells equal from changed among honest parties; a sum of hashes is no defence against someone
/// who picks the rows to collide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint([u64; 4]);

impl Fingerprint {
    /// The fingerprint of no rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row by its COPY line, without the newline.
    pub fn add(&mut self, line: &[u8]) {
        let hash = blake3::hash(line);
        let (words, _) = hash.as_bytes().as_chunks::<8>();
        let mut limbs = [0; 4];
        for (limb, word) in limbs.iter_mut().zip(words) {
            *limb = u64::from_le_bytes(*word);
        }
        self.add_limbs(limbs);
    }

    /// Adds all rows of another fingerprint.
    pub fn merge(&mut self, other: Self) {
        self.add_limbs(other.0);
    }

    fn add_limbs(&mut self, limbs: [u64; 4]) {
        let mut carry = false;
        for (mine, theirs) in self.0.iter_mut().zip(limbs) {
            let (sum, over) = mine.overflowing_add(theirs);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            *mine = sum;
            carry = over || over_again;
        }
    }
}

impl fmt::Display for Fingerprint {
    /// Sixty-four hexadecimal digits, the most significant first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .rev()
            .try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "a fingerprint is 64 hexadecimal digits".to_owned();
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut limbs = [0; 4];
        for (index, limb) in limbs.iter_mut().rev().enumerate() {
            let digits = text.get(index * 16..(index + 1) * 16).ok_or_else(wrong)?;
            *limb = u64::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(limbs))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
