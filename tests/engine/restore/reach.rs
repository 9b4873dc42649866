//! What of the workshop is Acme's: a table that a test adds is too, by its column of the company.

use snapback_testkit::{FoundTable, Reach};

/// The rows that an operation on Acme may change.
pub(crate) fn acmes(table: &FoundTable) -> Reach {
    match table.name.as_str() {
        // Access, secrets, people and the company itself stay as they are.
        "company" | "user" | "membership" | "apiKey" => Reach::Nothing,
        "orderTag" | "orderLabel" => Reach::Rows(
            "t.\"orderId\" IN (SELECT id FROM public.\"order\" WHERE \"companyId\" = 'acme')"
                .to_owned(),
        ),
        // What lists uploaded files, where a test has that.
        "objects" => Reach::Rows("starts_with(t.name, 'acme/')".to_owned()),
        _ if table.has_company_column => Reach::Rows("t.\"companyId\" = 'acme'".to_owned()),
        _ => Reach::Nothing,
    }
}
