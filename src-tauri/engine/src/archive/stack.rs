//! Makes an archive whole that holds only what changed: the rows of the archive that it stands on, with its
//! own changes, and those of all between. What comes out is what the manifest describes, to the last byte of
//! every member.

use std::collections::HashMap;
use std::path::Path;

use super::failure;
use super::keyed::KeyedRows;
use super::manifest::{ChangedRows, FileEntry, Manifest, TableChanges, TableEntry};
use super::member::{data_member_name, file_member_name};
use super::reader::Reader;
use super::readme::ReadmeFacts;
use super::spool::{DEFAULT_LEVEL, MemberEntry, MemberSpool, Press};
use super::writer::{Sealed, Writer};
use crate::Result;
use crate::cancel::{CancelToken, checkpoint};
use crate::rows::{KeyColumns, Row, RowStream, Spares};

/// Rows between two looks at the cancel token.
const ROWS_PER_CHECK: u64 = 4_096;

/// An archive and those that it stands on.
pub struct Stack {
    /// The lowest, which has all of its rows.
    whole: Reader,
    /// What changed since, from the lowest to the one that is wanted.
    above: Vec<Reader>,
}

impl Stack {
    /// Holds the archives against each other: each of `above` names the one below it, and how that one was.
    ///
    /// # Errors
    /// `base_missing` where the lowest stands on another; `archive_mismatch`.
    pub fn new(whole: Reader, above: Vec<Reader>) -> Result<Self> {
        let mut below = whole.manifest();
        let top = above.last().unwrap_or(&whole);
        if below.stands_on().is_some() {
            return Err(failure::base_missing(top.path()));
        }
        for layer in &above {
            let manifest = layer.manifest();
            if manifest.stands_on() != Some(below.id)
                || manifest.base_state.as_deref() != Some(below.state().as_str())
            {
                let what = "the archive that it stands on is not the one that it was made from";
                return Err(failure::mismatch(layer.path(), what));
            }
            below = manifest;
        }
        Ok(Self { whole, above })
    }

    /// Writes the whole archive. Rows that nobody touched since the first layer are taken over compressed as they
    /// are; spill files go into `folder`.
    ///
    /// # Errors
    /// What the layers' readers and the writer meet; `archive_mismatch` where a table does not come out as its
    /// manifest describes it; `cancelled`.
    pub fn write_whole(
        &self,
        writer: Writer,
        folder: &Path,
        cancel: &CancelToken,
    ) -> Result<Sealed> {
        let mut manifest = self.top().manifest().clone();
        let presses = Spares::default();
        for entry in &mut manifest.tables {
            checkpoint(cancel)?;
            let member = self.append_table(&writer, entry, (folder, &presses), cancel)?;
            if (member.row_count, member.byte_count, &member.blake3)
                != (entry.row_count, entry.byte_count, &entry.blake3)
            {
                let what = "a table is not what its manifest says once its changes are made";
                let failed = failure::mismatch(self.top().path(), what);
                return Err(failed.with("table", &entry.table));
            }
            (entry.first_frame, entry.frame_count) = (member.first_frame, member.frame_count);
        }
        let contents = self.contents();
        for entry in manifest.files.iter_mut().flatten() {
            checkpoint(cancel)?;
            let held = contents.get(&(entry.blake3.as_str(), entry.byte_count));
            let Some((layer, held)) = held else {
                let what = "the content of a file is in none of the archives that it stands on";
                return Err(failure::mismatch(self.top().path(), what));
            };
            let name = file_member_name(&entry.bucket, &entry.key);
            let member = writer.append_from(layer, held.first_frame, &name, 0)?;
            (entry.first_frame, entry.frame_count) = (member.first_frame, member.frame_count);
        }
        manifest.base = None;
        manifest.base_state = None;
        manifest.changes.clear();
        writer.seal(manifest)
    }

