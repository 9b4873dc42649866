use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::archive::{Finished, Manifest};
use crate::company::Actor;
use crate::difference::Counts;
use crate::model::{Company, TableName};
use crate::pg::Session;
use crate::rows::Fingerprint;
use crate::{Code, Error, Result};

/// What the audit trail calls a restore that took some rows of an archive back.
pub(in crate::restore) const SELECTION: &str = "restore rows";

/// A restore that waits for Keep or Revert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Identity.
    pub id: Uuid,
    /// Key of the company.
    pub company_id: String,
    /// Name of the company at the time.
    pub company_name: String,
    /// When it was committed, by the server's clock.
    pub restored_at: Timestamp,
    /// User of the operating system.
    pub os_user: String,
    /// The computer on which the restore ran, and on which its safety snapshot lies.
    pub host: String,
    /// Role in the database.
    pub database_role: String,
    /// The application's user, if one was named.
    pub app_user: Option<String>,
    /// Identity of the archive that was restored.
    pub source_id: Uuid,
    /// Its label.
    pub source_label: Option<String>,
    /// The instant that it holds.
    pub source_time: Timestamp,
    /// Identity of the safety snapshot.
    pub safety_id: Uuid,
    /// Path of the safety snapshot on that computer.
    pub safety_path: String,
    /// BLAKE3 of the safety snapshot's file, in hexadecimal.
    pub safety_blake3: String,
    /// Rows that came back, changed and went, by table.
    pub counts: BTreeMap<TableName, Counts>,
    /// Whether only some rows of the archive were taken back.
    pub is_selection: bool,
    /// The fingerprint of each written table right after the restore, where it is known.
    pub fingerprints: BTreeMap<TableName, Option<Fingerprint>>,
}

impl Review {
    /// Whether no archive was restored: what is wanted by a cleaning is the state found, mended.
    #[must_use]
    pub fn is_cleaning(&self) -> bool {
        self.source_id == self.safety_id
    }
}

/// What a review is opened with.
pub(in crate::restore) struct NewReview<'a> {
    pub(in crate::restore) id: Uuid,
    pub(in crate::restore) company: &'a Company,
    pub(in crate::restore) actor: &'a Actor,
    pub(in crate::restore) source: &'a Manifest,
    pub(in crate::restore) safety: &'a Finished,
    pub(in crate::restore) safety_id: Uuid,
    pub(in crate::restore) counts: &'a BTreeMap<TableName, Counts>,
    pub(in crate::restore) fingerprints: &'a BTreeMap<TableName, Option<Fingerprint>>,
}

/// Opens a review, inside the restoring transaction.
pub(in crate::restore) async fn record(session: &mut Session, new: &NewReview<'_>) -> Result<()> {
    let sql = "INSERT INTO snapback.review (id, company_id, company_name, os_user, host, app_user, source_id, source_label, \
               source_time, safety_id, safety_path, safety_blake3, counts, fingerprints) VALUES ($1::text::uuid, $2, $3, $4, $5, $6, \
               $7::text::uuid, $8, $9::text::timestamptz, $10::text::uuid, $11, $12, $13::text::jsonb, $14::text::jsonb)";
    let fingerprints: BTreeMap<String, Option<String>> = new
        .fingerprints
        .iter()
        .map(|(table, found)| (table.to_string(), found.map(|found| found.to_string())))
        .collect();
    let values = [
        Some(new.id.to_string()),
        Some(new.company.id.to_string()),
        Some(new.company.name.clone()),
        Some(new.actor.os_user.clone()),
        Some(new.actor.host.clone()),
        new.actor.app_user.clone(),
        Some(new.source.id.to_string()),
        new.source.label.clone(),
        Some(new.source.snapshot_time.to_string()),
        Some(new.safety_id.to_string()),
        Some(new.safety.path.display().to_string()),
        Some(new.safety.blake3.clone()),
        Some(counts_json(new.counts).to_string()),
        Some(json!(fingerprints).to_string()),
    ];
    let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
    session.fetch_text_rows(sql, &values).await?;
    Ok(())
}

pub(in crate::restore) fn counts_json(counts: &BTreeMap<TableName, Counts>) -> Value {
    let tables = counts.iter().map(|(table, found)| {
        let Counts {
            same: _,
            missing,
            extra,
            changed,
        } = found;
        (table.to_string(), json!([missing, changed, extra]))
    });
    Value::Object(tables.collect())
}

