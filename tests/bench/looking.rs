//! Looking into archives: a large one table by table and as a whole, and two beside each other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use snapback_demo::Role;
use snapback_engine::archive::{DEFAULT_LEVEL, MemberSpool, Writer};

use crate::clock::{Run, median, run};
use crate::place::Place;
use crate::sample;
use crate::table::{Line, megabytes, seconds};

/// Bytes of row text where the company has its usual size.
const TEXT_BYTES: f64 = 2_000_000_000.0;
const TABLES: usize = 8;
const TIMES: usize = 3;
/// How long the first page of any table may take.
const PAGE_LIMIT: f64 = 0.15;
/// How long a search of everything may take.
const SEARCH_LIMIT: f64 = 3.0;
/// How long two archives of one company may be compared.
const DIFF_LIMIT: f64 = 2.0;
/// Megabytes that all of it may hold.
const MEMORY_LIMIT: f64 = 256.0;

const WORDS: [&str; 16] = [
    "bracket",
    "spindle",
    "galvanised",
    "supplier",
    "invoice",
    "tolerance",
    "drawing",
    "Müller",
    "bearing",
    "deadline",
    "quotation",
    "alloy",
    "machined",
    "warehouse",
    "revision",
    "inspection",
];

/// A place that the command works in, where no database is named.
fn snapback(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
    command
        .args(arguments)
        .args(["--progress", "none"])
        .env("SNAPBACK_LIBRARY", folder.join("library"))
        .env("XDG_DATA_HOME", folder.join("data"));
    command
}

/// An archive of that much text in words and numbers, as rows of an application hold them.
fn large(folder: &Path, scale: f64) -> PathBuf {
    let path = folder.join("large.snapback");
    let writer = Writer::create(&path, &sample::readme()).unwrap();
    let mut entries = Vec::new();
    let text_bytes = (TEXT_BYTES * scale / crate::SCALE) as usize;
    for number in 0..TABLES {
        let table = sample::table(&format!("t{number}"));
        let mut spool = MemberSpool::for_table(&table, folder, DEFAULT_LEVEL).unwrap();
        let (mut text, mut row) = (0, 0_u64);
        while text < text_bytes / TABLES {
            let mut line = format!("r{row:09}\t");
            let mut state = (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for _ in 0..24 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let word = WORDS[usize::try_from(state % 16).unwrap()];
                line.push_str(&format!("{word} {} ", state % 1_000_000));
            }
            spool.push_row(line.as_bytes()).unwrap();
            text += line.len() + 1;
            row += 1;
        }
        let member = writer.append(&spool.finish().unwrap()).unwrap();
        entries.push(sample::entry(table, member));
    }
    sample::finish(writer, entries).0.path
}

/// The first page of the slowest table, and a text that stands nowhere.
pub(crate) fn inside(folder: &Path, scale: f64, lines: &mut Vec<Line>) {
    let path = large(folder, scale);
    let archive = path.to_string_lossy().into_owned();
    let page = |number: usize| {
        let table = format!("t{number}");
        let runs: Vec<Run> = (0..TIMES)
            .map(|_| {
                run(&mut snapback(
                    folder,
                    &["rows", &archive, &table, "--limit", "100"],
                ))
            })
            .collect();
        median(|run| run.elapsed, &runs)
    };
    let pages: Vec<Run> = (0..TABLES).map(page).collect();
    let slowest = pages.iter().map(|run| run.elapsed).max().unwrap();
    lines.push(line(
        "first page of the slowest table of 2 GB",
        slowest,
        PAGE_LIMIT,
    ));
    let searches: Vec<Run> = (0..TIMES)
        .map(|_| {
            run(&mut snapback(
                folder,
                &["search", &archive, "nowhere to be found"],
            ))
        })
        .collect();
    let search = median(|run| run.elapsed, &searches).elapsed;
    lines.push(line("search of 2 GB of row text", search, SEARCH_LIMIT));
    // The last page of an order, and everything handed over, in the same memory.
    let zip = folder.join("large.zip");
    let out = zip.to_string_lossy().into_owned();
    let others = [
        run(&mut snapback(
            folder,
            &[
                "rows", &archive, "t0", "--sort", "name", "--offset", "100000",
            ],
        )),
        run(&mut snapback(
            folder,
            &["export", "--from", &archive, "--csv", &out],
        )),
    ];
    std::fs::remove_file(zip).unwrap();
    let peak = pages
        .iter()
        .chain(&searches)
        .chain(&others)
        .map(|run| run.peak_bytes)
        .max();
    let peak = megabytes(peak.unwrap());
    lines.push(Line {
        what: "looking into 2 GB, sorting, exporting",
        ours: format!("{peak:.0} MB"),
        against: "peak memory",
        theirs: "—".to_owned(),
        figure: peak,
        unit: "MB",
        limit: Some(MEMORY_LIMIT),
    });
    std::fs::remove_file(path).unwrap();
}

/// Two archives of one company, of which one row of a hundred differs.
pub(crate) fn between(place: &Place, [from, to]: [&str; 2], lines: &mut Vec<Line>) {
    let runs: Vec<Run> = (0..TIMES)
        .map(|_| run(&mut place.snapback(Role::Reader, &["diff", from, to])))
        .collect();
    let elapsed = median(|run| run.elapsed, &runs).elapsed;
    lines.push(line("archive against archive, 1 %", elapsed, DIFF_LIMIT));
}

fn line(what: &'static str, elapsed: Duration, limit: f64) -> Line {
    Line {
        what,
        ours: seconds(elapsed),
        against: "—",
        theirs: "—".to_owned(),
        figure: elapsed.as_secs_f64(),
        unit: "s",
        limit: Some(limit),
    }
}
