//! Nothing of the day that must stay inside comes out: no number, token or secret in a log, a key or a URL of ours.

use std::{
    io,
    sync::{Arc, Mutex},
};

use local::{demo::Business, replay::play, stack::Stack};
use serde_json::Value;

use crate::variation::{day, expected, run, settings};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The day's phone numbers in every spelling that it uses, its tokens and its secrets.
fn forbidden() -> Vec<String> {
    let business = Business::demo().unwrap();
    let mut words: Vec<String> =
        ["84912345678", "0912345678", "0912 345 678", "912345678"].map(str::to_owned).to_vec();
    words.push(business.secrets.pepper.expose().to_owned());
    for pair in business.secrets.sources.values() {
        words.push(pair.current.expose().to_owned());
    }
    for credentials in business.secrets.zalo.values() {
        words.push(credentials.access_token.expose().to_owned());
    }
    words
}

#[test]
fn no_log_key_or_url_of_the_day_holds_a_number_a_token_or_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = cloud::telemetry::subscriber_into(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (keys, urls) = run(async {
        let mut stack = Stack::start(settings()).await.unwrap();
        play(&mut stack, &day(), Some(&expected())).await.unwrap();
        let mut keys = Vec::new();
        for table in stack.engine().tables().unwrap() {
            for row in stack.engine().scan_all(&table).unwrap() {
                keys.extend(["pk", "sk", "due_shard"].map(|name| row[name].to_string()));
            }
        }
        let urls: Vec<String> =
            stack.stand_in().calls().into_iter().map(|call| call.path).collect();
        (keys, urls)
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.lines().count() >= 30, "the day was not logged");
    assert!(keys.len() > 100 && urls.len() >= 6);
    for word in forbidden() {
        assert!(!log.contains(&word), "a log line holds “{word}”");
        assert!(keys.iter().all(|key| !key.contains(&word)), "a key holds “{word}”");
        assert!(urls.iter().all(|url| !url.contains(&word)), "a URL holds “{word}”");
    }
}

/// The check above must be able to fail: what it looks for is really in what came in.
#[test]
fn what_is_forbidden_is_in_the_bodies_and_paths_of_the_day() {
    let day = local::demo::DAY;
    for word in ["84912345678", "0912345678", "0912 345 678", "ghn-day-path-secret"] {
        assert!(day.contains(word), "{word}");
        assert!(forbidden().contains(&word.to_owned()), "{word}");
    }
}

/// The number is an attribute of the link and of what is not sent yet, and of nothing else but the raw bodies.
#[test]
fn after_the_day_no_notification_holds_the_number() {
    let rows: Vec<Value> = run(async {
        let mut stack = Stack::start(settings()).await.unwrap();
        play(&mut stack, &day(), Some(&expected())).await.unwrap();
        stack.engine().scan_all(stack.table("NotificationsTable").unwrap()).unwrap()
    });
    assert!(rows.len() >= 6);
    for row in rows {
        assert!(!row.to_string().contains("912345678"), "{}", row["pk"]);
    }
}
