//! What must not travel: tables that are secrets as a whole, and columns of others, by their names and
//! by what a few of their values look like.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Column, Table, TableName};

use super::super::words::stems;
use super::App;
use super::reasons::{Reasons, Topic};

/// Words that make a table one of secrets.
const SECRET_TABLES: &[&str] = &[
    "apikey",
    "credential",
    "oauth",
    "passkey",
    "password",
    "saml",
    "secret",
    "sso",
];

/// Words that make it one where a column of it is a secret too.
const LIKELY_SECRET_TABLES: &[&str] = &["token", "webhook"];

/// Two words that do.
const SECRET_PAIRS: &[[&str; 2]] = &[
    ["access", "key"],
    ["api", "key"],
    ["encryption", "key"],
    ["identity", "provider"],
    ["signing", "key"],
];

/// Links that open something for whoever knows them: their keys are the secret.
const OPENING_LINKS: &[[&str; 2]] = &[
    ["external", "link"],
    ["magic", "link"],
    ["public", "link"],
    ["share", "link"],
];

/// Words of columns beside those that say it anywhere ([`Column::tells_secret`]).
const SECRET_WORDS: &[&str] = &["mfa", "otp", "pin", "salt", "totp"];

/// Words before `key` and before `code` that make secrets of them.
const BEFORE_KEY: &[&str] = &[
    "access",
    "api",
    "auth",
    "encryption",
    "private",
    "secret",
    "shared",
    "signing",
];
const BEFORE_CODE: &[&str] = &[
    "access",
    "activation",
    "backup",
    "invitation",
    "invite",
    "recovery",
    "reset",
    "security",
    "verification",
];

/// Words of columns that are secrets if their values look random.
const SECRET_IF_RANDOM: &[&str] = &["auth", "code", "key", "session", "signature", "token"];

/// Tables that talk to other systems, and the columns that say how.
const CONNECTIONS: &[&str] = &[
    "connection",
    "connector",
    "gateway",
    "integration",
    "provider",
    "subscription",
];
const CONNECTION_COLUMNS: &[&str] = &[
    "auth",
    "config",
    "configuration",
    "metadata",
    "option",
    "setting",
];

/// What stays in the database.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    pub(super) tables: BTreeSet<TableName>,
    /// By table.
    pub(super) columns: BTreeMap<TableName, BTreeSet<String>>,
}

impl Secrets {
    pub(super) fn has(&self, table: &TableName, column: &str) -> bool {
        self.columns
            .get(table)
            .is_some_and(|columns| columns.contains(column))
    }
}

/// Finds them.
pub(super) fn secrets(app: &App<'_>, reasons: &mut Reasons) -> Secrets {
    let mut found = Secrets::default();
    let mut links = BTreeSet::new();
    for (&name, &table) in &app.tables {
        let columns = secret_columns(app, name, table, reasons);
        if let Some(because) = secret_table(app, name, table, &columns) {
            reasons.say(Topic::Table(app.written(name)), because);
            found.tables.insert(name.clone());
        }
        if has_pair(&stems(&name.name), OPENING_LINKS) {
            links.insert(name);
        }
        if !columns.is_empty() {
            found.columns.insert(name.clone(), columns);
        }
    }
    for (&name, &table) in &app.tables {
        for reference in table
            .references
            .iter()
            .filter(|reference| links.contains(&reference.target))
        {
            for column in reference
                .columns
                .iter()
                .filter(|column| app.tenant.column_of(table) != Some(column.as_str()))
            {
                reasons.say(
                    Topic::Column(format!("{}.{column}", app.written(name))),
                    format!("a key of {} opens what it leads to", reference.target.name),
                );
                found
                    .columns
                    .entry(name.clone())
                    .or_default()
                    .insert(column.clone());
            }
        }
    }
    found
}

