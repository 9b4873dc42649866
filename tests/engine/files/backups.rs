//! A backup with files: all of them, as they are, and everything that does not fit by its name.

use std::sync::Arc;

use snapback_engine::archive::Reader;
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code};

use crate::shop::{Kind, Shop, file, inside, problems};

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
                    ('d3', 'bolt', 'bolt/gone.pdf', NULL);
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
                "private/acme/nobody-knows.bin is in the storage, and no row names it.",
            ),
        ];
        assert_eq!(problems(&made.manifest), expected, "{kind:?}");
        assert_eq!(made.manifest.files.unwrap().len(), 4);
    }
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
