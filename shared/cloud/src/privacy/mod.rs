//! A person's right to be given, and to be forgotten: one walk finds everything about a customer, in all tables and by key, and
//! is either handed out or taken away.
//!
//! Erasure leaves nothing but seals (`erased#<HMAC>` in `customers`), by which journey-runner knows a late hook and drops it.
//!
//! Bounds: no table is scanned, so what nobody has linked to the person is not found: the number that somebody else claims, hooks
//! that no reader recognised and that stand under their own id. Raw hooks of that kind go by their TTL. A thing that has become
//! another person's stays, without the hooks of this one. Codes that were given away (`rewards`) keep the opaque id of the
//! customer, which then leads nowhere; so do the entries of the ledger (`points`), of which only the causes go: an entry says how
//! many and when, and no chain of entries is broken. Accounts of a currency that is not named are left as they are.
//! Retries: none here; the same call again goes on where a crash, or the database, has stopped it.

mod export;
mod ledger;
mod walk;

use std::collections::BTreeSet;

use domain::{id::CustomerId, phone::Pepper};
use jiff::Timestamp;
use serde::Serialize;

use crate::table::{
    Customers, Events, Notifications, RowKey, StoreError, StoredRow, SurveyResults, Surveys,
};

pub use export::Export;
pub use ledger::Ledger;
use walk::{Found, Known};

/// Most rounds of one erasure. The second finds what was under way during the first; a third is for a person who goes on writing.
const ROUNDS_MAX: usize = 3;

/// Exports and erases persons.
#[derive(Clone, Debug)]
pub struct Privacy {
    customers: Customers,
    events: Events,
    notifications: Notifications,
    surveys: Surveys,
    survey_results: SurveyResults,
    ledger: Ledger,
}

/// How many rows an erasure has taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Of the table `customers`.
    pub customers: usize,
    /// Of the table `events`.
    pub events: usize,
    /// Of the table `notifications`.
    pub notifications: usize,
    /// Of the table `surveys`.
    pub surveys: usize,
    /// Of the table `survey_results`.
    pub survey_results: usize,
    /// Of the table `standings`.
    pub standings: usize,
    /// Of the table `points`: changed, for nothing goes there.
    pub points: usize,
}

impl Erased {
    /// All that are gone.
    pub fn rows(&self) -> usize {
        let Self { customers, events, notifications, surveys, .. } = self;
        customers + events + notifications + surveys + self.survey_results + self.standings
    }
}

/// How far an erasure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows taken away so far.
    pub done: usize,
    /// Rows found so far.
    pub of: usize,
}

impl Privacy {
    /// Works on these tables.
    pub fn new(
        customers: Customers,
        events: Events,
        notifications: Notifications,
        surveys: Surveys,
        survey_results: SurveyResults,
        ledger: Ledger,
    ) -> Self {
        Self { customers, events, notifications, surveys, survey_results, ledger }
    }

