//! Who may be told what at which moment, as tables.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::{
    id::{CustomerId, EffectId},
    notification::{Alarm, Cause, Pause, SAFETY_NET, State, TemplateRef},
    phone::Phone,
    rule::OnUnknown,
};

const DAY: &str = "2026-11-20T08:30:00+07:00";
const NIGHT: &str = "2026-11-20T23:10:00+07:00";

const PURPOSES: [Purpose; 6] = [
    Purpose::Otp,
    Purpose::Transaction,
    Purpose::Reply,
    Purpose::Care,
    Purpose::Promotion,
    Purpose::Staff,
];

fn clock(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event(key: &str) -> EventId {
    EventId::of("ca-phe-som", "zalo-oa", key)
}

fn planned(purpose: Purpose) -> Notification {
    let at = clock(DAY);
    let template = TemplateRef { name: "guide".to_owned(), zalo_id: "433003".to_owned() };
    Notification {
        id: EffectId::of(&event("1"), "delivered", "guide"),
        tenant: "ca-phe-som".to_owned(),
        customer: Some(CustomerId::of("ca-phe-som", "lan")),
        cause: Cause {
            event: event("1"),
            rule: "delivered".to_owned(),
            version: 3,
            step: "guide".to_owned(),
        },
        purpose,
        content: Content::Template { template, params: BTreeMap::new() },
        price_vnd: BTreeMap::new(),
        channels: vec![Channel::ZnsUid, Channel::ZnsPhone],
        oa: "1".to_owned(),
        recipient: Recipient {
            phone: Some(Phone::parse("0912345678").unwrap()),
            user: Some("2".to_owned()),
        },
        planned_at: at,
        deadline: None,
        on_unknown: OnUnknown::Drop,
        state: State::Planned,
        reason: None,
        due_at: Some(at + SAFETY_NET),
        attempts: Vec::new(),
        channels_used: 0,
        revision: 0,
    }
}

/// Nothing stands in the way.
fn open(pauses: &Pauses) -> Standing<'_> {
    Standing {
        consents: true,
        mute: None,
        pauses,
        rule_is_active: true,
        morning_spread: SignedDuration::from_mins(30),
    }
}

fn paused(scopes: &[Scope]) -> Pauses {
    let pause = Pause { by: "minh".to_owned(), at: clock(DAY), stop: None };
    Pauses(scopes.iter().map(|scope| (scope.clone(), pause.clone())).collect())
}

const UID: Permission = Permission::Send(Channel::ZnsUid);

#[test]
fn by_day_everything_goes_and_by_night_all_but_care_and_promotion() {
    let nothing = Pauses::default();
    for purpose in PURPOSES {
        assert_eq!(planned(purpose).permission(open(&nothing), clock(DAY)), UID, "{purpose:?}");
        let at_night = planned(purpose).permission(open(&nothing), clock(NIGHT));
        if purpose.needs_consent() {
            let Permission::Hold(hold) = at_night else { panic!("{purpose:?}: {at_night:?}") };
            let after = hold.until.duration_since(clock("2026-11-21T06:00:00+07:00"));
            assert_eq!(hold.reason, reason::NIGHT);
            assert!((0..1_800).contains(&after.as_secs()), "{after:?}");
        } else {
            assert_eq!(at_night, UID, "{purpose:?}");
        }
    }
}

#[test]
fn the_window_opens_and_closes_on_the_second() {
    let nothing = Pauses::default();
    for (at, goes) in [
        ("2026-11-20T05:59:59+07:00", false),
        ("2026-11-20T06:00:00+07:00", true),
        ("2026-11-20T21:59:59+07:00", true),
        ("2026-11-20T22:00:00+07:00", false),
    ] {
        let permission = planned(Purpose::Care).permission(open(&nothing), clock(at));
        assert_eq!(permission == UID, goes, "{at}");
    }
}

#[test]
fn the_spread_of_the_morning_is_the_tenants() {
    let nothing = Pauses::default();
    for minutes in [0, 1, 90, 720] {
        let morning_spread = SignedDuration::from_mins(minutes);
        let mut latest = SignedDuration::ZERO;
        for n in 0..200 {
            let mut told = planned(Purpose::Promotion);
            told.id = EffectId::of(&event("1"), "delivered", &n.to_string());
            let standing = Standing { morning_spread, ..open(&nothing) };
            let permission = told.permission(standing, clock(NIGHT));
            let Permission::Hold(hold) = permission else { panic!("{permission:?}") };
            let after = hold.until.duration_since(clock("2026-11-21T06:00:00+07:00"));
            assert!(after >= SignedDuration::ZERO && after <= morning_spread, "{after:?}");
            latest = latest.max(after);
        }
        assert!(latest >= morning_spread * 9 / 10, "{minutes} min are used: {latest:?}");
    }
}

