//! A backup and a schema of another version: the verdict says what happens to which rows before anything is
//! touched, the restore does just that, and a revert gives back what was there.
//!
//! In every case a backup is made, a customer is deleted (with three orders, nine lines, and a child that
//! loses its parent), the schema is changed, and somebody by one of the three kinds of rights restores.

use std::sync::Arc;

use snapback_engine::archive::Reader;
use snapback_engine::difference::{Effect, Finding, Verdict};
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, ArchiveVerdict};
use snapback_engine::{CancelToken, Code};
use snapback_testkit::is_long;

use crate::restore::workshop::{Way, Workshop};

const DAMAGE: &str = "DELETE FROM public.customer WHERE id = 'acme-c7'";

/// What every restore of this company notes.
const ALWAYS_NOTED: &[&str] = &["trigger_fires", "secret_held"];

struct Case {
    /// The schema before the backup, where it is not the workshop's own.
    before: &'static str,
    /// What became of the schema since.
    since: &'static str,
    /// The findings, gravest first: effect, code, table and column, rows.
    says: &'static [&'static str],
    /// A query and its answer once the backup is restored.
    leaves: Option<(&'static str, &'static str)>,
}

/// A finding in words.
fn word(finding: &Finding) -> String {
    let effect = match finding.effect {
        Effect::Noted => "noted",
        Effect::Defaulted => "defaulted",
        Effect::Discarded => "discarded",
        Effect::Lost => "lost",
        Effect::Blocked => "blocked",
    };
    let table = finding.table.as_ref().map_or("", |table| &table.name);
    let mut word = format!("{effect} {} {table}", finding.code);
    if let Some(column) = &finding.column {
        word.push_str(&format!(".{column}"));
    }
    if let Some(row_count) = finding.row_count {
        word.push_str(&format!(" {row_count}"));
    }
    word
}

fn words(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| !ALWAYS_NOTED.contains(&finding.code))
        .map(word)
        .collect()
}

async fn today(workshop: &Workshop, archive: &std::path::Path) -> ArchiveVerdict {
    let reader = Arc::new(Reader::open(archive).unwrap());
    let cancel = CancelToken::new();
    let found = restore::verdict(
        &mut workshop.open().await,
        &reader,
        &workshop.options(),
        &Silent,
        &cancel,
    )
    .await;
    found.unwrap().completed().unwrap()
}

async fn holds(case: &Case, way: Way) {
    let mut workshop = Workshop::with(case.before).await;
    let archive = workshop.create().await.archive.path;
    workshop.database.run(DAMAGE).await;
    workshop.database.run(case.since).await;
    workshop.work_by(way).await;
    let found = workshop.own().await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(words(&plan.findings), case.says);
    let today = today(&workshop, &archive).await;
    assert_eq!(today.verdict, plan.verdict, "{:?}", words(&today.findings));
    if plan.verdict == Verdict::NotRestorable {
        let refused = workshop.try_restore(&archive, &workshop.options()).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotRestorable);
        assert_eq!(workshop.own().await, found);
        return;
    }
    let report = workshop.restore(&archive).await;
    assert_eq!(report.totals, plan.totals);
    assert_eq!(words(&report.findings), case.says);
    if let Some((query, answer)) = case.leaves {
        let query = format!("({query})");
        let left = workshop.database.value(&query).await;
        assert_eq!(left.as_deref(), Some(answer));
    }
    workshop.revert().await;
    assert_eq!(workshop.own().await, found);
}

macro_rules! cases {
    ($($name:ident {
        $(before: $before:expr,)?
        since: $since:expr,
        says: $says:expr,
        $(leaves: $query:expr => $answer:expr,)?
    })*) => { $(
        #[tokio::test]
        async fn $name() {
            let before = [$($before,)? ""][0];
            let leaves = [$((Some(($query, $answer))),)? None][0];
            let case = Case { before, since: $since, says: &$says, leaves };
            // One of the three is as good as another, so that they share the cases; a long run does them all.
            let number = stringify!($name).len() % Way::ALL.len();
            for way in if is_long() { &Way::ALL[..] } else { &Way::ALL[number..=number] } {
                holds(&case, *way).await;
            }
        }
    )* };
}

