//! What the SSH client's words mean when it gives up.

use snapback_engine::{Code, Error};

use super::Who;

/// How many of its lines are passed on.
const LINES: usize = 12;

/// The error of a client that ended with those words.
pub(super) fn error(host: &str, who: &Who, words: &str) -> Error {
    let is_said = |what: &str| words.contains(what);
    let error = if is_said("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        Error::new(
            Code::UnknownHostKey,
            "The SSH server shows another host key than the one that is known: it may not be the same server.",
        )
        .hint("Ask who looks after it. If the change is meant, remove the old key with ssh-keygen -R and connect once in a terminal.")
    } else if is_said("Host key verification failed") {
        Error::new(
            Code::UnknownHostKey,
            "The SSH server is not known on this computer yet.",
        )
        .hint(match who {
            Who::Desk(_) => "Ask who looks after it for its fingerprint. When it is the one that is shown, connect again and accept it.".to_owned(),
            Who::Terminal | Who::Nobody => format!(
                "Connect once in a terminal, compare the fingerprint, and accept it: ssh {host}"
            ),
        })
    } else if is_said("Permission denied") || is_said("Too many authentication failures") {
        Error::new(Code::TunnelFailed, "The SSH server does not let this user in.").hint(
            "Add the key to the SSH agent (ssh-add), or name the user and the key's file. Whatever works as `ssh` in a terminal without a question works here.",
        )
    } else if is_said("not found") && is_said("ssh") {
        Error::new(
            Code::TunnelFailed,
            "OpenSSH's client is not installed on this computer.",
        )
        .hint("Install it (Debian: openssh-client).")
    } else {
        Error::new(Code::TunnelFailed, "The SSH tunnel could not be opened.").hint(
            "Check the SSH server's name and port, and that `ssh` reaches it from a terminal.",
        )
    };
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut last: Vec<&str> = lines.collect();
    last.drain(..last.len().saturating_sub(LINES));
    last.into_iter()
        .fold(error.with("ssh_host", host), |error, line| {
            error.because(line)
        })
}

/// The error of a client that came to no end in time.
pub(super) fn silent(host: &str) -> Error {
    Error::new(Code::TunnelFailed, "The SSH server did not answer in time.")
        .hint("Check the SSH server's name and port, and that `ssh` reaches it from a terminal.")
        .with("ssh_host", host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_key_is_told_apart_from_a_server_that_lets_nobody_in() {
        for (words, code) in [
            ("Host key verification failed.", Code::UnknownHostKey),
            (
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
                Code::UnknownHostKey,
            ),
            ("root@h: Permission denied (publickey).", Code::TunnelFailed),
            ("sh: 1: ssh: not found", Code::TunnelFailed),
            (
                "ssh: connect to host h port 22: Connection refused",
                Code::TunnelFailed,
            ),
        ] {
            let error = error("h", &Who::Nobody, words);
            assert_eq!(error.code(), code, "{words}");
            assert_eq!(
                error.causes().last().map(String::as_str),
                words.lines().last()
            );
            assert!(error.hint_text().is_some());
        }
    }
}
