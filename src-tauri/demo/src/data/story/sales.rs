//! A deal from the inquiry to the invoice.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::words;
use super::super::world::Row;
use super::{day_of, document_of, instant_of, items, lines_of, number, rich_text};

/// The customer of a deal.
pub(super) fn customer_of(row: &Row<'_>, deal: u64) -> u64 {
    row.at("salesOrder", deal)
        .below("customer", row.count("customer"))
}

/// Item, quantity and unit price in cents of a deal's line.
fn line(row: &Row<'_>, line: u64) -> (u64, i64, i64) {
    let line = row.at("salesOrderLine", line);
    let item = line.below("item", row.count("part"));
    (
        item,
        1 + line.below("quantity", 60) as i64,
        items::price(row, item),
    )
}

/// What is sold in one line: item and quantity.
pub(super) fn sold(row: &Row<'_>, n: u64) -> (u64, i64) {
    let (item, quantity, _) = line(row, n);
    (item, quantity)
}

/// Net sum and tax of a deal, in cents.
pub(super) fn total(row: &Row<'_>, deal: u64) -> (i64, i64) {
    let net = lines_of(deal)
        .map(|n| line(row, n))
        .map(|(_, quantity, price)| quantity * price)
        .sum();
    (net, (net * 19 + 50) / 100)
}

/// Cents of what the goods of a deal cost us.
pub(super) fn cost(row: &Row<'_>, deal: u64) -> i64 {
    lines_of(deal)
        .map(|n| sold(row, n))
        .map(|(item, quantity)| quantity * items::cost(row, item))
        .sum()
}

/// Whether a customer pays in dollars, and the rate.
pub(super) fn in_dollars(customer: u64) -> bool {
    customer % 9 == 4
}

fn deal_day(row: &Row<'_>, deal: u64) -> i64 {
    day_of(deal, row.count("salesOrder"))
}

/// Whether a line of an order or invoice is one of the further ones at the end: a comment or an
/// asset, without a price.
fn further(row: &Row<'_>, parent: &str) -> bool {
    row.n >= row.count(parent) * 3
}

fn rate(row: &Row<'_>, deal: u64) -> &'static str {
    if in_dollars(customer_of(row, deal)) {
        "0.9259"
    } else {
        "1"
    }
}

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    document(table, column)
        .or_else(|| order_line(table, column))
        .or_else(|| invoice(table, column))
        .or_else(|| quote(table, column))
}

