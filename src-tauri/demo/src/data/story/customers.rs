//! Customers and the people there.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::words;
use super::super::world::COMPANIES;
use super::sales::in_dollars;
use super::sometimes;

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("customer", "name") => |row, cell| match row.n {
            3 if row.company() < 2 => cell.text(COMPANIES[1 - row.company()].name),
            _ => cell.text(words::customer(row)),
        },
        ("customer", "readableId") => {
            |row, cell| cell.format(format_args!("D{:05}", 10_000 + row.n))
        }
        ("customer" | "supplier", "website") => |row, cell| {
            let name = row.value("name").unwrap_or_default();
            cell.format(format_args!("https://www.{}.example", words::plain(&name)));
        },
        ("customer" | "supplier", "logo") => |row, cell| {
            if row.n % 20 == 0 {
                cell.format(format_args!(
                    "{}/logos/{}.svg",
                    row.value("companyId").unwrap_or_default(),
                    row.n
                ));
            }
        },
        ("customer" | "supplier", "taxPercent") => |_, cell| cell.text("0.19"),
        ("customer" | "supplier", "embedding") => |row, cell| {
            if row.n % 6 == 0 {
                super::super::fill::reals(row, cell);
            }
        },
        ("contact", "firstName") => |row, cell| cell.text(words::person(row.n).0),
        ("contact", "lastName") => |row, cell| cell.text(words::person(row.n).1),
        ("contact", "email") => |row, cell| {
            if row.n != 1 {
                let (first, last) = words::person(row.n);
                let again = if row.n < 754 {
                    String::new()
                } else {
                    (row.n / 754).to_string()
                };
                cell.format(format_args!(
                    "{}.{}{again}@example.com",
                    words::plain(first),
                    words::plain(last)
                ));
            }
        },
        ("contact", "isCustomer") => |row, cell| cell.bool(row.n < row.count("customerContact")),
        ("contact", "title") => |row, cell| {
            if row.n != 1 {
                cell.text(
                    [
                        "Purchasing",
                        "Head of engineering",
                        "Quality manager",
                        "Logistics",
                        "Managing director",
                    ][row.below("title", 5) as usize],
                );
            }
        },
        ("customerLocation" | "supplierLocation", "name") => |row, cell| {
            let city = words::CITIES[row.below("city", 12) as usize].0;
            cell.format(format_args!(
                "{} {city}",
                ["Headquarters", "Plant", "Warehouse"][row.below("kind", 3) as usize]
            ));
        },
        ("customerType", "name") => |row, cell| {
            cell.text(
                [
                    "Key account",
                    "Direct",
                    "Reseller",
                    "Public sector",
                    "Affiliate",
                ][row.n as usize % 5],
            );
        },
        ("customerStatus", "name") => |row, cell| {
            cell.text(["Active", "Prospect", "On hold", "Inactive", "Blocked"][row.n as usize % 5]);
        },
        _ => return None,
    };
    Some(make)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("customer", "salesContactId") => |row| (row.n != 1).then_some(row.n),
        ("customer", "intercompanyCompanyId") => {
            |row| (row.n == 3 && row.company() < 2).then(|| 1 - row.company() as u64)
        }
        ("customer", "currencyCode") => |row| (row.n != 1).then_some(u64::from(in_dollars(row.n))),
        ("customerContact" | "customerLocation", "customerId") => {
            |row| Some(row.n % row.count("customer"))
        }
        ("customerContact", "contactId") => |row| Some(row.n),
        ("customerContact", "customerLocationId") => |row| sometimes(row, "at", 80, row.n),
        ("customerLocation", "addressId") => |row| Some(row.n),
        ("customerPayment" | "customerShipping" | "customerTax", "customerId") => |row| Some(row.n),
        _ => return None,
    };
    Some(choose)
}
