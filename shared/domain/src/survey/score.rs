//! Scores of counted answers, each with the interval in which what everybody would answer lies in 95 of 100 such surveys.
//!
//! Whoever answers counts as drawn at random from very many. Nothing here is infinite or no number, whatever the counts are: a sum
//! that is too large for its type is the largest one, and a count above 2^53 is rounded.

use std::f64::consts::FRAC_PI_2;

/// How sure an interval is.
const LEVEL: f64 = 0.95;

/// So many standard errors to either side are as sure as [`LEVEL`], where the error follows the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The scale on which people say whether they would recommend: from 0 to 10.
const RECOMMEND: usize = 11;

/// The highest answer of a detractor, and of a passive.
const DETRACTOR_MAX: usize = 6;
const PASSIVE_MAX: usize = 8;

/// What the adjusted interval adds to the promoters and as much to the detractors, and what to all answers.
const ADDED_TO_SIDE: f64 = 0.75;
const ADDED_TO_ALL: f64 = 3.0;

/// Up to so many degrees of freedom, Student's distribution is added up term by term.
const SERIES_MAX: u32 = 200;

/// The net promoter score: the percentage of promoters (9 and 10) less that of detractors (0 to 6).
///
/// The interval is the adjusted Wald interval, which adds three answers that nobody gave: 3/4 of a promoter, 3/4 of a detractor
/// and 1 1/2 passives. Therefore its middle lies nearer to 0 than the score, and it is wide for few answers even if all are alike.
/// Source: Brendan Rocks, "Interval Estimation for the Net Promoter Score", The American Statistician 70 (2016); Jim Lewis and
/// Jeff Sauro recommend it (measuringu.com/nps-confidence-intervals).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nps {
    /// So many answers.
    pub answers: u64,
    /// From -100, all detractors, to 100, all promoters.
    pub score: f64,
    /// The plain standard error of the score, in points: 0 when all are on one side, however few they are. The interval is not made
    /// from it.
    pub standard_error: f64,
    /// The lower end of the interval: at least -100, at most the score.
    pub low: f64,
    /// The upper end: at least the score, at most 100. The published interval of one single promoter ends at 98.5 and that of one
    /// detractor begins at -98.5; they are widened to the score.
    pub high: f64,
}

impl Nps {
    /// The score of so many answers for each place of the scale, from 0 to 10; `None` without any.
    pub fn of(counts: &[u64; RECOMMEND]) -> Option<Self> {
        let all = sum(counts);
        if all == 0 {
            return None;
        }
        let detractors = float(sum(&counts[..=DETRACTOR_MAX]));
        let promoters = float(sum(&counts[PASSIVE_MAX + 1..]));
        let (score, standard_error) = net(promoters, detractors, float(all));
        let (middle, error) =
            net(promoters + ADDED_TO_SIDE, detractors + ADDED_TO_SIDE, float(all) + ADDED_TO_ALL);
        let [low, high] = interval(middle, NORMAL * error, score, [-100.0, 100.0]);
        Some(Self { answers: saturated(all), score, standard_error, low, high })
    }
}

/// The part of the answers that hit: of the ratings that are 4 or 5 stars, or of those asked who answered.
///
/// The interval is that of Wilson, which is sensible for one answer and where none or all hit.
/// Source: Edwin Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American Statistical
/// Association 22 (1927).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// So many answers.
    pub answers: u64,
    /// From 0, none, to 1, all.
    pub value: f64,
    /// The lower end of the interval: at least 0, at most the value.
    pub low: f64,
    /// The upper end: at least the value, at most 1.
    pub high: f64,
}

impl Share {
    /// The share of `hits` among so many; `None` without any, or when there are more hits than answers.
    pub fn of(hits: u64, of: u64) -> Option<Self> {
        if of == 0 || hits > of {
            return None;
        }
        let (hit, missed, all) = (float(hits.into()), float((of - hits).into()), float(of.into()));
        let value = hit / all;
        let square = NORMAL * NORMAL;
        let shrunk = 1.0 + square / all;
        let middle = (value + square / (2.0 * all)) / shrunk;
        let spread = value * (missed / all) / all + square / (4.0 * all * all);
        let half = NORMAL * spread.sqrt() / shrunk;
        let [low, high] = interval(middle, half, value, [0.0, 1.0]);
        Some(Self { answers: of, value, low, high })
    }
}

