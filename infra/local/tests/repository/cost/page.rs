//! The text of `docs/cost.md`.

use std::fmt::Write as _;

use super::{
    bill::{Bought, Facts},
    prices::{Known, PARTS, Price, amount, dollars, grouped},
};

/// Orders of the months that are shown.
const MONTHS: [u128; 4] = [0, 1_000, 10_000, 1_000_000];

/// The lines of the bill, in the order of the page, as people say them.
const LINES: [(&str, &str); 13] = [
    ("write_units", "DynamoDB, written"),
    ("read_units", "DynamoDB, read"),
    ("table_storage", "DynamoDB, stored"),
    ("table_recovery", "DynamoDB, point-in-time recovery"),
    ("stream_reads", "DynamoDB, streams"),
    ("function_requests", "Lambda, invocations"),
    ("function_time", "Lambda, time"),
    ("http_requests", "HTTP API"),
    ("schedule_calls", "EventBridge Scheduler"),
    ("log_intake", "CloudWatch, logs taken in"),
    ("log_storage", "CloudWatch, logs kept"),
    ("alarms", "CloudWatch, alarms"),
    ("transfer_out", "Data to the internet"),
];
/// What `Size=standard` adds.
const STANDARD: [(&str, &str); 3] = [
    ("own_key", "KMS, the tables' key"),
    ("key_requests", "KMS, requests for it"),
    ("dashboard", "CloudWatch, dashboard"),
];

pub(super) fn page(facts: &Facts) -> String {
    let mut page = String::from("# What Cham costs\n\n");
    page.push_str(&lead(facts));
    page.push_str(&bill(facts));
    page.push_str(&least(facts));
    page.push_str(&counted(facts));
    page.push_str(&prices(facts));
    page
}

fn lead(facts: &Facts) -> String {
    let prices = &facts.prices;
    let known = |known: Known| {
        let of = prices.prices.values().filter(|price| price.known == known);
        of.count()
    };
    format!(
        "This page is computed from [prices.yaml](prices.yaml), the template and one order that is played through the whole stack; \
         a test holds it to them, and `CHAM_WRITE=1 cargo test -p local --test repository` writes it anew.\n\
         Prices are those of {}, as of {}, without tax and **without the free tier**, at {} đồng a dollar ({}).\n\
         Of {} prices {} were read for this region, {} for another one, and {} were not read at all: the table below says which.\n\
         Nobody has run Cham on AWS yet, so run times and the sizes of logs are assumed, as listed at the end.\n\n",
        prices.region,
        prices.date,
        grouped(prices.exchange.vnd_per_usd),
        prices.exchange.note,
        prices.prices.len(),
        known(Known::Region),
        known(Known::Elsewhere),
        known(Known::Memory),
    )
}

fn bill(facts: &Facts) -> String {
    let months = MONTHS.map(|orders| facts.month(orders));
    let mut text = String::from("## The bill of a month\n\n");
    text.push_str(
        "| orders | none | 1,000 | 10,000 | 1,000,000 |\n| --- | ---: | ---: | ---: | ---: |\n",
    );
    for (name, said) in LINES {
        let price = facts.prices.price(name);
        row(&mut text, said, months.each_ref().map(|month| dollars(price.of(of(month, name)))));
    }
    let sums = months.each_ref().map(|month| facts.sum(month));
    let vnd = sums.map(|sum| facts.prices.vnd(sum));
    row(&mut text, "**AWS, in dollars**", sums.map(|sum| format!("**{}**", dollars(sum))));
    row(&mut text, "**AWS, in đồng**", vnd.map(|vnd| format!("**{}**", grouped(vnd))));
    let standard =
        MONTHS.map(|orders| grouped(facts.prices.vnd(facts.sum(&facts.standard(orders)))));
    row(&mut text, "with `Size=standard`, in đồng", standard);
    let each = |place: usize| match MONTHS[place] {
        0 => "".to_owned(),
        orders => amount(vnd[place] * PARTS / orders),
    };
    row(&mut text, "AWS for one order, in đồng", [0, 1, 2, 3].map(each));
    let beyond = months.each_ref().map(|month| facts.prices.vnd(facts.sum_beyond_free(month)));
    row(&mut text, "the same month with the free tier, in đồng", beyond.map(grouped));
    let zns = MONTHS.map(|orders| grouped(orders * facts.order.zns_vnd));
    row(&mut text, "Zalo's own fees for the messages, in đồng, apart", zns);
    let months = facts.standard(MONTHS[3]);
    let extra = |name: &str| dollars(facts.prices.price(name).of(of(&months, name)));
    let _ = write!(
        text,
        "\nThe bill is that of month {}: rows pile up, events for their {} days and everything else for good.\n\
         The free tier is what an account gets for ever and every month ({}); what new accounts get for a year is not in it.\n\
         The bill is that of `Size=small`; `Size=standard` adds a key of your own for {} a month with at most {} for its requests, \
         and a dashboard for {}.\n\
         A metric counts what got stuck; it exists, and costs, only in hours in which something does, and is left out here.\n\
         Zalo's fees are those of the demo's templates, {} đồng for the {} messages of an order; Zalo adds tax.\n\n",
        facts.prices.assumed("month_of_age"),
        facts.described.raw_days,
        free(facts),
        extra("own_key"),
        extra("key_requests"),
        extra("dashboard"),
        grouped(facts.order.zns_vnd),
        facts.order.messages,
    );
    text
}

