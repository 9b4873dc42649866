//! Whose rows are whose in the demo's schema, written down by hand: what the engine finds out for
//! itself is checked against this, so nothing of the engine is used here.

use crate::{Fingerprint, FoundTable, Reach, TestDatabase};

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
        self.canary_beside(|table| match own(table, company) {
            Own::Rows(_) | Own::All if NEVER_WRITTEN.contains(&table.name.as_str()) => {
                Reach::Nothing
            }
            Own::Rows(condition) => Reach::Rows(condition),
            Own::All => Reach::Everything,
            Own::None => Reach::Nothing,
        })
        .await
    }

    /// The fingerprint of that company's rows in a database of the demo, as far as a restore brings
    /// them back.
    pub async fn company_fingerprint(&self, company: &str) -> Fingerprint {
        self.fingerprint_within(|table| {
            let left_out = NEVER_WRITTEN.contains(&table.name.as_str())
                || NEITHER.contains(&table.name.as_str())
                || table.name.starts_with("searchIndex_");
            match own(table, company) {
                _ if left_out => Reach::Nothing,
                Own::Rows(condition) => Reach::Rows(condition),
                Own::All => Reach::Everything,
                Own::None => Reach::Nothing,
            }
        })
        .await
    }
}

fn own(found: &FoundTable, company: &str) -> Own {
    let FoundTable {
        schema,
        name: table,
        has_company_column,
    } = found;
    let (schema, table) = (schema.as_str(), table.as_str());
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
    } else if *has_company_column {
        Own::Rows(format!("\"companyId\" = '{company}'"))
    } else if table.ends_with(&format!("_{company}")) {
        Own::All
    } else {
        Own::None
    }
}
