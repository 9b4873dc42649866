//! Lays a manifest's members out over the frames of the file and holds the two against each other.

use std::path::Path;

use super::failure;
use super::manifest::{CHANGES_VERSION, FORMAT_VERSION, Manifest};
use super::member::{self, MemberHeader};
use super::seek::{FRAME_COUNT_LIMIT, Frame};
use crate::Result;

/// Frames before the first member: the README's.
pub(super) const MEMBERS_BEGIN: usize = 2;
/// Frames behind the last member: the manifest's two and the end of the tar.
const MEMBERS_END: usize = 3;

/// A member's place, from the manifest, after it was held against the seek table.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) member: String,
    pub(super) byte_count: u64,
    pub(super) blake3: blake3::Hash,
    pub(super) first_frame: usize,
    pub(super) frame_count: usize,
}

impl Span {
    pub(super) fn check_header(&self, header: &MemberHeader, path: &Path) -> Result<()> {
        if header.name != self.member || header.byte_count != self.byte_count {
            let what = "a member's header is not what the manifest says";
            return Err(failure::mismatch(path, what).with("member", &self.member));
        }
        Ok(())
    }
}

/// The members in the order of the file. They must follow each other without gap or overlap from the
/// README to the manifest, under the names of their tables and files, in frames of their size.
pub(super) fn lay_out(manifest: &Manifest, frames: &[Frame], path: &Path) -> Result<Vec<Span>> {
    let wrong = |what| failure::mismatch(path, what);
    let mut spans = members(manifest, path)?;
    if let Some(what) = manifest.inconsistency() {
        return Err(wrong(what));
    }
    spans.sort_by_key(|span| span.first_frame);
    let mut next = MEMBERS_BEGIN;
    for span in &spans {
        if span.first_frame != next || span.frame_count == 0 {
            return Err(wrong("the members do not follow each other"));
        }
        // Both numbers are below the limit of frames: nothing overflows.
        next += span.frame_count;
        let Some(content) = frames.get(span.first_frame + 1..next) else {
            return Err(wrong("a member has more frames than the file"));
        };
        let held: u64 = content
            .iter()
            .map(|frame| u64::from(frame.size.decompressed))
            .sum();
        let padding = member::padding(span.byte_count) as u64;
        if span.byte_count.checked_add(padding) != Some(held) {
            let what = "a member's frames do not hold as many bytes as it has";
            return Err(wrong(what).with("member", &span.member));
        }
    }
    if next + MEMBERS_END != frames.len() {
        return Err(wrong(
            "the archive has frames that its manifest does not list",
        ));
    }
    Ok(spans)
}

/// The members that the manifest lists, with names that are safe, their own, and one each.
fn members(manifest: &Manifest, path: &Path) -> Result<Vec<Span>> {
    check_version(manifest, path)?;
    let mut spans = Vec::with_capacity(manifest.tables.len());
    for changes in &manifest.changes {
        let came = (&changes.came, member::data_member_name(&changes.table));
        let went = (&changes.went, member::gone_member_name(&changes.table));
        for (rows, name) in [came, went] {
            let Some(rows) = rows else { continue };
            check_name(&rows.member, &name, path)?;
            let place = (rows.first_frame, rows.frame_count);
            spans.push(span(
                &rows.member,
                rows.byte_count,
                &rows.blake3,
                place,
                path,
            )?);
        }
    }
    let whole = manifest.stands_on().is_none();
    for entry in manifest.tables.iter().filter(|_| whole) {
        let place = (entry.first_frame, entry.frame_count);
        check_name(&entry.member, &member::data_member_name(&entry.table), path)?;
        spans.push(span(
            &entry.member,
            entry.byte_count,
            &entry.blake3,
            place,
            path,
        )?);
    }
    for entry in manifest.files.iter().flatten() {
        if !whole && entry.frame_count == 0 {
            continue;
        }
        let place = (entry.first_frame, entry.frame_count);
        check_name(
            &entry.member,
            &member::file_member_name(&entry.bucket, &entry.key),
            path,
        )?;
        spans.push(span(
            &entry.member,
            entry.byte_count,
            &entry.blake3,
            place,
            path,
        )?);
    }
    let mut names: Vec<_> = spans.iter().map(|span| span.member.as_str()).collect();
    names.sort_unstable();
    if names
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a == b))
    {
        return Err(failure::mismatch(path, "two members have one name"));
    }
    Ok(spans)
}

/// An archive that stands on another one says so by its version, and has no rows but those that changed.
fn check_version(manifest: &Manifest, path: &Path) -> Result<()> {
    let stands = manifest.stands_on().is_some();
    let version = if stands {
        CHANGES_VERSION
    } else {
        FORMAT_VERSION
    };
    let has_frames = manifest.tables.iter().any(|entry| entry.frame_count > 0);
    let changed = manifest.changes.iter().map(|changes| &changes.table);
    let is_sorted = changed.is_sorted_by(|a, b| a < b);
    if manifest.format_version != version
        || (manifest.base_state.is_some() && !stands)
        || (stands && has_frames)
        || (!stands && !manifest.changes.is_empty())
        || !is_sorted
    {
        let what = "what the archive says of the one that it stands on does not fit together";
        return Err(failure::mismatch(path, what));
    }
    Ok(())
}

fn check_name(name: &str, expected: &str, path: &Path) -> Result<()> {
    if let Some(reason) = member::unsafe_name(name) {
        return Err(failure::unsafe_path(path, reason));
    }
    if name != expected {
        let what = "a member's name is not the one of its table or file";
        return Err(failure::mismatch(path, what).with("member", name));
    }
    Ok(())
}

/// One member's span; `place` is its first frame and the number of its frames.
fn span(
    member: &str,
    byte_count: u64,
    blake3: &str,
    place: (u64, u64),
    path: &Path,
) -> Result<Span> {
    let within = |number: u64| {
        usize::try_from(number)
            .ok()
            .filter(|number| *number <= FRAME_COUNT_LIMIT as usize)
    };
    let (Some(first_frame), Some(frame_count)) = (within(place.0), within(place.1)) else {
        return Err(
            failure::mismatch(path, "a member lies outside the file").with("member", member)
        );
    };
    let blake3 = blake3::Hash::from_hex(blake3).map_err(|_| {
        failure::damaged(path, "a hash in the manifest is not a hash").with("member", member)
    })?;
    Ok(Span {
        member: member.to_owned(),
        byte_count,
        blake3,
        first_frame,
        frame_count,
    })
}
