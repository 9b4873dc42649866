//! `key`: the key that backups are encrypted for.

use std::path::{Path, PathBuf};

use serde::Serialize;
use snapback_engine::archive::{ArchiveKey, ArchiveKeys, Reader};
use snapback_engine::library::{Library, Proven};
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{Code, Error};
use snapback_host::{KEY, RecoverySheet, archive_keys, keychain};
use snapback_wire::{LibraryKey, LibraryKeys};

use super::Ending;
use crate::args::Key;
use crate::ask::{Question, secret};
use crate::context::Context;
use crate::failure::{Result, usage};
use crate::format::{count, time};
use crate::output;

pub(super) async fn run(context: &Context, arguments: Key) -> Result<Ending> {
    match arguments {
        Key::New { sheet } => new(context, sheet.as_deref()).await,
        Key::Show => show(context).await,
        Key::Sheet { file } => sheet(context, &file).await,
        Key::Add { file } => add(context, &file).await,
        Key::Drill { archive, sheet } => drill(context, &archive.archive, sheet.as_deref()).await,
        Key::Off => off(context).await,
    }
}

/// What became of a key.
#[derive(Serialize)]
struct Kept {
    /// Its public half.
    public: String,
    /// Whether the keychain keeps it.
    is_in_keychain: bool,
    /// Where its recovery sheet was written.
    sheet: Option<PathBuf>,
    /// Whether new backups are encrypted for it.
    is_current: bool,
}

async fn new(context: &Context, sheet: Option<&Path>) -> Result<Ending> {
    let library = context.library().await?;
    let key = ArchiveKey::generate();
    let sheet = sheet.map(absolute).transpose()?;
    if let Some(path) = &sheet {
        save_sheet(context, &library, &key, path)?;
    }
    let remembered = keychain::remember_archive_key(&key).await;
    if let (Err(error), None) = (&remembered, &sheet) {
        return Err(Error::new(error.code(), error.message())
            .hint("Nothing was made. Give --sheet FILE, so that the key is kept in that file; later commands need it in SNAPBACK_KEY.")
            .into());
    }
    let public = key.public();
    library.note_key(&public, context.now())?;
    library.encrypt_for(Some(&public))?;
    let kept = Kept {
        public: public.to_string(),
        is_in_keychain: remembered.is_ok(),
        sheet,
        is_current: true,
    };
    context.show(&kept, || text_of_kept(&kept));
    Ok(Ending::Done)
}

fn text_of_kept(kept: &Kept) -> String {
    let keychain = match (kept.is_in_keychain, &kept.sheet) {
        (true, _) => "The keychain of this computer keeps it.\n".to_owned(),
        (false, Some(sheet)) => format!(
            "This computer has no open keychain, so commands that open backups need {KEY}={}\n",
            output::printable(&sheet.display().to_string())
        ),
        (false, None) => format!(
            "This computer has no open keychain: commands that open backups need {KEY}=FILE\n"
        ),
    };
    let encrypts = match kept.is_current {
        true => "New backups are encrypted from now on.\n",
        false => "New backups are encrypted for another key, as before.\n",
    };
    let sheet = match &kept.sheet {
        Some(sheet) => format!(
            "The recovery sheet is at {}: print it, or keep it where the backups are not.\n\
             Prove it with a backup: snapback key drill BACKUP --sheet FILE\n",
            output::printable(&sheet.display().to_string())
        ),
        None => String::new(),
    };
    let lost = match kept.sheet {
        Some(_) => "",
        None => {
            "Without the key nobody can open them. Write the recovery sheet: snapback key sheet FILE\n"
        }
    };
    format!("Key {}\n{keychain}{encrypts}{sheet}{lost}", kept.public)
}

fn absolute(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    let absolute = std::path::absolute(path);
    Ok(absolute.map_err(|error| Error::local_file("the recovery sheet", path, &error))?)
}

fn save_sheet(context: &Context, library: &Library, key: &ArchiveKey, path: &Path) -> Result<()> {
    let sheet = RecoverySheet {
        key,
        library: library.folder(),
        made_at: context.now(),
    };
    Ok(sheet.save(path)?)
}

async fn show(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    let keys = LibraryKeys::new(&library.key_book()?, &library.keys());
    context.show(&keys, || text(&keys));
    Ok(Ending::Done)
}

