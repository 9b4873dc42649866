//! The catalog of a schema that has everything which makes schemas hard, read on a real server.

use snapback_engine::catalog;
use snapback_engine::model::{
    Column, Generation, OnChange, Reference, Schema, SchemaVersionRule, Table, TableKind,
    TableName, TriggerState, UniqueIndex,
};
use snapback_engine::pg::Session;
use snapback_testkit::TestDatabase;

async fn read(sql: &str) -> Schema {
    let database = TestDatabase::with_sql(sql).await;
    read_from(&database, &["public"]).await
}

async fn read_from(database: &TestDatabase, schemas: &[&str]) -> Schema {
    let mut session = Session::open(&database.settings()).await.unwrap();
    let schemas: Vec<String> = schemas.iter().map(|&schema| schema.to_owned()).collect();
    catalog::read(&mut session, &schemas).await.unwrap()
}

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    &schema.tables[&TableName::new("public", name)]
}

fn column<'a>(table: &'a Table, name: &str) -> &'a Column {
    table.column(name).unwrap()
}

fn unique<'a>(table: &'a Table, name: &str) -> &'a UniqueIndex {
    table
        .uniques
        .iter()
        .find(|unique| unique.name == name)
        .unwrap()
}

fn reference<'a>(table: &'a Table, name: &str) -> &'a Reference {
    table
        .references
        .iter()
        .find(|reference| reference.name == name)
        .unwrap()
}

fn key_of(table: &Table) -> Option<(&str, Vec<&str>, bool)> {
    let key = table.key.as_ref()?;
    Some((
        &key.name,
        key.columns.iter().map(String::as_str).collect(),
        key.primary,
    ))
}

#[tokio::test]
async fn tables_are_listed_by_what_holds_their_rows() {
    let schema = read(
        "CREATE TABLE plain (id int);
         CREATE UNLOGGED TABLE fleeting (id int);
         CREATE TABLE animal (id int);
         CREATE TABLE dog (barks bool) INHERITS (animal);
         CREATE TABLE event (day date, n int) PARTITION BY RANGE (day);
         CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
         CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (n);
         CREATE TABLE event_2026_1 PARTITION OF event_2026 FOR VALUES IN (1);
         CREATE FOREIGN DATA WRAPPER nothing;
         CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
         CREATE FOREIGN TABLE far (id int) SERVER elsewhere;
         CREATE VIEW looked AS SELECT * FROM plain;
         CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain;
         CREATE SEQUENCE counted;
         CREATE TYPE shape AS (x int);
         COMMENT ON TABLE plain IS 'nothing ''special''';
         ALTER TABLE plain ENABLE ROW LEVEL SECURITY;
         ALTER TABLE animal ENABLE ROW LEVEL SECURITY;
         ALTER TABLE animal FORCE ROW LEVEL SECURITY;",
    )
    .await;
    let kinds: Vec<_> = schema
        .tables
        .iter()
        .map(|(name, table)| (name.name.as_str(), table.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("animal", TableKind::Inherited),
            ("dog", TableKind::Ordinary),
            ("event", TableKind::Partitioned),
            ("far", TableKind::Foreign),
            ("fleeting", TableKind::Ordinary),
            ("plain", TableKind::Ordinary),
        ]
    );
    let plain = table(&schema, "plain");
    assert_eq!(plain.comment.as_deref(), Some("nothing 'special'"));
    assert!(plain.row_security && !plain.force_row_security);
    let animal = table(&schema, "animal");
    assert!(animal.row_security && animal.force_row_security && animal.comment.is_none());
}

#[tokio::test]
async fn estimates_put_the_big_tables_first_whether_analyzed_or_not() {
    let database = TestDatabase::with_sql(
        "CREATE TABLE small (id int);
         CREATE TABLE big (id int);
         INSERT INTO big SELECT generate_series(1, 5000);
         CREATE TABLE split (id int) PARTITION BY HASH (id);
         CREATE TABLE split_0 PARTITION OF split FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE split_1 PARTITION OF split FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         INSERT INTO split SELECT generate_series(1, 3000);",
    )
    .await;
    let before = read_from(&database, &["public"]).await;
    assert!(table(&before, "big").estimated_row_count > 100);
    database.run("ANALYZE").await;
    let after = read_from(&database, &["public"]).await;
    let estimates = ["small", "big", "split"].map(|name| table(&after, name).estimated_row_count);
    assert_eq!(estimates, [0, 5000, 3000]);
}

