//! What a backup holds, what it refuses, and what it leaves out in the open.

use snapback_engine::archive::Reader;
use snapback_engine::difference::Verdict;
use snapback_engine::model::TableName;
use snapback_engine::pg::Session;
use snapback_engine::reporter::{Counters, Silent};
use snapback_engine::snapshot::{self, Corrupted};
use snapback_engine::{CancelToken, Code, Outcome, company};

use crate::restore::workshop::{Workshop, archives, members};

fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

/// An order line of Acme whose product is Acme's, on an order of Bolt: it happens in production.
const CROSSED: &str = "
    INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-x', 'acme', 'Crossed');
    INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\") VALUES (9001, 'acme', 'bolt-c1'), (9002, 'acme', 'acme-x');
    INSERT INTO public.\"orderLine\" VALUES (9001, 1, 'acme', 'P-1', 1), (9002, 1, 'acme', 'P-1', 1);
    INSERT INTO public.\"orderTag\" VALUES (9001, 'rush');
    UPDATE public.customer SET \"parentId\" = 'bolt-c2' WHERE id = 'acme-x';";

#[tokio::test]
async fn contents_count_every_row_once() {
    let workshop = Workshop::new().await;
    let contents = snapshot::contents(&mut workshop.open().await)
        .await
        .unwrap();
    let backup = workshop.create().await;
    assert_eq!(contents.row_count, backup.manifest.row_count);
    let areas: Vec<_> = contents
        .areas
        .iter()
        .map(|area| (area.name.as_str(), area.row_count))
        .collect();
    assert_eq!(
        areas,
        [
            ("sales", 40 + 120 + 360 + 60 + 1),
            ("items", 25),
            ("accounting", 10),
            ("settings", 2)
        ]
    );
    let excluded: Vec<_> = contents
        .excluded
        .iter()
        .map(|found| (found.table.name.as_str(), found.row_count))
        .collect();
    assert_eq!(excluded, [("apiKey", 1), ("forecast", 24)]);
}

#[tokio::test]
async fn contents_are_counted_where_the_server_has_room_for_one_session_alone() {
    let mut workshop = Workshop::new().await;
    let expected = snapshot::contents(&mut workshop.open().await).await;
    let reader = workshop.database.role("reader", "BYPASSRLS").await;
    let allow = |what: &str| format!("{what} TO \"{}\"", reader.name);
    for right in [
        "GRANT USAGE ON SCHEMA public",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public",
    ] {
        workshop.database.run(&allow(right)).await;
    }
    let target = workshop.target(workshop.database.settings_as(&reader));
    let mut opened = company::open(&target, "acme").await.unwrap();
    let alone = format!("ALTER ROLE \"{}\" CONNECTION LIMIT 1", reader.name);
    workshop.database.run(&alone).await;
    assert!(Session::open(&opened.settings).await.is_err());
    let contents = snapshot::contents(&mut opened).await;
    assert_eq!(contents.unwrap(), expected.unwrap());
}

#[tokio::test]
async fn secrets_and_other_companies_are_nowhere_in_the_archive() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let reader = Reader::open(&backup.archive.path).unwrap();
    let mut text = serde_json::to_string(reader.manifest()).unwrap();
    for entry in &reader.manifest().tables {
        let mut rows = reader.rows(&entry.table).unwrap();
        while let Some(row) = rows.next_row().unwrap() {
            text.push_str(&String::from_utf8_lossy(row));
            text.push('\n');
        }
    }
    for word in ["token ", "hash of", "bolt", "Bolt"] {
        assert!(!text.contains(word), "{word}");
    }
    let people: Vec<_> = backup
        .manifest
        .people
        .iter()
        .map(|person| person.email.clone().unwrap())
        .collect();
    assert_eq!(people, ["anna@example.com", "jonas@example.com"]);
    let shared = backup
        .manifest
        .shared_references
        .iter()
        .find(|found| found.table == table("paymentTerm"))
        .unwrap();
    assert_eq!(shared.keys, [["net30"]]);
}

