//! A person's computer: a home, a screen and a D-Bus session of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use snapback_demo::{App as DemoApp, Demo, ServerOptions, Spec};
use snapback_testkit::TestDatabase;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::app::App;
use super::process::Process;
use super::seat::Seat;

/// Names an installed app to be tested in place of the one that was just built.
const INSTALLED: &str = "SNAPBACK_TEST_APP";

/// A page is drawn as costs least where there is no graphics card: what stands in for one is slower than the processor
/// by itself, threads of its own take turns with the program, and no page lives long enough to win back what
/// WebKit's last two compilers cost.
const DRAWN_LIGHTLY: [(&str, &str); 3] = [
    ("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1"),
    ("LP_NUM_THREADS", "0"),
    ("JSC_useDFGJIT", "0"),
];

/// A session bus that starts nothing by itself: no keychain and no portal unless the test brings it.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// One computer. Everything that was started on it ends with it.
pub(crate) struct Computer {
    variables: Vec<(&'static str, String)>,
    _screen: Process,
    // Before the bus that it is on.
    keychain: Option<Process>,
    _bus: Process,
    home: TempDir,
    // Free again when everything else has ended.
    _seat: Seat,
}

impl Computer {
    /// A computer on which nothing was done yet.
    pub(crate) fn new() -> Self {
        let seat = Seat::take();
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = home.path().join(name);
            fs::create_dir(&folder).unwrap();
            folder.to_str().unwrap().to_owned()
        };
        let mut variables = vec![
            ("HOME", home.path().to_str().unwrap().to_owned()),
            ("XDG_DATA_HOME", folder("data")),
            ("XDG_CONFIG_HOME", folder("config")),
            ("XDG_CACHE_HOME", folder("cache")),
            ("XDG_RUNTIME_DIR", folder("run")),
            ("TMPDIR", folder("tmp")),
            // Nothing keeps what GTK remembers.
            ("GSETTINGS_BACKEND", "memory".to_owned()),
            // Programs for the blind are not there, and looking for them takes a while.
            ("NO_AT_BRIDGE", "1".to_owned()),
        ];
        variables.extend(DRAWN_LIGHTLY.map(|(name, value)| (name, value.to_owned())));
        let mut screen = Process::start(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "2560x1440x24",
            "-nolisten",
            "tcp",
        ]));
        variables.push(("DISPLAY", format!(":{}", screen.first_line())));
        let config = home.path().join("bus.conf");
        fs::write(&config, BUS.replace("FOLDER", &folder("bus"))).unwrap();
        let mut bus = Process::start(
            Command::new("dbus-daemon")
                .arg(format!("--config-file={}", config.display()))
                .args(["--nofork", "--print-address=1"]),
        );
        variables.push(("DBUS_SESSION_BUS_ADDRESS", bus.first_line()));
        Self {
            variables,
            _screen: screen,
            keychain: None,
            _bus: bus,
            home,
            _seat: seat,
        }
    }

    /// A computer on which the demo was tried before: it is loaded, but not running.
    pub(crate) async fn with_demo() -> Self {
        let computer = Self::new();
        snapback_testkit::place_demo(&computer.demo_folder()).await;
        computer
    }

    /// The same on which a page is drawn as on anybody's.
    pub(crate) fn drawing_as_usual(mut self) -> Self {
        let is_light = |name: &str| DRAWN_LIGHTLY.iter().any(|(light, _)| *light == name);
        self.variables.retain(|(name, _)| !is_light(name));
        self
    }

    /// A computer whose environment names that database.
    pub(crate) fn with_database(database: &TestDatabase) -> Self {
        Self::new().with("SNAPBACK_DATABASE_URL", database.url())
    }

    /// The same with a keychain, which is open.
    pub(crate) fn with_keychain(mut self) -> Self {
        let open =
            "printf password | gnome-keyring-daemon --unlock --components=secrets --foreground";
        self.keychain = Some(Process::start(self.command("sh").args(["-c", open])));
        self.wait_for_keychain();
        self
    }

    /// Ends the keychain and starts it again, locked: nobody is there who would unlock it.
    pub(crate) fn lock_keychain(&mut self) {
        self.keychain = None;
        let mut locked = self.command("gnome-keyring-daemon");
        locked.args(["--components=secrets", "--foreground"]);
        self.keychain = Some(Process::start(&mut locked));
        self.wait_for_keychain();
    }

    fn wait_for_keychain(&self) {
        let begun = Instant::now();
        let mut is_there = self.command("dbus-send");
        is_there.args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.DBus",
            "/",
        ]);
        is_there.args([
            "org.freedesktop.DBus.GetNameOwner",
            "string:org.freedesktop.secrets",
        ]);
        while !is_there.output().unwrap().status.success() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "no keychain came"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The same with a variable in the environment of every program.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.variables.push((name, value));
        self
    }

    /// The person's folder.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The folder of archives, where the person has not chosen another.
    pub(crate) fn library(&self) -> PathBuf {
        self.home().join("data/snapback/library")
    }

    /// The demo on this computer, whose server is started where it is not.
    pub(crate) async fn demo(&self) -> Demo {
        let (binaries, options) = (snapback_host::postgres().unwrap(), ServerOptions::default());
        Demo::up(
            &binaries,
            &self.demo_folder(),
            &options,
            DemoApp::Carbon,
            Spec::default(),
        )
        .await
        .unwrap()
    }

    /// Stops the demo's server, whoever works on it.
    pub(crate) async fn stop_demo(&self) {
        let binaries = snapback_host::postgres().unwrap();
        assert!(Demo::down(&binaries, &self.demo_folder()).await.unwrap());
    }

    /// The files of the demo's first company, as its storage keeps them: a folder of versions each.
    pub(crate) fn demo_files(&self) -> PathBuf {
        let company = snapback_testkit::COMPANIES[0].id;
        let buckets = snapback_demo::storage_folder(&self.demo_folder()).join("stub/stub");
        buckets.join("private").join(company)
    }

    fn demo_folder(&self) -> PathBuf {
        self.home().join("data/snapback/demo")
    }

    /// The app with a window, opened without anything.
    pub(crate) async fn start(&self) -> App<'_> {
        self.start_with(&[]).await
    }

    /// The app with a window, as it is started with those arguments.
    pub(crate) async fn start_with(&self, arguments: &[&str]) -> App<'_> {
        App::start(self, arguments).await
    }

    /// Starts the app once more while it runs; how that start ended.
    pub(crate) fn start_again(&self, arguments: &[&str]) -> ExitStatus {
        let mut second = self.command("timeout");
        second.arg("30").arg(program()).args(arguments);
        second.status().unwrap()
    }

    /// Takes a name on this computer's bus, until the connection is dropped.
    pub(crate) fn take_name(&self, name: &'static str) -> zbus::blocking::Connection {
        let bus = "DBUS_SESSION_BUS_ADDRESS";
        let (_, address) = self.variables.iter().find(|(it, _)| *it == bus).unwrap();
        let connection = zbus::blocking::connection::Builder::address(address.as_str()).unwrap();
        connection.name(name).unwrap().build().unwrap()
    }

    /// Whether the app runs on this computer.
    pub(super) fn is_app_running(&self) -> bool {
        let program = program().canonicalize().unwrap();
        let home = format!("HOME={}", self.home.path().display());
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes.map(|entry| entry.path()).any(|process| {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            fs::read_link(process.join("exe")).is_ok_and(|path| path == program)
                && environment
                    .split(|byte| *byte == 0)
                    .any(|variable| variable == home.as_bytes())
        })
    }

    /// A program that finds this computer's folders, screen and bus, and nothing of the desktop's.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            // Where PostgreSQL's programs lie is no choice of the person's.
            let ours = name.starts_with("SNAPBACK_") && name != "SNAPBACK_POSTGRES";
            if ours || name == "WAYLAND_DISPLAY" {
                command.env_remove(&*name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The app under test.
pub(crate) fn program() -> PathBuf {
    std::env::var_os(INSTALLED).map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_snapback-desktop")),
        PathBuf::from,
    )
}

impl Drop for Computer {
    /// Stops the demo that the app has left running.
    fn drop(&mut self) {
        let demo = self.demo_folder();
        if !demo.exists() {
            return;
        }
        // The test's own runtime cannot be waited for from inside of it.
        let down = thread::spawn(move || {
            Runtime::new()
                .unwrap()
                .block_on(snapback_testkit::stop_demo(&demo));
        });
        down.join().ok();
    }
}
