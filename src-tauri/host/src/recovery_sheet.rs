//! The sheet by which a key of archives survives the computer that has it: to be printed, or saved
//! somewhere else.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;
use snapback_engine::archive::ArchiveKey;
use snapback_engine::{Code, Error, Result};

use crate::host_name;

/// What a sheet says.
pub struct RecoverySheet<'a> {
    /// The key.
    pub key: &'a ArchiveKey,
    /// The folder of the library whose archives it opens.
    pub library: &'a Path,
    /// When the sheet is made.
    pub made_at: Timestamp,
}

const WHY: &str = "This key opens the encrypted backups of the library below. Whoever has it can read \
them. Without it nobody can, and nobody can make it anew. Print this sheet, or save it where the backups are not.";

impl RecoverySheet<'_> {
    /// Writes the sheet to a new file, readable by its owner alone: a page where its name ends in `.html`,
    /// text otherwise.
    ///
    /// # Errors
    /// `usage` where there is a file of that name; `local_file`, `disk_full`.
    pub fn save(&self, path: &Path) -> Result<()> {
        let is_page = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
        let text = if is_page { self.page() } else { self.text() };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::new(Code::Usage, "There is a file of that name.")
                    .with("path", path.display())
                    .hint("Choose another name; files are never written over.")
            }
            _ => Error::local_file("the recovery sheet", path, &error),
        })
    }

    fn facts(&self) -> [(&'static str, String); 4] {
        [
            ("Public half", self.key.public().to_string()),
            ("Library", self.library.display().to_string()),
            ("Computer", host_name()),
            (
                "Sheet made",
                self.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            ),
        ]
    }

    /// The sheet as text.
    #[must_use]
    pub fn text(&self) -> String {
        let facts = self.facts();
        let facts = facts.map(|(what, value)| format!("#   {what:<12} {value}\n"));
        // Lines that begin so are passed over by age, which reads the sheet as it is.
        format!(
            "# SNAPBACK RECOVERY SHEET\n#\n# {WHY}\n#\n{}\n#\n{}#\n\
             # With Snapback, on any computer\n#   snapback key add THIS-FILE\n#\n\
             # To prove that it opens a backup\n#   snapback key drill BACKUP --sheet THIS-FILE\n#\n\
             # Without Snapback, with age and tar\n#   age -d -i THIS-FILE BACKUP.snapback | tar --zstd -x\n",
            self.key.reveal(),
            facts.concat(),
        )
    }

    /// The sheet as a page that needs nothing else.
    #[must_use]
    pub fn page(&self) -> String {
        let facts = self
            .facts()
            .map(|(what, value)| format!("<dt>{what}</dt><dd>{}</dd>\n", escaped(&value)));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Snapback recovery sheet</title>\n\
             <style>\nbody {{ font: 11pt/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #16181d; background: #fff }}\n\
             h1 {{ font-size: 18pt; margin: 0 0 1rem }}\nh2 {{ font-size: 11pt; margin: 1.6rem 0 .3rem }}\n\
             code {{ font: 10.5pt ui-monospace, monospace; overflow-wrap: anywhere }}\n\
             .key {{ border: 2px solid #16181d; border-radius: 6px; padding: 1rem; font-weight: 600 }}\n\
             dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem }}\ndd {{ margin: 0; overflow-wrap: anywhere }}\ndt {{ color: #5b616e }}\n</style>\n\
             <h1>Snapback recovery sheet</h1>\n<p>{WHY}</p>\n<p class=\"key\"><code>{}</code></p>\n<dl>\n{}</dl>\n\
             <h2>With Snapback, on any computer</h2>\n<p><code>snapback key add THIS-FILE</code></p>\n\
             <h2>To prove that it opens a backup</h2>\n<p><code>snapback key drill BACKUP --sheet THIS-FILE</code></p>\n\
             <h2>Without Snapback, with age and tar</h2>\n<p>Write the line of the key to a file <code>key.txt</code>, then<br>\n\
             <code>age -d -i key.txt BACKUP.snapback | tar --zstd -x</code></p>\n</html>\n",
            self.key.reveal(),
            facts.concat(),
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sheets_hold_the_key_and_what_to_do_with_it() {
        let key = ArchiveKey::generate();
        let sheet = RecoverySheet {
            key: &key,
            library: Path::new("/srv/<b>"),
            made_at: Timestamp::UNIX_EPOCH,
        };
        for text in [sheet.text(), sheet.page()] {
            let found = ArchiveKey::find(&text).unwrap();
            assert_eq!(found.public(), key.public());
            assert!(text.contains("snapback key drill") && text.contains("1970-01-01"));
        }
        assert!(!sheet.page().contains("<b>"));
    }
}
