//! Money: every shipment, receipt, invoice and payment is booked, and each journal entry adds up
//! to nothing.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::words::ACCOUNTS;
use super::super::world::{Row, TODAY};
use super::{day_of, instant_of, number, purchasing, sales};

/// What an entry of the journal books, and the document's number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Booked {
    SalesInvoice(u64),
    PurchaseInvoice(u64),
    Shipment(u64),
    Receipt(u64),
    Payment(u64),
    ByHand(u64),
}

const KINDS: [(&str, u64); 5] = [
    ("salesInvoice", 3),
    ("purchaseInvoice", 3),
    ("shipment", 2),
    ("receipt", 2),
    ("payment", 2),
];

fn booked(kind: usize, n: u64) -> Booked {
    match kind {
        0 => Booked::SalesInvoice(n),
        1 => Booked::PurchaseInvoice(n),
        2 => Booked::Shipment(n),
        3 => Booked::Receipt(n),
        4 => Booked::Payment(n),
        _ => Booked::ByHand(n),
    }
}

/// What entry number `n` books.
fn entry(row: &Row<'_>, mut n: u64) -> Booked {
    for (kind, (table, _)) in KINDS.iter().enumerate() {
        let count = row.count(table);
        if n < count {
            return booked(kind, n);
        }
        n -= count;
    }
    Booked::ByHand(n)
}

/// The entry that a line belongs to, and the line's place in it.
fn entry_of_line(row: &Row<'_>, line: u64) -> (u64, u64) {
    let (mut rest, mut first) = (line, 0);
    for (table, lines) in KINDS {
        let count = row.count(table);
        if rest < count * lines {
            return (first + rest / lines, rest % lines);
        }
        rest -= count * lines;
        first += count;
    }
    (first + rest / 2, rest % 2)
}

/// A payment: of a sales invoice, or of a purchase invoice.
fn received(row: &Row<'_>, payment: u64) -> Option<u64> {
    (payment < row.count("salesInvoice") * 3 / 5).then_some(payment)
}

fn purchase_paid(row: &Row<'_>, payment: u64) -> u64 {
    payment - row.count("salesInvoice") * 3 / 5
}

fn paid_cents(row: &Row<'_>, payment: u64) -> i64 {
    let (net, tax) = match received(row, payment) {
        Some(invoice) => sales::total(row, invoice),
        None => purchasing::total(row, purchase_paid(row, payment)),
    };
    net + tax
}

/// Cents and account number of one line; debit is positive.
fn posting(row: &Row<'_>, line: u64) -> (i64, &'static str) {
    let (n, place) = entry_of_line(row, line);
    match (entry(row, n), place) {
        (Booked::SalesInvoice(n), place) => {
            let (net, tax) = sales::total(row, n);
            [(net + tax, "1200"), (-net, "4000"), (-tax, "2100")][place as usize]
        }
        (Booked::PurchaseInvoice(n), place) => {
            let (net, tax) = purchasing::total(row, n);
            [(net, "2010"), (tax, "1400"), (-net - tax, "2000")][place as usize]
        }
        (Booked::Shipment(n), place) => {
            let cost = sales::cost(row, n);
            [(cost, "5000"), (-cost, "1310")][place as usize]
        }
        (Booked::Receipt(n), place) => {
            let net = purchasing::total(row, n).0;
            [(net, "1300"), (-net, "2010")][place as usize]
        }
        (Booked::Payment(n), place) => {
            let cents = paid_cents(row, n);
            match (received(row, n), place) {
                (Some(_), 0) => (cents, "1020"),
                (Some(_), _) => (-cents, "1200"),
                (None, 0) => (cents, "2000"),
                (None, _) => (-cents, "1020"),
            }
        }
        (Booked::ByHand(n), place) => {
            // The second takes the first one back.
            let cents = if n == 1 {
                -12_500
            } else {
                12_500 + (n.saturating_sub(2)) as i64 * 1_075
            };
            [(cents, "6200"), (-cents, "1600")][place as usize]
        }
    }
}

fn entry_day(row: &Row<'_>, n: u64) -> i64 {
    let (orders, purchases) = (row.count("salesOrder"), row.count("purchaseOrder"));
    match entry(row, n) {
        Booked::SalesInvoice(n) => day_of(n, orders) + 14,
        Booked::Shipment(n) => day_of(n, orders) + 12,
        Booked::PurchaseInvoice(n) => day_of(n, purchases) + 13,
        Booked::Receipt(n) => day_of(n, purchases) + 10,
        Booked::Payment(n) => payment_day(row, n),
        Booked::ByHand(n) => TODAY - 60 + n as i64,
    }
}

