//! A backup with files: all of them, as they are, and everything that does not fit by its name.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use snapback_engine::archive::{PictureKind, Preview, Reader, Unshown};
use snapback_engine::export::{self, ExportOptions, Uploads};
use snapback_engine::proof::{self, FindingKind, GapKind, ProofOptions};
use snapback_engine::reporter::{Counters, Silent};
use snapback_engine::snapshot::CreateReport;
use snapback_engine::{CancelToken, Code, profile, uploads};
use snapback_testkit::{Mood, TestDatabase, is_long};

use crate::files::shop::{Kind, Shop, file, inside, later, problems};

#[tokio::test]
async fn a_backup_holds_every_file_of_the_company_and_no_other() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        assert_eq!(problems(&made.manifest), [], "{kind:?}");
        let reader = Reader::open(&made.archive.path).unwrap();
        let files = inside(&reader);
        let expected = [
            (file("acme/empty.txt"), Vec::new()),
            (file("acme/invoice.pdf"), b"the invoice".to_vec()),
            (file("acme/models/bracket.stl"), vec![7; 300_000]),
        ];
        assert!(files == expected.into(), "{kind:?}: {:?}", files.keys());
        let report = reader
            .verify(&Counters::default(), &CancelToken::new())
            .unwrap();
        assert_eq!(report.file_count, 3);
        let entry = reader
            .manifest()
            .files
            .iter()
            .flatten()
            .find(|entry| entry.key.ends_with("pdf"));
        if kind != Kind::Folder {
            assert_eq!(
                entry.unwrap().attributes["content-type"],
                "application/pdf",
                "{kind:?}"
            );
        }
    }
}

#[tokio::test]
async fn whatever_does_not_fit_is_told_by_its_name() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        shop.depot.put(&file("acme/nobody-knows.bin"), b"?").await;
        shop.database
            .run(
                "INSERT INTO public.document VALUES
                    ('d1', 'acme', 'acme/gone.pdf', '{acme/empty.txt,/preview/acme/gone-too.png}'),
                    ('d2', 'acme', 'https://elsewhere.example.com/x.pdf', NULL),
                    ('d3', 'bolt', 'bolt/gone.pdf', NULL),
                    ('acme/never.pdf', 'acme', NULL, NULL);
                 INSERT INTO storage.objects (bucket_id, name, version) VALUES ('private', 'acme/listed.pdf', 'v9');
                 UPDATE storage.objects SET metadata = metadata || '{\"size\": 5}' WHERE name = 'acme/invoice.pdf'",
            )
            .await;
        let made = shop.create().await;
        let expected = [
            (
                "file_differs",
                "private/acme/invoice.pdf has another size in the storage than the database says.",
            ),
            (
                "file_missing",
                "acme/gone-too.png is named by document.previews and is not in the storage.",
            ),
            (
                "file_missing",
                "acme/gone.pdf is named by document.path and is not in the storage.",
            ),
            (
                "file_missing",
                "private/acme/listed.pdf is listed in the database and is not in the storage.",
            ),
            (
                "file_unnamed",
                match kind {
                    Kind::Supabase => {
                        "private/acme/nobody-knows.bin is in the storage, and no row names a version of it: the application does not see it, and it is not carried."
                    }
                    Kind::Folder | Kind::S3 => {
                        "private/acme/nobody-knows.bin is in the storage, and no row names it."
                    }
                },
            ),
        ];
        assert_eq!(problems(&made.manifest), expected, "{kind:?}");
        let carried = if kind == Kind::Supabase { 3 } else { 4 };
        assert_eq!(made.manifest.files.as_ref().unwrap().len(), carried);
        if kind == Kind::Folder {
            proof_finds_files_that_rows_name(&shop, &made).await;
        }
    }
}

