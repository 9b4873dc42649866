//! Values that only have to look right: made from a column's type and name.

use serde_json::json;

use crate::carbon::catalog::{Catalog, Column, Table};
use crate::carbon::rules::Rules;

use super::cell::Cell;
use super::phrases;
use super::plan::null_salt;
use super::words;
use super::world::{Row, TODAY};

/// What fills one column.
#[derive(Debug)]
pub(super) struct Fill {
    name: &'static str,
    /// Empty now and then.
    nullable: bool,
    /// Different in every row.
    distinct: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    OneOf(Vec<&'static str>),
    Several(Vec<&'static str>),
    Text,
    Texts,
    Numbers,
    Reals,
    Integer,
    /// Digits after the point, and how many before it; plain numerics have none given.
    Numeric {
        places: u32,
        ceiling: i64,
    },
    Float,
    Bool,
    Date,
    Instant,
    LocalInstant,
    Time,
    Json,
    Uuid,
}

const DAY: i64 = 86_400_000_000;

impl Fill {
    pub(super) fn of(
        catalog: &'static Catalog,
        table: &'static Table,
        column: &'static Column,
        distinct: bool,
    ) -> Fill {
        let base = column.ty.trim_end_matches("[]");
        let labels = catalog.enums.get(base).map(Vec::as_slice);
        let words = labels.or_else(|| Rules::carbon().words(&table.name, &column.name));
        let list = || words.into_iter().flatten().map(String::as_str).collect();
        let kind = match (column.ty.ends_with("[]"), base) {
            (false, _) if words.is_some() => Kind::OneOf(list()),
            (true, _) if words.is_some() => Kind::Several(list()),
            (true, "text") => Kind::Texts,
            (true, "real") => Kind::Reals,
            (true, _) => Kind::Numbers,
            (_, "integer" | "bigint") => Kind::Integer,
            (_, "float8" | "real") => Kind::Float,
            (_, "boolean") => Kind::Bool,
            (_, "date") => Kind::Date,
            (_, "timestamptz") => Kind::Instant,
            (_, "timestamp") => Kind::LocalInstant,
            (_, "time") => Kind::Time,
            (_, "json" | "jsonb") => Kind::Json,
            (_, "uuid") => Kind::Uuid,
            (_, numeric) if numeric.starts_with("numeric") => numeric_kind(numeric),
            _ => Kind::Text,
        };
        let flag = matches!(column.name.as_str(), "createdAt");
        Fill {
            name: &column.name,
            nullable: !column.required && !flag,
            distinct,
            kind,
        }
    }

    pub(super) fn write(&self, row: &Row<'_>, cell: &mut Cell) {
        let keep = self.distinct || row.n == 0;
        if self.nullable && !keep && (row.n == 1 || row.chance(null_salt(self.name), 30)) {
            return;
        }
        let name = self.name;
        let hash = row.hash(name);
        match &self.kind {
            Kind::OneOf(list) => cell.text(list[(hash % list.len() as u64) as usize]),
            Kind::Several(list) => {
                let first = (hash % list.len() as u64) as usize;
                cell.array(
                    list.iter()
                        .cycle()
                        .skip(first)
                        .take(1 + (hash >> 32 & 1) as usize),
                );
            }
            Kind::Text => phrases::text(name, self.distinct, row, cell),
            Kind::Texts => texts(name, row, cell),
            Kind::Numbers => {
                cell.text(["{1,10,100}", "{5}", "{25,50}", "{1}"][(hash % 4) as usize])
            }
            Kind::Reals => reals(row, cell),
            Kind::Integer => integer(self, row, cell),
            Kind::Numeric { places, ceiling } => numeric(self, row, *places, *ceiling, cell),
            Kind::Float => {
                if name.starts_with("region") || name.ends_with("Coordinate") || name == "humidity"
                {
                    cell.fixed((hash % 900 + 50) as i64, 3);
                } else if name.contains("order") || name.contains("Order") || name == "position" {
                    cell.number(row.n % 20 + 1);
                } else {
                    cell.fixed((hash % 90_000 + 1_000) as i64, 2);
                }
            }
            Kind::Bool => cell.bool(match name {
                "active" | "enabled" | "public" | "isMetric" => !hash.is_multiple_of(10),
                "id" => true,
                _ => hash.is_multiple_of(4),
            }),
            Kind::Date => cell.date(date(self, row)),
            Kind::Instant => cell.instant(instant(self, row)),
            Kind::LocalInstant => cell.local_instant(instant(self, row)),
            Kind::Time => {
                cell.text(["06:00:00", "14:00:00", "22:00:00", "08:30:00"][(hash % 4) as usize])
            }
            Kind::Json => json_value(name, row, cell),
            Kind::Uuid => row.write_uuid(cell),
        }
    }
}

fn numeric_kind(ty: &str) -> Kind {
    let numbers = ty.trim_start_matches("numeric").trim_matches(['(', ')']);
    let Some((digits, places)) = numbers.split_once(',') else {
        return Kind::Numeric {
            places: 4,
            ceiling: i64::MAX,
        };
    };
    let (digits, places): (u32, u32) = (digits.parse().unwrap_or(10), places.parse().unwrap_or(2));
    Kind::Numeric {
        places,
        ceiling: 10_i64.saturating_pow((digits - places).min(9)) - 1,
    }
}

/// A day of the last two years; things that lie ahead are named so.
fn date(fill: &Fill, row: &Row<'_>) -> i64 {
    if fill.distinct {
        return TODAY - 720 + row.n as i64;
    }
    // Columns of one row share the day, so that an end never comes before its beginning.
    let day = TODAY - 700 + row.below("day", 640) as i64;
    day + match fill.name {
        name if name.contains("due") || name.contains("Due") => 21,
        name if name.contains("expir") || name.contains("Expir") || name.ends_with("To") => 90,
        name if name.contains("end") || name.contains("End") || name.contains("closed") => 30,
        name if name.contains("promised") || name.contains("Effectivity") => 14,
        name if name.contains("complet") || name.contains("next") || name.contains("Next") => 12,
        _ => 0,
    }
}

/// An instant of a working day, to the microsecond.
fn instant(fill: &Fill, row: &Row<'_>) -> i64 {
    let day = date(fill, row) + i64::from(fill.name.contains("updated")) * 3;
    let later = match fill.name {
        name if name.contains("end") || name.contains("End") || name.contains("Out") => 3,
        _ => 0,
    };
    let micros = 6 * 3_600_000_000 + row.below("minute", 500) as i64 * 60_000_000;
    let fine = (row.hash(fill.name) % 60_000_000) as i64;
    let step = if fill.distinct {
        row.n as i64 * 3_600_000_000
    } else {
        0
    };
    day * DAY + micros + later * 3_600_000_000 + fine + step
}

fn integer(fill: &Fill, row: &Row<'_>, cell: &mut Cell) {
    let hash = row.hash(fill.name);
    let value = match fill.name {
        // Serial ids are shared by all owners.
        "id" => row.number_in_table() + 1,
        _ if fill.distinct => row.n + 1,
        "severity" | "likelihood" => hash % 5 + 1,
        "version" | "revisionId" | "templateVersion" | "formatVersion" | "pageNumber" => {
            hash % 3 + 1
        }
        "size" | "sizeBytes" => hash % 4_000_000 + 20_000,
        "sortOrder" | "order" | "index" | "orderIndex" => row.n % 12 + 1,
        name if name.ends_with("Days") || name.contains("daysDue") => hash % 60 + 1,
        _ => hash % 40 + 1,
    };
    cell.number(value as i64);
}

fn numeric(fill: &Fill, row: &Row<'_>, places: u32, ceiling: i64, cell: &mut Cell) {
    let hash = row.hash(fill.name);
    if fill.distinct {
        cell.number(row.n as i64 + 1);
        return;
    }
    let percent = |name: &str| name.contains("ercent") || name == "confidence" || name == "aql";
    match fill.name {
        "version" => cell.number((hash % 3 + 1) as i64),
        "exchangeRate" | "sourceExchangeRate" | "targetExchangeRate" | "conversionFactor" => {
            cell.text("1")
        }
        "minValue" => cell.fixed((hash % 500) as i64, 2),
        "maxValue" => cell.fixed((hash % 500 + 600) as i64, 2),
        "latitude" => cell.fixed(470_000 + (hash % 150_000) as i64, 4),
        "longitude" => cell.fixed(60_000 + (hash % 180_000) as i64, 4),
        name if percent(name) || name.ends_with("TaxRate") => cell.fixed((hash % 96) as i64, 2),
        name if name.contains("uantity") || name.contains("hours") => {
            cell.number(((hash % 200 + 1) as i64).min(ceiling));
        }
        name if name.contains("ime") => cell.fixed((hash % 6_000 + 50) as i64, 2),
        _ if ceiling < 100 => cell.fixed((hash % 900) as i64, places.max(3)),
        _ => {
            let shown = places.min(4);
            let bound = 900_000_u64.min(ceiling.saturating_mul(10_i64.pow(shown)) as u64);
            cell.fixed((hash % bound + 100) as i64, shown);
        }
    }
}

/// The 384 numbers of an item's or a partner's meaning.
pub(super) fn reals(row: &Row<'_>, cell: &mut Cell) {
    cell.text("{");
    let mut state = row.hash("embedding");
    for at in 0..384 {
        state = super::world::mixed(state);
        if at > 0 {
            cell.text(",");
        }
        cell.fixed((state % 20_000) as i64 - 10_000, 5);
    }
    cell.text("}");
}

fn texts(name: &str, row: &Row<'_>, cell: &mut Cell) {
    match name {
        "tags" if row.chance("tagged", 60) => cell.array([] as [&str; 0]),
        "operations" => cell.array(["INSERT", "UPDATE", "DELETE"]),
        "transports" => cell.array(["usb", "nfc"]),
        "redirectUris" => cell.array(["https://login.example.com/callback"]),
        "grantTypes" => cell.array(["authorization_code", "refresh_token"]),
        "responseTypes" => cell.array(["code"]),
        name if name.ends_with("Cc") => cell.array(["orders@example.com"]),
        name if name.contains("roup") => {
            let group = row.at("group", 0).value("id");
            cell.array(group);
        }
        name if name.starts_with("item") && name.ends_with("Ids") => {
            let items = row.count("item");
            cell.array(
                (0..2).filter_map(|at| row.at("item", row.below(name, items) + at).value("id")),
            );
        }
        "customerIds" => cell.array(row.at("customer", row.below(name, 5)).value("id")),
        "customerTypeIds" => cell.array(row.at("customerType", row.below(name, 4)).value("id")),
        "fileTypes" => cell.array(["pdf", "png", "step"]),
        _ => {
            let first = words::one_of(row, name, &words::SHORT);
            let second = words::one_of(row, "second", &words::SHORT);
            if first == second {
                cell.array([first])
            } else {
                cell.array([first, second])
            }
        }
    }
}

fn json_value(name: &str, row: &Row<'_>, cell: &mut Cell) {
    match name {
        "customFields" | "metadata" | "attributes" | "settings" | "payload" | "theme" => {
            cell.json(&json!({
                "costBearer": 4000 + row.below("bearer", 40),
                "remark": words::one_of(row, "remark", &words::SHORT),
                "checked": row.chance("checked", 50),
                "limit": row.below("limit", 100) as f64 / 8.0,
                "former": serde_json::Value::Null,
            }));
        }
        "permissions" | "scopes" => cell.json(&json!({"sales_view": [], "parts_view": []})),
        "filter" | "config" | "exclusions" | "printing" => cell.text("{}"),
        "storageUnitIds" => cell.text("{}"),
        "priceTrace" => cell.json(&json!([{ "step": "base", "amount": "118.4000" }, { "step": "volume", "factor": 0.95 }])),
        "jsonschema" => cell.text("{\"type\": \"object\",  \"properties\": {\"apiKey\": {\"type\": \"string\"}}}"),
        // Spaces, order and repeated keys of `json` are part of the value.
        "notes" | "internalNotes" | "externalNotes" | "content" | "description" | "workInstruction"
        | "noteRichText" | "reasonForChange" => {
            if row.chance("empty note", 40) {
                cell.text("{}");
            } else {
                cell.text("{\"type\": \"doc\",  \"content\": [");
                for paragraph in 0..1 + row.below("paragraphs", 3) {
                    let text = words::note(row, ["first", "second", "third"][paragraph as usize]);
                    let value = json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
                    cell.format(format_args!("{}{value}", if paragraph == 0 { "" } else { ", " }));
                }
                cell.text("]}");
            }
        }
        _ => cell.json(&json!({
            "label": words::one_of(row, name, &words::SHORT),
            "value": row.below("value", 1000),
        })),
    }
}
