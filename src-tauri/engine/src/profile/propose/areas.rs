//! Areas: what people call a part of their data, by the words in names of tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Area, OTHER_AREA, Table, TableName};

use super::super::words::{plural_label, stems};
use super::App;
use super::places::Places;
use super::reasons::{Reasons, Topic};

/// The area of the companies themselves.
pub(super) const SETTINGS: &str = "settings";

/// Tables of one word that make an area of their own.
const OWN_AREA: usize = 3;

/// Headlines of an area at most.
const HEADLINES: usize = 4;

/// Words of tables that stand for nothing by themselves.
const DETAILS: &[&str] = &[
    "favorite",
    "history",
    "item",
    "label",
    "line",
    "log",
    "preference",
    "setting",
    "status",
    "tag",
    "type",
];

/// Areas in the order in which they are shown, with the words that tell them.
const KNOWN: &[(&str, &str, &[&str])] = &[
    (
        "sales",
        "Sales",
        &[
            "customer",
            "client",
            "quote",
            "quotation",
            "order",
            "sale",
            "invoice",
            "shipment",
            "deal",
            "lead",
            "opportunity",
            "pricing",
            "coupon",
            "discount",
            "cart",
            "refund",
        ],
    ),
    (
        "bookings",
        "Bookings",
        &[
            "booking",
            "reservation",
            "appointment",
            "rental",
            "rent",
            "stay",
            "visit",
        ],
    ),
    (
        "support",
        "Support",
        &[
            "ticket",
            "case",
            "conversation",
            "incident",
            "sla",
            "article",
        ],
    ),
    (
        "projects",
        "Projects",
        &[
            "project",
            "task",
            "issue",
            "milestone",
            "sprint",
            "epic",
            "board",
            "backlog",
            "timesheet",
        ],
    ),
    (
        "purchasing",
        "Purchasing",
        &[
            "supplier",
            "vendor",
            "purchase",
            "purchasing",
            "receipt",
            "rfq",
        ],
    ),
    (
        "items",
        "Items",
        &[
            "product",
            "part",
            "material",
            "sku",
            "variant",
            "category",
            "catalog",
            "catalogue",
            "bom",
            "tool",
            "service",
            "brand",
            "price",
            "item",
        ],
    ),
    (
        "inventory",
        "Inventory",
        &[
            "warehouse",
            "location",
            "stock",
            "storage",
            "bin",
            "shelf",
            "lot",
            "batch",
            "inventory",
            "kanban",
            "picking",
            "unit",
            "asset",
            "vehicle",
            "equipment",
            "meter",
        ],
    ),
    (
        "production",
        "Production",
        &[
            "job",
            "operation",
            "process",
            "production",
            "procedure",
            "routing",
            "assembly",
        ],
    ),
    (
        "quality",
        "Quality",
        &[
            "quality",
            "inspection",
            "conformance",
            "nonconformance",
            "gauge",
            "complaint",
            "audit",
        ],
    ),
    ("maintenance", "Maintenance", &["maintenance", "repair"]),
    (
        "accounting",
        "Accounting",
        &[
            "accounting",
            "journal",
            "ledger",
            "currency",
            "tax",
            "payment",
            "cost",
            "budget",
            "fiscal",
            "dimension",
            "bank",
            "expense",
            "transaction",
            "depreciation",
            "account",
        ],
    ),
    (
        "people",
        "People",
        &[
            "user",
            "person",
            "employee",
            "member",
            "membership",
            "team",
            "department",
            "shift",
            "training",
            "student",
            "patient",
            "role",
            "permission",
            "attendance",
            "payroll",
            "holiday",
        ],
    ),
    (
        "documents",
        "Documents",
        &[
            "document",
            "file",
            "attachment",
            "folder",
            "upload",
            "photo",
            "image",
            "page",
            "template",
        ],
    ),
    (
        "messages",
        "Messages",
        &[
            "message",
            "thread",
            "channel",
            "notification",
            "email",
            "mail",
            "comment",
            "campaign",
            "note",
        ],
    ),
];

