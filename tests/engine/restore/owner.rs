//! Restoring without being superuser: as the plain owner of the tables, and with a granted
//! `session_replication_role`, to the same bytes.

use snapback_engine::difference::{Effect, Finding, Verdict};
use snapback_engine::pg::RestorePath;
use snapback_engine::{Code, Result};
use snapback_testkit::postgres_major;

use crate::restore::main_path::DAMAGE;
use crate::restore::others::wait_until_applying;
use crate::restore::workshop::{Way, Workshop, archives, members};

/// Restores by one way, and reverts: both must be exact.
async fn round(way: Way, schema: &str, damage: &str) -> Workshop {
    let workshop = Workshop::by(way, schema).await;
    let backup = workshop.create().await;
    workshop.database.run(damage).await;
    let damaged = workshop.own().await;
    let safety = workshop.restore(&backup.archive.path).await.safety;
    let restored = workshop.create().await;
    assert_eq!(
        members(&restored.archive.path),
        members(&backup.archive.path),
        "{way:?} restored something else"
    );
    workshop.revert().await;
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&safety.unwrap().path),
        "{way:?} reverted to something else"
    );
    damaged.assert_same(&workshop.own().await);
    workshop
}

async fn each_way(schema: &str, damage: &str) {
    let [superuser, replica, owner] = Way::ALL.map(|way| Box::pin(round(way, schema, damage)));
    tokio::join!(superuser, replica, owner);
}

fn found<'a>(findings: &'a [Finding], code: &str) -> Option<&'a Finding> {
    findings.iter().find(|finding| finding.code == code)
}

/// What planning makes again is in no snapshot, so a revert does not bring it back.
const UNPLANNED: &str = "DELETE FROM public.forecast WHERE \"orderId\" IN (SELECT id FROM public.\"order\" WHERE note = 'made since');";

#[tokio::test]
async fn all_three_ways_end_in_the_same_bytes() {
    each_way("", &format!("{DAMAGE} {UNPLANNED}")).await;
}

