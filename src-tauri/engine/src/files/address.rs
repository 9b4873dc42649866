use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::{Code, Error, Result};

/// Where an application keeps uploaded files, without the keys to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// A folder of this computer.
    Folder {
        /// The folder that holds the buckets, or Supabase's tenants.
        path: PathBuf,
        /// How files lie in it.
        layout: Layout,
    },
    /// An S3-compatible service.
    S3(Service),
}

/// How files lie in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// `<bucket>/<key>`.
    Plain,
    /// As self-hosted Supabase keeps them: `<below>/<bucket>/<key><separator><version>`, with extended
    /// attributes.
    Supabase {
        /// Folders above the buckets, usually `stub/stub`.
        below: String,
        /// What stands between key and version, usually a slash.
        separator: String,
    },
}

impl Layout {
    /// Supabase's, as it comes.
    #[must_use]
    pub fn supabase() -> Self {
        Self::Supabase {
            below: USUAL_BELOW.to_owned(),
            separator: USUAL_SEPARATOR.to_owned(),
        }
    }
}

/// An S3-compatible service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its URL; AWS itself where none is named.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// How long it may stand still before it counts as gone.
    pub patience: Duration,
}

/// What opens an S3 service. Never shown.
#[derive(Clone)]
pub struct Keys {
    /// Who.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// The token of keys that hold for a while.
    pub session_token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// The folders under which Supabase's storage keeps the buckets unless it is told otherwise.
const USUAL_BELOW: &str = "stub/stub";
/// What stands between key and version there unless it is told otherwise.
const USUAL_SEPARATOR: &str = "/";
/// How long a service may stand still unless it is told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path, layout: _ } => write!(f, "file://{}", path.display()),
            Self::S3(service) => service.fmt(f),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.as_deref().unwrap_or("aws");
        write!(f, "s3 {endpoint} {}", self.region)
    }
}

impl StoreAddress {
    /// Reads `file:///folder` or `s3://?endpoint=URL&region=NAME`. A folder's `layout` is `plain` or
    /// `supabase` (then with `below` and `separator`); where it is not said, a folder that has
    /// `stub/stub` in it is Supabase's.
    ///
    /// # Errors
    /// `usage`; the address is never repeated in it, since it may hold keys.
    pub fn parse(written: &str) -> Result<Self> {
        let url = Url::parse(written).map_err(|_| unreadable("It is no URL."))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(unreadable("Keys do not belong into it.")
                .hint("Give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."));
        }
        match url.scheme() {
            "file" => folder(&url),
            "s3" => service(&url),
            _ => Err(unreadable("It begins neither with file:// nor with s3://.")),
        }
    }
}

fn unreadable(why: &str) -> Error {
    Error::new(
        Code::Usage,
        format!("The address of the storage cannot be read. {why}"),
    )
    .hint("It looks like file:///srv/storage or s3://?endpoint=https://storage.example.com&region=eu-central-1")
}

fn folder(url: &Url) -> Result<StoreAddress> {
    let path = url
        .to_file_path()
        .map_err(|()| unreadable("A folder's address is file:// and a path from the root."))?;
    let (mut layout, mut below, mut separator) = (None, None, None);
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "layout" => layout = Some(value.into_owned()),
            "below" => below = Some(value.into_owned()),
            "separator" => separator = Some(value.into_owned()),
            _ => return Err(unreadable("A folder has layout, below and separator.")),
        }
    }
    let below = below.unwrap_or_else(|| USUAL_BELOW.to_owned());
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    if !below.split('/').all(plain) {
        return Err(unreadable("`below` is a path inside the folder."));
    }
    let looks_like_supabase = || path.join(&below).is_dir();
    let layout = match layout.as_deref() {
        Some("plain") => Layout::Plain,
        None if !looks_like_supabase() => Layout::Plain,
        Some("supabase") | None => Layout::Supabase {
            below,
            separator: separator.unwrap_or_else(|| USUAL_SEPARATOR.to_owned()),
        },
        Some(_) => return Err(unreadable("The layout is plain or supabase.")),
    };
    Ok(StoreAddress::Folder { path, layout })
}

