use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Conflicts, KeptValues, Picked, RowKey, Selection};
use crate::archive::Reader;
use crate::company::Opened;
use crate::difference::{self, Pairing, TablePair, pair};
use crate::inspect::{RowName, table_named};
use crate::model::TableName;
use crate::profile;
use crate::rows::{KeyColumns, SortSettings};
use crate::{Code, Error, Result};

/// What stands before the name of an area.
const AREA: &str = "area";

impl<'a> Picked<'a> {
    /// Finds what was named among the tables that the archive and the company have both.
    ///
    /// # Errors
    /// `no_such_table`; `usage` where a name, a key or a column cannot be; `not_restorable` where rows
    /// of the table are never written.
    pub(in crate::restore) fn new(
        opened: &Opened,
        reader: &'a Arc<Reader>,
        selection: &Selection,
        sort: SortSettings,
    ) -> Result<Self> {
        let (schema, scope) = (&opened.schema, &opened.scope);
        let pairing = pair(reader.manifest(), schema, scope, &opened.profile);
        let names = Names {
            opened,
            reader,
            pairing: &pairing,
        };
        let mut named: BTreeMap<TableName, HashSet<Vec<u8>>> = BTreeMap::new();
        let mut whole = BTreeSet::new();
        if selection.only.is_empty() && selection.rows.is_empty() {
            return Err(Error::new(
                Code::Usage,
                "It is not said which rows come back.",
            ));
        }
        if selection.conflicts == Conflicts::Live && !selection.fields.is_empty() {
            return Err(Error::new(
                Code::Usage,
                "Today's values are wanted of every row that is there, so no field of it can be taken.",
            ));
        }
        for written in &selection.only {
            let Some((name, key)) = written.split_once(':') else {
                return Err(
                    Error::new(Code::Usage, "This names neither a row nor an area.")
                        .hint("A row is written customer:ID, an area area:sales.")
                        .with("only", written),
                );
            };
            if name == AREA {
                whole.extend(names.area(key)?);
            } else {
                let (table, key) = names.row(name, &RowName::Written(key.to_owned()))?;
                named.entry(table).or_default().insert(key);
            }
        }
        for row in &selection.rows {
            let (table, key) = names.keyed(row)?;
            named.entry(table).or_default().insert(key);
        }
        let mut keep: BTreeMap<TableName, HashMap<Vec<u8>, BTreeSet<usize>>> = BTreeMap::new();
        for KeptValues {
            table: name,
            row,
            columns,
        } in &selection.keep
        {
            let (table, key) = names.keyed_by(name, row)?;
            let positions = columns.iter().map(|column| names.column(name, column));
            let positions = positions.map(|found| Ok(found?.1));
            let positions = positions.collect::<Result<BTreeSet<usize>>>()?;
            let rows = keep.entry(table).or_default();
            rows.entry(key).or_default().extend(positions);
        }
        named.retain(|table, _| !whole.contains(table));
        let mut fields: BTreeMap<TableName, BTreeSet<usize>> = BTreeMap::new();
        for written in &selection.fields {
            let (table, position) = names.field(written)?;
            fields.entry(table).or_default().insert(position);
        }
        let fields = fields.into_iter();
        Ok(Self {
            fields: fields
                .map(|(table, positions)| (table, Arc::new(positions)))
                .collect(),
            keep,
            reader,
            named,
            whole,
            child_levels: selection.child_levels,
            conflicts: selection.conflicts,
            sort,
            rows: BTreeMap::new(),
            origins: Arc::default(),
            findings: Vec::new(),
            schema: Arc::clone(schema),
            pairing,
        })
    }
}

/// Where names are looked up.
struct Names<'a> {
    opened: &'a Opened,
    reader: &'a Reader,
    pairing: &'a Pairing,
}