/// Words that tell the area of settings, where nothing else tells another.
const SETTINGS_WORDS: &[&str] = &[
    "config",
    "counter",
    "custom",
    "label",
    "option",
    "preference",
    "sequence",
    "setting",
    "tag",
];

/// The areas with their tables; every table of the backup is in one.
pub(super) fn areas(app: &App<'_>, places: &Places, reasons: &mut Reasons) -> Vec<Area> {
    let chosen = choose(app, places);
    let mut by_area: BTreeMap<&str, Vec<&TableName>> = BTreeMap::new();
    for (name, area) in &chosen {
        by_area.entry(area).or_default().push(name);
    }
    let is_known = |area: &str| KNOWN.iter().any(|(known, _, _)| *known == area);
    let mut order: Vec<&str> = KNOWN.iter().map(|(area, _, _)| *area).collect();
    let own = by_area.keys().copied();
    order.extend(own.filter(|area| ![SETTINGS, OTHER_AREA].contains(area) && !is_known(area)));
    order.extend([SETTINGS, OTHER_AREA]);
    let mut areas = Vec::new();
    for area in order {
        let Some(tables) = by_area.get(area) else {
            continue;
        };
        let headline = headlines(app, places, tables);
        let rest = tables.iter().filter(|name| !headline.contains(name));
        areas.push(Area {
            name: area.to_owned(),
            title: title(area),
            tables: rest.map(|name| app.written(name)).collect(),
            headline: headline.iter().map(|name| app.written(name)).collect(),
        });
    }
    if let Some(left) = by_area.get(OTHER_AREA) {
        reasons.doubt(
            Topic::Area(OTHER_AREA.to_owned()),
            match left.as_slice() {
                [_] => "the name of one table tells no area".to_owned(),
                tables => format!("the names of {} tables tell no area", tables.len()),
            },
        );
    }
    areas
}

fn title(area: &str) -> String {
    match KNOWN.iter().find(|(known, _, _)| *known == area) {
        Some((_, title, _)) => (*title).to_owned(),
        None if area == SETTINGS => "Company and settings".to_owned(),
        None if area == OTHER_AREA => "Other".to_owned(),
        None => plural_label(area),
    }
}

/// The area of each table: by what it hangs on, by its words, or by a word that it shares with others.
fn choose<'a>(app: &App<'_>, places: &'a Places) -> BTreeMap<&'a TableName, String> {
    let tenant = &app.tenant.table;
    let mut chosen: BTreeMap<&TableName, String> = BTreeMap::new();
    for name in &places.archived {
        let is_companys = name == tenant
            || app.tenant.singletons.contains(name)
            || app
                .tenant
                .group
                .as_ref()
                .is_some_and(|group| group.table == name.name)
            || begins_with_company(app, name);
        if is_companys {
            chosen.insert(name, SETTINGS.to_owned());
        }
    }
    let parents: BTreeMap<&TableName, &TableName> = places
        .archived
        .iter()
        .filter_map(|name| Some((name, parent(app, places, name)?)))
        .collect();
    // A table that hangs on another and is called after it goes where that one is.
    let is_called_after = |name: &TableName| {
        parents
            .get(name)
            .is_some_and(|parent| shares_a_word(name, parent))
    };
    for name in places.archived.iter().filter(|name| !is_called_after(name)) {
        if let Some(area) = by_words(name).filter(|_| !chosen.contains_key(name)) {
            chosen.insert(name, area.to_owned());
        }
    }
    follow_parents(places, &parents, &mut chosen);
    for name in &places.archived {
        if let Some(area) = by_words(name).filter(|_| !chosen.contains_key(name)) {
            chosen.insert(name, area.to_owned());
        }
    }
    follow_parents(places, &parents, &mut chosen);
    for name in &places.archived {
        let is_of_settings = stems(&name.name)
            .iter()
            .any(|stem| SETTINGS_WORDS.contains(&stem.as_str()));
        if is_of_settings && !chosen.contains_key(name) {
            chosen.insert(name, SETTINGS.to_owned());
        }
    }
    by_shared_word(places, &mut chosen);
    for name in &places.archived {
        chosen.entry(name).or_insert_with(|| OTHER_AREA.to_owned());
    }
    chosen
}

