//! Text by the name of its column.

use super::cell::Cell;
use super::world::Row;
use super::{names, words};

/// Text that fits the name of its column; different in every row if it must be.
pub(super) fn text(name: &str, distinct: bool, row: &Row<'_>, cell: &mut Cell) {
    if distinct && ["documentId", "entityId"].contains(&name) {
        let order = row.at("salesOrder", row.n % row.count("salesOrder"));
        cell.text(order.value("id").unwrap_or_default());
        return;
    }
    if distinct && name == "clientId" {
        row.write_uuid(cell);
        return;
    }
    if distinct && name.ends_with("Id") && row.world.catalog.tables[row.table].has("id") {
        let initials = name
            .chars()
            .enumerate()
            .filter(|(at, letter)| *at == 0 || letter.is_uppercase());
        let initials: String = initials
            .map(|(_, letter)| letter.to_ascii_uppercase())
            .collect();
        cell.format(format_args!(
            "{}{:06}",
            initials.trim_end_matches('I'),
            row.n + 1
        ));
        return;
    }
    if distinct && name == "email" {
        let (first, last) = words::person(row.n);
        cell.format(format_args!(
            "{}.{}{}@example.com",
            words::plain(first),
            words::plain(last),
            row.n
        ));
        return;
    }
    let table = row.world.catalog.tables[row.table].name.as_str();
    if let Some(names) = names::of(table).filter(|_| matches!(name, "name" | "title")) {
        let (count, n) = (names.len() as u64, row.n);
        cell.text(names[(n % count) as usize]);
        if distinct && n >= count {
            cell.format(format_args!(" {}", n / count + 1));
        }
        return;
    }
    plain_text(name, row, cell);
    if distinct {
        // Names become different by a number, addresses and codes by one as well.
        let separator = if name == "email" || name.ends_with("Id") || name == "key" {
            "-"
        } else {
            " "
        };
        cell.format(format_args!("{separator}{}", row.n + 1));
    }
}

fn plain_text(name: &str, row: &Row<'_>, cell: &mut Cell) {
    let hash = row.hash(name);
    let lower = name.to_lowercase();
    let (first, last) = words::person(hash % 700);
    let (city, postal_code, country) = words::CITIES[(row.hash("city") % 12) as usize];
    match name {
        "unitOfMeasureCode" | "unitOfMeasure" | "supplierUnitOfMeasureCode" => cell.text("EA"),
        "addressLine1" => cell.text(words::street(row)),
        "addressLine2" => {
            cell.text(["Building B", "3rd floor", "c/o Goods in"][(hash % 3) as usize])
        }
        "city" | "incotermLocation" => cell.text(city),
        "stateProvince" | "state" => {
            cell.text(["BW", "SN", "Pirkanmaa", "Steiermark"][(hash % 4) as usize])
        }
        "postalCode" => cell.text(postal_code),
        "countryCode" => cell.text(country),
        "timezone" => cell.text(["Europe/Berlin", "Europe/Helsinki"][(hash % 2) as usize]),
        "firstName" => cell.text(first),
        "lastName" => cell.text(last),
        "createdBy" | "updatedBy" => cell.text("system"),
        "itemType" => cell.text("Part"),
        "emoji" => cell.text(["💡", "🛠️", "📦", "✅"][(hash % 4) as usize]),
        "code" | "keyPreview" => cell.format(format_args!("{:04X}", hash % 65_536)),
        "entityType" | "documentType" | "sourceDocument" => cell.text("salesOrder"),
        "readableId" => cell.format(format_args!("{:06}", hash % 1_000_000)),
        "table" => cell.text(words::TABLES[(hash % 10) as usize].0),
        "transactionId" | "channelId" => cell.format(format_args!("C0{:08X}", hash as u32)),
        "languageCode" => cell.text("de"),
        "stripePriceId" => cell.format(format_args!("price_{:012x}", hash >> 16)),
        "content" => cell.text("^XA^FO50,50^ADN,36,20^FDSample^FS^XZ"),
        "productLabelSize" | "shelfLabelSize" => cell.text("zebra2x1"),
        "estimatedDuration" => cell.text(["30 minutes", "2 hours", "1 day"][(hash % 3) as usize]),
        "event" => {
            cell.text(["job.completed", "order.confirmed", "gauge.due"][(hash % 3) as usize])
        }
        "topic" => cell.text(["jobs", "orders", "quality"][(hash % 3) as usize]),
        "outcome" => cell.text(["accepted", "rejected", "rescreened"][(hash % 3) as usize]),
        "period" => cell.format(format_args!("2026-Q{}", hash % 4 + 1)),
        _ if name.ends_with("ReadableId") => cell.format(format_args!("{:06}", hash % 1_000_000)),
        _ if lower.contains("email") => {
            cell.format(format_args!(
                "{}.{}@example.com",
                words::plain(first),
                words::plain(last)
            ));
        }
        _ if lower.contains("phone") || lower == "fax" => {
            cell.format(format_args!(
                "+49 711 {:03} {:04}",
                hash % 1000,
                hash >> 20 & 8191
            ));
        }
        _ if lower.contains("path")
            || lower.contains("url")
            || lower.contains("website")
            || lower.contains("uri")
            || lower.starts_with("logo") =>
        {
            cell.format(format_args!("https://files.example.com/{:x}", hash >> 24));
        }
        _ if [
            "note",
            "description",
            "comment",
            "reason",
            "about",
            "message",
            "text",
            "error",
            "feedback",
            "suggestion",
            "question",
            "summary",
            "instruction",
            "purpose",
        ]
        .iter()
        .any(|part| lower.contains(part)) =>
        {
            cell.text(words::note(row, name))
        }
        _ if lower.contains("name") && !lower.contains("file") && name != "name" => {
            cell.format(format_args!("{first} {last}"));
        }
        _ if lower.contains("filename") => {
            cell.format(format_args!("drawing-{}.pdf", hash % 9000 + 1000))
        }
        _ if lower.contains("hash") || lower.contains("token") || lower.contains("secret") => {
            cell.format(format_args!("not-a-real-secret-{hash:016x}"));
        }
        _ if lower.contains("number")
            || name.ends_with("Id")
            || lower.contains("reference")
            || lower.contains("key")
            || lower.contains("vat")
            || lower.contains("eori") =>
        {
            cell.format(format_args!(
                "{}{:06}",
                ["A", "B", "LS", "V"][(hash % 4) as usize],
                hash >> 8 & 0xfffff
            ));
        }
        _ => cell.text(words::one_of(row, name, &words::SHORT)),
    }
}