/// What a backup says that it could not have is no fault of it; what it never speaks of is.
async fn proof_finds_files_that_rows_name(shop: &Shop, made: &CreateReport) {
    let (gaps, findings) = proven(shop, made, shop.profile()).await;
    assert_eq!(findings, []);
    let told = (GapKind::FileNotThere, Some("path".to_owned()), Some(1));
    assert!(gaps.contains(&told), "{gaps:?}");
    let another = "path-columns = [\"document.id\", ";
    let profile = shop.profile().replace("path-columns = [", another);
    let (_, findings) = proven(shop, made, &profile).await;
    let missing = (FindingKind::FileMissing, Some("id".to_owned()), Some(1));
    assert_eq!(findings, [missing]);
}

/// What a proof of a backup says, each with its name and how many.
type Told<Kind> = Vec<(Kind, Option<String>, Option<u64>)>;

async fn proven(
    shop: &Shop,
    made: &CreateReport,
    profile: &str,
) -> (Told<GapKind>, Told<FindingKind>) {
    let mut scratch = TestDatabase::empty().await;
    let role = scratch.role("prover", "").await;
    let database = scratch.value("current_database()").await.unwrap();
    let owned = format!("ALTER DATABASE {database} OWNER TO \"{}\"", role.name);
    scratch.run(&owned).await;
    let reader = Arc::new(Reader::open(&made.archive.path).unwrap());
    let spill = shop.library.spool_folder().to_owned();
    let options = ProofOptions {
        profile: Some(profile::parse(profile).unwrap()),
        ..ProofOptions::new(scratch.settings_as(&role), spill, later())
    };
    let certificate = proof::prove(&reader, &options, &Silent, &CancelToken::new()).await;
    let certificate = certificate.unwrap().completed().unwrap();
    let gaps = certificate.gaps.into_iter();
    let findings = certificate.findings.into_iter();
    (
        gaps.map(|gap| (gap.what, gap.name, gap.count)).collect(),
        findings
            .map(|finding| (finding.what, finding.name, finding.count))
            .collect(),
    )
}

#[tokio::test]
async fn a_name_that_no_archive_can_hold_is_told_and_the_others_are_carried() {
    let shop = Shop::new(Kind::Folder).await;
    let folder = shop.depot.folder.join("private/acme");
    std::fs::write(folder.join("a\\b:c.txt"), "x").unwrap();
    std::fs::write(folder.join("bell\u{7}.txt"), "x").unwrap();
    let made = shop.create().await;
    let codes: Vec<&str> = problems(&made.manifest)
        .iter()
        .map(|(code, _)| *code)
        .collect();
    assert_eq!(
        codes.iter().filter(|code| **code == "file_name").count(),
        2,
        "{codes:?}"
    );
    assert_eq!(made.manifest.files.unwrap().len(), 3);
}

#[tokio::test]
async fn content_that_does_not_become_smaller_is_not_tried_for_long() {
    use rand::{RngExt as _, SeedableRng as _};
    let shop = Shop::new(Kind::Folder).await;
    let mut noise = vec![0_u8; 12 << 20];
    rand_chacha::ChaCha8Rng::seed_from_u64(5).fill(noise.as_mut_slice());
    shop.upload("acme/photo.jpg", &noise).await;
    shop.upload("acme/log.txt", &b"the same line\n".repeat(1 << 20))
        .await;
    let made = shop.create().await;
    let reader = Reader::open(&made.archive.path).unwrap();
    assert!(inside(&reader)[&file("acme/photo.jpg")] == noise);
    let spare = made.archive.size_bytes - noise.len() as u64;
    assert!(spare < 300_000, "14 MB of text take {spare} bytes");
}

