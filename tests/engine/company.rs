//! Which companies there are, for whom, and what a connection may do there: on the demo's database.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use snapback_engine::company::{
    self, Application, Bound, Encryption, Granted, Reading, Roles, StateSchema, Target, companies,
    open, survey,
};
use snapback_engine::model::{CompanyId, DatabaseRolesRule, Profile, Schema, TableName};
use snapback_engine::pg::{RestorePath, Settings};
use snapback_engine::{Code, Error, profile};
use snapback_testkit::{COMPANIES, Role, TestDatabase};

fn carbon() -> Profile {
    profile::built_in("carbon").unwrap()
}

fn acting_as(database: &TestDatabase, email: &str) -> Target {
    Target {
        settings: database.settings(),
        profile: carbon(),
        acting_as: Some(email.to_owned()),
        catalogs: None,
    }
}

/// The address of a user who belongs to the first company and has that permission there, or not.
async fn member(database: &TestDatabase, permission: &str, has_it: bool) -> String {
    let sql = format!(
        r#"SELECT u.email FROM public."user" AS u
             JOIN public."userToCompany" AS m ON m."userId" = u.id
             JOIN public."userPermission" AS p ON p.id = u.id
            WHERE m."companyId" = '{company}'
              AND coalesce(p.permissions -> '{permission}' ? '{company}', false) = {has_it}
            ORDER BY u.email LIMIT 1"#,
        company = COMPANIES[0].id
    );
    database.value(&sql).await.unwrap()
}

async fn refusal(target: &Target, company: &str) -> Error {
    match open(target, company).await {
        Err(error) => error,
        Ok(_) => panic!("it was opened"),
    }
}

#[tokio::test]
async fn a_user_is_offered_the_companies_whose_settings_he_may_manage() {
    let database = TestDatabase::demo().await;
    let email = member(&database, "settings_update", true).await;
    let target = acting_as(&database, &email.to_uppercase());
    let offered = companies(&target).await.unwrap();
    assert!(
        offered
            .iter()
            .any(|company| company.id.as_str() == COMPANIES[0].id)
    );
    assert!(offered.len() < COMPANIES.len(), "he does not belong to all");
    let opened = open(&target, COMPANIES[0].id).await.unwrap();
    opened.session.close().await;
    let other = COMPANIES
        .iter()
        .find(|other| {
            !offered
                .iter()
                .any(|company| company.id.as_str() == other.id)
        })
        .unwrap();
    for reference in [other.id, other.name] {
        assert_eq!(refusal(&target, reference).await.code(), Code::UserMayNot);
    }
    assert_eq!(
        refusal(&target, "nobody's").await.code(),
        Code::NoSuchCompany
    );
}

/// Takes a permission from everybody.
async fn without(database: &TestDatabase, permission: &str) {
    let sql = r#"UPDATE public."userPermission" SET permissions = permissions - "#;
    database.run(&format!("{sql}'{permission}'")).await;
}

#[tokio::test]
async fn what_a_user_may_do_is_what_his_permissions_say() {
    let database = TestDatabase::demo().await;
    let email = member(&database, "settings_update", true).await;
    let target = acting_as(&database, &email);
    let company = COMPANIES[0].id;
    for (gone, role) in [
        (None, Some(company::Role::Admin)),
        (Some("settings_delete"), Some(company::Role::Operator)),
        (Some("settings_create"), Some(company::Role::Viewer)),
        (Some("settings_view"), None),
    ] {
        if let Some(permission) = gone {
            without(&database, permission).await;
        }
        let roles = Roles::read(&target).await.unwrap();
        for needed in [
            company::Role::Viewer,
            company::Role::Operator,
            company::Role::Admin,
        ] {
            let may = roles.require(company, needed);
            assert_eq!(may.is_ok(), role.is_some_and(|role| role >= needed));
        }
        // He does not belong to all companies.
        let everywhere = roles.require_everywhere(company::Role::Viewer);
        assert_eq!(everywhere.unwrap_err().code(), Code::UserMayNot);
        match role {
            Some(role) => {
                let opened = open(&target, company).await.unwrap();
                assert_eq!(opened.role.role, role);
                assert_eq!(
                    opened.require_writes().is_ok(),
                    role == company::Role::Admin
                );
                opened.session.close().await;
            }
            None => assert_eq!(refusal(&target, company).await.code(), Code::UserMayNot),
        }
    }
    let nobody = Target {
        acting_as: None,
        ..target
    };
    let roles = Roles::read(&nobody).await.unwrap();
    assert!(roles.require_everywhere(company::Role::Admin).is_ok());
}

