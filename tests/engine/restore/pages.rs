//! A difference that stays open: its rows page by page, and what they are called.

use snapback_engine::details::{PageRow, Pages};
use snapback_engine::difference::RowFate;
use snapback_engine::model::TableName;
use snapback_engine::pg::Settings;
use snapback_engine::restore;

use crate::restore::workshop::Workshop;

fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

/// What a restore would change, open, once that was done to the company.
async fn open_plan(workshop: &Workshop, damage: &str) -> Pages {
    let backup = workshop.create().await;
    workshop.database.run(damage).await;
    let plan = workshop.plan(&backup.archive.path).await;
    let tables = plan.tables.into_iter().map(|planned| planned.difference);
    Pages::new(&workshop.open().await, tables)
}

/// What the values found and wanted of a column stand for.
fn points_at<'a>(row: &'a PageRow, column: &str) -> [Option<&'a str>; 2] {
    let fields = row.row.fields.iter().zip(&row.points_at);
    let [found, wanted] = fields
        .filter(|(field, _)| field.column == column)
        .map(|(_, names)| names)
        .next()
        .unwrap();
    [found.as_deref(), wanted.as_deref()]
}

#[tokio::test]
async fn a_reference_is_told_by_the_name_of_what_it_points_at() {
    let workshop = Workshop::new().await;
    let damage = "UPDATE public.customer SET \"paymentTermId\" = 'acme-net7', \"updatedBy\" = 'u1' WHERE id = 'acme-c3'";
    let mut pages = open_plan(&workshop, damage).await;
    let page = pages.page(&table("customer"), None, 0, 50).await.unwrap();
    let [row] = &page.rows[..] else {
        panic!("one customer changed")
    };
    assert_eq!(row.names, ["Customer 3"]);
    assert_eq!(
        points_at(row, "paymentTermId"),
        [Some("Net 7"), Some("Net 30")]
    );
    assert_eq!(
        points_at(row, "updatedBy"),
        [Some("Anna Weber"), Some("Jonas Beck")]
    );
}

#[tokio::test]
async fn a_row_that_comes_back_names_those_that_point_at_it() {
    let workshop = Workshop::new().await;
    let damage = "DELETE FROM public.customer WHERE id = 'acme-c7'";
    let mut pages = open_plan(&workshop, damage).await;
    let page = pages.page(&table("order"), None, 0, 50).await.unwrap();
    assert!(!page.rows.is_empty());
    for row in &page.rows {
        assert_eq!(row.row.fate, RowFate::Missing);
        assert_eq!(points_at(row, "customerId"), [None, Some("Customer 7")]);
    }
}

#[tokio::test]
async fn another_companys_row_is_not_named() {
    let workshop = Workshop::new().await;
    let damage = "UPDATE public.customer SET \"parentId\" = 'bolt-c2' WHERE id = 'acme-c3'";
    let mut pages = open_plan(&workshop, damage).await;
    let page = pages.page(&table("customer"), None, 0, 50).await.unwrap();
    assert_eq!(points_at(&page.rows[0], "parentId"), [None, None]);
}

#[tokio::test]
async fn rows_are_asked_for_page_by_page_and_by_what_happens_to_them() {
    let workshop = Workshop::new().await;
    let damage = "
        UPDATE public.product SET price = price + 1 WHERE \"companyId\" = 'acme' AND code < 'P-2';
        INSERT INTO public.product SELECT 'acme', 'Q-' || n, n FROM generate_series(100, 699) AS n;
        DELETE FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-25'";
    let damage = format!(
        "DELETE FROM public.\"orderLine\" WHERE \"companyId\" = 'acme' AND \"productCode\" = 'P-25';{damage}"
    );
    let mut pages = open_plan(&workshop, &damage).await;
    let product = table("product");
    let all = pages.page(&product, None, 0, 10_000).await.unwrap();
    assert_eq!(all.row_count, all.rows.len() as u64);
    let going = Some(RowFate::Extra);
    let mut met = Vec::new();
    for offset in (0..600).step_by(64) {
        let page = pages.page(&product, going, offset, 64).await.unwrap();
        assert_eq!(page.row_count, 600);
        met.extend(page.rows.into_iter().flat_map(|row| row.names));
    }
    let codes: Vec<String> = (100..700).map(|number| format!("Q-{number}")).collect();
    assert_eq!(met, codes);
    let back = pages.page(&product, Some(RowFate::Missing), 0, 9).await;
    assert_eq!(back.unwrap().rows[0].names, ["P-25"]);
}

