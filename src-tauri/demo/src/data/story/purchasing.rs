//! Suppliers, and a purchase from the order to the invoice.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::words;
use super::super::world::{COMPANIES, Row};
use super::{day_of, document_of, instant_of, items, lines_of, number, sometimes};

/// The supplier of a purchase.
pub(super) fn supplier_of(row: &Row<'_>, purchase: u64) -> u64 {
    row.at("purchaseOrder", purchase)
        .below("supplier", row.count("supplier"))
}

/// Item, quantity and unit price in cents of a purchase's line.
fn line(row: &Row<'_>, line: u64) -> (u64, i64, i64) {
    let line = row.at("purchaseOrderLine", line);
    let parts = row.count("part");
    let item = parts + line.below("item", row.count("item") - parts - row.count("service"));
    (
        item,
        5 + line.below("quantity", 200) as i64,
        items::cost(row, item),
    )
}

/// What is bought in one line: item and quantity.
pub(super) fn bought(row: &Row<'_>, n: u64) -> (u64, i64) {
    let (item, quantity, _) = line(row, n);
    (item, quantity)
}

/// Cents of one line's tax, so that the lines' taxes are the invoice's.
fn tax(quantity: i64, price: i64) -> i64 {
    (quantity * price * 19 + 50) / 100
}

/// Net sum and tax of a purchase, in cents.
pub(super) fn total(row: &Row<'_>, purchase: u64) -> (i64, i64) {
    lines_of(purchase)
        .map(|n| line(row, n))
        .fold((0, 0), |(net, taxes), (_, quantity, price)| {
            (net + quantity * price, taxes + tax(quantity, price))
        })
}

fn purchase_day(row: &Row<'_>, purchase: u64) -> i64 {
    day_of(purchase, row.count("purchaseOrder"))
}

/// A further line at the end of an order or invoice: a comment, an account or an asset.
fn is_priceless(row: &Row<'_>) -> bool {
    let table = row.world.catalog.tables[row.table].name.as_str();
    row.n
        >= row.count(if table == "purchaseOrderLine" {
            "purchaseOrder"
        } else {
            "purchaseInvoice"
        }) * 3
}

fn further_kind(row: &Row<'_>) -> &'static str {
    ["Comment", "G/L Account", "Fixed Asset", "Comment"][(row.n % 4) as usize]
}

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    party(table, column)
        .or_else(|| document(table, column))
        .or_else(|| order_line(table, column))
}

fn party(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("supplier", "name") => |row, cell| match row.n {
            3 if row.company() < 2 => cell.text(COMPANIES[1 - row.company()].name),
            _ => cell.text(words::supplier(row)),
        },
        ("supplier", "readableId") => {
            |row, cell| cell.format(format_args!("K{:05}", 70_000 + row.n))
        }
        ("supplier", "supplierStatus") => |row, cell| {
            if row.n != 1 {
                cell.text(
                    ["Active", "Active", "Active", "Pending", "Inactive"]
                        [row.below("status", 5) as usize],
                );
            }
        },
        ("supplierType", "name") => |row, cell| {
            cell.text(
                [
                    "Raw material",
                    "Tooling",
                    "Subcontractor",
                    "Services",
                    "Affiliate",
                ][row.n as usize % 5],
            );
        },
        _ => return None,
    };
    Some(make)
}

