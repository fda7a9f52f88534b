//! Log lines: JSON, one per event, to standard output, with what must not be read masked.
//!
//! Nothing secret is logged on purpose: the types that hold it print as dots. [`Redacting`] is the last line of defence
//! behind them: it looks at every finished line, whoever wrote it, for phone numbers, tokens and secrets that were made
//! known to [`hide`]. Not here: metrics.

mod mask;

use std::io::{self, Write};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets,
    fmt::{MakeWriter, time::FormatTime, time::SystemTime},
    layer::SubscriberExt,
};

pub use mask::hide;

use crate::config;

/// Crates that tell about every request, at levels below `warn` with parts of it: kept quiet unless named.
const QUIET: [&str; 5] = ["aws_", "hyper", "reqwest", "rustls", "tower"];

/// Starts logging for this process; whoever comes second changes nothing.
///
/// The level is that of `LOG_LEVEL`, else `AWS_LAMBDA_LOG_LEVEL`, else `RUST_LOG`, else `info`: a level, or a list such as
/// `info,cloud=debug`. A panic is logged too, so that its text goes through the same mask.
pub fn init() {
    let levels = ["LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL", "RUST_LOG"]
        .into_iter()
        .find_map(|name| config::optional(config::process, name));
    let subscriber = lines(io::stdout, targets(levels.as_deref()), SystemTime);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("no text");
        tracing::error!(panic.place = place, panic.text = text, "panic");
    }));
}

/// Makes the same lines at level `info` for `writer`, without the time: a replayed day has its own.
pub fn subscriber_into<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    lines(writer, targets(None), ())
}

fn lines<W, T>(writer: W, targets: Targets, timer: T) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    T: FormatTime + Send + Sync + 'static,
{
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_timer(timer)
        .with_writer(Redacting::new(writer));
    tracing_subscriber::registry().with(json).with(targets)
}

/// What is logged; a text that is neither a level nor a list counts as `info`, and so does what a list leaves out.
fn targets(levels: Option<&str>) -> Targets {
    // Alone, `loud` would be read as a target with everything else off, and nothing as `error`.
    let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let known = |part: &str| part.contains('=') || is_level(part);
    let levels = levels.filter(|text| text.split(',').all(known));
    let mut targets: Targets = levels.and_then(|text| text.parse().ok()).unwrap_or_default();
    let others = targets.default_level().unwrap_or(LevelFilter::INFO);
    targets = targets.with_default(others);
    for quiet in QUIET {
        if !targets.iter().any(|(target, _)| target == quiet) {
            targets = targets.with_target(quiet, others.min(LevelFilter::WARN));
        }
    }
    targets
}

/// Masks every line on its way to `M`.
#[derive(Clone, Debug)]
pub struct Redacting<M>(M);

impl<M> Redacting<M> {
    /// Puts the mask before `inner`.
    pub fn new(inner: M) -> Self {
        Self(inner)
    }
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Redacting<M> {
    type Writer = Line<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { inner: self.0.make_writer(), text: Vec::new() }
    }
}

/// A line that is being written; it is masked and passed on at its end, in one piece.
#[derive(Debug)]
pub struct Line<W: Write> {
    inner: W,
    text: Vec<u8>,
}

impl<W: Write> Line<W> {
    fn pass_on(&mut self) -> io::Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.text);
        self.inner.write_all(mask::masked(&String::from_utf8_lossy(&text)).as_bytes())
    }
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        if bytes.ends_with(b"\n") {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    /// Keeps an unfinished line: half a number would go unrecognised.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write> Drop for Line<W> {
    fn drop(&mut self) {
        // Nobody is left to tell of a failure.
        self.pass_on().ok();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> String {
        let captured = Captured::default();
        let writer = captured.clone();
        tracing::subscriber::with_default(subscriber_into(move || writer.clone()), log);
        captured.text()
    }

    #[test]
    fn an_event_is_one_line_of_json_with_its_fields() {
        let text = logged(|| tracing::info!(zns.code = -124, "refused"));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "refused");
        assert_eq!(line["zns.code"], -124);
        assert_eq!(line["level"], "INFO");
        assert_eq!(text.matches('\n').count(), 1);
    }

    #[test]
    fn a_number_is_masked_wherever_it_stands_in_an_event() {
        let text = logged(|| {
            let span = tracing::info_span!("row", asked = "+84912345678");
            let _entered = span.enter();
            let note = "gọi lại 0912 345 678\n0987654321";
            tracing::info!(note, seen = ?Some("84903111222"), "số 0905123456");
        });
        for part in ["345678", "345 678", "7654321", "3111222", "5123456"] {
            assert!(!text.contains(part), "{part} in {text}");
        }
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }

    #[test]
    fn a_masked_number_leaves_the_line_json() {
        let text = logged(|| tracing::info!(phone = 84_912_345_678_u64, n = 1, "odd"));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["phone"], &line["n"]), (&"***".into(), &1.into()));
    }

    #[test]
    fn a_known_secret_is_masked_even_where_json_escapes_it() {
        hide("p\"ss\\word-of-the-shop");
        let text = logged(|| tracing::error!("refused: p\"ss\\word-of-the-shop"));
        assert!(!text.contains("word-of-the-shop"), "{text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }

    #[test]
    fn a_line_written_in_pieces_is_masked_as_one() {
        let captured = Captured::default();
        let writer = captured.clone();
        let redacting = Redacting::new(move || writer.clone());
        let mut line = redacting.make_writer();
        line.write_all(b"call 09123").unwrap();
        line.flush().unwrap();
        line.write_all(b"45678 now").unwrap();
        drop(line);
        assert_eq!(captured.text(), "call *** now");
    }

    #[test]
    fn other_crates_are_quiet_below_warn_unless_named() {
        use tracing::Level;
        let plain = targets(Some("debug"));
        assert!(plain.would_enable("cloud::zalo", &Level::DEBUG));
        assert!(plain.would_enable("hyper_util::client", &Level::WARN));
        assert!(!plain.would_enable("hyper_util::client", &Level::DEBUG));
        assert!(!plain.would_enable("aws_smithy_runtime::client", &Level::INFO));
        let named = targets(Some("info,hyper=debug"));
        assert!(named.would_enable("hyper::proto", &Level::DEBUG));
        assert!(!targets(Some("off")).would_enable("hyper", &Level::ERROR));
    }

    #[test]
    fn without_a_readable_level_it_is_info() {
        use tracing::Level;
        for levels in [None, Some("loud"), Some("a=b=c"), Some("cloud::zalo=warn"), Some("")] {
            assert!(targets(levels).would_enable("cloud", &Level::INFO), "{levels:?}");
            assert!(!targets(levels).would_enable("cloud", &Level::DEBUG), "{levels:?}");
        }
    }
}
