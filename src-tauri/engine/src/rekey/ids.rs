//! Which ids there are, and what takes their place.

use std::collections::{HashMap, HashSet};

use super::rules::IdColumn;
use super::shape::{Renewal, Shape, looks_random, may_be_random, shape};

/// Which column's own ids: several columns may name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootId(pub usize);

/// Of how many ids of a column one may look like a word, all being made by a generator: of 20 letters, one
/// in a hundred has hardly a digit.
const ODD_ONES: usize = 10;
/// Ids of one shape that prove a generator.
const PROVEN_BY: u64 = 10;

/// An id as it stands in a row.
type Id = Box<[u8]>;

/// What an id is to the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Something else takes its place.
    Renewed(Vec<u8>),
    /// It was a row's that is not carried.
    Gone,
    /// Nothing is known of it.
    Unknown,
}

/// Words that are ids of one column, and how many letters it has room for.
#[derive(Debug, Clone, Default)]
struct Words {
    longest: Option<usize>,
    is_renewed: bool,
    ids: HashSet<Id>,
}

/// The ids of the rows that are carried.
#[derive(Debug, Clone)]
pub struct Ids {
    renewal: Renewal,
    /// Ids by which a row is known wherever they stand.
    strong: HashSet<Id>,
    /// How many of each shape were made by a generator without a doubt.
    shapes: HashMap<Shape, u64>,
    /// Ids of which only all others tell whether a generator made them.
    doubtful: Vec<(RootId, Id)>,
    /// Words that are ids where a reference says so alone.
    weak: HashMap<RootId, Words>,
    /// What takes the place of people, of the company and its group.
    explicit: HashMap<Id, Id>,
    /// What takes the place of rows of a group that is joined.
    joined: HashMap<(RootId, Id), Id>,
    /// Ids of rows that are not carried.
    gone: HashSet<Id>,
    /// Columns some of whose ids are strong.
    made: HashSet<RootId>,
    /// Columns with people's own keys.
    of_people: HashSet<RootId>,
    /// New ids of rows that were not inserted, since another row has their unique values.
    lost: HashSet<Id>,
    shortest: usize,
    longest: usize,
}

impl Ids {
    /// None yet.
    #[must_use]
    pub fn new(renewal: Renewal) -> Self {
        Self {
            renewal,
            strong: HashSet::new(),
            shapes: HashMap::new(),
            doubtful: Vec::new(),
            weak: HashMap::new(),
            explicit: HashMap::new(),
            joined: HashMap::new(),
            gone: HashSet::new(),
            made: HashSet::new(),
            of_people: HashSet::new(),
            lost: HashSet::new(),
            shortest: usize::MAX,
            longest: 0,
        }
    }

    /// How ids are renewed.
    #[must_use]
    pub fn renewal(&self) -> &Renewal {
        &self.renewal
    }

    /// Adds all ids of one column; what they are is decided for all of them together, and for some once all
    /// columns are known. Words become ids where each must be renewed; otherwise they stay as they are.
    pub fn add_column(&mut self, root: &IdColumn, ids: Vec<Id>) {
        let words = Words {
            longest: root.longest,
            is_renewed: root.always,
            ids: HashSet::new(),
        };
        self.weak.insert(root.root, words);
        if root.is_person {
            self.of_people.insert(root.root);
        }
        let is_person = |id: &Id| root.is_person && self.explicit.contains_key(id);
        let ids: Vec<Id> = ids.into_iter().filter(|id| !is_person(id)).collect();
        let random = ids.iter().filter(|id| self.is_made(id)).count();
        let are_made = random * ODD_ONES >= ids.len() * (ODD_ONES - 1);
        for id in ids {
            if self.is_made(&id) {
                *self.shapes.entry(shape(&id)).or_default() += 1;
                self.add_strong(root.root, id);
            } else if are_made && may_be_random(&id) {
                self.add_strong(root.root, id);
            } else if root.is_id && may_be_random(&id) {
                self.doubtful.push((root.root, id));
            } else {
                self.add_word(root.root, id);
            }
        }
    }

    /// Decides what only all columns together tell.
    pub fn settle(&mut self) {
        for (root, id) in std::mem::take(&mut self.doubtful) {
            let alike = self.shapes.get(&shape(&id)).copied().unwrap_or_default();
            match alike >= PROVEN_BY {
                true => self.add_strong(root, id),
                false => self.add_word(root, id),
            }
        }
    }

    fn add_strong(&mut self, root: RootId, id: Id) {
        self.made.insert(root);
        self.widen(&id);
        self.strong.insert(id);
    }

    fn add_word(&mut self, root: RootId, id: Id) {
        if let Some(words) = self.weak.get_mut(&root).filter(|words| words.is_renewed) {
            words.ids.insert(id);
        }
    }

