//! Proofs: what a backup that is right proves, and what is found in one that is not.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use snapback_engine::CancelToken;
use snapback_engine::archive::Reader;
use snapback_engine::proof::{
    self, Certificate, FindingKind, GapKind, ProofOptions, Verdict, last_proofs,
};
use snapback_engine::reporter::Silent;
use snapback_testkit::TestDatabase;

use crate::restore::forged::forge;
use crate::restore::workshop::{Workshop, later};

/// Proves an archive in a database of its own, by a role that may do nothing else.
pub(crate) async fn prove(archive: &Path, spill: &Path) -> Certificate {
    let mut scratch = TestDatabase::empty().await;
    let role = scratch.role("prover", "").await;
    let database = scratch.value("current_database()").await.unwrap();
    let owned = format!("ALTER DATABASE {database} OWNER TO \"{}\"", role.name);
    scratch.run(&owned).await;
    let reader = Arc::new(Reader::open(archive).unwrap());
    let options = ProofOptions::new(scratch.settings_as(&role), spill.to_owned(), later());
    let proven = proof::prove(&reader, &options, &Silent, &CancelToken::new()).await;
    proven.unwrap().completed().unwrap()
}

/// Edits the rows of a table.
type Plant = fn(&mut Vec<String>);

fn gaps(certificate: &Certificate) -> Vec<(GapKind, String)> {
    let gaps = certificate.gaps.iter().map(|gap| {
        let table = gap.table.as_ref().map(|table| table.name.clone());
        (gap.what, table.unwrap_or_default())
    });
    gaps.collect()
}

#[tokio::test]
async fn a_backup_that_is_right_is_proven_to_the_last_row_and_reference() {
    let workshop = Workshop::with(
        "CREATE DOMAIN public.code AS text CHECK (VALUE <> '');
         ALTER TABLE public.product ADD COLUMN short public.code, ADD CHECK (length(code) < 20);
         CREATE UNIQUE INDEX \"oneShort\" ON public.product (lower(short)) WHERE short IS NOT NULL;
         CREATE FUNCTION public.is_nice(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
         ALTER TABLE public.product ADD CONSTRAINT nice CHECK (public.is_nice(code))",
    )
    .await;
    let backup = workshop.create().await;
    let spill = workshop.library.spool_folder();
    let certificate = prove(&backup.archive.path, spill).await;
    assert_eq!(certificate.findings, []);
    let manifest = &backup.manifest;
    let proven = certificate.proven;
    assert_eq!(proven.table_count, manifest.tables.len() as u64);
    assert_eq!(proven.row_count, manifest.row_count);
    assert_eq!(proven.byte_count, manifest.byte_count);
    assert_eq!(certificate.blake3, backup.archive.blake3);
    // What the archive does not carry is said: a function, a computed column, secrets, the people.
    let found = gaps(&certificate);
    for gap in [
        (GapKind::CheckNotRebuilt, "product"),
        (GapKind::Computed, "customer"),
        (GapKind::Secret, "customer"),
        (GapKind::LeadsToShared, "customer"),
        (GapKind::LeadsOutside, "customer"),
    ] {
        let gap = (gap.0, gap.1.to_owned());
        assert!(found.contains(&gap), "{gap:?} is not in {found:?}");
    }
    assert_eq!(certificate.verdict(), Verdict::ProvenInPart);
    assert!(
        !found
            .iter()
            .any(|(what, _)| *what == GapKind::ReferenceNotRebuilt),
        "{found:?}"
    );
    assert!(proven.unique_count >= 8, "{proven:?}");
    assert_eq!(proven.check_count, 2, "price and length");
    assert!(proven.reference_count >= 6, "{proven:?}");

    let page = proof::keep(&workshop.library, &certificate, "<p>page").unwrap();
    assert_eq!(fs::read_to_string(&page).unwrap(), "<p>page");
    let json = fs::read(page.with_extension("json")).unwrap();
    assert_eq!(
        serde_json::from_slice::<Certificate>(&json).unwrap(),
        certificate
    );
    let last = last_proofs(&workshop.library).unwrap();
    assert_eq!(last["acme"].archive, manifest.id);
}

#[tokio::test]
async fn a_wrong_row_that_no_hash_tells_of_is_found() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let spill = workshop.library.spool_folder();
    let plants: [(&str, Plant, FindingKind); 6] = [
        // A number that the server writes otherwise.
        (
            "product",
            |rows| rows[0].push_str("e0"),
            FindingKind::OtherRows,
        ),
        (
            "product",
            |rows| rows[0] = rows[0].replace('.', "x"),
            FindingKind::Refused,
        ),
        (
            "product",
            |rows| rows.push(rows[0].clone()),
            FindingKind::NotUnique,
        ),
        (
            "product",
            |rows| {
                let (before, _) = rows[0].rsplit_once('\t').unwrap();
                rows[0] = format!("{before}\t-1");
            },
            FindingKind::CheckFailed,
        ),
        (
            "orderLine",
            |rows| rows[0] = rows[0].replacen("\tP-", "\tQ-", 1),
            FindingKind::LeadsNowhere,
        ),
        (
            "order",
            |rows| {
                rows.remove(0);
            },
            FindingKind::LeadsNowhere,
        ),
    ];
    for (table, plant, expected) in plants {
        let forged = forge(&backup.archive.path, table, plant);
        let certificate = prove(&forged, spill).await;
        let found: Vec<_> = certificate
            .findings
            .iter()
            .map(|found| found.what)
            .collect();
        assert!(found.contains(&expected), "{table}: {found:?}");
        assert_eq!(certificate.verdict(), Verdict::Failed);
    }
}

#[tokio::test]
async fn a_damaged_part_is_found_and_the_rest_is_proven_all_the_same() {
    let workshop = Workshop::new().await;
    let backup = workshop.create().await;
    let mut bytes = fs::read(&backup.archive.path).unwrap();
    // Somewhere among the rows.
    let place = bytes.len() / 3;
    bytes[place] ^= 0x55;
    let damaged = backup.archive.path.with_file_name("damaged.snapback");
    fs::write(&damaged, bytes).unwrap();
    let certificate = prove(&damaged, workshop.library.spool_folder()).await;
    let unreadable = certificate.findings.iter();
    let unreadable = unreadable.filter(|found| found.what == FindingKind::Unreadable);
    assert_eq!(unreadable.count(), 1, "{:?}", certificate.findings);
    let tables = backup.manifest.tables.len() as u64;
    assert_eq!(certificate.proven.table_count, tables - 1);
}

#[tokio::test]
async fn what_an_archive_says_cannot_leave_the_scratch_database() {
    let workshop = Workshop::with(
        "ALTER TABLE public.product ADD CONSTRAINT odd CHECK (length(pg_read_file('PG_VERSION')) > 0)",
    )
    .await;
    let backup = workshop.create().await;
    let certificate = prove(&backup.archive.path, workshop.library.spool_folder()).await;
    assert_eq!(certificate.findings, []);
    assert!(gaps(&certificate).contains(&(GapKind::CheckNotRebuilt, "product".to_owned())));
}
