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

    /// Reads a folder's path from the root, `file:///folder`, or `s3://bucket/prefix?endpoint=URL&region=NAME`.
    fn from_str(written: &str) -> Result<Self> {
        let path = PathBuf::from(written);
        if path.is_absolute() {
            return Ok(Self::Folder(path));
        }
        let url = Url::parse(written).map_err(|_| unreadable())?;
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

fn unreadable() -> Error {
    Error::new(Code::Usage, "The address of the place cannot be read.")
        .hint("It looks like /mnt/other-disk/backups or s3://bucket/folder?endpoint=https://storage.example.com&region=eu-central-1")
}

impl fmt::Display for PlaceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Bucket { written, .. } => f.write_str(written),
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
            PlaceAddress::Folder(_) => panic!("a bucket"),
        }
        for wrong in [
            "disk",
            "s3://",
            "s3://u:secret@b",
            "s3://b/../c",
            "ftp://x/y",
            "s3://b?x=y",
        ] {
            let refused = wrong.parse::<PlaceAddress>().unwrap_err();
            assert_eq!(refused.code(), Code::Usage, "{wrong}");
            assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
        }
    }
}
