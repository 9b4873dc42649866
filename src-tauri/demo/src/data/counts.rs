//! How many rows each table has.

use crate::carbon::catalog::Catalog;

use super::world::{COMPANIES, Counts, Owner};

/// Whose rows a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owned {
    Globally,
    ByGroup,
    ByCompany,
}

/// Whose rows a table has.
pub(super) fn owned(table: &str) -> Owned {
    match table {
        "attributeDataType" | "challengeAttempt" | "company" | "companyGroup" | "config"
        | "country" | "currencyCode" | "customFieldTable" | "feedback" | "industry"
        | "integration" | "lessonCompletion" | "passkeyCredential" | "period" | "plan" | "user"
        | "userPermission" | "webhookTable" => Owned::Globally,
        "account"
        | "currency"
        | "dimension"
        | "dimensionValue"
        | "exchangeRateHistory"
        | "intercompanyTransaction" => Owned::ByGroup,
        _ => Owned::ByCompany,
    }
}

/// Tables whose `id` is the company's id.
pub(super) fn id_is_company(table: &str) -> bool {
    matches!(
        table,
        "companySettings"
            | "companyPlan"
            | "terms"
            | "companyAccountsPayableBillingAddress"
            | "companyAccountsReceivableBillingAddress"
            | "implementationHub"
    )
}

/// The kinds of items: the table that extends `item`, and the type's label. Items are numbered
/// through in this order.
pub(super) const ITEM_KINDS: [(&str, &str); 6] = [
    ("part", "Part"),
    ("material", "Material"),
    ("tool", "Tool"),
    ("consumable", "Consumable"),
    ("fixture", "Fixture"),
    ("service", "Service"),
];

/// How many people the demo has.
pub(super) const USERS: u64 = 44;

/// The first of an owner's users and how many there are: companies share some people.
pub(super) fn members(owner: Owner) -> (u64, u64) {
    match owner {
        Owner::Company(0) => (0, 26),
        Owner::Company(1) => (18, 14),
        Owner::Company(2) => (30, 14),
        _ => (0, USERS),
    }
}

/// Rows of every table, by [`Owner::index`].
pub(super) fn all(catalog: &Catalog, scale: f64) -> Vec<Counts> {
    catalog
        .tables
        .iter()
        .map(|table| of(&table.name, scale))
        .collect()
}

fn of(table: &str, scale: f64) -> Counts {
    let mut counts = Counts::default();
    match owned(table) {
        Owned::Globally => counts[Owner::Global.index()] = global(table),
        Owned::ByGroup => {
            counts[Owner::Group(0).index()] = group(table);
            counts[Owner::Group(1).index()] = match table {
                "intercompanyTransaction" => 0,
                _ => group(table),
            };
        }
        Owned::ByCompany => {
            counts[Owner::Shared.index()] = shared(table);
            for (company, facts) in COMPANIES.iter().enumerate() {
                counts[Owner::Company(company).index()] =
                    of_company(table, company, facts.share, scale);
            }
        }
    }
    counts
}

fn of_company(table: &str, company: usize, share: u64, scale: f64) -> u64 {
    if id_is_company(table)
        || matches!(
            table,
            "accountDefault" | "fiscalYearSettings" | "searchIndexRegistry"
        )
    {
        return 1;
    }
    if let Some(fixed) = fixed(table, company) {
        return fixed;
    }
    let documents = |tens: f64| {
        let wanted = tens * scale * share as f64 / 100.0;
        (wanted.round() as u64).max(1) * 10
    };
    if let Some((parent, rows, further)) = belonging(table) {
        return of_company(parent, company, share, scale) * rows + further;
    }
    if let Some(tens) = growing(table) {
        return documents(tens);
    }
    match table {
        // What the ledgers and journals book is decided by the documents.
        "itemLedger" | "costLedger" => {
            let rows = |table| of_company(table, company, share, scale);
            rows("item") + rows("receipt") * 3 + rows("shipment") * 3
        }
        "journal" => booked(company, share, scale)
            .iter()
            .map(|(rows, _)| rows)
            .sum(),
        "journalLine" => booked(company, share, scale)
            .iter()
            .map(|(rows, lines)| rows * lines)
            .sum(),
        "supplierLedger" => of_company("purchaseInvoice", company, share, scale),
        "payment" => payments(company, share, scale).iter().sum(),
        "invoiceSettlement" => payments(company, share, scale).iter().sum::<u64>() + 8,
        "item" => ITEM_KINDS
            .iter()
            .map(|(table, _)| of_company(table, company, share, scale))
            .sum(),
        "contact" => {
            of_company("customerContact", company, share, scale)
                + of_company("supplierContact", company, share, scale)
        }
        "address" => {
            of_company("customerLocation", company, share, scale)
                + of_company("supplierLocation", company, share, scale)
                + 4
        }
        "supplierInteraction" => {
            of_company("purchaseOrder", company, share, scale)
                + of_company("supplierQuote", company, share, scale)
        }
        _ if company == 0 => 8,
        _ => 2,
    }
}

