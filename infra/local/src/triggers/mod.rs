//! What calls functions, in simulated time: the lanes of a stream and the schedules of the clock.
//!
//! Nothing here knows the real time, chance or a thread. Whoever drives it asks for the next instant, sets its clock to it,
//! takes what is ready and says what became of it; the same calls with the same seed give the same answers.

mod chance;
mod lanes;
mod schedules;

pub use self::{
    lanes::{Batch, LAG_S_MAX, LANES, Lanes, RETRY_DELAY_S},
    schedules::{Schedules, Tick},
};
