//! The doctor finds planted damage, counts rows and not references, and cleans it as a restore would.

use snapback_engine::doctor::{self, Ailment, Cleaned, Examination, Kind, Remedy};
use snapback_engine::model::TableName;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{Confirmation, RestoreOptions, state};
use snapback_engine::{CancelToken, Code, Result};

use crate::restore::carbon::Carbon;
use crate::restore::workshop::{Way, Workshop};

/// What happens in production: an order on another company's customer with what hangs on it, a parent
/// of another company, and what silent triggers leave behind.
const DAMAGE: &str = "
    SET session_replication_role = replica;
    INSERT INTO public.customer (id, \"companyId\", name, \"parentId\", \"paymentTermId\")
        VALUES ('acme-x', 'acme', 'Crossed', 'bolt-c2', 'gone');
    INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\") VALUES (9001, 'acme', 'bolt-c1'), (9002, 'acme', 'acme-x');
    INSERT INTO public.\"orderLine\" VALUES (9001, 1, 'acme', 'P-1', 1), (9002, 1, 'acme', 'P-1', 1), (9009, 1, 'acme', 'P-none', 1);
    INSERT INTO public.\"orderTag\" VALUES (9001, 'rush');
    INSERT INTO public.forecast (\"companyId\", \"orderId\") VALUES ('acme', 9001);
    UPDATE public.customer SET \"parentId\" = 'acme-none' WHERE id = 'acme-c12';
    RESET session_replication_role;";

fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

async fn examine(workshop: &Workshop) -> Examination {
    let mut opened = workshop.open().await;
    let found = doctor::examine(&mut opened, &Silent, &CancelToken::new()).await;
    found.unwrap().completed().unwrap()
}

async fn try_clean(workshop: &Workshop, options: &RestoreOptions) -> Result<Cleaned> {
    let before = workshop.canary().await;
    let mut opened = workshop.open().await;
    let cancel = CancelToken::new();
    let done = Box::pin(doctor::clean(
        &mut opened,
        &workshop.library,
        options,
        &Silent,
        &cancel,
    ))
    .await;
    assert_eq!(
        workshop.canary().await,
        before,
        "rows changed that are not Acme's"
    );
    done?.completed()
}

async fn clean(workshop: &Workshop) -> Cleaned {
    try_clean(workshop, &workshop.options()).await.unwrap()
}

/// What is wrong with a table: kind, columns, rows, remedy.
fn ailments(found: &Examination, name: &str) -> Vec<(Kind, String, u64, Remedy)> {
    let of_table = found.tables.get(&table(name));
    let told = |ailment: &Ailment| {
        let columns = ailment.columns.join(", ");
        (ailment.kind, columns, ailment.row_count, ailment.remedy)
    };
    let ailments = of_table.into_iter().flat_map(|found| &found.ailments);
    ailments.map(told).collect()
}

#[tokio::test]
async fn a_sound_company_has_nothing_wrong_and_says_what_was_not_looked_at() {
    let workshop = Workshop::new().await;
    let found = examine(&workshop).await;
    assert!(found.is_sound(), "{found:#?}");
    let not: Vec<_> = found
        .not_examined
        .iter()
        .map(|found| (found.what.as_str(), found.about.join(" ")))
        .collect();
    assert_eq!(
        not,
        [
            ("rows outside a backup", "apiKey forecast".to_owned()),
            ("secret columns", "customer.portalToken".to_owned()),
        ]
    );
}

#[tokio::test]
async fn each_row_is_counted_once_however_much_is_wrong_with_it() {
    let workshop = Workshop::with(DAMAGE).await;
    let found = examine(&workshop).await;
    use {Kind::*, Remedy::*};
    let reference = |kind, column: &str, rows, remedy| (kind, column.to_owned(), rows, remedy);
    assert_eq!(
        ailments(&found, "customer"),
        [
            reference(AnotherCompany, "parentId", 1, Emptied),
            reference(Nowhere, "parentId", 1, Emptied),
            reference(Nowhere, "paymentTermId", 1, Emptied),
        ]
    );
    assert_eq!(found.tables[&table("customer")].row_count, 2);
    assert_eq!(
        ailments(&found, "order"),
        [reference(AnotherCompany, "customerId", 1, Goes)]
    );
    assert_eq!(
        ailments(&found, "orderLine"),
        [
            reference(Nowhere, "companyId, productCode", 1, Goes),
            reference(Nowhere, "orderId", 1, Goes),
        ]
    );
    assert_eq!(found.tables[&table("orderLine")].row_count, 1);
    assert_eq!(found.tables.len(), 3);
}

#[tokio::test]
async fn a_cleaning_removes_what_cannot_stand_and_empties_the_rest() {
    let workshop = Workshop::with(DAMAGE).await;
    let cleaned = clean(&workshop).await;
    assert!(cleaned.left.is_sound(), "{:#?}", cleaned.left);
    let gone = |name: &str| cleaned.restored.counts.get(&table(name)).map(|c| c.extra);
    assert_eq!(gone("order"), Some(1));
    assert_eq!(gone("orderLine"), Some(2));
    assert_eq!(gone("orderTag"), Some(1));
    assert_eq!(cleaned.restored.counts[&table("customer")].changed, 2);
    let left = "SELECT count(*) || ' ' || count(\"parentId\") || ' ' || count(\"paymentTermId\") FROM public.customer WHERE id IN ('acme-x', 'acme-c12')";
    assert_eq!(
        workshop.database.value(left).await.as_deref(),
        Some("2 0 1")
    );
    // What planning makes again went along; a backup can be made now.
    let forecast = "SELECT count(*) FROM public.forecast WHERE \"orderId\" = 9001";
    assert_eq!(
        workshop.database.value(forecast).await.as_deref(),
        Some("0")
    );
    workshop.create().await;
}

#[tokio::test]
async fn a_cleaning_is_reverted_byte_for_byte_and_can_be_kept_like_a_restore() {
    let workshop = Workshop::with(DAMAGE).await;
    workshop
        .database
        .run("DELETE FROM public.forecast WHERE \"orderId\" = 9001")
        .await;
    let damaged = workshop.own().await;
    let cleaned = clean(&workshop).await;
    assert!(cleaned.restored.review.is_some());
    let error = try_clean(&workshop, &workshop.options()).await.unwrap_err();
    assert_eq!(error.code(), Code::ReviewOpen);
    workshop.revert().await;
    assert_eq!(workshop.own().await, damaged);

    clean(&workshop).await;
    workshop.keep().await;
    assert!(examine(&workshop).await.is_sound());
    let trail = "SELECT string_agg(action, ' ' ORDER BY number) FROM snapback.audit";
    assert_eq!(
        workshop.database.value(trail).await.as_deref(),
        Some("clean revert clean keep")
    );
}

#[tokio::test]
async fn a_revert_does_not_bring_back_a_reference_that_broke_since() {
    let workshop = Workshop::with(DAMAGE).await;
    workshop
        .database
        .run("DELETE FROM public.forecast WHERE \"orderId\" = 9001")
        .await;
    clean(&workshop).await;
    // The order on Bolt's customer was no orphan: now its customer goes for good.
    workshop
        .database
        .run("SET session_replication_role = replica; DELETE FROM public.customer WHERE id = 'bolt-c1'")
        .await;
    let error = workshop.try_revert(&workshop.options()).await.unwrap_err();
    assert_eq!(error.code(), Code::ReferencesBroken);
}

#[tokio::test]
async fn a_cleaning_needs_a_yes_and_then_it_is_the_one_that_was_shown() {
    let workshop = Workshop::with(DAMAGE).await;
    let before = workshop.own().await;
    let mut options = workshop.options();
    options.confirmation = Confirmation::None;
    let error = try_clean(&workshop, &options).await.unwrap_err();
    assert_eq!(error.code(), Code::NotConfirmed);
    let mut opened = workshop.open().await;
    let plan = doctor::plan(&mut opened, &options, &Silent, &CancelToken::new()).await;
    let plan = plan.unwrap().completed().unwrap();
    assert_eq!((plan.totals.extra, plan.totals.changed), (4, 2));
    options.confirmation = Confirmation::Plan(plan.digest);
    workshop
        .database
        .run("SET session_replication_role = replica; UPDATE public.customer SET \"parentId\" = 'acme-none' WHERE id = 'acme-c13'")
        .await;
    let error = try_clean(&workshop, &options).await.unwrap_err();
    assert_eq!(error.code(), Code::ChangedMeanwhile);
    assert_ne!(workshop.own().await, before);
}

#[tokio::test]
async fn rows_of_several_companies_are_found_and_nothing_is_cleaned() {
    let sql = "CREATE TABLE public.link (a bigint NOT NULL REFERENCES public.\"order\" (id), b bigint NOT NULL REFERENCES public.\"order\" (id), PRIMARY KEY (a, b));
               INSERT INTO public.link SELECT min(id) FILTER (WHERE \"companyId\" = 'acme'), min(id) FILTER (WHERE \"companyId\" = 'bolt') FROM public.\"order\";";
    let workshop = Workshop::with(&format!("{sql}{DAMAGE}")).await;
    let found = examine(&workshop).await;
    assert_eq!(
        ailments(&found, "link"),
        [(Kind::AnotherCompany, "b".to_owned(), 1, Remedy::Shared)]
    );
    let before = workshop.own().await;
    let error = try_clean(&workshop, &workshop.options()).await.unwrap_err();
    assert_eq!(error.code(), Code::NotCleanable);
    assert_eq!(workshop.own().await, before);
}

#[tokio::test]
async fn shared_rows_that_refer_to_the_company_are_found_and_never_left_dangling() {
    let sql = "ALTER TABLE public.\"paymentTerm\" ADD \"orderId\" bigint REFERENCES public.\"order\" (id);";
    let point = "UPDATE public.\"paymentTerm\" SET \"orderId\" = 9001 WHERE id = 'net30'";
    let workshop = Workshop::with(&format!("{sql}{DAMAGE}{point}")).await;
    let found = examine(&workshop).await;
    assert_eq!(
        ailments(&found, "paymentTerm"),
        [(Kind::SharedRows, "orderId".to_owned(), 1, Remedy::Shared)]
    );
    let before = workshop.own().await;
    let error = try_clean(&workshop, &workshop.options()).await.unwrap_err();
    assert_eq!(error.code(), Code::NotCleanable);
    assert_eq!(
        error.context().get("finding").map(String::as_str),
        Some("others_would_dangle")
    );
    assert_eq!(workshop.own().await, before);
}

#[tokio::test]
async fn a_sequence_behind_any_companys_rows_is_found_and_raised() {
    let sql = "SELECT setval('public.order_id_seq', 200)";
    let workshop = Workshop::with(sql).await;
    let found = examine(&workshop).await;
    let behind: Vec<_> = found
        .sequences
        .iter()
        .map(|behind| (behind.sequence.name.as_str(), behind.row_count))
        .collect();
    assert_eq!(behind, [("order_id_seq", 40)]);
    let cleaned = clean(&workshop).await;
    assert!(cleaned.left.is_sound() && cleaned.restored.review.is_none());
    let next = "nextval('public.order_id_seq')";
    assert_eq!(workshop.database.value(next).await.as_deref(), Some("241"));
}

#[tokio::test]
async fn ids_without_a_constraint_are_looked_up_in_every_table_and_left_as_they_are() {
    let sql = "ALTER TABLE public.\"order\" ADD \"sourceId\" text, ADD \"tagIds\" text[];
               UPDATE public.\"order\" SET \"sourceId\" = 'acme-c1' WHERE id = 1;
               UPDATE public.\"order\" SET \"sourceId\" = 'bolt-c1' WHERE id = 2;
               UPDATE public.\"order\" SET \"sourceId\" = 'no-such-id' WHERE id IN (3, 4);
               UPDATE public.\"order\" SET \"tagIds\" = '{net30,acme-c2,no-such-id}' WHERE id = 4;
               UPDATE public.\"order\" SET \"tagIds\" = '{11}' WHERE id = 5";
    let workshop = Workshop::with(sql).await;
    let found = examine(&workshop).await;
    assert_eq!(
        ailments(&found, "order"),
        [
            (
                Kind::NamesAnotherCompany,
                "sourceId".to_owned(),
                1,
                Remedy::Unknown
            ),
            (
                Kind::NamesNothing,
                "sourceId".to_owned(),
                2,
                Remedy::Unknown
            ),
            (Kind::NamesNothing, "tagIds".to_owned(), 1, Remedy::Unknown),
        ]
    );
    assert_eq!(found.tables[&table("order")].row_count, 3);
    assert!(!found.has_remedy());
}

#[tokio::test]
async fn a_row_goes_where_a_check_does_not_let_its_reference_be_empty() {
    let sql = "ALTER TABLE public.customer ADD CHECK (\"parentId\" IS NOT NULL OR name <> 'Customer 11');
               SET session_replication_role = replica;
               UPDATE public.customer SET \"parentId\" = 'acme-none' WHERE id IN ('acme-c11', 'acme-c12');
               RESET session_replication_role;
               DELETE FROM public.forecast WHERE \"companyId\" = 'acme'";
    let workshop = Workshop::with(sql).await;
    let found = examine(&workshop).await;
    assert_eq!(
        ailments(&found, "customer"),
        [(
            Kind::Nowhere,
            "parentId".to_owned(),
            2,
            Remedy::EmptiedIfAllowed
        )]
    );
    let damaged = workshop.own().await;
    let cleaned = clean(&workshop).await;
    let counts = cleaned.restored.counts[&table("customer")];
    assert!(cleaned.left.is_sound());
    // Customer 12 is emptied; so is customer 21, whose parent goes.
    assert_eq!((counts.extra, counts.changed), (1, 2));
    workshop.revert().await;
    assert_eq!(workshop.own().await, damaged);
}

#[tokio::test]
async fn a_plain_owner_cleans_what_it_could_put_back_and_nothing_else() {
    let crossing = "INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\") VALUES (9001, 'acme', 'bolt-c1')";
    let workshop = Workshop::by(Way::Owner, crossing).await;
    let damaged = workshop.own().await;
    clean(&workshop).await;
    workshop.revert().await;
    assert_eq!(workshop.own().await, damaged);
    workshop
        .database
        .run("SET session_replication_role = replica; UPDATE public.customer SET \"parentId\" = 'acme-none' WHERE id = 'acme-c12'")
        .await;
    let error = try_clean(&workshop, &workshop.options()).await.unwrap_err();
    assert_eq!(error.code(), Code::NotCleanable);
    let finding = error.context().get("finding").map(String::as_str);
    assert_eq!(finding, Some("no_way_back"));
}

#[tokio::test]
async fn rows_without_a_key_are_cleaned_too() {
    let sql = "ALTER TABLE public.journal ADD \"orderId\" bigint REFERENCES public.\"order\" (id);
               SET session_replication_role = replica;
               UPDATE public.journal SET \"orderId\" = 777777 WHERE \"companyId\" = 'acme' AND amount = 10;
               RESET session_replication_role;";
    let workshop = Workshop::with(sql).await;
    let damaged = workshop.own().await;
    let cleaned = clean(&workshop).await;
    assert!(cleaned.left.is_sound(), "{:#?}", cleaned.left);
    let rows = "SELECT count(*) || ' ' || count(\"orderId\") FROM public.journal WHERE \"companyId\" = 'acme'";
    assert_eq!(workshop.database.value(rows).await.as_deref(), Some("10 0"));
    workshop.revert().await;
    assert_eq!(workshop.own().await, damaged);
}

#[tokio::test]
async fn damage_in_carbon_is_found_cleaned_and_reverted() {
    let carbon = Carbon::with(0).await;
    let mut opened = carbon.open().await;
    let cancel = CancelToken::new();
    let sound = doctor::examine(&mut opened, &Silent, &cancel).await;
    let sound = sound.unwrap().completed().unwrap();
    let hard = |found: &Examination| {
        let ailments = found.tables.values().flat_map(|table| &table.ailments);
        let hard = ailments.filter(|ailment| ailment.remedy != Remedy::Unknown);
        hard.cloned().collect::<Vec<_>>()
    };
    assert_eq!(hard(&sound), []);
    let company = carbon.company;
    carbon
        .database
        .run(&format!(
            "SET session_replication_role = replica;
             UPDATE public.\"salesOrder\" SET \"customerId\" = (SELECT id FROM public.customer WHERE \"companyId\" <> '{company}' LIMIT 1)
                 WHERE id = (SELECT min(id) FROM public.\"salesOrder\" WHERE \"companyId\" = '{company}');
             DELETE FROM public.supplier WHERE id = (SELECT min(\"supplierId\") FROM public.\"purchaseOrder\" WHERE \"companyId\" = '{company}');
             SELECT setval(pg_get_serial_sequence('public.\"itemLedger\"', 'entryNumber'), 1);"
        ))
        .await;
    let others = carbon.database.canary(company).await;
    let damaged = carbon.database.company_fingerprint(company).await;
    let found = doctor::examine(&mut opened, &Silent, &cancel).await;
    let found = found.unwrap().completed().unwrap();
    assert_eq!(ailments(&found, "salesOrder").len(), 1);
    assert!(!ailments(&found, "purchaseOrder").is_empty());
    assert_eq!(found.sequences.len(), 1);

    let cleaned = Box::pin(doctor::clean(
        &mut opened,
        &carbon.library,
        &carbon.options(),
        &Silent,
        &cancel,
    ))
    .await;
    let cleaned = cleaned.unwrap().completed().unwrap();
    assert_eq!(hard(&cleaned.left), []);
    assert_eq!(cleaned.raised.len(), 1);
    others.assert_same(&carbon.database.canary(company).await);
    assert!(state::is_installed(&mut opened.session).await.unwrap());

    carbon.revert().await;
    damaged.assert_same(&carbon.database.company_fingerprint(company).await);
    others.assert_same(&carbon.database.canary(company).await);
}