cases! {
    a_table_that_came_since_stays_as_it_is {
        since: "CREATE TABLE public.visit (id text PRIMARY KEY, \"companyId\" text NOT NULL);
                INSERT INTO public.visit VALUES ('v1', 'acme')",
        says: ["noted table_not_in_backup visit"],
        leaves: "SELECT count(*) FROM public.visit" => "1",
    }
    a_table_that_came_since_and_refers_to_rows_that_go_blocks {
        since: "CREATE TABLE public.visit (id text PRIMARY KEY, \"companyId\" text NOT NULL, \"customerId\" text NOT NULL REFERENCES public.customer (id));
                INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-new', 'acme', 'New');
                INSERT INTO public.visit VALUES ('v1', 'acme', 'acme-new')",
        says: ["blocked rows_would_dangle visit 1", "noted table_not_in_backup visit"],
    }
    a_table_that_is_gone_is_listed_with_its_rows {
        since: "DROP TABLE public.\"orderTag\"",
        says: ["discarded table_dropped orderTag 60"],
        leaves: "SELECT count(*) FROM public.\"order\" WHERE \"companyId\" = 'acme'" => "120",
    }
    a_renamed_table_gets_its_rows {
        since: "DELETE FROM public.\"orderTag\" WHERE \"orderId\" = 4; ALTER TABLE public.\"orderTag\" RENAME TO \"orderLabel\"",
        says: [],
        leaves: "SELECT count(*) FROM public.\"orderLabel\" WHERE \"orderId\" = 4" => "2",
    }
    a_renamed_column_gets_its_values {
        since: "UPDATE public.\"order\" SET note = NULL; ALTER TABLE public.\"order\" RENAME note TO remark",
        says: [],
        leaves: "SELECT count(remark) FROM public.\"order\" WHERE \"companyId\" = 'acme'" => "17",
    }
    a_column_that_is_gone_is_left_out_with_its_values {
        since: "ALTER TABLE public.\"order\" DROP COLUMN note",
        says: ["discarded column_dropped order.note 17"],
        leaves: "SELECT count(*) FROM public.\"order\" WHERE \"companyId\" = 'acme'" => "120",
    }
    a_column_that_is_gone_and_was_empty_is_no_loss {
        before: "ALTER TABLE public.\"order\" ADD unused text",
        since: "ALTER TABLE public.\"order\" DROP COLUMN unused",
        says: [],
    }
    a_column_that_came_since_gets_its_default_and_rows_that_stay_keep_theirs {
        since: "ALTER TABLE public.customer ADD rating integer DEFAULT 3;
                UPDATE public.customer SET rating = 5, name = 'Renamed' WHERE id = 'acme-c9'",
        says: ["defaulted column_added customer.rating 1"],
        leaves: "SELECT string_agg(id || ' ' || rating, ', ' ORDER BY id) FROM public.customer WHERE id IN ('acme-c7', 'acme-c9')" => "acme-c7 3, acme-c9 5",
    }
    a_column_that_came_since_without_a_default_stays_empty {
        since: "ALTER TABLE public.customer ADD rating integer",
        says: ["defaulted column_added customer.rating 1"],
        leaves: "SELECT count(*) FROM public.customer WHERE id = 'acme-c7' AND rating IS NULL" => "1",
    }
    a_column_that_came_since_and_must_have_a_value_blocks {
        since: "ALTER TABLE public.customer ADD rating integer; UPDATE public.customer SET rating = 1;
                ALTER TABLE public.customer ALTER rating SET NOT NULL",
        says: ["blocked column_added_not_null customer.rating 1"],
    }
    empty_values_that_are_refused_now_get_the_default {
        since: "UPDATE public.\"order\" SET note = 'none' WHERE note IS NULL;
                ALTER TABLE public.\"order\" ALTER note SET DEFAULT 'none', ALTER note SET NOT NULL",
        says: ["defaulted null_defaulted order.note 103"],
        leaves: "SELECT count(*) FROM public.\"order\" WHERE \"customerId\" = 'acme-c7' AND note = 'none'" => "3",
    }
    empty_values_that_are_refused_now_block_where_rows_come_back_without_a_default {
        since: "UPDATE public.\"order\" SET note = '' WHERE note IS NULL; ALTER TABLE public.\"order\" ALTER note SET NOT NULL",
        says: ["blocked null_refused order.note 3", "defaulted null_kept order.note 100"],
    }
    empty_values_that_are_refused_now_stay_as_they_are_in_rows_that_are_there {
        before: "UPDATE public.\"order\" SET note = 'for seven' WHERE \"customerId\" = 'acme-c7'",
        since: "UPDATE public.\"order\" SET note = '' WHERE note IS NULL; ALTER TABLE public.\"order\" ALTER note SET NOT NULL",
        says: ["defaulted null_kept order.note 100"],
        leaves: "SELECT count(*) FROM public.\"order\" WHERE \"companyId\" = 'acme' AND note = ''" => "100",
    }
    a_column_that_must_have_a_value_and_always_had_one_is_no_change {
        since: "ALTER TABLE public.\"order\" ALTER total SET NOT NULL",
        says: [],
    }
    a_wider_type_is_no_change_even_where_values_are_written_otherwise {
        since: "ALTER TABLE public.\"orderLine\" ALTER quantity TYPE numeric(20, 4), ALTER position TYPE bigint",
        says: [],
        leaves: "SELECT string_agg(DISTINCT quantity::text, ' ' ORDER BY quantity::text) FROM public.\"orderLine\" AS l JOIN public.\"order\" AS o ON o.id = l.\"orderId\" WHERE o.\"customerId\" = 'acme-c7'" => "2.0000 4.0000 6.0000",
    }
    a_shorter_varchar_takes_values_that_fit {
        since: "ALTER TABLE public.customer DROP COLUMN \"shortName\"; ALTER TABLE public.customer ALTER name TYPE varchar(11)",
        says: [],
        leaves: "SELECT name FROM public.customer WHERE id = 'acme-c7'" => "Customer 7",
    }
    a_shorter_varchar_blocks_with_values_that_do_not_fit {
        since: "ALTER TABLE public.customer DROP COLUMN \"shortName\"; UPDATE public.customer SET name = id;
                ALTER TABLE public.customer ALTER name TYPE varchar(9)",
        says: ["blocked type_changed customer.name 40"],
    }
    a_coarser_number_is_no_change_where_the_migration_rounded_as_it_would {
        since: "ALTER TABLE public.\"order\" ALTER total TYPE numeric(10, 0)",
        says: [],
        leaves: "SELECT string_agg(total::text, ' ' ORDER BY id) FROM public.\"order\" WHERE \"customerId\" = 'acme-c7'" => "63 483 903",
    }
    a_smaller_number_blocks_with_values_that_do_not_fit {
        since: "UPDATE public.\"order\" SET total = LEAST(total, 999); ALTER TABLE public.\"order\" ALTER total TYPE numeric(4, 1)",
        says: ["blocked type_changed order.total 25"],
    }
    an_enum_value_that_came_since_is_no_change {
        since: "ALTER TYPE public.order_state ADD VALUE 'lost'",
        says: [],
    }
    an_enum_value_that_is_gone_blocks_with_its_rows {
        since: "CREATE TYPE public.new_state AS ENUM ('open', 'sent');
                ALTER TABLE public.\"order\" ALTER state DROP DEFAULT;
                ALTER TABLE public.\"order\" ALTER state TYPE public.new_state USING CASE state::text WHEN 'paid' THEN 'sent' ELSE state::text END::public.new_state;
                DROP TYPE public.order_state; ALTER TYPE public.new_state RENAME TO order_state",
        says: ["blocked type_changed order.state 40"],
    }
    a_domain_that_was_tightened_blocks_with_values_that_it_refuses {
        before: "CREATE DOMAIN public.quantity AS numeric; ALTER TABLE public.\"orderLine\" ALTER quantity TYPE public.quantity",
        since: "ALTER DOMAIN public.quantity ADD CHECK (VALUE < 6) NOT VALID",
        says: ["blocked type_changed orderLine.quantity 3"],
    }
    a_check_that_came_since_blocks_with_rows_that_fail_it {
        since: "ALTER TABLE public.\"orderLine\" ADD CHECK (quantity < 6) NOT VALID",
        says: ["blocked check_refused orderLine 3"],
    }
    a_check_that_came_since_and_holds_is_no_change {
        since: "ALTER TABLE public.\"orderLine\" ADD CHECK (quantity < 7)",
        says: [],
    }
    a_check_of_a_new_column_blocks_with_rows_whose_default_fails_it {
        since: "ALTER TABLE public.customer ADD rating integer DEFAULT 3; UPDATE public.customer SET rating = 6;
                ALTER TABLE public.customer ADD CHECK (rating > 5)",
        says: ["blocked check_refused customer 1", "defaulted column_added customer.rating 1"],
    }
    a_check_of_a_new_column_is_no_change_where_the_default_passes_it {
        since: "ALTER TABLE public.customer ADD rating integer DEFAULT 3 CHECK (rating > 2)",
        says: ["defaulted column_added customer.rating 1"],
        leaves: "SELECT rating FROM public.customer WHERE id = 'acme-c7'" => "3",
    }
    a_check_of_a_new_column_blocks_with_rows_that_change_beside_what_they_have_there {
        since: "ALTER TABLE public.customer ADD rating integer DEFAULT 3;
                UPDATE public.customer SET rating = 9, name = 'Renamed' WHERE id = 'acme-c9';
                ALTER TABLE public.customer ADD CHECK (rating < 5 OR name = 'Renamed')",
        says: ["blocked check_refused customer 1", "defaulted column_added customer.rating 1"],
    }
    a_check_of_a_computed_column_blocks_with_rows_that_fail_it {
        since: "UPDATE public.customer SET name = id; ALTER TABLE public.customer ADD size integer GENERATED ALWAYS AS (length(name)) STORED CHECK (size < 10)",
        says: ["blocked check_refused customer 40"],
    }
    a_unique_index_of_a_new_column_blocks_with_rows_that_would_share_its_default {
        since: "ALTER TABLE public.\"order\" ADD rank bigint DEFAULT 0; UPDATE public.\"order\" SET rank = id;
                CREATE UNIQUE INDEX by_rank ON public.\"order\" (\"companyId\", rank)",
        says: ["blocked value_twice order 2", "defaulted column_added order.rank 3"],
    }
    a_unique_index_of_a_new_column_blocks_where_a_row_that_stays_has_its_default {
        since: "ALTER TABLE public.customer ADD rank integer DEFAULT 0; UPDATE public.customer SET rank = 1 WHERE id <> 'acme-c9';
                CREATE UNIQUE INDEX by_rank ON public.customer (rank) WHERE rank = 0",
        says: ["blocked value_held customer 1", "defaulted column_added customer.rank 1"],
    }
    a_unique_index_of_a_new_column_is_no_change_where_the_default_is_another_one_each_time {
        since: "ALTER TABLE public.\"order\" ADD token uuid DEFAULT gen_random_uuid() UNIQUE, ADD place bigserial UNIQUE",
        says: ["defaulted column_added order.place 3", "defaulted column_added order.token 3"],
        leaves: "SELECT count(DISTINCT token) FROM public.\"order\" WHERE \"companyId\" = 'acme'" => "120",
    }
    a_unique_index_of_a_computed_column_lets_rows_pass_its_values_on {
        since: "ALTER TABLE public.customer ADD code text GENERATED ALWAYS AS (lower(name)) STORED; UPDATE public.customer SET name = 'Customer 7' WHERE id = 'acme-c9';
                CREATE UNIQUE INDEX by_code ON public.customer (\"companyId\", code)",
        says: [],
        leaves: "SELECT string_agg(code, ', ' ORDER BY id) FROM public.customer WHERE id IN ('acme-c7', 'acme-c9')" => "customer 7, customer 9",
    }
    a_unique_index_that_came_since_blocks_with_rows_that_share_a_value {
        since: "DELETE FROM public.\"order\" WHERE id NOT IN (SELECT min(id) FROM public.\"order\" GROUP BY \"customerId\");
                CREATE UNIQUE INDEX one_each ON public.\"order\" (\"customerId\")",
        says: ["blocked value_held order 39", "blocked value_twice order 41"],
    }
    a_unique_index_that_came_since_and_holds_is_no_change {
        since: "CREATE UNIQUE INDEX by_total ON public.\"order\" (\"companyId\", total)",
        says: [],
    }
    a_reference_that_came_since_empties_values_that_lead_nowhere {
        since: "UPDATE public.\"order\" SET note = NULL; ALTER TABLE public.\"order\" ADD FOREIGN KEY (note) REFERENCES public.customer (id)",
        says: ["defaulted reference_emptied order.note 17"],
        leaves: "SELECT count(note) FROM public.\"order\"" => "0",
    }
    a_reference_that_came_since_finds_rows_that_come_back {
        since: "ALTER TABLE public.\"order\" ADD FOREIGN KEY (\"customerId\") REFERENCES public.customer (id) ON DELETE CASCADE;
                ALTER TABLE public.\"order\" DROP CONSTRAINT \"order_customerId_fkey\"",
        says: [],
        leaves: "SELECT count(*) FROM public.\"order\" WHERE \"customerId\" = 'acme-c7'" => "3",
    }
    a_reference_that_came_since_blocks_where_a_row_must_have_it {
        since: "CREATE TABLE public.\"codeBook\" (code text PRIMARY KEY, \"companyId\" text);
                DELETE FROM public.\"orderLine\" WHERE \"productCode\" = 'P-9'; DELETE FROM public.product WHERE code = 'P-9';
                INSERT INTO public.\"codeBook\" SELECT DISTINCT code FROM public.product;
                ALTER TABLE public.product ADD FOREIGN KEY (code) REFERENCES public.\"codeBook\" (code)",
        says: ["blocked reference_gone product.code 1", "noted table_not_in_backup codeBook"],
    }
    a_reference_that_came_since_blocks_where_rows_that_stay_need_one_that_goes {
        since: "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-hub', 'acme', 'Hub');
                ALTER TABLE public.customer ADD \"hubId\" text REFERENCES public.customer (id);
                UPDATE public.customer SET \"hubId\" = 'acme-hub' WHERE \"companyId\" = 'acme'",
        says: ["blocked rows_would_dangle customer 39", "defaulted column_added customer.hubId 1"],
    }
    a_column_that_is_computed_now_needs_no_values {
        since: "ALTER TABLE public.\"order\" DROP COLUMN note;
                ALTER TABLE public.\"order\" ADD note text GENERATED ALWAYS AS (left(\"customerId\", 4)) STORED",
        says: ["noted column_generated order.note"],
        leaves: "SELECT string_agg(DISTINCT note, ' ') FROM public.\"order\" WHERE \"customerId\" = 'acme-c7'" => "acme",
    }
    a_column_that_is_an_identity_now_keeps_its_numbers {
        since: "ALTER TABLE public.\"order\" ALTER id DROP DEFAULT; DROP SEQUENCE public.order_id_seq;
                ALTER TABLE public.\"order\" ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH 1000)",
        says: [],
        leaves: "SELECT string_agg(id::text, ' ' ORDER BY id) FROM public.\"order\" WHERE \"customerId\" = 'acme-c7'" => "6 46 86",
    }
    another_primary_key_finds_the_same_rows {
        since: "DELETE FROM public.\"orderTag\" WHERE \"orderId\" = 4;
                ALTER TABLE public.\"orderTag\" DROP CONSTRAINT \"orderTag_pkey\"; ALTER TABLE public.\"orderTag\" ADD PRIMARY KEY (tag, \"orderId\")",
        says: [],
        leaves: "SELECT count(*) FROM public.\"orderTag\" WHERE \"orderId\" = 4" => "2",
    }
    another_primary_key_blocks_where_rows_share_it {
        since: "DELETE FROM public.\"orderTag\" WHERE tag = 'rush';
                ALTER TABLE public.\"orderTag\" DROP CONSTRAINT \"orderTag_pkey\"; ALTER TABLE public.\"orderTag\" ADD PRIMARY KEY (\"orderId\")",
        says: ["blocked key_shared orderTag 30"],
    }
    a_table_in_partitions_takes_its_rows {
        since: "DELETE FROM public.\"orderTag\" WHERE \"orderId\" = 4; ALTER TABLE public.\"orderTag\" RENAME TO old;
                CREATE TABLE public.\"orderTag\" (\"orderId\" bigint NOT NULL REFERENCES public.\"order\" (id) ON DELETE CASCADE, tag text NOT NULL, PRIMARY KEY (\"orderId\", tag)) PARTITION BY LIST (tag);
                CREATE TABLE public.rush PARTITION OF public.\"orderTag\" FOR VALUES IN ('rush');
                CREATE TABLE public.others PARTITION OF public.\"orderTag\" DEFAULT;
                INSERT INTO public.\"orderTag\" SELECT * FROM public.old; DROP TABLE public.old",
        says: [],
        leaves: "SELECT count(*) FROM public.\"orderTag\" WHERE \"orderId\" = 4" => "2",
    }
    a_table_in_partitions_blocks_with_rows_that_none_takes {
        since: "ALTER TABLE public.\"orderTag\" RENAME TO old;
                CREATE TABLE public.\"orderTag\" (\"orderId\" bigint NOT NULL REFERENCES public.\"order\" (id) ON DELETE CASCADE, tag text NOT NULL, PRIMARY KEY (\"orderId\", tag)) PARTITION BY LIST (tag);
                CREATE TABLE public.rush PARTITION OF public.\"orderTag\" FOR VALUES IN ('rush');
                INSERT INTO public.\"orderTag\" SELECT * FROM public.old WHERE tag = 'rush'; DROP TABLE public.old",
        says: ["blocked no_partition orderTag 30"],
    }
    columns_in_another_order_are_the_same_columns {
        since: "DELETE FROM public.\"orderTag\" WHERE \"orderId\" = 4; ALTER TABLE public.\"orderTag\" RENAME TO old;
                CREATE TABLE public.\"orderTag\" (tag text NOT NULL, \"orderId\" bigint NOT NULL REFERENCES public.\"order\" (id) ON DELETE CASCADE, PRIMARY KEY (\"orderId\", tag));
                INSERT INTO public.\"orderTag\" (\"orderId\", tag) SELECT \"orderId\", tag FROM public.old; DROP TABLE public.old",
        says: [],
        leaves: "SELECT count(*) FROM public.\"orderTag\" WHERE \"orderId\" = 4" => "2",
    }
}

#[tokio::test]
async fn a_verdict_reads_no_rows_where_the_schemas_tell_everything() {
    let workshop = Workshop::new().await;
    let archive = workshop.create().await.archive.path;
    workshop.database.run(DAMAGE).await;
    let found = today(&workshop, &archive).await;
    assert_eq!((found.verdict, found.tables_read), (Verdict::Ready, 0));
    // By hand, and without a new version of the application.
    workshop
        .database
        .run("UPDATE public.\"order\" SET note = '' WHERE note IS NULL; ALTER TABLE public.\"order\" ALTER note SET NOT NULL")
        .await;
    let found = today(&workshop, &archive).await;
    assert_eq!(
        (found.verdict, found.tables_read),
        (Verdict::NotRestorable, 1)
    );
}

#[tokio::test]
async fn a_check_of_a_secret_blocks_rows_that_come_back_without_it() {
    let workshop = Workshop::with(
        "UPDATE public.customer SET \"portalToken\" = 'x'; ALTER TABLE public.customer ADD CHECK (\"portalToken\" IS NOT NULL)",
    )
    .await;
    let archive = workshop.create().await.archive.path;
    let changed = "UPDATE public.customer SET name = 'Renamed' WHERE id = 'acme-c9'";
    workshop.database.run(changed).await;
    assert_eq!(
        words(&workshop.plan(&archive).await.findings),
        [] as [&str; 0]
    );
    workshop.database.run(DAMAGE).await;
    assert_eq!(
        words(&workshop.plan(&archive).await.findings),
        ["blocked check_refused customer 1"]
    );
}

#[tokio::test]
async fn somebody_who_is_gone_is_left_empty_and_said() {
    let workshop = Workshop::new().await;
    let archive = workshop.create().await.archive.path;
    workshop.database.run(DAMAGE).await;
    let gone = "UPDATE public.customer SET \"updatedBy\" = NULL WHERE \"updatedBy\" = 'u2'; DELETE FROM public.membership; DELETE FROM public.\"user\" WHERE id = 'u2'";
    workshop.database.run(gone).await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        words(&plan.findings),
        ["defaulted reference_emptied customer.updatedBy 20"]
    );
    workshop.restore(&archive).await;
    let emptied =
        "SELECT count(*) FROM public.customer WHERE id = 'acme-c7' AND \"updatedBy\" IS NULL";
    assert_eq!(workshop.database.value(emptied).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_key_that_another_company_holds_now_blocks() {
    let workshop = Workshop::new().await;
    let archive = workshop.create().await.archive.path;
    workshop.database.run(DAMAGE).await;
    workshop
        .database
        .run("INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-c7', 'bolt', 'Taken')")
        .await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        words(&plan.findings),
        ["blocked key_held_elsewhere customer 1"]
    );
}

#[tokio::test]
async fn rows_outside_the_backup_that_would_dangle_block() {
    let workshop = Workshop::with(
        "CREATE TABLE public.webhook (id text PRIMARY KEY, \"companyId\" text NOT NULL, \"customerId\" text REFERENCES public.customer (id) ON DELETE CASCADE);
         ALTER TABLE public.\"apiKey\" ADD \"customerId\" text REFERENCES public.customer (id) ON DELETE CASCADE",
    )
    .await;
    let archive = workshop.create().await.archive.path;
    workshop
        .database
        .run(
            "INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-new', 'acme', 'New');
             UPDATE public.\"apiKey\" SET \"customerId\" = 'acme-new' WHERE id = 'k1'",
        )
        .await;
    let plan = workshop.plan(&archive).await;
    assert_eq!(
        words(&plan.findings),
        ["blocked rows_would_dangle apiKey 1"]
    );
}