fn text(found: &LibraryKeys) -> String {
    let mut text = String::new();
    for key in &found.keys {
        let LibraryKey {
            public,
            since,
            is_current,
            is_at_hand,
            proven_at,
            proven_with,
        } = key;
        text.push_str(&format!("{public}\n  known since {}", time(since)));
        text.push_str(match is_current {
            true => ", new backups are encrypted for it\n",
            false => ", for older backups\n",
        });
        text.push_str(match is_at_hand {
            true => "  at hand on this computer\n",
            false => {
                "  NOT AT HAND: take it in from its recovery sheet with snapback key add FILE\n"
            }
        });
        text.push_str(&match (proven_at, proven_with) {
            (Some(at), Some(archive)) => format!(
                "  its recovery sheet opened backup {} on {}\n",
                archive.get(..8).unwrap_or(archive),
                time(at)
            ),
            _ => "  its recovery sheet was never proven: snapback key drill BACKUP --sheet FILE\n"
                .to_owned(),
        });
    }
    if !found.is_encrypting {
        text.push_str("New backups are not encrypted. Make a key: snapback key new\n");
    }
    text
}

#[derive(Serialize)]
struct Sheet {
    public: String,
    sheet: PathBuf,
}

async fn sheet(context: &Context, file: &Path) -> Result<Ending> {
    let library = context.library().await?;
    let key = archive_keys::current(&library)?;
    let written = Sheet {
        public: key.public().to_string(),
        sheet: absolute(file)?,
    };
    save_sheet(context, &library, &key, &written.sheet)?;
    context.show(&written, || {
        format!(
            "Written to {}. Whoever has it can read the backups: print it, or keep it where the backups are not.\n",
            output::printable(&written.sheet.display().to_string())
        )
    });
    Ok(Ending::Done)
}

async fn add(context: &Context, file: &Path) -> Result<Ending> {
    let library = context.library().await?;
    let key = archive_keys::read(file)?;
    let public = key.public();
    let remembered = keychain::remember_archive_key(&key).await;
    library.note_key(&public, context.now())?;
    let mut current = library.key_book()?.current;
    if current.is_none() {
        library.encrypt_for(Some(&public))?;
        current = Some(public.clone());
    }
    let kept = Kept {
        public: public.to_string(),
        is_in_keychain: remembered.is_ok(),
        sheet: Some(absolute(file)?),
        is_current: current == Some(public),
    };
    context.show(&kept, || text_of_kept(&kept));
    Ok(Ending::Done)
}

#[derive(Serialize)]
struct Drilled {
    public: String,
    path: PathBuf,
    row_count: u64,
    file_count: u64,
}

/// Opens an archive with the key of the sheet alone, whatever the keychain has.
async fn drill(context: &Context, archive: &str, sheet: Option<&Path>) -> Result<Ending> {
    let library = context.library().await?;
    let key = match sheet {
        Some(sheet) => archive_keys::read(sheet)?,
        None if context.global.json || !output::can_ask() => {
            return Err(usage(
                "It is not said which key is to be proven.",
                "Name the recovery sheet with --sheet FILE.",
            ));
        }
        None => ArchiveKey::find(&secret("The key on the sheet: ", &context.cancel).await?)?,
    };
    let public = key.public();
    library.hold_keys(ArchiveKeys::from_iter([key]));
    let path = context.find(&library, archive).await?.path;
    let reader: Reader = library.open_archive(&path)?;
    let (archive, is_encrypted) = {
        let manifest = reader.manifest();
        (manifest.id, manifest.encryption)
    };
    if is_encrypted == snapback_engine::archive::Encryption::None {
        return Err(usage(
            "This archive is not encrypted, so it proves no key.",
            "Name one that was made since the library has a key.",
        ));
    }
    let progress = context.progress();
    let counters = std::sync::Arc::new(Counters::default());
    let row_total = reader.manifest().row_count;
    progress.phase(
        Phase::Verifying,
        Some(row_total),
        std::sync::Arc::clone(&counters),
    );
    let cancel = context.cancel.clone();
    let reading = tokio::task::spawn_blocking(move || reader.verify(&counters, &cancel)).await;
    drop(progress);
    let stopped = |_| Error::new(Code::Defect, "Reading the archive came to an end.");
    let report = reading.map_err(stopped)??;
    let at = context.now();
    library.note_proven(&public, Proven { at, archive })?;
    let drilled = Drilled {
        public: public.to_string(),
        path,
        row_count: report.row_count,
        file_count: report.file_count,
    };
    context.show(&drilled, || {
        format!(
            "Proven: this key alone opens the backup, and all of it is whole ({}).\n",
            count(drilled.row_count, "row", "rows")
        )
    });
    Ok(Ending::Done)
}

async fn off(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    if library.key_book()?.current.is_some() {
        context
            .confirm(Question::Plain("Encrypt new backups no more?"))
            .await?;
        library.encrypt_for(None)?;
    }
    let keys = LibraryKeys::new(&library.key_book()?, &library.keys());
    context.show(&keys, || {
        "New backups are not encrypted. Those that are stay so, and need their key as before.\n"
            .to_owned()
    });
    Ok(Ending::Done)
}
