use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of rows gathered before they are hashed: BLAKE3 hashes many kilobytes at once several times as
/// fast as it does a row at a time.
const GATHERED: usize = 64 << 10;

/// A hash over the rows of a table: the BLAKE3 of their COPY lines, each with its newline, in the order
/// of their keys. It does not depend on the order in which a server hands them out, and is what the data
/// member of these rows hashes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Takes rows in the order of their keys.
#[derive(Debug, Default)]
pub struct RowHasher {
    hasher: blake3::Hasher,
    gathered: Vec<u8>,
}

impl RowHasher {
    /// Adds a row by its COPY line, without the newline.
    pub fn add(&mut self, line: &[u8]) {
        self.gathered.extend_from_slice(line);
        self.gathered.push(b'\n');
        if self.gathered.len() >= GATHERED {
            self.hasher.update(&self.gathered);
            self.gathered.clear();
        }
    }

    /// The fingerprint of all rows that were added.
    #[must_use]
    pub fn finish(mut self) -> Fingerprint {
        self.hasher.update(&self.gathered);
        Fingerprint(*self.hasher.finalize().as_bytes())
    }
}

impl fmt::Display for Fingerprint {
    /// Sixty-four hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        blake3::Hash::from_hex(text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| "a fingerprint is 64 hexadecimal digits".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Fingerprint {
        let mut hasher = RowHasher::default();
        lines.iter().for_each(|line| hasher.add(line.as_bytes()));
        hasher.finish()
    }

    #[test]
    fn rows_hash_to_what_their_member_does() {
        let long = "x".repeat(GATHERED - 3);
        let text = format!("a\tb\n{long}\nc\n");
        assert_eq!(
            of(&["a\tb", &long, "c"]).to_string(),
            blake3::hash(text.as_bytes()).to_hex().as_str()
        );
    }

    #[test]
    fn each_row_counts_and_where_it_ends() {
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a"]), of(&["a", "a"]));
    }

    #[test]
    fn it_reads_back_what_it_prints_and_nothing_else() {
        let found = of(&["a"]);
        assert_eq!(found.to_string().parse(), Ok(found));
        assert!("x".parse::<Fingerprint>().is_err());
    }
}
