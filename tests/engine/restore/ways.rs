//! Random damage to a small schema of circles, trees, unique values and rows without a key, undone by all
//! three ways: whichever way it is, the company is what it was, and after a revert what it had become.
//!
//! `SNAPBACK_TEST_SEED=7` replays one seed.

use snapback_engine::Code;
use snapback_testkit::seeds;

use crate::restore::workshop::{Way, Workshop};

const SCHEMA: &str = "
    CREATE TABLE public.unit (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"parentId\" integer REFERENCES public.unit (id) ON DELETE SET NULL,
        \"headId\" integer, name text NOT NULL, rank integer, UNIQUE (\"companyId\", name));
    CREATE UNIQUE INDEX first_of_rank ON public.unit (rank) WHERE \"parentId\" IS NULL;
    CREATE TABLE public.person (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"unitId\" integer NOT NULL REFERENCES public.unit (id) ON DELETE CASCADE,
        code text UNIQUE, \"deputyId\" integer REFERENCES public.person (id), place integer,
        UNIQUE (\"unitId\", place) DEFERRABLE INITIALLY IMMEDIATE);
    ALTER TABLE public.unit ADD FOREIGN KEY (\"headId\") REFERENCES public.person (id) ON DELETE SET NULL;
    CREATE TABLE public.badge (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"personCode\" text REFERENCES public.person (code) ON UPDATE CASCADE ON DELETE SET NULL);
    CREATE TABLE public.link (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"unitId\" integer NOT NULL REFERENCES public.unit (id) ON DELETE CASCADE,
        \"personId\" integer NOT NULL REFERENCES public.person (id) ON DELETE CASCADE, UNIQUE (\"unitId\", \"personId\"));
    CREATE TABLE public.entry (\"companyId\" text NOT NULL, \"unitId\" integer REFERENCES public.unit (id) ON DELETE SET NULL, amount numeric, data json);
    INSERT INTO public.unit SELECT n, 'acme', CASE WHEN n > 4 THEN n - 4 END, NULL, 'Unit ' || n, n FROM generate_series(1, 12) AS n;
    INSERT INTO public.person SELECT n, 'acme', 1 + n % 12, 'code ' || n, CASE WHEN n > 1 THEN n / 2 END, n FROM generate_series(1, 30) AS n;
    UPDATE public.unit SET \"headId\" = id * 2;
    INSERT INTO public.badge SELECT n, 'acme', 'code ' || n FROM generate_series(1, 20) AS n;
    INSERT INTO public.link SELECT n, 'acme', 1 + n % 12, n FROM generate_series(1, 30) AS n;
    INSERT INTO public.entry SELECT 'acme', 1 + n % 12, n % 3, '{\"n\": 1}' FROM generate_series(1, 20) AS n;";
/// Every row of the schema's tables, as text.
const ROWS: &str = "SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") FROM (
    SELECT 'unit ' || t::text AS line FROM public.unit AS t UNION ALL SELECT 'person ' || t::text FROM public.person AS t
    UNION ALL SELECT 'badge ' || t::text FROM public.badge AS t UNION ALL SELECT 'link ' || t::text FROM public.link AS t
    UNION ALL SELECT 'entry ' || t::text FROM public.entry AS t) AS l";

/// Seeds of an ordinary run, and of a long one.
const SEEDS: (u64, u64) = (4, 200);

/// Numbers that follow from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// One thing that somebody does; what the schema refuses does not happen.
fn statement(numbers: &mut Numbers) -> String {
    let mut id = |limit| 1 + numbers.below(limit);
    let (unit, other, person, deputy) = (id(14), id(14), id(34), id(34));
    let (fresh, kind) = (100 + id(900), id(16));
    match kind {
        1 => format!("DELETE FROM public.unit WHERE id = {unit}"),
        2 => format!("DELETE FROM public.person WHERE id = {person}"),
        3 => format!("UPDATE public.unit SET \"parentId\" = {other} WHERE id = {unit}"),
        4 => format!("UPDATE public.unit SET \"headId\" = {person} WHERE id = {unit}"),
        5 => format!(
            "UPDATE public.unit SET name = 'x'; UPDATE public.unit SET name = 'Unit ' || (id + {unit}) % 20"
        ),
        6 => format!(
            "UPDATE public.unit SET name = 'parked' WHERE id = {unit}; UPDATE public.unit SET name = 'Unit {unit}' WHERE id = {other};
             UPDATE public.unit SET name = 'Unit {other}' WHERE id = {unit}"
        ),
        7 => format!(
            "DELETE FROM public.unit WHERE id = {unit};
             INSERT INTO public.unit VALUES ({fresh}, 'acme', NULL, {person}, 'Unit {unit}', {unit})"
        ),
        8 => format!(
            "INSERT INTO public.person VALUES ({fresh}, 'acme', {unit}, 'code {person}', {deputy}, {person})"
        ),
        9 => format!(
            "UPDATE public.person SET \"unitId\" = {unit}, \"deputyId\" = {deputy} WHERE id % 5 = {person} % 5"
        ),
        10 => format!("UPDATE public.person SET code = 'new {fresh}' WHERE id = {person}"),
        11 => format!(
            "DELETE FROM public.link WHERE id = {person}; INSERT INTO public.link VALUES ({fresh}, 'acme', 1 + {person} % 12, {person})"
        ),
        12 => format!("UPDATE public.link SET \"unitId\" = {unit} WHERE \"personId\" = {person}"),
        13 => format!(
            "INSERT INTO public.entry SELECT 'acme', {unit}, {person} % 3, '{{\"n\": 1}}' FROM generate_series(1, 3)"
        ),
        14 => format!(
            "DELETE FROM public.entry WHERE ctid IN (SELECT ctid FROM public.entry ORDER BY ctid LIMIT {other} % 5)"
        ),
        15 => format!(
            "DELETE FROM public.badge WHERE id = {person}; INSERT INTO public.badge VALUES ({fresh}, 'acme', 'code {deputy}')"
        ),
        _ => format!("UPDATE public.person SET place = place % 30 + 1 WHERE \"unitId\" = {unit}"),
    }
}

fn damage(seed: u64) -> String {
    let mut numbers = Numbers(seed);
    let count = 4 + numbers.below(12);
    let statements: Vec<String> = (0..count)
        .map(|_| {
            let statement = statement(&mut numbers);
            format!(
                "BEGIN {statement}; EXCEPTION WHEN integrity_constraint_violation THEN NULL; END;"
            )
        })
        .collect();
    format!("DO $$ BEGIN {} END $$", statements.join("\n"))
}

/// Undoes the damage of every seed by one way; the seeds that this way says it cannot undo.
async fn undo(way: Way, seeds: &[u64]) -> Vec<u64> {
    let workshop = Workshop::by(way, SCHEMA).await;
    let backup = workshop.create().await.archive.path;
    let rows = async || workshop.database.value(ROWS).await.unwrap();
    let before = rows().await;
    let mut blocked = Vec::new();
    for &seed in seeds {
        workshop.database.run(&damage(seed)).await;
        let damaged = rows().await;
        match workshop.try_restore(&backup, &workshop.options()).await {
            Ok(report) if report.review.is_some() => {
                assert_eq!(rows().await, before, "{way:?} with seed {seed}: restored");
                workshop.revert().await;
                assert_eq!(rows().await, damaged, "{way:?} with seed {seed}: reverted");
                workshop.restore(&backup).await;
                workshop.keep().await;
            }
            Ok(_) => {}
            Err(error) => {
                assert_eq!(
                    (error.code(), rows().await),
                    (Code::NotRestorable, damaged),
                    "{way:?} with seed {seed}: {error:?}"
                );
                blocked.push(seed);
                let options = workshop.options();
                workshop.restore_as_superuser(&backup, &options).await;
            }
        }
        assert_eq!(rows().await, before, "{way:?} with seed {seed}: at the end");
    }
    blocked
}

/// The seeds of this run.
fn played() -> Vec<u64> {
    seeds(SEEDS.0, SEEDS.1).collect()
}

#[tokio::test]
async fn random_damage_is_undone_by_a_superuser() {
    assert!(undo(Way::Superuser, &played()).await.is_empty());
}

#[tokio::test]
async fn random_damage_is_undone_to_the_same_bytes_with_a_granted_setting() {
    assert!(undo(Way::ReplicaRole, &played()).await.is_empty());
}

#[tokio::test]
async fn random_damage_is_undone_to_the_same_bytes_by_an_owner() {
    let blocked = undo(Way::Owner, &played()).await;
    assert!(
        blocked.len() * 2 <= played().len().max(2),
        "an owner cannot: {blocked:?}"
    );
}
