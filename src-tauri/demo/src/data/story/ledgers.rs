//! Stock: what came in and went out, and what it cost.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::world::{Row, TODAY};
use super::{day_of, items, purchasing, sales};

/// Item, quantity and day of a ledger entry: first every item's opening stock, then what was
/// received, then what was shipped.
fn movement(row: &Row<'_>, n: u64) -> (u64, i64, i64) {
    let (stocked, received) = (row.count("item"), row.count("receiptLine"));
    if n < stocked {
        return (n, 2_500, TODAY - 720);
    }
    let n = n - stocked;
    if n < received {
        let (item, quantity) = purchasing::bought(row, n);
        return (
            item,
            quantity,
            day_of(super::document_of(n), row.count("purchaseOrder")) + 10,
        );
    }
    let n = n - received;
    let (item, quantity) = sales::sold(row, n);
    (
        item,
        -quantity,
        day_of(super::document_of(n), row.count("salesOrder")) + 12,
    )
}

/// Which movement a ledger entry is: 0 opening, 1 receipt, 2 shipment; and its line there.
fn movement_kind(row: &Row<'_>) -> (usize, u64) {
    let (stocked, received) = (row.count("item"), row.count("receiptLine"));
    match row.n {
        n if n < stocked => (0, n),
        n if n < stocked + received => (1, n - stocked),
        n => (2, n - stocked - received),
    }
}

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("itemLedger" | "costLedger" | "supplierLedger", "entryNumber") => {
            |row, cell| cell.number(row.number_in_table() + 1)
        }
        ("itemLedger" | "costLedger", "postingDate") => {
            |row, cell| cell.date(movement(row, row.n).2)
        }
        ("itemLedger", "entryType") | ("costLedger", "itemLedgerType") => |row, cell| {
            cell.text(["Positive Adjmt.", "Purchase", "Sale"][movement_kind(row).0]);
        },
        ("itemLedger" | "costLedger", "documentType") => |row, cell| match movement_kind(row).0 {
            0 => {}
            1 => cell.text("Purchase Receipt"),
            _ => cell.text("Sales Shipment"),
        },
        ("itemLedger" | "costLedger", "documentId") => |row, cell| {
            let (kind, line) = movement_kind(row);
            let document = super::document_of(line);
            match kind {
                0 => {}
                1 => cell.text(row.at("receipt", document).value("id").unwrap_or_default()),
                _ => cell.text(row.at("shipment", document).value("id").unwrap_or_default()),
            }
        },
        ("itemLedger", "documentLineId") => |row, cell| {
            let (kind, line) = movement_kind(row);
            match kind {
                0 => {}
                1 => cell.text(row.at("receiptLine", line).value("id").unwrap_or_default()),
                _ => cell.text(row.at("shipmentLine", line).value("id").unwrap_or_default()),
            }
        },
        ("itemLedger" | "costLedger", "quantity") => {
            |row, cell| cell.number(movement(row, row.n).1)
        }
        ("itemLedger", "trackedEntityStatus" | "correctionOfItemLedgerId")
        | ("costLedger", "appliesToCostLedgerId") => |_, _| {},
        ("costLedger", "itemId") => |row, cell| {
            cell.text(
                row.at("item", movement(row, row.n).0)
                    .value("id")
                    .unwrap_or_default(),
            );
        },
        ("costLedger", "cost" | "nominalCost") => |row, cell| {
            let (item, quantity, _) = movement(row, row.n);
            cell.fixed(quantity * items::cost(row, item) * 100, 4);
        },
        ("costLedger", "remainingQuantity") => {
            |row, cell| cell.number(movement(row, row.n).1.max(0))
        }
        ("costLedger", "costLedgerType") => |_, cell| cell.text("Direct Cost"),
        ("supplierLedger", "amount") => |row, cell| {
            let (net, tax) = purchasing::total(row, row.n);
            cell.fixed((net + tax) * 100, 4);
        },
        ("supplierLedger", "documentType") => |_, cell| cell.text("Invoice"),
        ("supplierLedger", "documentId") => |row, cell| {
            cell.text(
                row.at("purchaseInvoice", row.n)
                    .value("id")
                    .unwrap_or_default(),
            );
        },
        _ => return None,
    };
    Some(make)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("itemLedger", "itemId") => |row| Some(movement(row, row.n).0),
        ("itemLedger", "locationId") => |row| (row.n != 1).then_some(0),
        ("itemLedger", "trackedEntityId") => |row| (row.n == 0).then_some(0),
        ("costLedger", "supplierId") => |row| {
            let (kind, line) = movement_kind(row);
            (row.n == 0 || kind == 1)
                .then(|| purchasing::supplier_of(row, super::document_of(line)))
        },
        ("supplierLedger", "supplierId") => |row| Some(purchasing::supplier_of(row, row.n)),
        _ => return None,
    };
    Some(choose)
}
