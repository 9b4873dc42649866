//! Integer ids: the numbers found, and those that take their place.

/// The numbers of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Old and new, in the order of the old.
    pairs: Vec<(i64, i64)>,
}

impl Numbers {
    /// Notes a number that a row has. It stays as it is unless something is said of it.
    pub fn note(&mut self, number: i64) {
        self.pairs.push((number, number));
    }

    /// Says what takes the place of a number.
    pub fn put(&mut self, old: i64, new: i64) {
        self.pairs.push((old, new));
    }

    /// Sorts what was noted.
    pub fn settle(&mut self) {
        self.pairs.sort_unstable();
        self.pairs.dedup_by_key(|pair| pair.0);
    }

    /// The row of that number is not carried. Once they are settled.
    pub fn take_out(&mut self, number: i64) {
        if let Ok(place) = self.pairs.binary_search_by_key(&number, |pair| pair.0) {
            self.pairs.remove(place);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pairs.len()
    }

    /// Gives each number one of those, smallest to smallest: numbers keep their order, since applications
    /// sort by them.
    pub fn replace_by(&mut self, mut new: Vec<i64>) {
        new.sort_unstable();
        for (pair, new) in self.pairs.iter_mut().zip(new) {
            pair.1 = new;
        }
    }

    /// The number in place of that one.
    #[must_use]
    pub fn renewed(&self, number: i64) -> Option<i64> {
        let place = self
            .pairs
            .binary_search_by_key(&number, |pair| pair.0)
            .ok()?;
        self.pairs.get(place).map(|pair| pair.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order() {
        let mut numbers = Numbers::default();
        for number in [30, 10, 20, 10] {
            numbers.note(number);
        }
        numbers.settle();
        assert_eq!(numbers.count(), 3);
        numbers.replace_by(vec![103, 101, 102]);
        assert_eq!(numbers.renewed(10), Some(101));
        assert_eq!(numbers.renewed(30), Some(103));
        assert_eq!(numbers.renewed(15), None);
    }
}
