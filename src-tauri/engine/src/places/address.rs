use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::files::StoreAddress;
use crate::{Code, Error, Result};

/// Where copies go, without the keys to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceAddress {
    /// A folder of this computer.
    Folder(PathBuf),
    /// A folder of another computer, by SSH.
    Sftp {
        /// Whom to ask, as `user@host` or a name of the SSH configuration.
        server: String,
        /// The port, where it is another than the usual or the configured one.
        port: Option<u16>,
        /// The folder over there, from its root.
        folder: String,
        /// The address as it was written.
        written: String,
    },
    /// A bucket of an S3-compatible service, and what the names of the copies begin with there.
    Bucket {
        /// The service.
        service: StoreAddress,
        /// The bucket.
        bucket: String,
        /// Empty, or a path that ends with a slash.
        prefix: String,
        /// The address as it was written.
        written: String,
    },
}

impl FromStr for PlaceAddress {
    type Err = Error;

    /// Reads a folder's path from the root, `file:///folder`, `sftp://user@host/folder`, or
    /// `s3://bucket/prefix?endpoint=URL&region=NAME`.
    fn from_str(written: &str) -> Result<Self> {
        let path = PathBuf::from(written);
        if path.is_absolute() {
            return Ok(Self::Folder(path));
        }
        let url = Url::parse(written).map_err(|_| unreadable())?;
        if url.scheme() == "sftp" {
            return sftp(written, &url);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(unreadable()
                .hint("Keys do not belong into it. Give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."));
        }
        match (url.scheme(), url.host_str()) {
            ("file", _) => url
                .to_file_path()
                .map(Self::Folder)
                .map_err(|()| unreadable()),
            ("s3", Some(bucket)) if !bucket.is_empty() => {
                let service = format!("s3://?{}", url.query().unwrap_or_default());
                // Asked of what was written: a URL's own path leads nowhere up any more.
                let is_plain = |part: &str| !matches!(part, "." | "..");
                let prefix = url.path().trim_matches('/');
                if !written.split(['/', '?']).all(is_plain) || prefix.contains("//") {
                    return Err(unreadable());
                }
                Ok(Self::Bucket {
                    service: StoreAddress::parse(&service)?,
                    bucket: bucket.to_owned(),
                    prefix: match prefix {
                        "" => String::new(),
                        prefix => format!("{prefix}/"),
                    },
                    written: written.to_owned(),
                })
            }
            _ => Err(unreadable()),
        }
    }
}

/// A folder by SSH. Whoever is asked must not be taken for an option of the client, nor the folder lead up.
fn sftp(written: &str, url: &Url) -> Result<PlaceAddress> {
    if url.password().is_some() {
        return Err(unreadable().hint("A password does not belong into it: SSH lets in by key."));
    }
    let (user, host) = (url.username(), url.host_str().unwrap_or_default());
    let is_plain = |text: &str| {
        let is_plain = |letter: char| {
            letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | ':' | '[' | ']')
        };
        !text.starts_with('-') && text.chars().all(is_plain)
    };
    let folder = url.path();
    let is_odd = |letter: char| letter.is_control() || letter == '%';
    let leads_up = written.split('/').any(|part| matches!(part, "." | ".."));
    if host.is_empty()
        || !is_plain(host)
        || !is_plain(user)
        || url.query().is_some()
        || url.fragment().is_some()
        || folder.trim_matches('/').is_empty()
        || folder.chars().any(is_odd)
        || leads_up
    {
        return Err(unreadable());
    }
    Ok(PlaceAddress::Sftp {
        server: match user {
            "" => host.to_owned(),
            user => format!("{user}@{host}"),
        },
        port: url.port(),
        folder: folder.trim_end_matches('/').to_owned(),
        written: written.to_owned(),
    })
}

fn unreadable() -> Error {
    Error::new(Code::Usage, "The address of the place cannot be read.")
        .hint("It looks like /mnt/other-disk/backups, sftp://user@host/folder or s3://bucket/folder?endpoint=https://storage.example.com&region=eu-central-1")
}

impl fmt::Display for PlaceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Sftp { written, .. } | Self::Bucket { written, .. } => f.write_str(written),
        }
    }
}

impl Serialize for PlaceAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlaceAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|error: Error| serde::de::Error::custom(error.message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket_with_a_prefix() {
        let folder: PlaceAddress = "/mnt/disk".parse().unwrap();
        assert_eq!(folder, PlaceAddress::Folder("/mnt/disk".into()));
        let written = "s3://backups/snapback/acme?endpoint=https://s3.example.com&region=x";
        let bucket: PlaceAddress = written.parse().unwrap();
        assert_eq!(bucket.to_string(), written);
        match bucket {
            PlaceAddress::Bucket { bucket, prefix, .. } => {
                assert_eq!(
                    (bucket.as_str(), prefix.as_str()),
                    ("backups", "snapback/acme/")
                );
            }
            PlaceAddress::Folder(_) | PlaceAddress::Sftp { .. } => panic!("a bucket"),
        }
        let written = "sftp://me@nas.local:2222/srv/backups/";
        match written.parse().unwrap() {
            PlaceAddress::Sftp {
                server,
                port,
                folder,
                ..
            } => assert_eq!(
                (server.as_str(), port, folder.as_str()),
                ("me@nas.local", Some(2222), "/srv/backups")
            ),
            other => panic!("{other}"),
        }
        for wrong in [
            "disk",
            "s3://",
            "s3://u:secret@b",
            "s3://b/../c",
            "ftp://x/y",
            "s3://b?x=y",
            "sftp://host",
            "sftp:///folder",
            "sftp://me:secret@host/folder",
            "sftp://-oProxyCommand=secret/folder",
            "sftp://host/a/../b",
            "sftp://host/a%0Arm%20x",
            "sftp://host/a?secret",
        ] {
            let refused = wrong.parse::<PlaceAddress>().unwrap_err();
            assert_eq!(refused.code(), Code::Usage, "{wrong}");
            assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
        }
    }
}
