//! What kind of value a column holds, for people: how its values are written.

use crate::model::Table;

/// How people write the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// As it is.
    Text,
    /// A number that counts or measures.
    Number,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// A moment.
    Time,
    /// Yes or no.
    Truth,
    /// JSON.
    Document,
}

/// Words in a column's name that say that its numbers are money.
const MONEY: &[&str] = &[
    "amount", "balance", "budget", "cost", "costs", "credit", "debit", "fee", "price", "revenue",
    "salary", "subtotal", "total", "wage",
];

/// Words that say that they are none after all.
const NO_MONEY: &[&str] = &[
    "count",
    "days",
    "factor",
    "hours",
    "number",
    "percent",
    "percentage",
    "quantity",
    "rate",
    "ratio",
    "units",
];

/// How people write the values of that column; `words` are those of its label.
#[must_use]
pub fn value_kind(table: &Table, column: &str, label: &str) -> ValueKind {
    let Some(found) = table.column(column) else {
        return ValueKind::Text;
    };
    let type_name = found.type_name.split('(').next().unwrap_or_default();
    match type_name.trim() {
        "numeric" | "double precision" | "real" if is_money(label) => ValueKind::Money,
        "money" => ValueKind::Text,
        "numeric" | "double precision" | "real" | "integer" | "bigint" | "smallint" => {
            ValueKind::Number
        }
        "date" => ValueKind::Date,
        "timestamp with time zone" | "timestamp without time zone" | "timestamp" => ValueKind::Time,
        "boolean" => ValueKind::Truth,
        "json" | "jsonb" => ValueKind::Document,
        _ => ValueKind::Text,
    }
}

fn is_money(label: &str) -> bool {
    let label = label.to_lowercase();
    let says = |words: &[&str]| label.split(' ').any(|word| words.contains(&word));
    says(MONEY) && !says(NO_MONEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_told_from_other_numbers_by_the_words_of_the_label() {
        assert!(is_money("Unit price"));
        assert!(is_money("Shipping cost"));
        assert!(!is_money("Total quantity"));
        assert!(!is_money("Tax percent"));
        assert!(!is_money("Credit days"));
        assert!(!is_money("Pricelist"));
    }
}
