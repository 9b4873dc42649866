//! Whether everybody can use what the window shows.

use std::path::Path;

use serde_json::Value;
use thirtyfour::prelude::*;

use super::app::App;
use super::pictures::THEMES;

const RUN: &str = "
    const [contrastAlone, done] = arguments;
    const runOnly = contrastAlone ? { runOnly: ['color-contrast'] } : {};
    axe.run(document, { resultTypes: ['violations'], ...runOnly }).then(
      (found) => done(found.violations),
      (failed) => done(String(failed)),
    );";

impl App<'_> {
    /// Asserts that axe-core finds nothing serious or critical, in either theme.
    pub(crate) async fn axe(&self) -> WebDriverResult<()> {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
        let script = std::fs::read_to_string(script).unwrap();
        self.driver.execute(script, vec![]).await?;
        for (number, theme) in THEMES.into_iter().enumerate() {
            self.turn(theme).await?;
            // Only the contrast differs from one theme to the other.
            let contrast_alone = (number > 0).into();
            let found = self.driver.execute_async(RUN, vec![contrast_alone]).await?;
            let Value::Array(violations) = found.json() else {
                panic!("axe-core does not run: {:?}", found.json());
            };
            let bad: Vec<String> = violations
                .iter()
                .filter(|one| matches!(one["impact"].as_str(), Some("serious" | "critical")))
                .map(told)
                .collect();
            if !bad.is_empty() {
                self.picture("axe").await?;
                panic!("axe-core, in the {theme} theme:\n{}", bad.join("\n"));
            }
        }
        self.turn("").await
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
