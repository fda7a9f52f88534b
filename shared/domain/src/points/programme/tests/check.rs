//! Files and what is wrong with them.

use std::time::Duration;

use super::*;

fn said(yaml: &str) -> String {
    let problems = Programme::read(yaml).err().into_iter().flatten();
    problems.map(|problem| format!("{problem}\n")).collect()
}

/// A programme with the currency `diem`, and what stands in `parts` besides.
fn with(parts: &str) -> String {
    said(&format!("currencies: [{{id: diem, name: điểm}}]\n{parts}"))
}

#[test]
fn the_demos_programme_says_what_it_says() {
    let programme = read(DEMO);
    let [terms] = &programme.currencies[..] else { panic!("{programme:?}") };
    let policy = terms.policy;
    assert_eq!((terms.id.as_str(), terms.name.as_str()), ("diem", "điểm"));
    assert_eq!(
        (policy.expiry_months, policy.pending_days, policy.debt_allowed),
        (Some(12), 0, false)
    );
    assert_eq!((policy.per_operation_max, policy.per_day_max), (None, None));
    assert!(programme.earning("purchase").is_some() && programme.earning("five-stars").is_some());
    let tiers = programme.tiers.as_ref().unwrap();
    let levels: Vec<_> = tiers.levels.iter().map(|l| (l.name.as_str(), l.from.get())).collect();
    assert_eq!(levels, [("Member", 0), ("Bạc", 400), ("Vàng", 1_500)]);
    assert_eq!((tiers.window_months, tiers.rank("bac"), tiers.rank("gone")), (12, Some(2), None));
    assert_eq!(programme.boards[0].season, Season::Month);
    let rewards: Vec<_> =
        programme.rewards.iter().map(|r| (r.price.get(), r.stock, r.pool.as_deref())).collect();
    assert_eq!(rewards, [(100, None, Some("hoi-gia")), (300, Some(50), None)]);
    assert_eq!(said("{}"), "", "a programme of nothing");
}

