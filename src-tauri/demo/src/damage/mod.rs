//! Damage of the kind that people do on a Friday afternoon, for a restore to undo.
//!
//! It goes through ordinary statements as the tables' owner, with the application's triggers on,
//! and touches one company only. Equal content is damaged equally.

use std::fmt;
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection as _};

use crate::app::App;
use crate::error::Error;

/// One kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Damage {
    /// Prices a hundred times too high, names cut, forty items that are none.
    PriceImport,
    /// Three customers merged into a fourth and deleted.
    CustomerMerge,
    /// Open orders deleted, quality issues closed, purchases changed.
    OrderCleanup,
    /// All of them, one after the other.
    Friday,
}

impl Damage {
    /// Every kind, the default first.
    pub const ALL: [Damage; 4] = [
        Damage::Friday,
        Damage::PriceImport,
        Damage::CustomerMerge,
        Damage::OrderCleanup,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Damage::PriceImport => "price-import",
            Damage::CustomerMerge => "customer-merge",
            Damage::OrderCleanup => "order-cleanup",
            Damage::Friday => "friday",
        }
    }

    /// What happened, in one sentence for a person.
    pub fn describe(self) -> &'static str {
        match self {
            Damage::PriceImport => "A price list was imported with the decimal comma lost.",
            Damage::CustomerMerge => "Three customers were merged into another one and deleted.",
            Damage::OrderCleanup => "Open orders were deleted as if they were old drafts.",
            Damage::Friday => {
                "A price import went wrong, customers were merged by mistake and open orders deleted."
            }
        }
    }

    fn scripts(self, app: App) -> Vec<&'static str> {
        let [prices, merge, cleanup] = match app {
            App::Carbon => [
                include_str!("price-import.sql"),
                include_str!("customer-merge.sql"),
                include_str!("order-cleanup.sql"),
            ],
            App::StockFlow => [
                include_str!("stockflow/price-import.sql"),
                include_str!("stockflow/customer-merge.sql"),
                include_str!("stockflow/order-cleanup.sql"),
            ],
        };
        match self {
            Damage::PriceImport => vec![prices],
            Damage::CustomerMerge => vec![merge],
            Damage::OrderCleanup => vec![cleanup],
            Damage::Friday => vec![prices, merge, cleanup],
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Damage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Damage, Error> {
        Damage::ALL
            .into_iter()
            .find(|damage| damage.name() == text)
            .ok_or_else(|| Error::UnknownDamage {
                name: text.to_owned(),
            })
    }
}

/// Does the damage to one company of that application, in one transaction. Returns how many rows the statements
/// changed directly, without what cascades took with it.
///
/// # Errors
/// [`Error::Database`] when the database refuses; nothing is changed then.
pub async fn inflict(
    options: &PgConnectOptions,
    app: App,
    damage: Damage,
    company_id: &str,
) -> Result<u64, Error> {
    let refused = Error::database;
    let mut session = options
        .connect()
        .await
        .map_err(refused("connecting to the demo database"))?;
    let mut transaction = session
        .begin()
        .await
        .map_err(refused("damaging the demo"))?;
    let mut row_count = 0;
    for script in damage.scripts(app) {
        row_count += run(&mut transaction, script, company_id).await?;
    }
    transaction
        .commit()
        .await
        .map_err(refused("damaging the demo"))?;
    session
        .close()
        .await
        .map_err(refused("closing the session"))?;
    Ok(row_count)
}

async fn run(session: &mut PgConnection, script: &str, company_id: &str) -> Result<u64, Error> {
    let mut row_count = 0;
    for statement in script
        .split(";\n")
        .filter(|statement| statement.contains("$1"))
    {
        let statement = statement
            .replace(":first", FIRST)
            .replace(":merged", MERGED);
        // Made of the scripts beside this file alone; the company is bound.
        let done = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(company_id)
            .execute(&mut *session)
            .await
            .map_err(Error::database("damaging the demo"))?;
        row_count += done.rows_affected();
    }
    Ok(row_count)
}

/// The customer that others are merged into.
const FIRST: &str =
    r#"(SELECT "id" FROM "customer" WHERE "companyId" = $1 ORDER BY "readableId" LIMIT 1)"#;

/// The customers that are merged away.
const MERGED: &str = r#"(SELECT "id" FROM "customer" WHERE "companyId" = $1
    AND "readableId" IN ('D10006', 'D10012', 'D10018'))"#;
