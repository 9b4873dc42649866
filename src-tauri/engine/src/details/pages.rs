use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::{Names, Pointer, leads_to};
use crate::company::{Opened, Target};
use crate::difference::{RowDifference, RowFate, RowTeller, TableDifference};
use crate::model::{Company, Profile, Schema, TableName};
use crate::pg::{Session, Settings};
use crate::{Code, Error, Result, profile};

/// Where names are looked up.
pub(super) struct Sources {
    pub(super) profile: Profile,
    pub(super) schema: Arc<Schema>,
    pub(super) tables: BTreeMap<TableName, TableDifference>,
}

/// A difference that stays open, so that its rows can be asked for as a person comes to them. Its
/// spools, and with them their files, go when it is dropped.
pub struct Pages {
    settings: Settings,
    company: Company,
    session: Option<Session>,
    asks: Asks,
    sources: Sources,
    names: Names,
}

/// Whether live rows are asked what they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Always,
    /// Until they do not answer: nothing else is wanted of the database.
    WhileAnswered,
    Never,
}

/// Some of the differing rows of one table.
#[derive(Debug)]
pub struct Page {
    /// Rows of the table that were asked for, all pages together.
    pub row_count: u64,
    /// These.
    pub rows: Vec<PageRow>,
}

/// A differing row with what people call it and what it points at.
#[derive(Debug)]
pub struct PageRow {
    /// The row.
    pub row: RowDifference,
    /// What people call it, best first; empty where nothing names it.
    pub names: Vec<String>,
    /// For each of its fields, what the values found and wanted stand for.
    pub points_at: Vec<[Option<String>; 2]>,
}

impl Pages {
    /// Takes the difference of an open company.
    #[must_use]
    pub fn new(opened: &Opened, tables: impl IntoIterator<Item = TableDifference>) -> Self {
        Self {
            settings: opened.settings.clone(),
            company: opened.company().clone(),
            session: None,
            asks: Asks::Always,
            sources: Sources {
                profile: opened.profile.clone(),
                schema: Arc::clone(&opened.schema),
                tables: by_table(tables),
            },
            names: Names::default(),
        }
    }

    /// Takes the difference of two archives of a company, whose tables are called as that schema calls them. The
    /// database is asked for names alone, and need not answer.
    #[must_use]
    pub fn of_archives(
        target: &Target,
        company: &Company,
        schema: &Schema,
        tables: impl IntoIterator<Item = TableDifference>,
    ) -> Self {
        Self {
            settings: target.settings.clone(),
            company: company.clone(),
            session: None,
            asks: Asks::WhileAnswered,
            sources: Sources {
                profile: target.profile.clone(),
                schema: Arc::new(schema.clone()),
                tables: by_table(tables),
            },
            names: Names::default(),
        }
    }

    /// How the application's schema is read.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.sources.profile
    }

    /// The schema as it was when the difference was made.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.sources.schema
    }

    /// The rows from that one on, at most so many; where `only` says so, those of one fate alone.
    ///
    /// Names that cannot be looked up, because the database does not answer, are left out: the rows
    /// themselves lie on this computer.
    ///
    /// # Errors
    /// `defect` for a table in which nothing differs; `local_file`; `archive_damaged`.
    pub async fn page(
        &mut self,
        table: &TableName,
        only: Option<RowFate>,
        offset: u64,
        limit: u64,
    ) -> Result<Page> {
        let naming = profile::naming_columns(&self.sources.profile, &self.sources.schema, table);
        let difference = self.sources.tables.get_mut(table).ok_or_else(|| {
            Error::new(Code::Defect, "Nothing differs in this table.").with("table", table)
        })?;
        let row_count = difference.counts().of(only);
        let teller = RowTeller::new(&difference.pair, &naming);
        let rows = teller.page(&mut difference.spool, only, offset, limit)?;
        let pointers = Pointers::of(&self.sources, table, &naming);
        let wanted = rows.iter().flat_map(|row| pointers.in_row(row)).collect();
        if let Err(error) = self.learn(wanted).await {
            tracing::warn!(code = error.code().word(), "names were not looked up");
        }
        let rows = rows.into_iter();
        let rows = rows.map(|row| pointers.named(row, &self.names)).collect();
        Ok(Page { row_count, rows })
    }

    async fn learn(&mut self, wanted: BTreeSet<Pointer>) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        if self.asks != Asks::Never {
            let learned = self.learn_live(wanted.clone()).await;
            if learned.is_ok() || self.asks == Asks::Always {
                return learned;
            }
            self.asks = Asks::Never;
        }
        self.names.learn(None, &mut self.sources, wanted).await
    }

    async fn learn_live(&mut self, wanted: BTreeSet<Pointer>) -> Result<()> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => {
                let mut session = Session::open(&self.settings).await?;
                session.set_company(&self.company).await?;
                session
            }
        };
        // A session that failed is not asked again: the next page opens another.
        self.names
            .learn(Some(&mut session), &mut self.sources, wanted)
            .await?;
        self.session = Some(session);
        Ok(())
    }
}

