//! What a proof says, in words.

use serde::Serialize;
use snapback_engine::proof::{self, Certificate, FindingKind, GapKind};
use ts_rs::TS;

/// How a proof ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProofVerdict {
    /// All that the archive carries was proven.
    Proven,
    /// What could be tried is right; something could not be tried.
    ProvenInPart,
    /// Something is wrong with it.
    Failed,
}

impl From<proof::Verdict> for ProofVerdict {
    fn from(verdict: proof::Verdict) -> Self {
        match verdict {
            proof::Verdict::Proven => Self::Proven,
            proof::Verdict::ProvenInPart => Self::ProvenInPart,
            proof::Verdict::Failed => Self::Failed,
        }
    }
}

/// The certificate of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProofReport {
    /// How it ended.
    pub verdict: ProofVerdict,
    /// Identity of the archive.
    pub archive: String,
    /// Its file's name.
    pub file: String,
    /// BLAKE3 of its file.
    pub blake3: String,
    /// The company's id.
    pub company: String,
    /// The company's name.
    pub company_name: String,
    /// The instant that it holds (RFC 3339).
    pub made_at: String,
    /// When it was proven (RFC 3339).
    pub proven_at: String,
    /// Milliseconds that it took.
    pub elapsed_ms: u64,
    /// The version of Snapback that proved it.
    pub tool_version: String,
    /// The version of the server that the rows came from.
    pub source_version: String,
    /// The version of the server that they were put into.
    pub server_version: String,
    /// Tables whose rows were loaded and read back the same.
    pub table_count: u64,
    /// Rows in them.
    pub row_count: u64,
    /// Bytes of their COPY text.
    pub byte_count: u64,
    /// Keys and unique values that the server has accepted.
    pub unique_count: u64,
    /// Checks that the server has accepted.
    pub check_count: u64,
    /// References that hold.
    pub reference_count: u64,
    /// Uploaded files that were read to their end.
    pub file_count: u64,
    /// Bytes of them.
    pub file_byte_count: u64,
    /// What was found wrong.
    pub findings: Vec<ProofNote>,
    /// What could not be proven.
    pub gaps: Vec<ProofNote>,
    /// The certificate as a page, where it is kept.
    pub page: Option<String>,
}

/// Something that a certificate says beside its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProofNote {
    /// A stable word for programs.
    pub code: String,
    /// The table.
    pub table: Option<String>,
    /// The constraint, column, type or file.
    pub name: Option<String>,
    /// How many.
    pub count: Option<u64>,
    /// Whether it leaves something open about what the backup carries.
    pub is_open: bool,
    /// One sentence.
    pub message: String,
}

impl ProofReport {
    /// A certificate, and where its page is kept.
    #[must_use]
    pub fn new(certificate: &Certificate, page: Option<&std::path::Path>) -> Self {
        let Certificate {
            archive,
            file,
            blake3,
            kind: _,
            company,
            snapshot_time,
            proven_at,
            elapsed_ms,
            tool_version,
            source_version,
            server_version,
            proven,
            findings,
            gaps,
        } = certificate;
        let proof::Proven {
            table_count,
            row_count,
            byte_count,
            unique_count,
            check_count,
            reference_count,
            file_count,
            file_byte_count,
        } = *proven;
        Self {
            verdict: certificate.verdict().into(),
            archive: archive.to_string(),
            file: file.clone(),
            blake3: blake3.clone(),
            company: company.id.to_string(),
            company_name: company.name.clone(),
            made_at: snapshot_time.to_string(),
            proven_at: proven_at.to_string(),
            elapsed_ms: *elapsed_ms,
            tool_version: tool_version.clone(),
            source_version: source_version.clone(),
            server_version: server_version.clone(),
            table_count,
            row_count,
            byte_count,
            unique_count,
            check_count,
            reference_count,
            file_count,
            file_byte_count,
            findings: findings.iter().map(ProofNote::from).collect(),
            gaps: gaps.iter().map(ProofNote::from).collect(),
            page: page.map(|page| page.display().to_string()),
        }
    }
}

impl From<&proof::Finding> for ProofNote {
    fn from(finding: &proof::Finding) -> Self {
        let proof::Finding {
            table,
            what,
            name,
            count,
            code,
        } = finding;
        let (word, message) = match what {
            FindingKind::Unreadable => ("unreadable", "This part of the archive cannot be read."),
            FindingKind::Refused => ("refused", "The server does not take the rows."),
            FindingKind::OtherCount => (
                "other_count",
                "The server has another number of rows than the archive says.",
            ),
            FindingKind::OtherRows => (
                "other_rows",
                "The rows that the server gives back are not those that the archive says.",
            ),
            FindingKind::NotUnique => ("not_unique", "Two rows have the same unique values."),
            FindingKind::CheckFailed => ("check_failed", "Rows do not satisfy the check."),
            FindingKind::LeadsNowhere => (
                "leads_nowhere",
                "Rows refer to rows that are neither inside nor named by the archive.",
            ),
            FindingKind::FileMissing => (
                "file_missing",
                "Rows name uploaded files that the archive has not.",
            ),
        };
        let message = match code {
            Some(code) => format!("{message} ({code})"),
            None => message.to_owned(),
        };
        Self {
            code: word.to_owned(),
            table: table.as_ref().map(ToString::to_string),
            name: name.clone(),
            count: *count,
            is_open: true,
            message,
        }
    }
}

