//! Jobs: what was made, from what, at which machine, by whom.

use super::super::plan::{StoryChoice, StoryValue};
use super::super::words;
use super::super::world::Row;
use super::{day_of, document_of, instant_of, lines_of, number, sales, sometimes};

/// The order line that a job makes.
fn order_line_of(row: &Row<'_>, job: u64) -> u64 {
    lines_of(job % row.count("salesOrder")).start
}

fn made(row: &Row<'_>, job: u64) -> (u64, i64) {
    sales::sold(row, order_line_of(row, job))
}

/// How far a job has got, the oldest first: done, running, planned.
fn progress(row: &Row<'_>, job: u64) -> u64 {
    match job * 10 / row.count("job").max(1) {
        0..=7 => 2,
        8 => 1,
        _ => 0,
    }
}

const OPERATIONS: [&str; 4] = [
    "Saw blank to length",
    "Turn both sides",
    "Mill pockets and drill",
    "Final inspection",
];

fn job_day(row: &Row<'_>, job: u64) -> i64 {
    day_of(job, row.count("job"))
}

pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    let make: StoryValue = match (table, column) {
        ("job", "jobId") => |row, cell| number(cell, "J", row.n),
        ("job", "status") => |row, cell| {
            cell.text(["Planned", "In Progress", "Completed"][progress(row, row.n) as usize]);
        },
        ("job", "quantity") => |row, cell| cell.number(made(row, row.n).1),
        ("job", "quantityComplete" | "quantityReceivedToInventory") => |row, cell| {
            cell.number(if progress(row, row.n) == 2 {
                made(row, row.n).1
            } else {
                0
            });
        },
        ("job", "quantityShipped") => |_, cell| cell.text("0"),
        ("job", "scrapQuantity") => |row, cell| cell.number(row.below("scrap", 3)),
        ("job", "startDate") => |row, cell| cell.date(job_day(row, row.n)),
        ("job", "dueDate") => |row, cell| cell.date(job_day(row, row.n) + 10),
        ("job", "releasedDate") => |row, cell| {
            if progress(row, row.n) > 0 {
                cell.instant(instant_of(row, job_day(row, row.n)));
            }
        },
        ("job", "completedDate") => |row, cell| {
            if progress(row, row.n) == 2 {
                cell.instant(instant_of(row, job_day(row, row.n) + 6));
            }
        },
        ("jobMakeMethod", "quantityPerParent" | "version") => |_, cell| cell.text("1"),
        ("jobMaterial" | "jobOperation", "order") => |row, cell| cell.number(row.n % 4 + 1),
        ("jobMaterial", "quantity") => |row, cell| cell.number(1 + row.below("per", 4)),
        ("jobMaterial", "itemType") => |_, cell| cell.text("Material"),
        ("jobMaterial", "estimatedQuantity" | "quantityIssued") => |row, cell| {
            let per = 1 + row.below("per", 4) as i64;
            cell.number(per * made(row, row.n / 4).1);
        },
        ("jobMaterial", "description") => |row, cell| {
            let items = row.count("part") + row.below("item", row.count("material"));
            cell.text(row.at("item", items).value("name").unwrap_or_default());
        },
        ("jobOperation", "description") => |row, cell| cell.text(OPERATIONS[(row.n % 4) as usize]),
        ("jobOperation", "status") => |row, cell| {
            cell.text(["Todo", "In Progress", "Done"][progress(row, row.n / 4) as usize]);
        },
        ("jobOperation", "operationType") => |_, cell| cell.text("Inside"),
        ("jobOperation", "operationQuantity" | "targetQuantity") => {
            |row, cell| cell.number(made(row, row.n / 4).1)
        }
        ("jobOperation", "quantityComplete") => |row, cell| {
            let job = row.n / 4;
            cell.number(if progress(row, job) == 2 {
                made(row, job).1
            } else {
                0
            });
        },
        ("jobOperation", "quantityScrapped" | "quantityReworked") => |_, cell| cell.text("0"),
        ("productionEvent", "startTime") => |row, cell| {
            cell.instant(instant_of(row, job_day(row, row.n / 4) + 1));
        },
        ("productionEvent", "endTime") => |row, cell| {
            if row.n != 1 {
                let minutes = 10 + row.below("minutes", 400) as i64;
                cell.instant(instant_of(row, job_day(row, row.n / 4) + 1) + minutes * 60_000_000);
            }
        },
        ("productionQuantity", "type") => {
            |row, cell| cell.text(["Production", "Production", "Scrap"][(row.n % 3) as usize])
        }
        ("productionQuantity", "quantity") => |row, cell| cell.number(1 + row.below("pieces", 12)),
        ("jobOperationStep", "name") => |row, cell| {
            cell.text(
                [
                    "Outer diameter",
                    "Bore H7",
                    "Runout",
                    "Surface Ra",
                    "Visual check",
                ][row.below("step", 5) as usize],
            );
        },
        // Sensors fail, overflow and measure finely.
        ("jobOperationStepRecord", "numericValue") => |row, cell| match row.n {
            0 => cell.text("NaN"),
            1 => {}
            2 => cell.text("0.00000000000000000001"),
            3 => cell.text("123456789012345678901234567890.123456789"),
            4 => cell.text("24.9900"),
            _ => cell.fixed(24_000 + row.below("measured", 2_000) as i64, 3),
        },
        ("jobOperationStepRecord", "index") => |_, cell| cell.text("0"),
        ("process", "name") => |row, cell| {
            let names = row.world.industry.trade().processes;
            cell.text(names[row.n as usize % names.len()]);
        },
        ("workCenter", "name") => |row, cell| {
            let names = row.world.industry.trade().work_centers;
            cell.format(format_args!(
                "{} {}",
                names[row.n as usize % names.len()],
                row.n / 7 + 1
            ));
        },
        ("nonConformance", "nonConformanceId") => |row, cell| number(cell, "NCR", row.n),
        ("nonConformance", "name") => |row, cell| {
            let what = [
                "Bore out of tolerance",
                "Surface scratched",
                "Wrong material certificate",
                "Thread missing",
                "Coating too thin",
                "Parts mixed up",
                "Burr on edge",
            ];
            cell.text(words::one_of(row, "what", &what));
        },
        ("nonConformanceType", "name") => |row, cell| {
            cell.text(
                ["Dimension", "Surface", "Documents", "Delivery", "Handling"][row.n as usize % 5],
            );
        },
        ("gauge", "gaugeId") => |row, cell| number(cell, "G", row.n),
        ("gauge", "description") => |row, cell| {
            if row.n != 1 {
                cell.text(
                    [
                        "Caliper 150 mm",
                        "Micrometer 25 mm",
                        "Plug gauge 20 H7",
                        "Dial gauge",
                        "Ring gauge 40 g6",
                    ][row.below("gauge", 5) as usize],
                );
            }
        },
        ("gaugeType", "name") => |row, cell| {
            cell.text(
                [
                    "Caliper",
                    "Micrometer",
                    "Plug gauge",
                    "Dial gauge",
                    "Ring gauge",
                ][row.n as usize % 5],
            );
        },
        ("maintenanceDispatch", "maintenanceDispatchId") => |row, cell| number(cell, "MD", row.n),
        ("inboundInspection", "inboundInspectionId") => |row, cell| number(cell, "II", row.n),
        _ => return None,
    };
    Some(make)
}

pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    let choose: StoryChoice = match (table, column) {
        ("job", "itemId") => |row| Some(made(row, row.n).0),
        ("job", "unitOfMeasureCode") => |_| Some(0),
        ("job", "customerId") => {
            |row| (row.n != 1).then(|| sales::customer_of(row, row.n % row.count("salesOrder")))
        }
        ("job", "salesOrderId") => |row| (row.n != 1).then(|| row.n % row.count("salesOrder")),
        ("job", "salesOrderLineId") => |row| (row.n != 1).then(|| order_line_of(row, row.n)),
        ("job", "quoteId") => |row| (row.n != 1 && row.n < row.count("quote")).then_some(row.n),
        // The last ones are subassemblies of the first jobs.
        ("jobMakeMethod", "jobId") => |row| Some(row.n % row.count("job")),
        ("jobMakeMethod", "itemId") => |row| Some(made(row, row.n % row.count("job")).0),
        ("jobMakeMethod", "parentMaterialId") => |row| {
            let jobs = row.count("job");
            (row.n >= jobs).then(|| (row.n - jobs) * 4)
        },
        ("jobMaterial" | "jobOperation", "jobId") => |row| Some(row.n / 4),
        ("jobMaterial", "jobMakeMethodId") => |row| Some(row.n / 4),
        ("jobOperation", "jobMakeMethodId") => |row| (row.n != 1).then_some(row.n / 4),
        ("jobMaterial", "jobOperationId") => |row| sometimes(row, "at", 70, row.n),
        ("jobMaterial", "itemId") => {
            |row| Some(row.count("part") + row.below("item", row.count("material")))
        }
        ("jobOperation", "processId") => |row| Some(row.n % 4 % row.count("process")),
        ("jobOperation", "reworkId") => |row| (row.n == 0).then_some(0),
        ("jobOperationDependency", "operationId") => |row| Some(row.n / 3 * 4 + row.n % 3 + 1),
        ("jobOperationDependency", "dependsOnId") => |row| Some(row.n / 3 * 4 + row.n % 3),
        ("jobOperationDependency", "jobId") => |row| Some(row.n / 3),
        ("jobOperationStep", "operationId") => |row| Some(row.n / 3 * 4 + row.n % 3),
        ("jobOperationStepRecord", "jobOperationStepId") => |row| Some(row.n),
        ("productionEvent", "jobOperationId") => |row| Some(row.n),
        ("productionQuantity", "jobOperationId") => |row| Some(row.n / 3 * 4 + row.n % 3),
        ("rework", "jobId") => |row| Some(row.n % row.count("job")),
        ("rework", "triggeredAtJobOperationId") => |row| Some(row.n % row.count("job") * 4 + 3),
        ("rework", "targetJobOperationId") => |row| Some(row.n % row.count("job") * 4 + 1),
        ("nonConformanceItem" | "nonConformanceActionTask", "nonConformanceId") => {
            |row| Some(row.n / 2)
        }
        ("nonConformanceItemTrackedEntity", "nonConformanceItemId") => |row| Some(row.n * 2),
        ("nonConformanceItemTrackedEntity", "nonConformanceId") => |row| Some(row.n),
        ("nonConformanceItemTrackedEntity", "trackedEntityId") => |row| Some(row.n),
        ("inspectionFeature", "inspectionDocumentId") => |row| Some(row.n / 4),
        ("agentMessage", "threadId") => |row| Some(row.n / 4),
        ("agentMessagePart", "messageId") => |row| Some(row.n),
        ("gaugeCalibrationRecord", "gaugeId") => |row| Some(row.n / 3),
        ("inboundInspection", "receiptLineId") => |row| Some(row.n),
        ("inboundInspection", "receiptId") => |row| Some(document_of(row.n)),
        ("quoteMakeMethod", "parentMaterialId") => {
            |row| (row.n == 0 || row.n > 6).then(|| row.n % row.count("quoteMaterial"))
        }
        _ => return None,
    };
    Some(choose)
}