fn payment_day(row: &Row<'_>, payment: u64) -> i64 {
    match received(row, payment) {
        Some(invoice) => day_of(invoice, row.count("salesOrder")) + 38,
        None => day_of(purchase_paid(row, payment), row.count("purchaseOrder")) + 40,
    }
}

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    journal(table, column).or_else(|| payment(table, column))
}

fn journal(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("journal", "journalEntryId") => |row, cell| number(cell, "JE", row.n),
        ("journal", "postingDate") => |row, cell| cell.date(entry_day(row, row.n)),
        ("journal", "createdAt") => {
            |row, cell| cell.instant(instant_of(row, entry_day(row, row.n)))
        }
        ("journal", "status") => |row, cell| {
            cell.text(match entry(row, row.n) {
                Booked::ByHand(0) => "Reversed",
                Booked::ByHand(n) if n > 4 => "Draft",
                _ => "Posted",
            });
        },
        ("journal", "sourceType") => |row, cell| {
            cell.text(match entry(row, row.n) {
                Booked::SalesInvoice(_) => "Sales Invoice",
                Booked::PurchaseInvoice(_) => "Purchase Invoice",
                Booked::Shipment(_) => "Sales Shipment",
                Booked::Receipt(_) => "Purchase Receipt",
                Booked::Payment(_) => "Payment",
                Booked::ByHand(_) => "Manual",
            });
        },
        ("journal", "description") => |row, cell| match entry(row, row.n) {
            Booked::SalesInvoice(n) => number(cell, "Invoice AR", n),
            Booked::PurchaseInvoice(n) => number(cell, "Bill AP", n),
            Booked::Shipment(n) => number(cell, "Shipment SHP", n),
            Booked::Receipt(n) => number(cell, "Receipt REC", n),
            Booked::Payment(n) => number(cell, "Payment PAY", n),
            Booked::ByHand(_) => cell.text("Accrual for maintenance"),
        },
        ("journalLine", "amount") => |row, cell| cell.fixed(posting(row, row.n).0 * 100, 4),
        ("journalLine", "quantity") => |_, cell| cell.text("1"),
        ("journalLine", "documentType") => {
            |row, cell| match entry(row, entry_of_line(row, row.n).0) {
                Booked::SalesInvoice(_) => cell.text("Invoice"),
                Booked::PurchaseInvoice(_) => cell.text("Purchase Invoice"),
                Booked::Shipment(_) => cell.text("Sales Shipment"),
                Booked::Receipt(_) => cell.text("Purchase Receipt"),
                Booked::Payment(_) => cell.text("Payment"),
                Booked::ByHand(_) => {}
            }
        }
        ("journalLine", "documentId") => |row, cell| {
            let (table, n) = match entry(row, entry_of_line(row, row.n).0) {
                Booked::SalesInvoice(n) => ("salesInvoice", n),
                Booked::PurchaseInvoice(n) => ("purchaseInvoice", n),
                Booked::Shipment(n) => ("shipment", n),
                Booked::Receipt(n) => ("receipt", n),
                Booked::Payment(n) => ("payment", n),
                Booked::ByHand(_) => return,
            };
            cell.text(row.at(table, n).value("id").unwrap_or_default());
        },
        ("journalLine", "journalLineReference") => |row, cell| {
            cell.format(format_args!("JL{:07}", row.n + 1));
        },
        ("journalLineDimension", "valueId") => |row, cell| {
            cell.text(row.at("location", 0).value("id").unwrap_or_default());
        },
        _ => return None,
    };
    Some(make)
}

