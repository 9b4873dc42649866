//! Asking the person at the terminal.

use std::io::BufRead;

use snapback_engine::{CancelToken, Code, Error};

use crate::context::Context;
use crate::failure::Result;
use crate::output;

/// What was lost or not, and so how much a person must do to go on.
pub(crate) enum Question<'a> {
    /// Yes or no.
    Plain(&'a str),
    /// Type this name.
    Name { why: &'a str, name: &'a str },
}

impl Context {
    /// Asks, and fails unless the answer is yes or `--yes` was given.
    pub(crate) async fn confirm(&self, question: Question<'_>) -> Result<()> {
        confirm(question, self.global.yes, self.global.json, &self.cancel).await
    }
}

/// Asks, and fails unless the answer is yes. Asks nobody where `--yes` was given; where nobody can be
/// asked, it fails.
pub(crate) async fn confirm(
    question: Question<'_>,
    yes: bool,
    json: bool,
    cancel: &CancelToken,
) -> Result<()> {
    if yes {
        return Ok(());
    }
    if json || !output::can_ask() {
        return Err(Error::new(
            Code::NotConfirmed,
            "Nobody is there to confirm this; nothing was changed.",
        )
        .hint("Give --yes to go ahead without being asked.")
        .into());
    }
    let agreed = match question {
        Question::Plain(text) => {
            output::prompt(&format!("{text} [y/N] "));
            let answer = line(cancel).await?;
            matches!(answer.to_lowercase().as_str(), "y" | "yes")
        }
        Question::Name { why, name } => {
            output::prompt(&format!(
                "{why}\nType the company's name ({}) to go on: ",
                output::printable(name)
            ));
            line(cancel).await? == name.trim()
        }
    };
    if agreed {
        Ok(())
    } else {
        Err(Error::new(Code::NotConfirmed, "Not confirmed; nothing was changed.").into())
    }
}

/// Asks for something that nobody should see.
pub(crate) async fn secret(question: &str, cancel: &CancelToken) -> Result<String> {
    output::prompt(question);
    let hidden = Hidden::begin();
    let typed = raw_line(cancel).await;
    drop(hidden);
    output::prompt("\n");
    Ok(typed?.trim_end_matches(['\r', '\n']).to_owned())
}

/// While it lives, the terminal does not show what is typed.
struct Hidden;

impl Hidden {
    fn begin() -> Self {
        echo("-echo");
        Self
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        echo("echo");
    }
}

/// Sets the terminal; where that fails, what is typed is seen and works all the same.
fn echo(how: &str) {
    std::process::Command::new("stty").arg(how).status().ok();
}

/// The next line that is typed, without spaces around it.
async fn line(cancel: &CancelToken) -> Result<String> {
    Ok(raw_line(cancel).await?.trim().to_owned())
}

async fn raw_line(cancel: &CancelToken) -> Result<String> {
    let (typed, received) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        // Nobody listens any more once the person has pressed Ctrl-C.
        typed.send(read.map(|_| line)).ok();
    });
    tokio::select! {
        () = cancel.cancelled() => Err(Error::cancelled().into()),
        line = received => Ok(line.ok().and_then(|line| line.ok()).unwrap_or_default()),
    }
}
