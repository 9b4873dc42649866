//! What is refused, with nothing written.

use snapback_engine::new_company::{self, GroupChoice, NewOptions};
use snapback_engine::reporter::Silent;
use snapback_engine::{CancelToken, Code};
use snapback_testkit::{COMPANIES, TestDatabase};

use crate::new_company::maker::{Maker, make, options, others, plain_archive, plan};

/// Whoever may own a company of the demo.
const SOMEBODY: &str = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";

async fn refused(change: &str, wanted: impl FnOnce(String) -> NewOptions) -> Code {
    let database = TestDatabase::demo().await;
    let archive = plain_archive().await;
    database.run(change).await;
    let email = database.value(SOMEBODY).await.unwrap();
    let before = others(&database, "none", "none", "none").await;
    let made = make(&database.settings(), archive, wanted(email)).await;
    let error = made.map(|_| "made").unwrap_err();
    before.assert_same(&others(&database, "none", "none", "none").await);
    error.code()
}

#[tokio::test]
async fn what_is_asked_for_and_cannot_be_is_refused() {
    let database = TestDatabase::demo().await;
    let archive = plain_archive().await;
    let email = database.value(SOMEBODY).await.unwrap();
    let before = others(&database, "none", "none", "none").await;
    let mut nobody = options("Neu", "");
    nobody.owner = None;
    let mut elsewhere = options("Neu", &email);
    elsewhere.group = GroupChoice::Join("no such group".to_owned());
    let taken = options(COMPANIES[0].name, &email);
    let stranger = options("Neu", "nobody@nowhere.example");
    for (what, wanted, code) in [
        ("a name that another company bears", taken, Code::NameTaken),
        ("an owner who is no user", stranger, Code::NoSuchUser),
        ("no owner", nobody, Code::Usage),
        ("a group that is not there", elsewhere, Code::NoSuchCompany),
    ] {
        let made = make(&database.settings(), archive, wanted).await;
        let error = made.map(|_| "made").unwrap_err();
        assert_eq!(error.code(), code, "{what}");
    }
    before.assert_same(&others(&database, "none", "none", "none").await);
}

#[tokio::test]
async fn a_group_that_lacks_accounts_which_the_company_uses_is_refused() {
    let change = format!(
        "SET session_replication_role = replica; DELETE FROM public.account WHERE \"companyGroupId\" = '{}'",
        COMPANIES[2].group_id
    );
    let code = refused(&change, |email| {
        let mut options = options("Neu", &email);
        options.group = GroupChoice::Join(COMPANIES[2].group_id.to_owned());
        options
    })
    .await;
    assert_eq!(code, Code::GroupConflict);
}

#[tokio::test]
async fn an_archive_that_a_new_column_keeps_out_is_refused() {
    let change = "ALTER TABLE public.customer ADD COLUMN grade text;
        UPDATE public.customer SET grade = 'A'; ALTER TABLE public.customer ALTER COLUMN grade SET NOT NULL";
    let code = refused(change, |email| options("Neu", &email)).await;
    assert_eq!(code, Code::NotRestorable);
}

#[tokio::test]
async fn a_check_that_the_rows_break_today_undoes_everything() {
    let change =
        "ALTER TABLE public.customer ADD CONSTRAINT nobody CHECK (\"companyId\" = name) NOT VALID";
    let code = refused(change, |email| options("Neu", &email)).await;
    assert_eq!(code, Code::DatabaseFailed);
}

#[tokio::test]
async fn a_word_that_no_row_of_the_backup_has_is_refused() {
    let database = TestDatabase::demo().await;
    let company = COMPANIES[1].id;
    database
        .run(&format!(
            "SET session_replication_role = replica; UPDATE public.item SET \"unitOfMeasureCode\" = 'NONE' \
             WHERE id = (SELECT min(id) FROM public.item WHERE \"companyId\" = '{company}')"
        ))
        .await;
    let maker = Maker::new();
    let archive = maker.backup(&database.settings(), company).await;
    let email = database.value(SOMEBODY).await.unwrap();
    let before = others(&database, "none", "none", "none").await;
    let made = make(&database.settings(), &archive, options("Neu", &email)).await;
    let error = made.map(|_| "made").unwrap_err();
    assert_eq!(error.code(), Code::ReferencesBroken);
    let told = |what: &str| error.context().get(what).cloned().unwrap();
    assert_eq!(
        (told("table"), told("row_count")),
        ("public.item".to_owned(), "1".to_owned())
    );
    before.assert_same(&others(&database, "none", "none", "none").await);
}

#[tokio::test]
async fn somebody_who_is_gone_since_the_plan_was_made_is_noticed() {
    let database = TestDatabase::demo().await;
    let archive = plain_archive().await;
    let email = database.value(SOMEBODY).await.unwrap();
    let planned = plan(&database.settings(), archive, options("Neu", &email)).await;
    database
        .run(&format!(
            "SET session_replication_role = replica; DELETE FROM public.\"user\" WHERE id = (SELECT min(\"createdBy\") \
             FROM public.customer WHERE \"companyId\" = '{}')",
            COMPANIES[1].id
        ))
        .await;
    let before = others(&database, "none", "none", "none").await;
    let made = new_company::run(planned.unwrap(), &Silent, &CancelToken::new()).await;
    let error = made.map(|_| "made").unwrap_err();
    assert_eq!(error.code(), Code::ReferencesBroken);
    before.assert_same(&others(&database, "none", "none", "none").await);
}

#[tokio::test]
async fn a_role_without_rights_is_refused() {
    let mut database = TestDatabase::demo().await;
    let archive = plain_archive().await;
    let email = database.value(SOMEBODY).await.unwrap();
    let role = database.role("reader", "BYPASSRLS").await;
    let grant = format!(
        "GRANT USAGE ON SCHEMA public TO \"{0}\"; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{0}\"",
        role.name
    );
    database.run(&grant).await;
    let before = others(&database, "none", "none", "none").await;
    let settings = database.settings_as(&role);
    let error = make(&settings, archive, options("Neu", &email))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::MissingRight);
    before.assert_same(&others(&database, "none", "none", "none").await);
}
