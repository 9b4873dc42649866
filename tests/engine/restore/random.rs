//! Random damage, restored and reverted: what comes back is what was there, byte for byte, whatever was done
//! to it. A seed that fails is named; `SNAPBACK_TEST_SEED=n` does it once more.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use snapback_engine::archive::{Reader, TableDisposition};
use snapback_engine::inspect::{self, PageQuery};
use snapback_engine::model::TableName;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{Confirmation, Conflicts, Selection};
use snapback_engine::{CancelToken, Code, doctor};
use snapback_testkit::{Fingerprint, Reach, postgres_major, seeds};

use crate::restore::reach::acmes;
use crate::restore::workshop::{Workshop, members, sort};

/// What the workshop lacks: uniques to swap and to pass on, a cycle of references, a key of two columns of
/// which one refers, values of every shape.
const RICHER: &str = r#"
CREATE TABLE public.site ("companyId" text NOT NULL REFERENCES public.company (id) ON DELETE CASCADE, id integer NOT NULL,
    slug text, "mainDoorId" integer, area numeric, opened date, PRIMARY KEY ("companyId", id), UNIQUE ("companyId", slug));
CREATE TABLE public.door ("companyId" text NOT NULL, id integer NOT NULL, "siteId" integer NOT NULL, rank integer NOT NULL,
    tags text[], info jsonb, "lastOpened" timestamptz, span int4range, photo bytea, weight double precision,
    PRIMARY KEY ("companyId", id), UNIQUE ("companyId", "siteId", rank),
    FOREIGN KEY ("companyId", "siteId") REFERENCES public.site ("companyId", id) ON DELETE CASCADE);
ALTER TABLE public.site ADD FOREIGN KEY ("companyId", "mainDoorId") REFERENCES public.door ("companyId", id)
    ON DELETE SET NULL ("mainDoorId");
CREATE TABLE public."doorLog" ("companyId" text NOT NULL, "doorId" integer, what text, at timestamptz,
    FOREIGN KEY ("companyId", "doorId") REFERENCES public.door ("companyId", id) ON DELETE SET NULL ("doorId"));
INSERT INTO public.site SELECT c, n, 's' || n, NULL, n / 3.0, '2026-01-01'::date + n
    FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 12) AS n;
INSERT INTO public.door SELECT c, n, 1 + n % 12, n / 12, ARRAY['t' || n, NULL, 'a,b"c'], jsonb_build_object('n', n, 'x', NULL),
    '2026-02-01'::timestamptz + n * interval '1 hour 1 microsecond', int4range(n, n + 5), decode(lpad(to_hex(n), 8, '0'), 'hex'), n / 7.0
    FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 60) AS n;
UPDATE public.site SET "mainDoorId" = (SELECT min(d.id) FROM public.door AS d WHERE d."companyId" = site."companyId" AND d."siteId" = site.id);
INSERT INTO public."doorLog" SELECT c, 1 + n % 60, 'opened', '2026-03-01'::timestamptz + n * interval '1 minute'
    FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 90) AS n;
"#;

/// What the schema does by `SET NULL (column)`, for servers before version 15, which do not know it. Triggers fire by
/// name, and those of references are called `RI_`.
const BY_TRIGGER: &str = r#"
CREATE FUNCTION public.close_door() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE public.site SET "mainDoorId" = NULL WHERE "companyId" = OLD."companyId" AND "mainDoorId" = OLD.id;
    UPDATE public."doorLog" SET "doorId" = NULL WHERE "companyId" = OLD."companyId" AND "doorId" = OLD.id;
    RETURN NULL; END $$;
CREATE TRIGGER "BeforeReferences" AFTER DELETE ON public.door FOR EACH ROW EXECUTE FUNCTION public.close_door();
"#;

pub(crate) async fn schema() -> String {
    if postgres_major().await >= 15 {
        return RICHER.to_owned();
    }
    let known = RICHER
        .replace("ON DELETE SET NULL (\"mainDoorId\")", "")
        .replace("ON DELETE SET NULL (\"doorId\")", "");
    known + BY_TRIGGER
}

