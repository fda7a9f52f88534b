//! One account: how it stands, its statement, and where its points came from.

use cloud::table::points::Operation;
use domain::{
    explain::{Label, clock},
    id::CustomerId,
    points::{AccountId, Currency, Entry, Leg, Replay, Side},
};

use super::{PointsPage, Section, plain};
use crate::{Console, Problem, Visit, cursor::Kind};

/// Entries of one page.
const ENTRIES: u16 = 20;

/// Most entries that are told again: more take longer than somebody waits.
const ENTRIES_MAX: u32 = 5_000;

/// The account with its statement, the newest entry first.
pub(crate) async fn show(
    console: &Console,
    visit: &Visit,
    customer: &CustomerId,
    currency: &Currency,
    cursor: &str,
) -> Result<String, Problem> {
    let (programme, name) = console.terms(visit, currency).await?;
    let (id, who) = console.account_of(visit, customer, currency).await?;
    let before = Kind::Entries.read(cursor, |text| text.parse().ok())?;
    let tenant = &visit.tenant;
    let account = console.points.account(tenant, &id).await?;
    let view = account.view(visit.now);
    let path = format!("/console/customers/{}/points/{currency}", id.customer);
    let mut page = PointsPage::new(&visit.ui, format!("{who}: {name}"), path.clone());
    let language = visit.language();
    page.links = vec![
        (
            format!("/console/customers/{}", id.customer),
            Label::OpenCustomer.of(language).to_owned(),
        ),
        (format!("{path}/explain"), Label::ExplainAccount.of(language).to_owned()),
    ];
    page.numbers = vec![
        (Label::Available, view.available.to_string()),
        (Label::HeldPoints, view.held.to_string()),
        (Label::PendingPoints, view.pending.to_string()),
        (Label::Expiring, view.expiring_30_days.to_string()),
        (Label::Balance, view.balance.to_string()),
    ];
    if !view.debt.is_zero() {
        page.numbers.push((Label::Debt, view.debt.to_string()));
    }
    if let Some(tiers) = programme.tiers.as_ref().filter(|tiers| tiers.currency == *currency) {
        let known = console.standings.member(tenant, &id).await?.member.tier;
        let now = visit.now.max(account.recorded_at);
        let standing = tiers.tier_at(&account.tail, known.as_ref(), now);
        let level = tiers.level(&standing.level).map(|level| level.name.clone());
        page.numbers.push((Label::Level, level.unwrap_or_default()));
    }
    let entries = console.points.newest(tenant, &id, before, ENTRIES).await?;
    let heads = [Label::At, Label::What, Label::Change, Label::Balance, Label::EntryNumber];
    let mut statement = Section::new(Label::Statement, heads, Label::NoEntries);
    for entry in &entries {
        let operation = console.points.operation(tenant, entry.operation).await?;
        statement.row([
            plain(clock(entry.recorded_at)),
            plain(what(visit, entry, operation.as_ref())),
            plain(format!("{:+}", entry.change())),
            plain(entry.tail.balance()),
            plain(entry.seq),
        ]);
    }
    page.sections.push(statement);
    let full = entries.len() == usize::from(ENTRIES);
    let oldest = entries.last().filter(|entry| full && entry.seq > 1);
    page.next = oldest.map(|entry| Kind::Entries.write(&entry.seq.to_string()));
    page.paged = before.is_some();
    page.html()
}

