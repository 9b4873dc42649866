//! What an archive records about rows that it does not hold: people, and rows shared by all.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::Result;
use crate::archive::SharedReference;
use crate::closure::{ReferredTo, Unseen};
use crate::company::Opened;
use crate::difference::RowWitness;
use crate::model::{Person, Reference, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::rows::{fields, is_null, text_of};
use crate::scope::{Disposition, Membership};

/// Distinct keys noted for one target; past it the record says that it is incomplete.
const MOST_NOTED: usize = 100_000;

/// Keys of rows outside an archive that rows inside refer to, noted while those go in.
#[derive(Debug)]
pub(crate) struct Outside {
    targets: Vec<Target>,
    /// How the rows of a table lead to targets: the columns and the target's place.
    leads: BTreeMap<TableName, Vec<(Vec<String>, usize)>>,
}

/// Who and what the company's rows refer to outside the archive.
pub(crate) struct LookedUp {
    /// People, by id.
    pub(crate) people: Vec<Person>,
    /// Keys of shared rows, by table.
    pub(crate) shared: Vec<SharedReference>,
}

/// Columns that lead outside.
#[derive(Debug)]
struct Target {
    referred: ReferredTo,
    absent: Absent,
    /// The keys of those that are shared, as soon as they are known and where they are few enough: others
    /// need not be noted.
    shared: OnceLock<Arc<HashSet<Vec<u8>>>>,
    noted: Mutex<HashSet<Vec<u8>>>,
}

/// Which rows of a table that is referred to the archive does not hold.
#[derive(Debug)]
enum Absent {
    /// All of them.
    All,
    /// Those that all companies share: they have NULL in this column.
    Shared(String),
}

impl Outside {
    /// Nothing noted yet.
    pub(crate) fn new(opened: &Opened) -> Arc<Self> {
        let (mut places, mut targets) = (BTreeMap::new(), Vec::new());
        let mut leads: BTreeMap<TableName, Vec<(Vec<String>, usize)>> = BTreeMap::new();
        for name in opened.archived_tables() {
            let table = opened.schema.tables.get(&name);
            for reference in table.iter().flat_map(|table| &table.references) {
                let Some(absent) = absent(opened, reference) else {
                    continue;
                };
                let referred = (reference.target.clone(), reference.target_columns.clone());
                let place = *places.entry(referred.clone()).or_insert_with(|| {
                    targets.push(Target {
                        referred,
                        absent,
                        shared: OnceLock::new(),
                        noted: Mutex::default(),
                    });
                    targets.len() - 1
                });
                let leads = leads.entry(name.clone()).or_default();
                leads.push((reference.columns.clone(), place));
            }
        }
        Arc::new(Self { targets, leads })
    }

    /// The columns of tables of which only the shared rows are outside.
    pub(crate) fn mixed(&self) -> BTreeSet<ReferredTo> {
        let mixed = self
            .targets
            .iter()
            .filter(|found| found.shared_by().is_some());
        mixed.map(|target| target.referred.clone()).collect()
    }

    /// Says which rows are shared: from now on no others are noted.
    pub(crate) fn learn(&self, unseen: &Unseen) {
        for target in self
            .targets
            .iter()
            .filter(|found| found.shared_by().is_some())
        {
            if let Some(keys) = unseen.keys(&target.referred) {
                target.shared.get_or_init(|| Arc::clone(keys));
            }
        }
    }

    /// What notes where the rows of a table lead; `None` where they lead nowhere.
    pub(crate) fn witness(
        self: &Arc<Self>,
        table: &TableName,
        columns: &[String],
    ) -> Option<Box<dyn RowWitness>> {
        let leads = self.leads.get(table).into_iter().flatten();
        let leads: Vec<Lead> = leads
            .filter_map(|(names, target)| {
                let places = names
                    .iter()
                    .map(|name| columns.iter().position(|column| column == name));
                Some(Lead {
                    places: places.collect::<Option<_>>()?,
                    target: *target,
                    keys: HashSet::new(),
                    last: Vec::new(),
                })
            })
            .collect();
        (!leads.is_empty()).then(|| {
            Box::new(Noting {
                outside: Arc::clone(self),
                leads,
                key: Vec::new(),
            }) as Box<dyn RowWitness>
        })
    }

    /// Looks up who the people are, and which keys are those of shared rows where nobody said so.
    ///
    /// # Errors
    /// Errors of the connection.
    pub(crate) async fn look_up(&self, session: &mut Session, opened: &Opened) -> Result<LookedUp> {
        let mut found = LookedUp {
            people: Vec::new(),
            shared: Vec::new(),
        };
        let people_table = opened
            .profile
            .people
            .as_ref()
            .map(|rule| TableName::new(&opened.profile.schema, &rule.table));
        for target in &self.targets {
            let (table, columns) = &target.referred;
            let (mut values, complete) = target.values()?;
            if Some(table) == people_table.as_ref() {
                let ids = values.iter().filter_map(|value| value.first().cloned());
                found.people = people(session, opened, ids.collect()).await?;
            }
            if let Some(nullable) = target.shared_by()
                && target.shared.get().is_none()
                && !values.is_empty()
            {
                values = only_shared(session, opened, table, columns, nullable, values).await?;
            }
            if !values.is_empty() {
                found.shared.push(SharedReference {
                    table: table.clone(),
                    columns: columns.clone(),
                    keys: values,
                    complete,
                });
            }
        }
        Ok(found)
    }
}

impl Target {
    /// The column in which NULL means shared by all, where the other rows of the table are in the archive.
    fn shared_by(&self) -> Option<&str> {
        match &self.absent {
            Absent::All => None,
            Absent::Shared(column) => Some(column),
        }
    }

    /// Whether a row of that key may be outside, as far as is known.
    fn may_hold(&self, key: &[u8]) -> bool {
        self.shared.get().is_none_or(|shared| shared.contains(key))
    }

    fn note(&self, keys: HashSet<Vec<u8>>) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_NOTED.saturating_sub(noted.len());
        let new: Vec<_> = keys
            .into_iter()
            .filter(|key| self.may_hold(key) && !noted.contains(key))
            .collect();
        noted.extend(new.into_iter().take(room));
    }

    /// The keys as text values, and whether they are all.
    fn values(&self) -> Result<(Vec<Vec<String>>, bool)> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let held = noted.iter().filter(|key| self.may_hold(key));
        let values = held.map(|key| {
            let texts: Result<Vec<Option<String>>> = fields(key).map(text_of).collect();
            Ok(texts?.into_iter().flatten().collect())
        });
        Ok((values.collect::<Result<_>>()?, noted.len() < MOST_NOTED))
    }
}

