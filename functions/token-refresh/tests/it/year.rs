//! A year of simulated time in which Zalo is away now and then, for minutes or for days.

use cloud::custody::{Access, Custody};
use domain::custody::LIFE;
use jiff::SignedDuration;
use testkit::{
    stand_in::{Misbehaviour, ZaloFault},
    turns::Dice,
};
use token_refresh::{Trigger, handle};

use crate::setup::*;

/// What a year came to.
#[derive(Debug, Default)]
struct Year {
    asked: usize,
    waited: usize,
    outages: usize,
    granted: usize,
    longest_h: u64,
}

/// One year: every hour the clock's look, and at a random minute of it somebody who wants to send.
async fn year(seed: u64) -> Year {
    let mut dice = Dice::new(seed);
    let office = Office::new().await;
    let (tenants, zalo, settings) = (office.tenants(), office.client(), office.settings().await);
    let custody = Custody::new(&tenants, &zalo);
    let function = office.function();
    let tick: Trigger = serde_json::from_value(serde_json::json!({"tick": "hour"})).unwrap();
    let (mut year, mut away_until) = (Year::default(), 0);
    for hour in 0..365 * 24 {
        if hour == away_until {
            office.zalo.behave();
        }
        // About twice a month, for up to three days.
        if hour > away_until && dice.below(24 * 15) == 0 {
            let hours = 1 + dice.below(72);
            (away_until, year.outages) = (hour + hours, year.outages + 1);
            year.longest_h = year.longest_h.max(hours);
            office.zalo.misbehave(Misbehaviour::Down);
        }
        let away = hour < away_until;
        if !away && dice.below(24 * 10) == 0 {
            office.zalo.plan(1, ZaloFault::HtmlWithoutEffect);
        }
        office.set_now(start() + hours(hour.try_into().unwrap()));
        handle(&function, &tick, &office.invocation(&format!("tick-{hour}"))).await.unwrap();
        let minute = i64::try_from(dice.below(60)).unwrap();
        office.pass(SignedDuration::from_mins(minute));
        let invocation = office.invocation(&format!("send-{hour}"));
        let access = custody.token(&settings, OA, &invocation).await.unwrap();
        year.asked += 1;
        match access {
            Access::Token(token, _) => {
                if !away {
                    // A page that was meant for a refresh, and met none.
                    office.zalo.behave();
                }
                let to = cloud::zalo::Outgoing::Reply { user: "2468458835291979221", text: "a" };
                let sent = zalo.send(&token, &to).await;
                assert!(away || sent.is_ok(), "seed {seed}, hour {hour}: {sent:?}");
            }
            Access::Wait(_) => {
                assert!(away, "seed {seed}, hour {hour}: Zalo answers, and there is no token");
                year.waited += 1;
            }
            Access::Person | Access::NotConnected => panic!("seed {seed}, hour {hour}: {access:?}"),
        }
    }
    year.granted = office.granted();
    assert_eq!(office.alerts(), Vec::<String>::new(), "seed {seed}");
    year
}

#[tokio::test]
async fn in_a_year_of_outages_there_is_always_a_token_while_zalo_answers_and_no_needless_refresh() {
    let long = std::env::var_os("CHAM_LONG").is_some();
    for seed in 0..if long { 20 } else { 2 } {
        let year = year(seed).await;
        println!("seed {seed}: {year:?}");
        // Twice a day and not once more; an outage only puts one off.
        let most = 365 * 2;
        assert!(year.granted <= most, "seed {seed}: {year:?}");
        assert!(year.outages >= 10 && year.longest_h > 48 && year.waited > 0, "{year:?}");
    }
    assert_eq!(LIFE, hours(25));
}
