//! Tables that nobody looks at often, where a rule of the schema leaves only some values.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::world::{COMPANIES, Row, TODAY};

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("customerItemPriceOverride", "active") => |_, cell| cell.bool(true),
        // A price that holds for ever.
        ("customerItemPriceOverride", "validTo") => |row, cell| {
            if row.n % 3 == 0 {
                cell.text("infinity");
            } else if row.n != 1 {
                cell.date(TODAY + row.n as i64);
            }
        },
        ("demandForecastSource", "sourceType") => |row, cell| {
            cell.text(["Job Material", "Sales Order", "Demand Projection"][(row.n % 3) as usize]);
        },
        ("fulfillment", "type") => {
            |row, cell| cell.text(if row.n % 2 == 0 { "Job" } else { "Inventory" })
        }
        ("itemShelfLife", "mode") => |row, cell| {
            cell.text(["Fixed Duration", "Calculated", "Set on Receipt"][(row.n % 3) as usize]);
        },
        ("itemShelfLife", "days") => |row, cell| {
            if row.n % 3 == 0 {
                cell.number(90 + row.below("days", 300));
            }
        },
        ("itemShelfLife", "calculateFromBom") => |row, cell| cell.bool(row.n % 3 == 1),
        ("userAttributeValue", "valueText") => |row, cell| {
            if row.n % 3 == 0 {
                cell.text(
                    ["M", "L", "XL", "44", "Forklift licence"][row.below("value", 5) as usize],
                );
            }
        },
        ("userAttributeValue", "valueNumeric") => |row, cell| {
            if row.n % 3 == 2 {
                cell.number(36 + row.below("value", 12));
            }
        },
        ("userAttributeValue", "valueBoolean" | "valueDate" | "valueFile") => |_, _| {},
        ("intercompanyTransaction", "amount") => {
            |row, cell| cell.fixed(120_000 + row.below("amount", 900_000) as i64, 4)
        }
        ("document", "name") => |row, cell| cell.text(document_name(row)),
        ("document", "path") => |row, cell| {
            cell.format(format_args!(
                "{}/documents/{:04}/{}",
                company(row),
                row.n,
                document_name(row)
            ));
        },
        ("document", "type") => |row, cell| {
            cell.text(["PDF", "Image", "Model", "Spreadsheet"][(row.n % 4) as usize]);
        },
        ("document", "sourceDocument") => |row, cell| {
            if row.n != 1 {
                cell.text("Sales Order");
            }
        },
        ("document", "sourceDocumentId") => |row, cell| {
            if row.n != 1 {
                let order = row.at("salesOrder", row.below("order", row.count("salesOrder")));
                cell.text(order.value("id").unwrap_or_default());
            }
        },
        ("modelUpload", "name") => |row, cell| {
            if row.n != 1 {
                cell.format(format_args!("housing-{:03}.{}", row.n, model_kind(row)));
            }
        },
        ("modelUpload", "modelPath") => |row, cell| {
            cell.format(format_args!(
                "{}/models/{:04}/housing.{}",
                company(row),
                row.n,
                model_kind(row)
            ));
        },
        ("modelUpload", "thumbnailPath") => |row, cell| {
            if row.n != 1 {
                cell.format(format_args!(
                    "{}/models/{:04}/thumbnail.png",
                    company(row),
                    row.n
                ));
            }
        },
        ("note", "documentId") => |row, cell| {
            let order = row.at("salesOrder", row.below("order", row.count("salesOrder")));
            cell.text(order.value("id").unwrap_or_default());
        },
        ("trackedEntity", "sourceDocument") => |_, cell| cell.text("Receipt"),
        ("trackedEntity", "sourceDocumentId") => |row, cell| {
            let receipt = row.at("receipt", row.below("receipt", row.count("receipt")));
            cell.text(receipt.value("id").unwrap_or_default());
        },
        ("trackedEntity" | "trackedActivity", "attributes") => |row, cell| {
            let job = row.at("job", row.below("job", row.count("job")));
            let receipt = row.at(
                "receiptLine",
                row.below("receipt", row.count("receiptLine")),
            );
            cell.json(&serde_json::json!({
                "Job": job.value("id"),
                "Receipt Line": receipt.value("id"),
                "Batch": format!("L{:05}", row.n),
            }));
        },
        ("trackedEntity", "readableId") => |row, cell| {
            if row.n != 1 {
                cell.format(format_args!("L{:05}", row.n));
            }
        },
        _ => return None,
    };
    Some(make)
}

