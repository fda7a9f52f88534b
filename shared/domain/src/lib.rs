//! What Cham decides, and nothing that it does: no async, no AWS, no clock, no environment, no chance.
//!
//! The modules in the order in which a hook meets them: proof ([`verify`]), reading ([`source`]), the [`event`] and its
//! [`subject`], whom it concerns ([`person`], [`thing`], [`consent`]), what follows ([`rule`]), and what becomes of a
//! message ([`notification`]) or of [`points`]. What is said about all of it to the people who run it stands in [`explain`].
#![warn(missing_docs)]
#![warn(clippy::cast_possible_truncation, clippy::float_arithmetic)]

pub mod channel;
pub mod consent;
pub mod custody;
pub mod event;
pub mod explain;
pub mod id;
pub mod intent;
pub mod moderation;
pub mod notification;
pub mod person;
pub mod phone;
pub mod points;
pub mod rule;
pub mod secret;
pub mod sentiment;
pub mod sheet;
pub mod source;
pub mod subject;
pub mod survey;
pub mod tenant;
pub mod text;
pub mod thing;
pub mod verify;
pub mod voucher;
