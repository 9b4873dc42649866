//! The border to Postgres, against a real server.

mod copying;
mod failures;
mod pooler;
mod rights;
mod sessions;
mod snapshots;

use snapback_engine::model::TableName;
use snapback_engine::pg::Session;

/// The first column of the first row.
async fn first(session: &mut Session, sql: &str) -> String {
    let rows = session.fetch_text_rows(sql, &[]).await.unwrap();
    rows[0][0].clone().unwrap()
}

fn table(name: &str) -> TableName {
    TableName::new("public", name)
}
