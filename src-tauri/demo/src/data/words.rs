//! Names that a person would believe.

use super::world::Row;

/// Alpha-2 code, alpha-3 code and name.
pub(super) const COUNTRIES: [(&str, &str, &str); 24] = [
    ("DE", "DEU", "Germany"),
    ("AT", "AUT", "Austria"),
    ("CH", "CHE", "Switzerland"),
    ("FI", "FIN", "Finland"),
    ("SE", "SWE", "Sweden"),
    ("NO", "NOR", "Norway"),
    ("DK", "DNK", "Denmark"),
    ("NL", "NLD", "Netherlands"),
    ("BE", "BEL", "Belgium"),
    ("FR", "FRA", "France"),
    ("IT", "ITA", "Italy"),
    ("ES", "ESP", "Spain"),
    ("PL", "POL", "Poland"),
    ("CZ", "CZE", "Czechia"),
    ("HU", "HUN", "Hungary"),
    ("GB", "GBR", "United Kingdom"),
    ("IE", "IRL", "Ireland"),
    ("US", "USA", "United States"),
    ("CA", "CAN", "Canada"),
    ("JP", "JPN", "Japan"),
    ("CN", "CHN", "China"),
    ("EE", "EST", "Estonia"),
    ("SI", "SVN", "Slovenia"),
    ("PT", "PRT", "Portugal"),
];

/// Code and name.
pub(super) const CURRENCIES: [(&str, &str); 8] = [
    ("EUR", "Euro"),
    ("USD", "US Dollar"),
    ("CHF", "Swiss Franc"),
    ("SEK", "Swedish Krona"),
    ("GBP", "Pound Sterling"),
    ("NOK", "Norwegian Krone"),
    ("JPY", "Yen"),
    ("PLN", "Złoty"),
];

/// Code and name.
pub(super) const UNITS: [(&str, &str); 10] = [
    ("EA", "Each"),
    ("KG", "Kilogram"),
    ("M", "Metre"),
    ("MM", "Millimetre"),
    ("L", "Litre"),
    ("SET", "Set"),
    ("BOX", "Box"),
    ("HR", "Hour"),
    ("M2", "Square metre"),
    ("PAL", "Pallet"),
];

/// Number, name, type, class and statement.
pub(super) const ACCOUNTS: [(&str, &str, &str, &str, bool); 28] = [
    ("1000", "Cash in hand", "Cash", "Asset", true),
    ("1020", "Commerzbank current account", "Bank", "Asset", true),
    ("1030", "Foreign currency account", "Bank", "Asset", true),
    (
        "1200",
        "Trade receivables",
        "Accounts Receivable",
        "Asset",
        true,
    ),
    ("1300", "Raw materials", "Inventory", "Asset", true),
    ("1310", "Finished goods", "Inventory", "Asset", true),
    ("1320", "Work in progress", "Inventory", "Asset", true),
    ("1400", "Input tax", "Tax", "Asset", true),
    ("1500", "Machinery", "Fixed Asset", "Asset", true),
    (
        "1510",
        "Accumulated depreciation of machinery",
        "Accumulated Depreciation",
        "Asset",
        true,
    ),
    (
        "1600",
        "Prepayments made",
        "Other Current Asset",
        "Asset",
        true,
    ),
    (
        "2000",
        "Trade payables",
        "Accounts Payable",
        "Liability",
        true,
    ),
    (
        "2010",
        "Goods received, not invoiced",
        "Other Current Liability",
        "Liability",
        true,
    ),
    ("2100", "Sales tax payable", "Tax", "Liability", true),
    (
        "2200",
        "Prepayments received",
        "Other Current Liability",
        "Liability",
        true,
    ),
    (
        "2500",
        "Bank loan Sparkasse",
        "Long Term Liability",
        "Liability",
        true,
    ),
    ("3000", "Share capital", "Equity - No Close", "Equity", true),
    (
        "3900",
        "Retained earnings",
        "Retained Earnings",
        "Equity",
        true,
    ),
    ("4000", "Revenue from parts", "Income", "Revenue", false),
    ("4100", "Revenue from services", "Income", "Revenue", false),
    ("4800", "Cash discounts granted", "Income", "Revenue", false),
    (
        "5000",
        "Cost of goods sold",
        "Cost of Goods Sold",
        "Expense",
        false,
    ),
    (
        "5100",
        "Purchase price variance",
        "Cost of Goods Sold",
        "Expense",
        false,
    ),
    ("6000", "Wages", "Expense", "Expense", false),
    ("6100", "Depreciation", "Expense", "Expense", false),
    (
        "6200",
        "Repairs and maintenance",
        "Expense",
        "Expense",
        false,
    ),
    (
        "6900",
        "Rounding differences",
        "Other Expense",
        "Expense",
        false,
    ),
    (
        "7000",
        "Exchange rate differences",
        "Other Income",
        "Revenue",
        false,
    ),
];

