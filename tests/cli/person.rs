//! A person at a computer of their own, with a database that holds two companies.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use snapback_testkit::{Fingerprint, TestDatabase};
use tempfile::TempDir;

use crate::reach::acmes;

pub(crate) const SCHEMA: &str = include_str!("../engine/restore/workshop.sql");
const PROFILE: &str = include_str!("../engine/restore/workshop.toml");

/// A bad import: prices, a deleted customer with all that hung on it, and rows made since.
pub(crate) const DAMAGE: &str = "
    UPDATE public.product SET price = price * 100 WHERE \"companyId\" = 'acme' AND code = 'P-1';
    DELETE FROM public.customer WHERE id = 'acme-c7';
    INSERT INTO public.customer (id, \"companyId\", name) VALUES ('acme-new', 'acme', 'Made since');";

/// Prices alone: a restore loses nothing.
pub(crate) const PRICES: &str =
    "UPDATE public.product SET price = price * 100 WHERE \"companyId\" = 'acme' AND code = 'P-1'";

/// One test's computer and database.
pub(crate) struct Person {
    pub(crate) database: TestDatabase,
    home: TempDir,
    /// What the environment of every command says besides.
    says: Vec<(String, String)>,
}

/// What a command said.
pub(crate) struct Said {
    arguments: String,
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Person {
    pub(crate) async fn new() -> Self {
        Self::with(TestDatabase::with_sql(SCHEMA).await)
    }

    /// A person with that database, which holds the workshop.
    pub(crate) fn with(database: TestDatabase) -> Self {
        Self {
            database,
            home: home(),
            says: Vec::new(),
        }
    }

    /// From now on the environment of every command says that.
    pub(crate) fn says(&mut self, name: &str, value: &str) {
        self.says.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.home().join("data/snapback/library")
    }

    /// The fingerprint of everything in the database that is not Acme's.
    pub(crate) fn canary(&self) -> Fingerprint {
        // In a thread of its own, as a test's own runtime stands still while a command runs.
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(self.database.canary_beside(acmes))
            });
            asking.join().unwrap()
        })
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The command, to be run on the person's computer and database.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.home());
        command
            .args(arguments)
            .args(["--profile", "workshop.toml"])
            .env("SNAPBACK_DATABASE_URL", self.database.url());
        let storage = self.home().join("storage");
        if storage.is_dir() {
            command.env("SNAPBACK_STORAGE", format!("file://{}", storage.display()));
        }
        command.envs(self.says.iter().cloned());
        command
    }

    /// Runs a command with the canary around it: whatever comes of it, nothing that is not Acme's
    /// changes.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let before = self.canary();
        let said = Said::of(arguments, self.command(arguments).output().unwrap());
        before.assert_same(&self.canary());
        said
    }

    /// Runs a command that is to be done without problems.
    pub(crate) fn done(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{}", said.all());
        said
    }

    /// Runs a command with `--json` and reads its one document.
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let said = self.run(&[arguments, &["--json"]].concat());
        (said.code, said.document())
    }

    /// A backup of Acme, as its path.
    pub(crate) fn backup(&self) -> String {
        self.backup_called("before")
    }

    /// The same with another label, so that two of one second have names of their own.
    pub(crate) fn backup_called(&self, label: &str) -> String {
        let said = self.done(&["create", "--company", "acme", "--label", label]);
        said.out.lines().last().unwrap().to_owned()
    }
}

/// A computer on which nothing was done yet, but for the profile in the folder where commands run.
pub(crate) fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("workshop.toml"), PROFILE).unwrap();
    home
}

/// The program on that computer, with nothing of ours in its environment.
pub(crate) fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SNAPBACK_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("COLUMNS", "100")
        .stdin(Stdio::null());
    command
}

impl Said {
    pub(crate) fn of(arguments: &[&str], output: Output) -> Self {
        Self {
            arguments: arguments.join(" "),
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one JSON document on stdout.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no document: {}", self.all()))
    }

    /// Everything, as a snapshot holds it.
    pub(crate) fn all(&self) -> String {
        let Self {
            arguments,
            code,
            out,
            err,
        } = self;
        let mut all = format!("$ snapback {arguments}\nexit code {code}\n");
        for (name, text) in [("stdout", out), ("stderr", err)] {
            if !text.is_empty() {
                all.push_str(&format!("--- {name}\n{text}"));
            }
        }
        all
    }
}

/// What differs from run to run, in the order in which it is looked for.
const VOLATILE: &[(&str, &str)] = &[
    (
        r"/[^\s'\x22]*/(?P<file>[^\s/'\x22]+\.(?:snapback|toml))",
        "[folder]/$file",
    ),
    (
        r"/[^\s'\x22]*/data/snapback(?P<rest>[^\s'\x22]*)",
        "[data]/snapback$rest",
    ),
    (
        r"file:///[^\s'\x22]*/\.tmp[^\s'\x22]*/storage",
        "file://[folder]/storage",
    ),
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[id]",
    ),
    (r"\bage1[0-9a-z]{58}\b", "[key]"),
    (r"\b[0-9a-f]{64}\b", "[hash]"),
    (r"\b[0-9a-v]{20}\b", "[id]"),
    // Two of one second have a number besides.
    (
        r"(?P<time>\d{8}T\d{6}Z)(?P<label>(?:-[a-z]+)*)-\d+\.snapback",
        "$time$label.snapback",
    ),
    (r"\d{8}T\d{6}Z", "[time]"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "[time]"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "[time]"),
    (r"\b\d+\.\d s\b", "[duration]"),
    (r"[ ]*\b\d+(?:\.\d)? [kMG]?B\b", " [size]"),
    (
        r"(?P<name>size_bytes|elapsed_ms|frame_count)\x22: \d+",
        "$name\": 0",
    ),
    (
        r"(?P<name>os_user|host|server_version|database_role)\x22: \x22[^\x22]*\x22",
        "$name\": \"[$name]\"",
    ),
    (r"By( +)\S+ on \S+", "By$1[who]"),
    (r"by \S+ on [^\s,]+", "by [who]"),
    (r"(?P<name>os user|host): \S+", "$name: [$name]"),
    (r"PostgreSQL \d+\.\d+", "PostgreSQL [version]"),
    (r"127\.0\.0\.1:\d+/\w+", "[database]"),
];

/// Compares with the words that are committed.
pub(crate) fn assert_words(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli/snapshots");
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (volatile, calm) in VOLATILE {
        settings.add_filter(volatile, *calm);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}
