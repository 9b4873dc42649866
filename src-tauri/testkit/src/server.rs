//! The servers of a test process: one with nothing in it, and one that has the demo, each started by
//! the first test that needs it.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use snapback_demo::{
    Binaries, DemoServer, EphemeralServer, ServerOptions, Spec, server, storage_folder,
};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::sync::OnceCell;

/// Names another installation of PostgreSQL to test against, such as `/usr/lib/postgresql/15`.
const OTHER_POSTGRES: &str = "SNAPBACK_TEST_POSTGRES";

static EMPTY_SERVER: OnceCell<EphemeralServer> = OnceCell::const_new();
static DEMO_SERVER: OnceCell<EphemeralServer> = OnceCell::const_new();

/// The server with nothing in it. Its guard ends it when the process ends, however that happens.
pub(crate) async fn empty() -> &'static EphemeralServer {
    EMPTY_SERVER.get_or_init(fresh).await
}

/// A server with nothing in it that nobody else uses.
pub(crate) async fn fresh() -> EphemeralServer {
    // Its databases are small, and each session pays for the shared pages that it touched.
    empty_with(&untuned().with("shared_buffers", "16MB")).await
}

/// Room for locks as on a server that nobody tuned.
fn untuned() -> ServerOptions {
    ServerOptions::for_tests().with("max_locks_per_transaction", "64")
}

/// A server of its own with nothing in it, set like that.
pub(crate) async fn empty_with(options: &ServerOptions) -> EphemeralServer {
    let (binaries, folder) = (binaries(), cache());
    let image = empty_image(&binaries, &folder).await;
    EphemeralServer::start(&binaries, &image, &running(), options)
        .await
        .expect("a throw-away server starts")
}

/// The server with the Carbon of the demo at scale 1.
pub(crate) async fn with_demo() -> &'static EphemeralServer {
    DEMO_SERVER
        .get_or_init(|| async {
            let (binaries, folder) = (binaries(), cache());
            let image = demo_image(&binaries, &folder).await;
            start(&binaries, &image, &running()).await
        })
        .await
}

/// A server of its own with a demo like that; it ends with the test process.
pub(crate) async fn with_demo_of(spec: Spec) -> EphemeralServer {
    let (binaries, folder) = (binaries(), cache());
    let image = snapback_demo::image(&binaries, &folder, spec)
        .await
        .expect("the demo can be loaded");
    // As large as was asked for, so not in memory.
    start(&binaries, &image, &folder.join("running")).await
}

/// The major version of the servers that the tests run on.
pub async fn postgres_major() -> u32 {
    let sql = "SELECT current_setting('server_version_num')::int / 10000";
    let mut session = PgConnection::connect_with(&empty().await.connection().options())
        .await
        .expect("the server lets us in");
    let major: i32 = sqlx::query_scalar(sql)
        .fetch_one(&mut session)
        .await
        .expect("a server has a version");
    session.close().await.expect("the session closes");
    major.unsigned_abs()
}

/// Makes `folder` a demo that was loaded before and is not running now, for a program that starts it
/// by itself.
pub async fn place_demo(folder: &Path) {
    let image = demo_image(&binaries(), &cache()).await;
    server::place(&image, folder)
        .await
        .expect("the demo can be copied");
    snapback_demo::data::write_files(&storage_folder(folder), Spec::default())
        .expect("the demo's files can be written");
}

/// Stops the demo of that folder, if it is running.
pub async fn stop_demo(folder: &Path) {
    DemoServer::down(&binaries(), folder)
        .await
        .expect("the demo can be stopped");
}

/// The demo at scale 1, loaded once for all test processes.
async fn demo_image(binaries: &Binaries, folder: &Path) -> PathBuf {
    snapback_demo::image(binaries, folder, Spec::default())
        .await
        .expect("the demo can be loaded")
}

async fn start(binaries: &Binaries, image: &Path, parent: &Path) -> EphemeralServer {
    EphemeralServer::start(binaries, image, parent, &untuned())
        .await
        .expect("a throw-away server starts")
}

/// An initialised cluster, made once for all test processes.
async fn empty_image(binaries: &Binaries, folder: &Path) -> PathBuf {
    let image = folder.join(format!("cluster-{:016x}", hash_of(&binaries.bin_dir)));
    let _alone = lock(folder, "cluster.lock").await;
    server::initialise(binaries, &image)
        .await
        .expect("a cluster can be initialised");
    image
}

/// Waits until no other test process holds that lock; released when dropped.
async fn lock(folder: &Path, name: &str) -> File {
    let file = File::create(folder.join(name)).expect("the target folder can be written");
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    waiting
        .await
        .expect("waiting cannot fail")
        .expect("other test processes let the lock go")
}

fn binaries() -> Binaries {
    let npm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui");
    let candidates: Vec<PathBuf> = match std::env::var_os(OTHER_POSTGRES) {
        Some(folder) => vec![PathBuf::from(folder)],
        None => vec![Binaries::npm_package(&npm)],
    };
    Binaries::find(&candidates)
        .expect("PostgreSQL's programs are installed: run `npm --prefix ui ci`")
}

/// A folder of ours below Cargo's target folder, which is where the test's program lies.
fn cache() -> PathBuf {
    let program = std::env::current_exe().expect("the system tells where this program lies");
    let target = program
        .ancestors()
        .find(|folder| folder.ends_with("deps"))
        .and_then(|deps| deps.parent()?.parent())
        .expect("tests run from Cargo's target folder");
    let folder = target.join("snapback-testkit");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// Where small servers live: in memory where that has room, since a disk's file system spends a tenth of all
/// computing time on the thousands of files that databases come and go with.
fn running() -> PathBuf {
    const MEMORY: &str = "/dev/shm";
    const ROOM_BYTES: u64 = 4 << 30;
    let has_room = rustix::fs::statvfs(MEMORY)
        .is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) >= ROOM_BYTES);
    if has_room {
        let user = rustix::process::getuid().as_raw();
        Path::new(MEMORY).join(format!("snapback-testkit-{user}"))
    } else {
        cache().join("running")
    }
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
