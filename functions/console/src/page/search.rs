//! Search: a number in any spelling, a code, a Zalo id, a name or a part of one.

use std::collections::BTreeMap;

use askama::Template;
use domain::{
    explain::Label,
    id::CustomerId,
    phone::Phone,
    source::Source,
    subject::{self, Subject},
};

use crate::{Console, Problem, Visit, ui::Ui, written};

/// Longest text that is looked for, in characters.
const ASKED_CHARS_MAX: usize = 100;

/// Fewest characters of a search: one would find half of everybody.
const ASKED_CHARS_MIN: usize = 2;

/// Most steps from a thing to a person: parcel, order, identity.
const HOPS_MAX: usize = 4;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    ui: &'a Ui,
    asked: &'a str,
    searched: Searched,
}

/// Who was found.
pub(super) struct Searched {
    pub(super) too_short: bool,
    pub(super) found: Vec<Found>,
    /// Whether there are more of the same name.
    pub(super) more: bool,
    /// Whether a number or a code has led to somebody.
    pub(super) by_code: bool,
}

pub(super) struct Found {
    pub(super) id: CustomerId,
    pub(super) name: String,
    /// What led here, when it was not the name.
    pub(super) by: String,
}

pub(super) async fn show(console: &Console, visit: &Visit, asked: &str) -> Result<String, Problem> {
    let asked: String = asked.chars().take(ASKED_CHARS_MAX).collect();
    let searched = console.search(visit, &asked).await?;
    written(&SearchPage { ui: &visit.ui, asked: &asked, searched })
}

/// Everything that a text can be the code of.
pub(crate) fn subjects(visit: &Visit, asked: &str) -> Vec<Subject> {
    let mut subjects = Vec::new();
    if let Ok(phone) = Phone::parse(asked) {
        subjects.push(Subject::Phone(visit.settings.pepper.key(&phone)));
    }
    let Some(code) = subject::id(asked) else { return subjects };
    if code.contains(' ') {
        return subjects;
    }
    // Codes are written as their sources write them, which is in capitals.
    let capitals = code.to_uppercase();
    let spellings =
        if capitals == code { vec![code.clone()] } else { vec![code.clone(), capitals] };
    for spelling in spellings {
        subjects.push(Subject::Order(spelling.clone()));
        let carrier = Source::Ghn.as_str().to_owned();
        subjects.push(Subject::Shipment { carrier, code: spelling });
    }
    if code.bytes().all(|b| b.is_ascii_digit()) {
        let oas = visit.settings.tenant.zalo.oas.iter();
        subjects.extend(oas.map(|oa| Subject::Zalo { oa: oa.clone(), user: code.clone() }));
    }
    subjects
}

impl Console {
    /// Looks for customers by everything that a text can be.
    pub(super) async fn search(&self, visit: &Visit, asked: &str) -> Result<Searched, Problem> {
        let asked: String = asked.chars().take(ASKED_CHARS_MAX).collect();
        let too_short = asked.chars().count() < ASKED_CHARS_MIN;
        let mut found: BTreeMap<CustomerId, Found> = BTreeMap::new();
        if too_short {
            return Ok(Searched { too_short, found: Vec::new(), more: false, by_code: false });
        }
        for subject in subjects(visit, &asked) {
            if let Some(id) = self.owner(&visit.tenant, &subject).await? {
                let by = domain::explain::subject(&subject, visit.language());
                let (id, about) = self.customers.person(&visit.tenant, &id).await?;
                let name = about.name.unwrap_or_default();
                found.entry(id.clone()).or_insert(Found { id, name, by });
            }
        }
        let by_code = !found.is_empty();
        let named = self.customers.named(&visit.tenant, &asked).await?;
        for (id, name) in named.customers {
            found.entry(id.clone()).or_insert(Found { id, name, by: String::new() });
        }
        let found = found.into_values().collect();
        Ok(Searched { too_short, found, more: named.more, by_code })
    }

    /// The customer that an identity or a thing leads to.
    pub(crate) async fn owner(
        &self,
        tenant: &str,
        subject: &Subject,
    ) -> Result<Option<CustomerId>, Problem> {
        let mut at = subject.clone();
        for _ in 0..HOPS_MAX {
            if at.is_identity() {
                let link = self.customers.link(tenant, &at).await?;
                return Ok(link.map(|link| link.customer));
            }
            match self.customers.thing(tenant, &at).await?.owner {
                Some(owner) => at = owner,
                None => return Ok(None),
            }
        }
        Ok(None)
    }
}
