//! What the window does goes into the audit trail.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use snapback_engine::audit::{Action, Deed};
use snapback_engine::company::Actor;
use snapback_engine::library::Entry;
use snapback_engine::pg::Settings;
use snapback_engine::{Code, Error, Result};

use crate::session::{Session, actor};

/// The program and its version.
const PROGRAM: &str = concat!("snapback-desktop ", env!("CARGO_PKG_VERSION"));

/// Something that is done for the window, to be noted when it has ended. Clones are about the same.
#[derive(Clone)]
pub(crate) struct Noted {
    actor: Actor,
    database: Option<Settings>,
    action: Action,
    detail: Option<&'static str>,
    about: Arc<Mutex<About>>,
}

#[derive(Clone, Default)]
struct About {
    company: Option<String>,
    company_name: Option<String>,
    archive: Option<String>,
}

impl Noted {
    /// Done in that session.
    pub(crate) fn new(session: &Session, action: Action) -> Self {
        Self::by(&session.actor, &session.target.settings, action)
    }

    /// Done by somebody on that database.
    pub(crate) fn by(actor: &Actor, database: &Settings, action: Action) -> Self {
        Self {
            database: Some(database.clone()),
            ..Self::without_database(actor.clone(), action)
        }
    }

    /// Done by whoever sits here, and by no database.
    pub(crate) fn here(action: Action) -> Self {
        Self::without_database(actor(), action)
    }

    fn without_database(actor: Actor, action: Action) -> Self {
        Self {
            actor,
            database: None,
            action,
            detail: None,
            about: Arc::default(),
        }
    }

    /// The same with what of it.
    pub(crate) fn of(mut self, detail: &'static str) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The same on that company.
    pub(crate) fn on(self, company: &str) -> Self {
        self.lock().company = Some(company.to_owned());
        self
    }

    /// The same about an archive and its company.
    pub(crate) fn about(self, entry: &Entry) -> Self {
        self.says(entry);
        self
    }

    /// Says which archive it is about, which may turn out only while it is done.
    pub(crate) fn says(&self, entry: &Entry) {
        let mut about = self.lock();
        about.archive = Some(entry.file_name());
        if let Some(summary) = entry.summary() {
            about.company = Some(summary.company.id.to_string());
            about.company_name = Some(summary.company.name.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, About> {
        self.about.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how it ended. That it could not be noted stops nothing: it is done.
    pub(crate) async fn ended(self, failure: Option<Code>) {
        let About {
            company,
            company_name,
            archive,
        } = self.lock().clone();
        let deed = Deed {
            detail: self.detail.map(str::to_owned),
            result: failure.map_or(Deed::DONE, Code::word).to_owned(),
            database: self.database.as_ref().map(Settings::target),
            role: self.database.as_ref().map(|it| it.user().to_owned()),
            company,
            company_name,
            archive,
            ..Deed::of(&self.actor, PROGRAM, self.action)
        };
        let database = self.database.as_ref();
        let noted = snapback_host::audit::note(deed, database, None, Timestamp::now());
        if let Err(error) = noted.await {
            tracing::error!(code = %error.code(), "what was done could not be noted");
        }
    }

    /// Notes how it ended, and hands the answer on.
    pub(crate) async fn ending<T>(self, answer: Result<T>) -> Result<T> {
        self.ended(answer.as_ref().err().map(Error::code)).await;
        answer
    }
}

/// Archives that were looked into, and how: each is noted once.
#[derive(Default)]
pub(crate) struct LookedAt(Mutex<HashSet<(PathBuf, &'static str)>>);

impl LookedAt {
    /// Notes that an archive is looked into. Nobody waits for it: rows are to be there at once.
    pub(crate) fn note(&self, path: &Path, how: &'static str, noted: impl FnOnce() -> Noted) {
        let is_first = {
            let mut looked_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            looked_at.insert((path.to_owned(), how))
        };
        if is_first {
            tokio::spawn(noted().of(how).ended(None));
        }
    }
}