#[tokio::test]
async fn columns_have_types_that_can_stand_behind_a_cast() {
    let schema = read(
        r#"CREATE SCHEMA "Else where";
         CREATE TYPE "Else where"."Mood" AS ENUM ('so so', 'o''k', 'a,b', '');
         CREATE TYPE status AS ENUM ('Draft', 'Posted');
         CREATE DOMAIN positive AS int CHECK (VALUE > 0);
         CREATE DOMAIN named AS text NOT NULL;
         CREATE DOMAIN many AS named[];
         CREATE DOMAIN place AS regclass;
         CREATE TYPE address AS (street text, number int);
         CREATE TYPE span AS RANGE (subtype = float8);
         CREATE TABLE everything (
            a numeric, b numeric(10, 2), c varchar(20), d char(3), e timestamp(3) with time zone,
            f interval day to second(2), g int[], h status[], i "Else where"."Mood", j positive,
            k address, l span, m int4multirange, n bit varying(5), o "char", p name, q oid,
            r regclass[], s place, t named, u many, v named[], w text COLLATE "C" NOT NULL, x json, y jsonb);
         ALTER TABLE everything DROP COLUMN d;
         COMMENT ON COLUMN everything.a IS 'exact'"#,
    )
    .await;
    let everything = table(&schema, "everything");
    let types: Vec<_> = everything
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.type_name.as_str()))
        .collect();
    assert_eq!(
        types,
        [
            ("a", "numeric"),
            ("b", "numeric(10,2)"),
            ("c", "character varying(20)"),
            ("e", "timestamp(3) with time zone"),
            ("f", "interval day to second(2)"),
            ("g", "integer[]"),
            ("h", "public.status[]"),
            ("i", "\"Else where\".\"Mood\""),
            ("j", "public.positive"),
            ("k", "public.address"),
            ("l", "public.span"),
            ("m", "int4multirange"),
            ("n", "bit varying(5)"),
            ("o", "\"char\""),
            ("p", "name"),
            ("q", "oid"),
            ("r", "regclass[]"),
            ("s", "public.place"),
            ("t", "public.named"),
            ("u", "public.many"),
            ("v", "public.named[]"),
            ("w", "text"),
            ("x", "json"),
            ("y", "jsonb"),
        ]
    );
    let named = |wanted: fn(&Column) -> bool| -> String {
        everything
            .columns
            .iter()
            .filter(|column| wanted(column))
            .map(|column| column.name.as_str())
            .collect()
    };
    assert_eq!(named(|column| column.database_bound), "qrs");
    assert_eq!(named(|column| column.not_null), "tw");
    assert_eq!(named(|column| column.comment.is_some()), "a");
    assert_eq!(schema.enums["public.status"], ["Draft", "Posted"]);
    assert_eq!(
        schema.enums["\"Else where\".\"Mood\""],
        ["so so", "o'k", "a,b", ""]
    );
}

#[tokio::test]
async fn columns_say_how_they_get_their_values() {
    let schema = read(
        r#"CREATE TABLE counted (
            a serial, b bigint GENERATED ALWAYS AS IDENTITY, c int GENERATED BY DEFAULT AS IDENTITY,
            d text DEFAULT 'o''k', e int GENERATED ALWAYS AS (a * 2) STORED, f timestamptz DEFAULT now(), g int);
         CREATE SEQUENCE "Mixed" OWNED BY counted.g;
         CREATE SEQUENCE loose;
         ALTER TABLE counted ALTER g SET DEFAULT nextval('"Mixed"')"#,
    )
    .await;
    let counted = table(&schema, "counted");
    let found: Vec<_> = counted
        .columns
        .iter()
        .map(|column| {
            (
                column.name.as_str(),
                column.generation,
                column.default.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "a",
                Generation::None,
                Some("nextval('public.counted_a_seq'::regclass)")
            ),
            ("b", Generation::IdentityAlways, None),
            ("c", Generation::IdentityByDefault, None),
            ("d", Generation::None, Some("'o''k'::text")),
            ("e", Generation::Stored, None),
            ("f", Generation::None, Some("now()")),
            (
                "g",
                Generation::None,
                Some("nextval('public.\"Mixed\"'::regclass)")
            ),
        ]
    );
    let sequences: Vec<_> = counted
        .columns
        .iter()
        .map(|column| column.sequence.as_ref().map(|name| name.name.as_str()))
        .collect();
    let (a, b, c) = (
        Some("counted_a_seq"),
        Some("counted_b_seq"),
        Some("counted_c_seq"),
    );
    assert_eq!(sequences, [a, b, c, None, None, None, Some("Mixed")]);
    assert!(column(counted, "b").not_null && !column(counted, "g").not_null);
    let stored: String = counted
        .stored_columns()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(stored, "abcdfg");
}