impl<'a> Names<'a> {
    fn table(&self, name: &str) -> Result<&'a TablePair> {
        let entry = table_named(self.reader.manifest(), Some(&self.opened.profile), name)?;
        let mut pairs = self.pairing.pairs.iter();
        let pair = pairs.find(|pair| pair.archived == entry.table);
        let never = |message: &str| Error::new(Code::NotRestorable, message).with("table", name);
        match pair {
            None => Err(never("The application has no such table today.")),
            Some(pair) if !pair.written => {
                Err(never("Rows of this table are never written by a restore."))
            }
            Some(pair) => Ok(pair),
        }
    }

    fn keyed(&self, row: &RowKey) -> Result<(TableName, Vec<u8>)> {
        self.keyed_by(&row.table, &RowName::Columns(row.columns.clone()))
    }

    /// A row by its key, whose columns are called as in the archive.
    fn keyed_by(&self, name: &str, row: &RowName) -> Result<(TableName, Vec<u8>)> {
        let RowName::Columns(columns) = row else {
            return self.row(name, row);
        };
        let pair = self.table(name)?;
        let columns = columns.iter();
        let columns = columns.map(|(column, value)| (self.today(pair, column), value.clone()));
        self.row(name, &RowName::Columns(columns.collect()))
    }

    /// What a column of the archive is called today.
    fn today(&self, pair: &TablePair, column: &str) -> String {
        let names = difference::Names {
            profile: &self.opened.profile,
        };
        let known = self.opened.schema.tables.get(&pair.table);
        known.map_or_else(
            || column.to_owned(),
            |known| names.column(&pair.archived, column, known),
        )
    }

    fn row(&self, name: &str, row: &RowName) -> Result<(TableName, Vec<u8>)> {
        let pair = self.table(name)?;
        let (company, scope) = (&self.opened.company().id, &self.opened.profile.scope);
        let known = self.opened.schema.tables.get(&pair.table);
        let values = row
            .values((&pair.key_columns, known), company, &scope.columns)
            .map_err(|error| error.with("table", &pair.table))?;
        let values: Vec<Option<String>> = values.into_iter().map(Some).collect();
        Ok((pair.table.clone(), KeyColumns::key_of_values(&values)))
    }

    fn area(&self, name: &str) -> Result<Vec<TableName>> {
        let profile = &self.opened.profile;
        let area_of = |pair: &TablePair| {
            let found = self.opened.scope.tables.get(&pair.table);
            found.map(|found| found.area.clone()).unwrap_or_default()
        };
        let is_it = |area: &str| area == name || profile::area_title(profile, area) == name;
        let written = || self.pairing.pairs.iter().filter(|pair| pair.written);
        let tables: Vec<TableName> = written()
            .filter(|pair| is_it(&area_of(pair)))
            .map(|pair| pair.table.clone())
            .collect();
        if !tables.is_empty() {
            return Ok(tables);
        }
        let areas: BTreeSet<String> = written().map(area_of).collect();
        let areas: Vec<String> = areas.into_iter().collect();
        Err(Error::new(
            Code::Usage,
            "The backup has no rows of such an area to put back.",
        )
        .with("area", name)
        .with("areas", areas.join(", ")))
    }

    fn field(&self, written: &str) -> Result<(TableName, usize)> {
        let wrong = |message: &str| {
            Error::new(Code::Usage, message)
                .hint("A field is written customer.name.")
                .with("field", written)
        };
        let (name, column) = written
            .rsplit_once('.')
            .ok_or_else(|| wrong("This names no field."))?;
        self.column(name, column)
    }

    /// Where a column stands that may be taken, or left, by itself.
    fn column(&self, name: &str, column: &str) -> Result<(TableName, usize)> {
        let wrong = |message: &str| {
            Error::new(Code::Usage, message)
                .with("table", name)
                .with("column", column)
        };
        let pair = self.table(name)?;
        let column = self.today(pair, column);
        let is_key = pair.key_columns.contains(&column);
        match pair.position(&column) {
            Some(_) if is_key => Err(wrong(
                "A row is known by this column: it cannot be taken alone.",
            )),
            Some(position) => Ok((pair.table.clone(), position)),
            None => Err(wrong("The table has no such column in the backup.")),
        }
    }
}