#[test]
fn everything_wrong_with_a_programme_is_said_at_once_with_its_line() {
    let yaml = "
currencies:
  - {id: Diem, name: điểm}
  - {id: xu, name: '', expiry_months: 13, pending_days: 93, debt: yes, per_day_max: 0}
  - {id: xu, name: xu, per_operation_max: 100, limit: 1}
earnings:
  - {id: a, currency: vnd, points: 0}
  - {id: a, currency: xu, points: 101}
  - {id: b, currency: xu, points: 1, per_vnd: {vnd: 0, of: customer.name, round: away}}
  - {id: c, currency: xu, per_vnd: {vnd: 0, of: customer.name, round: away}}
  - id: d
    currency: xu
    points: 10
    multiply:
      - {by: 1.255, when: 'true'}
      - {by: 0, when: customer.nmae == 'x'}
      - {by: 10.01, when: order.amount_vnd}
    happy_hours:
      - {days: [mon, mon, xyz], from: '14:00', to: '14:00', by: 2}
      - {days: [], from: '24:01', to: 9, by: 2}
      - {days: [tue], from: '10:00', to: '12:00', by: 2}
      - {days: [tue], from: '11:59', to: '12:30', by: 2}
    first_time: sometimes
    from: 2026-11-31
  - {id: e, currency: xu, points: 1, from: 2026-11-20, until: 2026-11-19}
tiers:
  currency: vnd
  window_months: 13
  levels:
    - {id: low, name: Low, from: 1}
    - {id: mid, name: Mid, from: 9, retain: 10}
    - {id: mid, name: High, from: 9}
badges:
  - {id: a, name: A, on: paid, count: 0, when: evnt.kind == 'x'}
streaks:
  - {id: s, name: S, on: a.b, every: month, freeze: 7, goals: [7, 7, 1]}
  - {id: t, name: T, on: a.b, every: day, goals: []}
boards:
  - {id: b, name: B, currency: xu, season: decade}
  - {id: c, name: C, currency: xu, season: {from: 2026-01-02, until: 2026-01-01}, opt_in: 1}
points: {}
";
    insta::assert_snapshot!(said(yaml), @r#"
    line 3: a currency's `id` is 1 to 12 lower-case letters and digits, a letter first (bad_id)
    line 4: `name` must have 1 to 60 characters (too_long)
    line 4: `expiry_months` must be 1 to 12 (bad_number)
    line 4: `pending_days` must be 0 to 92 (bad_number)
    line 4: `debt` is `allowed` or `refused` (unknown_name)
    line 4: `per_day_max` must be 1 to 10000000000 points (bad_number)
    line 5: a currency has no field `limit`; it has id, name, expiry_months, pending_days, debt, per_operation_max, per_day_max (unknown_field)
    line 5: `xu` stands here twice (duplicate_id)
    line 7: there is no currency `vnd` (unknown_currency)
    line 7: `points` must be 1 to 10000000000 points (bad_number)
    line 8: `a` stands here twice (duplicate_id)
    line 8: the currency lets at most 100 points through at once (over_limit)
    line 9: an earning has either `points` or `per_vnd` (earning)
    line 10: `vnd` must be 1 to 1000000000 (bad_number)
    line 10: `customer.name` is no fact that is an amount, as order.amount_vnd is (unknown_name)
    line 10: `round` is `down`, `nearest` or `up` (unknown_name)
    line 15: `by` must be a number with at most two digits behind the point (not_a_number)
    line 16: `by` must be 0.01 to 10 (bad_number)
    line 16: `when`: there is no `customer.nmae` (unknown_name)
    line 17: `by` must be 0.01 to 10 (bad_number)
    line 17: `when`: the condition gives no yes or no (condition_not_a_truth)
    line 19: `mon` stands here twice (duplicate_id)
    line 19: there is no day `xyz`; there are mon, tue, wed, thu, fri, sat, sun (unknown_name)
    line 19: `from` and `to` are the same time (bad_hour)
    line 20: `days` names at least one day (missing_field)
    line 20: `from` must be a time such as 14:00 (bad_hour)
    line 20: `to` must be a text (a number needs quotes) (not_text)
    line 22: these happy hours come together with others (overlap)
    line 23: `first_time` must be true or false (not_a_truth)
    line 24: `from` must be a day such as 2026-11-20 (bad_date)
    line 25: `until` is the last day and cannot be before `from` (bad_date)
    line 27: there is no currency `vnd` (unknown_currency)
    line 27: `tiers` needs `grace_days` (missing_field)
    line 28: `window_months` must be 1 to 12 (bad_number)
    line 30: the first level begins from 0 (levels)
    line 31: a level is kept with at most what it is reached with (levels)
    line 32: `mid` stands here twice (duplicate_id)
    line 32: levels go up from the lowest (levels)
    line 34: `on` must be an event kind such as payment.matched (bad_kind)
    line 34: `when`: there is no `evnt`; there are event, customer, order, shipment, payment (unknown_name)
    line 34: `count` must be 1 to 10000 (bad_number)
    line 36: `every` is `day` or `week`, not `month` (unknown_name)
    line 36: `freeze` must be 0 to 6 (bad_number)
    line 36: goals go up from the shortest (goals)
    line 36: a goal must be 2 to 3660 (bad_number)
    line 37: `goals` has at least one goal (goals)
    line 39: `season` is month, quarter, year or {from, until}, not `decade` (unknown_name)
    line 40: `until` is the last day and cannot be before `from` (bad_date)
    line 40: `opt_in` must be true or false (not_a_truth)
    line 41: a programme has no field `points`; it has currencies, earnings, badges, streaks, boards, contests, rewards, tiers (unknown_field)
    "#);
    let yaml = "
currencies:
  - {id: xu, name: xu}
boards:
  - {id: b, name: B, currency: xu, season: decade}
contests:
  - {id: k, board: z, prizes: [{rank_from: 2, rank_to: 1, reward: z, stock: 0}]}
  - id: l
    board: b
    prizes:
      - {rank_from: 1, rank_to: 3, reward: r, stock: 3}
      - {rank_from: 3, rank_to: 4, reward: r, stock: 3}
rewards:
  - {id: r, name: R, currency: xu, price: 0, stock: 0, pool: A B}
";
    insta::assert_snapshot!(said(yaml), @r#"
    line 5: `season` is month, quarter, year or {from, until}, not `decade` (unknown_name)
    line 7: there is no board `z` (unknown_name)
    line 7: `stock` must be 1 to 1000 (bad_number)
    line 7: there is no reward `z` (unknown_name)
    line 12: prizes go from the first rank on, and no rank has two (ranks)
    line 14: `price` must be 1 to 10000000000 points (bad_number)
    line 14: `stock` must be 1 to 10000000 (bad_number)
    line 14: `pool` must be 1 to 48 lower-case letters, digits and single dashes (bad_id)
    "#);
}

#[test]
fn what_is_no_programme_is_refused() {
    for (yaml, code) in [
        ("", "(not_a_map)"),
        ("[]", "(not_a_map)"),
        ("currencies: {}", "(not_a_list)"),
        ("currencies: [", "(yaml)"),
        ("a: &a 1", "(yaml)"),
        (&format!("# {}", "x".repeat(PROGRAMME_BYTES_MAX)), "(too_long)"),
    ] {
        assert!(said(yaml).trim_end().ends_with(code), "{yaml:.40}: {}", said(yaml));
    }
}

#[test]
fn lists_have_their_bounds() {
    let many = |list: &str, count: usize, entry: &str| {
        let entries = (0..count).map(|n| format!("- {}\n", entry.replace('#', &n.to_string())));
        format!("{list}:\n{}", entries.collect::<String>())
    };
    for (list, most, entry) in [
        ("earnings", 50, "{id: e#, currency: diem, points: 1}"),
        ("badges", 50, "{id: e#, name: E, on: a.b, count: 1}"),
        ("streaks", 20, "{id: e#, name: E, on: a.b, every: day, goals: [7]}"),
        ("boards", 8, "{id: e#, name: E, currency: diem, season: month}"),
        ("rewards", 100, "{id: e#, name: E, currency: diem, price: 1}"),
    ] {
        assert_eq!(with(&many(list, most, entry)), "");
        let more = with(&many(list, most + 1, entry));
        assert!(more.ends_with("(too_long)\n"), "{list}: {more}");
    }
    let currencies = |count| said(&many("currencies", count, "{id: c#, name: C}"));
    assert!(currencies(5).is_empty() && currencies(6).ends_with("(too_long)\n"));
    let months = |n: u32| said(&format!("currencies: [{{id: a, name: A, expiry_months: {n}}}]"));
    assert!(months(0).contains("bad_number") && months(1).is_empty() && months(12).is_empty());
    assert!(months(13).ends_with("`expiry_months` must be 1 to 12 (bad_number)\n"));
}

#[test]
fn an_account_remembers_three_limits_of_earnings_for_each_currency() {
    let earnings = |currency: &str, count: usize| -> String {
        let one = |n| {
            format!("- {{id: {currency}{n}, currency: {currency}, points: 1, per_day_max: 5}}\n")
        };
        (0..count).map(one).collect()
    };
    let check = |first: usize, second: usize| {
        let yaml = "currencies: [{id: diem, name: điểm}, {id: xu, name: xu}]\nearnings:\n";
        said(&format!("{yaml}{}{}", earnings("diem", first), earnings("xu", second)))
    };
    assert_eq!(check(3, 3), "");
    assert!(check(4, 1).starts_with("line 6: ") && check(4, 1).ends_with("(too_many_caps)\n"));
    assert_eq!(
        with("earnings: [{id: a, currency: xu, points: 1}]"),
        "line 2: there is no currency `xu` (unknown_currency)\n"
    );
}

#[test]
fn happy_hours_that_come_together_are_refused_over_midnight_and_the_week_too() {
    let check = |first: &str, second: &str| {
        with(&format!(
            "earnings: [{{id: a, currency: diem, points: 1, happy_hours: [{{{first}, by: 2}}, {{{second}, by: 3}}]}}]"
        ))
    };
    for (first, second, apart) in [
        (
            "days: [mon], from: '10:00', to: '12:00'",
            "days: [mon], from: '12:00', to: '13:00'",
            true,
        ),
        (
            "days: [mon], from: '10:00', to: '12:01'",
            "days: [mon], from: '12:00', to: '13:00'",
            false,
        ),
        (
            "days: [mon], from: '22:00', to: '02:00'",
            "days: [tue], from: '01:59', to: '03:00'",
            false,
        ),
        (
            "days: [mon], from: '22:00', to: '02:00'",
            "days: [tue], from: '02:00', to: '03:00'",
            true,
        ),
        (
            "days: [sun], from: '22:00', to: '02:00'",
            "days: [mon], from: '00:00', to: '03:00'",
            false,
        ),
        (
            "days: [sun], from: '22:00', to: '24:00'",
            "days: [mon], from: '00:00', to: '03:00'",
            true,
        ),
    ] {
        let said = check(first, second);
        assert_eq!(said.is_empty(), apart, "{first} and {second}: {said}");
        assert!(apart || said.ends_with("(overlap)\n"), "{said}");
    }
}

#[test]
fn what_became_of_each_entry_is_told_by_what_it_says() {
    let before = read(DEMO);
    let yaml = DEMO
        .replace("points: 50}", "points: 60}")
        .replace("from: 1500", "from: 2000")
        .replace("id: cup", "id: mug")
        .replace("{id: regular, name: Khách quen, on", "{name: 'Khách quen', id: regular, on");
    let changes = read(&yaml).changes_since(Some(&before));
    let said: Vec<String> = changes
        .into_iter()
        .filter(|one| one.change != RuleChange::Unchanged)
        .map(|one| format!("{} {} {:?}", one.kind, one.id, one.change))
        .collect();
    assert_eq!(
        said,
        [
            "earning five-stars Changed",
            "reward mug New",
            "tiers diem Changed",
            "reward cup Removed"
        ]
    );
    let first = before.changes_since(None);
    assert!(first.len() == 10 && first.iter().all(|one| one.change == RuleChange::New));
}

#[test]
fn a_season_has_a_name_for_as_long_as_it_lasts() {
    let date = |text: &str| text.parse().unwrap();
    let tet = Season::Dates { from: date("2027-01-20"), until: date("2027-02-20") };
    for (instant, names) in [
        ("2026-12-31T23:59:59+07:00", ["2026-12", "2026-q4", "2026", ""]),
        ("2027-01-01T00:00:00+07:00", ["2027-01", "2027-q1", "2027", ""]),
        ("2027-01-20T00:00:00+07:00", ["2027-01", "2027-q1", "2027", "2027-01-20"]),
        ("2027-02-20T23:59:59+07:00", ["2027-02", "2027-q1", "2027", "2027-01-20"]),
        ("2027-02-20T17:00:00Z", ["2027-02", "2027-q1", "2027", ""]),
        ("2027-03-31T17:00:00Z", ["2027-04", "2027-q2", "2027", ""]),
    ] {
        let seasons = [Season::Month, Season::Quarter, Season::Year, tet];
        let keys = seasons.map(|season| season.key(at(instant)).unwrap_or_default());
        assert_eq!(keys, names, "{instant}");
    }
}

/// Random files made of the words of programmes: checked or refused, never a panic. `BOLERO_RANDOM_TEST_TIME_MS` lengthens it.
#[test]
fn fuzz_the_checker_of_programmes() {
    const WORDS: &[&str] = &[
        "\n",
        "\n- ",
        "\n  - ",
        "\n    ",
        "currencies:",
        "{id: diem, name: a}",
        "earnings:",
        "{id: a, currency: diem, points: 5}",
        "id: a",
        "currency: diem",
        "per_vnd: {vnd: 1, of: order.amount_vnd, round: up}",
        "multiply: [{by: 2, when: 'true'}]",
        "happy_hours: [{days: [sun], from: '22:00', to: '02:00', by: 2}]",
        "tiers: {currency: diem, window_months: 1, grace_days: 0, levels: []}",
        "tiers:",
        "levels:",
        "{id: b, name: b, from: 0}",
        "window_months: 12",
        "badges:",
        "streaks:",
        "boards:",
        "contests:",
        "rewards:",
        "goals: [7]",
        "prizes: [{rank_from: 1}]",
        "season: {from: 2026-01-01}",
        "from: 0",
        "'24:00'",
        "points: 99999999999999999999",
        "by: 0.001",
        "true",
        "null",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        "'",
        "-1",
        "1e400",
        "ạ",
    ];
    bolero::check!().with_type::<Vec<u8>>().with_test_time(Duration::from_millis(300)).for_each(
        |bytes| {
            let words = bytes.iter().map(|b| WORDS[usize::from(*b) % WORDS.len()]);
            let yaml: String = words.collect();
            if let Err(problems) = Programme::read(&yaml) {
                assert!(!problems.is_empty());
            }
        },
    );
}
