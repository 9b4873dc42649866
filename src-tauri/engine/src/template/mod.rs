//! Templates: backups that are meant to start companies. Any backup can be saved as one, without a database;
//! a folder of them, beside those that come with the program, is a gallery.

mod gallery;
mod live;
mod save;

pub use gallery::{Gallery, GalleryTemplate, Listing, Unusable};
pub use live::save_company;
pub use save::{SaveOptions, SavedTemplate, save};
