//! What left by mail.

use meridian::mail::carrier::Carrier;

use super::app::App;

impl App {
    /// Does what waits: sweeps once, sends every letter that is due.
    pub async fn drain(&self) {
        meridian::jobs::once(&self.db, &self.clock, &meridian::app::sweeps(&self.parts)).await;
        self.delivery.round().await.expect("a round of mail");
    }

    /// The letters to an address, oldest first, as they left.
    pub fn letters(&self, to: &str) -> Vec<String> {
        let Carrier::Memory(memory) = &self.delivery.carrier else {
            panic!("letters stay in memory here");
        };
        let marked = format!("<{to}>");
        let plain = format!("To: {to}");
        let all = memory.all().into_iter().map(|(_, letter)| letter);
        all.filter(|letter| letter.contains(&marked) || letter.contains(&plain))
            .collect()
    }

    /// The path of the one-time link in the newest letter to an address.
    pub fn link(&self, to: &str, prefix: &str) -> String {
        let letters = self.letters(to);
        let letter = letters.last().unwrap_or_else(|| panic!("no letter to {to}"));
        let start = letter.find(prefix).unwrap_or_else(|| panic!("no {prefix} in {letter}"));
        let token: String = letter[start + prefix.len()..]
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .collect();
        assert_eq!(token.len(), 32, "{letter}");
        format!("{prefix}{token}")
    }
}
