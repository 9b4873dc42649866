//! Tables whose rows are not worth bringing back, or are not to be, by their names.

use crate::model::{ExclusionReason, Table, TableName};

use super::super::super::words::stems;
use super::super::App;
use super::super::tenant::squeezed;

/// Why a table stays out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeftOut {
    Secret,
    Billing,
    Transient,
    Rebuilt,
    Foreign,
    Access,
}

impl LeftOut {
    pub(super) fn reason(self) -> ExclusionReason {
        match self {
            Self::Secret => ExclusionReason::Secret,
            Self::Billing => ExclusionReason::Billing,
            Self::Transient => ExclusionReason::Transient,
            Self::Rebuilt | Self::Foreign => ExclusionReason::Rebuilt,
            Self::Access => ExclusionReason::Access,
        }
    }

    pub(super) fn because(self) -> &'static str {
        match self {
            Self::Secret => {
                "Keys, tokens and sign-in settings open doors: they stay in the database."
            }
            Self::Billing => {
                "What the company pays for the application is settled with its vendor."
            }
            Self::Transient => "These rows live for moments, and would be worked on a second time.",
            Self::Rebuilt => "The application makes these rows again.",
            Self::Foreign => "The rows lie in another database, which has backups of its own.",
            Self::Access => "Who may enter and what they may do stays as it is today.",
        }
    }
}

/// Beginnings of tables in which background work waits.
const WORK: &[&[&str]] = &[
    &["background", "job"],
    &["celery"],
    &["delayed", "job"],
    &["good", "job"],
    &["job", "queue"],
    &["oban"],
    &["outbox"],
    &["pgboss"],
    &["print", "job"],
    &["que", "job"],
    &["sidekiq"],
    &["solid", "cable"],
    &["solid", "queue"],
    &["temp"],
    &["tmp"],
];

/// Columns of a session of somebody who signed in, and not of a training.
const SESSION_COLUMNS: &[&str] = &[
    "expiredate",
    "expires",
    "expiresat",
    "ipaddress",
    "sessiondata",
    "sessionkey",
    "token",
    "useragent",
];

/// Vendors of payments, as columns name their keys.
const PAYMENT_VENDORS: &[&str] = &["braintree", "chargebee", "paddle", "recurly", "stripe"];

/// Why a table is left out, how one can tell, and whether a person should look at it.
pub(super) fn by_name(
    app: &App<'_>,
    name: &TableName,
    table: &Table,
) -> Option<(LeftOut, String, bool)> {
    let stems = stems(&name.name);
    let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
    let last = *stems.last()?;
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| squeezed(&column.name))
        .collect();
    let has = |word: &str| stems.contains(&word);
    let by_its_name = |left_out| Some((left_out, "its name says so".to_owned(), false));

    if has("invite") || has("invitation") {
        return by_its_name(LeftOut::Access);
    }
    if has("permission") && !leads_to_company(app, table) {
        return Some((
            LeftOut::Access,
            "it says what people may do, whatever company they work for".to_owned(),
            false,
        ));
    }
    if last == "session"
        && columns
            .iter()
            .any(|column| SESSION_COLUMNS.contains(&column.as_str()))
    {
        return Some((
            LeftOut::Transient,
            "it holds who is signed in".to_owned(),
            false,
        ));
    }
    let is_delivery = last == "delivery"
        && [
            "email",
            "event",
            "message",
            "notification",
            "sms",
            "webhook",
        ]
        .iter()
        .any(|word| has(word));
    let is_guard =
        ends(&stems, &["rate", "limit"]) || ends(&stems, &["idempotency", "key"]) || last == "lock";
    if WORK.iter().any(|beginning| begins(&stems, beginning))
        || is_delivery
        || is_guard
        || has("outbox")
    {
        return by_its_name(LeftOut::Transient);
    }
    if last == "queue" {
        return Some((
            LeftOut::Transient,
            "its name says that work waits there".to_owned(),
            true,
        ));
    }
    if (has("search") && has("index")) || last == "cache" || last == "embedding" || last == "rollup"
    {
        return by_its_name(LeftOut::Rebuilt);
    }
    if is_billing(app, &stems, &columns) {
        return Some((
            LeftOut::Billing,
            "it holds what the company pays for the application".to_owned(),
            true,
        ));
    }
    None
}

fn is_billing(app: &App<'_>, names: &[&str], columns: &[String]) -> bool {
    let Some((last, before)) = names.split_last() else {
        return false;
    };
    let is_contract = [
        "billing",
        "entitlement",
        "plan",
        "quota",
        "subscription",
        "usage",
    ]
    .contains(last);
    let of_company = before
        == stems(&app.tenant.table.name)
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>();
    let at_vendor = columns
        .iter()
        .any(|column| PAYMENT_VENDORS.iter().any(|vendor| column.contains(vendor)));
    is_contract && ((of_company && !before.is_empty()) || at_vendor)
}

fn leads_to_company(app: &App<'_>, table: &Table) -> bool {
    app.tenant.column_of(table).is_some()
        || table.references.iter().any(|reference| {
            app.tables
                .get(&reference.target)
                .is_some_and(|target| app.tenant.column_of(target).is_some())
        })
}

fn begins(stems: &[&str], beginning: &[&str]) -> bool {
    stems.starts_with(beginning)
}

fn ends(stems: &[&str], end: &[&str]) -> bool {
    stems.ends_with(end)
}
