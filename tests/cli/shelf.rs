//! Where Acme's uploaded files are, in each kind of storage, as an application puts them there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use snapback_testkit::S3Server;

use crate::person::Person;

/// What the platform keeps where rows say which version of a file counts.
pub(crate) const OBJECTS: &str = "CREATE SCHEMA storage;
    CREATE TABLE storage.objects (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), bucket_id text NOT NULL,
        name text NOT NULL, metadata jsonb, version text, UNIQUE (bucket_id, name));";

/// How many versions of files were made.
static VERSIONS: AtomicU32 = AtomicU32::new(1);

/// What kind of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    Supabase,
    S3,
}

/// A storage with a bucket for private files.
pub(crate) struct Shelf {
    kind: Kind,
    /// The bucket's folder.
    bucket: PathBuf,
    _server: Option<S3Server>,
}

impl Shelf {
    /// Puts up an empty storage, and tells the person's commands where it is.
    pub(crate) async fn new(kind: Kind, person: &mut Person) -> Self {
        let storage = person.home().join("storage");
        let (bucket, server) = match kind {
            Kind::Folder => (storage.join("private"), None),
            Kind::Supabase => (storage.join("stub/stub/private"), None),
            Kind::S3 => {
                let server = S3Server::start(&["private"]).await;
                let keys = server.keys();
                person.says("SNAPBACK_STORAGE", &server.url());
                person.says("AWS_ACCESS_KEY_ID", &keys.access_key_id);
                person.says("AWS_SECRET_ACCESS_KEY", &keys.secret_access_key);
                (server.folder().join("private"), Some(server))
            }
        };
        fs::create_dir_all(bucket.join("acme")).unwrap();
        Self {
            kind,
            bucket,
            _server: server,
        }
    }

    /// Puts a file there, in place of the one that is.
    pub(crate) async fn put(&self, person: &Person, name: &str, content: &str) {
        let key = format!("acme/{name}");
        let path = match self.kind {
            Kind::Folder | Kind::S3 => self.bucket.join(&key),
            Kind::Supabase => {
                self.remove(person, name).await;
                let version = format!("version-{}", VERSIONS.fetch_add(1, Ordering::Relaxed));
                let row = format!(
                    "INSERT INTO storage.objects (bucket_id, name, version) VALUES ('private', '{key}', '{version}')"
                );
                person.database.run(&row).await;
                self.bucket.join(&key).join(version)
            }
        };
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Removes a file; one that is not there is no matter.
    pub(crate) async fn remove(&self, person: &Person, name: &str) {
        let key = format!("acme/{name}");
        let path = self.bucket.join(&key);
        if self.kind == Kind::Supabase {
            let row = format!("DELETE FROM storage.objects WHERE name = '{key}'");
            person.database.run(&row).await;
            fs::remove_dir_all(path).ok();
        } else {
            fs::remove_file(path).ok();
        }
    }

    /// Acme's files with their content, as the application sees them.
    pub(crate) async fn files(&self, person: &Person) -> BTreeMap<String, Vec<u8>> {
        if self.kind != Kind::Supabase {
            return on_disk(&self.bucket.join("acme"), &|path| !is_aside(path));
        }
        let sql = "SELECT string_agg(name || '/' || version, '|' ORDER BY name) FROM storage.objects WHERE bucket_id = 'private'";
        let named = person.database.value(sql).await.unwrap_or_default();
        let versions = named.split('|').filter(|version| !version.is_empty());
        versions
            .map(|version| {
                let path = self.bucket.join(version);
                let key = Path::new(version).parent().unwrap();
                let content = fs::read(path).unwrap_or_else(|_| b"(missing)".to_vec());
                (key.display().to_string(), content)
            })
            .collect()
    }

    /// Makes sure that no content waits, and no version is there that counts no more.
    pub(crate) async fn assert_nothing_aside(&self, person: &Person) {
        let left = match self.kind {
            Kind::Folder | Kind::S3 => on_disk(&self.bucket.join("acme"), &is_aside).len(),
            Kind::Supabase => {
                let there = on_disk(&self.bucket.join("acme"), &|_| true).len();
                there - self.files(person).await.len()
            }
        };
        assert_eq!(left, 0, "new content of files stays put aside");
        if self.kind == Kind::Folder {
            assert!(!self.bucket.join("acme/.snapback").exists());
        }
    }
}

fn is_aside(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == ".snapback")
}

fn on_disk(root: &Path, wanted: &dyn Fn(&Path) -> bool) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}
