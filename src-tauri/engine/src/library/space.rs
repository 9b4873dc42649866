use std::path::Path;

use crate::{Code, Error, Result};

/// Bytes that this user may still write where the path lies.
///
/// # Errors
/// `local_file` where the path cannot be asked.
pub fn free_space(path: &Path) -> Result<u64> {
    fs4::available_space(path).map_err(|error| Error::local_file("the folder", path, &error))
}

/// Fails where there is not that much room, before anything is locked or written.
///
/// # Errors
/// `disk_full`, with both figures in the context; `local_file`.
pub fn require_space(path: &Path, needed_bytes: u64) -> Result<()> {
    let free_bytes = free_space(path)?;
    if free_bytes >= needed_bytes {
        return Ok(());
    }
    Err(Error::new(
        Code::DiskFull,
        "There is not enough room left on this computer for what is to be written.",
    )
    .hint("Free some space, or choose another folder (--library).")
    .with("path", path.display())
    .with("needed_bytes", needed_bytes)
    .with("free_bytes", free_bytes))
}
