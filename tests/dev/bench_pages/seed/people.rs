//! Names, places and sentences, as untidy as those of a pool that came out of tables, mails and forms.

use super::chance::{Chance, Weighted};

const FIRST: &[&str] = &[
    "María",
    "José",
    "Juan",
    "Ana",
    "Luis",
    "Carlos",
    "Mariana",
    "Pedro",
    "Camila",
    "João",
    "Lucía",
    "Andrés",
    "Gabriel",
    "Valentina",
    "Diego",
    "Sofía",
    "Rafael",
    "Martín",
    "Fernanda",
    "Santiago",
    "Paula",
    "Bruno",
    "Daniela",
    "Thiago",
    "Laura",
    "Mateo",
    "Beatriz",
    "Marcos",
    "Isabel",
    "Nicolás",
    "Renata",
    "Felipe",
    "Iván",
    "Marcela",
    "Óscar",
    "Julia",
    "Íñigo",
    "Tomás",
    "Ximena",
    "Vitória",
    "Jean-Baptiste",
    "Zoë",
    "Anaïs",
    "Søren",
    "Łukasz",
    "Đorđe",
    "Ștefan",
    "Ayşe",
    "Дмитрий",
    "Олена",
    "Γεώργιος",
    "Ελένη",
    "محمد",
    "ליאור",
    "伟",
    "美咲",
    "지훈",
    "प्रिया",
    "Nguyễn",
    "O'Brien",
];

const LAST: &[&str] = &[
    "García",
    "Silva",
    "Rodríguez",
    "Santos",
    "Martínez",
    "Oliveira",
    "López",
    "Souza",
    "González",
    "Pereira",
    "Hernández",
    "Lima",
    "Pérez",
    "Costa",
    "Sánchez",
    "Ferreira",
    "Ramírez",
    "Almeida",
    "Torres",
    "Ribeiro",
    "Flores",
    "Carvalho",
    "Gómez",
    "Gomes",
    "Díaz",
    "Martins",
    "Vargas",
    "Araújo",
    "Castro",
    "Melo",
    "Rojas",
    "Barbosa",
    "Moreno",
    "Rocha",
    "Restrepo",
    "Quispe",
    "Mamani",
    "Etcheverry",
    "Weiß",
    "Müller",
    "Dvořák",
    "Kowalczyk",
    "Ивановъ",
    "Шевченко",
    "Παπαδόπουλος",
    "الحسن",
    "כהן",
    "王",
    "佐藤",
    "김",
    "शर्मा",
    "de la Vega y Fernández de Córdoba",
    "Van den Bergh",
];

const SYLLABLES: &[&str] = &[
    "ba", "ce", "chu", "da", "fer", "gua", "hu", "ji", "ka", "le", "lla", "mar", "men", "mo", "na", "ñe", "pi", "qui",
    "ra", "ro", "sa", "san", "ta", "tor", "va", "ver", "xi", "ya", "zu",
];

/// Country, city, zone.
const PLACES: &[(&str, &str, &str)] = &[
    ("Brazil", "São Paulo", "America/Sao_Paulo"),
    ("Argentina", "Buenos Aires", "America/Argentina/Buenos_Aires"),
    ("Colombia", "Bogotá", "America/Bogota"),
    ("Mexico", "Ciudad de México", "America/Mexico_City"),
    ("Brazil", "Recife", "America/Recife"),
    ("Chile", "Santiago", "America/Santiago"),
    ("Colombia", "Medellín", "America/Bogota"),
    ("Peru", "Lima", "America/Lima"),
    ("Uruguay", "Montevideo", "America/Montevideo"),
    ("Costa Rica", "San José", "America/Costa_Rica"),
    ("Mexico", "Monterrey", "America/Monterrey"),
    ("Ecuador", "Quito", "America/Guayaquil"),
    ("Paraguay", "Asunción", "America/Asuncion"),
    ("Bolivia", "La Paz", "America/La_Paz"),
    ("Mexico", "Tijuana", "America/Tijuana"),
    ("Guatemala", "Quetzaltenango", "America/Guatemala"),
    ("Panama", "Panamá", "America/Panama"),
    ("Portugal", "Lisboa", "Europe/Lisbon"),
];

