//! Tells a pooler that hands every transaction to another session of the server: neither an exported
//! snapshot nor a setting nor a lock survives there, and our settings would reach the application.

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Row as _};

use super::failed;
use super::session::connect;
use super::settings::Settings;
use crate::error::{Code, Error, Result};

/// How often each of the two connections is asked which process of the server serves it.
const ROUNDS: usize = 3;

/// Looks whether two connections share a process of the server, or one of them changes its own. Sets
/// nothing, so that nothing is left behind in a pooler.
pub(super) async fn refuse_transaction_pooler(
    first: &mut PgConnection,
    settings: &Settings,
) -> Result<()> {
    let mut second = connect(settings).await?;
    let mut served_by = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        served_by.push((backend_pid(first).await?, backend_pid(&mut second).await?));
    }
    // The server ends the session with or without the good-bye.
    drop(second.close().await);
    if is_mixed(&served_by) {
        return Err(Error::new(Code::TransactionPooler, "This connection goes through a pooler in transaction mode.")
            .with("server", settings.target())
            .hint("Connect to Postgres directly, or through the pooler's session mode (Supabase: port 5432 instead of 6543)."));
    }
    Ok(())
}

/// Whether the processes that served two connections, round by round, are those of a pooler.
#[must_use]
fn is_mixed(served_by: &[(i32, i32)]) -> bool {
    let Some(&(first, second)) = served_by.first() else {
        return false;
    };
    first == second || served_by.iter().any(|pids| *pids != (first, second))
}

async fn backend_pid(connection: &mut PgConnection) -> Result<i32> {
    let row = sqlx::raw_sql("SELECT pg_catalog.pg_backend_pid()")
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    row.try_get(0).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_connections_with_a_process_each_are_direct() {
        assert!(!is_mixed(&[(1, 2), (1, 2), (1, 2)]));
    }

    #[test]
    fn one_process_for_both_is_a_quiet_pooler() {
        assert!(is_mixed(&[(1, 1), (1, 1), (1, 1)]));
    }

    #[test]
    fn a_process_that_changes_is_a_busy_pooler() {
        assert!(is_mixed(&[(1, 2), (1, 3), (1, 2)]));
        assert!(is_mixed(&[(1, 2), (2, 1), (1, 2)]));
    }
}