#[tokio::test]
async fn virtual_columns_are_never_written() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    if session.server_version() < 180_000 {
        return;
    }
    session
        .run("CREATE TABLE public.t (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)")
        .await
        .unwrap();
    let schema = catalog::read(&mut session, &["public".to_owned()])
        .await
        .unwrap();
    assert_eq!(
        column(table(&schema, "t"), "b").generation,
        Generation::Virtual
    );
    assert_eq!(table(&schema, "t").stored_columns().count(), 1);
}

#[tokio::test]
async fn a_row_is_known_by_its_primary_key_or_else_by_a_unique_index_that_covers_every_row() {
    let schema = read(
        "CREATE TABLE primary_key (b int, a int, c int NOT NULL UNIQUE, PRIMARY KEY (a, b) INCLUDE (c));
         CREATE TABLE late_primary_key (a int PRIMARY KEY DEFERRABLE, b int NOT NULL UNIQUE);
         CREATE TABLE fewest (a int NOT NULL, b int NOT NULL, c int NOT NULL, UNIQUE (a, b), UNIQUE (c));
         CREATE TABLE none_fits (a int, b int NOT NULL, c text NOT NULL, UNIQUE (a), UNIQUE (b) DEFERRABLE);
         CREATE UNIQUE INDEX partial ON none_fits (b) WHERE b > 0;
         CREATE UNIQUE INDEX folded ON none_fits (lower(c));
         CREATE INDEX not_unique ON none_fits (c);
         CREATE TABLE bare (a int);",
    )
    .await;
    let key = |name| key_of(table(&schema, name));
    assert_eq!(
        key("primary_key"),
        Some(("primary_key_pkey", vec!["a", "b"], true))
    );
    assert_eq!(
        key("late_primary_key"),
        Some(("late_primary_key_pkey", vec!["a"], true))
    );
    assert_eq!(key("fewest"), Some(("fewest_c_key", vec!["c"], false)));
    assert_eq!(key("none_fits"), None);
    assert_eq!(key("bare"), None);
    assert_eq!(table(&schema, "none_fits").uniques.len(), 4);
    assert_eq!(
        table(&schema, "fewest").uniques.len(),
        1,
        "the key is not listed twice"
    );
}

#[tokio::test]
async fn uniques_tell_what_they_are_over() {
    let schema = read(
        r#"CREATE TABLE t (id int PRIMARY KEY, "companyId" text, "name" text, "user" text, active bool,
             during tstzrange, room int, CONSTRAINT once EXCLUDE USING gist (during WITH &&) WHERE (active));
         CREATE UNIQUE INDEX plain ON t ("companyId", "user") INCLUDE (active);
         CREATE UNIQUE INDEX sorted ON t ("name" COLLATE "C" text_pattern_ops DESC NULLS LAST);
         CREATE UNIQUE INDEX folded ON t ("companyId", lower("name" || "user"));
         CREATE UNIQUE INDEX partial ON t ("name") WHERE active AND room > 3;
         ALTER TABLE t ADD CONSTRAINT late UNIQUE (room) DEFERRABLE INITIALLY DEFERRED"#,
    )
    .await;
    let t = table(&schema, "t");
    let columns = |name: &str| unique(t, name).columns.join(" ");
    let expressions = |name: &str| unique(t, name).expressions.join(" / ");
    assert_eq!(columns("plain"), "companyId user");
    assert_eq!(expressions("plain"), "\"companyId\" / \"user\"");
    assert!(unique(t, "plain").plain && unique(t, "plain").predicate.is_none());
    assert_eq!(
        (columns("sorted"), expressions("sorted")),
        ("name".into(), "\"name\"".into())
    );
    assert_eq!(columns("folded"), "companyId name user");
    assert_eq!(
        expressions("folded"),
        "\"companyId\" / lower((name || \"user\"))"
    );
    assert!(!unique(t, "folded").plain);
    assert_eq!(columns("partial"), "name active room");
    assert_eq!(
        unique(t, "partial").predicate.as_deref(),
        Some("(active AND (room > 3))")
    );
    assert!(unique(t, "late").deferrable && !unique(t, "late").exclusion);
    let once = unique(t, "once");
    assert!(once.exclusion && once.predicate.as_deref() == Some("active"));
    assert_eq!(once.columns, ["during", "active"]);
}

