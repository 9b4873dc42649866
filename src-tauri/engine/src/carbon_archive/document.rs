//! The older form of Carbon's archive: `{"manifest": {...}, "data": {table: [rows]}, ...}`.

use std::collections::BTreeMap;
use std::io::BufReader;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::facts::Facts;
use super::source::{Meter, Source};
use super::unpack::{Rows, Sink};
use crate::{Code, Error, Result};

/// The most columns of a table.
const MOST_COLUMNS: usize = 1 << 14;

pub(super) fn unpack_document(source: &Source<'_>, sink: &mut Sink<'_>) -> Result<Facts> {
    let metered = source.metered(source.unzipped()?);
    source.meter.begin_value();
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::new(metered));
    let mut failure = None;
    let read = Document {
        meter: &source.meter,
        sink,
        failure: &mut failure,
    }
    .deserialize(&mut deserializer)
    .and_then(|facts| deserializer.end().map(|()| facts));
    match (failure, read) {
        (Some(failure), _) => Err(failure),
        (None, Err(error)) => Err(source.no_json(&error)),
        (None, Ok(None)) => {
            Err(source.error(Code::ArchiveIncomplete, "The archive has no manifest."))
        }
        (None, Ok(Some(facts))) => Ok(facts),
    }
}

/// The whole document; its manifest is read out of it.
struct Document<'s, 'm, 'a> {
    meter: &'m Meter,
    sink: &'s mut Sink<'a>,
    /// What went wrong outside of JSON.
    failure: &'s mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for Document<'_, '_, '_> {
    type Value = Option<Facts>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_, '_> {
    type Value = Option<Facts>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a backup of Carbon's")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut facts = None;
        self.meter.begin_value();
        while let Some(name) = map.next_key::<String>()? {
            self.meter.begin_value();
            match name.as_str() {
                "manifest" => facts = Some(map.next_value::<Facts>()?),
                "data" => map.next_value_seed(Tables {
                    meter: self.meter,
                    sink: &mut *self.sink,
                    failure: &mut *self.failure,
                })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(facts)
    }
}

struct Tables<'s, 'm, 'a> {
    meter: &'m Meter,
    sink: &'s mut Sink<'a>,
    failure: &'s mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for Tables<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Tables<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("rows by table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let mut rows = self.sink.begin();
            map.next_value_seed(TableRows {
                meter: self.meter,
                sink: &mut *self.sink,
                failure: &mut *self.failure,
                rows: &mut rows,
            })?;
            if !self.sink.end(name, rows) {
                *self.failure = Some(Error::new(
                    Code::ArchiveMismatch,
                    "The archive has two members of one name.",
                ));
                return Err(serde::de::Error::custom("twice"));
            }
        }
        Ok(())
    }
}

struct TableRows<'s, 'm, 'a> {
    meter: &'m Meter,
    sink: &'s mut Sink<'a>,
    failure: &'s mut Option<Error>,
    rows: &'s mut Rows,
}

impl<'de> DeserializeSeed<'de> for TableRows<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for TableRows<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.meter.begin_value();
        while let Some(row) = seq.next_element::<Box<RawValue>>()? {
            self.meter.begin_value();
            let names: BTreeMap<String, IgnoredAny> =
                serde_json::from_str(row.get()).map_err(serde::de::Error::custom)?;
            self.rows.columns.extend(names.into_keys());
            if self.rows.columns.len() > MOST_COLUMNS {
                return Err(serde::de::Error::custom("too many names"));
            }
            // Between the parts of JSON a line break is a space, and inside a text there is none.
            let line: Vec<u8> = row
                .get()
                .bytes()
                .map(|byte| {
                    if matches!(byte, b'\n' | b'\r') {
                        b' '
                    } else {
                        byte
                    }
                })
                .collect();
            if let Err(error) = self.sink.row(self.rows, &line) {
                *self.failure = Some(error);
                return Err(serde::de::Error::custom("the row cannot be kept"));
            }
        }
        Ok(())
    }
}
