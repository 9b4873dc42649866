//! The company itself: its group, places, periods and reference data.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::words;
use super::super::world::{COMPANIES, TODAY};

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    company(table, column)
        .or_else(|| reference_data(table, column))
        .or_else(|| places(table, column))
}

fn company(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("company", "id") => |row, cell| cell.text(COMPANIES[row.n as usize].id),
        ("company", "name") => |row, cell| cell.text(COMPANIES[row.n as usize].name),
        ("company", "city") => {
            |row, cell| cell.text(["Esslingen am Neckar", "Stuttgart", "Tampere"][row.n as usize])
        }
        ("company", "countryCode") => |row, cell| cell.text(["DE", "DE", "FI"][row.n as usize]),
        ("company", "email") => |row, cell| {
            cell.text(
                [
                    "info@mueller.example",
                    "service@mueller.example",
                    "hello@nordwind.example",
                ][row.n as usize],
            );
        },
        ("company", "active" | "auditLogEnabled") => |_, cell| cell.bool(true),
        ("company", "isEliminationEntity") => |_, cell| cell.bool(false),
        ("companyGroup", "id") => |row, cell| cell.text(COMPANIES[(row.n * 2) as usize].group_id),
        ("companyGroup", "name") => {
            |row, cell| cell.text(COMPANIES[(row.n * 2) as usize].group_name)
        }
        ("sequence", "table") => |row, cell| cell.text(words::SEQUENCES[row.n as usize].0),
        ("sequence", "name") => |row, cell| cell.text(words::SEQUENCES[row.n as usize].1),
        ("sequence", "prefix") => |row, cell| cell.text(words::SEQUENCES[row.n as usize].2),
        ("sequence", "suffix") => |_, _| {},
        ("sequence", "next") => |row, cell| {
            let (table, ..) = words::SEQUENCES[row.n as usize];
            cell.number(row.count(table));
        },
        ("sequence", "size") => |_, cell| cell.text("6"),
        ("sequence", "step") => |_, cell| cell.text("1"),
        // The platform's group ids carry the company's id, cut like a uuid.
        ("group", "id") => |row, cell| {
            let company = row
                .value("companyId")
                .unwrap_or_else(|| "00000000000000000000".to_owned());
            let part = |from: usize, to: usize| company.get(from..to).unwrap_or_default();
            cell.format(format_args!(
                "{:08x}-{}-{}-{}-{}{:04x}",
                row.n,
                part(0, 4),
                part(4, 8),
                part(8, 12),
                part(12, 20),
                row.n
            ));
        },
        ("group", "name") => |row, cell| {
            cell.text(
                [
                    "All employees",
                    "Administrators",
                    "Purchasing team",
                    "Sales team",
                    "Quality circle",
                    "Shift leaders",
                    "Customers",
                    "Suppliers",
                ][row.n as usize % 8],
            );
        },
        ("accountingPeriod", "startDate") => |row, cell| cell.date(month_start(row.n)),
        ("accountingPeriod", "endDate") => |row, cell| cell.date(month_start(row.n + 1) - 1),
        ("accountingPeriod", "fiscalYear") => |row, cell| cell.number(2024 + (10 + row.n) / 12),
        ("accountingPeriod", "periodNumber") => |row, cell| cell.number((10 + row.n) % 12 + 1),
        ("accountingPeriod", "status") => {
            |row, cell| cell.text(if row.n == 23 { "Active" } else { "Inactive" })
        }
        ("accountingPeriod", "closeStatus") => |row, cell| {
            cell.text(match row.n {
                0..=17 => "Closed",
                18..=20 => "Locked",
                _ => "Open",
            });
        },
        _ => return None,
    };
    Some(make)
}

/// First day of the n-th of the 24 months from November 2024 on.
fn month_start(n: u64) -> i64 {
    const DAYS: [i64; 12] = [30, 31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31];
    // 2024-11-01, in days since 1970.
    20_028 + (0..n).map(|month| DAYS[(month % 12) as usize]).sum::<i64>()
}

