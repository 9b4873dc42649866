//! An archive is never trusted: each way in which one can be wrong gets its own answer, without a
//! panic and without more memory than a good archive takes.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use snapback_engine::archive::{ArchiveKeys, Manifest, Reader, read_summary};
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code, Error};

use super::forge::{Forge, header, header_of, padded, pax_header, zeros};
use super::sample;

/// More than the process may have that runs these within bounded memory.
const LARGE: u64 = 1 << 30;

/// Two tables of one data frame each and one without any: `customer`, `note`, `order`.
pub(crate) fn small(folder: &Path) -> std::path::PathBuf {
    let rows = |name: &str, count: u32| {
        (0..count)
            .map(|n| format!("{name}_{n}\t{name} number {n}\t\\N").into_bytes())
            .collect()
    };
    let tables = [
        (sample::table("customer"), rows("customer", 30)),
        (sample::table("note"), Vec::new()),
        (sample::table("order"), rows("order", 20)),
    ];
    sample::write(folder, "small.snapback", &tables).path
}

/// Everything that can be had from an archive, or the first thing that is wrong with it.
pub(crate) fn read_all(path: &Path) -> Result<(Manifest, Vec<sample::Rows>), Error> {
    super::inspect::look_around(path);
    let reader = Reader::open(path)?;
    let manifest = reader.manifest().clone();
    // Each table by itself first, as a restore reads them, then the whole.
    let tables: Result<Vec<_>, _> = manifest
        .tables
        .iter()
        .map(|entry| sample::read(&reader, &entry.table))
        .collect();
    let verified = reader.verify(&Counters::default(), &CancelToken::new());
    let rows = tables?;
    verified?;
    Ok((manifest, rows))
}

type Change = Box<dyn Fn(&mut Forge)>;
type Case = (String, Code, Change);

fn case(name: impl Into<String>, code: Code, change: impl Fn(&mut Forge) + 'static) -> Case {
    (name.into(), code, Box::new(change))
}

/// A case that sets one field of the first table's entry.
fn lie(name: impl Into<String>, code: Code, field: &'static str, value: impl Into<Value>) -> Case {
    let value = value.into();
    case(name, code, move |forge| {
        forge.table(0)[field] = value.clone()
    })
}

/// A case that sets one field of the manifest.
fn claim(
    name: impl Into<String>,
    code: Code,
    field: &'static str,
    value: impl Into<Value>,
) -> Case {
    let value = value.into();
    case(name, code, move |forge| {
        forge.manifest[field] = value.clone()
    })
}

fn versions() -> Vec<Case> {
    vec![
        claim("a newer version", Code::ArchiveTooNew, "format_version", 3),
        claim(
            "a far newer version",
            Code::ArchiveTooNew,
            "format_version",
            u64::MAX,
        ),
        claim("version 0", Code::ArchiveMismatch, "format_version", 0),
        claim(
            "the version of changes in a whole archive",
            Code::ArchiveMismatch,
            "format_version",
            2,
        ),
        case("changes to nothing", Code::ArchiveMismatch, |forge| {
            forge.manifest["format_version"] = json!(2);
            forge.manifest["base_state"] = json!("00");
        }),
        case(
            "rows of a table that are inside and below",
            Code::ArchiveMismatch,
            |forge| {
                forge.manifest["format_version"] = json!(2);
                forge.manifest["base"] = json!("0192f0c1-5f1e-7c3a-9d54-1b2c3d4e5f61");
                forge.manifest["base_state"] = json!("00");
            },
        ),
        claim(
            "a version that is no number",
            Code::ArchiveDamaged,
            "format_version",
            "1",
        ),
        claim(
            "a negative version",
            Code::ArchiveDamaged,
            "format_version",
            -1,
        ),
        case(
            "a newer version of which nothing else is known",
            Code::ArchiveTooNew,
            |forge| {
                forge.manifest = json!({"format_version": 9, "tables": "elsewhere"});
            },
        ),
        case("no version", Code::ArchiveDamaged, |forge| {
            forge
                .manifest
                .as_object_mut()
                .unwrap()
                .remove("format_version");
        }),
    ]
}

