//! The weights that labelled sentences have taught: a multinomial logistic regression.
//!
//! They stand in `weights.tsv`, which `tests/learn.rs` makes from `fixtures/sentiment` and the lexicon: a feature, then a weight for
//! each sentiment in hundredths.

use std::collections::HashMap;

use super::{Felt, Sentiment, features::Features};

/// The sentiments in their order.
pub(super) const NAMES: usize = Sentiment::ALL.len();

/// How much the stars say, in log-odds, when they are the fewest or the most: half as much as a clear sentence.
const STARS: f64 = 0.8;

pub(super) struct Weights {
    of: HashMap<&'static str, [f64; NAMES]>,
}

impl Weights {
    /// # Panics
    /// When the file is none of ours: it is compiled in, and a test reads it.
    pub(super) fn read(file: &'static str) -> Self {
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        let of = lines.map(|line| {
            let mut cells = line.split('\t');
            let feature = cells.next().expect("a line has a feature");
            let mut weights = [0.0; NAMES];
            for (weight, cell) in weights.iter_mut().zip(cells) {
                let hundredths: i32 = cell.parse().expect("a weight is a whole number");
                *weight = f64::from(hundredths) / 100.0;
            }
            (feature, weights)
        });
        Self { of: of.collect() }
    }

    /// How a text with these features sounds, beside so many of so many stars.
    pub(super) fn felt(&self, features: &Features, stars: Option<(u8, u8)>) -> Felt {
        let mut sums = [0.0; NAMES];
        for (feature, value) in features {
            if let Some(weights) = self.of.get(feature.as_str()) {
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * value);
            }
        }
        if let Some((given, of)) = stars.filter(|(_, of)| *of > 1) {
            // From -1 for the fewest to 1 for the most.
            let place = f64::from(given.clamp(1, of) - 1) / f64::from(of - 1) * 2.0 - 1.0;
            sums[0] -= STARS * place;
            sums[1] -= STARS * place.abs();
            sums[2] += STARS * place;
        }
        let chances = softmax(sums);
        let best = (0..NAMES).max_by(|a, b| chances[*a].total_cmp(&chances[*b])).unwrap_or(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a chance is 0 to 1"
        )]
        let confidence_percent = (chances[best] * 100.0).round() as u8;
        Felt { sentiment: Sentiment::ALL[best], confidence_percent }
    }
}

/// Sums to chances.
pub(super) fn softmax(sums: [f64; NAMES]) -> [f64; NAMES] {
    let most = sums.iter().copied().fold(f64::MIN, f64::max);
    let raised = sums.map(|sum| (sum - most).exp());
    let all: f64 = raised.iter().sum();
    raised.map(|one| one / all)
}
