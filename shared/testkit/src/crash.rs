//! The death of a process, told to whoever can bury it.
//!
//! A fault that kills its caller cannot end the caller's future; it leaves the call unanswered and fires this handle. The runner
//! waits for the handler and for [`Crash::wait`] at once, and drops the handler's future when the crash comes first.

use std::sync::Arc;

use tokio::sync::watch;

/// A shared handle: clones speak of the same process.
#[derive(Clone, Debug)]
pub struct Crash {
    toll: Arc<watch::Sender<Toll>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Toll {
    fired: u64,
    buried: u64,
}

impl Toll {
    fn is_dead(self) -> bool {
        self.fired > self.buried
    }
}

impl Default for Crash {
    fn default() -> Self {
        Self { toll: Arc::new(watch::Sender::new(Toll::default())) }
    }
}

impl Crash {
    /// Kills the process.
    pub fn fire(&self) {
        self.toll.send_modify(|toll| toll.fired += 1);
    }

    /// Whether the process is dead and nobody has waited for it yet.
    pub fn is_dead(&self) -> bool {
        self.toll.borrow().is_dead()
    }

    /// Resolves when the process dies, and buries it: from then on calls work again. Drop the dead handler's future before
    /// the next await.
    pub async fn wait(&self) {
        self.until(Toll::is_dead).await;
        self.toll.send_modify(|toll| toll.buried = toll.fired);
    }

    /// Resolves while the process lives: calls stand here, so that a dead process has no further effect.
    pub(crate) async fn alive(&self) {
        self.until(|toll| !toll.is_dead()).await;
    }

    async fn until(&self, condition: impl Fn(Toll) -> bool) {
        self.toll
            .subscribe()
            .wait_for(|toll| condition(*toll))
            .await
            .expect("the sender lives in self");
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, pin::pin, task::Context};

    use super::*;

    fn is_ready(future: impl Future<Output = ()>) -> bool {
        pin!(future).poll(&mut Context::from_waker(std::task::Waker::noop())).is_ready()
    }

    #[test]
    fn a_crash_is_waited_for_once_and_then_the_process_lives_again() {
        let crash = Crash::default();
        assert!(!is_ready(crash.wait()));
        crash.clone().fire();
        assert!(crash.is_dead() && !is_ready(crash.alive()));
        assert!(is_ready(crash.wait()));
        assert!(!crash.is_dead() && is_ready(crash.alive()) && !is_ready(crash.wait()));
    }
}