#[tokio::test]
async fn an_index_that_is_not_valid_proves_nothing_and_is_left_out() {
    let database =
        TestDatabase::with_sql("CREATE TABLE t (a int NOT NULL); INSERT INTO t VALUES (1), (1)")
            .await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    session
        .run("CREATE UNIQUE INDEX CONCURRENTLY broken ON public.t (a)")
        .await
        .unwrap_err();
    let schema = catalog::read(&mut session, &["public".to_owned()])
        .await
        .unwrap();
    let t = table(&schema, "t");
    assert!(t.key.is_none() && t.uniques.is_empty());
}

#[tokio::test]
async fn nulls_that_count_as_equal_are_told() {
    let database = TestDatabase::empty().await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    if session.server_version() < 150_000 {
        return;
    }
    session
        .run("CREATE TABLE public.t (a int, b int UNIQUE, UNIQUE NULLS NOT DISTINCT (a))")
        .await
        .unwrap();
    let schema = catalog::read(&mut session, &["public".to_owned()])
        .await
        .unwrap();
    assert!(unique(table(&schema, "t"), "t_a_key").nulls_not_distinct);
    assert!(!unique(table(&schema, "t"), "t_b_key").nulls_not_distinct);
}

#[tokio::test]
async fn references_keep_the_order_of_their_columns_and_say_what_follows() {
    let schema = read(
        r#"CREATE SCHEMA auth;
         CREATE TABLE auth.users (id text PRIMARY KEY);
         CREATE TABLE parent (id text, "companyId" text, code text UNIQUE, PRIMARY KEY ("companyId", id));
         CREATE TABLE child (
            "companyId" text, "parentId" text, code text, owner text, self int, id int PRIMARY KEY,
            CONSTRAINT pair FOREIGN KEY ("parentId", "companyId") REFERENCES parent (id, "companyId") ON DELETE CASCADE ON UPDATE SET NULL,
            CONSTRAINT by_code FOREIGN KEY (code) REFERENCES parent (code) ON DELETE RESTRICT ON UPDATE SET DEFAULT DEFERRABLE,
            CONSTRAINT outside FOREIGN KEY (owner) REFERENCES auth.users,
            CONSTRAINT itself FOREIGN KEY (self) REFERENCES child ON DELETE SET NULL);
         ALTER TABLE child ADD CONSTRAINT unproven FOREIGN KEY (code) REFERENCES auth.users NOT VALID"#,
    )
    .await;
    let child = table(&schema, "child");
    assert_eq!(child.references.len(), 5);
    let pair = reference(child, "pair");
    assert_eq!(
        (pair.columns.join(" "), pair.target_columns.join(" ")),
        ("parentId companyId".into(), "id companyId".into())
    );
    assert_eq!(pair.target, TableName::new("public", "parent"));
    assert_eq!(
        (pair.on_delete, pair.on_update),
        (OnChange::Cascade, OnChange::SetNull)
    );
    assert!(!pair.deferrable && pair.validated);
    let by_code = reference(child, "by_code");
    assert_eq!(by_code.target_columns, ["code"]);
    assert_eq!(
        (by_code.on_delete, by_code.on_update),
        (OnChange::Restrict, OnChange::SetDefault)
    );
    assert!(by_code.deferrable);
    let outside = reference(child, "outside");
    assert_eq!(outside.target, TableName::new("auth", "users"));
    assert_eq!(outside.on_delete, OnChange::NoAction);
    assert_eq!(
        reference(child, "itself").target,
        TableName::new("public", "child")
    );
    assert!(!reference(child, "unproven").validated);
}