fn names() -> Vec<Case> {
    let unsafe_names = [
        "../evil",
        "/etc/passwd",
        "data/../../evil",
        "data/./x",
        "data//x",
        "",
        "..",
        "data/..",
        "C:evil",
        "data\\..\\evil",
        "data/a\nb",
        "data/a\0b",
        "/",
        ".",
        "data/x/..",
        "\\\\host\\share",
        "data/a\tb",
        "data/a\rb",
    ];
    let mut cases: Vec<Case> = unsafe_names
        .iter()
        .map(|name| {
            lie(
                format!("an unsafe name in the manifest: {name:?}"),
                Code::ArchiveUnsafePath,
                "member",
                *name,
            )
        })
        .collect();
    cases.extend(
        ["../evil", "/etc/passwd", "data/../../evil", "data//x"].map(|name| {
            case(
                format!("an unsafe name in a header: {name:?}"),
                Code::ArchiveUnsafePath,
                move |forge| {
                    let (at, size) = (
                        forge.frame_of(0),
                        forge.table(0)["byte_count"].as_u64().unwrap(),
                    );
                    forge.frames[at] = header(name, size);
                },
            )
        }),
    );
    cases.extend(
        ["../evil", "/etc/passwd", "data/\u{202e}/../x"].map(|name| {
            case(
                format!("an unsafe name in a PAX header: {name:?}"),
                Code::ArchiveUnsafePath,
                move |forge| {
                    let (at, size) = (
                        forge.frame_of(0),
                        forge.table(0)["byte_count"].as_u64().unwrap(),
                    );
                    forge.frames[at] = pax_header(name, size);
                },
            )
        }),
    );
    cases.extend([
        lie(
            "a name too long",
            Code::ArchiveUnsafePath,
            "member",
            "x".repeat(5000),
        ),
        lie(
            "another name than the table's",
            Code::ArchiveMismatch,
            "member",
            "data/public.other.copy",
        ),
        lie(
            "another table than the name's",
            Code::ArchiveMismatch,
            "table",
            "public.other",
        ),
        lie(
            "a table without a schema",
            Code::ArchiveDamaged,
            "table",
            "customer",
        ),
        case(
            "another name in the header",
            Code::ArchiveMismatch,
            |forge| {
                let (at, size) = (
                    forge.frame_of(0),
                    forge.table(0)["byte_count"].as_u64().unwrap(),
                );
                forge.frames[at] = header("data/public.other.copy", size);
            },
        ),
        case(
            "one member under two names of one table",
            Code::ArchiveMismatch,
            |forge| {
                let twin = forge.table(0).clone();
                forge.manifest["tables"].as_array_mut().unwrap().push(twin);
            },
        ),
        case("two members of one name", Code::ArchiveMismatch, |forge| {
            let first = forge.table(0).clone();
            let at = forge.frame_of(0);
            let twin = forge.frames[at..at + 2].to_vec();
            let place = forge.frames.len();
            forge.frames.extend(twin);
            let mut entry = first;
            entry["first_frame"] = place.into();
            forge.manifest["tables"].as_array_mut().unwrap().push(entry);
        }),
    ]);
    cases
}

fn kinds() -> Vec<Case> {
    use tar::EntryType;
    let kinds = [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Directory,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::GNULongName,
        EntryType::XGlobalHeader,
    ];
    kinds
        .map(|kind| {
            case(
                format!("a member that is no plain file: {kind:?}"),
                Code::ArchiveUnsafePath,
                move |forge| {
                    let (at, size) = (
                        forge.frame_of(0),
                        forge.table(0)["byte_count"].as_u64().unwrap(),
                    );
                    forge.frames[at] = header_of("data/public.customer.copy", size, kind);
                },
            )
        })
        .into()
}

