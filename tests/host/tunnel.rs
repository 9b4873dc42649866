//! Tunnels through a real SSH server to real databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;
use std::time::Duration;

use snapback_engine::pg::{Session, Settings};
use snapback_engine::{Code, Error};
use snapback_host::tunnel::{Gate, Tunnel, Who};
use snapback_testkit::{HostKey, SshServer, TestDatabase, TlsServer};

fn gate(server: &SshServer) -> Gate {
    Gate {
        host: server.alias().to_owned(),
        port: None,
        user: None,
        key_file: None,
    }
}

async fn open(server: &SshServer, client: &Path, database: &Settings) -> Result<Tunnel, Error> {
    Tunnel::open(client.as_os_str(), &gate(server), database, &Who::Nobody).await
}

/// Waits until a folder is gone.
async fn until_gone(folder: &Path) {
    tokio::time::timeout(Duration::from_secs(20), async {
        while folder.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the tunnel's folder goes with it");
}

#[tokio::test]
async fn a_tunnel_leads_to_the_database_and_ends_with_its_last_holder() {
    let (server, database) = (SshServer::start(), TestDatabase::empty().await);
    let client = server.client(HostKey::Known);
    let tunnel = open(&server, &client, &database.settings()).await.unwrap();
    let settings = database.settings().through(tunnel.folder(), "bastion");
    let mut session = Session::open(&settings).await.unwrap();
    // The database sees the SSH server and not us: over TCP, though we went through a socket.
    let rows = session
        .fetch_text_rows("SELECT inet_client_addr()::text", &[])
        .await
        .unwrap();
    assert_eq!(rows[0][0].as_deref(), Some("127.0.0.1/32"));
    assert!(!tunnel.is_over());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = tunnel.folder().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody else may go through it");
    }
    let folder = tunnel.folder().to_owned();
    drop(tunnel);
    until_gone(&folder).await;
    assert!(session.ping().await.is_err(), "the client has ended");
    let error = Session::open(&settings).await.unwrap_err();
    assert_eq!(error.code(), Code::ConnectFailed);
    assert!(error.context()["server"].ends_with("via bastion"));
}

#[tokio::test]
async fn a_tunnel_that_ended_by_itself_is_known_to_be_over() {
    let (server, database) = (SshServer::start(), TestDatabase::empty().await);
    let client = server.client(HostKey::Known);
    let tunnel = open(&server, &client, &database.settings()).await.unwrap();
    let folder = tunnel.folder().to_owned();
    server.hang_up();
    until_gone(&folder).await;
    tokio::time::timeout(Duration::from_secs(20), async {
        while !tunnel.is_over() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it is over");
}

#[tokio::test]
async fn a_host_key_that_is_unknown_or_another_one_is_never_passed_over() {
    let (server, database) = (SshServer::start(), TestDatabase::empty().await);
    let settings = database.settings();
    let client = server.client(HostKey::Unknown);
    let unknown = open(&server, &client, &settings).await.unwrap_err();
    assert_eq!(unknown.code(), Code::UnknownHostKey);
    assert!(unknown.hint_text().unwrap().contains("ssh bastion"));
    let client = server.client(HostKey::Changed);
    let changed = open(&server, &client, &settings).await.unwrap_err();
    assert_eq!(changed.code(), Code::UnknownHostKey);
    assert!(changed.message().contains("another host key"), "{changed}");
    assert!(
        changed.causes().iter().any(|line| line.contains("SHA256:")),
        "the fingerprint is shown: {:?}",
        changed.causes()
    );
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_refused_with_what_to_do() {
    let (server, database) = (SshServer::start(), TestDatabase::empty().await);
    let refused = open(&server, &server.stranger(), &database.settings())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::TunnelFailed);
    assert!(refused.message().contains("does not let this user in"));
    assert!(refused.hint_text().unwrap().contains("ssh-add"));
}

#[tokio::test]
async fn a_client_that_is_not_installed_is_said_to_be_so() {
    let (server, database) = (SshServer::start(), TestDatabase::empty().await);
    let gone = Path::new("/nowhere/ssh");
    let error = open(&server, gone, &database.settings()).await.unwrap_err();
    assert_eq!(error.code(), Code::TunnelFailed);
    assert!(error.message().contains("not installed"), "{error:?}");
}

#[tokio::test]
async fn through_a_tunnel_the_certificate_is_checked_against_the_databases_own_name() {
    let (server, database) = (SshServer::start(), TlsServer::start().await);
    let authority = database.authority();
    let query = format!("?sslmode=verify-full&sslrootcert={}", authority.display());
    for (url, is_its_name) in [
        (database.url_by_name(), true),
        (
            database.url_by_name().replace("localhost", "127.0.0.1"),
            false,
        ),
    ] {
        let settings = Settings::from_url(&format!("{url}{query}")).unwrap();
        let client = server.client(HostKey::Known);
        let tunnel = open(&server, &client, &settings).await.unwrap();
        let through = settings.through(tunnel.folder(), "bastion");
        match Session::open(&through).await {
            Ok(mut session) => {
                assert!(is_its_name, "the certificate is for localhost alone");
                let sql = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
                let rows = session.fetch_text_rows(sql, &[]).await.unwrap();
                assert_eq!(rows[0][0].as_deref(), Some("true"));
            }
            Err(error) => {
                assert!(!is_its_name, "{error:?}");
                assert_eq!(error.code(), Code::TlsFailed);
            }
        }
    }
}
