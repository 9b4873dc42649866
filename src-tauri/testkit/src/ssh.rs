//! An SSH server of its own on a loopback port, and a client that knows it.

use std::ffi::OsStr;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// The client's name for the server.
const ALIAS: &str = "bastion";

/// An SSH server that lets the person of this process in by a key. It ends with this value, and with
/// the process, however that ends.
#[derive(Debug)]
pub struct SshServer {
    folder: TempDir,
    guard: Child,
}

/// What the client knows of the server's host key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKey {
    /// The one that it shows.
    Known,
    /// None yet.
    Unknown,
    /// Another one.
    Changed,
}

impl SshServer {
    /// The passphrase of the key that [`SshServer::client_with_passphrase`] uses.
    pub const PASSPHRASE: &str = "correct horse";

    /// Starts one.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = |name: &str| folder.path().join(name);
        for (key, passphrase) in [
            ("host_key", ""),
            ("other_key", ""),
            ("user_key", ""),
            ("locked_key", SshServer::PASSPHRASE),
        ] {
            run(Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
                .arg(path(key)));
        }
        let public = |key: &str| fs::read_to_string(path(key)).expect("it was made");
        let authorized = public("user_key.pub") + &public("locked_key.pub");
        fs::write(path("authorized_keys"), authorized).expect("the keys can be written");
        let port = free_port();
        fs::write(
            path("sshd_config"),
            server_configuration(folder.path(), port),
        )
        .expect("the configuration can be written");
        fs::write(path("port"), port.to_string()).expect("the port can be noted");
        // Root's sshd wants this folder, which the package's service makes when it starts.
        fs::create_dir_all("/run/sshd").ok();
        let guard = Command::new("/bin/sh")
            .args([
                "-c",
                r#""$@" </dev/null & server=$!; read -r _; kill "$server""#,
                "sh",
            ])
            .args(["/usr/sbin/sshd", "-D", "-E"])
            .arg(path("log"))
            .arg("-f")
            .arg(path("sshd_config"))
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell can be started");
        let server = Self { folder, guard };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(server.folder.path().join("log"));
            assert!(
                begun.elapsed() < PATIENCE,
                "sshd does not answer: {:?}",
                log()
            );
            thread::sleep(Duration::from_millis(10));
        }
        server
    }

    /// The name by which [`SshServer::client`] knows the server.
    pub fn alias(&self) -> &'static str {
        ALIAS
    }

    /// A client with a configuration of its own, as a program to run: nothing of the person's is read
    /// or written.
    pub fn client(&self, host_key: HostKey) -> PathBuf {
        self.client_with_key(host_key, "user_key")
    }

    /// The same with a key that is only had with its passphrase.
    pub fn client_with_passphrase(&self, host_key: HostKey) -> PathBuf {
        self.client_with_key(host_key, "locked_key")
    }

    /// The same with a key that the server does not know.
    pub fn stranger(&self) -> PathBuf {
        self.client_with_key(HostKey::Known, "other_key")
    }

    fn client_with_key(&self, host_key: HostKey, key: &str) -> PathBuf {
        let path = |name: &str| self.folder.path().join(name);
        let text = |name: &str| fs::read_to_string(path(name)).expect("it was written");
        let port = text("port");
        let known = match host_key {
            HostKey::Known => format!("[127.0.0.1]:{port} {}", text("host_key.pub")),
            HostKey::Unknown => String::new(),
            HostKey::Changed => format!("[127.0.0.1]:{port} {}", text("other_key.pub")),
        };
        let name = format!("client-{host_key:?}-{key}");
        let known_hosts = path(&format!("{name}-known"));
        fs::write(&known_hosts, known).expect("known hosts can be written");
        let configuration = path(&format!("{name}-config"));
        let lines = format!(
            "Host {ALIAS}\n HostName 127.0.0.1\n Port {port}\n IdentityFile {key}\n IdentitiesOnly yes\n \
             IdentityAgent none\n UserKnownHostsFile {known}\n GlobalKnownHostsFile /dev/null\n",
            key = path(key).display(),
            known = known_hosts.display(),
        );
        fs::write(&configuration, lines).expect("the configuration can be written");
        let program = path(&name);
        let script = format!(
            "#!/bin/sh\nexec ssh -F '{}' \"$@\"\n",
            configuration.display()
        );
        write_program(&program, &script);
        program
    }
}

impl SshServer {
    /// Ends every connection, as a network that goes away does.
    pub fn hang_up(&self) {
        let Ok(pid) = fs::read_to_string(self.folder.path().join("pid")) else {
            return;
        };
        let pid = pid.trim();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        for child in children.unwrap_or_default().split_whitespace() {
            Command::new("kill").arg(child).status().ok();
        }
    }
}

impl SshServer {
    /// Ends the server, of which clients are left.
    pub fn stop(&mut self) {
        self.hang_up();
        drop(self.guard.stdin.take());
        // Fails only when somebody else has waited for the shell already.
        self.guard.wait().ok();
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn server_configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/authorized_keys\n\
         PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         PermitRootLogin yes\nAllowTcpForwarding yes\nSubsystem sftp internal-sftp\nLogLevel VERBOSE\n"
    )
}

fn write_program(path: &Path, text: &str) {
    // Written by another process: one that this process forks meanwhile cannot hold it open, which
    // would make it "busy" when it is run.
    let mut writing = Command::new("/bin/sh");
    writing.args(["-c", r#"printf %s "$2" > "$1""#, "sh"]);
    run(writing.arg(path).arg(OsStr::new(text)));
    let executable = fs::Permissions::from_mode(0o700);
    fs::set_permissions(path, executable).expect("the program can be made executable");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it listens").port()
}

fn run(command: &mut Command) {
    let done = command.status();
    assert!(
        done.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{command:?}: {done:?}"
    );
}
