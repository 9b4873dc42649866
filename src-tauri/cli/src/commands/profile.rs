//! `profile`: how the application's schema is read.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;
use snapback_engine::model::Profile;
use snapback_engine::profile::{Proposal, Reason};
use snapback_engine::{Error, company, profile};

use super::Ending;
use crate::args::{self, Propose};
use crate::context::Context;
use crate::failure::{Result, usage};
use crate::output;

pub(super) async fn run(context: &Context, arguments: &args::Profile) -> Result<Ending> {
    match arguments {
        args::Profile::Show => show(context).await,
        args::Profile::Propose(arguments) => propose(context, arguments).await,
    }
}

async fn show(context: &Context) -> Result<Ending> {
    let shown = context.profile().await?;
    if context.global.json {
        output::document(&shown);
    } else {
        output::text(&profile::to_toml(&shown)?);
    }
    Ok(Ending::Done)
}

/// A proposal as JSON: the profile, and why it says what it says.
#[derive(Serialize)]
struct Document<'a> {
    profile: &'a Profile,
    reasons: &'a [Reason],
    out: Option<&'a Path>,
}

async fn propose(context: &Context, arguments: &Propose) -> Result<Ending> {
    let settings = context.settings().await?;
    let proposal = context.stoppable(company::propose(&settings)).await?;
    let out = arguments.out.as_deref();
    if let Some(path) = out {
        write_new(path, &proposal.to_text())?;
    }
    match out {
        _ if context.global.json => output::document(&Document {
            profile: &proposal.profile,
            reasons: &proposal.reasons,
            out,
        }),
        None => output::text(&proposal.to_text()),
        Some(path) => {
            output::note(&summary(&proposal));
            output::text(&format!("{}\n", path.display()));
        }
    }
    Ok(Ending::Done)
}

fn summary(proposal: &Proposal) -> String {
    let tables: usize = proposal
        .profile
        .areas
        .iter()
        .map(|area| area.headline.len() + area.tables.len())
        .sum();
    let doubts = match proposal.doubt_count() {
        0 => "Read it through, then use it".to_owned(),
        1 => "Read it through, first of all the decision marked with \"?\", then use it".to_owned(),
        count => format!(
            "Read it through, first of all the {count} decisions marked with \"?\", then use it"
        ),
    };
    format!(
        "Companies are in the table {}; {tables} tables are in a backup.\n{doubts} with --profile.",
        proposal.profile.company.table
    )
}

/// A profile that a person has corrected is never written over.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => usage(
            "There is a file of that name already.",
            "Name another one with --out, or remove it first.",
        ),
        _ => Error::local_file("the profile", path, &error).into(),
    })
}