fn free(facts: &Facts) -> String {
    let one = |(name, _): &(&str, &str)| {
        let price = facts.prices.price(name);
        price.free.map(|free| format!("{} × {}", grouped(free), price.unit))
    };
    LINES.iter().chain(&STANDARD).filter_map(one).collect::<Vec<_>>().join(", ")
}

fn least(facts: &Facts) -> String {
    let mut text = String::from(
        "## Beside the least that it could be\n\n\
         The least is one write unit for each event and each notification, no index, no timeline and no reads, one invocation for each \
         hook, and somebody who waits for Zalo's answers; no logs, no alarms, nothing kept.\n\n\
         | orders | 1,000 | 10,000 | 1,000,000 |\n| --- | ---: | ---: | ---: |\n",
    );
    let months = [MONTHS[1], MONTHS[2], MONTHS[3]];
    let least = months.map(|orders| facts.sum(&facts.least(orders)));
    let whole = months.map(|orders| facts.sum(&facts.month(orders)));
    row(&mut text, "the least", least.map(dollars));
    row(&mut text, "Cham", whole.map(dollars));
    let times = |place: usize| format!("{} ×", amount(whole[place] * PARTS / least[place]));
    row(&mut text, "Cham to the least", [0, 1, 2].map(times));
    let writes = |bought: Vec<Bought>| amount(of(&bought, "write_units"));
    let _ = write!(
        text,
        "\nOf one order the least writes {} units and Cham {}: who is who, what was judged, the timeline, the indexes that find what is due, \
         and each notification's way from planned to delivered.\n\n",
        writes(facts.least(1)),
        amount(facts.order.writes),
    );
    text
}

fn counted(facts: &Facts) -> String {
    let order = &facts.order;
    let mut text = String::from(
        "## What is counted\n\n\
         An order is what the demo's recorded day has of one by a customer who is known: created, paid, handed to the carrier, on its way, delivered.\n\n\
         | | one order | a month without orders |\n| --- | ---: | ---: |\n",
    );
    let (one, none) = (facts.standard(1), facts.standard(0));
    row(&mut text, "hooks, receipts among them", [order.hooks.to_string(), "0".to_owned()]);
    row(&mut text, "messages", [order.messages.to_string(), "0".to_owned()]);
    for (name, said) in [
        ("write_units", "write units"),
        ("read_units", "read units"),
        ("function_requests", "invocations"),
        ("http_requests", "requests to the HTTP API"),
        ("schedule_calls", "calls of the scheduler"),
        ("key_requests", "requests to KMS with `Size=standard`, at most"),
        ("alarms", "metrics of alarms"),
    ] {
        let (one, none) = (of(&one, name), of(&none, name));
        row(&mut text, said, [amount(one - none), amount(none)]);
    }
    let bytes = |bytes: u128| format!("{} bytes", grouped(bytes));
    row(&mut text, "stored as events, for a time", [bytes(order.event_bytes), "0".to_owned()]);
    row(&mut text, "stored for good, with indexes", [bytes(order.other_bytes), "0".to_owned()]);
    let _ = write!(
        text,
        "\nWrite and read units are those that the database reports while the order is played. A function has {} MB; \
         the clock wakes {} of them every minute of 30 days.\n\n",
        facts.described.memory_mb, facts.described.watched_tables,
    );
    text
}

fn prices(facts: &Facts) -> String {
    let mut text = String::from(
        "## Prices\n\n| what | dollars | for | known | where AWS says it |\n| --- | ---: | --- | --- | --- |\n",
    );
    let line = |price: &Price| {
        let unit = format!("{} × {}", grouped(price.per), price.unit);
        let Price { usd, known, source, note, .. } = price;
        (usd.clone(), unit, known.said(), format!("<{source}> ({note})"))
    };
    for (said, price) in
        LINES.iter().chain(&STANDARD).map(|(name, said)| (*said, facts.prices.price(name)))
    {
        let (usd, unit, known, source) = line(price);
        let _ = writeln!(text, "| {said} | {usd} | {unit} | {known} | {source} |");
    }
    text.push_str("\n## Assumed\n\n| what | value | why |\n| --- | ---: | --- |\n");
    for (name, assumed) in &facts.prices.assumed {
        let _ = writeln!(text, "| `{name}` | {} | {} |", grouped(assumed.value), assumed.why);
    }
    text
}

/// How much of one thing is bought.
fn of(bought: &[Bought], name: &str) -> u128 {
    let found = bought.iter().find(|(bought, _)| *bought == name);
    found.unwrap_or_else(|| panic!("nothing is bought at the price {name}")).1
}

fn row<const N: usize>(text: &mut String, said: &str, cells: [String; N]) {
    let _ = writeln!(text, "| {said} | {} |", cells.join(" | "));
}
