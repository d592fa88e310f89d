//! Accessibility, as axe-core sees it.

use serde_json::Value;

use super::spaced;

/// axe-core, run inside each page; see `tests/vendor/axe-core`.
pub(super) const AXE: &str = include_str!("../../../vendor/axe-core/axe.min.js");

/// Something that axe found against WCAG, level A or AA.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The name of the rule, such as `image-alt`.
    pub rule: String,
    /// What the rule asks for.
    pub help: String,
    /// Each element that breaks it: selector, then what is wrong.
    pub elements: Vec<String>,
}

impl Violation {
    pub(super) fn read(found: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let nodes = found["nodes"].as_array().cloned().unwrap_or_default();
        Self {
            rule: text(&found["id"]),
            help: text(&found["help"]),
            elements: nodes
                .iter()
                .map(|node| format!("{}: {}", node["target"], spaced(&text(&node["failureSummary"]))))
                .collect(),
        }
    }
}
