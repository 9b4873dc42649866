//! Bank accounts, which are known by their check digits.

use std::ops::Range;

/// Letters and digits of an international bank account number.
const LENGTHS: std::ops::RangeInclusive<usize> = 15..=34;
/// Most bytes that one takes up, with what stands between its groups.
const WIDEST: usize = 60;

/// Where accounts stand, with their letters and digits alone, in capitals.
pub(super) fn accounts(plain: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut behind = 0;
    for begin in 0..plain.len() {
        if begin >= behind
            && is_start(plain, begin)
            && let Some((end, account)) = longest(plain, begin)
        {
            found.push((begin..end, account));
            behind = end;
        }
    }
    found
}

fn is_start(plain: &[u8], at: usize) -> bool {
    let letter = |at: usize| plain.get(at).is_some_and(u8::is_ascii_alphabetic);
    let digit = |at: usize| plain.get(at).is_some_and(u8::is_ascii_digit);
    let before = at.checked_sub(1).and_then(|before| plain.get(before));
    !before.is_some_and(u8::is_ascii_alphanumeric)
        && letter(at)
        && letter(at + 1)
        && digit(at + 2)
        && digit(at + 3)
}

/// The longest part that adds up.
fn longest(plain: &[u8], begin: usize) -> Option<(usize, Vec<u8>)> {
    let mut account = Vec::new();
    let mut longest = None;
    let rest = plain.get(begin..).unwrap_or_default();
    for (place, byte) in rest.iter().take(WIDEST).enumerate() {
        match byte {
            byte if byte.is_ascii_alphanumeric() => account.push(byte.to_ascii_uppercase()),
            b' ' | b'-' | b'.' => continue,
            _ => break,
        }
        let is_end = rest
            .get(place + 1)
            .is_none_or(|next| !next.is_ascii_alphanumeric());
        let written = rest.get(..=place).unwrap_or_default();
        if is_end && is_account(written, &account) {
            longest = Some((begin + place + 1, account.clone()));
        }
    }
    longest
}

/// Words of small letters may be ids that happen to add up, so of those only a country and digits count.
fn is_account(written: &[u8], account: &[u8]) -> bool {
    let is_capital = !written.iter().any(u8::is_ascii_lowercase);
    let rest = account.get(2..).unwrap_or_default();
    LENGTHS.contains(&account.len())
        && (is_capital || rest.iter().all(u8::is_ascii_digit))
        && adds_up(account)
}

/// Whether the check digits are right.
fn adds_up(account: &[u8]) -> bool {
    let (front, rest) = account.split_at_checked(4).unwrap_or_default();
    let remainder = rest.iter().chain(front).fold(0_u32, |sum, byte| {
        let number = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            letter => u32::from(letter.saturating_sub(b'A')) + 10,
        };
        match number {
            0..=9 => (sum * 10 + number) % 97,
            _ => (sum * 100 + number) % 97,
        }
    });
    remainder == 1
}
