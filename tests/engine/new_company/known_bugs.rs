//! What went wrong elsewhere with copies of companies, each with a test.

use snapback_engine::difference::Effect;
use snapback_engine::new_company::NewReport;
use snapback_testkit::{COMPANIES, TestDatabase};
use tokio::sync::OnceCell;

use crate::new_company::maker::{Maker, Rows, broken_references, make, options, plain_archive};

/// The demo's second company, copied within its database.
struct Copied {
    database: TestDatabase,
    report: NewReport,
    source: Rows,
}

/// Changes the database before the backup and after it, then copies.
async fn copied(before: &str, after: &str) -> Copied {
    let database = TestDatabase::demo().await;
    let run = async |sql: &str| {
        let sql = sql.replace("COMPANY", COMPANIES[1].id);
        database
            .run(&format!("SET session_replication_role = replica; {sql}"))
            .await;
    };
    run(before).await;
    let maker = Maker::new();
    let archive = match before {
        "" => plain_archive().await.to_owned(),
        _ => maker.backup(&database.settings(), COMPANIES[1].id).await,
    };
    run(after).await;
    let email = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
    let email = database.value(email).await.unwrap();
    let made = make(&database.settings(), &archive, options("Copy", &email)).await;
    Copied {
        report: made.unwrap(),
        source: Rows::of(&archive),
        database,
    }
}

/// The copy of the company as it is, made once for all tests that only look at it.
async fn plain() -> &'static Copied {
    static PLAIN: OnceCell<Copied> = OnceCell::const_new();
    PLAIN.get_or_init(|| Box::pin(copied("", ""))).await
}

impl Copied {
    /// A number that is asked for of each company: of the source, then of the copy.
    async fn both(&self, sql: &str) -> (u64, u64) {
        let ask = async |company: &str| -> u64 {
            let sql = sql.replace("COMPANY", company);
            let value = self.database.value(&sql).await.unwrap_or_default();
            value.parse().unwrap()
        };
        (
            ask(COMPANIES[1].id).await,
            ask(self.report.company.id.as_str()).await,
        )
    }

    /// Makes sure that both have as many, and any at all.
    async fn same(&self, sql: &str) {
        let (source, copy) = self.both(sql).await;
        assert_eq!(source, copy, "{sql}");
        assert!(source > 0, "there is nothing to see: {sql}");
    }
}

#[tokio::test]
async fn parents_with_composite_keys_are_not_taken_for_missing() {
    let copied = plain().await;
    copied
        .same(
            "SELECT count(*) FROM public.\"inspectionFeature\" AS f JOIN public.\"inspectionDocument\" AS d \
             ON (d.id, d.\"companyId\") = (f.\"inspectionDocumentId\", f.\"companyId\") WHERE f.\"companyId\" = 'COMPANY'",
        )
        .await;
    copied
        .same("SELECT count(*) FROM public.\"nonConformanceSupplier\" WHERE \"companyId\" = 'COMPANY'")
        .await;
}

#[tokio::test]
async fn rows_that_are_left_out_are_counted_and_not_their_references() {
    let copied = plain().await;
    let (_, rows) = &copied.source.tables["intercompanyTransaction"];
    let findings = copied.report.findings.iter();
    let told: u64 = findings
        .filter(|finding| finding.effect == Effect::Discarded)
        .filter(|finding| finding.table.as_ref().unwrap().name == "intercompanyTransaction")
        .filter_map(|finding| finding.row_count)
        .sum();
    assert_eq!(told, rows.len() as u64);
    assert!(told > 0);
}

#[tokio::test]
async fn references_to_rows_that_all_companies_share_stay() {
    let share = "UPDATE public.\"nonConformance\" SET \"nonConformanceTypeId\" = \
        (SELECT id FROM public.\"nonConformanceType\" WHERE \"companyId\" IS NULL ORDER BY id LIMIT 1) WHERE \"companyId\" = 'COMPANY'";
    let copied = copied(share, "").await;
    copied
        .same(
            "SELECT count(*) FROM public.\"nonConformance\" AS n JOIN public.\"nonConformanceType\" AS t \
             ON t.id = n.\"nonConformanceTypeId\" AND t.\"companyId\" IS NULL WHERE n.\"companyId\" = 'COMPANY'",
        )
        .await;
}

