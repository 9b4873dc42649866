//! What a company is to become: what an archive holds, or what is there without its broken references.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::nowhere::Nowhere;
use super::options::RestoreOptions;
use super::picked::{Origins, Picked, Selection};
use super::plan::refuse_foreign;
use super::rights::References;
use super::state;
use crate::archive::{BrokenReference, Finished, Manifest, Reader};
use crate::closure::{self, Mending};
use crate::company::Opened;
use crate::difference::{Effect, Finding, Pairing, TablePair, pair};
use crate::model::TableName;
use crate::pg::{ExportedSnapshot, Session};
use crate::{Code, Error, Result};

/// The state that is wanted.
pub(super) enum Wanted<'a> {
    /// What an archive holds.
    Archive {
        /// The archive.
        reader: &'a Arc<Reader>,
        /// Its tables beside the live ones.
        pairing: Pairing,
    },
    /// What is there, with some rows of an archive put into it: decided anew at the instant of each pass.
    Picked(Box<Picked<'a>>),
    /// What is there, cleaned: decided anew at the instant of each pass.
    Cleaned(Arc<Mending>),
}

impl<'a> Wanted<'a> {
    /// What an archive of this company holds.
    ///
    /// # Errors
    /// `other_company`.
    pub(super) fn archive(opened: &Opened, reader: &'a Arc<Reader>) -> Result<Self> {
        let manifest = reader.manifest();
        refuse_foreign(opened, manifest)?;
        let pairing = pair(manifest, &opened.schema, &opened.scope, &opened.profile);
        Ok(Self::Archive { reader, pairing })
    }

    /// What is there, with those rows of an archive of this company put into it.
    ///
    /// # Errors
    /// `other_company`; what the selection does not fit.
    pub(super) fn picked(
        opened: &Opened,
        reader: &'a Arc<Reader>,
        selection: &Selection,
        options: &RestoreOptions,
    ) -> Result<Self> {
        refuse_foreign(opened, reader.manifest())?;
        let sort = options.pass_settings().sort;
        let picked = Picked::new(opened, reader, selection, sort)?;
        Ok(Self::Picked(Box::new(picked)))
    }

    /// What is there without its broken references.
    pub(super) fn cleaned() -> Self {
        Self::Cleaned(Arc::default())
    }

    /// Decides what depends on the rows that are there at that instant.
    ///
    /// # Errors
    /// `not_cleanable`; errors of the connection.
    pub(super) async fn settle(
        &mut self,
        opened: &Opened,
        snapshot: &ExportedSnapshot,
        references: References,
    ) -> Result<()> {
        if matches!(self, Self::Archive { .. }) {
            return Ok(());
        }
        let mut session = Session::open(&opened.settings).await?;
        session.set_company(opened.company()).await?;
        session.begin_snapshot_reader(snapshot.id()).await?;
        let mending = match self {
            Self::Archive { .. } => return Ok(()),
            Self::Picked(picked) => {
                picked.settle(&mut session, opened).await?;
                session.close().await;
                return Ok(());
            }
            Self::Cleaned(mending) => mending,
        };
        let mut decided = closure::mending(&mut session, opened).await?;
        session.close().await;
        if references == References::Enforced {
            let not_back = decided.nowhere.keys().map(|(table, columns)| {
                let reason = "A revert has to put these references back, and this role may not: it needs session_replication_role.";
                Finding::new(Effect::Blocked, "no_way_back", table, reason).column(columns.join(", "))
            });
            let not_back: Vec<Finding> = not_back.collect();
            decided.findings.extend(not_back);
        }
        *mending = Arc::new(decided);
        Ok(())
    }

    /// The archive, where all of one is wanted.
    pub(super) fn reader(&self) -> Option<&Arc<Reader>> {
        match self {
            Self::Archive { reader, .. } => Some(reader),
            Self::Picked(_) | Self::Cleaned(_) => None,
        }
    }

