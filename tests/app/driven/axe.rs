//! Whether everybody can use what the window shows.

use std::path::Path;

use serde_json::Value;
use thirtyfour::prelude::*;

use super::app::App;
use super::pictures::THEMES;

/// Runs in both themes without waiting for either to be drawn: colours are computed, and those of a passing change are
/// neither theme's. Only the contrast differs from the first one to the second.
const RUN: &str = "
    const [themes, done] = arguments;
    const passing = (one) => one.effect?.getComputedTiming().endTime !== Infinity;
    const run = async () => {
      const found = [];
      for (const theme of themes) {
        document.documentElement.dataset.theme = theme;
        document.getAnimations().filter(passing).forEach((one) => one.finish());
        const runOnly = found.length > 0 ? { runOnly: ['color-contrast'] } : {};
        const { violations } = await axe.run(document, { resultTypes: ['violations'], ...runOnly });
        found.push(violations);
      }
      document.documentElement.dataset.theme = '';
      return found;
    };
    run().then(done, (failed) => done(String(failed)));";

impl App<'_> {
    /// Asserts that axe-core finds nothing serious or critical, in either theme.
    pub(crate) async fn axe(&self) -> WebDriverResult<()> {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
        let script = std::fs::read_to_string(script).unwrap();
        self.driver.execute(script, vec![]).await?;
        // A dialog that was just closed is still there.
        self.settle().await?;
        let found = self.driver.execute_async(RUN, vec![THEMES.into()]).await?;
        let Ok(found) = serde_json::from_value::<[Vec<Value>; 2]>(found.json().clone()) else {
            panic!("axe-core does not run: {:?}", found.json());
        };
        for (theme, violations) in THEMES.into_iter().zip(found) {
            let bad: Vec<String> = violations
                .iter()
                .filter(|one| matches!(one["impact"].as_str(), Some("serious" | "critical")))
                .map(told)
                .collect();
            if !bad.is_empty() {
                self.turn(theme).await?;
                self.picture("axe").await?;
                panic!("axe-core, in the {theme} theme:\n{}", bad.join("\n"));
            }
        }
        Ok(())
    }
}

/// A violation with the places where it was found.
fn told(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().unwrap();
    let places: String = nodes
        .iter()
        .map(|node| {
            format!(
                "\n  {}\n    {}",
                node["html"].as_str().unwrap_or_default(),
                node["failureSummary"]
                    .as_str()
                    .unwrap_or_default()
                    .replace('\n', "\n    ")
            )
        })
        .collect();
    format!("{}: {}{places}", violation["id"], violation["help"])
}