/// The mean of answers on a scale of whole numbers from 1: stars from 1 to 5, effort from 1 to 7.
///
/// The interval is Student's for a mean. Where two or more answers are all alike, it is their value alone: for a few answers that
/// promises too much.
/// Source: Milton Abramowitz and Irene Stegun, "Handbook of Mathematical Functions" (1964), 26.7, for Student's distribution. Up to
/// 201 answers it is exact but for rounding, and then right to 11 digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// So many answers.
    pub answers: u64,
    /// From 1 to the highest of the scale.
    pub value: f64,
    /// The standard deviation of the answers, estimated with one degree of freedom less than there are; `None` for one answer.
    pub deviation: Option<f64>,
    /// The lower end of the interval: at least 1, at most the value. For one answer there is no interval, and this is 1.
    pub low: f64,
    /// The upper end: at least the value, at most the highest of the scale. For one answer it is the highest.
    pub high: f64,
}

impl Mean {
    /// The mean of so many answers for each place of the scale, whose first place is 1; `None` without any.
    pub fn of(counts: &[u64]) -> Option<Self> {
        let all = sum(counts);
        if all == 0 {
            return None;
        }
        let scale = [1.0, places(counts).map(|(place, _)| place).fold(1.0, f64::max)];
        let total: f64 = places(counts).map(|(place, count)| place * count).sum();
        let value = (total / float(all)).clamp(scale[0], scale[1]);
        let answers = saturated(all);
        if all == 1 {
            return Some(Self { answers, value, deviation: None, low: scale[0], high: scale[1] });
        }
        let squares: f64 =
            places(counts).map(|(place, count)| count * (place - value) * (place - value)).sum();
        let deviation = (squares / float(all - 1)).sqrt();
        let half = student(all - 1) * deviation / float(all).sqrt();
        let [low, high] = interval(value, half, value, scale);
        Some(Self { answers, value, deviation: Some(deviation), low, high })
    }
}

/// The net promoter score of so many, and its standard error.
fn net(promoters: f64, detractors: f64, all: f64) -> (f64, f64) {
    let (up, down) = (promoters / all, detractors / all);
    // The same as `up + down - (up - down)²`, without a difference of nearly equal numbers.
    let not_up = (all - promoters) / all;
    let not_down = (all - detractors) / all;
    let variance = up * not_up + down * not_down + 2.0 * up * down;
    (100.0 * ((promoters - detractors) / all), 100.0 * (variance / all).sqrt())
}

/// So much to either side of the middle, within the bounds, and never without the value.
fn interval(middle: f64, half: f64, value: f64, [lowest, highest]: [f64; 2]) -> [f64; 2] {
    let low = (middle - half).clamp(lowest, highest);
    let high = (middle + half).clamp(lowest, highest);
    [low.min(value), high.max(value)]
}

/// So many standard errors to either side are as sure as [`LEVEL`], where the error follows Student's distribution.
fn student(freedom: u128) -> f64 {
    match u32::try_from(freedom) {
        Ok(freedom) if freedom <= SERIES_MAX => student_by_series(freedom),
        Ok(_) | Err(_) => student_by_expansion(float(freedom)),
    }
}

/// Halves the range of angles until there is nothing between its ends.
fn student_by_series(freedom: u32) -> f64 {
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return f64::from(freedom).sqrt() * low.tan();
        }
        if student_within(middle, freedom) < LEVEL {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The chance that Student's t is within so much to either side of 0, which is given as an angle: its tangent is t by the root of the
/// degrees of freedom. Abramowitz and Stegun 26.7.3 and 26.7.4.
fn student_within(angle: f64, freedom: u32) -> f64 {
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    let (mut power, mut term) = if odd { (1, cosine) } else { (0, 1.0) };
    let mut series = 0.0;
    while power + 2 <= freedom {
        series += term;
        term *= f64::from(power + 1) / f64::from(power + 2) * cosine * cosine;
        power += 2;
    }
    if odd { (angle + sine * series) / FRAC_PI_2 } else { sine * series }
}

/// What is added to [`NORMAL`] shrinks with the degrees of freedom. Abramowitz and Stegun 26.7.5.
fn student_by_expansion(freedom: f64) -> f64 {
    let z = NORMAL;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
        (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1482.0 * z.powi(5)
            - 1920.0 * z.powi(3)
            - 945.0 * z)
            / 92_160.0,
    ];
    z + terms.iter().rev().fold(0.0, |rest, term| (rest + term) / freedom)
}

/// Each place of a scale from 1, and how many chose it.
fn places(counts: &[u64]) -> impl Iterator<Item = (f64, f64)> {
    (1..).zip(counts).map(|(place, count)| (float(place), float((*count).into())))
}