#[tokio::test]
async fn a_shared_row_that_is_not_there_is_told_and_does_not_break_the_copy() {
    let share = "INSERT INTO public.\"materialForm\" SELECT (jsonb_populate_record(f, '{\"id\": \"c0123456789abcdefghg\", \"companyId\": null, \"name\": \"Odd\", \"code\": \"ODD\"}')).* \
        FROM public.\"materialForm\" AS f WHERE f.\"companyId\" IS NULL LIMIT 1;
        UPDATE public.material SET \"materialFormId\" = 'c0123456789abcdefghg' WHERE \"companyId\" = 'COMPANY'";
    let gone = "DELETE FROM public.\"materialForm\" WHERE id = 'c0123456789abcdefghg';
        UPDATE public.material SET \"materialFormId\" = NULL WHERE \"companyId\" = 'COMPANY'";
    let copied = copied(share, gone).await;
    assert_eq!(broken_references(&copied.database).await, None);
    let tables = copied.report.tables.iter();
    let material = tables.filter(|table| table.table.name == "material");
    let emptied: u64 = material
        .flat_map(|table| &table.columns)
        .filter(|column| column.column == "materialFormId")
        .map(|column| column.emptied)
        .sum();
    assert!(emptied > 0);
}

#[tokio::test]
async fn tables_without_the_companys_column_come_along() {
    let copied = plain().await;
    for (table, column, parent) in [
        ("documentFavorite", "documentId", "document"),
        ("membership", "groupId", "group"),
        ("employeeTypePermission", "employeeTypeId", "employeeType"),
        (
            "userAttribute",
            "userAttributeCategoryId",
            "userAttributeCategory",
        ),
    ] {
        copied
            .same(&format!(
                "SELECT count(*) FROM public.\"{table}\" AS c JOIN public.\"{parent}\" AS p ON p.id = c.\"{column}\" \
                 WHERE p.\"companyId\" = 'COMPANY'"
            ))
            .await;
    }
}

#[tokio::test]
async fn rows_that_extend_another_one_have_its_id() {
    let copied = plain().await;
    for (table, parent) in [
        ("purchaseOrderDelivery", "purchaseOrder"),
        ("partner", "supplierLocation"),
        ("quotePayment", "quote"),
    ] {
        copied
            .same(&format!(
                "SELECT count(*) FROM public.\"{table}\" AS c JOIN public.\"{parent}\" AS p ON p.id = c.id WHERE c.\"companyId\" = 'COMPANY'"
            ))
            .await;
    }
}

#[tokio::test]
async fn part_numbers_stay_so_that_every_item_has_its_part() {
    let copied = plain().await;
    copied
        .same(
            "SELECT count(*) FROM public.part AS p JOIN public.item AS i ON i.\"readableId\" = p.id AND i.\"companyId\" = p.\"companyId\" \
             WHERE p.\"companyId\" = 'COMPANY'",
        )
        .await;
}

#[tokio::test]
async fn integer_ids_come_from_the_tables_own_sequence() {
    let copied = plain().await;
    copied
        .same("SELECT count(*) FROM public.\"trainingCompletion\" WHERE \"companyId\" = 'COMPANY'")
        .await;
    let next = copied
        .database
        .value(
            "SELECT (SELECT max(id) FROM public.\"trainingCompletion\") < nextval('public.\"trainingCompletion_id_seq\"')",
        )
        .await;
    assert_eq!(next.as_deref(), Some("true"));
}

