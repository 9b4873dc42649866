//! A restore with files: only what differs moves, Revert brings every byte back, and wherever it is cut
//! off somebody can finish or undo it.

use std::sync::Arc;

use snapback_engine::Code;
use snapback_engine::archive::Reader;
use snapback_engine::files::FileName;
use snapback_engine::restore::{self, Confirmation, ReviewedFile};

use crate::files::faults::{Fault, Faulty};
use crate::files::shop::{Kind, Shop, file, inside};

impl Shop {
    /// A bad day: a file is replaced, one is deleted, one comes, and a row changes.
    async fn damage(&self) {
        self.upload("acme/invoice.pdf", b"another invoice").await;
        self.remove("acme/models/bracket.stl").await;
        self.upload("acme/new/added.txt", b"made since").await;
        self.database
            .run("UPDATE public.document SET previews = '{acme/empty.txt}' WHERE id = 'acme/invoice.pdf'")
            .await;
    }
}

#[tokio::test]
async fn a_restore_brings_files_back_and_a_revert_takes_every_byte_back() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        let before = shop.files().await;
        let others = shop.files_of("bolt/").await;
        shop.damage().await;
        let damaged = shop.files().await;
        assert_ne!(before, damaged);

        let plan = shop.plan(&made.archive.path).await;
        let files = plan.files.as_ref().unwrap();
        let counts = (
            files.added.len(),
            files.replaced.len(),
            files.removed.len(),
            files.unchanged.len(),
        );
        assert_eq!(counts, (1, 1, 1, 1), "{kind:?}");
        assert!(plan.loses_something());

        let report = shop.restore(&made.archive.path).await;
        let told = report.files.unwrap();
        assert_eq!(
            (told.added, told.replaced, told.removed, told.unchanged),
            (1, 1, 1, 1),
            "{kind:?}"
        );
        assert_eq!(told.byte_count, 300_000 + 11);
        assert_eq!(shop.files().await, before, "{kind:?}");
        // A storage without Supabase's service does not keep its rows itself: that is told.
        let codes: Vec<&str> = told
            .problems
            .iter()
            .map(|problem| problem.code.as_str())
            .collect();
        let expected: &[&str] = match kind {
            Kind::Supabase => &[],
            Kind::Folder | Kind::S3 => &["file_differs", "file_missing"],
        };
        assert_eq!(codes, expected, "{kind:?}");

        // The review tells the same to whoever asks.
        let status = shop.status().await;
        let reviewed = status.files.unwrap();
        assert_eq!(status.waiting, None, "{kind:?}");
        let names = |files: &[ReviewedFile]| -> Vec<(String, u64)> {
            let files = files.iter();
            files
                .map(|file| (file.name.key.clone(), file.byte_count))
                .collect()
        };
        assert_eq!(
            names(&reviewed.added),
            [("acme/models/bracket.stl".to_owned(), 300_000)]
        );
        assert_eq!(
            names(&reviewed.replaced),
            [("acme/invoice.pdf".to_owned(), 11)]
        );
        assert_eq!(
            names(&reviewed.removed),
            [("acme/new/added.txt".to_owned(), 10)]
        );

        // The safety snapshot holds what the restore touched, and knows the rest.
        let safety = Reader::open(&report.safety.unwrap().path).unwrap();
        let held = inside(&safety);
        let expected = [
            (file("acme/invoice.pdf"), b"another invoice".to_vec()),
            (file("acme/new/added.txt"), b"made since".to_vec()),
        ];
        assert!(held == expected.into(), "{kind:?}: {:?}", held.keys());
        assert_eq!(safety.manifest().known_files.len(), 1, "{kind:?}");

        shop.revert().await;
        assert_eq!(shop.files().await, damaged, "{kind:?}");
        assert_eq!(shop.files_of("bolt/").await, others, "{kind:?}");
        assert!(shop.nothing_waits().await, "{kind:?}");
        assert_eq!(shop.work_left().await, "0", "{kind:?}");
    }
}

#[tokio::test]
async fn files_alone_are_reason_enough_and_keep_leaves_nothing_over() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        let before = shop.files().await;
        shop.overwrite("acme/invoice.pdf", b"THE INVOICE").await;
        let report = shop.restore(&made.archive.path).await;
        assert_eq!(report.totals.differing(), 0, "{kind:?}");
        assert_eq!(report.files.unwrap().byte_count, 11);
        assert_eq!(shop.files().await, before, "{kind:?}");
        shop.keep().await.unwrap();
        assert!(shop.nothing_waits().await, "{kind:?}");
        assert_eq!(shop.work_left().await, "0", "{kind:?}");
        let again = shop.restore(&made.archive.path).await;
        assert!(again.review.is_none(), "{kind:?}: nothing differs any more");
    }
}

#[tokio::test]
async fn without_files_nothing_happens_to_them_and_with_them_the_backup_must_have_them() {
    let shop = Shop::new(Kind::Folder).await;
    let with = shop.create().await;
    let without = shop.create_without_files().await;
    shop.damage().await;
    let damaged = shop.files().await;
    let mut options = shop.options();
    let refused = shop
        .try_restore(&without.archive.path, &options)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Usage);
    options.files = None;
    shop.try_restore(&with.archive.path, &options)
        .await
        .unwrap();
    assert_eq!(shop.files().await, damaged);
}

