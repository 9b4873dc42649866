//! What each command does.

mod alert;
mod archives;
mod audit;
mod backup;
mod companies;
mod demo;
mod diff;
mod doctor;
mod due;
mod export;
mod generate;
mod history;
mod import;
mod inspect;
mod key;
mod moment;
mod new;
pub(crate) mod place;
mod profile;
mod prove;
mod restore;
mod review;
mod schedule;
mod status;
mod survey;
mod template;
mod tour;
mod uninstall;
mod upgrade;

use snapback_engine::{Code, Error};

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::failure::{Failure, Result, WITH_PROBLEMS};
use crate::{deeds, output, roles, signals};

/// How a command ended that did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    /// With problems that were listed.
    WithProblems,
    /// What was looked at was found to be damaged, and how was listed.
    NotWhole,
}

/// Runs the command and says its exit code.
pub(crate) async fn run(arguments: Cli) -> u8 {
    snapback_host::logs::begin();
    let (stop, leave) = signals::listen();
    let Cli { global, command } = arguments;
    let context = Context::new(global, roles::with_archives(&command), stop);
    let name = name(&command);
    let action = deeds::action(&command);
    tracing::info!(command = name, "begun");
    let ended = tokio::select! {
        () = leave.cancelled() => Err(Failure::from(Error::new(
            Code::Cancelled,
            "Stopped without waiting; the server undoes what was not committed.",
        ))),
        ended = Box::pin(dispatch(&context, command)) => ended,
    };
    if let Some(action) = action {
        let subject = std::mem::take(&mut *context.subject());
        context.note(action, deeds::result(&ended), subject).await;
    }
    let exit_code = match ended {
        Ok(Ending::Done) => 0,
        Ok(Ending::WithProblems) => WITH_PROBLEMS,
        Ok(Ending::NotWhole) => Code::ArchiveDamaged.exit_code(),
        Err(failure) => {
            if context.global.json {
                output::document(&failure.document());
            } else {
                output::note(failure.text().trim_end());
            }
            tracing::error!(command = name, code = %failure.error.code, "failed");
            failure.exit_code
        }
    };
    let elapsed_ms = context.elapsed_ms();
    tracing::info!(command = name, exit_code, elapsed_ms, "ended");
    exit_code
}

async fn dispatch(context: &Context, command: Command) -> Result<Ending> {
    if let Some(needed) = roles::everywhere(&command) {
        let roles = Box::pin(context.roles()).await?;
        roles.require_everywhere(needed)?;
    }
    match command {
        Command::Test => Box::pin(survey::run(context)).await,
        Command::Companies => companies::list(context).await,
        Command::Contents(arguments) => companies::contents(context, &arguments).await,
        Command::Create(arguments) => backup::create(context, arguments).await,
        Command::List(arguments) => archives::list(context, &arguments).await,
        Command::Show(arguments) => Box::pin(archives::show(context, &arguments)).await,
        Command::Verify(arguments) => archives::verify(context, &arguments).await,
        Command::Delete(arguments) => archives::delete(context, &arguments).await,
        Command::Rows(arguments) => inspect::rows(context, &arguments).await,
        Command::Search(arguments) => inspect::search(context, arguments).await,
        Command::History(arguments) => history::run(context, arguments).await,
        Command::Export(arguments) => export::run(context, arguments).await,
        Command::Import(arguments) => import::run(context, arguments).await,
        Command::Schedule(arguments) => schedule::run(context, arguments).await,
        Command::RunDue => due::run(context).await,
        Command::Prove(arguments) => Box::pin(prove::run(context, &arguments)).await,
        Command::CheckUpgrade(arguments) => Box::pin(upgrade::run(context, &arguments)).await,
        Command::Prune(arguments) => due::prune(context, &arguments).await,
        Command::Pin(arguments) => status::pin(context, &arguments, true).await,
        Command::Unpin(arguments) => status::pin(context, &arguments, false).await,
        Command::Status => status::show(context).await,
        Command::Place(arguments) => Box::pin(place::run(context, arguments)).await,
        Command::Alert(arguments) => Box::pin(alert::run(context, arguments)).await,
        Command::Audit(arguments) => audit::run(context, arguments).await,
        Command::Key(arguments) => key::run(context, arguments).await,
        Command::Diff(arguments) => diff::run(context, &arguments).await,
        Command::Restore(arguments) => Box::pin(restore::run(context, &arguments)).await,
        Command::New(arguments) => Box::pin(new::run(context, &arguments)).await,
        Command::Template(arguments) => template::run(context, arguments).await,
        Command::Review(arguments) => review::show(context, &arguments).await,
        Command::Keep(arguments) => review::keep(context, &arguments).await,
        Command::Revert(arguments) => review::revert(context, &arguments).await,
        Command::Doctor(arguments) => doctor::run(context, &arguments).await,
        Command::Profile(arguments) => profile::run(context, &arguments).await,
        Command::Demo(arguments) => demo::run(context, &arguments).await,
        Command::Tour => tour::run(context).await,
        Command::Uninstall => uninstall::run(context).await,
        Command::Completions { shell } => generate::completions(shell),
        Command::Man => generate::manual(),
    }
}

fn name(command: &Command) -> &'static str {
    match command {
        Command::Test => "test",
        Command::Companies => "companies",
        Command::Contents(_) => "contents",
        Command::Create(_) => "create",
        Command::List(_) => "list",
        Command::Show(_) => "show",
        Command::Verify(_) => "verify",
        Command::Delete(_) => "delete",
        Command::Rows(_) => "rows",
        Command::Search(_) => "search",
        Command::History(_) => "history",
        Command::Export(_) => "export",
        Command::Import(_) => "import",
        Command::Schedule(_) => "schedule",
        Command::RunDue => "run-due",
        Command::Prove(_) => "prove",
        Command::CheckUpgrade(_) => "check-upgrade",
        Command::Prune(_) => "prune",
        Command::Pin(_) => "pin",
        Command::Unpin(_) => "unpin",
        Command::Status => "status",
        Command::Place(_) => "place",
        Command::Alert(_) => "alert",
        Command::Audit(_) => "audit",
        Command::Key(_) => "key",
        Command::Diff(_) => "diff",
        Command::Restore(_) => "restore",
        Command::New(_) => "new",
        Command::Template(_) => "template",
        Command::Review(_) => "review",
        Command::Keep(_) => "keep",
        Command::Revert(_) => "revert",
        Command::Doctor(_) => "doctor",
        Command::Profile(_) => "profile",
        Command::Demo(_) => "demo",
        Command::Tour => "tour",
        Command::Uninstall => "uninstall",
        Command::Completions { .. } => "completions",
        Command::Man => "man",
    }
}
