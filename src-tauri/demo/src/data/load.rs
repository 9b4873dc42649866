//! Filling a database: schema, rows, then everything that checks and watches them.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection as _, Executor};

use tokio::task::JoinSet;

use crate::carbon;
use crate::error::Error;

use super::cell::Cell;
use super::storage;
use super::world::{COMPANIES, DemoCompany, OWNERS, Owner, Row, Spec, World};

/// How many tables are filled at once.
const SESSIONS: usize = 8;

/// How much is sent to the server at once.
const CHUNK: usize = 1 << 20;

/// Loads the demo's schema and content into an empty database, as a superuser. References are
/// made after the rows, so the server has checked each of them when this returns.
///
/// # Errors
/// [`Error::Database`] when the server refuses something; the database is then half filled.
pub async fn load(options: &PgConnectOptions, spec: Spec) -> Result<(), Error> {
    let world = World::new(spec);
    let mut session = options
        .connect()
        .await
        .map_err(Error::database("connecting to the demo database"))?;
    session
        .execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")
        .await
        .map_err(Error::database("preparing the session"))?;
    for text in carbon::BEFORE_DATA {
        session
            .execute(text)
            .await
            .map_err(Error::database("creating the tables"))?;
    }
    for company in COMPANIES {
        sqlx::query("SET ROLE carbon_owner")
            .execute(&mut session)
            .await
            .map_err(Error::database("creating the company's tables"))?;
        sqlx::query("SELECT public.create_company_tables($1)")
            .bind(company.id)
            .execute(&mut session)
            .await
            .map_err(Error::database("creating the company's tables"))?;
        sqlx::query("RESET ROLE")
            .execute(&mut session)
            .await
            .map_err(Error::database("creating the company's tables"))?;
    }
    let world = Arc::new(world);
    copy_tables(options, &world).await?;
    storage::load(&mut session, &world).await?;
    for text in carbon::AFTER_DATA {
        session
            .execute(text)
            .await
            .map_err(Error::database("checking the rows"))?;
    }
    raise_sequences(&mut session).await?;
    refresh(&mut session).await?;
    session
        .close()
        .await
        .map_err(Error::database("closing the session"))
}

/// Fills all tables, several at once: each COPY waits about 40 ms for the network stack to send
/// its last small packet, however few rows there are.
async fn copy_tables(options: &PgConnectOptions, world: &Arc<World>) -> Result<(), Error> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..SESSIONS {
        let (options, world, next) = (options.clone(), world.clone(), next.clone());
        workers.spawn(async move {
            let mut session = options
                .connect()
                .await
                .map_err(Error::database("connecting to the demo database"))?;
            session
                .execute("SET synchronous_commit = off")
                .await
                .map_err(Error::database("preparing the session"))?;
            let mut writer = Writer::new(&world);
            loop {
                let table = next.fetch_add(1, Ordering::Relaxed);
                if table >= world.catalog.tables.len() {
                    break;
                }
                writer.copy_table(&mut session, table).await?;
            }
            session
                .close()
                .await
                .map_err(Error::database("closing the session"))
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.map_err(|failed| Error::Program {
            program: "the loader".to_owned(),
            detail: failed.to_string(),
        })??;
    }
    Ok(())
}

/// How many rows a company has of its own, by column or by reference, in tables of the catalog.
pub fn row_count(spec: Spec, company: &DemoCompany) -> u64 {
    let world = World::new(spec);
    let number = COMPANIES
        .iter()
        .position(|candidate| candidate.id == company.id);
    let owner = number.map(Owner::Company);
    owner.map_or(0, |owner| {
        world
            .counts
            .iter()
            .map(|counts| counts[owner.index()])
            .sum()
    })
}

/// A checksum over all rows that a spec makes, without any database.
pub fn fingerprint(spec: Spec) -> u64 {
    let world = World::new(spec);
    let mut writer = Writer::new(&world);
    let mut hasher = DefaultHasher::new();
    for (table, facts) in world.catalog.tables.iter().enumerate() {
        let columns: Vec<usize> = (0..facts.columns.len()).collect();
        for owner in OWNERS {
            for row in world.rows(table, owner) {
                writer.add_line(&row, &columns);
                hasher.write(&writer.buffer);
                writer.buffer.clear();
            }
        }
    }
    hasher.finish()
}

/// Brings materialised views and statistics up to date.
///
/// # Errors
/// [`Error::Database`] when the server refuses.
pub async fn refresh(session: &mut PgConnection) -> Result<(), Error> {
    session
        .execute(
            "REFRESH MATERIALIZED VIEW public.\"itemLedgerSnapshot\";
             REFRESH MATERIALIZED VIEW public.\"itemStockQuantities\"",
        )
        .await
        .map_err(Error::database("refreshing the views"))?;
    session
        .execute("ANALYZE")
        .await
        .map_err(Error::database("analysing the tables"))?;
    Ok(())
}

/// Sequences go on after the highest number in use.
async fn raise_sequences(session: &mut PgConnection) -> Result<(), Error> {
    for (table, column) in [
        ("attributeDataType", "id"),
        ("challengeAttempt", "id"),
        ("membership", "id"),
        ("trainingCompletion", "id"),
        ("itemLedger", "entryNumber"),
        ("costLedger", "entryNumber"),
        ("supplierLedger", "entryNumber"),
    ] {
        // The names are those of the list above.
        let statement = format!(
            "SELECT setval('public.\"{table}_{column}_seq\"', max(\"{column}\")) FROM public.\"{table}\""
        );
        session
            .execute(sqlx::AssertSqlSafe(statement))
            .await
            .map_err(Error::database("raising the sequences"))?;
    }
    Ok(())
}

struct Writer<'w> {
    world: &'w World,
    cell: Cell,
    buffer: Vec<u8>,
}

