//! StockFlow: what its profile says, and what people do with an inventory application.

use std::collections::BTreeMap;

use serde_json::Value;
use snapback_engine::archive::Reader;
use snapback_engine::company::{self, Role, Roles, Target};
use snapback_engine::doctor;
use snapback_engine::export::{self, ExportOptions};
use snapback_engine::profile;
use snapback_engine::reporter::{Counters, Silent};
use snapback_engine::restore::Selection;
use snapback_engine::{CancelToken, Code, snapshot};
use snapback_testkit::{RENTAL, STOCKFLOW, TestDatabase};

use crate::apps::copies::is_copied;
use crate::apps::desk::Desk;
use crate::apps::main_path::{emptied_and_back, there_and_back};
use crate::apps::roles::by_owner;

#[tokio::test]
async fn stockflow_is_what_it_was_and_others_never_change() {
    there_and_back(Desk::of(&STOCKFLOW).await).await;
}

#[tokio::test]
async fn stockflow_comes_back_by_the_owner_of_its_tables() {
    there_and_back(by_owner(&STOCKFLOW).await).await;
}

#[tokio::test]
async fn an_emptied_stockflow_comes_back_whole() {
    emptied_and_back(&STOCKFLOW).await;
}

#[tokio::test]
async fn stockflow_is_copied_and_documents_name_the_copys_products() {
    let desk = is_copied(Desk::of(&STOCKFLOW).await, &[]).await;
    let strangers = "SELECT count(*) FROM public.orders AS o, jsonb_array_elements(o.lines) AS line
        WHERE NOT EXISTS (SELECT FROM public.products AS p WHERE p.account_id = o.account_id AND p.id = (line->>'product')::uuid)";
    assert_eq!(desk.database.value(strangers).await.as_deref(), Some("0"));
    let users =
        "SELECT count(*) FROM public.users AS u JOIN public.accounts AS a ON a.id = u.account_id
        WHERE a.name = 'A practice company' AND u.password_hash IS NULL";
    assert_eq!(desk.database.value(users).await.as_deref(), Some("6"));
}

#[tokio::test]
async fn its_database_is_known_by_itself_and_every_table_has_its_place() {
    let desk = Desk::of(&STOCKFLOW).await;
    let names = profile::built_in_names().iter();
    let known: Vec<_> = names.filter_map(|name| profile::built_in(name)).collect();
    let target = desk.target();
    let survey = company::survey(&target.settings, &known, None);
    let found = Box::pin(survey).await.unwrap().application.unwrap();
    assert_eq!(
        (found.title.as_str(), found.company_count),
        ("StockFlow", Some(3))
    );
    let detected = company::detect(&target.settings, known).await.unwrap();
    assert_eq!(detected.name, "stockflow");
    let mut opened = desk.open().await;
    assert!(
        opened.scope.notices.is_empty(),
        "{:?}",
        opened.scope.notices
    );
    let contents = snapshot::contents(&mut opened).await.unwrap();
    let areas: Vec<&str> = contents
        .areas
        .iter()
        .map(|area| area.title.as_str())
        .collect();
    assert_eq!(
        areas,
        [
            "Sales",
            "Purchasing",
            "Products",
            "Stock",
            "People",
            "Account and settings"
        ]
    );
    // What somebody may do is what his role in that account says.
    let account = opened.company().id.clone();
    for (role, may) in [
        ("owner", Role::Admin),
        ("manager", Role::Operator),
        ("clerk", Role::Viewer),
    ] {
        let sql = format!(
            "SELECT upper(email) FROM public.users WHERE role = '{role}' AND account_id = '{account}' ORDER BY id LIMIT 1"
        );
        let acting = Target {
            acting_as: desk.database.value(&sql).await,
            ..desk.target()
        };
        let roles = Roles::read(&acting).await.unwrap();
        let granted = roles.of(&account).map(|granted| granted.role);
        assert_eq!(granted, Some(may), "{role}");
        assert!(roles.require_everywhere(Role::Viewer).is_err(), "{role}");
        let offered = company::companies(&acting).await.unwrap();
        assert!(offered.iter().all(|company| company.id == account));
    }
    let users = company::users(&desk.target()).await.unwrap();
    assert!(users.iter().all(|user| user.email.is_some()) && users.len() > 3);
    let cancel = CancelToken::new();
    let examined = doctor::examine(&mut opened, &Silent, &cancel);
    let examined = Box::pin(examined).await.unwrap().completed().unwrap();
    assert!(examined.is_sound(), "{examined:?}");
}

