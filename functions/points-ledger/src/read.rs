//! Questions: how an account stands and stood, what happened on it, and where its points came from.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use domain::{
    event::Strength,
    phone::Phone,
    points::{Entry, Leg, Points, Replay, View},
    sheet::Statement,
    subject::Subject,
};
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Caller, PointsLedger, Problem, answer,
    body::{Identity, parse},
    write::operation_of,
};

/// Entries of one answer.
const PAGE: u16 = 50;

/// Most entries that are told again or written into one file: more take longer than a caller waits.
const ENTRIES_MAX: u32 = 10_000;

#[derive(Serialize)]
struct Page {
    entries: Vec<Shown>,
    /// What to ask for to see what is before.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<u32>,
}

/// An entry as callers see it.
#[derive(Serialize)]
struct Shown {
    seq: u32,
    recorded_at: Timestamp,
    occurred_at: Timestamp,
    operation: String,
    /// What it did to the balance.
    change: i64,
    balance: i64,
    legs: Vec<ShownLeg>,
}

#[derive(Serialize)]
struct ShownLeg {
    kind: &'static str,
    points: Points,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<String>,
}

/// Where the points of an account are, and how each lot came to be.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    view: View,
    lots: Vec<ExplainedLot>,
    holds: Vec<ExplainedHold>,
    waiting: Vec<ExplainedPending>,
    /// Sums of all legs by side; they add up to nothing.
    books: std::collections::BTreeMap<String, i128>,
    /// How many entries were told again and found to follow from each other.
    entries_checked: u32,
}

#[derive(Serialize)]
struct ExplainedLot {
    /// The last month in which the points can be spent.
    lot: String,
    points: Points,
    moves: Vec<ExplainedMove>,
}

#[derive(Serialize)]
struct ExplainedMove {
    entry: u32,
    kind: &'static str,
    points: Points,
}

#[derive(Serialize)]
struct ExplainedHold {
    hold: u32,
    points: Points,
    until: Timestamp,
}

#[derive(Serialize)]
struct ExplainedPending {
    from: String,
    lot: String,
    points: Points,
}

impl Shown {
    fn of(entry: &Entry) -> Self {
        let leg = |leg: &Leg| ShownLeg {
            kind: leg.kind(),
            points: leg.amount(),
            lot: leg.month().map(|month| month.to_string()),
        };
        Self {
            seq: entry.seq,
            recorded_at: entry.recorded_at,
            occurred_at: entry.occurred_at,
            operation: entry.operation.to_string(),
            change: entry.change(),
            balance: entry.tail.balance(),
            legs: entry.legs.iter().map(leg).collect(),
        }
    }
}

impl PointsLedger {
    /// Whose an identity is, for who wants to post for somebody they know by number. The number stands in the body: what
    /// stands in a path is logged by everybody on the way.
    pub(crate) async fn lookup(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let Identity { identity } = parse(&caller.body()?)?;
        let bad =
            || Problem::BadBody("`identity` is `phone:<number>` or `zalo:<oa>:<user>`".to_owned());
        let subject = match identity.split_once(':') {
            Some(("phone", number)) => {
                let phone = Phone::parse(number).map_err(|_| bad())?;
                Subject::Phone(caller.settings.pepper.key(&phone))
            }
            Some(("zalo", _)) => Subject::parse(&identity)
                .filter(|s| matches!(s, Subject::Zalo { .. }))
                .ok_or_else(bad)?,
            _ => return Err(bad()),
        };
        let link = self.customers.link(&caller.tenant, &subject).await?;
        let link = link.filter(|link| link.strength == Strength::Proven);
        let link = link.ok_or(Problem::UnknownCustomer)?;
        let (customer, _) = self.customers.person(&caller.tenant, &link.customer).await?;
        answer::json(&serde_json::json!({"customer": customer.to_string()}))
    }

    /// How an account stands, or stood `at` an instant.
    pub(crate) async fn account(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let id = self.holder(caller, caller.account()?).await?;
        let at = caller.query("at").map(str::parse::<Timestamp>).transpose();
        let at =
            at.map_err(|_| Problem::BadQuery("`at` is an instant such as 2026-11-20T08:00:00Z"))?;
        let view = match at {
            None => self.points.account(&caller.tenant, &id).await?.view(caller.now),
            Some(at) => self.points.account_at(&caller.tenant, &id, at).await?.view(at),
        };
        answer::json(&view)
    }

