//! References that led nowhere when a safety snapshot was taken: a revert puts them back as they were, and
//! nobody checks them. Those of rows that the restore took away or turned are listed in it; rows that the
//! restore left alone, and gave back what they refer to, are found in it when a revert meets them. After any
//! other restore too a row of the backup that stays may refer to nothing again: to what came since, and goes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::Result;
use crate::archive::Reader;
use crate::model::TableName;
use crate::rows::{field_at, push_escaped};

/// Values of one reference that a safety snapshot lists.
#[derive(Debug, Clone)]
struct Listed {
    /// As raw COPY fields, tab-separated.
    values: HashSet<Vec<u8>>,
    /// How many rows had them, in a table that the snapshot does not hold.
    row_count: Option<u64>,
}

/// What may lead nowhere once everything is applied: what did so in a safety snapshot that is put back; after
/// any other backup only rows that stand in it just so, and whose target came since and goes again.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownBroken {
    /// By table and columns.
    listed: BTreeMap<(TableName, Vec<String>), Listed>,
    snapshot: Option<Arc<Reader>>,
}

impl KnownBroken {
    /// Those of a safety snapshot.
    pub(super) fn of(safety: &Arc<Reader>) -> Self {
        let broken = safety.manifest().broken_references.iter();
        let listed = broken.map(|broken| {
            let keys = broken.keys.iter().map(|key| key.clone().into_bytes());
            let listed = Listed {
                values: keys.collect(),
                row_count: broken.row_count,
            };
            ((broken.table.clone(), broken.columns.clone()), listed)
        });
        Self {
            listed: listed.collect(),
            snapshot: Some(Arc::clone(safety)),
        }
    }

    /// Those that stand in a backup: of its rows that stay as they are, nobody knows more than it does.
    pub(super) fn standing_in(backup: &Arc<Reader>) -> Self {
        Self {
            listed: BTreeMap::new(),
            snapshot: Some(Arc::clone(backup)),
        }
    }

    /// The values of one reference that are listed.
    pub(super) fn values(
        &self,
        table: &TableName,
        columns: &[String],
    ) -> Option<&HashSet<Vec<u8>>> {
        self.listed(table, columns).map(|listed| &listed.values)
    }

    fn listed(&self, table: &TableName, columns: &[String]) -> Option<&Listed> {
        self.listed.get(&(table.clone(), columns.to_vec()))
    }

    /// Of those values of rows outside the snapshot, which refer to rows that go, how many rows referred to
    /// something when it was taken, or came since.
    pub(super) fn count_since(
        &self,
        table: &TableName,
        columns: &[String],
        values: &[Vec<Option<String>>],
    ) -> u64 {
        let Some(listed) = self.listed(table, columns) else {
            return values.len() as u64;
        };
        let stood = values
            .iter()
            .filter(|row| listed.values.contains(&raw(row)));
        let stood = (stood.count() as u64).min(listed.row_count.unwrap_or_default());
        values.len() as u64 - stood
    }

    /// Of rows whose reference leads nowhere now, how many neither are listed nor stand in the snapshot
    /// just so, with the same name and the same reference.
    ///
    /// # Arguments
    /// `names`: the columns that name a row; `rows`: their values, followed by those of the reference.
    ///
    /// # Errors
    /// `local_file`, `archive_damaged`.
    pub(super) fn count_unknown(
        &self,
        table: &TableName,
        (names, reference): (&[String], &[String]),
        rows: &[Vec<Option<String>>],
    ) -> Result<u64> {
        let listed = self.values(table, reference);
        let mut unknown: HashMap<Vec<u8>, u64> = HashMap::new();
        for row in rows {
            let value = raw(row.get(names.len()..).unwrap_or_default());
            if !listed.is_some_and(|listed| listed.contains(&value)) {
                *unknown.entry(raw(row)).or_default() += 1;
            }
        }
        if !unknown.is_empty() {
            self.forget_those_of_the_snapshot(table, (names, reference), &mut unknown)?;
        }
        Ok(unknown.values().sum())
    }

    fn forget_those_of_the_snapshot(
        &self,
        table: &TableName,
        (names, reference): (&[String], &[String]),
        unknown: &mut HashMap<Vec<u8>, u64>,
    ) -> Result<()> {
        let Some(snapshot) = &self.snapshot else {
            return Ok(());
        };
        let Some(entry) = snapshot.manifest().table(table) else {
            return Ok(());
        };
        let place = |column: &String| entry.columns.iter().position(|found| found == column);
        let columns = names.iter().chain(reference);
        let Some(places) = columns.map(place).collect::<Option<Vec<usize>>>() else {
            return Ok(());
        };
        let mut rows = snapshot.rows(table)?;
        let mut row = Vec::new();
        while let Some(line) = rows.next_row()? {
            row.clear();
            for (number, place) in places.iter().enumerate() {
                if number > 0 {
                    row.push(b'\t');
                }
                row.extend_from_slice(field_at(line, *place).unwrap_or_default());
            }
            if let Some(count) = unknown.get_mut(&row) {
                *count = count.saturating_sub(1);
            }
        }
        Ok(())
    }
}

/// Values as raw COPY fields, tab-separated.
pub(super) fn raw<T: AsRef<str>>(values: &[Option<T>]) -> Vec<u8> {
    let mut line = Vec::new();
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            line.push(b'\t');
        }
        let value = value.as_ref().map(|value| value.as_ref().as_bytes());
        push_escaped(&mut line, value);
    }
    line
}
