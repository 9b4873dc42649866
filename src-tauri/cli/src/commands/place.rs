//! `place`: a second place for every backup.

use std::path::PathBuf;

use serde::Serialize;
use snapback_engine::library::{Added, Entry, Library};
use snapback_engine::places::{self, About, Borrowed, Copied, Place, PlaceBook};
use snapback_engine::reporter::Counters;
use snapback_engine::{Code, Error};
use snapback_host::{places as reached, storage};
use snapback_wire::{CopyFailure, PlaceState, PlaceSync};

use super::Ending;
use crate::args::Place as Arguments;
use crate::ask::Question;
use crate::context::Context;
use crate::failure::{Failure, Result, usage};
use crate::format::{Align, Table, count, number, time};
use crate::output;

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Ending> {
    match arguments {
        Arguments::Add { address } => add(context, &address).await,
        Arguments::List { there } => match there {
            Some(number) => there_is(context, number).await,
            None => list(context).await,
        },
        Arguments::Sync => sync_all(context).await,
        Arguments::Fetch { number, file } => fetch(context, number, &file).await,
        Arguments::Remove { number } => remove(context, number).await,
    }
}

#[derive(Serialize)]
struct Places {
    places: Vec<PlaceState>,
}

async fn add(context: &Context, address: &str) -> Result<Ending> {
    let library = context.library().await?;
    let (keys, now) = (storage::named_keys(), context.now());
    let adding = reached::add(&library, address, keys, now, &context.cancel);
    let (_, not_kept) = context.stoppable(adding).await?;
    if let Some(error) = not_kept {
        output::note(&format!(
            "{} Its keys must be in the environment whenever backups are copied.",
            error.message()
        ));
    }
    let book = PlaceBook::open(&library)?;
    let shown = states(&library, &book)?;
    context.show(&shown, || {
        format!(
            "{}Copy what is there already now: snapback place sync. From now on run-due does it.\n",
            text(&shown)
        )
    });
    Ok(Ending::Done)
}

fn states(library: &Library, book: &PlaceBook<'_>) -> Result<Places> {
    let statuses = book.statuses(&library.list()?);
    Ok(Places {
        places: statuses.iter().map(PlaceState::from).collect(),
    })
}

async fn list(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    let shown = states(&library, &PlaceBook::open(&library)?)?;
    context.show(&shown, || text(&shown));
    Ok(Ending::Done)
}

fn text(shown: &Places) -> String {
    if shown.places.is_empty() {
        return "Backups lie in one place. Add another: snapback place add /mnt/other-disk/backups\n"
            .to_owned();
    }
    let mut table = Table::new(&[
        Align::Right,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Left,
    ]);
    table.row(["No", "Place", "There", "Waiting", ""]);
    for place in &shown.places {
        let waiting = place.waiting_since.as_deref();
        let since = waiting.map(|since| format!("since {}", time(since)));
        let failure = place.last_failure.as_ref();
        let failure = failure.map(|code| format!("FAILED {} times ({code})", place.failures));
        table.row([
            &place.number.to_string(),
            &place.address,
            &number(place.copied_count),
            &number(place.waiting_count),
            &[since, failure]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", "),
        ]);
    }
    table.lines()
}

#[derive(Serialize)]
struct There {
    place: u32,
    files: Vec<String>,
}

async fn there_is(context: &Context, number: u32) -> Result<Ending> {
    let library = context.library().await?;
    let book = PlaceBook::open(&library)?;
    let destination = reached::open(book.place(number)?, &context.cancel).await?;
    let files = context.stoppable(places::present(&destination)).await?;
    let there = There {
        place: number,
        files,
    };
    context.show(&there, || {
        let lines = there
            .files
            .iter()
            .map(|file| output::printable(file) + "\n");
        lines.collect()
    });
    Ok(Ending::Done)
}

/// Refuses an archive at a second place, where nothing is ever changed.
pub(super) fn refuse_there(reference: &str) -> Result<()> {
    match places::at_place(reference)? {
        None => Ok(()),
        Some(_) => Err(usage(
            "At a second place nothing is removed or marked.",
            "Take the file away there by other means, or name the backup in the library.",
        )),
    }
}

/// The archive that is named at a second place, brought here for this call; `None` where another one is meant.
pub(crate) async fn borrow(
    context: &Context,
    library: &Library,
    reference: &str,
) -> Result<Option<Borrowed>> {
    let Some((number, file)) = places::at_place(reference)? else {
        return Ok(None);
    };
    let destination =
        reached::open(PlaceBook::open(library)?.place(number)?, &context.cancel).await?;
    let borrowed = places::borrow(library, &destination, file, &context.cancel);
    Ok(Some(Box::pin(borrowed).await?))
}

