//! What the demo contains: the whole shape of the catalog, filled and consistent.

use std::collections::BTreeMap;

use snapback_demo::carbon::catalog::{Catalog, Reference, Table};
use snapback_demo::{App, COMPANIES, Connection, Damage, Role, Spec, damage, data};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::support::{loaded, scratch};

async fn connect(connection: &Connection) -> PgConnection {
    PgConnection::connect_with(&connection.options())
        .await
        .unwrap()
}

async fn number(session: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(session)
        .await
        .unwrap()
}

async fn texts(session: &mut PgConnection, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_all(session)
        .await
        .unwrap()
}

fn quoted(columns: &[String]) -> Vec<String> {
    columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect()
}

#[tokio::test]
async fn the_shape_is_the_catalogs_to_the_last_trigger() {
    let (_server, database) = loaded(Spec::default()).await;
    let mut session = connect(&database.connection(Role::Superuser)).await;
    let in_public = "SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    let made_at_run_time = COMPANIES.len() as i64 * 2;
    for (what, sql, expected) in [
        ("tables", "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace".to_owned(), 341 + made_at_run_time),
        ("references", format!("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid IN ({in_public})"), 1_592),
        ("composite references", format!("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) > 1 AND conrelid IN ({in_public})"), 93),
        ("checks", format!("SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid IN ({in_public})"), 104),
        ("triggers", format!("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ({in_public})"), 387),
        ("enums", "SELECT count(*) FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace".to_owned(), 154),
        ("generated columns", format!("SELECT count(*) FROM pg_attribute WHERE attgenerated = 's' AND attrelid IN ({in_public})"), 57),
        ("tables without a key", format!("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND oid IN ({in_public}) AND oid NOT IN (SELECT conrelid FROM pg_constraint WHERE contype = 'p')"), 5),
        ("tables without row security", format!("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND NOT relrowsecurity AND oid IN ({in_public})"), 0),
        ("tables that the owner does not own", format!("SELECT count(*) FROM pg_class WHERE relowner <> 'carbon_owner'::regrole AND oid IN ({in_public})"), 0),
    ] {
        assert_eq!(number(&mut session, &sql).await, expected, "{what}");
    }
    let states = texts(
        &mut session,
        "SELECT DISTINCT tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    )
    .await;
    assert_eq!(states, ["A", "D", "O", "R"]);
}

#[tokio::test]
async fn no_reference_leads_nowhere_or_to_another_company() {
    let (_server, database) = loaded(Spec::default()).await;
    let mut session = connect(&database.connection(Role::Reader)).await;
    let catalog = Catalog::carbon();
    let mut wrong = Vec::new();
    for table in &catalog.tables {
        for reference in &table.references {
            let orphans = number(&mut session, &orphans(table, reference)).await;
            let parent = catalog.table(&reference.table).unwrap();
            let both = table.has("companyId") && parent.has("companyId");
            let foreign = if both {
                number(&mut session, &foreign(table, reference)).await
            } else {
                0
            };
            if orphans + foreign > 0 {
                wrong.push(format!(
                    "{} {:?}: {orphans}, {foreign}",
                    table.name, reference.columns
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn orphans(table: &Table, reference: &Reference) -> String {
    let filled: Vec<String> = quoted(&reference.columns)
        .iter()
        .map(|column| format!("child.{column} IS NOT NULL"))
        .collect();
    format!(
        "SELECT count(*) FROM \"{}\" AS child WHERE {} AND NOT EXISTS (SELECT FROM \"{}\" AS parent WHERE {})",
        table.name,
        filled.join(" AND "),
        reference.table,
        pairs(reference)
    )
}

fn foreign(table: &Table, reference: &Reference) -> String {
    format!(
        "SELECT count(*) FROM \"{}\" AS child JOIN \"{}\" AS parent ON {} WHERE parent.\"companyId\" <> child.\"companyId\"",
        table.name,
        reference.table,
        pairs(reference)
    )
}

fn pairs(reference: &Reference) -> String {
    let pairs: Vec<String> = quoted(&reference.columns)
        .iter()
        .zip(quoted(&reference.to))
        .map(|(child, parent)| format!("parent.{parent} = child.{child}"))
        .collect();
    pairs.join(" AND ")
}

#[tokio::test]
async fn every_table_of_the_main_company_has_rows() {
    let (_server, database) = loaded(Spec::default()).await;
    let mut session = connect(&database.connection(Role::Reader)).await;
    let main = COMPANIES[0].id;
    let mut empty = Vec::new();
    for table in &Catalog::carbon().tables {
        let condition = match table.scope.as_deref() {
            Some("companyId") => format!("\"companyId\" = '{main}'"),
            Some(_) => format!("\"companyGroupId\" = '{}'", COMPANIES[0].group_id),
            None => "true".to_owned(),
        };
        let sql = format!("SELECT count(*) FROM \"{}\" WHERE {condition}", table.name);
        if number(&mut session, &sql).await == 0 {
            empty.push(&table.name);
        }
    }
    assert!(empty.is_empty(), "{empty:?}");
    for kind in ["searchIndex", "auditLog"] {
        let rows = number(
            &mut session,
            &format!("SELECT count(*) FROM \"{kind}_{main}\""),
        )
        .await;
        assert!(rows > 0, "{kind}");
    }
    let paths =
        "SELECT count(*) FROM document WHERE path NOT IN (SELECT name FROM storage.objects)";
    assert_eq!(number(&mut session, paths).await, 0);
}

#[tokio::test]
async fn every_reference_is_filled_once_and_empty_once() {
    let (_server, database) = loaded(Spec::default()).await;
    let mut session = connect(&database.connection(Role::Reader)).await;
    let (mut never_filled, mut never_empty) = (Vec::new(), Vec::new());
    for table in &Catalog::carbon().tables {
        for reference in &table.references {
            let column = &reference.columns[0];
            let sql = format!(
                "SELECT count(\"{column}\")::text || ' ' || count(*) FROM \"{}\"",
                table.name
            );
            let counts = texts(&mut session, &sql).await.remove(0);
            let (filled, all) = counts.split_once(' ').unwrap();
            let place = format!("{}.{column}", table.name);
            let nullable = !table.column(column).unwrap().required;
            if filled == "0" {
                never_filled.push(place);
            } else if nullable
                && filled == all
                && column != "companyId"
                && column != "companyGroupId"
            {
                never_empty.push(place);
            }
        }
    }
    assert!(
        never_filled.is_empty() && never_empty.is_empty(),
        "never filled: {never_filled:#?}\nnever empty: {never_empty:#?}"
    );
}

#[tokio::test]
async fn the_numbers_add_up() {
    let (_server, database) = loaded(Spec::default()).await;
    let mut session = connect(&database.connection(Role::Reader)).await;
    for (what, sql) in [
        (
            "journals balance",
            r#"SELECT count(*) FROM (SELECT FROM "journalLine" GROUP BY "journalId" HAVING sum(amount) <> 0) AS bad"#,
        ),
        (
            "journals have lines",
            r#"SELECT count(*) FROM journal WHERE id NOT IN (SELECT "journalId" FROM "journalLine")"#,
        ),
        (
            "sales invoices are the sum of their lines",
            r#"SELECT count(*) FROM "salesInvoice" AS i WHERE subtotal IS DISTINCT FROM (SELECT sum(quantity * "unitPrice") FROM "salesInvoiceLine" WHERE "invoiceId" = i.id)"#,
        ),
        (
            "sales invoices match their orders",
            r#"SELECT count(*) FROM "salesInvoiceLine" AS l JOIN "salesOrderLine" AS o ON o.id = l."salesOrderLineId" WHERE (l.quantity, l."unitPrice", l."itemId") <> (o."saleQuantity", o."unitPrice", o."itemId")"#,
        ),
        (
            "purchase invoices are the sum of their lines",
            r#"SELECT count(*) FROM "purchaseInvoice" AS i WHERE "totalAmount" IS DISTINCT FROM (SELECT sum(quantity * "supplierUnitPrice" + "supplierTaxAmount") FROM "purchaseInvoiceLine" WHERE "invoiceId" = i.id)"#,
        ),
        (
            "lines have their order's customer",
            r#"SELECT count(*) FROM "salesInvoice" AS i JOIN "salesInvoiceLine" AS l ON l."invoiceId" = i.id JOIN "salesOrder" AS o ON o.id = l."salesOrderId" WHERE o."customerId" <> i."customerId""#,
        ),
        (
            "stock is never negative",
            r#"SELECT count(*) FROM (SELECT FROM "itemLedger" GROUP BY "itemId" HAVING sum(quantity) < 0) AS bad"#,
        ),
        (
            "every posted shipment line left the stock",
            r#"SELECT count(*) FROM "shipmentLine" AS l WHERE -"shippedQuantity" IS DISTINCT FROM (SELECT quantity FROM "itemLedger" WHERE "documentLineId" = l.id)"#,
        ),
        (
            "costs follow quantities",
            r#"SELECT count(*) FROM "costLedger" WHERE sign(cost) <> sign(quantity)"#,
        ),
        (
            "payments pay invoices in full",
            r#"SELECT count(*) FROM payment AS p JOIN "invoiceSettlement" AS s ON s."paymentId" = p.id JOIN "salesInvoice" AS i ON i.id = s."targetSalesInvoiceId" WHERE p."totalAmount" <> i."totalAmount""#,
        ),
        (
            "numbers of documents come from the sequence",
            r#"SELECT count(*) FROM sequence AS s WHERE s."table" = 'salesOrder' AND s.next <> (SELECT count(*) FROM "salesOrder" AS o WHERE o."companyId" = s."companyId")"#,
        ),
        (
            "contacts belong to their customer",
            r#"SELECT count(*) FROM customer AS c JOIN "customerContact" AS k ON k.id = c."salesContactId" WHERE k."customerId" <> c.id"#,
        ),
        (
            "materials belong to their method's job",
            r#"SELECT count(*) FROM "jobMaterial" AS m JOIN "jobMakeMethod" AS k ON k.id = m."jobMakeMethodId" WHERE k."jobId" <> m."jobId""#,
        ),
    ] {
        assert_eq!(number(&mut session, sql).await, 0, "{what}");
    }
}

#[tokio::test]
async fn the_oddities_that_hurt_are_there() {
    let (_server, database) = loaded(Spec::default()).await;
    let mut session = connect(&database.connection(Role::Superuser)).await;
    for (what, sql) in [
        (
            "shared rows",
            r#"SELECT count(*) FROM "materialForm" WHERE "companyId" IS NULL"#,
        ),
        (
            "company rows that refer to shared ones",
            r#"SELECT count(*) FROM gauge AS g JOIN "gaugeType" AS t ON t.id = g."gaugeTypeId" WHERE t."companyId" IS NULL"#,
        ),
        (
            "users in two companies",
            r#"SELECT count(*) FROM (SELECT FROM "userToCompany" GROUP BY "userId" HAVING count(*) > 1) AS twice"#,
        ),
        (
            "rights that name companies",
            r#"SELECT count(*) FROM "userPermission" WHERE permissions::text LIKE '%' || (SELECT id FROM company LIMIT 1) || '%'"#,
        ),
        (
            "infinity",
            r#"SELECT count(*) FROM "customerItemPriceOverride" WHERE "validTo" = 'infinity'"#,
        ),
        (
            "NaN",
            r#"SELECT count(*) FROM "jobOperationStepRecord" WHERE "numericValue" = 'NaN'"#,
        ),
        (
            "vectors",
            "SELECT count(*) FROM item WHERE cardinality(embedding) = 384",
        ),
        (
            "closed periods",
            r#"SELECT count(*) FROM "accountingPeriod" WHERE "closeStatus" = 'Closed'"#,
        ),
        (
            "obviously fake secrets",
            r#"SELECT count(*) FROM "apiKey" WHERE "keyHash" LIKE 'not-a-real-secret-%'"#,
        ),
    ] {
        assert!(number(&mut session, sql).await > 0, "{what}");
    }
    let posted = sqlx::query(r#"UPDATE journal SET description = 'x' WHERE status = 'Posted'"#);
    assert!(
        posted.execute(&mut session).await.is_err(),
        "posted journals are immutable"
    );
    let mut plain = connect(&database.connection(Role::PlainReader)).await;
    assert_eq!(
        number(&mut plain, "SELECT count(*) FROM customer").await,
        0,
        "row security hides rows"
    );
    let mut restorer = connect(&database.connection(Role::Restorer)).await;
    sqlx::query("SET session_replication_role = replica")
        .execute(&mut restorer)
        .await
        .unwrap();
    let mut owner = connect(&database.connection(Role::Owner)).await;
    let denied = sqlx::query("SET session_replication_role = replica")
        .execute(&mut owner)
        .await;
    assert!(denied.is_err(), "the plain owner has no such right");
}

/// A fingerprint of each table's rows: those of the main company, and the others.
async fn fingerprints(session: &mut PgConnection, of_main: bool) -> BTreeMap<String, String> {
    let main = COMPANIES[0].id;
    let mut prints = BTreeMap::new();
    for table in &Catalog::carbon().tables {
        let is_main = if table.has("companyId") {
            format!("row.\"companyId\" IS NOT DISTINCT FROM '{main}'")
        } else {
            "false".to_owned()
        };
        let sql = format!(
            "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)
             FROM \"{}\" AS row WHERE ({is_main}) = {of_main}",
            table.name
        );
        prints.insert(table.name.clone(), texts(session, &sql).await.remove(0));
    }
    prints
}

#[test]
fn the_scale_decides_how_many_rows_there_are() {
    let rows = |scale| {
        data::row_count(
            Spec {
                scale,
                ..Spec::default()
            },
            &COMPANIES[0],
        )
    };
    assert!((38_000..44_000).contains(&rows(1.0)), "{}", rows(1.0));
    assert!((450_000..480_000).contains(&rows(12.0)), "{}", rows(12.0));
    assert!(rows(135.0) > 5_000_000, "{}", rows(135.0));
}

#[test]
fn equal_seeds_make_equal_rows_and_other_seeds_others() {
    let small = Spec {
        scale: 0.1,
        ..Spec::default()
    };
    let fingerprint = data::fingerprint(small);
    assert_eq!(data::fingerprint(small), fingerprint);
    assert_ne!(data::fingerprint(Spec { seed: 7, ..small }), fingerprint);
    assert_ne!(
        data::fingerprint(Spec {
            scale: 0.2,
            ..small
        }),
        fingerprint
    );
}

#[tokio::test]
async fn damage_touches_the_main_company_alone() {
    let (_server, database) = loaded(Spec::default()).await;
    let mut session = connect(&database.connection(Role::Superuser)).await;
    let (main, others) = (
        fingerprints(&mut session, true).await,
        fingerprints(&mut session, false).await,
    );
    let owner = database.connection(Role::Owner).options();
    let rows = damage::inflict(&owner, App::Carbon, Damage::Friday, COMPANIES[0].id)
        .await
        .unwrap();
    assert!(rows > 1_500, "{rows}");
    let after = fingerprints(&mut session, true).await;
    let touched: Vec<&String> = main
        .iter()
        .filter(|(table, print)| after[*table] != **print)
        .map(|(table, _)| table)
        .collect();
    assert!(touched.len() >= 15, "{touched:?}");
    for table in [
        "itemUnitSalePrice",
        "item",
        "customer",
        "salesOrder",
        "salesOrderLine",
        "nonConformance",
    ] {
        assert!(touched.contains(&&table.to_owned()), "{table} is untouched");
    }
    assert_eq!(fingerprints(&mut session, false).await, others);
}

#[tokio::test]
async fn the_schema_loads_on_an_older_server_too() {
    let Ok(debian) = snapback_demo::Binaries::find(&["/usr/lib/postgresql/15".into()]) else {
        return;
    };
    let folder = scratch();
    let small = Spec {
        scale: 0.1,
        ..Spec::default()
    };
    let image = snapback_demo::image(&debian, folder.path(), small)
        .await
        .unwrap();
    assert!(image.join("roles.json").is_file());
}
