//! The canary: a fingerprint of everything in a database that an operation on one company must leave alone.
//!
//! Whoever asks says what the operation may reach; everything else counts, so a table that nobody thought
//! of is watched too.

use snapback_engine::pg::Ident;
use sqlx::Row as _;

use crate::{Fingerprint, TestDatabase};

/// A table outside of the system's schemas and our own.
#[derive(Debug, Clone)]
pub struct FoundTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whether it has a column `companyId`.
    pub has_company_column: bool,
}

/// What an operation may change of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// No row.
    Nothing,
    /// The rows with that condition, in which the table is called `t`.
    Rows(String),
    /// Every row.
    Everything,
}

impl TestDatabase {
    /// The fingerprint of all rows out of reach, and of what is no row: triggers, constraints, tables and
    /// rights.
    pub async fn canary_beside(&self, reach: impl Fn(&FoundTable) -> Reach) -> Fingerprint {
        let mut queries = objects();
        for table in self.tables().await {
            match reach(&table) {
                Reach::Nothing => queries.push(table.rows("true")),
                Reach::Rows(condition) => {
                    queries.push(table.rows(&format!("({condition}) IS NOT TRUE")));
                }
                Reach::Everything => {}
            }
        }
        self.fingerprint(&queries).await
    }

    /// The fingerprint of all rows within reach.
    pub async fn fingerprint_within(&self, reach: impl Fn(&FoundTable) -> Reach) -> Fingerprint {
        let mut queries = Vec::new();
        for table in self.tables().await {
            match reach(&table) {
                Reach::Nothing => {}
                Reach::Rows(condition) => queries.push(table.rows(&condition)),
                Reach::Everything => queries.push(table.rows("true")),
            }
        }
        self.fingerprint(&queries).await
    }

    /// Every table outside of the system's schemas and our own, and whether it has a column of the
    /// company's.
    async fn tables(&self) -> Vec<FoundTable> {
        let sql = r#"SELECT n.nspname::text, c.relname::text,
                            EXISTS (SELECT FROM pg_attribute AS a
                                     WHERE a.attrelid = c.oid AND a.attname = 'companyId' AND NOT a.attisdropped)
                       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'snapback')
                        AND n.nspname NOT LIKE 'pg\_%'
                      ORDER BY 1, 2"#;
        let rows = self.look(sql).await;
        rows.iter()
            .map(|row| FoundTable {
                schema: row.get(0),
                name: row.get(1),
                has_company_column: row.get(2),
            })
            .collect()
    }
}

impl FoundTable {
    /// The query of its rows with that condition, and its name.
    fn rows(&self, condition: &str) -> (String, String) {
        let Self { schema, name, .. } = self;
        let query = format!(
            "SELECT t.* FROM {}.{} AS t WHERE {condition}",
            Ident(schema),
            Ident(name)
        );
        (format!("{schema}.{name}"), query)
    }
}

/// What an operation must not change besides rows.
fn objects() -> Vec<(String, String)> {
    let outside = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'snapback') AND n.nspname NOT LIKE 'pg\\_%'";
    [
        (
            "(triggers)",
            format!(
                "SELECT c.oid, t.tgname, t.tgenabled FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
                   JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE {outside}"
            ),
        ),
        (
            "(constraints)",
            format!(
                "SELECT k.oid, k.conname, k.condeferrable, k.condeferred, k.convalidated, pg_get_constraintdef(k.oid)
                   FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace WHERE {outside}"
            ),
        ),
        (
            "(tables)",
            format!(
                "SELECT c.oid, c.relname, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
                   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE {outside}"
            ),
        ),
    ]
    .map(|(name, query)| (name.to_owned(), query))
    .to_vec()
}
