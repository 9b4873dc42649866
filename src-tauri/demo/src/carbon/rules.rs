//! What the catalog leaves open and we decided: `carbon/rules.toml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Our decisions, by table and column.
#[derive(Debug, Deserialize)]
pub struct Rules {
    generated: BTreeMap<String, String>,
    words: BTreeMap<String, Vec<String>>,
    checks: BTreeMap<String, Vec<String>>,
    partial: BTreeMap<String, String>,
    defaults: BTreeMap<String, String>,
}

impl Rules {
    /// The rules that are built in.
    pub fn carbon() -> &'static Rules {
        static RULES: OnceLock<Rules> = OnceLock::new();
        RULES.get_or_init(|| {
            toml::from_str(include_str!("../../carbon/rules.toml"))
                .expect("the built-in rules are read by every test")
        })
    }

    /// Expression of a generated column.
    pub fn generated(&self, table: &str, column: &str) -> Option<&str> {
        by_column(&self.generated, table, column).map(String::as_str)
    }

    /// Default of a column that neither type nor name gives away.
    pub fn default(&self, table: &str, column: &str) -> Option<&str> {
        by_column(&self.defaults, table, column).map(String::as_str)
    }

    /// The words that a text column may hold, where they are few.
    pub fn words(&self, table: &str, column: &str) -> Option<&[String]> {
        by_column(&self.words, table, column).map(Vec::as_slice)
    }

    /// All checks of a table: name part and expression.
    pub fn checks(&self, table: &str) -> Vec<(String, String)> {
        let prefix = format!("{table}.");
        let words = self.words.iter().filter_map(|(place, words)| {
            let column = place.strip_prefix(&prefix)?;
            let list: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            Some((
                column.to_owned(),
                format!("\"{column}\" IN ({})", list.join(", ")),
            ))
        });
        let others = self.checks.get(table).into_iter().flatten().enumerate();
        let name = |at: usize| {
            if table == "memo" && at == 0 {
                "party".to_owned()
            } else {
                format!("rule{}", at + 1)
            }
        };
        words
            .chain(others.map(|(at, text)| (name(at), text.trim().to_owned())))
            .collect()
    }

    /// What stands after the table's name in a partial or expression index.
    pub fn partial(&self, table: &str, columns: &[String]) -> Option<&str> {
        self.partial
            .get(&format!("{table}:{}", columns.join(",")))
            .map(String::as_str)
    }
}

fn by_column<'a, T>(map: &'a BTreeMap<String, T>, table: &str, column: &str) -> Option<&'a T> {
    map.get(&format!("{table}.{column}"))
        .or_else(|| map.get(&format!("*.{column}")))
}