fn numbers() -> Vec<Case> {
    let mut cases = Vec::new();
    for value in [0, 1, 29, 31, 1000, u64::MAX] {
        cases.push(case(
            format!("a lying row count: {value}"),
            Code::ArchiveMismatch,
            move |forge| {
                forge.table(0)["row_count"] = value.into();
                forge.manifest["row_count"] = value.saturating_add(20).into();
            },
        ));
    }
    for value in [0, 1, 511, 512, 4096, 1 << 40, u64::MAX - 100, u64::MAX] {
        cases.push(case(
            format!("a lying byte count: {value}"),
            Code::ArchiveMismatch,
            move |forge| {
                let all = forge.manifest["byte_count"].as_u64().unwrap();
                let own = forge.table(0)["byte_count"].as_u64().unwrap();
                forge.table(0)["byte_count"] = value.into();
                forge.manifest["byte_count"] = (all - own).saturating_add(value).into();
            },
        ));
    }
    for value in [0, 1, 3, 6, 1 << 20, u64::MAX] {
        cases.push(lie(
            format!("a lying first frame: {value}"),
            Code::ArchiveMismatch,
            "first_frame",
            value,
        ));
    }
    for value in [0, 1, 3, 4, 1 << 20, u64::MAX] {
        cases.push(lie(
            format!("a lying frame count: {value}"),
            Code::ArchiveMismatch,
            "frame_count",
            value,
        ));
    }
    cases.extend([
        lie(
            "a negative row count",
            Code::ArchiveDamaged,
            "row_count",
            -1,
        ),
        lie(
            "a row count that is no number",
            Code::ArchiveDamaged,
            "row_count",
            "30",
        ),
        claim(
            "lying totals of rows",
            Code::ArchiveMismatch,
            "row_count",
            7,
        ),
        claim(
            "lying totals of bytes",
            Code::ArchiveMismatch,
            "byte_count",
            7,
        ),
        case(
            "a byte more than the content, hidden in the padding",
            Code::ArchiveDamaged,
            |forge| {
                let own = forge.table(0)["byte_count"].as_u64().unwrap();
                let (at, all) = (
                    forge.frame_of(0),
                    forge.manifest["byte_count"].as_u64().unwrap(),
                );
                forge.frames[at] = header("data/public.customer.copy", own + 1);
                forge.table(0)["byte_count"] = (own + 1).into();
                forge.manifest["byte_count"] = (all + 1).into();
            },
        ),
        case(
            "another size in the header",
            Code::ArchiveMismatch,
            |forge| {
                let at = forge.frame_of(0);
                forge.frames[at] = header("data/public.customer.copy", 8 << 30);
            },
        ),
        case(
            "a manifest longer than its frame",
            Code::ArchiveMismatch,
            |forge| {
                let at = forge.frames.len();
                let json = serde_json::to_vec(&forge.manifest).unwrap();
                forge.replaced = vec![(
                    at,
                    zstd::bulk::compress(&header("manifest.json", json.len() as u64 + 4096), 1)
                        .unwrap(),
                )];
                forge.lies = vec![(at, forge.replaced[0].1.len() as u32, 512)];
            },
        ),
    ]);
    cases
}

fn contents() -> Vec<Case> {
    vec![
        case("a changed value", Code::ArchiveDamaged, |forge| {
            let at = forge.frame_of(0) + 1;
            forge.frames[at][0] ^= 1;
        }),
        case("something in the padding", Code::ArchiveMismatch, |forge| {
            let at = forge.frame_of(0) + 1;
            *forge.frames[at].last_mut().unwrap() = 1;
        }),
        case(
            "two members' content exchanged",
            Code::ArchiveDamaged,
            |forge| {
                let (a, b) = (forge.frame_of(0) + 1, forge.frame_of(2) + 1);
                forge.frames.swap(a, b);
            },
        ),
        case(
            "a last row that does not end",
            Code::ArchiveMismatch,
            |forge| {
                let all = forge.manifest["byte_count"].as_u64().unwrap();
                let own = forge.table(2)["byte_count"].as_u64().unwrap();
                forge.set_content(2, b"1\tone\n2\ttwo");
                forge.table(2)["row_count"] = 1.into();
                forge.manifest["row_count"] = 31.into();
                forge.manifest["byte_count"] = (all - own + 11).into();
            },
        ),
        case("another hash", Code::ArchiveDamaged, |forge| {
            forge.table(0)["blake3"] = "0".repeat(64).into();
        }),
        lie(
            "a hash that is none",
            Code::ArchiveDamaged,
            "blake3",
            "g".repeat(64),
        ),
        lie("a hash too short", Code::ArchiveDamaged, "blake3", "00"),
        case("no README", Code::ArchiveMismatch, |forge| {
            forge.frames[0] = header("DONTREAD.txt", forge.frames[1].len() as u64);
        }),
        case("a README of another size", Code::ArchiveMismatch, |forge| {
            forge.frames[0] = header("README.txt", 1);
        }),
        case("a tar that does not end", Code::ArchiveMismatch, |forge| {
            forge.end = vec![1; 1024]
        }),
        case("a tar with a longer end", Code::ArchiveMismatch, |forge| {
            forge.end = vec![0; 2048]
        }),
        case(
            "a tar header with a wrong checksum",
            Code::ArchiveDamaged,
            |forge| {
                let at = forge.frame_of(0);
                forge.frames[at][148] ^= 1;
            },
        ),
        case(
            "a header frame with more than a header",
            Code::ArchiveDamaged,
            |forge| {
                let at = forge.frame_of(0);
                forge.frames[at].resize(1024, 0);
            },
        ),
        case(
            "a header frame with less than a header",
            Code::ArchiveDamaged,
            |forge| {
                let at = forge.frame_of(0);
                forge.frames[at].truncate(511);
            },
        ),
        case(
            "a PAX header that lies about its length",
            Code::ArchiveDamaged,
            |forge| {
                let at = forge.frame_of(0);
                forge.frames[at] = pax_header("data/public.customer.copy", 1);
                forge.frames[at][512] = b'9';
            },
        ),
    ]
}

