//! The facts: tables, columns, keys, references and enums, as `carbon/catalog.json` has them.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// What of the catalog is known.
#[derive(Debug)]
pub struct Catalog {
    /// Labels of each enum, in order.
    pub enums: BTreeMap<String, Vec<String>>,
    /// All tables, sorted by name.
    pub tables: Vec<Table>,
    by_name: HashMap<String, usize>,
}

/// One table.
#[derive(Debug)]
pub struct Table {
    /// Its name in schema `public`.
    pub name: String,
    /// The column that says whose row it is, where there is one.
    pub scope: Option<String>,
    /// Whether rows without a company exist, shared by all.
    pub shared: bool,
    /// Whether it is unlogged.
    pub unlogged: bool,
    /// Columns of the primary key; empty for the few tables without.
    pub key: Vec<String>,
    /// Columns of each further unique constraint.
    pub uniques: Vec<Vec<String>>,
    /// Columns of each unique index that is partial or on an expression.
    pub partial_uniques: Vec<Vec<String>>,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Its references to other tables.
    pub references: Vec<Reference>,
    /// How many checks it has.
    pub checks: usize,
    /// How many triggers of each kind: timing, level and events.
    pub triggers: BTreeMap<String, usize>,
}

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, an enum's name unquoted, arrays with `[]`.
    pub ty: String,
    /// NOT NULL.
    pub required: bool,
    /// Has a default.
    pub default: bool,
    /// Is generated and stored.
    pub generated: bool,
}

/// One foreign key.
#[derive(Debug)]
pub struct Reference {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to.
    pub table: String,
    /// The columns referred to.
    pub to: Vec<String>,
    /// ON DELETE.
    pub on_delete: String,
    /// ON UPDATE.
    pub on_update: String,
}

impl Catalog {
    /// The catalog that is built in.
    pub fn carbon() -> &'static Catalog {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| {
            let raw: Raw = serde_json::from_str(include_str!("../../carbon/catalog.json"))
                .expect("the built-in catalog is read by every test");
            raw.into()
        })
    }

    /// Position of a table in [`Catalog::tables`].
    pub fn position(&self, table: &str) -> Option<usize> {
        self.by_name.get(table).copied()
    }

    /// A table by name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.position(name).map(|at| &self.tables[at])
    }
}

impl Table {
    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether a column of that name exists.
    pub fn has(&self, column: &str) -> bool {
        self.column(column).is_some()
    }
}

#[derive(serde::Deserialize)]
struct Raw {
    enums: BTreeMap<String, Vec<String>>,
    tables: Vec<RawTable>,
}

#[derive(serde::Deserialize)]
struct RawTable {
    name: String,
    scope: Option<String>,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    unlogged: bool,
    key: Vec<String>,
    #[serde(default)]
    uniques: Vec<Vec<String>>,
    #[serde(default)]
    partial_uniques: Vec<Vec<String>>,
    columns: Vec<String>,
    references: Vec<[String; 5]>,
    #[serde(default)]
    checks: usize,
    #[serde(default)]
    triggers: BTreeMap<String, usize>,
}

impl From<Raw> for Catalog {
    fn from(raw: Raw) -> Catalog {
        let tables: Vec<Table> = raw.tables.into_iter().map(Table::from).collect();
        let by_name = tables
            .iter()
            .enumerate()
            .map(|(at, table)| (table.name.clone(), at))
            .collect();
        Catalog {
            enums: raw.enums,
            tables,
            by_name,
        }
    }
}

impl From<RawTable> for Table {
    fn from(raw: RawTable) -> Table {
        let split = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        Table {
            name: raw.name,
            scope: raw.scope,
            shared: raw.shared,
            unlogged: raw.unlogged,
            key: raw.key,
            uniques: raw.uniques,
            partial_uniques: raw.partial_uniques,
            columns: raw.columns.iter().map(|text| Column::read(text)).collect(),
            references: raw
                .references
                .into_iter()
                .map(|[columns, table, to, on_delete, on_update]| Reference {
                    columns: split(&columns),
                    table,
                    to: split(&to),
                    on_delete,
                    on_update,
                })
                .collect(),
            checks: raw.checks,
            triggers: raw.triggers,
        }
    }
}

impl Column {
    /// Reads `name type flags`; flags are `!` NOT NULL, `=` default, `~` generated.
    fn read(text: &str) -> Column {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (name, ty, flags) = (next().to_owned(), next().to_owned(), next());
        Column {
            name,
            ty,
            required: flags.contains('!'),
            default: flags.contains('='),
            generated: flags.contains('~'),
        }
    }
}