fn service(url: &Url) -> Result<StoreAddress> {
    if url.host_str().is_some_and(|host| !host.is_empty()) || !matches!(url.path(), "" | "/") {
        return Err(unreadable(
            "Which buckets are a company's stands in the profile; the service's URL is the parameter endpoint.",
        ));
    }
    let mut found = Service {
        endpoint: None,
        region: "us-east-1".to_owned(),
        patience: PATIENCE,
    };
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "endpoint" => found.endpoint = Some(endpoint(&value)?),
            "region" => found.region = value.into_owned(),
            "timeout" => {
                let seconds = value
                    .parse()
                    .ok()
                    .filter(|seconds| (1..=3600).contains(seconds));
                let seconds =
                    seconds.ok_or_else(|| unreadable("The timeout is 1 to 3600 seconds."))?;
                found.patience = Duration::from_secs(seconds);
            }
            _ => return Err(unreadable("A service has endpoint, region and timeout.")),
        }
    }
    Ok(StoreAddress::S3(found))
}

fn endpoint(written: &str) -> Result<String> {
    let url = Url::parse(written).map_err(|_| unreadable("The endpoint is no URL."))?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_bare {
        return Err(unreadable(
            "The endpoint is https:// with a host and a path.",
        ));
    }
    Ok(written.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_its_endpoint_and_region() {
        let written =
            "s3://?endpoint=https%3A%2F%2Fx.example.com%2Fstorage%2Fv1%2Fs3&region=eu-west-1";
        let expected = Service {
            endpoint: Some("https://x.example.com/storage/v1/s3".to_owned()),
            region: "eu-west-1".to_owned(),
            patience: PATIENCE,
        };
        assert_eq!(
            StoreAddress::parse(written).unwrap(),
            StoreAddress::S3(expected.clone())
        );
        let plain = "s3://?endpoint=https://x.example.com/storage/v1/s3/&region=eu-west-1";
        assert_eq!(
            StoreAddress::parse(plain).unwrap(),
            StoreAddress::S3(expected)
        );
    }

    #[test]
    fn a_folder_is_plain_unless_it_is_said_or_seen_to_be_supabases() {
        let folder = tempfile::tempdir().unwrap();
        let written = format!("file://{}", folder.path().display());
        let layout = |written: &str| match StoreAddress::parse(written).unwrap() {
            StoreAddress::Folder { layout, .. } => layout,
            StoreAddress::S3(_) => panic!("a folder"),
        };
        assert_eq!(layout(&written), Layout::Plain);
        std::fs::create_dir_all(folder.path().join("stub/stub")).unwrap();
        assert!(matches!(layout(&written), Layout::Supabase { .. }));
        assert_eq!(layout(&format!("{written}?layout=plain")), Layout::Plain);
        let other = layout(&format!(
            "{written}?layout=supabase&below=acme/x&separator=-v-"
        ));
        let expected = ("acme/x".to_owned(), "-v-".to_owned());
        assert!(
            matches!(other, Layout::Supabase { below, separator } if (below.clone(), separator.clone()) == expected)
        );
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for written in [
            "nonsense",
            "ftp://secret-word/x",
            "s3://secret-word",
            "s3://user:secret-word@?region=x",
            "s3://?endpoint=secret-word",
            "s3://?endpoint=https://user:secret-word@host",
            "s3://?secret-word=1",
            "file://host-of-others/x/secret-word",
            "file:///x?layout=secret-word",
            "file:///x?below=../secret-word",
        ] {
            let refused = StoreAddress::parse(written).unwrap_err();
            assert_eq!(refused.code(), Code::Usage, "{written}");
            assert!(!format!("{refused:?}").contains("secret-word"), "{written}");
        }
    }
}
