//! Scores the classifier on sentences that it has not learnt from. Prints counts and no sentence.

use crate::sentiment::{Sentiment, felt};

pub(super) const LEARN: &str = include_str!("../../../fixtures/sentiment/learn.tsv");
pub(super) const OPEN: &str = include_str!("../../../fixtures/sentiment/open.tsv");
/// What is wanted; no change may make it worse.
const FLOOR: usize = 800;

const HELD: &str = include_str!("../../../fixtures/sentiment/held.tsv");

/// The label and the sentence of each line.
pub(super) fn lines(file: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).map(|(label, text)| {
        let label = Sentiment::parse(label).expect("a label");
        (Sentiment::ALL.iter().position(|one| *one == label).unwrap(), text)
    })
}

/// Rows are labels, columns what was found.
pub(super) type Matrix = [[usize; 3]; 3];

pub(super) fn matrix(found: impl Iterator<Item = (usize, usize)>) -> Matrix {
    let mut matrix = Matrix::default();
    found.for_each(|(label, found)| matrix[label][found] += 1);
    matrix
}

/// The mean of the three F1, in thousandths.
pub(super) fn macro_f1(matrix: &Matrix) -> usize {
    let of = |one: usize| {
        let right = matrix[one][one];
        let labelled: usize = matrix[one].iter().sum();
        let found: usize = matrix.iter().map(|row| row[one]).sum();
        (2000 * right).checked_div(labelled + found).unwrap_or_default()
    };
    (of(0) + of(1) + of(2)) / 3
}

pub(super) fn print(name: &str, matrix: &Matrix) {
    println!("{name}: rows are labels, columns what was found");
    println!("{:10} {:>9} {:>9} {:>9}", "", "negative", "neutral", "positive");
    for (label, row) in Sentiment::ALL.iter().zip(matrix) {
        println!("{:10} {:9} {:9} {:9}", label.as_str(), row[0], row[1], row[2]);
    }
    println!("macro-F1 {} of 1000", macro_f1(matrix));
}

#[test]
fn held_sentences_are_told_apart() {
    let index = |sentiment| Sentiment::ALL.iter().position(|one| *one == sentiment).unwrap();
    let score = |file| {
        let found = lines(file)
            .map(|(label, text)| (label, felt(text, None).map_or(1, |felt| index(felt.sentiment))));
        matrix(found)
    };
    let held = score(HELD);
    print("held", &held);
    let sure = lines(HELD).filter(|(_, text)| felt(text, None).is_some_and(|felt| felt.is_sure()));
    let sure =
        matrix(sure.map(|(label, text)| (label, index(felt(text, None).unwrap().sentiment))));
    print("held, as far as it is sure", &sure);
    assert!(held.iter().flatten().sum::<usize>() >= 250);
    assert!(macro_f1(&held) >= FLOOR, "{}", macro_f1(&held));
}
