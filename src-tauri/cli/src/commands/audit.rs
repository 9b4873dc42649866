//! `audit`: who did what.

use std::path::PathBuf;

use serde::Serialize;
use snapback_engine::archive::Occupied;
use snapback_engine::audit;
use snapback_engine::pg::Session;
use snapback_host as host;
use snapback_wire::{AuditEntries, AuditEntry, AuditReport, save_audit};

use super::Ending;
use super::backup::free;
use crate::args::Audit;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{Align, Table, count, time};
use crate::output;

pub(super) async fn run(context: &Context, arguments: Audit) -> Result<Ending> {
    match arguments {
        Audit::List {
            company,
            limit,
            shared,
        } => match shared {
            true => list_shared(context, company.as_deref(), limit).await,
            false => list(context, company.as_deref(), limit),
        },
        Audit::Verify => verify(context).await,
        Audit::Export { csv } => export(context, csv),
    }
}

fn list(context: &Context, company: Option<&str>, limit: u64) -> Result<Ending> {
    let trail = host::audit::trail()?;
    let mut entries = trail.entries()?;
    entries.retain(|entry| company.is_none_or(|company| entry.is_about(company)));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let shown = AuditEntries::newest(trail.path().display().to_string(), entries, limit);
    context.show(&shown, || text(&shown));
    Ok(Ending::Done)
}

/// What the database has, of every computer.
async fn list_shared(context: &Context, company: Option<&str>, limit: u64) -> Result<Ending> {
    let settings = context.settings().await?;
    let deeds = context.stoppable(async {
        let mut session = Session::open(&settings).await?;
        let deeds = audit::deeds(&mut session, company, limit).await;
        session.close().await;
        deeds
    });
    let database = settings.target();
    let entries = deeds.await?.into_iter();
    let shown = AuditEntries {
        entries: entries
            .map(|deed| AuditEntry::shared(deed, &database))
            .collect(),
        read_from: database,
        total: None,
    };
    context.show(&shown, || text(&shown));
    Ok(Ending::Done)
}

fn text(shown: &AuditEntries) -> String {
    if shown.entries.is_empty() {
        return format!(
            "Nothing was noted in {}.\n",
            output::printable(&shown.read_from)
        );
    }
    let mut table = Table::new(&[
        Align::Right,
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Left,
    ]);
    table.row(["No", "When", "What", "Result", "Company", "Who", "Backup"]);
    for entry in &shown.entries {
        let AuditEntry {
            number,
            at,
            action,
            detail,
            result,
            os_user,
            host,
            app_user,
            company,
            company_name,
            archive,
            ..
        } = entry;
        let what = match detail {
            Some(detail) => format!("{action} ({detail})"),
            None => action.clone(),
        };
        let on_behalf = app_user.as_deref();
        let on_behalf = on_behalf.map_or_else(String::new, |user| format!(", for {user}"));
        let company = company_name.as_deref().or(company.as_deref());
        table.row([
            &number.to_string(),
            &time(at),
            &what,
            result,
            company.unwrap_or("-"),
            &format!("{os_user} on {host}{on_behalf}"),
            archive.as_deref().unwrap_or("-"),
        ]);
    }
    let shown_count = shown.entries.len() as u64;
    let more = match shown.total {
        Some(total) if total > shown_count => format!(
            "\nThe newest {shown_count} of {}: --limit shows more.\n",
            count(total, "line", "lines")
        ),
        _ => String::new(),
    };
    table.lines() + &more
}

async fn verify(context: &Context) -> Result<Ending> {
    let trail = host::audit::trail()?;
    let (mut ends, mut compared_with) = (Vec::new(), None);
    if let Some(settings) = context.named_settings().await? {
        let (os_user, host) = (host::os_user(), host::host_name());
        ends = context
            .stoppable(async {
                let mut session = Session::open(&settings).await?;
                let ends = audit::trail_ends(&mut session, &os_user, &host).await;
                session.close().await;
                ends
            })
            .await?;
        compared_with = (!ends.is_empty()).then(|| settings.target());
    }
    let found = trail.verify(&ends)?;
    let report = AuditReport::new(trail.path().display().to_string(), found, compared_with);
    context.show(&report, || text_of_report(&report));
    Ok(match report.fault_count {
        0 => Ending::Done,
        _ => Ending::NotWhole,
    })
}

fn text_of_report(report: &AuditReport) -> String {
    let mut text = String::new();
    for fault in &report.faults {
        text.push_str(&format!("wrong: {}\n", fault.message));
    }
    let lines = count(report.entry_count, "line", "lines");
    let file = output::printable(&report.file);
    text.push_str(&match report.fault_count {
        0 => format!("The trail is as it was written: {lines} in {file}.\n"),
        faults => format!(
            "The trail is not as it was written: {} in {lines} of {file}.\n",
            count(faults, "fault", "faults")
        ),
    });
    text.push_str(&match (&report.compared_with, report.fault_count) {
        (Some(database), 0) => {
            format!("It goes as far as {database} knows it to, or further.\n")
        }
        (Some(database), _) => format!("It was compared with what {database} knows of it.\n"),
        (None, _) => "Its end is known on this computer alone: a trail that was written anew from its beginning is not found out.\n".to_owned(),
    });
    text
}

#[derive(Serialize)]
struct Written {
    path: PathBuf,
    entry_count: u64,
}

fn export(context: &Context, csv: PathBuf) -> Result<Ending> {
    let path = free(csv, "--csv")?;
    let entries = host::audit::trail()?.entries()?;
    save_audit(&path, Occupied::Refused, &entries)?;
    let written = Written {
        entry_count: entries.len() as u64,
        path,
    };
    context.show(&written, || {
        format!(
            "Wrote {}.\n{}\n",
            count(written.entry_count, "line", "lines"),
            output::printable(&written.path.display().to_string())
        )
    });
    Ok(Ending::Done)
}