    fn is_made(&self, id: &[u8]) -> bool {
        looks_random(id) || self.renewal.embeds_company(id)
    }

    fn widen(&mut self, id: &[u8]) {
        self.shortest = self.shortest.min(id.len());
        self.longest = self.longest.max(id.len());
    }

    /// Says what takes the place of an id. Where it looks like one, also inside of texts.
    pub fn put(&mut self, old: &[u8], new: &[u8]) {
        if looks_random(old) {
            self.widen(old);
        }
        self.explicit.insert(old.into(), new.into());
    }

    /// Says which row takes the place of a row of that column.
    pub fn put_row(&mut self, root: RootId, old: &[u8], new: &[u8]) {
        if looks_random(old) {
            self.put(old, new);
        }
        self.joined.insert((root, old.into()), new.into());
    }

    /// The row of that id is not carried.
    pub fn is_not_carried(&mut self, root: RootId, id: &[u8]) {
        self.strong.remove(id);
        if let Some(weak) = self.weak.get_mut(&root) {
            weak.ids.remove(id);
        }
        self.explicit.remove(id);
        self.widen(id);
        self.gone.insert(id.into());
    }

    /// The row of that new id was not inserted.
    pub fn is_lost(&mut self, new: &[u8]) {
        self.lost.insert(new.into());
    }

    /// What the explicit list says of an id: of a person, above all.
    #[must_use]
    pub fn explicit(&self, id: &[u8]) -> Option<&[u8]> {
        self.explicit.get(id).map(AsRef::as_ref)
    }

    /// What an id is where a reference says that it is one of these.
    #[must_use]
    pub fn of_root(&self, root: RootId, id: &[u8]) -> Lookup {
        if self.of_people.contains(&root)
            && let Some(person) = self.explicit(id)
        {
            return self.unless_lost(person.to_vec());
        }
        if self.strong.contains(id) {
            return self.unless_lost(self.renewal.renewed(id, None));
        }
        if let Some(words) = self.weak.get(&root).filter(|words| words.ids.contains(id)) {
            return self.unless_lost(self.renewal.renewed(id, words.longest));
        }
        let joined = match self.joined.is_empty() {
            true => None,
            false => self.joined.get(&(root, id.into())).map(AsRef::as_ref),
        };
        match joined.or_else(|| self.explicit(id).filter(|_| looks_random(id))) {
            Some(new) => self.unless_lost(new.to_vec()),
            None => self.gone_or_unknown(id),
        }
    }

    /// What an id is that stands somewhere.
    #[must_use]
    pub fn anywhere(&self, id: &[u8]) -> Lookup {
        if id.len() < self.shortest || id.len() > self.longest {
            return Lookup::Unknown;
        }
        // Somebody may be called by the same key as a row that is theirs.
        if let Some(new) = self.explicit(id).filter(|_| looks_random(id)) {
            return Lookup::Renewed(new.to_vec());
        }
        match self.strong.contains(id) {
            true => Lookup::Renewed(self.renewal.renewed(id, None)),
            false => self.gone_or_unknown(id),
        }
    }

    /// Whether a word has the shape in which a generator has made ids of these rows.
    #[must_use]
    pub fn are_like(&self, word: &[u8]) -> bool {
        (self.shortest..=self.longest).contains(&word.len())
            && looks_random(word)
            && self.shapes.get(&shape(word)).copied().unwrap_or_default() >= PROVEN_BY
    }

    /// What a word is in a column that is known to hold ids.
    #[must_use]
    pub fn in_a_column_of_ids(&self, id: &[u8]) -> Lookup {
        match self.anywhere(id) {
            Lookup::Unknown => {}
            known => return known,
        }
        let mut found = self.weak.values().filter(|words| words.ids.contains(id));
        match found.next() {
            Some(words) => Lookup::Renewed(self.renewal.renewed(id, words.longest)),
            None => Lookup::Unknown,
        }
    }

    /// Whether any id of that column was made by a generator, and is renewed.
    #[must_use]
    pub fn has_made(&self, root: RootId) -> bool {
        self.made.contains(&root)
    }

    /// How many ids are renewed.
    #[must_use]
    pub fn count(&self) -> u64 {
        let weak: usize = self.weak.values().map(|words| words.ids.len()).sum();
        (self.strong.len() + weak) as u64
    }

    fn unless_lost(&self, new: Vec<u8>) -> Lookup {
        match self.lost.contains(new.as_slice()) {
            true => Lookup::Gone,
            false => Lookup::Renewed(new),
        }
    }

    fn gone_or_unknown(&self, id: &[u8]) -> Lookup {
        match self.gone.contains(id) {
            true => Lookup::Gone,
            false => Lookup::Unknown,
        }
    }
}
