//! What of a command goes into the audit trail.

use snapback_engine::Code;
use snapback_engine::audit::{Action, Deed};
use snapback_engine::company::Actor;
use snapback_engine::library::Entry;
use snapback_engine::model::Company;
use snapback_engine::pg::{Session, Settings};
use snapback_host as host;

use crate::args::{Alert, Command, Key, Place, Schedule, Template};
use crate::commands::Ending;
use crate::context::Context;
use crate::failure::Result;
use crate::output;

/// The program and its version.
const PROGRAM: &str = concat!("snapback ", env!("CARGO_PKG_VERSION"));

/// What a deed is about.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    pub(crate) database: Option<Settings>,
    /// A session with it that nobody needs any more: the deed can be noted by it.
    pub(crate) session: Option<Session>,
    pub(crate) company: Option<String>,
    pub(crate) company_name: Option<String>,
    pub(crate) archive: Option<String>,
}

impl Subject {
    pub(crate) fn is_about(&mut self, company: &Company) {
        self.company = Some(company.id.to_string());
        self.company_name = Some(company.name.clone());
    }

    pub(crate) fn is_of(&mut self, entry: &Entry) {
        self.archive = Some(entry.file_name());
        if let Some(summary) = entry.summary() {
            self.is_about(&summary.company);
        }
    }
}

/// What a command is called in the trail, with what of it; `None` where it changes and shows nothing that is a
/// company's.
pub(crate) fn action(command: &Command) -> Option<(Action, Option<&'static str>)> {
    let whole = |action| Some((action, None));
    match command {
        Command::Create(_) => whole(Action::Create),
        Command::Delete(_) => whole(Action::Delete),
        Command::Rows(_) => Some((Action::Inspect, Some("rows"))),
        Command::Search(_) => Some((Action::Inspect, Some("search"))),
        Command::History(_) => Some((Action::Inspect, Some("history"))),
        Command::Diff(diff) if diff.shows_rows() => Some((Action::Inspect, Some("compare"))),
        Command::Export(_) => whole(Action::Export),
        Command::Import(_) => whole(Action::Import),
        Command::Restore(restore) => match (restore.dry_run, restore.selection.only.is_empty()) {
            (true, _) => None,
            (false, true) => Some((Action::Restore, restore.sign_out.then_some("sign out"))),
            (false, false) => whole(Action::RestoreRows),
        },
        Command::New(new) if !new.dry_run => whole(Action::New),
        Command::Template(template) => match template {
            Template::Save(_) => Some((Action::SaveCopy, Some("template"))),
            Template::List(_) => None,
        },
        Command::Keep(_) => whole(Action::Keep),
        Command::Revert(revert) if !revert.dry_run => whole(Action::Revert),
        Command::Doctor(doctor) if doctor.fix && !doctor.dry_run => whole(Action::Clean),
        Command::Schedule(schedule) => match schedule {
            Schedule::Add(_) => Some((Action::Schedule, Some("add"))),
            Schedule::Remove { .. } => Some((Action::Schedule, Some("remove"))),
            Schedule::Install => Some((Action::Schedule, Some("timer on"))),
            Schedule::Uninstall => Some((Action::Schedule, Some("timer off"))),
            Schedule::List => None,
        },
        Command::Alert(alert) => match alert {
            Alert::Add { .. } => Some((Action::Schedule, Some("alerts on"))),
            Alert::Remove { .. } => Some((Action::Schedule, Some("alerts off"))),
            Alert::List | Alert::Test { .. } => None,
        },
        Command::Pin(_) => Some((Action::Schedule, Some("pin"))),
        Command::Unpin(_) => Some((Action::Schedule, Some("unpin"))),
        Command::Place(place) => match place {
            Place::Add { .. } => Some((Action::Place, Some("add"))),
            Place::Remove { .. } => Some((Action::Place, Some("remove"))),
            Place::Fetch { .. } => Some((Action::Place, Some("fetch"))),
            Place::List { .. } | Place::Sync => None,
        },
        Command::Key(key) => match key {
            Key::New { .. } => Some((Action::Key, Some("new"))),
            Key::Sheet { .. } => Some((Action::Key, Some("sheet"))),
            Key::Add { .. } => Some((Action::Key, Some("add"))),
            Key::Off => Some((Action::Key, Some("off"))),
            Key::Show | Key::Drill { .. } => None,
        },
        Command::Uninstall => whole(Action::Uninstall),
        // What is due and what goes is noted one by one.
        Command::RunDue
        | Command::Prune(_)
        | Command::Test
        | Command::Companies
        | Command::Contents(_)
        | Command::List(_)
        | Command::Show(_)
        | Command::Verify(_)
        | Command::Diff(_)
        | Command::New(_)
        | Command::Revert(_)
        | Command::Doctor(_)
        | Command::Prove(_)
        | Command::CheckUpgrade(_)
        | Command::Status
        | Command::Audit(_)
        | Command::Review(_)
        | Command::Profile(_)
        | Command::Demo(_)
        | Command::Tour
        | Command::Completions { .. }
        | Command::Man => None,
    }
}

/// How the trail calls such an end.
pub(crate) fn result(ended: &Result<Ending>) -> &str {
    match ended {
        Ok(Ending::Done) => Deed::DONE,
        Ok(Ending::WithProblems) => Deed::WITH_PROBLEMS,
        Ok(Ending::NotWhole) => Code::ArchiveDamaged.word(),
        Err(failure) => &failure.error.code,
    }
}

impl Context {
    /// Notes what was done. That it could not be noted is said, and stops nothing: it is done.
    pub(crate) async fn note(
        &self,
        (action, detail): (Action, Option<&str>),
        result: &str,
        subject: Subject,
    ) {
        let Subject {
            database,
            session,
            company,
            company_name,
            archive,
        } = subject;
        let actor = self.actor().unwrap_or_else(|_| Actor {
            os_user: host::os_user(),
            host: host::host_name(),
            app_user: None,
        });
        let deed = Deed {
            detail: detail.map(str::to_owned),
            result: result.to_owned(),
            database: database.as_ref().map(Settings::target),
            role: database.as_ref().map(|settings| settings.user().to_owned()),
            company,
            company_name,
            archive,
            ..Deed::of(&actor, PROGRAM, action)
        };
        let noted = host::audit::note(deed, database.as_ref(), session, self.now());
        if let Err(error) = noted.await {
            output::note(&format!(
                "note: What was done could not be noted in the audit trail ({}).",
                error.code()
            ));
        }
    }

    /// Notes that a backup was removed.
    pub(crate) async fn note_removed(&self, entry: &Entry, why: &str) {
        let mut subject = Subject::default();
        subject.is_of(entry);
        self.note((Action::Delete, Some(why)), Deed::DONE, subject)
            .await;
    }
}
