//! The app's window, and the hands that use it.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use thirtyfour::prelude::*;

use super::computer::{Computer, program};
use super::process::Process;

/// How long anything on screen may take; the first start of a demo fills its database.
const PATIENCE: Duration = Duration::from_secs(120);
const AGAIN: Duration = Duration::from_millis(50);

/// The app as it runs on one computer.
pub(crate) struct App<'c> {
    pub(super) driver: WebDriver,
    computer: &'c Computer,
    _service: Process,
}

impl<'c> App<'c> {
    pub(super) async fn start(computer: &'c Computer, arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let service = Process::start(
            computer
                .command("WebKitWebDriver")
                .arg(format!("--port={port}"))
                .env("TAURI_WEBVIEW_AUTOMATION", "true"),
        );
        let driver = session(port, arguments).await;
        Self {
            driver,
            computer,
            _service: service,
        }
    }

    /// Where it runs.
    pub(crate) fn computer(&self) -> &Computer {
        self.computer
    }

    /// Ends the app without asking it, and waits until it is gone: whoever starts it again would find the one
    /// that is just ending.
    pub(crate) async fn close(self) {
        self.driver.clone().quit().await.ok();
        let begun = Instant::now();
        while self.computer.is_app_running() && begun.elapsed() < PATIENCE {
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Presses the button of that name.
    pub(crate) async fn press(&self, name: &str) -> WebDriverResult<()> {
        let path = format!(
            "//button[not(@disabled)][normalize-space(.)='{name}' or @aria-label='{name}']"
        );
        self.click(By::XPath(path)).await
    }

    /// Makes a backup, and waits until the screen has told everything of it: what is pressed while the
    /// list grows is missed.
    pub(crate) async fn back_up(&self) -> WebDriverResult<()> {
        self.press("Create backup").await?;
        self.wait_for_text("[role=status]", "Backed up").await?;
        self.wait_for_text("table tbody tr:first-child", "Ready")
            .await?;
        self.wait_for_text("[aria-label='State of the backups']", "Last good backup")
            .await
    }

    /// Chooses that item of the menu that is open.
    pub(crate) async fn press_item(&self, name: &str) -> WebDriverResult<()> {
        let path = format!("//*[@role='menuitem'][span[normalize-space(.)='{name}']]");
        self.click(By::XPath(path)).await
    }

    /// Presses the label of a box or an option.
    pub(crate) async fn press_label(&self, name: &str) -> WebDriverResult<()> {
        self.click(By::XPath(format!("//label[normalize-space(.)='{name}']")))
            .await
    }

    /// Empties the field of that label.
    pub(crate) async fn clear(&self, label: &str) -> WebDriverResult<()> {
        let path = format!("//label[span[normalize-space(.)='{label}']]/input");
        self.act(By::XPath(path), async |element| element.clear().await)
            .await
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

    /// Presses a key, or several together, wherever the focus is.
    pub(crate) async fn key(&self, keys: impl Into<TypingData>) -> WebDriverResult<()> {
        self.driver.active_element().await?.send_keys(keys).await
    }

    /// The text of the first element of that kind.
    pub(crate) async fn text(&self, css: &str) -> WebDriverResult<String> {
        self.element(By::Css(css)).await?.text().await
    }

    /// What a script in the page returns.
    pub(crate) async fn execute(
        &self,
        script: &str,
        arguments: Vec<serde_json::Value>,
    ) -> WebDriverResult<serde_json::Value> {
        let answer = self.driver.execute(script, arguments).await?;
        Ok(answer.json().clone())
    }

    /// How many elements of that kind there are.
    pub(crate) async fn count(&self, css: &str) -> WebDriverResult<usize> {
        Ok(self.driver.find_all(By::Css(css)).await?.len())
    }

    /// What a piece of script returns.
    pub(crate) async fn ask(&self, script: &str) -> WebDriverResult<serde_json::Value> {
        self.execute(script, Vec::new()).await
    }

    /// Waits until some element of that kind holds `text`.
    pub(crate) async fn wait_for_text(&self, css: &str, text: &str) -> WebDriverResult<()> {
        let begun = Instant::now();
        loop {
            for element in self.driver.find_all(By::Css(css)).await? {
                // An element that was replaced meanwhile is looked for again. WebKit gives no text for
                // what may be cut off with dots, so the content of what is shown is asked for as well.
                let said = element.text().await.unwrap_or_default();
                let content = element.prop("textContent").await.ok().flatten();
                let is_shown = element.is_displayed().await.unwrap_or_default();
                if said.contains(text)
                    || (is_shown && content.is_some_and(|content| content.contains(text)))
                {
                    return Ok(());
                }
            }
            if begun.elapsed() > PATIENCE {
                self.picture("missing").await?;
                let shown = self.text("body").await?;
                panic!("no {css} came to say {text:?}; the window says:\n{shown}");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Waits until no element of that kind is left.
    pub(crate) async fn wait_for_none(&self, css: &str) -> WebDriverResult<()> {
        let begun = Instant::now();
        while self.count(css).await? > 0 {
            if begun.elapsed() > PATIENCE {
                self.picture("left").await?;
                panic!("some {css} is still there");
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    }

    /// Clicks the first element of that kind.
    pub(crate) async fn click(&self, by: By) -> WebDriverResult<()> {
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
                    tokio::time::sleep(AGAIN).await;
                }
                ended => return ended,
            }
        }
    }

    /// The first element of that kind, waited for.
    pub(crate) async fn element(&self, by: By) -> WebDriverResult<WebElement> {
        let found = self
            .driver
            .query(by.clone())
            .wait(PATIENCE, AGAIN)
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

impl Drop for App<'_> {
    /// The app ends with its service; a driver that is dropped would wait for an answer to its own
    /// farewell, which nobody gives.
    fn drop(&mut self) {
        self.driver.clone().leak().ok();
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

async fn session(port: u16, arguments: &[&str]) -> WebDriver {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "WebKitWebDriver does not answer"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut capabilities = Capabilities::new();
    let options = serde_json::json!({ "binary": program(), "args": arguments });
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
