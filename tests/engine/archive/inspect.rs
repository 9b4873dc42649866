//! Looking into archives: parts of tables, rows by their keys, and a text in every field.

use std::ops::ControlFlow;

use proptest::prelude::*;
use snapback_engine::archive::Reader;
use snapback_engine::inspect::{
    Direction, Filter, Likeness, Order, PageQuery, SearchOptions, SearchReport, find_row, page,
    search, table_named,
};
use snapback_engine::reporter::Counters;
use snapback_engine::rows::SortSettings;
use snapback_engine::{CancelToken, Code, Result};

use super::forge::Forge;
use super::hostile;
use super::sample::{self, Rows};

const OPTIONS: SearchOptions = SearchOptions {
    limit: 100,
    worker_count: 3,
};

fn sort() -> SortSettings {
    SortSettings::new(1 << 20, env!("CARGO_TARGET_TMPDIR").into())
}

fn found(reader: &Reader, text: &str) -> Result<SearchReport> {
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    search(reader, None, text, OPTIONS, &counters, &cancel)
}

/// The rows of all parts of a table, part after part.
fn rows_of_chunks(reader: &Reader, name: &str, frame_count: usize) -> Rows {
    let mut rows = Vec::new();
    for chunk in reader.chunks(&sample::table(name), frame_count).unwrap() {
        let whole = usize::MAX;
        reader
            .read_chunk(&chunk, whole, &mut |lines| {
                let lines = lines.bytes.strip_suffix(b"\n").unwrap();
                rows.extend(lines.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
    }
    rows
}

/// Rows `key<tab>text` with texts of those lengths, in the order of their keys.
fn rows_of(lengths: &[usize]) -> Rows {
    let text = |length: usize| "abcdefghij".repeat(length / 10 + 1)[..length].to_owned();
    let rows = lengths.iter().enumerate();
    rows.map(|(n, length)| format!("k{n:06}\t{}", text(*length)).into_bytes())
        .collect()
}

#[test]
fn the_parts_of_a_table_have_each_row_once_wherever_frames_end() {
    let folder = tempfile::tempdir().unwrap();
    const MIB: usize = 1 << 20;
    // With key, tab and newline a row of the first table is exactly a quarter of a frame.
    let quarter = vec![MIB - 9; 17];
    let long = [10, 9 * MIB, 5, 5, 4 * MIB - 9, 20 * MIB, 0, 3 * MIB, 7];
    for (name, lengths) in [
        ("quarter", quarter.as_slice()),
        ("long", &long),
        ("none", &[]),
    ] {
        let tables = [(sample::table(name), rows_of(lengths))];
        let path = sample::write(folder.path(), &format!("{name}.snapback"), &tables).path;
        let reader = Reader::open(&path).unwrap();
        for frame_count in [1, 2, 3, 100] {
            let rows = rows_of_chunks(&reader, name, frame_count);
            assert!(rows == tables[0].1, "{name} in parts of {frame_count}");
        }
        let entry = table_named(reader.manifest(), None, name).unwrap();
        for row in &tables[0].1 {
            let key = String::from_utf8(row[..7].to_vec()).unwrap();
            let found = find_row(&reader, entry, &[key]).unwrap();
            assert!(found.as_ref() == Some(row));
        }
        for key in ["", "k", "k000003x", "z"] {
            let found = find_row(&reader, entry, &[key.to_owned()]).unwrap();
            assert_eq!(found, None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn parts_of_random_rows_have_each_row_once(
        lengths in prop::collection::vec(prop_oneof![0..200_usize, 0..3_000_000_usize], 0..12),
        frame_count in 1..4_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let tables = [(sample::table("t"), rows_of(&lengths))];
        let path = sample::write(folder.path(), "t.snapback", &tables).path;
        let reader = Reader::open(&path).unwrap();
        prop_assert!(rows_of_chunks(&reader, "t", frame_count) == tables[0].1);
    }
}

#[test]
fn a_row_that_is_too_long_is_cut_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let tables = [(sample::table("t"), rows_of(&[3, 30 << 20, 4]))];
    let path = sample::write(folder.path(), "t.snapback", &tables).path;
    let report = found(&Reader::open(&path).unwrap(), "ABCDEF").unwrap();
    assert_eq!((report.row_count, report.cut_row_count), (3, 1));
    assert_eq!(report.hit_count, 1);
}

#[test]
fn a_search_finds_what_is_written_and_not_what_an_escape_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Rows = [
        "a\tGrößenplan ÄÖÜ",
        "b\tline one\\nname of the second",
        "c\tback\\\\slash and \\ttab",
        "d\t\\N",
        "e\tAcme acme ACME",
    ]
    .map(|row| row.as_bytes().to_vec())
    .into();
    let path = sample::write(folder.path(), "t.snapback", &[(sample::table("t"), rows)]).path;
    let reader = Reader::open(&path).unwrap();
    let keys = |text: &str| -> Vec<String> {
        let hits = found(&reader, text).unwrap().hits.into_iter();
        hits.map(|hit| hit.key[0].1.clone().unwrap()).collect()
    };
    assert_eq!(keys("größenPLAN äö"), ["a"]);
    // `\n` and `\t` are no letters, and `\N` is nothing.
    assert_eq!(keys("nname"), [""; 0]);
    assert_eq!(keys("ttab"), [""; 0]);
    assert_eq!(keys("\\n"), [""; 0]);
    assert_eq!(keys("one\nname"), ["b"]);
    assert_eq!(keys("K\\SLASH"), ["c"]);
    assert_eq!(keys("\ttab"), ["c"]);
    assert_eq!(keys(".*"), [""; 0]);
    let report = found(&reader, "acme").unwrap();
    assert_eq!((report.hit_count, report.hits.len()), (1, 1));
    let hit = &report.hits[0];
    assert_eq!(
        [&hit.before, &hit.found, &hit.after],
        ["", "Acme", " acme ACME"]
    );
    for text in ["", &"x".repeat(2000)] {
        assert_eq!(found(&reader, text).unwrap_err().code(), Code::Usage);
    }
}

#[test]
fn the_first_places_are_told_and_all_are_counted_however_many_threads_look() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..200_000_u32).map(|n| format!("k{n:06}\tvalue {} of many", n % 10).into_bytes());
    let many: Rows = rows.collect();
    let tables = [
        (sample::table("many"), many.clone()),
        (sample::table("more"), many),
    ];
    let path = sample::write(folder.path(), "t.snapback", &tables).path;
    let reader = Reader::open(&path).unwrap();
    for worker_count in [1, 2, 7] {
        let options = SearchOptions {
            limit: 3,
            worker_count,
        };
        let (counters, cancel) = (Counters::default(), CancelToken::new());
        let report = search(&reader, None, "VALUE 7", options, &counters, &cancel).unwrap();
        assert_eq!((report.hit_count, report.row_count), (40_000, 400_000));
        assert_eq!(counters.row_count(), 400_000);
        let keys: Vec<_> = report.hits.iter().map(|hit| hit.key[0].1.clone()).collect();
        let first = ["k000007", "k000017", "k000027"];
        assert_eq!(keys, first.map(|key| Some(key.to_owned())));
    }
    let cancel = CancelToken::new();
    cancel.cancel();
    let stopped = search(&reader, None, "7", OPTIONS, &Counters::default(), &cancel);
    assert_eq!(stopped.unwrap_err().code(), Code::Cancelled);
}

#[test]
fn an_order_goes_through_all_rows_page_by_page_and_a_text_is_found_inside_values() {
    let folder = tempfile::tempdir().unwrap();
    let name = |n: u32| match n % 10 {
        0 => "\\N".to_owned(),
        _ => format!("Name {:03}", (n * 7) % 100),
    };
    let rows = (0..500_u32).map(|n| format!("k{n:04}\t{}", name(n)).into_bytes());
    let tables = [(sample::table("t"), rows.collect::<Rows>())];
    let path = sample::write(folder.path(), "t.snapback", &tables).path;
    let reader = Reader::open(&path).unwrap();
    let entry = table_named(reader.manifest(), None, "t").unwrap();
    let cancel = CancelToken::new();
    let all = |direction| {
        let mut met = Vec::new();
        loop {
            let query = PageQuery {
                filters: Vec::new(),
                order: Some(Order {
                    column: "name".to_owned(),
                    direction,
                }),
                offset: met.len() as u64,
                limit: 60,
            };
            let page = page(&reader, entry, &query, &sort(), &cancel).unwrap();
            met.extend(page.rows);
            if !page.has_more {
                return met;
            }
        }
    };
    let row = |n: u32| {
        vec![
            Some(format!("k{n:04}")),
            Some(name(n)).filter(|name| name != "\\N"),
        ]
    };
    let mut expected: Vec<_> = (0..500).map(row).collect();
    expected.sort_by_key(|row| (row[1].is_none(), row[1].clone()));
    assert_eq!(all(Direction::Ascending), expected);
    // What has no value stands last whichever way rows are ordered.
    expected.sort_by_key(|row| (row[1].is_none(), std::cmp::Reverse(row[1].clone())));
    assert_eq!(all(Direction::Descending), expected);

    let query = |filters: &[(&str, &str)], offset| PageQuery {
        filters: filters
            .iter()
            .map(|(column, value)| Filter {
                column: (*column).to_owned(),
                likeness: Likeness::Contains,
                value: (*value).to_owned(),
            })
            .collect(),
        order: Some(Order {
            column: "id".to_owned(),
            direction: Direction::Descending,
        }),
        offset,
        limit: 100,
    };
    let found = page(
        &reader,
        entry,
        &query(&[("name", "NAME 01")], 0),
        &sort(),
        &cancel,
    )
    .unwrap();
    let expected = (0..500).rev().filter(|n| name(*n).contains("Name 01"));
    assert_eq!(found.rows, expected.map(row).collect::<Vec<_>>());
}

#[test]
fn the_last_page_of_an_order_is_as_much_in_reach_as_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let line = |n: u32| format!("k{n:05}\t{}", n * 7919 % 1000).into_bytes();
    let tables = [(sample::table("t"), (0..25_000).map(line).collect::<Rows>())];
    let path = sample::write(folder.path(), "t.snapback", &tables).path;
    let reader = Reader::open(&path).unwrap();
    let entry = table_named(reader.manifest(), None, "t").unwrap();
    let mut expected: Vec<u32> = (0..25_000).collect();
    let name = |n: &u32| (n * 7919 % 1000).to_string();
    expected.sort_by_key(name);
    // So little is held that it is spilled many times.
    let sort = SortSettings::new(64 << 10, folder.path().to_owned());
    for offset in [0, 9_950, 9_999, 10_000, 17_300, 24_950, 25_000] {
        let query = PageQuery {
            filters: Vec::new(),
            order: Some(Order {
                column: "name".to_owned(),
                direction: Direction::Ascending,
            }),
            offset,
            limit: 50,
        };
        let page = page(&reader, entry, &query, &sort, &CancelToken::new()).unwrap();
        let found = page.rows.iter().map(|row| row[0].clone().unwrap());
        let wanted = expected.iter().skip(offset as usize).take(50);
        let wanted = wanted.map(|n| format!("k{n:05}"));
        assert!(found.eq(wanted), "{offset}");
        assert_eq!(page.has_more, offset + 50 < 25_000, "{offset}");
    }
}

#[test]
fn pages_follow_each_other_and_filters_hold_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..1000_u32).map(|n| format!("k{n:04}\tgroup\\t{}", n % 3).into_bytes());
    let tables = [(sample::table("t"), rows.collect::<Rows>())];
    let path = sample::write(folder.path(), "t.snapback", &tables).path;
    let reader = Reader::open(&path).unwrap();
    let entry = table_named(reader.manifest(), None, "public.T").unwrap();
    let cancel = CancelToken::new();
    let of = |filters: &[(&str, &str)], offset, limit| {
        let filters = filters.iter().map(|(column, value)| Filter {
            column: (*column).to_owned(),
            likeness: Likeness::Equal,
            value: (*value).to_owned(),
        });
        let query = PageQuery {
            filters: filters.collect(),
            order: None,
            offset,
            limit,
        };
        page(&reader, entry, &query, &sort(), &cancel)
    };
    let mut met = Vec::new();
    for offset in (0..400).step_by(50) {
        let page = of(&[("name", "group\t1")], offset, 50).unwrap();
        assert_eq!(page.has_more, offset + 50 < 333);
        met.extend(page.rows.into_iter().map(|row| row[0].clone().unwrap()));
    }
    let expected = (0..1000).filter(|n| n % 3 == 1);
    let expected: Vec<String> = expected.map(|n| format!("k{n:04}")).collect();
    assert_eq!(met, expected);
    let none = of(&[("name", "group\t1"), ("id", "k0000")], 0, 5).unwrap();
    assert!(none.rows.is_empty() && !none.has_more);
    let one = of(&[("id", "k0700")], 0, 5).unwrap();
    assert_eq!(
        one.rows,
        [[Some("k0700".to_owned()), Some("group\t1".to_owned())]]
    );
    assert!(of(&[("id", "k0700")], 1, 5).unwrap().rows.is_empty());
    let count = |likeness, value: &str| {
        let filter = Filter {
            column: "id".to_owned(),
            likeness,
            value: value.to_owned(),
        };
        let query = PageQuery {
            filters: vec![filter],
            limit: 2000,
            ..PageQuery::default()
        };
        let page = page(&reader, entry, &query, &sort(), &cancel).unwrap();
        page.rows.len()
    };
    assert_eq!(count(Likeness::AtLeast, "k0990"), 10);
    assert_eq!(count(Likeness::AtMost, "k0009"), 10);
    assert_eq!(count(Likeness::Different, "k0009"), 999);
    assert_eq!(count(Likeness::Filled, ""), 1000);
    assert_eq!(count(Likeness::Empty, ""), 0);
    let refused = of(&[("colour", "red")], 0, 5).unwrap_err();
    assert_eq!(refused.code(), Code::Usage);
    let missing = table_named(reader.manifest(), None, "u").unwrap_err();
    assert_eq!(missing.code(), Code::NoSuchTable);
}

