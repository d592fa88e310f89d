//! Filling in a form as a person does.

use serde_json::json;

use super::webdriver::{Element, Failure, Locator};
use super::{Browser, quoted};

impl Browser {
    /// The value of a form field, found as [`Browser::fill`] finds it.
    pub async fn value(&self, field: &str) -> String {
        let element = self.field(field).await;
        element.value().await.expect("the field is still there")
    }

    /// Fills in a field, found by its `name`, its label or its `aria-label`. Text replaces what is there; a choice is
    /// taken by its label or value; a box is ticked by `on` and cleared by `off`; a file is given by its path.
    pub async fn fill(&self, field: &str, value: &str) {
        let element = self.field(field).await;
        let tag = element.tag().await.expect("the field is still there");
        let kind = element
            .attribute("type")
            .await
            .expect("the field is still there")
            .unwrap_or_default();
        let done = match (tag.as_str(), kind.as_str()) {
            ("select", _) => choose(&element, value).await,
            (_, "checkbox") => tick(&element, value == "on").await,
            (_, "radio") => self.pick(&element, field, value).await,
            (_, "file") => element.send_keys(value).await,
            // What is typed into these depends on the browser's language; their value does not.
            (_, "date" | "time" | "datetime-local" | "month" | "week" | "color" | "range") => {
                self.put(&element, value).await
            }
            _ => replace(&element, value).await,
        };
        done.unwrap_or_else(|e| panic!("{field:?} does not take {value:?}: {e}"));
    }

    /// Ticks a box.
    pub async fn tick(&self, field: &str) {
        self.fill(field, "on").await;
    }

    async fn field(&self, field: &str) -> Element<'_> {
        let q = quoted(field);
        let path = format!(
            "//*[self::input or self::select or self::textarea][not(@type='hidden')]\
             [@name={q} or @aria-label={q} or @id=//label[normalize-space(.)={q} or normalize-space(text()[1])={q}]/@for \
             or ancestor::label[normalize-space(.)={q} or normalize-space(text()[1])={q}]]"
        );
        self.find(Locator::XPath(&path), field).await
    }

    /// Picks the one of a group of radio buttons that has this value or label.
    async fn pick(&self, one: &Element<'_>, field: &str, value: &str) -> Result<(), Failure> {
        let name = one.attribute("name").await?.unwrap_or_else(|| field.to_owned());
        let (n, v) = (quoted(&name), quoted(value));
        let path = format!(
            "//input[@type='radio'][@name={n}][@value={v} or @id=//label[normalize-space(.)={v}]/@for \
             or ancestor::label[normalize-space(.)={v}]]"
        );
        self.find(Locator::XPath(&path), value).await.click().await
    }

    async fn put(&self, element: &Element<'_>, value: &str) -> Result<(), Failure> {
        let script = "const [e, v] = arguments; e.value = v; \
            for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind, {bubbles: true})); return e.value;";
        let arguments = vec![element.reference(), json!(value)];
        let put = self.session.execute(script, arguments).await?;
        assert_eq!(put, json!(value), "the browser does not take this value");
        Ok(())
    }
}

async fn choose(select: &Element<'_>, value: &str) -> Result<(), Failure> {
    let value = quoted(value);
    let option = match select.find(Locator::XPath(&format!(".//option[.={value}]"))).await {
        Err(Failure::Passing(_)) => {
            select
                .find(Locator::XPath(&format!(".//option[@value={value}]")))
                .await?
        }
        found => found?,
    };
    option.click().await
}

async fn tick(element: &Element<'_>, on: bool) -> Result<(), Failure> {
    if element.is_selected().await? == on {
        Ok(())
    } else {
        element.click().await
    }
}

async fn replace(element: &Element<'_>, value: &str) -> Result<(), Failure> {
    element.clear().await?;
    element.send_keys(value).await
}