#[tokio::test]
async fn more_rows_than_a_statement_takes_may_refer_to_each_other() {
    // Without the index the server reads all of them for each that goes.
    let many = "CREATE INDEX ON public.customer (\"parentId\");
        INSERT INTO public.customer (id, \"companyId\", name, \"parentId\")
        SELECT 'acme-m' || n, 'acme', 'Many ' || n, CASE WHEN n > 1 THEN 'acme-m' || n / 2 END FROM generate_series(1, 21000) AS n;";
    round(
        Way::Owner,
        many,
        "DELETE FROM public.customer WHERE id LIKE 'acme-m%'",
    )
    .await;
}

/// Tables whose rows refer to each other in a circle that one column can cut.
const CIRCLE: &str = "
    CREATE TABLE public.team (id text PRIMARY KEY, \"companyId\" text NOT NULL, \"leadId\" text, name text NOT NULL);
    CREATE TABLE public.player (id text PRIMARY KEY, \"companyId\" text NOT NULL,
        \"teamId\" text NOT NULL REFERENCES public.team (id) ON DELETE CASCADE);
    ALTER TABLE public.team ADD FOREIGN KEY (\"leadId\") REFERENCES public.player (id) ON DELETE CASCADE;
    INSERT INTO public.team SELECT 't' || n, 'acme', NULL, 'Team ' || n FROM generate_series(1, 6) AS n;
    INSERT INTO public.player SELECT 'p' || n, 'acme', 't' || n FROM generate_series(1, 6) AS n;
    UPDATE public.team SET \"leadId\" = 'p' || substr(id, 2);";

#[tokio::test]
async fn circles_are_cut_and_patched() {
    each_way(
        CIRCLE,
        "DELETE FROM public.team WHERE id IN ('t1', 't2');
         INSERT INTO public.team VALUES ('t7', 'acme', NULL, 'New'); INSERT INTO public.player VALUES ('p7', 'acme', 't7'), ('p8', 'acme', 't3');
         UPDATE public.team SET \"leadId\" = 'p7' WHERE id IN ('t7', 't4'); UPDATE public.team SET \"leadId\" = 'p8' WHERE id = 't3';
         UPDATE public.team SET \"leadId\" = NULL WHERE id = 't5'",
    )
    .await;
}

#[tokio::test]
async fn rows_deleted_and_made_again_under_the_same_names_make_room_for_each_other() {
    // Names can be parked; a pair of references cannot, so those rows leave before others come.
    let schema = "
        CREATE TABLE public.place (id integer PRIMARY KEY, \"companyId\" text NOT NULL, day date NOT NULL,
            \"customerId\" text NOT NULL REFERENCES public.customer (id) ON DELETE CASCADE,
            \"isMain\" boolean NOT NULL, UNIQUE (\"customerId\", day));
        CREATE UNIQUE INDEX one_main ON public.place (\"companyId\") WHERE \"isMain\";
        CREATE TABLE public.visit (id integer PRIMARY KEY, \"companyId\" text NOT NULL,
            \"customerId\" text NOT NULL REFERENCES public.customer (id), \"productCode\" text NOT NULL,
            UNIQUE (\"customerId\", \"productCode\"),
            FOREIGN KEY (\"companyId\", \"productCode\") REFERENCES public.product (\"companyId\", code));
        CREATE TABLE public.remark (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"visitId\" integer NOT NULL REFERENCES public.visit (id) ON DELETE CASCADE);
        INSERT INTO public.place SELECT n, 'acme', '2026-01-01', 'acme-c' || n, n = 1 FROM generate_series(1, 5) AS n;
        INSERT INTO public.visit SELECT n, 'acme', 'acme-c' || n, 'P-1' FROM generate_series(1, 5) AS n;
        INSERT INTO public.remark SELECT n, 'acme', n FROM generate_series(1, 5) AS n;";
    each_way(
        schema,
        "DELETE FROM public.visit; INSERT INTO public.visit SELECT 10 + n, 'acme', 'acme-c' || n, 'P-1' FROM generate_series(1, 5) AS n;
         INSERT INTO public.remark SELECT 10 + n, 'acme', 10 + n FROM generate_series(1, 5) AS n;
         DELETE FROM public.place WHERE id = 1; INSERT INTO public.place VALUES (11, 'acme', '2026-01-01', 'acme-c1', true);
         UPDATE public.place SET day = '2026-01-02' WHERE id = 2; UPDATE public.place SET \"customerId\" = 'acme-c2' WHERE id = 3;",
    )
    .await;
}

#[tokio::test]
async fn unusual_shapes_in_all_three_ways() {
    each_way(
        crate::restore::shapes::SHAPES,
        "UPDATE public.movement SET day = day + 200 WHERE \"companyId\" = 'acme' AND id < 50;
         DELETE FROM public.movement_2025 WHERE \"companyId\" = 'acme' AND id > 100;
         UPDATE ONLY public.asset SET name = 'Wrong' WHERE id = 'a1'; DELETE FROM ONLY public.asset WHERE id = 'a2';
         INSERT INTO public.asset VALUES ('m2', 'acme', 'Double'); UPDATE public.machine SET power = 1;
         UPDATE public.rate SET amount = 1.000 WHERE note = 'one';
         SET session_replication_role = replica; UPDATE public.rank SET place = place % 6 + 1;",
    )
    .await;
}

/// A trigger in each of the states, on an ordinary table and on one partition of two.
const TRIGGERS: &str = "
    CREATE TABLE public.movement (id bigint, \"companyId\" text NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE public.movement_2025 PARTITION OF public.movement FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE public.movement_2026 PARTITION OF public.movement FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    INSERT INTO public.movement SELECT n, 'acme', '2025-12-01'::date + n FROM generate_series(1, 60) AS n;
    CREATE TRIGGER refusing BEFORE UPDATE OR DELETE ON public.movement FOR EACH ROW EXECUTE FUNCTION public.refuse();
    ALTER TABLE public.movement_2026 DISABLE TRIGGER refusing;
    CREATE TRIGGER origin BEFORE UPDATE ON public.product FOR EACH ROW EXECUTE FUNCTION public.refuse();
    CREATE TRIGGER disabled BEFORE UPDATE ON public.product FOR EACH ROW EXECUTE FUNCTION public.refuse();
    CREATE TRIGGER replica BEFORE UPDATE ON public.product FOR EACH ROW EXECUTE FUNCTION public.refuse();
    CREATE TRIGGER \"al\"\"ways\" BEFORE UPDATE ON public.product FOR EACH ROW EXECUTE FUNCTION public.refuse();
    ALTER TABLE public.product DISABLE TRIGGER disabled, ENABLE REPLICA TRIGGER replica, ENABLE ALWAYS TRIGGER \"al\"\"ways\";";
const STATES: &str = "SELECT string_agg(tgrelid::regclass || ' ' || tgname::text || ' ' || tgenabled::text, ', ' ORDER BY tgrelid::regclass::text, tgname) \
    FROM pg_trigger WHERE NOT tgisinternal";
const BEHIND_TRIGGERS: &str =
    "DELETE FROM public.\"order\" WHERE id = 3 AND \"companyId\" = 'acme'; SET session_replication_role = replica; ALTER TABLE public.product DISABLE TRIGGER USER;
    UPDATE public.product SET price = price + 1 WHERE \"companyId\" = 'acme';
    DELETE FROM public.movement WHERE id % 2 = 0;
    ALTER TABLE public.product ENABLE TRIGGER origin, ENABLE REPLICA TRIGGER replica, ENABLE ALWAYS TRIGGER \"al\"\"ways\"";

#[tokio::test]
async fn every_trigger_is_silent_and_comes_back_in_the_state_it_had() {
    let workshop = Workshop::by(Way::Owner, TRIGGERS).await;
    let states = workshop.database.value(STATES).await.unwrap();
    for state in ["origin O", "disabled D", "replica R", "al\"ways A"] {
        assert!(states.contains(state), "{states}");
    }
    let backup = workshop.create().await;
    workshop.database.run(BEHIND_TRIGGERS).await;
    assert_eq!(workshop.database.value(STATES).await.unwrap(), states);
    workshop.restore(&backup.archive.path).await;
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
    assert_eq!(workshop.database.value(STATES).await.unwrap(), states);
    workshop.revert().await;
    assert_eq!(workshop.database.value(STATES).await.unwrap(), states);
}

#[tokio::test]
async fn a_restore_that_is_killed_or_fails_leaves_every_trigger_as_it_was() {
    let workshop = Workshop::by(Way::Owner, TRIGGERS).await;
    let states = workshop.database.value(STATES).await.unwrap();
    let backup = workshop.create().await;
    workshop.database.run(BEHIND_TRIGGERS).await;
    let own = workshop.own().await;
    // Somebody holds a row that is updated in the middle.
    let mut other = workshop.database.connect().await;
    let mut holding = sqlx::Connection::begin(&mut other).await.unwrap();
    let hold = "SELECT 1 FROM public.product WHERE \"companyId\" = 'acme' FOR KEY SHARE";
    let hold = hold.replace("KEY SHARE", "UPDATE");
    sqlx::raw_sql(sqlx::AssertSqlSafe(hold))
        .execute(&mut *holding)
        .await
        .unwrap();
    let options = workshop.options();
    let (killed, ()) = tokio::join!(
        workshop.try_restore(&backup.archive.path, &options),
        async {
            let pid = wait_until_applying(&workshop).await;
            let kill = format!("pg_terminate_backend({pid})");
            workshop.database.value(&kill).await;
        }
    );
    assert_eq!(killed.unwrap_err().code(), Code::ConnectionLost);
    assert_eq!(workshop.database.value(STATES).await.unwrap(), states);
    own.assert_same(&workshop.own().await);
    // The same row is waited for until the patience of a lock is at its end.
    let failed = workshop.try_restore(&backup.archive.path, &options).await;
    assert_eq!(failed.unwrap_err().code(), Code::LockNotHad);
    assert_eq!(workshop.database.value(STATES).await.unwrap(), states);
    own.assert_same(&workshop.own().await);
    holding.rollback().await.unwrap();
    assert_eq!(archives(workshop.library.folder()).len(), 1);
    workshop.restore(&backup.archive.path).await;
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
}

/// Makes sure that an owner is told before anything is touched, and that a superuser can.
async fn blocked_for_owners_alone(schema: &str, damage: &str, code: &str) {
    let mut workshop = Workshop::with(schema).await;
    let backup = workshop.create().await;
    workshop.database.run(damage).await;
    let plan = workshop.plan(&backup.archive.path).await;
    assert_ne!(plan.verdict, Verdict::NotRestorable, "{:#?}", plan.findings);
    workshop.work_by(Way::Owner).await;
    let own = workshop.own().await;
    let plan = workshop.plan(&backup.archive.path).await;
    let finding = found(&plan.findings, code).unwrap_or_else(|| panic!("{:#?}", plan.findings));
    assert_eq!(finding.effect, Effect::Blocked);
    let refused = workshop
        .try_restore(&backup.archive.path, &workshop.options())
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::NotRestorable);
    own.assert_same(&workshop.own().await);
    workshop.work_by(Way::Superuser).await;
    workshop.restore(&backup.archive.path).await;
    assert_eq!(
        members(&workshop.create().await.archive.path),
        members(&backup.archive.path)
    );
}

#[tokio::test]
async fn a_circle_that_no_column_can_cut_blocks_an_owner() {
    let schema = "
        CREATE TABLE public.head (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"bodyId\" integer NOT NULL);
        CREATE TABLE public.body (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"headId\" integer NOT NULL REFERENCES public.head (id));
        WITH h AS (INSERT INTO public.head SELECT n, 'acme', n FROM generate_series(1, 3) AS n)
            INSERT INTO public.body SELECT n, 'acme', n FROM generate_series(1, 3) AS n;
        ALTER TABLE public.head ADD FOREIGN KEY (\"bodyId\") REFERENCES public.body (id);";
    let damage = "SET session_replication_role = replica; DELETE FROM public.head WHERE id = 1; DELETE FROM public.body WHERE id = 1";
    blocked_for_owners_alone(schema, damage, "circle_of_references").await;
    // Where they may be checked at the end of the transaction, nothing needs to be cut.
    each_way(
        &schema
            .replace("(id);\n        WITH", "(id) DEFERRABLE);\n        WITH")
            .replace("body (id);", "body (id) DEFERRABLE;")
            .replace("head (id))", "head (id) DEFERRABLE)"),
        damage,
    )
    .await;
}

#[tokio::test]
async fn values_that_must_be_unique_and_cannot_be_put_off_block_an_owner() {
    let schema = "
        CREATE TYPE public.weekday AS ENUM ('mon', 'tue', 'wed');
        CREATE TABLE public.shift (id integer PRIMARY KEY, \"companyId\" text NOT NULL, day public.weekday NOT NULL, UNIQUE (\"companyId\", day));
        CREATE TABLE public.duty (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"shiftId\" integer NOT NULL REFERENCES public.shift (id));
        INSERT INTO public.shift VALUES (1, 'acme', 'mon'), (2, 'acme', 'tue'); INSERT INTO public.duty VALUES (1, 'acme', 1);";
    // The shift was made anew, and the duty, which stays, moved on to it.
    let damage = "INSERT INTO public.shift VALUES (3, 'acme', 'wed'); UPDATE public.duty SET \"shiftId\" = 3;
        DELETE FROM public.shift WHERE id = 1; UPDATE public.shift SET day = 'mon' WHERE id = 3";
    blocked_for_owners_alone(schema, damage, "value_not_free").await;
    // A reference that may be empty for a while lets go.
    let nullable = schema.replace("\"shiftId\" integer NOT NULL", "\"shiftId\" integer");
    each_way(&nullable, damage).await;
}

/// Rows whose values in a unique index can be no others, and that are in it for a while only.
const PLACES: &str = "
    CREATE TYPE public.weekday AS ENUM ('mon', 'tue', 'wed'); CREATE TYPE public.stage AS ENUM ('planned', 'running', 'over');
    CREATE TABLE public.shift (id integer PRIMARY KEY, \"companyId\" text NOT NULL, day public.weekday NOT NULL, stage public.stage NOT NULL,
        state text NOT NULL CHECK (state IN ('open', 'it''s on')), \"endedAt\" timestamptz, \"isMain\" boolean NOT NULL);
    CREATE UNIQUE INDEX by_stage ON public.shift (\"companyId\", day) WHERE stage = 'running';
    CREATE UNIQUE INDEX by_state ON public.shift (\"companyId\", day) WHERE state = 'it''s on';
    CREATE UNIQUE INDEX by_end ON public.shift (\"companyId\", day) WHERE \"endedAt\" IS NULL;
    CREATE UNIQUE INDEX by_main ON public.shift (day) WHERE \"isMain\";
    INSERT INTO public.shift SELECT n, 'acme', (ARRAY['mon', 'tue', 'wed']::public.weekday[])[1 + n % 3],
        CASE WHEN n < 3 THEN 'running' ELSE 'over' END::public.stage, CASE WHEN n < 3 THEN 'it''s on' ELSE 'open' END,
        CASE WHEN n >= 3 THEN '2026-01-01'::timestamptz + n * interval '1 day' END, n < 3 FROM generate_series(0, 8) AS n;";

#[tokio::test]
async fn rows_wait_outside_of_a_partial_index_where_its_values_can_be_no_others() {
    each_way(
        PLACES,
        "UPDATE public.shift SET stage = 'planned', state = 'open', \"endedAt\" = '2026-03-01', \"isMain\" = false WHERE id < 3;
         UPDATE public.shift SET stage = 'running', state = 'it''s on', \"endedAt\" = NULL, \"isMain\" = true WHERE id BETWEEN 3 AND 5;
         DELETE FROM public.shift WHERE id = 1; DELETE FROM public.shift WHERE id = 5;
         INSERT INTO public.shift VALUES (9, 'acme', 'wed', 'running', 'it''s on', NULL, true);
         UPDATE public.shift SET day = CASE day WHEN 'mon' THEN 'tue' WHEN 'tue' THEN 'mon' ELSE day END::public.weekday WHERE id IN (6, 7)",
    )
    .await;
}

#[tokio::test]
async fn values_without_a_free_one_are_passed_on_in_turns() {
    // Whoever has a weekday gives it up before another gets it, and rows that come back come after.
    let schema = "
        CREATE TYPE public.weekday AS ENUM ('mon', 'tue', 'wed', 'thu', 'fri', 'sat');
        CREATE TABLE public.shift (id integer PRIMARY KEY, \"companyId\" text NOT NULL, day public.weekday NOT NULL,
            \"isLate\" boolean NOT NULL DEFAULT false, note text UNIQUE, UNIQUE (\"companyId\", day, \"isLate\"));
        INSERT INTO public.shift VALUES (1, 'acme', 'mon', false, 'a'), (2, 'acme', 'tue', false, 'b'), (3, 'acme', 'wed', false, 'c'), (4, 'acme', 'thu', false, 'd');";
    each_way(
        schema,
        "DELETE FROM public.shift WHERE id = 4; UPDATE public.shift SET day = 'fri' WHERE id = 3; UPDATE public.shift SET day = 'wed' WHERE id = 2;
         UPDATE public.shift SET day = 'tue' WHERE id = 1; UPDATE public.shift SET note = 'x' WHERE id = 1; UPDATE public.shift SET note = 'a' WHERE id = 2;
         INSERT INTO public.shift VALUES (5, 'acme', 'mon', false, 'd')",
    )
    .await;
}

#[tokio::test]
async fn a_turn_that_must_wait_for_rows_that_come_back_blocks_an_owner() {
    let schema = "
        CREATE TYPE public.weekday AS ENUM ('mon', 'tue', 'wed');
        CREATE TABLE public.shift (id integer PRIMARY KEY, \"companyId\" text NOT NULL, day public.weekday NOT NULL UNIQUE,
            \"afterId\" integer REFERENCES public.shift (id));
        INSERT INTO public.shift VALUES (1, 'acme', 'mon', NULL), (2, 'acme', 'tue', 1);";
    let damage = "UPDATE public.shift SET \"afterId\" = NULL; DELETE FROM public.shift WHERE id = 1; UPDATE public.shift SET day = 'mon' WHERE id = 2;";
    blocked_for_owners_alone(schema, damage, "value_not_free").await;
    let deferrable = schema.replace("public.shift (id))", "public.shift (id) DEFERRABLE)");
    each_way(&deferrable, damage).await;
}

#[tokio::test]
async fn values_that_swap_without_a_free_one_block_everybody() {
    let workshop = Workshop::with(
        "CREATE TYPE public.weekday AS ENUM ('mon', 'tue', 'wed');
         CREATE TABLE public.shift (id integer PRIMARY KEY, \"companyId\" text NOT NULL, day public.weekday NOT NULL, UNIQUE (\"companyId\", day));
         INSERT INTO public.shift VALUES (1, 'acme', 'mon'), (2, 'acme', 'tue')",
    )
    .await;
    let backup = workshop.create().await;
    workshop
        .database
        .run("DELETE FROM public.shift; INSERT INTO public.shift VALUES (1, 'acme', 'tue'), (2, 'acme', 'mon')")
        .await;
    let plan = workshop.plan(&backup.archive.path).await;
    assert_eq!(
        found(&plan.findings, "value_not_free").map(|found| (found.effect, found.row_count)),
        Some((Effect::Blocked, Some(2)))
    );
}

#[tokio::test]
async fn values_that_others_refer_to_are_let_go_for_a_while_or_block_an_owner() {
    let schema = "
        CREATE TABLE public.rank (id integer PRIMARY KEY, \"companyId\" text NOT NULL, code text NOT NULL UNIQUE);
        CREATE TABLE public.medal (id integer PRIMARY KEY, \"companyId\" text NOT NULL, \"rankCode\" text REFERENCES public.rank (code) ON UPDATE CASCADE);
        INSERT INTO public.rank SELECT n, 'acme', 'code ' || n FROM generate_series(1, 4) AS n;
        INSERT INTO public.medal SELECT n, 'acme', 'code ' || n FROM generate_series(1, 4) AS n;";
    let damage = "UPDATE public.rank SET code = 'new ' || id WHERE id < 4; DELETE FROM public.medal WHERE id = 2";
    each_way(schema, damage).await;
    let strict = schema.replace("\"rankCode\" text REF", "\"rankCode\" text NOT NULL REF");
    blocked_for_owners_alone(&strict, damage, "value_referred_to").await;
}

#[tokio::test]
async fn rows_that_a_deletion_would_take_along_in_silence_stop_the_restore() {
    // Where an order was taken along is no column of the backup, so the order is as it was; the plan says
    // that it would refer to a row that goes.
    for action in ["CASCADE", "SET NULL", "SET DEFAULT"] {
        let workshop = Workshop::by(Way::Owner, "").await;
        let backup = workshop.create().await;
        workshop
            .database
            .run(&format!(
                "ALTER TABLE public.\"order\" ADD \"agentId\" text REFERENCES public.customer (id) ON DELETE {action};
                 INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-new', 'acme', 'New');
                 UPDATE public.\"order\" SET \"agentId\" = 'acme-new' WHERE id = 1"
            ))
            .await;
        let own = workshop.own().await;
        let stopped = workshop
            .try_restore(&backup.archive.path, &workshop.options())
            .await;
        assert_eq!(stopped.unwrap_err().code(), Code::NotRestorable);
        own.assert_same(&workshop.own().await);
    }
}

#[tokio::test]
async fn rows_that_hang_on_what_goes_along_block_whoever_restores() {
    let workshop = Workshop::with(
        "CREATE TABLE public.invoice (id integer PRIMARY KEY, \"companyId\" text NOT NULL,
            \"forecastId\" integer REFERENCES public.forecast (id) ON DELETE CASCADE)",
    )
    .await;
    let backup = workshop.create().await;
    workshop
        .database
        .run(&format!(
            "{DAMAGE} INSERT INTO public.invoice SELECT 1, 'bolt', max(id) FROM public.forecast"
        ))
        .await;
    let plan = workshop.plan(&backup.archive.path).await;
    let finding = found(&plan.findings, "rows_would_dangle").unwrap();
    assert_eq!(
        (finding.effect, finding.row_count),
        (Effect::Blocked, Some(1))
    );
}

async fn rights_as_told(workshop: &Workshop) -> Result<(), (String, String)> {
    let rights = snapback_engine::restore::RestoreRights::read(&mut workshop.open().await).await;
    let error = match rights.unwrap().require() {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    assert_eq!(error.code(), Code::MissingRight);
    let hint = error.hint_text().unwrap_or_default().to_owned();
    Err((error.message().to_owned(), hint))
}

#[tokio::test]
async fn what_a_role_may_do_is_known_before_and_shown() {
    let workshop = Workshop::by(Way::Owner, "").await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let plan = workshop.plan(&backup.archive.path).await;
    assert_eq!(plan.rights.path, RestorePath::PlainOwner);
    assert!(plan.rights.missing.is_empty());
    assert_eq!(rights_as_told(&workshop).await, Ok(()));
    // One table of somebody else, written or not, is named.
    workshop
        .database
        .run("ALTER TABLE public.forecast OWNER TO CURRENT_USER; GRANT SELECT ON public.forecast TO PUBLIC")
        .await;
    let (what, _) = rights_as_told(&workshop).await.unwrap_err();
    assert!(what.contains("public.forecast"), "{what}");
    workshop
        .database
        .run("GRANT ALL ON public.forecast TO PUBLIC")
        .await;
    let (what, remedy) = rights_as_told(&workshop).await.unwrap_err();
    assert!(
        what.contains("does not own these tables: public.forecast"),
        "{what}"
    );
    let way_out = match postgres_major().await {
        ..15 => "as the owner of the tables or as superuser",
        _ => "GRANT SET ON PARAMETER session_replication_role TO",
    };
    assert!(remedy.contains(way_out), "{remedy}");
    let plan = workshop.plan(&backup.archive.path).await;
    assert!(matches!(plan.rights.path, RestorePath::Not { .. }));
    let refused = workshop
        .try_restore(&backup.archive.path, &workshop.options())
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::MissingRight);
}

#[tokio::test]
async fn the_schema_of_ours_is_asked_for_once_and_then_shared() {
    let mut workshop = Workshop::by(Way::Owner, "").await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let owner = workshop
        .database
        .value("SELECT tableowner FROM pg_tables WHERE tablename = 'product'")
        .await
        .unwrap();
    let database = workshop.database.value("current_database()").await.unwrap();
    workshop
        .database
        .run(&format!(
            "REVOKE CREATE ON DATABASE {database} FROM \"{owner}\""
        ))
        .await;
    let (_, remedy) = rights_as_told(&workshop).await.unwrap_err();
    let line = remedy.strip_prefix("An administrator runs: ").unwrap();
    assert_eq!(
        line,
        format!("GRANT CREATE ON DATABASE {database} TO \"{owner}\";")
    );
    workshop.database.run(line).await;
    workshop.restore(&backup.archive.path).await;
    workshop.keep().await;
    // Another role that restores must be let into it. Before version 15 a superuser alone could be one.
    if postgres_major().await < 15 {
        return;
    }
    workshop.work_by(Way::ReplicaRole).await;
    let (_, remedy) = rights_as_told(&workshop).await.unwrap_err();
    let line = remedy.strip_prefix("An administrator runs: ").unwrap();
    workshop.database.run(line).await;
    assert_eq!(rights_as_told(&workshop).await, Ok(()));
    workshop
        .database
        .run("UPDATE public.product SET price = 1")
        .await;
    workshop.restore(&backup.archive.path).await;
}

#[tokio::test]
async fn event_triggers_that_fire_meanwhile_are_said() {
    let workshop = Workshop::by(
        Way::Owner,
        "CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY changed; END $$;
         CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION public.watch()",
    )
    .await;
    let backup = workshop.create().await;
    workshop.database.run(DAMAGE).await;
    let plan = workshop.plan(&backup.archive.path).await;
    let finding = found(&plan.findings, "event_trigger_fires").unwrap();
    assert!(finding.reason.contains("watching"), "{}", finding.reason);
    workshop.restore(&backup.archive.path).await;
}
