//! The ledger's door against the embedded engine, as API Gateway hands requests over by the template's own routes.

#[cfg(test)]
mod board;
#[cfg(test)]
mod description;
#[cfg(test)]
mod door;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod import;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod setup;