#[tokio::test]
async fn a_database_role_may_do_what_the_profile_lets_it_and_a_user_no_more_than_that() {
    let mut database = TestDatabase::demo().await;
    let email = member(&database, "settings_update", true).await;
    let clerk = database.role("clerk", "BYPASSRLS").await;
    let group = database.role("lookers", "").await;
    let sql = format!("GRANT pg_read_all_data TO \"{}\"", clerk.name);
    database.run(&sql).await;
    let target = |rule: DatabaseRolesRule| {
        let mut target = acting_as(&database, &email);
        target.settings = database.settings_as(&clerk);
        target.acting_as = None;
        target.profile.database_roles = Some(rule);
        target
    };
    let named = |name: &str| vec![name.to_owned()];
    let (company, none) = (COMPANIES[0].id, DatabaseRolesRule::default);
    let by_role = |role| Granted {
        role,
        bound: Bound::DatabaseRole,
    };

    // It is none of those that are named, until it is a member of one.
    let looking = target(DatabaseRolesRule {
        viewers: named(&group.name),
        ..none()
    });
    assert!(companies(&looking).await.unwrap().is_empty());
    assert_eq!(refusal(&looking, company).await.code(), Code::UserMayNot);
    let sql = format!("GRANT \"{}\" TO \"{}\"", group.name, clerk.name);
    database.run(&sql).await;
    let opened = open(&looking, company).await.unwrap();
    assert_eq!(opened.role, by_role(company::Role::Viewer));
    let refused = opened.require_writes().unwrap_err();
    assert_eq!(refused.code(), Code::UserMayNot);
    assert!(refused.message().contains("This database role may look"));
    opened.session.close().await;

    // What lets it do most counts; the user who is acted for may do less, and never more.
    let making = target(DatabaseRolesRule {
        operators: named(&clerk.name),
        viewers: named(&group.name),
        ..none()
    });
    let roles = Roles::read(&making).await.unwrap();
    assert!(roles.require_everywhere(company::Role::Operator).is_ok());
    assert!(roles.require_everywhere(company::Role::Admin).is_err());
    let profiles = [making.profile.clone()];
    let told = survey(&making.settings, &profiles, None).await.unwrap();
    let told = told.application.unwrap();
    assert!(matches!(told.reading, Reading::Whole));
    let Some(RestorePath::Not { missing, .. }) = told.restoring else {
        panic!("it may not restore")
    };
    assert!(missing.contains("This database role may make"), "{missing}");
    let acting = Target {
        acting_as: Some(email.clone()),
        ..making.clone()
    };
    let id = CompanyId::new(company);
    let granted = Roles::read(&acting).await.unwrap().of(&id);
    assert_eq!(granted, Some(by_role(company::Role::Operator)));
    without(&database, "settings_delete").await;
    without(&database, "settings_create").await;
    let granted = Roles::read(&acting).await.unwrap().of(&id).unwrap();
    assert_eq!(
        (granted.role, granted.bound),
        (company::Role::Viewer, Bound::User)
    );
    let superuser = Target {
        settings: database.settings(),
        ..making
    };
    let roles = Roles::read(&superuser).await.unwrap();
    assert!(roles.require_everywhere(company::Role::Admin).is_ok());
    assert!(company::may_write(&superuser).await.unwrap());
    assert!(!company::may_write(&looking).await.unwrap());
}

