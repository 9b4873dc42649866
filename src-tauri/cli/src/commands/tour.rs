//! `tour`: the main job on the demo, each step a command that is printed and then really run.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use snapback_demo::App;
use snapback_engine::{Code, Error};
use snapback_host as host;
use tokio::process::Command;

use super::Ending;
use crate::context::Context;
use crate::demo;
use crate::failure::{Failure, Result, WITH_PROBLEMS};
use crate::format::quoted;
use crate::output;

/// The program itself, to be run again.
struct Guide {
    program: PathBuf,
    library: Option<PathBuf>,
}

pub(super) async fn run(context: &Context) -> Result<Ending> {
    let program = std::env::current_exe().map_err(|error| {
        Error::local_file(
            "the program itself",
            std::path::Path::new("snapback"),
            &error,
        )
    })?;
    let guide = Guide {
        program,
        library: context.global.library.clone(),
    };
    let cancel = context.cancel.clone();
    tokio::select! {
        () = cancel.cancelled() => Err(Error::cancelled().into()),
        led = guide.lead() => led.map(|()| Ending::Done),
    }
}

impl Guide {
    async fn lead(&self) -> Result<()> {
        self.say("A PostgreSQL server of its own, with the tables of Carbon and three companies.");
        self.step(&["demo", "up"]).await?;
        self.step(&["companies"]).await?;
        let [company, ..] = snapback_demo::COMPANIES;
        self.leave_earlier_review(company.id).await?;
        let name = company.name;

        self.say("What a backup of one company holds, counted live.");
        self.step(&["contents", "--company", name]).await?;

        self.say("A backup: all of its rows, of one instant, in one file.");
        let created = ["create", "--company", name, "--label", "before the import"];
        let archive = self.step(&created).await?;
        let archive = archive.lines().last().unwrap_or_default().to_owned();
        self.step(&["list", "--company", name]).await?;
        self.step(&["show", &archive]).await?;
        self.step(&["verify", &archive]).await?;

        self.say("Now something goes wrong.");
        self.step(&["demo", "damage"]).await?;

        self.say("What would come back, change and go. Nothing is written.");
        let restore = ["restore", &archive, "--company", name];
        self.step(&[restore.as_slice(), &["--dry-run"]].concat())
            .await?;

        self.say("The restore: exactly that difference, in one transaction.");
        let go = [restore.as_slice(), &["--yes"]].concat();
        self.step(&go).await?;
        self.step(&["review", "--company", name]).await?;

        self.say("A restore can be taken back: the damage returns, byte for byte.");
        self.step(&["revert", "--company", name, "--yes"]).await?;

        self.say("Restored once more, and kept.");
        self.step(&go).await?;
        self.step(&["keep", "--company", name]).await?;

        self.say("The company is as the backup has it.");
        self.step(&["diff", &archive, "live", "--company", name])
            .await?;
        self.say(
            "That was the tour. The archives stay; `snapback list` shows them. `snapback demo reset` makes the demo anew.",
        );
        Ok(())
    }

    fn say(&self, text: &str) {
        output::text(&format!("\n# {text}\n"));
    }

    /// An earlier tour may have been cut short with a restore open.
    async fn leave_earlier_review(&self, company: &str) -> Result<()> {
        let arguments = ["review", "--company", company, "--json"];
        let (_, found) = self.call(&arguments, Stdio::null()).await?;
        let found: Value = serde_json::from_str(&found).unwrap_or_default();
        if found
            .pointer("/companies/0/open")
            .is_some_and(|open| !open.is_null())
        {
            self.say("An earlier restore of this company still waits; it is kept first.");
            self.step(&["keep", "--company", company]).await?;
        }
        Ok(())
    }

    /// Prints a command, runs it and prints what it says; hands that back.
    async fn step(&self, arguments: &[&str]) -> Result<String> {
        let shown: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
        output::text(&format!("\n$ snapback {}\n", shown.join(" ")));
        let (exit_code, said) = self.call(arguments, Stdio::inherit()).await?;
        output::text(&said);
        if exit_code == 0 || exit_code == i32::from(WITH_PROBLEMS) {
            return Ok(said);
        }
        Err(Failure::from(
            Error::new(Code::Defect, "A step of the tour failed.").with("exit_code", exit_code),
        ))
    }

    async fn call(&self, arguments: &[&str], stderr: Stdio) -> Result<(i32, String)> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true);
        // The tour never works on anything but the demo.
        match demo::running(Some(App::Carbon)).await? {
            Some(demo) => command.env(host::DATABASE_URL, demo::entrance(&demo).url()),
            None => command.env_remove(host::DATABASE_URL),
        };
        if let Some(library) = &self.library {
            command.env(host::LIBRARY, library);
        }
        let failed = |error| Error::local_file("the program itself", &self.program, &error);
        let running = command.spawn().map_err(failed)?;
        let ended = running.wait_with_output().await.map_err(failed)?;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        Ok((ended.status.code().unwrap_or(1), said))
    }
}
