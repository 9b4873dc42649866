//! `doctor`: what it says, how it ends, and that nothing is cleaned without a yes.

use crate::person::{Person, assert_words};

/// An order on another company's customer, a parent that is not there, a sequence that is behind.
const DAMAGE: &str = "
    SET session_replication_role = replica;
    INSERT INTO public.\"order\" (id, \"companyId\", \"customerId\") VALUES (9001, 'acme', 'bolt-c1');
    INSERT INTO public.\"orderTag\" VALUES (9001, 'rush');
    UPDATE public.customer SET \"parentId\" = 'acme-none' WHERE id = 'acme-c12';
    RESET session_replication_role;";

const DOCTOR: [&str; 3] = ["doctor", "--company", "acme"];

#[tokio::test]
async fn a_sound_company_ends_well() {
    let person = Person::new().await;
    assert_words("doctor-sound", &person.done(&DOCTOR).all());
    let fixed = person.done(&[DOCTOR.as_slice(), &["--fix", "--yes"]].concat());
    assert_words("doctor-nothing-to-fix", &fixed.all());
}

#[tokio::test]
async fn damage_is_shown_cleaned_with_a_yes_and_taken_back() {
    let person = Person::new().await;
    person.database.run(DAMAGE).await;
    let found = person.run(&DOCTOR);
    assert_eq!(found.code, 3, "{}", found.all());
    assert_words("doctor-damage", &found.all());
    let fix = [DOCTOR.as_slice(), &["--fix"]].concat();
    let refused = person.run(&fix);
    assert_eq!(refused.code, 21, "{}", refused.all());
    assert_words("doctor-not-confirmed", &refused.all());
    let cleaned = person.done(&[fix.as_slice(), &["--yes"]].concat());
    assert_words("doctor-cleaned", &cleaned.all());
    person.done(&DOCTOR);
    assert_words("doctor-review", &person.done(&["review"]).all());
    person.done(&["revert", "--company", "acme", "--yes"]);
    assert_eq!(person.run(&DOCTOR).code, 3);
}

#[tokio::test]
async fn what_cannot_be_cleaned_is_refused_with_the_reason() {
    let person = Person::new().await;
    person.database.run(DAMAGE).await;
    person
        .database
        .run(
            "ALTER TABLE public.\"paymentTerm\" ADD \"orderId\" bigint REFERENCES public.\"order\" (id);
             UPDATE public.\"paymentTerm\" SET \"orderId\" = 9001 WHERE id = 'net30'",
        )
        .await;
    let refused = person.run(&[DOCTOR.as_slice(), &["--fix", "--yes"]].concat());
    assert_eq!(refused.code, 21, "{}", refused.all());
    assert_words("doctor-refused", &refused.all());
}

#[tokio::test]
async fn the_doctor_speaks_json() {
    let person = Person::new().await;
    person.database.run(DAMAGE).await;
    let (code, found) = person.json(&DOCTOR);
    assert_eq!((code, &found["row_count"]), (3, &2.into()));
    assert_eq!(
        found["areas"][0]["tables"][0]["findings"][0]["remedy"],
        "emptied"
    );
    let fix = [DOCTOR.as_slice(), &["--fix"]].concat();
    let (code, refused) = person.json(&fix);
    assert_eq!((code, &refused["code"]), (21, &"not_confirmed".into()));
    assert_eq!(refused["plan"]["totals"]["removed"], 2);
    let (code, cleaned) = person.json(&[fix.as_slice(), &["--yes"]].concat());
    assert_eq!((code, &cleaned["left"]["is_sound"]), (0, &true.into()));
    assert_eq!(cleaned["restored"]["totals"]["removed"], 2);
}
