//! Some rows of a backup, taken back into the company as it is by now.

use std::path::Path;

use snapback_engine::Code;
use snapback_engine::difference::{Effect, Verdict};
use snapback_engine::inspect::RowName;
use snapback_engine::restore::{Conflicts, KeptValues, RowKey, Selection};

use crate::restore::workshop::{Way, Workshop};

/// The tables of Acme's rows that a restore writes, with the columns that travel and whose rows are whose.
const TABLES: &[(&str, &str, &str)] = &[
    (
        "customer",
        "id, \"companyId\", name, \"parentId\", \"paymentTermId\", \"updatedBy\"",
        "\"companyId\" = 'acme'",
    ),
    ("paymentTerm", "*", "\"companyId\" = 'acme'"),
    ("order", "*", "\"companyId\" = 'acme'"),
    ("orderLine", "*", "\"companyId\" = 'acme'"),
    (
        "orderTag",
        "*",
        "\"orderId\" IN (SELECT id FROM public.\"order\" WHERE \"companyId\" = 'acme')",
    ),
    ("product", "*", "\"companyId\" = 'acme'"),
    ("journal", "*", "\"companyId\" = 'acme'"),
];

/// What other people did since the backup, and what must stay.
const LATER: &str = "
    UPDATE public.product SET price = 77.125 WHERE \"companyId\" = 'acme' AND code = 'P-2';
    UPDATE public.customer SET name = 'Later ' || id WHERE id IN ('acme-c9', 'acme-c17');
    UPDATE public.\"order\" SET state = 'paid', note = 'later' WHERE \"companyId\" = 'acme' AND \"customerId\" = 'acme-c9';
    DELETE FROM public.\"orderTag\" WHERE \"orderId\" = 12;
    INSERT INTO public.customer (id, \"companyId\", name, \"parentId\") VALUES ('acme-new', 'acme', 'Made since', 'acme-c9');
    INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\", total) VALUES (9001, 'acme', 'acme-new', 1.50);
    INSERT INTO public.\"orderLine\" VALUES (9001, 1, 'acme', 'P-3', 4);
    INSERT INTO public.journal VALUES ('acme', '{\"later\": true}', 3);";

/// Rows as `table: row`, sorted; equal ones several times.
type State = Vec<String>;

/// The rows of Acme, or those of them for which the table's condition holds as well.
async fn state_where(
    workshop: &Workshop,
    condition: impl Fn(&str) -> Option<&'static str>,
) -> State {
    let mut state = State::new();
    for (table, columns, own) in TABLES {
        let Some(condition) = condition(table) else {
            continue;
        };
        let sql = format!(
            "SELECT coalesce(json_agg(s::text), '[]') FROM (SELECT {columns} FROM public.\"{table}\" WHERE {own} AND ({condition})) AS s"
        );
        let rows = workshop.database.value(&sql).await.unwrap();
        let rows: Vec<String> = serde_json::from_str(&rows).unwrap();
        state.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    state.sort();
    state
}

async fn state(workshop: &Workshop) -> State {
    state_where(workshop, |_| Some("true")).await
}

/// The rows of the first that the second has not, counted.
fn minus(first: &State, second: &State) -> State {
    let mut left = second.clone();
    let rows = first.iter().filter(|row| {
        let place = left.iter().position(|other| other == *row);
        place.map(|place| left.swap_remove(place)).is_none()
    });
    rows.cloned().collect()
}

fn only(rows: &[&str]) -> Selection {
    Selection {
        only: rows.iter().map(|row| (*row).to_owned()).collect(),
        ..Selection::default()
    }
}

fn keep(row: &RowKey, column: &str) -> KeptValues {
    KeptValues {
        table: row.table.clone(),
        row: RowName::Columns(row.columns.clone()),
        columns: vec![column.to_owned()],
    }
}

fn with_children(rows: &[&str]) -> Selection {
    Selection {
        child_levels: u32::MAX,
        ..only(rows)
    }
}

/// What hangs on customer 7 of Acme.
fn of_customer_7(table: &str) -> Option<&'static str> {
    match table {
        "customer" => Some("id = 'acme-c7'"),
        "order" => Some("\"customerId\" = 'acme-c7'"),
        "orderLine" | "orderTag" => Some(
            "\"orderId\" IN (SELECT id FROM public.\"order\" WHERE \"customerId\" = 'acme-c7')",
        ),
        _ => None,
    }
}

#[tokio::test]
async fn a_deleted_customer_comes_back_with_its_orders_and_all_later_work_stays() {
    for way in Way::ALL {
        let workshop = Workshop::by(way, "").await;
        let deleted = state_where(&workshop, of_customer_7).await;
        let backup = workshop.create().await.archive.path;
        let gone = "DELETE FROM public.customer WHERE id = 'acme-c7'";
        workshop.database.run(gone).await;
        workshop.database.run(LATER).await;
        let (found, own) = (state(&workshop).await, workshop.own().await);
        let selection = with_children(&["customer:acme-c7"]);
        let plan = workshop.plan_picked(&backup, &selection).await.unwrap();
        assert_eq!(plan.verdict, Verdict::Ready);
        let report = workshop.take(&backup, &selection).await.unwrap();
        let after = state(&workshop).await;
        assert_eq!(minus(&after, &found), deleted, "{way:?}");
        assert_eq!(minus(&found, &after), State::new());
        assert_eq!(report.totals.missing, deleted.len() as u64);
        assert_eq!(plan.totals.missing, report.totals.missing);
        // The customer whose parent it was is there, and has another name by now.
        let kept = report
            .findings
            .iter()
            .find(|found| found.code == "rows_kept");
        assert_eq!(kept.and_then(|found| found.row_count), Some(1));
        workshop.revert().await;
        own.assert_same(&workshop.own().await);
    }
}

#[tokio::test]
async fn customers_that_were_merged_by_mistake_are_told_apart_again() {
    let workshop = Workshop::new().await;
    let before = state(&workshop).await;
    let backup = workshop.create().await.archive.path;
    let merge = "
        UPDATE public.\"order\" SET \"customerId\" = 'acme-c8' WHERE \"customerId\" = 'acme-c7';
        UPDATE public.customer SET \"parentId\" = 'acme-c8' WHERE \"parentId\" = 'acme-c7';
        DELETE FROM public.customer WHERE id = 'acme-c7';";
    workshop.database.run(merge).await;
    let later = "
        UPDATE public.\"order\" SET state = 'paid', note = 'paid since' WHERE id = 46;
        UPDATE public.customer SET name = 'Renamed since' WHERE id = 'acme-c17';
        INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\", \"madeAt\") VALUES (9002, 'acme', 'acme-c8', '2026-04-01');";
    workshop.database.run(later).await;
    let found = state(&workshop).await;
    let selection = Selection {
        child_levels: 1,
        fields: vec![
            "order.customerId".to_owned(),
            "customer.parentId".to_owned(),
        ],
        ..only(&["customer:acme-c7"])
    };
    workshop.take(&backup, &selection).await.unwrap();
    let after = state(&workshop).await;
    // Three orders and a customer were turned, and one customer is back.
    assert_eq!(minus(&found, &after).len(), 4);
    assert_eq!(minus(&after, &found).len(), 5);
    // What differs from before the merge is what was done since, and nothing else.
    let since = minus(&after, &before);
    let paid = "order: (46,acme,acme-c7,paid,483.00,\"paid since\"";
    assert_eq!(since.len(), 3, "{since:?}");
    assert!(since[0].starts_with("customer: (acme-c17,acme,\"Renamed since\",acme-c7,"));
    assert!(since[1].starts_with(paid), "{since:?}");
    assert!(since[2].starts_with("order: (9002,acme,acme-c8,"));
    workshop.revert().await;
    assert_eq!(state(&workshop).await, found);
}

#[tokio::test]
async fn what_a_row_refers_to_and_is_gone_comes_back_with_it() {
    for way in Way::ALL {
        let workshop = Workshop::by(way, "").await;
        let needed = |table: &str| match table {
            "customer" => Some("id = 'acme-c7'"),
            "paymentTerm" => Some("id = 'acme-net7'"),
            "order" => Some("id = 6"),
            _ => None,
        };
        let expected = state_where(&workshop, needed).await;
        let backup = workshop.create().await.archive.path;
        let gone = "
            DELETE FROM public.customer WHERE id = 'acme-c7';
            UPDATE public.customer SET \"paymentTermId\" = NULL WHERE \"paymentTermId\" = 'acme-net7';
            DELETE FROM public.\"paymentTerm\" WHERE id = 'acme-net7';";
        workshop.database.run(gone).await;
        workshop.database.run(LATER).await;
        let found = state(&workshop).await;
        let report = workshop.take(&backup, &only(&["order:6"])).await.unwrap();
        let after = state(&workshop).await;
        assert_eq!(minus(&after, &found), expected, "{way:?}");
        assert_eq!(minus(&found, &after), State::new());
        let needed = report
            .findings
            .iter()
            .filter(|found| found.code == "rows_needed");
        let needed: Vec<_> = needed
            .map(|found| found.table.as_ref().unwrap().name.as_str())
            .collect();
        assert_eq!(needed, ["customer", "paymentTerm"]);
    }
}

#[tokio::test]
async fn a_row_that_is_there_gets_the_backups_values_or_keeps_todays() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    workshop.database.run(LATER).await;
    let found = state(&workshop).await;
    let kept = Selection {
        conflicts: Conflicts::Live,
        ..with_children(&["customer:acme-c9"])
    };
    let report = workshop.take(&backup, &kept).await.unwrap();
    assert_eq!((report.review, report.totals.differing()), (None, 0));
    assert_eq!(state(&workshop).await, found);
    // The row that was named, and not the orders that belong to it.
    let report = workshop
        .take(&backup, &with_children(&["customer:acme-c9"]))
        .await
        .unwrap();
    assert_eq!((report.totals.changed, report.totals.differing()), (1, 1));
    workshop.keep().await;
    let all = Selection {
        conflicts: Conflicts::Backup,
        ..with_children(&["customer:acme-c9"])
    };
    let report = workshop.take(&backup, &all).await.unwrap();
    assert_eq!((report.totals.changed, report.totals.differing()), (3, 3));
    let note = "SELECT count(*) FROM public.\"order\" WHERE note = 'later'";
    assert_eq!(workshop.database.value(note).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn a_value_that_is_to_be_kept_stays_and_the_rest_of_its_row_comes_back() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    let changed = "
        UPDATE public.customer SET name = 'Mine', \"paymentTermId\" = NULL WHERE id = 'acme-c9';
        UPDATE public.product SET price = 1 WHERE \"companyId\" = 'acme' AND code = 'P-2'";
    workshop.database.run(changed).await;
    let key = |table: &str, columns: &[(&str, &str)]| RowKey {
        table: table.to_owned(),
        columns: columns
            .iter()
            .map(|(column, value)| ((*column).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let customer = key("public.customer", &[("id", "acme-c9")]);
    // Each column of a key is named, in whatever order.
    let product = key("public.product", &[("code", "P-2"), ("companyId", "acme")]);
    let selection = Selection {
        rows: vec![customer.clone(), product],
        keep: vec![keep(&customer, "name")],
        ..Selection::default()
    };
    let report = workshop.take(&backup, &selection).await.unwrap();
    assert_eq!((report.totals.changed, report.totals.differing()), (2, 2));
    let kept = "SELECT name || ' ' || (\"paymentTermId\" IS NOT NULL) FROM public.customer WHERE id = 'acme-c9'";
    assert_eq!(
        workshop.database.value(kept).await.as_deref(),
        Some("Mine true")
    );
    workshop.revert().await;

    // What makes a row what it is cannot be kept apart from it.
    let wrong = Selection {
        rows: vec![customer.clone()],
        keep: vec![keep(&customer, "id")],
        ..Selection::default()
    };
    let refused = workshop.take(&backup, &wrong).await.unwrap_err();
    assert_eq!(refused.code(), Code::Usage);
}

#[tokio::test]
async fn an_area_becomes_what_it_was_and_the_others_stay_as_they_are() {
    let workshop = Workshop::new().await;
    let before = state(&workshop).await;
    let backup = workshop.create().await.archive.path;
    workshop
        .database
        .run("DELETE FROM public.customer WHERE id = 'acme-c7'")
        .await;
    workshop.database.run(LATER).await;
    let found = state(&workshop).await;
    let report = workshop
        .take(&backup, &only(&["area:sales"]))
        .await
        .unwrap();
    let after = state(&workshop).await;
    let is_sales = |row: &&String| !(row.starts_with("product:") || row.starts_with("journal:"));
    let of = |state: &State, sales: bool| -> State {
        let rows = state.iter().filter(|row| is_sales(row) == sales);
        rows.cloned().collect()
    };
    assert_eq!(of(&after, true), of(&before, true));
    assert_eq!(of(&after, false), of(&found, false));
    assert!(report.totals.extra >= 3);
    workshop.revert().await;
    assert_eq!(state(&workshop).await, found);
}

#[tokio::test]
async fn a_reference_that_is_kept_brings_nothing_along() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    let since = "
        UPDATE public.\"orderLine\" SET \"productCode\" = 'P-1' WHERE \"orderId\" = 6 AND position = 1;
        DELETE FROM public.\"orderLine\" WHERE \"companyId\" = 'acme' AND \"productCode\" = 'P-8';
        DELETE FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-8';";
    workshop.database.run(since).await;
    let found = state(&workshop).await;
    let line = RowKey {
        table: "orderLine".to_owned(),
        columns: [("orderId", "6"), ("position", "1")]
            .map(|(column, value)| (column.to_owned(), value.to_owned()))
            .into(),
    };
    let selection = Selection {
        keep: vec![keep(&line, "productCode")],
        rows: vec![line],
        ..Selection::default()
    };
    let report = workshop.take(&backup, &selection).await.unwrap();
    assert_eq!(report.totals.differing(), 0);
    assert_eq!(state(&workshop).await, found);
}

/// Notes and states of two orders that were changed, whether a deleted one is back, and whether a new one is there.
const CHANGED_ORDERS: &str =
    "SELECT string_agg(id || ' ' || state || ' ' || coalesce(note, '-'), ', ' ORDER BY id)
    FROM public.\"order\" WHERE id IN (5, 6, 46, 9002)";

#[tokio::test]
async fn of_an_area_stays_what_is_to_be_kept_and_what_todays_values_are_wanted_of() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    let since = "
        UPDATE public.\"order\" SET state = 'open', note = 'today' WHERE id IN (5, 6);
        DELETE FROM public.\"order\" WHERE id = 46;
        INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\", \"madeAt\") VALUES (9002, 'acme', 'acme-c8', '2026-04-01');";
    workshop.database.run(since).await;
    let found = state(&workshop).await;
    let kept = KeptValues {
        table: "order".to_owned(),
        row: RowName::Written("5".to_owned()),
        columns: vec!["note".to_owned()],
    };
    let selections = [
        (
            Selection {
                keep: vec![kept],
                ..only(&["area:sales"])
            },
            "5 paid today, 6 open -, 46 sent -",
        ),
        (
            Selection {
                conflicts: Conflicts::Live,
                ..only(&["area:sales"])
            },
            "5 open today, 6 open today, 46 sent -, 9002 open -",
        ),
        (
            Selection {
                fields: vec!["order.state".to_owned()],
                ..only(&["area:sales"])
            },
            "5 paid today, 6 open today, 46 sent -",
        ),
    ];
    for (selection, expected) in selections {
        workshop.take(&backup, &selection).await.unwrap();
        let orders = workshop.database.value(CHANGED_ORDERS).await;
        assert_eq!(orders.as_deref(), Some(expected), "{selection:?}");
        workshop.revert().await;
        assert_eq!(state(&workshop).await, found);
    }
}

async fn refused(
    workshop: &Workshop,
    backup: &Path,
    selection: &Selection,
) -> Vec<(String, String, u64)> {
    let found = state(workshop).await;
    let plan = workshop.plan_picked(backup, selection).await.unwrap();
    assert_eq!(plan.verdict, Verdict::NotRestorable);
    let error = workshop.take(backup, selection).await.unwrap_err();
    assert_eq!(error.code(), Code::NotRestorable);
    assert_eq!(state(workshop).await, found);
    let blocking = plan.findings.into_iter();
    let blocking = blocking.filter(|finding| finding.effect == Effect::Blocked);
    blocking
        .map(|finding| {
            let table = finding.table.unwrap().name;
            (finding.code.to_owned(), table, finding.row_count.unwrap())
        })
        .collect()
}

#[tokio::test]
async fn an_area_is_refused_where_rows_of_another_refer_to_what_would_go() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    let since = "
        INSERT INTO public.product VALUES ('acme', 'P-99', 1);
        INSERT INTO public.\"orderLine\" VALUES (6, 99, 'acme', 'P-99', 1), (7, 99, 'acme', 'P-99', 1);";
    workshop.database.run(since).await;
    let reasons = refused(&workshop, &backup, &only(&["area:items"])).await;
    assert_eq!(
        reasons,
        [("rows_would_dangle".to_owned(), "orderLine".to_owned(), 2)]
    );
}

#[tokio::test]
async fn a_row_whose_unique_value_another_row_has_by_now_is_refused() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    let since = "
        DELETE FROM public.customer WHERE id = 'acme-c7';
        INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-x', 'acme', 'Customer 7');";
    workshop.database.run(since).await;
    let reasons = refused(&workshop, &backup, &with_children(&["customer:acme-c7"])).await;
    assert_eq!(
        reasons,
        [("value_held".to_owned(), "customer".to_owned(), 1)]
    );
}

