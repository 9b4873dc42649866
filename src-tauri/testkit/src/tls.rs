//! A server that speaks TLS, with a certificate for `localhost` from an authority of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapback_demo::{EphemeralServer, ServerOptions};
use snapback_engine::pg::Settings;
use tempfile::TempDir;

use crate::{database, server};

/// The server; it ends with this value.
#[derive(Debug)]
pub struct TlsServer {
    server: EphemeralServer,
    folder: TempDir,
}

impl TlsServer {
    /// Starts one.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        make_certificates(folder.path());
        let path = |name: &str| folder.path().join(name).display().to_string();
        let options = ServerOptions::for_tests()
            .with("ssl", "on")
            .with("ssl_cert_file", &path("server.pem"))
            .with("ssl_key_file", &path("server.key"));
        Self {
            server: server::empty_with(&options).await,
            folder,
        }
    }

    /// Settings for the engine, as superuser.
    pub fn settings(&self) -> Settings {
        database::settings_of(self.server.connection())
    }

    /// The same by the name that the certificate is for.
    pub fn url_by_name(&self) -> String {
        self.server
            .connection()
            .url()
            .replace("127.0.0.1", "localhost")
    }

    /// The file of the authority that made the certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
}

fn make_certificates(folder: &Path) {
    let key = ["-newkey", "rsa:2048", "-nodes"];
    openssl(
        folder,
        &[
            &["req", "-x509"],
            key.as_slice(),
            &["-keyout", "authority.key", "-out", "authority.pem"],
            &["-subj", "/CN=An authority for tests", "-days", "2"],
        ]
        .concat(),
    );
    openssl(
        folder,
        &[
            &["req"],
            key.as_slice(),
            &["-keyout", "server.key", "-out", "server.csr"],
            &["-subj", "/CN=localhost"],
        ]
        .concat(),
    );
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n")
        .expect("the folder can be written");
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "names",
            "-out",
            "server.pem",
        ],
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.join("server.key"), private).expect("the key is ours");
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .stderr(Stdio::null())
        .status()
        .expect("openssl is installed");
    assert!(done.success(), "openssl {arguments:?}");
}
