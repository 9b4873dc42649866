//! Two companies with files in a store of some kind, a library, and what a test does with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::StreamExt as _;
use jiff::Timestamp;
use snapback_engine::archive::{Manifest, Reader};
use snapback_engine::company::{self, Actor, Opened, Target};
use snapback_engine::files::{
    Attributes, Bytes, FileName, Layout, Place, Store, StoreAddress, StoredFile, Versions, open,
};
use snapback_engine::library::Library;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, Confirmation, Plan, RestoreOptions, RestoreReport};
use snapback_engine::snapshot::{self, CreateOptions, CreateReport};
use snapback_engine::{CancelToken, Result, profile};
use snapback_testkit::{S3Server, TestDatabase};
use tempfile::TempDir;
use uuid::Uuid;

const SCHEMA: &str = include_str!("shop.sql");
const PROFILE: &str = include_str!("shop.toml");
const BUCKETS: [&str; 2] = ["private", "acme"];

/// What kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    Supabase,
    S3,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Folder, Kind::Supabase, Kind::S3];
}

/// A store with the buckets of the shop; empty.
pub(crate) struct Depot {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) folder: PathBuf,
    pub(crate) server: Option<S3Server>,
    _kept: TempDir,
}

impl Depot {
    pub(crate) async fn new(kind: Kind) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let (url, server, folder) = match kind {
            Kind::S3 => {
                let server = S3Server::start(&BUCKETS).await;
                let folder = server.folder().to_owned();
                (server.url(), Some(server), folder)
            }
            Kind::Folder | Kind::Supabase => {
                let below = if kind == Kind::Supabase {
                    "stub/stub"
                } else {
                    ""
                };
                let folder = kept.path().join(below);
                for bucket in BUCKETS {
                    std::fs::create_dir_all(folder.join(bucket)).unwrap();
                }
                (format!("file://{}", kept.path().display()), None, folder)
            }
        };
        let address = StoreAddress::parse(&url).unwrap();
        if let StoreAddress::Folder { layout, .. } = &address {
            assert_eq!(*layout == Layout::Plain, kind == Kind::Folder);
        }
        let store = open(&address, server.as_ref().map(S3Server::keys)).unwrap();
        Self {
            store,
            folder,
            server,
            _kept: kept,
        }
    }

    /// Puts a file into the store as an application would; its version where it has one.
    pub(crate) async fn put(&self, name: &FileName, content: &[u8]) -> Option<String> {
        let aside = self.store.aside(name.clone(), Uuid::new_v4(), 0);
        let pieces = pieces(content);
        let attributes = attributes();
        self.store.stage(&aside, &attributes, pieces).await.unwrap();
        self.store.switch(&aside).await.unwrap();
        (self.store.versions() == Versions::OfRows).then_some(aside.waits_as)
    }

    pub(crate) async fn list(&self, place: &Place) -> Vec<StoredFile> {
        let mut files = self.store.list(place).await.unwrap().unwrap().files;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }
}

pub(crate) fn attributes() -> Attributes {
    BTreeMap::from([
        ("content-type".to_owned(), "application/pdf".to_owned()),
        ("cache-control".to_owned(), "max-age=3600".to_owned()),
    ])
}

/// Content in pieces of uneven length.
pub(crate) fn pieces(content: &[u8]) -> futures_util::stream::BoxStream<'static, Result<Bytes>> {
    let pieces: Vec<Result<Bytes>> = content
        .chunks(100_003)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    futures_util::stream::iter(pieces).boxed()
}

pub(crate) async fn content_of(
    store: &dyn Store,
    file: &StoredFile,
) -> Result<(Vec<u8>, Attributes)> {
    let mut content = store.read(file).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = content.pieces.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok((bytes, content.attributes))
}

pub(crate) fn place() -> Place {
    Place {
        bucket: "private".to_owned(),
        prefix: "acme/".to_owned(),
    }
}

pub(crate) fn file(key: &str) -> FileName {
    FileName::new("private", key)
}

pub(crate) fn actor() -> Actor {
    Actor {
        os_user: "anna".to_owned(),
        host: "workstation".to_owned(),
        app_user: None,
    }
}

