//! Profiles as text: what is read, what is refused and how, and the built-in one.

use snapback_engine::Code;
use snapback_engine::model::{ExclusionReason, NoticeKind, Profile, Schema, TableName};
use snapback_engine::profile;

use crate::small_schema::{company_table, reference, schema, table};

const SMALL: &str = r#"
name = "shop"
title = "Shop"
schema = "public"

[company]
table = "company"
id = "id"
name = "name"

[scope]
columns = ["companyId"]

[[areas]]
name = "sales"
title = "Sales"
headline = ["order"]
tables = ["company", "orderLine"]
"#;

fn small(addition: &str) -> Result<Profile, snapback_engine::Error> {
    profile::parse(&format!("{SMALL}\n{addition}"))
}

fn refusal(addition: &str) -> String {
    let error = small(addition).expect_err("must be refused");
    assert_eq!(error.code(), Code::InvalidProfile);
    error.causes().join("; ")
}

#[test]
fn a_profile_that_was_written_reads_back_to_the_same_profile() {
    for name in profile::built_in_names() {
        let built_in = profile::built_in(name).unwrap();
        assert_eq!(built_in.name, *name);
        let text = profile::to_toml(&built_in).unwrap();
        assert_eq!(profile::parse(&text).unwrap(), built_in);
    }
    assert_eq!(profile::built_in("no such application"), None);
}

#[test]
fn a_mistyped_field_is_named_with_its_line() {
    let error = profile::parse(&SMALL.replace("headline", "headlines")).unwrap_err();
    assert_eq!(error.code(), Code::InvalidProfile);
    assert_eq!(error.context().get("line").map(String::as_str), Some("17"));
    assert!(
        error.causes()[0].contains("headlines"),
        "{:?}",
        error.causes()
    );
    assert!(error.hint_text().is_some());
}

#[test]
fn a_missing_field_is_named() {
    let error = profile::parse(&SMALL.replace("title = \"Shop\"\n", "")).unwrap_err();
    assert_eq!(error.code(), Code::InvalidProfile);
    assert!(error.causes()[0].contains("title"), "{:?}", error.causes());
}

#[test]
fn text_that_is_not_toml_is_refused_with_its_line() {
    let error = profile::parse("name = \"shop\"\ntitle = \n").unwrap_err();
    assert_eq!(error.code(), Code::InvalidProfile);
    assert_eq!(error.context().get("line").map(String::as_str), Some("2"));
}

#[test]
fn a_table_in_two_places_is_refused() {
    let twice = refusal("[[areas]]\nname = \"items\"\ntitle = \"Items\"\ntables = [\"order\"]");
    assert!(
        twice.contains("`order` is listed twice, in area `sales` and in area `items`"),
        "{twice}"
    );
    let secret = refusal(
        "[[excluded]]\nreason = \"secret\"\nbecause = \"Secret.\"\ntables = [\"orderLine\"]",
    );
    assert!(
        secret.contains("`orderLine` is listed twice, in area `sales` and in `excluded`"),
        "{secret}"
    );
}

#[test]
fn every_contradiction_is_listed_and_not_only_the_first() {
    let error = profile::parse(
        &SMALL
            .replace(
                "name = \"shop\"",
                "name = \"The Shop\"\nkept = [\"nowhere\"]\nsecret-columns = [\"pin\"]",
            )
            .replace("\"company\", \"orderLine\"", "\"orderLine\""),
    )
    .unwrap_err();
    assert_eq!(
        error.context().get("problems").map(String::as_str),
        Some("4")
    );
    let all = error.causes().join("; ");
    for part in [
        "`name`",
        "company table",
        "`kept` names `nowhere`",
        "`secret-columns` names `pin`",
    ] {
        assert!(all.contains(part), "{part} is missing in {all}");
    }
}

#[test]
fn an_excluded_table_says_why() {
    let silent =
        refusal("[[excluded]]\nreason = \"billing\"\nbecause = \" \"\ntables = [\"plan\"]");
    assert!(silent.contains("does not say because of what"), "{silent}");
}