/// Documents that make a journal entry, each with the lines of its entry: sales invoices,
/// purchase invoices, shipments, receipts, payments, and entries by hand.
fn booked(company: usize, share: u64, scale: f64) -> [(u64, u64); 6] {
    let rows = |table| of_company(table, company, share, scale);
    [
        (rows("salesInvoice"), 3),
        (rows("purchaseInvoice"), 3),
        (rows("shipment"), 2),
        (rows("receipt"), 2),
        (rows("payment"), 2),
        (10, 2),
    ]
}

/// Payments received and made.
fn payments(company: usize, share: u64, scale: f64) -> [u64; 2] {
    let rows = |table| of_company(table, company, share, scale);
    [rows("salesInvoice") * 3 / 5, rows("purchaseInvoice") / 2]
}

fn global(table: &str) -> u64 {
    match table {
        "company" => 3,
        "companyGroup" => 2,
        "config" => 1,
        "country" => super::words::COUNTRIES.len() as u64,
        "currencyCode" => super::words::CURRENCIES.len() as u64,
        "attributeDataType" => 9,
        "user" | "userPermission" => USERS,
        "period" => 104,
        "plan" => 3,
        "customFieldTable" | "webhookTable" => super::words::TABLES.len() as u64,
        "passkeyCredential" => 6,
        _ => 10,
    }
}

fn group(table: &str) -> u64 {
    match table {
        "account" => super::words::ACCOUNTS.len() as u64,
        "currency" => 4,
        "dimension" => 6,
        "dimensionValue" => 24,
        "exchangeRateHistory" => 48,
        _ => 6,
    }
}

fn shared(table: &str) -> u64 {
    match table {
        "materialForm" | "materialSubstance" | "gaugeType" | "nonConformanceType" => 5,
        "materialDimension" | "materialFinish" | "materialGrade" | "materialType" => 8,
        "oauthClient" => 1,
        "userAttributeCategory" => 1,
        _ => 0,
    }
}

/// Tables that do not grow with the scale.
fn fixed(table: &str, company: usize) -> Option<u64> {
    let (members, main) = (members(Owner::Company(company)).1, company == 0);
    Some(match table {
        "employee" | "userToCompany" | "employeeJob" | "employeeShift" => members,
        "group" => 8,
        "membership" => members + 4,
        "employeeType" => 6,
        "employeeTypePermission" => 6 * 16,
        "sequence" => super::words::SEQUENCES.len() as u64,
        "location" => {
            if main {
                3
            } else {
                2
            }
        }
        "accountingPeriod" => 24,
        "accountingPeriodBalance" => {
            if main {
                24 * 8
            } else {
                24
            }
        }
        "periodCloseTaskDefinition" => 6,
        "periodCloseTask" => {
            if main {
                24 * 6
            } else {
                24
            }
        }
        "unitOfMeasure" => super::words::UNITS.len() as u64,
        "paymentTerm" | "shippingTerm" | "shippingMethod" => 5,
        "customerType" | "customerStatus" | "supplierType" => 5,
        "nonConformanceRequiredAction" => 8,
        "memo" => 12,
        "workCenter" => {
            if main {
                18
            } else {
                5
            }
        }
        "process" => {
            if main {
                14
            } else {
                6
            }
        }
        "workCenterProcess" => {
            if main {
                30
            } else {
                6
            }
        }
        "storageUnit" => {
            if main {
                120
            } else {
                20
            }
        }
        "department" => 6,
        "materialForm" | "materialSubstance" => 6,
        "eventSystemSubscription" => 10,
        "invite" | "webhook" | "apiKey" | "oauthClient" | "oauthCode" | "oauthToken"
        | "ssoConnection" | "ssoDomain" | "employeePin" => 3,
        "demandActual" | "demandForecast" | "demandProjection" | "supplyActual"
        | "supplyForecast" => {
            if main {
                150
            } else {
                10
            }
        }
        _ => return None,
    })
}