pub(crate) fn later() -> Timestamp {
    static SECOND: AtomicI64 = AtomicI64::new(1_790_000_000);
    Timestamp::from_second(SECOND.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// A database, a depot and a library.
pub(crate) struct Shop {
    pub(crate) database: TestDatabase,
    pub(crate) depot: Depot,
    pub(crate) library: Library,
    _folder: TempDir,
}

impl Shop {
    /// A shop whose company acme has three documents, bolt one.
    pub(crate) async fn new(kind: Kind) -> Self {
        let database = TestDatabase::with_sql(SCHEMA).await;
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library")).unwrap();
        let shop = Self {
            database,
            depot: Depot::new(kind).await,
            library,
            _folder: folder,
        };
        shop.upload("acme/invoice.pdf", b"the invoice").await;
        shop.upload("acme/models/bracket.stl", &[7; 300_000]).await;
        shop.upload("acme/empty.txt", b"").await;
        shop.upload("bolt/secret.pdf", b"bolt's own").await;
        shop
    }

    /// Uploads a file as the application does: the file, its row in the storage's table, and a document.
    pub(crate) async fn upload(&self, key: &str, content: &[u8]) {
        let name = file(key);
        let old = self.version_of(key).await;
        let version = self.depot.put(&name, content).await;
        if old.is_some() {
            let store = &self.depot.store;
            store.remove(&name, old.as_deref()).await.unwrap();
        }
        let stored = self
            .depot
            .store
            .look(&name, version.as_deref())
            .await
            .unwrap()
            .unwrap();
        let company = key.split('/').next().unwrap();
        let etag = stored.tag.replace('\'', "");
        let version = version.map_or_else(|| "NULL".to_owned(), |version| format!("'{version}'"));
        let metadata = format!(
            "'{{\"size\": {}, \"eTag\": {}}}'",
            content.len(),
            serde_json::Value::from(etag)
        );
        self.database
            .run(&format!(
                "INSERT INTO storage.objects (bucket_id, name, version, metadata) VALUES ('private', '{key}', {version}, {metadata})
                    ON CONFLICT (bucket_id, name) DO UPDATE SET version = EXCLUDED.version, metadata = EXCLUDED.metadata;
                 INSERT INTO public.document (id, \"companyId\", path) VALUES ('{key}', '{company}', '/preview/{key}') ON CONFLICT DO NOTHING"
            ))
            .await;
    }

    pub(crate) async fn open(&self) -> Opened {
        self.open_with(PROFILE).await
    }

    pub(crate) async fn open_with(&self, profile: &str) -> Opened {
        let target = Target {
            profile: profile::parse(profile).unwrap(),
            ..self.target()
        };
        company::open(&target, "acme").await.unwrap()
    }

    pub(crate) fn target(&self) -> Target {
        Target {
            settings: self.database.settings(),
            profile: profile::parse(PROFILE).unwrap(),
            acting_as: None,
            catalogs: None,
        }
    }

    pub(crate) async fn try_create(&self, store: Arc<dyn Store>) -> Result<CreateReport> {
        self.create_from(Some(store)).await
    }

    pub(crate) async fn create_without_files(&self) -> CreateReport {
        self.create_from(None).await.unwrap()
    }

    async fn create_from(&self, store: Option<Arc<dyn Store>>) -> Result<CreateReport> {
        let mut opened = self.open().await;
        let now = later();
        let target = self.library.new_archive_path(opened.company(), now, None)?;
        let mut options = CreateOptions::new(target, actor(), now);
        options.files = store;
        let cancel = CancelToken::new();
        snapshot::create(&mut opened, &self.library, options, &Silent, &cancel)
            .await?
            .completed()
    }

    pub(crate) async fn create(&self) -> CreateReport {
        self.try_create(Arc::clone(&self.depot.store))
            .await
            .unwrap()
    }
}

impl Shop {
    pub(crate) fn profile(&self) -> &'static str {
        PROFILE
    }

    pub(crate) fn options(&self) -> RestoreOptions {
        let spill = self.library.spool_folder().to_owned();
        let mut options = RestoreOptions::new(actor(), later(), spill);
        options.confirmation = Confirmation::Everything;
        options.files = Some(Arc::clone(&self.depot.store));
        options
    }

    pub(crate) async fn plan(&self, archive: &Path) -> Plan {
        let reader = Arc::new(Reader::open(archive).unwrap());
        let (mut opened, cancel) = (self.open().await, CancelToken::new());
        let options = self.options();
        let plan = restore::plan(&mut opened, &reader, &options, &Silent, &cancel).await;
        plan.unwrap().completed().unwrap()
    }

    pub(crate) async fn restore(&self, archive: &Path) -> RestoreReport {
        self.try_restore(archive, &self.options()).await.unwrap()
    }

    pub(crate) async fn try_restore(
        &self,
        archive: &Path,
        options: &RestoreOptions,
    ) -> Result<RestoreReport> {
        let reader = Arc::new(Reader::open(archive)?);
        let (mut opened, cancel) = (self.open().await, CancelToken::new());
        restore::run(
            &mut opened,
            &reader,
            &self.library,
            options,
            &Silent,
            &cancel,
        )
        .await?
        .completed()
    }

    pub(crate) async fn status(&self) -> restore::ReviewStatus {
        restore::review_status(&mut self.open().await, &self.library)
            .await
            .unwrap()
    }

    pub(crate) async fn keep(&self) -> Result<restore::state::Review> {
        restore::keep(&mut self.open().await, &self.library, &actor(), &Silent).await
    }

    pub(crate) async fn revert(&self) -> RestoreReport {
        self.try_revert(&self.options()).await.unwrap()
    }

    pub(crate) async fn try_revert(&self, options: &RestoreOptions) -> Result<RestoreReport> {
        let (mut opened, cancel) = (self.open().await, CancelToken::new());
        restore::revert(&mut opened, &self.library, None, options, &Silent, &cancel)
            .await?
            .completed()
    }

    pub(crate) async fn revert_plan(&self) -> Plan {
        let (mut opened, cancel) = (self.open().await, CancelToken::new());
        let options = self.options();
        let library = &self.library;
        let plan =
            restore::revert_plan(&mut opened, library, None, &options, &Silent, &cancel).await;
        plan.unwrap().completed().unwrap().0
    }

    /// Replaces a file as the application does, without touching its document.
    pub(crate) async fn overwrite(&self, key: &str, content: &[u8]) {
        self.upload(key, content).await;
    }

    /// Deletes a file as the application does.
    pub(crate) async fn remove(&self, key: &str) {
        let version = self.version_of(key).await;
        let store = &self.depot.store;
        store.remove(&file(key), version.as_deref()).await.unwrap();
        self.database
            .run(&format!(
                "BEGIN; SET LOCAL storage.allow_delete_query = 'true';
                 DELETE FROM storage.objects WHERE name = '{key}'; COMMIT"
            ))
            .await;
    }

    async fn version_of(&self, key: &str) -> Option<String> {
        self.database
            .value(&format!(
                "SELECT version FROM storage.objects WHERE name = '{key}'"
            ))
            .await
    }

    /// Acme's files with their content, as the application sees them.
    pub(crate) async fn files(&self) -> BTreeMap<FileName, Vec<u8>> {
        self.files_of("acme/").await
    }

    pub(crate) async fn files_of(&self, prefix: &str) -> BTreeMap<FileName, Vec<u8>> {
        let place = Place {
            bucket: "private".to_owned(),
            prefix: prefix.to_owned(),
        };
        let store = &self.depot.store;
        let mut files = BTreeMap::new();
        for found in self.depot.list(&place).await {
            let counts = self.version_of(&found.name.key).await;
            if store.versions() == Versions::OfStorage || found.version == counts {
                let content = content_of(store.as_ref(), &found).await.unwrap().0;
                files.insert(found.name, content);
            }
        }
        files
    }

    /// The company's rows, as text.
    pub(crate) async fn rows(&self) -> Option<String> {
        let rows = "SELECT string_agg(d::text, E'\\n' ORDER BY id) FROM public.document AS d";
        self.database.value(rows).await
    }

    /// How many operations on files the database still has in its journal.
    pub(crate) async fn work_left(&self) -> String {
        let sql = "SELECT count(*) FROM snapback.file_work";
        self.database.value(sql).await.unwrap_or_default()
    }

    /// Whether nothing is put aside any more, and no version is left that no row names.
    pub(crate) async fn nothing_waits(&self) -> bool {
        let store = &self.depot.store;
        let is_clear = store.left_over(&place()).await.unwrap().is_empty();
        let listed = self.depot.list(&place()).await.len();
        is_clear && listed == self.files().await.len()
    }
}

/// The files of an archive with their content, by bucket and key.
pub(crate) fn inside(reader: &Reader) -> BTreeMap<FileName, Vec<u8>> {
    let files = reader.manifest().files.iter().flatten();
    files
        .map(|entry| {
            let mut pieces = reader.file(entry).unwrap();
            let mut content = Vec::new();
            while let Some(piece) = pieces.next_piece().unwrap() {
                content.extend_from_slice(piece);
            }
            (
                FileName::new(entry.bucket.clone(), entry.key.clone()),
                content,
            )
        })
        .collect()
}

pub(crate) fn problems(manifest: &Manifest) -> Vec<(&str, &str)> {
    let problems = manifest.problems.iter();
    problems
        .map(|problem| (problem.code.as_str(), problem.message.as_str()))
        .collect()
}
