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
    too_short: bool,
    found: Vec<Found>,
    more: bool,
}

struct Found {
    id: CustomerId,
    name: String,
    /// What led here, when it was not the name.
    by: String,
}

pub(super) async fn show(console: &Console, visit: &Visit, asked: &str) -> Result<String, Problem> {
    let asked: String = asked.chars().take(ASKED_CHARS_MAX).collect();
    let too_short = asked.chars().count() < ASKED_CHARS_MIN;
    let mut found: BTreeMap<CustomerId, Found> = BTreeMap::new();
    let mut more = false;
    if !too_short {
        for subject in subjects(visit, &asked) {
            if let Some(id) = console.owner(&visit.tenant, &subject).await? {
                let by = domain::explain::subject(&subject, visit.language());
                let (id, about) = console.customers.person(&visit.tenant, &id).await?;
                let name = about.name.unwrap_or_default();
                found.entry(id.clone()).or_insert(Found { id, name, by });
            }
        }
        let named = console.customers.named(&visit.tenant, &asked).await?;
        more = named.more;
        for (id, name) in named.customers {
            found.entry(id.clone()).or_insert(Found { id, name, by: String::new() });
        }
    }
    let found = found.into_values().collect();
    written(&SearchPage { ui: &visit.ui, asked: &asked, too_short, found, more })
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
