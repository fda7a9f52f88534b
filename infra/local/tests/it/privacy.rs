//! Lan is given everything that the day has left of her, and is forgotten: nothing of her stands in any table, nothing that comes
//! late brings her back, and the other customer keeps what is his.

use std::{collections::BTreeMap, io::Read, sync::LazyLock};

use cloud::{
    privacy::{Erased, Ledger, Privacy},
    table::{Customers, Events, Notifications, Points, Standings, SurveyResults, Surveys},
};
use domain::{id::CustomerId, phone::Pepper, points::Currency, subject::Subject};
use jiff::{SignedDuration, Timestamp};
use local::{
    demo::{Business, DAY_SURVEY, DAY_SURVEY_EXPECTED, TEMPLATE, hook::DemoHook},
    replay::{Day, Expected, play},
    stack::{Stack, request},
    template::Template,
};
use serde_json::{Value, json};
use testkit::{
    engine::Engine,
    fault::{Call, Fault, Faults},
};

use crate::variation::{answered, day, moved, run, settings, told};

const TENANT: &str = "ca-phe-som";
const OA: &str = "2893352839501541173";
const LAN: &str = "2468458835291979221";
const MINH: &str = "2468458835291979999";

/// What names Lan, in every form in which the day brings it: who she is, what she wrote, what she bought.
const OF_LAN: [&str; 19] = [
    "Nguyễn Thị Lan",
    "84912345678",
    "0912345678",
    "912345678",
    "0912 345 678",
    LAN,
    "552177279717587730",
    "5568458835291979221",
    "12 Lê Lợi",
    "30/10/1994",
    "máy pha cà phê này giá bao nhiêu",
    "gia bn z shop",
    "Dạ giã từ nhé",
    "đơn của em tới đâu rồi ạ",
    "cho mình gặp nhân viên với",
    "DH0001",
    "Z82BS",
    "92704",
    "Priority",
];

/// The stack when the day is over.
async fn evening() -> Stack {
    let mut stack = Stack::start(settings()).await.unwrap();
    let day = Day::read(DAY_SURVEY).unwrap();
    let expected = Expected::read(DAY_SURVEY_EXPECTED).unwrap();
    play(&mut stack, &day, Some(&expected)).await.unwrap();
    stack
}

fn privacy(engine: &Engine, faults: &Faults) -> Privacy {
    let client = engine.client(faults);
    let customers = Customers::new(&client, &table("CustomersTable"));
    Privacy::new(
        customers,
        Events::new(&client, &table("EventsTable")),
        Notifications::new(&client, &table("NotificationsTable")),
        Surveys::new(&client, &table("SurveysTable")),
        SurveyResults::new(&client, &table("SurveyResultsTable")),
        Ledger {
            points: Points::new(&client, &table("PointsTable")),
            standings: Standings::new(&client, &table("StandingsTable")),
            currencies: vec![Currency::parse("diem").unwrap()],
        },
    )
}

fn customers(engine: &Engine) -> Customers {
    Customers::new(&engine.client(&Faults::new()), &table("CustomersTable"))
}

fn table(logical_id: &str) -> String {
    static READ: LazyLock<Template> = LazyLock::new(|| Template::read(TEMPLATE).unwrap());
    let found = READ.tables().iter().find(|table| table.logical_id == logical_id);
    found.unwrap().name.clone()
}

fn pepper() -> Pepper {
    Pepper::new(Business::demo().unwrap().secrets.pepper.expose().as_bytes()).unwrap()
}

fn zalo(user: &str) -> Subject {
    Subject::Zalo { oa: OA.to_owned(), user: user.to_owned() }
}

async fn customer(engine: &Engine, user: &str) -> Option<CustomerId> {
    let link = customers(engine).link(TENANT, &zalo(user)).await.unwrap();
    link.map(|link| link.customer)
}

async fn erase(engine: &Engine, customer: &CustomerId, now: Timestamp) -> Erased {
    let privacy = privacy(engine, &Faults::new());
    privacy.erase(TENANT, &pepper(), customer, now, |_| {}).await.unwrap()
}

/// Every row of every table in words, by table and key; what is packed is inflated.
fn everything(engine: &Engine) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    for table in engine.tables().unwrap() {
        for row in engine.scan_all(&table).unwrap() {
            let key = format!("{table} {} {}", row["pk"], row["sk"]);
            let mut words = row.to_string();
            inflate(&row, &mut words);
            rows.insert(key, words);
        }
    }
    rows
}

