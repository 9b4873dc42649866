//! Rows that come and go in tables to which references lead that the archive's rows were not under: such a
//! reference has to be looked at from both ends before anything is written.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, TableDifference};
use crate::model::{Reference, TableName};

use crate::restore::referred::raw_key;

/// Raw values of some columns, tab-separated.
type Values = HashSet<Vec<u8>>;

/// What moves, as far as it was asked for.
#[derive(Debug, Default)]
pub(super) struct Moving {
    /// By table and columns: values of rows that come back, and of rows that go.
    of_targets: HashMap<(TableName, Vec<String>), (Values, Values)>,
    /// Tables that are compared: the columns that name a row, and the keys of rows that go and change.
    compared: HashMap<TableName, Compared>,
    /// References that are newer than the archive, by table and name.
    new: HashSet<(TableName, String)>,
}

/// A compared table with those of its rows that do not stay as they are, where a reference of it is newer
/// than the archive.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The columns that name a row.
    pub(super) names: Vec<String>,
    /// The columns that are compared.
    columns: Vec<String>,
    going: HashSet<Vec<u8>>,
    changing: HashSet<Vec<u8>>,
}

impl Moving {
    /// Looks at every reference of the schema that is newer than the archive.
    pub(super) fn of(
        opened: &Opened,
        differences: &mut BTreeMap<TableName, TableDifference>,
    ) -> Result<Self> {
        let mut moving = Self::default();
        let mut targets: HashSet<(TableName, Vec<String>)> = HashSet::new();
        for (name, difference) in differences.iter_mut() {
            let mut compared = Compared::default();
            for reference in new_references(opened, name, difference) {
                targets.insert((reference.target.clone(), reference.target_columns.clone()));
                moving.new.insert((name.clone(), reference.name.clone()));
                if compared.names.is_empty() {
                    compared = Compared::of(difference)?;
                }
            }
            moving.compared.insert(name.clone(), compared);
        }
        for (target, columns) in targets {
            let Some(difference) = differences.get_mut(&target) else {
                continue;
            };
            let values = values(difference, &columns)?;
            moving.of_targets.insert((target, columns), values);
        }
        Ok(moving)
    }

    /// Whether rows of that table are compared at all.
    pub(super) fn compares(&self, table: &TableName) -> bool {
        self.compared.contains_key(table)
    }

    /// A compared table, where that reference of it is newer than the archive.
    pub(super) fn under(&self, table: &TableName, reference: &Reference) -> Option<&Compared> {
        let is_new = self.new.contains(&(table.clone(), reference.name.clone()));
        self.compared.get(table).filter(|_| is_new)
    }

    /// Corrects what was found by asking for the rows that are there now: those that come back count, and
    /// those that go do not.
    pub(super) fn correct(&self, reference: &Reference, gone: &mut Values) {
        let place = (reference.target.clone(), reference.target_columns.clone());
        if let Some((coming, going)) = self.of_targets.get(&place) {
            gone.extend(going.iter().cloned());
            gone.retain(|value| !coming.contains(value));
        }
    }
}

/// The references of a table that the archive's rows were not under, and that lead to written rows.
pub(super) fn new_references<'a>(
    opened: &'a Opened,
    name: &TableName,
    difference: &TableDifference,
) -> Vec<&'a Reference> {
    let table = opened.schema.tables.get(name);
    let references = table.into_iter().flat_map(|table| &table.references);
    references
        .filter(|reference| difference.pair.since.references.contains(&reference.name))
        .collect()
}

impl Compared {
    /// Whether the row of that key stays and refers to what it does now.
    pub(super) fn keeps(&self, key: &[u8], reference: &Reference) -> bool {
        let is_compared = |column: &String| self.columns.contains(column);
        let is_written = reference.columns.iter().all(is_compared) && self.changing.contains(key);
        !(self.going.contains(key) || is_written)
    }

    fn of(difference: &mut TableDifference) -> Result<Self> {
        let pair = &difference.pair;
        let names = match pair.key_columns.as_slice() {
            [] => pair.columns.clone(),
            key => key.to_vec(),
        };
        let mut compared = Self {
            names,
            columns: pair.columns.clone(),
            ..Self::default()
        };
        let key = pair.key();
        let encoded = |line: &[u8]| {
            let mut bytes = Vec::new();
            key.push_key(line, &mut bytes);
            bytes
        };
        let mut rows = difference.spool.reader()?;
        while let Some(change) = rows.next()? {
            match change {
                Change::Extra { found } => compared.going.insert(encoded(found)),
                Change::Changed { found, .. } => compared.changing.insert(encoded(found)),
                Change::Same { .. } | Change::Missing { .. } => false,
            };
        }
        Ok(compared)
    }
}

fn values(difference: &mut TableDifference, columns: &[String]) -> Result<(Values, Values)> {
    let (mut coming, mut going) = (Values::new(), Values::new());
    let pair = &difference.pair;
    let wanted_at: Option<Vec<usize>> = columns.iter().map(|name| pair.position(name)).collect();
    // Values of columns that the archive does not have stay where a row stays.
    let Some(at) = wanted_at else {
        return Ok((coming, going));
    };
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        match change {
            Change::Missing { wanted } => coming.extend(raw_key(wanted, &at)),
            Change::Extra { found } => going.extend(raw_key(found, &at)),
            Change::Changed { wanted, found } => {
                coming.extend(raw_key(wanted, &at));
                going.extend(raw_key(found, &at));
            }
            Change::Same { .. } => {}
        }
    }
    Ok((coming, going))
}