fn sum(counts: &[u64]) -> u128 {
    counts.iter().copied().map(u128::from).sum()
}

fn saturated(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn float(count: u128) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Fixture {
        nps: Vec<NpsSet>,
        shares: Vec<ShareSet>,
        means: Vec<MeanSet>,
        student: Vec<(u128, f64)>,
    }

    #[derive(Deserialize)]
    struct NpsSet {
        counts: [u64; RECOMMEND],
        score: f64,
        standard_error: f64,
        low: f64,
        high: f64,
    }

    #[derive(Deserialize)]
    struct ShareSet {
        hits: u64,
        of: u64,
        value: f64,
        low: f64,
        high: f64,
    }

    #[derive(Deserialize)]
    struct MeanSet {
        counts: Vec<u64>,
        value: f64,
        deviation: f64,
        low: f64,
        high: f64,
    }

    fn fixture() -> Fixture {
        serde_json::from_str(include_str!("../../fixtures/scores.json")).unwrap()
    }

    /// Equal in nine digits; what should be 0 may be as little as the rounding of the package.
    #[track_caller]
    fn assert_near(found: f64, wanted: f64) {
        let most = 1e-9 * wanted.abs() + 1e-15;
        assert!((found - wanted).abs() <= most, "{found} for {wanted}");
    }

    #[track_caller]
    fn assert_ordered(within: [f64; 2], [low, value, high]: [f64; 3]) {
        let [lowest, highest] = within;
        assert!(lowest <= low && low <= value && value <= high && high <= highest);
    }

    /// Counts of every size up to the largest; most random ones would be huge.
    fn sized(counts: &[u64], shift: u8) -> Vec<u64> {
        counts.iter().map(|count| count >> (shift % 64)).collect()
    }

    #[test]
    fn there_are_twenty_sets_of_all_kinds_and_sizes() {
        let sets = fixture();
        assert_eq!(sets.nps.len() + sets.shares.len() + sets.means.len(), 20);
        let sizes = [
            sets.nps.iter().map(|set| sum(&set.counts)).collect(),
            sets.shares.iter().map(|set| u128::from(set.of)).collect(),
            sets.means.iter().map(|set| sum(&set.counts)).collect::<Vec<_>>(),
        ];
        for sizes in sizes {
            assert!(*sizes.iter().min().unwrap() <= 2);
            assert_eq!(*sizes.iter().max().unwrap(), 100_000);
        }
    }

    #[test]
    fn promoter_scores_are_those_of_the_package() {
        for set in fixture().nps {
            let found = Nps::of(&set.counts).unwrap();
            assert_eq!(u128::from(found.answers), sum(&set.counts));
            assert_near(found.score, set.score);
            assert_near(found.standard_error, set.standard_error);
            assert_near(found.low, set.low);
            assert_near(found.high, set.high);
        }
    }

    #[test]
    fn shares_are_those_of_the_package() {
        for set in fixture().shares {
            let found = Share::of(set.hits, set.of).unwrap();
            assert_eq!(found.answers, set.of);
            assert_near(found.value, set.value);
            assert_near(found.low, set.low);
            assert_near(found.high, set.high);
        }
    }

    #[test]
    fn means_are_those_of_the_package() {
        for set in fixture().means {
            let found = Mean::of(&set.counts).unwrap();
            assert_eq!(u128::from(found.answers), sum(&set.counts));
            assert_near(found.value, set.value);
            assert_near(found.deviation.unwrap(), set.deviation);
            assert_near(found.low, set.low);
            assert_near(found.high, set.high);
        }
    }

    #[test]
    fn the_quantiles_of_student_are_right_to_eleven_digits() {
        for (freedom, wanted) in fixture().student {
            let found = student(freedom);
            assert!((found - wanted).abs() <= 1e-11 * wanted, "{found} for {wanted} at {freedom}");
        }
    }

    #[test]
    fn no_answers_have_no_score() {
        assert_eq!(Nps::of(&[0; RECOMMEND]), None);
        assert_eq!(Share::of(0, 0), None);
        assert_eq!(Mean::of(&[]), None);
        assert_eq!(Mean::of(&[0; 5]), None);
    }

    #[test]
    fn more_hits_than_answers_are_no_share() {
        assert_eq!(Share::of(1, 0), None);
        assert_eq!(Share::of(3, 2), None);
    }

    #[test]
    fn the_sides_begin_where_they_are_said_to() {
        let at = |place: usize| {
            let mut counts = [0; RECOMMEND];
            counts[place] = 1;
            Nps::of(&counts).unwrap().score
        };
        for (place, score) in
            [(0, -100.0), (6, -100.0), (7, 0.0), (8, 0.0), (9, 100.0), (10, 100.0)]
        {
            assert_eq!(at(place), score, "{place}");
        }
    }

    #[test]
    fn one_promoter_says_little() {
        let one = Nps::of(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]).unwrap();
        assert_eq!((one.score, one.standard_error, one.high), (100.0, 0.0, 100.0));
        assert!(one.low < -48.0, "{one:?}");
        let many = Nps::of(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000]).unwrap();
        assert!(many.low > 99.0 && many.low < 100.0, "{many:?}");
    }

    /// Else the documentation of the ends would be wrong: only one answer is widened.
    #[test]
    fn two_promoters_lie_within_the_published_interval() {
        let (middle, error) = net(2.0 + ADDED_TO_SIDE, ADDED_TO_SIDE, 2.0 + ADDED_TO_ALL);
        assert!(middle + NORMAL * error > 100.0);
        let (middle, error) = net(1.0 + ADDED_TO_SIDE, ADDED_TO_SIDE, 1.0 + ADDED_TO_ALL);
        assert_eq!(format!("{:.1}", middle + NORMAL * error), "98.5");
    }

    #[test]
    fn one_answer_of_a_share_says_little() {
        let one = Share::of(1, 1).unwrap();
        assert_eq!((one.value, one.high), (1.0, 1.0));
        assert!(one.low < 0.21, "{one:?}");
    }

    #[test]
    fn the_interval_of_one_answer_is_its_scale() {
        let one = Mean::of(&[0, 0, 0, 1, 0, 0, 0]).unwrap();
        let wanted = Mean { answers: 1, value: 4.0, deviation: None, low: 1.0, high: 7.0 };
        assert_eq!(one, wanted);
    }

    #[test]
    fn the_largest_counts_have_scores() {
        let nps = Nps::of(&[u64::MAX; RECOMMEND]).unwrap();
        assert_eq!(nps.answers, u64::MAX);
        assert_near(nps.score, -500.0 / 11.0);
        let share = Share::of(u64::MAX, u64::MAX).unwrap();
        assert_near(share.low, 1.0);
        let mean = Mean::of(&[u64::MAX; 7]).unwrap();
        assert_eq!((mean.answers, mean.value, mean.deviation), (u64::MAX, 4.0, Some(2.0)));
        assert_near(mean.high, 4.0);
    }

    #[test]
    fn a_promoter_score_lies_in_its_interval() {
        bolero::check!()
            .with_test_time(Duration::from_millis(300))
            .with_type::<([u64; RECOMMEND], u8)>()
            .for_each(|(counts, shift)| {
                let counts = sized(counts, *shift).try_into().unwrap();
                let Some(nps) = Nps::of(&counts) else { return assert_eq!(sum(&counts), 0) };
                assert_ordered([-100.0, 100.0], [nps.low, nps.score, nps.high]);
                assert!((0.0..=100.0).contains(&nps.standard_error));
            });
    }

    #[test]
    fn a_share_lies_in_its_interval() {
        bolero::check!()
            .with_test_time(Duration::from_millis(300))
            .with_type::<(u64, u64, u8)>()
            .for_each(|(hits, missed, shift)| {
                let counts = sized(&[*hits / 2, *missed / 2], *shift);
                let (hits, of) = (counts[0], counts[0] + counts[1]);
                let Some(share) = Share::of(hits, of) else { return assert_eq!(of, 0) };
                assert_ordered([0.0, 1.0], [share.low, share.value, share.high]);
            });
    }

    #[test]
    fn a_mean_lies_in_its_interval() {
        bolero::check!()
            .with_test_time(Duration::from_millis(300))
            .with_type::<(Vec<u64>, u8)>()
            .for_each(|(counts, shift)| {
                let counts = sized(counts, *shift);
                let Some(mean) = Mean::of(&counts) else { return assert_eq!(sum(&counts), 0) };
                let highest = counts.len() as f64;
                assert_ordered([1.0, highest], [mean.low, mean.value, mean.high]);
                assert_eq!(mean.deviation.is_none(), sum(&counts) == 1);
                // Two answers at the ends of the scale have the most, the distance by the root of 2.
                let most = (highest - 1.0) / 2.0_f64.sqrt() + 1e-9;
                assert!(mean.deviation.is_none_or(|deviation| (0.0..=most).contains(&deviation)));
            });
    }
}
