//! Stores of uploaded files: a folder, Supabase's folder, an S3-compatible service.
//!
//! A [`Store`] lists the files of a company's [`Place`]s completely, reads one, and replaces one in two
//! moves: its new content is first put aside ([`Store::stage`]), where nobody sees it, and becomes the
//! file later ([`Store::switch`]). Knows no Postgres: which rows name which files is decided above.

mod address;
mod aside;
mod content;
mod disk;
mod folder;
mod name;
mod place;
mod s3;
mod sieve;
mod stat;
mod store;
mod supabase;

pub use address::{Keys, Layout, StoreAddress};
pub use aside::Aside;
pub use content::{Attributes, Bytes, Content};
pub use name::FileName;
pub use place::{COMPANY, Place, places};
pub use store::{Listing, Store, StoredFile, Versions, no_bucket, open};