fn secret_table(
    app: &App<'_>,
    name: &TableName,
    table: &Table,
    columns: &BTreeSet<String>,
) -> Option<String> {
    let stems = stems(&name.name);
    let is_one_of = |words: &[&str]| {
        stems
            .iter()
            .find(|stem| words.contains(&stem.as_str()))
            .cloned()
    };
    if let Some(word) = is_one_of(SECRET_TABLES) {
        return Some(format!("its name says {word}"));
    }
    if has_pair(&stems, SECRET_PAIRS) || has_pair(&stems, OPENING_LINKS) {
        return Some("its name says that its rows open something".to_owned());
    }
    if let Some(word) = is_one_of(LIKELY_SECRET_TABLES).filter(|_| !columns.is_empty()) {
        return Some(format!("its name says {word}, and a column holds a secret"));
    }
    let has_url = table
        .columns
        .iter()
        .any(|column| super::tenant::squeezed(&column.name).ends_with("url"));
    if has_url && stems.last().is_some_and(|last| last == "webhook") {
        return Some("whoever knows the address of a webhook may call it".to_owned());
    }
    let connects = stems.last().is_some_and(|last| last == "integration");
    let has_json = table
        .columns
        .iter()
        .any(|column| column.type_name.starts_with("json"));
    if connects && has_json && app.tenant.column_of(table).is_some() {
        return Some("how to reach other systems stands in its rows".to_owned());
    }
    let key = table.key.as_ref()?;
    key.columns
        .iter()
        .find(|column| columns.contains(*column))
        .map(|column| format!("its key {column} is a secret"))
}

fn secret_columns(
    app: &App<'_>,
    name: &TableName,
    table: &Table,
    reasons: &mut Reasons,
) -> BTreeSet<String> {
    let written = app.written(name);
    let mut found = BTreeSet::new();
    for column in table
        .stored_columns()
        .filter(|column| !refers(table, column))
    {
        let Some((because, is_doubtful)) = secret_because(app, name, column) else {
            continue;
        };
        let topic = Topic::Column(format!("{written}.{}", column.name));
        if is_doubtful {
            reasons.doubt(topic, because);
        } else {
            reasons.say(topic, because);
        }
        found.insert(column.name.clone());
    }
    found
}

fn refers(table: &Table, column: &Column) -> bool {
    table
        .references
        .iter()
        .any(|reference| reference.columns.contains(&column.name))
}

/// Why the values of a column must not travel, and whether a person should look at it.
fn secret_because(app: &App<'_>, name: &TableName, column: &Column) -> Option<(String, bool)> {
    let stems_of_column = stems(&column.name);
    let last = stems_of_column
        .last()
        .map(String::as_str)
        .unwrap_or_default();
    let before = stems_of_column
        .len()
        .checked_sub(2)
        .and_then(|at| stems_of_column.get(at))
        .map(String::as_str)
        .unwrap_or_default();
    let holds_text = ["text", "character", "json", "bytea", "uuid"]
        .iter()
        .any(|kind| column.type_name.starts_with(kind));
    let named = column.tells_secret()
        || (holds_text
            && (SECRET_WORDS.contains(&last)
                || (last == "token" && column.type_name == "uuid")
                || (last == "key" && BEFORE_KEY.contains(&before))
                || (last == "code" && BEFORE_CODE.contains(&before))));
    if named {
        return Some(("its name says so".to_owned(), false));
    }
    match app.evidence.shape(name, &column.name) {
        Some(shape) if shape.is_certain() => {
            return Some((format!("its values look like {}", shape.in_words()), false));
        }
        Some(shape) if SECRET_IF_RANDOM.contains(&last) => {
            return Some((format!("its values look like {}", shape.in_words()), true));
        }
        _ => {}
    }
    let connects = stems(&name.name)
        .iter()
        .any(|stem| CONNECTIONS.contains(&stem.as_str()));
    let says_how = column.type_name.starts_with("json") && CONNECTION_COLUMNS.contains(&last);
    (connects && says_how).then(|| {
        (
            "how another system is reached may stand there".to_owned(),
            true,
        )
    })
}

fn has_pair(stems: &[String], pairs: &[[&str; 2]]) -> bool {
    stems.windows(2).any(|found| {
        pairs
            .iter()
            .any(|pair| found[0] == pair[0] && found[1] == pair[1])
    })
}
