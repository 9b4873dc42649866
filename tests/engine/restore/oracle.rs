//! Differences beside what the database itself says about the same rows, by `EXCEPT` and nothing of ours.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use snapback_engine::CancelToken;
use snapback_engine::archive::Reader;
use snapback_engine::difference::{Counts, compare_archives};
use snapback_engine::profile;
use snapback_testkit::seeds;

use crate::restore::random::{damage, schema};
use crate::restore::workshop::{Workshop, sort};

/// How many rows of a table only the backup has, and only the company, one that changed being both.
type Sides = BTreeMap<String, (u64, u64)>;

/// Every table as it is now, set aside.
const SET_ASIDE: &str = "DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept; DO $$ DECLARE t text; BEGIN
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', t); END LOOP; END $$";

/// What differs between what was set aside and what is there, in the columns that travel. Rows are compared as
/// text: 1.0 is not 1.00.
async fn by_except(workshop: &Workshop, backup: &Reader) -> Sides {
    let mut sides = Sides::new();
    for entry in &backup.manifest().tables {
        let table = &entry.table.name;
        let columns: Vec<String> = entry
            .columns
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        let rows = |schema: &str| {
            let own = match table.as_str() {
                "company" => "id = 'acme'".to_owned(),
                "orderTag" => format!(
                    "\"orderId\" IN (SELECT id FROM {schema}.\"order\" WHERE \"companyId\" = 'acme')"
                ),
                _ => "\"companyId\" = 'acme'".to_owned(),
            };
            format!(
                "SELECT s::text FROM (SELECT {} FROM {schema}.\"{table}\" WHERE {own}) AS s",
                columns.join(", ")
            )
        };
        let (then, now) = (rows("kept"), rows("public"));
        let sql = format!(
            "SELECT (SELECT count(*) FROM ({then} EXCEPT ALL {now}) AS a) || ' ' || (SELECT count(*) FROM ({now} EXCEPT ALL {then}) AS b)"
        );
        let counted = workshop.database.value(&sql).await.unwrap();
        let (gone, new) = counted.split_once(' ').unwrap();
        let counted = (gone.parse().unwrap(), new.parse().unwrap());
        if counted != (0, 0) {
            sides.insert(entry.table.to_string(), counted);
        }
    }
    sides
}

/// The same as a comparison tells it.
fn told(tables: impl Iterator<Item = (String, Counts)>) -> Sides {
    let tables = tables.filter(|(_, counts)| !counts.is_unchanged());
    let sides = |counts: Counts| {
        (
            counts.missing + counts.changed,
            counts.extra + counts.changed,
        )
    };
    tables
        .map(|(table, counts)| (table, sides(counts)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_after_random_damage_is_what_except_says() {
    let known = profile::parse(include_str!("workshop.toml")).unwrap();
    let workshop = Workshop::with(&schema().await).await;
    let mut differing = 0;
    for seed in seeds(5, 300) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        workshop.database.run(SET_ASIDE).await;
        let before = Reader::open(&workshop.create().await.archive.path).unwrap();
        damage(&workshop, &mut random).await;
        let expected = by_except(&workshop, &before).await;
        differing += expected.len();

        let plan = workshop.plan(before.path()).await;
        let planned = plan.tables.iter();
        let planned =
            planned.map(|planned| (planned.table.to_string(), planned.difference.counts()));
        assert_eq!(told(planned), expected, "a backup and now, seed {seed}");

        // Looked at from the later backup, what is wanted is what there was.
        let after = Reader::open(&workshop.create().await.archive.path).unwrap();
        let cancel = CancelToken::new();
        let (tables, _) = compare_archives(&after, &before, &known, &sort(), &cancel).unwrap();
        let compared = tables.iter().map(|table| &table.difference);
        let compared = compared.map(|found| (found.pair.table.to_string(), found.counts()));
        assert_eq!(told(compared), expected, "two backups, seed {seed}");
    }
    assert!(differing > 5);
}
