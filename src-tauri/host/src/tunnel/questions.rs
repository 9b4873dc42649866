//! What the SSH client wants to know where no terminal is: a passphrase, a password, whether a host key is
//! the right one. The client runs a program of ours to ask (`SSH_ASKPASS` in ssh(1)); that program is
//! the app again, which hands the question to the app that is open, over a socket in the tunnel's folder.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use snapback_engine::pg::Password;
use tokio::sync::{mpsc, oneshot};

/// Names the socket to the program that the client runs.
const SOCKET: &str = "SNAPBACK_SSH_QUESTIONS";
/// Its name in the tunnel's folder.
const SOCKET_NAME: &str = "questions";
/// The most of a question that is passed on: the client's longest is some hundred bytes.
const LONGEST_QUESTION: u64 = 8 << 10;
/// By this the client asks for a yes, and shows what is typed.
const YES_OR_NO: &str = "(yes/no";

/// Where questions are answered.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The program that the client runs: one that calls [`ask_for_client`] before anything else.
    pub program: PathBuf,
    /// Takes the questions, one after the other.
    pub questions: mpsc::Sender<Question>,
}

/// A question of the SSH client. Dropping it refuses the answer.
#[derive(Debug)]
pub struct Question {
    /// The server as the tunnel names it.
    pub host: String,
    /// The client's own words, which may have several lines.
    pub text: String,
    answer: oneshot::Sender<Password>,
}

impl Question {
    /// Whether the answer is yes or no, as to whether a host key is the right one.
    #[must_use]
    pub fn is_yes_or_no(&self) -> bool {
        self.text.contains(YES_OR_NO)
    }

    /// Gives the answer. Nobody hears it where the client has ended meanwhile.
    pub fn answer(self, answer: Password) {
        self.answer.send(answer).ok();
    }

    /// Waits until nobody waits for the answer any more.
    pub async fn withdrawn(&mut self) {
        self.answer.closed().await;
    }
}

impl Desk {
    /// What the client has to be told to ask here, through the socket in that folder.
    pub(super) fn environment(&self, folder: &Path) -> [(&'static str, OsString); 3] {
        [
            ("SSH_ASKPASS", self.program.clone().into()),
            // Also where the app was started from a terminal.
            ("SSH_ASKPASS_REQUIRE", "force".into()),
            (SOCKET, folder.join(SOCKET_NAME).into()),
        ]
    }
}

/// Hands on what is asked through the socket in that folder, for as long as it is polled.
#[cfg(unix)]
pub(super) fn carry(
    folder: &Path,
    host: &str,
    desk: &Desk,
) -> io::Result<impl Future<Output = ()> + Send + use<>> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::UnixListener::bind(folder.join(SOCKET_NAME))?;
    let (host, questions) = (host.to_owned(), desk.questions.clone());
    Ok(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut text = Vec::new();
            let mut asked = (&mut client).take(LONGEST_QUESTION);
            if asked.read_to_end(&mut text).await.is_err() {
                continue;
            }
            let (answer, answered) = oneshot::channel();
            let question = Question {
                host: host.clone(),
                text: String::from_utf8_lossy(&text).trim().to_owned(),
                answer,
            };
            if questions.send(question).await.is_err() {
                return;
            }
            // Closed without a word where it was refused.
            if let Ok(answer) = answered.await {
                let line = format!("{}\n", answer.reveal());
                client.write_all(line.as_bytes()).await.ok();
            }
        }
    })
}

/// Where this process was started by the SSH client to ask a person: asks the app that is open, prints the
/// answer and says how to end. `None` in every other process.
#[must_use]
pub fn ask_for_client() -> Option<ExitCode> {
    let socket = PathBuf::from(std::env::var_os(SOCKET)?);
    let question = std::env::args().nth(1).unwrap_or_default();
    let answer = ask(&socket, &question).ok().filter(|line| !line.is_empty());
    let is_told = answer.is_some_and(|line| io::stdout().write_all(&line).is_ok());
    Some(if is_told {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The answer with its line's end; empty where it was refused.
#[cfg(unix)]
fn ask(socket: &Path, question: &str) -> io::Result<Vec<u8>> {
    let mut app = std::os::unix::net::UnixStream::connect(socket)?;
    app.write_all(question.as_bytes())?;
    app.shutdown(std::net::Shutdown::Write)?;
    let mut answer = Vec::new();
    app.read_to_end(&mut answer)?;
    Ok(answer)
}

#[cfg(not(unix))]
fn ask(_socket: &Path, _question: &str) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    const HOST_KEY: &str = "The authenticity of host 'bastion' can't be established.\n\
        Are you sure you want to continue connecting (yes/no/[fingerprint])? ";

    async fn asked(socket: PathBuf, question: &'static str) -> Vec<u8> {
        let asking = tokio::task::spawn_blocking(move || ask(&socket, question).unwrap());
        asking.await.unwrap()
    }

    #[tokio::test]
    async fn questions_are_answered_or_refused_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let (questions, mut desk) = mpsc::channel(1);
        let program = PathBuf::from("/usr/bin/app");
        let desk_of_app = Desk { program, questions };
        let carrying = tokio::spawn(carry(folder.path(), "bastion", &desk_of_app).unwrap());
        let [program, _, socket] = desk_of_app.environment(folder.path());
        assert_eq!(program, ("SSH_ASKPASS", "/usr/bin/app".into()));
        let person = tokio::spawn(async move {
            let first = desk.recv().await.unwrap();
            assert!(first.is_yes_or_no() && first.text.starts_with("The authenticity"));
            assert_eq!(first.host, "bastion");
            first.answer(Password::new("yes"));
            let second = desk.recv().await.unwrap();
            assert!(!second.is_yes_or_no());
            second.answer(Password::new(""));
            drop(desk.recv().await.unwrap());
        });
        let socket = PathBuf::from(socket.1);
        assert_eq!(asked(socket.clone(), HOST_KEY).await, b"yes\n");
        let passphrase = "Enter passphrase for key '/keys/id': ";
        assert_eq!(asked(socket.clone(), passphrase).await, b"\n");
        assert_eq!(asked(socket, passphrase).await, b"");
        person.await.unwrap();
        carrying.abort();
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_any_more_is_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let (questions, mut desk) = mpsc::channel(1);
        let program = PathBuf::new();
        let desk_of_app = Desk { program, questions };
        let carrying = tokio::spawn(carry(folder.path(), "bastion", &desk_of_app).unwrap());
        let socket = folder.path().join(SOCKET_NAME);
        let client = tokio::spawn(asked(socket, HOST_KEY));
        let mut question = desk.recv().await.unwrap();
        carrying.abort();
        question.withdrawn().await;
        assert_eq!(client.await.unwrap(), b"");
    }
}
