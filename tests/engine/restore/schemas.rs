//! A backup from before the schema changed: the verdict says what happens to which rows, and the restore
//! does just that.

use snapback_engine::Code;
use snapback_engine::difference::{Effect, Finding, Verdict};

use crate::workshop::Workshop;

/// A backup, then a migration, then a deleted customer so that rows have to come back.
async fn migrated(sql: &str) -> (Workshop, std::path::PathBuf) {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop
        .database
        .run("DELETE FROM public.customer WHERE id = 'acme-c7'")
        .await;
    workshop.database.run(sql).await;
    (workshop, backup.archive.path)
}

fn found<'a>(
    findings: &'a [Finding],
    code: &str,
) -> Option<(Effect, Option<&'a str>, Option<u64>)> {
    let finding = findings.iter().find(|finding| finding.code == code)?;
    Some((finding.effect, finding.column.as_deref(), finding.row_count))
}

#[tokio::test]
async fn a_dropped_column_is_left_out_and_said() {
    let (workshop, archive) = migrated("ALTER TABLE public.\"order\" DROP COLUMN note").await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(plan.verdict, Verdict::RestorableWithChanges);
    assert_eq!(
        found(&plan.findings, "column_dropped"),
        Some((Effect::Discarded, Some("note"), None))
    );
    workshop.restore(&archive).await;
    assert_eq!(
        workshop
            .database
            .value("SELECT count(*) FROM public.\"order\"")
            .await
            .as_deref(),
        Some("240")
    );
}

#[tokio::test]
async fn an_added_column_gets_its_default_and_a_revert_leaves_its_values() {
    let sql = "ALTER TABLE public.customer ADD rating integer DEFAULT 3;
               UPDATE public.customer SET rating = 5 WHERE id = 'acme-c9';
               UPDATE public.customer SET name = 'Renamed' WHERE id = 'acme-c9'";
    let (workshop, archive) = migrated(sql).await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        found(&plan.findings, "column_added"),
        Some((Effect::Defaulted, Some("rating"), None))
    );
    let before = workshop.own().await;
    workshop.restore(&archive).await;
    let ratings = "SELECT string_agg(id || rating, ' ' ORDER BY id) FROM public.customer WHERE id IN ('acme-c7', 'acme-c9')";
    assert_eq!(
        workshop.database.value(ratings).await.as_deref(),
        Some("acme-c73 acme-c95")
    );
    workshop.revert().await;
    assert_eq!(workshop.own().await, before);
}

#[tokio::test]
async fn an_added_column_that_must_have_a_value_blocks() {
    let sql =
        "ALTER TABLE public.customer ADD rating integer; UPDATE public.customer SET rating = 1;
               ALTER TABLE public.customer ALTER rating SET NOT NULL";
    let (workshop, archive) = migrated(sql).await;
    assert_eq!(
        workshop.plan(&archive).await.verdict,
        Verdict::NotRestorable
    );
    let error = workshop
        .try_restore(&archive, &workshop.options())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::NotRestorable);
}

#[tokio::test]
async fn a_column_made_not_null_blocks_only_with_rows_that_lack_it() {
    let sql = "UPDATE public.\"order\" SET note = '' WHERE note IS NULL; ALTER TABLE public.\"order\" ALTER note SET NOT NULL";
    let (workshop, archive) = migrated(sql).await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(plan.verdict, Verdict::NotRestorable);
    let Some((effect, column, Some(rows))) = found(&plan.findings, "null_refused") else {
        panic!("{:?}", plan.findings)
    };
    assert_eq!((effect, column), (Effect::Blocked, Some("note")));
    assert!(rows > 0);
    let (workshop, archive) =
        migrated("ALTER TABLE public.\"order\" ALTER total SET NOT NULL").await;
    assert_eq!(workshop.plan(&archive).await.verdict, Verdict::Ready);
}

