use std::fmt;
use std::fmt::Write as _;

use crate::model::TableName;

/// One name as SQL: always in double quotes, so that reserved words, capitals, dots and quotes in
/// names are themselves and nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Ident<'a>(pub &'a str);

impl fmt::Display for Ident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut parts = self.0.split('"');
        if let Some(first) = parts.next() {
            f.write_str(first)?;
        }
        for part in parts {
            f.write_str("\"\"")?;
            f.write_str(part)?;
        }
        f.write_char('"')
    }
}

/// A table's name with its schema as SQL.
#[derive(Debug, Clone, Copy)]
pub struct Qualified<'a>(pub &'a TableName);

impl fmt::Display for Qualified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", Ident(&self.0.schema), Ident(&self.0.name))
    }
}

/// Text as SQL, for words of the catalog that stand inside an expression: an enum's values. Values of
/// rows are bound or sent as COPY text instead.
#[derive(Debug, Clone, Copy)]
pub struct Literal<'a>(pub &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every session has standard_conforming_strings on, so that a backslash is itself.
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_always_quoted_and_its_quotes_are_doubled() {
        assert_eq!(Ident("user").to_string(), "\"user\"");
        assert_eq!(Ident("salesOrderLine").to_string(), "\"salesOrderLine\"");
        assert_eq!(
            Ident("a\"; DROP TABLE x; --").to_string(),
            "\"a\"\"; DROP TABLE x; --\""
        );
        assert_eq!(Ident("\"").to_string(), "\"\"\"\"");
    }

    #[test]
    fn the_quotes_of_a_literal_are_doubled() {
        assert_eq!(Literal("in repair").to_string(), "'in repair'");
        assert_eq!(Literal("a'; --\\").to_string(), r"'a''; --\'");
    }

    #[test]
    fn a_dot_in_a_table_name_does_not_separate() {
        let table = TableName::new("public", "odd.name");
        assert_eq!(Qualified(&table).to_string(), "\"public\".\"odd.name\"");
    }
}
