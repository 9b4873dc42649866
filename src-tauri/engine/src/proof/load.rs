//! Rows into the scratch database, and out of it again.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::certificate::FindingKind;
use super::prove::Proving;
use super::tables::refusal;
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::TableName;
use crate::pg::{Ident, Qualified};
use crate::rows::{KeyColumns, RowHasher, RowStream as _, Sorter};
use crate::{Code, Error, Result};

/// Bytes of rows that are sent at a time.
const COPY_BYTES: usize = 256 << 10;
/// Such pieces that wait to be sent.
const WAITING: usize = 4;

/// Loads the rows of a table and reads them back; whether they are those of the manifest.
pub(super) async fn table(proving: &mut Proving<'_>, entry: &TableEntry) -> Result<bool> {
    let columns: Vec<String> = entry
        .columns
        .iter()
        .map(|name| Ident(name).to_string())
        .collect();
    let (table, columns) = (Qualified(&entry.table).to_string(), columns.join(", "));
    // COPY takes no empty list of columns, and rows without columns say nothing.
    if entry.columns.is_empty() {
        return Ok(true);
    }
    let sent = send(
        proving,
        entry,
        &format!("COPY {table} ({columns}) FROM STDIN"),
    )
    .await?;
    let Some(row_count) = sent else {
        return Ok(false);
    };
    if row_count != entry.row_count {
        proving.find_in(
            &entry.table,
            FindingKind::OtherCount,
            None,
            Some(row_count),
            None,
        );
        return Ok(false);
    }
    let out = format!("COPY (SELECT {columns} FROM {table}) TO STDOUT");
    let found = fingerprint(proving, entry, &out).await?;
    if found != entry.blake3 {
        proving.find_in(&entry.table, FindingKind::OtherRows, None, None, None);
        return Ok(false);
    }
    Ok(true)
}

/// Sends the rows of a table; their number, or `None` where that was a finding.
async fn send(proving: &mut Proving<'_>, entry: &TableEntry, sql: &str) -> Result<Option<u64>> {
    let (sender, mut receiver) = mpsc::channel::<(Vec<u8>, u64)>(WAITING);
    let (reader, name) = (Arc::clone(proving.reader), entry.table.clone());
    let cancel = proving.cancel.clone();
    let reading = tokio::task::spawn_blocking(move || read(&reader, &name, &sender, &cancel));
    let mut copy = proving.session.copy_in(sql).await?;
    while let Some((text, row_count)) = receiver.recv().await {
        copy.send(&text).await?;
        proving.counters.add(row_count, text.len() as u64);
    }
    let read = reading.await.map_err(|_| stopped())?;
    if let Err(error) = read {
        copy.abort().await?;
        return proving
            .unreadable(Some(&entry.table), None, error)
            .map(|()| None);
    }
    match copy.finish().await {
        Ok(row_count) => Ok(Some(row_count)),
        Err(error) => {
            let column = error.context().get("column").cloned();
            let state = refusal(error)?;
            proving.find_in(
                &entry.table,
                FindingKind::Refused,
                column,
                None,
                Some(state),
            );
            Ok(None)
        }
    }
}

/// Reads the rows of a table to their end, where the archive's own hash of them is checked.
fn read(
    reader: &Reader,
    table: &TableName,
    sender: &mpsc::Sender<(Vec<u8>, u64)>,
    cancel: &CancelToken,
) -> Result<()> {
    let mut rows = reader.rows(table)?;
    let mut text = Vec::new();
    let mut row_count = 0;
    loop {
        let row = rows.next_row()?;
        let is_end = row.is_none();
        if let Some(row) = row {
            text.extend_from_slice(row);
            text.push(b'\n');
            row_count += 1;
        }
        if is_end || text.len() >= COPY_BYTES {
            checkpoint(cancel)?;
            let piece = (std::mem::take(&mut text), std::mem::take(&mut row_count));
            // Whoever received it has failed, and tells why.
            sender.blocking_send(piece).map_err(|_| stopped())?;
        }
        if is_end {
            return Ok(());
        }
    }
}

/// The fingerprint of the rows as the server has them, in the archive's order.
async fn fingerprint(proving: &mut Proving<'_>, entry: &TableEntry, sql: &str) -> Result<String> {
    let places = entry.key_columns.iter().filter_map(|name| {
        let mut columns = entry.columns.iter();
        columns.position(|column| column == name)
    });
    let key = match entry.key_columns.is_empty() {
        true => KeyColumns::whole_row(entry.columns.len()),
        false => KeyColumns::at(places.collect()),
    };
    let mut sorter = Sorter::new(key, proving.sort.clone());
    let mut copy = proving.session.copy_out(sql).await?;
    while let Some(line) = copy.next().await? {
        checkpoint(proving.cancel)?;
        sorter.push(line.strip_suffix(b"\n").unwrap_or(&line))?;
    }
    drop(copy);
    let hashing = tokio::task::spawn_blocking(move || {
        let mut rows = sorter.finish()?;
        let mut hasher = RowHasher::default();
        while let Some(row) = rows.next_row()? {
            hasher.add(row.line);
        }
        Ok(hasher.finish().to_string())
    });
    hashing.await.map_err(|_| stopped())?
}

fn stopped() -> Error {
    Error::new(Code::Defect, "Loading the rows came to an end.")
}