fn reference_data(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("country", "alpha2") => |row, cell| cell.text(words::COUNTRIES[row.n as usize].0),
        ("country", "alpha3") => |row, cell| cell.text(words::COUNTRIES[row.n as usize].1),
        ("country", "name") => |row, cell| cell.text(words::COUNTRIES[row.n as usize].2),
        ("currencyCode", "code") => |row, cell| cell.text(words::CURRENCIES[row.n as usize].0),
        ("currencyCode", "name") => |row, cell| cell.text(words::CURRENCIES[row.n as usize].1),
        ("currency", "exchangeRate") => {
            |row, cell| cell.text(["1", "1.08", "0.95", "11.42"][row.n as usize % 4])
        }
        ("currency", "decimalPlaces") => |_, cell| cell.text("2"),
        ("currency", "active") => |_, cell| cell.bool(true),
        ("exchangeRateHistory", "rate") => {
            |row, cell| cell.fixed(10_400 + row.below("rate", 900) as i64, 4)
        }
        ("account", "number") => |row, cell| cell.text(words::ACCOUNTS[row.n as usize].0),
        ("account", "name") => |row, cell| cell.text(words::ACCOUNTS[row.n as usize].1),
        ("account", "accountType") => |row, cell| cell.text(words::ACCOUNTS[row.n as usize].2),
        ("account", "class") => |row, cell| cell.text(words::ACCOUNTS[row.n as usize].3),
        ("account", "incomeBalance") => |row, cell| {
            cell.text(if words::ACCOUNTS[row.n as usize].4 {
                "Balance Sheet"
            } else {
                "Income Statement"
            });
        },
        ("account", "isSystem") => |row, cell| cell.bool(row.n < 12),
        ("account", "isGroup") => |_, cell| cell.bool(false),
        ("account", "active") => |_, cell| cell.bool(true),
        ("dimension", "name") => |row, cell| {
            cell.text(
                [
                    "Location",
                    "Cost centre",
                    "Product line",
                    "Department",
                    "Project",
                    "Region",
                ][row.n as usize % 6],
            );
        },
        ("dimensionValue", "name") => |row, cell| {
            cell.format(format_args!(
                "{} {}",
                words::one_of(row, "value", &words::SHORT),
                row.n + 1
            ));
        },
        ("customFieldTable" | "webhookTable", "table") => {
            |row, cell| cell.text(words::TABLES[row.n as usize].0)
        }
        ("customFieldTable" | "webhookTable", "module") => {
            |row, cell| cell.text(words::TABLES[row.n as usize].1)
        }
        ("customFieldTable" | "webhookTable", "name") => {
            |row, cell| cell.text(words::TABLES[row.n as usize].2)
        }
        ("attributeDataType", "label") => |row, cell| cell.text(ATTRIBUTE_TYPES[row.n as usize]),
        ("attributeDataType", "isBoolean") => |row, cell| cell.bool(row.n == 0),
        ("attributeDataType", "isDate") => |row, cell| cell.bool(row.n == 1),
        ("attributeDataType", "isList") => |row, cell| cell.bool(row.n == 2),
        ("attributeDataType", "isNumeric") => |row, cell| cell.bool(row.n == 3),
        ("attributeDataType", "isText") => |row, cell| cell.bool(row.n == 4),
        ("attributeDataType", "isUser") => |row, cell| cell.bool(row.n == 5),
        ("attributeDataType", "isCustomer") => |row, cell| cell.bool(row.n == 6),
        ("attributeDataType", "isSupplier") => |row, cell| cell.bool(row.n == 7),
        ("attributeDataType", "isFile") => |row, cell| cell.bool(row.n == 8),
        ("period", "startDate") => |row, cell| cell.date(TODAY - 364 + row.n as i64 * 7),
        ("period", "endDate") => |row, cell| cell.date(TODAY - 358 + row.n as i64 * 7),
        ("period", "periodType") => |_, cell| cell.text("Week"),
        ("industry", "name") => |row, cell| {
            cell.text(
                [
                    "Machining",
                    "Sheet metal",
                    "Electronics",
                    "Medical devices",
                    "Aerospace",
                    "Automotive",
                    "Plastics",
                    "Robotics",
                    "Job shop",
                    "Assembly",
                ][row.n as usize % 10],
            );
        },
        ("plan", "name") => {
            |row, cell| cell.text(["Starter", "Business", "Enterprise"][row.n as usize % 3])
        }
        ("unitOfMeasure", "code") => |row, cell| cell.text(words::UNITS[row.n as usize].0),
        ("unitOfMeasure", "name") => |row, cell| cell.text(words::UNITS[row.n as usize].1),
        ("paymentTerm", "name") => |row, cell| {
            cell.text(
                [
                    "Net 30",
                    "Net 14",
                    "2 % 10, net 30",
                    "Prepayment",
                    "End of month",
                ][row.n as usize % 5],
            );
        },
        ("shippingMethod", "name") => |row, cell| {
            cell.text(
                [
                    "DHL parcel",
                    "Freight forwarder",
                    "Own van",
                    "Pick-up",
                    "Express",
                ][row.n as usize % 5],
            );
        },
        ("shippingTerm", "name") => |row, cell| {
            cell.text(
                ["EXW works", "DAP customer", "FCA Stuttgart", "DDP", "CPT"][row.n as usize % 5],
            );
        },
        ("nonConformanceRequiredAction", "systemType") => |row, cell| {
            let types = [
                "Containment",
                "Corrective",
                "Preventive",
                "Verification",
                "Communication",
            ];
            if let Some(name) = types.get(row.n as usize) {
                cell.text(name);
            }
        },
        _ => return None,
    };
    Some(make)
}

const ATTRIBUTE_TYPES: [&str; 9] = [
    "Yes/No", "Date", "List", "Numeric", "Text", "User", "Customer", "Supplier", "File",
];

fn places(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("location", "name") => |row, cell| {
            cell.text(["Main plant", "Warehouse East", "Service point"][row.n as usize % 3])
        },
        ("storageUnit", "name") => |row, cell| {
            cell.format(format_args!(
                "{}-{:02}-{}",
                ["A", "B", "C", "D"][(row.n / 30 % 4) as usize],
                row.n / 3 + 1,
                row.n % 3 + 1
            ));
        },
        ("storageUnit", "isWorkCenterDefault") => {
            |row, cell| cell.bool(row.n > 1 && row.n < row.count("workCenter"))
        }
        ("shift", "name") => |row, cell| {
            cell.text(
                ["Early shift", "Late shift", "Night shift", "Weekend shift"][row.n as usize % 4],
            );
        },
        _ => return None,
    };
    Some(make)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("company", "companyGroupId") => |row| Some(row.n / 2),
        ("company", "parentCompanyId") => |row| (row.n == 1).then_some(0),
        ("company", "baseCurrencyCode") => |_| Some(0),
        ("companyGroup", "ownerId") => |row| (row.n == 0).then_some(0),
        ("currency", "code") => |row| Some(row.n),
        ("storageUnit", "workCenterId") => {
            |row| (row.n != 1 && row.n < row.count("workCenter")).then_some(row.n)
        }
        ("storageUnit", "locationId") => |row| Some(row.n % row.count("location")),
        ("accountDefault", column) => return super::rest::default_account(column),
        _ => return None,
    };
    Some(choose)
}
