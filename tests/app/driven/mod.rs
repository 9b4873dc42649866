//! One running app with folders and a database of its own, and the hands that use it.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use snapback_demo::DemoServer;
use thirtyfour::prelude::*;
use tokio::runtime::Runtime;

/// How long anything on screen may take; the first start fills the demo database.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct App {
    driver: WebDriver,
    service: Child,
    home: tempfile::TempDir,
    pictures: PathBuf,
}

impl App {
    /// Starts the app, enters the demo and waits until a company is shown.
    pub(crate) async fn start() -> Self {
        assert!(
            std::env::var_os("DISPLAY").is_some(),
            "this test opens a window: run it with `make test`"
        );
        let home = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let service = service(home.path(), port);
        let driver = session(port).await;
        let pictures = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
        fs::create_dir_all(&pictures).unwrap();
        let app = Self {
            driver,
            service,
            home,
            pictures,
        };
        app.press("Try it on a demo company").await.unwrap();
        app.element(By::Css("nav li button[aria-current]"))
            .await
            .unwrap();
        app
    }

    /// Closes the app's window.
    pub(crate) async fn close(&self) {
        self.driver.clone().quit().await.ok();
    }

    /// Saves what the window shows now.
    pub(crate) async fn picture(&self, name: &str) -> WebDriverResult<()> {
        let png = self.driver.screenshot_as_png().await?;
        fs::write(self.pictures.join(format!("{name}.png")), png).unwrap();
        Ok(())
    }

    pub(crate) async fn press(&self, name: &str) -> WebDriverResult<()> {
        let path = format!(
            "//button[not(@disabled)][normalize-space(.)='{name}' or @aria-label='{name}']"
        );
        self.click(By::XPath(path)).await
    }

    /// Writes into the field of that label.
    pub(crate) async fn write(&self, label: &str, text: &str) -> WebDriverResult<()> {
        let path = format!("//label[span[normalize-space(.)='{label}']]/input");
        self.act(By::XPath(path), async |element| {
            element.send_keys(text).await
        })
        .await
    }

    /// Chooses the option that holds `text` in the list of that label.
    pub(crate) async fn choose(&self, label: &str, text: &str) -> WebDriverResult<()> {
        let list = format!(
            "//span[normalize-space(.)='{label}']/following-sibling::button[not(@disabled)]"
        );
        // WebKit gives no text for what may be cut off with dots, so the content is asked for.
        let shown = self
            .element(By::XPath(&list))
            .await?
            .prop("textContent")
            .await?;
        if shown.is_some_and(|shown| shown.contains(text)) {
            return Ok(());
        }
        self.click(By::XPath(list)).await?;
        let option = format!("//*[@role='option'][contains(., '{text}')]");
        self.click(By::XPath(option)).await
    }

    pub(crate) async fn text(&self, css: &str) -> WebDriverResult<String> {
        self.element(By::Css(css)).await?.text().await
    }

    pub(crate) async fn count(&self, css: &str) -> WebDriverResult<usize> {
        Ok(self.driver.find_all(By::Css(css)).await?.len())
    }

    /// Waits until some element of that kind holds `text`.
    pub(crate) async fn wait_for_text(&self, css: &str, text: &str) -> WebDriverResult<()> {
        let begun = Instant::now();
        loop {
            for element in self.driver.find_all(By::Css(css)).await? {
                // An element that was replaced meanwhile is looked for again.
                if element.text().await.is_ok_and(|found| found.contains(text)) {
                    return Ok(());
                }
            }
            if begun.elapsed() > PATIENCE {
                self.picture("missing").await?;
                let shown = self.text("body").await?;
                panic!("no {css} came to say {text:?}; the window says:\n{shown}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn click(&self, by: By) -> WebDriverResult<()> {
        self.act(by, async |element| element.click().await).await
    }

    /// Acts as soon as the element can take it: a list or a dialog that has just opened still moves.
    async fn act(
        &self,
        by: By,
        action: impl AsyncFn(WebElement) -> WebDriverResult<()>,
    ) -> WebDriverResult<()> {
        let begun = Instant::now();
        loop {
            match action(self.element(by.clone()).await?).await {
                Err(error) if is_passing(&error) && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                ended => return ended,
            }
        }
    }

    async fn element(&self, by: By) -> WebDriverResult<WebElement> {
        let found = self
            .driver
            .query(by.clone())
            .wait(PATIENCE, Duration::from_millis(50))
            .first()
            .await;
        if found.is_err() {
            self.picture("missing").await?;
            let shown = self.driver.find(By::Css("body")).await?.text().await?;
            panic!("there is no {by:?}; the window says:\n{shown}");
        }
        found
    }
}

fn is_passing(error: &WebDriverError) -> bool {
    use thirtyfour::error::WebDriverErrorInner as Inner;
    matches!(
        error.as_inner(),
        Inner::ElementClickIntercepted(_)
            | Inner::ElementNotInteractable(_)
            | Inner::StaleElementReference(_)
    )
}

impl Drop for App {
    /// Stops all that was started, also where the test failed.
    fn drop(&mut self) {
        let group = format!("-{}", self.service.id());
        Command::new("kill")
            .args(["-TERM", "--", &group])
            .status()
            .ok();
        self.service.wait().ok();
        let demo = self.home.path().join("data/snapback/demo");
        // The test's own runtime cannot be waited for from inside of it.
        let down = thread::spawn(move || {
            let binaries = snapback_host::postgres().unwrap();
            Runtime::new()
                .unwrap()
                .block_on(DemoServer::down(&binaries, &demo))
                .unwrap();
        });
        down.join().ok();
    }
}

/// WebKit's driver, whose app finds its folders in `home` and nothing of the person's.
fn service(home: &std::path::Path, port: u16) -> Child {
    let folder = |name: &str| {
        let folder = home.join(name);
        fs::create_dir(&folder).unwrap();
        folder
    };
    Command::new("WebKitWebDriver")
        .arg(format!("--port={port}"))
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("HOME", home)
        .env("XDG_DATA_HOME", folder("data"))
        .env("XDG_CONFIG_HOME", folder("config"))
        .env("XDG_CACHE_HOME", folder("cache"))
        .env("XDG_RUNTIME_DIR", folder("run"))
        .env("SNAPBACK_LIBRARY", home.join("library"))
        .env_remove("SNAPBACK_DATABASE_URL")
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("WebKitWebDriver is installed by `make test`")
}

async fn session(port: u16) -> WebDriver {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "WebKitWebDriver does not answer"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut capabilities = Capabilities::new();
    let options =
        serde_json::json!({ "binary": env!("CARGO_BIN_EXE_snapback-desktop"), "args": [] });
    capabilities
        .set("webkitgtk:browserOptions", options)
        .unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let session = WebDriver::new(url, capabilities);
    tokio::time::timeout(Duration::from_secs(60), session)
        .await
        .expect("the app starts")
        .unwrap()
}
