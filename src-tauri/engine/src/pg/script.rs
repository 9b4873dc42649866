//! Taking a script of SQL apart into its statements, as `psql` does, without its own commands and without data.

/// The statements of a script, in order, without what `psql` alone understands (lines that begin with a backslash, and
/// the data after `COPY … FROM stdin`).
#[must_use]
pub fn statements(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = script;
    loop {
        rest = after_blank(rest);
        if rest.is_empty() {
            return found;
        }
        if rest.starts_with('\\') {
            rest = after_line(rest);
            continue;
        }
        let length = length_of_statement(rest);
        let (statement, after) = rest.split_at(length);
        rest = after;
        let statement = statement.trim_end().trim_end_matches(';').trim_end();
        if is_copy_of_data(statement) {
            rest = after_data(rest);
        } else if !statement.is_empty() {
            found.push(statement);
        }
    }
}

/// What follows blanks and comments.
fn after_blank(mut text: &str) -> &str {
    loop {
        let trimmed = text.trim_start();
        text = if trimmed.starts_with("--") {
            after_line(trimmed)
        } else if trimmed.starts_with("/*") {
            trimmed.get(comment(trimmed)..).unwrap_or_default()
        } else {
            return trimmed;
        };
    }
}

fn after_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, after)| after)
}

/// What follows the line that ends the data of a COPY.
fn after_data(text: &str) -> &str {
    let mut rest = after_line(text);
    while !rest.is_empty() {
        let line = rest.lines().next().unwrap_or_default();
        rest = after_line(rest);
        if line == "\\." {
            break;
        }
    }
    rest
}

fn is_copy_of_data(statement: &str) -> bool {
    let mut words = statement.split_whitespace();
    let is_copy = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("copy"));
    is_copy
        && statement
            .to_ascii_lowercase()
            .split_whitespace()
            .any(|word| word == "stdin")
}

/// Bytes up to and with the semicolon that ends the statement at the beginning of `text`.
fn length_of_statement(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut body) = (0, 0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        at += match byte {
            b'\'' => quoted(rest, b'\'', is_escaping(text, at)),
            b'"' => quoted(rest, b'"', false),
            b'$' => dollars(text, at),
            b'-' if rest.starts_with("--") => rest.len() - after_line(rest).len(),
            b'/' if rest.starts_with("/*") => comment(rest),
            b'(' => {
                depth += 1;
                1
            }
            b')' => {
                depth = depth.saturating_sub(1);
                1
            }
            b';' if depth == 0 && body == 0 => return at + 1,
            byte if byte.is_ascii_alphabetic() || *byte == b'_' => {
                let word = word(rest);
                // A body of a function in SQL itself has statements of its own.
                let is = |name: &str| word.eq_ignore_ascii_case(name);
                if (is("begin") && begins_atomic(rest)) || (body > 0 && is("case")) {
                    body += 1;
                } else if body > 0 && is("end") {
                    body -= 1;
                }
                word.len()
            }
            _ => 1,
        };
    }
    text.len()
}

fn word(text: &str) -> &str {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn begins_atomic(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.next();
    words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("atomic"))
}

/// Whether the quote at that place begins a text in which backslashes escape.
fn is_escaping(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let mut letters = before.chars().rev();
    let is_marked = letters
        .next()
        .is_some_and(|letter| matches!(letter, 'e' | 'E'));
    is_marked
        && !letters
            .next()
            .is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
}

fn quoted(text: &str, quote: u8, escapes: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += match *byte {
            b'\\' if escapes => 2,
            byte if byte == quote && bytes.get(at + 1) == Some(&quote) => 2,
            byte if byte == quote => return at + 1,
            _ => 1,
        };
    }
    bytes.len()
}

/// The length of a text between `$tag$` and its like that begins there; of a dollar that is none, one.
fn dollars(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default().chars().next_back();
    if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
        return 1;
    }
    let rest = text.get(at..).unwrap_or_default();
    let Some(end) = rest.get(1..).and_then(|after| after.find('$')) else {
        return 1;
    };
    let tag = rest.get(..end + 2).unwrap_or_default();
    let name = tag.trim_matches('$');
    let is_name = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_')
        && !name.starts_with(|letter: char| letter.is_ascii_digit());
    if !is_name {
        return 1;
    }
    let body = rest.get(tag.len()..).unwrap_or_default();
    match body.find(tag) {
        Some(closing) => tag.len() + closing + tag.len(),
        None => rest.len(),
    }
}

/// The length of the comment that begins there; comments hold comments.
fn comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                at += 2;
            }
            Some(b"*/") => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_end_statements_only_where_nothing_is_open() {
        for whole in [
            "SELECT ';' || 'it''s; fine'",
            r"SELECT E'it\'s; fine'",
            r"SELECT 'a\' || name",
            "SELECT \"a;\"\"b\"",
            "DO $$ BEGIN; END; $$",
            "CREATE FUNCTION f() AS $body$ SELECT $$;$$; $body$ LANGUAGE sql",
            "SELECT $1;".trim_end_matches(';'),
            "SELECT a$b FROM t",
            "SELECT 1 -- a; b\n + 2",
            "SELECT 1 /* a; /* b; */ c; */ + 2",
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
            "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
            "SELECT 'größe; ß'",
        ] {
            let script = format!("{whole};\nSELECT 2;");
            assert_eq!(statements(&script), [whole, "SELECT 2"]);
        }
    }

    #[test]
    fn what_psql_alone_understands_and_data_are_left_out() {
        let script = "\\restrict abc\n-- a dump\nSET x = 1;\n\\connect app\nCOPY public.t (a) FROM stdin;\n1;\tx\n'\n\\.\n\nSELECT 2;\n\\unrestrict abc\n";
        assert_eq!(statements(script), ["SET x = 1", "SELECT 2"]);
        assert_eq!(statements("COPY t TO 'file';"), ["COPY t TO 'file'"]);
        assert_eq!(statements(" ;; \n/* nothing */"), Vec::<&str>::new());
    }

    #[test]
    fn what_never_ends_is_one_statement() {
        for open in [
            "SELECT 'a; b",
            "SELECT $x$ a; b",
            "SELECT (1; 2",
            "SELECT /* ; ",
        ] {
            assert_eq!(statements(open).len(), 1, "{open}");
        }
    }
}
