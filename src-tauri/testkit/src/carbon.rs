//! Whose rows are whose in the demo's schema, written down by hand: what the engine finds out for
//! itself is checked against this, so nothing of the engine is used here.

use snapback_engine::pg::Ident;
use sqlx::{Connection as _, Row as _};

use crate::{Fingerprint, TestDatabase};

/// The key is the company's.
const KEYED_BY_COMPANY: &[&str] = &[
    "companyAccountsPayableBillingAddress",
    "companyAccountsReceivableBillingAddress",
    "companySettings",
    "implementationHub",
    "terms",
];

/// Without a column of the company's: the rows that lead to a row of a table that has one.
const OVER_REFERENCES: &[(&str, &str)] = &[
    (
        "documentFavorite",
        r#""documentId" IN (SELECT id FROM public.document WHERE "companyId" = $company)"#,
    ),
    (
        "jobFavorite",
        r#""jobId" IN (SELECT id FROM public.job WHERE "companyId" = $company)"#,
    ),
    (
        "membership",
        r#""groupId" IN (SELECT id FROM public."group" WHERE "companyId" = $company)
           OR "memberGroupId" IN (SELECT id FROM public."group" WHERE "companyId" = $company)"#,
    ),
    (
        "purchaseOrderFavorite",
        r#""purchaseOrderId" IN (SELECT id FROM public."purchaseOrder" WHERE "companyId" = $company)"#,
    ),
    (
        "purchasingRfqFavorite",
        r#""rfqId" IN (SELECT id FROM public."purchasingRfq" WHERE "companyId" = $company)"#,
    ),
    (
        "quoteFavorite",
        r#""quoteId" IN (SELECT id FROM public.quote WHERE "companyId" = $company)"#,
    ),
    (
        "salesOrderFavorite",
        r#""salesOrderId" IN (SELECT id FROM public."salesOrder" WHERE "companyId" = $company)"#,
    ),
    (
        "salesRfqFavorite",
        r#""rfqId" IN (SELECT id FROM public."salesRfq" WHERE "companyId" = $company)"#,
    ),
    (
        "supplierQuoteFavorite",
        r#""supplierQuoteId" IN (SELECT id FROM public."supplierQuote" WHERE "companyId" = $company)"#,
    ),
    (
        "userAttribute",
        r#""userAttributeCategoryId" IN (SELECT id FROM public."userAttributeCategory" WHERE "companyId" = $company)"#,
    ),
    (
        "userAttributeValue",
        r#""userAttributeId" IN (SELECT a.id FROM public."userAttribute" AS a
             JOIN public."userAttributeCategory" AS c ON c.id = a."userAttributeCategoryId" WHERE c."companyId" = $company)"#,
    ),
];

/// Tables in which a restore leaves even the company's own rows as they are: secrets, billing, access,
/// and the company itself.
const NEVER_WRITTEN: &[&str] = &[
    "apiKey",
    "apiKeyRateLimit",
    "company",
    "companyIntegration",
    "companyPlan",
    "companyUsage",
    "employee",
    "employeePin",
    "employeeType",
    "employeeTypePermission",
    "eventSystemSubscription",
    "externalIntegrationMapping",
    "externalLink",
    "invite",
    "oauthClient",
    "oauthCode",
    "oauthToken",
    "ssoConnection",
    "ssoDomain",
    "tableChange",
    "userToCompany",
    "webhook",
];

/// Tables of which the company's own rows are neither kept safe nor brought back: rows made again by
/// the application, or that live for moments, and may go with a row that they refer to.
const NEITHER: &[&str] = &[
    "demandActual",
    "demandForecastSource",
    "notificationDelivery",
    "printJob",
    "queue",
    "searchIndexRegistry",
    "supplyActual",
    "supplyForecast",
];

/// What one table is to a company.
enum Own {
    /// Its rows, by a condition.
    Rows(String),
    /// All rows: a table made for it.
    All,
    /// None that a restore of it may touch.
    None,
}

impl TestDatabase {
    /// The fingerprint of everything in a database of the demo that is not that company's: rows of
    /// other companies, of nobody and of its group, secrets and access, and the state of triggers,
    /// constraints and rights. An operation on the company must leave it as it was.
    pub async fn canary(&self, company: &str) -> Fingerprint {
        let mut queries = objects();
        for (schema, table, has_company_column) in self.tables().await {
            let from = format!("SELECT t.* FROM {}.{} AS t", Ident(&schema), Ident(&table));
            let query = match own(&schema, &table, has_company_column, company) {
                Own::Rows(_) | Own::All if NEVER_WRITTEN.contains(&table.as_str()) => from,
                Own::Rows(condition) => format!("{from} WHERE ({condition}) IS NOT TRUE"),
                Own::All => continue,
                Own::None => from,
            };
            queries.push((format!("{schema}.{table}"), query));
        }
        self.fingerprint(&queries).await
    }

    /// The fingerprint of that company's rows in a database of the demo, as far as a restore brings
    /// them back.
    pub async fn company_fingerprint(&self, company: &str) -> Fingerprint {
        let mut queries = Vec::new();
        for (schema, table, has_company_column) in self.tables().await {
            let left_out = NEVER_WRITTEN.contains(&table.as_str())
                || NEITHER.contains(&table.as_str())
                || table.starts_with("searchIndex_");
            let from = format!("SELECT t.* FROM {}.{} AS t", Ident(&schema), Ident(&table));
            let query = match own(&schema, &table, has_company_column, company) {
                _ if left_out => continue,
                Own::Rows(condition) => format!("{from} WHERE {condition}"),
                Own::All => from,
                Own::None => continue,
            };
            queries.push((format!("{schema}.{table}"), query));
        }
        self.fingerprint(&queries).await
    }

    /// Every table outside of the system's schemas and our own, and whether it has a column of the
    /// company's.
    async fn tables(&self) -> Vec<(String, String, bool)> {
        let sql = r#"SELECT n.nspname::text, c.relname::text,
                            EXISTS (SELECT FROM pg_attribute AS a
                                     WHERE a.attrelid = c.oid AND a.attname = 'companyId' AND NOT a.attisdropped)
                       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'snapback')
                        AND n.nspname NOT LIKE 'pg\_%'
                      ORDER BY 1, 2"#;
        let mut session = self.connect().await;
        let rows = sqlx::raw_sql(sql)
            .fetch_all(&mut session)
            .await
            .expect("the catalog can be read");
        session.close().await.expect("the session closes");
        rows.iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect()
    }
}

fn own(schema: &str, table: &str, has_company_column: bool, company: &str) -> Own {
    assert!(
        company.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "the demo's ids are letters and digits"
    );
    if (schema, table) == ("event", "queue") {
        // A trigger that fires always queues events during a restore too: about this company alone.
        return Own::Rows(format!("\"companyIds\" <@ ARRAY['{company}']"));
    }
    if schema != "public" {
        return Own::None;
    }
    let over_references = OVER_REFERENCES.iter().find(|(name, _)| *name == table);
    if let Some((_, condition)) = over_references {
        Own::Rows(condition.replace("$company", &format!("'{company}'")))
    } else if KEYED_BY_COMPANY.contains(&table) {
        Own::Rows(format!("id = '{company}'"))
    } else if has_company_column {
        Own::Rows(format!("\"companyId\" = '{company}'"))
    } else if table.ends_with(&format!("_{company}")) {
        Own::All
    } else {
        Own::None
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
