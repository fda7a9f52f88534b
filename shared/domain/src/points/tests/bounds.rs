//! The largest entry that there can be, and bytes that are none.

use super::{super::*, *};

/// Bytes of an item with this entry, as DynamoDB counts them (names and values; a number takes about half a byte a digit),
/// for a business with the longest name.
pub(super) fn item_bytes(entry: &Entry) -> usize {
    const TENANT_BYTES: usize = 48;
    let pk = 2 + TENANT_BYTES + 1 + crate::id::ID_CHARS + 1 + 12;
    let sk = 2 + "e#0000000000".len();
    let version = 1 + 2;
    pk + sk + version + 1 + entry.to_bytes().len()
}

/// An entry with the maximum of every list at once, and the largest numbers in it.
fn fullest() -> Entry {
    let month = |n: u16| Month::of(at("2100-01-01T00:00:00Z")).plus(n);
    let day = |n: u32| Day::of(at("2109-01-01T00:00:00Z")).plus(n);
    let share = |n: u64| points(POINTS_MAX / n);
    let seq = (1 << 28) - 1;
    let until_min = u32::try_from(at("2109-01-01T00:00:00Z").as_second() / 60).unwrap();
    let hold = |n: u32| Hold {
        seq: seq - 10 + n,
        until_min,
        parts: (0..3).map(|n| Part { month: month(n), amount: share(200) }).collect(),
    };
    let tail = Tail {
        lots: (0..13).map(|n| Lot { month: month(n), amount: share(40) }).collect(),
        pending: (0..8)
            .map(|n| Pending { day: day(n), month: month(0), amount: share(40) })
            .collect(),
        holds: (0..8).map(hold).collect(),
        debt: points(POINTS_MAX),
        earned: (0..13).map(|n| Earned { month: month(n), amount: points(POINTS_MAX) }).collect(),
        caps: (0..4)
            .map(|n| Cap { day: day(0), cap: u32::MAX - 4 + n, amount: points(POINTS_MAX) })
            .collect(),
    };
    let leg = Leg::Hold { month: month(0), amount: points(POINTS_MAX), until_min };
    Entry {
        seq,
        recorded_at: at("2109-05-15T00:00:00Z"),
        occurred_at: at("2109-05-15T00:00:00Z"),
        operation: operation(1),
        legs: vec![leg; LEGS_MAX],
        tail,
        previous: Account::after(account("a").id, &small()).digest,
    }
}

fn small() -> Entry {
    let earn = Posting::Earn { amount: points(350), cap: None };
    let request =
        Request { operation: operation(1), posting: earn, occurred_at: at("2026-11-20T00:00:00Z") };
    match post("t", &account("a"), &request, &PLAIN, at("2026-11-20T00:00:00Z")).unwrap() {
        Next::Entry(entry) => entry,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_fullest_entry_is_one_write_unit() {
    let fullest = fullest();
    // Kinds of legs that take as much room as the one above.
    let hold = fullest.seq - 10;
    let month = fullest.tail.lots[0].month;
    for leg in [
        Leg::Release { hold, month, amount: points(POINTS_MAX) },
        Leg::Capture { hold, month, amount: points(POINTS_MAX) },
        Leg::Pend { day: Day::of(fullest.recorded_at), month, amount: points(POINTS_MAX) },
        Leg::Count { cap: u32::MAX, amount: points(POINTS_MAX) },
    ] {
        let entry = Entry { legs: vec![leg; LEGS_MAX], ..fullest.clone() };
        let bytes = item_bytes(&entry);
        assert!(bytes <= ENTRY_BYTES_MAX, "{bytes} bytes with {}", leg.kind());
    }
    let bytes = item_bytes(&fullest);
    println!("the fullest entry has {bytes} bytes, a usual one {}", item_bytes(&small()));
    assert!(bytes <= ENTRY_BYTES_MAX, "{bytes} bytes");
    assert_eq!(Entry::from_bytes(&fullest.to_bytes()).unwrap(), fullest);
}

#[test]
fn bytes_that_were_not_written_here_are_refused() {
    let bytes = small().to_bytes();
    assert!(Entry::from_bytes(&bytes).is_ok());
    for n in 0..bytes.len() {
        assert!(Entry::from_bytes(&bytes[..n]).is_err(), "cut at {n}");
        for flip in [1, 0x80] {
            let mut other = bytes.clone();
            other[n] ^= flip;
            // Another entry perhaps, but never this one, and never a panic.
            let read = Entry::from_bytes(&other);
            assert!(read.map_or(true, |entry| entry != small()), "byte {n}");
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Entry::from_bytes(&longer).is_err());
    let mut chance = Chance(7);
    for _ in 0..20_000 {
        let n = chance.below(120);
        let junk: Vec<u8> = (0..n).map(|_| chance.next().to_be_bytes()[0]).collect();
        let _ = Entry::from_bytes(&junk);
    }
}

#[test]
fn more_than_there_is_room_for_is_refused_by_name() {
    let mut fullest = fullest();
    fullest.tail.lots.push(Lot { month: Month::NEVER, amount: points(1) });
    assert!(Entry::from_bytes(&fullest.to_bytes()).unwrap_err().to_string().contains("bound"));
    let mut twice = small();
    twice.tail.lots.push(twice.tail.lots[0]);
    assert!(Entry::from_bytes(&twice.to_bytes()).unwrap_err().to_string().contains("order"));
    let mut empty = small();
    empty.tail.lots[0].amount = Points::ZERO;
    assert!(Entry::from_bytes(&empty.to_bytes()).unwrap_err().to_string().contains("amount"));
}

#[test]
fn a_changed_entry_breaks_the_chain() {
    let first = small();
    let account = Account::after(account("a").id, &first);
    let spend = Posting::Spend { amount: points(1) };
    let now = at("2026-11-21T00:00:00Z");
    let request = Request { operation: operation(2), posting: spend, occurred_at: now };
    let Ok(Next::Entry(second)) = post("t", &account, &request, &PLAIN, now) else { panic!() };
    let read = |entries: &[&Entry]| {
        let mut replay = Replay::new(account.id.clone());
        entries.iter().try_for_each(|entry| replay.read(entry))
    };
    assert_eq!(read(&[&first, &second]), Ok(()));
    assert_eq!(read(&[&second]), Err(Broken::Gap { expected: 1 }));
    assert_eq!(read(&[&first, &first]), Err(Broken::Gap { expected: 2 }));
    let richer = Entry {
        legs: vec![Leg::Earn { month: first.tail.lots[0].month, amount: points(351) }],
        ..first.clone()
    };
    assert_eq!(read(&[&richer]), Err(Broken::Tail { seq: 1 }));
    let later = Entry { occurred_at: at("2026-11-19T23:00:00Z"), ..first.clone() };
    assert_eq!(read(&[&later, &second]), Err(Broken::Chain { seq: 2 }));
    let elsewhere = Replay::new(super::account("b").id);
    let mut elsewhere = elsewhere;
    assert_eq!(elsewhere.read(&first), Ok(()));
    assert_eq!(elsewhere.read(&second), Err(Broken::Chain { seq: 2 }));
}