#[tokio::test]
async fn rows_are_shown_without_names_when_the_database_is_gone() {
    let workshop = Workshop::new().await;
    let damage = "UPDATE public.customer SET \"paymentTermId\" = NULL WHERE id = 'acme-c3'";
    let mut pages = open_plan(&workshop, damage).await;
    workshop
        .database
        .run("ALTER TABLE public.\"paymentTerm\" RENAME TO gone")
        .await;
    let page = pages.page(&table("customer"), None, 0, 50).await.unwrap();
    assert_eq!(page.rows[0].names, ["Customer 3"]);
    assert_eq!(points_at(&page.rows[0], "paymentTermId"), [None, None]);
}

#[tokio::test]
async fn what_a_restore_changed_is_told_from_the_two_archives() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    workshop
        .database
        .run(
            "UPDATE public.product SET price = 99 WHERE \"companyId\" = 'acme' AND code = 'P-3';
             INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-new', 'acme', 'Made since');
             INSERT INTO public.\"order\" (\"companyId\", \"customerId\") VALUES ('acme', 'acme-new')",
        )
        .await;
    let restored = workshop.restore(&backup.archive.path).await;
    // What others write since is no part of it.
    workshop
        .database
        .run("UPDATE public.product SET price = 98 WHERE \"companyId\" = 'acme' AND code = 'P-4'")
        .await;
    let mut opened = workshop.open().await;
    let cancel = snapback_engine::CancelToken::new();
    let (tables, findings) = restore::reviewed_difference(
        &mut opened,
        &workshop.library,
        None,
        &workshop.options(),
        &cancel,
    )
    .await
    .unwrap();
    assert!(findings.is_empty());
    let counts = tables.iter().map(|found| found.counts().differing());
    assert_eq!(counts.sum::<u64>(), restored.totals.differing());
    let mut pages = Pages::new(&opened, tables);
    let page = pages.page(&table("product"), None, 0, 9).await.unwrap();
    let fields = &page.rows[0].row.fields;
    assert_eq!(fields[0].found.as_deref(), Some("99"));
    assert_eq!(fields[0].wanted.as_deref(), Some("3.75"));
    // What went is told by a customer who went, too.
    let page = pages.page(&table("order"), None, 0, 9).await.unwrap();
    let [row] = &page.rows[..] else {
        panic!("one order went")
    };
    assert_eq!(points_at(row, "customerId"), [Some("Made since"), None]);

    // The same of two backups, while no database answers: names are those of the rows that differ.
    let safety = &restored.safety.as_ref().unwrap().path;
    let ends = [safety, &backup.archive.path].map(|path| {
        let reader = workshop.library.open_archive(path).unwrap();
        std::sync::Arc::new(reader)
    });
    let newer = ends[0].manifest().clone();
    let profile = opened.profile.clone();
    let options = workshop.options();
    let compared = restore::archived_difference(&profile, ends, &options, &cancel);
    let (tables, _) = compared.await.unwrap();
    let nowhere = Settings::from_url("postgres://nobody@127.0.0.1:1/none").unwrap();
    let nowhere = workshop.target(nowhere);
    let mut pages = Pages::of_archives(&nowhere, &newer.company, &newer.catalog, tables);
    let page = pages.page(&table("order"), None, 0, 9).await.unwrap();
    assert_eq!(
        points_at(&page.rows[0], "customerId"),
        [Some("Made since"), None]
    );
}