#[test]
fn only_care_and_promotion_need_consent() {
    let nothing = Pauses::default();
    for purpose in PURPOSES {
        let standing = Standing { consents: false, ..open(&nothing) };
        let no = Permission::Suppress(reason::NO_CONSENT);
        let expected = if purpose.needs_consent() { no } else { UID };
        assert_eq!(planned(purpose).permission(standing, clock(DAY)), expected, "{purpose:?}");
    }
}

#[test]
fn a_mute_silences_replies_care_and_promotion_until_it_ends_but_not_its_own_event() {
    let nothing = Pauses::default();
    let now = clock(DAY);
    let in_minutes = |n| now + SignedDuration::from_mins(n);
    for purpose in PURPOSES {
        for (ends, looked_at) in [(20, Some(20)), (60, Some(60)), (300, Some(60)), (0, None)] {
            let mute = Mute { until: in_minutes(ends), event: event("hand-off") };
            let standing = Standing { mute: Some(&mute), ..open(&nothing) };
            let expected = match (purpose, looked_at) {
                (Purpose::Otp | Purpose::Transaction | Purpose::Staff, _) | (_, None) => UID,
                (Purpose::Reply, Some(_)) => Permission::Suppress(reason::MUTED),
                (Purpose::Care | Purpose::Promotion, Some(minutes)) => {
                    let until = in_minutes(minutes);
                    Permission::Hold(Hold { until, reason: reason::MUTED })
                }
            };
            assert_eq!(planned(purpose).permission(standing, now), expected, "{purpose:?} {ends}");
            let own = Mute { event: event("1"), ..mute.clone() };
            let standing = Standing { mute: Some(&own), ..open(&nothing) };
            assert_eq!(planned(purpose).permission(standing, now), UID, "{purpose:?} {ends}");
        }
    }
}

#[test]
fn who_is_asked_after_is_whom_a_mute_or_a_missing_consent_can_stop() {
    let nothing = Pauses::default();
    let mute = Mute { until: clock(NIGHT), event: event("hand-off") };
    for purpose in PURPOSES {
        let standing = Standing { consents: false, mute: Some(&mute), ..open(&nothing) };
        let stopped = planned(purpose).permission(standing, clock(DAY)) != UID;
        assert_eq!(planned(purpose).asks_for_the_person(), stopped, "{purpose:?}");
    }
}

#[test]
fn a_pause_stops_what_it_names_but_no_password_and_the_narrow_ones_staff_too() {
    let scopes = [
        (Scope::Tenant, true, false),
        (Scope::Rule("delivered".to_owned()), true, true),
        (Scope::Template("guide".to_owned()), true, true),
        (Scope::Channel(Channel::ZnsUid), true, false),
        (Scope::Channel(Channel::ZnsPhone), false, false),
        (Scope::Rule("guide".to_owned()), false, false),
        (Scope::Template("delivered".to_owned()), false, false),
    ];
    for purpose in PURPOSES {
        for (scope, stops, stops_staff) in &scopes {
            let stops = match purpose {
                Purpose::Otp => false,
                Purpose::Staff => *stops_staff,
                Purpose::Transaction | Purpose::Reply | Purpose::Care | Purpose::Promotion => {
                    *stops
                }
            };
            let expected = if stops { Permission::Paused(scope.clone(), None) } else { UID };
            let pauses = paused(std::slice::from_ref(scope));
            let found = planned(purpose).permission(open(&pauses), clock(DAY));
            assert_eq!(found, expected, "{purpose:?} {scope}");
            assert!(!stops || planned(purpose).has_brakes());
        }
    }
}

#[test]
fn the_widest_pause_is_named_and_the_night_holds_longer_than_any() {
    let both = paused(&[Scope::Rule("delivered".to_owned()), Scope::Tenant]);
    let told = planned(Purpose::Care).permission(open(&both), clock(DAY));
    assert_eq!(told, Permission::Paused(Scope::Tenant, None));
    let told = planned(Purpose::Care).permission(open(&both), clock(NIGHT));
    assert!(matches!(told, Permission::Hold(Hold { reason: reason::NIGHT, .. })), "{told:?}");
}

#[test]
fn a_paused_notification_says_what_is_paused_and_is_looked_at_again() {
    let mut told = planned(Purpose::Care);
    told.pause(&Scope::Rule("delivered".to_owned()), None, clock(DAY)).unwrap();
    assert_eq!(told.reason.as_deref(), Some("paused(rule:delivered)"));
    assert_eq!((told.state, told.due_at), (State::Held, Some(clock(DAY) + PAUSE_PAUSE)));
}

