//! A browser without script before the pages of a survey, on the embedded engine.

#[cfg(test)]
mod answering;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod setup;