fn document(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("purchaseOrder", "purchaseOrderId") => |row, cell| number(cell, "PO", row.n),
        ("purchaseInvoice", "invoiceId") => |row, cell| number(cell, "AP", row.n),
        ("receipt", "receiptId") => |row, cell| number(cell, "REC", row.n),
        ("supplierQuote", "supplierQuoteId") => |row, cell| number(cell, "SQ", row.n),
        ("purchasingRfq", "rfqId") => |row, cell| number(cell, "PRFQ", row.n),
        ("purchaseOrder" | "supplierQuote" | "purchasingRfq", "revisionId") => {
            |_, cell| cell.text("0")
        }
        ("purchaseOrder", "orderDate") => |row, cell| cell.date(purchase_day(row, row.n)),
        ("receipt", "postingDate") => |row, cell| cell.date(purchase_day(row, row.n) + 10),
        ("purchaseInvoice", "postingDate" | "dateIssued") => {
            |row, cell| cell.date(purchase_day(row, row.n) + 13)
        }
        ("purchaseInvoice", "dateDue") => |row, cell| cell.date(purchase_day(row, row.n) + 43),
        ("purchaseInvoice", "datePaid") => |row, cell| {
            if row.n < row.count("purchaseInvoice") / 2 {
                cell.date(purchase_day(row, row.n) + 40);
            }
        },
        ("purchaseOrder" | "receipt" | "purchaseInvoice", "createdAt") => |row, cell| {
            cell.instant(instant_of(row, purchase_day(row, row.n)));
        },
        ("purchaseOrder", "status") => |row, cell| {
            let (invoiced, received) = (row.count("purchaseInvoice"), row.count("receipt"));
            cell.text(match row.n {
                n if n < invoiced => "Completed",
                n if n < received => "To Invoice",
                n => ["To Receive and Invoice", "Draft", "Needs Approval"][n as usize % 3],
            });
        },
        ("purchaseOrder", "purchaseOrderType") => |_, cell| cell.text("Purchase"),
        ("receipt", "status") => |_, cell| cell.text("Posted"),
        ("receipt", "sourceDocument") => |_, cell| cell.text("Purchase Order"),
        ("receipt", "sourceDocumentId") => |row, cell| {
            cell.text(
                row.at("purchaseOrder", row.n)
                    .value("id")
                    .unwrap_or_default(),
            );
        },
        ("receipt", "sourceDocumentReadableId") => |row, cell| number(cell, "PO", row.n),
        ("receipt", "invoiced") => |row, cell| cell.bool(row.n < row.count("purchaseInvoice")),
        ("purchaseInvoice", "status") => |row, cell| {
            cell.text(if row.n < row.count("purchaseInvoice") / 2 {
                "Paid"
            } else {
                "Open"
            });
        },
        ("purchaseInvoice", "subtotal") => |row, cell| cell.cents(total(row, row.n).0),
        ("purchaseInvoice", "totalTax") => |row, cell| cell.cents(total(row, row.n).1),
        ("purchaseInvoice", "totalAmount") => |row, cell| {
            let (net, tax) = total(row, row.n);
            cell.cents(net + tax);
        },
        ("purchaseInvoice", "totalDiscount") => |_, cell| cell.text("0"),
        (
            "purchaseInvoice" | "purchaseOrder" | "receipt",
            "supplierReference" | "externalDocumentId",
        ) => |row, cell| {
            if row.n != 1 {
                cell.format(format_args!(
                    "{}-{:05}",
                    2025 + row.n % 2,
                    row.below("reference", 100_000)
                ));
            }
        },
        _ => return None,
    };
    Some(make)
}

