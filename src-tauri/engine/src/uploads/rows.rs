use std::collections::BTreeMap;

use crate::company::Opened;
use crate::difference::live;
use crate::files::{FileName, Place};
use crate::model::{CompanyId, FilesRule, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::{Code, Error, Result, files};

/// What the rows of one instant say about the company's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileRows {
    /// What the table that lists files says, where there is one and this role may read it.
    pub objects: Option<BTreeMap<FileName, ObjectRow>>,
    /// Whether there is such a table that this role may not read.
    pub is_hidden: bool,
    /// Keys that columns hold, each with one of those columns, as `table.column`.
    pub named: BTreeMap<String, String>,
}

/// What the table that lists files says about one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectRow {
    /// Which version counts.
    pub version: Option<String>,
    /// Bytes.
    pub byte_count: Option<u64>,
    /// ETag.
    pub etag: Option<String>,
}

/// Where the company's files lie.
///
/// # Errors
/// `invalid_profile` where the profile says nothing of files, or something that cannot be.
pub fn places(opened: &Opened) -> Result<Vec<Place>> {
    places_of(opened, &opened.company().id)
}

/// Where those of another company lie, which need not be there.
///
/// # Errors
/// As [`places`].
pub(crate) fn places_of(opened: &Opened, company: &CompanyId) -> Result<Vec<Place>> {
    files::places(rule(opened)?, company)
}

fn rule(opened: &Opened) -> Result<&FilesRule> {
    opened.profile.files.as_ref().ok_or_else(|| {
        Error::new(
            Code::InvalidProfile,
            "The profile does not say where this application's files lie.",
        )
        .hint("Add a section [files] to it; `snapback profile show` prints a model.")
    })
}

impl FileRows {
    /// Reads them in the session's transaction.
    ///
    /// # Errors
    /// `invalid_profile`; errors of the connection.
    pub async fn read(session: &mut Session, opened: &Opened, places: &[Place]) -> Result<Self> {
        let rule = rule(opened)?;
        let mut rows = Self::default();
        if let Some(written) = &rule.objects {
            let table = opened.profile.table_name(written);
            match access(session, &table).await? {
                Access::Absent => {}
                Access::Hidden => rows.is_hidden = true,
                Access::Readable => {
                    rows.objects = Some(objects(session, &table, places).await?);
                }
            }
        }
        for written in &opened.profile.path_columns {
            rows.read_column(session, opened, rule, places, written)
                .await?;
        }
        Ok(rows)
    }

    async fn read_column(
        &mut self,
        session: &mut Session,
        opened: &Opened,
        rule: &FilesRule,
        places: &[Place],
        written: &str,
    ) -> Result<()> {
        let Some((table, column)) = opened.profile.column_name(written) else {
            return Ok(());
        };
        let is_archived = opened.scope.tables.get(&table);
        let is_archived = is_archived.is_some_and(|found| found.disposition.is_archived());
        let found = opened.schema.tables.get(&table);
        let Some(found) = found
            .and_then(|found| found.column(column))
            .filter(|_| is_archived)
        else {
            return Ok(());
        };
        let value = match found.type_name.ends_with("[]") {
            true => format!("unnest(t.{})::text", Ident(column)),
            false => format!("t.{}::text", Ident(column)),
        };
        let sql = format!(
            "SELECT DISTINCT {value} {} AND t.{} IS NOT NULL",
            live::from_where(&opened.schema, &opened.scope, &table),
            Ident(column)
        );
        let values = session.fetch_text_rows(&sql, &[]).await?;
        let about = format!("{}.{column}", opened.profile.written(&table));
        for value in values.into_iter().flatten().flatten() {
            if let Some(key) = key_in(&value, &rule.path_prefixes, places) {
                self.named.insert(key.to_owned(), about.clone());
            }
        }
        Ok(())
    }
}

/// The key that a column's value stands for, where it is one of the company's: an address elsewhere is
/// none of them.
#[must_use]
pub fn key_in<'a>(value: &'a str, prefixes: &[String], places: &[Place]) -> Option<&'a str> {
    let stripped = prefixes
        .iter()
        .filter_map(|prefix| value.strip_prefix(prefix.as_str()));
    let is_ones = |key: &&str| {
        let mut places = places.iter();
        places.any(|place| key.len() > place.prefix.len() && key.starts_with(&place.prefix))
    };
    std::iter::once(value).chain(stripped).find(is_ones)
}

enum Access {
    Absent,
    Hidden,
    Readable,
}

/// Asked first, since a refusal would end the transaction.
async fn access(session: &mut Session, table: &TableName) -> Result<Access> {
    let sql = include_str!("access.sql");
    let found = session
        .fetch_text_rows(sql, &[Some(&table.schema), Some(&table.name)])
        .await?;
    Ok(match found.first().and_then(|row| row.first()) {
        None => Access::Absent,
        Some(Some(readable)) if readable == "true" => Access::Readable,
        Some(_) => Access::Hidden,
    })
}

async fn objects(
    session: &mut Session,
    table: &TableName,
    places: &[Place],
) -> Result<BTreeMap<FileName, ObjectRow>> {
    let mut rows = BTreeMap::new();
    let sql = format!(
        "SELECT o.name, to_jsonb(o) ->> 'version', o.metadata ->> 'size', o.metadata ->> 'eTag' \
         FROM {} AS o WHERE o.bucket_id = $1 AND starts_with(o.name, $2)",
        Qualified(table)
    );
    for place in places {
        let found = session
            .fetch_text_rows(&sql, &[Some(&place.bucket), Some(&place.prefix)])
            .await?;
        for row in found {
            let Ok([Some(key), version, size, etag]) = <[Option<String>; 4]>::try_from(row) else {
                continue;
            };
            let name = FileName::new(place.bucket.clone(), key);
            let row = ObjectRow {
                version,
                byte_count: size.and_then(|size| size.parse().ok()),
                etag,
            };
            rows.insert(name, row);
        }
    }
    Ok(rows)
}
