//! Copies of the demo's companies, all 341 tables.

use std::collections::BTreeSet;

use snapback_engine::new_company::{GroupChoice, IdChoice, NewReport};
use snapback_testkit::{COMPANIES, Role, TestDatabase};

use crate::new_company::maker::{
    Maker, Rows, broken_references, make, options, others, plain_archive, target,
};

/// Somebody who works for the demo's first company.
async fn owner(database: &TestDatabase) -> (String, String) {
    let of = |column: &str| {
        format!(
            "SELECT u.{column} FROM public.\"user\" AS u JOIN public.\"userToCompany\" AS m ON m.\"userId\" = u.id \
             WHERE m.\"companyId\" = '{}' ORDER BY u.id LIMIT 1",
            COMPANIES[0].id
        )
    };
    let id = database.value(&of("id")).await.unwrap();
    (id, database.value(&of("email")).await.unwrap())
}

fn left_over(report: &NewReport) -> BTreeSet<String> {
    let tables = report.tables.iter();
    let columns = tables.flat_map(|table| {
        let name = table.table.name.clone();
        table
            .columns
            .iter()
            .map(move |column| (name.clone(), column))
    });
    columns
        .filter(|(_, column)| column.found.left > 0)
        .map(|(table, column)| format!("{table}.{}", column.column))
        .collect()
}

#[tokio::test]
async fn a_company_is_copied_within_its_database_twice_and_each_copy_is_whole() {
    let database = TestDatabase::demo().await;
    let maker = Maker::new();
    let settings = database.settings();
    let (owner_id, email) = owner(&database).await;
    let archive = maker.backup(&settings, COMPANIES[0].id).await;
    let source = Rows::of(&archive);
    let before = database.company_fingerprint(COMPANIES[0].id).await;
    let untouched = others(&database, "none", "none", &owner_id).await;

    let first = make(&settings, &archive, options("Übung GmbH", &email))
        .await
        .unwrap();
    assert_eq!(broken_references(&database).await, None);
    let group = first.company.group.clone().unwrap();
    let after = others(&database, first.company.id.as_str(), &group, &owner_id).await;
    let differences = untouched.differences(&after);
    // The tables that were made for the new company have rights and policies of their own.
    let rows: Vec<&String> = differences
        .iter()
        .filter(|line| !line.starts_with('('))
        .collect();
    assert!(rows.is_empty(), "{rows:?}");
    before.assert_same(&database.company_fingerprint(COMPANIES[0].id).await);

    // Nothing of the copy leads back.
    let copied = maker.backup(&settings, first.company.id.as_str()).await;
    let copy = Rows::of(&copied);
    let places = copy.places_of(&source.ids());
    let reported = left_over(&first);
    let unreported: Vec<_> = places
        .iter()
        .filter(|(place, _)| !reported.contains(*place))
        .collect();
    assert!(unreported.is_empty(), "{unreported:?}");

    // All rows are there.
    for (table, (_, lines)) in &source.tables {
        let table_report = first.tables.iter().find(|found| found.table.name == *table);
        let gone = table_report.map_or(0, |found| found.left_out + found.collided);
        let expected = lines.len() as u64 - gone;
        let there = copy
            .tables
            .get(table)
            .map_or(0, |(_, lines)| lines.len() as u64);
        let is_left_out = first.left_out.iter().any(|left| left.table.name == *table);
        match table.as_str() {
            "userToCompany" => assert_eq!(there, 1),
            "employee" => assert!(there >= expected),
            name if name.starts_with("auditLog_") => {}
            "intercompanyTransaction" => assert_eq!(there, 0),
            _ if is_left_out => assert_eq!(there, 0, "{table}"),
            _ => assert_eq!(there, expected, "{table}"),
        }
    }

    // A copy of the copy is as good, and neither changes the other.
    let copies = database
        .company_fingerprint(first.company.id.as_str())
        .await;
    let second = make(&settings, &copied, options("Übung 2 GmbH", &email))
        .await
        .unwrap();
    assert_eq!(broken_references(&database).await, None);
    assert_ne!(second.company.id, first.company.id);
    copies.assert_same(
        &database
            .company_fingerprint(first.company.id.as_str())
            .await,
    );
    let again = Rows::of(&maker.backup(&settings, second.company.id.as_str()).await);
    let counts = |rows: &Rows| -> Vec<(String, usize)> {
        let tables = rows.tables.iter().filter(|(table, _)| !table.contains('_'));
        tables
            .map(|(table, (_, lines))| (table.clone(), lines.len()))
            .collect()
    };
    assert_eq!(counts(&copy), counts(&again));
    assert_eq!(again.places_of(&copy.ids()), Default::default());
}

