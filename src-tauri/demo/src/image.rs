//! A loaded cluster to copy from: filled once, then every test process starts on its own copy.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::App;
use crate::carbon;
use crate::data::Spec;
use crate::demo;
use crate::error::Error;
use crate::server::{
    Binaries, EphemeralServer, ServerOptions, create_private_dir, initialise, major_version,
};

/// How long another process may take to build the same image.
const PATIENCE: Duration = Duration::from_secs(600);

/// The folder of a cluster with the Carbon of the demo in it, for [`EphemeralServer::start`]. It is built below
/// `cache` when it is not there, by one process while others wait. Whatever the content is made
/// from is part of its name, so a stale one is never used.
///
/// # Errors
/// [`Error::Busy`] when another process builds it for too long; else why building failed.
pub async fn image(binaries: &Binaries, cache: &Path, spec: Spec) -> Result<PathBuf, Error> {
    create_private_dir(cache)?;
    let target = cache.join(name(binaries, spec));
    if target.is_dir() {
        return Ok(target);
    }
    let _lock = wait_for_lock(&target.with_extension("lock")).await?;
    if target.is_dir() {
        return Ok(target);
    }
    let scratch = tempfile::tempdir_in(cache).map_err(Error::file("creating", cache))?;
    let empty = scratch.path().join("empty");
    initialise(binaries, &empty).await?;
    // As little write-ahead log as possible: it would be copied with every server.
    let options = ServerOptions::for_tests()
        .with("wal_level", "minimal")
        .with("max_wal_senders", "0")
        .with("wal_recycle", "off");
    let server = EphemeralServer::start(binaries, &empty, scratch.path(), &options).await?;
    demo::fill(server.connection(), server.folder(), App::Carbon, spec).await?;
    let loaded = server.stop_and_keep()?;
    std::fs::rename(&loaded, &target).map_err(Error::file("renaming", &loaded))?;
    Ok(target)
}

/// The image's name: what it is made with, and a checksum over what it is made from.
fn name(binaries: &Binaries, spec: Spec) -> String {
    let mut hasher = DefaultHasher::new();
    carbon::BEFORE_DATA.hash(&mut hasher);
    carbon::AFTER_DATA.hash(&mut hasher);
    SOURCES.hash(&mut hasher);
    spec.seed.hash(&mut hasher);
    spec.scale.to_bits().hash(&mut hasher);
    spec.industry.hash(&mut hasher);
    format!(
        "carbon-{}-{:016x}",
        major_version(binaries),
        hasher.finish()
    )
}

/// The source text of whatever decides what the rows are.
const SOURCES: [&str; 26] = [
    include_str!("../carbon/catalog.json"),
    include_str!("../carbon/rules.toml"),
    include_str!("access.rs"),
    include_str!("data/cell.rs"),
    include_str!("data/counts.rs"),
    include_str!("data/files.rs"),
    include_str!("data/fill.rs"),
    include_str!("data/load.rs"),
    include_str!("data/names.rs"),
    include_str!("data/phrases.rs"),
    include_str!("data/plan.rs"),
    include_str!("data/storage.rs"),
    include_str!("data/trades.rs"),
    include_str!("data/words.rs"),
    include_str!("data/world.rs"),
    include_str!("data/story/mod.rs"),
    include_str!("data/story/books.rs"),
    include_str!("data/story/customers.rs"),
    include_str!("data/story/firm.rs"),
    include_str!("data/story/items.rs"),
    include_str!("data/story/ledgers.rs"),
    include_str!("data/story/people.rs"),
    include_str!("data/story/production.rs"),
    include_str!("data/story/purchasing.rs"),
    include_str!("data/story/rest.rs"),
    include_str!("data/story/sales.rs"),
];

async fn wait_for_lock(path: &Path) -> Result<File, Error> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(Error::file("opening", path))?;
    let deadline = std::time::Instant::now() + PATIENCE;
    while file.try_lock().is_err() {
        if std::time::Instant::now() > deadline {
            return Err(Error::Busy {
                folder: path.to_owned(),
            });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(file)
}
