//! A program that a test has started and that ends with it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A running program with a process group of its own.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts a program. It also ends when the test is killed.
    pub(super) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_owned();
        let mut guarded = Command::new("setpriv");
        guarded.args(["--pdeathsig", "TERM", "--"]).arg(&name);
        guarded.args(command.get_args());
        for (variable, value) in command.get_envs() {
            match value {
                Some(value) => guarded.env(variable, value),
                None => guarded.env_remove(variable),
            };
        }
        let child = guarded
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn();
        Self(child.unwrap_or_else(|error| {
            panic!("{} is installed by `make test`: {error}", name.display())
        }))
    }

    /// The first line that it prints.
    pub(super) fn first_line(&mut self) -> String {
        let mut line = String::new();
        let printed = self.0.stdout.take().unwrap();
        BufReader::new(printed).read_line(&mut line).unwrap();
        let line = line.trim().to_owned();
        assert!(!line.is_empty(), "the program ended before it began");
        line
    }
}

impl Drop for Process {
    /// Ends it and all that it has started.
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        Command::new("kill")
            .args(["-TERM", "--", &group])
            .status()
            .ok();
        self.0.wait().ok();
    }
}
