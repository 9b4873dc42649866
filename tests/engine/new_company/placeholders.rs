//! People who are not here, and somebody who is made for each.

use std::sync::Arc;

use snapback_engine::CancelToken;
use snapback_engine::archive::Reader;
use snapback_engine::new_company::{self, PeopleChoice, PersonFate};
use snapback_engine::reporter::Silent;
use snapback_testkit::TestDatabase;

use crate::new_company::maker::{broken_references, options, plain_archive, target};

const PEOPLE: &str = "SELECT count(*) FROM public.\"user\"";

#[tokio::test]
async fn people_who_are_not_here_are_made_only_when_asked_for_and_are_nobody_else() {
    let database = TestDatabase::demo().await;
    // Elsewhere everybody has another address, so nobody is known again.
    database
        .run("SET session_replication_role = replica; UPDATE public.\"user\" SET email = 'elsewhere.' || email")
        .await;
    let owner = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
    let owner = database.value(owner).await.unwrap();
    let reader = Arc::new(Reader::open(plain_archive().await).unwrap());
    let before: u64 = database.value(PEOPLE).await.unwrap().parse().unwrap();
    let mut wanted = options("Anderswo", &owner);
    wanted.people = PeopleChoice::Placeholders;
    let cancel = CancelToken::new();
    let there = target(&database.settings());
    let plan = new_company::plan(&there, &reader, wanted, &Silent, &cancel).await;
    let plan = plan.unwrap().completed().unwrap();
    let planned = plan.people.iter();
    let planned = planned.filter(|person| person.fate == PersonFate::Placeholder);
    let planned = planned.count() as u64;
    assert!(planned > 1 && planned == plan.people.len() as u64);
    let made = new_company::run(plan, &Silent, &cancel).await;
    let made = made.unwrap().completed().unwrap();
    assert_eq!(broken_references(&database).await, None);
    let after: u64 = database.value(PEOPLE).await.unwrap().parse().unwrap();
    assert_eq!(after, before + planned);
    // They have the names of the backup, addresses that reach nobody, and may enter nothing.
    let sql = "SELECT count(*) FILTER (WHERE u.email LIKE 'placeholder-%@example.invalid' AND NOT u.active AND u.\"firstName\" <> '') \
                || ' ' || count(m.*) FROM public.\"user\" AS u \
           LEFT JOIN public.\"userToCompany\" AS m ON m.\"userId\" = u.id WHERE u.email LIKE 'placeholder-%'";
    assert_eq!(database.value(sql).await.unwrap(), format!("{planned} 0"));
    let people = format!(
        "SELECT count(DISTINCT \"createdBy\") > 1 FROM public.\"salesOrder\" WHERE \"companyId\" = '{}'",
        made.company.id
    );
    assert_eq!(database.value(&people).await.as_deref(), Some("true"));
}
