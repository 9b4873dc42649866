use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::archive::Manifest;
use crate::{Code, Error, Result};

/// The ZIP under way.
pub(super) struct Zip<'a> {
    writer: ZipWriter<BufWriter<&'a File>>,
    path: &'a Path,
    folder: &'a str,
    options: SimpleFileOptions,
}

impl<'a> Zip<'a> {
    pub(super) fn begin(
        file: &'a File,
        path: &'a Path,
        folder: &'a str,
        manifest: &Manifest,
    ) -> Result<Self> {
        let time = manifest.snapshot_time.to_zoned(jiff::tz::TimeZone::UTC);
        let part = |value: i8| u8::try_from(value).unwrap_or_default();
        let time = DateTime::from_date_and_time(
            u16::try_from(time.year()).unwrap_or(1980),
            part(time.month()),
            part(time.day()),
            part(time.hour()),
            part(time.minute()),
            part(time.second()),
        );
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time.unwrap_or_default())
            .large_file(true);
        Ok(Self {
            writer: ZipWriter::new(BufWriter::new(file)),
            path,
            folder,
            options,
        })
    }

    /// Begins a file that is compressed.
    pub(super) fn start(&mut self, name: &str) -> Result<()> {
        self.begin_file(name, self.options)
    }

    /// Begins a file that stays as it is: most uploaded files are compressed in their own way.
    pub(super) fn start_stored(&mut self, name: &str) -> Result<()> {
        let stored = self.options.compression_method(CompressionMethod::Stored);
        self.begin_file(name, stored)
    }

    fn begin_file(&mut self, name: &str, options: SimpleFileOptions) -> Result<()> {
        let name = format!("{}/{name}", self.folder);
        let started = self.writer.start_file(name, options);
        started.map_err(|error| failed(self.path, error))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.writer.write_all(bytes);
        written.map_err(|error| failed(self.path, error.into()))
    }

    pub(super) fn file(&mut self, name: &str, content: &str) -> Result<()> {
        self.start(name)?;
        self.write(content.as_bytes())
    }

    pub(super) fn finish(self) -> Result<()> {
        let path = self.path;
        let mut file = self.writer.finish().map_err(|error| failed(path, error))?;
        file.flush().map_err(|error| failed(path, error.into()))
    }
}

fn failed(path: &Path, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::local_file("the export", path, &error),
        _ => Error::new(Code::Defect, "The export's ZIP file could not be written."),
    }
}
