//! What came of a day, as a table that a person understands.

use std::fmt::Write;

use super::{Played, Scene, expect::clock};

/// The day, scene by scene: time, what came in, what was decided, what reached whose phone, đồng, units.
pub fn print(played: &Played) -> String {
    let mut out = String::new();
    for scene in &played.scenes {
        write_scene(&mut out, scene);
    }
    out.push('\n');
    out.push_str(&summary(played));
    out
}

/// The sums of a day.
pub fn summary(played: &Played) -> String {
    let vnd: u64 = played.messages.iter().map(|message| message.price_vnd).sum();
    let mut out = format!(
        "{} messages, {vnd} đồng, {} write units, {} read units, {} of unknown outcome\n",
        played.messages.len(),
        played.units.write,
        played.units.read,
        played.unknown,
    );
    for one in &played.points {
        let tier = if one.tier.is_empty() { "" } else { ", " };
        let sums: Vec<String> =
            one.entries.iter().map(|line| format!("{:+} {}", line.amount, line.cause)).collect();
        writeln!(
            out,
            "points: {} has {}{tier}{} ({})",
            one.customer,
            one.balance,
            one.tier,
            sums.join("; ")
        )
        .expect("a String takes all");
    }
    for one in &played.cases {
        let done = if one.done.is_empty() { "" } else { ": " };
        writeln!(out, "case: {} “{}” is {}{done}{}", one.about, one.text, one.state, one.done)
            .expect("a String takes all");
    }
    out
}

fn write_scene(out: &mut String, scene: &Scene) {
    let status = match (scene.status, scene.expect_status) {
        (None, None) => "   ".to_owned(),
        (None, Some(expected)) => format!("--- INSTEAD OF {expected}"),
        (Some(status), expected) if fits(status, expected) => status.to_string(),
        (Some(status), expected) => format!("{status} INSTEAD OF {}", expected.unwrap_or_default()),
    };
    let units = format!("{:>5.1}W {:>5.1}R", scene.units.write, scene.units.read);
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("{}  {status}  {units}  {}", clock(scene.at), scene.came));
    let says_no = |decision: &&String| decision.ends_with(": condition_false");
    let no = scene.decided.iter().filter(says_no).count();
    for decision in &scene.decided {
        // What a customer writes is put to many rules, and most say no.
        if no == 1 || !says_no(&decision) {
            line(format!("{:>20}→ {decision}", ""));
        }
    }
    if no > 1 {
        line(format!("{:>20}→ {no} rules: condition_false", ""));
    }
    for message in &scene.reached {
        let first = message.text.lines().find(|text| !text.trim().is_empty()).unwrap_or_default();
        let price = message.price_vnd;
        line(format!(
            "{:>20}☎ {} {} [{}] {price} đ: {first}",
            "",
            clock(message.at),
            message.to,
            message.channel
        ));
    }
}

/// Whether a status is the expected one; 0 is anything but 5xx.
pub(crate) fn fits(status: u16, expected: Option<u16>) -> bool {
    match expected {
        None => true,
        Some(0) => status < 500,
        Some(expected) => status == expected,
    }
}

impl Played {
    /// The answers that are not what the recording expects, a sentence each; one that did not come too.
    pub fn wrong_statuses(&self) -> Vec<String> {
        let wrong = |scene: &&Scene| match scene.status {
            Some(status) => !fits(status, scene.expect_status),
            None => scene.expect_status.is_some(),
        };
        let sentence = |scene: &Scene| {
            let expected = scene.expect_status.unwrap_or_default();
            let (at, came) = (clock(scene.at), &scene.came);
            match scene.status {
                Some(status) => {
                    format!("{at} “{came}” was answered {status} instead of {expected}")
                }
                None => format!("{at} “{came}” was not answered, instead of {expected}"),
            }
        };
        self.scenes.iter().filter(wrong).map(sentence).collect()
    }
}
