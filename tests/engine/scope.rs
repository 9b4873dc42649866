//! Whose rows are whose, and in which order they are written: on small schemas and on Carbon's.

use std::collections::{BTreeMap, BTreeSet};

use snapback_engine::Code;
use snapback_engine::model::{Company, CompanyId, NoticeKind, Profile, Schema, TableKind};
use snapback_engine::profile;
use snapback_engine::scope::{self, Disposition, Membership, Order, Scope};

use crate::carbon_schema::carbon_schema;
use crate::small_schema::{Named, checked, company_table, named, reference, schema, table, typed};

const SMALL: &str = r#"
name = "shop"
title = "Shop"
schema = "public"
kept = ["member"]
secret-columns = ["member.pin"]

[company]
table = "company"
id = "id"
name = "name"

[group]
table = "companyGroup"
column = "groupId"

[people]
table = "user"
id = "id"

[scope]
columns = ["companyId"]
singletons = ["settings"]
global = ["country"]
intended-crossings = ["order.partnerId", "deal.buyerId"]

[[scope.run-time]]
prefix = "log_"
area = "sales"

[[scope.run-time]]
prefix = "index_"
rebuilt-because = "It is built again."

[[excluded]]
reason = "secret"
because = "Keys stay."
tables = ["apiKey"]

[[areas]]
name = "sales"
title = "Sales"
tables = ["company", "companyGroup", "customer", "member", "order", "orderLine", "settings"]
"#;

fn shop() -> Profile {
    profile::parse(SMALL).expect("the profile fits together")
}

fn company() -> Company {
    Company {
        id: CompanyId::new("c1"),
        name: "One".to_owned(),
        group: Some("g1".to_owned()),
        alone_in_group: false,
    }
}

fn resolve(tables: impl IntoIterator<Item = Named>) -> Scope {
    scope::resolve(
        &schema([company_table()].into_iter().chain(tables)),
        &shop(),
        &company(),
    )
    .expect("every table is covered")
}

fn refused(tables: impl IntoIterator<Item = Named>) -> String {
    let schema = schema([company_table()].into_iter().chain(tables));
    let error = scope::resolve(&schema, &shop(), &company()).expect_err("must be refused");
    assert_eq!(error.code(), Code::NotCovered);
    assert!(
        error
            .hint_text()
            .is_some_and(|hint| hint.contains("scope.global"))
    );
    error.context()["tables"].clone()
}

fn membership(scope: &Scope, table: &str) -> Membership {
    scope.tables[&named(table)].membership.clone()
}

fn disposition(scope: &Scope, table: &str) -> Disposition {
    scope.tables[&named(table)].disposition.clone()
}

/// The routes of a table as `column > target`.
fn routes(scope: &Scope, table: &str) -> Vec<String> {
    match membership(scope, table) {
        Membership::References(routes) => routes
            .iter()
            .map(|route| format!("{} > {}", route.columns.join("+"), route.target.name))
            .collect(),
        other => panic!("{table} is found by {other:?}"),
    }
}

fn order_table() -> Named {
    table("order", &["id", "companyId", "partnerId?"])
}

fn carbon(alone_in_group: bool) -> (Schema, Profile, Scope) {
    let (schema, profile) = (
        carbon_schema(),
        profile::built_in("carbon").expect("it comes with Snapback"),
    );
    let scope = scope::resolve(
        &schema,
        &profile,
        &Company {
            alone_in_group,
            ..company()
        },
    )
    .expect("every table is covered");
    (schema, profile, scope)
}

#[test]
fn a_scope_column_says_whose_row_it_is_whatever_its_type() {
    let tables = [
        typed(table("order", &["id", "companyId"]), "companyId", "integer"),
        typed(
            table("customer", &["id", "companyId?"]),
            "companyId",
            "uuid",
        ),
    ];
    let found = resolve(tables.clone());
    assert_eq!(
        membership(&found, "order"),
        Membership::Column("companyId".to_owned())
    );
    assert_eq!(disposition(&found, "order"), Disposition::Restored);
    assert_eq!(found.notices, []);
    let shared = |(name, table): &Named| found.tables[name].may_hold_shared_rows(table);
    assert!(!shared(&tables[0]));
    assert!(shared(&tables[1]), "NULL means shared by all");
}

#[test]
fn the_company_and_its_group_are_in_the_archive_and_never_written() {
    let found = resolve([table("companyGroup", &["id", "name"])]);
    assert_eq!(
        membership(&found, "company"),
        Membership::Column("id".to_owned())
    );
    assert_eq!(
        membership(&found, "companyGroup"),
        Membership::Group("id".to_owned())
    );
    for table in ["company", "companyGroup"] {
        assert_eq!(disposition(&found, table), Disposition::Kept);
    }
}

