//! Boards as rows: the nodes that count, and the list of places.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{Delete, KeysAndAttributes, Put, TransactWriteItem, Update};
use domain::points::{
    AccountId, Shift,
    board::{Alias, BoardId, Counts, Delta, LEVELS, Path, Place, Rank, Score, deltas, rank_from},
};
use serde::Serialize;

use super::{
    PARTS, Standings, key,
    row::{board_pk, node_pk, part_of},
};
use crate::table::{Item, ROW_VERSION, StoreError, corrupt, item, number, text};

/// Places of one page of a list.
pub const PLACES_MAX: u16 = 100;

/// How often keys that the database put off are asked for again.
const ASKS_MAX: usize = 5;

/// A stretch of a board's list, the highest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The places.
    pub places: Vec<Place>,
    /// Whether there are more beyond them.
    pub more: bool,
}

#[derive(Serialize)]
struct PlaceRow {
    pk: String,
    sk: String,
    v: u8,
}

impl Standings {
    /// ST5: The rank of a score on a board: every part of the nodes of one path, in one call. The same at any size of the board; exact while nobody moves
    /// between the reads.
    ///
    /// # Errors
    /// When the database does not answer, or a node cannot be read.
    pub async fn rank(
        &self,
        tenant: &str,
        board: &BoardId,
        score: Score,
    ) -> Result<Rank, StoreError> {
        let nodes = Path::of(score).nodes();
        let keys = nodes.iter().flat_map(|node| {
            let pk = node_pk(tenant, board, *node);
            (0..PARTS).map(move |part| key(pk.clone(), part_sk(part)))
        });
        let found = self.batch("rank", keys.collect()).await?;
        let mut counts: [Counts; LEVELS] = std::array::from_fn(|_| Counts::default());
        for node in found {
            let pk = node.get("pk").and_then(|pk| pk.as_s().ok());
            let level = nodes.iter().position(|one| Some(&node_pk(tenant, board, *one)) == pk);
            let Some(level) = level else { continue };
            for (name, count) in &node {
                let Some(child) = name.strip_prefix('c').and_then(|child| child.parse().ok())
                else {
                    continue;
                };
                let count = count.as_n().ok().and_then(|count| count.parse().ok());
                let count = count
                    .ok_or_else(|| corrupt("rank", pk.map_or("-", String::as_str), "a count"))?;
                counts[level].add(child, count);
            }
        }
        Ok(rank_from(&counts, score))
    }

    /// ST6: The list of a board from the top, or on from a place; `back` goes up from there instead.
    ///
    /// # Errors
    /// When the database does not answer, or a place cannot be read.
    pub async fn places(
        &self,
        tenant: &str,
        board: &BoardId,
        after: Option<&Place>,
        back: bool,
        limit: u16,
    ) -> Result<Page, StoreError> {
        let limit = limit.clamp(1, PLACES_MAX);
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let condition = match (after, back) {
            (None, _) => "pk = :pk AND begins_with(sk, :place)",
            (Some(_), false) => "pk = :pk AND sk BETWEEN :place AND :end",
            (Some(_), true) => "pk = :pk AND sk BETWEEN :first AND :place",
        };
        let query = query
            .key_condition_expression(condition)
            .expression_attribute_values(":pk", text(board_pk(tenant, board)))
            .scan_index_forward(!back)
            .limit(i32::from(limit) + 1);
        let query = match after {
            None => query.expression_attribute_values(":place", text("p#")),
            Some(place) => {
                let query = query.expression_attribute_values(":place", text(place_sk(place)));
                if back {
                    query.expression_attribute_values(":first", text("p#"))
                } else {
                    query.expression_attribute_values(":end", text("p$"))
                }
            }
        };
        // The place itself stands first where there is one: one more is read for it.
        let query = if after.is_some() { query.limit(i32::from(limit) + 2) } else { query };
        let answer = query.send().await.map_err(|e| StoreError::database("places", e))?;
        let mut places = Vec::new();
        for found in answer.items.unwrap_or_default() {
            let sk = found.get("sk").and_then(|sk| sk.as_s().ok());
            let place = sk.and_then(|sk| Place::parse(sk.strip_prefix("p#")?));
            let place = place
                .ok_or_else(|| corrupt("places", &crate::table::key_of(&found), "the place"))?;
            if Some(&place) != after {
                places.push(place);
            }
        }
        let more = places.len() > usize::from(limit);
        places.truncate(usize::from(limit));
        if back {
            places.reverse();
        }
        Ok(Page { places, more })
    }

