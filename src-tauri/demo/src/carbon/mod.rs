//! The shape of Carbon's database: the facts of its catalog, and the SQL that we write from them.

pub mod catalog;
pub mod ddl;
pub mod rules;

/// Files of the schema that are loaded before the data, in order.
pub(crate) const BEFORE_DATA: [&str; 5] = [
    include_str!("../../carbon/schema/01-roles.sql"),
    include_str!("../../carbon/schema/02-platform.sql"),
    include_str!("../../carbon/schema/03-enums.sql"),
    include_str!("../../carbon/schema/04-tables.sql"),
    include_str!("../../carbon/schema/05-company-tables.sql"),
];

/// Files that are loaded after the data: what checks it and what watches over it.
pub(crate) const AFTER_DATA: [&str; 5] = [
    include_str!("../../carbon/schema/06-keys.sql"),
    include_str!("../../carbon/schema/07-references.sql"),
    include_str!("../../carbon/schema/08-triggers.sql"),
    include_str!("../../carbon/schema/09-security.sql"),
    include_str!("../../carbon/schema/10-views.sql"),
];
