//! Archives from before a change of the schema, and archives that lack rows.

use snapback_engine::snapshot::Corrupted;
use snapback_testkit::{COMPANIES, TestDatabase};

use crate::new_company::maker::{Maker, Rows, broken_references, make, options, plan};

const SOMEBODY: &str = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";

/// A newer version of the application: tables and columns renamed, one dropped, one added, and one that
/// must have a value now.
const NEWER: &str = r#"
ALTER TABLE public."storageRule" RENAME TO "enforcementRule";
ALTER TABLE public."storageRuleItemAssignment" RENAME TO "enforcementRuleItemAssignment";
ALTER TABLE public."storageRuleWorkCenterAssignment" RENAME TO "enforcementRuleWorkCenterAssignment";
ALTER TABLE public.supplier DROP COLUMN fax;
ALTER TABLE public.customer ADD COLUMN rating integer NOT NULL DEFAULT 3;
ALTER TABLE public.customer ALTER COLUMN phone SET DEFAULT 'none';
UPDATE public.customer SET phone = 'none' WHERE phone IS NULL;
ALTER TABLE public.customer ALTER COLUMN phone SET NOT NULL;
"#;

#[tokio::test]
async fn an_archive_from_before_a_change_of_the_schema_makes_a_company() {
    let database = TestDatabase::demo().await;
    let maker = Maker::new();
    let email = database.value(SOMEBODY).await.unwrap();
    let empty = format!(
        "SET session_replication_role = replica; UPDATE public.customer SET phone = NULL WHERE \"companyId\" = '{}'",
        COMPANIES[1].id
    );
    database.run(&empty).await;
    let archive = maker.backup(&database.settings(), COMPANIES[1].id).await;
    database
        .run(&format!("SET session_replication_role = replica; {NEWER}"))
        .await;
    let made = make(&database.settings(), &archive, options("Newer", &email))
        .await
        .unwrap();
    assert_eq!(broken_references(&database).await, None);
    let id = made.company.id.as_str();
    let source = Rows::of(&archive);
    let count = async |sql: &str| database.value(&sql.replace("COMPANY", id)).await.unwrap();
    let rules =
        count("SELECT count(*) FROM public.\"enforcementRule\" WHERE \"companyId\" = 'COMPANY'")
            .await;
    assert_eq!(rules, source.tables["storageRule"].1.len().to_string());
    let filled = count("SELECT count(*) FROM public.customer WHERE \"companyId\" = 'COMPANY' AND phone = 'none' AND rating = 3").await;
    assert_eq!(filled, source.tables["customer"].1.len().to_string());
}

#[tokio::test]
async fn rows_that_a_backup_had_to_leave_out_are_told_of() {
    let database = TestDatabase::demo().await;
    let maker = Maker::new();
    let email = database.value(SOMEBODY).await.unwrap();
    let cross = format!(
        "SET session_replication_role = replica;
         UPDATE public.\"customerContact\" SET \"contactId\" = (SELECT id FROM public.contact WHERE \"companyId\" = '{}' LIMIT 1)
          WHERE id = (SELECT min(id) FROM public.\"customerContact\" WHERE \"companyId\" = '{}')",
        COMPANIES[0].id, COMPANIES[1].id
    );
    database.run(&cross).await;
    let settings = database.settings();
    let archive = maker
        .backup_with(&settings, COMPANIES[1].id, Corrupted::Skip)
        .await;
    let planned = plan(&settings, &archive, options("Skipped", &email))
        .await
        .unwrap();
    let told = planned.left_out.iter();
    assert!(
        told.clone()
            .any(|left| left.table.name == "customerContact")
    );
    make(&settings, &archive, options("Skipped", &email))
        .await
        .unwrap();
    // What the source has wrong is not in the copy, and is still the only wrong thing.
    let broken = "SELECT count(*) FROM public.\"customerContact\" AS c JOIN public.contact AS p ON p.id = c.\"contactId\" \
         WHERE p.\"companyId\" <> c.\"companyId\"";
    assert_eq!(database.value(broken).await.as_deref(), Some("1"));
}