#[tokio::test]
async fn no_profile_that_is_known_is_taken_where_none_or_several_fit() {
    let known = || -> Vec<_> {
        let names = profile::built_in_names().iter();
        names.filter_map(|name| profile::built_in(name)).collect()
    };
    // Like StockFlow it has accounts with a name, and users.
    let rental = TestDatabase::app(&RENTAL).await;
    let unknown = company::detect(&rental.settings(), known()).await;
    let unknown = unknown.unwrap_err();
    assert_eq!(unknown.code(), Code::ProfileMismatch);
    assert!(unknown.to_string().contains("no application"), "{unknown}");
    let (settings, candidates) = (rental.settings(), known());
    let survey = company::survey(&settings, &candidates, None);
    assert!(Box::pin(survey).await.unwrap().application.is_none());

    // A role that may not look into the schema still learns which application it is.
    let mut database = TestDatabase::app(&STOCKFLOW).await;
    let role = database.role("stranger", "").await;
    database
        .run("REVOKE USAGE ON SCHEMA public FROM public")
        .await;
    let found = company::detect(&database.settings_as(&role), known()).await;
    assert_eq!(found.unwrap().name, "stockflow");

    let mut twin = profile::built_in("stockflow").unwrap();
    twin.name = "twin".to_owned();
    let both = [known(), vec![twin]].concat();
    let several = company::detect(&database.settings(), both).await;
    let several = several.unwrap_err();
    assert_eq!(several.code(), Code::ProfileMismatch);
    assert!(several.to_string().contains("more than one"), "{several}");
    let hint = several.hint_text().unwrap();
    assert!(hint.contains("stockflow or twin"), "{hint}");
}

#[tokio::test]
async fn the_rows_of_the_demo_add_up() {
    let desk = Desk::of(&STOCKFLOW).await;
    for (what, sql) in [
        (
            "stock is the sum of its movements",
            "SELECT count(*) FROM public.inventory AS i WHERE on_hand <>
                (SELECT sum(quantity) FROM public.movements AS m WHERE (m.product_id, m.location) = (i.product_id, i.location))",
        ),
        (
            "the last movement leaves what is there",
            "SELECT count(*) FROM public.inventory AS i WHERE on_hand <>
                (SELECT balance FROM public.movements AS m WHERE (m.product_id, m.location) = (i.product_id, i.location) ORDER BY id DESC LIMIT 1)",
        ),
        (
            "there is never less than nothing",
            "SELECT count(*) FROM public.movements WHERE balance < 0",
        ),
        (
            "an order is the sum of its lines",
            "SELECT count(*) FROM public.orders AS o WHERE net <>
                (SELECT sum((line->>'quantity')::numeric * (line->>'price')::numeric) FROM jsonb_array_elements(o.lines) AS line)",
        ),
        (
            "an invoice is for its order",
            "SELECT count(*) FROM public.invoices AS i JOIN public.orders AS o ON o.id = i.order_id WHERE i.total <> o.total OR i.client_id <> o.client_id",
        ),
        (
            "what is shipped is invoiced",
            "SELECT count(*) FROM public.orders AS o WHERE (status = 'shipped') <> EXISTS (SELECT FROM public.invoices AS i WHERE i.order_id = o.id)",
        ),
    ] {
        assert_eq!(desk.database.value(sql).await.as_deref(), Some("0"), "{what}");
    }
}

/// The rows of the account, table by table, as text.
async fn state(desk: &Desk) -> BTreeMap<&'static str, Vec<String>> {
    let mut state = BTreeMap::new();
    for (table, _) in STOCKFLOW.restored.iter().chain(STOCKFLOW.kept) {
        let column = if *table == "accounts" {
            "id"
        } else {
            "account_id"
        };
        let sql = format!(
            "SELECT coalesce(json_agg(t::text ORDER BY t::text), '[]') FROM public.{table} AS t
              WHERE {column} = (SELECT id FROM public.accounts WHERE name = '{}')",
            STOCKFLOW.company
        );
        let rows = desk.database.value(&sql).await.unwrap();
        state.insert(*table, serde_json::from_str(&rows).unwrap());
    }
    state
}