/// Which rows that a reference may lead to the archive does not hold; `None` where it holds all.
fn absent(opened: &Opened, reference: &Reference) -> Option<Absent> {
    let Some(scope) = opened.scope.tables.get(&reference.target) else {
        return Some(Absent::All);
    };
    match (&scope.disposition, &scope.membership) {
        (Disposition::Restored | Disposition::Kept, Membership::Column(column)) => {
            let table = opened.schema.tables.get(&reference.target)?;
            // A key with the company in it is not one of a row without a company.
            let may_be_shared =
                scope.may_hold_shared_rows(table) && !reference.target_columns.contains(column);
            may_be_shared.then(|| Absent::Shared(column.clone()))
        }
        (disposition, _) => (!disposition.is_archived()).then_some(Absent::All),
    }
}

/// Notes where the rows of one table lead.
struct Noting {
    outside: Arc<Outside>,
    leads: Vec<Lead>,
    key: Vec<u8>,
}

/// Fields of a row that lead to a target, and where they led so far.
struct Lead {
    places: Vec<usize>,
    target: usize,
    keys: HashSet<Vec<u8>>,
    /// Neighbours often lead to the same row.
    last: Vec<u8>,
}

impl RowWitness for Noting {
    fn see(&mut self, fields: &[&[u8]]) -> Result<()> {
        for lead in &mut self.leads {
            self.key.clear();
            for place in &lead.places {
                let field = fields.get(*place).copied().unwrap_or(b"\\N");
                if is_null(field) {
                    self.key.clear();
                    break;
                }
                if !self.key.is_empty() {
                    self.key.push(b'\t');
                }
                self.key.extend_from_slice(field);
            }
            // An empty one leads nowhere.
            if self.key.is_empty() || self.key == lead.last {
                continue;
            }
            lead.last.clone_from(&self.key);
            let target = self.outside.targets.get(lead.target);
            if target.is_some_and(|target| target.may_hold(&self.key))
                && lead.keys.len() < MOST_NOTED
                && !lead.keys.contains(&self.key)
            {
                lead.keys.insert(self.key.clone());
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        for lead in self.leads {
            if let Some(target) = self.outside.targets.get(lead.target) {
                target.note(lead.keys);
            }
        }
        Ok(())
    }
}

async fn people(session: &mut Session, opened: &Opened, ids: Vec<String>) -> Result<Vec<Person>> {
    let Some(rule) = &opened.profile.people else {
        return Ok(Vec::new());
    };
    let table = TableName::new(&opened.profile.schema, &rule.table);
    let column = |name: &Option<String>| match name {
        Some(name) => format!("t.{}::text", Ident(name)),
        None => "NULL::text".to_owned(),
    };
    let sql = format!(
        "SELECT t.{id}::text, {name}, {email} FROM {table} AS t WHERE t.{id}::text = ANY($1::text[]) ORDER BY 1",
        id = Ident(&rule.id),
        name = column(&rule.name),
        email = column(&rule.email),
        table = Qualified(&table),
    );
    let ids = ids.into_iter().map(Some).collect();
    let rows = crate::pg::fetch_text_arrays(session, &sql, &[ids]).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let [id, name, email] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some(Person {
                id: id?,
                name,
                email,
            })
        })
        .collect())
}