/// What documents of a deal have in common.
fn document(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("salesOrder", "salesOrderId") => |row, cell| number(cell, "SO", row.n),
        ("quote", "quoteId") => |row, cell| number(cell, "Q", row.n),
        ("salesRfq", "rfqId") => |row, cell| number(cell, "RFQ", row.n),
        ("shipment", "shipmentId") => |row, cell| number(cell, "SHP", row.n),
        ("salesInvoice", "invoiceId") => |row, cell| number(cell, "AR", row.n),
        ("salesOrder" | "quote" | "salesRfq", "revisionId") => |_, cell| cell.text("0"),
        ("salesOrder" | "quote" | "salesRfq" | "salesInvoice", "customerReference") => {
            |row, cell| {
                if row.n != 1 {
                    cell.format(format_args!(
                        "PO-{}",
                        45_000 + row.below("reference", 50_000)
                    ));
                }
            }
        }
        ("salesOrder", "orderDate") => |row, cell| cell.date(deal_day(row, row.n)),
        ("salesRfq", "rfqDate") => |row, cell| cell.date(deal_day(row, row.n) - 30),
        ("quote", "dueDate") => |row, cell| cell.date(deal_day(row, row.n) - 14),
        ("quote" | "salesRfq", "expirationDate") => |row, cell| {
            if row.n != 1 {
                cell.date(deal_day(row, row.n) + 30);
            }
        },
        ("shipment", "postingDate") => |row, cell| cell.date(deal_day(row, row.n) + 12),
        ("salesInvoice", "postingDate" | "dateIssued") => {
            |row, cell| cell.date(deal_day(row, row.n) + 14)
        }
        ("salesInvoice", "dateDue") => |row, cell| cell.date(deal_day(row, row.n) + 44),
        ("salesOrder" | "quote" | "salesRfq", "createdAt") => |row, cell| {
            cell.instant(instant_of(row, deal_day(row, row.n)));
        },
        ("shipment" | "salesInvoice", "createdAt") => |row, cell| {
            cell.instant(instant_of(row, deal_day(row, row.n) + 12));
        },
        ("salesOrder" | "quote" | "salesInvoice", "exchangeRate") => {
            |row, cell| cell.text(rate(row, row.n))
        }
        ("salesOrder", "status") => |row, cell| {
            let (invoiced, shipped) = (row.count("salesInvoice"), row.count("shipment"));
            cell.text(match row.n {
                n if n < invoiced => "Completed",
                n if n < shipped => "To Invoice",
                n => ["Confirmed", "In Progress", "To Ship and Invoice", "Draft"][n as usize % 4],
            });
        },
        ("quote", "status") => |row, cell| {
            cell.text(
                ["Ordered", "Ordered", "Ordered", "Lost", "Sent"][row.below("status", 5) as usize],
            );
        },
        ("salesRfq", "status") => |_, cell| cell.text("Quoted"),
        ("shipment", "status") => |_, cell| cell.text("Posted"),
        ("shipment", "sourceDocument") => |_, cell| cell.text("Sales Order"),
        ("shipment", "sourceDocumentId") => |row, cell| {
            cell.text(row.at("salesOrder", row.n).value("id").unwrap_or_default());
        },
        ("shipment", "sourceDocumentReadableId") => |row, cell| number(cell, "SO", row.n),
        ("shipment", "trackingNumber") => |row, cell| {
            if row.n != 1 {
                cell.format(format_args!(
                    "00340434{:012}",
                    row.hash("tracking") % 1_000_000_000_000
                ));
            }
        },
        ("shipment", "invoiced") => |row, cell| cell.bool(row.n < row.count("salesInvoice")),
        ("salesOrder" | "quote" | "salesInvoice", "internalNotes") => |row, cell| {
            if row.chance("noted", 40) {
                rich_text(words::note(row, "note"), cell)
            } else {
                cell.text("{}")
            }
        },
        _ => return None,
    };
    Some(make)
}

