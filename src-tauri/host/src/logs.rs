//! The log: what was run and how it ended, one file a day, without row values, readable by its owner
//! alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::data_folder;
use snapback_engine::library::create_private_folder;

/// How many days' files stay.
const DAYS_KEPT: usize = 30;
const PREFIX: &str = "snapback-";
const SUFFIX: &str = ".log";

/// Where the logs lie.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    Some(data_folder()?.join("logs"))
}

/// Begins to log, where there is a place for it. A log that cannot be written stops nobody.
pub fn begin() {
    let Some(folder) = folder() else {
        return;
    };
    // Libraries may log what the server says, and the server repeats row values.
    let ours = [
        "snapback",
        "snapback_desktop",
        "snapback_shell",
        "snapback_cli",
        "snapback_engine",
        "snapback_demo",
        "snapback_host",
    ];
    let filter = Targets::new().with_targets(ours.map(|target| (target, LevelFilter::INFO)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(Mutex::new(Daily::new(folder, today)));
    // A second call in one process keeps the first log.
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init()
        .ok();
}

/// The day in UTC, as the times in the log are.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// A file for each day. Several programs may append to it: a line is one write.
struct Daily {
    folder: PathBuf,
    today: fn() -> Date,
    open: Option<(Date, File)>,
}

impl Daily {
    fn new(folder: PathBuf, today: fn() -> Date) -> Self {
        Self {
            folder,
            today,
            open: None,
        }
    }

    fn file(&mut self) -> io::Result<&mut File> {
        let today = (self.today)();
        let open = match self.open.take() {
            Some((day, file)) if day == today => (day, file),
            _ => (today, open(&self.folder, today)?),
        };
        Ok(&mut self.open.insert(open).1)
    }
}

impl Write for Daily {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.file()?.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |(_, file)| file.flush())
    }
}

/// Opens a day's file, and removes those of days long gone.
fn open(folder: &Path, day: Date) -> io::Result<File> {
    create_private_folder(folder)?;
    remove_old(folder)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join(format!("{PREFIX}{day}{SUFFIX}")))
}

fn remove_old(folder: &Path) -> io::Result<()> {
    let mut days = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            days.push(path);
        }
    }
    days.sort();
    // Room for the one that is about to be opened.
    let too_many = days.len().saturating_sub(DAYS_KEPT - 1);
    for path in &days[..too_many] {
        // Another program may have removed it.
        std::fs::remove_file(path).ok();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI8, Ordering};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn each_day_has_a_file_of_its_own_that_only_its_owner_reads() {
        static DAY: AtomicI8 = AtomicI8::new(1);
        let today = || Date::constant(2026, 11, DAY.load(Ordering::Relaxed));
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("logs");
        let mut log = Daily::new(folder.clone(), today);
        log.write_all(b"one\n").unwrap();
        log.write_all(b"two\n").unwrap();
        DAY.store(2, Ordering::Relaxed);
        log.write_all(b"three\n").unwrap();
        assert_eq!(
            names(&folder),
            ["snapback-2026-11-01.log", "snapback-2026-11-02.log"]
        );
        let first = folder.join("snapback-2026-11-01.log");
        assert_eq!(std::fs::read_to_string(&first).unwrap(), "one\ntwo\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&first).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[test]
    fn the_oldest_files_go_and_what_is_not_ours_stays() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("notes.txt"), "").unwrap();
        for day in 1..=30 {
            let name = format!("snapback-2026-06-{day:02}.log");
            std::fs::write(home.path().join(name), "").unwrap();
        }
        open(home.path(), Date::constant(2026, 7, 1)).unwrap();
        let names = names(home.path());
        assert_eq!(names.len(), 1 + DAYS_KEPT);
        assert_eq!(names[1], "snapback-2026-06-02.log");
        assert_eq!(names[30], "snapback-2026-07-01.log");
    }
}
