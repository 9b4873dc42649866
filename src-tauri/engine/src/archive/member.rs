//! Names and tar headers of members.

use std::path::Path;

use tar::{EntryType, Header};

use super::failure;
use super::frame::BLOCK;
use crate::Result;
use crate::model::TableName;

pub(super) const README: &str = "README.txt";
pub(super) const MANIFEST: &str = "manifest.json";
/// Zero bytes that end a tar.
pub(super) const TAR_END_LENGTH: usize = 2 * BLOCK;
/// The most bytes that a member's name may have.
const NAME_LIMIT: usize = 4096;
/// Names longer than this go into a PAX header.
const USTAR_NAME_LIMIT: usize = 100;

/// The member that holds a table's rows: `data/<schema>.<table>.copy`.
///
/// Bytes of the schema's and the table's name outside `A-Z a-z 0-9 _ -` are percent-encoded, so the
/// name is safe in every file system, no two tables share one, and the first dot ends the schema.
/// Names that differ by case alone stay apart inside the tar; a file system that ignores case would
/// unpack them onto each other.
#[must_use]
pub fn data_member_name(table: &TableName) -> String {
    format!(
        "data/{}.{}.copy",
        encode(&table.schema),
        encode(&table.name)
    )
}

/// The member that holds those rows of a table that went: `gone/<schema>.<table>.copy`.
#[must_use]
pub(super) fn gone_member_name(table: &TableName) -> String {
    format!(
        "gone/{}.{}.copy",
        encode(&table.schema),
        encode(&table.name)
    )
}

/// The member that holds an uploaded file.
pub(super) fn file_member_name(bucket: &str, key: &str) -> String {
    format!("files/{bucket}/{key}")
}

/// Why a file of the storage cannot be a member under its own name, if it cannot.
#[must_use]
pub fn unsafe_file_name(bucket: &str, key: &str) -> Option<&'static str> {
    unsafe_name(&file_member_name(bucket, key))
}

fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                encoded.push(hex_digit(byte >> 4));
                encoded.push(hex_digit(byte & 15));
            }
        }
    }
    encoded
}

fn hex_digit(value: u8) -> char {
    char::from(if value < 10 {
        b'0' + value
    } else {
        b'A' + value - 10
    })
}

/// Why a member's name may not be used, if it may not: it could be unpacked outside its folder.
pub(super) fn unsafe_name(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > NAME_LIMIT {
        return Some("a member's name is empty or too long");
    }
    if name.contains(['\\', ':']) || name.chars().any(char::is_control) {
        return Some("a member's name holds a character that some systems take for something else");
    }
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("a member's name is absolute or leads out of its folder");
    }
    None
}

/// How many zero bytes follow a member's content up to the next tar block.
pub(super) fn padding(byte_count: u64) -> usize {
    (byte_count.wrapping_neg() % BLOCK as u64) as usize
}

/// The tar header of a plain file, with a PAX header before it where the name needs one.
pub(super) fn encode_header(name: &str, byte_count: u64, mtime: u64) -> Result<Vec<u8>> {
    if let Some(reason) = unsafe_name(name) {
        return Err(failure::defect(reason));
    }
    let mut bytes = Vec::with_capacity(BLOCK);
    let plain = name.len() <= USTAR_NAME_LIMIT && name.is_ascii();
    if !plain {
        let record = pax_record("path", name);
        bytes.extend(block(
            b"PaxHeaders/member",
            record.len() as u64,
            mtime,
            EntryType::XHeader,
        ));
        bytes.extend(record.as_bytes());
        bytes.resize(bytes.len() + padding(record.len() as u64), 0);
    }
    let short: Vec<u8> = name
        .bytes()
        .map(|byte| if byte.is_ascii() { byte } else { b'_' })
        .take(USTAR_NAME_LIMIT)
        .collect();
    bytes.extend(block(&short, byte_count, mtime, EntryType::Regular));
    Ok(bytes)
}

fn block(name: &[u8], byte_count: u64, mtime: u64, kind: EntryType) -> [u8; BLOCK] {
    let mut header = Header::new_ustar();
    for (slot, byte) in header.as_old_mut().name.iter_mut().zip(name) {
        *slot = *byte;
    }
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(mtime);
    header.set_size(byte_count);
    header.set_cksum();
    *header.as_bytes()
}

/// One PAX record; its own length in digits is part of the length that it gives.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// What a member's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemberHeader {
    pub(super) name: String,
    pub(super) byte_count: u64,
}

/// Reads the header frame of a member: one header of a plain file, perhaps a PAX header before it,
/// and nothing else.
pub(super) fn decode_header(bytes: &[u8], path: &Path) -> Result<MemberHeader> {
    let wrong = || failure::damaged(path, "a tar header cannot be read");
    let (first, rest) = bytes.split_first_chunk::<BLOCK>().ok_or_else(wrong)?;
    let (header, pax_name) = if Header::from_byte_slice(first).entry_type() == EntryType::XHeader {
        let length = checked_size(first, path)?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= rest.len())
            .ok_or_else(wrong)?;
        let (records, rest) = rest.split_at(length);
        let (zeros, rest) = rest
            .split_at_checked(padding(length as u64))
            .ok_or_else(wrong)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(wrong());
        }
        let name = pax_name(records).ok_or_else(wrong)?;
        (
            rest.split_first_chunk::<BLOCK>()
                .filter(|(_, rest)| rest.is_empty())
                .ok_or_else(wrong)?
                .0,
            Some(name),
        )
    } else if rest.is_empty() {
        (first, None)
    } else {
        return Err(wrong());
    };
    let byte_count = checked_size(header, path)?;
    let header = Header::from_byte_slice(header);
    if !matches!(header.entry_type(), EntryType::Regular) {
        return Err(failure::unsafe_path(
            path,
            "a member is a link, a folder or a device instead of a plain file",
        ));
    }
    let name = match pax_name {
        Some(name) => name,
        None => String::from_utf8(header.path_bytes().into_owned()).map_err(|_| wrong())?,
    };
    match unsafe_name(&name) {
        Some(reason) => Err(failure::unsafe_path(path, reason)),
        None => Ok(MemberHeader { name, byte_count }),
    }
}

/// The size in a header block whose checksum is right.
fn checked_size(block: &[u8; BLOCK], path: &Path) -> Result<u64> {
    let header = Header::from_byte_slice(block);
    // The checksum is the sum of all bytes, its own eight counted as spaces.
    let own: u32 = header
        .as_old()
        .cksum
        .iter()
        .map(|byte| u32::from(*byte))
        .sum();
    let sum = block.iter().map(|byte| u32::from(*byte)).sum::<u32>() - own + 8 * u32::from(b' ');
    match (header.cksum(), header.entry_size()) {
        (Ok(stated), Ok(size)) if stated == sum && header.as_ustar().is_some() => Ok(size),
        _ => Err(failure::damaged(path, "a tar header cannot be read")),
    }
}

/// The value of the only record that our PAX headers have.
fn pax_name(records: &[u8]) -> Option<String> {
    let record = std::str::from_utf8(records).ok()?;
    let (length, rest) = record.split_once(' ')?;
    let name = rest.strip_prefix("path=")?.strip_suffix('\n')?;
    (length.parse() == Ok(records.len()) && !name.contains('\n')).then(|| name.to_owned())
}
