//! Templates that come with Snapback: companies of the demo's schema with an industry's own words, which
//! `make templates` makes anew.

/// Each with the name of its file.
pub const TEMPLATES: &[(&str, &[u8])] = &[
    (
        "electronics.snapback",
        include_bytes!("../templates/electronics.snapback"),
    ),
    (
        "food-equipment.snapback",
        include_bytes!("../templates/food-equipment.snapback"),
    ),
    (
        "precision-machining.snapback",
        include_bytes!("../templates/precision-machining.snapback"),
    ),
    (
        "robotics.snapback",
        include_bytes!("../templates/robotics.snapback"),
    ),
];
