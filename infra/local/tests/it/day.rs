//! The day as recorded, doubled, out of order, with lagging lanes and with crashes: always the same messages.

use jiff::SignedDuration;
use local::{
    demo::DAY_POINTS_EXPECTED,
    replay::{Day, Expected, What},
};

use crate::variation::{
    answered, arranged, day, event_key, expected, messages, moved, plain_day, plainly_expected,
    played, run, settings, told, undisturbed, with_a_crash_after,
};

#[test]
fn the_recorded_day_brings_exactly_what_is_expected() {
    for (day, expected) in [(plain_day(), plainly_expected()), (day(), expected())] {
        let played = run(played(&day, settings()));
        assert_eq!(expected.problems(&played), Vec::<String>::new());
        assert_eq!(played.wrong_statuses(), Vec::<String>::new());
        assert_eq!(played.unknown, 0);
    }
}

/// The comparison finds what is wrong: a sum, an entry, a level, an account too many or too few.
#[test]
fn what_is_wrong_with_the_points_is_said() {
    let played = run(played(&day(), settings()));
    let problems = |from: &str, to: &str| {
        assert!(DAY_POINTS_EXPECTED.contains(from), "{from}");
        let expected = Expected::read(&DAY_POINTS_EXPECTED.replacen(from, to, 1)).unwrap();
        expected.problems(&played).join("\n")
    };
    for (from, to) in [
        ("\"balance\": 400", "\"balance\": 401"),
        ("\"amount\": 50", "\"amount\": 51"),
        ("notification.rated", "notification.seen"),
        ("\"tier\": \"Bạc\"", "\"tier\": \"Vàng\""),
    ] {
        assert!(problems(from, to).contains("phone:84912345678 stands at"), "{from}");
    }
    let (_, account) = DAY_POINTS_EXPECTED.split_once("\"points\"").unwrap();
    let other = account.replace("84912345678", "84900000000");
    let said = problems(account, &other);
    assert!(said.contains("phone:84900000000 has no account of points"), "{said}");
    assert!(said.contains("an account of phone:84912345678 is not expected"), "{said}");
}

/// Goal: what a hook costs is exact. Method: the write units of lines whose every part is known.
#[test]
fn the_write_units_of_a_line_are_the_sum_of_its_parts() {
    let played = run(played(&day(), settings()));
    let units = |line: usize| played.scenes[line - 1].units.write;
    let (event, marker, timeline, thing) = (1.0, 1.0, 1.0, 1.0);
    let resolved = event + marker + timeline;
    let receipt = resolved;
    let (notification, slice) = (7.0, 1.0);
    let by_phone = notification + slice;
    assert_eq!(units(6), resolved, "a customer writes");
    // A reply has no index but those of every notification; its receipt meets it by its message id.
    let (meeting, code) = (2.0, 6.0);
    let reply = notification + slice + meeting;
    assert_eq!(units(3), resolved + code + reply + receipt, "the price is asked for");
    assert_eq!(units(5), resolved, "and once more");
    assert_eq!(units(16), resolved + reply + receipt, "an order is asked for");
    assert_eq!(units(4), 0.0, "the same hook again");
    // An entry and its operation; the member with its index, five nodes and a place; progress to a badge and a streak.
    let points = 4.0 + (3.0 + 10.0 + 2.0) + 1.0;
    let paid = resolved + thing + by_phone + receipt + points;
    assert_eq!(units(11), paid, "a payment, its message and its points");
    assert_eq!(units(12), 0.0, "the same payment again");
    assert_eq!(units(13), event + marker, "money out concerns nobody");
    assert_eq!(units(14), 0.0, "a stale hook");
    // The order learns of its parcel.
    assert_eq!(units(15), resolved + thing + thing, "a parcel is known");
    assert_eq!(
        units(17) + units(18),
        resolved + thing + by_phone + receipt,
        "on its way, and again"
    );
    assert_eq!(units(27), resolved + by_phone + receipt, "a tier and its message");
}

#[test]
fn every_minute_ticked_brings_the_same_as_only_those_at_which_something_is_due() {
    let mut settings = settings();
    settings.every_minute = true;
    let played = run(played(&day(), settings));
    assert_eq!(expected().problems(&played), Vec::<String>::new());
}

#[test]
fn every_line_doubled_brings_the_same() {
    let mut lines = Vec::new();
    for line in day().lines {
        lines.extend([line.clone(), line]);
    }
    let played = run(played(&Day { lines }, settings()));
    assert_eq!(expected().problems(&played), Vec::<String>::new());
    assert_eq!(played.wrong_statuses(), Vec::<String>::new());
}

/// Goal: order of arrival does not matter within four minutes. Method: every two lines of different events that are so near
/// change places, one pair a day.
#[test]
fn lines_that_change_places_within_four_minutes_bring_the_same() {
    let (day, undisturbed) = (day(), undisturbed());
    let near = SignedDuration::from_mins(4);
    let mut days = 0;
    for a in 0..day.lines.len() {
        for b in a + 1..day.lines.len() {
            let (first, second) = (&day.lines[a], &day.lines[b]);
            if second.at.duration_since(first.at) > near || event_key(first) == event_key(second) {
                continue;
            }
            let mut lines = day.lines.clone();
            lines[a] = moved(first, second.at);
            lines[b] = moved(second, first.at);
            // Equal times fall back to the recording's order; the two must really change places.
            let Some(changed) = arranged(lines) else { continue };
            days += 1;
            let played = run(played(&changed, settings()));
            assert_eq!(messages(&played), undisturbed, "lines {} and {}", a + 1, b + 1);
            assert_eq!(played.wrong_statuses(), Vec::<String>::new());
        }
    }
    assert!(days >= 20, "only {days} pairs changed places");
    told(&format!("{days} pairs of lines changed places"));
}

