//! Work that two do side by side.

use std::cmp::Reverse;

/// Parts two lists of about the same weight from one; each keeps the heaviest first.
pub(crate) fn halves<T>(mut items: Vec<T>, weight: impl Fn(&T) -> u64) -> [Vec<T>; 2] {
    items.sort_by_key(|item| Reverse(weight(item)));
    let (mut first, mut second, mut ahead) = (Vec::new(), Vec::new(), 0_i128);
    for item in items {
        let heavy = i128::from(weight(&item));
        if ahead <= 0 {
            ahead += heavy;
            first.push(item);
        } else {
            ahead -= heavy;
            second.push(item);
        }
    }
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_weigh_about_the_same() {
        let [first, second] = halves(vec![1, 9, 4, 3, 2], |item| *item);
        assert_eq!((first, second), (vec![9, 1], vec![4, 3, 2]));
    }

    #[test]
    fn what_weighs_nothing_is_left_out_of_neither() {
        let [first, second] = halves(vec!["a", "b", "c"], |_| 0);
        assert_eq!(first.len() + second.len(), 3);
    }
}
