//! What the tests of the demo share.

use std::path::{Path, PathBuf};

use snapback_demo::{App, Binaries, DemoDatabase, EphemeralServer, ServerOptions, Spec};

/// The top folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The server programs that came with the UI's packages.
pub(crate) fn binaries() -> Binaries {
    Binaries::find(&[Binaries::npm_package(&repository().join("ui"))])
        .expect("the npm package with PostgreSQL is installed: run `npm --prefix ui ci`")
}

/// A folder that goes with the test.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("the temporary folder can be written")
}

/// A throw-away server with the demo in it.
pub(crate) async fn loaded(spec: Spec) -> (EphemeralServer, DemoDatabase) {
    // The folder of the test kit, so that an image is built once for all tests.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../snapback-testkit");
    let image = snapback_demo::image(&binaries(), &cache, spec)
        .await
        .expect("the image of the demo can be built");
    let options = ServerOptions::for_tests();
    let server = EphemeralServer::start(&binaries(), &image, &cache.join("running"), &options)
        .await
        .expect("a server starts on the image");
    let database = DemoDatabase::open(App::Carbon, server.folder(), server.connection())
        .expect("the image keeps the roles' passwords");
    (server, database)
}
