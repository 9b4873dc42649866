//! Each kind of store does the same: it lists completely, reads what it listed, and replaces a file in
//! two moves.

use std::time::Duration;

use snapback_engine::Code;
use snapback_engine::files::{FileName, Keys, Place, StoreAddress, Versions, open};
use snapback_testkit::S3Server;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::files::shop::{Depot, Kind, attributes, content_of, file, pieces, place};

#[tokio::test]
async fn what_is_put_aside_is_no_file_until_it_is_switched() {
    for kind in Kind::ALL {
        let depot = Depot::new(kind).await;
        let store = depot.store.as_ref();
        let name = file("acme/Größe (1) ~ 100%.pdf");
        let version = depot.put(&name, b"old").await;
        let content = vec![9; 20 << 20];
        let aside = store.aside(name.clone(), Uuid::new_v4(), 0);
        assert!(!store.waits(&aside).await.unwrap());
        store
            .stage(&aside, &attributes(), pieces(&content))
            .await
            .unwrap();
        assert!(store.waits(&aside).await.unwrap(), "{kind:?}");
        let old = store
            .look(&name, version.as_deref())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(content_of(store, &old).await.unwrap().0, b"old", "{kind:?}");
        assert_eq!(
            store.left_over(&place()).await.unwrap().len(),
            1,
            "{kind:?}"
        );
        store.switch(&aside).await.unwrap();
        assert!(
            store.left_over(&place()).await.unwrap().is_empty(),
            "{kind:?}"
        );
        let counts = (store.versions() == Versions::OfRows).then_some(aside.waits_as.as_str());
        let new = store.look(&name, counts).await.unwrap().unwrap();
        assert_ne!(new.tag, old.tag);
        let (found, kept) = content_of(store, &new).await.unwrap();
        assert!(found == content, "{kind:?}: another content came back");
        if kind != Kind::Folder {
            for (header, value) in attributes() {
                assert_eq!(kept.get(&header), Some(&value), "{kind:?}");
            }
        }
        store.remove(&name, counts).await.unwrap();
        store.remove(&name, counts).await.unwrap();
        assert_eq!(store.look(&name, counts).await.unwrap(), None, "{kind:?}");
    }
}

#[tokio::test]
async fn a_place_is_listed_completely_and_its_neighbours_are_not() {
    for kind in Kind::ALL {
        let depot = Depot::new(kind).await;
        // More than an S3 service gives at once, some named so that they sort oddly.
        for number in 0..1_010 {
            let below = depot.folder.join(format!("private/acme/many/{number}.txt"));
            let path = match kind {
                Kind::Supabase => below.join("v1"),
                Kind::Folder | Kind::S3 => below,
            };
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        for key in [
            "acme/a.txt",
            "acme/A.txt",
            "acme/e\u{301}.txt",
            "acme/\u{e9}.txt",
            "acme-2/b.txt",
        ] {
            depot.put(&file(key), b"y").await;
        }
        let files = depot.list(&place()).await;
        assert_eq!(files.len(), 1_014, "{kind:?}");
        assert!(files.iter().all(|file| file.name.key.starts_with("acme/")));
    }
}

#[tokio::test]
async fn a_file_that_was_changed_since_it_was_listed_is_not_read_for_it() {
    for kind in Kind::ALL {
        let depot = Depot::new(kind).await;
        let version = depot.put(&file("acme/a.txt"), b"one").await;
        let listed = depot.list(&place()).await.remove(0);
        match version {
            Some(version) => std::fs::write(
                depot.folder.join("private/acme/a.txt").join(version),
                b"two",
            )
            .unwrap(),
            None => drop(depot.put(&file("acme/a.txt"), b"two").await),
        }
        let refused = content_of(depot.store.as_ref(), &listed).await.unwrap_err();
        assert_eq!(refused.code(), Code::FileChanged, "{kind:?}");
    }
}

#[tokio::test]
async fn no_name_leads_out_of_a_folder() {
    for kind in [Kind::Folder, Kind::Supabase] {
        let depot = Depot::new(kind).await;
        let store = depot.store.as_ref();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("passwords"), "secret").unwrap();
        std::fs::create_dir_all(depot.folder.join("private/acme")).unwrap();
        let link = |name: &str, to: &std::path::Path| {
            std::os::unix::fs::symlink(to, depot.folder.join(name)).unwrap();
        };
        link("private/acme/folder", outside.path());
        link("private/acme/file", &outside.path().join("passwords"));
        link("linked", outside.path());
        let listing = store.list(&place()).await.unwrap().unwrap();
        assert_eq!(listing.files, [], "{kind:?}");
        assert_eq!(
            listing.odd,
            [file("acme/file"), file("acme/folder")],
            "{kind:?}"
        );
        let linked = Place {
            bucket: "linked".to_owned(),
            prefix: String::new(),
        };
        assert_eq!(store.list(&linked).await.unwrap(), None);
        for key in [
            "acme/folder/passwords",
            "acme/../../x",
            "/etc/hostname",
            "acme/file",
        ] {
            assert_eq!(
                store.look(&file(key), Some("v1")).await.unwrap(),
                None,
                "{key}"
            );
        }
        let aside = store.aside(file("acme/folder/new"), Uuid::new_v4(), 0);
        let staged = store.stage(&aside, &attributes(), pieces(b"x")).await;
        let switched = match staged {
            Ok(()) => store.switch(&aside).await,
            refused => refused,
        };
        assert_eq!(
            switched.unwrap_err().code(),
            Code::StorageFailed,
            "{kind:?}"
        );
        let left = std::fs::read_dir(outside.path()).unwrap();
        assert_eq!(left.count(), 1, "nothing was written through the link");
    }
}