#[tokio::test]
async fn files_that_go_must_be_agreed_to() {
    let shop = Shop::new(Kind::Folder).await;
    let made = shop.create().await;
    shop.depot.put(&file("acme/extra.txt"), b"x").await;
    let mut options = shop.options();
    options.confirmation = Confirmation::None;
    let refused = shop
        .try_restore(&made.archive.path, &options)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotConfirmed);
    let plan = shop.plan(&made.archive.path).await;
    shop.overwrite("acme/invoice.pdf", b"written after the preview")
        .await;
    options.confirmation = Confirmation::Plan(plan.digest);
    let refused = shop
        .try_restore(&made.archive.path, &options)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::ChangedMeanwhile);
    options.confirmation = Confirmation::Plan(shop.plan(&made.archive.path).await.digest);
    shop.try_restore(&made.archive.path, &options)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_revert_says_which_files_others_have_written_to_since() {
    let shop = Shop::new(Kind::Folder).await;
    let made = shop.create().await;
    shop.damage().await;
    shop.restore(&made.archive.path).await;
    assert_eq!(
        shop.revert_plan().await.files.unwrap().written_since,
        [] as [FileName; 0]
    );
    shop.overwrite("acme/invoice.pdf", b"worked on since").await;
    let since = shop.revert_plan().await.files.unwrap().written_since;
    assert_eq!(since, [file("acme/invoice.pdf")]);
    let mut options = shop.options();
    options.confirmation = Confirmation::None;
    let refused = shop.try_revert(&options).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotConfirmed);
}

#[tokio::test]
async fn a_storage_that_fails_before_the_commit_leaves_everything_as_it_was() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        shop.damage().await;
        let damaged = shop.files().await;
        let rows = shop.rows().await;
        for fault in [
            Fault::StageRefused,
            Fault::StageFailsAfterWriting,
            Fault::ReadBreaksOff,
            Fault::ListRefused,
        ] {
            let mut options = shop.options();
            options.files = Some(Faulty::store(&shop.depot.store, fault));
            let failed = shop
                .try_restore(&made.archive.path, &options)
                .await
                .unwrap_err();
            assert_eq!(
                failed.code(),
                Code::StorageUnreachable,
                "{kind:?} {fault:?}"
            );
            assert_eq!(shop.files().await, damaged, "{kind:?} {fault:?}");
            assert_eq!(shop.rows().await, rows, "{kind:?} {fault:?}");
            assert!(
                shop.library.list().unwrap().len() == 1,
                "no safety snapshot stays"
            );
        }
        // What a failed attempt could not take away goes with the next one.
        shop.restore(&made.archive.path).await;
        assert!(shop.nothing_waits().await, "{kind:?}");
    }
}

#[tokio::test]
async fn a_storage_that_fails_after_the_commit_is_finished_by_the_next_who_comes() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        let before = shop.files().await;
        shop.damage().await;
        let damaged = shop.files().await;
        let mut options = shop.options();
        let fault = match kind {
            Kind::Supabase => Fault::SwitchRefused,
            Kind::Folder | Kind::S3 => Fault::SwitchFailsAfterSwitching,
        };
        options.files = Some(Faulty::store(&shop.depot.store, fault));
        let report = shop
            .try_restore(&made.archive.path, &options)
            .await
            .unwrap();
        let problems = report.files.unwrap().problems;
        assert_eq!(problems[0].code, "files_not_switched", "{kind:?}");

        // Nobody keeps, reverts or restores over it without the storage.
        assert_eq!(shop.keep().await.unwrap_err().code(), Code::StorageNeeded);
        let mut blind = shop.options();
        blind.files = None;
        assert_eq!(
            shop.try_revert(&blind).await.unwrap_err().code(),
            Code::StorageNeeded
        );

        // Another process, perhaps on another computer, goes on.
        let mut opened = shop.open().await;
        let pending = restore::pending_files(&mut opened).await.unwrap();
        assert_eq!(pending.unwrap().storage, shop.depot.store.address());
        let store = Arc::clone(&shop.depot.store);
        let left =
            restore::finish_files(&mut opened, &store, &snapback_engine::reporter::Silent).await;
        assert_eq!(left.unwrap(), [], "{kind:?}");
        assert_eq!(shop.files().await, before, "{kind:?}");
        assert!(shop.nothing_waits().await, "{kind:?}");
        shop.revert().await;
        assert_eq!(shop.files().await, damaged, "{kind:?}");
    }
}

#[tokio::test]
async fn a_cut_off_switch_can_be_undone_as_well() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        shop.damage().await;
        let damaged = shop.files().await;
        let mut options = shop.options();
        options.files = Some(Faulty::store(&shop.depot.store, Fault::SwitchRefused));
        shop.try_restore(&made.archive.path, &options)
            .await
            .unwrap();
        shop.revert().await;
        assert_eq!(shop.files().await, damaged, "{kind:?}");
        assert!(shop.nothing_waits().await, "{kind:?}");
    }
}

