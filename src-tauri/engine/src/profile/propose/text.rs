//! A proposal as TOML with its reasons as comments. Written by hand, since a serialiser knows no
//! comments; a test reads every proposal back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{ExclusionReason, Profile};

use super::Proposal;
use super::reasons::{Reason, Topic};

/// Characters beyond which a comment goes on in the next line.
const LINE: usize = 110;

pub(super) fn write(proposal: &Proposal) -> String {
    let mut by_topic: BTreeMap<&Topic, Vec<&Reason>> = BTreeMap::new();
    for reason in &proposal.reasons {
        by_topic.entry(&reason.about).or_default().push(reason);
    }
    let mut page = Page {
        text: String::new(),
        reasons: by_topic,
    };
    page.head(proposal);
    page.top(&proposal.profile);
    page.rules(&proposal.profile);
    page.excluded(&proposal.profile);
    page.areas(&proposal.profile);
    page.tables(&proposal.profile);
    page.text
}

struct Page<'a> {
    text: String,
    reasons: BTreeMap<&'a Topic, Vec<&'a Reason>>,
}

impl Page<'_> {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    fn head(&mut self, proposal: &Proposal) {
        self.comment(&format!(
            "A proposal, made from the catalog alone: how Snapback would read the application in the schema {}. {} \
             Each table has one place: an area (then it is in the backup), `global`, `people` or `excluded`.",
            proposal.profile.schema,
            match proposal.doubt_count() {
                0 => "Read it through before you use it.".to_owned(),
                1 => "Read it through before you use it, first of all the decision marked with \"?\".".to_owned(),
                count => format!("Read it through before you use it, first of all the {count} decisions marked with \"?\"."),
            },
        ));
        self.line("");
    }

    /// A comment of its own, over as many lines as it takes.
    fn comment(&mut self, text: &str) {
        let mut line = String::from("#");
        for word in text.split_whitespace() {
            if line.len() > 1 && line.len() + word.len() >= LINE {
                self.line(&line);
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(line);
    }

    fn reasons(&mut self, topic: &Topic) {
        for reason in self.reasons.get(topic).cloned().unwrap_or_default() {
            self.comment(&in_words(reason));
        }
    }

    fn list(&mut self, key: &str, values: &[String], topic: impl Fn(&str) -> Option<Topic>) {
        if values.is_empty() {
            return;
        }
        self.line(format!("{key} = ["));
        for value in values {
            let reasons = topic(value).and_then(|topic| self.reasons.get(&topic).cloned());
            let words: Vec<String> = reasons
                .iter()
                .flatten()
                .map(|reason| in_words(reason))
                .collect();
            if words.is_empty() {
                self.line(format!("  {},", quoted(value)));
            } else {
                self.line(format!("  {}, # {}", quoted(value), words.join("; ")));
            }
        }
        self.line("]");
    }

    fn top(&mut self, profile: &Profile) {
        let Profile {
            name,
            title,
            schema,
            ..
        } = profile;
        self.line(format!("name = {}", quoted(name)));
        self.line(format!("title = {}", quoted(title)));
        self.reasons(&Topic::Schema);
        self.line(format!("schema = {}", quoted(schema)));
        self.section(
            "In the backup, but left as they are by a restore: who belongs to a company and may do what.",
            "kept",
            &profile.kept,
            table,
        );
        self.section(
            "Values that never travel. The rows do: a restore leaves the live values as they are.",
            "secret-columns",
            &profile.secret_columns,
            column,
        );
        self.section(
            "Columns that hold where uploaded files lie.",
            "path-columns",
            &profile.path_columns,
            column,
        );
        self.section(
            "Columns that hold keys of other rows without a foreign key that says so.",
            "soft-references",
            &profile.soft_references,
            column,
        );
    }

    /// A list with a comment above it, where there is any of it.
    fn section(
        &mut self,
        says: &str,
        key: &str,
        values: &[String],
        topic: fn(&str) -> Option<Topic>,
    ) {
        if !values.is_empty() {
            self.line("");
            self.comment(says);
            self.list(key, values, topic);
        }
    }

    fn rules(&mut self, profile: &Profile) {
        self.line("");
        self.reasons(&Topic::Company);
        self.line("[company]");
        let company = &profile.company;
        self.line(format!(
            "table = {}\nid = {}\nname = {}",
            quoted(&company.table),
            quoted(&company.id),
            quoted(&company.name)
        ));
        if let Some(group) = &profile.group {
            self.line("");
            self.reasons(&Topic::Group);
            self.line(format!(
                "[group]\ntable = {}\ncolumn = {}",
                quoted(&group.table),
                quoted(&group.column)
            ));
        }
        self.line("");
        self.reasons(&Topic::People);
        if let Some(people) = &profile.people {
            self.line(format!(
                "[people]\ntable = {}\nid = {}",
                quoted(&people.table),
                quoted(&people.id)
            ));
            for (key, value) in [("name", &people.name), ("email", &people.email)] {
                if let Some(value) = value {
                    self.line(format!("{key} = {}", quoted(value)));
                }
            }
            self.list("more-tables", &people.more_tables, table);
        }
        self.line("");
        self.reasons(&Topic::SchemaVersion);
        if let Some(version) = &profile.schema_version {
            self.line(format!(
                "[schema-version]\ntable = {}\ncolumn = {}",
                quoted(&version.table),
                quoted(&version.column)
            ));
            self.line("");
        }
        self.scope(profile);
    }

    fn scope(&mut self, profile: &Profile) {
        let scope = &profile.scope;
        self.reasons(&Topic::Scope);
        self.line("[scope]");
        self.list("columns", &scope.columns, |_| None);
        self.list("singletons", &scope.singletons, table);
        self.list("global", &scope.global, table);
        self.list("intended-crossings", &scope.intended_crossings, column);
        for kind in &scope.run_time {
            self.line("");
            self.line(format!(
                "[[scope.run-time]]\nprefix = {}",
                quoted(&kind.prefix)
            ));
            for (key, value) in [
                ("rebuilt-because", &kind.rebuilt_because),
                ("area", &kind.area),
            ] {
                if let Some(value) = value {
                    self.line(format!("{key} = {}", quoted(value)));
                }
            }
        }
    }

    fn excluded(&mut self, profile: &Profile) {
        for excluded in &profile.excluded {
            let reason = match excluded.reason {
                ExclusionReason::Secret => "secret",
                ExclusionReason::Billing => "billing",
                ExclusionReason::Transient => "transient",
                ExclusionReason::Rebuilt => "rebuilt",
                ExclusionReason::Access => "access",
            };
            self.line("");
            self.line(format!(
                "[[excluded]]\nreason = {}\nbecause = {}",
                quoted(reason),
                quoted(&excluded.because)
            ));
            self.list("tables", &excluded.tables, table);
        }
    }

    fn areas(&mut self, profile: &Profile) {
        for area in &profile.areas {
            self.line("");
            self.reasons(&Topic::Area(area.name.clone()));
            self.line(format!(
                "[[areas]]\nname = {}\ntitle = {}",
                quoted(&area.name),
                quoted(&area.title)
            ));
            self.list("headline", &area.headline, table);
            self.list("tables", &area.tables, table);
        }
    }

    fn tables(&mut self, profile: &Profile) {
        self.line("");
        if self.reasons.contains_key(&Topic::AfterRestore) {
            self.reasons(&Topic::AfterRestore);
            self.line("");
        }
        for after in &profile.after_restore {
            self.line(format!("[[after-restore]]\nwhat = {}", quoted(&after.what)));
            for (key, value) in [("refresh", &after.refresh), ("by-hand", &after.by_hand)] {
                if let Some(value) = value {
                    self.line(format!("{key} = {}", quoted(value)));
                }
            }
            self.line("");
        }
        self.comment("What people call the tables, and the columns that name a row, best first.");
        self.line("[tables]");
        for (name, rule) in &profile.tables {
            let mut fields = Vec::new();
            if let Some(label) = &rule.label {
                fields.push(format!("label = {}", quoted(label)));
            }
            if !rule.naming.is_empty() {
                let naming: Vec<String> = rule.naming.iter().map(|column| quoted(column)).collect();
                fields.push(format!("naming = [{}]", naming.join(", ")));
            }
            let mut line = String::new();
            let _ = write!(line, "{} = {{ {} }}", quoted(name), fields.join(", "));
            self.line(line);
        }
    }
}

fn table(written: &str) -> Option<Topic> {
    Some(Topic::Table(written.to_owned()))
}

fn column(written: &str) -> Option<Topic> {
    Some(Topic::Column(written.to_owned()))
}

fn in_words(reason: &Reason) -> String {
    // A name may hold anything; a comment ends with its line.
    let because: String = reason
        .because
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if reason.is_doubtful {
        format!("? {because}")
    } else {
        because
    }
}

/// A string as TOML writes it on one line, as keys must be.
fn quoted(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(written, "\\u{:04X}", u32::from(c));
            }
            c => written.push(c),
        }
    }
    written.push('"');
    written
}
