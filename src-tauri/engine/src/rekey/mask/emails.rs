//! E-mail addresses, which are known by themselves.

use std::ops::Range;

/// How the sign is written: as it is, in a link, in a page.
const SIGNS: [&[u8]; 4] = [b"@", b"%40", b"&#64;", b"&commat;"];

/// Where addresses stand, with the sign as it is.
pub(super) fn emails(plain: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let mut found = Vec::new();
    for sign in SIGNS {
        for at in memchr::memmem::find_iter(plain, sign) {
            let before = plain.get(..at).unwrap_or_default();
            let local = before.iter().rev();
            let mut local = local.take_while(|byte| is_of_local(**byte)).count();
            let mut begin = at - local;
            // What stands in a link begins behind the part before.
            if let Some(part) = before.get(begin..).and_then(|name| rposition(name, b"%3a")) {
                (begin, local) = (begin + part + 3, local - part - 3);
            }
            let behind = at + sign.len();
            let domain = plain.get(behind..).unwrap_or_default();
            let length = domain.iter().take_while(|byte| is_of_host(**byte)).count();
            let domain = domain.get(..length).unwrap_or_default();
            let domain = domain.strip_suffix(b".").unwrap_or(domain);
            // A name in quotation marks may hold anything; without its domain it leads nowhere.
            let is_named = local > 0 || before.last() == Some(&b'"');
            if !is_named || !is_domain(domain) {
                continue;
            }
            let mut address = before.get(begin..).unwrap_or_default().to_ascii_lowercase();
            address.push(b'@');
            address.extend_from_slice(&domain.to_ascii_lowercase());
            found.push((begin..behind + domain.len(), address));
        }
    }
    found
}

fn rposition(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(&text.to_ascii_lowercase(), part)
}

fn is_domain(domain: &[u8]) -> bool {
    let top = domain
        .rsplit(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    let is_word = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    domain.contains(&b'.')
        && top.len() >= 2
        && (top.iter().all(is_word) || top.to_ascii_lowercase().starts_with(b"xn--"))
}

fn is_of_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b".!#$%*+-^_|~".contains(&byte)
}

/// Whether a host's name may hold that byte.
pub(super) fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'.' | b'-')
}
