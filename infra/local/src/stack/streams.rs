//! The streams of the engine, through their triggers' filters, into lanes.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::Timestamp;
use testkit::{engine::Engine, stream::StreamReader};

use super::{StackError, StackSettings};
use crate::{
    template::{StreamTrigger, Template},
    triggers::{Batch, Lanes},
};

/// All stream triggers of the template.
pub(super) struct Streams {
    streams: Vec<Stream>,
    kept_in: Option<PathBuf>,
}

struct Stream {
    trigger: StreamTrigger,
    reader: StreamReader,
    lanes: Lanes,
    /// Up to here everything is handled: where a restart reads on. What lies behind it may come twice.
    handled: Option<String>,
}

impl Streams {
    /// Reads on where an earlier run had handled everything, else from the beginning.
    pub(super) fn open(
        template: &Template,
        engine: &Engine,
        settings: &StackSettings,
    ) -> Result<Self, StackError> {
        let kept_in = settings.data.as_ref().map(|data| data.join("streams.json"));
        let positions = kept_in.as_ref().and_then(|path| std::fs::read(path).ok());
        let positions: BTreeMap<String, String> =
            positions.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let mut streams = Vec::new();
        for (number, trigger) in (1..).zip(template.streams()) {
            let handled = positions.get(&trigger.logical_id).cloned();
            let reader = StreamReader::from_position(engine, &trigger.table, handled.as_deref())?;
            let reader = reader
                .ok_or_else(|| StackError::Function(format!("{} has no stream", trigger.table)))?;
            // Each trigger's lanes go their own ways.
            let seed = settings.seed.map(|seed| seed.wrapping_mul(31).wrapping_add(number));
            let lanes = Lanes::new(seed, trigger.retries);
            streams.push(Stream { trigger: trigger.clone(), reader, lanes, handled });
        }
        Ok(Self { streams, kept_in })
    }

    /// Takes what the tables have written since the last time.
    pub(super) fn pump(&mut self, now: Timestamp) {
        for stream in &mut self.streams {
            for record in stream.reader.read() {
                if stream.trigger.wants(&record) {
                    stream.lanes.push(record, now);
                }
            }
            if stream.lanes.waiting() == 0 {
                stream.handled = stream.reader.position().map(str::to_owned);
            }
        }
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.streams.iter().filter_map(|stream| stream.lanes.next_at()).min()
    }

    /// A batch that is ready, with the number of its stream and its function.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<(usize, String, Batch)> {
        self.streams.iter_mut().enumerate().find_map(|(number, stream)| {
            let batch = stream.lanes.take(now, stream.trigger.batch_size)?;
            Some((number, stream.trigger.function.clone(), batch))
        })
    }

    pub(super) fn done(
        &mut self,
        stream: usize,
        batch: Batch,
        failed_from: Option<&str>,
        now: Timestamp,
    ) {
        if let Some(record) = self.streams[stream].lanes.done(batch, failed_from, now) {
            tracing::warn!(record = record["eventID"].as_str(), "the stream gives a record up");
        }
    }

    /// Writes down where a restart reads on.
    pub(super) fn keep(&self) -> Result<(), StackError> {
        let Some(path) = &self.kept_in else { return Ok(()) };
        let handled = self.streams.iter().filter_map(|stream| {
            Some((stream.trigger.logical_id.as_str(), stream.handled.as_deref()?))
        });
        let positions: BTreeMap<&str, &str> = handled.collect();
        let text = serde_json::to_vec(&positions).expect("texts are JSON");
        let what = "the stream positions cannot be kept".to_owned();
        std::fs::write(path, text).map_err(|source| StackError::Io { what, source })
    }
}