impl<'w> Writer<'w> {
    fn new(world: &'w World) -> Writer<'w> {
        Writer {
            world,
            cell: Cell::default(),
            buffer: Vec::with_capacity(CHUNK + 65_536),
        }
    }

    async fn copy_table(&mut self, session: &mut PgConnection, table: usize) -> Result<(), Error> {
        let facts = &self.world.catalog.tables[table];
        let columns: Vec<usize> = (0..facts.columns.len())
            .filter(|&at| !facts.columns[at].generated)
            .collect();
        let names: Vec<String> = columns
            .iter()
            .map(|&at| format!("\"{}\"", facts.columns[at].name))
            .collect();
        let statement = format!(
            "COPY public.\"{}\" ({}) FROM STDIN",
            facts.name,
            names.join(", ")
        );
        let refused = Error::database("copying rows");
        let mut copy = match session.copy_in_raw(&statement).await {
            Ok(copy) => copy,
            Err(failed) => return Err(refused(failed)),
        };
        for owner in OWNERS {
            for row in self.world.rows(table, owner) {
                self.add_line(&row, &columns);
                if self.buffer.len() >= CHUNK {
                    if let Err(failed) = copy.send(self.buffer.as_slice()).await {
                        return Err(Error::database("copying rows")(failed));
                    }
                    self.buffer.clear();
                }
            }
        }
        if let Err(failed) = copy.send(self.buffer.as_slice()).await {
            return Err(Error::database("copying rows")(failed));
        }
        self.buffer.clear();
        copy.finish().await.map_err(|source| {
            tracing::debug!(table = facts.name.as_str(), "rows were refused");
            Error::Database {
                during: "copying rows",
                source,
            }
        })?;
        Ok(())
    }

    fn add_line(&mut self, row: &Row<'_>, columns: &[usize]) {
        for (at, &column) in columns.iter().enumerate() {
            if at > 0 {
                self.buffer.push(b'\t');
            }
            self.cell.clear();
            row.write(column, &mut self.cell);
            self.cell.copy_to(&mut self.buffer);
        }
        self.buffer.push(b'\n');
    }
}

/// One line of COPY text from values, for tables outside the catalog.
pub(super) fn line<'v>(values: impl IntoIterator<Item = Option<&'v str>>, buffer: &mut Vec<u8>) {
    let mut cell = Cell::default();
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            buffer.push(b'\t');
        }
        cell.clear();
        if let Some(value) = value {
            cell.text(value);
        }
        cell.copy_to(buffer);
    }
    buffer.push(b'\n');
}
