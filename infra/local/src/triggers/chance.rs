//! Numbers that look random and follow from a seed alone.
//!
//! Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014), the SplitMix64 step. Not for secrets.

/// A SplitMix64 generator.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `most`. The bias of a remainder does not matter for numbers this small.
    pub(super) fn up_to(&mut self, most: u32) -> u32 {
        u32::try_from(self.next() % (u64::from(most) + 1)).expect("the remainder fits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence_comes_out() {
        // The first outputs for seed 1234567, as in the reference implementation's test vectors.
        let mut chance = Chance::new(1_234_567);
        let drawn = [chance.next(), chance.next(), chance.next()];
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn every_number_up_to_the_bound_comes() {
        let mut chance = Chance::new(1);
        let mut seen = [0; 4];
        (0..100).for_each(|_| seen[chance.up_to(3) as usize] += 1);
        assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
    }
}
