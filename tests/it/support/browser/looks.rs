//! How a page looks: its size and colours, a picture of it, and what is wrong with it for people and for the browser.

use std::path::Path;

use serde_json::json;

use super::Browser;
use super::axe::{AXE, Violation};

impl Browser {
    /// Makes the page this large, in CSS pixels, whatever the least size of a window is.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Prefers dark or light colours from here on.
    pub async fn prefer_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        // Animations end at once, so that no picture and no contrast is taken half-way.
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// Writes a picture of the whole page, below the fold too, as PNG.
    pub async fn screenshot(&self, path: impl AsRef<Path>) {
        let script = "return [innerWidth, innerHeight, document.documentElement.scrollHeight];";
        let sizes: (u32, u32, u32) =
            serde_json::from_value(self.run(script, vec![]).await).expect("three numbers of pixels");
        let (width, height, whole) = sizes;
        self.resize(width, whole.max(height)).await;
        let picture = self.session.screenshot().await.expect("a picture");
        self.resize(width, height).await;
        std::fs::write(path, picture).expect("the picture can be written");
    }

    /// By how many CSS pixels the page is wider than the window: 0 when nothing scrolls sideways.
    pub async fn sideways(&self) -> i64 {
        let script = "const d = document.scrollingElement; return d.scrollWidth - d.clientWidth;";
        self.run(script, vec![]).await.as_i64().expect("a number of pixels")
    }

    /// What the console said since it was last asked, warnings and errors only: failed scripts, refused content,
    /// answers that did not come.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.session.console().await.expect("the console can be read");
        entries
            .iter()
            .filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")))
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Every rule of WCAG 2.0 to 2.2, levels A and AA, that the page breaks.
    ///
    /// # Panics
    /// Where pages may run no scripts: axe-core needs timers.
    pub async fn axe(&self) -> Vec<Violation> {
        assert!(self.settings.javascript, "axe-core runs only in a browser with scripts");
        self.session.execute(AXE, vec![]).await.expect("axe-core loads");
        let script = "const done = arguments[arguments.length - 1]; \
            const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']; \
            axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}) \
                .then(r => done(r.violations), e => done(String(e)));";
        let found = self.session.execute_async(script).await.expect("axe-core runs");
        let found = found.as_array().unwrap_or_else(|| panic!("axe-core failed: {found}"));
        found.iter().map(Violation::read).collect()
    }
}