#[test]
fn a_singleton_is_keyed_with_the_company() {
    let found = resolve([table("settings", &["key", "colour"])]);
    assert_eq!(
        membership(&found, "settings"),
        Membership::Column("key".to_owned())
    );
    let keyless = table("settings", &["key", "colour"]);
    let keyless = (
        keyless.0,
        snapback_engine::model::Table {
            key: None,
            ..keyless.1
        },
    );
    assert_eq!(refused([keyless]), "settings");
}

#[test]
fn the_group_s_rows_are_written_only_where_the_company_is_alone_in_it() {
    let schema = schema([company_table(), table("account", &["id", "groupId"])]);
    for alone_in_group in [true, false] {
        let found = scope::resolve(
            &schema,
            &shop(),
            &Company {
                alone_in_group,
                ..company()
            },
        )
        .unwrap();
        assert_eq!(
            membership(&found, "account"),
            Membership::Group("groupId".to_owned())
        );
        assert_eq!(
            disposition(&found, "account"),
            Disposition::Group {
                writable: alone_in_group
            }
        );
        assert_eq!(disposition(&found, "account").is_written(), alone_in_group);
    }
}

#[test]
fn tables_without_a_scope_column_are_found_over_several_hops() {
    let found = resolve([
        order_table(),
        reference(
            table("orderLine", &["id", "orderId"]),
            &["orderId"],
            "order",
            &["id"],
        ),
        reference(
            table("lineNote", &["id", "lineId"]),
            &["lineId"],
            "orderLine",
            &["id"],
        ),
    ]);
    assert_eq!(routes(&found, "orderLine"), ["orderId > order"]);
    assert_eq!(routes(&found, "lineNote"), ["lineId > orderLine"]);
    assert_eq!(found.tables[&named("lineNote")].area, "other");
    let notices: Vec<_> = found
        .notices
        .iter()
        .map(|notice| (notice.kind, notice.about.as_str()))
        .collect();
    assert_eq!(notices, [(NoticeKind::UnknownTable, "lineNote")]);
}

#[test]
fn rows_are_the_union_of_all_references_that_lead_to_the_company() {
    let line = table(
        "orderLine",
        &[
            "id",
            "orderId?",
            "customerId?",
            "countryId",
            "userId",
            "accountId?",
        ],
    );
    let line = reference(line, &["orderId"], "order", &["id"]);
    let line = reference(line, &["customerId"], "customer", &["id"]);
    let line = reference(line, &["countryId"], "country", &["id"]);
    let line = reference(line, &["userId"], "user", &["id"]);
    let line = reference(line, &["accountId"], "account", &["id"]);
    let found = resolve([
        order_table(),
        table("customer", &["id", "companyId"]),
        table("account", &["id", "groupId"]),
        table("country", &["id"]),
        table("user", &["id"]),
        line,
    ]);
    assert_eq!(
        routes(&found, "orderLine"),
        ["orderId > order", "customerId > customer"]
    );
    assert_eq!(disposition(&found, "country"), Disposition::Shared);
    assert_eq!(disposition(&found, "user"), Disposition::People);
}

#[test]
fn rows_that_refer_to_the_group_alone_are_the_group_s() {
    let rate = reference(
        table("orderLine", &["id", "accountId"]),
        &["accountId"],
        "account",
        &["id"],
    );
    let found = resolve([table("account", &["id", "groupId"]), rate]);
    assert_eq!(routes(&found, "orderLine"), ["accountId > account"]);
    assert_eq!(
        disposition(&found, "orderLine"),
        Disposition::Group { writable: false }
    );
}

#[test]
fn a_reference_to_the_company_table_ties_unless_it_crosses_on_purpose() {
    let theme = reference(
        table("orderLine", &["owner"]),
        &["owner"],
        "company",
        &["id"],
    );
    assert_eq!(routes(&resolve([theme]), "orderLine"), ["owner > company"]);
    let deal = reference(
        table("deal", &["id", "buyerId"]),
        &["buyerId"],
        "company",
        &["id"],
    );
    assert_eq!(refused([deal]), "deal");
}

#[test]
fn a_table_that_nothing_ties_to_the_company_is_refused_by_name() {
    let loose = table("loose", &["id"]);
    let by_user = reference(
        table("byUser", &["id", "userId"]),
        &["userId"],
        "user",
        &["id"],
    );
    assert_eq!(
        refused([loose, table("user", &["id"]), by_user, order_table()]),
        "byUser, loose"
    );
}

