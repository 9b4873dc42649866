//! Applications of other shapes: two that are read by the profile that is proposed for them, without a
//! correction by hand, and StockFlow, which has one of its own. The main job on each, by every right that a
//! restore may have.

mod copies;
mod desk;
mod main_path;
mod proposals;
mod roles;
mod stockflow;
