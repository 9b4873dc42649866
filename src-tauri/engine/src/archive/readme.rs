//! README.txt, the first member: how to read the archive without Snapback.

use jiff::Timestamp;

use crate::model::Company;

/// What README.txt says about this archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadmeFacts {
    /// The company whose rows are inside.
    pub company: Company,
    /// When the archive was begun; also the time of the members in the tar.
    pub made_at: Timestamp,
    /// Version of the Snapback that writes it.
    pub tool_version: String,
    /// Title of the application, from the profile.
    pub application: String,
}

impl ReadmeFacts {
    /// The text, with the name under which the archive is to be found.
    pub(super) fn text(&self, file_name: &str) -> String {
        let Self {
            company,
            made_at,
            tool_version,
            application,
        } = self;
        // A name is one line here, whatever the database holds.
        let one_line = |text: &str| {
            text.chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect::<String>()
        };
        format!(
            include_str!("readme.txt"),
            company = one_line(&company.name),
            id = one_line(company.id.as_str()),
            application = one_line(application),
            made_at = made_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            tool_version = tool_version,
            file = quoted(&one_line(file_name)),
        )
    }
}

/// A word for a shell, whatever is in it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
