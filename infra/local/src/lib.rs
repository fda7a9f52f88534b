//! Everything in one process: the template's tables, functions, routes and triggers, without AWS.

pub mod cli;
pub mod database;
pub mod demo;
pub mod deployed;
pub mod http;
pub mod page;
pub mod replay;
pub mod serve;
pub mod stack;
pub mod template;
pub mod triggers;
