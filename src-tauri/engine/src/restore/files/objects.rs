//! The rows that list files, where they say which version counts.

use serde_json::json;

use super::{Move, NewContent};
use crate::company::Opened;
use crate::pg::{Qualified, Session, count_by_arrays, run_by_arrays};
use crate::{Code, Error, Result};

/// Points the rows at the new versions: together with the restore's other rows, or not at all.
///
/// # Errors
/// `changed_meanwhile` where a row does not name the version that was found any more; `missing_right`.
pub(super) async fn write(session: &mut Session, opened: &Opened, moves: &[Move]) -> Result<()> {
    let rule = opened
        .profile
        .files
        .as_ref()
        .and_then(|rule| rule.objects.as_ref());
    let table = rule.map(|written| opened.profile.table_name(written));
    let Some(table) = table else {
        return Err(Error::new(
            Code::InvalidProfile,
            "The profile names no table that lists files.",
        ));
    };
    let table = Qualified(&table).to_string();
    // Said on purpose: the files go with their rows, by the journal beside them.
    session
        .fetch_text_rows(
            "SELECT set_config('storage.allow_delete_query', 'true', true)",
            &[],
        )
        .await?;
    let (put, gone): (Vec<&Move>, Vec<&Move>) =
        moves.iter().partition(|planned| planned.new.is_some());
    let columns = columns(&put);
    let names = "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS m (bucket, key, found, version, metadata)";
    let changed = format!(
        "UPDATE {table} AS o SET version = m.version, metadata = coalesce(o.metadata, '{{}}') || m.metadata::jsonb \
         FROM {names} WHERE o.bucket_id = m.bucket AND o.name = m.key AND (m.found IS NULL OR o.version = m.found)"
    );
    let mut written = run_by_arrays(session, &changed, &columns).await?;
    let made = format!(
        "INSERT INTO {table} (bucket_id, name, version, metadata) SELECT m.bucket, m.key, m.version, m.metadata::jsonb FROM {names} \
         WHERE NOT EXISTS (SELECT FROM {table} AS o WHERE o.bucket_id = m.bucket AND o.name = m.key)"
    );
    written += run_by_arrays(session, &made, &columns).await?;
    if written != put.len() as u64 {
        return Err(changed_meanwhile());
    }
    remove(session, &table, &gone).await
}

async fn remove(session: &mut Session, table: &str, gone: &[&Move]) -> Result<()> {
    let columns = columns(gone);
    let names = "unnest($1::text[], $2::text[], $3::text[]) AS m (bucket, key, found)";
    let Some(columns) = columns.get(..3) else {
        return Ok(());
    };
    let on = "o.bucket_id = m.bucket AND o.name = m.key";
    let sql = format!("DELETE FROM {table} AS o USING {names} WHERE {on} AND o.version = m.found");
    run_by_arrays(session, &sql, columns).await?;
    // A row that stays was pointed elsewhere meanwhile; a file without a row has none to lose.
    let sql = format!("SELECT count(*) FROM {table} AS o JOIN {names} ON {on}");
    match count_by_arrays(session, &sql, columns).await? {
        0 => Ok(()),
        _ => Err(changed_meanwhile()),
    }
}

/// Bucket, key, version found, new version, metadata: column by column.
fn columns(moves: &[&Move]) -> Vec<Vec<Option<String>>> {
    let column =
        |value: fn(&Move) -> Option<String>| moves.iter().map(|planned| value(planned)).collect();
    vec![
        column(|planned| Some(planned.name.bucket.clone())),
        column(|planned| Some(planned.name.key.clone())),
        column(|planned| planned.found.as_ref()?.version.clone()),
        column(|planned| Some(planned.new.as_ref()?.waits_as.clone())),
        column(|planned| planned.new.as_ref().map(metadata)),
    ]
}

/// What the service writes there.
fn metadata(new: &NewContent) -> String {
    let entry = &new.entry;
    let header = |name: &str| entry.attributes.get(name);
    let mut metadata = json!({
        "size": entry.byte_count,
        "contentLength": entry.byte_count,
        "httpStatusCode": 200,
    });
    let headers = [
        ("mimetype", "content-type"),
        ("cacheControl", "cache-control"),
        ("eTag", "etag"),
    ];
    for (field, value) in headers.map(|(field, name)| (field, header(name))) {
        if let Some(value) = value {
            metadata[field] = json!(value);
        }
    }
    metadata.to_string()
}

fn changed_meanwhile() -> Error {
    Error::new(
        Code::ChangedMeanwhile,
        "Others replaced files of the company while this was under way.",
    )
    .hint("Try again in a quieter moment; nothing was changed.")
}
