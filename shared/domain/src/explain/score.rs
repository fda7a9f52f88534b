//! Scores of surveys in words: each beside the interval in which it lies in 95 of 100 such surveys.

use super::{Language, Words, words};
use crate::survey::{SAMPLE_MIN, Score};

const NPS: Words = words(
    "NPS {value} (từ {low} đến {high}), sai số chuẩn {error}, {answers} câu trả lời",
    "NPS {value} ({low} to {high}), standard error {error}, of {answers}",
);
const CSAT: Words = words(
    "{value} % hài lòng (từ {low} đến {high}), trung bình {mean}, {answers} câu trả lời",
    "{value} % content ({low} to {high}), mean {mean}, of {answers}",
);
const MEAN: Words = words(
    "trung bình {value} (từ {low} đến {high}), {answers} câu trả lời",
    "mean {value} ({low} to {high}), of {answers}",
);
const FEW: Words =
    words("{answers} câu trả lời, chưa đủ để tính điểm", "{answers} answers, too few for a score");

/// A score, or that there are too few answers for one: it would say more about them than about the business.
pub fn score(score: &Score, language: Language) -> String {
    let answers = score.answers();
    let (words, values) = if answers < SAMPLE_MIN {
        (FEW, Vec::new())
    } else {
        match score {
            Score::Nps(nps) => (
                NPS,
                vec![
                    ("value", whole(nps.score)),
                    ("low", whole(nps.low)),
                    ("high", whole(nps.high)),
                    ("error", format!("{:.1}", nps.standard_error)),
                ],
            ),
            Score::Csat(share, mean) => (
                CSAT,
                vec![
                    ("value", percent(share.value)),
                    ("low", percent(share.low)),
                    ("high", percent(share.high)),
                    ("mean", format!("{:.2}", mean.value)),
                ],
            ),
            Score::Ces(mean) => (
                MEAN,
                vec![
                    ("value", format!("{:.2}", mean.value)),
                    ("low", format!("{:.2}", mean.low)),
                    ("high", format!("{:.2}", mean.high)),
                ],
            ),
        }
    };
    let said = words.of(language).replace("{answers}", &answers.to_string());
    values.into_iter().fold(said, |said, (name, value)| {
        // A decimal point is a comma in Vietnamese.
        let value = if language == Language::Vi { value.replace('.', ",") } else { value };
        said.replace(&format!("{{{name}}}"), &value)
    })
}

fn whole(points: f64) -> String {
    format!("{points:.0}")
}

#[expect(clippy::float_arithmetic, reason = "a share is no money")]
fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}