#[tokio::test]
async fn a_permission_counts_only_where_the_user_belongs_to_the_company() {
    let database = TestDatabase::demo().await;
    let email = member(&database, "settings_update", true).await;
    let before = companies(&acting_as(&database, &email))
        .await
        .unwrap()
        .len();
    database
        .run(&format!(
            r#"DELETE FROM public."userToCompany" WHERE "companyId" = '{}'"#,
            COMPANIES[0].id
        ))
        .await;
    let after = companies(&acting_as(&database, &email))
        .await
        .unwrap()
        .len();
    assert_eq!(after, before - 1);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_refused() {
    let database = TestDatabase::demo().await;
    let target = acting_as(&database, "nobody@mueller.example");
    assert_eq!(
        companies(&target).await.unwrap_err().code(),
        Code::NoSuchUser
    );
}

#[tokio::test]
async fn nobody_can_be_acted_as_where_the_profile_does_not_say_who_may_what() {
    let database = TestDatabase::demo().await;
    let mut target = acting_as(&database, "anna@mueller.example");
    target.profile.access = None;
    assert_eq!(
        companies(&target).await.unwrap_err().code(),
        Code::InvalidProfile
    );
}

async fn application(settings: &Settings) -> Application {
    let found = survey(settings, &[carbon()], None).await.unwrap();
    found.application.unwrap()
}

#[tokio::test]
async fn a_survey_tells_what_each_role_may_do() {
    let database = TestDatabase::demo().await;
    let found = survey(&database.settings(), &[carbon()], None)
        .await
        .unwrap();
    assert!(found.server_version >= 140_000);
    assert_eq!(found.encryption, Encryption::None);
    let found = found.application.unwrap();
    assert_eq!(
        (found.profile.as_str(), found.title.as_str()),
        ("carbon", "Carbon")
    );
    assert_eq!(found.company_count, Some(COMPANIES.len() as u64));
    assert!(matches!(found.reading, Reading::Whole));
    assert_eq!(found.restoring, Some(RestorePath::Superuser));
    assert_eq!(found.state_schema, StateSchema::MayBeMade);

    let reader = application(&database.settings_as_demo_role(Role::Reader)).await;
    assert!(matches!(reader.reading, Reading::Whole));
    assert!(matches!(reader.restoring, Some(RestorePath::Not { .. })));
    let StateSchema::MayNotBeMade { remedy } = reader.state_schema else {
        panic!("a reader makes no schema")
    };
    assert!(remedy.contains("GRANT CREATE ON DATABASE"), "{remedy}");

    let hidden = application(&database.settings_as_demo_role(Role::PlainReader)).await;
    let Reading::Not(error) = hidden.reading else {
        panic!("row security hides rows from it")
    };
    assert_eq!(error.code(), Code::HiddenRows);
}

#[tokio::test]
async fn a_survey_of_a_role_that_may_read_nothing_says_what_it_needs() {
    let mut database = TestDatabase::demo().await;
    let stranger = database.role("stranger", "").await;
    let found = application(&database.settings_as(&stranger)).await;
    assert_eq!(found.company_count, None);
    let Reading::Not(error) = found.reading else {
        panic!("it may read nothing")
    };
    assert!(
        error
            .hint_text()
            .unwrap()
            .contains("GRANT pg_read_all_data")
    );
}

#[tokio::test]
async fn a_survey_of_another_database_finds_no_application() {
    let database = TestDatabase::empty().await;
    let found = survey(&database.settings(), &[carbon()], None)
        .await
        .unwrap();
    assert!(found.application.is_none());
}

#[tokio::test]
async fn a_catalog_that_is_kept_is_the_one_that_would_be_read() {
    let database = TestDatabase::demo().await;
    let folder = tempfile::tempdir().unwrap();
    let read = Target {
        settings: database.settings(),
        profile: carbon(),
        acting_as: None,
        catalogs: None,
    };
    let kept = Target {
        catalogs: Some(folder.path().to_owned()),
        ..read.clone()
    };
    let schema_of = async |target: &Target| {
        let opened = open(target, COMPANIES[0].id).await.unwrap();
        opened.session.close().await;
        opened.schema
    };
    let files = || -> Vec<_> {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let first = schema_of(&read).await;
    for _ in 0..2 {
        assert!(schema_of(&kept).await == first);
        assert_eq!(files().len(), 1);
    }
    let is_there = |schema: &Arc<Schema>| {
        let table = TableName::new("public", "customer");
        schema.tables[&table].column("since").is_some()
    };
    database
        .run("ALTER TABLE public.customer ADD since date; COMMENT ON COLUMN public.customer.since IS 'a'")
        .await;
    assert!(is_there(&schema_of(&kept).await));
    database
        .run("COMMENT ON COLUMN public.customer.since IS 'b'")
        .await;
    let again = schema_of(&kept).await;
    assert!(again == schema_of(&read).await);
    // Nothing is made of a file that is not what was written.
    for path in files() {
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    assert!(schema_of(&kept).await == again);
}

#[tokio::test]
async fn of_the_catalogs_that_are_kept_those_go_that_were_not_used_for_longest() {
    let database = TestDatabase::demo().await;
    let folder = tempfile::tempdir().unwrap();
    let target = Target {
        settings: database.settings(),
        profile: carbon(),
        acting_as: None,
        catalogs: Some(folder.path().to_owned()),
    };
    let look = async || {
        let opened = open(&target, COMPANIES[0].id).await.unwrap();
        opened.session.close().await;
    };
    look().await;
    let mut entries = std::fs::read_dir(folder.path()).unwrap();
    let used = entries.next().unwrap().unwrap().path();
    // Older than 16 others, until it is used once more.
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(7_200);
    let file = std::fs::File::open(&used).unwrap();
    file.set_modified(long_ago).unwrap();
    for other in 0..16 {
        let file = std::fs::File::create(folder.path().join(other.to_string())).unwrap();
        file.set_modified(long_ago + Duration::from_secs(3_600))
            .unwrap();
    }
    look().await;
    database
        .run("ALTER TABLE public.customer ADD since date")
        .await;
    look().await;
    assert!(used.exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 16);
}
