//! Programmes that are read, refused and compared; what they earn, and where customers stand by them.

mod board;
mod check;
mod earn;
mod progress;
mod tier;

use jiff::Timestamp;

use super::*;

const DEMO: &str = include_str!("../../../../../../infra/local/demo/ca-phe-som/programme.yaml");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Noon of a day in Vietnam.
fn noon(day: &str) -> Timestamp {
    at(&format!("{day}T12:00:00+07:00"))
}

fn read(yaml: &str) -> Programme {
    Programme::read(yaml).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for n in (1..list.len()).rev() {
            list.swap(n, self.below(n + 1));
        }
    }
}
