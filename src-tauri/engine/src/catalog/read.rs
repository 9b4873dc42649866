use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{Either, Executor as _};

use super::cells::Cells;
use super::numbers::ColumnNames;
use super::unknown;
use crate::error::Result;
use crate::model::{
    Check, Column, Generation, Key, Reference, Schema, Table, TableKind, TableName, Trigger,
    TriggerState, UniqueIndex,
};
use crate::pg::{Ident, Session, failed};

/// One statement a kind, in the order in which [`Reading::take`] counts them; each ends with a
/// semicolon. Columns come before everything that names them by their numbers, and take as long as all the rest.
const COLUMNS: &str = concat!(include_str!("tables.sql"), include_str!("columns.sql"));
const COLUMN_STATEMENTS: usize = 2;
const REST: &str = concat!(
    include_str!("uniques.sql"),
    include_str!("references.sql"),
    include_str!("checks.sql"),
    include_str!("triggers.sql"),
    include_str!("enums.sql"),
    include_str!("domains.sql"),
);

/// Reads the tables of those schemas and all enum types. References may lead to tables of others.
///
/// # Errors
/// As [`failed`] maps them; `defect` where the catalog holds what is not known here.
pub async fn read(session: &mut Session, schemas: &[String]) -> Result<Schema> {
    let columns = answers(session, COLUMNS, schemas).await?;
    let rest = answers(session, REST, schemas).await?;
    schema_of(&columns, &rest)
}

/// The same by two sessions at once: a session that is new reads the catalog from cold, and most of the wait
/// for it is one core's.
///
/// # Errors
/// As [`read`].
pub async fn read_by_two(
    (one, other): (&mut Session, &mut Session),
    schemas: &[String],
) -> Result<Schema> {
    let (columns, rest) = tokio::try_join!(
        answers(one, COLUMNS, schemas),
        answers(other, REST, schemas)
    )?;
    schema_of(&columns, &rest)
}

/// What the statements answered, each row with the number of its statement.
async fn answers(
    session: &mut Session,
    statements: &'static str,
    schemas: &[String],
) -> Result<Vec<(usize, PgRow)>> {
    // An array as one text value, so that the statements can go together without bound values.
    let sql = "SELECT pg_catalog.set_config('snapback.schemas', $1::text[]::text, false)";
    sqlx::query(sql)
        .persistent(false)
        .bind(schemas)
        .execute(session.connection())
        .await
        .map_err(failed)?;
    let mut rows = Vec::new();
    let mut statement = 0;
    let mut answers = session.connection().fetch_many(sqlx::raw_sql(statements));
    while let Some(answer) = answers.try_next().await.map_err(failed)? {
        match answer {
            Either::Left(_) => statement += 1,
            Either::Right(row) => rows.push((statement, row)),
        }
    }
    Ok(rows)
}

fn schema_of(columns: &[(usize, PgRow)], rest: &[(usize, PgRow)]) -> Result<Schema> {
    let mut reading = Reading::default();
    for (statement, row) in columns {
        reading.take(*statement, row)?;
    }
    for (statement, row) in rest {
        reading.take(COLUMN_STATEMENTS + statement, row)?;
    }
    Ok(reading.schema)
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    schema: Schema,
    names: ColumnNames,
}

impl Reading {
    fn take(&mut self, statement: usize, row: &PgRow) -> Result<()> {
        let mut cells = Cells::of(row);
        if statement == 6 {
            let name = cells.take()?;
            self.schema
                .enums
                .insert(name, cells.texts()?.unwrap_or_default());
            return Ok(());
        }
        if statement == 7 {
            let name = cells.take()?;
            self.schema.domains.insert(name, cells.take()?);
            return Ok(());
        }
        let name = cells.table_name()?;
        if statement == 0 {
            self.schema.tables.insert(name, table(&mut cells)?);
            return Ok(());
        }
        // A table made between two of the statements is not part of what is read.
        let Some(table) = self.schema.tables.get_mut(&name) else {
            return Ok(());
        };
        match statement {
            1 => {
                let (number, not_null) = (cells.take()?, cells.take()?);
                let column = column(&mut cells)?;
                self.names.note(&name, number, &column.name, not_null);
                table.columns.push(column);
            }
            2 => add_unique(table, &name, &self.names, &mut cells)?,
            3 => table
                .references
                .push(reference(&name, &self.names, &mut cells)?),
            4 => table.checks.push(Check {
                name: cells.take()?,
                definition: cells.take()?,
                columns: self.names.of(&name, cells.numbers()?.as_slice()),
            }),
            _ => table.triggers.push(trigger(&mut cells)?),
        }
        Ok(())
    }
}

