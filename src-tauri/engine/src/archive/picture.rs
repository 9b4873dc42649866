//! What kind of picture some bytes are, and how large it would be once it is drawn: told by the bytes
//! alone, whatever anybody says about them.

/// A kind of picture that is nothing but points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "names of formats")]
pub enum PictureKind {
    Png,
    Jpeg,
    Gif,
    WebP,
}

impl PictureKind {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    /// The kind of picture that begins with those bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }

    /// Its points, as its header says; `None` where that cannot be read.
    pub(super) fn point_count(self, bytes: &[u8]) -> Option<u64> {
        let (width, height) = match self {
            Self::Png => (number(bytes, 16, 4)?, number(bytes, 20, 4)?),
            Self::Gif => (little(bytes, 6, 2)?, little(bytes, 8, 2)?),
            Self::Jpeg => jpeg_size(bytes)?,
            Self::WebP => webp_size(bytes)?,
        };
        width.checked_mul(height)
    }
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(
        digits
            .iter()
            .fold(0, |sum, digit| sum << 8 | u64::from(*digit)),
    )
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    let digits = digits.iter().rev();
    Some(digits.fold(0, |sum, digit| sum << 8 | u64::from(*digit)))
}

/// Goes from segment to segment until the one that begins a frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2_usize;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Fill bytes, and markers that stand alone.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Some((number(bytes, at + 7, 2)?, number(bytes, at + 5, 2)?));
            }
            _ => {
                let length = usize::try_from(number(bytes, at + 2, 2)?).ok()?;
                at = at.checked_add(2)?.checked_add(length.max(2))?;
            }
        }
    }
}

fn webp_size(bytes: &[u8]) -> Option<(u64, u64)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        b"VP8L" => {
            let packed = little(bytes, 21, 4)?;
            Some(((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((
            little(bytes, 26, 2)? & 0x3fff,
            little(bytes, 28, 2)? & 0x3fff,
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes_and_measured() {
        let png = [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(),
            &[0, 0, 4, 0, 0, 0, 0, 16],
        ]
        .concat();
        let gif = b"GIF89a\x02\x01\x03\0".to_vec();
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x10\0\x20".to_vec();
        let webp = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x09\0\0\x04\0\0".to_vec();
        for (bytes, kind, points) in [
            (png, PictureKind::Png, 1024 * 16),
            (gif, PictureKind::Gif, 258 * 3),
            (jpeg, PictureKind::Jpeg, 32 * 16),
            (webp, PictureKind::WebP, 10 * 5),
        ] {
            assert_eq!(PictureKind::of(&bytes), Some(kind));
            assert_eq!(kind.point_count(&bytes), Some(points), "{kind:?}");
            for end in 0..bytes.len() {
                kind.point_count(bytes.get(..end).unwrap_or_default());
            }
        }
    }

    #[test]
    fn what_draws_itself_by_a_program_is_no_picture() {
        for bytes in [b"<svg xmlns=''/>".as_slice(), b"%PDF-1.7", b"", b"RIFF"] {
            assert_eq!(PictureKind::of(bytes), None);
        }
    }
}