#[test]
fn a_table_of_an_area_without_a_way_to_its_rows_is_refused_too() {
    assert_eq!(refused([table("customer", &["id"])]), "customer");
}

#[test]
fn a_table_tied_only_over_an_excluded_one_is_refused_and_an_excluded_one_says_whose_rows_it_holds()
{
    let key = || table("apiKey", &["id", "companyId"]);
    let usage = reference(
        table("apiKeyUse", &["id", "keyId"]),
        &["keyId"],
        "apiKey",
        &["id"],
    );
    assert_eq!(refused([key(), usage]), "apiKeyUse");
    let found = resolve([key()]);
    assert!(!disposition(&found, "apiKey").is_archived());
    assert_eq!(
        membership(&found, "apiKey"),
        Membership::Column("companyId".to_owned())
    );
}

#[test]
fn a_foreign_table_is_refused_since_its_rows_can_be_neither_locked_nor_put_back() {
    let (name, mut remote) = table("remote", &["id", "companyId"]);
    remote.kind = TableKind::Foreign;
    assert_eq!(refused([(name, remote)]), "remote");
}

#[test]
fn another_company_s_run_time_table_is_another_company_s() {
    let found = resolve([
        table("log_c1", &["id"]),
        table("log_c11", &["id"]),
        table("index_c1", &["id"]),
        table("index_c2", &["id"]),
        table("log_settings", &["id", "companyId"]),
    ]);
    assert_eq!(membership(&found, "log_c1"), Membership::Whole);
    assert_eq!(disposition(&found, "log_c1"), Disposition::Restored);
    assert_eq!(found.tables[&named("log_c1")].area, "sales");
    assert!(matches!(
        disposition(&found, "index_c1"),
        Disposition::Excluded { .. }
    ));
    assert_eq!(found.made_for_others, [named("index_c2"), named("log_c11")]);
    assert!(!found.tables.contains_key(&named("log_c11")));
    assert_eq!(
        membership(&found, "log_settings"),
        Membership::Column("companyId".to_owned())
    );
}

#[test]
fn kept_tables_are_archived_with_their_secret_columns_named() {
    let found = resolve([table("member", &["id", "companyId", "pin?"])]);
    assert_eq!(disposition(&found, "member"), Disposition::Kept);
    assert_eq!(found.tables[&named("member")].secret_columns, ["pin"]);
}

#[test]
fn a_column_that_looks_like_a_secret_is_said() {
    let found = resolve([table(
        "order",
        &[
            "id",
            "companyId",
            "api_key?",
            "inputTokens?",
            "accessToken?",
        ],
    )]);
    let said: Vec<_> = found
        .notices
        .iter()
        .map(|notice| (notice.kind, notice.about.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (NoticeKind::LooksSecret, "order.accessToken"),
            (NoticeKind::LooksSecret, "order.api_key")
        ]
    );
}

#[test]
fn references_in_a_circle_end_and_are_said_where_rows_could_hang_on_them_alone() {
    let tree = |order: &str| {
        let node = table("node", &["id", order, "parentId?"]);
        let node = reference(node, &[order.trim_end_matches('?')], "order", &["id"]);
        reference(node, &["parentId"], "node", &["id"])
    };
    let required = resolve([order_table(), tree("orderId")]);
    assert_eq!(routes(&required, "node"), ["orderId > order"]);
    assert!(
        required
            .notices
            .iter()
            .all(|notice| notice.kind != NoticeKind::CircularOwnership)
    );
    let optional = resolve([order_table(), tree("orderId?")]);
    let said: Vec<_> = optional
        .notices
        .iter()
        .map(|notice| (notice.kind, notice.about.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (NoticeKind::UnknownTable, "node"),
            (NoticeKind::CircularOwnership, "node.parentId")
        ]
    );
}

#[test]
fn crossings_on_purpose_are_known_by_table_and_column() {
    assert!(scope::intended(&shop(), &named("order"), "partnerId"));
    assert!(!scope::intended(&shop(), &named("order"), "customerId"));
    assert!(!scope::intended(&shop(), &named("orderLine"), "partnerId"));
}

#[test]
fn a_database_without_the_company_table_is_another_application() {
    let error = scope::resolve(&Schema::default(), &shop(), &company()).unwrap_err();
    assert_eq!(error.code(), Code::ProfileMismatch);
}

