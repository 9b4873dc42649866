//! Tables of unusual shapes: partitions, inheritance, keys equal by value and not by text, deferred
//! uniques, references to keys that are not primary.

use crate::restore::workshop::{Workshop, members};

pub(crate) const SHAPES: &str = "
    CREATE TABLE public.movement (id bigint, \"companyId\" text NOT NULL, day date NOT NULL, quantity numeric, PRIMARY KEY (id, day))
        PARTITION BY RANGE (day);
    CREATE TABLE public.movement_2025 PARTITION OF public.movement FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE public.movement_2026 PARTITION OF public.movement FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    INSERT INTO public.movement SELECT n, c, '2025-06-01'::date + n, n FROM unnest(ARRAY['acme', 'bolt']) WITH ORDINALITY AS c(c, o),
        LATERAL generate_series((o * 1000)::int, (o * 1000 + 400)::int) AS n WHERE '2025-06-01'::date + n < '2027-01-01';
    INSERT INTO public.movement SELECT n, 'acme', '2025-02-01'::date + n, n FROM generate_series(1, 300) AS n;
    CREATE TABLE public.asset (id text PRIMARY KEY, \"companyId\" text NOT NULL, name text);
    CREATE TABLE public.machine (power integer, PRIMARY KEY (id)) INHERITS (public.asset);
    INSERT INTO public.asset VALUES ('a1', 'acme', 'Bench'), ('a2', 'acme', 'Rack');
    INSERT INTO public.machine VALUES ('a1', 'acme', 'Press', 40), ('m2', 'acme', 'Saw', 5);
    CREATE TABLE public.rate (\"companyId\" text NOT NULL, amount numeric NOT NULL, note text, PRIMARY KEY (\"companyId\", amount));
    INSERT INTO public.rate VALUES ('acme', 1.0, 'one'), ('acme', 2, 'two'), ('bolt', 1.00, 'theirs');
    CREATE TABLE public.rank (id integer PRIMARY KEY, \"companyId\" text NOT NULL, place integer NOT NULL,
        UNIQUE (\"companyId\", place) DEFERRABLE INITIALLY IMMEDIATE, code text UNIQUE);
    INSERT INTO public.rank SELECT n, 'acme', n, 'code ' || n FROM generate_series(1, 6) AS n;
    CREATE TABLE public.medal (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"rankCode\" text REFERENCES public.rank (code));
    INSERT INTO public.medal SELECT n, 'acme', 'code ' || n FROM generate_series(1, 6) AS n;";

async fn round(damage: &str) -> Workshop {
    let workshop = Workshop::with(SHAPES).await;
    let backup = workshop.create().await;
    workshop.database.run(damage).await;
    let others = workshop.canary().await;
    workshop.restore(&backup.archive.path).await;
    assert_eq!(workshop.canary().await, others);
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
    workshop
}

#[tokio::test]
async fn partitioned_tables_are_one_table() {
    round(
        "UPDATE public.movement SET day = day + 200 WHERE \"companyId\" = 'acme' AND id < 50;
         DELETE FROM public.movement_2025 WHERE \"companyId\" = 'acme' AND id > 100;
         UPDATE public.movement SET quantity = -1 WHERE id BETWEEN 60 AND 70;",
    )
    .await;
}

#[tokio::test]
async fn a_parent_and_its_child_are_two_tables() {
    let workshop = round(
        "UPDATE ONLY public.asset SET name = 'Wrong' WHERE id = 'a1'; DELETE FROM ONLY public.asset WHERE id = 'a2';
         INSERT INTO public.asset VALUES ('m2', 'acme', 'Double'); UPDATE public.machine SET power = 1;",
    )
    .await;
    let machines = workshop
        .database
        .value("SELECT string_agg(id || name || power, ' ' ORDER BY id) FROM public.machine")
        .await;
    assert_eq!(machines.as_deref(), Some("a1Press40 m2Saw5"));
}

#[tokio::test]
async fn keys_equal_by_value_and_not_by_text_go_and_come_back() {
    let workshop = round("UPDATE public.rate SET amount = 1.000 WHERE note = 'one'").await;
    let amount = workshop
        .database
        .value("SELECT amount FROM public.rate WHERE note = 'one'")
        .await;
    assert_eq!(amount.as_deref(), Some("1.0"));
}

#[tokio::test]
async fn rows_that_swapped_unique_values_in_a_ring_get_their_own_back() {
    round(
        "SET session_replication_role = replica; UPDATE public.rank SET place = place % 6 + 1;
         UPDATE public.rank SET code = 'x' || code; UPDATE public.rank SET code = 'code ' || id % 6 + 1;",
    )
    .await;
}
