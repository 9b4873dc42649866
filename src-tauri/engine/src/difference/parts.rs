//! Work that several do side by side.

use std::cmp::Reverse;

/// Parts a list into so many of about the same weight; each keeps the heaviest first.
pub(crate) fn parts<T, const COUNT: usize>(
    mut items: Vec<T>,
    weight: impl Fn(&T) -> u64,
) -> [Vec<T>; COUNT] {
    items.sort_by_key(|item| Reverse(weight(item)));
    let mut parts: [(u64, Vec<T>); COUNT] = std::array::from_fn(|_| (0, Vec::new()));
    for item in items {
        if let Some((heavy, part)) = parts.iter_mut().min_by_key(|(heavy, _)| *heavy) {
            *heavy = heavy.saturating_add(weight(&item));
            part.push(item);
        }
    }
    parts.map(|(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_weigh_about_the_same() {
        let [first, second] = parts(vec![1, 9, 4, 3, 2], |item| *item);
        assert_eq!((first, second), (vec![9, 1], vec![4, 3, 2]));
    }

    #[test]
    fn what_weighs_nothing_is_left_out_of_none() {
        let [first, second, third] = parts(vec!["a", "b", "c"], |_| 0);
        assert_eq!(first.len() + second.len() + third.len(), 3);
    }
}
