use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use snapback_engine::Result;
use snapback_engine::archive::{Manifest, Template};
use snapback_engine::model::Profile;
use snapback_engine::template::{GalleryTemplate, Listing, SavedTemplate, Unusable};
use ts_rs::TS;

use crate::{Labels, WireError};

/// The templates that there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Gallery {
    /// The folder in which further ones lie; `null` where this computer names no place for it.
    pub folder: Option<String>,
    /// By name.
    pub templates: Vec<TemplateEntry>,
    /// Archives of the folder that cannot be read.
    pub unusable: Vec<UnusableTemplate>,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TemplateEntry {
    /// What it is called, which is unlike any other's.
    pub name: String,
    /// For which industry it is.
    pub industry: Option<String>,
    /// What a company that is started from it has.
    pub description: Option<String>,
    /// Short name of the profile by which it was made.
    pub profile: String,
    /// A picture, as a `data:` URL; `null` where it has none that can be shown.
    pub picture: Option<String>,
    /// The instant that counts as today in its rows.
    pub today: String,
    /// Whether it comes with Snapback.
    pub is_shipped: bool,
    /// Its file; the name that it has in Snapback where it comes with it.
    pub path: String,
    /// Whether its company is in a group.
    pub has_group: bool,
    /// Rows of all tables.
    pub row_count: u64,
    /// Rows that people count first.
    pub counts: Vec<TemplateCount>,
}

/// How many rows there are of a kind that people count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TemplateCount {
    /// Its name for people.
    pub label: String,
    /// Rows.
    pub row_count: u64,
}

/// An archive of the template folder that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct UnusableTemplate {
    /// Its file.
    pub path: String,
    /// Why.
    pub error: WireError,
}

/// What a template is to say of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct TemplateRequest {
    /// What it is called.
    pub name: String,
    /// For which industry it is.
    pub industry: Option<String>,
    /// What a company that is started from it has.
    pub description: Option<String>,
    /// The file of its picture.
    pub picture: Option<String>,
}

impl TemplateRequest {
    /// The template, whose rows are of that day.
    ///
    /// # Errors
    /// `usage` where it has no name, a text is too long, or that is no picture; `local_file`.
    pub fn template(self, today: Timestamp) -> Result<Template> {
        let Self {
            name,
            industry,
            description,
            picture,
        } = self;
        let template = Template::new(name, industry, description, today)?;
        match picture {
            Some(path) => template.with_picture_of(Path::new(&path)),
            None => Ok(template),
        }
    }
}

/// A template that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SavedTemplateReport {
    /// What it is called.
    pub name: String,
    /// Its file.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Rows of all tables.
    pub row_count: u64,
    /// Addresses of outside parties that were replaced.
    pub masked: u64,
}

impl Gallery {
    /// What a gallery holds; `profile` knows the profile of a short name.
    #[must_use]
    pub fn new(
        folder: Option<String>,
        listing: Listing,
        profile: impl Fn(&str) -> Option<Profile>,
    ) -> Self {
        let Listing {
            templates,
            unusable,
        } = listing;
        let templates = templates.iter().map(|found| {
            let profile = profile(&found.reader.manifest().profile);
            TemplateEntry::new(found, profile)
        });
        let unusable = unusable.into_iter().map(|Unusable { path, error }| {
            let path = path.display().to_string();
            UnusableTemplate {
                path,
                error: error.into(),
            }
        });
        Self {
            folder,
            templates: templates.collect(),
            unusable: unusable.collect(),
        }
    }
}

impl TemplateEntry {
    fn new(found: &GalleryTemplate, profile: Option<Profile>) -> Self {
        let GalleryTemplate {
            reader,
            template,
            is_shipped,
        } = found;
        let manifest = reader.manifest();
        let picture = template.picture();
        Self {
            name: template.name.clone(),
            industry: template.industry.clone(),
            description: template.description.clone(),
            profile: manifest.profile.clone(),
            picture: picture.map(|(kind, bytes)| {
                format!("data:{};base64,{}", kind.media_type(), BASE64.encode(bytes))
            }),
            today: template.today.to_string(),
            is_shipped: *is_shipped,
            path: reader.path().display().to_string(),
            has_group: manifest.company.group.is_some(),
            row_count: manifest.row_count,
            counts: headline_counts(manifest, profile),
        }
    }
}

/// Rows of the tables that people count: the first of each area, then the second ones; none without a profile.
fn headline_counts(manifest: &Manifest, profile: Option<Profile>) -> Vec<TemplateCount> {
    let Some(known) = &profile else {
        return Vec::new();
    };
    let labels = Labels::of_archives(&[manifest], profile.clone());
    let areas = known.areas.iter();
    let mut headlines: Vec<(usize, &String)> = areas
        .flat_map(|area| area.headline.iter().enumerate())
        .collect();
    headlines.sort_by_key(|(place, _)| *place);
    let counts = headlines.into_iter().filter_map(|(_, name)| {
        let entry = manifest.table(&known.table_name(name))?;
        (entry.row_count > 0).then(|| TemplateCount {
            label: labels.table(&entry.table),
            row_count: entry.row_count,
        })
    });
    counts.collect()
}

impl SavedTemplateReport {
    /// What saving it did.
    #[must_use]
    pub fn new(saved: &SavedTemplate) -> Self {
        let SavedTemplate {
            archive,
            manifest,
            masked,
        } = saved;
        let snapback_engine::rekey::Masked {
            emails,
            phones,
            sites,
            accounts,
            // A template's names stay.
            names: _,
        } = masked;
        Self {
            name: manifest.label.clone().unwrap_or_default(),
            path: archive.path.display().to_string(),
            size_bytes: archive.size_bytes,
            row_count: manifest.row_count,
            masked: emails + phones + sites + accounts,
        }
    }
}
