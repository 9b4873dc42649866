//! The system's own timer, which runs what is due while nobody is there: systemd's, for this person.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::tz::TimeZone;
use snapback_engine::{Code, Error, Result};

const SERVICE: &str = "snapback-run-due.service";
const TIMER: &str = "snapback-run-due.timer";

/// Our timer, as it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// The unit files that were written or taken away.
    pub files: Vec<PathBuf>,
    /// Whether the system runs it.
    pub is_active: bool,
    /// What a person is to call, where it does not.
    pub commands: Vec<String>,
}

/// Whether the system runs what is due; `None` where there is no systemd to ask.
#[must_use]
pub fn state() -> Option<bool> {
    let asked = systemctl(&["is-active", "--quiet", TIMER]).ok()?;
    // 0: it is; 3: it is not. Anything else is no answer of a running systemd.
    match asked {
        0 => Some(true),
        3 | 4 => Some(false),
        _ => None,
    }
}

/// The name of this computer's time zone; UTC where it has none.
#[must_use]
pub fn zone() -> String {
    let here = TimeZone::system();
    here.iana_name().unwrap_or("UTC").to_owned()
}

/// The command line, which lies beside the app.
fn command_line() -> Result<PathBuf> {
    let here = std::env::current_exe()
        .map_err(|error| Error::local_file("this program", Path::new("snapback"), &error))?;
    let program = here.with_file_name(format!("snapback{}", std::env::consts::EXE_SUFFIX));
    match program.is_file() {
        true => Ok(program),
        false => Err(Error::new(
            Code::Usage,
            "The command snapback, which a timer calls, does not lie beside this program.",
        )
        .with("path", program.display())
        .hint("Install it, or let a timer of yours call snapback run-due.")),
    }
}

/// Writes the units and starts the timer: every quarter of an hour, and soon after a start of the computer
/// where one was missed.
///
/// # Errors
/// `local_file` where they cannot be written; `usage` on systems without such folders.
pub fn install(library: &Path) -> Result<Timer> {
    let folder = unit_folder()?;
    let program = command_line()?;
    let service = format!(
        "[Unit]\nDescription=Snapback: backups that are due\n\n[Service]\nType=oneshot\n\
         # Its own lines, such as SNAPBACK_DATABASE_URL=..., readable by you alone.\n\
         EnvironmentFile=-%E/snapback/run-due.env\n\
         ExecStart={} --library {} run-due\n\
         # Problems were listed: that is no failure of the unit.\nSuccessExitStatus=3\n",
        quoted(&program)?,
        quoted(library)?,
    );
    let timer = "[Unit]\nDescription=Snapback: looks every quarter of an hour whether backups are due\n\n\
                 [Timer]\nOnCalendar=*:0/15\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n";
    fs::create_dir_all(&folder)
        .map_err(|error| Error::local_file("the folder of units", &folder, &error))?;
    let mut files = Vec::new();
    for (name, text) in [(SERVICE, service.as_str()), (TIMER, timer)] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| Error::local_file("a unit", &path, &error))?;
        files.push(path);
    }
    let calls: [&[&str]; 2] = [&["daemon-reload"], &["enable", "--now", TIMER]];
    let is_active = calls.iter().all(|call| systemctl(call) == Ok(0));
    Ok(Timer {
        files,
        is_active,
        commands: calls
            .map(|call| format!("systemctl --user {}", call.join(" ")))
            .to_vec(),
    })
}

/// Stops the timer and takes the units away; where there are none, nothing happens.
///
/// # Errors
/// `local_file`; `usage` on systems without such folders.
pub fn uninstall() -> Result<Timer> {
    let folder = unit_folder()?;
    let paths = [TIMER, SERVICE].map(|name| folder.join(name));
    let files: Vec<PathBuf> = paths.into_iter().filter(|path| path.is_file()).collect();
    if !files.is_empty() {
        // Where there is no systemd, nothing runs either.
        systemctl(&["disable", "--now", TIMER]).ok();
    }
    for path in &files {
        fs::remove_file(path).map_err(|error| Error::local_file("a unit", path, &error))?;
    }
    systemctl(&["daemon-reload"]).ok();
    Ok(Timer {
        files,
        is_active: false,
        commands: Vec::new(),
    })
}

/// Runs what is due once, as the timer does, and waits for its end. It goes on where this program ends before.
///
/// # Errors
/// `usage` where the command line does not lie beside this program; `local_file` where it cannot be started.
pub async fn run_due(library: &Path) -> Result<()> {
    let program = command_line()?;
    let mut run = tokio::process::Command::new(&program);
    run.arg("--library").arg(library).arg("run-due");
    let quietly = run
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let ended = quietly
        .status()
        .await
        .map_err(|error| Error::local_file("the command snapback", &program, &error))?;
    tracing::info!(code = ended.code(), "what was due has run");
    Ok(())
}

fn unit_folder() -> Result<PathBuf> {
    let folder = dirs::config_dir().filter(|_| cfg!(target_os = "linux"));
    let folder = folder.ok_or_else(|| {
        Error::new(Code::Usage, "This system has no timers of systemd.")
            .hint("Let its own scheduler call `snapback run-due` every quarter of an hour.")
    })?;
    Ok(folder.join("systemd").join("user"))
}

/// A path as one word of a unit's command line.
fn quoted(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|text| !text.contains('\n'));
    let text = text.ok_or_else(|| {
        Error::new(
            Code::Usage,
            "A path with such letters cannot stand in a unit.",
        )
    })?;
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('%', "%%")
        .replace('$', "$$");
    Ok(format!("\"{escaped}\""))
}

/// The exit code of `systemctl --user`.
fn systemctl(arguments: &[&str]) -> std::result::Result<i32, ()> {
    let status = Command::new("systemctl")
        .arg("--user")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.ok().and_then(|status| status.code()).ok_or(())
}