fn by_table(
    tables: impl IntoIterator<Item = TableDifference>,
) -> BTreeMap<TableName, TableDifference> {
    let tables = tables.into_iter();
    tables
        .map(|found| (found.pair.table.clone(), found))
        .collect()
}

/// Where the values of one table's columns lead.
struct Pointers {
    table: TableName,
    columns: BTreeMap<String, (TableName, String)>,
    naming: Vec<String>,
    /// The column by which a row of the table is looked up itself, where its name is partly made of
    /// columns that are not compared.
    own: Option<String>,
}

impl Pointers {
    fn of(sources: &Sources, table: &TableName, naming: &[String]) -> Self {
        let known = sources.schema.tables.get(table);
        let columns = known.into_iter().flat_map(|known| {
            known.columns.iter().filter_map(|column| {
                let lead = leads_to(known, &column.name, &sources.profile)?;
                Some((column.name.clone(), lead))
            })
        });
        let compared = |name: &String| {
            let difference = sources.tables.get(table);
            difference.is_some_and(|found| found.pair.position(name).is_some())
        };
        let key = known.and_then(|known| known.key.as_ref());
        let mut key = key
            .into_iter()
            .flat_map(|key| &key.columns)
            .filter(|name| !sources.profile.scope.columns.contains(*name));
        let own = match (key.next(), key.next()) {
            (Some(only), None) if !naming.iter().all(compared) => Some(only.clone()),
            _ => None,
        };
        Self {
            table: table.clone(),
            columns: columns.collect(),
            naming: naming.to_vec(),
            own,
        }
    }

    fn at(&self, column: &str, value: Option<&String>) -> Option<Pointer> {
        let (table, there) = self.columns.get(column)?;
        Some(Pointer {
            table: table.clone(),
            column: there.clone(),
            value: value?.clone(),
        })
    }

    /// The row itself, where it has to be looked up.
    fn itself(&self, row: &RowDifference) -> Option<Pointer> {
        let own = self.own.as_ref()?;
        let (_, value) = row.key.iter().find(|(column, _)| column == own)?;
        Some(Pointer {
            table: self.table.clone(),
            column: own.clone(),
            value: value.clone()?,
        })
    }

    fn in_row(&self, row: &RowDifference) -> Vec<Pointer> {
        let fields = row.fields.iter().flat_map(|field| {
            let values = [&field.found, &field.wanted].into_iter();
            values.filter_map(|value| self.at(&field.column, value.as_ref()))
        });
        let names = row.names.iter();
        let names = names.filter_map(|(column, value)| self.at(column, Some(value)));
        fields.chain(names).chain(self.itself(row)).collect()
    }

    fn named(&self, row: RowDifference, names: &Names) -> PageRow {
        let looked_up = self.itself(&row).and_then(|pointer| names.parts(&pointer));
        let told = || {
            let named = self.naming.iter().flat_map(|name| {
                let found = row.names.iter().find(|(column, _)| column == name);
                let parts = found.map(|(column, value)| {
                    let pointer = self.at(column, Some(value));
                    let parts = pointer.and_then(|pointer| names.parts(&pointer));
                    parts.unwrap_or_else(|| vec![value.clone()])
                });
                parts.unwrap_or_default()
            });
            named.collect()
        };
        let own_names = looked_up.unwrap_or_else(told);
        let points_at = row.fields.iter().map(|field| {
            [&field.found, &field.wanted].map(|value| {
                let pointer = self.at(&field.column, value.as_ref());
                pointer.and_then(|pointer| names.of(&pointer))
            })
        });
        PageRow {
            points_at: points_at.collect(),
            names: own_names,
            row,
        }
    }
}
