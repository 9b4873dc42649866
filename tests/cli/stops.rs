//! A program that is stopped between the steps of what it does.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use snapback_engine::reporter::Step;
use snapback_testkit::TestDatabase;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, Command};

use crate::person::{Person, Said};

/// Sessions of Snapback in this database.
pub(crate) const SESSIONS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'snapback%'";

/// Waits until the server has let go of a program that was killed.
pub(crate) async fn sessions_ended(database: &TestDatabase) {
    let sql = format!("SELECT count(*) {SESSIONS}");
    for _ in 0..2_000 {
        if database.value(&sql).await.as_deref() == Some("0") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("sessions of Snapback stay");
}

/// A program under way that asks before it goes on.
pub(crate) struct Stepped {
    arguments: Vec<String>,
    child: Child,
    listener: UnixListener,
    _folder: tempfile::TempDir,
}

/// A program that stands still between two steps; it goes on when this is dropped.
pub(crate) struct Stop {
    pub(crate) step: Step,
    _stream: BufReader<UnixStream>,
}

impl Stepped {
    pub(crate) fn begin(person: &Person, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("steps");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut command = Command::from(person.command(arguments));
        let child = command
            .env("SNAPBACK_STEPS", &socket)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            child,
            listener,
            _folder: folder,
        }
    }

    /// Where it stops next; `None` once it has ended.
    pub(crate) async fn next(&mut self) -> Option<Stop> {
        let accepted = tokio::select! {
            biased;
            accepted = self.listener.accept() => accepted.unwrap(),
            _ = self.child.wait() => return None,
        };
        let mut stream = BufReader::new(accepted.0);
        let mut word = String::new();
        stream.read_line(&mut word).await.unwrap();
        let known = Step::ALL.iter().find(|step| step.word() == word.trim_end());
        Some(Stop {
            step: *known.unwrap_or_else(|| panic!("no step is called {word}")),
            _stream: stream,
        })
    }

    /// Lets it go on until it stops at that step for the first time.
    pub(crate) async fn until(&mut self, step: Step) -> Stop {
        while let Some(stop) = self.next().await {
            if stop.step == step {
                return stop;
            }
        }
        panic!("{:?} ended before {}", self.arguments, step.word());
    }

    /// Kills it as `kill -9` does.
    pub(crate) async fn kill(mut self) -> ExitStatus {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap()
    }

    /// Lets it go on to its end; every step that it still took.
    pub(crate) async fn end(mut self) -> (Vec<Step>, Said) {
        let mut steps = Vec::new();
        while let Some(stop) = self.next().await {
            steps.push(stop.step);
        }
        let output = self.child.wait_with_output().await.unwrap();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        (steps, Said::of(&arguments, output))
    }
}