    /// Gives everything that is stored about the person behind `customer`, whichever of the person's customers it is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn export(&self, tenant: &str, customer: &CustomerId) -> Result<Export, StoreError> {
        let known = Known::of(customer);
        let (known, found) = self.walk(tenant, known).await?;
        let points = self.statements(tenant, known.customers()).await?;
        Ok(Export { points, ..Export::of(&known, found) })
    }

    /// Takes away everything that is stored about the person behind `customer`, and leaves seals of the identities and things.
    /// Nothing is found, and nothing happens, the second time.
    ///
    /// The seals come first. Then what leads nowhere, then what led there; the rows that lead to the person go last and at once,
    /// so that whoever calls again after a crash, by a customer's id or by an identity, finds the rest.
    ///
    /// # Errors
    /// When the database does not answer: the same call goes on.
    pub async fn erase(
        &self,
        tenant: &str,
        pepper: &Pepper,
        customer: &CustomerId,
        now: Timestamp,
        mut progress: impl FnMut(Progress),
    ) -> Result<Erased, StoreError> {
        let mut known = Known::of(customer);
        let mut sealed = BTreeSet::new();
        let mut erased = Erased::default();
        for _ in 0..ROUNDS_MAX {
            let found;
            (known, found) = self.walk(tenant, known).await?;
            if found.rows() == 0 {
                break;
            }
            let of = erased.rows() + found.rows();
            progress(Progress { done: erased.rows(), of });
            for subject in known.sealable() {
                if sealed.insert(subject.clone()) {
                    self.customers.note_erased(tenant, pepper, subject, now).await?;
                }
            }
            // Before what leads to the customers: who calls again finds them.
            self.forget_points(tenant, known.customers(), &mut erased).await?;
            self.take_away(tenant, found, &mut erased, |done| progress(Progress { done, of }))
                .await?;
        }
        Ok(erased)
    }

    /// Deletes what a walk found, in the order that a crash in the middle needs.
    async fn take_away(
        &self,
        tenant: &str,
        found: Found,
        erased: &mut Erased,
        mut progress: impl FnMut(usize),
    ) -> Result<(), StoreError> {
        let people = found.people.into_iter().rev().flatten();
        let (roots, others) = apart(people, is_root);
        let (links, strays) = apart(found.identities, is_root);
        let (waits, others) = apart(others, |row| row.key.sort().starts_with("wait#"));
        let (about, others) = apart(others, |row| row.key.sort().starts_with("about#"));

        let leaves = [waits, strays, found.listed, found.evaluations].map(keys);
        for rows in leaves.into_iter().chain([found.names]) {
            self.customers.delete_rows(&rows).await?;
            erased.customers += rows.len();
            progress(erased.rows());
        }
        let is_leaf =
            |row: &StoredRow| row.key.sort() == "response" || row.key.sort().starts_with("c#");
        let (responses, asked) = apart(found.surveys, is_leaf);
        let listed: Vec<RowKey> = responses.iter().filter_map(|row| listed(tenant, row)).collect();
        self.survey_results.unlist(&listed).await?;
        erased.survey_results += listed.len();
        // What is listed hangs on the responses, and the rows of a customer lead to responses and cases.
        for rows in [responses, asked].map(keys) {
            self.surveys.delete(&rows).await?;
            erased.surveys += rows.len();
        }
        let (meetings, notifications) = (keys(found.meetings), keys(found.notifications));
        self.notifications.delete_rows(&meetings).await?;
        erased.notifications += meetings.len();
        for hooks in keys(found.events).chunks(HOOKS_AT_ONCE) {
            self.events.delete_rows(hooks).await?;
            erased.events += hooks.len();
            progress(erased.rows());
        }
        self.notifications.delete_rows(&notifications).await?;
        erased.notifications += notifications.len();
        // A thing leads to those that were found by it.
        let things = found.things.into_iter().rev().map(keys);
        for rows in things.chain([others, about].map(keys)) {
            self.customers.delete_rows(&rows).await?;
            erased.customers += rows.len();
            progress(erased.rows());
        }
        let roots = keys(links.into_iter().chain(roots));
        self.customers.delete_together(&roots).await?;
        erased.customers += roots.len();
        progress(erased.rows());
        Ok(())
    }
}

/// Where an answered response stands on the list of its survey.
fn listed(tenant: &str, row: &StoredRow) -> Option<RowKey> {
    let at = row.fields.get("answered_at")?.as_i64()?;
    let at = Timestamp::from_millisecond(at).ok()?;
    let key = row.key.link()?;
    Some(SurveyResults::listed_key(tenant, row.text("survey"), at, key))
}

/// Hooks between two words on the progress.
const HOOKS_AT_ONCE: usize = 100;

/// Whether a row leads from an identity to a customer, from a customer to its identities, or from one customer to another.
fn is_root(row: &StoredRow) -> bool {
    let sk = row.key.sort();
    let roots = ["about#id#", "about#alias", "about#merged#"];
    sk == "link" || roots.iter().any(|root| sk.starts_with(root))
}

/// The rows that are so, and the others.
fn apart(
    rows: impl IntoIterator<Item = StoredRow>,
    is_so: impl Fn(&StoredRow) -> bool,
) -> (Vec<StoredRow>, Vec<StoredRow>) {
    rows.into_iter().partition(is_so)
}

fn keys(rows: impl IntoIterator<Item = StoredRow>) -> Vec<RowKey> {
    rows.into_iter().map(|row| row.key).collect()
}