const HEADLINES: &[&str] = &[
    "Cut p99 of a payments API from # to # ms",
    "Rust services on actix-web, # requests a second",
    "Back-end developer",
    "Moved # services from Java to Rust",
    "Led a team of # through a rewrite of the matching engine; before that embedded firmware, telemetry and a compiler for a \
     small language that # people used every day",
    "Senior engineer | Rust | Tokio | Kafka | # years",
    "marketplace search, # million documents",
    "Kept a ledger correct for # banks",
    "Author of # open-source crates",
];

/// The makers of names.
pub struct Names {
    first: Weighted,
    last: Weighted,
}

impl Names {
    /// Frequent names are very frequent.
    pub fn new() -> Self {
        let number = |of: &[&str]| u32::try_from(of.len()).unwrap_or(u32::MAX);
        Self {
            first: Weighted::zipf(number(FIRST)),
            last: Weighted::zipf(number(LAST)),
        }
    }

    /// A name; three in ten last names are rare ones, and some people have two.
    pub fn name(&self, chance: &mut Chance) -> String {
        let mut name = FIRST[self.first.draw(chance)].to_owned();
        if chance.happens(0.12) {
            name = format!("{name} {}", FIRST[self.first.draw(chance)]);
        }
        let names = if chance.happens(0.4) { 2 } else { 1 };
        for _ in 0..names {
            name.push(' ');
            name.push_str(&self.last_name(chance));
        }
        match chance.between(0, 40) {
            0 => name.to_uppercase(),
            1 => name.to_lowercase(),
            _ => name,
        }
    }

    fn last_name(&self, chance: &mut Chance) -> String {
        if chance.happens(0.7) {
            return LAST[self.last.draw(chance)].to_owned();
        }
        let syllables = chance.between(2, 5);
        let name: String = (0..syllables).map(|_| chance.pick(SYLLABLES)).collect();
        let mut letters = name.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    }
}

/// Where somebody is.
pub fn place(places: &Weighted, chance: &mut Chance) -> (&'static str, &'static str, &'static str) {
    PLACES[places.draw(chance)]
}

/// Big cities are more frequent.
pub fn places() -> Weighted {
    Weighted::zipf(u32::try_from(PLACES.len()).unwrap_or(u32::MAX))
}

/// A line of evidence.
pub fn headline(chance: &mut Chance) -> String {
    let mut line = String::new();
    for (at, part) in chance.pick(HEADLINES).split('#').enumerate() {
        if at > 0 {
            line.push_str(&chance.between(2, 400).to_string());
        }
        line.push_str(part);
    }
    line
}

/// An address nobody else has: of the name where it can be written so.
pub fn address(name: &str, number: usize) -> String {
    let local: String = name
        .to_lowercase()
        .chars()
        .map(|letter| if letter == ' ' { '.' } else { letter })
        .filter(|letter| letter.is_ascii_lowercase() || *letter == '.')
        .take(40)
        .collect();
    format!("{local}{number}@people.test")
}

/// The first three letters of a word of this name, as somebody types them who looks for the person; nothing for a name
/// without such a word.
pub fn three_letters(name: &str, chance: &mut Chance) -> Option<String> {
    let words: Vec<&str> = name.split(' ').filter(|word| word.chars().count() >= 3).collect();
    let word = (!words.is_empty()).then(|| chance.pick(&words))?;
    Some(word.chars().take(3).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_as_the_database_wants_them() {
        assert_eq!(address("Ana Lucía DE LA Vega", 12), "ana.luca.de.la.vega12@people.test");
        assert_eq!(address("王 伟", 7), ".7@people.test");
    }

    #[test]
    fn a_search_has_three_letters() {
        let mut chance = Chance::new(1);
        assert_eq!(three_letters("Zoë Li", &mut chance).as_deref(), Some("Zoë"));
        assert_eq!(three_letters("王 伟", &mut chance), None);
        let names = Names::new();
        for _ in 0..500 {
            let name = names.name(&mut chance);
            assert!(
                name.trim() == name && !name.is_empty() && name.chars().count() < 120,
                "{name}"
            );
            assert!(three_letters(&name, &mut chance).is_none_or(|letters| letters.chars().count() == 3));
        }
        assert!(!headline(&mut chance).contains('#'));
    }
}