#[tokio::test]
async fn a_file_of_gigabytes_is_carried_and_comes_back_to_its_last_byte() {
    // More than what four bytes can count, where there is time for it.
    let size: u64 = if is_long() { (5 << 30) + 1 } else { 64 << 20 };
    let shop = Shop::new(Kind::Folder).await;
    shop.upload("acme/scan.bin", b"first").await;
    let path = shop.depot.folder.join("private/acme/scan.bin");
    let scan = File::options().write(true).open(&path).unwrap();
    scan.set_len(size - 4).unwrap();
    scan.write_all_at(b"last", size - 4).unwrap();
    let made = shop.create().await;
    assert!(made.archive.size_bytes < size / 100, "zeros are pressed");
    scan.set_len(10).unwrap();
    shop.restore(&made.archive.path).await;
    let back = File::open(&path).unwrap();
    assert_eq!(back.metadata().unwrap().len(), size);
    let (mut first, mut last) = ([0; 6], [0; 5]);
    back.read_exact_at(&mut first, 0).unwrap();
    back.read_exact_at(&mut last, size - 5).unwrap();
    assert_eq!((&first, &last), (b"first\0", b"\0last"));
}

#[tokio::test]
async fn a_storage_that_goes_away_half_way_leaves_no_archive() {
    let shop = Shop::new(Kind::S3).await;
    shop.depot.server.as_ref().unwrap().stop();
    let refused = shop
        .try_create(Arc::clone(&shop.depot.store))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::StorageUnreachable);
    assert!(shop.library.list().unwrap().is_empty());
}

#[tokio::test]
async fn keys_that_no_file_could_have_are_told_by_name_and_all_else_is_carried() {
    let shop = Shop::new(Kind::S3).await;
    let odd = ["acme//twice.pdf", "acme/../bolt/secret.pdf", "acme/folder/"];
    let mood = Mood::Lists(odd.map(str::to_owned).into());
    shop.depot.server.as_ref().unwrap().set_mood(mood);
    let made = shop.create().await;
    let told: Vec<String> = problems(&made.manifest)
        .into_iter()
        .map(|(code, message)| format!("{code} {message}"))
        .collect();
    // The server lists them in both of the company's buckets.
    assert_eq!(told.len(), 2 * odd.len(), "{told:?}");
    for key in odd {
        let expected = format!("file_odd private/{key} is ");
        assert!(
            told.iter().any(|told| told.starts_with(&expected)),
            "{told:?}"
        );
    }
    let files = inside(&Reader::open(&made.archive.path).unwrap());
    assert_eq!(files.len(), 3);
    // Neither is anything lost by a restore.
    let plan = shop.plan(&made.archive.path).await;
    assert!(plan.files.unwrap().is_unchanged());
}