fn payment(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("payment", "paymentId") => |row, cell| number(cell, "PAY", row.n),
        ("payment", "paymentType") => |row, cell| {
            cell.text(if received(row, row.n).is_some() {
                "Receipt"
            } else {
                "Disbursement"
            });
        },
        ("payment", "totalAmount") | ("invoiceSettlement", "appliedAmount") => |row, cell| {
            let payments = row.count("payment");
            cell.cents(if row.n < payments {
                paid_cents(row, row.n)
            } else {
                memo_cents(row, row.n - payments)
            });
        },
        ("payment", "status") => |_, cell| cell.text("Posted"),
        ("payment", "paymentDate" | "postingDate") => {
            |row, cell| cell.date(payment_day(row, row.n))
        }
        ("payment", "exchangeRate")
        | ("invoiceSettlement", "sourceExchangeRate" | "targetExchangeRate") => {
            |_, cell| cell.text("1")
        }
        ("invoiceSettlement", "discountAmount" | "writeOffAmount") => |_, cell| cell.text("0"),
        ("invoiceSettlement", "appliedDate") => |row, cell| {
            let payments = row.count("payment");
            cell.date(if row.n < payments {
                payment_day(row, row.n)
            } else {
                TODAY - 20
            });
        },
        ("memo", "memoId") => |row, cell| number(cell, "CM", row.n),
        ("memo", "amount") => |row, cell| cell.cents(memo_cents(row, row.n)),
        ("memo", "direction") => {
            |row, cell| cell.text(if row.n % 2 == 0 { "Credit" } else { "Debit" })
        }
        _ => return None,
    };
    Some(make)
}

fn memo_cents(row: &Row<'_>, memo: u64) -> i64 {
    2_500 + row.at("memo", memo).below("amount", 40_000) as i64
}

/// The account with a number: the group's accounts are numbered as in the list.
fn account(number: &str) -> u64 {
    ACCOUNTS
        .iter()
        .position(|(candidate, ..)| *candidate == number)
        .unwrap_or(0) as u64
}

/// The number of the period that a day falls into, of the 24 months before the demo's last day.
fn period_of(day: i64) -> u64 {
    let months = (TODAY - day) / 31;
    (23 - months).clamp(0, 23) as u64
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("journal", "accountingPeriodId") => {
            |row| (row.n != 1).then(|| period_of(entry_day(row, row.n)))
        }
        ("journal", "reversedById") => {
            |row| (entry(row, row.n) == Booked::ByHand(0)).then_some(row.n + 1)
        }
        ("journal", "reversalOfId") => {
            |row| (entry(row, row.n) == Booked::ByHand(1)).then(|| row.n - 1)
        }
        ("journalLine", "journalId") => |row| Some(entry_of_line(row, row.n).0),
        ("journalLine", "accountId") => |row| (row.n != 1).then(|| account(posting(row, row.n).1)),
        ("journalLine", "intercompanyPartnerId") => {
            |row| (row.n % 50 == 0 && row.company() < 2).then(|| 1 - row.company() as u64)
        }
        ("journalLineDimension", "journalLineId") => |row| Some(row.n),
        ("payment", "customerId") => {
            |row| received(row, row.n).map(|invoice| sales::customer_of(row, invoice))
        }
        ("payment", "supplierId") => |row| match received(row, row.n) {
            Some(_) => None,
            None => Some(purchasing::supplier_of(row, purchase_paid(row, row.n))),
        },
        ("payment" | "memo", "currencyCode") => |_| Some(0),
        ("payment", "bankAccount") => |_| Some(account("1020")),
        ("payment", "journalId") => |row| {
            let before: u64 = KINDS[..4].iter().map(|(table, _)| row.count(table)).sum();
            (row.n != 1).then_some(before + row.n)
        },
        ("invoiceSettlement", "paymentId") => |row| (row.n < row.count("payment")).then_some(row.n),
        ("invoiceSettlement", "memoId") => |row| row.n.checked_sub(row.count("payment")),
        ("invoiceSettlement", "targetSalesInvoiceId") => |row| {
            let payments = row.count("payment");
            if row.n < payments {
                received(row, row.n)
            } else {
                (row.n > payments + 1)
                    .then(|| row.count("salesInvoice") - 1 - (row.n - payments) % 5)
            }
        },
        ("invoiceSettlement", "targetPurchaseInvoiceId") => |row| {
            let paid = row.n < row.count("payment") && received(row, row.n).is_none();
            paid.then(|| purchase_paid(row, row.n))
        },
        ("invoiceSettlement", "targetMemoId") => |row| {
            let payments = row.count("payment");
            (payments..payments + 2)
                .contains(&row.n)
                .then(|| row.n - payments + 2)
        },
        ("invoiceSettlement", "appliedViaPaymentId") => {
            |row| (row.n == row.count("payment")).then_some(0)
        }
        ("memo", "customerId") => {
            |row| (row.n % 2 == 0).then(|| row.below("party", row.count("customer")))
        }
        ("memo", "supplierId") => {
            |row| (row.n % 2 == 1).then(|| row.below("party", row.count("supplier")))
        }
        _ => return None,
    };
    Some(choose)
}
