//! What an archive is looked into for, beside the rows that it was made from.

use std::collections::BTreeSet;

use snapback_engine::archive::{Reader, TableEntry};
use snapback_engine::inspect::{
    self, Event, Filter, History, Likeness, PageQuery, RowName, SearchOptions, find_row, history,
    search, table_named,
};
use snapback_engine::model::Profile;
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code, Result, profile};

use crate::restore::workshop::{Workshop, sort};

type Rows = Vec<Vec<Option<String>>>;

fn workshop_profile() -> Profile {
    profile::parse(include_str!("workshop.toml")).unwrap()
}

fn all(reader: &Reader, entry: &TableEntry, filters: &[(&str, &str)]) -> Rows {
    let filters = filters.iter().map(|(column, value)| Filter {
        column: (*column).to_owned(),
        likeness: Likeness::Equal,
        value: (*value).to_owned(),
    });
    let query = PageQuery {
        filters: filters.collect(),
        order: None,
        offset: 0,
        limit: u64::MAX,
    };
    let page = inspect::page(reader, entry, &query, &sort(), &CancelToken::new());
    page.unwrap().rows
}

/// The rows of a table as the server writes them, by a query of the test's own.
async fn live(workshop: &Workshop, entry: &TableEntry, condition: &str) -> Rows {
    let value = |column: &String| {
        format!("CASE WHEN t.\"{column}\" IS NOT NULL THEN format('%s', t.\"{column}\") END")
    };
    let values: Vec<String> = entry.columns.iter().map(value).collect();
    let order = match entry.key_columns.as_slice() {
        [] => &entry.columns,
        key => key,
    };
    let order: Vec<String> = order
        .iter()
        .map(|column| format!("format('%s', t.\"{column}\") COLLATE \"C\""))
        .collect();
    let sql = format!(
        "SELECT coalesce(json_agg(json_build_array({}) ORDER BY {}), '[]') FROM {}.\"{}\" AS t WHERE {condition}",
        values.join(", "),
        order.join(", "),
        entry.table.schema,
        entry.table.name
    );
    let rows = workshop.database.value(&sql).await.unwrap();
    serde_json::from_str(&rows).unwrap()
}

fn condition(entry: &TableEntry) -> &'static str {
    match entry.table.name.as_str() {
        "company" => "id = 'acme'",
        "orderTag" => {
            "\"orderId\" IN (SELECT id FROM public.\"order\" WHERE \"companyId\" = 'acme')"
        }
        _ => "\"companyId\" = 'acme'",
    }
}

#[tokio::test]
async fn rows_of_every_table_are_those_that_the_server_has() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let reader = Reader::open(&backup.archive.path).unwrap();
    for entry in &reader.manifest().tables {
        let rows = all(&reader, entry, &[]);
        let found = live(&workshop, entry, condition(entry)).await;
        assert_eq!(rows, found, "{}", entry.table);
        assert_eq!(rows.len() as u64, entry.row_count);
    }
}

#[tokio::test]
async fn a_filter_finds_what_the_server_finds() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let reader = Reader::open(&backup.archive.path).unwrap();
    let order = table_named(reader.manifest(), None, "order").unwrap();
    let note = "tab\there, back\\slash,\nnew line, Ünïcode";
    let filters = [("state", "sent"), ("note", note)];
    let condition = "\"companyId\" = 'acme' AND state = 'sent' AND note LIKE 'tab%'";
    let found = live(&workshop, order, condition).await;
    assert!(!found.is_empty());
    assert_eq!(all(&reader, order, &filters), found);
}

#[tokio::test]
async fn each_row_is_found_by_its_key() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let reader = Reader::open(&backup.archive.path).unwrap();
    for entry in &reader.manifest().tables {
        let place = |name: &String| entry.columns.iter().position(|own| own == name).unwrap();
        let key: Vec<usize> = entry.key_columns.iter().map(place).collect();
        for row in all(&reader, entry, &[]) {
            let values: Vec<String> = key.iter().map(|at| row[*at].clone().unwrap()).collect();
            let line = find_row(&reader, entry, &values).unwrap();
            if key.is_empty() {
                assert_eq!(line, None);
                continue;
            }
            let fields = snapback_engine::rows::fields(line.as_ref().unwrap());
            let found: Vec<_> = fields
                .map(|field| snapback_engine::rows::text_of(field).unwrap())
                .collect();
            assert_eq!(found, row);
        }
    }
}