#[tokio::test]
async fn a_file_inside_is_looked_at_and_saved_as_it_was() {
    let shop = Shop::new(Kind::Folder).await;
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02".to_vec();
    let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\0\0\0\x7f\0\0\0".to_vec();
    shop.upload("acme/a.png", &png).await;
    shop.upload("acme/bomb.png", &bomb).await;
    shop.upload("acme/note.txt", "Größe: 4 mm\n".as_bytes())
        .await;
    let long = "0123456789abcde\n".repeat(1 << 20);
    shop.upload("acme/long.txt", long.as_bytes()).await;
    shop.upload("acme/drawing.svg", b"<svg onload='x()'/>")
        .await;
    let made = shop.create().await;
    let reader = Reader::open(&made.archive.path).unwrap();
    let entry = |key: &str| {
        let mut files = reader.manifest().files.iter().flatten();
        files.find(|entry| entry.key == key).unwrap()
    };
    let preview = |key: &str| reader.preview(entry(key)).unwrap();
    let kind = PictureKind::Png;
    assert_eq!(preview("acme/a.png"), Preview::Picture { kind, bytes: png });
    assert_eq!(preview("acme/bomb.png"), Preview::None(Unshown::TooLarge));
    assert_eq!(
        preview("acme/models/bracket.stl"),
        Preview::None(Unshown::Unknown)
    );
    let text = |text: &str, is_whole| Preview::Text {
        text: text.to_owned(),
        is_whole,
    };
    assert_eq!(preview("acme/note.txt"), text("Größe: 4 mm\n", true));
    assert_eq!(preview("acme/long.txt"), text(&long[..64 << 10], false));
    // A picture that draws itself by a program is shown as the text that it is.
    assert_eq!(
        preview("acme/drawing.svg"),
        text("<svg onload='x()'/>", true)
    );

    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("long.txt");
    let cancel = CancelToken::new();
    reader
        .save_file(entry("acme/long.txt"), &target, &cancel)
        .unwrap();
    assert!(std::fs::read(&target).unwrap() == long.as_bytes());
    cancel.cancel();
    let stopped = reader
        .save_file(entry("acme/note.txt"), &target, &cancel)
        .unwrap_err();
    assert_eq!(stopped.code(), Code::Cancelled);
    assert!(std::fs::read(&target).unwrap() == long.as_bytes());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_storage_is_tried_out_by_listing_what_the_first_company_has() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        shop.depot.put(&file("acme/nobody-knows.bin"), b"?").await;
        let target = shop.target();
        let store = shop.depot.store.as_ref();
        let found = uploads::survey(Some(&target), store).await.unwrap();
        assert_eq!(found.company.unwrap().id.as_str(), "acme", "{kind:?}");
        let expected = match kind {
            Kind::Supabase => (3, 300_011, 1),
            Kind::Folder | Kind::S3 => (4, 300_012, 1),
        };
        assert_eq!(
            (found.file_count, found.byte_count, found.problem_count),
            expected,
            "{kind:?}"
        );
        let nothing = uploads::survey(None, store).await.unwrap();
        assert_eq!((nothing.company, nothing.file_count), (None, 0));
        for bucket in ["private", "acme"] {
            std::fs::remove_dir_all(shop.depot.folder.join(bucket)).unwrap();
        }
        let refused = uploads::survey(Some(&target), store).await.unwrap_err();
        assert_eq!(refused.code(), Code::NoSuchBucket, "{kind:?}");
    }
}

#[tokio::test]
async fn an_export_has_the_files_by_the_names_of_the_rows_that_name_them() {
    let shop = Shop::new(Kind::Folder).await;
    shop.database
        .run(
            "ALTER TABLE public.document ADD name text;
             INSERT INTO public.document VALUES
                ('n1', 'acme', '/preview/acme/invoice.pdf', '{acme/empty.txt}', 'Invoice 7: Müller/Söhne')",
        )
        .await;
    let made = shop.create().await;
    let reader = Reader::open(&made.archive.path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        target: folder.path().join("shop.zip"),
        uploads: Uploads::Included,
        ..ExportOptions::default()
    };
    let known = profile::parse(shop.profile()).unwrap();
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    let report = export::export(&reader, Some(&known), &options, &counters, &cancel).unwrap();
    assert_eq!(report.file_count, Some(3));
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&report.path).unwrap()).unwrap();
    let mut content = |name: &str| {
        let mut bytes = Vec::new();
        let name = format!("{}/{name}", report.folder);
        let mut file = zip.by_name(&name).unwrap_or_else(|_| panic!("no {name}"));
        file.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let named = "files/Document/Invoice 7_ Müller_Söhne";
    assert_eq!(content(&format!("{named}.pdf")), b"the invoice");
    assert_eq!(content(&format!("{named}.txt")), b"");
    assert_eq!(content("files/Other/bracket.stl"), [7; 300_000]);
    let list = String::from_utf8(content("files.csv")).unwrap();
    assert!(
        list.contains(&format!("{named}.pdf,private,acme/invoice.pdf,11,")),
        "{list}"
    );

    // A backup without files has none to hand over, and nothing is written.
    let without = shop.create_without_files().await;
    let reader = Reader::open(&without.archive.path).unwrap();
    let options = ExportOptions {
        target: folder.path().join("without.zip"),
        ..options
    };
    let refused = export::export(&reader, Some(&known), &options, &counters, &cancel);
    assert_eq!(refused.unwrap_err().code(), Code::Usage);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