async fn only_shared(
    session: &mut Session,
    opened: &Opened,
    table: &TableName,
    columns: &[String],
    nullable: &str,
    values: Vec<Vec<String>>,
) -> Result<Vec<Vec<String>>> {
    let types: BTreeMap<&str, &str> = opened
        .schema
        .tables
        .get(table)
        .into_iter()
        .flat_map(|found| &found.columns)
        .map(|column| (column.name.as_str(), column.type_name.as_str()))
        .collect();
    let arrays: Vec<Vec<Option<String>>> = (0..columns.len())
        .map(|place| {
            values
                .iter()
                .map(|value| value.get(place).cloned())
                .collect()
        })
        .collect();
    let binds: Vec<String> = (1..=columns.len())
        .map(|number| format!("${number}::text[]"))
        .collect();
    let names: Vec<String> = (0..columns.len())
        .map(|number| format!("k{number}"))
        .collect();
    let select: Vec<String> = names.iter().map(|name| format!("v.{name}")).collect();
    let on: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(number, column)| {
            format!(
                "t.{} = v.k{number}::{}",
                Ident(column),
                types.get(column.as_str()).copied().unwrap_or("text")
            )
        })
        .collect();
    let sql = format!(
        "SELECT {} FROM unnest({}) AS v({}) JOIN {} AS t ON {} WHERE t.{} IS NULL",
        select.join(", "),
        binds.join(", "),
        names.join(", "),
        Qualified(table),
        on.join(" AND "),
        Ident(nullable),
    );
    let rows = crate::pg::fetch_text_arrays(session, &sql, &arrays).await?;
    Ok(rows
        .into_iter()
        .map(|row| row.into_iter().flatten().collect())
        .collect())
}
