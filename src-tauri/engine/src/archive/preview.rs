//! A look at an uploaded file: a picture or a piece of text. Nothing in it is run, followed or believed.

use super::manifest::FileEntry;
use super::picture::PictureKind;
use super::reader::Reader;
use crate::Result;

/// Bytes of a picture that is shown at most.
const PICTURE_LIMIT: u64 = 8 << 20;
/// Points of a picture that is shown at most: it is small on disk and may be huge once it is drawn.
const POINT_LIMIT: u64 = 40_000_000;
/// Bytes of text that are shown at most.
const TEXT_LIMIT: usize = 64 << 10;

/// What can be shown of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preview {
    /// A picture.
    Picture {
        /// What it is.
        kind: PictureKind,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Text, or how it begins.
    Text {
        /// The text.
        text: String,
        /// Whether that is all of it.
        is_whole: bool,
    },
    /// Nothing.
    None(Unshown),
}

/// Why nothing of a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unshown {
    /// It is a picture, and too large.
    TooLarge,
    /// It is neither a picture nor text.
    Unknown,
}

impl Reader {
    /// What can be shown of an uploaded file. A picture is read to its end and checked; of a long text
    /// only the beginning is read.
    ///
    /// # Errors
    /// What [`super::FileReader::next_piece`] fails with.
    pub fn preview(&self, entry: &FileEntry) -> Result<Preview> {
        let mut content = self.file(entry)?;
        let mut bytes = Vec::new();
        let mut is_whole = false;
        while !is_whole {
            match content.next_piece()? {
                Some(piece) => bytes.extend_from_slice(piece),
                None => is_whole = true,
            }
            let is_enough = PictureKind::of(&bytes).is_none() && bytes.len() > TEXT_LIMIT;
            if is_enough || bytes.len() as u64 > PICTURE_LIMIT {
                break;
            }
        }
        let Some(kind) = PictureKind::of(&bytes) else {
            return Ok(text(bytes, is_whole));
        };
        let points = kind.point_count(&bytes);
        Ok(
            if is_whole && points.is_some_and(|points| points <= POINT_LIMIT) {
                Preview::Picture { kind, bytes }
            } else {
                Preview::None(Unshown::TooLarge)
            },
        )
    }
}

fn text(mut bytes: Vec<u8>, mut is_whole: bool) -> Preview {
    if bytes.len() > TEXT_LIMIT {
        bytes.truncate(TEXT_LIMIT);
        is_whole = false;
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // Cut inside of a character, and not wrong before it.
        Err(error) if !is_whole && error.utf8_error().error_len().is_none() => {
            let end = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(end);
            String::from_utf8(bytes).unwrap_or_default()
        }
        Err(_) => return Preview::None(Unshown::Unknown),
    };
    let is_odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    if text.chars().any(is_odd) {
        return Preview::None(Unshown::Unknown);
    }
    Preview::Text { text, is_whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_and_other_bytes_are_not_shown() {
        let long = "é".repeat(TEXT_LIMIT);
        match text(format!("x{long}").into_bytes(), true) {
            Preview::Text { text, is_whole } => {
                assert!(!is_whole && text.len() == TEXT_LIMIT - 1, "{}", text.len());
            }
            other => panic!("{other:?}"),
        }
        for bytes in [b"a\0b".to_vec(), vec![0xff, 0xfe], vec![0xc3]] {
            assert_eq!(text(bytes, true), Preview::None(Unshown::Unknown));
        }
    }
}
