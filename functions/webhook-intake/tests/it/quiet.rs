//! What is neither logged nor answered: secrets, path secrets, numbers, names, bodies.

use std::{cell::RefCell, io::Write, sync::Once};

use local::demo::{hook::DemoHook, state};
use serde_json::json;
use testkit::fault::Fault;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt};

use crate::setup::*;

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the lines of each thread, which is each test, apart.
struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens to everything that our own crates log, at every level and without the mask that a real function has on top.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let ours = ["webhook_intake", "cloud", "domain"];
        let ours = Targets::new().with_targets(ours.map(|ours| (ours, tracing::Level::TRACE)));
        let lines = tracing_subscriber::fmt::layer().json().with_writer(|| Lines);
        let subscriber = tracing_subscriber::registry().with(lines).with(ours);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

#[tokio::test]
async fn neither_answers_nor_lines_of_the_log_tell_anything_about_anybody() {
    listen();
    let door = door().await;
    let phone = json!({
        "sender": {"id": "2468458835291979221"}, "recipient": {"id": OA},
        "event_name": "user_submit_info", "timestamp": "1795136460000",
        "info": {"name": "Nguyễn Thị Lan", "phone": "84912345678"},
    });
    let mut hooks: Vec<DemoHook> = one_of_each().into_iter().map(|(hook, _, _)| hook).collect();
    hooks.push(DemoHook::zalo(phone));
    hooks.push(DemoHook::standard("d1", order(999_000).to_string(), start()));
    hooks.push(DemoHook {
        path: crate::setup::hooks("ghn/ghn-day-path-secret-0912345678"),
        ..parcel("x")
    });
    hooks.push(DemoHook {
        path: "/hooks/0912345678/ghn/ghn-day-path-secret".to_owned(),
        ..parcel("x")
    });
    hooks.push(DemoHook::standard(
        "d3",
        r#"{"type":"a.b","data":{"phone":"0912345678x","name":"Nguyễn Thị Lan"}}"#,
        start(),
    ));
    let mut answers = String::new();
    for hook in &hooks {
        for wrong in [false, true] {
            let mut hook = hook.clone();
            if wrong {
                hook.body.push(b' ');
            }
            answers += &door.post(&hook, start()).await.body;
            for call in 1..=3 {
                door.faults.plan(call, Fault::Throttle);
            }
            answers += &door.post(&hook, start()).await.body;
            door.faults.clear();
        }
    }
    let log = LINES.with_borrow(|lines| String::from_utf8(lines.clone()).unwrap());
    assert!(
        log.contains("stored") && log.contains("refused") && log.contains("try_again"),
        "{log}"
    );
    let secrets = state::secrets();
    let mut hidden: Vec<String> =
        secrets.sources.values().map(|pair| pair.current.expose().to_owned()).collect();
    hidden.push(secrets.pepper.expose().to_owned());
    for text in ["912345678", "Nguyễn", "chào shop", "2468458835291979221", "DH0001"] {
        hidden.push(text.to_owned());
    }
    for hidden in hidden {
        assert!(!answers.contains(&hidden), "an answer says {hidden}");
        assert!(!log.contains(&hidden), "the log says {hidden}: {log}");
    }
}