/// Document kind as table, name and prefix.
pub(super) const SEQUENCES: [(&str, &str, &str); 18] = [
    ("salesOrder", "Sales order", "SO"),
    ("quote", "Quote", "Q"),
    ("salesRfq", "RFQ", "RFQ"),
    ("salesInvoice", "Sales invoice", "AR"),
    ("shipment", "Shipment", "SHP"),
    ("purchaseOrder", "Purchase order", "PO"),
    ("purchaseInvoice", "Purchase invoice", "AP"),
    ("receipt", "Receipt", "REC"),
    ("supplierQuote", "Supplier quote", "SQ"),
    ("purchasingRfq", "Purchasing RFQ", "PRFQ"),
    ("job", "Job", "J"),
    ("nonConformance", "Issue", "NCR"),
    ("maintenanceDispatch", "Maintenance", "MD"),
    ("journal", "Journal entry", "JE"),
    ("payment", "Payment", "PAY"),
    ("fixedAsset", "Fixed asset", "FA"),
    ("gauge", "Gauge", "G"),
    ("inboundInspection", "Inbound inspection", "II"),
];

/// Tables that custom fields and webhooks may hang on: table, module and name.
pub(super) const TABLES: [(&str, &str, &str); 10] = [
    ("customer", "Sales", "Customers"),
    ("supplier", "Purchasing", "Suppliers"),
    ("salesOrder", "Sales", "Sales orders"),
    ("purchaseOrder", "Purchasing", "Purchase orders"),
    ("job", "Production", "Jobs"),
    ("part", "Items", "Parts"),
    ("material", "Items", "Materials"),
    ("quote", "Sales", "Quotes"),
    ("employee", "People", "Employees"),
    ("salesInvoice", "Invoicing", "Sales invoices"),
];

const FIRST_NAMES: [&str; 26] = [
    "Anna",
    "Jürgen",
    "Katrin",
    "Matti",
    "Sofia",
    "Lukas",
    "Aino",
    "Björn",
    "Claudia",
    "Dieter",
    "Elena",
    "Friedrich",
    "Greta",
    "Heikki",
    "Ines",
    "Jonas",
    "Kaisa",
    "Leon",
    "Marta",
    "Nils",
    "Olivia",
    "Pekka",
    "Renate",
    "Sören",
    "Tuula",
    "Zoë",
];

const LAST_NAMES: [&str; 29] = [
    "Müller",
    "Weber",
    "Virtanen",
    "Schäfer",
    "Hofmann",
    "Korhonen",
    "Lindqvist",
    "Bauer",
    "Koch",
    "Nieminen",
    "Richter",
    "Wolf",
    "Österberg",
    "Braun",
    "Mäkinen",
    "Krüger",
    "Vogel",
    "Jäger",
    "Lehtonen",
    "Groß",
    "Keller",
    "Heikkinen",
    "Frank",
    "Berger",
    "Salminen",
    "Sommer",
    "Novák",
    "O’Brien",
    "Dupont",
];

const FIRMS: [&str; 31] = [
    "Hartmann",
    "Rheintal",
    "Alpin",
    "Nordsee",
    "Schwarzwald",
    "Baltic",
    "Vogtland",
    "Kestrel",
    "Tampere",
    "Isar",
    "Elbe",
    "Bergström",
    "Lahti",
    "Moravia",
    "Jura",
    "Oulu",
    "Steiger",
    "Weserland",
    "Fjord",
    "Kärnten",
    "Adler",
    "Sauerland",
    "Turku",
    "Neckar",
    "Brenner",
    "Falun",
    "Odra",
    "Saimaa",
    "Taunus",
    "Lofoten",
    "Havel",
];

pub(super) const CITIES: [(&str, &str, &str); 12] = [
    ("Stuttgart", "70173", "DE"),
    ("Esslingen am Neckar", "73728", "DE"),
    ("Graz", "8010", "AT"),
    ("Winterthur", "8400", "CH"),
    ("Tampere", "33100", "FI"),
    ("Västerås", "722 11", "SE"),
    ("Chemnitz", "09111", "DE"),
    ("Brno", "602 00", "CZ"),
    ("Eindhoven", "5611", "NL"),
    ("Lyon", "69001", "FR"),
    ("Bologna", "40121", "IT"),
    ("Wrocław", "50-001", "PL"),
];

const STREETS: [&str; 9] = [
    "Industriestraße",
    "Am Hafen",
    "Werkstraße",
    "Teollisuuskatu",
    "Gewerbepark",
    "Rue des Forges",
    "Lange Gasse",
    "Fabriksgatan",
    "Mühlweg",
];

