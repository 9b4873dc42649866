use super::FileName;
use crate::model::{CompanyId, FilesRule};
use crate::{Code, Error, Result};

/// What stands for the company's key in a profile's buckets and prefixes.
pub const COMPANY: &str = "{company}";

/// Where files of one company lie: the keys of a bucket that begin with a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bucket.
    pub bucket: String,
    /// What every key of the company begins with, its last slash included.
    pub prefix: String,
}

impl Place {
    /// Whether that file lies here.
    #[must_use]
    pub fn holds(&self, name: &FileName) -> bool {
        name.bucket == self.bucket && name.key.starts_with(&self.prefix) && name.is_plain()
    }
}

/// The places of a company's files, as the profile says.
///
/// # Errors
/// `invalid_profile` for a place that would be every company's; `usage` where the company's key is no
/// plain name in a storage.
pub fn places(rule: &FilesRule, company: &CompanyId) -> Result<Vec<Place>> {
    let id = company.as_str();
    if !FileName::new("bucket", id).is_plain() || id.contains('/') {
        return Err(Error::new(
            Code::Usage,
            "This company's key cannot be part of a file's name, so it has no files.",
        ));
    }
    rule.places
        .iter()
        .map(|written| {
            let is_ones = written.prefix.split('/').any(|part| part == COMPANY)
                || written.bucket == COMPANY;
            let is_folder = written.prefix.is_empty() || written.prefix.ends_with('/');
            if !is_ones || !is_folder {
                return Err(Error::new(
                    Code::InvalidProfile,
                    "A place of files must be one company's: {company} as a part of the prefix, which ends with a slash, or as the bucket.",
                )
                .with("bucket", &written.bucket)
                .with("prefix", &written.prefix));
            }
            Ok(Place {
                bucket: written.bucket.replace(COMPANY, id),
                prefix: written.prefix.replace(COMPANY, id),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceRule;

    fn rule(bucket: &str, prefix: &str) -> FilesRule {
        FilesRule {
            objects: None,
            buckets: None,
            path_prefixes: Vec::new(),
            places: vec![PlaceRule {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            }],
        }
    }

    #[test]
    fn a_place_is_one_companys_and_never_its_neighbours() {
        let places = places(&rule("private", "{company}/"), &CompanyId::new("acme")).unwrap();
        assert!(places[0].holds(&FileName::new("private", "acme/a.pdf")));
        assert!(!places[0].holds(&FileName::new("private", "acme-2/a.pdf")));
        assert!(!places[0].holds(&FileName::new("private", "acme/../bolt/a.pdf")));
        assert!(!places[0].holds(&FileName::new("public", "acme/a.pdf")));
    }

    #[test]
    fn a_place_of_every_company_is_refused() {
        for (bucket, prefix) in [("private", ""), ("private", "{company}"), ("private", "x/")] {
            let refused = places(&rule(bucket, prefix), &CompanyId::new("acme")).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidProfile, "{bucket} {prefix}");
        }
        assert!(places(&rule("{company}", ""), &CompanyId::new("acme")).is_ok());
    }

    #[test]
    fn a_company_whose_key_leads_elsewhere_has_no_place() {
        for id in ["..", "a/b", ""] {
            assert!(places(&rule("private", "{company}/"), &CompanyId::new(id)).is_err());
        }
    }
}
