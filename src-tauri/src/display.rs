//! Whether there is anything to open a window on.

use std::env;

/// Whether this session has no display. On systems whose desktop is always there: never.
pub(crate) fn is_missing() -> bool {
    cfg!(target_os = "linux")
        && is_unnamed(|variable| env::var_os(variable).is_some_and(|value| !value.is_empty()))
}

fn is_unnamed(is_set: impl Fn(&str) -> bool) -> bool {
    !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_kind_of_display_will_do() {
        assert!(is_unnamed(|_| false));
        assert!(!is_unnamed(|variable| variable == "DISPLAY"));
        assert!(!is_unnamed(|variable| variable == "WAYLAND_DISPLAY"));
    }
}