const NOTES: [&str; 18] = [
    "Delivery to gate 3, please call the goods-in office an hour before.",
    "Customer asks for material certificate 3.1 with every lot.",
    "Surface must be free of scratches on the visible side; pack with interleaf paper.",
    "Agreed on the telephone: partial deliveries are fine.",
    "Tolerance of the bore was tightened to H7 with the last drawing.",
    "First article is to be measured in full, report to quality.",
    "Price holds until the end of the quarter; afterwards the alloy surcharge applies.",
    "Check the runout after hardening, last lot was at the limit.",
    "Drawing lies in C:\\Fertigung\\Zeichnungen, index C replaces index B.",
    "Fixture 4 needs new clamping jaws before the next run.",
    "Waiting for an answer about the coating; Ms Krüger takes care of it.",
    "Chips block the conveyor with this alloy:\nclean it after every fifty pieces.",
    "Supplier confirmed the date by e-mail.",
    "Measured with the old gauge; repeat once the new one is back from calibration.",
    "Pallet exchange as usual, no plastic film.",
    "Please use the revised setup sheet\tand note the real times.",
    "Complaint settled with a credit note, no further action.",
    "Kunde wünscht Lieferung „frei Haus“ – 2 % Skonto bei Zahlung in 10 Tagen.",
];

pub(super) const SHORT: [&str; 20] = [
    "Hall 2",
    "Night shift",
    "Rush order",
    "Standard",
    "Series A",
    "Prototype",
    "Spare part",
    "Goods in",
    "Assembly",
    "Turning",
    "Milling",
    "Grinding",
    "Export",
    "Framework order",
    "Quality gate",
    "Warranty",
    "Sample",
    "Tooling",
    "Rework",
    "Archive 2025",
];

/// One of a list.
pub(super) fn one_of<'a>(row: &Row<'_>, salt: &str, list: &[&'a str]) -> &'a str {
    list[row.below(salt, list.len() as u64) as usize]
}

pub(super) fn note(row: &Row<'_>, salt: &str) -> &'static str {
    one_of(row, salt, &NOTES)
}

/// A person's first and last name; combinations repeat only after 754 people.
pub(super) fn person(n: u64) -> (&'static str, &'static str) {
    let (first, last) = (FIRST_NAMES.len() as u64, LAST_NAMES.len() as u64);
    (
        FIRST_NAMES[(n % first) as usize],
        LAST_NAMES[(n * 7 % last) as usize],
    )
}

/// A name written in plain letters, for addresses and paths.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|letter| match letter {
            'ä' | 'Ä' => Some('a'),
            'ö' | 'Ö' | 'ø' => Some('o'),
            'ü' | 'Ü' => Some('u'),
            'ë' => Some('e'),
            'ß' => Some('s'),
            'á' => Some('a'),
            ' ' => Some('-'),
            other if other.is_ascii_alphanumeric() => Some(other.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

fn firm(n: u64, trades: &[&str]) -> String {
    let (firms, kinds) = (FIRMS.len() as u64, trades.len() as u64);
    let name = format!(
        "{} {}",
        FIRMS[(n % firms) as usize],
        trades[(n * 5 % kinds) as usize]
    );
    // The two lengths have no common factor, so the pair repeats only after their product.
    match n / (firms * kinds) {
        0 => name,
        again => format!("{name} {}", again + 1),
    }
}

pub(super) fn customer(row: &Row<'_>) -> String {
    firm(row.n, row.world.industry.trade().customers)
}

pub(super) fn supplier(row: &Row<'_>) -> String {
    firm(row.n, row.world.industry.trade().suppliers)
}

/// What an item of a type is called.
pub(super) fn item(row: &Row<'_>, kind: &str) -> String {
    let size = 10 + row.below("size", 90) * 5;
    let trade = row.world.industry.trade();
    match kind {
        "Material" => format!(
            "{} {} {size} mm",
            one_of(row, "noun", trade.materials),
            one_of(row, "grade", trade.grades)
        ),
        "Tool" => format!(
            "{} {} mm",
            one_of(row, "noun", trade.tools),
            1 + row.below("size", 40)
        ),
        "Consumable" => one_of(row, "noun", trade.consumables).to_owned(),
        "Service" => one_of(row, "noun", trade.services).to_owned(),
        "Fixture" => format!("{} {}", trade.fixture, 100 + row.n),
        _ => format!(
            "{} {size}x{}",
            one_of(row, "noun", trade.parts),
            4 + row.below("width", 60)
        ),
    }
}

pub(super) fn street(row: &Row<'_>) -> String {
    format!(
        "{} {}",
        one_of(row, "street", &STREETS),
        1 + row.below("house", 180)
    )
}
