use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::arrays::{fetch_text_arrays, name_columns};
use super::quote::Qualified;
use super::session::Session;
use super::settings::Settings;
use crate::error::{Code, Error, Result};
use crate::model::TableName;

/// The name by which the server knows an exported snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotId(String);

impl SnapshotId {
    /// Takes the server's word for it; anything but digits, A to F and dashes is refused, since the
    /// name has to be written into SQL.
    fn read(text: String) -> Result<Self> {
        if text.is_empty()
            || !text
                .chars()
                .all(|character| character.is_ascii_hexdigit() || character == '-')
        {
            return Err(Error::new(
                Code::Defect,
                "The server names its snapshot in a way that is not known.",
            ));
        }
        Ok(Self(text))
    }
}

/// Begins a transaction in a session that is there already, and exports what it sees: for a question that is
/// answered before a table could be changed, so nothing is locked. It is there until the transaction ends.
///
/// # Errors
/// As [`super::failed`] maps them.
pub(crate) async fn begin_exported(session: &mut Session) -> Result<SnapshotId> {
    session.begin_one_instant().await?;
    Ok(export(session).await?.0)
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One instant of the database, held open for as long as this lives: a transaction that keeps ACCESS
/// SHARE on every table of interest, taken before the instant, so that no TRUNCATE or ALTER can make
/// what is read of it differ.
#[derive(Debug)]
pub struct ExportedSnapshot {
    session: Session,
    id: SnapshotId,
    text: String,
    page_counts: BTreeMap<TableName, u64>,
    settings: Settings,
    /// Sessions that were asked for.
    opening: Mutex<JoinSet<Result<Session>>>,
}

impl ExportedSnapshot {
    /// Opens a session, locks the tables against change of their shape (SELECT on them is enough),
    /// and exports what is committed by then.
    ///
    /// # Errors
    /// As [`Session::open`]; `missing_right`; `lock_not_had` where somebody rebuilds a table.
    pub async fn take(settings: &Settings, tables: &[TableName]) -> Result<Self> {
        Self::take_for(settings, tables, 0).await
    }

    /// The same, while so many sessions are opened that [`ExportedSnapshot::beside`] will be asked for:
    /// somebody waits until the first row is read.
    ///
    /// # Errors
    /// As [`ExportedSnapshot::take`].
    pub async fn take_for(
        settings: &Settings,
        tables: &[TableName],
        session_count: usize,
    ) -> Result<Self> {
        let mut opening = JoinSet::new();
        for _ in 0..session_count {
            let settings = settings.clone();
            opening.spawn(async move { Session::open(&settings).await });
        }
        let mut session = Session::open(settings).await?;
        session.begin_one_instant().await?;
        if let Some(sql) = lock_statement(tables) {
            session.run(&sql).await?;
        }
        let (id, text) = export(&mut session).await?;
        let page_counts = match tables {
            [] => BTreeMap::new(),
            _ => page_counts(&mut session, tables).await?,
        };
        Ok(Self {
            session,
            id,
            text,
            page_counts,
            settings: settings.clone(),
            opening: Mutex::new(opening),
        })
    }

    /// Its name on the server.
    #[must_use]
    pub fn id(&self) -> &SnapshotId {
        &self.id
    }

    /// The snapshot as `pg_snapshot` writes it (`xmin:xmax:running`), for `pg_visible_in_snapshot`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every transaction before this one had ended when the snapshot was taken (an `xid8` as text): a
    /// row version made by this one or a later one may be newer than the snapshot.
    #[must_use]
    pub fn xmin(&self) -> &str {
        self.text.split(':').next().unwrap_or_default()
    }

    /// About how large one of the tables of interest is, in pages.
    #[must_use]
    pub fn page_count(&self, table: &TableName) -> u64 {
        self.page_counts.get(table).copied().unwrap_or_default()
    }

    /// The session that holds the instant; for queries that must see it while no worker is needed.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Another session with the same server, which may begin to see the instant.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn beside(&self) -> Result<Session> {
        let opened = self.opening.lock().await.join_next().await;
        match opened {
            Some(opened) => opened.map_err(|_| {
                Error::new(Code::Defect, "Opening a session ended without an answer.")
            })?,
            None => Session::open(&self.settings).await,
        }
    }

    /// Lets another session see the same instant, until the reader is finished. The borrow keeps the
    /// instant from ending first.
    ///
    /// # Errors
    /// As [`super::failed`] maps them.
    pub async fn import<'a>(&'a self, session: &'a mut Session) -> Result<SnapshotReader<'a>> {
        session.begin_snapshot_reader(&self.id).await?;
        Ok(SnapshotReader { session })
    }

    /// Ends the instant and releases the locks, with a good-bye: a server notes in its log who leaves without one.
    pub async fn close(self) {
        self.session.close().await;
    }

    /// The same for one that several hold: it ends with the last of them.
    pub async fn leave(self: Arc<Self>) {
        if let Some(snapshot) = Arc::into_inner(self) {
            snapshot.close().await;
        }
    }
}