#[test]
fn run_time_tables_are_in_an_area_or_rebuilt_and_their_prefixes_differ() {
    let neither = refusal("[[scope.run-time]]\nprefix = \"log_\"");
    assert!(
        neither.contains("need either an `area` or `rebuilt-because`"),
        "{neither}"
    );
    let unknown = refusal("[[scope.run-time]]\nprefix = \"log_\"\narea = \"logs\"");
    assert!(
        unknown.contains("in area `logs`, which is not there"),
        "{unknown}"
    );
    let alike = refusal(
        "[[scope.run-time]]\nprefix = \"log_\"\narea = \"sales\"\n[[scope.run-time]]\nprefix = \"log_old_\"\narea = \"sales\"",
    );
    assert!(alike.contains("cannot be told apart"), "{alike}");
}

#[test]
fn a_secret_column_never_names_a_row() {
    let text = SMALL.replace(
        "title = \"Shop\"",
        "title = \"Shop\"\nsecret-columns = [\"order.code\"]",
    );
    let error = profile::parse(&format!(
        "{text}\n[tables]\norder = {{ naming = [\"code\"] }}"
    ))
    .unwrap_err();
    assert!(
        error
            .causes()
            .join("; ")
            .contains("`tables.order` shows the secret column `code`")
    );
}

#[test]
fn names_in_a_profile_stand_for_tables_of_its_schema_unless_they_say_otherwise() {
    let small = small("").unwrap();
    assert_eq!(small.table_name("order"), TableName::new("public", "order"));
    assert_eq!(
        small.table_name("auth.users"),
        TableName::new("auth", "users")
    );
    assert_eq!(
        small.column_name("order.lines[]"),
        Some((TableName::new("public", "order"), "lines"))
    );
    assert_eq!(
        small.column_name("auth.users.id"),
        Some((TableName::new("auth", "users"), "id"))
    );
    assert_eq!(small.column_name("order"), None);
    assert_eq!(small.written(&TableName::new("public", "order")), "order");
    assert_eq!(
        small.written(&TableName::new("auth", "users")),
        "auth.users"
    );
}

#[test]
fn names_that_the_database_lacks_are_notices() {
    let profile = small("[tables]\norder = { naming = [\"number\"] }").unwrap();
    let found = profile::check(
        &profile,
        &schema([company_table(), table("order", &["id", "companyId"])]),
    )
    .unwrap();
    let about: Vec<_> = found
        .iter()
        .map(|notice| (notice.kind, notice.about.as_str()))
        .collect();
    assert_eq!(
        about,
        [
            (NoticeKind::MissingTable, "orderLine"),
            (NoticeKind::MissingColumn, "order.number")
        ]
    );
}

#[test]
fn either_name_of_a_renamed_table_or_column_is_enough() {
    let text = "[[renames]]\nfrom = \"orderLine\"\nto = \"orderRow\"";
    let profile = small(text).unwrap();
    let tables = [
        company_table(),
        table("order", &["id", "companyId"]),
        table("orderRow", &["id", "companyId"]),
    ];
    assert_eq!(profile::check(&profile, &schema(tables)).unwrap(), []);
}

#[test]
fn a_database_without_the_company_table_is_another_application() {
    let error = profile::check(&small("").unwrap(), &Schema::default()).unwrap_err();
    assert_eq!(error.code(), Code::ProfileMismatch);
    let nameless = schema([table("company", &["id"])]);
    let error = profile::check(&small("").unwrap(), &nameless).unwrap_err();
    assert_eq!(error.code(), Code::ProfileMismatch);
    assert_eq!(
        error.context().get("column").map(String::as_str),
        Some("name")
    );
}

#[test]
fn people_read_words_instead_of_names() {
    let carbon = profile::built_in("carbon").unwrap();
    let named = |name: &str| profile::table_label(&carbon, &TableName::new("public", name));
    assert_eq!(named("salesOrderLine"), "Sales order lines");
    assert_eq!(named("nonConformance"), "Quality issues");
    assert_eq!(named("auditLog_c1"), "Audit log");
    assert_eq!(named("somethingNew"), "Something new");
    assert_eq!(
        profile::area_title(&carbon, "settings"),
        "Company and settings"
    );
    assert_eq!(profile::area_title(&small("").unwrap(), "other"), "Other");

    let (_, line) = reference(
        table("orderLine", &["id", "orderId", "taxId", "unitPrice"]),
        &["orderId"],
        "order",
        &["id"],
    );
    assert_eq!(profile::column_label(&line, "orderId"), "Order");
    assert_eq!(profile::column_label(&line, "taxId"), "Tax ID");
    assert_eq!(profile::column_label(&line, "unitPrice"), "Unit price");
}

