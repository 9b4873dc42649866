use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the window is asked from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "request", content = "data", rename_all = "snake_case")]
pub enum WindowRequest {
    /// The person wants to close the window while that many jobs run.
    Close(usize),
    /// The person opened that archive with Snapback; its path.
    Open(String),
    /// The SSH client wants to know something.
    Answer(SshQuestion),
    /// Backups were made that the window did not ask for.
    LookAgain,
    /// It no longer waits for the answer to the question of that number.
    Withdraw(u32),
}

/// A question of the SSH client, which opens a tunnel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SshQuestion {
    /// By which it is answered.
    pub number: u32,
    /// The SSH server.
    pub host: String,
    /// The client's own words.
    pub text: String,
    /// Whether `yes` is the answer that lets it go on, as with a host key; else something that nobody may
    /// read, as a passphrase.
    pub is_yes_or_no: bool,
}

/// For what a file is chosen, which is what the system's dialog says and offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChosenFile {
    /// How an application's schema is read.
    Profile,
    /// The authorities whose certificates count.
    Authorities,
    /// The private key for an SSH server.
    SshKey,
    /// A file that connections are described in.
    Connections,
    /// The folder in which uploaded files lie.
    StorageFolder,
    /// A template's picture.
    Picture,
    /// The folder that rows are handed over into.
    ExportFolder,
    /// The folder that backups are copied to.
    PlaceFolder,
}
