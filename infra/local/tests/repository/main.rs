//! What has to be true of the repository itself: its layers, what its papers say of the code, and what it costs.

#[cfg(test)]
mod cost;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod members;
#[cfg(test)]
mod papers;
