//! The bucket that an application makes for each company, where it does: the new one gets its own with what
//! another company's is set to.

use crate::company::Opened;
use crate::difference::{Effect, Finding};
use crate::files::COMPANY;
use crate::model::TableName;
use crate::pg::{Ident, Qualified, Rights, Session};
use crate::restore::MissingRight;
use crate::{Code, Error, Result};

/// What is found out about it.
#[derive(Debug, Default)]
pub(super) struct OwnBucket {
    /// The table of buckets, and the one of another company.
    like: Option<(TableName, String)>,
    /// The right that is missing to make it.
    pub(super) missing: Option<MissingRight>,
    /// What a person should know of it.
    pub(super) finding: Option<Finding>,
}

impl OwnBucket {
    /// Looks whether companies have buckets of their own here; that of the copied one counts first.
    ///
    /// # Errors
    /// Errors of the connection.
    pub(super) async fn plan(opened: &mut Opened, source: &str) -> Result<Self> {
        let profile = &opened.profile;
        let rule = profile.files.iter();
        let mut rule = rule.filter(|rule| rule.places.iter().any(|place| place.bucket == COMPANY));
        let Some(written) = rule.next().and_then(|rule| rule.buckets.as_ref()) else {
            return Ok(Self::default());
        };
        let table = profile.table_name(written);
        let quoted = Qualified(&table).to_string();
        let rights = Rights::read(&mut opened.session, std::slice::from_ref(&table)).await?;
        let Some(found) = rights.tables.get(&table) else {
            return Ok(Self::default());
        };
        if !rights.superuser && (!found.readable || found.hides_rows) {
            let reason = "Whether companies have buckets of their own in the storage cannot be told: this role may not read all of that table.";
            return Ok(Self {
                finding: Some(Finding::new(
                    Effect::Noted,
                    "bucket_unknown",
                    &table,
                    reason,
                )),
                ..Self::default()
            });
        }
        let company = &opened.profile.company;
        let sql = format!(
            "SELECT b.id::text FROM {quoted} AS b JOIN {} AS c ON c.{}::text = b.id::text \
             WHERE b.id::text <> $2 ORDER BY b.id::text <> $1, b.id LIMIT 1",
            Qualified(&opened.profile.table_name(&company.table)),
            Ident(&company.id),
        );
        let own = opened.company().id.to_string();
        let like = opened
            .session
            .fetch_text_rows(&sql, &[Some(source), Some(&own)])
            .await?;
        let Some(like) = like.into_iter().flatten().flatten().next() else {
            return Ok(Self::default());
        };
        let may_write = rights.superuser || found.writable;
        let reason = "Like other companies it gets a bucket of its own in the storage.";
        Ok(Self {
            missing: (!may_write).then(|| MissingRight {
                what: "This role may not make the bucket that the application has for each company."
                    .to_owned(),
                remedy: format!(
                    "An administrator runs: GRANT SELECT, INSERT, UPDATE, DELETE ON {quoted} TO {};",
                    Ident(&rights.role)
                ),
            }),
            finding: Some(Finding::new(Effect::Noted, "bucket_made", &table, reason)),
            like: Some((table, like)),
        })
    }

    /// Whether it is made.
    pub(super) fn is_made(&self) -> bool {
        self.like.is_some()
    }

    /// Makes it, where there is none of that name already.
    ///
    /// # Errors
    /// `changed_meanwhile` where the one that it is made like is gone; errors of the connection.
    pub(super) async fn make(&self, session: &mut Session, opened: &Opened) -> Result<()> {
        let Some((table, like)) = &self.like else {
            return Ok(());
        };
        let (table, id) = (
            Qualified(table).to_string(),
            opened.company().id.to_string(),
        );
        let values = "jsonb_build_object('id', $1::text, 'name', $1::text, 'created_at', now(), 'updated_at', now())";
        let sql = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(b, {values})).* FROM {table} AS b \
             WHERE b.id::text = $2 ON CONFLICT DO NOTHING"
        );
        session
            .fetch_text_rows(&sql, &[Some(&id), Some(like)])
            .await?;
        let sql = format!("SELECT count(*)::text FROM {table} AS b WHERE b.id::text = $1");
        let made = session.fetch_text_rows(&sql, &[Some(&id)]).await?;
        match made.into_iter().flatten().flatten().next().as_deref() {
            Some("1") => Ok(()),
            _ => Err(Error::new(
                Code::ChangedMeanwhile,
                "The bucket that the new company's was to be made like is gone.",
            )
            .hint("Try again.")),
        }
    }
}
