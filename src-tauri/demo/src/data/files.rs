//! The demo's uploaded files: small drawings, pictures and models, laid out as self-hosted Supabase keeps
//! them. Their content is a function of the seed too, so nothing of it is stored with the source.

use std::fs;
use std::path::Path;

use crate::error::Error;

use super::storage::{Object, each_object};
use super::world::{Spec, World};

/// The folders above the buckets.
const BELOW: &str = "stub/stub";

/// Writes every file that the rows of such a demo name below `folder`, in place of what is there; how
/// many.
///
/// # Errors
/// [`Error::File`] where that fails.
pub fn write_files(folder: &Path, spec: Spec) -> Result<u64, Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        done => done.map_err(Error::file("emptying", folder))?,
    }
    let buckets = folder.join(BELOW);
    for bucket in super::storage::BUCKETS {
        let path = buckets.join(bucket);
        fs::create_dir_all(&path).map_err(Error::file("creating", &path))?;
    }
    let mut count = 0;
    for object in each_object(&World::new(spec)) {
        let path = buckets.join(super::storage::PRIVATE).join(&object.key);
        fs::create_dir_all(&path).map_err(Error::file("creating", &path))?;
        let path = path.join(&object.version);
        fs::write(&path, content(object.mime, object.noise))
            .map_err(Error::file("writing", &path))?;
        describe(&path, &object).map_err(Error::file("describing", &path))?;
        count += 1;
    }
    Ok(count)
}

/// What the storage's service keeps beside a file.
#[cfg(unix)]
fn describe(path: &Path, object: &Object) -> std::io::Result<()> {
    let kept: [(&str, &[u8]); 3] = [
        ("user.supabase.content-type", object.mime.as_bytes()),
        ("user.supabase.cache-control", b"max-age=3600"),
        ("user.supabase.etag", object.etag.as_bytes()),
    ];
    for (attribute, value) in kept {
        match xattr::set(path, attribute, value) {
            // The demo has no service that would miss them.
            Err(error) if error.kind() == std::io::ErrorKind::Unsupported => return Ok(()),
            done => done?,
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn describe(_: &Path, _: &Object) -> std::io::Result<()> {
    Ok(())
}

const PNG: &str = "image/png";
const PDF: &str = "application/pdf";
const STL: &str = "model/stl";
const STEP: &str = "model/step";
const CSV: &str = "text/csv";
const SVG: &str = "image/svg+xml";

/// The type of a file of that name.
pub(super) fn mime_of(key: &str) -> &'static str {
    match key.rsplit_once('.') {
        Some((_, "png")) => PNG,
        Some((_, "stl")) => STL,
        Some((_, "step")) => STEP,
        Some((_, "csv")) => CSV,
        Some((_, "svg")) => SVG,
        _ => PDF,
    }
}

/// What a file of that type holds.
pub(super) fn content(mime: &str, noise: u64) -> Vec<u8> {
    match mime {
        PNG => picture(noise),
        STL => shell(noise),
        STEP => model(noise).into_bytes(),
        CSV => calculation(noise).into_bytes(),
        SVG => logo(noise).into_bytes(),
        _ => drawing(noise),
    }
}

/// A firm's sign: a disc with a bar across it, as SVG.
fn logo(noise: u64) -> String {
    let (hue, turn) = (noise % 360, noise / 360 % 180);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\">\n<circle cx=\"32\" cy=\"32\" r=\"28\" fill=\"hsl({hue} 60% 40%)\"/>\n<rect x=\"8\" y=\"28\" width=\"48\" height=\"8\" fill=\"white\" transform=\"rotate({turn} 32 32)\"/>\n</svg>\n"
    )
}

/// What an order costs, as a spreadsheet reads it.
fn calculation(noise: u64) -> String {
    let mut text = "Position;Hours;Rate;Cost\n".to_owned();
    let steps = ["Sawing", "Milling", "Turning", "Deburring", "Assembly"];
    for (number, step) in steps.iter().enumerate() {
        let (hours, rate) = (1 + (noise >> number) % 9, 58 + noise / 7 % 30);
        text.push_str(&format!("{step};{hours};{rate}.00;{}.00\n", hours * rate));
    }
    text
}

/// A sheet with a title and a plate with holes on it, as PDF.
fn drawing(noise: u64) -> Vec<u8> {
    let (width, height) = (200 + noise % 180, 120 + noise / 7 % 240);
    let mut page = format!(
        "BT /F1 18 Tf 60 780 Td (Drawing {}) Tj ET\nBT /F1 10 Tf 60 760 Td ({width} x {height} mm, scale 1:1) Tj ET\n1 w 60 300 {width} {height} re S\n",
        1_000 + noise % 9_000
    );
    for hole in 0..3 + noise % 5 {
        let (x, y) = (80 + hole * 30, 320 + (noise >> hole) % 80);
        page.push_str(&format!("{x} {y} 8 8 re S\n"));
    }
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{page}endstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut text = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let (at, size) = (text.len(), objects.len() + 1);
    text.push_str(&format!(
        "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"
    ));
    text.into_bytes()
}

/// Pixels of a picture, in each direction.
const SIDE: u32 = 48;

/// A shaded plate on a plain ground, as PNG.
fn picture(noise: u64) -> Vec<u8> {
    let color = [noise, noise >> 8, noise >> 16].map(|part| 80 + part % 120);
    let edge = 6 + (noise >> 24) % 10;
    let mut lines = Vec::new();
    for y in 0..u64::from(SIDE) {
        lines.push(0);
        for x in 0..u64::from(SIDE) {
            let is_inside = |at: u64| (edge..u64::from(SIDE) - edge).contains(&at);
            let shade = (x + y) / 3;
            lines.extend(color.map(|part| match is_inside(x) && is_inside(y) {
                true => (part + shade).min(255) as u8,
                false => 245,
            }));
        }
    }
    let mut header = Vec::new();
    header.extend(SIDE.to_be_bytes());
    header.extend(SIDE.to_be_bytes());
    // Eight bits a part, red, green and blue, nothing special.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &stored(&lines));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    png.extend((content.len() as u32).to_be_bytes());
    let begin = png.len();
    png.extend(kind);
    png.extend(content);
    let sum = png[begin..].iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    });
    png.extend((!sum).to_be_bytes());
}

