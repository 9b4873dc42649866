//! Certificates of proofs, kept where people find them.

use std::io::{self, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::folder::{Library, create_private_folder};
use crate::archive::sync_folder_of;
use crate::{Code, Error, Result};

/// The folder of certificates.
const FOLDER: &str = "proofs";

impl Library {
    /// Keeps a certificate as JSON, and as a page beside it, under the name of the archive's file and the day
    /// and hour; the page's path.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn keep_certificate(
        &self,
        archive_file: &str,
        at: Timestamp,
        certificate: &impl Serialize,
        page: &str,
    ) -> Result<PathBuf> {
        let folder = self.folder().join(FOLDER);
        let failed = |error: io::Error| Error::local_file("the folder of proofs", &folder, &error);
        create_private_folder(&folder).map_err(failed)?;
        let stem = archive_file.strip_suffix(".snapback");
        let stem = stem.unwrap_or(archive_file);
        let name = format!("{stem}-proof-{}", at.strftime("%Y%m%dT%H%M%SZ"));
        let json = serde_json::to_vec_pretty(certificate)
            .map_err(|_| Error::new(Code::Defect, "A certificate cannot be written as JSON."))?;
        let page_path = folder.join(format!("{name}.html"));
        for (path, bytes) in [
            (folder.join(format!("{name}.json")), json.as_slice()),
            (page_path.clone(), page.as_bytes()),
        ] {
            // Made in the spool folder, which is on the same file system and cleared at the next start.
            let write = || -> io::Result<()> {
                let mut file = tempfile::NamedTempFile::new_in(self.spool_folder())?;
                file.write_all(bytes)?;
                file.as_file().sync_all()?;
                file.persist(&path).map_err(|refused| refused.error)?;
                sync_folder_of(&path)
            };
            write().map_err(|error| Error::local_file("a certificate", &path, &error))?;
        }
        Ok(page_path)
    }
}
