//! `schedule`: backups that are made by themselves.

use std::path::Path;

use serde::Serialize;
use snapback_engine::company::Role;
use snapback_engine::model::Profile;
use snapback_engine::schedule::{Book, Handing, Schedule, USUAL, Whose};
use snapback_engine::{Code, Error};
use snapback_host::timer::{self, Timer};
use snapback_wire::ScheduleEntry;

use super::Ending;
use super::export::areas;
use crate::args::{AddSchedule, Schedule as Arguments};
use crate::ask::Question;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{Align, Table, time};
use crate::output;

#[derive(Serialize)]
struct Schedules {
    library: String,
    /// Whether the system runs what is due by itself; null where this cannot be told.
    timer: Option<bool>,
    schedules: Vec<ScheduleEntry>,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Ending> {
    match arguments {
        Arguments::Add(arguments) => add(context, arguments).await,
        Arguments::List => list(context).await,
        Arguments::Remove { number } => remove(context, number).await,
        Arguments::Install => install(context).await,
        Arguments::Uninstall => uninstall(context),
    }
}

async fn add(context: &Context, arguments: AddSchedule) -> Result<Ending> {
    let library = context.library().await?;
    let target = context.target().await?;
    // That the company is there and may be read is found out now, and not at night.
    let whose = match &arguments.company {
        Some(reference) => {
            let opened = context.open(reference).await?;
            let company = opened.company().clone();
            let role = opened.role;
            opened.session.close().await;
            role.require(Role::Admin)?;
            Whose::One {
                id: company.id.to_string(),
                name: company.name,
            }
        }
        None => {
            let found = snapback_engine::company::companies(&target);
            context.stoppable(found).await?;
            Whose::Every
        }
    };
    let handing = handing(&arguments, &target.profile)?;
    let now = context.now();
    let schedule = |rhythm: &str, keep_days: u32| Schedule {
        number: 0,
        whose: whose.clone(),
        rhythm: rhythm.to_owned(),
        zone: arguments.zone.clone().unwrap_or_else(timer::zone),
        keep_days,
        files: arguments.files,
        connection: context.global.connection.clone(),
        database: target.settings.target(),
        profile: context.global.profile.as_deref().map(wherever),
        since: now,
        handing: handing.clone(),
    };
    let wanted = match &arguments.every {
        Some(rhythm) => vec![schedule(rhythm, arguments.keep)],
        None => USUAL.map(|(rhythm, days)| schedule(rhythm, days)).to_vec(),
    };
    let mut book = Book::open(&library)?;
    let mut added = Vec::new();
    for one in wanted {
        added.push(ScheduleEntry::new(book.add(one)?, now)?);
    }
    let shown = Schedules {
        library: library.folder().display().to_string(),
        timer: timer::state(),
        schedules: added,
    };
    let is_encrypting = library.key_book()?.current.is_some();
    context.show(&shown, || {
        let offer = match is_encrypting {
            true => "Its backups are encrypted.\n",
            false => {
                "Its backups are not encrypted: `snapback key new` makes a key, and all new ones are.\n"
            }
        };
        text(&shown) + offer
    });
    Ok(Ending::Done)
}

/// What is handed over in place of backups, into a folder that is there.
fn handing(arguments: &AddSchedule, profile: &Profile) -> Result<Option<Handing>> {
    let Some(folder) = &arguments.csv else {
        return Ok(None);
    };
    let folder = std::path::absolute(folder)
        .map_err(|error| Error::local_file("the folder of exports", folder, &error))?;
    Ok(Some(Handing::into_folder(
        folder,
        areas(&arguments.only)?,
        profile,
    )?))
}

/// A profile so that it is found from any folder.
fn wherever(profile: &str) -> String {
    let path = Path::new(profile);
    match std::path::absolute(path) {
        Ok(whole) if path.is_file() => whole.display().to_string(),
        _ => profile.to_owned(),
    }
}

async fn list(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    let book = Book::open(&library)?;
    let now = context.now();
    let entries = book.schedules().iter();
    let schedules: snapback_engine::Result<Vec<ScheduleEntry>> = entries
        .map(|schedule| ScheduleEntry::new(schedule, now))
        .collect();
    let shown = Schedules {
        library: library.folder().display().to_string(),
        timer: timer::state(),
        schedules: schedules?,
    };
    context.show(&shown, || text(&shown));
    Ok(Ending::Done)
}

fn rhythm(entry: &ScheduleEntry) -> String {
    let rhythm = format!("{} {}", entry.rhythm, entry.zone);
    match &entry.handed_into {
        None => rhythm,
        Some(folder) => format!("{rhythm}, CSV to {folder}"),
    }
}

fn text(shown: &Schedules) -> String {
    if shown.schedules.is_empty() {
        return "There are no schedules. `snapback schedule add --all --usual` protects every company.\n"
            .to_owned();
    }
    let mut table = Table::new(&[
        Align::Right,
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Left,
        Align::Left,
        Align::Left,
    ]);
    table.row([
        "No", "Company", "Every", "Days", "Files", "Next", "Database",
    ]);
    for entry in &shown.schedules {
        table.row([
            &entry.number.to_string(),
            entry.company_name.as_deref().unwrap_or("every one"),
            &rhythm(entry),
            &entry.keep_days.to_string(),
            if entry.files { "yes" } else { "no" },
            &time(&entry.next),
            entry.connection.as_deref().unwrap_or(&entry.database),
        ]);
    }
    let timer = match shown.timer {
        Some(true) => "The system runs what is due every quarter of an hour.\n",
        Some(false) => {
            "Nothing runs them yet: `snapback schedule install` does, or a timer of yours that calls `snapback run-due`.\n"
        }
        None => "A timer of yours is to call `snapback run-due`, every quarter of an hour or so.\n",
    };
    format!("{}\n{timer}", table.lines())
}

async fn remove(context: &Context, number: u32) -> Result<Ending> {
    let library = context.library().await?;
    let mut book = Book::open(&library)?;
    let entry = ScheduleEntry::new(book.schedule(number)?, context.now())?;
    let of = entry.company_name.as_deref().unwrap_or("every company");
    let question = format!(
        "Make no more backups of {} by {}?",
        output::printable(of),
        entry.rhythm
    );
    context.confirm(Question::Plain(&question)).await?;
    book.remove(number)?;
    context.show(&entry, || {
        format!("Schedule {number} is gone. Its backups stay as long as they were to be kept.\n")
    });
    Ok(Ending::Done)
}

#[derive(Serialize)]
struct Installed {
    /// The files that were written, or taken away.
    files: Vec<String>,
    /// Whether the system runs them now.
    is_running: bool,
    /// What a person is to call, where it does not.
    commands: Vec<String>,
}

impl From<Timer> for Installed {
    fn from(timer: Timer) -> Self {
        let files = timer.files.iter();
        Self {
            files: files.map(|file| file.display().to_string()).collect(),
            is_running: timer.is_active,
            commands: timer.commands,
        }
    }
}

async fn install(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    if Book::open(&library)?.schedules().is_empty() {
        return Err(
            Error::new(Code::NoSuchSchedule, "There is nothing to run yet.")
                .hint("Add a schedule first: snapback schedule add --all --usual")
                .into(),
        );
    }
    let installed = Installed::from(timer::install(library.folder())?);
    context.show(&installed, || {
        let files = installed.files.join("\n  ");
        let written = format!("Written:\n  {files}\n");
        match installed.is_running {
            true => format!("{written}The system runs what is due every quarter of an hour.\n"),
            false => format!(
                "{written}It could not be started from here. Call:\n  {}\n",
                installed.commands.join("\n  ")
            ),
        }
    });
    Ok(Ending::Done)
}

fn uninstall(context: &Context) -> Result<Ending> {
    let removed = Installed::from(timer::uninstall()?);
    context.show(&removed, || match removed.files.is_empty() {
        true => "There was no timer of Snapback's.\n".to_owned(),
        false => format!("Taken away:\n  {}\n", removed.files.join("\n  ")),
    });
    Ok(Ending::Done)
}
