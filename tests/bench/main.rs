//! `make bench`: the main operations beside what a person would do by hand, on a company of 450,000
//! rows and more, in one run on one machine. Prints a table; ends badly where a limit is missed.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench may panic and speaks to the terminal"
)]

mod clock;
mod copies;
mod export;
mod files;
mod looking;
mod place;
#[path = "../engine/archive_sample.rs"]
mod sample;
mod statements;
mod table;
mod writers;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use clock::{Pair, Run, run};
use place::Place;
use snapback_demo::Role;
use snapback_engine::company::Opened;
use table::{Line, megabytes, render, seconds};
use writers::Writers;

/// The main company has more than 450,000 rows then.
const SCALE: f64 = 12.0;
/// How often each thing is measured; the middle one counts. A machine whose speed varies by a third within minutes
/// shows a difference of one twentieth in no fewer turns.
const TIMES: usize = 9;
/// The same for what takes long.
const FEW_TIMES: usize = 3;
/// The same where every turn loads the company twice.
const LOADED_TIMES: usize = 5;
/// What memory may be used beside four times the largest row.
const MEMORY_LIMIT: f64 = 96.0;

#[tokio::main]
async fn main() -> ExitCode {
    let scale = std::env::var("SNAPBACK_BENCH_SCALE")
        .ok()
        .and_then(|scale| scale.parse().ok())
        .unwrap_or(SCALE);
    eprintln!("Filling a PostgreSQL 15 server with a large company …");
    let place = Place::new(scale).await;
    let opened = place.open().await;
    let mut bench = Bench {
        place: &place,
        opened: &opened,
        lines: Vec::new(),
        peaks: Vec::new(),
        with_files: Vec::new(),
    };
    let only = std::env::var("SNAPBACK_BENCH_ONLY").ok();
    let is_wanted = |part: &str| only.as_ref().is_none_or(|only| only == part);
    if is_wanted("rows") {
        bench.reading().await;
        bench.restoring().await;
        bench.emptied().await;
        bench.copied().await;
    }
    // What was measured so far is not lost where something later fails.
    eprintln!("{}", render(&bench.lines).0);
    if is_wanted("files") {
        bench.files().await;
    }
    if is_wanted("inside") {
        eprintln!("Looking into an archive of 2 GB …");
        looking::inside(place.folder(), scale, &mut bench.lines);
    }
    bench.memory();
    let (text, is_met) = render(&bench.lines);
    println!("\n{text}");
    place.down().await;
    if is_met {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

struct Bench<'a> {
    place: &'a Place,
    opened: &'a Opened,
    lines: Vec<Line>,
    /// The highest memory of each operation.
    peaks: Vec<(&'static str, u64)>,
    /// The same where files pass through.
    with_files: Vec<(&'static str, u64)>,
}

impl Bench<'_> {
    /// What only reads: contents, create, preview of nothing, and the size of the archive.
    async fn reading(&mut self) {
        eprintln!("Contents, create, preview …");
        let place = self.place;
        run(&mut place.psql("set-aside", &statements::set_aside(self.opened)));
        place.run("VACUUM ANALYZE").await;

        let counts = statements::counts(self.opened);
        let contents = Pair::in_turn(
            TIMES,
            || run(&mut place.snapback(Role::Reader, &["contents"])),
            || run(&mut place.psql("counts", &counts)),
        );
        self.lines.push(Line::in_turn(
            "contents",
            &contents,
            "one UNION ALL of counts in psql",
            Some(1.2),
        ));

        let copy = statements::copy_out(self.opened);
        let archive = self.archive("the backup");
        let create = Pair::in_turn(
            TIMES,
            || {
                fs::remove_file(&archive).ok();
                run(&mut self.create("the backup"))
            },
            || run(&mut place.psql("copy", &copy)),
        );
        self.lines.push(Line::in_turn(
            "create",
            &create,
            "psql COPY to /dev/null",
            Some(1.05),
        ));
        self.peaks.push(("create", create.peak_bytes()));

        run(&mut place.psql("damage", &statements::damage(self.opened)));
        let preview = Pair::in_turn(
            TIMES,
            || run(&mut place.snapback(Role::Restorer, &["restore", &archive, "--dry-run"])),
            || run(&mut place.psql("copy", &copy)),
        );
        self.lines.push(Line::in_turn(
            "preview of 1 %",
            &preview,
            "psql COPY to /dev/null",
            Some(1.0),
        ));
        self.peaks.push(("preview", preview.peak_bytes()));

        run(&mut self.create("afterwards"));
        let afterwards = self.archive("afterwards");
        looking::between(place, [&archive, &afterwards], &mut self.lines);
        fs::remove_file(afterwards).unwrap();

        let export = export::as_json(place, self.opened).await;
        self.lines.push(Line::ratio(
            "create",
            create.ours(),
            "SELECT, JSON, gzip over 6 connections",
            export,
            None,
        ));
        let dump = run(place
            .program("pg_dump")
            .args(["-Fc", "-f"])
            .arg(place.folder().join("whole.dump")));
        self.lines.push(Line::ratio(
            "create",
            create.ours(),
            "pg_dump of all companies",
            dump.elapsed,
            None,
        ));
        self.size(Path::new(&archive));
    }

    /// The archive beside one zstd stream of the same text.
    fn size(&mut self, archive: &Path) {
        let unpacked = self.place.folder().join("unpacked");
        fs::create_dir(&unpacked).unwrap();
        run(Command::new("tar")
            .args(["--zstd", "-xf"])
            .arg(archive)
            .arg("-C")
            .arg(&unpacked));
        let stream = self.place.folder().join("stream.zst");
        run(Command::new("bash")
            .args(["-c", "cat \"$0\"/data/*.copy | zstd -q -3 -T1 -o \"$1\""])
            .arg(&unpacked)
            .arg(&stream));
        let text: u64 = fs::read_dir(unpacked.join("data"))
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        let (ours, theirs) = (
            fs::metadata(archive).unwrap().len(),
            fs::metadata(stream).unwrap().len(),
        );
        eprintln!("{:.0} MB of COPY text", megabytes(text));
        self.lines.push(Line {
            what: "archive",
            ours: format!("{:.1} MB", megabytes(ours)),
            against: "zstd -3 of the same text in one stream",
            theirs: format!("{:.1} MB", megabytes(theirs)),
            figure: ours as f64 / theirs as f64,
            unit: "×",
            limit: Some(1.06),
        });
        fs::remove_dir_all(unpacked).unwrap();
    }

    /// One row of a hundred differs and is put back.
    async fn restoring(&mut self) {
        eprintln!("Restore of 1 % …");
        let saved = self.place.folder().join("saved");
        fs::create_dir(&saved).unwrap();
        let damage = statements::damage(self.opened);
        let (mut granted, mut owner, mut waits) = (Pair::default(), Pair::default(), vec![]);
        // It was damaged for the preview.
        for round in 0..FEW_TIMES {
            if round == 0 {
                run(&mut self
                    .place
                    .psql("save", &statements::save(self.opened, &saved, |_| true)));
            } else {
                run(&mut self.place.psql("damage", &damage));
            }
            let reload = run(&mut self.place.psql(
                "reload",
                &statements::silently(
                    self.opened,
                    &(statements::delete(self.opened)
                        + &statements::load(self.opened, &saved, |_| true)),
                ),
            ));
            granted.theirs.push(reload);
            owner.theirs.push(reload);
            self.place.run("VACUUM ANALYZE").await;
            granted.ours.push(self.restore(Role::Restorer));
            // The first restore has made the schema; its owner's restores are to use the same.
            self.place.share_schema(Role::Owner).await;
            run(&mut self.place.psql("damage", &damage));
            owner.ours.push(self.restore(Role::Owner));
            run(&mut self.place.psql("damage", &damage));
            let writers = Writers::start(self.place);
            let archive = self.archive("the backup");
            let command = self
                .place
                .snapback(Role::Restorer, &["restore", &archive, "--yes"]);
            tokio::task::spawn_blocking(|| {
                let mut command = command;
                run(&mut command)
            })
            .await
            .unwrap();
            waits.push(writers.stop().await);
            self.keep();
        }
        for (what, pair, limit) in [
            ("restore of 1 %", &granted, 0.4),
            ("restore of 1 % as plain owner", &owner, 0.55),
        ] {
            self.lines.push(Line::in_turn(
                what,
                pair,
                "psql: delete and \\copy back, replica role",
                Some(limit),
            ));
        }
        let peak = granted.peak_bytes().max(owner.peak_bytes());
        self.peaks.push(("restore of 1 %", peak));
        let wait = *waits.iter().max().unwrap();
        self.lines.push(Line {
            what: "longest wait of another company's writers",
            ours: seconds(wait),
            against: "—",
            theirs: "—".to_owned(),
            figure: wait.as_secs_f64(),
            unit: "s",
            limit: Some(1.5),
        });
    }

    /// Everything is gone and comes back.
    async fn emptied(&mut self) {
        eprintln!("Restore into an emptied company …");
        let saved = self.place.folder().join("saved");
        let empty = statements::silently(self.opened, &statements::delete(self.opened));
        let load = statements::silently(
            self.opened,
            &statements::load(self.opened, &saved, |_| true),
        );
        let mut pair = Pair::default();
        for _ in 0..LOADED_TIMES {
            self.start_empty(&empty).await;
            pair.theirs.push(run(&mut self.place.psql("load", &load)));
            self.start_empty(&empty).await;
            pair.ours.push(self.restore(Role::Restorer));
        }
        self.lines.push(Line::in_turn(
            "restore into an emptied company",
            &pair,
            "psql: the same \\copy, replica role",
            Some(1.2),
        ));
        self.peaks
            .push(("restore of everything", pair.peak_bytes()));
    }

    /// Empties the company; what the server then writes down by itself does not fall into what is measured.
    async fn start_empty(&self, empty: &str) {
        run(&mut self.place.psql("empty", empty));
        self.place.run("VACUUM").await;
        self.place.run("CHECKPOINT").await;
    }

    fn memory(&mut self) {
        let rows = self.peaks.iter().map(|peak| (peak, MEMORY_LIMIT));
        let files = self.with_files.iter();
        let files = files.map(|peak| (peak, files::MEMORY_LIMIT));
        for ((what, peak), limit) in rows.chain(files) {
            self.lines.push(Line {
                what,
                ours: format!("{:.0} MB", megabytes(*peak)),
                against: "peak memory",
                theirs: "—".to_owned(),
                figure: megabytes(*peak),
                unit: "MB",
                limit: Some(limit),
            });
        }
    }

    fn archive(&self, name: &str) -> String {
        let path = self.place.folder().join(format!("{name}.snapback"));
        path.to_string_lossy().into_owned()
    }

    fn create(&self, name: &str) -> Command {
        self.place
            .snapback(Role::Reader, &["create", "--out", &self.archive(name)])
    }

    fn restore(&self, role: Role) -> Run {
        let archive = self.archive("the backup");
        let restored = run(&mut self.place.snapback(role, &["restore", &archive, "--yes"]));
        self.keep();
        restored
    }

    fn keep(&self) {
        run(self
            .place
            .snapback(Role::Restorer, &["keep"])
            .stdout(Stdio::null()));
    }
}
