//! Responses that end, and what comes of them: on the embedded engine, by its own stream.

#[cfg(test)]
mod case;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod rating;
#[cfg(test)]
mod setup;
