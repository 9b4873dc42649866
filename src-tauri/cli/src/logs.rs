//! The log: what was run and how it ended, without row values, readable by its owner alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use snapback_host as host;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A log that is longer than this is put aside, in place of the one put aside before.
const LONGEST: u64 = 4 << 20;

/// Begins to log, where there is a place for it. A log that cannot be written stops nobody.
pub(crate) fn begin() {
    let Some(file) = host::data_folder().and_then(|data| open(&data.join("logs")).ok()) else {
        return;
    };
    // Libraries may log what the server says, and the server repeats row values.
    let ours = [
        "snapback",
        "snapback_cli",
        "snapback_engine",
        "snapback_demo",
    ];
    let filter = Targets::new().with_targets(ours.map(|target| (target, LevelFilter::INFO)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(Mutex::new(file));
    // A second call in one process keeps the first log.
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init()
        .ok();
}

fn open(folder: &Path) -> std::io::Result<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let path = folder.join("snapback.log");
    if std::fs::metadata(&path).is_ok_and(|found| found.len() > LONGEST) {
        std::fs::rename(&path, folder.join("snapback.1.log"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path)
}
