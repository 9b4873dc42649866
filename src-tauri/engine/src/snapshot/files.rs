//! Uploaded files on their way into a backup.

use std::path::Path;
use std::sync::Arc;

use crate::Result;
use crate::archive::Writer;
use crate::cancel::CancelToken;
use crate::company::Opened;
use crate::files::{Place, Store};
use crate::pg::Session;
use crate::reporter::{Counters, Phase, Reporter};
use crate::rows::Spares;
use crate::uploads::{self, Carried, Carrier, FileRows};

/// The files that the rows of a backup's instant name, and where they are.
pub(super) struct WantedFiles {
    store: Arc<dyn Store>,
    places: Vec<Place>,
    rows: FileRows,
}

impl WantedFiles {
    /// Reads in the session's snapshot what rows say about files.
    pub(super) async fn read(
        session: &mut Session,
        opened: &Opened,
        store: Arc<dyn Store>,
    ) -> Result<Self> {
        let places = uploads::places(opened)?;
        let rows = FileRows::read(session, opened, &places).await?;
        Ok(Self {
            store,
            places,
            rows,
        })
    }

    /// Brings every file of the company into the archive; what does not fit is told.
    pub(super) async fn carry(
        self,
        writer: &Arc<Writer>,
        spill_folder: &Path,
        reporter: &dyn Reporter,
        cancel: &CancelToken,
    ) -> Result<Carried> {
        let counters = Arc::new(Counters::default());
        reporter.phase(Phase::ReadingFiles, None, Arc::clone(&counters));
        let found = uploads::find(self.store.as_ref(), &self.places, &self.rows).await?;
        let files = found.files.into_values().collect::<Vec<_>>();
        let total = files.iter().map(|file| file.byte_count).sum();
        reporter.phase(Phase::ReadingFiles, Some(total), Arc::clone(&counters));
        let carrier = Carrier {
            store: self.store.as_ref(),
            writer,
            spill_folder: spill_folder.to_owned(),
            presses: Spares::default(),
            counters,
            cancel: cancel.clone(),
        };
        let mut carried = uploads::carry(&carrier, files).await?;
        carried.problems.extend(found.problems);
        Ok(carried)
    }
}
