//! What goes to stdout and stderr: text for people, or one JSON document.

use std::io::{IsTerminal, Write};

use serde::Serialize;

/// Text on stdout; a reader that went away is no failure.
pub(crate) fn text(text: &str) {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .ok();
}

/// A JSON document on stdout.
pub(crate) fn document(value: &impl Serialize) {
    if let Ok(json) = serde_json::to_string_pretty(value) {
        text(&format!("{json}\n"));
    }
}

/// A line on stderr.
pub(crate) fn note(line: &str) {
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "{line}").ok();
}

/// Text on stderr that is not a line of its own.
pub(crate) fn prompt(text: &str) {
    let mut stderr = std::io::stderr().lock();
    stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush())
        .ok();
}

/// Whether a person sits there who can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Text of others with everything escaped that a terminal would act on.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || is_invisible(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Characters that turn or hide what stands around them.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        assert_eq!(
            printable("Größe\t\u{1b}[2J\u{202e}x"),
            "Größe\\t\\u{1b}[2J\\u{202e}x"
        );
    }
}
