//! Who is who: links, aliases, and the person behind them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::{
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{ConditionCheck, Put, TransactWriteItem},
};
use domain::{
    consent::{Consent, Purpose},
    event::{Identity, Strength},
    id::{CustomerId, EventId},
    notification::Mute,
    phone::Phone,
    subject::Subject,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Customers, Item, ROW_VERSION, StoreError, corrupt, item, key_of, row, text};

/// Whose an identity is.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The customer, as it was when the link was made: an alias may lead further.
    pub customer: CustomerId,
    /// How sure it is.
    pub strength: Strength,
    /// The number, when the identity is a phone's.
    pub phone: Option<Phone>,
}

/// What became of an identity that was to be linked.
#[derive(Clone, Debug, PartialEq)]
pub enum Linked {
    /// It is linked now.
    New,
    /// Somebody has it already.
    Already(Link),
}

/// What became of two customers that were to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// They are one now.
    Done,
    /// One of them has become somebody else's alias meanwhile: look again.
    Moved,
}

/// What is known about one customer row group, without following aliases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The name that was given last.
    pub name: Option<String>,
    /// The last word per purpose.
    pub consents: BTreeMap<Purpose, Consent>,
    /// The identities that were linked here.
    pub identities: BTreeMap<Subject, Strength>,
    /// Set when this customer is another one.
    pub alias: Option<CustomerId>,
    /// The customers that are this one.
    pub merged: Vec<CustomerId>,
    /// Set while a person has taken over: the last one, over or not.
    pub mute: Option<Mute>,
    /// What rules have marked the customer with.
    pub tags: BTreeSet<String>,
    /// The order that was heard of last.
    pub order: Option<LastOrder>,
}

/// The order of a customer that was heard of last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastOrder {
    /// The order.
    pub order: Subject,
    /// When it was heard of, by the vendor's clock.
    pub at: Timestamp,
}

/// Longest chain of aliases: each merge of merged customers adds one.
const ALIASES_MAX: usize = 8;

/// Most customers that are one person; more is somebody's game with proven links.
const MERGED_MAX: usize = 10;

impl About {
    /// Takes in what is known about a customer that is this one.
    fn absorb(&mut self, other: Self) {
        self.name = self.name.take().or(other.name);
        for (purpose, word) in other.consents {
            let best = match self.consents.remove(&purpose) {
                Some(ours) if ours.beats(&word) => ours,
                Some(_) | None => word,
            };
            self.consents.insert(purpose, best);
        }
        for (identity, strength) in other.identities {
            let noted = self.identities.entry(identity).or_insert(strength);
            *noted = strength.max(*noted);
        }
        let new = other.merged.into_iter().filter(|id| !self.merged.contains(id));
        let new: Vec<CustomerId> = new.collect();
        self.merged.extend(new);
        let longer = |ours: &Mute, theirs: &Mute| ours.until >= theirs.until;
        self.mute = match (self.mute.take(), other.mute) {
            (Some(ours), Some(theirs)) if longer(&ours, &theirs) => Some(ours),
            (ours, theirs) => theirs.or(ours),
        };
        self.tags.extend(other.tags);
        self.order = match (self.order.take(), other.order) {
            (Some(ours), Some(theirs)) if ours.at >= theirs.at => Some(ours),
            (ours, theirs) => theirs.or(ours),
        };
    }

    /// Whether the customer has agreed to this purpose; unknown means no.
    pub fn consents_to(&self, purpose: Purpose) -> bool {
        self.consents.get(&purpose).is_some_and(|word| word.given)
    }

    /// Whether the customer has withdrawn from this purpose; unknown means no.
    pub fn has_withdrawn(&self, purpose: Purpose) -> bool {
        self.consents.get(&purpose).is_some_and(|word| !word.given)
    }
}

