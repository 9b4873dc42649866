//! The sentences of what can be wrong with an archive. Every one names the file, none a row value.

use std::path::Path;

use crate::{Code, Error};

pub(super) fn not_an_archive(path: &Path) -> Error {
    Error::new(
        Code::NotAnArchive,
        "This file is not an archive of Snapback.",
    )
    .with("archive", path.display())
}

pub(super) fn incomplete(path: &Path) -> Error {
    Error::new(
        Code::ArchiveIncomplete,
        "The archive ends before its manifest: it was never finished, or was cut short.",
    )
    .hint(
        "It cannot be restored. Use another backup, or copy the file again from where it is whole.",
    )
    .with("archive", path.display())
}

pub(super) fn damaged(path: &Path, what: &'static str) -> Error {
    Error::new(Code::ArchiveDamaged, "The archive is damaged.")
        .hint("It was changed after it was written. Copy it again from where it is whole, or use another backup.")
        .with("archive", path.display())
        .because(what)
}

pub(super) fn mismatch(path: &Path, what: &'static str) -> Error {
    Error::new(
        Code::ArchiveMismatch,
        "The archive does not hold what its own manifest says.",
    )
    .hint("Snapback does not write such archives: do not trust this file.")
    .with("archive", path.display())
    .because(what)
}

pub(super) fn too_large(path: &Path, what: &'static str) -> Error {
    Error::new(
        Code::ArchiveTooLarge,
        "The archive would unpack to more than it may.",
    )
    .hint("Snapback does not write such archives: do not trust this file.")
    .with("archive", path.display())
    .because(what)
}

pub(super) fn unsafe_path(path: &Path, what: &'static str) -> Error {
    Error::new(
        Code::ArchiveUnsafePath,
        "The archive holds an entry that would be written outside its folder.",
    )
    .hint("Snapback does not write such archives: do not trust this file, and do not unpack it.")
    .with("archive", path.display())
    .because(what)
}

pub(super) fn too_new(path: &Path, found: u64, known: u32) -> Error {
    Error::new(
        Code::ArchiveTooNew,
        "The archive was made by a newer Snapback than this one.",
    )
    .hint("Update Snapback on this computer, then try again.")
    .with("archive", path.display())
    .with("format_version", found)
    .with("known_format_version", known)
}

pub(super) fn key_needed(path: &Path) -> Error {
    Error::new(
        Code::KeyNeeded,
        "The archive is encrypted, and its key is not at hand.",
    )
    .hint("Unlock the keychain of this computer, or take the key in from the recovery sheet: snapback key add FILE. Without the key nobody can open it.")
    .with("archive", path.display())
}

pub(super) fn wrong_key(path: &Path) -> Error {
    Error::new(
        Code::WrongKey,
        "The archive is encrypted for another key than those at hand.",
    )
    .hint("Take in the key of the library that made it, from its recovery sheet: snapback key add FILE. Without that key nobody can open it.")
    .with("archive", path.display())
}

pub(super) fn passphrase_needed(path: &Path) -> Error {
    Error::new(
        Code::KeyNeeded,
        "The archive is locked with a passphrase.",
    )
    .hint("Whoever handed it over knows it (give it in SNAPBACK_PASSPHRASE, or where `snapback` asks for it). Without it nobody can open the archive.")
    .with("locked_by", "passphrase")
    .with("archive", path.display())
}

pub(super) fn wrong_passphrase(path: &Path) -> Error {
    Error::new(
        Code::WrongKey,
        "The archive is locked with another passphrase.",
    )
    .hint("Is it written exactly as it was when the archive was made?")
    .with("locked_by", "passphrase")
    .with("archive", path.display())
}

pub(super) fn too_much_work(path: &Path) -> Error {
    Error::new(
        Code::ArchiveTooLarge,
        "Trying a passphrase on this archive would take more time and memory than is reasonable.",
    )
    .hint(
        "Snapback and age make none like that. Open it with age, and look at it before it is used.",
    )
    .with("archive", path.display())
}

/// What an archive that holds only changes says where nothing is there on which it could stand.
pub(crate) fn base_missing(path: &Path) -> Error {
    Error::new(
        Code::BaseMissing,
        "The archive holds only what changed, and the archive that it stands on is not beside it.",
    )
    .hint(
        "Put both into one folder. A copy that stands alone is made by saving a copy in Snapback.",
    )
    .with("archive", path.display())
}

pub(super) fn defect(what: &'static str) -> Error {
    Error::new(
        Code::Defect,
        "Snapback tried to write an archive that it could not read back; nothing was kept.",
    )
    .because(what)
}