/// Tables that have so many rows for each row of another, and some further ones.
fn belonging(table: &str) -> Option<(&'static str, u64, u64)> {
    Some(match table {
        "salesOrderLine" => ("salesOrder", 3, 8),
        "salesInvoiceLine" => ("salesInvoice", 3, 4),
        "shipmentLine" => ("shipment", 3, 0),
        "quoteLine" => ("quote", 3, 0),
        "quoteLinePrice" => ("quoteLine", 3, 0),
        "purchaseOrderLine" => ("purchaseOrder", 3, 8),
        "purchaseInvoiceLine" => ("purchaseInvoice", 3, 4),
        "receiptLine" => ("receipt", 3, 0),
        "supplierQuoteLine" => ("supplierQuote", 3, 0),
        "salesRfqLine" => ("salesRfq", 3, 0),
        "purchasingRfqLine" => ("purchasingRfq", 3, 0),
        "supplierQuoteLinePrice" => ("supplierQuoteLine", 2, 0),
        "opportunity" => ("salesOrder", 1, 0),
        "salesOrderPayment" | "salesOrderShipment" => ("salesOrder", 1, 0),
        "quotePayment" | "quoteShipment" => ("quote", 1, 0),
        "salesInvoiceShipment" => ("salesInvoice", 1, 0),
        "purchaseOrderDelivery" | "purchaseOrderPayment" => ("purchaseOrder", 1, 0),
        "purchaseInvoiceDelivery" => ("purchaseInvoice", 1, 0),
        "salesOrderStatusHistory" => ("salesOrder", 1, 0),
        "purchaseOrderStatusHistory" => ("purchaseOrder", 1, 0),
        "customerContact" | "customerLocation" => ("customer", 1, 30),
        "customerPayment" | "customerShipping" | "customerTax" => ("customer", 1, 0),
        "supplierContact" | "supplierLocation" => ("supplier", 1, 10),
        "supplierPayment" | "supplierShipping" | "supplierTax" => ("supplier", 1, 0),
        "itemCost" | "itemUnitSalePrice" | "itemReplenishment" | "itemPlanning" | "pickMethod" => {
            ("item", 1, 0)
        }
        "supplierPartPrice" => ("supplierPart", 2, 0),
        "makeMethod" => ("part", 1, 0),
        "methodMaterial" => ("makeMethod", 2, 0),
        "methodOperation" => ("makeMethod", 1, 0),
        "jobMakeMethod" => ("job", 1, 10),
        "jobMaterial" | "jobOperation" => ("job", 4, 0),
        "jobOperationDependency" => ("job", 3, 0),
        "productionEvent" => ("job", 4, 0),
        "productionQuantity" | "jobOperationStep" => ("job", 3, 0),
        "jobOperationStepRecord" => ("jobOperationStep", 1, 0),
        "journalLineDimension" => ("salesInvoice", 1, 0),
        "nonConformanceItem" | "nonConformanceActionTask" => ("nonConformance", 2, 0),
        "inspectionFeature" | "balloon" => ("inspectionDocument", 4, 0),
        "agentMessage" | "agentMessagePart" => ("agentThread", 4, 0),
        "gaugeCalibrationRecord" => ("gauge", 3, 0),
        "trackedActivityInput" | "trackedActivityOutput" => ("trackedActivity", 1, 0),
        _ => return None,
    })
}

/// Tables that grow with the scale: tens of rows of the main company at scale 1.
fn growing(table: &str) -> Option<f64> {
    Some(match table {
        "part" => 70.0,
        "material" => 22.0,
        "tool" => 9.0,
        "consumable" => 10.0,
        "fixture" => 4.0,
        "service" => 3.0,
        "customer" => 11.0,
        "supplier" => 6.0,
        "supplierPart" => 25.0,
        "salesRfq" => 10.0,
        "quote" => 16.0,
        "salesOrder" => 24.0,
        "shipment" => 22.0,
        "salesInvoice" => 20.0,
        "supplierQuote" | "purchasingRfq" => 6.0,
        "purchaseOrder" => 17.0,
        "receipt" => 15.0,
        "purchaseInvoice" => 14.0,
        "job" => 17.0,
        "trackedEntity" => 25.0,
        "trackedActivity" => 12.0,
        "timeCardEntry" => 25.0,
        "notification" => 25.0,
        "document" => 15.0,
        "modelUpload" => 4.0,
        "nonConformance" => 4.0,
        "gauge" => 3.0,
        "inboundInspection" => 4.0,
        "maintenanceDispatch" => 5.0,
        "fixedAsset" => 2.0,
        "note" => 6.0,
        "inspectionDocument" => 2.0,
        "agentThread" => 1.0,
        "stockTransfer" | "warehouseTransfer" => 1.0,
        _ => return None,
    })
}