#[derive(Serialize, Deserialize)]
struct LinkRow {
    pk: String,
    sk: String,
    v: u8,
    customer: CustomerId,
    strength: Strength,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct IdentityRow {
    pk: String,
    sk: String,
    v: u8,
    strength: Strength,
}

impl IdentityRow {
    fn of(tenant: &str, customer: &CustomerId, identity: &Subject, strength: Strength) -> Self {
        let (pk, sk) = (format!("{tenant}#{customer}"), format!("about#id#{identity}"));
        Self { pk, sk, v: ROW_VERSION, strength }
    }
}

#[derive(Serialize, Deserialize)]
struct AliasRow {
    pk: String,
    sk: String,
    v: u8,
    customer: CustomerId,
}

#[derive(Deserialize)]
struct NameRow {
    name: String,
}

#[derive(Deserialize)]
struct ConsentRow {
    given: bool,
    event: EventId,
    at: i64,
}

#[derive(Deserialize)]
struct OrderRow {
    order: Subject,
    at: i64,
}

#[derive(Deserialize)]
struct MuteRow {
    until: i64,
    event: EventId,
}

impl Customers {
    /// CU2: Whose identity it is; `None` when nobody's yet.
    ///
    /// # Errors
    /// When the database does not answer or the row is corrupt.
    pub async fn link(&self, tenant: &str, identity: &Subject) -> Result<Option<Link>, StoreError> {
        let pk = format!("{tenant}#{identity}");
        let stored: Option<LinkRow> = self.get("link", &pk, "link").await?;
        stored.map(|stored| read_link("link", stored)).transpose()
    }

    /// CU3: Gives an identity to `customer`, if nobody has it: the link and the customer's own row of it, or neither.
    ///
    /// # Errors
    /// When the database does not answer, or was busy with the same identity.
    pub async fn link_first(
        &self,
        tenant: &str,
        identity: &Identity,
        customer: &CustomerId,
        strength: Strength,
    ) -> Result<Linked, StoreError> {
        let link = LinkRow {
            pk: format!("{tenant}#{}", identity.subject),
            sk: "link".to_owned(),
            v: ROW_VERSION,
            customer: customer.clone(),
            strength,
            phone: identity.phone.as_ref().map(|p| p.digits().to_owned()),
        };
        let link = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item("link_first", &link)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("every part is set");
        let own = IdentityRow::of(tenant, customer, &identity.subject, strength);
        let own = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item("link_first", &own)?))
            .build()
            .expect("every part is set");
        let transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(link).build())
            .transact_items(TransactWriteItem::builder().put(own).build());
        let Err(error) = transaction.send().await else { return Ok(Linked::New) };
        if !condition_failed(error.as_service_error()) {
            return Err(StoreError::database("link_first", error));
        }
        match self.link(tenant, &identity.subject).await? {
            Some(present) => Ok(Linked::Already(present)),
            // Links are never deleted, short of an erasure at this very moment: the next try finds none.
            None => Err(StoreError::database("link_first", error)),
        }
    }

    /// CU4: Notes an identity with a customer without linking it: one that is only claimed, or whose link is there already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_identity(
        &self,
        tenant: &str,
        customer: &CustomerId,
        identity: &Subject,
        strength: Strength,
    ) -> Result<(), StoreError> {
        let noted = IdentityRow::of(tenant, customer, identity, strength);
        match strength {
            Strength::Claimed => self.put_if_absent("note_identity", &noted).await.map(drop),
            Strength::Proven => self.put("note_identity", &noted).await,
        }
    }

    /// CU5: The person that `customer` is: follows aliases to their end, and takes the words of all merged customers on consent.
    ///
    /// # Errors
    /// When the database does not answer, or a row or the chain of aliases is corrupt, or a customer has more rows than one page
    /// holds: nobody is judged by half of what is known.
    pub async fn person(
        &self,
        tenant: &str,
        customer: &CustomerId,
    ) -> Result<(CustomerId, About), StoreError> {
        let mut id = customer.clone();
        for _ in 0..ALIASES_MAX {
            let mut about = self.about(tenant, &id).await?;
            if let Some(next) = about.alias {
                id = next;
                continue;
            }
            let mut merged = 0;
            while let Some(other) = about.merged.get(merged).cloned() {
                if merged == MERGED_MAX {
                    return Err(corrupt(
                        "person",
                        &format!("{tenant}#{id}"),
                        "too many merged customers",
                    ));
                }
                about.absorb(self.about(tenant, &other).await?);
                merged += 1;
            }
            return Ok((id, about));
        }
        Err(corrupt("person", &format!("{tenant}#{customer}"), "the aliases go in circles"))
    }

    async fn about(&self, tenant: &str, customer: &CustomerId) -> Result<About, StoreError> {
        let pk = format!("{tenant}#{customer}");
        let mut about = About::default();
        let page = self.begins("person", &pk, "about#", None).await?;
        if page.more {
            return Err(corrupt("person", &pk, "more rows than a page holds"));
        }
        for found in page.items {
            read_about(&mut about, found)?;
        }
        Ok(about)
    }

    /// CU6: From now on `loser` is `winner`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn merge(
        &self,
        tenant: &str,
        winner: &CustomerId,
        loser: &CustomerId,
    ) -> Result<Merged, StoreError> {
        let alias = AliasRow {
            pk: format!("{tenant}#{loser}"),
            sk: "about#alias".to_owned(),
            v: ROW_VERSION,
            customer: winner.clone(),
        };
        let merged = AliasRow {
            pk: format!("{tenant}#{winner}"),
            sk: format!("about#merged#{loser}"),
            v: ROW_VERSION,
            customer: loser.clone(),
        };
        let free = ConditionCheck::builder()
            .table_name(&self.table)
            .key("pk", text(format!("{tenant}#{winner}")))
            .key("sk", text("about#alias"))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("every part is set");
        let alias = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item("merge", &alias)?))
            .condition_expression("attribute_not_exists(pk) OR customer = :winner")
            .expression_attribute_values(":winner", text(winner.as_str()))
            .build()
            .expect("every part is set");
        let merged = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item("merge", &merged)?))
            .build()
            .expect("every part is set");
        let transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().condition_check(free).build())
            .transact_items(TransactWriteItem::builder().put(alias).build())
            .transact_items(TransactWriteItem::builder().put(merged).build());
        let Err(error) = transaction.send().await else { return Ok(Merged::Done) };
        if condition_failed(error.as_service_error()) {
            return Ok(Merged::Moved);
        }
        Err(StoreError::database("merge", error))
    }
}