#[test]
fn a_page_of_large_rows_ends_early_and_the_others_follow_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let tables = [(sample::table("t"), rows_of(&[40 << 20, 40 << 20, 3]))];
    let path = sample::write(folder.path(), "t.snapback", &tables).path;
    let reader = Reader::open(&path).unwrap();
    let entry = table_named(reader.manifest(), None, "t").unwrap();
    let by_key = Order {
        column: "id".to_owned(),
        direction: Direction::Descending,
    };
    let pages = |order: Option<Order>| {
        let (mut met, mut lengths) = (Vec::new(), Vec::new());
        loop {
            let query = PageQuery {
                order: order.clone(),
                offset: met.len() as u64,
                limit: 100,
                ..PageQuery::default()
            };
            let page = page(&reader, entry, &query, &sort(), &CancelToken::new()).unwrap();
            lengths.push(page.rows.len());
            met.extend(page.rows.into_iter().map(|row| row[0].clone().unwrap()));
            if !page.has_more {
                return (met, lengths);
            }
        }
    };
    let keys = ["k000000", "k000001", "k000002"]
        .map(str::to_owned)
        .to_vec();
    let (met, lengths) = pages(None);
    assert_eq!((met, lengths), (keys.clone(), vec![2, 1]));
    let (met, lengths) = pages(Some(by_key));
    assert_eq!(met, keys.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(lengths, [1, 1, 1]);
}