#[tokio::test]
async fn those_shared_rows_are_named_that_are_in_use_however_many_there_are() {
    let workshop = Workshop::with(
        "INSERT INTO public.\"paymentTerm\" (id, name) SELECT 'shared' || n, 'Shared' FROM generate_series(1, 100001) AS n;
         UPDATE public.customer SET \"paymentTermId\" = 'shared99999' WHERE id = 'acme-c7';",
    )
    .await;
    let shared = workshop.create().await.manifest.shared_references;
    let terms: Vec<_> = shared
        .iter()
        .filter(|found| found.table == table("paymentTerm"))
        .map(|found| (&found.keys, found.complete))
        .collect();
    let keys = vec![vec!["net30".to_owned()], vec!["shared99999".to_owned()]];
    assert_eq!(terms, [(&keys, true)]);
}

#[tokio::test]
async fn equal_data_gives_equal_members() {
    let workshop = Workshop::new().await;
    let (first, second) = (workshop.create().await, workshop.create().await);
    assert_ne!(first.archive.path, second.archive.path);
    assert_eq!(members(&first.archive.path), members(&second.archive.path));
    let report = Reader::open(&first.archive.path)
        .unwrap()
        .verify(&Counters::default(), &CancelToken::new())
        .unwrap();
    assert_eq!(report.row_count, first.manifest.row_count);
}

#[tokio::test]
async fn rows_that_must_refer_to_another_company_stop_a_backup() {
    let workshop = Workshop::with(CROSSED).await;
    let error = workshop.try_create().await.unwrap_err();
    assert_eq!(error.code(), Code::CrossCompany);
    assert_eq!(
        error.context().get("table").map(String::as_str),
        Some("public.order")
    );
    assert_eq!(
        error.context().get("row_count").map(String::as_str),
        Some("1")
    );
    assert!(archives(workshop.library.folder()).is_empty());
}

#[tokio::test]
async fn skipped_rows_are_listed_with_what_depends_on_them_and_a_restore_leaves_them_alone() {
    let workshop = Workshop::with(CROSSED).await;
    let mut opened = workshop.open().await;
    let mut options = workshop.create_options(&opened);
    options.corrupted = Corrupted::Skip;
    let backup = snapshot::create(
        &mut opened,
        &workshop.library,
        options,
        &Silent,
        &CancelToken::new(),
    )
    .await;
    let backup = backup.unwrap().completed().unwrap();
    let skipped: Vec<_> = backup
        .manifest
        .skipped_rows
        .iter()
        .map(|found| (found.table.name.as_str(), found.keys.clone()))
        .collect();
    let expected = [
        ("order", vec!["9001".to_owned()]),
        ("orderLine", vec!["9001\t1".to_owned()]),
        ("orderTag", vec!["9001\trush".to_owned()]),
    ];
    assert_eq!(skipped, expected);
    // A reference that may be empty is listed and stops nothing.
    assert_eq!(
        backup
            .crossings
            .iter()
            .filter(|crossing| !crossing.is_required)
            .count(),
        1
    );
    let plan = workshop.plan(&backup.archive.path).await;
    assert_eq!((plan.verdict, plan.totals.differing()), (Verdict::Ready, 0));
}