/// One thing that a user, an import or a script does to Acme. `$n` stands for a random number.
const DEEDS: &[&str] = &[
    "UPDATE public.product SET price = price * 1.1 WHERE \"companyId\" = 'acme' AND (hashtext(code) + $n) % 3 = 0",
    "UPDATE public.product SET price = 'NaN' WHERE \"companyId\" = 'acme' AND code = 'P-' || $n % 25",
    "INSERT INTO public.product VALUES ('acme', 'X-' || $n, $n % 1000 / 7.0) ON CONFLICT DO NOTHING",
    "DELETE FROM public.product AS p WHERE \"companyId\" = 'acme' AND code = 'P-' || $n % 25
        AND NOT EXISTS (SELECT FROM public.\"orderLine\" AS l WHERE l.\"companyId\" = 'acme' AND l.\"productCode\" = p.code)",
    "DELETE FROM public.customer WHERE \"companyId\" = 'acme' AND (hashtext(id) + $n) % 9 = 0",
    "INSERT INTO public.customer (id, \"companyId\", name, \"portalToken\", \"parentId\")
        SELECT 'acme-n' || $n, 'acme', 'New ' || $n, 'token ' || $n, min(id) FROM public.customer WHERE \"companyId\" = 'acme'
        ON CONFLICT DO NOTHING",
    "UPDATE public.customer SET name = E'line\\nbreak \\\\ tab\\t' || name WHERE \"companyId\" = 'acme' AND (hashtext(id) + $n) % 11 = 0
        AND length(name) < 40",
    "UPDATE public.customer SET \"portalToken\" = 'changed ' || $n WHERE \"companyId\" = 'acme' AND (hashtext(id) + $n) % 5 = 0",
    "UPDATE public.customer AS c SET \"parentId\" = (SELECT max(o.id) FROM public.customer AS o WHERE o.\"companyId\" = 'acme' AND o.id < c.id)
        WHERE \"companyId\" = 'acme' AND (hashtext(id) + $n) % 4 = 0",
    "INSERT INTO public.\"order\" (\"companyId\", \"customerId\", state, total, note, data)
        SELECT 'acme', min(id), 'sent', $n / 3.0, repeat('ü', $n % 50), '{\"a\" :  1}' FROM public.customer WHERE \"companyId\" = 'acme' HAVING count(*) > 0",
    "DELETE FROM public.\"order\" WHERE \"companyId\" = 'acme' AND (id + $n) % 6 = 0",
    "UPDATE public.\"order\" SET data = ('{\"z\":  ' || $n || '}')::json, total = NULL, \"madeAt\" = 'infinity' WHERE \"companyId\" = 'acme' AND (id + $n) % 13 = 0",
    "UPDATE public.\"orderLine\" SET quantity = quantity + 0.0 WHERE \"companyId\" = 'acme' AND (\"orderId\" + $n) % 7 = 0",
    "DELETE FROM public.\"orderLine\" WHERE \"companyId\" = 'acme' AND (\"orderId\" + position + $n) % 8 = 0",
    "INSERT INTO public.\"orderTag\" SELECT id, 'tag' || $n FROM public.\"order\" WHERE \"companyId\" = 'acme' AND (id + $n) % 5 = 0 ON CONFLICT DO NOTHING",
    "DELETE FROM public.\"orderTag\" WHERE \"orderId\" IN (SELECT id FROM public.\"order\" WHERE \"companyId\" = 'acme' AND (id + $n) % 3 = 0)",
    "INSERT INTO public.journal SELECT 'acme', '{\"a\": 1}', 10 FROM generate_series(1, 1 + $n % 4)",
    "ALTER TABLE public.journal DISABLE TRIGGER immutable; DELETE FROM public.journal WHERE ctid IN
        (SELECT ctid FROM public.journal WHERE \"companyId\" = 'acme' LIMIT 1 + $n % 3); ALTER TABLE public.journal ENABLE TRIGGER immutable",
    "UPDATE public.site SET slug = slug || '~' WHERE \"companyId\" = 'acme'; UPDATE public.site AS s SET slug = 's' || 1 + (s.id + $n) % 12
        WHERE \"companyId\" = 'acme' AND s.id <= 12",
    "UPDATE public.site SET slug = NULL WHERE \"companyId\" = 'acme' AND (id + $n) % 4 = 0",
    "DELETE FROM public.site WHERE \"companyId\" = 'acme' AND id = 1 + $n % 12",
    "INSERT INTO public.site VALUES ('acme', 100 + $n % 50, 'n' || $n, NULL, $n / 9.0, 'infinity') ON CONFLICT DO NOTHING",
    "UPDATE public.door SET rank = rank + 1000 WHERE \"companyId\" = 'acme'; UPDATE public.door SET rank = 1999 - rank WHERE \"companyId\" = 'acme'",
    "UPDATE public.door SET tags = tags || ARRAY['x' || $n], info = info || '{\"more\": 1e400}', span = 'empty', photo = '\\x00ff',
        weight = '-0' WHERE \"companyId\" = 'acme' AND (id + $n) % 5 = 0",
    "DELETE FROM public.door WHERE \"companyId\" = 'acme' AND (id + $n) % 7 = 0",
    "UPDATE public.site AS s SET \"mainDoorId\" = (SELECT max(d.id) FROM public.door AS d WHERE d.\"companyId\" = 'acme' AND d.\"siteId\" = s.id)
        WHERE \"companyId\" = 'acme' AND (s.id + $n) % 2 = 0",
    "UPDATE public.\"doorLog\" SET what = 'closed' WHERE \"companyId\" = 'acme' AND extract(minute FROM at)::int % 10 = $n % 10",
    "INSERT INTO public.\"doorLog\" SELECT 'acme', NULL, what, at FROM public.\"doorLog\" WHERE \"companyId\" = 'acme' LIMIT $n % 5",
    "DELETE FROM public.\"doorLog\" WHERE \"companyId\" = 'acme' AND extract(minute FROM at)::int % 6 = $n % 6",
    "DELETE FROM public.customer WHERE \"companyId\" = 'acme'",
    "DELETE FROM public.site WHERE \"companyId\" = 'acme'",
];

/// What a revert brings back: everything of Acme's, secrets too.
async fn everything(workshop: &Workshop) -> Fingerprint {
    workshop
        .database
        .fingerprint_within(|table| match table.name.as_str() {
            // Planning makes these again, and they go with the orders that they are for.
            "forecast" => Reach::Nothing,
            _ => acmes(table),
        })
        .await
}

pub(crate) async fn damage(workshop: &Workshop, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..8) {
        let deed = DEEDS[random.random_range(0..DEEDS.len())];
        let number = random.random_range(0..10_000_u32).to_string();
        workshop.database.run(&deed.replace("$n", &number)).await;
    }
}

/// Backs up, damages, restores and reverts, and does so once more from what came of it.
async fn play(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let workshop = Workshop::with(&schema().await).await;
    if seed == 0 {
        for deed in DEEDS {
            workshop.database.run(&deed.replace("$n", "7")).await;
        }
    }
    damage(&workshop, &mut random).await;
    for is_last in [false, true] {
        let backup = workshop.create().await;
        damage(&workshop, &mut random).await;
        let damaged = everything(&workshop).await;
        let mut options = workshop.options();
        options.confirmation = Confirmation::Everything;
        options.sort_budget_bytes = [1 << 10, 12 << 20][random.random_range(0..2)];
        let report = workshop
            .try_restore(&backup.archive.path, &options)
            .await
            .unwrap();
        let restored = workshop.create().await;
        assert_eq!(
            members(&restored.archive.path),
            members(&backup.archive.path),
            "restored"
        );
        if report.review.is_none() {
            continue;
        }
        if !is_last && random.random_range(0..3) == 0 {
            workshop.keep().await;
        } else {
            workshop.try_revert(&options).await.unwrap();
            damaged.assert_same(&everything(&workshop).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_damage_is_restored_and_reverted_byte_for_byte() {
    for seed in seeds(4, 1_000) {
        let played = AssertUnwindSafe(Box::pin(play(seed))).catch_unwind().await;
        assert!(
            played.is_ok(),
            "seed {seed} fails: SNAPBACK_TEST_SEED={seed} does it once more"
        );
    }
}

/// Backs up, damages, and takes some rows back with whatever belongs to them. Where that is refused, nothing
/// has changed.
async fn play_rows(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let workshop = Workshop::with(&schema().await).await;
    damage(&workshop, &mut random).await;
    let backup = workshop.create().await.archive.path;
    damage(&workshop, &mut random).await;
    let damaged = everything(&workshop).await;
    let reader = Reader::open(&backup).unwrap();
    let named = named_rows(&reader, &mut random);
    let selection = Selection {
        only: named.iter().map(|(written, ..)| written.clone()).collect(),
        child_levels: [0, 1, 2, u32::MAX][random.random_range(0..4)],
        conflicts: [Conflicts::Named, Conflicts::Backup, Conflicts::Live]
            [random.random_range(0..3)],
        fields: Vec::new(),
        ..Selection::default()
    };
    let report = match workshop.take(&backup, &selection).await {
        Ok(report) => report,
        Err(error) => {
            assert_eq!(error.code(), Code::NotRestorable, "{error:?}");
            damaged.assert_same(&everything(&workshop).await);
            return;
        }
    };
    let (mut opened, cancel) = (workshop.open().await, CancelToken::new());
    let examined = doctor::examine(&mut opened, &Silent, &cancel).await;
    let examined = examined.unwrap().completed().unwrap();
    assert!(examined.tables.is_empty(), "{:?}", examined.tables);
    if selection.conflicts != Conflicts::Live {
        let after = Reader::open(&workshop.create().await.archive.path).unwrap();
        for (written, table, key) in &named {
            let row = |reader: &Reader| {
                let entry = reader.manifest().table(table).unwrap();
                inspect::find_row(reader, entry, key).unwrap()
            };
            assert_eq!(row(&after), row(&reader), "{written}");
        }
    }
    if report.review.is_some() {
        workshop.revert().await;
    }
    damaged.assert_same(&everything(&workshop).await);
}

/// Some rows of an archive: as a person names them, with table and key.
fn named_rows(reader: &Reader, random: &mut ChaCha8Rng) -> Vec<(String, TableName, Vec<String>)> {
    let tables = reader.manifest().tables.iter();
    let tables: Vec<_> = tables
        .filter(|entry| {
            let is_written = entry.disposition == TableDisposition::Restored;
            is_written && !entry.key_columns.is_empty() && entry.row_count > 0
        })
        .collect();
    let count = random.random_range(1..6).min(tables.len() * 5);
    let rows = (0..count).map(|_| {
        let entry = tables[random.random_range(0..tables.len())];
        let query = PageQuery {
            offset: random.random_range(0..entry.row_count),
            limit: 1,
            ..PageQuery::default()
        };
        let page = inspect::page(reader, entry, &query, &sort(), &CancelToken::new()).unwrap();
        let value = |column: &String| {
            let place = entry.columns.iter().position(|name| name == column);
            page.rows[0][place.unwrap()].clone().unwrap()
        };
        let key: Vec<String> = entry.key_columns.iter().map(value).collect();
        let own = entry.key_columns.iter().zip(&key);
        let own = own.filter(|(column, _)| *column != "companyId");
        let own: Vec<&str> = own.map(|(_, value)| value.as_str()).collect();
        let written = format!("{}:{}", entry.table, own.join(","));
        (written, entry.table.clone(), key)
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_rows_are_taken_back_after_random_damage_or_nothing_changes() {
    for seed in seeds(6, 1_000) {
        let played = AssertUnwindSafe(Box::pin(play_rows(seed)))
            .catch_unwind()
            .await;
        assert!(
            played.is_ok(),
            "seed {seed} fails: SNAPBACK_TEST_SEED={seed} does it once more"
        );
    }
}
