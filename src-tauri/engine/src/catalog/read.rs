use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Either, Executor as _, Row, Type};

use crate::error::{Code, Error, Result};
use crate::model::{
    Check, Column, Generation, Key, OnChange, Reference, Schema, Table, TableKind, TableName,
    Trigger, TriggerState, UniqueIndex,
};
use crate::pg::{Session, failed};

/// One statement a kind, in the order in which [`take`] counts them; each ends with a semicolon.
const STATEMENTS: &str = concat!(
    include_str!("tables.sql"),
    include_str!("columns.sql"),
    include_str!("uniques.sql"),
    include_str!("references.sql"),
    include_str!("checks.sql"),
    include_str!("triggers.sql"),
    include_str!("enums.sql"),
);

/// Reads the tables of those schemas and all enum types. References may lead to tables of others.
///
/// # Errors
/// As [`failed`] maps them; `defect` where the catalog holds what is not known here.
pub async fn read(session: &mut Session, schemas: &[String]) -> Result<Schema> {
    // An array as one text value, so that the statements below can go together without bound values.
    let sql = "SELECT pg_catalog.set_config('snapback.schemas', $1::text[]::text, false)";
    sqlx::query(sql)
        .persistent(false)
        .bind(schemas)
        .execute(session.connection())
        .await
        .map_err(failed)?;

    let mut schema = Schema::default();
    let mut statement = 0;
    let mut answers = session.connection().fetch_many(sqlx::raw_sql(STATEMENTS));
    while let Some(answer) = answers.try_next().await.map_err(failed)? {
        match answer {
            Either::Left(_) => statement += 1,
            Either::Right(row) => take(&mut schema, statement, &row)?,
        }
    }
    Ok(schema)
}

fn take(schema: &mut Schema, statement: usize, row: &PgRow) -> Result<()> {
    let mut cells = Cells { row, next: 0 };
    if statement == 6 {
        let name = cells.take()?;
        schema.enums.insert(name, cells.texts()?);
        return Ok(());
    }
    let name = cells.table_name()?;
    if statement == 0 {
        let table = table(&mut cells)?;
        schema.tables.insert(name, table);
        return Ok(());
    }
    // A table made between two of the statements is not part of what is read.
    let Some(table) = schema.tables.get_mut(&name) else {
        return Ok(());
    };
    match statement {
        1 => table.columns.push(column(&mut cells)?),
        2 => add_unique(table, &mut cells)?,
        3 => table.references.push(reference(&mut cells)?),
        4 => table.checks.push(Check {
            name: cells.take()?,
            definition: cells.take()?,
            columns: cells.texts()?,
        }),
        _ => table.triggers.push(trigger(&mut cells)?),
    }
    Ok(())
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

fn add_unique(table: &mut Table, cells: &mut Cells<'_>) -> Result<()> {
    let name = cells.take()?;
    let primary: bool = cells.take()?;
    let unique = UniqueIndex {
        name,
        exclusion: cells.take()?,
        deferrable: cells.take()?,
        nulls_not_distinct: cells.take()?,
        plain: cells.take()?,
        expressions: cells.texts()?,
        predicate: cells.take()?,
        columns: cells.texts()?,
    };
    let all_not_null: bool = cells.take()?;
    let knows_every_row = unique.plain
        && unique.predicate.is_none()
        && all_not_null
        && !unique.deferrable
        && !unique.exclusion;
    if table.key.is_none() && (primary || knows_every_row) {
        table.key = Some(Key {
            name: unique.name,
            columns: unique.columns,
            primary,
        });
    } else {
        table.uniques.push(unique);
    }
    Ok(())
}

fn reference(cells: &mut Cells<'_>) -> Result<Reference> {
    Ok(Reference {
        name: cells.take()?,
        columns: cells.texts()?,
        target: cells.table_name()?,
        target_columns: cells.texts()?,
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

/// The values of a row, from left to right.
struct Cells<'a> {
    row: &'a PgRow,
    next: usize,
}

impl<'a> Cells<'a> {
    fn take<T: sqlx::Decode<'a, Postgres> + Type<Postgres>>(&mut self) -> Result<T> {
        self.next += 1;
        self.row.try_get(self.next - 1).map_err(failed)
    }

    /// An array without NULLs. The driver takes the text "NULL" in an array for one, quoted or not.
    fn texts(&mut self) -> Result<Vec<String>> {
        let texts: Vec<Option<String>> = self.take()?;
        Ok(texts
            .into_iter()
            .map(|text| text.unwrap_or_else(|| "NULL".to_owned()))
            .collect())
    }

    fn table_name(&mut self) -> Result<TableName> {
        Ok(TableName {
            schema: self.take()?,
            name: self.take()?,
        })
    }

    fn on_change(&mut self) -> Result<OnChange> {
        Ok(match self.take::<String>()?.as_str() {
            "a" => OnChange::NoAction,
            "r" => OnChange::Restrict,
            "c" => OnChange::Cascade,
            "n" => OnChange::SetNull,
            "d" => OnChange::SetDefault,
            _ => return Err(unknown("action of a reference")),
        })
    }
}

fn unknown(what: &'static str) -> Error {
    Error::new(
        Code::Defect,
        "The database's catalog holds something that is not known here.",
    )
    .with("what", what)
}
