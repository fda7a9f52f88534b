//! What people do to a stage from a shell: the binary `cham`, and the same as functions, which the local stack calls.
//!
//! Each module is one group of commands. A function takes the time and whoever acts as arguments, and returns what is to be said;
//! only [`cli`] reads arguments, the environment and the clock, and prints. The whole of a command is repeatable: who is
//! interrupted calls it again.

pub mod again;
pub mod cli;
pub mod event;
pub mod files;
pub mod hook;
pub mod keys;
pub mod oa;
pub mod person;
pub mod points;
pub mod stage;
pub mod survey;
pub mod tenant;
pub mod test_send;
pub mod voucher;

use cloud::table::StoreError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked cannot be done as it stands: exit code 1, one line each.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
    /// The command was called wrongly, or a file or a setting cannot be read: exit code 2.
    #[error("{0}")]
    Misuse(String),
    /// The database: exit code 1.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure {
    /// One line that says why not.
    pub fn refused(line: impl Into<String>) -> Self {
        Self::Refused(vec![line.into()])
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::Store(_) => 1,
            Self::Misuse(_) => 2,
        }
    }
}
