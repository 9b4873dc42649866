//! Carbon's own archives: a `.carbon.tar.gz`, and the older form of one JSON document. Theirs are read into
//! ours, and ours are written as theirs; what the other form cannot hold is counted as a [`Loss`].
//!
//! `facts` is what their manifest says, `source` a file with its bounds, `unpack` takes it apart without trusting
//! it (`document` the older form), `fit` holds its tables against those of the application, `convert` has the server
//! read JSON as the types of the columns, `import` puts an archive of ours together. `value` writes a value as
//! their JSON has it, `write` a whole archive, `live` that of a company as it is.
#![deny(clippy::indexing_slicing)]

mod convert;
mod document;
mod facts;
mod fit;
mod import;
mod live;
mod losses;
mod source;
mod unpack;
mod value;
mod write;

pub use import::{ImportOptions, ImportReport, import};
pub use live::write_company;
pub use losses::{Loss, LossKind};
pub use write::{WriteReport, write};
