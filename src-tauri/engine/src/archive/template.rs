//! What a template says of itself: what people choose it by.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::picture::PictureKind;
use crate::{Code, Error, Result};

/// Letters of a name, an industry or a description at most.
pub const MOST_DESCRIBED: usize = 2_000;
/// Bytes of a picture at most.
pub const MOST_PICTURED: usize = 256 << 10;
/// Points of a picture at most: what it takes to draw it is bounded.
const MOST_POINTS: u64 = 4 << 20;

/// What a template says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// What it is called.
    pub name: String,
    /// For which industry it is.
    #[serde(default)]
    pub industry: Option<String>,
    /// What a company that is started from it has.
    #[serde(default)]
    pub description: Option<String>,
    /// The instant that counts as today in its rows: a company that is started from it has every date as
    /// many days later as have gone by since.
    pub today: Timestamp,
    /// A picture, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
}

impl Template {
    /// A template without a picture.
    ///
    /// # Errors
    /// `usage` where it has no name, or a text is too long.
    pub fn new(
        name: String,
        industry: Option<String>,
        description: Option<String>,
        today: Timestamp,
    ) -> Result<Self> {
        if name.trim().is_empty() {
            return Err(Error::new(Code::Usage, "A template needs a name."));
        }
        let is_too_long = |text: &String| text.chars().count() > MOST_DESCRIBED;
        if is_too_long(&name)
            || [&industry, &description]
                .into_iter()
                .flatten()
                .any(is_too_long)
        {
            return Err(
                Error::new(Code::Usage, "What a template says of itself is too long.")
                    .hint(format!("Say it in {MOST_DESCRIBED} letters.")),
            );
        }
        Ok(Self {
            name,
            industry,
            description,
            today,
            picture: None,
        })
    }

    /// The same with a picture.
    ///
    /// # Errors
    /// `usage` where the bytes are no picture of points, or too many.
    pub fn with_picture(self, bytes: &[u8]) -> Result<Self> {
        if shown(bytes).is_none() {
            return Err(
                Error::new(Code::Usage, "This cannot be a template's picture.").hint(format!(
                    "Give it a PNG, JPEG, GIF or WebP file of at most {} kB and 4 million points.",
                    MOST_PICTURED >> 10
                )),
            );
        }
        Ok(Self {
            picture: Some(BASE64.encode(bytes)),
            ..self
        })
    }

    /// The same with the picture of a file.
    ///
    /// # Errors
    /// `local_file` where it cannot be read; as [`Template::with_picture`].
    pub fn with_picture_of(self, path: &Path) -> Result<Self> {
        let failed = |error: io::Error| Error::local_file("the picture", path, &error);
        let mut bytes = Vec::new();
        // One byte more than may be tells that there are too many.
        File::open(path)
            .and_then(|file| file.take(MOST_PICTURED as u64 + 1).read_to_end(&mut bytes))
            .map_err(failed)?;
        self.with_picture(&bytes)
    }

    /// Its picture, where it has one that can be shown.
    #[must_use]
    pub fn picture(&self) -> Option<(PictureKind, Vec<u8>)> {
        let bytes = BASE64.decode(self.picture.as_ref()?).ok()?;
        Some((shown(&bytes)?, bytes))
    }
}

/// The kind of picture that the bytes are, where it can be shown.
fn shown(bytes: &[u8]) -> Option<PictureKind> {
    let kind = PictureKind::of(bytes)?;
    let is_small = bytes.len() <= MOST_PICTURED && kind.point_count(bytes)? <= MOST_POINTS;
    is_small.then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Template {
        Template::new("Machining".to_owned(), None, None, Timestamp::UNIX_EPOCH).unwrap()
    }

    /// The beginning of a PNG of that width and height.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png
    }

    #[test]
    fn a_picture_is_one_that_can_be_shown() {
        let small = png(640, 360);
        let pictured = template().with_picture(&small).unwrap();
        assert_eq!(pictured.picture(), Some((PictureKind::Png, small)));
        for bytes in [b"<svg/>".to_vec(), Vec::new(), png(60_000, 60_000)] {
            assert_eq!(
                template().with_picture(&bytes).unwrap_err().code(),
                Code::Usage
            );
            let forged = Template {
                picture: Some(BASE64.encode(&bytes)),
                ..template()
            };
            assert_eq!(forged.picture(), None, "a hostile one is not shown");
        }
    }

    #[test]
    fn a_template_has_a_name() {
        let nameless = Template::new(" ".to_owned(), None, None, Timestamp::UNIX_EPOCH);
        assert_eq!(nameless.unwrap_err().code(), Code::Usage);
    }
}
