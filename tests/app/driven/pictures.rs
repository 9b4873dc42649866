//! Pictures of what the window shows, in both themes and in two sizes.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use thirtyfour::prelude::*;

use super::app::App;

/// The size that a window has.
const USUAL: (u32, u32) = (1280, 800);
/// The smallest that it may have.
const SMALLEST: (u32, u32) = (900, 600);
pub(super) const THEMES: [&str; 2] = ["light", "dark"];
/// Asks for pictures of every screen: they are for looking at, and nothing in a run of the tests does.
const WANTED: &str = "SNAPBACK_TEST_PICTURES";

/// Waits until the page is drawn and nothing in it moves; endless movements are left to go on.
const SETTLE: &str = "
    const done = arguments[arguments.length - 1];
    const passing = document.getAnimations().filter(
      (one) => one.effect?.getComputedTiming().endTime !== Infinity,
    );
    Promise.allSettled(passing.map((one) => one.finished)).then(() => {
      requestAnimationFrame(() => requestAnimationFrame(() => done(null)));
    });";

impl App<'_> {
    /// Saves what the window shows, in both themes and both sizes, and leaves it as it was; where pictures were not
    /// asked for, it does nothing.
    pub(crate) async fn pictures(&self, name: &str) -> WebDriverResult<()> {
        if std::env::var_os(WANTED).is_none() {
            return Ok(());
        }
        for (width, height) in [USUAL, SMALLEST] {
            self.resize((width, height)).await?;
            for theme in THEMES {
                self.turn(theme).await?;
                self.picture(&format!("{name}-{theme}-{width}x{height}"))
                    .await?;
            }
        }
        self.turn("").await?;
        self.at_usual().await
    }

    /// Saves what the window shows now.
    pub(crate) async fn picture(&self, name: &str) -> WebDriverResult<()> {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
        fs::create_dir_all(&folder).unwrap();
        let png = self.driver.screenshot_as_png().await?;
        fs::write(folder.join(format!("{name}.png")), png).unwrap();
        Ok(())
    }

    /// Makes the window as small as it may become.
    pub(crate) async fn at_smallest(&self) -> WebDriverResult<()> {
        self.resize(SMALLEST).await
    }

    /// Gives the window its usual size.
    pub(crate) async fn at_usual(&self) -> WebDriverResult<()> {
        self.resize(USUAL).await
    }

    /// Gives the page that size.
    async fn resize(&self, (width, height): (u32, u32)) -> WebDriverResult<()> {
        self.driver.set_window_rect(0, 0, width, height).await?;
        let begun = Instant::now();
        loop {
            let size = self
                .driver
                .execute("return [innerWidth, innerHeight]", vec![])
                .await?;
            let size = size.json();
            if size == &serde_json::json!([width, height]) {
                return self.settle().await;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "the window does not take the size {width}x{height}: {size}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Shows the page in that theme, as the setting does; an empty one is the person's own.
    pub(super) async fn turn(&self, theme: &str) -> WebDriverResult<()> {
        self.driver
            .execute(
                "document.documentElement.dataset.theme = arguments[0]",
                vec![theme.into()],
            )
            .await?;
        self.settle().await
    }

    /// Waits until the page is drawn and nothing in it moves.
    pub(super) async fn settle(&self) -> WebDriverResult<()> {
        self.driver.execute_async(SETTLE, vec![]).await.map(drop)
    }
}
