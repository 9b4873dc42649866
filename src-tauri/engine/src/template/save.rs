//! Saves a backup as a template: its rows with the addresses of outside parties replaced, and what people
//! choose it by.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use jiff::Timestamp;
use uuid::Uuid;

use crate::Result;
use crate::archive::{
    DEFAULT_LEVEL, Encryption, Finished, Kind, MadeBy, Manifest, MemberSpool, Reader, ReadmeFacts,
    TableEntry, Template, Writer,
};
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Actor;
use crate::model::{Person, Profile, TableName};
use crate::new_company::safe_copy_rule;
use crate::rekey::{
    AddressColumns, Escapes, Ids, InText, Masked, Masking, Paths, Renewal, Rewriter, Rule,
    TableTally, escapes_of,
};
use crate::reporter::Counters;
use crate::rows::{KeyColumns, RowStream, SortSettings, Sorter, push_escaped};

/// Rows between two looks at whether somebody wants to stop.
const LOOK_EVERY: u64 = 20_000;
/// Bytes of rows of one table that are sorted in memory.
const SORT_BUDGET: usize = 16 << 20;

/// What saving a template must be told.
#[derive(Debug, Clone)]
pub struct SaveOptions {
    /// Where it is to be.
    pub target: PathBuf,
    /// What it says of itself.
    pub template: Template,
    /// Who makes it.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
    /// An owner-only folder on this computer.
    pub spill_folder: PathBuf,
}

/// A template that was saved.
#[derive(Debug, Clone)]
pub struct SavedTemplate {
    /// Its file.
    pub archive: Finished,
    /// What it says about itself.
    pub manifest: Manifest,
    /// What was replaced.
    pub masked: Masked,
}

/// Saves an archive as a template. Waits for disks: meant for a thread that may.
///
/// # Errors
/// `other_company` where the archive is another application's; `usage` where the profile does not say how a
/// safe copy is made; errors of the archive; `disk_full`, `local_file`; `cancelled`.
pub fn save(
    reader: &Reader,
    profile: &Profile,
    options: &SaveOptions,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<SavedTemplate> {
    let manifest = reader.manifest();
    manifest.require_profile(&profile.name)?;
    let rule = safe_copy_rule(profile)?;
    let saving = Saving {
        reader,
        options,
        counters,
        cancel,
        masking: masking(reader, &AddressColumns::of(profile, rule), cancel)?,
        off: rule
            .off
            .iter()
            .filter_map(|(written, value)| {
                let (table, column) = profile.column_name(written)?;
                Some(((table, column.to_owned()), value.clone()))
            })
            .collect(),
    };
    let mut template = manifest.clone();
    relabel(&mut template, options);
    let writer = Writer::create(
        &options.target,
        &ReadmeFacts {
            company: template.company.clone(),
            made_at: options.now,
            tool_version: template.tool_version.clone(),
            application: profile.title.clone(),
        },
    )?;
    let mut masked = Masked::default();
    template.tables.clear();
    for entry in &manifest.tables {
        let entry = saving.table(entry, &writer, &mut masked)?;
        template.tables.push(entry);
    }
    checkpoint(cancel)?;
    let (archive, manifest) = writer.seal(template)?.publish()?;
    Ok(SavedTemplate {
        archive,
        manifest,
        masked,
    })
}

/// Replacements, which know every number and site that the profile's columns name.
fn masking(reader: &Reader, columns: &AddressColumns, cancel: &CancelToken) -> Result<Masking> {
    let mut secret = blake3::Hasher::new();
    for _ in 0..4 {
        secret.update(Uuid::new_v4().as_bytes());
    }
    let mut masking = Masking::new(*secret.finalize().as_bytes());
    for entry in &reader.manifest().tables {
        let position = |column: &str| entry.columns.iter().position(|known| known == column);
        if let Some(places) = columns.of_table(&entry.table, position) {
            let mut rows = reader.rows(&entry.table)?;
            while let Some(line) = rows.next_row()? {
                places.note(line, &mut masking);
            }
            checkpoint(cancel)?;
        }
    }
    Ok(masking)
}

/// What the template says in place of the backup: neither whose rows they were nor who worked there.
fn relabel(manifest: &mut Manifest, options: &SaveOptions) {
    let Actor {
        os_user,
        host,
        app_user,
    } = options.actor.clone();
    manifest.id = Uuid::new_v4();
    manifest.kind = Kind::Template;
    manifest.label = Some(options.template.name.clone());
    manifest.company.name.clone_from(&options.template.name);
    manifest.template = Some(options.template.clone());
    manifest.tool_version = env!("CARGO_PKG_VERSION").to_owned();
    manifest.made_by = MadeBy {
        os_user,
        host,
        database_role: manifest.made_by.database_role.clone(),
        app_user,
    };
    // Their keys stand in rows and are nobody's elsewhere; names and addresses go.
    for Person { id: _, name, email } in &mut manifest.people {
        *name = None;
        *email = None;
    }
    manifest.files = None;
    manifest.known_files.clear();
    manifest.left_files.clear();
    manifest.base = None;
    manifest.base_state = None;
    manifest.changes.clear();
    manifest.encryption = Encryption::None;
    // Keys of rows are values of rows, which are not looked through here.
    manifest.skipped_rows.clear();
    manifest.broken_references.clear();
    manifest.problems.clear();
}

struct Saving<'a> {
    reader: &'a Reader,
    options: &'a SaveOptions,
    counters: &'a Counters,
    cancel: &'a CancelToken,
    masking: Masking,
    /// What is switched off, by table and column.
    off: BTreeMap<(TableName, String), String>,
}