#[tokio::test]
async fn a_company_moves_to_another_database() {
    let (home, away) = (TestDatabase::demo().await, TestDatabase::demo().await);
    let maker = Maker::new();
    let archive = maker.backup(&home.settings(), COMPANIES[2].id).await;
    // The people of the third company are not there, nor anything of it.
    let (owner_id, email) = owner(&away).await;
    away.run(&format!(
        "SET session_replication_role = replica;
         DELETE FROM public.company WHERE id = '{}'",
        COMPANIES[2].id
    ))
    .await;
    let report = make(
        &away.settings(),
        &archive,
        options("Nordwind Übung", &email),
    )
    .await
    .unwrap();
    assert_eq!(report.company.name, "Nordwind Übung");
    let source = Rows::of(&archive);
    let copy = Rows::of(
        &maker
            .backup(&away.settings(), report.company.id.as_str())
            .await,
    );
    assert!(copy.places_of(&source.ids()).is_empty());
    let permissions = away
        .value(&format!(
            "SELECT permissions -> 'settings_update' ? '{}' AND permissions -> 'sales_view' ? '{}' \
             FROM public.\"userPermission\" WHERE id = '{owner_id}'",
            report.company.id, report.company.id
        ))
        .await;
    assert_eq!(permissions.as_deref(), Some("true"));
}

#[tokio::test]
async fn the_owner_may_open_the_new_company() {
    let database = TestDatabase::demo().await;
    let (owner_id, email) = owner(&database).await;
    let archive = plain_archive().await;
    let report = make(&database.settings(), archive, options("Übung", &email))
        .await
        .unwrap();
    let mut acting = target(&database.settings());
    acting.acting_as = Some(email);
    let companies = snapback_engine::company::companies(&acting).await.unwrap();
    assert!(
        companies
            .iter()
            .any(|company| company.id == report.company.id)
    );
    let kind = database
        .value(&format!(
            "SELECT k.\"systemType\" FROM public.employee AS e JOIN public.\"employeeType\" AS k ON k.id = e.\"employeeTypeId\" \
             WHERE e.id = '{owner_id}' AND e.\"companyId\" = '{}'",
            report.company.id
        ))
        .await;
    assert_eq!(kind.as_deref(), Some("Admin"));
}

#[tokio::test]
async fn a_new_company_in_an_existing_group_uses_its_accounts_and_changes_none() {
    let database = TestDatabase::demo().await;
    let settings = database.settings();
    let (owner_id, email) = owner(&database).await;
    let archive = plain_archive().await;
    let untouched = others(&database, "none", "none", &owner_id).await;
    let mut wanted = options("Übung im Konzern", &email);
    wanted.group = GroupChoice::Join(COMPANIES[0].group_name.to_owned());
    let report = make(&settings, archive, wanted).await.unwrap();
    assert_eq!(report.company.group.as_deref(), Some(COMPANIES[0].group_id));
    assert_eq!(broken_references(&database).await, None);
    let after = others(&database, report.company.id.as_str(), "none", &owner_id).await;
    let differences = untouched.differences(&after);
    let rows: Vec<&String> = differences
        .iter()
        .filter(|line| !line.starts_with('('))
        .collect();
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn ids_are_kept_where_they_are_free() {
    let database = TestDatabase::demo().await;
    let maker = Maker::new();
    let settings = database.settings();
    let (_, email) = owner(&database).await;
    let archive = maker.backup(&settings, COMPANIES[2].id).await;
    let mut wanted = options("Noch einmal", &email);
    wanted.ids = IdChoice::Keep;
    let refused = make(&settings, &archive, wanted).await.unwrap_err();
    assert_eq!(refused.code(), snapback_engine::Code::IdsTaken);
}

#[tokio::test]
async fn the_owner_of_the_tables_makes_the_same_company() {
    let database = TestDatabase::demo().await;
    let maker = Maker::new();
    let (_, email) = owner(&database).await;
    let archive = plain_archive().await;
    let role = Role::Owner;
    let name = database.value("current_database()").await.unwrap();
    database
        .run(&format!(
            "GRANT CREATE ON DATABASE {name} TO {}",
            role.name(snapback_demo::App::Carbon)
        ))
        .await;
    let settings = database.settings_as_demo_role(role);
    let report = make(&settings, archive, options("Übung", &email))
        .await
        .unwrap();
    assert_eq!(broken_references(&database).await, None);
    let source = Rows::of(archive);
    let copied = maker
        .backup(&database.settings(), report.company.id.as_str())
        .await;
    let copy = Rows::of(&copied);
    assert!(copy.places_of(&source.ids()).is_empty());
    for table in ["journalLine", "itemLedger", "jobMaterial", "customer"] {
        assert_eq!(
            copy.tables[table].1.len(),
            source.tables[table].1.len(),
            "{table}"
        );
    }
}
