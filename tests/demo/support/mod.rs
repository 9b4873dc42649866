//! What the tests of the demo share.

use std::path::{Path, PathBuf};

use snapback_demo::Binaries;

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