fn order_line(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("purchaseOrderLine", "purchaseOrderLineType")
        | ("purchaseInvoiceLine", "invoiceLineType") => |row, cell| {
            if is_priceless(row) {
                cell.text(further_kind(row));
            } else {
                let item = row.at("item", line(row, row.n).0);
                cell.text(items::kind(&item).1);
            }
        },
        ("purchaseOrderLine" | "purchaseInvoiceLine", "description") => |row, cell| {
            if is_priceless(row) {
                cell.text(words::note(row, "comment"));
            } else if row.n != 1 {
                cell.text(
                    row.at("item", line(row, row.n).0)
                        .value("name")
                        .unwrap_or_default(),
                );
            }
        },
        ("purchaseOrderLine", "purchaseQuantity") | ("purchaseInvoiceLine", "quantity") => {
            |row, cell| {
                cell.number(if is_priceless(row) {
                    0
                } else {
                    line(row, row.n).1
                });
            }
        }
        ("purchaseOrderLine", "quantityReceived") => |row, cell| {
            cell.number(if row.n < row.count("receipt") * 3 {
                line(row, row.n).1
            } else {
                0
            });
        },
        ("purchaseOrderLine", "quantityInvoiced") => |row, cell| {
            cell.number(if row.n < row.count("purchaseInvoice") * 3 {
                line(row, row.n).1
            } else {
                0
            });
        },
        ("purchaseOrderLine", "receivedComplete") => {
            |row, cell| cell.bool(row.n < row.count("receipt") * 3)
        }
        ("purchaseOrderLine", "invoicedComplete") => {
            |row, cell| cell.bool(row.n < row.count("purchaseInvoice") * 3)
        }
        ("purchaseOrderLine" | "purchaseInvoiceLine", "supplierUnitPrice") => |row, cell| {
            cell.cents(if is_priceless(row) {
                0
            } else {
                line(row, row.n).2
            });
        },
        ("purchaseOrderLine" | "purchaseInvoiceLine", "supplierTaxAmount") => |row, cell| {
            let (_, quantity, price) = line(row, row.n);
            cell.cents(if is_priceless(row) {
                0
            } else {
                tax(quantity, price)
            });
        },
        ("purchaseOrderLine" | "purchaseInvoiceLine", "supplierShippingCost") => {
            |_, cell| cell.text("0")
        }
        ("purchaseOrderLine" | "purchaseInvoiceLine", "sortOrder") => |row, cell| {
            cell.number(row.n - lines_of(document_of(row.n)).start + 1);
        },
        ("receiptLine", "orderQuantity" | "receivedQuantity") => {
            |row, cell| cell.number(line(row, row.n).1)
        }
        ("receiptLine", "outstandingQuantity") => |_, cell| cell.text("0"),
        ("receiptLine", "unitPrice") => |row, cell| cell.cents(line(row, row.n).2),
        ("receiptLine", "lineId") => |row, cell| {
            cell.text(
                row.at("purchaseOrderLine", row.n)
                    .value("id")
                    .unwrap_or_default(),
            );
        },
        ("supplierQuoteLinePrice", "quantity") => {
            |row, cell| cell.text(["1", "100"][(row.n % 2) as usize])
        }
        // The trailing noughts are part of the value.
        ("supplierQuoteLinePrice", "supplierUnitPrice") => |row, cell| {
            cell.format(format_args!(
                "{}.{:02}000",
                3 + row.below("euros", 90),
                row.below("cents", 100)
            ));
        },
        _ => return None,
    };
    Some(make)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("supplier", "purchasingContactId") => |row| (row.n != 1).then_some(row.n),
        ("supplier", "intercompanyCompanyId") => {
            |row| (row.n == 3 && row.company() < 2).then(|| 1 - row.company() as u64)
        }
        ("supplier", "currencyCode") => |row| (row.n != 1).then_some(0),
        ("supplierContact" | "supplierLocation", "supplierId") => {
            |row| Some(row.n % row.count("supplier"))
        }
        ("supplierContact", "contactId") => |row| Some(row.count("customerContact") + row.n),
        ("supplierContact", "supplierLocationId") => |row| sometimes(row, "at", 80, row.n),
        ("supplierLocation", "addressId") => |row| Some(row.count("customerLocation") + row.n),
        ("supplierPayment" | "supplierShipping" | "supplierTax", "supplierId") => |row| Some(row.n),
        ("supplierInteraction", "supplierId") => |row| Some(supplier_of(row, row.n)),
        ("purchaseOrder", "supplierId") => |row| Some(supplier_of(row, row.n)),
        ("supplierQuote", "supplierId") => {
            |row| Some(supplier_of(row, row.count("purchaseOrder") + row.n))
        }
        ("purchaseInvoice" | "receipt", "supplierId")
        | ("purchaseInvoice", "invoiceSupplierId") => {
            |row| (row.n != 1).then(|| supplier_of(row, row.n))
        }
        ("purchaseOrder", "supplierLocationId" | "supplierContactId")
        | ("purchaseInvoice", "invoiceSupplierLocationId" | "invoiceSupplierContactId") => {
            |row| (row.n != 1).then(|| supplier_of(row, row.n))
        }
        ("purchaseOrder" | "purchaseInvoice", "supplierInteractionId") => |row| Some(row.n),
        ("receipt", "supplierInteractionId") => |row| (row.n != 1).then_some(row.n),
        ("supplierQuote", "supplierInteractionId") => {
            |row| Some(row.count("purchaseOrder") + row.n)
        }
        ("purchaseOrder" | "supplierQuote", "currencyCode") => |row| (row.n != 1).then_some(0),
        ("purchaseInvoice", "currencyCode") => |_| Some(0),
        ("purchaseOrderLine", "purchaseOrderId") => {
            |row| Some(document_of(row.n) % row.count("purchaseOrder"))
        }
        ("purchaseInvoiceLine", "invoiceId") => {
            |row| Some(document_of(row.n) % row.count("purchaseInvoice"))
        }
        ("receiptLine", "receiptId")
        | ("supplierQuoteLine", "supplierQuoteId")
        | ("purchasingRfqLine", "purchasingRfqId") => |row| Some(document_of(row.n)),
        ("purchaseInvoiceLine", "purchaseOrderId") => {
            |row| (!is_priceless(row)).then(|| document_of(row.n))
        }
        ("purchaseInvoiceLine", "purchaseOrderLineId") => {
            |row| (!is_priceless(row)).then_some(row.n)
        }
        ("purchaseOrderLine" | "purchaseInvoiceLine", "itemId") => {
            |row| (!is_priceless(row)).then(|| line(row, row.n).0)
        }
        ("purchaseOrderLine" | "purchaseInvoiceLine", "accountId") => {
            |row| (is_priceless(row) && further_kind(row) == "G/L Account").then_some(25)
        }
        ("purchaseOrderLine", "assetId") => {
            |row| (is_priceless(row) && further_kind(row) == "Fixed Asset").then_some(0)
        }
        ("receiptLine", "itemId") => |row| Some(line(row, row.n).0),
        ("supplierQuoteLinePrice", "supplierQuoteLineId") => |row| Some(row.n / 2),
        ("supplierQuoteLinePrice", "supplierQuoteId") => |row| Some(document_of(row.n / 2)),
        ("purchaseOrderDelivery" | "purchaseOrderPayment" | "purchaseInvoiceDelivery", "id") => {
            |row| Some(row.n)
        }
        ("purchaseOrderStatusHistory", "purchaseOrderId") => |row| Some(row.n),
        _ => return None,
    };
    Some(choose)
}
