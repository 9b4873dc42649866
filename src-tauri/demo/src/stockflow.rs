//! StockFlow, a made-up inventory application: its schema and its rows, which are SQL alone.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor};

use crate::error::Error;

/// The account that is damaged.
pub(crate) const MAIN_ACCOUNT: (&str, &str) = (
    "3f0c9a52-6d1b-4e7f-9a3c-51b8d2e47a10",
    "Nordlicht Outdoor GmbH",
);

const ROLES: &str = include_str!("../stockflow/roles.sql");
/// What the owner of the tables runs, in order.
const STEPS: [&str; 3] = [
    include_str!("../stockflow/schema.sql"),
    include_str!("../stockflow/rows.sql"),
    include_str!("../stockflow/triggers.sql"),
];

/// Id, name and rows of each account, over all of its tables, the largest first.
pub(crate) const COUNT: &str = include_str!("../stockflow/count.sql");

/// Loads schema and rows into an empty database, as a superuser.
pub(crate) async fn load(options: &PgConnectOptions, scale: f64) -> Result<(), Error> {
    let mut session = options
        .connect()
        .await
        .map_err(Error::database("connecting to the demo database"))?;
    session
        .execute(ROLES)
        .await
        .map_err(Error::database("making the demo's roles"))?;
    // A number alone is formatted into it.
    let prepare = format!(
        "SET synchronous_commit = off; SET stockflow.scale = '{scale}'; SET ROLE stockflow_owner"
    );
    session
        .execute(AssertSqlSafe(prepare))
        .await
        .map_err(Error::database("preparing the session"))?;
    for step in STEPS {
        session
            .execute(step)
            .await
            .map_err(Error::database("filling StockFlow"))?;
    }
    session
        .execute("RESET ROLE; ANALYZE")
        .await
        .map_err(Error::database("analysing the tables"))?;
    session
        .close()
        .await
        .map_err(Error::database("closing the session"))
}
