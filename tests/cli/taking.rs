//! Taking some rows of a backup back.

use crate::person::{DAMAGE, Person, assert_words};

#[tokio::test]
async fn one_customer_is_taken_back_with_its_orders() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    let customer = ["--only", "customer:acme-c7", "--with-children"];
    let take = [
        ["restore", &archive, "--company", "acme"].as_slice(),
        &customer,
    ]
    .concat();
    let preview = [take.as_slice(), &["--dry-run", "--details", "--limit", "2"]].concat();
    assert_words("take-dry-run", &person.done(&preview).all());
    let done = person.done(&[take.as_slice(), &["--yes"]].concat());
    assert_words("take", &done.all());
    assert_words("take-review", &person.done(&["review"]).all());
    // What was done since elsewhere is left as it is.
    let since = "SELECT count(*) FROM public.customer WHERE id = 'acme-new'";
    assert_eq!(person.database.value(since).await.as_deref(), Some("1"));
    person.done(&["revert", "--company", "acme", "--yes"]);
    let gone = "SELECT count(*) FROM public.customer WHERE id = 'acme-c7'";
    assert_eq!(person.database.value(gone).await.as_deref(), Some("0"));
}

#[tokio::test]
async fn rows_that_are_as_the_backup_has_them_and_rows_that_are_kept_need_nothing() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    let restore = ["restore", &archive, "--company", "acme", "--only"];
    let same = [restore.as_slice(), &["product:P-2", "--yes"]].concat();
    assert_words("take-nothing", &person.done(&same).all());
    let mine = ["product:P-1", "--conflicts", "mine", "--dry-run"];
    let mine = [restore.as_slice(), &mine].concat();
    assert_words("take-mine", &person.done(&mine).all());
}

#[tokio::test]
async fn single_values_are_kept_and_what_comes_along_says_why() {
    let person = Person::new().await;
    let archive = person.backup();
    // An order with its customer is gone; another customer was renamed and moved to other terms.
    let since = "
        DELETE FROM public.customer WHERE id = 'acme-c7';
        UPDATE public.customer SET name = 'Mine', \"paymentTermId\" = NULL WHERE id = 'acme-c9';";
    person.database.run(since).await;
    let restore = ["restore", &archive, "--company", "acme"];
    let keep = [
        "--only",
        "customer:acme-c9",
        "--only",
        "orderLine:6,1",
        "--keep",
        "customer:acme-c9.name",
    ];
    let take = [restore.as_slice(), &keep].concat();
    let preview = [take.as_slice(), &["--dry-run", "--details"]].concat();
    assert_words("take-keep", &person.done(&preview).all());
    let (_, plan) = person.json(&preview);
    let rows = plan["details"].as_array().unwrap().iter();
    let rows = rows.flat_map(|page| page["rows"].as_array().unwrap());
    let origins: Vec<&str> = rows.map(|row| row["origin"].as_str().unwrap()).collect();
    assert_eq!(
        origins.iter().filter(|origin| **origin == "picked").count(),
        2
    );
    assert_eq!(
        origins.iter().filter(|origin| **origin == "needed").count(),
        2
    );
    person.done(&[take.as_slice(), &["--yes"]].concat());
    let kept = "SELECT name || ' ' || (\"paymentTermId\" IS NOT NULL) FROM public.customer WHERE id = 'acme-c9'";
    assert_eq!(
        person.database.value(kept).await.as_deref(),
        Some("Mine true")
    );

    let stray = [
        restore.as_slice(),
        &keep[..2],
        &["--keep", "customer:acme-c1.name"],
    ]
    .concat();
    let stray = person.run(&[stray.as_slice(), &["--dry-run"]].concat());
    assert!(
        stray.out.contains("nothing of them to keep"),
        "{}",
        stray.all()
    );
    let wrong = ["--keep", "customer", "--dry-run"];
    let wrong = [restore.as_slice(), &keep[..2], &wrong].concat();
    let said = person.run(&wrong);
    assert_eq!(said.code, 2, "{}", said.all());
    assert_words("error-keep-value", &said.all());
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_said() {
    let person = Person::new().await;
    let archive = person.backup();
    let restore = ["restore", &archive, "--company", "acme"];
    for (code, name, arguments) in [
        (
            10,
            "error-no-such-row",
            ["--only", "customer:acme-c99"].as_slice(),
        ),
        (2, "error-no-such-area", &["--only", "area:shipping"]),
        (2, "error-only", &["--only", "customer"]),
        (2, "error-children-alone", &["--with-children"]),
    ] {
        let said = person.run(&[restore.as_slice(), arguments].concat());
        assert_eq!(said.code, code, "{}", said.all());
        assert_words(name, &said.all());
    }
}
