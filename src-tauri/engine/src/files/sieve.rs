//! Takes objects out of a service's listings whose keys are none that a file could have, such as `a//b` or
//! `a/../b`: the library that reads the listings would refuse all of them for the sake of one.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use object_store::path::Path;

/// The keys that were taken out, bucket by bucket.
#[derive(Debug, Clone, Default)]
pub(super) struct Odd(Arc<Mutex<BTreeSet<String>>>);

impl Odd {
    /// Those that begin with `prefix`; they are forgotten.
    pub(super) fn take(&self, prefix: &str) -> Vec<String> {
        let mut odd = self.lock();
        let (taken, left) = std::mem::take(&mut *odd)
            .into_iter()
            .partition::<BTreeSet<String>, _>(|key| key.starts_with(prefix));
        *odd = left;
        taken.into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects as the library does, and looks through the listings that come back.
#[derive(Debug)]
pub(super) struct Sieve {
    pub(super) odd: Odd,
}

impl HttpConnector for Sieve {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        let odd = self.odd.clone();
        Ok(HttpClient::new(Sieving { inner, odd }))
    }
}

#[derive(Debug)]
struct Sieving {
    inner: HttpClient,
    odd: Odd,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Sieving {
    fn call<'s, 'a>(&'s self, request: HttpRequest) -> Answer<'a>
    where
        's: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            let query = request.uri().query().unwrap_or_default();
            let is_listing = query.split('&').any(|part| part == "list-type=2");
            let response = self.inner.execute(request).await?;
            if !is_listing || !response.status().is_success() {
                return Ok(response);
            }
            let (parts, body) = response.into_parts();
            let bytes = body.bytes().await?;
            let Ok(listing) = std::str::from_utf8(&bytes) else {
                return Ok(HttpResponse::from_parts(parts, bytes.into()));
            };
            let (kept, odd) = sieve(listing);
            self.odd.lock().extend(odd);
            Ok(HttpResponse::from_parts(parts, kept.into()))
        })
    }
}

const OBJECT: (&str, &str) = ("<Contents>", "</Contents>");
const KEY: (&str, &str) = ("<Key>", "</Key>");

/// The listing without objects of odd keys, and these keys.
fn sieve(listing: &str) -> (String, Vec<String>) {
    let (mut kept, mut odd) = (String::with_capacity(listing.len()), Vec::new());
    let mut rest = listing;
    while let Some(begin) = rest.find(OBJECT.0) {
        let Some(length) = rest.get(begin..).and_then(|rest| rest.find(OBJECT.1)) else {
            break;
        };
        let end = begin + length + OBJECT.1.len();
        let (before, object) = (rest.get(..begin), rest.get(begin..end));
        kept.push_str(before.unwrap_or_default());
        let object = object.unwrap_or_default();
        match key_of(object) {
            Some(key) if !is_plain(&key) => odd.push(key),
            _ => kept.push_str(object),
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    kept.push_str(rest);
    (kept, odd)
}

/// Whether the library takes that key for what it is.
fn is_plain(key: &str) -> bool {
    Path::parse(key).is_ok_and(|path| path.as_ref() == key)
}

fn key_of(object: &str) -> Option<String> {
    let (_, rest) = object.split_once(KEY.0)?;
    let (key, _) = rest.split_once(KEY.1)?;
    unescaped(key)
}

/// Text of XML as it is meant; `None` where it is none.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut made = parts.next()?.to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';')?;
        made.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => {
                let number = number.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        made.push_str(rest);
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> String {
        format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>")
    }

    #[test]
    fn odd_keys_are_taken_out_and_all_else_stays_byte_for_byte() {
        let good = object("acme/a &amp; b.pdf") + &object("acme/Größe (1).png");
        let odd = [
            "acme//b",
            "acme/../c",
            "acme/./d",
            "acme/e/",
            "/acme",
            "acme/&#10;f",
        ];
        let bad: String = odd.iter().map(|key| object(key)).collect();
        let (begin, end) = (
            "<?xml version='1.0'?><ListBucketResult><Name>x</Name>",
            "<IsTruncated>false</IsTruncated></ListBucketResult>",
        );
        let (kept, taken) = sieve(&format!("{begin}{good}{bad}{end}"));
        assert_eq!(kept, format!("{begin}{good}{end}"));
        assert_eq!(
            taken,
            [
                "acme//b",
                "acme/../c",
                "acme/./d",
                "acme/e/",
                "/acme",
                "acme/\nf"
            ]
        );
    }

    #[test]
    fn what_is_no_listing_stays_as_it_is() {
        for text in [
            "",
            "<Contents>",
            "<Contents><Key>a//b",
            "<Contents></Contents>",
        ] {
            assert_eq!(sieve(text), (text.to_owned(), Vec::new()), "{text}");
        }
    }

    #[test]
    fn keys_are_taken_by_place_and_once() {
        let odd = Odd::default();
        odd.lock()
            .extend(["acme//b".to_owned(), "bolt//c".to_owned()]);
        assert_eq!(odd.take("acme/"), ["acme//b"]);
        assert_eq!(odd.take("acme/"), Vec::<String>::new());
        assert_eq!(odd.take("bolt/"), ["bolt//c"]);
    }
}
