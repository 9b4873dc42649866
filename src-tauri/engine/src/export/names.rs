use std::collections::HashSet;

use crate::model::TableName;

/// Letters of a name at most; what unpacks a ZIP may allow no more than 255 bytes.
const LONGEST: usize = 100;

/// Gives files names that every system takes, each its own, whatever the tables are called.
#[derive(Default)]
pub(super) struct FileNames {
    taken: HashSet<String>,
}

impl FileNames {
    /// The file of a table: by its bare name where it is in the application's schema.
    pub(super) fn of(&mut self, table: &TableName, schema: &str) -> String {
        let name = match table.schema == schema {
            true => plain(&table.name),
            false => plain(&table.to_string()),
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
        let mut names = FileNames::default();
        let of =
            |names: &mut FileNames, name: &str| names.of(&TableName::new("public", name), "public");
        assert_eq!(of(&mut names, "salesOrder"), "salesOrder.csv");
        assert_eq!(of(&mut names, "SalesOrder"), "SalesOrder-2.csv");
        assert_eq!(of(&mut names, "../../etc/passwd"), "_.._etc_passwd.csv");
        assert_eq!(of(&mut names, ".."), "table.csv");
        let other = TableName::new("audit", "log");
        assert_eq!(names.of(&other, "public"), "audit.log.csv");
    }
}
