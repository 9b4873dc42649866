//! Who owns rows, how many there are, and what their ids are.

use crate::carbon::catalog::Catalog;

use super::cell::Cell;
use super::counts;
use super::plan::{Make, Plan};
use super::trades::Industry;

/// What the content depends on. Equal specs make equal content.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spec {
    /// Changes every id and every choice.
    pub seed: u64,
    /// 1 is about 40,000 rows, 12 a main company of more than 450,000.
    pub scale: f64,
    /// What the companies make.
    pub industry: Industry,
}

impl Default for Spec {
    fn default() -> Spec {
        Spec {
            seed: 20_261_101,
            scale: 1.0,
            industry: Industry::Machining,
        }
    }
}

/// A company of the demo. The same for every seed and scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoCompany {
    /// Its id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its group's id.
    pub group_id: &'static str,
    /// Its group's name.
    pub group_name: &'static str,
    /// How many of the main company's documents it has, in percent.
    pub(super) share: u64,
}

const GROUP: (&str, &str) = ("cq5f0v2m8hk3s7t1g0aa", "Müller Gruppe");

/// The demo's companies. The first is the main one and shares its group with the second; the
/// third is alone in its group.
pub const COMPANIES: [DemoCompany; 3] = [
    DemoCompany {
        id: "cq5f0v2m8hk3s7t1n9dg",
        name: "Müller Präzision GmbH",
        group_id: GROUP.0,
        group_name: GROUP.1,
        share: 100,
    },
    DemoCompany {
        id: "cq6k2w8p4jm9r3x5t7fh",
        name: "Müller Service GmbH",
        group_id: GROUP.0,
        group_name: GROUP.1,
        share: 2,
    },
    DemoCompany {
        id: "d1r7k4w9xb2p6j8m0tcz",
        name: "Nordwind Robotics Oy",
        group_id: "d1r7k4w9xb2p6j8g0bb",
        group_name: "Nordwind Robotics",
        share: 3,
    },
];

/// Whose rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Rows of nobody in particular: users, countries.
    Global,
    /// Rows without a company in tables that have a company column.
    Shared,
    /// A group's.
    Group(usize),
    /// A company's.
    Company(usize),
}

pub(super) const OWNERS: [Owner; 7] = [
    Owner::Global,
    Owner::Shared,
    Owner::Group(0),
    Owner::Group(1),
    Owner::Company(0),
    Owner::Company(1),
    Owner::Company(2),
];

impl Owner {
    pub(super) fn index(self) -> usize {
        match self {
            Owner::Global => 0,
            Owner::Shared => 1,
            Owner::Group(group) => 2 + group,
            Owner::Company(company) => 4 + company,
        }
    }

    /// The group that a company belongs to.
    pub(super) fn group(self) -> Owner {
        match self {
            Owner::Company(2) => Owner::Group(1),
            Owner::Company(_) => Owner::Group(0),
            other => other,
        }
    }
}

/// Rows of each owner in one table, by [`Owner::index`].
pub(super) type Counts = [u64; 7];

/// The last day of the demo's past: 2026-10-30, in days since 1970.
pub(super) const TODAY: i64 = 20_756;

/// Everything that the content is computed from.
#[derive(Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) industry: Industry,
    pub(super) catalog: &'static Catalog,
    pub(super) counts: Vec<Counts>,
    pub(super) plans: Vec<Plan>,
}

impl World {
    pub(super) fn new(spec: Spec) -> World {
        let catalog = Catalog::carbon();
        let counts = counts::all(catalog, spec.scale);
        let plans = catalog
            .tables
            .iter()
            .map(|table| Plan::of(catalog, table))
            .collect();
        let mut world = World {
            seed: spec.seed,
            industry: spec.industry,
            catalog,
            counts,
            plans,
        };
        world.keep_keys_unique();
        world
    }

    /// A table's key may be made of references alone: then there can be no more rows than
    /// combinations. Repeated, since a table that shrinks leaves fewer rows to refer to.
    fn keep_keys_unique(&mut self) {
        for _ in 0..3 {
            for table in 0..self.catalog.tables.len() {
                for owner in OWNERS {
                    let bound = self.plans[table].most_rows(self, owner);
                    let count = &mut self.counts[table][owner.index()];
                    *count = (*count).min(bound);
                }
            }
        }
    }

    pub(super) fn position(&self, table: &str) -> usize {
        self.catalog
            .position(table)
            .expect("stories name tables of the catalog: every load runs them")
    }

    /// All rows of one table and owner.
    pub(super) fn rows(&self, table: usize, owner: Owner) -> impl Iterator<Item = Row<'_>> {
        (0..self.counts[table][owner.index()]).map(move |n| Row {
            world: self,
            table,
            owner,
            n,
        })
    }
}