#[test]
fn a_row_of_another_width_is_an_error_and_nothing_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = hostile::small(folder.path());
    // Its rows have a third field that the manifest does not know.
    let reader = Reader::open(&path).unwrap();
    let entry = table_named(reader.manifest(), None, "customer").unwrap();
    let query = PageQuery {
        limit: 1,
        ..PageQuery::default()
    };
    let refused = page(&reader, entry, &query, &sort(), &CancelToken::new()).unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveMismatch);
    let refused = found(&reader, "number").unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveMismatch);
}

#[test]
fn frames_that_are_damaged_stop_a_search_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut forge = Forge::take_apart(&hostile::small(folder.path()));
    let frame = forge.frame_of(0) + 1;
    forge.replaced.push((frame, vec![0; 64]));
    let path = folder.path().join("damaged.snapback");
    forge.write(&path);
    let refused = found(&Reader::open(&path).unwrap(), "zzz").unwrap_err();
    assert!(matches!(
        refused.code(),
        Code::ArchiveDamaged | Code::ArchiveMismatch
    ));
}

/// Looks into an archive that may be anything: what it says is of no matter, only that it says it.
pub(crate) fn look_around(path: &std::path::Path) {
    let Ok(reader) = Reader::open(path) else {
        return;
    };
    for entry in &reader.manifest().tables {
        let query = PageQuery {
            offset: 1,
            limit: 3,
            ..PageQuery::default()
        };
        drop(page(&reader, entry, &query, &sort(), &CancelToken::new()));
        let key = vec!["customer_7".to_owned(); entry.key_columns.len()];
        drop(find_row(&reader, entry, &key));
    }
    drop(found(&reader, "number"));
}
