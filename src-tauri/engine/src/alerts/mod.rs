//! Who is told when a company is not as safe as it should be.
//!
//! What stands wrong is read from the library's journals alone ([`standing`]), each thing under a key that stays the same
//! while it lasts. A channel is told of it once, and once more when it is over; what it was told is a journal, so that this
//! holds across starts. Decides alone: whoever runs it sends, and notes here what was sent.

mod address;
mod book;
mod standing;

pub use address::{ChannelAddress, MailProtection};
pub use book::{AlertBook, Channel, ChannelStatus, DESKTOP, News};
pub use standing::{Alert, AlertKind, Facts, alerts, standing};