#[tokio::test]
async fn a_reference_of_or_to_a_partitioned_table_is_one_reference() {
    let schema = read(
        "CREATE TABLE root (id int PRIMARY KEY) PARTITION BY HASH (id);
         CREATE TABLE root_0 PARTITION OF root FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE root_1 PARTITION OF root FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE TABLE child (id int PRIMARY KEY, root int REFERENCES root) PARTITION BY HASH (id);
         CREATE TABLE child_0 PARTITION OF child FOR VALUES WITH (MODULUS 1, REMAINDER 0);",
    )
    .await;
    assert_eq!(schema.tables.len(), 2);
    assert_eq!(table(&schema, "child").references.len(), 1);
    assert_eq!(
        key_of(table(&schema, "root")),
        Some(("root_pkey", vec!["id"], true))
    );
    assert!(table(&schema, "root").references.is_empty());
}

#[tokio::test]
async fn checks_and_triggers_are_the_applications_own() {
    let schema = read(
        r#"CREATE TABLE t (id int PRIMARY KEY, kind text NOT NULL, a int, b int, parent int REFERENCES t,
             CONSTRAINT party CHECK ((kind = 'x' AND a IS NOT NULL) OR b IS NOT NULL));
         ALTER TABLE t ADD CONSTRAINT late CHECK (a > 0) NOT VALID;
         CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER ordinary AFTER INSERT ON t EXECUTE FUNCTION nothing();
         CREATE TRIGGER "Always" BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION nothing();
         CREATE TRIGGER only_replica AFTER DELETE ON t EXECUTE FUNCTION nothing();
         CREATE TRIGGER off AFTER DELETE ON t EXECUTE FUNCTION nothing();
         ALTER TABLE t ENABLE ALWAYS TRIGGER "Always";
         ALTER TABLE t ENABLE REPLICA TRIGGER only_replica;
         ALTER TABLE t DISABLE TRIGGER off"#,
    )
    .await;
    let t = table(&schema, "t");
    let checks: Vec<_> = t
        .checks
        .iter()
        .map(|check| (check.name.as_str(), check.columns.join(" ")))
        .collect();
    assert_eq!(
        checks,
        [("late", "a".to_owned()), ("party", "kind a b".to_owned())]
    );
    assert!(
        t.checks
            .iter()
            .all(|check| check.definition.starts_with("CHECK ("))
    );
    let triggers: Vec<_> = t
        .triggers
        .iter()
        .map(|trigger| (trigger.name.as_str(), trigger.state))
        .collect();
    assert_eq!(
        triggers,
        [
            ("Always", TriggerState::Always),
            ("off", TriggerState::Disabled),
            ("only_replica", TriggerState::Replica),
            ("ordinary", TriggerState::Origin),
        ]
    );
}