#[tokio::test]
async fn what_cannot_be_picked_is_said() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await.archive.path;
    let with_field = |field: &str| Selection {
        fields: vec![field.to_owned()],
        ..only(&["customer:acme-c7"])
    };
    let field_of_todays = Selection {
        conflicts: Conflicts::Live,
        ..with_field("customer.name")
    };
    for (selection, code) in [
        (only(&["customer:acme-c99"]), Code::NoSuchRow),
        (only(&["customer:bolt-c1"]), Code::NoSuchRow),
        (only(&["invoice:1"]), Code::NoSuchTable),
        (only(&["customer"]), Code::Usage),
        (only(&[]), Code::Usage),
        (only(&["orderLine:6"]), Code::Usage),
        (only(&["journal:1"]), Code::Usage),
        (only(&["area:shipping"]), Code::Usage),
        (only(&["membership:u1"]), Code::NotRestorable),
        (with_field("customer.colour"), Code::Usage),
        (with_field("customer.id"), Code::Usage),
        (with_field("customer"), Code::Usage),
        (field_of_todays, Code::Usage),
    ] {
        let refused = workshop.take(&backup, &selection).await.unwrap_err();
        assert_eq!(refused.code(), code, "{selection:?}");
    }
    // The company's own column is not written, and a key of several columns is.
    let report = workshop
        .take(&backup, &only(&["product:P-1", "orderLine:6,1"]))
        .await;
    assert_eq!(report.unwrap().totals.differing(), 0);
}
