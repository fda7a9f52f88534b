//! A process that dies anywhere leaves nothing that its successor does not mend.

use local::demo::state::DemoState;
use serde_json::Value;
use testkit::fault::Fault;

use crate::setup::*;

/// Goal: after a crash before or after any call the next run leaves the rows of an undisturbed one. Method: as for the other
/// functions, from one snapshot, time standing still.
#[tokio::test]
async fn a_crash_at_any_call_is_mended_by_the_next_run() {
    let mut hall = Hall::new().await;
    hall.earn("before", "minh", 30, start()).await;
    hall.earn("first", "lan", 100, start()).await;
    hall.stream(start()).await;
    hall.earn("second", "lan", 400, start()).await;
    let batch = hall.state.batch(FUNCTION);
    let snapshot = hall.state.engine.snapshot().unwrap();
    let open = || DemoState::over(snapshot.open().unwrap());
    let undisturbed = open();
    bring(&undisturbed, &batch, start()).await;
    let expected = undisturbed.rows();
    let calls = u64::try_from(undisturbed.faults.calls().len()).unwrap();
    assert!(calls >= 5, "{calls}");
    for nth in 1..=calls {
        for fault in [Fault::CrashBefore, Fault::CrashAfter] {
            let state = open();
            state.faults.plan(nth, fault);
            let run = async |batch: &Value| bring(&state, batch, start()).await;
            tokio::select! {
                () = run(&batch) => panic!("{fault:?} {nth} of {calls} did not happen"),
                () = state.faults.crashed() => {}
            }
            run(&batch).await;
            assert_eq!(state.rows(), expected, "{fault:?} at call {nth} of {calls}");
        }
    }
}