fn company(row: &Row<'_>) -> &'static str {
    COMPANIES[row.company()].id
}

/// What a model is exchanged as: every third is a printable shell, the others are exact.
fn model_kind(row: &Row<'_>) -> &'static str {
    if row.n % 3 == 2 { "stl" } else { "step" }
}

fn document_name(row: &Row<'_>) -> String {
    let what = ["Order confirmation", "Photo", "Housing", "Calculation"][(row.n % 4) as usize];
    let extension = ["pdf", "png", "step", "csv"][(row.n % 4) as usize];
    format!("{what} {}.{extension}", 1000 + row.n)
}

/// The account that a default points to: sales, stock, tax and so on, by the column's name.
pub(super) fn default_account(column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match column {
        "companyId" | "createdBy" | "updatedBy" => return None,
        "salesAccount" => |_| Some(18),
        "receivablesAccount" => |_| Some(3),
        "payablesAccount" => |_| Some(11),
        "bankCashAccount" | "bankLocalCurrencyAccount" => |_| Some(1),
        "bankForeignCurrencyAccount" => |_| Some(2),
        "costOfGoodsSoldAccount" => |_| Some(21),
        "rawMaterialsAccount" => |_| Some(4),
        "finishedGoodsAccount" => |_| Some(5),
        "workInProgressAccount" => |_| Some(6),
        "salesTaxPayableAccount" => |_| Some(13),
        "purchaseTaxPayableAccount" => |_| Some(7),
        "goodsReceivedNotInvoicedAccount" => |_| Some(12),
        "retainedEarningsAccount" => |_| Some(17),
        "maintenanceAccount" => |_| Some(25),
        _ => return None,
    };
    Some(choose)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("customerItemPriceOverride", "itemId") => |row| Some(row.n),
        ("customerItemPriceOverride", "customerId") => {
            |row| (row.n % 3 == 0).then(|| row.n % row.count("customer"))
        }
        ("customerItemPriceOverride", "customerTypeId") => {
            |row| (row.n % 3 == 1).then(|| row.n % row.count("customerType"))
        }
        ("customerItemPriceOverrideBreak", "customerItemPriceOverrideId") => {
            |row| Some(row.n % row.count("customerItemPriceOverride"))
        }
        ("demandForecastSource", "jobId") => |row| (row.n % 3 == 0).then_some(row.n),
        ("demandForecastSource", "salesOrderLineId") => |row| (row.n % 3 == 1).then_some(row.n),
        ("demandForecastSource", "demandProjectionId") => {
            |row| (row.n % 3 == 2).then(|| row.n % row.count("demandProjection"))
        }
        ("fulfillment", "jobId") => |row| (row.n % 2 == 0).then_some(row.n),
        ("fulfillment", "salesOrderLineId") => |row| Some(row.n),
        ("itemShelfLife", "triggerProcessId") => |row| (row.n % 6 == 0).then_some(0),
        ("itemSupersession", "itemId") => |row| Some(row.n * 2),
        ("itemSupersession", "successorItemId") => |row| (row.n != 1).then_some(row.n * 2 + 1),
        ("userAttributeValue", "valueUser") => {
            |row| (row.n % 3 == 1).then(|| super::super::counts::members(row.owner).0)
        }
        ("intercompanyTransaction", "sourceCompanyId") => |_| Some(0),
        ("intercompanyTransaction", "targetCompanyId") => |_| Some(1),
        _ => return None,
    };
    Some(choose)
}
