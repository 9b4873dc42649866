use std::collections::HashSet;

use crate::model::{ExportRule, Profile, TableName};

/// Letters of a name at most; what unpacks a ZIP may allow no more than 255 bytes.
const LONGEST: usize = 100;

/// The file of rows of which a company has one.
pub(super) const SETTINGS: &str = "settings.json";

/// Gives files names that every system takes, each its own, whatever the tables are called.
pub(super) struct FileNames<'a> {
    profile: Option<&'a Profile>,
    taken: HashSet<String>,
}

impl<'a> FileNames<'a> {
    /// Names as the profile has them, where one is known.
    pub(super) fn new(profile: Option<&'a Profile>) -> Self {
        Self {
            profile,
            taken: HashSet::new(),
        }
    }

    /// Whether the table's one row stands in [`SETTINGS`] alone.
    pub(super) fn is_in_settings(&self, table: &TableName) -> bool {
        self.ruled(table)
            .is_some_and(|(rule, written)| rule.in_settings.contains(&written))
    }

    /// The file of a table: as the profile has it, else by its bare name where it is in the application's
    /// schema.
    pub(super) fn of(&mut self, table: &TableName) -> String {
        let schema = self
            .profile
            .map_or("public", |profile| profile.schema.as_str());
        let given = self
            .ruled(table)
            .and_then(|(rule, written)| rule.files.get(&written));
        let name = match given {
            Some(given) => plain(given),
            None if table.schema == schema => plain(&table.name),
            None => plain(&table.to_string()),
        };
        // Some systems do not tell capital letters from small ones.
        let mut free = name.clone();
        let mut number = 1;
        while !self.taken.insert(free.to_lowercase()) {
            number += 1;
            free = format!("{name}-{number}");
        }
        format!("{free}.csv")
    }

    fn ruled(&self, table: &TableName) -> Option<(&'a ExportRule, String)> {
        let profile = self.profile?;
        Some((profile.export.as_ref()?, profile.written(table)))
    }
}

/// The name with everything replaced that a file system might not take.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().take(LONGEST);
    let plain: String = letters
        .map(|letter| match letter {
            letter if letter.is_alphanumeric() || "-_.".contains(letter) => letter,
            _ => '_',
        })
        .collect();
    match plain.trim_start_matches('.') {
        "" => "table".to_owned(),
        rest => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_their_own() {
        let mut names = FileNames::new(None);
        let mut of = |schema: &str, name: &str| names.of(&TableName::new(schema, name));
        assert_eq!(of("public", "salesOrder"), "salesOrder.csv");
        assert_eq!(of("public", "SalesOrder"), "SalesOrder-2.csv");
        assert_eq!(of("public", "../../etc/passwd"), "_.._etc_passwd.csv");
        assert_eq!(of("public", ".."), "table.csv");
        assert_eq!(of("audit", "log"), "audit.log.csv");
    }

    #[test]
    fn a_profile_says_what_files_are_called() {
        let profile = crate::profile::built_in("stockflow").unwrap();
        let mut names = FileNames::new(Some(&profile));
        let table = |name: &str| TableName::new("public", name);
        assert_eq!(names.of(&table("purchase_orders")), "purchase-orders.csv");
        assert_eq!(names.of(&table("purchase-orders")), "purchase-orders-2.csv");
        assert!(names.is_in_settings(&table("accounts")));
        assert!(!names.is_in_settings(&table("orders")));
    }
}
