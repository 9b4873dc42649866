//! A company that begins with nothing.

use snapback_engine::Code;
use snapback_engine::new_company::{self, GroupChoice, NewOptions, NewPlan, NewReport};
use snapback_engine::reporter::Silent;
use snapback_engine::{CancelToken, Result};
use snapback_testkit::{COMPANIES, TestDatabase};

use crate::new_company::maker::{Maker, broken_references, options, others, target};

const OWNER: &str = "SELECT id FROM public.\"user\" ORDER BY id LIMIT 1";

async fn planned(
    database: &TestDatabase,
    currency: Option<&str>,
    wanted: NewOptions,
) -> Result<NewPlan> {
    let target = target(&database.settings());
    let cancel = CancelToken::new();
    new_company::plan_blank(&target, currency, wanted, &Silent, &cancel)
        .await?
        .completed()
}

async fn made(
    database: &TestDatabase,
    currency: Option<&str>,
    wanted: NewOptions,
) -> Result<NewReport> {
    let plan = planned(database, currency, wanted).await?;
    new_company::run(plan, &Silent, &CancelToken::new())
        .await?
        .completed()
}

#[tokio::test]
async fn a_blank_company_lets_its_owner_in_and_changes_nothing_else() {
    let database = TestDatabase::demo().await;
    let maker = Maker::new();
    let owner = database.value(OWNER).await.unwrap();
    let email = format!("SELECT email FROM public.\"user\" WHERE id = '{owner}'");
    let email = database.value(&email).await.unwrap();
    let untouched = others(&database, "none", "none", &owner).await;
    let plan = planned(&database, None, options("Neu AG", &email)).await;
    let plan = plan.unwrap();
    assert!(plan.is_blank && plan.findings.is_empty() && plan.people.is_empty());
    assert!(plan.row_count < 100, "{}", plan.row_count);
    let first = new_company::run(plan, &Silent, &CancelToken::new()).await;
    let first = first.unwrap().completed().unwrap();
    assert_eq!(broken_references(&database).await, None);
    let (id, group) = (
        first.company.id.as_str(),
        first.company.group.clone().unwrap(),
    );
    let after = others(&database, id, &group, &owner).await;
    let differences = untouched.differences(&after);
    let rows: Vec<&String> = differences
        .iter()
        .filter(|line| !line.starts_with('('))
        .collect();
    assert!(rows.is_empty(), "{rows:?}");

    // Whoever owns it may open it, as an administrator, and it can be backed up.
    let mut acting = target(&database.settings());
    acting.acting_as = Some(email.clone());
    let companies = snapback_engine::company::companies(&acting).await.unwrap();
    assert!(companies.contains(&first.company));
    let facts = format!(
        "SELECT concat_ws(' ', c.name, c.\"baseCurrencyCode\", k.\"systemType\", m.role, \
                (SELECT count(*) FROM public.sequence AS s WHERE s.\"companyId\" = c.id) > 10, \
                to_regclass('public.\"searchIndex_' || c.id || '\"') IS NOT NULL) \
           FROM public.company AS c JOIN public.employee AS e ON e.\"companyId\" = c.id \
           JOIN public.\"employeeType\" AS k ON k.id = e.\"employeeTypeId\" \
           JOIN public.\"userToCompany\" AS m ON m.\"companyId\" = c.id AND m.\"userId\" = e.id \
          WHERE c.id = '{id}' AND e.id = '{owner}'"
    );
    assert_eq!(
        database.value(&facts).await.as_deref(),
        Some("Neu AG EUR Admin employee t t")
    );
    maker.backup(&database.settings(), id).await;

    // A second one, in a group that is there and in another currency, has ids of its own.
    let mut wanted = options("Noch eine AG", &email);
    wanted.group = GroupChoice::Join(COMPANIES[0].group_id.to_owned());
    let second = made(&database, Some("USD"), wanted).await.unwrap();
    assert_eq!(broken_references(&database).await, None);
    assert_ne!(second.company.id, first.company.id);
    assert_eq!(second.company.group.as_deref(), Some(COMPANIES[0].group_id));

    // A name that is taken, and a currency that does not exist, are refused with nothing written.
    let before = others(&database, "none", "none", "none").await;
    let taken = made(&database, None, options("Neu AG", &email)).await;
    assert_eq!(taken.unwrap_err().code(), Code::NameTaken);
    let unknown = made(&database, Some("XXZ"), options("Dritte AG", &email)).await;
    unknown.map(|_| "made").unwrap_err();
    before.assert_same(&others(&database, "none", "none", "none").await);
}