fn only(rows: &[&str]) -> Selection {
    Selection {
        only: rows.iter().map(|row| (*row).to_owned()).collect(),
        ..Selection::default()
    }
}

/// What others did meanwhile, and what must stay.
const LATER: &str = "
    UPDATE public.products SET price = 1234.50 WHERE account_id = $company AND sku = 'NO-1007';
    UPDATE public.clients SET name = 'Renamed since' WHERE account_id = $company AND number = 'K10005';
    INSERT INTO public.orders (account_id, number, client_id, ordered_on, lines, net, tax)
        SELECT $company, 9001, id, '2026-11-02', '[]', 0, 0 FROM public.clients WHERE account_id = $company AND number = 'K10006';";

async fn run(desk: &Desk, sql: &str) {
    let company = format!(
        "(SELECT id FROM public.accounts WHERE name = '{}')",
        STOCKFLOW.company
    );
    desk.database.run(&sql.replace("$company", &company)).await;
}

#[tokio::test]
async fn an_adjustment_entered_wrong_leaves_the_ledger_with_the_balances_made_from_it() {
    let desk = Desk::of(&STOCKFLOW).await;
    let before = state(&desk).await;
    let backup = desk.create().await.archive.path;
    run(&desk, LATER).await;
    run(
        &desk,
        "INSERT INTO public.movements (account_id, product_id, location, kind, quantity, balance, reason)
            SELECT account_id, product_id, location, 'adjustment', -on_hand - 40, 0, 'Counted in the wrong place' FROM public.inventory
             WHERE account_id = $company AND location = 'Lager Kiel' ORDER BY product_id LIMIT 3",
    )
    .await;
    let found = state(&desk).await;
    assert_ne!(found["inventory"], before["inventory"]);
    let report = desk.take(&backup, &only(&["area:stock"])).await;
    assert_eq!((report.totals.extra, report.totals.changed), (3, 3));
    let after = state(&desk).await;
    for (table, rows) in &after {
        let expected = match *table {
            "inventory" | "movements" => &before[table],
            _ => &found[table],
        };
        assert_eq!(rows, expected, "{table}");
    }
    desk.revert().await;
    assert_eq!(state(&desk).await, found);

    // Nobody can change the ledger, but an administrator did: one entry and its balance come back.
    run(
        &desk,
        "ALTER TABLE public.movements DISABLE TRIGGER immutable;
         UPDATE public.movements SET quantity = 999, balance = 999 WHERE id = (SELECT min(id) FROM public.movements WHERE account_id = $company);
         UPDATE public.inventory SET on_hand = 999 WHERE (product_id, location) = (SELECT product_id, location FROM public.movements WHERE quantity = 999);
         ALTER TABLE public.movements ENABLE TRIGGER immutable;",
    )
    .await;
    let written = "SELECT concat('movements:', id, ' inventory:', product_id, ',', location) FROM public.movements WHERE quantity = 999";
    let written = desk.database.value(written).await.unwrap();
    let (movement, balance) = written.split_once(' ').unwrap();
    let report = desk.take(&backup, &only(&[movement, balance])).await;
    assert_eq!((report.totals.changed, report.totals.differing()), (2, 2));
    assert_eq!(state(&desk).await["movements"], found["movements"]);
}