/// Whether an update was refused because its condition did not hold, and not for any other reason.
pub(super) fn is_refused(error: &aws_sdk_dynamodb::error::SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

/// Whether a transaction was cancelled because a condition did not hold, and not for any other reason.
pub(super) fn condition_failed(error: Option<&TransactWriteItemsError>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error else {
        return false;
    };
    let codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    let codes: Vec<&str> = codes.filter(|code| *code != "None").collect();
    !codes.is_empty() && codes.iter().all(|code| *code == "ConditionalCheckFailed")
}

fn read_link(operation: &'static str, stored: LinkRow) -> Result<Link, StoreError> {
    let phone =
        match stored.phone {
            None => None,
            Some(digits) => Some(Phone::parse(&digits).map_err(|_| {
                corrupt(operation, &format!("{} {}", stored.pk, stored.sk), "phone")
            })?),
        };
    Ok(Link { customer: stored.customer, strength: stored.strength, phone })
}

fn read_about(about: &mut About, found: Item) -> Result<(), StoreError> {
    let key = key_of(&found);
    let sk = found.get("sk").and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
    let bad = || corrupt("person", &key, "a part of the key or a time");
    let (kind, name) = match sk.splitn(3, '#').collect::<Vec<_>>().as_slice() {
        [_, kind, name] => ((*kind).to_owned(), (*name).to_owned()),
        [_, kind] => ((*kind).to_owned(), String::new()),
        _ => return Err(bad()),
    };
    match kind.as_str() {
        "profile" => about.name = Some(row::<NameRow>("person", found)?.name),
        "alias" => about.alias = Some(row::<AliasRow>("person", found)?.customer),
        "merged" => about.merged.push(row::<AliasRow>("person", found)?.customer),
        "id" => {
            let identity = Subject::parse(&name).ok_or_else(bad)?;
            about.identities.insert(identity, row::<IdentityRow>("person", found)?.strength);
        }
        "consent" => {
            let purpose =
                Purpose::ASKED.into_iter().find(|p| p.as_str() == name).ok_or_else(bad)?;
            let stored: ConsentRow = row("person", found)?;
            let at = Timestamp::from_millisecond(stored.at).map_err(|_| bad())?;
            let word = Consent { given: stored.given, event: stored.event, at };
            about.consents.insert(purpose, word);
        }
        "mute" => {
            let stored: MuteRow = row("person", found)?;
            let until = Timestamp::from_millisecond(stored.until).map_err(|_| bad())?;
            about.mute = Some(Mute { until, event: stored.event });
        }
        "order" => {
            let stored: OrderRow = row("person", found)?;
            let at = Timestamp::from_millisecond(stored.at).map_err(|_| bad())?;
            about.order = Some(LastOrder { order: stored.order, at });
        }
        "tag" => drop(about.tags.insert(name)),
        _ => return Err(bad()),
    }
    Ok(())
}