fn follow_parents<'a>(
    places: &'a Places,
    parents: &BTreeMap<&'a TableName, &'a TableName>,
    chosen: &mut BTreeMap<&'a TableName, String>,
) {
    loop {
        let found: Vec<(&TableName, String)> = places
            .archived
            .iter()
            .filter(|name| !chosen.contains_key(name))
            .filter_map(|name| Some((name, chosen.get(parents.get(name)?)?.clone())))
            .collect();
        if found.is_empty() {
            return;
        }
        chosen.extend(found);
    }
}

/// The one table of the backup without which no row of this one is there: if there are several, the one
/// that this one is called after.
fn parent<'a>(app: &App<'_>, places: &'a Places, name: &TableName) -> Option<&'a TableName> {
    let table = app.tables.get(name)?;
    let mut found: BTreeSet<&TableName> = BTreeSet::new();
    for reference in &table.references {
        let is_needed = reference
            .columns
            .iter()
            .all(|column| table.column(column).is_some_and(|column| column.not_null));
        let target = places.archived.get(&reference.target);
        if let Some(target) =
            target.filter(|target| is_needed && *target != name && **target != app.tenant.table)
        {
            found.insert(target);
        }
    }
    if found.len() > 1 {
        found.retain(|target| shares_a_word(name, target));
    }
    match found.len() {
        1 => found.pop_first(),
        _ => None,
    }
}

fn shares_a_word(one: &TableName, other: &TableName) -> bool {
    let words = stems(&one.name);
    stems(&other.name).iter().any(|word| words.contains(word))
}

fn by_words(name: &TableName) -> Option<&'static str> {
    stems(&name.name).iter().find_map(|stem| {
        KNOWN
            .iter()
            .find(|(_, _, words)| words.contains(&stem.as_str()))
            .map(|(area, _, _)| *area)
    })
}

fn begins_with_company(app: &App<'_>, name: &TableName) -> bool {
    let own = stems(&app.tenant.table.name);
    stems(&name.name).starts_with(&own)
}

/// Tables without an area of which several begin alike make one of that word.
fn by_shared_word<'a>(places: &'a Places, chosen: &mut BTreeMap<&'a TableName, String>) {
    let mut words: BTreeMap<String, Vec<&TableName>> = BTreeMap::new();
    for name in places
        .archived
        .iter()
        .filter(|name| !chosen.contains_key(name))
    {
        if let Some(first) = stems(&name.name).into_iter().next() {
            words.entry(first).or_default().push(name);
        }
    }
    for (word, tables) in words {
        if tables.len() >= OWN_AREA && word.is_ascii() {
            chosen.extend(tables.into_iter().map(|name| (name, word.clone())));
        }
    }
}

/// The tables that stand for an area: those that hang on no other of it, the most referred to first.
fn headlines<'a>(app: &App<'_>, places: &Places, tables: &[&'a TableName]) -> Vec<&'a TableName> {
    let mut found: Vec<(usize, &TableName)> = tables
        .iter()
        .filter(|name| {
            let last = stems(&name.name).pop().unwrap_or_default();
            let is_detail = DETAILS.contains(&last.as_str()) || places.kept.contains(**name);
            let hangs = parent(app, places, name).is_some_and(|parent| tables.contains(&parent));
            !is_detail && !hangs
        })
        .map(|name| (referring(app, places, name), *name))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    found
        .into_iter()
        .take(HEADLINES)
        .map(|(_, name)| name)
        .collect()
}

fn referring(app: &App<'_>, places: &Places, target: &TableName) -> usize {
    let leads = |table: &&&Table| {
        table
            .references
            .iter()
            .any(|reference| reference.target == *target)
    };
    places
        .archived
        .iter()
        .filter(|name| *name != target)
        .filter_map(|name| app.tables.get(name))
        .filter(leads)
        .count()
}
