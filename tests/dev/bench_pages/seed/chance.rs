//! Chance that comes out the same for the same seed: Zipf, skewed numbers, picks.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Skills that somebody has on average.
pub const SKILLS: f64 = 12.0;
/// Skills that somebody has at most.
pub const MOST_SKILLS: usize = 40;

/// A source of chance.
pub struct Chance(StdRng);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// From 0 to below 1.
    pub fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// Whether a thing of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..high)
    }

    /// One of these.
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.0.random_range(0..of.len())]
    }

    /// A UUID v7 of an instant, in milliseconds.
    pub fn id(&mut self, millis: i64) -> uuid::Uuid {
        let random: [u8; 10] = self.0.random();
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or_default(), &random).into_uuid()
    }
}

/// Numbers from 0 with given weights.
#[derive(Debug, Clone)]
pub struct Weighted(Vec<f64>);

impl Weighted {
    /// The first with the first weight, and so on.
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        )
    }

    /// `number` ranks, each as likely as one over its place.
    pub fn zipf(number: u32) -> Self {
        Self::new((1..=number).map(|place| 1.0 / f64::from(place)))
    }

    /// How many skills somebody has: 0 to [`MOST_SKILLS`], most a few and some very many, [`SKILLS`] on average. Log-normal
    /// weights, whose middle is moved until the average is right.
    pub fn skills() -> Self {
        let most = u32::try_from(MOST_SKILLS).unwrap_or(u32::MAX);
        let weights = move |middle: f64| {
            (0..=most).map(move |number| {
                let off = (f64::from(number) + 1.0).ln() - middle;
                (-off * off / (2.0 * 0.7 * 0.7)).exp()
            })
        };
        let mean = |middle: f64| {
            let (weight, sum) = weights(middle)
                .zip(0..=most)
                .fold((0.0, 0.0), |(weight, sum), (of, number)| {
                    (weight + of, sum + of * f64::from(number))
                });
            sum / weight
        };
        let (mut low, mut high) = (0.0, 5.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if mean(middle) < SKILLS {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self::new(weights(low))
    }

    /// One number.
    pub fn draw(&self, chance: &mut Chance) -> usize {
        let all = self.0.last().copied().unwrap_or_default();
        let at = chance.share() * all;
        self.0
            .partition_point(|sum| *sum <= at)
            .min(self.0.len().saturating_sub(1))
    }

    /// Different numbers: `how_many`, or all there are.
    pub fn draw_different(&self, chance: &mut Chance, how_many: usize) -> Vec<usize> {
        let mut drawn = Vec::new();
        let mut tries = 0;
        while drawn.len() < how_many.min(self.0.len()) && tries < 10_000 {
            let number = self.draw(chance);
            if !drawn.contains(&number) {
                drawn.push(number);
            }
            tries += 1;
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_twelve_on_average_and_forty_at_most() {
        let mut chance = Chance::new(7);
        let skills = Weighted::skills();
        let numbers: Vec<usize> = (0..20_000).map(|_| skills.draw(&mut chance)).collect();
        let sum: usize = numbers.iter().sum();
        // The mean of 20,000 draws is off by less than a quarter of a skill in all but one of a million runs.
        assert!(sum.abs_diff(12 * 20_000) < 5_000, "{sum}");
        assert!(numbers.iter().all(|number| *number <= MOST_SKILLS));
        assert!(numbers.iter().any(|number| *number > 35) && numbers.iter().any(|number| *number < 3));
    }

    #[test]
    fn the_second_of_zipf_is_half_as_frequent_as_the_first() {
        let mut chance = Chance::new(7);
        let zipf = Weighted::zipf(200);
        let mut seen = [0_i64; 200];
        for _ in 0..60_000 {
            seen[zipf.draw(&mut chance)] += 1;
        }
        assert!((seen[0] - 2 * seen[1]).abs() < 600, "{} {}", seen[0], seen[1]);
        assert!((seen[0] - 10 * seen[9]).abs() < 2_500, "{} {}", seen[0], seen[9]);
        assert!(seen.iter().all(|number| *number > 0));
    }

    #[test]
    fn what_is_drawn_differs_and_the_same_seed_draws_the_same() {
        let zipf = Weighted::zipf(50);
        let drawn = zipf.draw_different(&mut Chance::new(3), 40);
        let mut once = drawn.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((drawn.len(), once.len()), (40, 40));
        assert_eq!(drawn, zipf.draw_different(&mut Chance::new(3), 40));
        assert_eq!(zipf.draw_different(&mut Chance::new(3), 90).len(), 50);
        assert_eq!(
            Chance::new(9).id(1_700_000_000_000),
            Chance::new(9).id(1_700_000_000_000)
        );
    }
}
