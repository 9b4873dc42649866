//! How an application without such a tool exports a company: `SELECT`, JSON, gzip, six tables at a time.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::TryStreamExt as _;
use snapback_demo::Role;
use snapback_engine::company::Opened;
use snapback_engine::difference::live;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use crate::place::Place;
use crate::statements::preamble;

const CONNECTIONS: usize = 6;

/// Exports every row of the company and throws the result away.
pub(crate) async fn as_json(place: &Place, opened: &Opened) -> Duration {
    let tables = opened.archived_tables();
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let workers = (0..CONNECTIONS).map(|_| async {
        let mut session = place
            .connection(Role::Superuser)
            .options()
            .connect()
            .await
            .expect("the server lets us in");
        session
            .execute(AssertSqlSafe(preamble(opened)))
            .await
            .expect("the statement runs");
        while let Some(table) = tables.get(next.fetch_add(1, Ordering::Relaxed)) {
            let sql = format!(
                "SELECT row_to_json(t)::text {}",
                live::from_where(&opened.schema, &opened.scope, table)
            );
            let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
            let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch(&mut session);
            while let Some(row) = rows.try_next().await.expect("the rows come") {
                zipped.write_all(row.as_bytes()).expect("memory takes it");
                zipped.write_all(b"\n").expect("memory takes it");
            }
            zipped.finish().expect("memory takes it");
        }
    });
    futures_util::future::join_all(workers).await;
    begun.elapsed()
}
