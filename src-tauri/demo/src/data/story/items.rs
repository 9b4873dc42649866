//! Items: what is made, bought and sold, and what it costs.

use super::super::counts::ITEM_KINDS;
use super::super::plan::{StoryChoice, StoryValue};
use super::super::words;
use super::super::world::Row;
use super::sometimes;

/// The kind of an item: the table that extends it, the type's label, and its number there.
pub(super) fn kind(row: &Row<'_>) -> (&'static str, &'static str, u64) {
    let mut n = row.n;
    for (table, label) in ITEM_KINDS {
        let count = row.count(table);
        if n < count {
            return (table, label, n);
        }
        n -= count;
    }
    ("part", "Part", n)
}

/// The number of the first item of a kind.
pub(super) fn first(row: &Row<'_>, kind: &str) -> u64 {
    ITEM_KINDS
        .iter()
        .take_while(|(table, _)| *table != kind)
        .map(|(table, _)| row.count(table))
        .sum()
}

/// Sale price in cents of an item of the row's company.
pub(super) fn price(row: &Row<'_>, item: u64) -> i64 {
    let item = row.at("item", item);
    let cents = 400 + item.below("price", 48_000) as i64;
    if kind(&item).0 == "part" {
        cents
    } else {
        cents / 8 + 45
    }
}

/// What an item costs us, in cents.
pub(super) fn cost(row: &Row<'_>, item: u64) -> i64 {
    price(row, item) * 62 / 100
}

fn readable(row: &Row<'_>) -> String {
    let (table, _, n) = kind(row);
    let prefix = match table {
        "part" => "P",
        "material" => "M",
        "tool" => "T",
        "consumable" => "C",
        "fixture" => "F",
        _ => "S",
    };
    format!("{prefix}{:06}", 100_000 + n)
}

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("item", "readableId") => |row, cell| cell.text(readable(row)),
        ("item", "name") => |row, cell| cell.text(words::item(row, kind(row).1)),
        ("item", "description") => |row, cell| {
            if row.n != 1 && !row.chance("undescribed", 40) {
                cell.text(words::note(row, "description"));
            }
        },
        ("item", "type") => |row, cell| cell.text(kind(row).1),
        ("item", "replenishmentSystem") => |row, cell| {
            cell.text(if kind(row).0 == "part" { "Make" } else { "Buy" });
        },
        ("item", "defaultMethodType") => |row, cell| {
            cell.text(if kind(row).0 == "part" {
                "Make to Order"
            } else {
                "Pull from Inventory"
            });
        },
        ("item", "itemTrackingType") => |row, cell| {
            cell.text(match kind(row).0 {
                "service" => "Non-Inventory",
                "part" if row.chance("serial", 12) => "Serial",
                "material" => "Batch",
                _ => "Inventory",
            });
        },
        ("item", "revision") => {
            |row, cell| cell.text(["0", "A", "B"][row.below("revision", 3) as usize])
        }
        ("item", "revisionStatus") => |row, cell| {
            cell.text(
                [
                    "Production",
                    "Production",
                    "Prototype",
                    "Design",
                    "Obsolete",
                ][row.below("status", 5) as usize],
            );
        },
        ("item", "active") => |row, cell| cell.bool(!row.chance("inactive", 3)),
        ("item", "thumbnailPath") => |row, cell| {
            if row.n != 1 && (row.n == 0 || row.chance("thumbnail", 8)) {
                cell.format(format_args!(
                    "{}/thumbnails/{}.png",
                    row.value("companyId").unwrap_or_default(),
                    readable(row)
                ));
            }
        },
        ("item", "embedding") => |row, cell| {
            if row.n != 1 && (row.n == 0 || row.chance("embedded", 40)) {
                super::super::fill::reals(row, cell);
            }
        },
        // Extensions of an item have its readable number as their id.
        ("part" | "material" | "tool" | "consumable" | "fixture" | "service", "id") => {
            |row, cell| {
                let table = row.world.catalog.tables[row.table].name.as_str();
                cell.text(readable(&row.at("item", first(row, table) + row.n)));
            }
        }
        ("itemCost", "standardCost" | "unitCost") => |row, cell| cell.cents(cost(row, row.n)),
        ("itemCost", "costingMethod") => |row, cell| {
            cell.text(["Standard", "Average", "FIFO"][row.below("method", 3) as usize]);
        },
        ("itemUnitSalePrice", "unitSalePrice") => |row, cell| cell.cents(price(row, row.n)),
        ("itemUnitSalePrice", "salesBlocked" | "priceIncludesTax") => |row, cell| {
            cell.bool(row.chance("blocked", 2));
        },
        ("itemReplenishment", "conversionFactor") => |_, cell| cell.text("1"),
        ("itemReplenishment", "lotSize") => {
            |row, cell| cell.number(10 * (1 + row.below("lot", 20)))
        }
        ("supplierPart", "unitPrice") => |row, cell| cell.cents(cost(row, bought(row, row.n))),
        ("supplierPart", "supplierPartId") => |row, cell| {
            cell.format(format_args!(
                "{}-{:05}",
                ["HX", "BN", "ST"][row.below("maker", 3) as usize],
                row.n * 7 + 1200
            ));
        },
        ("supplierPartPrice", "unitPrice") => |row, cell| {
            let cents = cost(row, bought(row, row.n / 2));
            cell.fixed(
                if row.n % 2 == 0 {
                    cents * 1000
                } else {
                    cents * 930
                },
                5,
            );
        },
        ("supplierPartPrice", "quantity") => {
            |row, cell| cell.text(if row.n % 2 == 0 { "1.00" } else { "100.00" })
        }
        ("makeMethod", "version") => |_, cell| cell.text("1"),
        ("makeMethod", "status") => |row, cell| {
            cell.text(if row.chance("draft", 8) {
                "Draft"
            } else {
                "Active"
            })
        },
        ("methodMaterial", "itemType") => |_, cell| cell.text("Material"),
        ("methodMaterial" | "methodOperation", "order") => |row, cell| cell.number(row.n % 2 + 1),
        ("methodOperation", "description") => |row, cell| {
            cell.text(row.world.industry.trade().operations[row.below("operation", 5) as usize]);
        },
        _ => return None,
    };
    Some(make)
}

