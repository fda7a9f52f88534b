//! Which of two customers stays when they turn out to be one person.

use crate::id::CustomerId;

/// The winner and the loser of a merge: the smaller id stays, so that all who see the same two agree. `None` when they are one
/// already.
pub fn winner<'a>(
    one: &'a CustomerId,
    other: &'a CustomerId,
) -> Option<(&'a CustomerId, &'a CustomerId)> {
    match one.cmp(other) {
        std::cmp::Ordering::Less => Some((one, other)),
        std::cmp::Ordering::Greater => Some((other, one)),
        std::cmp::Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_agree_on_the_winner() {
        let (a, b) = (CustomerId::of("t", "a"), CustomerId::of("t", "b"));
        assert_eq!(winner(&a, &b), winner(&b, &a));
        assert_eq!(winner(&a, &a), None);
    }
}
