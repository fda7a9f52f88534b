//! The tables against the embedded engine, made from the template that AWS is built from, and the loop over stream records. With
//! `CHAM_DYNAMODB` all of it against another DynamoDB.
//!
//! Each access pattern: the first time, the second time, two at once, the end of a page, a stored row that nobody can read,
//! what each failure of AWS becomes, and what it costs.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod attach;
#[cfg(test)]
mod brakes;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod chart;
#[cfg(test)]
mod customers;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod events;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod identities;
#[cfg(test)]
mod names;
#[cfg(test)]
mod notification_units;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod points;
#[cfg(test)]
mod points_races;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod rewards;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod standings;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod survey_results;
#[cfg(test)]
mod surveys;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod things;
#[cfg(test)]
mod unreachable;
#[cfg(test)]
mod waits;
