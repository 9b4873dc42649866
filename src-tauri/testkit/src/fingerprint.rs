//! Rows as numbers that tell whether any of them changed, whatever their order.

use std::collections::BTreeMap;
use std::fmt;

use sqlx::Row as _;

use crate::TestDatabase;

/// By table, how many rows and the sum of their hashes.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint {
    parts: BTreeMap<String, Part>,
}

#[derive(Clone, PartialEq, Eq)]
struct Part {
    row_count: u64,
    hash: String,
}

impl Fingerprint {
    /// Rows of all tables together.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.parts.values().map(|part| part.row_count).sum()
    }

    /// Rows of one table, named as it was given.
    #[must_use]
    pub fn rows_of(&self, table: &str) -> u64 {
        self.parts.get(table).map_or(0, |part| part.row_count)
    }

    /// What is not the same in the other one: a line for each table.
    #[must_use]
    pub fn differences(&self, later: &Self) -> Vec<String> {
        let names = self.parts.keys().chain(
            later
                .parts
                .keys()
                .filter(|name| !self.parts.contains_key(*name)),
        );
        names
            .filter_map(|name| {
                let (before, after) = (self.parts.get(name), later.parts.get(name));
                let count = |part: Option<&Part>| {
                    part.map_or("gone".to_owned(), |part| part.row_count.to_string())
                };
                (before != after).then(|| {
                    format!(
                        "{name}: {} rows before, {} after",
                        count(before),
                        count(after)
                    )
                })
            })
            .collect()
    }

    /// Makes sure that nothing changed.
    ///
    /// # Panics
    /// Where something did, with the tables.
    #[track_caller]
    pub fn assert_same(&self, later: &Self) {
        let differences = self.differences(later);
        assert!(
            differences.is_empty(),
            "rows changed that must not:\n{}",
            differences.join("\n")
        );
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.parts.iter().map(|(name, part)| (name, part.row_count)))
            .finish()
    }
}

impl TestDatabase {
    /// The fingerprint of the results of queries, each with the name of what it reads.
    pub async fn fingerprint(&self, queries: &[(String, String)]) -> Fingerprint {
        let parts: Vec<String> = queries
            .iter()
            .enumerate()
            .map(|(number, (_, query))| {
                format!(
                    "SELECT {number}, count(*), coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)::text FROM ({query}) AS r"
                )
            })
            .collect();
        let rows = self.look(&parts.join(" UNION ALL ")).await;
        let parts = rows
            .iter()
            .map(|row| {
                let number =
                    usize::try_from(row.get::<i32, _>(0)).expect("numbers are not negative");
                let row_count =
                    u64::try_from(row.get::<i64, _>(1)).expect("counts are not negative");
                (
                    queries[number].0.clone(),
                    Part {
                        row_count,
                        hash: row.get(2),
                    },
                )
            })
            .collect();
        Fingerprint { parts }
    }
}