#[test]
fn a_row_is_named_by_the_profile_else_by_what_most_tables_have_else_by_its_key() {
    let named = |addition: &str, columns: &[&str]| {
        let schema = schema([table("order", columns)]);
        profile::naming_columns(
            &small(addition).unwrap(),
            &schema,
            &TableName::new("public", "order"),
        )
    };
    let rule = "[tables]\norder = { naming = [\"gone\", \"customerReference\"] }";
    assert_eq!(
        named(rule, &["id", "customerReference", "name"]),
        ["customerReference"]
    );
    assert_eq!(
        named("", &["id", "title", "orderId", "name", "companyId"]),
        ["orderId", "name", "title"]
    );
    assert_eq!(named("", &["id", "quantity", "companyId"]), ["id"]);
}

#[test]
fn carbon_says_why_each_excluded_table_stays_out() {
    let carbon = profile::built_in("carbon").unwrap();
    let reason = |table: &str| {
        carbon
            .excluded
            .iter()
            .find(|list| list.tables.iter().any(|name| name == table))
            .map(|list| list.reason)
    };
    assert_eq!(reason("apiKey"), Some(ExclusionReason::Secret));
    assert_eq!(reason("externalLink"), Some(ExclusionReason::Secret));
    assert_eq!(reason("companyPlan"), Some(ExclusionReason::Billing));
    assert_eq!(reason("printJob"), Some(ExclusionReason::Transient));
    assert_eq!(reason("demandActual"), Some(ExclusionReason::Rebuilt));
    assert_eq!(reason("demandForecast"), None);
    assert_eq!(reason("invite"), Some(ExclusionReason::Access));
    for list in &carbon.excluded {
        assert!(
            list.because.ends_with('.'),
            "{} is no sentence",
            list.because
        );
    }
}

#[test]
fn carbon_labels_every_table_that_it_places_and_no_two_areas_of_it_are_swallowed_by_other() {
    let carbon = profile::built_in("carbon").unwrap();
    for area in &carbon.areas {
        for table in area.headline.iter().chain(&area.tables) {
            let label = carbon
                .tables
                .get(table)
                .and_then(|rule| rule.label.as_deref());
            assert!(
                label.is_some_and(|label| !label.is_empty()),
                "{table} has no label"
            );
        }
    }
    let other = carbon
        .areas
        .iter()
        .find(|area| area.name == "other")
        .unwrap();
    assert!(
        other.tables.len() <= 10,
        "`other` holds few tables, each by name"
    );
}

#[test]
fn a_profile_that_says_who_may_what_names_the_permissions_and_the_address() {
    let access = r#"
        [access]
        settings = []
        members = { table = "member", person = "userId", company = "companyId" }
        permissions = { table = "permission", person = "id", granted = "rights" }"#;
    let refused = refusal(access);
    assert!(
        refused.contains("`access.settings` names no permission"),
        "{refused}"
    );
    assert!(
        refused.contains("`access` needs `people.email`"),
        "{refused}"
    );
    let roles = refusal(
        &(access.replace("settings = []", "settings = [\"all\"]")
            + r#"
        [user-roles]
        table = "user"
        id = "id"
        company = "companyId"
        email = "email"
        role = "role"
        admins = []

        [database-roles]"#),
    );
    for said in [
        "both say who may do what",
        "`user-roles.admins` names no role",
        "`database-roles` names no role",
    ] {
        assert!(roles.contains(said), "{roles}");
    }
    let signing_out = refusal(
        r#"
        [sign-out]
        sessions = "session"
        person = ""
        token-minutes = 60"#,
    );
    for said in [
        "`sign-out` needs `access.members`",
        "names no table of sessions",
    ] {
        assert!(signing_out.contains(said), "{signing_out}");
    }
}