fn structure() -> Vec<Case> {
    vec![
        case("no manifest", Code::ArchiveIncomplete, |forge| {
            forge.manifest_name = None
        }),
        case("another last member", Code::ArchiveIncomplete, |forge| {
            forge.manifest_name = Some("data/public.customer.copy".to_owned());
        }),
        case("nothing but an end", Code::ArchiveIncomplete, |forge| {
            forge.frames.clear();
            forge.manifest_name = None;
        }),
        case("no frames listed", Code::ArchiveDamaged, |forge| {
            forge.frames.clear();
            forge.manifest_name = None;
            forge.count_lie = Some(0);
        }),
        case(
            "a member that is not listed",
            Code::ArchiveMismatch,
            |forge| {
                forge.frames.push(header("data/public.extra.copy", 2));
                forge.frames.push(padded(b"1\n"));
            },
        ),
        case(
            "a member before the README",
            Code::ArchiveMismatch,
            |forge| {
                forge.frames.swap(0, 2);
                forge.frames.swap(1, 3);
            },
        ),
        case("something behind the end", Code::ArchiveDamaged, |forge| {
            forge.behind = b"more".to_vec()
        }),
        case("much behind the end", Code::ArchiveDamaged, |forge| {
            forge.behind = vec![0; 4000]
        }),
        case(
            "another archive behind the end",
            Code::ArchiveMismatch,
            |forge| {
                let folder = tempfile::tempdir().unwrap();
                forge.behind = std::fs::read(small(folder.path())).unwrap();
            },
        ),
        case(
            "more frames than the file can hold",
            Code::ArchiveMismatch,
            |forge| {
                forge.count_lie = Some(1 << 20);
            },
        ),
        case(
            "more frames than there may be",
            Code::ArchiveTooLarge,
            |forge| {
                forge.count_lie = Some(u32::MAX);
            },
        ),
        case(
            "fewer frames than there are",
            Code::ArchiveDamaged,
            |forge| forge.count_lie = Some(3),
        ),
        case(
            "a table that overlaps the frames",
            Code::ArchiveMismatch,
            |forge| {
                forge.lies = vec![(0, 4000, 512)];
            },
        ),
        case("a frame of no bytes", Code::ArchiveMismatch, |forge| {
            forge.lies = vec![(0, 0, 512)]
        }),
        case(
            "a frame that holds nothing",
            Code::ArchiveMismatch,
            |forge| {
                let length = zstd::bulk::compress(&forge.frames[0], 1).unwrap().len() as u32;
                forge.lies = vec![(0, length, 0)];
            },
        ),
        case("a frame that is none", Code::ArchiveDamaged, |forge| {
            let at = forge.frame_of(0) + 1;
            forge.replaced = vec![(at, vec![7; 64])];
        }),
        case("a frame cut short", Code::ArchiveDamaged, |forge| {
            let at = forge.frame_of(0) + 1;
            let mut frame = zstd::bulk::compress(&forge.frames[at], 1).unwrap();
            frame.truncate(frame.len() - 3);
            forge.replaced = vec![(at, frame)];
        }),
        case(
            "two frames in the place of one",
            Code::ArchiveMismatch,
            |forge| {
                let at = forge.frame_of(0) + 1;
                let mut frame = zstd::bulk::compress(&forge.frames[at], 1).unwrap();
                frame.extend(zstd::bulk::compress(b"and more", 1).unwrap());
                forge.replaced = vec![(at, frame)];
            },
        ),
        case(
            "a frame of another size than listed",
            Code::ArchiveMismatch,
            |forge| {
                let at = forge.frame_of(0) + 1;
                forge.replaced = vec![(at, zstd::bulk::compress(&[0; 100], 1).unwrap())];
            },
        ),
        case(
            "a manifest that is no JSON",
            Code::ArchiveDamaged,
            |forge| {
                forge.raw_manifest = Some(b"{\"format_version\": 1, \"tables\": [".to_vec());
            },
        ),
        case(
            "a manifest that is no object",
            Code::ArchiveDamaged,
            |forge| {
                forge.raw_manifest = Some(b"[]".to_vec());
            },
        ),
        case("an empty manifest", Code::ArchiveMismatch, |forge| {
            let at = forge.frames.len();
            forge.replaced = vec![(
                at,
                zstd::bulk::compress(&header("manifest.json", 0), 1).unwrap(),
            )];
            forge.lies = vec![(at, forge.replaced[0].1.len() as u32, 512)];
        }),
        case(
            "a manifest that is not UTF-8",
            Code::ArchiveDamaged,
            |forge| {
                forge.raw_manifest = Some(b"{\"format_version\": 1, \"label\": \"\xff\"}".to_vec());
            },
        ),
        claim(
            "a table list that is none",
            Code::ArchiveDamaged,
            "tables",
            json!({}),
        ),
        claim(
            "no tables for the frames",
            Code::ArchiveMismatch,
            "tables",
            json!([]),
        ),
        claim("an id that is none", Code::ArchiveDamaged, "id", "1234"),
        claim(
            "a time that is none",
            Code::ArchiveDamaged,
            "snapshot_time",
            "yesterday",
        ),
        claim("a kind that is none", Code::ArchiveDamaged, "kind", "other"),
    ]
}