/// Adds whatever is behind bytes, at any depth.
fn inflate(value: &Value, words: &mut String) {
    match value {
        Value::Object(fields) => {
            if let Some(bytes) = fields.get("B").and_then(Value::as_str) {
                let packed = data_encoding::BASE64.decode(bytes.as_bytes()).unwrap();
                // Entries of the ledger are coded: numbers, and ids that name nobody.
                let mut plain = flate2::read::DeflateDecoder::new(packed.as_slice());
                if plain.read_to_string(words).is_err() {
                    words.push_str(&String::from_utf8_lossy(&packed));
                }
            }
            fields.values().for_each(|value| inflate(value, words));
        }
        Value::Array(items) => items.iter().for_each(|value| inflate(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The rows that name Lan, each with what names her.
fn traces(engine: &Engine) -> Vec<(String, &'static str)> {
    let key = pepper().key(&domain::phone::Phone::parse("0912345678").unwrap());
    let mut found = Vec::new();
    let tenants = table("TenantsTable");
    for (place, words) in everything(engine) {
        // The rules speak of tiers and parcels, and name nobody.
        if place.starts_with(&tenants) {
            assert!(!words.contains(LAN) && !words.contains("912345678"), "{place}");
            continue;
        }
        found.extend(
            OF_LAN.into_iter().filter(|of| words.contains(of)).map(|of| (place.clone(), of)),
        );
        if words.contains(key.as_str()) {
            found.push((place, "the key of her number"));
        }
    }
    found
}

/// Goal: the scan can find. Method: before the erasure it finds every word.
#[test]
fn before_it_lan_stands_everywhere_and_is_given_all_of_it() {
    run(async {
        let stack = evening().await;
        let engine = stack.engine();
        let named: Vec<&str> = traces(engine).into_iter().map(|(_, of)| of).collect();
        for of in OF_LAN {
            assert!(named.contains(&of), "{of} stands nowhere");
        }
        let lan = customer(engine, LAN).await.unwrap();
        let export = privacy(engine, &Faults::new()).export(TENANT, &lan).await.unwrap();
        let text = serde_json::to_string_pretty(&export).unwrap();
        for of in OF_LAN {
            assert!(text.contains(of), "{of} is not exported");
        }
        assert!(text.contains("Shop ơi máy pha cà phê này giá bao nhiêu ạ?"));
        assert!(!text.contains(MINH), "nobody else's");
        assert_eq!(export.profile[0]["name"], "Nguyễn Thị Lan");
        let phones: Vec<&Value> = export.identities.iter().map(|one| &one["phone"]).collect();
        assert!(phones.contains(&&json!("84912345678")), "{phones:?}");
        assert_eq!(export.things.len(), 2, "an order and a parcel: {:?}", export.things);
        assert!(export.consents.len() >= 2 && export.notifications.len() >= 6);
        told(&format!(
            "the export: {} events, {} lines, {} notifications, {} notes",
            export.events.len(),
            export.timeline.len(),
            export.notifications.len(),
            export.notes.len()
        ));
    });
}

#[test]
fn after_it_nothing_in_any_table_names_lan_and_the_other_customer_is_as_before() {
    run(async {
        let stack = evening().await;
        let engine = stack.engine();
        let lan = customer(engine, LAN).await.unwrap();
        let minh = customer(engine, MINH).await.unwrap();
        let his = |rows: BTreeMap<String, String>| {
            let is_his = |words: &String| words.contains(MINH) || words.contains(minh.as_str());
            rows.into_iter().filter(|(_, words)| is_his(words)).collect::<BTreeMap<_, _>>()
        };
        let before = everything(engine);
        let erased = erase(engine, &lan, stack.now()).await;
        assert_eq!(traces(engine), []);
        let after = everything(engine);
        assert!(his(before.clone()).len() >= 5);
        assert_eq!(his(after.clone()), his(before.clone()));
        let gone = before.keys().filter(|key| !after.contains_key(*key)).count();
        assert_eq!(erased.rows(), gone, "what was counted is what is gone");
        let new: Vec<&String> = after.keys().filter(|key| !before.contains_key(*key)).collect();
        assert!(new.iter().all(|key| key.contains("#erased")), "only seals are new: {new:?}");
        // Rewards, and what was earned, keep an opaque id; no other row has it.
        let keep = ["PointsTable", "RewardsTable", "StandingsTable"].map(table);
        let places = after.iter().filter(|(_, words)| words.contains(lan.as_str()));
        let places: Vec<&String> = places.map(|(place, _)| place).collect();
        assert!(
            places.iter().all(|place| keep.iter().any(|table| place.starts_with(table))),
            "{places:?}"
        );
        told(&format!("{erased:?}, {} seals", new.len()));

        let again = erase(engine, &lan, stack.now() + SignedDuration::from_hours(1)).await;
        assert_eq!(again, Erased::default());
        assert_eq!(everything(engine), after, "the second time changes nothing");
    });
}

/// Goal: an erasure that dies anywhere is finished by the next. Method: a crash before and after every call that writes; one that
/// dies while it reads leaves what the write before has left.
#[test]
fn a_crash_at_any_call_is_repaired_by_the_next_erasure() {
    run(async {
        let stack = evening().await;
        let (snapshot, now) = (stack.engine().snapshot().unwrap(), stack.now());
        let lan = customer(stack.engine(), LAN).await.unwrap();
        let undisturbed = snapshot.open().unwrap();
        let faults = Faults::new();
        let counted = privacy(&undisturbed, &faults);
        counted.erase(TENANT, &pepper(), &lan, now, |_| {}).await.unwrap();
        let calls = faults.calls();
        let writes = |call: &&Call| !matches!(call.operation.as_str(), "Query" | "GetItem");
        let writes: Vec<u64> = calls.iter().filter(writes).map(|call| call.number).collect();
        assert!(writes.len() > 20, "{writes:?}");
        let expected = everything(&undisturbed);
        for &nth in &writes {
            for fault in [Fault::CrashBefore, Fault::CrashAfter] {
                let engine = snapshot.open().unwrap();
                let faults = Faults::new();
                faults.plan(nth, fault);
                let struck = privacy(&engine, &faults);
                let pepper = pepper();
                tokio::select! {
                    _ = struck.erase(TENANT, &pepper, &lan, now, |_| {}) => {
                        panic!("{fault:?} {nth} did not happen")
                    }
                    () = faults.crashed() => {}
                }
                erase(&engine, &lan, now).await;
                assert_eq!(traces(&engine), [], "{fault:?} at call {nth}");
                assert_eq!(everything(&engine), expected, "{fault:?} at call {nth}");
            }
        }
        told(&format!("an erasure of {} calls survives {} crashes", calls.len(), 2 * writes.len()));
    });
}

/// Sends one hook at the present instant, and lets everything come of it.
async fn sent(stack: &mut Stack, hook: &DemoHook) {
    let headers = hook.headers.iter().cloned().collect();
    let body = String::from_utf8(hook.body.clone()).unwrap();
    let answer = stack.request(request(&hook.method, &hook.path, &headers, &body)).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    let then = stack.now() + SignedDuration::from_mins(1);
    stack.advance(then).await.unwrap();
}

/// Goal: whatever senders still have in their queues brings nobody back. Method: the whole day once more, and news of the parcel.
#[test]
fn late_hooks_do_not_bring_lan_back() {
    run(async {
        let mut stack = evening().await;
        let lan = customer(stack.engine(), LAN).await.unwrap();
        let others = |stack: &Stack| {
            let minh = |words: &String| words.contains(MINH);
            everything(stack.engine()).into_values().filter(minh).collect::<Vec<_>>()
        };
        erase(stack.engine(), &lan, stack.now()).await;
        let (his, messages) = (others(&stack), stack.stand_in().messages().len());
        let mut taken = 0;
        for line in day().lines {
            let line = moved(&line, stack.now());
            let status = answered(&mut stack, &line).await;
            assert!(status < 500, "{status}: {}", line.came());
            taken += usize::from(status < 300);
            let then = stack.now() + SignedDuration::from_mins(1);
            stack.advance(then).await.unwrap();
        }
        assert!(taken >= 20, "{taken} hooks were taken");
        let returned = json!({
            "ClientOrderCode": "DH0001", "OrderCode": "Z82BS", "Status": "returned",
            "Time": stack.now().to_string(), "Type": "switch_status",
        });
        sent(&mut stack, &DemoHook::ghn(returned.to_string())).await;
        let paid = json!({
            "id": 92_799, "gateway": "Vietcombank", "transactionDate": "2026-11-30 08:29:58",
            "code": "DH0001", "content": "DH0001 NGUYEN THI LAN chuyen", "transferType": "in",
            "transferAmount": 350_000,
        });
        let paid = DemoHook::sepay(paid.to_string(), stack.now());
        sent(&mut stack, &paid).await;
        let end = stack.now() + SignedDuration::from_hours(48);
        stack.advance(end).await.unwrap();
        assert_eq!(traces(stack.engine()), []);
        assert_eq!(customer(stack.engine(), LAN).await, None);
        assert_eq!(stack.stand_in().messages().len(), messages, "nobody is told anything");
        assert_eq!(others(&stack), his);
    });
}

#[test]
fn who_follows_again_is_a_new_customer_without_a_past() {
    run(async {
        let mut stack = evening().await;
        let lan = customer(stack.engine(), LAN).await.unwrap();
        erase(stack.engine(), &lan, stack.now()).await;
        let then = stack.now() + SignedDuration::from_hours(2);
        stack.advance(then).await.unwrap();
        let followed = json!({
            "oa_id": OA, "follower": {"id": LAN}, "event_name": "follow", "source": "oa_profile",
            "timestamp": stack.now().as_millisecond().to_string(),
        });
        sent(&mut stack, &DemoHook::zalo(followed)).await;
        let customers = customers(stack.engine());
        let lan = customer(stack.engine(), LAN).await.unwrap();
        let (lan, about) = customers.person(TENANT, &lan).await.unwrap();
        assert_eq!((&about.name, &about.order, &about.mute), (&None, &None, &None));
        assert_eq!(about.identities.keys().collect::<Vec<_>>(), [&zalo(LAN)]);
        let timeline = customers.timeline(TENANT, &lan, None, 99).await.unwrap();
        let kinds: Vec<&str> = timeline.iter().map(|line| line.kind.as_str()).collect();
        assert!(kinds.contains(&"customer.followed"), "{kinds:?}");
        assert!(
            kinds
                .iter()
                .all(|kind| kind.starts_with("notification.") || *kind == "customer.followed")
        );
        let left: Vec<_> =
            traces(stack.engine()).into_iter().filter(|(_, of)| *of != LAN).collect();
        assert_eq!(left, []);
    });
}
