//! The servers of the demo and of the tests: real PostgreSQL, started and ended by us.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use snapback_demo::{
    Binaries, Connection, DemoServer, EphemeralServer, Error, ServerOptions, ServerStatus, server,
};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::support::{binaries, scratch};

async fn connect(connection: &Connection) -> PgConnection {
    PgConnection::connect_with(&connection.options())
        .await
        .unwrap()
}

async fn setting(connection: &Connection, name: &str) -> String {
    let mut session = connect(connection).await;
    sqlx::query_scalar("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(&mut session)
        .await
        .unwrap()
}

/// A demo server that is stopped at the end of the test, failed or not.
struct Stopped<'a>(&'a Path);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let folder = self.0.to_owned();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime
                .block_on(DemoServer::down(&binaries(), &folder))
                .unwrap();
        })
        .join()
        .unwrap();
    }
}

#[tokio::test]
async fn up_twice_is_the_same_server_and_down_keeps_the_data() {
    let folder = scratch();
    let _stopped = Stopped(folder.path());
    assert_eq!(
        DemoServer::status(folder.path()).await.unwrap(),
        ServerStatus::Absent
    );
    assert!(!DemoServer::down(&binaries(), folder.path()).await.unwrap());

    let options = ServerOptions::default();
    let first = DemoServer::up(&binaries(), folder.path(), &options)
        .await
        .unwrap();
    let mut session = connect(first.connection()).await;
    sqlx::query("CREATE TABLE kept (n int)")
        .execute(&mut session)
        .await
        .unwrap();
    let second = DemoServer::up(&binaries(), folder.path(), &options)
        .await
        .unwrap();
    assert_eq!(first.connection(), second.connection());
    let port = first.connection().port;
    assert_eq!(
        DemoServer::status(folder.path()).await.unwrap(),
        ServerStatus::Up { port }
    );

    assert!(DemoServer::down(&binaries(), folder.path()).await.unwrap());
    assert_eq!(
        DemoServer::status(folder.path()).await.unwrap(),
        ServerStatus::Down
    );
    assert!(DemoServer::attach(folder.path()).await.unwrap().is_none());

    let again = DemoServer::up(&binaries(), folder.path(), &options)
        .await
        .unwrap();
    assert_eq!(again.connection().port, port);
    let mut session = connect(again.connection()).await;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM kept")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn the_server_is_ours_alone() {
    let folder = scratch();
    let _stopped = Stopped(folder.path());
    let server = DemoServer::up(&binaries(), folder.path(), &ServerOptions::default())
        .await
        .unwrap();
    let connection = server.connection();
    assert_eq!(setting(connection, "listen_addresses").await, "127.0.0.1");
    assert_eq!(setting(connection, "unix_socket_directories").await, "");
    assert_eq!(setting(connection, "fsync").await, "on");
    let stranger = connection.with_role("postgres", "wrong");
    assert!(
        PgConnection::connect_with(&stranger.options())
            .await
            .is_err()
    );
    assert!(!format!("{connection:?}").contains(connection.password()));
    for part in ["data", "links"].map(|part| folder.path().join(part)) {
        if part.exists() {
            assert_owner_only(&part);
        }
    }
    for file in ["password", "port", "server.log", "lock"] {
        assert_owner_only(&folder.path().join(file));
    }
}

fn assert_owner_only(path: &Path) {
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
}

#[tokio::test]
async fn a_server_that_was_killed_comes_up_again() {
    let folder = scratch();
    let _stopped = Stopped(folder.path());
    let options = ServerOptions::default();
    let server = DemoServer::up(&binaries(), folder.path(), &options)
        .await
        .unwrap();
    let notes = std::fs::read_to_string(folder.path().join("data/postmaster.pid")).unwrap();
    let pid = notes.lines().next().unwrap();
    assert!(
        Command::new("kill")
            .args(["-KILL", pid])
            .status()
            .unwrap()
            .success()
    );
    wait_for_end(pid);
    let again = DemoServer::up(&binaries(), folder.path(), &options)
        .await
        .unwrap();
    assert_eq!(
        again.connection().password(),
        server.connection().password()
    );
    assert_eq!(
        setting(again.connection(), "server_version_num")
            .await
            .len(),
        6
    );
}