/// A zlib stream that keeps its bytes as they are; they fit one block.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16;
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(bytes);
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

/// A housing's length, width and height.
fn housing(noise: u64) -> [u64; 3] {
    [60 + noise % 200, 40 + noise / 3 % 120, 20 + noise / 11 % 60]
}

/// The walls of a housing, as STL: two triangles for each of its sides.
fn shell(noise: u64) -> Vec<u8> {
    /// The corners of each side, counterclockwise seen from outside; a corner's bits say where it is.
    const SIDES: [[u8; 4]; 6] = [
        [0, 2, 3, 1],
        [4, 5, 7, 6],
        [0, 1, 5, 4],
        [2, 6, 7, 3],
        [0, 4, 6, 2],
        [1, 3, 7, 5],
    ];
    let size = housing(noise);
    let mut stl = b"housing".to_vec();
    stl.resize(80, b' ');
    stl.extend((2 * SIDES.len() as u32).to_le_bytes());
    for [first, second, third, fourth] in SIDES {
        for corners in [[first, second, third], [first, third, fourth]] {
            // Readers find out themselves which way a triangle looks.
            stl.extend([0; 12]);
            for corner in corners {
                for (axis, length) in size.iter().enumerate() {
                    let at = if corner >> axis & 1 == 1 { *length } else { 0 };
                    stl.extend((at as f32).to_le_bytes());
                }
            }
            stl.extend([0; 2]);
        }
    }
    stl
}

/// The corners of a housing, as STEP.
fn model(noise: u64) -> String {
    let size = housing(noise);
    let mut text = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('housing'),'2;1');\nFILE_NAME('housing.step','2026-10-29T19:30:00',('demo'),('demo'),'','','');\nFILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\n".to_owned();
    for corner in 0..8_u64 {
        let at = |axis: u64| {
            if corner >> axis & 1 == 1 {
                size[axis as usize]
            } else {
                0
            }
        };
        text.push_str(&format!(
            "#{}=CARTESIAN_POINT('',({}.,{}.,{}.));\n",
            10 + corner,
            at(0),
            at(1),
            at(2)
        ));
    }
    text.push_str("ENDSEC;\nEND-ISO-10303-21;\n");
    text
}