/// What Zalo takes nothing of since the day began.
fn stopped(scope: &Scope) -> Pauses {
    Pauses(BTreeMap::from([(scope.clone(), Pause::by_zalo(-131, clock(DAY)))]))
}

fn on(channel: Channel) -> Scope {
    Scope::TemplateOn("guide".to_owned(), channel)
}

#[test]
fn what_zalo_has_stopped_on_one_channel_goes_by_the_next() {
    for scope in [on(Channel::ZnsUid), Scope::AccountOn("1".to_owned(), Channel::ZnsUid)] {
        let mut told = planned(Purpose::Care);
        let permission = told.permission(open(&stopped(&scope)), clock(DAY));
        assert_eq!(permission, Permission::Send(Channel::ZnsPhone), "{scope}");
        assert_eq!(told.channels_used, 1);
    }
}

#[test]
fn what_no_channel_takes_waits_and_one_of_it_tries_now_and_then() {
    let scope = on(Channel::ZnsUid);
    let pauses = stopped(&scope);
    let stop = pauses.0[&scope].stop.unwrap();
    let channels = vec![Channel::ZnsUid];
    let mut told = Notification { channels, ..planned(Purpose::Care) };
    let waits = Permission::Paused(scope.clone(), Some(stop));
    assert_eq!(told.permission(open(&pauses), clock(DAY)), waits);
    let tries = Permission::Probe(Channel::ZnsUid, scope.clone(), stop);
    assert_eq!(told.permission(open(&pauses), stop.probe_at), tries);
    told.pause(&scope, Some(&stop), clock(DAY)).unwrap();
    assert_eq!(told.reason.as_deref(), Some("stopped(template:guide@zns-uid)"));
    assert_eq!(told.due_at, Some(stop.probe_at));
    // The probe is another's: it does not come back at once.
    told.pause(&scope, Some(&stop), stop.probe_at).unwrap();
    assert_eq!(told.due_at, Some(stop.probe_at + PAUSE_PAUSE));
    let far = stop.probed(stop.probe_at).probed(stop.probe_at);
    told.pause(&scope, Some(&far), stop.probe_at).unwrap();
    assert_eq!(told.due_at, Some(stop.probe_at + STOP_PAUSE));
}

#[test]
fn a_stop_holds_its_own_template_account_and_channel_and_no_password_or_staff() {
    let other = |channels: &[Channel]| Notification {
        channels: channels.to_vec(),
        ..planned(Purpose::Transaction)
    };
    for (scope, stops) in [
        (on(Channel::ZnsPhone), true),
        (on(Channel::ZnsUid), false),
        (Scope::TemplateOn("welcome".to_owned(), Channel::ZnsPhone), false),
        (Scope::AccountOn("1".to_owned(), Channel::ZnsPhone), true),
        (Scope::AccountOn("2".to_owned(), Channel::ZnsPhone), false),
        (Scope::AccountOn("1".to_owned(), Channel::OaCs), false),
    ] {
        let pauses = stopped(&scope);
        let permission = other(&[Channel::ZnsPhone]).permission(open(&pauses), clock(DAY));
        assert_eq!(permission != Permission::Send(Channel::ZnsPhone), stops, "{scope}");
        for purpose in [Purpose::Otp, Purpose::Staff] {
            let mut told = Notification { purpose, ..other(&[Channel::ZnsPhone]) };
            let permission = told.permission(open(&pauses), clock(DAY));
            assert_eq!(permission, Permission::Send(Channel::ZnsPhone), "{scope}");
        }
    }
}

#[test]
fn quotas_begin_anew_at_the_hour_that_the_business_says() {
    for (now, resets_h, key, ends, month) in [
        ("2026-11-20T08:30:00+07:00", 0, "2026-11-20", "2026-11-21T00:00", "2026-12-01T00:00"),
        ("2026-11-20T08:30:00+07:00", 7, "2026-11-20", "2026-11-21T07:00", "2026-12-01T07:00"),
        ("2026-11-20T06:59:59+07:00", 7, "2026-11-19", "2026-11-20T07:00", "2026-12-01T07:00"),
        ("2026-12-01T03:00:00+07:00", 7, "2026-11-30", "2026-12-01T07:00", "2026-12-01T07:00"),
        ("2026-12-31T23:59:59+07:00", 0, "2026-12-31", "2027-01-01T00:00", "2027-01-01T00:00"),
        ("2026-11-30T17:00:00Z", 0, "2026-12-01", "2026-12-02T00:00", "2027-01-01T00:00"),
    ] {
        let day = Window::quota_day(clock(now), resets_h);
        let at = |text: &str| clock(&format!("{text}:00+07:00"));
        assert_eq!((day.key.as_str(), day.ends), (key, at(ends)), "{now} {resets_h}");
        assert_eq!(Window::quota_month_ends(clock(now), resets_h), at(month), "{now} {resets_h}");
    }
}

