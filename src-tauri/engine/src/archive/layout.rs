//! Lays a manifest's members out over the frames of the file and holds the two against each other.

use std::path::Path;

use super::failure;
use super::manifest::Manifest;
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
    let mut spans = Vec::with_capacity(manifest.tables.len());
    for entry in &manifest.tables {
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
