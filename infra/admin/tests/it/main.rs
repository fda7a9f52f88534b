//! `cham` against the embedded engine with the template's tables: as functions, and once as the real binary over HTTP.

#[cfg(test)]
mod again;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod event;
#[cfg(test)]
mod hook;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod oa;
#[cfg(test)]
mod person;
#[cfg(test)]
mod points;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod survey;
#[cfg(test)]
mod tenant;
#[cfg(test)]
mod voucher;