    /// ST7: The names that members have chosen, of those who have one.
    ///
    /// # Errors
    /// When the database does not answer, or a member cannot be read.
    pub async fn aliases(
        &self,
        tenant: &str,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, Alias>, StoreError> {
        let mut names = HashMap::new();
        for some in accounts.chunks(100) {
            let keys = some.iter().map(|id| key(super::member_pk(tenant, id), "member".to_owned()));
            for found in self.batch("aliases", keys.collect()).await? {
                let stored: super::MemberRow = crate::table::row("aliases", found)?;
                let id = stored.pk.split_once('#').and_then(|(_, id)| AccountId::parse(id));
                names.extend(id.zip(stored.member.alias));
            }
        }
        Ok(names)
    }

    /// The writes that move a member on a board.
    pub(super) fn moves(
        &self,
        tenant: &str,
        shift: &Shift,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let Shift { board, old, new } = shift;
        let score = |place: &Option<Place>| place.as_ref().map(|place| place.score);
        let mut items = Vec::new();
        if let Some(place) = old.as_ref().or(new.as_ref()) {
            let part = part_of(&place.account);
            for delta in deltas(score(old), score(new)) {
                items.push(self.count(tenant, board, delta, part));
            }
        }
        if let Some(old) = old {
            let delete = Delete::builder()
                .table_name(&self.table)
                .set_key(Some(key(board_pk(tenant, board), place_sk(old))))
                .build()
                .expect("every part is set");
            items.push(TransactWriteItem::builder().delete(delete).build());
        }
        if let Some(new) = new {
            let stored =
                PlaceRow { pk: board_pk(tenant, board), sk: place_sk(new), v: ROW_VERSION };
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item("save", &stored)?))
                .build()
                .expect("every part is set");
            items.push(TransactWriteItem::builder().put(put).build());
        }
        Ok(items)
    }

    fn count(&self, tenant: &str, board: &BoardId, delta: Delta, part: u8) -> TransactWriteItem {
        let Delta { node, less, more } = delta;
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(node_pk(tenant, board, node), part_sk(part))));
        let mut adds = Vec::new();
        for (child, name, by) in [(less, "less", -1), (more, "more", 1)] {
            let Some(child) = child else { continue };
            adds.push(format!("#{name} :{name}"));
            update = update
                .expression_attribute_names(format!("#{name}"), format!("c{child:02}"))
                .expression_attribute_values(format!(":{name}"), number(by));
        }
        let update = update
            .update_expression(format!("SET v = :v ADD {}", adds.join(", ")))
            .expression_attribute_values(":v", number(ROW_VERSION))
            .build()
            .expect("every part is set");
        TransactWriteItem::builder().update(update).build()
    }

    /// Reads up to a hundred rows by their keys, in no order.
    async fn batch(
        &self,
        operation: &'static str,
        keys: Vec<Item>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        let mut left = keys;
        for _ in 0..ASKS_MAX {
            if left.is_empty() {
                break;
            }
            let asked = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true);
            let asked = asked.build().expect("the keys are set");
            let answer = self.client.batch_get_item().request_items(&self.table, asked);
            let answer = answer.send().await.map_err(|e| StoreError::database(operation, e))?;
            found.extend(
                answer.responses.unwrap_or_default().remove(&self.table).into_iter().flatten(),
            );
            let off = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            left = off.map(|off| off.keys).unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(found);
        }
        let source = "a part of the keys was put off time and again".into();
        Err(StoreError::Database { operation, source })
    }
}

fn part_sk(part: u8) -> String {
    format!("n#{part}")
}

fn place_sk(place: &Place) -> String {
    format!("p#{place}")
}
