//! How cases stand at the end of a day, in the words of an expected file.

use serde::{Deserialize, Serialize};

use super::{rows, text};
use crate::stack::{Stack, StackError};

/// One case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseStanding {
    /// What it is about: `DH0001`.
    pub about: String,
    /// What displeases.
    pub text: String,
    /// `open`, `taken` or `closed`.
    pub state: String,
    /// What was done; empty while nothing is.
    #[serde(default)]
    pub done: String,
}

/// Every case, by what it is about.
pub(super) fn standings(stack: &Stack) -> Result<Vec<CaseStanding>, StackError> {
    let mut all = Vec::new();
    for row in rows(stack, "SurveysTable")? {
        if !text(&row, "sk").starts_with("c#") {
            continue;
        }
        let case = &row["case"]["M"];
        all.push(CaseStanding {
            about: text(case, "about").to_owned(),
            text: text(case, "text").to_owned(),
            state: text(&row, "state").to_owned(),
            done: text(case, "done").to_owned(),
        });
    }
    all.sort();
    Ok(all)
}