#[tokio::test]
async fn people_who_become_one_leave_one_row_where_only_one_may_be() {
    // Nobody of the backup is known here but the owner.
    let strangers = "UPDATE public.\"user\" SET email = 'formerly.' || email WHERE id <> (SELECT id FROM public.\"user\" ORDER BY id LIMIT 1)";
    // As Carbon has it: who works there has the key of a user.
    let employees = "INSERT INTO public.employee (id, \"companyId\", \"employeeTypeId\") SELECT m.\"userId\", m.\"companyId\", \
        (SELECT id FROM public.\"employeeType\" WHERE \"companyId\" = 'COMPANY' ORDER BY id LIMIT 1) \
        FROM public.\"userToCompany\" AS m WHERE m.\"companyId\" = 'COMPANY';
        CREATE TABLE public.badge (id text PRIMARY KEY DEFAULT public.id(), \"companyId\" text NOT NULL REFERENCES public.company (id), \
            \"userId\" text NOT NULL REFERENCES public.\"user\" (id), lost boolean NOT NULL DEFAULT false);
        CREATE UNIQUE INDEX ON public.badge (\"companyId\", \"userId\") WHERE NOT lost;
        INSERT INTO public.badge (\"companyId\", \"userId\") SELECT m.\"companyId\", m.\"userId\" \
        FROM public.\"userToCompany\" AS m WHERE m.\"companyId\" = 'COMPANY'";
    let copied = copied(employees, strangers).await;
    assert_eq!(broken_references(&copied.database).await, None);
    let collided = |name: &str| {
        let tables = copied.report.tables.iter();
        tables
            .filter(|table| table.table.name == name)
            .map(|table| table.collided)
            .sum::<u64>()
    };
    // By a key, and by an index that is none.
    for name in ["employee", "employeeJob", "badge"] {
        assert!(collided(name) > 0, "{name}");
    }
    let users = "SELECT count(*) FROM public.employee AS e JOIN public.\"user\" AS u ON u.id = e.id WHERE e.\"companyId\" = 'COMPANY'";
    let (before, after) = copied.both(users).await;
    assert!(before > 1);
    assert_eq!(after, 1);
}

#[tokio::test]
async fn what_led_to_a_secret_row_is_empty_and_leads_nowhere() {
    let copied = plain().await;
    let (source, copy) = copied
        .both("SELECT count(*) FROM public.quote WHERE \"companyId\" = 'COMPANY' AND \"externalLinkId\" IS NOT NULL")
        .await;
    assert!(source > 0);
    assert_eq!(copy, 0);
    assert_eq!(broken_references(&copied.database).await, None);
}

#[tokio::test]
async fn a_row_that_a_check_would_refuse_without_its_reference_is_left_out() {
    let strict = "UPDATE public.customer SET \"intercompanyCompanyId\" = NULL WHERE \"companyId\" = 'COMPANY';
        UPDATE public.customer SET \"intercompanyCompanyId\" = (SELECT id FROM public.company WHERE id <> 'COMPANY' ORDER BY id LIMIT 1)
         WHERE id = (SELECT max(id) FROM public.customer WHERE \"companyId\" = 'COMPANY');
        ALTER TABLE public.customer ADD COLUMN \"isSister\" boolean;
        UPDATE public.customer SET \"isSister\" = \"intercompanyCompanyId\" IS NOT NULL;
        ALTER TABLE public.customer ADD CHECK (\"isSister\" = (\"intercompanyCompanyId\" IS NOT NULL))";
    let copied = copied(strict, "").await;
    let (source, copy) = copied
        .both("SELECT count(*) FROM public.customer WHERE \"companyId\" = 'COMPANY'")
        .await;
    assert_eq!(copy, source - 1);
    assert_eq!(broken_references(&copied.database).await, None);
}

#[tokio::test]
async fn ids_that_only_one_row_of_all_companies_may_have_do_not_collide() {
    let copied = plain().await;
    for table in [
        "balloon",
        "changeOrderRequiredAction",
        "demandProjection",
        "inspectionDocument",
    ] {
        copied
            .same(&format!(
                "SELECT count(*) FROM public.\"{table}\" WHERE \"companyId\" = 'COMPANY'"
            ))
            .await;
    }
}

#[tokio::test]
async fn every_work_centre_has_its_place() {
    let copied = plain().await;
    copied
        .same(
            "SELECT count(*) FROM public.\"workCenter\" AS w JOIN public.location AS l ON l.id = w.\"locationId\" AND l.\"companyId\" = w.\"companyId\" \
             WHERE w.\"companyId\" = 'COMPANY'",
        )
        .await;
}

#[tokio::test]
async fn what_carbon_makes_for_each_company_is_there() {
    let copied = copied("", "").await;
    for prefix in ["searchIndex", "auditLog"] {
        let policy = format!(
            "SELECT string_agg(pg_get_expr(p.polqual, p.polrelid), '') FROM pg_policy AS p \
             WHERE p.polrelid = 'public.\"{prefix}_{0}\"'::regclass",
            copied.report.company.id
        );
        let policy = copied.database.value(&policy).await.unwrap();
        assert!(
            policy.contains(copied.report.company.id.as_str()),
            "{policy}"
        );
        assert!(!policy.contains(COMPANIES[1].id), "{policy}");
    }
    copied
        .same("SELECT count(*) FROM public.\"auditLog_COMPANY\"")
        .await;
    copied
        .same("SELECT count(*) FROM public.\"searchIndexRegistry\" WHERE \"companyId\" = 'COMPANY'")
        .await;
    // The application's own function has filled it, and that was looked at.
    let entries = copied
        .both("SELECT count(*) FROM public.\"searchIndex_COMPANY\"")
        .await
        .1;
    let made = copied
        .report
        .after
        .iter()
        .find(|step| step.what == "Search index");
    let made = made.unwrap();
    assert_eq!((made.row_count, made.failure), (Some(entries), None));
    assert_eq!(made.by_hand, None);
    assert!(entries > 0);
    let items = "SELECT count(*) FROM public.item WHERE \"companyId\" = 'COMPANY'";
    let indexed = "SELECT count(*) FROM public.\"searchIndex_COMPANY\" AS s JOIN public.item AS i ON i.id = s.\"entityId\" \
        WHERE s.\"entityType\" = 'item' AND i.\"companyId\" = 'COMPANY'";
    assert_eq!(copied.both(items).await.1, copied.both(indexed).await.1);
    // The application writes into it with numbers of its own.
    let id = copied.report.company.id.as_str();
    copied
        .database
        .run(&format!(
            "INSERT INTO public.\"searchIndex_{id}\" (\"entityType\", \"entityId\", title) VALUES ('part', 'x', 'X')"
        ))
        .await;
}