/// Asserts that parents stand before children but over cut columns and in circles of one.
fn assert_order(schema: &Schema, order: &Order) {
    let place: BTreeMap<_, _> = order
        .parents_first
        .iter()
        .enumerate()
        .map(|(at, name)| (name, at))
        .collect();
    assert_eq!(place.len(), order.parents_first.len(), "each table once");
    for (name, table) in schema
        .tables
        .iter()
        .filter(|(name, _)| place.contains_key(name))
    {
        for reference in table
            .references
            .iter()
            .filter(|reference| reference.target != *name)
        {
            let is_cut = order
                .cuts
                .iter()
                .any(|cut| cut.table == *name && reference.columns.contains(&cut.column));
            if let (false, Some(parent)) = (is_cut, place.get(&reference.target)) {
                assert!(
                    *parent < place[name],
                    "{name} comes before {}",
                    reference.target
                );
            }
        }
    }
}

fn cuts(order: &Order) -> Vec<String> {
    order
        .cuts
        .iter()
        .map(|cut| format!("{}.{}", cut.table.name, cut.column))
        .collect()
}

fn order_of(tables: impl IntoIterator<Item = Named>) -> Order {
    let schema = schema([company_table()].into_iter().chain(tables));
    let scope = scope::resolve(&schema, &shop(), &company()).expect("every table is covered");
    let order = scope::order(&schema, &scope);
    assert_eq!(order, scope::order(&schema, &scope), "the same each time");
    order
}

#[test]
fn parents_are_written_first_and_a_reference_to_itself_needs_nothing() {
    let line = reference(
        table("aLine", &["id", "companyId", "orderId"]),
        &["orderId"],
        "order",
        &["id"],
    );
    let order = reference(
        table("order", &["id", "companyId", "parentId?"]),
        &["parentId"],
        "order",
        &["id"],
    );
    let found = order_of([line, order]);
    assert_eq!(found.parents_first, [named("order"), named("aLine")]);
    assert_eq!((found.cuts, found.uncut), (Vec::new(), Vec::new()));
}

#[test]
fn a_circle_is_cut_at_a_column_that_allows_null_and_that_no_check_uses() {
    let a = |column: &str| {
        let a = table("a", &["id", "companyId", column]);
        reference(a, &[column.trim_end_matches('?')], "b", &["id"])
    };
    let b = |column: &str| {
        let b = table("b", &["id", "companyId?", column]);
        reference(b, &[column.trim_end_matches('?')], "a", &["id"])
    };
    assert_eq!(cuts(&order_of([a("bId?"), b("aId")])), ["a.bId"]);
    assert_eq!(cuts(&order_of([a("bId"), b("aId?")])), ["b.aId"]);
    assert_eq!(
        cuts(&order_of([checked(a("bId?"), &["bId"]), b("aId?")])),
        ["b.aId"]
    );
    let none = order_of([checked(a("bId?"), &["bId"]), b("aId")]);
    assert_eq!(none.uncut, [[named("a"), named("b")]]);
    assert_eq!(
        none.parents_first.len(),
        2,
        "under replica role the order still serves"
    );
}

#[test]
fn a_circle_is_never_cut_at_the_column_that_says_whose_row_it_is() {
    let a = table("a", &["id", "companyId?", "bId"]);
    let a = reference(a, &["bId", "companyId"], "b", &["id", "companyId"]);
    let b = reference(
        table("b", &["id", "companyId", "aId?"]),
        &["aId"],
        "a",
        &["id"],
    );
    assert_eq!(cuts(&order_of([a, b])), ["b.aId"]);
}

#[test]
fn the_fewest_columns_are_cut() {
    // Two circles through one column of `hub`, which each could also be cut elsewhere.
    let hub = reference(
        table("hub", &["id", "companyId", "nextId?"]),
        &["nextId"],
        "next",
        &["id"],
    );
    let next = table("next", &["id", "companyId", "aId?", "bId?"]);
    let next = reference(next, &["aId"], "a", &["id"]);
    let next = reference(next, &["bId"], "b", &["id"]);
    let a = reference(
        table("a", &["id", "companyId", "hubId?"]),
        &["hubId"],
        "hub",
        &["id"],
    );
    let b = reference(
        table("b", &["id", "companyId", "hubId?"]),
        &["hubId"],
        "hub",
        &["id"],
    );
    assert_eq!(cuts(&order_of([hub, next, a, b])), ["hub.nextId"]);
}