#[tokio::test]
async fn a_deleted_client_comes_back_with_its_orders_and_merged_ones_are_told_apart() {
    let desk = Desk::of(&STOCKFLOW).await;
    let before = state(&desk).await;
    let backup = desk.create().await.archive.path;
    let key = |number: &str| {
        let sql = format!(
            "SELECT c.id FROM public.clients AS c JOIN public.accounts AS a ON a.id = c.account_id WHERE a.name = '{}' AND c.number = '{number}'",
            STOCKFLOW.company
        );
        let database = &desk.database;
        async move { format!("clients:{}", database.value(&sql).await.unwrap()) }
    };
    let client = key("K10002").await;
    run(&desk, LATER).await;
    let later = state(&desk).await;
    run(
        &desk,
        "DELETE FROM public.clients WHERE account_id = $company AND number = 'K10002'",
    )
    .await;
    let with_children = Selection {
        child_levels: u32::MAX,
        ..only(&[&client])
    };
    let report = desk.take(&backup, &with_children).await;
    assert!(report.totals.missing > 10, "{:?}", report.totals);
    assert_eq!(report.totals.missing, report.totals.differing());
    assert_eq!(state(&desk).await, later);
    desk.keep().await;

    run(
        &desk,
        "UPDATE public.orders SET client_id = (SELECT id FROM public.clients WHERE account_id = $company AND number = 'K10001')
          WHERE client_id = (SELECT id FROM public.clients WHERE account_id = $company AND number = 'K10002');
         UPDATE public.invoices SET client_id = (SELECT id FROM public.clients WHERE account_id = $company AND number = 'K10001')
          WHERE client_id = (SELECT id FROM public.clients WHERE account_id = $company AND number = 'K10002');
         DELETE FROM public.clients WHERE account_id = $company AND number = 'K10002';
         UPDATE public.orders SET note = 'Written since' WHERE account_id = $company AND number = 1003;",
    )
    .await;
    let merged = state(&desk).await;
    let turned = Selection {
        child_levels: 1,
        fields: vec![
            "orders.client_id".to_owned(),
            "invoices.client_id".to_owned(),
        ],
        ..only(&[&client])
    };
    let report = desk.take(&backup, &turned).await;
    assert_eq!(report.totals.missing, 1);
    let after = state(&desk).await;
    assert_eq!(after["clients"], later["clients"]);
    assert_eq!(after["invoices"], before["invoices"]);
    let differ = |rows: &[String]| {
        let since = rows.iter().filter(|row| !before["orders"].contains(row));
        since.cloned().collect::<Vec<_>>()
    };
    // What was ordered and written since, and nothing else.
    let since = differ(&after["orders"]);
    assert_eq!(since.len(), 2, "{since:?}");
    assert!(
        since.iter().any(|row| row.contains("Written since")),
        "{since:?}"
    );
    assert!(differ(&merged["orders"]).len() > 2);
}

#[tokio::test]
async fn files_of_an_export_are_called_as_the_profile_says() {
    let desk = Desk::of(&STOCKFLOW).await;
    let backup = desk.create().await.archive.path;
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        target: folder.path().join("stockflow.zip"),
        ..ExportOptions::default()
    };
    let (reader, known) = (Reader::open(&backup).unwrap(), desk.target().profile);
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    let report = export::export(&reader, Some(&known), &options, &counters, &cancel).unwrap();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&report.path).unwrap()).unwrap();
    let mut names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    names.sort();
    let expected = [
        "README.txt",
        "clients.csv",
        "inventory.csv",
        "invoices.csv",
        "movements.csv",
        "orders.csv",
        "products.csv",
        "purchase-orders.csv",
        "schema.json",
        "settings.json",
        "users.csv",
    ];
    assert!(report.folder.starts_with("stockflow-export-20"));
    let expected = expected.map(|name| format!("{}/{name}", report.folder));
    assert_eq!(names, expected);
    let mut read = |name: &str| {
        let file = zip.by_name(&format!("{}/{name}", report.folder)).unwrap();
        std::io::read_to_string(file).unwrap()
    };
    let settings: Value = serde_json::from_str(&read("settings.json")).unwrap();
    assert_eq!(
        settings["settings"]["public.settings"]["time_zone"],
        "Europe/Berlin"
    );
    assert_eq!(
        settings["settings"]["public.accounts"]["name"],
        STOCKFLOW.company
    );
    let readme = read("README.txt");
    assert!(readme.contains("\nsettings.json\n  Settings (public.settings): 1 row"));
    assert!(readme.contains("\npurchase-orders.csv\n  Purchase orders (public.purchase_orders): "));
    assert!(!readme.contains("argon2id"));
    assert!(!read("users.csv").contains("argon2id"));
}
