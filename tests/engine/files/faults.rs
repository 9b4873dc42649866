//! A store that does something wrong once, over a real one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use snapback_engine::files::{
    Aside, Attributes, Bytes, Content, FileName, Listing, Place, Store, StoredFile, Versions,
};
use snapback_engine::{Code, Error, Result};
use uuid::Uuid;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    ListRefused,
    ReadBreaksOff,
    StageRefused,
    StageFailsAfterWriting,
    SwitchRefused,
    SwitchFailsAfterSwitching,
}

/// A store in which that goes wrong the first time.
#[derive(Debug)]
pub(crate) struct Faulty {
    inner: Arc<dyn Store>,
    fault: Fault,
    happened: AtomicBool,
}

impl Faulty {
    pub(crate) fn store(inner: &Arc<dyn Store>, fault: Fault) -> Arc<dyn Store> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            fault,
            happened: AtomicBool::new(false),
        })
    }

    /// Whether it goes wrong now.
    fn happens(&self, fault: Fault) -> bool {
        self.fault == fault && !self.happened.swap(true, Ordering::SeqCst)
    }

    fn check(&self, fault: Fault) -> Result<()> {
        match self.happens(fault) {
            true => Err(gone()),
            false => Ok(()),
        }
    }
}

fn gone() -> Error {
    Error::new(
        Code::StorageUnreachable,
        "The storage went away, as the test wants.",
    )
}

impl Store for Faulty {
    fn address(&self) -> String {
        self.inner.address()
    }

    fn caveat(&self) -> Option<&'static str> {
        self.inner.caveat()
    }

    fn versions(&self) -> Versions {
        self.inner.versions()
    }

    fn make_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, Result<()>> {
        self.inner.make_bucket(bucket)
    }

    fn remove_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, ()> {
        self.inner.remove_bucket(bucket)
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Option<Listing>>> {
        async move {
            self.check(Fault::ListRefused)?;
            self.inner.list(place).await
        }
        .boxed()
    }

    fn look<'a>(
        &'a self,
        name: &'a FileName,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<StoredFile>>> {
        self.inner.look(name, version)
    }

    fn read<'a>(&'a self, file: &'a StoredFile) -> BoxFuture<'a, Result<Content<'a>>> {
        async move {
            let content = self.inner.read(file).await?;
            if !self.happens(Fault::ReadBreaksOff) {
                return Ok(content);
            }
            let Content { attributes, pieces } = content;
            let pieces = pieces
                .take(1)
                .chain(futures_util::stream::iter([Err(gone())]))
                .boxed();
            Ok(Content { attributes, pieces })
        }
        .boxed()
    }

    fn aside(&self, name: FileName, operation: Uuid, number: usize) -> Aside {
        self.inner.aside(name, operation, number)
    }

    fn stage<'a>(
        &'a self,
        aside: &'a Aside,
        attributes: &'a Attributes,
        pieces: BoxStream<'a, Result<Bytes>>,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            self.check(Fault::StageRefused)?;
            self.inner.stage(aside, attributes, pieces).await?;
            self.check(Fault::StageFailsAfterWriting)
        }
        .boxed()
    }

    fn waits<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<bool>> {
        self.inner.waits(aside)
    }

    fn switch<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        async move {
            self.check(Fault::SwitchRefused)?;
            self.inner.switch(aside).await?;
            self.check(Fault::SwitchFailsAfterSwitching)
        }
        .boxed()
    }

    fn unstage<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        self.inner.unstage(aside)
    }

    fn remove<'a>(
        &'a self,
        name: &'a FileName,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        self.inner.remove(name, version)
    }

    fn left_over<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Aside>>> {
        self.inner.left_over(place)
    }
}