/// One row, of which nothing is stored.
#[derive(Clone, Copy)]
pub(super) struct Row<'w> {
    pub(super) world: &'w World,
    pub(super) table: usize,
    pub(super) owner: Owner,
    /// Its number among the rows of its owner.
    pub(super) n: u64,
}

impl<'w> Row<'w> {
    /// Any number, always the same for this row and salt.
    pub(super) fn hash(&self, salt: &str) -> u64 {
        let place = (self.table as u64) << 3 | self.owner.index() as u64;
        let mut state = self.world.seed ^ mixed(place ^ mixed(self.n));
        for chunk in salt.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            state = mixed(state ^ u64::from_le_bytes(word));
        }
        state
    }

    /// A number below `bound`.
    pub(super) fn below(&self, salt: &str, bound: u64) -> u64 {
        self.hash(salt) % bound.max(1)
    }

    /// True for about so many rows in a hundred.
    pub(super) fn chance(&self, salt: &str, percent: u64) -> bool {
        self.below(salt, 100) < percent
    }

    /// How many rows this owner has in a table.
    pub(super) fn count(&self, table: &str) -> u64 {
        self.world.counts[self.world.position(table)][self.owner.index()]
    }

    /// Another row of the same owner.
    pub(super) fn at(&self, table: &str, n: u64) -> Row<'w> {
        Row {
            table: self.world.position(table),
            n,
            ..*self
        }
    }

    /// Its number among all rows of the table, whoever owns them.
    pub(super) fn number_in_table(&self) -> u64 {
        let before: u64 = self.world.counts[self.table][..self.owner.index()]
            .iter()
            .sum();
        before + self.n
    }

    /// The number of the company, where the row is a company's.
    pub(super) fn company(&self) -> usize {
        match self.owner {
            Owner::Company(company) => company,
            _ => 0,
        }
    }

    /// The value of one of its columns; nothing for NULL.
    pub(super) fn value(&self, column: &str) -> Option<String> {
        let at = self.world.catalog.tables[self.table]
            .columns
            .iter()
            .position(|candidate| candidate.name == column)?;
        let mut cell = Cell::default();
        self.write(at, &mut cell);
        cell.value().map(str::to_owned)
    }

    /// Writes one of its columns.
    pub(super) fn write(&self, column: usize, cell: &mut Cell) {
        let plan = &self.world.plans[self.table];
        match &plan.columns[column] {
            Make::Id => self.write_id(cell),
            Make::Scope => self.write_scope(cell),
            Make::Reference(reference) => {
                if let Some((row, at)) = reference.target(self) {
                    row.write(at, cell);
                }
            }
            Make::Story(make) => make(self, cell),
            Make::Fill(fill) => fill.write(self, cell),
            Make::Generated => {}
        }
    }

    fn write_scope(&self, cell: &mut Cell) {
        match self.owner {
            Owner::Company(company) => cell.text(COMPANIES[company].id),
            Owner::Group(0) => cell.text(COMPANIES[0].group_id),
            Owner::Group(_) => cell.text(COMPANIES[2].group_id),
            Owner::Global | Owner::Shared => {}
        }
    }

    /// Ids come from several generators, as they do in a database that grew.
    fn write_id(&self, cell: &mut Cell) {
        let unique = (self.table as u64) << 31 | (self.owner.index() as u64) << 28 | self.n;
        let noise = self.hash("id");
        match self.table % 9 {
            3 => write_uuid(unique, noise, cell),
            5 => {
                let name = &self.world.catalog.tables[self.table].name;
                let prefix: String = name.chars().take(4).collect::<String>().to_lowercase();
                cell.format(format_args!("{prefix}_"));
                write_base32(noise, 8, cell);
                write_base32(unique, 8, cell);
            }
            _ => {
                cell.text("c");
                write_base32(noise, 11, cell);
                write_base32(unique, 8, cell);
            }
        }
    }

    /// A version 4 uuid of its own.
    pub(super) fn write_uuid(&self, cell: &mut Cell) {
        let unique = (self.table as u64) << 31 | (self.owner.index() as u64) << 28 | self.n;
        write_uuid(unique, self.hash("uuid"), cell);
    }
}

fn write_uuid(unique: u64, noise: u64, cell: &mut Cell) {
    cell.format(format_args!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        noise as u32,
        noise >> 32 & 0xffff,
        noise >> 48 & 0xfff,
        noise >> 52 & 0xfff,
        unique
    ));
}

fn write_base32(mut number: u64, letters: u32, cell: &mut Cell) {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut text = [0_u8; 16];
    for letter in text.iter_mut().take(letters as usize).rev() {
        *letter = ALPHABET[(number & 31) as usize];
        number >>= 5;
    }
    cell.text(String::from_utf8_lossy(&text[..letters as usize]));
}

/// A bijection that leaves nothing of the pattern that went in (SplitMix64's finaliser).
pub(super) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
