//! The tree that counts the members of a board: a score, less one, has five digits in base 100, and a node holds how many members
//! each of its hundred children has.
//!
//! The base: 100^5 is just [`super::POINTS_MAX`], and a node with a hundred counts of ten million each stays below 1 KB, one
//! write unit. A larger one would need fewer reads and two units for each write.

use std::{collections::BTreeMap, fmt};

use super::{POINTS_MAX, Score};

/// Children of a node.
pub const FANOUT: u64 = 100;

/// Nodes of a path.
pub const LEVELS: usize = 5;

/// Most nodes that one change touches: those of two paths, which share the root.
pub const DELTAS_MAX: usize = 2 * LEVELS - 1;

const _: () = assert!(FANOUT.pow(5) == POINTS_MAX);

/// The way from the root to a score: one child for each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path([u8; LEVELS]);

/// A node: the children that lead to it. Prints as a part of its key: `r`, `r00`, `r0012` ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    level: usize,
    digits: [u8; LEVELS],
}

/// How the counts of one node change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Which node.
    pub node: Node,
    /// The child that has one member fewer.
    pub less: Option<u8>,
    /// The child that has one member more.
    pub more: Option<u8>,
}

/// How many members the children of a node have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<u8, u64>);

/// Where a score stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    /// One more than there are members with a higher score.
    pub rank: u64,
    /// How many members have this very score.
    pub tied: u64,
    /// How many members the board has.
    pub of: u64,
}

impl Path {
    /// The path of a score.
    pub fn of(score: Score) -> Self {
        let mut left = score.0 - 1;
        let mut digits = [0; LEVELS];
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(left % FANOUT).unwrap_or_default();
            left /= FANOUT;
        }
        Self(digits)
    }

    /// Its nodes, the root first.
    pub fn nodes(self) -> [Node; LEVELS] {
        std::array::from_fn(|level| self.node(level))
    }

    fn node(self, level: usize) -> Node {
        let mut digits = self.0;
        digits[level..].fill(0);
        Node { level, digits }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("r")?;
        self.digits[..self.level].iter().try_for_each(|digit| write!(f, "{digit:02}"))
    }
}

impl Counts {
    /// Takes in the count of a child, beside what is there: a node may be kept in parts.
    pub fn add(&mut self, child: u8, members: u64) {
        let count = self.0.entry(child).or_default();
        *count = count.saturating_add(members);
    }

    /// The members of one child.
    pub fn of(&self, child: u8) -> u64 {
        self.0.get(&child).copied().unwrap_or_default()
    }

    /// The members of all children.
    pub fn sum(&self) -> u64 {
        self.0.values().sum()
    }

    /// The members of the children with higher scores.
    fn above(&self, child: u8) -> u64 {
        self.0.range(child..).filter(|(other, _)| **other != child).map(|(_, count)| count).sum()
    }
}

/// The nodes that change when a member's score does; `None` where the member is not on the board.
pub fn deltas(old: Option<Score>, new: Option<Score>) -> Vec<Delta> {
    let [old, new] = [old, new].map(|score| score.map(Path::of));
    let mut deltas = Vec::with_capacity(DELTAS_MAX);
    for level in 0..LEVELS {
        let at = |path: Option<Path>| path.map(|path| (path.node(level), path.0[level]));
        match (at(old), at(new)) {
            (Some(less), Some(more)) if less == more => {}
            (Some((node, less)), Some((other, more))) if node == other => {
                deltas.push(Delta { node, less: Some(less), more: Some(more) });
            }
            (less, more) => {
                let less = less.map(|(node, less)| Delta { node, less: Some(less), more: None });
                let more = more.map(|(node, more)| Delta { node, less: None, more: Some(more) });
                deltas.extend(less.into_iter().chain(more));
            }
        }
    }
    deltas
}

/// The rank of a score from the nodes of its path, the root first.
pub fn rank_from(nodes: &[Counts; LEVELS], score: Score) -> Rank {
    let digits = Path::of(score).0;
    let above: u64 = nodes.iter().zip(digits).map(|(counts, digit)| counts.above(digit)).sum();
    let [root, .., leaf] = nodes;
    Rank { rank: above + 1, tied: leaf.of(digits[LEVELS - 1]), of: root.sum() }
}
