//! Values of every type go out as COPY text and come back as they were, on databases whose settings
//! would print them otherwise. The server itself compares, byte by byte of its own storage.

use snapback_engine::pg::Session;
use snapback_testkit::TestDatabase;

/// Types of the tests' own, and settings that would lose digits or turn days and months around.
const HOSTILE: &str = r#"
    CREATE TYPE public.mood AS ENUM ('so so', 'o''k', 'a,b', '\', '');
    CREATE DOMAIN public.short AS varchar(5);
    CREATE TYPE public.place AS (street text, number int, tags text[]);
    CREATE TYPE public.reals AS RANGE (subtype = float8);
    ALTER DATABASE $database SET DateStyle = 'SQL, DMY';
    ALTER DATABASE $database SET IntervalStyle = 'sql_standard';
    ALTER DATABASE $database SET TimeZone = 'America/St_Johns';
    ALTER DATABASE $database SET extra_float_digits = -10;
    ALTER DATABASE $database SET bytea_output = 'escape';
    ALTER DATABASE $database SET xmlbinary = 'hex';
    ALTER DATABASE $database SET xmloption = 'document';
    ALTER DATABASE $database SET standard_conforming_strings = off;
    ALTER DATABASE $database SET array_nulls = off"#;

/// Each type with values as SQL expressions.
const VALUES: &[(&str, &[&str])] = &[
    ("smallint", &["-32768", "32767"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    (
        "numeric",
        &[
            "0",
            "0.00",
            "-0.000",
            "1.10",
            "1e-1000",
            "1e1000",
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "123456789012345678901234567890.123456789012345678901234567890",
        ],
    ),
    ("numeric(30, 10)", &["1", "-0.0000000001", "'NaN'"]),
    (
        "double precision",
        &[
            "'-0'",
            "0.1",
            "1e-323",
            "5e-324",
            "1.7976931348623157e308",
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "0.1::float8 + 0.2::float8",
            "123456789.123456789",
        ],
    ),
    (
        "real",
        &["'-0'", "0.1", "1e-45", "3.4028235e38", "'NaN'", "16777217"],
    ),
    (
        "money",
        &[
            "'-92233720368547758.08'",
            "'92233720368547758.07'",
            "'0.01'",
        ],
    ),
    ("boolean", &["true", "false"]),
    (
        "text",
        &[
            "''",
            "'NULL'",
            "E'\\\\N'",
            "E'\\\\.'",
            "E'\\\\'",
            "E'a\\tb\\nc\\rd\\be\\ff\\vg'",
            "E'\\x01\\x02\\x1f\\x7f'",
            "' lead and trail '",
            "'o''k \"quoted\"'",
            "E'\\u00e4\\u0301 \\U0001f4e6 \\u200f \\ufeff \\u0085 \\u2028'",
            "repeat('long ', 100000)",
        ],
    ),
    ("character(4)", &["'a'", "''", "'abcd'"]),
    ("character varying(4)", &["'a '", "''"]),
    ("\"char\"", &["'a'", "''", "'\\'", "E'\\t'"]),
    ("name", &["'user'", "'with \"quotes\"'"]),
    (
        "bytea",
        &[
            "''",
            "decode('00ff5c0a09270d', 'hex')",
            "convert_to('\\000', 'UTF8')",
        ],
    ),
    (
        "date",
        &[
            "'4713-01-01 BC'",
            "'5874897-12-31'",
            "'infinity'",
            "'-infinity'",
            "'2026-02-03'",
        ],
    ),
    (
        "timestamp",
        &[
            "'4713-01-01 00:00:00 BC'",
            "'294276-12-31 23:59:59.999999'",
            "'infinity'",
            "'-infinity'",
            "'2026-02-03 04:05:06.000001'",
        ],
    ),
    (
        "timestamptz",
        &[
            "'2026-03-29 02:30:00.123456+01'",
            "'0044-03-15 12:00:00+00 BC'",
            "'infinity'",
            "'-infinity'",
        ],
    ),
    ("timestamp(0)", &["'2026-02-03 04:05:06.5'"]),
    ("time", &["'00:00:00'", "'24:00:00'", "'23:59:59.999999'"]),
    ("timetz", &["'04:05:06.7-08:30:15'", "'24:00:00+15:59'"]),
    (
        "interval",
        &[
            "'1 year -2 months 3 days -04:05:06.000007'",
            "'-1 day'",
            "'178000000 years'",
            "'0'",
            "'00:00:00.000001'",
            "'-0.5 seconds'",
        ],
    ),
    ("interval year to month", &["'3-2'", "'-3-2'"]),
    (
        "json",
        &[
            "'{\"b\":  1, \"a\":2, \"a\" : 3}'",
            "'null'",
            "'\"\\u00e4\"'",
            "' [1.10, 1e5] '",
            "'1.0'",
        ],
    ),
    (
        "jsonb",
        &[
            "'{\"b\": 1, \"a\": 1.10}'",
            "'null'",
            "'[]'",
            "'\"\\\\t\\\\\\\\\"'",
            "'1e400'",
        ],
    ),
    ("jsonpath", &["'$.a[*] ? (@ > 1)'"]),
    ("xml", &["'<a b=\"c\">d</a>'", "'just content <b/>'", "''"]),
    (
        "int[]",
        &[
            "'{}'",
            "'{1,NULL,3}'",
            "'{{1,2},{3,4}}'",
            "'[-2:0]={7,8,9}'",
            "'[0:1][5:5]={{1},{2}}'",
        ],
    ),
    (
        "text[]",
        &[
            "ARRAY['', NULL, 'NULL', 'null', '{', ',', '\"', '\\', E'\\t', ' ']",
            "ARRAY[ARRAY['a'], ARRAY['b']]",
        ],
    ),
    ("numeric[]", &["'{1.10,NaN,-0.0}'"]),
    (
        "jsonb[]",
        &["ARRAY['null'::jsonb, NULL, '{\"a\": \"b\\\"c\"}']"],
    ),
    ("bytea[]", &["ARRAY['\\x5c'::bytea, ''::bytea, NULL]"]),
    (
        "public.mood",
        &["'so so'", "'o''k'", "'a,b'", "E'\\\\'", "''"],
    ),
    (
        "public.mood[]",
        &["ARRAY['so so', '', 'a,b', NULL]::public.mood[]"],
    ),
    ("public.short", &["'abcde'", "''"]),
    (
        "public.place",
        &[
            "ROW('a \"b\", (c)', NULL, ARRAY['x,y', NULL])",
            "ROW('', 1, '{}')",
            "ROW(NULL, NULL, NULL)",
        ],
    ),
    (
        "public.place[]",
        &["ARRAY[ROW('a''b\\', 2, NULL)::public.place, NULL]"],
    ),
    ("int4range", &["'empty'", "'(,)'", "'[1,5)'", "'(,3]'"]),
    ("numrange", &["'[1.10,2.200]'", "'(1,)'"]),
    (
        "tstzrange",
        &["'[2026-01-01 00:00+05,infinity]'", "'[-infinity,)'"],
    ),
    (
        "public.reals",
        &["'[0.1,0.30000000000000004)'", "'[-0,NaN]'"],
    ),
    ("int8multirange", &["'{}'", "'{[1,3),[7,)}'"]),
    ("tsmultirange", &["'{[2026-02-03,2026-02-04]}'"]),
    (
        "uuid",
        &[
            "'00000000-0000-0000-0000-000000000000'",
            "'ffffffff-ffff-4fff-bfff-ffffffffffff'",
        ],
    ),
    (
        "inet",
        &["'192.168.0.1/24'", "'::1'", "'::ffff:1.2.3.4/128'"],
    ),
    ("cidr", &["'10.0.0.0/8'", "'2001:db8::/32'"]),
    ("macaddr8", &["'08:00:2b:01:02:03:04:05'"]),
    ("bit(5)", &["B'10110'"]),
    ("bit varying", &["B''", "B'1'"]),
    ("point", &["'(0.1,-0)'", "'(Infinity,NaN)'"]),
    ("polygon", &["'((0,0),(1e-300,1),(2,0.1))'"]),
    ("line", &["'{0.1,-0,1e300}'"]),
    ("lseg", &["'[(0,0.1),(-0,1e300)]'"]),
    ("path", &["'[(0,0),(1,0.1)]'", "'((0,0),(1,0.1))'"]),
    ("box", &["'(1,1),(0,0)'"]),
    ("box[]", &["'{(1,1),(0,0);(3,3),(2,2)}'"]),
    ("circle", &["'<(0.1,0.2),0.30000000000000004>'"]),
    ("tsvector", &["'''it''''s'':3A,4B ''b,c'' ''\\\\'''", "''"]),
    ("tsquery", &["'a & !(b <-> c:*AB)'"]),
    ("pg_lsn", &["'16/B374D848'"]),
    ("oid", &["4294967295"]),
    ("regclass", &["'pg_catalog.pg_class'", "0"]),
    ("regtype", &["'public.mood'", "'text[]'"]),
    ("xid8", &["'18446744073709551615'"]),
    ("pg_snapshot", &["'10:20:10,14,15'"]),
];

async fn hostile_database() -> TestDatabase {
    let database = TestDatabase::empty().await;
    let name = database.settings().database().to_owned();
    database.run(&HOSTILE.replace("$database", &name)).await;
    database
}

/// All rows of the table as COPY text.
async fn copied(session: &mut Session, table: &str) -> Vec<u8> {
    let sql = format!("COPY (SELECT id, v FROM public.{table} ORDER BY id) TO STDOUT");
    let mut copy = session.copy_out(&sql).await.unwrap();
    let mut text = Vec::new();
    while let Some(data) = copy.next().await.unwrap() {
        text.extend_from_slice(&data);
    }
    text
}

/// Copies a table's rows out of one database and into another, and has the server compare them with
/// what the same expressions make there.
async fn round_trip(from: &mut Session, into: &mut Session, type_name: &str, query: &str) {
    for session in [&mut *from, &mut *into] {
        let sql = format!(
            "DROP TABLE IF EXISTS public.made; CREATE TABLE public.made (id bigint, v {type_name}); INSERT INTO public.made {query}"
        );
        session
            .run(&sql)
            .await
            .unwrap_or_else(|error| panic!("{type_name}: {error:?}"));
    }
    let text = copied(from, "made").await;
    into.run(&format!(
        "DROP TABLE IF EXISTS public.back; CREATE TABLE public.back (id bigint, v {type_name})"
    ))
    .await
    .unwrap();
    let mut copy = into
        .copy_in("COPY public.back (id, v) FROM STDIN")
        .await
        .unwrap();
    copy.send(&text).await.unwrap();
    let row_count = copy
        .finish()
        .await
        .unwrap_or_else(|error| panic!("{type_name}: {error:?}"));
    assert!(row_count > 0, "{type_name}");
    let sql = "SELECT m.id::text FROM public.made AS m FULL JOIN public.back AS b USING (id)
                WHERE m.id IS NULL OR b.id IS NULL OR NOT (m.* OPERATOR(pg_catalog.*=) b.*)";
    let changed = into.fetch_text_rows(sql, &[]).await.unwrap();
    assert!(
        changed.is_empty(),
        "{type_name}: {changed:?} of {}",
        String::from_utf8_lossy(&text)
    );
    assert_eq!(
        copied(into, "back").await,
        text,
        "{type_name}: equal values are equal text"
    );
}

#[tokio::test]
async fn values_of_every_type_come_back_as_they_were() {
    let (hostile, other) = (hostile_database().await, hostile_database().await);
    let mut from = Session::open(&hostile.settings()).await.unwrap();
    let mut into = Session::open(&other.settings()).await.unwrap();
    let has_xml = from
        .fetch_text_rows("SELECT '<a/>'::xml::text", &[])
        .await
        .is_ok();
    for (type_name, values) in VALUES {
        if *type_name == "xml" && !has_xml {
            continue;
        }
        let rows: Vec<String> = values
            .iter()
            .chain(&["NULL"])
            .enumerate()
            .map(|(id, value)| format!("({id}, ({value})::{type_name})"))
            .collect();
        let query = format!("VALUES {}", rows.join(", "));
        round_trip(&mut from, &mut into, type_name, &query).await;
    }
}

#[tokio::test]
async fn values_at_random_come_back_as_they_were() {
    let (hostile, other) = (hostile_database().await, hostile_database().await);
    let mut from = Session::open(&hostile.settings()).await.unwrap();
    let mut into = Session::open(&other.settings()).await.unwrap();
    for (type_name, value) in [
        (
            "double precision",
            "(random() - 0.5) * 10::float8 ^ (random() * 600 - 300)",
        ),
        (
            "real",
            "((random() - 0.5) * 10::float8 ^ (random() * 70 - 35))::real",
        ),
        (
            "numeric",
            "round((random() - 0.5)::numeric * 10::numeric ^ (random() * 40)::int, (random() * 40)::int)",
        ),
        (
            "timestamptz",
            "'epoch'::timestamptz + (random() * 1e10 - 5e9) * interval '1 second' + (random() * 1e6)::int * interval '1 microsecond'",
        ),
        (
            "interval",
            "make_interval(0, (random() * 100 - 50)::int, 0, (random() * 100 - 50)::int, 0, 0, random() * 1e5 - 5e4)",
        ),
        (
            "text",
            "(SELECT string_agg(chr(1 + (random() * 55000)::int), '') FROM generate_series(1, 1 + (n % 50)))",
        ),
        (
            "bytea",
            "decode(md5(random()::text) || repeat('5c0a09', (n % 7)::int), 'hex')",
        ),
        (
            "text[]",
            "ARRAY(SELECT CASE WHEN random() < 0.2 THEN NULL ELSE chr(1 + (random() * 130)::int) END FROM generate_series(1, (n % 9)::int))",
        ),
        (
            "jsonb",
            "jsonb_build_object(chr(1 + (random() * 500)::int), random(), 'n', chr(1 + (random() * 130)::int))",
        ),
    ] {
        // The same in both databases: made by one seed.
        for session in [&mut from, &mut into] {
            session.run("SELECT setseed(0.42)").await.unwrap();
        }
        let query = format!("SELECT n, {value} FROM generate_series(1, 500) AS n");
        round_trip(&mut from, &mut into, type_name, &query).await;
    }
}