fn table(cells: &mut Cells<'_>) -> Result<Table> {
    let kind = match cells.take::<String>()?.as_str() {
        "partitioned" => TableKind::Partitioned,
        "foreign" => TableKind::Foreign,
        "inherited" => TableKind::Inherited,
        _ => TableKind::Ordinary,
    };
    Ok(Table {
        kind,
        columns: Vec::new(),
        key: None,
        uniques: Vec::new(),
        references: Vec::new(),
        checks: Vec::new(),
        triggers: Vec::new(),
        row_security: cells.take()?,
        force_row_security: cells.take()?,
        estimated_row_count: u64::try_from(cells.take::<i64>()?).unwrap_or(0),
        comment: cells.take()?,
    })
}

fn column(cells: &mut Cells<'_>) -> Result<Column> {
    Ok(Column {
        name: cells.take()?,
        type_name: cells.take()?,
        not_null: cells.take()?,
        default: cells.take()?,
        generation: match cells.take::<String>()?.as_str() {
            "stored" => Generation::Stored,
            "virtual" => Generation::Virtual,
            "identity_always" => Generation::IdentityAlways,
            "identity_by_default" => Generation::IdentityByDefault,
            _ => Generation::None,
        },
        sequence: match (
            cells.take::<Option<String>>()?,
            cells.take::<Option<String>>()?,
        ) {
            (Some(schema), Some(name)) => Some(TableName { schema, name }),
            _ => None,
        },
        database_bound: cells.take()?,
        comment: cells.take()?,
    })
}

fn add_unique(
    table: &mut Table,
    name: &TableName,
    names: &ColumnNames,
    cells: &mut Cells<'_>,
) -> Result<()> {
    let index_name = cells.take()?;
    let primary: bool = cells.take()?;
    let exclusion: bool = cells.take()?;
    let deferrable: bool = cells.take()?;
    let nulls_not_distinct = cells.take()?;
    let key_length: i16 = cells.take()?;
    let mut numbers = cells.numbers()?;
    // Columns behind the key are only carried along (INCLUDE).
    numbers.truncate(usize::try_from(key_length).unwrap_or_default());
    let mut columns = names.of(name, numbers.as_slice());
    let quoted = || {
        columns
            .iter()
            .map(|column| Ident(column).to_string())
            .collect()
    };
    let printed = cells.texts()?;
    let plain = printed.is_none();
    let expressions = printed.unwrap_or_else(quoted);
    let predicate: Option<String> = cells.take()?;
    let mut used = names.of(name, cells.numbers()?.as_slice());
    used.retain(|column| !columns.contains(column));
    used.sort_unstable();
    used.dedup();
    columns.append(&mut used);

    let knows_every_row = plain
        && predicate.is_none()
        && !deferrable
        && !exclusion
        && names.are_not_null(name, numbers.as_slice());
    if table.key.is_none() && (primary || knows_every_row) {
        table.key = Some(Key {
            name: index_name,
            columns,
            primary,
        });
    } else {
        table.uniques.push(UniqueIndex {
            name: index_name,
            expressions,
            columns,
            predicate,
            plain,
            nulls_not_distinct,
            exclusion,
            deferrable,
        });
    }
    Ok(())
}

fn reference(name: &TableName, names: &ColumnNames, cells: &mut Cells<'_>) -> Result<Reference> {
    let constraint = cells.take()?;
    let columns = names.of(name, cells.numbers()?.as_slice());
    let target = cells.table_name()?;
    let target_numbers = cells.numbers()?;
    let target_columns = cells
        .texts()?
        .unwrap_or_else(|| names.of(&target, target_numbers.as_slice()));
    Ok(Reference {
        name: constraint,
        columns,
        target,
        target_columns,
        on_delete: cells.on_change()?,
        on_update: cells.on_change()?,
        deferrable: cells.take()?,
        validated: cells.take()?,
    })
}

fn trigger(cells: &mut Cells<'_>) -> Result<Trigger> {
    Ok(Trigger {
        name: cells.take()?,
        state: match cells.take::<String>()?.as_str() {
            "O" => TriggerState::Origin,
            "D" => TriggerState::Disabled,
            "R" => TriggerState::Replica,
            "A" => TriggerState::Always,
            _ => return Err(unknown("trigger state")),
        },
    })
}
