//! People: who they are, where they work and what they may do.

use serde_json::{Value, json};

use super::super::counts;
use super::super::plan::{StoryChoice, StoryValue};
use super::super::words;
use super::super::world::{COMPANIES, Owner, Row};

const MODULES: [&str; 16] = [
    "Accounting",
    "Documents",
    "Invoicing",
    "Inventory",
    "Items",
    "Messaging",
    "Parts",
    "People",
    "Production",
    "Purchasing",
    "Resources",
    "Sales",
    "Settings",
    "Users",
    "Quality",
    "Printing",
];

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("user", "id") => |row, cell| row.write_uuid(cell),
        ("user", "firstName") => |row, cell| cell.text(words::person(row.n).0),
        ("user", "lastName") => |row, cell| cell.text(words::person(row.n).1),
        ("user", "email") => |row, cell| {
            let (first, last) = words::person(row.n);
            let host = if row.n < 30 {
                "mueller.example"
            } else {
                "nordwind.example"
            };
            cell.format(format_args!(
                "{}.{}@{host}",
                words::plain(first),
                words::plain(last)
            ));
        },
        ("user", "about") => |row, cell| {
            cell.text(["Setter", "Buyer", "Planner", "Welder", ""][row.below("about", 5) as usize])
        },
        ("user", "active") => |_, cell| cell.bool(true),
        ("user", "admin" | "developer" | "isConsoleOperator") => |row, cell| cell.bool(row.n == 0),
        ("userPermission", "permissions") => |row, cell| cell.json(&permissions(row.n)),
        ("userToCompany", "role") => |_, cell| cell.text("employee"),
        ("employee", "active") => |_, cell| cell.bool(true),
        ("employee", "pin") => |row, cell| {
            if row.n % 7 == 0 {
                cell.format(format_args!("not-a-real-pin-{:03}", row.n));
            }
        },
        ("employeeType", "name") => |row, cell| {
            cell.text(
                [
                    "Administrator",
                    "Console",
                    "Shop floor",
                    "Office",
                    "Quality",
                    "Trainee",
                ][row.n as usize % 6],
            );
        },
        ("employeeType", "systemType") => |row, cell| match row.n {
            0 => cell.text("Admin"),
            1 => cell.text("Console Operator"),
            _ => {}
        },
        ("employeeTypePermission", "module") => {
            |row, cell| cell.text(MODULES[(row.n % 16) as usize])
        }
        ("employeeTypePermission", "create" | "delete" | "update" | "view") => |row, cell| {
            let company = match row.owner {
                Owner::Company(company) if row.n / 16 < 4 => Some(COMPANIES[company].id),
                _ => None,
            };
            cell.array(company);
        },
        ("employeeJob", "title") => |row, cell| {
            if row.n != 1 {
                cell.text(
                    [
                        "CNC operator",
                        "Toolmaker",
                        "Buyer",
                        "Sales engineer",
                        "Inspector",
                        "Planner",
                    ][row.below("title", 6) as usize],
                );
            }
        },
        ("department", "name") => |row, cell| {
            cell.text(
                [
                    "Production",
                    "Purchasing",
                    "Sales",
                    "Quality",
                    "Engineering",
                    "Administration",
                ][row.n as usize % 6],
            );
        },
        _ => return None,
    };
    Some(make)
}

/// Rights name the companies that they hold for.
fn permissions(user: u64) -> Value {
    let companies: Vec<&str> = (0..3)
        .filter(|&company| {
            let (first, count) = counts::members(Owner::Company(company));
            (first..first + count).contains(&user)
        })
        .map(|company| COMPANIES[company].id)
        .collect();
    let mut rights = serde_json::Map::new();
    for module in [
        "sales",
        "purchasing",
        "parts",
        "production",
        "inventory",
        "quality",
        "accounting",
        "people",
    ] {
        for action in ["view", "create", "update", "delete"] {
            if action == "view" || user % 3 != 2 {
                rights.insert(format!("{module}_{action}"), json!(companies));
            }
        }
    }
    if user.is_multiple_of(10) {
        for action in ["view", "create", "update", "delete"] {
            rights.insert(format!("settings_{action}"), json!(companies));
        }
    }
    Value::Object(rights)
}

/// The id of a user, by number.
pub(in super::super) fn user_id(row: &Row<'_>, n: u64) -> String {
    Row {
        owner: Owner::Global,
        ..row.at("user", n)
    }
    .value("id")
    .unwrap_or_default()
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("employeeTypePermission", "employeeTypeId") => |row| Some(row.n / 16),
        ("membership", "groupId") => |row| Some(u64::from(row.n % 5 == 4)),
        ("membership", "memberUserId") => |row| {
            let (first, count) = counts::members(row.owner);
            (row.n < count).then_some(first + row.n)
        },
        ("membership", "memberGroupId") => |row| {
            let (_, count) = counts::members(row.owner);
            (row.n >= count).then(|| row.n - count + 2)
        },
        _ => return None,
    };
    Some(choose)
}