impl From<&proof::Gap> for ProofNote {
    fn from(gap: &proof::Gap) -> Self {
        let proof::Gap {
            what,
            table,
            name,
            count,
        } = gap;
        let (word, message) = match what {
            GapKind::OtherVersion => (
                "other_version",
                "The rows come from a server of another major version than the one they were put into.",
            ),
            GapKind::TypeReplaced => (
                "type_replaced",
                "The server does not know the column's type, or its values mean something in one database alone; they were held as text.",
            ),
            GapKind::Computed => (
                "computed",
                "Columns are computed by the database; no archive carries them.",
            ),
            GapKind::Secret => ("secret", "Columns hold secrets; no archive carries them."),
            GapKind::UniqueNotRebuilt => (
                "unique_not_rebuilt",
                "This key or exclusion uses what the archive does not carry.",
            ),
            GapKind::CheckNotRebuilt => (
                "check_not_rebuilt",
                "This check uses what the archive does not carry.",
            ),
            GapKind::ReferenceNotRebuilt => (
                "reference_not_rebuilt",
                "This reference uses what the archive does not carry.",
            ),
            GapKind::NotValidated => (
                "not_validated",
                "The source never proved this for the rows that were there before it.",
            ),
            GapKind::KnownBroken => (
                "known_broken",
                "References led nowhere already when the backup was made.",
            ),
            GapKind::LeadsToShared => (
                "leads_to_shared",
                "References lead to rows that all companies share; the archive names their keys.",
            ),
            GapKind::LeadsOutside => (
                "leads_outside",
                "References lead to a table of which backups hold no rows.",
            ),
            GapKind::FileNotThere => (
                "file_not_there",
                "Rows name uploaded files that were not there already when the backup was made.",
            ),
        };
        Self {
            code: word.to_owned(),
            table: table.as_ref().map(ToString::to_string),
            name: name.clone(),
            count: *count,
            is_open: what.is_open(),
            message: message.to_owned(),
        }
    }
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2.5rem auto;padding:0 1rem;color:#16181d;background:#fff}\
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .4rem}p{margin:.3rem 0}\
.verdict{border-left:6px solid;padding:.6rem 1rem;margin:1.4rem 0;font-size:1.1rem;font-weight:600}\
.proven{border-color:#1a7f37}.proven_in_part{border-color:#9a6700}.failed{border-color:#cf222e}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #d8dbe0;vertical-align:top;overflow-wrap:anywhere}\
th{font-weight:400;color:#5b616e;width:16rem}td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}code{font:.85em ui-monospace,monospace}";

/// A certificate as one page that needs nothing else: for people and auditors.
#[must_use]
pub fn proof_page(certificate: &Certificate) -> String {
    let report = ProofReport::new(certificate, None);
    let (class, verdict) = match report.verdict {
        ProofVerdict::Proven => (
            "proven",
            "Proven: this backup was restored, and all of it is right.",
        ),
        ProofVerdict::ProvenInPart => (
            "proven_in_part",
            "Proven in part: this backup was restored, and all that could be tried is right. What could not be tried is listed.",
        ),
        ProofVerdict::Failed => ("failed", "Failed: something is wrong with this backup."),
    };
    let facts = [
        (
            "Company",
            format!("{} ({})", report.company_name, report.company),
        ),
        ("Backup", report.file.clone()),
        ("Holds the state of", report.made_at.clone()),
        ("Restored and checked on", report.proven_at.clone()),
        ("From PostgreSQL", report.source_version.clone()),
        ("Into PostgreSQL", report.server_version.clone()),
        ("By Snapback", report.tool_version.clone()),
        ("Identity of the backup", report.archive.clone()),
        ("BLAKE3 of its file", report.blake3.clone()),
    ];
    let proven = [
        (
            "Tables made, loaded, and read back the same",
            report.table_count,
        ),
        ("Rows", report.row_count),
        ("Bytes of rows", report.byte_count),
        ("Keys and unique values that hold", report.unique_count),
        ("Checks that hold", report.check_count),
        ("References that hold", report.reference_count),
        ("Uploaded files, read to their end", report.file_count),
        ("Bytes of files", report.file_byte_count),
    ];
    let (open, not_carried) = report.gaps.iter().partition(|note| note.is_open);
    let facts: String = facts
        .iter()
        .map(|(what, value)| format!("<tr><th>{what}</th><td>{}</td></tr>\n", escaped(value)))
        .collect();
    let proven: String = proven
        .iter()
        .map(|(what, count)| format!("<tr><td>{what}</td><td class=\"n\">{count}</td></tr>\n"))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Proof of restore</title>\n<style>{STYLE}</style>\n\
         <h1>Proof of restore</h1>\n<p class=\"verdict {class}\">{verdict}</p>\n<table>\n{facts}</table>\n\
         <h2>What was proven</h2>\n<p>The tables were made from the backup’s own description in an empty database, the rows loaded, keys, checks and \
         references built as constraints of the server, and every row read back and held against the backup’s fingerprint.</p>\n\
         <table>\n{proven}</table>\n{}{}\
         <p>Triggers, functions, views, rights and policies are no part of a backup, and so of no proof.</p>\n</html>\n",
        notes("What is wrong", report.findings.iter().collect()),
        notes("What was not proven, and why", open)
            + &notes("What a backup does not carry", not_carried),
    )
}

fn notes(title: &str, notes: Vec<&ProofNote>) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let rows: String = notes
        .iter()
        .map(|note| {
            let table = note.table.as_deref().unwrap_or_default();
            let name = note.name.as_deref().unwrap_or_default();
            let count = note.count.map(|count| count.to_string()).unwrap_or_default();
            format!(
                "<tr><td><code>{}</code></td><td><code>{}</code></td><td class=\"n\">{count}</td><td>{}</td></tr>\n",
                escaped(table),
                escaped(name),
                escaped(&note.message)
            )
        })
        .collect();
    format!("<h2>{title}</h2>\n<table>\n{rows}</table>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
