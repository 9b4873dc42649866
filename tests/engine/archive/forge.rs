//! Takes an archive apart into its frames and puts changed ones together again, by a reading of the
//! format of its own.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

pub(crate) const SEEK_MAGIC: u32 = 0x184D_2A5E;
pub(crate) const FOOTER_MAGIC: u32 = 0x8F92_EAB1;

/// An archive in pieces: what each frame holds, and the manifest as JSON.
#[derive(Clone)]
pub(crate) struct Forge {
    /// What the frames before the manifest hold.
    pub(crate) frames: Vec<Vec<u8>>,
    pub(crate) manifest: Value,
    /// What stands in the manifest's place, if not `manifest`.
    pub(crate) raw_manifest: Option<Vec<u8>>,
    /// The name in the manifest's header; `None` leaves the manifest out.
    pub(crate) manifest_name: Option<String>,
    pub(crate) end: Vec<u8>,
    /// Replaces a frame's compressed bytes, by index.
    pub(crate) replaced: Vec<(usize, Vec<u8>)>,
    /// Changes what the seek table says of a frame: index, compressed, decompressed.
    pub(crate) lies: Vec<(usize, u32, u32)>,
    /// Changes the number of frames that the seek table gives.
    pub(crate) count_lie: Option<u32>,
    /// What follows the seek table.
    pub(crate) behind: Vec<u8>,
}

/// Where each frame lies in a file, and how much it holds: offset, compressed, decompressed.
pub(crate) fn frames_of(file: &[u8]) -> Vec<(usize, usize, usize)> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let count = word(file.len() - 9);
    let mut entry = file.len() - 9 - 8 * count;
    let mut offset = 0;
    let mut frames = Vec::new();
    for _ in 0..count {
        frames.push((offset, word(entry), word(entry + 4)));
        offset += word(entry);
        entry += 8;
    }
    frames
}

impl Forge {
    pub(crate) fn take_apart(path: &Path) -> Self {
        let file = std::fs::read(path).unwrap();
        let mut frames: Vec<Vec<u8>> = frames_of(&file)
            .into_iter()
            .map(|(offset, length, size)| {
                zstd::bulk::decompress(&file[offset..offset + length], size).unwrap()
            })
            .collect();
        let end = frames.pop().unwrap();
        let manifest = frames.pop().unwrap();
        frames.pop().unwrap();
        let length = manifest.iter().rposition(|byte| *byte == b'}').unwrap() + 1;
        Self {
            frames,
            manifest: serde_json::from_slice(&manifest[..length]).unwrap(),
            raw_manifest: None,
            manifest_name: Some("manifest.json".to_owned()),
            end,
            replaced: Vec::new(),
            lies: Vec::new(),
            count_lie: None,
            behind: Vec::new(),
        }
    }

    /// The entry of the table in that place of the manifest.
    pub(crate) fn table(&mut self, place: usize) -> &mut Value {
        &mut self.manifest["tables"][place]
    }

    /// The index of the first frame of the table in that place of the manifest.
    pub(crate) fn frame_of(&mut self, place: usize) -> usize {
        usize::try_from(self.table(place)["first_frame"].as_u64().unwrap()).unwrap()
    }

    /// Adds a table's content as the manifest would have it, with this as what was hashed.
    pub(crate) fn set_content(&mut self, place: usize, content: &[u8]) {
        let first = self.frame_of(place);
        let name = self.table(place)["member"].as_str().unwrap().to_owned();
        self.frames[first] = header(&name, content.len() as u64);
        self.frames[first + 1] = padded(content);
        let entry = self.table(place);
        entry["byte_count"] = content.len().into();
        entry["blake3"] = blake3::hash(content).to_hex().as_str().into();
    }

    pub(crate) fn write(&self, path: &Path) {
        let mut contents = self.frames.clone();
        if let Some(name) = &self.manifest_name {
            let json = self
                .raw_manifest
                .clone()
                .unwrap_or_else(|| serde_json::to_vec_pretty(&self.manifest).unwrap());
            contents.push(header(name, json.len() as u64));
            contents.push(padded(&json));
        }
        contents.push(self.end.clone());
        let mut file = Vec::new();
        let mut table = Vec::new();
        for (index, content) in contents.iter().enumerate() {
            let replaced = self.replaced.iter().find(|(at, _)| *at == index);
            let frame = match replaced {
                Some((_, bytes)) => bytes.clone(),
                None => zstd::bulk::compress(content, 1).unwrap(),
            };
            let (compressed, decompressed) = match self.lies.iter().find(|(at, ..)| *at == index) {
                Some((_, compressed, decompressed)) => (*compressed, *decompressed),
                None => (frame.len() as u32, content.len() as u32),
            };
            table.extend(compressed.to_le_bytes());
            table.extend(decompressed.to_le_bytes());
            file.extend(frame);
        }
        file.extend(SEEK_MAGIC.to_le_bytes());
        file.extend((table.len() as u32 + 9).to_le_bytes());
        file.extend(&table);
        file.extend(
            self.count_lie
                .unwrap_or(table.len() as u32 / 8)
                .to_le_bytes(),
        );
        file.push(0);
        file.extend(FOOTER_MAGIC.to_le_bytes());
        file.extend(&self.behind);
        std::fs::write(path, file).unwrap();
    }
}

pub(crate) fn padded(content: &[u8]) -> Vec<u8> {
    let mut padded = content.to_vec();
    padded.resize(content.len().next_multiple_of(512), 0);
    padded
}

/// A tar header of a plain file, whatever its name is.
pub(crate) fn header(name: &str, size: u64) -> Vec<u8> {
    header_of(name, size, tar::EntryType::Regular)
}

pub(crate) fn header_of(name: &str, size: u64, kind: tar::EntryType) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.set_size(size);
    header.set_mtime(0);
    if kind == tar::EntryType::Symlink {
        header.set_link_name_literal("/etc/passwd").unwrap();
    }
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// A PAX header that gives the next member this name, and that member's own header.
pub(crate) fn pax_header(name: &str, size: u64) -> Vec<u8> {
    let mut length = name.len() + 8;
    while format!("{length} path={name}\n").len() != length {
        length += 1;
    }
    let record = format!("{length} path={name}\n");
    let mut bytes = header_of(
        "PaxHeaders/member",
        record.len() as u64,
        tar::EntryType::XHeader,
    );
    bytes.extend(padded(record.as_bytes()));
    bytes.extend(header("member", size));
    bytes
}

/// One zstd frame of so many zero bytes (a whole number of MiB), without holding them.
pub(crate) fn zeros(byte_count: u64, with_size: bool) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_contentsize(with_size).unwrap();
    if with_size {
        encoder.set_pledged_src_size(Some(byte_count)).unwrap();
    }
    let zeros = vec![0; 1 << 20];
    for _ in 0..byte_count >> 20 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}
