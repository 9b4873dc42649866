//! Uploaded files: 5,000 of them with 2 GB, beside copying and pressing them with the system's own tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapback_demo::Role;
use snapback_testkit::S3Server;

use crate::clock::{Pair, Run, run};
use crate::place::Place;
use crate::table::{Line, megabytes};
use crate::{Bench, FEW_TIMES};

/// How many files there are.
const COUNT: u32 = 5_000;
/// Bytes of one.
const EACH: usize = 400_000;
/// What memory may be used with files.
pub(crate) const MEMORY_LIMIT: f64 = 128.0;
/// Where they lie in the company's part of the bucket.
const BELOW: &str = "bench";

impl Bench<'_> {
    /// A backup with files, and a restore after one of a hundred was written over.
    pub(crate) async fn files(&mut self) {
        eprintln!("Files: {COUNT} of {EACH} bytes …");
        let place = self.place;
        let folder = fill(place).await;
        let archive = self.archive("with files");
        let copy = place.folder().join("copied files");
        let pressed = place.folder().join("files.tar.zst");
        let without = run(&mut self.fresh("without files", &[]));
        let pair = Pair::in_turn(
            FEW_TIMES,
            || run(&mut self.fresh("with files", &["--files"])),
            || {
                fs::remove_dir_all(&copy).ok();
                let script =
                    "cp -r \"$0\" \"$1\" && tar -cf - -C \"$1\" . | zstd -q -f -3 -T0 -o \"$2\"";
                run(Command::new("bash")
                    .args(["-c", script])
                    .args([&folder, &copy, &pressed]))
            },
        );
        fs::remove_dir_all(&copy).ok();
        self.lines.push(Line::ratio(
            "files of a backup, 5,000 with 2 GB",
            pair.ours().saturating_sub(without.elapsed),
            "cp, then tar and zstd -3 -T0",
            pair.theirs(),
            Some(1.2),
        ));
        self.with_files
            .push(("create with files", pair.peak_bytes()));
        self.files_of_s3(without, &pressed).await;

        for number in (0..COUNT).step_by(100) {
            fs::write(folder.join(number.to_string()).join("v1"), "written over").unwrap();
        }
        let moved = moved_bytes(place, &archive);
        let all = u64::from(COUNT) * EACH as u64;
        self.lines.push(Line {
            what: "bytes that a restore of 1 % of the files moves",
            ours: format!("{:.1} MB", megabytes(moved)),
            against: "all of them",
            theirs: format!("{:.1} MB", megabytes(all)),
            figure: 100.0 * moved as f64 / all as f64,
            unit: "%",
            limit: Some(1.1),
        });
        let restore = ["restore", &archive, "--files", "--yes"];
        let restored = run(&mut storage(
            place,
            place.snapback(Role::Restorer, &restore),
        ));
        self.with_files
            .push(("restore with files", restored.peak_bytes));
        run(storage(place, place.snapback(Role::Restorer, &["keep"])).stdout(Stdio::null()));
        fs::remove_dir_all(&folder).unwrap();
    }

    /// The same files out of an S3 service, where the program is there that people copy them with.
    async fn files_of_s3(&mut self, without: Run, pressed: &Path) {
        if Command::new("rclone").arg("version").output().is_err() {
            eprintln!("rclone is not installed: nothing is copied from S3.");
            return;
        }
        eprintln!("The same from an S3 service …");
        let place = self.place;
        let server = S3Server::start(&[]).await;
        for bucket in children(&place.storage().join("stub/stub")) {
            lay_out(&bucket, &server.folder().join(bucket.file_name().unwrap()));
        }
        let keys = server.keys();
        let copy = place.folder().join("copied objects");
        // Without the slash rclone asks for an object of that name first, and this server calls a folder of
        // that name a failure, after which rclone waits and asks again for minutes.
        let bucket = format!(":s3:private/{}/", place.company());
        let pair = Pair::in_turn(
            FEW_TIMES,
            || {
                let mut create = self.fresh("with objects", &["--files"]);
                create.env("SNAPBACK_STORAGE", server.url());
                create.env("AWS_ACCESS_KEY_ID", &keys.access_key_id);
                run(create.env("AWS_SECRET_ACCESS_KEY", &keys.secret_access_key))
            },
            || {
                fs::remove_dir_all(&copy).ok();
                let script = "rclone copy \"$0\" \"$1\" && tar -cf - -C \"$1\" . | zstd -q -f -3 -T0 -o \"$2\"";
                run(Command::new("bash")
                    .args(["-c", script, &bucket])
                    .args([&copy, &pressed.to_path_buf()])
                    // A bundle meant for other clients stops this one.
                    .env_remove("AWS_CA_BUNDLE")
                    .env("RCLONE_CONFIG", "/dev/null")
                    .env("RCLONE_S3_PROVIDER", "Other")
                    .env("RCLONE_S3_ENDPOINT", server.endpoint())
                    .env("RCLONE_S3_ACCESS_KEY_ID", &keys.access_key_id)
                    .env("RCLONE_S3_SECRET_ACCESS_KEY", &keys.secret_access_key))
            },
        );
        fs::remove_dir_all(&copy).ok();
        self.lines.push(Line::ratio(
            "the same from S3",
            pair.ours().saturating_sub(without.elapsed),
            "rclone copy, then tar and zstd -3 -T0",
            pair.theirs(),
            Some(1.2),
        ));
        self.with_files
            .push(("create with files of S3", pair.peak_bytes()));
        fs::remove_file(self.archive("with objects")).unwrap();
    }

    /// A backup in place of the one of that name.
    fn fresh(&self, name: &str, options: &[&str]) -> Command {
        let archive = self.archive(name);
        fs::remove_file(&archive).ok();
        let arguments = [&["create", "--out", &archive], options].concat();
        storage(self.place, self.place.snapback(Role::Reader, &arguments))
    }
}