/// The account told again from its first entry: its lots and holds, and both sides of the books.
pub(crate) async fn explain(
    console: &Console,
    visit: &Visit,
    customer: &CustomerId,
    currency: &Currency,
) -> Result<String, Problem> {
    let (_, name) = console.terms(visit, currency).await?;
    let (id, who) = console.account_of(visit, customer, currency).await?;
    let mut replay = Replay::new(id.clone());
    while replay.account().seq < ENTRIES_MAX {
        let next = replay.account().seq + 1;
        let entries = console.points.entries_from(&visit.tenant, &id, next).await?;
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            replay.read(entry)?;
        }
    }
    let account = replay.account();
    let tail = account.tail.seen_at(visit.now.max(account.recorded_at));
    let path = format!("/console/customers/{}/points/{currency}", id.customer);
    let mut page = PointsPage::new(&visit.ui, format!("{who}: {name}"), path.clone());
    page.links = vec![(path, Label::Statement.of(visit.language()).to_owned())];
    page.numbers = vec![
        (Label::Balance, tail.balance().to_string()),
        (Label::Checked, account.seq.to_string()),
    ];
    page.note = Some(Label::ChainHolds);
    let heads = [Label::LastMonth, Label::Balance, Label::What];
    let mut lots = Section::new(Label::Lots, heads, Label::NoLots);
    for lot in &tail.lots {
        let moves: Vec<String> = replay
            .of_lot(lot.month)
            .map(|one| format!("{} {} ({})", one.leg.kind(), one.leg.amount(), one.seq))
            .collect();
        lots.row([plain(lot.month), plain(lot.amount), plain(moves.join(", "))]);
    }
    let heads = [Label::EntryNumber, Label::Balance, Label::Until];
    let mut holds = Section::new(Label::HeldPoints, heads, Label::NothingThere);
    for hold in &tail.holds {
        holds.row([plain(hold.seq), plain(hold.amount()), plain(clock(hold.until()))]);
    }
    let heads = [Label::FromDay, Label::Balance, Label::LastMonth];
    let mut pending = Section::new(Label::PendingPoints, heads, Label::NothingThere);
    for one in &tail.pending {
        pending.row([plain(one.day), plain(one.amount), plain(one.month)]);
    }
    let mut books = Section::new(Label::Books, [Label::Side, Label::Balance], Label::NoEntries);
    for (side, sum) in replay.books().sides() {
        books.row([plain(side_label(side).of(visit.language())), plain(format!("{sum:+}"))]);
    }
    page.sections = vec![lots, holds, pending, books];
    page.html()
}

impl Console {
    /// The account of the customer at the end of all aliases, and how that customer is called.
    async fn account_of(
        &self,
        visit: &Visit,
        customer: &CustomerId,
        currency: &Currency,
    ) -> Result<(AccountId, String), Problem> {
        let (id, about) = self.customers.person(&visit.tenant, customer).await?;
        if about.identities.is_empty() {
            return Err(Problem::NotFound("unknown_customer"));
        }
        let unnamed = || Label::Unnamed.of(visit.language()).to_owned();
        let name = about.name.filter(|name| !name.is_empty()).unwrap_or_else(unnamed);
        let own = AccountId { customer: id, currency: currency.clone() };
        Ok((self.points.holder(&visit.tenant, &own, &about.merged).await?, name))
    }

    /// The accounts of a customer, a line each, for the customer's page.
    pub(in crate::page) async fn accounts(
        &self,
        visit: &Visit,
        customer: &CustomerId,
        merged: &[CustomerId],
    ) -> Result<Vec<(String, String)>, Problem> {
        let mut lines = Vec::new();
        let Some(programme) = self.programme(visit).await? else { return Ok(lines) };
        for terms in &programme.currencies {
            let id = AccountId { customer: customer.clone(), currency: terms.id.clone() };
            let id = self.points.holder(&visit.tenant, &id, merged).await?;
            let view = self.points.account(&visit.tenant, &id).await?.view(visit.now);
            let href = format!("/console/customers/{customer}/points/{}", terms.id);
            lines.push((href, format!("{} {}", view.available, terms.name)));
        }
        Ok(lines)
    }
}

/// What an entry was for: its cause, else what moved.
fn what(visit: &Visit, entry: &Entry, operation: Option<&Operation>) -> String {
    let cause = operation.map(|operation| &operation.cause);
    let words: Vec<&str> = cause
        .into_iter()
        .flat_map(|cause| [&cause.event, &cause.rule, &cause.reason, &cause.actor])
        .map(String::as_str)
        .filter(|word| !word.is_empty())
        .collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    let kinds: Vec<&str> = entry.legs.iter().map(Leg::kind).collect();
    format!("{}: {}", Label::FellDue.of(visit.language()), kinds.join(", "))
}

fn side_label(side: Side) -> Label {
    match side {
        Side::Open => Label::SideOpen,
        Side::Pending => Label::SidePending,
        Side::Held => Label::SideHeld,
        Side::Debt => Label::SideDebt,
        Side::Issued => Label::SideIssued,
        Side::Redeemed => Label::SideRedeemed,
        Side::Expired => Label::SideExpired,
        Side::Adjusted => Label::SideAdjusted,
        Side::Transferred => Label::SideTransferred,
    }
}