#[tokio::test]
async fn a_file_that_others_replace_during_the_restore_is_left_as_they_have_it() {
    for kind in [Kind::Folder, Kind::S3] {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        shop.damage().await;
        let mut options = shop.options();
        options.files = Some(Faulty::store(&shop.depot.store, Fault::SwitchRefused));
        shop.try_restore(&made.archive.path, &options)
            .await
            .unwrap();
        shop.overwrite("acme/invoice.pdf", b"theirs").await;
        let mut opened = shop.open().await;
        let store = Arc::clone(&shop.depot.store);
        let left = restore::finish_files(&mut opened, &store, &snapback_engine::reporter::Silent)
            .await
            .unwrap();
        assert_eq!(left.len(), 1, "{kind:?}: {left:?}");
        assert!(left[0].message.contains("acme/invoice.pdf"));
        assert_eq!(
            shop.files().await[&file("acme/invoice.pdf")],
            b"theirs",
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn in_supabases_folder_a_version_that_others_made_meanwhile_stops_the_restore() {
    let shop = Shop::new(Kind::Supabase).await;
    let made = shop.create().await;
    shop.damage().await;
    let options = shop.options();
    // The row is pointed elsewhere between the comparison and the commit: by a trigger of the restore's own write.
    shop.database
        .run(
            "CREATE FUNCTION public.point_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 UPDATE storage.objects SET version = 'theirs' WHERE name = 'acme/invoice.pdf'; RETURN NULL; END $$;
             CREATE TRIGGER point_elsewhere AFTER UPDATE ON public.document FOR EACH STATEMENT EXECUTE FUNCTION public.point_elsewhere();
             ALTER TABLE public.document ENABLE ALWAYS TRIGGER point_elsewhere",
        )
        .await;
    let before = shop.rows().await;
    let refused = shop
        .try_restore(&made.archive.path, &options)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::ChangedMeanwhile);
    assert_eq!(shop.rows().await, before);
    assert!(shop.nothing_waits().await);
}

#[tokio::test]
async fn a_file_of_an_archive_that_would_lie_elsewhere_is_refused() {
    let shop = Shop::new(Kind::Folder).await;
    let made = shop.create().await;
    let profile = shop
        .profile()
        .replace("prefix = \"{company}/\"", "prefix = \"{company}/models/\"");
    let mut opened = shop.open_with(&profile).await;
    let reader = Arc::new(Reader::open(&made.archive.path).unwrap());
    let refused = restore::run(
        &mut opened,
        &reader,
        &shop.library,
        &shop.options(),
        &snapback_engine::reporter::Silent,
        &snapback_engine::CancelToken::new(),
    )
    .await
    .unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveUnsafePath);
}

#[tokio::test]
async fn a_folder_where_a_file_was_stands_in_nobodys_way() {
    // The S3 server of the tests keeps empty folders, where services have none.
    for kind in [Kind::Folder, Kind::Supabase] {
        let shop = Shop::new(kind).await;
        shop.upload("acme/turned", b"a file").await;
        let made = shop.create().await;
        let before = shop.files().await;
        shop.remove("acme/turned").await;
        shop.upload("acme/turned/inside", b"a folder").await;
        let damaged = shop.files().await;
        let report = shop.restore(&made.archive.path).await;
        let problems = report.files.unwrap().problems;
        assert!(
            problems
                .iter()
                .all(|problem| problem.code != "file_not_switched"),
            "{problems:?}"
        );
        assert_eq!(shop.files().await, before, "{kind:?}");
        shop.revert().await;
        assert_eq!(shop.files().await, damaged, "{kind:?}");
    }
}

#[tokio::test]
async fn what_the_storage_does_not_take_back_is_said_before() {
    for kind in Kind::ALL {
        let shop = Shop::new(kind).await;
        let made = shop.create().await;
        let codes = |plan: &restore::Plan| -> Vec<&str> {
            let findings = plan.findings.iter();
            findings.map(|finding| finding.code).collect()
        };
        let unchanged = shop.plan(&made.archive.path).await;
        assert_eq!(codes(&unchanged), [] as [&str; 0], "{kind:?}");
        shop.damage().await;
        let expected: &[&str] = match kind {
            Kind::S3 => &["files_keep_versions"],
            Kind::Folder | Kind::Supabase => &[],
        };
        let plan = shop.plan(&made.archive.path).await;
        assert_eq!(codes(&plan), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_version_in_supabases_folder_that_no_row_names_is_no_file_that_is_there() {
    let shop = Shop::new(Kind::Supabase).await;
    let made = shop.create().await;
    let before = shop.files().await;
    shop.remove("acme/invoice.pdf").await;
    // What is left of somebody's upload, with the very content that is wanted.
    shop.depot
        .put(&file("acme/invoice.pdf"), b"the invoice")
        .await;
    let damaged = shop.files().await;
    let plan = shop.plan(&made.archive.path).await;
    assert_eq!(plan.files.unwrap().added.len(), 1);
    shop.restore(&made.archive.path).await;
    assert_eq!(shop.files().await, before);
    shop.revert().await;
    assert_eq!(shop.files().await, damaged);
}