/// The command with the demo's storage, which it does not know as a server of its own.
fn storage(place: &Place, mut command: Command) -> Command {
    let url = format!("file://{}", place.storage().display());
    command.env("SNAPBACK_STORAGE", url);
    command
}

/// Puts the files there, each in a version that a row names; their folder. Half of each is text that becomes
/// smaller, the other half is not.
async fn fill(place: &Place) -> PathBuf {
    let company = place.company();
    let folder = place.storage().join("stub/stub/private");
    let folder = folder.join(company).join(BELOW);
    let mut noise = 11_u64;
    let text = b"#4711=CARTESIAN_POINT('',(12.5,0.,33.25));\n".repeat(EACH / 86 + 1);
    for number in 0..COUNT {
        let mut content = text.get(..EACH / 2).unwrap_or_default().to_vec();
        content.resize(EACH, 0);
        for bytes in content[EACH / 2..].chunks_mut(8) {
            // What does not become smaller, the same in each run.
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            bytes.copy_from_slice(&noise.to_le_bytes()[..bytes.len()]);
        }
        write(&folder.join(number.to_string()).join("v1"), &content);
    }
    place
        .run(&format!(
            "INSERT INTO storage.objects (bucket_id, name, version) SELECT 'private', '{company}/{BELOW}/' || n, 'v1' FROM generate_series(0, {}) AS n",
            COUNT - 1
        ))
        .await;
    folder
}

/// Copies what Supabase's folder holds as `<key>/<version>` to where an S3 service has `<key>`.
fn lay_out(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for child in children(from) {
        let target = to.join(child.file_name().unwrap());
        match children(&child).into_iter().find(|found| found.is_file()) {
            Some(version) => drop(fs::copy(version, target).unwrap()),
            None => lay_out(&child, &target),
        }
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap();
    found.map(|entry| entry.unwrap().path()).collect()
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// What a restore would move, by its own plan.
fn moved_bytes(place: &Place, archive: &str) -> u64 {
    let arguments = ["restore", archive, "--files", "--dry-run", "--json"];
    let mut command = storage(place, place.snapback(Role::Restorer, &arguments));
    let output = command.output().unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    plan["files"]["byte_count"].as_u64().unwrap()
}