async fn sync_all(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    let synced = sync(context, &library).await?;
    context.show(&synced, || synced.iter().map(text_of_sync).collect());
    Ok(match synced.iter().all(|place| place.failure.is_none()) {
        true => Ending::Done,
        false => Ending::WithProblems,
    })
}

/// Copies what is not there yet to every place. A place that fails holds up no other.
pub(super) async fn sync(context: &Context, library: &Library) -> Result<Vec<PlaceSync>> {
    let mut book = PlaceBook::open(library)?;
    let entries = library.list()?;
    let mut synced = Vec::new();
    for place in book.places().to_vec() {
        let waiting: Vec<Entry> = book
            .waiting(&place, &entries)
            .into_iter()
            .cloned()
            .collect();
        let mut done = PlaceSync {
            number: place.number,
            address: place.address.to_string(),
            copied: Vec::new(),
            failure: None,
        };
        match Box::pin(copy_all(
            context, library, &mut book, &place, &waiting, &mut done,
        ))
        .await
        {
            Ok(()) => {}
            Err((_, failure)) if failure.error.code == Code::Cancelled.word() => {
                return Err(failure);
            }
            Err((file, failure)) => {
                book.note_failed(place.id, &failure.error.code)?;
                let error = *failure.error;
                done.failure = Some(CopyFailure { file, error });
            }
        }
        synced.push(done);
    }
    Ok(synced)
}

/// Copies archives to one place, until one fails: its name, and why.
async fn copy_all(
    context: &Context,
    library: &Library,
    book: &mut PlaceBook<'_>,
    place: &Place,
    waiting: &[Entry],
    done: &mut PlaceSync,
) -> std::result::Result<(), (Option<String>, Failure)> {
    if waiting.is_empty() {
        return Ok(());
    }
    let destination = reached::open(place, &context.cancel)
        .await
        .map_err(|error| (None, error.into()))?;
    for entry in waiting {
        let failed = |error: Error| (Some(entry.file_name()), Failure::from(error));
        let Some(summary) = entry.summary() else {
            continue;
        };
        let cancel = &context.cancel;
        let copied = places::copy(library, &entry.path, &destination, cancel).await;
        let copied = Copied {
            name: entry.file_name(),
            blake3: copied.map_err(failed)?,
            at: context.now(),
            about: About::of(entry).map(Box::new),
        };
        book.note_copied(place.id, summary.id, copied)
            .map_err(failed)?;
        done.copied.push(entry.file_name());
    }
    Ok(())
}

pub(super) fn text_of_sync(synced: &PlaceSync) -> String {
    let address = output::printable(&synced.address);
    let mut text = match (synced.copied.len(), &synced.failure) {
        (0, None) => format!("Everything is at {address}.\n"),
        (0, Some(_)) => String::new(),
        (copied, _) => format!(
            "Copied {} to {address}, and read them back.\n",
            count(copied as u64, "backup", "backups")
        ),
    };
    if let Some(CopyFailure { file, error }) = &synced.failure {
        let file = file.as_deref().map(output::printable);
        text.push_str(&format!(
            "not copied to {address}: {}{} ({})\n",
            file.map_or_else(String::new, |file| format!("{file}: ")),
            error.message,
            error.code
        ));
    }
    text
}

#[derive(Serialize)]
struct Fetched {
    path: PathBuf,
    is_new: bool,
}

/// Brings an archive back into the library, as a verified copy.
async fn fetch(context: &Context, number: u32, file: &str) -> Result<Ending> {
    let library = context.library().await?;
    let book = PlaceBook::open(&library)?;
    let destination = reached::open(book.place(number)?, &context.cancel).await?;
    let (counters, cancel) = (Counters::default(), &context.cancel);
    let fetching = places::fetch(&library, &destination, file, &counters, cancel);
    let (entry, is_new) = match Box::pin(fetching).await? {
        Added::New(entry) => (entry, true),
        Added::Known(entry) => (entry, false),
    };
    let fetched = Fetched {
        path: entry.path,
        is_new,
    };
    context.show(&fetched, || {
        format!(
            "{}\n",
            output::printable(&fetched.path.display().to_string())
        )
    });
    Ok(Ending::Done)
}

async fn remove(context: &Context, number: u32) -> Result<Ending> {
    let library = context.library().await?;
    let address = PlaceBook::open(&library)?
        .place(number)?
        .address
        .to_string();
    let question = format!("Copy no more backups to {}?", output::printable(&address));
    context.confirm(Question::Plain(&question)).await?;
    reached::remove(&library, number).await?;
    let book = PlaceBook::open(&library)?;
    let shown = states(&library, &book)?;
    context.show(&shown, || {
        format!(
            "Nothing more is copied to {}. What is there stays.\n",
            output::printable(&address)
        )
    });
    Ok(Ending::Done)
}
