//! What the way of a notification costs, and how large one may be before it costs more.

use std::collections::BTreeMap;

use cloud::table::notifications::Meeting;
use domain::{
    channel::Channel,
    event::Rank,
    notification::{Answer, Content, Hold},
};

use crate::{
    notifications::{MESSAGE, accepted, claim, planned, save, stored},
    stage::{Stage, TENANT, minute, start},
};

#[tokio::test]
async fn from_planned_to_delivered_by_phone_takes_seven_units() {
    let stage = Stage::new();
    let mut n = planned(1);
    let mark = stage.faults.mark();
    stage.notifications().plan(&n).await.unwrap();
    claim(&mut n, start());
    let units = save(&stage, &mut n).await;
    assert_eq!((units.write, units.index), (1.0, 0.0), "a claim leaves `due` alone");
    n.settle(n.tracking().attempt, &accepted(), &domain::tenant::Limits::default(), minute(0))
        .unwrap();
    let units = save(&stage, &mut n).await;
    assert_eq!((units.write, units.index), (2.0, 1.0), "sent leaves `due`");
    assert!(n.receive(1, MESSAGE, Rank::Delivered));
    let units = save(&stage, &mut n).await;
    assert_eq!((units.write, units.index), (1.0, 0.0), "delivered");
    assert_eq!(stage.faults.units_since(mark).write, 7.0);
    assert_eq!(stored(&stage, &n).await, n);
}

#[tokio::test]
async fn by_uid_the_meeting_makes_it_nine() {
    let stage = Stage::new();
    let notifications = stage.notifications();
    let mut n = planned(1);
    n.channels = vec![Channel::ZnsUid];
    let mark = stage.faults.mark();
    notifications.plan(&n).await.unwrap();
    claim(&mut n, start());
    save(&stage, &mut n).await;
    let (met, units) =
        stage.units(notifications.meet_as_sender(TENANT, MESSAGE, &n.tracking())).await;
    assert_eq!(met.unwrap(), Meeting { sender: Some(n.tracking()), rank: None });
    assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
    n.settle(n.tracking().attempt, &accepted(), &domain::tenant::Limits::default(), start())
        .unwrap();
    save(&stage, &mut n).await;
    let (met, units) =
        stage.units(notifications.meet_as_receipt(TENANT, MESSAGE, Rank::Delivered)).await;
    let met = met.unwrap();
    assert_eq!(met, Meeting { sender: Some(n.tracking()), rank: Some(Rank::Delivered) });
    assert_eq!((units.write, units.read, units.calls), (1.0, 0.0, 1));
    assert!(n.receive(met.sender.unwrap().attempt, MESSAGE, Rank::Delivered));
    save(&stage, &mut n).await;
    assert_eq!(stage.faults.units_since(mark).write, 9.0);
}

#[tokio::test]
async fn a_hold_is_three_units_more() {
    let stage = Stage::new();
    let mut n = planned(1);
    stage.notifications().plan(&n).await.unwrap();
    n.hold(&Hold { until: minute(60), reason: "window" }).unwrap();
    let units = save(&stage, &mut n).await;
    assert_eq!((units.write, units.index), (3.0, 2.0));
    assert_eq!(stored(&stage, &n).await, n);
}

/// Whether every write of a notification with so many bytes of parameters, names and values, takes one unit for its row, when
/// its last of `attempts` brings it through. All other fields are as the demo fills them.
async fn fits(params_bytes: usize, attempts: usize) -> bool {
    let stage = Stage::new();
    let mut n = planned(1);
    let Content::Template { params, .. } = &mut n.content else { panic!("it has a template") };
    let filled = params_size(params) - params["customer_name"].len();
    params.insert("customer_name".to_owned(), "a".repeat(params_bytes - filled));
    stage.notifications().plan(&n).await.unwrap();
    let mut largest: f64 = 0.0;
    for attempt in 1..=attempts {
        claim(&mut n, start());
        let units = save(&stage, &mut n).await;
        largest = largest.max(units.write - units.index);
        let answer = if attempt == attempts { accepted() } else { Answer::NotSent };
        n.settle(n.tracking().attempt, &answer, &domain::tenant::Limits::default(), start())
            .unwrap();
        let units = save(&stage, &mut n).await;
        largest = largest.max(units.write - units.index);
    }
    n.receive(u8::try_from(attempts).unwrap(), MESSAGE, Rank::Delivered);
    let units = save(&stage, &mut n).await;
    largest.max(units.write - units.index) == 1.0
}

fn params_size(params: &BTreeMap<String, String>) -> usize {
    params.iter().map(|(name, value)| name.len() + value.len()).sum()
}

#[tokio::test]
async fn a_notification_stays_within_a_kilobyte_up_to_a_bound_on_its_parameters() {
    let Content::Template { params, .. } = planned(1).content else { panic!("it has a template") };
    assert_eq!(params_size(&params), 61, "of the demo");
    // Every further attempt takes 99 bytes of the row.
    for (attempts, bytes) in [(1, 483), (2, 384), (3, 285), (4, 186), (5, 87)] {
        assert!(fits(bytes, attempts).await, "{bytes} bytes, attempt {attempts}");
        assert!(!fits(bytes + 1, attempts).await, "{} bytes, attempt {attempts}", bytes + 1);
    }
}
