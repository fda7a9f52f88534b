//! No token and no secret stands in a log, whatever fails.

use testkit::stand_in::ZaloFault;
use token_refresh::handle;
use tracing_subscriber::fmt::MakeWriter;

use crate::setup::*;

async fn tick(office: &Office) {
    let tick = serde_json::from_value(serde_json::json!({"tick": "hour"})).unwrap();
    handle(&office.function(), &tick, &office.invocation("tick")).await.unwrap();
}

/// What was logged.
#[derive(Clone, Default)]
struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_log_of_any_failure_holds_a_token_or_a_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.clone());
    let subscriber = subscriber.with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG);
    let _logged = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber.finish());
    let mut tokens = vec![FIRST.0.to_owned(), FIRST.1.to_owned(), "day-app-secret".to_owned()];
    for fault in ZaloFault::ALL.into_iter().chain([ZaloFault::Refuse(-14_014)]) {
        if matches!(fault, ZaloFault::CrashBefore | ZaloFault::CrashAfter) {
            continue;
        }
        let office = Office::new().await;
        office.pass(hours(12));
        office.zalo.plan(1, fault);
        tick(&office).await;
        office.pass(hours(1));
        tick(&office).await;
        let found = office.credential().await;
        tokens.push(found.access.expose().to_owned());
        tokens.extend(found.refresh.map(|token| token.expose().to_owned()));
    }
    let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("token pair refreshed"), "{said}");
    assert!(said.contains("nobody can refresh it"), "{said}");
    for token in tokens {
        assert!(!said.contains(&token), "a token is in the log");
    }
}
