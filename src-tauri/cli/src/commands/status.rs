//! `status`, `pin` and `unpin`.

use serde::Serialize;
use snapback_engine::company::Role;
use snapback_engine::{Code, Error};
use snapback_wire::{
    Alert, AlertChannel, AlertKind, CompanyStatus, PlaceState, ProofVerdict, Status,
};

use super::Ending;
use super::place::refuse_there;
use crate::args::OneArchive;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{Align, Table, count, number, size, time};
use crate::output;

pub(super) async fn show(context: &Context) -> Result<Ending> {
    let roles = context.roles().await?;
    let status = Status::read(&context.library().await?, context.now())?
        .of_those_who_may(|company| roles.require(company, Role::Viewer).is_ok());
    context.show(&status, || text(&status));
    Ok(if status.is_well() {
        Ending::Done
    } else {
        Ending::WithProblems
    })
}

fn text(status: &Status) -> String {
    let library = output::printable(&status.library);
    let free = size(status.free_bytes);
    let locked = match status.locked_count {
        0 => String::new(),
        locked => format!(
            "{} not counted: encrypted, and the key is not at hand (snapback key show).\n",
            count(locked, "backup", "backups")
        ),
    };
    if status.companies.is_empty() {
        return format!(
            "There are no backups and no schedules in {library} ({free} free).\n{locked}"
        );
    }
    let mut table = Table::new(&[
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Left,
        Align::Left,
    ]);
    table.row([
        "Company",
        "Last good backup",
        "Next",
        "Backups",
        "Size",
        "Proof",
        "",
    ]);
    for company in &status.companies {
        let age = company.newest_age_seconds.map(age);
        let newest = company.newest_at.as_deref().map(time);
        let newest = match (newest, age) {
            (Some(at), Some(age)) => format!("{at} ({age} ago)"),
            _ => "none".to_owned(),
        };
        let warning = match (company.is_overdue, company.failures) {
            (true, _) => "OVERDUE: no good backup for longer than promised".to_owned(),
            (false, 0) => String::new(),
            (false, failures) => format!("failed {} since", times(failures)),
        };
        let warning = match &company.last_failure {
            Some(code) => format!("{warning} ({code})"),
            None => warning,
        };
        table.row([
            &company.company_name,
            &newest,
            &company.next.as_deref().map_or_else(|| "-".to_owned(), time),
            &number(company.backup_count),
            &size(company.total_bytes),
            &proof(company),
            &warning,
        ]);
    }
    let room = |alert: &&Alert| alert.kind == AlertKind::LittleRoom;
    let room = status.alerts.iter().find(room);
    let room = room.map_or_else(String::new, |alert| format!("{}\n", alert.message));
    let told: Vec<String> = status.channels.iter().map(channel).collect();
    let told = match told.is_empty() {
        true => "Nobody is told when something fails: snapback alert add".to_owned(),
        false => format!("Alerts go to the {}.", told.join(", the ")),
    };
    let encrypting = match status.is_encrypting {
        true => "New backups are encrypted.",
        false => "New backups are not encrypted: snapback key new",
    };
    let places: String = status.places.iter().map(place).collect();
    let places = match places.is_empty() {
        true => "All of them lie in one place: snapback place add\n".to_owned(),
        false => places,
    };
    format!(
        "{}\n{library}: {free} free. {encrypting}\n{room}{places}{told}\n{locked}",
        table.lines()
    )
}

/// When a backup was last proven, and how that ended.
fn proof(company: &CompanyStatus) -> String {
    let at = company.proven_at.as_deref().map(time);
    match (company.proof, at) {
        (Some(ProofVerdict::Proven), Some(at)) => at,
        (Some(ProofVerdict::ProvenInPart), Some(at)) => format!("{at}, in part"),
        (Some(ProofVerdict::Failed), Some(at)) => format!("FAILED {at}"),
        _ => "never".to_owned(),
    }
}

/// Where alerts go, and whether they arrive there.
fn channel(channel: &AlertChannel) -> String {
    let address = output::printable(&channel.address);
    match &channel.last_failure {
        Some(code) => format!("{address}, FAILED {} ({code})", times(channel.failures)),
        None => address,
    }
}

/// How a second place stands, in a line.
fn place(place: &PlaceState) -> String {
    let address = output::printable(&place.address);
    let since = place.waiting_since.as_deref().map(time);
    let waiting = match (place.waiting_count, since) {
        (0, _) | (_, None) => "everything is there".to_owned(),
        (waiting, Some(since)) => format!(
            "{} not there yet, the oldest of {since}",
            count(waiting, "backup", "backups")
        ),
    };
    let failed = match &place.last_failure {
        Some(code) => format!("; FAILED {} ({code})", times(place.failures)),
        None => String::new(),
    };
    format!("Second place {address}: {waiting}{failed}.\n")
}

fn times(failures: u32) -> String {
    match failures {
        1 => "once".to_owned(),
        failures => format!("{failures} times"),
    }
}

/// How long ago, roughly.
pub(super) fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (minutes, hours, days) {
        (0, ..) => "less than a minute".to_owned(),
        (minutes, 0, _) => format!("{minutes} min"),
        (_, hours, 0 | 1) => format!("{hours} h"),
        (.., days @ ..730) => format!("{days} days"),
        (.., days) => format!("{} years", number(days * 100 / 36_524)),
    }
}

#[derive(Serialize)]
struct Pinned {
    file: String,
    is_pinned: bool,
}

pub(super) async fn pin(
    context: &Context,
    arguments: &OneArchive,
    is_pinned: bool,
) -> Result<Ending> {
    refuse_there(&arguments.archive)?;
    let library = context.library().await?;
    let entry = context.find(&library, &arguments.archive).await?;
    let Some(summary) = entry.summary() else {
        return Err(Error::new(
            entry.problem().unwrap_or(Code::NotAnArchive),
            "This archive cannot be read, so nothing can be noted of it.",
        )
        .with("archive", entry.file_name())
        .into());
    };
    library.pin(summary.id, is_pinned)?;
    let pinned = Pinned {
        file: entry.file_name(),
        is_pinned,
    };
    context.show(&pinned, || {
        let file = output::printable(&pinned.file);
        match is_pinned {
            true => format!("{file} stays until a person deletes it.\n"),
            false => format!("{file} goes when its time is over.\n"),
        }
    });
    Ok(Ending::Done)
}