/// The number of an item that is bought.
fn bought(row: &Row<'_>, n: u64) -> u64 {
    let parts = row.count("part");
    parts + n % (row.count("item") - parts).max(1)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("item", "changeOrderId") => {
            |row| sometimes(row, "changed", 2, row.n % row.count("changeOrder").max(1))
        }
        ("itemCost" | "itemUnitSalePrice" | "itemReplenishment", "itemId") => |row| Some(row.n),
        ("itemUnitSalePrice", "currencyCode") => |_| Some(0),
        ("itemUnitSalePrice", "salesUnitOfMeasureCode") => |row| sometimes(row, "unit", 90, 0),
        ("item", "unitOfMeasureCode") => |row| {
            sometimes(
                row,
                "unit",
                97,
                if kind(row).0 == "material" { 2 } else { 0 },
            )
        },
        ("supplierPart", "itemId") => |row| Some(bought(row, row.n)),
        ("supplierPart", "supplierId") => |row| {
            // Another supplier on every round through the items, so that the pair is unique.
            let items = (row.count("item") - row.count("part")).max(1);
            Some((row.n % items + row.n / items * 31) % row.count("supplier"))
        },
        ("supplierPartPrice", "supplierPartId") => |row| Some(row.n / 2),
        ("makeMethod", "itemId") => |row| Some(row.n),
        ("methodMaterial", "makeMethodId") => |row| Some(row.n / 2),
        ("methodOperation", "makeMethodId") => |row| Some(row.n),
        ("methodMaterial", "itemId") => {
            |row| Some(row.count("part") + row.below("material", row.count("material")))
        }
        ("methodMaterial", "methodOperationId") => |row| sometimes(row, "at", 80, row.n / 2),
        ("methodMaterial", "materialMakeMethodId") => {
            |row| sometimes(row, "made", 5, row.below("method", row.count("makeMethod")))
        }
        _ => return None,
    };
    Some(choose)
}