#[tokio::test]
async fn a_role_that_may_only_read_can_back_up() {
    let mut workshop = Workshop::new().await;
    workshop
        .database
        .run("ALTER TABLE public.customer ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON public.customer USING (false)")
        .await;
    let expected = workshop.create().await;
    let reader = workshop.database.role("reader", "BYPASSRLS").await;
    let hidden = workshop.database.role("hidden", "").await;
    for role in [&reader, &hidden] {
        workshop
            .database
            .run(&format!("GRANT USAGE ON SCHEMA public TO \"{0}\"; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{0}\"; REVOKE SELECT ON public.\"apiKey\" FROM \"{0}\"", role.name))
            .await;
    }
    let target = workshop.target(workshop.database.settings_as(&reader));
    let mut opened = company::open(&target, "Acme Metals").await.unwrap();
    let options = workshop.create_options(&opened);
    let backup = snapshot::create(
        &mut opened,
        &workshop.library,
        options,
        &Silent,
        &CancelToken::new(),
    )
    .await
    .unwrap()
    .completed()
    .unwrap();
    assert_eq!(
        members(&backup.archive.path),
        members(&expected.archive.path)
    );

    let target = workshop.target(workshop.database.settings_as(&hidden));
    let mut opened = company::open(&target, "acme").await.unwrap();
    let options = workshop.create_options(&opened);
    let error = snapshot::create(
        &mut opened,
        &workshop.library,
        options,
        &Silent,
        &CancelToken::new(),
    )
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::HiddenRows);
}

#[tokio::test]
async fn a_cancelled_backup_leaves_nothing_behind() {
    let workshop = Workshop::new().await;
    let mut opened = workshop.open().await;
    let options = workshop.create_options(&opened);
    let cancel = CancelToken::new();
    cancel.cancel();
    let outcome = snapshot::create(&mut opened, &workshop.library, options, &Silent, &cancel)
        .await
        .unwrap();
    assert!(matches!(outcome, Outcome::Cancelled));
    let left: Vec<_> = std::fs::read_dir(workshop.library.folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_row_over_the_limit_is_refused_by_table() {
    let workshop =
        Workshop::with("UPDATE public.\"order\" SET note = repeat('x', 100000) WHERE id = 5").await;
    let mut opened = workshop.open().await;
    let mut options = workshop.create_options(&opened);
    options.row_limit_bytes = 50_000;
    let error = snapshot::create(
        &mut opened,
        &workshop.library,
        options,
        &Silent,
        &CancelToken::new(),
    )
    .await
    .unwrap_err();
    assert_eq!(
        (
            error.code(),
            error.context().get("table").map(String::as_str)
        ),
        (Code::RowTooLarge, Some("public.order"))
    );
}

#[tokio::test]
async fn a_company_is_found_by_id_or_exact_name_only() {
    let workshop = Workshop::with("INSERT INTO public.company VALUES ('dup', 'Bolt Works')").await;
    let target = workshop.target(workshop.database.settings());
    assert_eq!(
        company::open(&target, "Acme Metals")
            .await
            .unwrap()
            .company()
            .id
            .as_str(),
        "acme"
    );
    let code = async |reference: &str| {
        company::open(&target, reference)
            .await
            .map(|_| ())
            .unwrap_err()
            .code()
    };
    assert_eq!(code("acme metals").await, Code::NoSuchCompany);
    assert_eq!(code("Bolt Works").await, Code::AmbiguousCompany);
}

#[tokio::test]
async fn a_table_nobody_has_placed_is_refused_by_name() {
    let workshop = Workshop::with("CREATE TABLE public.mystery (id int)").await;
    let target = workshop.target(workshop.database.settings());
    let error = company::open(&target, "acme")
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.code(), Code::NotCovered);
    assert!(format!("{:?}", error.context()).contains("mystery"));
}

#[tokio::test]
async fn another_companys_archive_is_not_restored_over_this_one() {
    let workshop = Workshop::new().await;
    let target = workshop.target(workshop.database.settings());
    let mut bolt = company::open(&target, "bolt").await.unwrap();
    let options = workshop.create_options(&bolt);
    let backup = snapshot::create(
        &mut bolt,
        &workshop.library,
        options,
        &Silent,
        &CancelToken::new(),
    )
    .await
    .unwrap()
    .completed()
    .unwrap();
    let error = workshop
        .try_restore(&backup.archive.path, &workshop.options())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::OtherCompany);
}
