//! What has to be true of the repository itself: its layers, and what its papers say of the code.

#[cfg(test)]
mod layers;
#[cfg(test)]
mod members;
#[cfg(test)]
mod papers;