#[tokio::test]
async fn names_of_every_kind_come_out_as_they_are() {
    let odd = [
        "user",
        "a.b",
        "quo\"te",
        "back\\slash",
        "com,ma",
        "{brace}",
        "NULL",
        "white space",
        "\u{1f4e6}",
    ];
    let mut sql = String::new();
    for name in odd {
        let quoted = name.replace('"', "\"\"");
        sql.push_str(&format!(r#"CREATE TABLE "{quoted}" ("{quoted}" int PRIMARY KEY, "x{quoted}" int UNIQUE REFERENCES "{quoted}");"#));
    }
    let schema = read(&sql).await;
    assert_eq!(schema.tables.len(), odd.len());
    for name in odd {
        let found = table(&schema, name);
        assert_eq!(found.columns[0].name, name);
        assert_eq!(key_of(found).unwrap().1, [name]);
        assert_eq!(found.uniques[0].columns, [format!("x{name}")]);
        let reference = &found.references[0];
        assert_eq!(
            (&reference.columns[0], &reference.target_columns[0]),
            (&format!("x{name}"), &name.to_owned())
        );
        assert_eq!(reference.target.name, name);
    }
}

#[tokio::test]
async fn several_schemas_are_read_together_and_others_not_at_all() {
    let database = TestDatabase::with_sql(
        r#"CREATE SCHEMA "a,b"; CREATE SCHEMA other; CREATE TABLE one (id int);
         CREATE TABLE "a,b".two (id int); CREATE TABLE other.three (id int)"#,
    )
    .await;
    let schema = read_from(&database, &["public", "a,b"]).await;
    let names: Vec<_> = schema.tables.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["a,b.two", "public.one"]);
    assert!(read_from(&database, &[]).await.tables.is_empty());
}

#[tokio::test]
async fn a_role_without_any_right_reads_the_same_catalog() {
    let mut database = TestDatabase::with_sql(
        "CREATE TABLE t (id serial PRIMARY KEY, a int DEFAULT 3 CHECK (a > 0) REFERENCES t);
         CREATE UNIQUE INDEX folded ON t (abs(a)) WHERE a > 1",
    )
    .await;
    let stranger = database.role("stranger", "").await;
    let mut session = Session::open(&database.settings_as(&stranger))
        .await
        .unwrap();
    let seen = catalog::read(&mut session, &["public".to_owned()])
        .await
        .unwrap();
    assert_eq!(seen, read_from(&database, &["public"]).await);
}

#[tokio::test]
async fn the_schema_version_is_the_greatest_value_of_its_column() {
    let database = TestDatabase::with_sql(
        r#"CREATE SCHEMA supabase_migrations;
         CREATE TABLE supabase_migrations.schema_migrations ("version" text);
         INSERT INTO supabase_migrations.schema_migrations VALUES ('20260101000000'), ('20260712103000'), ('20250101000000');
         CREATE TABLE numbered (n int)"#,
    )
    .await;
    let mut session = Session::open(&database.settings()).await.unwrap();
    let mut version = async |table: &str, column: &str| {
        let rule = SchemaVersionRule {
            table: table.to_owned(),
            column: column.to_owned(),
        };
        catalog::version(&mut session, &rule).await.unwrap()
    };
    let newest = version("supabase_migrations.schema_migrations", "version").await;
    assert_eq!(newest.as_deref(), Some("20260712103000"));
    assert_eq!(version("public.numbered", "n").await, None);
    assert_eq!(version("public.nowhere", "n").await, None);
}

#[tokio::test]
async fn the_demo_has_the_numbers_of_a_real_carbon() {
    let database = TestDatabase::demo().await;
    let schema = read_from(&database, &["public"]).await;
    let (made_at_run_time, tables): (Vec<_>, Vec<_>) =
        schema.tables.iter().partition(|(name, _)| {
            name.name.starts_with("searchIndex_") || name.name.starts_with("auditLog_")
        });
    assert_eq!((tables.len(), made_at_run_time.len()), (341, 6));
    let sum = |count: fn(&Table) -> usize| -> usize {
        tables.iter().map(|(_, table)| count(table)).sum()
    };
    assert_eq!(sum(|table| table.columns.len()), 4475);
    assert_eq!(sum(|table| table.references.len()), 1592);
    let composite = |reference: &&Reference| reference.columns.len() > 1;
    let composite: usize = tables
        .iter()
        .map(|(_, table)| table.references.iter().filter(composite).count())
        .sum();
    assert_eq!(composite, 93);
    assert_eq!(sum(|table| table.triggers.len()), 387);
    let generated = |column: &&Column| column.generation == Generation::Stored;
    let generated: usize = tables
        .iter()
        .map(|(_, table)| table.columns.iter().filter(generated).count())
        .sum();
    assert_eq!(generated, 57);
    let without_key: Vec<_> = tables
        .iter()
        .filter(|(_, table)| !table.key.as_ref().is_some_and(|key| key.primary))
        .map(|(name, _)| name.name.as_str())
        .collect();
    assert_eq!(
        without_key,
        [
            "itemCost",
            "itemPlanning",
            "itemUnitSalePrice",
            "pickMethod",
            "userAttributeValue"
        ]
    );
    assert!(
        tables
            .iter()
            .all(|(_, table)| table.row_security && !table.force_row_security)
    );
    assert!(
        tables
            .iter()
            .all(|(_, table)| table.references.iter().all(|to| !to.deferrable))
    );
    assert_eq!(schema.enums.len(), 154);
}
