//! New ids for the rows of a company that is copied: what gets one, of what kind, and how every place that
//! names an id follows. Pure: decides from a schema, a profile and the rows that it is shown.
//!
//! A new id is computed from the old one and a secret of the run ([`Renewal`]), so equal ids become equal
//! ids wherever they stand (a row that extends another one follows it by itself), and all that must be
//! remembered is which ids there are ([`Ids`]). [`Rules`] say for each column what it holds, [`Rewriter`]
//! applies them to a row; [`Masking`] replaces
//! addresses, and names where that is asked for, on the same way, and the dates of a template move to the day on which it is used.

mod addresses;
mod column;
mod deciding;
mod ids;
mod mask;
mod moment;
mod number;
mod row;
mod rules;
mod shape;
mod text;

pub use addresses::{AddressColumns, AddressPlaces};
pub use column::{Escapes, Required, Rule};
pub use deciding::{escapes_of, longest};
pub use ids::{Ids, Lookup, RootId};
pub use mask::{InText, Masked, Masking};
pub use number::Numbers;
pub use row::{Fate, Rewriter, TableTally, Tally};
pub use rules::{Carried, Facts, IdColumn, NumberColumn, Rules, SharedTarget, TableRules};
pub use shape::{Renewal, looks_random};
pub use text::{Found, Paths};
