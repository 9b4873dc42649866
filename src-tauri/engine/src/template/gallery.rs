//! The templates that there are: those of a folder, on this computer or mounted, and those that come with
//! the program.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::archive::{Kind, Reader, Template};
use crate::library::archive_name;
use crate::model::{Company, CompanyId};
use crate::{Code, Error, Result};

/// What templates' names end in.
const EXTENSION: &str = "snapback";

/// Where templates are.
#[derive(Debug, Clone, Default)]
pub struct Gallery {
    /// A folder of archives; one that is not there is empty.
    pub folder: Option<PathBuf>,
    /// Those that come with the program, with the names of their files.
    pub shipped: &'static [(&'static str, &'static [u8])],
}

/// A template that can be used.
#[derive(Debug, Clone)]
pub struct GalleryTemplate {
    /// Its archive.
    pub reader: Arc<Reader>,
    /// What it says of itself.
    pub template: Template,
    /// Whether it comes with the program.
    pub is_shipped: bool,
}

/// A file of the folder that cannot be used.
#[derive(Debug)]
pub struct Unusable {
    /// Where it is.
    pub path: PathBuf,
    /// Why.
    pub error: Error,
}

/// What a gallery holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// By name.
    pub templates: Vec<GalleryTemplate>,
    /// Archives of the folder that cannot be read.
    pub unusable: Vec<Unusable>,
}

impl Gallery {
    /// Every template. One of the folder comes before one of the same name that comes with the program;
    /// backups that are no templates are passed over.
    ///
    /// # Errors
    /// `local_file` where the folder is there and cannot be read; errors of an archive that comes with the
    /// program.
    pub fn list(&self) -> Result<Listing> {
        let mut listing = Listing::default();
        for path in self.files()? {
            match Reader::open(&path) {
                Ok(reader) => listing.templates.extend(template(reader, false)),
                Err(error) => listing.unusable.push(Unusable { path, error }),
            }
        }
        for (name, bytes) in self.shipped {
            let found = template(Reader::open_program(name, bytes)?, true);
            let shown = found.filter(|found| {
                let mut others = listing.templates.iter();
                others.all(|other| other.template.name != found.template.name)
            });
            listing.templates.extend(shown);
        }
        listing
            .templates
            .sort_by(|one, other| one.template.name.cmp(&other.template.name));
        Ok(listing)
    }

    /// Where a new template of that name is to be, in a folder that is there from now on.
    ///
    /// # Errors
    /// `name_taken`; `usage` where there is no folder; those of [`Gallery::list`].
    pub fn place_for(&self, name: &str, now: Timestamp) -> Result<PathBuf> {
        let taken = self.list()?.templates;
        let mut taken = taken.iter().filter(|found| !found.is_shipped);
        if taken.any(|found| found.template.name == name) {
            return Err(
                Error::new(Code::NameTaken, "There is a template of that name already.")
                    .hint("Give this one another name, or delete the other's file."),
            );
        }
        let folder = self.folder.as_ref().ok_or_else(|| {
            Error::new(
                Code::Usage,
                "This computer names no folder for a person's data.",
            )
            .hint("Name the folder of templates.")
        })?;
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::local_file("the template folder", folder, &error))?;
        let called = Company {
            id: CompanyId::new("template"),
            name: name.to_owned(),
            group: None,
            alone_in_group: true,
        };
        Ok(folder.join(archive_name(&called, now, None)))
    }

    /// The template of that name, whatever the case of its letters where that tells it.
    ///
    /// # Errors
    /// `no_such_archive`; those of [`Gallery::list`].
    pub fn find(&self, name: &str) -> Result<GalleryTemplate> {
        let templates = self.list()?.templates;
        let small = name.to_lowercase();
        let exact = templates.iter().find(|found| found.template.name == name);
        let alike = || {
            let mut alike = templates
                .iter()
                .filter(|found| found.template.name.to_lowercase() == small);
            alike.next().filter(|_| alike.next().is_none())
        };
        exact.or_else(alike).cloned().ok_or_else(|| {
            Error::new(Code::NoSuchArchive, "There is no template of that name.")
                .with("template", name)
                .hint("`snapback template list` shows those that there are.")
        })
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let Some(folder) = &self.folder else {
            return Ok(Vec::new());
        };
        let failed = |error: io::Error| Error::local_file("the template folder", folder, &error);
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if is_archive(&path) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == EXTENSION)
}

fn template(reader: Reader, is_shipped: bool) -> Option<GalleryTemplate> {
    let manifest = reader.manifest();
    let template = manifest.template.clone();
    Some(GalleryTemplate {
        template: template.filter(|_| manifest.kind == Kind::Template)?,
        reader: Arc::new(reader),
        is_shipped,
    })
}
