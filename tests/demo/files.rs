//! The demo's uploaded files are what its rows say, and what they pretend to be.

use std::collections::BTreeMap;
use std::path::Path;

use snapback_demo::data::write_files;
use snapback_demo::{COMPANIES, Role, Spec};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::support::{loaded, scratch};

fn small() -> Spec {
    Spec {
        scale: 0.1,
        ..Spec::default()
    }
}

/// Every file below a folder, by its path from there.
fn on_disk(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().display().to_string();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
    files
}

#[tokio::test]
async fn every_row_has_its_file_and_every_file_its_row() {
    let (server, database) = loaded(small()).await;
    let folder = scratch();
    let count = write_files(folder.path(), small()).unwrap();
    let files = on_disk(&folder.path().join("stub/stub"));
    assert_eq!(files.len() as u64, count);
    let options = database.connection(Role::Reader).options();
    let mut session = PgConnection::connect_with(&options).await.unwrap();
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT bucket_id || '/' || name || '/' || version, (metadata ->> 'size')::bigint FROM storage.objects",
    )
    .fetch_all(&mut session)
    .await
    .unwrap();
    assert_eq!(rows.len(), files.len());
    for (name, size) in rows {
        assert_eq!(files[&name].len() as i64, size, "{name}");
        let is_ones = |id: &str| name.starts_with(&format!("private/{id}/"));
        assert!(
            COMPANIES.iter().any(|company| is_ones(company.id)),
            "{name}"
        );
    }
    session.close().await.unwrap();
    drop(server);
}

#[test]
fn files_are_what_their_names_say() {
    let folder = scratch();
    write_files(folder.path(), small()).unwrap();
    let mut kinds = BTreeMap::<&str, u32>::new();
    for (name, content) in &on_disk(folder.path()) {
        let key = Path::new(name).parent().unwrap();
        match key.extension().and_then(|extension| extension.to_str()) {
            Some("png") => {
                assert!(content.starts_with(b"\x89PNG\r\n\x1a\n"), "{name}");
                *kinds.entry("png").or_default() += 1;
            }
            Some("step") => {
                assert!(content.starts_with(b"ISO-10303-21;"), "{name}");
                *kinds.entry("step").or_default() += 1;
            }
            Some("stl") => {
                let facets = u32::from_le_bytes(content[80..84].try_into().unwrap());
                assert_eq!(content.len(), 84 + 50 * facets as usize, "{name}");
                assert!(facets >= 12, "{name}");
                *kinds.entry("stl").or_default() += 1;
            }
            Some("svg") => {
                assert!(content.starts_with(b"<svg "), "{name}");
                *kinds.entry("svg").or_default() += 1;
            }
            Some("csv") => {
                assert!(content.starts_with(b"Position;Hours"), "{name}");
                *kinds.entry("csv").or_default() += 1;
            }
            _ => {
                assert!(content.starts_with(b"%PDF-"), "{name}");
                *kinds.entry("pdf").or_default() += 1;
            }
        }
    }
    let found: Vec<&str> = kinds.keys().copied().collect();
    assert_eq!(found, ["csv", "pdf", "png", "step", "stl", "svg"]);
}

#[test]
fn equal_seeds_make_equal_files() {
    let (first, second) = (scratch(), scratch());
    write_files(first.path(), small()).unwrap();
    write_files(second.path(), small()).unwrap();
    assert!(on_disk(first.path()) == on_disk(second.path()));
    // Made anew, nothing of what a person did to them stays.
    std::fs::write(second.path().join("stub/stub/private/more"), "x").unwrap();
    write_files(second.path(), small()).unwrap();
    assert!(on_disk(first.path()) == on_disk(second.path()));
}
