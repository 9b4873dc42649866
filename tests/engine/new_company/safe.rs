//! A safe copy: nobody outside can be reached from it.

use std::collections::BTreeSet;

use snapback_engine::new_company::{AddressChoice, NameChoice, Purpose};
use snapback_testkit::{COMPANIES, TestDatabase};

use crate::new_company::maker::{Maker, Rows, broken_references, make, options};

/// Addresses in every kind of place, beside those that the demo has.
const ADDRESSES: &str = r#"
UPDATE public.customer SET phone = '+49 711 / 555 123-7', website = 'https://www.kunde-eins.de/shop' WHERE "companyId" = 'COMPANY';
UPDATE public.supplier SET phone = '0711 5551238', website = 'zulieferer.de' WHERE "companyId" = 'COMPANY';
UPDATE public.contact SET email = 'person.' || left(id, 6) || '@kunde-eins.de' WHERE "companyId" = 'COMPANY';
UPDATE public.quote SET "externalNotes" = jsonb_build_object('type', 'doc', 'text', E'Call\n+49 711 5551237 or\nanna@kunde-eins.de, www.kunde-eins.de, DE89 3704 0044 0532 0130 00')
 WHERE "companyId" = 'COMPANY';
UPDATE public.item SET description = 'Ask 07115551238, <info@zulieferer.de>, GB29NWBK60161331926819' WHERE "companyId" = 'COMPANY';
UPDATE public.quote SET "internalNotes" = '{"t": "written by anna\u0040kunde-eins.de",  "p": "+49\u00a0711\u00a05551237"}' WHERE "companyId" = 'COMPANY';
UPDATE public.customer SET name = 'Kunde Eins Werkzeugbau GmbH' WHERE id = (SELECT min(id) FROM public.customer WHERE "companyId" = 'COMPANY');
UPDATE public.contact SET "firstName" = 'Annegret', "lastName" = 'Quast' WHERE id = (SELECT min(id) FROM public.contact WHERE "companyId" = 'COMPANY');
UPDATE public."salesOrder" SET "internalNotes" = '{"t": "Annegret Quast of Kunde Eins Werkzeugbau GmbH: (0711) 555 1237, mobile +44 20 7946 0958, kunde-eins.de"}' WHERE "companyId" = 'COMPANY';
UPDATE public."companySettings" SET "defaultCustomerCc" = ARRAY['copy@kunde-eins.de', 'x'] WHERE id = 'COMPANY';
"#;

#[tokio::test]
async fn no_address_of_an_outside_party_is_anywhere_in_a_safe_copy() {
    let database = TestDatabase::demo().await;
    let sql = ADDRESSES.replace("COMPANY", COMPANIES[1].id);
    database
        .run(&format!("SET session_replication_role = replica; {sql}"))
        .await;
    let maker = Maker::new();
    let archive = maker.backup(&database.settings(), COMPANIES[1].id).await;
    let email = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
    let email = database.value(email).await.unwrap();
    let mut wanted = options("Practice", &email);
    assert_eq!(Purpose::Production.addresses(), AddressChoice::Keep);
    wanted.purpose = Purpose::Demo;
    wanted.addresses = wanted.purpose.addresses();
    wanted.names = NameChoice::Mask;
    let report = make(&database.settings(), &archive, wanted).await.unwrap();
    assert_eq!(broken_references(&database).await, None);
    let copy = Rows::of(
        &maker
            .backup(&database.settings(), report.company.id.as_str())
            .await,
    );
    let mut found = BTreeSet::new();
    for (table, (_, lines)) in &copy.tables {
        for line in lines {
            let digits: String = line.chars().filter(char::is_ascii_digit).collect();
            let names = ["Kunde Eins", "Annegret", "Quast"];
            let leads_there = names.iter().any(|name| line.contains(name))
                || line.contains("u0040")
                || digits.contains("2079460958")
                || line.contains("kunde-eins")
                || line.contains("zulieferer.de")
                || line.contains("37040044")
                || line.contains("3704 0044")
                || line.contains("NWBK")
                || digits.contains("7115551237")
                || digits.contains("7115551238");
            let other_domain = line.split('@').skip(1).any(|rest| {
                let domain: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '.' || *c == '-')
                    .collect();
                domain.contains('.') && domain != "example.invalid"
            });
            if leads_there || other_domain {
                found.insert(table.clone());
            }
        }
    }
    assert!(found.is_empty(), "{found:?}");
    let kinds =
        report
            .tables
            .iter()
            .flat_map(|table| &table.columns)
            .fold([0; 5], |sums, column| {
                let masked = column.masked;
                [
                    sums[0] + masked.emails,
                    sums[1] + masked.phones,
                    sums[2] + masked.sites,
                    sums[3] + masked.accounts,
                    sums[4] + masked.names,
                ]
            });
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
    // Whoever is named in text is called there as in the own row.
    let company = &report.company.id;
    let named = format!(
        "SELECT count(*) FROM public.\"salesOrder\" AS o, public.contact AS c, public.customer AS u \
         WHERE o.\"companyId\" = '{company}' AND c.\"companyId\" = '{company}' AND u.\"companyId\" = '{company}' \
         AND starts_with(o.\"internalNotes\" ->> 't', c.\"fullName\" || ' of ' || u.name || ': ')"
    );
    assert_ne!(database.value(&named).await.as_deref(), Some("0"));
    // What it was made for is known afterwards.
    let noted =
        "SELECT details ->> 'purpose' FROM snapback.audit WHERE details ->> 'safe_copy' = 'true'";
    assert_eq!(database.value(noted).await.as_deref(), Some("demo"));
    // What is left of JSON is JSON, and says what it said.
    let notes = format!(
        "SELECT \"externalNotes\" ->> 'text' FROM public.quote WHERE \"companyId\" = '{}' LIMIT 1",
        report.company.id
    );
    let notes = database.value(&notes).await.unwrap();
    assert!(notes.starts_with("Call\n+00 000 000"), "{notes}");
}