    /// What the wanted archive says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.top().manifest()
    }

    fn top(&self) -> &Reader {
        self.above.last().unwrap_or(&self.whole)
    }

    /// Which layer holds the content of files, by hash and length.
    fn contents(&self) -> HashMap<(&str, u64), (&Reader, &FileEntry)> {
        let mut contents = HashMap::new();
        for layer in std::iter::once(&self.whole).chain(&self.above) {
            for entry in layer.manifest().files.iter().flatten() {
                if entry.frame_count > 0 {
                    contents.insert((entry.blake3.as_str(), entry.byte_count), (layer, entry));
                }
            }
        }
        contents
    }

    fn append_table(
        &self,
        writer: &Writer,
        entry: &TableEntry,
        (folder, presses): (&Path, &Spares<Press>),
        cancel: &CancelToken,
    ) -> Result<MemberEntry> {
        let path = self.top().path();
        let known = self.whole.manifest().table(&entry.table).filter(|known| {
            (&known.columns, &known.key_columns) == (&entry.columns, &entry.key_columns)
        });
        let Some(known) = known else {
            let what =
                "a table is not in the archive that it stands on, or has other columns there";
            return Err(failure::mismatch(path, what).with("table", &entry.table));
        };
        let mut changes = Vec::new();
        for layer in &self.above {
            if let Some(changed) = layer.manifest().changes_of(&entry.table) {
                changes.extend(heads(layer, changed, entry)?);
            }
        }
        if changes.is_empty() {
            let name = data_member_name(&entry.table);
            return writer.append_from(&self.whole, known.first_frame, &name, known.row_count);
        }
        let member = MemberSpool::for_table(&entry.table, folder, DEFAULT_LEVEL)?.sharing(presses);
        let base = Head::new(self.whole.keyed_rows(&entry.table)?, Kind::Base)?;
        let mut merge = Merge {
            base,
            changes,
            member,
            counts_rows: entry.key().is_whole_row(),
            path,
        };
        merge.run(cancel)?;
        writer.append(&merge.member.finish()?)
    }
}

/// What a layer says of a table: rows that came, and rows that went.
fn heads(layer: &Reader, changed: &TableChanges, entry: &TableEntry) -> Result<Vec<Head>> {
    let mut heads = Vec::new();
    if let Some(came) = &changed.came {
        heads.push(Head::new(rows(layer, came, entry.key())?, Kind::Came)?);
    }
    if let Some(went) = &changed.went {
        let width = entry.key_columns.len();
        let key = match entry.key().is_whole_row() {
            true => entry.key(),
            false => KeyColumns::at((0..width).collect()),
        };
        heads.push(Head::new(rows(layer, went, key)?, Kind::Went)?);
    }
    Ok(heads)
}

fn rows(layer: &Reader, changed: &ChangedRows, key: KeyColumns) -> Result<KeyedRows> {
    let rows = layer.rows_of(changed.first_frame, changed.row_count)?;
    Ok(KeyedRows::new(rows, key))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Base,
    Came,
    Went,
}

/// The current row of one member.
struct Head {
    rows: KeyedRows,
    kind: Kind,
    key: Vec<u8>,
    line: Vec<u8>,
    has_row: bool,
}

impl Head {
    fn new(rows: KeyedRows, kind: Kind) -> Result<Self> {
        let mut head = Self {
            rows,
            kind,
            key: Vec::new(),
            line: Vec::new(),
            has_row: true,
        };
        head.advance()?;
        Ok(head)
    }

    fn advance(&mut self) -> Result<()> {
        let row = self.rows.next_row()?;
        self.has_row = row.is_some();
        if let Some(Row { key, line }) = row {
            self.key.clear();
            self.key.extend_from_slice(key);
            self.line.clear();
            self.line.extend_from_slice(line);
        }
        Ok(())
    }

    fn is_at(&self, key: &[u8]) -> bool {
        self.has_row && self.key == key
    }
}

