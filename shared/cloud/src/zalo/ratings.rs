//! Asks Zalo for the stars that customers gave, for those whose hook was lost.
//!
//! Source: Zalo ZBS "get customer ratings", read 2026-11. Sources disagree on the method: five working programs GET, the document
//! POSTs with the same query; so GET first, and POST where that is not understood. Most nest the list as `data.data`, one has it as
//! `data`. Times are milliseconds since 1970.

use domain::source::ListedRating;
use jiff::Timestamp;
use reqwest::{Method, Url};

use super::{AccessToken, Host, NoAnswer, SendError, Zalo, body_of, by_status, not_answered, wire};
use crate::zalo::class;

/// Most ratings of one answer. The document names no bound, one program 10,000: an answer of ours stays below
/// [`super::ANSWER_BYTES_MAX`] with notes of a usual length.
pub const RATINGS_PAGE: usize = 50;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct RatingsAsked<'a> {
    /// Zalo's id of the template.
    pub template_id: &'a str,
    /// The first instant.
    pub from: Timestamp,
    /// The last one.
    pub to: Timestamp,
    /// How many to pass over.
    pub offset: usize,
}

impl Zalo {
    /// One page of the ratings of a template, at most [`RATINGS_PAGE`], and how many of it nobody can read. It can be asked again.
    ///
    /// # Errors
    /// As [`Zalo::send`].
    pub async fn ratings(
        &self,
        token: &AccessToken,
        asked: &RatingsAsked<'_>,
    ) -> Result<(Vec<ListedRating>, usize), SendError> {
        match self.ask(Method::GET, token, asked).await {
            Err(SendError::Unknown { source: NoAnswer::Unreadable { .. } }) => {
                self.ask(Method::POST, token, asked).await
            }
            answer => answer,
        }
    }

    async fn ask(
        &self,
        method: Method,
        token: &AccessToken,
        asked: &RatingsAsked<'_>,
    ) -> Result<(Vec<ListedRating>, usize), SendError> {
        let host = Host::Business;
        let url = format!("{}/rating/get", self.hosts.business);
        let query = [
            ("template_id", asked.template_id.to_owned()),
            ("from_time", asked.from.as_millisecond().to_string()),
            ("to_time", asked.to.as_millisecond().to_string()),
            ("offset", asked.offset.to_string()),
            ("limit", RATINGS_PAGE.to_string()),
        ];
        let url = Url::parse_with_params(&url, query).expect("a base URL was read as one");
        let request = token.on(self.http.request(method, url));
        let response = request.send().await.map_err(not_answered)?;
        let status = response.status();
        let answer = body_of(response).await.map(|bytes| wire::Answer::read(&bytes));
        let answer = match answer {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                let source = NoAnswer::Unreadable { status: status.as_u16() };
                return Err(by_status(host, status).unwrap_or(SendError::Unknown { source }));
            }
            Err(source) => return Err(SendError::Unknown { source }),
        };
        if answer.error != 0 {
            let (code, class) = (answer.error, class(host, answer.error));
            return Err(SendError::Refused { host, code, class });
        }
        let rows = answer.list();
        let found: Vec<ListedRating> = rows.iter().filter_map(wire::rating).collect();
        let unreadable = rows.len() - found.len();
        Ok((found, unreadable))
    }
}
