//! Rows of JSON as COPY text: the server reads each value as the type of its column and writes it as it
//! writes every value, so that rows compare by their bytes with those that are live.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::BufRead;

use serde_json::value::RawValue;

use super::fit::Fitted;
use super::losses::{LossKind, Losses};
use super::unpack::Unpacked;
use super::value::{Shape, is_exact, shape_of};
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::pg::{Ident, Session};
use crate::reporter::Counters;
use crate::rows::push_escaped;
use crate::{Code, Error, Result};

/// Rows that are sent at once, and bytes of them.
const MOST_ROWS: usize = 500;
const MOST_BYTES: usize = 1 << 20;

/// Rows of one table on their way.
pub(super) struct Conversion<'a> {
    fitted: &'a Fitted<'a>,
    company: &'a str,
    sql: String,
    shapes: BTreeMap<&'a str, Shape>,
    owner: Option<usize>,
    /// Rows that are gathered, each with its number.
    rows: Vec<String>,
    byte_count: usize,
    /// Rows before those.
    done: u64,
}

impl<'a> Conversion<'a> {
    pub(super) fn new(fitted: &'a Fitted<'a>, opened: &'a Opened) -> Self {
        let columns = fitted.columns.iter();
        let shapes = columns.map(|fitted| {
            let shape = shape_of(&fitted.column.type_name);
            (fitted.source.as_str(), shape)
        });
        let owner = fitted.owner.as_ref().and_then(|owner| {
            let mut columns = fitted.columns.iter();
            columns.position(|fitted| fitted.column.name == *owner)
        });
        Self {
            company: opened.company().id.as_str(),
            sql: statement(fitted),
            shapes: shapes.collect(),
            owner,
            fitted,
            rows: Vec::new(),
            byte_count: 0,
            done: 0,
        }
    }

    /// Hands every row to `take` as a line of COPY text.
    ///
    /// # Errors
    /// `archive_mismatch` for a row that is none of the table, `other_company`; errors of the connection.
    pub(super) async fn run(
        mut self,
        unpacked: &Unpacked,
        session: &mut Session,
        (losses, counters, cancel): (&mut Losses, &Counters, &CancelToken),
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut lines = unpacked.lines(self.fitted.rows)?;
        loop {
            let mut line = String::new();
            let is_over = lines.read_line(&mut line).map_err(|error| {
                match error.kind() == std::io::ErrorKind::InvalidData {
                    true => self.wrong(self.done + self.rows.len() as u64 + 1),
                    false => unpacked.spilling(&error),
                }
            })? == 0;
            if !is_over {
                self.look(&line, losses)?;
                self.byte_count += line.len();
                self.rows.push(line);
            }
            let is_full = self.rows.len() == MOST_ROWS || self.byte_count >= MOST_BYTES;
            if (is_full || is_over) && !self.rows.is_empty() {
                checkpoint(cancel)?;
                let rows = std::mem::take(&mut self.rows);
                self.convert(&rows, session, &mut take).await?;
                counters.add(rows.len() as u64, self.byte_count as u64);
                self.done += rows.len() as u64;
                self.byte_count = 0;
            }
            if is_over {
                return Ok(());
            }
        }
    }

    /// Counts what the archive's form has lost of a row already.
    fn look(&self, line: &str, losses: &mut Losses) -> Result<()> {
        let number = self.done + self.rows.len() as u64 + 1;
        let row: BTreeMap<String, &RawValue> =
            serde_json::from_str(line).map_err(|_| self.wrong(number))?;
        for (name, value) in &row {
            let kind = match self.shapes.get(name.as_str()) {
                Some(Shape::Number) if !is_exact(value.get()) => LossKind::Digits,
                Some(Shape::Time) if value.get().starts_with('"') => LossKind::Microseconds,
                _ => continue,
            };
            losses.values(kind, self.fitted.source, name, 1);
        }
        Ok(())
    }

    async fn convert(
        &self,
        rows: &[String],
        session: &mut Session,
        take: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        // Those that the server refuses are halved until the one row is found.
        let mut waiting = vec![(0, rows)];
        while let Some((before, rows)) = waiting.pop() {
            let values = format!("[{}]", rows.join(","));
            let found = session
                .fetch_text_rows(&self.sql, &[Some(values.as_str())])
                .await;
            match found {
                Ok(found) if found.len() == rows.len() => {
                    for row in found {
                        self.take(&row, take)?;
                    }
                }
                Ok(_) => return Err(self.wrong(self.done + before + 1)),
                Err(error) if error.code() != Code::DatabaseFailed => return Err(error),
                Err(_) if rows.len() == 1 => return Err(self.wrong(self.done + before + 1)),
                Err(_) => {
                    let (first, second) = rows.split_at(rows.len() / 2);
                    waiting.push((before + first.len() as u64, second));
                    waiting.push((before, first));
                }
            }
        }
        Ok(())
    }

    fn take(
        &self,
        row: &[Option<String>],
        take: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        if let Some(owner) = self.owner
            && row.get(owner).and_then(Option::as_deref) != Some(self.company)
        {
            return Err(Error::new(
                Code::OtherCompany,
                "The archive has rows of another company.",
            )
            .with("table", &self.fitted.table));
        }
        let mut line = Vec::new();
        for (place, value) in row.iter().enumerate() {
            if place > 0 {
                line.push(b'\t');
            }
            push_escaped(&mut line, value.as_deref().map(str::as_bytes));
        }
        take(&line)
    }

    fn wrong(&self, number: u64) -> Error {
        Error::new(
            Code::ArchiveMismatch,
            "A row of the archive cannot be read as a row of the table.",
        )
        .with("table", &self.fitted.table)
        .with("row", number)
    }
}

/// The statement that reads an array of JSON objects as rows, each value as the server writes it.
fn statement(fitted: &Fitted<'_>) -> String {
    let (mut values, mut types) = (String::new(), String::new());
    for (place, column) in fitted.columns.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        let is_bytes = shape_of(&column.column.type_name) == Shape::Bytes;
        let (name, type_name) = (Ident(&column.source), &column.column.type_name);
        // Text casts of some types are not what they are written as.
        let value = match is_bytes {
            true => format!("pg_catalog.decode(t.{name}, 'base64')"),
            false => format!("t.{name}"),
        };
        let _ = write!(
            values,
            "{comma}CASE WHEN t.{name} IS NOT DISTINCT FROM NULL THEN NULL ELSE pg_catalog.concat({value}) END"
        );
        let type_name = if is_bytes { "text" } else { type_name };
        let _ = write!(types, "{comma}{name} {type_name}");
    }
    format!("SELECT {values} FROM pg_catalog.json_to_recordset($1::json) AS t({types})")
}