#[tokio::test]
async fn supabases_folder_is_written_as_its_service_reads_it() {
    let depot = Depot::new(Kind::Supabase).await;
    let version = depot.put(&file("acme/a.pdf"), b"content").await.unwrap();
    let path = depot.folder.join("private/acme/a.pdf").join(version);
    assert!(path.ends_with(path.strip_prefix(&depot.folder).unwrap()));
    let attribute = |name: &str| {
        xattr::get(&path, format!("user.supabase.{name}"))
            .unwrap()
            .unwrap()
    };
    assert_eq!(attribute("content-type"), b"application/pdf");
    assert_eq!(attribute("cache-control"), b"max-age=3600");
    assert!(attribute("etag").starts_with(b"\""));
}

#[tokio::test]
async fn what_is_wrong_with_a_storage_is_told_by_its_kind() {
    let server = S3Server::start(&["private"]).await;
    let address = StoreAddress::parse(&server.url()).unwrap();
    let wrong = Keys {
        secret_access_key: "another".to_owned(),
        ..server.keys()
    };
    let refused = open(&address, Some(wrong))
        .unwrap()
        .list(&place())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::StorageRefused);
    assert!(!format!("{refused:?}").contains("127.0.0.1"));
    assert_eq!(
        open(&address, None).unwrap_err().code(),
        Code::StorageKeysNeeded
    );

    let store = open(&address, Some(server.keys())).unwrap();
    let nowhere = Place {
        bucket: "nowhere".to_owned(),
        prefix: "acme/".to_owned(),
    };
    assert_eq!(store.list(&nowhere).await.unwrap(), None);

    let gone = StoreAddress::parse("file:///no/such/folder").unwrap();
    assert_eq!(open(&gone, None).unwrap_err().code(), Code::NoSuchStorage);

    // One that takes connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "s3://?endpoint=http://{}&timeout=1",
        silent.local_addr().unwrap()
    );
    let store = open(&StoreAddress::parse(&url).unwrap(), Some(server.keys())).unwrap();
    let hung = tokio::time::timeout(Duration::from_secs(30), store.list(&place())).await;
    assert_eq!(hung.unwrap().unwrap_err().code(), Code::StorageUnreachable);
    drop(silent);
    let closed = store
        .look(&FileName::new("private", "acme/a"), None)
        .await
        .unwrap_err();
    assert_eq!(closed.code(), Code::StorageUnreachable);
}