fn bombs() -> Vec<Case> {
    vec![
        case(
            "a frame listed as larger than a frame may be",
            Code::ArchiveTooLarge,
            |forge| {
                let at = forge.frame_of(0) + 1;
                let frame = zeros(LARGE, true);
                forge.lies = vec![(at, frame.len() as u32, LARGE as u32)];
                forge.replaced = vec![(at, frame)];
            },
        ),
        case(
            "a frame that holds more than is listed",
            Code::ArchiveTooLarge,
            |forge| {
                let at = forge.frame_of(0) + 1;
                forge.replaced = vec![(at, zeros(LARGE, true))];
            },
        ),
        case(
            "a frame that does not say how much it holds",
            Code::ArchiveDamaged,
            |forge| {
                let at = forge.frame_of(0) + 1;
                forge.replaced = vec![(at, zeros(LARGE, false))];
            },
        ),
        case(
            "a frame that says less than it holds",
            Code::ArchiveDamaged,
            |forge| {
                let at = forge.frame_of(0) + 1;
                let size = forge.frames[at].len() as u32;
                // Frame header: magic (4), descriptor (1), window (1), content size (4).
                let mut frame = zeros(LARGE, true);
                assert_eq!(frame[6..10], (LARGE as u32).to_le_bytes());
                frame[6..10].copy_from_slice(&size.to_le_bytes());
                forge.replaced = vec![(at, frame)];
            },
        ),
        case(
            "a manifest larger than a manifest may be",
            Code::ArchiveTooLarge,
            |forge| {
                let at = forge.frames.len() + 1;
                let frame = zeros(LARGE, true);
                forge.lies = vec![(at, frame.len() as u32, LARGE as u32)];
                forge.replaced = vec![(at, frame)];
            },
        ),
        case(
            "a manifest nested without end",
            Code::ArchiveDamaged,
            |forge| {
                let mut json = b"{\"format_version\": 1, \"more\": ".to_vec();
                json.resize(json.len() + (8 << 20), b'[');
                forge.raw_manifest = Some(json);
            },
        ),
    ]
}

/// Fields of the manifest without which it says too little.
const REQUIRED: &[&str] = &[
    "tool_version",
    "id",
    "kind",
    "profile",
    "company",
    "server_version",
    "snapshot_time",
    "made_by",
    "row_count",
    "byte_count",
    "catalog",
    "tables",
];

/// The same of a table's entry.
const REQUIRED_OF_A_TABLE: &[&str] = &[
    "table",
    "area",
    "disposition",
    "columns",
    "key_columns",
    "member",
    "row_count",
    "byte_count",
    "blake3",
    "first_frame",
    "frame_count",
];