/// One table of all layers, row by row in the order of their keys.
struct Merge<'a> {
    base: Head,
    /// From the lowest layer to the highest.
    changes: Vec<Head>,
    member: MemberSpool,
    /// Whether rows have no key, so that equal ones are counted.
    counts_rows: bool,
    path: &'a Path,
}

impl Merge<'_> {
    fn run(&mut self, cancel: &CancelToken) -> Result<()> {
        let mut key = Vec::new();
        loop {
            let next = self.changes.iter().filter(|head| head.has_row);
            let next = next.map(|head| &head.key).min();
            let is_last = next.is_none();
            if let Some(next) = next {
                key.clone_from(next);
            }
            // What no layer has touched goes through as it is.
            while self.base.has_row && (is_last || self.base.key < key) {
                if self.member.row_count().is_multiple_of(ROWS_PER_CHECK) {
                    checkpoint(cancel)?;
                }
                self.member.push_row(&self.base.line)?;
                self.base.advance()?;
            }
            if is_last {
                return Ok(());
            }
            match self.counts_rows {
                true => self.count(&key)?,
                false => self.decide(&key)?,
            }
        }
    }

    /// A row of that key: the highest layer that knows it says what it is.
    fn decide(&mut self, key: &[u8]) -> Result<()> {
        let mut highest = None;
        for head in self.changes.iter().filter(|head| head.is_at(key)) {
            highest = Some(head);
        }
        if let Some(head) = highest
            && head.kind == Kind::Came
        {
            self.member.push_row(&head.line)?;
        }
        for head in std::iter::once(&mut self.base).chain(&mut self.changes) {
            if head.is_at(key) {
                head.advance()?;
                if head.is_at(key) {
                    let what = "a key comes twice among the rows that changed";
                    return Err(failure::mismatch(self.path, what));
                }
            }
        }
        Ok(())
    }

    /// Rows of that key, which is all of the row: as many as there were, and came, without those that went.
    fn count(&mut self, key: &[u8]) -> Result<()> {
        let (mut count, mut line) = (0_i64, Vec::new());
        for head in std::iter::once(&mut self.base).chain(&mut self.changes) {
            while head.is_at(key) {
                count += if head.kind == Kind::Went { -1 } else { 1 };
                line.clone_from(&head.line);
                head.advance()?;
            }
        }
        if count < 0 {
            let what = "more rows went than there were";
            return Err(failure::mismatch(self.path, what));
        }
        for _ in 0..count {
            self.member.push_row(&line)?;
        }
        Ok(())
    }
}

impl Manifest {
    /// What the README says of an archive that is stored otherwise than it was made.
    #[must_use]
    pub fn readme_facts(&self) -> ReadmeFacts {
        ReadmeFacts {
            company: self.company.clone(),
            made_at: self.snapshot_time,
            tool_version: self.tool_version.clone(),
            application: self.profile.clone(),
        }
    }

    /// What changed in that table since the archive that this one stands on, if anything did.
    #[must_use]
    pub fn changes_of(&self, table: &crate::model::TableName) -> Option<&TableChanges> {
        let place = self
            .changes
            .binary_search_by(|changes| changes.table.cmp(table));
        place.ok().and_then(|place| self.changes.get(place))
    }

    /// A hash over all that the archive stands for, which is the same however it is stored: BLAKE3 over the
    /// columns, counts and hashes of its tables, and the names and hashes of its files.
    #[must_use]
    pub fn state(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut say = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for entry in &self.tables {
            say(&entry.member);
            entry.columns.iter().for_each(|column| say(column));
            say("");
            entry.key_columns.iter().for_each(|column| say(column));
            say("");
            say(&entry.row_count.to_string());
            say(&entry.blake3);
        }
        say("files");
        for entry in self.files.iter().flatten() {
            say(&entry.member);
            say(&entry.blake3);
        }
        hasher.finalize().to_hex().to_string()
    }
}
