//! The door as API Gateway calls it: real request events, real tables, hooks signed as their senders sign them.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod domain_check;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod storage;