#[tokio::test]
async fn a_text_is_found_wherever_a_field_has_it() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let reader = Reader::open(&backup.archive.path).unwrap();
    let texts = [
        "acme",
        "CUSTOMER 1",
        "ünï",
        "NEW LINE",
        "\\slash",
        "here, back\\slash,\nnew",
        "p-1",
        "1",
        "true",
        "null",
        "2026-03-01 09",
        "{\"n\":  7}",
    ];
    for text in texts {
        let mut expected = BTreeSet::new();
        for entry in &reader.manifest().tables {
            for (number, row) in live(&workshop, entry, condition(entry))
                .await
                .iter()
                .enumerate()
            {
                for (value, column) in row.iter().zip(&entry.columns) {
                    let has = |value: &String| value.to_lowercase().contains(&text.to_lowercase());
                    if value.as_ref().is_some_and(has) {
                        expected.insert((entry.table.clone(), number, column.clone()));
                    }
                }
            }
        }
        let options = SearchOptions {
            limit: 10_000,
            worker_count: 3,
        };
        let (counters, cancel) = (Counters::default(), CancelToken::new());
        let known = workshop_profile();
        let report = search(&reader, Some(&known), text, options, &counters, &cancel).unwrap();
        assert_eq!(report.hit_count, expected.len() as u64, "{text}");
        assert_eq!(report.hits.len(), expected.len());
        let in_tables = |name: &str| {
            let found = report
                .hits
                .iter()
                .filter(|hit| hit.table.name == name)
                .count();
            let wanted = expected.iter().filter(|(table, ..)| table.name == name);
            assert_eq!(found, wanted.count(), "{text} in {name}");
        };
        for entry in &reader.manifest().tables {
            in_tables(&entry.table.name);
        }
        for hit in &report.hits {
            assert_eq!(hit.found.to_lowercase(), text.to_lowercase());
        }
    }
}

fn told(workshop: &Workshop, table: &str, key: &str) -> Result<History> {
    let (profile, cancel) = (workshop_profile(), CancelToken::new());
    let name = RowName::Written(key.to_owned());
    let row = (table, &name);
    history(&workshop.library, &profile, "acme", row, &cancel)
}

#[tokio::test]
async fn a_row_is_followed_through_all_backups_of_its_company() {
    let workshop = Workshop::new().await;
    let steps = [
        "SELECT 1",
        "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-n', 'acme', 'New')",
        "SELECT 1",
        "UPDATE public.customer SET name = 'Renamed', \"paymentTermId\" = 'net30' WHERE id = 'acme-n'",
        "DELETE FROM public.customer WHERE id = 'acme-n'",
        "SELECT 1",
        "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-n', 'acme', 'Again')",
    ];
    for step in steps {
        workshop.database.run(step).await;
        workshop.create().await;
    }
    let history = told(&workshop, "Customer", "acme-n").unwrap();
    assert_eq!(history.backup_count, 7);
    let events: Vec<_> = history
        .versions
        .iter()
        .map(|version| (version.event, version.backup_count))
        .collect();
    assert_eq!(
        events,
        [
            (Event::Appeared, 2),
            (Event::Changed, 1),
            (Event::Vanished, 2),
            (Event::Appeared, 1)
        ]
    );
    let changed: Vec<_> = history.versions[1]
        .fields
        .iter()
        .map(|field| {
            (
                field.column.as_str(),
                field.found.as_deref(),
                field.wanted.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        changed,
        [
            ("name", Some("New"), Some("Renamed")),
            ("paymentTermId", None, Some("net30"))
        ]
    );
    // The company's own column is no part of what a person writes.
    let product = told(&workshop, "product", "P-1").unwrap();
    assert_eq!(product.versions.len(), 1);
    assert_eq!(product.versions[0].event, Event::Found);
    assert_eq!(product.versions[0].backup_count, 7);
    assert!(
        told(&workshop, "customer", "bolt-c1")
            .unwrap()
            .versions
            .is_empty()
    );
    assert_eq!(
        told(&workshop, "journal", "1").unwrap_err().code(),
        Code::Usage
    );
    assert_eq!(
        told(&workshop, "orderLine", "1").unwrap_err().code(),
        Code::Usage
    );
    assert_eq!(
        told(&workshop, "nothing", "1").unwrap_err().code(),
        Code::NoSuchTable
    );
}

#[tokio::test]
async fn a_renamed_table_and_a_damaged_backup_do_not_end_a_history() {
    let workshop = Workshop::new().await;
    workshop.create().await;
    let broken = workshop.create().await.archive.path;
    let migration = "
        ALTER TABLE public.\"orderTag\" RENAME TO \"orderLabel\";
        ALTER TABLE public.\"order\" RENAME COLUMN note TO remark;
        ALTER TABLE public.\"order\" ADD COLUMN channel text DEFAULT 'web';
        UPDATE public.\"order\" SET remark = 'other' WHERE id = 7";
    workshop.database.run(migration).await;
    workshop.create().await;
    let order = told(&workshop, "order", "7").unwrap();
    let fields: Vec<&str> = order.versions[1]
        .fields
        .iter()
        .map(|field| field.column.as_str())
        .collect();
    assert_eq!(fields, ["remark"]);
    let tag = told(&workshop, "orderLabel", "8,rush").unwrap();
    assert_eq!((tag.versions.len(), tag.backup_count), (1, 3));
    let bytes = std::fs::read(&broken).unwrap();
    std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    // One that is cut short says of no company that it is of it.
    assert_eq!(told(&workshop, "order", "7").unwrap().backup_count, 2);
}