fn order_line(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("salesOrderLine", "salesOrderLineType") => |row, cell| {
            cell.text(match further(row, "salesOrder") {
                true if row.n % 2 == 0 => "Fixed Asset",
                true => "Comment",
                false => "Part",
            });
        },
        ("salesOrderLine" | "salesInvoiceLine", "description") => |row, cell| {
            let parent = if row.value("salesOrderLineType").is_some() {
                "salesOrder"
            } else {
                "salesInvoice"
            };
            if further(row, parent) {
                cell.text(words::note(row, "comment"));
            } else {
                cell.text(
                    row.at("item", line(row, row.n).0)
                        .value("name")
                        .unwrap_or_default(),
                );
            }
        },
        ("salesOrderLine", "saleQuantity") | ("salesInvoiceLine", "quantity") => |row, cell| {
            cell.number(if is_priceless(row) {
                0
            } else {
                line(row, row.n).1
            });
        },
        ("salesOrderLine", "quantitySent") => |row, cell| {
            let sent = row.n < row.count("shipment") * 3;
            cell.number(if sent { line(row, row.n).1 } else { 0 });
        },
        ("salesOrderLine", "quantityInvoiced") => |row, cell| {
            let invoiced = row.n < row.count("salesInvoice") * 3;
            cell.number(if invoiced { line(row, row.n).1 } else { 0 });
        },
        ("salesOrderLine", "sentComplete") => {
            |row, cell| cell.bool(row.n < row.count("shipment") * 3)
        }
        ("salesOrderLine", "invoicedComplete") => {
            |row, cell| cell.bool(row.n < row.count("salesInvoice") * 3)
        }
        ("salesOrderLine" | "salesInvoiceLine", "unitPrice") => |row, cell| {
            cell.cents(if is_priceless(row) {
                0
            } else {
                line(row, row.n).2
            });
        },
        ("salesOrderLine", "status") => |row, cell| {
            cell.text(if row.n < row.count("shipment") * 3 {
                "Completed"
            } else {
                "Ordered"
            });
        },
        ("salesOrderLine" | "salesInvoiceLine", "exchangeRate") => |row, cell| {
            cell.text(rate(row, document_of(row.n)));
        },
        ("salesOrderLine" | "salesInvoiceLine" | "quoteLine", "taxPercent") => {
            |_, cell| cell.text("0.19")
        }
        (
            "salesOrderLine" | "salesInvoiceLine",
            "setupPrice" | "addOnCost" | "shippingCost" | "nonTaxableAddOnCost",
        ) => |_, cell| cell.text("0"),
        ("salesOrderLine" | "salesInvoiceLine" | "quoteLine", "sortOrder") => |row, cell| {
            cell.number(row.n - lines_of(document_of(row.n)).start + 1);
        },
        ("salesOrderLine", "promisedDate") => |row, cell| {
            if row.n != 1 {
                cell.date(deal_day(row, document_of(row.n)) + 12);
            }
        },
        ("shipmentLine", "orderQuantity" | "shippedQuantity") => {
            |row, cell| cell.number(line(row, row.n).1)
        }
        ("shipmentLine", "outstandingQuantity") => |_, cell| cell.text("0"),
        ("shipmentLine", "unitPrice") => |row, cell| cell.cents(line(row, row.n).2),
        ("shipmentLine", "lineId") => |row, cell| {
            cell.text(
                row.at("salesOrderLine", row.n)
                    .value("id")
                    .unwrap_or_default(),
            );
        },
        _ => return None,
    };
    Some(make)
}

fn is_priceless(row: &Row<'_>) -> bool {
    let table = row.world.catalog.tables[row.table].name.as_str();
    further(
        row,
        if table == "salesOrderLine" {
            "salesOrder"
        } else {
            "salesInvoice"
        },
    )
}

fn invoice(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("salesInvoice", "subtotal") => |row, cell| cell.cents(total(row, row.n).0),
        ("salesInvoice", "totalTax") => |row, cell| cell.cents(total(row, row.n).1),
        ("salesInvoice", "totalAmount") => |row, cell| {
            let (net, tax) = total(row, row.n);
            cell.cents(net + tax);
        },
        ("salesInvoice", "totalDiscount") => |_, cell| cell.text("0"),
        ("salesInvoice", "status") => |row, cell| {
            cell.text(if row.n < row.count("salesInvoice") * 3 / 5 {
                "Paid"
            } else {
                "Submitted"
            });
        },
        ("salesInvoice", "datePaid") => |row, cell| {
            if row.n < row.count("salesInvoice") * 3 / 5 {
                cell.date(deal_day(row, row.n) + 38);
            }
        },
        ("salesInvoiceLine", "invoiceLineType") => |row, cell| {
            cell.text(if is_priceless(row) { "Comment" } else { "Part" });
        },
        ("salesInvoiceLine" | "shipmentLine", "unitOfMeasureCode" | "unitOfMeasure") => {
            |_, cell| cell.text("EA")
        }
        _ => return None,
    };
    Some(make)
}