/// Goal: any order within four minutes. Method: each line moves by up to two minutes either way, drawn from a seed.
#[test]
fn lines_shuffled_within_four_minutes_bring_the_same() {
    let undisturbed = undisturbed();
    for seed in 0..20u64 {
        let mut chance = Chance(seed);
        let lines = day().lines;
        let shuffled = std::iter::repeat_with(|| {
            let jitter = |line: &local::replay::Line| {
                let by = i64::try_from(chance.below(241)).unwrap() - 120;
                moved(line, line.at + SignedDuration::from_secs(by))
            };
            arranged(lines.iter().map(jitter).collect())
        });
        let shuffled = shuffled.flatten().next().unwrap();
        let played = run(played(&shuffled, settings()));
        assert_eq!(messages(&played), undisturbed, "seed {seed}");
        assert_eq!(played.wrong_statuses(), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn a_payment_before_its_order_brings_the_same() {
    let day = day();
    let is = |line: &local::replay::Line, word: &str| line.came().contains(word);
    let order = day.lines.iter().position(|line| is(line, "order.created")).unwrap();
    let before = day.lines[order].at - SignedDuration::from_secs(30);
    let mut lines = day.lines.clone();
    let payment = lines.iter().position(|line| is(line, "sepay in")).unwrap();
    lines[payment] = moved(&lines[payment], before);
    let early = arranged(lines).unwrap();
    let played = run(played(&early, settings()));
    assert_eq!(messages(&played), undisturbed());
}

#[test]
fn a_parcel_before_its_order_brings_the_same() {
    let mut lines = day().lines;
    let order_at = lines.iter().find(|line| line.came().contains("order.created")).unwrap().at;
    // All of the order's lines come after the carrier's first two states, and the payment after the order.
    let carrier_at = lines.iter().find(|line| line.came().contains("delivering")).unwrap().at;
    let shift = carrier_at.duration_since(order_at) + SignedDuration::from_mins(5);
    for line in &mut lines {
        let belongs = line.came().contains("order.created") || line.came().contains("sepay");
        if belongs {
            *line = moved(line, line.at + shift);
        }
    }
    let late = arranged(lines).unwrap();
    let played = run(played(&late, settings()));
    // At noon nobody knew of the order yet, and that is what the customer was told.
    let (asked, others): (Vec<_>, Vec<_>) =
        messages(&played).into_iter().partition(|(_, _, text)| text.contains("mã đơn hàng"));
    let (told, expected): (Vec<_>, Vec<_>) =
        undisturbed().into_iter().partition(|(_, _, text)| text.contains("Dạ đơn hàng DH0001"));
    assert_eq!((asked.len(), told.len()), (1, 1));
    assert_eq!(others, expected);
}

#[test]
fn a_hundred_seeds_of_lagging_lanes_bring_the_same_in_time() {
    // A level goes through four streams, the rating, the entry, the event and the notification, and each may lag half a minute. So may
    // the parcel and the invitation; between them lie the wait and the minute that ends it.
    let mut expected = DAY_POINTS_EXPECTED.to_owned();
    for (by, by_then) in [("T18:00:59", "T18:02:10"), ("T17:31:00", "T17:31:40")] {
        assert!(expected.contains(by));
        expected = expected.replace(by, by_then);
    }
    let expected = Expected::read(&expected).unwrap();
    for seed in 0..100 {
        let mut settings = settings();
        settings.seed = Some(seed);
        let played = run(played(&day(), settings));
        assert_eq!(expected.problems(&played), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn a_crash_and_restart_after_every_line_brings_the_same() {
    let undisturbed = undisturbed();
    for line in 1..=day().lines.len() {
        let folder = tempfile::tempdir().unwrap();
        let played = run(with_a_crash_after(&day(), &expected(), line, folder.path()));
        assert_eq!(messages(&played), undisturbed, "after line {line}");
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let trace = || {
        let mut settings = settings();
        settings.seed = Some(7);
        run(async {
            let mut stack = local::stack::Stack::start(settings).await.unwrap();
            for line in day().lines {
                stack.advance(line.at).await.unwrap();
                answered(&mut stack, &line).await;
            }
            // The tokens of transactions are drawn by the SDK; everything else is ours.
            let calls = stack.faults().calls().into_iter();
            calls.map(|call| testkit::fault::Call { token: None, ..call }).collect::<Vec<_>>()
        })
    };
    assert_eq!(trace(), trace());
}

#[test]
fn a_day_with_another_day_behind_it_on_disk_brings_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = || {
        let mut settings = settings();
        settings.data = Some(folder.path().to_owned());
        settings
    };
    let first = run(played(&day(), on_disk()));
    let again = run(played(&day(), on_disk()));
    assert_eq!(messages(&first), messages(&again));
    let refused = |day: &local::replay::Played| day.wrong_statuses();
    assert_eq!(refused(&again), Vec::<String>::new());
}

#[test]
fn the_recording_with_points_is_the_day_and_two_ratings() {
    let is_rating = |line: &&local::replay::Line| matches!(line.what, What::StandIn { .. });
    assert_eq!(day().lines.iter().filter(is_rating).count(), 2);
    assert_eq!(day().lines.len(), plain_day().lines.len() + 2);
}

/// Numbers from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