    /// The entries of an account, the newest first.
    pub(crate) async fn entries(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let id = self.holder(caller, caller.account()?).await?;
        let before = caller.whole("before", "`before` is the number of an entry")?;
        let limit = caller.whole("limit", "`limit` is from 1 to 100")?;
        let limit = limit.map_or(Some(PAGE), |limit| u16::try_from(limit).ok());
        let limit = limit.filter(|limit| (1..=100).contains(limit));
        let limit = limit.ok_or(Problem::BadQuery("`limit` is from 1 to 100"))?;
        let entries = self.points.newest(&caller.tenant, &id, before, limit).await?;
        let oldest = entries.last().map(|entry| entry.seq);
        let before = oldest.filter(|seq| *seq > 1 && entries.len() == usize::from(limit));
        answer::json(&Page { entries: entries.iter().map(Shown::of).collect(), before })
    }

    /// The account as a file, the oldest entry first. Where there are more than fit, `Link` says where it goes on.
    pub(crate) async fn statement(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let id = self.holder(caller, caller.account()?).await?;
        let first = caller.whole("first", "`first` is the number of an entry, from 1 on")?;
        let first = Some(first.unwrap_or(1)).filter(|first| *first > 0);
        let first =
            first.ok_or(Problem::BadQuery("`first` is the number of an entry, from 1 on"))?;
        let limit = caller.whole("limit", "`limit` is from 1 to 10000")?.unwrap_or(ENTRIES_MAX);
        if !(1..=ENTRIES_MAX).contains(&limit) {
            return Err(Problem::BadQuery("`limit` is from 1 to 10000"));
        }
        // What is written while the file is made is of a later one.
        let newest = self.points.account(&caller.tenant, &id).await?.seq;
        let last = first.saturating_add(limit - 1).min(newest);
        let (mut file, mut next) = (Statement::new(), first);
        while next <= last {
            let entries = self.points.entries_from(&caller.tenant, &id, next).await?;
            let Some(end) = entries.last() else { break };
            next = end.seq.saturating_add(1);
            entries.iter().filter(|entry| entry.seq <= last).for_each(|entry| file.add(entry));
        }
        let mut answer = answer::text("text/csv; charset=utf-8", file.into_text());
        if last < newest {
            let link = format!("<?first={}&limit={limit}>; rel=\"next\"", last + 1);
            // Digits and these signs are a header value.
            if let Ok(link) = HeaderValue::try_from(link) {
                answer.headers.insert(header::LINK, link);
            }
        }
        Ok(answer)
    }

    /// Tells the account again from its first entry.
    pub(crate) async fn explain(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let id = self.holder(caller, caller.account()?).await?;
        let mut replay = Replay::new(id.clone());
        loop {
            let next = replay.account().seq + 1;
            let entries = self.points.entries_from(&caller.tenant, &id, next).await?;
            if entries.is_empty() || next > ENTRIES_MAX {
                break;
            }
            for entry in &entries {
                replay.read(entry)?;
            }
        }
        let account = replay.account();
        let tail = account.tail.seen_at(caller.now.max(account.recorded_at));
        let moves = |month| {
            let shown = |one: domain::points::Move| ExplainedMove {
                entry: one.seq,
                kind: one.leg.kind(),
                points: one.leg.amount(),
            };
            replay.of_lot(month).map(shown).collect()
        };
        let lots = tail.lots.iter().map(|lot| ExplainedLot {
            lot: lot.month.to_string(),
            points: lot.amount,
            moves: moves(lot.month),
        });
        let holds = tail.holds.iter().map(|hold| ExplainedHold {
            hold: hold.seq,
            points: hold.amount(),
            until: hold.until(),
        });
        let pending = tail.pending.iter().map(|pending| ExplainedPending {
            from: pending.day.to_string(),
            lot: pending.month.to_string(),
            points: pending.amount,
        });
        let side = |side: domain::points::Side| {
            serde_json::to_value(side).ok()?.as_str().map(str::to_owned)
        };
        let books = replay.books().sides().filter_map(|(s, amount)| Some((side(s)?, amount)));
        answer::json(&Explained {
            view: account.view(caller.now),
            lots: lots.collect(),
            holds: holds.collect(),
            waiting: pending.collect(),
            books: books.collect(),
            entries_checked: account.seq,
        })
    }

    /// What an operation came to, and how far it is undone.
    pub(crate) async fn operation(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let id = operation_of(caller)?;
        let found = self.points.operation(&caller.tenant, id).await?;
        let found = found.ok_or(cloud::table::points::PostError::NoSuchOperation)?;
        let account = &found.receipt.account;
        let mut body = serde_json::to_value(&found.receipt).map_err(Problem::Written)?;
        body["operation"] = id.to_string().into();
        body["customer"] = account.customer.to_string().into();
        body["currency"] = account.currency.to_string().into();
        body["reversed"] = found.original.reversed.get().into();
        body["cause"] = serde_json::to_value(&found.cause).map_err(Problem::Written)?;
        answer::json(&body)
    }
}