fn quote(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("quoteLine", "description") => |row, cell| {
            cell.text(
                row.at("item", line(row, row.n).0)
                    .value("name")
                    .unwrap_or_default(),
            );
        },
        ("quoteLine", "quantity") => |row, cell| {
            let quantity = line(row, row.n).1;
            cell.format(format_args!(
                "{{{quantity},{},{}}}",
                quantity * 10,
                quantity * 100
            ));
        },
        ("quoteLine", "unitPricePrecision") => |_, cell| cell.text("2"),
        ("quoteLine", "status") => |row, cell| {
            cell.text(
                ["Complete", "Complete", "In Progress", "No Quote"]
                    [row.below("status", 4) as usize],
            );
        },
        ("quoteLinePrice", "quantity") => |row, cell| {
            cell.number(line(row, row.n / 3).1 * [1, 10, 100][(row.n % 3) as usize]);
        },
        ("quoteLinePrice", "unitPrice") => |row, cell| {
            let cents = line(row, row.n / 3).2;
            cell.fixed(cents * [100, 94, 88][(row.n % 3) as usize], 4);
        },
        ("quoteLinePrice", "discountPercent" | "shippingCost") => |_, cell| cell.text("0"),
        ("quoteLinePrice", "exchangeRate") => {
            |row, cell| cell.text(rate(row, document_of(row.n / 3)))
        }
        _ => return None,
    };
    Some(make)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("opportunity", "customerId") => |row| (row.n != 1).then(|| customer_of(row, row.n)),
        ("salesOrder" | "quote" | "salesInvoice", "customerId") => {
            |row| Some(customer_of(row, row.n))
        }
        ("shipment" | "salesRfq", "customerId") => {
            |row| (row.n != 1).then(|| customer_of(row, row.n))
        }
        (
            "salesOrder" | "quote" | "salesRfq",
            "customerLocationId" | "customerContactId" | "customerEngineeringContactId",
        )
        | (
            "salesInvoice",
            "invoiceCustomerId" | "invoiceCustomerLocationId" | "invoiceCustomerContactId",
        ) => |row| (row.n != 1).then(|| customer_of(row, row.n)),
        ("salesOrder" | "quote" | "salesRfq" | "salesInvoice" | "shipment", "opportunityId") => {
            |row| (row.n != 1).then_some(row.n)
        }
        ("salesOrder" | "salesInvoice", "currencyCode") => {
            |row| Some(u64::from(in_dollars(customer_of(row, row.n))))
        }
        ("quote", "currencyCode") => {
            |row| (row.n != 1).then(|| u64::from(in_dollars(customer_of(row, row.n))))
        }
        ("salesInvoice", "shipmentId") => |row| (row.n != 1).then_some(row.n),
        ("salesOrderLine", "salesOrderId") => {
            |row| Some(document_of(row.n) % row.count("salesOrder"))
        }
        ("quoteLine", "quoteId")
        | ("shipmentLine", "shipmentId")
        | ("salesRfqLine", "salesRfqId") => |row| Some(document_of(row.n)),
        ("salesInvoiceLine", "invoiceId") => {
            |row| Some(document_of(row.n) % row.count("salesInvoice"))
        }
        ("salesInvoiceLine", "salesOrderId" | "opportunityId") => {
            |row| (!is_priceless(row)).then(|| document_of(row.n))
        }
        ("salesInvoiceLine", "salesOrderLineId") => |row| (!is_priceless(row)).then_some(row.n),
        ("salesOrderLine" | "salesInvoiceLine", "itemId") => {
            |row| (!is_priceless(row)).then(|| line(row, row.n).0)
        }
        ("salesOrderLine", "assetId") => {
            |row| (is_priceless(row) && row.n % 2 == 0).then(|| row.n % row.count("fixedAsset"))
        }
        ("salesInvoiceLine", "assetId") => |row| (is_priceless(row) && row.n % 2 == 0).then_some(0),
        ("quoteLine" | "shipmentLine", "itemId") => |row| Some(line(row, row.n).0),
        ("quoteLinePrice", "quoteLineId") => |row| Some(row.n / 3),
        ("quoteLinePrice", "quoteId") => |row| Some(document_of(row.n / 3)),
        (
            "salesOrderPayment"
            | "salesOrderShipment"
            | "quotePayment"
            | "quoteShipment"
            | "salesInvoiceShipment",
            "id",
        ) => |row| Some(row.n),
        ("salesOrderStatusHistory", "salesOrderId") => |row| Some(row.n),
        _ => return None,
    };
    Some(choose)
}
