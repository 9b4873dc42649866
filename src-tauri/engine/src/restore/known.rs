//! References that led nowhere when a safety snapshot was taken: a revert puts them back as they were,
//! and nobody checks them.

use std::collections::{BTreeMap, HashSet};

use crate::archive::Manifest;
use crate::model::TableName;

/// By table and columns: the values as raw COPY fields, tab-separated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownBroken(BTreeMap<(TableName, Vec<String>), HashSet<Vec<u8>>>);

impl KnownBroken {
    /// Those that a safety snapshot lists.
    pub(super) fn of(safety: &Manifest) -> Self {
        let listed = safety.broken_references.iter();
        Self(
            listed
                .map(|broken| {
                    let keys = broken.keys.iter().map(|key| key.clone().into_bytes());
                    (
                        (broken.table.clone(), broken.columns.clone()),
                        keys.collect(),
                    )
                })
                .collect(),
        )
    }

    /// The values of one reference.
    pub(super) fn values(
        &self,
        table: &TableName,
        columns: &[String],
    ) -> Option<&HashSet<Vec<u8>>> {
        self.0.get(&(table.clone(), columns.to_vec()))
    }
}
