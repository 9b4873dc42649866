//! `create`: backing up a company.

use std::path::{Path, PathBuf};

use snapback_engine::archive::Passphrase;
use snapback_engine::company::Opened;
use snapback_engine::library::{Encrypt, Library};
use snapback_engine::snapshot::{self, Corrupted, CreateOptions};
use snapback_engine::{Code, Error};
use snapback_host::archive_keys;
use snapback_wire::{CreateReport, Labels};

use super::Ending;
use crate::args::Create;
use crate::ask;
use crate::context::Context;
use crate::failure::{Result, usage};
use crate::format::{count, duration, size};
use crate::output;

pub(super) async fn create(context: &Context, arguments: Create) -> Result<Ending> {
    let files = match arguments.files {
        true => Some(context.store().await?),
        false => None,
    };
    let library = context.library().await?;
    let encrypt = match (arguments.no_encrypt, arguments.passphrase) {
        (true, _) => Encrypt::Never,
        (false, true) => Encrypt::With(passphrase(context).await?),
        (false, false) => Encrypt::AsTheLibrary,
    };
    let mut opened = context.open(&arguments.company.company).await?;
    let mut options = options(context, arguments, &library, &opened)?;
    options.files = files;
    options.encrypt = encrypt;
    let progress = context.progress();
    let made = Box::pin(snapshot::create(
        &mut opened,
        &library,
        options,
        &progress,
        &context.cancel,
    ))
    .await;
    drop(progress);
    let made = made?.completed()?;
    context.subject().archive = file_name(&made.archive.path);
    let elapsed_ms = context.elapsed_ms();
    library.note_elapsed(made.manifest.id, elapsed_ms)?;
    let report = CreateReport::new(&made, &Labels::of_company(&opened), elapsed_ms);
    context.subject().session = Some(opened.session);
    context.show(&report, || text(&report));
    Ok(
        if report.problems.is_empty() && report.skipped_rows.is_empty() {
            Ending::Done
        } else {
            Ending::WithProblems
        },
    )
}

fn options(
    context: &Context,
    arguments: Create,
    library: &Library,
    opened: &Opened,
) -> Result<CreateOptions> {
    let now = context.now();
    let label = arguments.label.filter(|label| !label.trim().is_empty());
    let target = match arguments.out {
        Some(path) => free(path, "--out")?,
        None => library.new_archive_path(opened.company(), now, label.as_deref())?,
    };
    Ok(CreateOptions {
        label,
        corrupted: if arguments.skip_corrupted {
            Corrupted::Skip
        } else {
            Corrupted::Refuse
        },
        ..CreateOptions::new(target, context.actor()?, now)
    })
}

/// The passphrase that an archive is to be locked with: the environment's, else one that is typed twice.
async fn passphrase(context: &Context) -> Result<Passphrase> {
    if let Some(words) = archive_keys::passphrase() {
        return Ok(Passphrase::chosen(words)?);
    }
    if context.global.json || !output::can_ask() {
        return Err(usage(
            "Nobody is there to be asked for the passphrase.",
            "Give it in SNAPBACK_PASSPHRASE.",
        ));
    }
    let chosen = ask::secret("The passphrase: ", &context.cancel).await?;
    let again = ask::secret("Once more: ", &context.cancel).await?;
    match chosen == again {
        true => Ok(Passphrase::chosen(chosen)?),
        false => Err(usage(
            "The two are not the same.",
            "Nothing was made; try again.",
        )),
    }
}

/// The name of an archive's file, for the audit trail.
pub(super) fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// The path that an option gives, where nothing is yet: nothing is ever written over a file.
pub(super) fn free(path: PathBuf, option: &str) -> Result<PathBuf> {
    let path = std::path::absolute(&path)
        .map_err(|error| Error::local_file("the new file", &path, &error))?;
    if path.exists() {
        return Err(Error::new(Code::Usage, "There is a file of that name.")
            .with("path", path.display())
            .hint(format!(
                "Choose another name for {option}; files are never written over."
            ))
            .into());
    }
    Ok(path)
}

fn text(report: &CreateReport) -> String {
    let files = report.file_count.map_or_else(String::new, |file_count| {
        format!(" and {}", count(file_count, "file", "files"))
    });
    let mut text = format!(
        "Backed up {}: {} of {} tables{files} in {}, {}.\n",
        output::printable(&report.company.name),
        count(report.row_count, "row", "rows"),
        report.table_count,
        duration(report.elapsed_ms),
        size(report.size_bytes),
    );
    for problem in &report.problems {
        text.push_str(&format!(
            "problem: {}\n",
            output::printable(&problem.message)
        ));
    }
    for skipped in &report.skipped_rows {
        text.push_str(&format!(
            "left out: {} of {}: {}\n",
            count(skipped.row_count, "row", "rows"),
            output::printable(&skipped.label),
            skipped.because
        ));
    }
    text.push_str(&format!("{}\n", report.path));
    text
}