#[tokio::test]
async fn a_narrower_type_blocks_only_with_values_that_do_not_fit() {
    let sql = "ALTER TABLE public.customer ALTER name TYPE varchar(11) USING left(name, 11)";
    let (workshop, archive) = migrated(&format!(
        "ALTER TABLE public.customer DROP COLUMN \"shortName\"; {sql}"
    ))
    .await;
    assert_eq!(workshop.plan(&archive).await.verdict, Verdict::Ready);
    let sql = "ALTER TABLE public.customer DROP COLUMN \"shortName\"; UPDATE public.customer SET name = id;
               ALTER TABLE public.customer ALTER name TYPE varchar(9)";
    let (workshop, archive) = migrated(sql).await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        found(&plan.findings, "type_changed").map(|found| (found.0, found.1)),
        Some((Effect::Blocked, Some("name")))
    );
}

#[tokio::test]
async fn an_enum_value_that_is_gone_blocks_with_its_count() {
    let sql = "CREATE TYPE public.new_state AS ENUM ('open', 'sent');
               ALTER TABLE public.\"order\" ALTER state DROP DEFAULT;
               ALTER TABLE public.\"order\" ALTER state TYPE public.new_state USING CASE state::text WHEN 'paid' THEN 'sent' ELSE state::text END::public.new_state;
               DROP TYPE public.order_state; ALTER TYPE public.new_state RENAME TO order_state";
    let (workshop, archive) = migrated(sql).await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        found(&plan.findings, "type_changed"),
        Some((Effect::Blocked, Some("state"), Some(40)))
    );
}

#[tokio::test]
async fn a_new_check_is_tried_on_the_rows_of_the_backup() {
    let (workshop, archive) =
        migrated("ALTER TABLE public.\"orderLine\" ADD CHECK (quantity < 6)  NOT VALID").await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        found(&plan.findings, "check_refused"),
        Some((Effect::Blocked, None, Some(3)))
    );
    let (workshop, archive) =
        migrated("ALTER TABLE public.\"orderLine\" ADD CHECK (quantity < 7)").await;
    assert_eq!(workshop.plan(&archive).await.verdict, Verdict::Ready);
}

#[tokio::test]
async fn a_dropped_table_is_listed_with_its_rows() {
    let (workshop, archive) = migrated("DROP TABLE public.\"orderTag\"").await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        found(&plan.findings, "table_dropped"),
        Some((Effect::Discarded, None, Some(60)))
    );
    assert!(plan.loses_something());
}

#[tokio::test]
async fn somebody_who_is_gone_is_left_empty_and_said() {
    let sql = "UPDATE public.customer SET \"updatedBy\" = NULL WHERE \"updatedBy\" = 'u2'; DELETE FROM public.membership; DELETE FROM public.\"user\" WHERE id = 'u2'";
    let (workshop, archive) = migrated(sql).await;
    let plan = workshop.plan(&archive).await;
    let emptied = found(&plan.findings, "reference_emptied");
    assert_eq!(
        emptied.map(|found| (found.0, found.1)),
        Some((Effect::Defaulted, Some("updatedBy")))
    );
    workshop.restore(&archive).await;
    assert_eq!(workshop.database.value("SELECT count(*) FROM public.customer WHERE id = 'acme-c7' AND \"updatedBy\" IS NULL").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_key_that_another_company_holds_now_blocks() {
    let sql =
        "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-c7', 'bolt', 'Taken')";
    let (workshop, archive) = migrated(sql).await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        found(&plan.findings, "key_held_elsewhere"),
        Some((Effect::Blocked, None, Some(1)))
    );
}

#[tokio::test]
async fn rows_outside_the_backup_that_would_dangle_block() {
    let workshop = Workshop::with(
        "CREATE TABLE public.webhook (id text PRIMARY KEY, \"companyId\" text NOT NULL, \"customerId\" text REFERENCES public.customer (id) ON DELETE CASCADE);
         ALTER TABLE public.\"apiKey\" ADD \"customerId\" text REFERENCES public.customer (id) ON DELETE CASCADE",
    )
    .await;
    let backup = workshop.create().await;
    workshop
        .database
        .run(
            "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-new', 'acme', 'New');
             UPDATE public.\"apiKey\" SET \"customerId\" = 'acme-new' WHERE id = 'k1'",
        )
        .await;
    let plan = workshop.plan(&backup.archive.path).await;
    assert_eq!(
        found(&plan.findings, "rows_would_dangle"),
        Some((Effect::Blocked, None, Some(1)))
    );
}