    /// The tables that are compared.
    pub(super) fn pairs(&self, opened: &Opened) -> Vec<TablePair> {
        match self {
            Self::Archive { pairing, .. } => pairing.pairs.clone(),
            Self::Picked(picked) => picked.pairs(),
            Self::Cleaned(mending) => {
                let tables = opened.archived_tables();
                let pairs = tables.iter().map(|table| {
                    let checked = mending.emptied_columns(table);
                    TablePair::of_live(&opened.schema, &opened.scope, table, &checked)
                });
                pairs.collect()
            }
        }
    }

    /// What is known before the rows are compared.
    pub(super) fn findings(&self) -> &[Finding] {
        match self {
            Self::Archive { pairing, .. } => &pairing.findings,
            Self::Picked(picked) => picked.findings(),
            Self::Cleaned(mending) => &mending.findings,
        }
    }

    /// Why rows are among those that come back, where some were picked.
    pub(super) fn origins(&self) -> Option<&Arc<Origins>> {
        match self {
            Self::Picked(picked) => Some(picked.origins()),
            Self::Archive { .. } | Self::Cleaned(_) => None,
        }
    }

    /// Bytes of the archive; none where the wanted state lies in no file.
    pub(super) fn size_bytes(&self) -> u64 {
        match self {
            Self::Archive { reader, .. } => reader.size_bytes(),
            Self::Picked(picked) => picked.reader.size_bytes(),
            Self::Cleaned(_) => 0,
        }
    }

    /// The archive that is the source of what is written: a cleaning has the state found.
    pub(super) fn source<'b>(
        &'b self,
        safety: &'b (Finished, Manifest),
    ) -> (&'b Manifest, &'b Path) {
        match self {
            Self::Archive { reader, .. } => (reader.manifest(), reader.path()),
            Self::Picked(picked) => (picked.reader.manifest(), picked.reader.path()),
            Self::Cleaned(_) => (&safety.1, &safety.0.path),
        }
    }

    /// What is done, as the audit trail calls it.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Archive { .. } => "restore",
            Self::Picked(_) => state::SELECTION,
            Self::Cleaned(_) => "clean",
        }
    }

    /// Something stands in the way.
    pub(super) fn refused(&self) -> Error {
        match self {
            Self::Archive { .. } => Error::new(
                Code::NotRestorable,
                "This archive cannot be restored into this database as it is.",
            )
            .hint("Look at what will change: it lists what stands in the way."),
            Self::Picked(_) => Error::new(
                Code::NotRestorable,
                "These rows cannot be taken back as they are.",
            )
            .hint("Look at what will change: it lists what stands in the way."),
            Self::Cleaned(_) => Error::new(
                Code::NotCleanable,
                "This company cannot be cleaned: some of the rows are not its own alone, or others depend on them.",
            )
            .hint("`snapback doctor` lists them; repair those in the application first."),
        }
    }

    /// References of the rows found that lead nowhere, and will again once they are put back: those that
    /// the rows of an archive replace, or those that are cleaned.
    pub(super) fn broken_references(&self, replaced: &Nowhere) -> Vec<BrokenReference> {
        let listed = |(table, columns): &(TableName, Vec<String>), keys: &BTreeSet<Vec<u8>>| {
            let text = |key: &Vec<u8>| String::from_utf8_lossy(key).into_owned();
            BrokenReference {
                table: table.clone(),
                columns: columns.clone(),
                keys: keys.iter().map(text).collect(),
                row_count: None,
            }
        };
        match self {
            Self::Cleaned(mending) => {
                let nowhere = mending.nowhere.iter();
                nowhere.map(|(place, keys)| listed(place, keys)).collect()
            }
            Self::Archive { .. } | Self::Picked(_) => {
                let replaced = replaced.0.iter().map(|(place, lost)| BrokenReference {
                    row_count: lost.outside.then_some(lost.row_count),
                    ..listed(place, &lost.values)
                });
                replaced.collect()
            }
        }
    }
}