/// A session inside a transaction that sees an exported snapshot. End it after each table: the locks
/// of many tables and their indexes are more than a server has room for.
#[derive(Debug)]
pub struct SnapshotReader<'a> {
    session: &'a mut Session,
}

impl SnapshotReader<'_> {
    /// Ends the transaction.
    ///
    /// # Errors
    /// As [`super::failed`] maps them: what was read counts only when this succeeds.
    pub async fn finish(self) -> Result<()> {
        self.session.commit().await
    }
}

impl Deref for SnapshotReader<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl DerefMut for SnapshotReader<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
    }
}

/// Exports the instant that the session's transaction sees: its name, and the snapshot as `pg_snapshot` writes it.
async fn export(session: &mut Session) -> Result<(SnapshotId, String)> {
    let sql = "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_current_snapshot()::text";
    let rows = session.fetch_text_rows(sql, &[]).await?;
    let row = rows.into_iter().next().unwrap_or_default();
    let mut cells = row.into_iter().map(Option::unwrap_or_default);
    let id = SnapshotId::read(cells.next().unwrap_or_default())?;
    Ok((id, cells.next().unwrap_or_default()))
}

async fn page_counts(
    session: &mut Session,
    tables: &[TableName],
) -> Result<BTreeMap<TableName, u64>> {
    let sql = include_str!("pages.sql");
    let rows = fetch_text_arrays(session, sql, &name_columns(tables)).await?;
    let counts = rows.into_iter().filter_map(|row| {
        let [schema, name, count] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some((TableName::new(schema?, name?), count?.parse().ok()?))
    });
    Ok(counts.collect())
}

/// One statement for all tables, which takes no snapshot by itself. ONLY stays away: the partitions
/// and the children of a table are read with it or by themselves.
fn lock_statement(tables: &[TableName]) -> Option<String> {
    let (first, others) = tables.split_first()?;
    let mut sql = format!("LOCK TABLE {}", Qualified(first));
    for table in others {
        let _ = write!(sql, ", {}", Qualified(table));
    }
    sql.push_str(" IN ACCESS SHARE MODE");
    Some(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_named_by_hexadecimal_digits_and_dashes_alone() {
        assert!(SnapshotId::read("00000003-0000001B-1".to_owned()).is_ok());
        for text in ["", "1'; DROP TABLE x; --", "0 1"] {
            assert!(SnapshotId::read(text.to_owned()).is_err());
        }
    }

    #[test]
    fn all_tables_are_locked_by_one_statement() {
        assert_eq!(lock_statement(&[]), None);
        let tables = [
            TableName::new("public", "user"),
            TableName::new("public", "a"),
        ];
        assert_eq!(
            lock_statement(&tables).unwrap(),
            r#"LOCK TABLE "public"."user", "public"."a" IN ACCESS SHARE MODE"#
        );
    }
}