#[test]
fn the_deadline_comes_before_everything_and_a_removed_step_before_the_rest() {
    let all = paused(&[Scope::Tenant]);
    let mut told = planned(Purpose::Care);
    told.deadline = Some(clock(DAY));
    let standing = Standing { consents: false, rule_is_active: false, ..open(&all) };
    let cancelled = Permission::Cancel(reason::RULE_REMOVED);
    assert_eq!(told.permission(standing, clock(DAY)), cancelled);
    let late = clock(DAY) + SignedDuration::from_secs(1);
    assert_eq!(told.permission(standing, late), Permission::Expire);
}

#[test]
fn a_step_stands_while_the_rules_have_it_or_are_older_than_it() {
    let cause = planned(Purpose::Care).cause;
    let with = BTreeSet::from(["delivered/guide".to_owned()]);
    let without = BTreeSet::from(["delivered/ask".to_owned(), "delivered".to_owned()]);
    for (version, steps, stands) in [
        (3, &with, true),
        (9, &with, true),
        (3, &without, false),
        (9, &without, false),
        (2, &without, true),
    ] {
        assert_eq!(cause.stands_in(version, steps), stands, "{version} {steps:?}");
    }
    let alarm = Alarm::Budget { most_vnd: 1, day: &Window::day(clock(DAY)) };
    let alarm = alarm.notification("ca-phe-som", "1", clock(DAY));
    assert!(alarm.cause.stands_in(9, &without), "Cham's own words have no rule");
}

#[test]
fn a_channel_that_leads_nowhere_or_carries_something_else_is_passed_over() {
    let nothing = Pauses::default();
    let text = || Content::Text("Dạ".to_owned());
    for (content, phone, user, expected) in [
        (None, true, true, UID),
        (None, true, false, Permission::Send(Channel::ZnsPhone)),
        (None, false, false, Permission::NoChannel),
        (Some(text()), true, true, Permission::Send(Channel::OaCs)),
        (Some(text()), true, false, Permission::Send(Channel::Alert)),
    ] {
        let mut told = planned(Purpose::Transaction);
        told.channels = vec![Channel::ZnsUid, Channel::ZnsPhone];
        if let Some(content) = content {
            told.content = content;
            told.channels.extend([Channel::OaCs, Channel::Alert]);
        }
        told.recipient.phone = told.recipient.phone.filter(|_| phone);
        told.recipient.user = told.recipient.user.filter(|_| user);
        assert_eq!(told.permission(open(&nothing), clock(DAY)), expected);
    }
}

#[test]
fn an_hour_and_a_day_of_vietnam_have_a_key_and_an_end() {
    let hour = Window::hour(clock("2026-11-20T08:59:59.5+07:00"));
    assert_eq!(
        (hour.key.as_str(), hour.ends),
        ("2026-11-20T08", clock("2026-11-20T09:00:00+07:00"))
    );
    assert_eq!(Window::hour(hour.ends).key, "2026-11-20T09");
    let day = Window::day(clock("2026-11-20T23:59:59+07:00"));
    assert_eq!((day.key.as_str(), day.ends), ("2026-11-20", clock("2026-11-21T00:00:00+07:00")));
    assert_eq!(Window::day(clock("2026-11-20T16:59:59Z")).key, "2026-11-20");
    assert_eq!(Window::day(clock("2026-11-20T17:00:00Z")).key, "2026-11-21");
    for n in 0..100 {
        let mut told = planned(Purpose::Care);
        told.id = EffectId::of(&event("1"), "delivered", &n.to_string());
        let at = hour.share_of_next_hour(&told);
        assert_eq!(Window::hour(at).key, "2026-11-20T09");
    }
}

#[test]
fn an_alarm_is_the_same_for_its_hour_and_rule_alone() {
    let told = |rule: &str, at: &str| {
        let alarm = Alarm::Burst { rule, most: 200, hour: &Window::hour(clock(at)) };
        alarm.notification("ca-phe-som", "1", clock(at))
    };
    let first = told("guide", "2026-11-20T08:10:00+07:00");
    assert_eq!(first.id, told("guide", "2026-11-20T08:50:00+07:00").id);
    let others = [
        told("guide", "2026-11-20T09:00:00+07:00").id,
        told("welcome", "2026-11-20T08:10:00+07:00").id,
    ];
    assert!(!others.contains(&first.id));
    let nothing = Pauses::default();
    let permission = first.clone().permission(open(&nothing), clock(NIGHT));
    assert_eq!(permission, Permission::Send(Channel::Alert));
}