impl Saving<'_> {
    /// Writes the rows of one table, sorted anew: what was replaced may be part of what they are sorted by.
    fn table(
        &self,
        entry: &TableEntry,
        writer: &Writer,
        masked: &mut Masked,
    ) -> Result<TableEntry> {
        let rules = self.rules(entry);
        let ids = Ids::new(Renewal::keeping());
        let missing: [HashSet<Vec<u8>>; 0] = [];
        let rewriter = Rewriter {
            columns: rules.iter().enumerate().collect(),
            cut: Vec::new(),
            ids: &ids,
            numbers: &[],
            missing: &missing,
            owner: None,
            paths: Paths::NOWHERE,
            masking: Some(&self.masking),
            days: 0,
        };
        let positions: Option<Vec<usize>> = entry
            .key_columns
            .iter()
            .map(|key| entry.columns.iter().position(|column| column == key))
            .collect();
        let key = match positions.filter(|positions| !positions.is_empty()) {
            Some(positions) => KeyColumns::at(positions),
            None => KeyColumns::whole_row(entry.columns.len()),
        };
        let spill = &self.options.spill_folder;
        let mut sorter = Sorter::new(key, SortSettings::new(SORT_BUDGET, spill.clone()));
        let mut rows = self.reader.rows(&entry.table)?;
        let (mut text, mut tally) = (Vec::new(), TableTally::default());
        while let Some(line) = rows.next_row()? {
            text.clear();
            rewriter.row(line, &mut text, &mut tally);
            sorter.push(text.strip_suffix(b"\n").unwrap_or(&text))?;
            self.counters.add(1, line.len() as u64 + 1);
            if rows.row_count() % LOOK_EVERY == 0 {
                checkpoint(self.cancel)?;
            }
        }
        for column in &tally.columns {
            masked.add(&column.masked);
        }
        let mut member = MemberSpool::for_table(&entry.table, spill, DEFAULT_LEVEL)?;
        let mut sorted = sorter.finish()?;
        while let Some(row) = sorted.next_row()? {
            member.push_row(row.line)?;
        }
        let TableEntry {
            table,
            area,
            disposition,
            columns,
            key_columns,
            ..
        } = entry.clone();
        let written = writer.append(&member.finish()?)?;
        Ok(TableEntry::new(
            table,
            area,
            disposition,
            columns,
            key_columns,
            written,
        ))
    }

    fn rules(&self, entry: &TableEntry) -> Vec<Rule> {
        let catalog = self.reader.manifest().catalog.tables.get(&entry.table);
        let columns = entry.columns.iter().map(|column| {
            if let Some(value) = self.off.get(&(entry.table.clone(), column.clone())) {
                let mut field = Vec::new();
                push_escaped(&mut field, Some(value.as_bytes()));
                return Rule::Fixed(field);
            }
            let found = catalog.and_then(|table| table.column(column));
            // A column that the catalog does not tell of is looked through like text.
            let escapes = found.map_or(Some(Escapes::Text), |found| escapes_of(&found.type_name));
            escapes.map_or(Rule::Keep, |escapes| Rule::Search {
                escapes,
                holds_ids: false,
                holds_paths: false,
                names: InText::Listed,
            })
        });
        columns.collect()
    }
}