/// The open review of a company, if there is one.
pub(in crate::restore) async fn open_review(
    session: &mut Session,
    company: &Company,
) -> Result<Option<Review>> {
    if !super::is_installed(session).await? {
        return Ok(None);
    }
    let iso = |column: &str| {
        format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    };
    let sql = format!(
        "SELECT id::text, company_id, company_name, {}, os_user, host, database_role, app_user, source_id::text, source_label, \
         {}, safety_id::text, safety_path, safety_blake3, counts::text, fingerprints::text, \
         EXISTS (SELECT 1 FROM snapback.audit AS a WHERE a.review_id = review.id AND a.action = $2)::text \
         FROM snapback.review WHERE company_id = $1 AND state = 'open'",
        iso("restored_at"),
        iso("source_time"),
    );
    let rows = session
        .fetch_text_rows(&sql, &[Some(company.id.as_str()), Some(SELECTION)])
        .await?;
    rows.into_iter().next().map(read).transpose()
}

fn read(row: Vec<Option<String>>) -> Result<Review> {
    let unreadable = || Error::new(Code::Defect, "A review in the database cannot be read.");
    let mut cells = row.into_iter();
    let mut optional = || cells.next().flatten();
    let mut required = || optional().ok_or_else(unreadable);
    let id = required()?.parse().map_err(|_| unreadable())?;
    let company_id = required()?;
    let company_name = required()?;
    let restored_at = required()?.parse().map_err(|_| unreadable())?;
    let os_user = required()?;
    let host = required()?;
    let database_role = required()?;
    let app_user = optional();
    let mut required = || optional().ok_or_else(unreadable);
    let source_id = required()?.parse().map_err(|_| unreadable())?;
    let source_label = optional();
    let mut required = || optional().ok_or_else(unreadable);
    let source_time = required()?.parse().map_err(|_| unreadable())?;
    let safety_id = required()?.parse().map_err(|_| unreadable())?;
    let safety_path = required()?;
    let safety_blake3 = required()?;
    let counts: BTreeMap<TableName, [u64; 3]> =
        serde_json::from_str(&required()?).map_err(|_| unreadable())?;
    let fingerprints = serde_json::from_str(&required()?).map_err(|_| unreadable())?;
    let is_selection = required()? == "true";
    let counts = counts
        .into_iter()
        .map(|(table, [missing, changed, extra])| {
            (
                table,
                Counts {
                    same: 0,
                    missing,
                    extra,
                    changed,
                },
            )
        });
    Ok(Review {
        id,
        company_id,
        company_name,
        restored_at,
        os_user,
        host,
        database_role,
        app_user,
        source_id,
        source_label,
        source_time,
        safety_id,
        safety_path,
        safety_blake3,
        counts: counts.collect(),
        is_selection,
        fingerprints,
    })
}

/// The open reviews: their ids by the keys of their companies.
///
/// # Errors
/// Errors of the connection.
pub(in crate::restore) async fn all_open(session: &mut Session) -> Result<BTreeMap<String, Uuid>> {
    if !super::is_installed(session).await? {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT company_id, id::text FROM snapback.review WHERE state = 'open'";
    let rows = session.fetch_text_rows(sql, &[]).await?;
    let found = rows.into_iter().filter_map(|row| {
        let [company, id] = <[Option<String>; 2]>::try_from(row).ok()?;
        Some((company?, id?.parse().ok()?))
    });
    Ok(found.collect())
}

/// Closes a review; held secrets go with it.
///
/// # Errors
/// `no_review` where it is not open any more.
pub(in crate::restore) async fn close(
    session: &mut Session,
    review: Uuid,
    state: &str,
) -> Result<()> {
    let sql = "WITH closed AS (UPDATE snapback.review SET state = $2, closed_at = now() WHERE id = $1::text::uuid AND state = 'open' \
               RETURNING id), gone AS (DELETE FROM snapback.held WHERE review_id = $1::text::uuid) SELECT id::text FROM closed";
    let closed = session
        .fetch_text_rows(sql, &[Some(&review.to_string()), Some(state)])
        .await?;
    if closed.is_empty() {
        return Err(Error::new(
            Code::NoReview,
            "This review was closed meanwhile.",
        ));
    }
    Ok(())
}

/// Appends to the audit trail, inside the transaction that does what is noted.
pub(crate) async fn audit(
    session: &mut Session,
    action: &str,
    company: &Company,
    actor: &Actor,
    review: Option<Uuid>,
    details: &Value,
) -> Result<()> {
    let sql = "INSERT INTO snapback.audit (action, company_id, os_user, host, app_user, review_id, details) \
               VALUES ($1, $2, $3, $4, $5, $6::text::uuid, $7::text::jsonb)";
    let (review, details) = (review.map(|review| review.to_string()), details.to_string());
    let values = [
        Some(action),
        Some(company.id.as_str()),
        Some(actor.os_user.as_str()),
        Some(actor.host.as_str()),
        actor.app_user.as_deref(),
        review.as_deref(),
        Some(details.as_str()),
    ];
    session.fetch_text_rows(sql, &values).await?;
    Ok(())
}