#[tokio::test]
async fn a_stale_pid_file_that_names_somebody_else_harms_nobody() {
    let folder = scratch();
    let _stopped = Stopped(folder.path());
    let options = ServerOptions::default();
    drop(
        DemoServer::up(&binaries(), folder.path(), &options)
            .await
            .unwrap(),
    );
    let pid_file = folder.path().join("data/postmaster.pid");
    let notes = std::fs::read_to_string(&pid_file).unwrap();
    assert!(DemoServer::down(&binaries(), folder.path()).await.unwrap());

    let mut stranger = Command::new("sleep").arg("600").spawn().unwrap();
    let stale = notes.replacen(notes.lines().next().unwrap(), &stranger.id().to_string(), 1);
    std::fs::write(&pid_file, stale).unwrap();
    assert!(!DemoServer::down(&binaries(), folder.path()).await.unwrap());
    let up = DemoServer::up(&binaries(), folder.path(), &options).await;
    let unharmed = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    assert!(unharmed);
    up.unwrap();
}

#[tokio::test]
async fn a_port_that_somebody_took_is_given_up() {
    let folder = scratch();
    let _stopped = Stopped(folder.path());
    let options = ServerOptions::default();
    let port = DemoServer::up(&binaries(), folder.path(), &options)
        .await
        .unwrap()
        .connection()
        .port;
    assert!(DemoServer::down(&binaries(), folder.path()).await.unwrap());
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let again = DemoServer::up(&binaries(), folder.path(), &options)
        .await
        .unwrap();
    assert_ne!(again.connection().port, port);
}

#[tokio::test]
async fn missing_binaries_are_an_error_of_their_own() {
    let nowhere = scratch();
    let failed = Binaries::find(&[nowhere.path().to_owned()]).unwrap_err();
    assert!(matches!(failed, Error::BinariesNotFound { looked_at: 1 }));
}

async fn ephemeral(binaries: &Binaries, folder: &Path) -> EphemeralServer {
    let image = folder.join("image");
    server::initialise(binaries, &image).await.unwrap();
    let options = ServerOptions::for_tests().with("max_locks_per_transaction", "64");
    EphemeralServer::start(binaries, &image, &folder.join("servers"), &options)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_throw_away_server_leaves_nothing_behind() {
    let folder = scratch();
    let server = ephemeral(&binaries(), folder.path()).await;
    assert_eq!(setting(server.connection(), "fsync").await, "off");
    assert_eq!(
        setting(server.connection(), "max_locks_per_transaction").await,
        "64"
    );
    assert_owner_only(server.folder());
    let (pid, data) = (
        server.pid().unwrap().to_string(),
        server.folder().to_owned(),
    );
    server.stop();
    wait_for_end(&pid);
    assert!(!data.exists());
}

#[tokio::test]
async fn a_throw_away_server_runs_other_majors_too() {
    let Ok(debian) = Binaries::find(&["/usr/lib/postgresql/15".into()]) else {
        return;
    };
    let folder = scratch();
    let server = ephemeral(&debian, folder.path()).await;
    assert!(
        setting(server.connection(), "server_version_num")
            .await
            .starts_with("15")
    );
}

/// Runs in a process of its own, started and killed by the test below.
#[tokio::test]
#[ignore = "a part of `a_throw_away_server_ends_with_its_killed_owner`"]
async fn owner_that_waits_to_be_killed() {
    let folder = std::env::var("SNAPBACK_TEST_FOLDER").unwrap();
    let server = ephemeral(&binaries(), Path::new(&folder)).await;
    let line = format!("{}\n{}\n", server.pid().unwrap(), server.folder().display());
    std::fs::write(Path::new(&folder).join("started.new"), line).unwrap();
    std::fs::rename(
        Path::new(&folder).join("started.new"),
        Path::new(&folder).join("started"),
    )
    .unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
}

#[tokio::test]
async fn a_throw_away_server_ends_with_its_killed_owner() {
    let folder = scratch();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "server::owner_that_waits_to_be_killed",
            "--ignored",
        ])
        .env("SNAPBACK_TEST_FOLDER", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = until(|| std::fs::read_to_string(folder.path().join("started")).ok());
    let mut lines = started.lines();
    let (pid, data) = (lines.next().unwrap(), lines.next().unwrap());
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_for_end(pid);
    until(|| (!Path::new(data).exists()).then_some(()));
}

fn wait_for_end(pid: &str) {
    until(|| {
        let alive = std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "));
        (!alive).then_some(())
    });
}

fn until<T>(mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited for a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}
