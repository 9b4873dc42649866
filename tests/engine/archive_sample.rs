//! Small archives to read, and what they are made of.
#![allow(dead_code, reason = "the benchmark uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use snapback_engine::archive::{
    DEFAULT_LEVEL, Encryption, FORMAT_VERSION, Finished, Kind, MadeBy, Manifest, MemberEntry,
    MemberSpool, Reader, ReadmeFacts, SpooledMember, TableDisposition, TableEntry, Writer,
};
use snapback_engine::model::{
    Column, Company, CompanyId, Generation, Schema, Table, TableKind, TableName,
};

/// A table's rows as COPY lines.
pub(crate) type Rows = Vec<Vec<u8>>;

pub(crate) fn company() -> Company {
    Company {
        id: CompanyId::new("c1"),
        name: "Northwind Gears".to_owned(),
        group: None,
        alone_in_group: true,
    }
}

pub(crate) fn readme() -> ReadmeFacts {
    ReadmeFacts {
        company: company(),
        made_at: "2026-11-23T05:00:00Z".parse().unwrap(),
        tool_version: "0.1.0".to_owned(),
        application: "Carbon".to_owned(),
    }
}

pub(crate) fn manifest(tables: Vec<TableEntry>) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        tool_version: "0.1.0".to_owned(),
        id: "0192f0c1-5f1e-7c3a-9d54-1b2c3d4e5f60".parse().unwrap(),
        kind: Kind::Manual,
        profile: "carbon".to_owned(),
        company: company(),
        schema_version: Some("20260701".to_owned()),
        server_version: "18.4".to_owned(),
        snapshot_time: "2026-11-23T05:00:00.123456Z".parse().unwrap(),
        label: Some("before the import".to_owned()),
        made_by: MadeBy {
            os_user: "ada".to_owned(),
            host: "workshop".to_owned(),
            database_role: "backup".to_owned(),
            app_user: None,
        },
        encryption: Encryption::None,
        row_count: 0,
        byte_count: 0,
        catalog: catalog(&tables),
        tables,
        files: None,
        known_files: Vec::new(),
        left_files: Vec::new(),
        base: None,
        base_state: None,
        changes: Vec::new(),
        excluded: Vec::new(),
        secret_columns: BTreeMap::new(),
        shared_references: Vec::new(),
        people: Vec::new(),
        skipped_rows: Vec::new(),
        broken_references: Vec::new(),
        template: None,
        problems: Vec::new(),
    }
}

/// The tables as a catalog would describe them, with text columns only.
pub(crate) fn catalog(tables: &[TableEntry]) -> Schema {
    let column = |name: &String| Column {
        name: name.clone(),
        type_name: "text".to_owned(),
        not_null: false,
        default: None,
        generation: Generation::None,
        sequence: None,
        database_bound: false,
        comment: None,
    };
    let described = |entry: &TableEntry| Table {
        kind: TableKind::Ordinary,
        columns: entry.columns.iter().map(column).collect(),
        key: None,
        uniques: Vec::new(),
        references: Vec::new(),
        checks: Vec::new(),
        triggers: Vec::new(),
        row_security: false,
        force_row_security: false,
        estimated_row_count: 0,
        comment: None,
    };
    let tables = tables
        .iter()
        .map(|entry| (entry.table.clone(), described(entry)))
        .collect();
    Schema {
        domains: Default::default(),
        tables,
        ..Schema::default()
    }
}

pub(crate) fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

pub(crate) fn entry(table: TableName, member: MemberEntry) -> TableEntry {
    TableEntry::new(
        table,
        "sales".to_owned(),
        TableDisposition::Restored,
        vec!["id".to_owned(), "name".to_owned()],
        vec!["id".to_owned()],
        member,
    )
}

pub(crate) fn spool(table: &TableName, rows: &[Vec<u8>], folder: &Path) -> SpooledMember {
    let mut spool = MemberSpool::for_table(table, folder, DEFAULT_LEVEL)
        .unwrap()
        .holding(16 << 20);
    for row in rows {
        spool.push_row(row).unwrap();
    }
    spool.finish().unwrap()
}

pub(crate) fn write(folder: &Path, name: &str, tables: &[(TableName, Rows)]) -> Finished {
    let writer = Writer::create(&folder.join(name), &readme()).unwrap();
    let mut entries = Vec::new();
    for (table, rows) in tables {
        let member = writer.append(&spool(table, rows, folder)).unwrap();
        entries.push(entry(table.clone(), member));
    }
    finish(writer, entries).0
}

pub(crate) fn finish(writer: Writer, entries: Vec<TableEntry>) -> (Finished, Manifest) {
    writer.seal(manifest(entries)).unwrap().publish().unwrap()
}

pub(crate) fn read(reader: &Reader, table: &TableName) -> snapback_engine::Result<Rows> {
    let mut rows = reader.rows(table)?;
    let mut read = Vec::new();
    while let Some(row) = rows.next_row()? {
        read.push(row.to_vec());
    }
    Ok(read)
}

/// Customers and orders; the orders take several frames, the notes none.
pub(crate) fn tables() -> Vec<(TableName, Rows)> {
    let customers = (0..100)
        .map(|n| format!("cust_{n}\tCustomer {n}\\t\\N").into_bytes())
        .collect();
    let orders = (0..60_000_u32)
        .map(|n| {
            let noise = noise(n);
            format!("order_{n:06}\t{noise}\t{noise}\t{n}\t{noise}").into_bytes()
        })
        .collect();
    vec![
        (table("customer"), customers),
        (table("note"), Vec::new()),
        (table("salesOrder"), orders),
    ]
}

/// Text that does not compress to nothing.
fn noise(n: u32) -> String {
    let mut state = u64::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    let mut text = String::new();
    for _ in 0..3 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text
}

pub(crate) fn sample(folder: &Path) -> PathBuf {
    write(folder, "sample.snapback", &tables()).path
}