/// Fields that are left out, and fields that are of another kind than they must be.
fn fields() -> Vec<Case> {
    let wrong = |value: &Value| match value {
        Value::Object(_) => json!([1]),
        Value::Number(_) => json!({}),
        _ => json!(17.5),
    };
    let mut cases = Vec::new();
    for field in REQUIRED {
        cases.push(case(
            format!("a manifest without {field}"),
            Code::ArchiveDamaged,
            |forge| {
                forge.manifest.as_object_mut().unwrap().remove(*field);
            },
        ));
        cases.push(case(
            format!("a manifest whose {field} is of another kind"),
            Code::ArchiveDamaged,
            move |forge| forge.manifest[*field] = wrong(&forge.manifest[*field]),
        ));
    }
    for field in REQUIRED_OF_A_TABLE {
        cases.push(case(
            format!("a table without {field}"),
            Code::ArchiveDamaged,
            |forge| {
                forge.table(0).as_object_mut().unwrap().remove(*field);
            },
        ));
        cases.push(case(
            format!("a table whose {field} is of another kind"),
            Code::ArchiveDamaged,
            move |forge| {
                let value = wrong(&forge.table(0)[*field]);
                forge.table(0)[*field] = value;
            },
        ));
    }
    cases
}

/// Every frame is cut, doubled, left out, emptied or exchanged for noise, and the seek table agrees.
fn frames() -> Vec<Case> {
    let mut cases = Vec::new();
    // README, three tables of which one has no data: 2 + 2 + 1 + 2 frames.
    for at in 0..7_usize {
        let refused = Code::ArchiveMismatch;
        cases.push(case(
            format!("frame {at} left out"),
            refused,
            move |forge| {
                forge.frames.remove(at);
            },
        ));
        cases.push(case(format!("frame {at} twice"), refused, move |forge| {
            let twin = forge.frames[at].clone();
            forge.frames.insert(at, twin);
        }));
        cases.push(case(
            format!("frame {at} of noise"),
            Code::ArchiveDamaged,
            move |forge| {
                let noise: Vec<u8> = (0..200_u8).map(|n| n.wrapping_mul(37) ^ 0x5A).collect();
                forge.replaced = vec![(at, noise)];
            },
        ));
        // The README's text is for people: nothing is read of it.
        if at != 1 {
            cases.push(case(
                format!("frame {at} with a bit flipped in its middle"),
                Code::ArchiveDamaged,
                move |forge| {
                    let mut frame = zstd::bulk::compress(&forge.frames[at], 1).unwrap();
                    let middle = frame.len() / 2;
                    frame[middle] ^= 0x10;
                    forge.replaced = vec![(at, frame)];
                },
            ));
        }
    }
    cases
}

fn check(cases: Vec<Case>) {
    let folder = tempfile::tempdir().unwrap();
    let good = Forge::take_apart(&small(folder.path()));
    let path = folder.path().join("forged.snapback");
    good.write(&path);
    read_all(&path).expect("an archive that is put together unchanged is good");
    let mut wrong = Vec::new();
    for (name, code, change) in cases {
        let mut forged = good.clone();
        change(&mut forged);
        forged.write(&path);
        match read_all(&path) {
            Err(error) if error.code() == code => {}
            Err(error) => wrong.push(format!(
                "{name}: {} instead of {code} ({:?})",
                error.code(),
                error.causes()
            )),
            Ok(_) => wrong.push(format!("{name}: accepted instead of {code}")),
        }
        // A list must survive the same file, whatever it makes of it.
        drop(read_summary(&path, &ArchiveKeys::default()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_version_that_is_not_known_is_refused_before_anything_else() {
    check(versions());
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    check(names());
}

#[test]
fn links_folders_and_devices_are_refused() {
    check(kinds());
}

#[test]
fn lying_counts_sizes_and_places_are_found() {
    check(numbers());
}

#[test]
fn changed_content_is_found() {
    check(contents());
}

#[test]
fn archives_that_are_put_together_wrongly_are_refused() {
    check(structure());
}

#[test]
fn bombs_are_refused() {
    check(bombs());
}

#[test]
fn fields_that_are_missing_or_of_another_kind_are_refused() {
    check(fields());
}

#[test]
fn frames_that_are_not_in_their_place_are_refused() {
    check(frames());
}

#[test]
fn two_hundred_hostile_archives_are_tried_and_no_two_are_the_same() {
    let groups = [
        versions(),
        names(),
        kinds(),
        numbers(),
        contents(),
        structure(),
        bombs(),
        fields(),
        frames(),
    ];
    let all: Vec<String> = groups
        .into_iter()
        .flatten()
        .map(|(name, ..)| name)
        .collect();
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "two cases of one name");
    assert!(all.len() >= 200, "{}", all.len());
}