#[test]
fn every_table_of_carbon_has_a_place_of_its_own() {
    let (schema, profile, scope) = carbon(false);
    assert_eq!(schema.tables.len(), 341 + 4);
    assert_eq!(
        scope.tables.len(),
        341 + 2,
        "all tables and this company's run-time tables"
    );
    assert_eq!(
        scope.made_for_others,
        [named("auditLog_c2"), named("searchIndex_c2")]
    );
    assert_eq!(scope.notices, []);
    assert_eq!(scope::uncovered(&schema, &profile, &company()).unwrap(), []);
    let areas: BTreeSet<&str> = profile
        .areas
        .iter()
        .map(|area| area.name.as_str())
        .collect();
    for (name, found) in &scope.tables {
        assert!(areas.contains(found.area.as_str()), "{name}");
    }
    let other = scope
        .tables
        .values()
        .filter(|found| found.disposition.is_archived() && found.area == "other");
    assert_eq!(other.count(), 7);
}

#[test]
fn carbon_s_rows_are_found_as_its_facts_say() {
    let (schema, _, scope) = carbon(false);
    let count = |wanted: fn(&Membership) -> bool| {
        scope
            .tables
            .values()
            .filter(|found| wanted(&found.membership))
            .count()
    };
    // 298 with `companyId`, six keyed with the company, and the company itself.
    assert_eq!(
        count(|found| matches!(found, Membership::Column(_))),
        298 + 6 + 1
    );
    // Six with `companyGroupId`, and the group itself.
    assert_eq!(count(|found| matches!(found, Membership::Group(_))), 6 + 1);
    assert_eq!(count(|found| matches!(found, Membership::Whole)), 2);
    assert_eq!(
        count(|found| matches!(found, Membership::References(_))),
        13
    );
    assert_eq!(count(|found| matches!(found, Membership::None)), 16);
    let shared = scope
        .tables
        .iter()
        .filter(|(name, found)| found.may_hold_shared_rows(&schema.tables[*name]));
    assert_eq!(shared.count(), 22);
}

#[test]
fn carbon_s_tables_without_a_company_column_are_found_over_references() {
    let (_, _, scope) = carbon(false);
    assert_eq!(
        routes(&scope, "employeeTypePermission"),
        ["employeeTypeId > employeeType"]
    );
    assert_eq!(
        disposition(&scope, "employeeTypePermission"),
        Disposition::Kept
    );
    assert_eq!(
        routes(&scope, "membership"),
        ["groupId > group", "memberGroupId > group"]
    );
    assert_eq!(
        routes(&scope, "userAttribute"),
        ["userAttributeCategoryId > userAttributeCategory"]
    );
    assert_eq!(
        routes(&scope, "userAttributeValue"),
        ["userAttributeId > userAttribute"]
    );
    assert_eq!(routes(&scope, "apiKeyRateLimit"), ["apiKeyId > apiKey"]);
    assert!(!disposition(&scope, "apiKeyRateLimit").is_archived());
    let favourites: Vec<_> = scope
        .tables
        .keys()
        .filter(|name| name.name.ends_with("Favorite"))
        .collect();
    assert_eq!(favourites.len(), 8);
    for favourite in favourites {
        assert_eq!(routes(&scope, &favourite.name).len(), 1, "{favourite}");
        assert_eq!(disposition(&scope, &favourite.name), Disposition::Restored);
    }
}

#[test]
fn no_row_of_carbon_s_backup_must_refer_to_a_table_that_stays_out() {
    let (schema, _, scope) = carbon(false);
    for (name, found) in scope
        .tables
        .iter()
        .filter(|(_, found)| found.disposition.is_archived())
    {
        let table = &schema.tables[name];
        for reference in &table.references {
            let target = &scope.tables[&reference.target].disposition;
            let required = reference
                .columns
                .iter()
                .all(|column| table.column(column).unwrap().not_null);
            if matches!(target, Disposition::Excluded { .. }) {
                assert!(!required, "{name}.{:?}", reference.columns);
                let secret = reference
                    .columns
                    .iter()
                    .all(|column| found.secret_columns.contains(column));
                assert!(
                    secret,
                    "{name}.{:?} would travel without its target",
                    reference.columns
                );
            }
        }
    }
}

#[test]
fn carbon_s_four_circles_are_cut_at_five_columns() {
    for alone_in_group in [false, true] {
        let (schema, _, scope) = carbon(alone_in_group);
        let order = scope::order(&schema, &scope);
        assert_order(&schema, &order);
        assert_eq!(order.uncut, Vec::<Vec<_>>::new());
        assert_eq!(
            cuts(&order),
            [
                "customer.salesContactId",
                "jobMakeMethod.parentMaterialId",
                "jobOperation.reworkId",
                "quoteMakeMethod.parentMaterialId",
                "supplier.purchasingContactId",
            ]
        );
        assert_eq!(
            order.parents_first.contains(&named("account")),
            alone_in_group
        );
        assert!(!order.parents_first.contains(&named("company")));
    }
}
