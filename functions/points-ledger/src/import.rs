//! Opening balances from a file: what customers had before.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use cloud::opening::Importer;
use http::header;

use crate::{Caller, PointsLedger, Problem, answer};

/// Most rows of one file: they are posted while the caller waits.
const ROWS_MAX: usize = 200;

impl PointsLedger {
    /// Posts each row of a file, and says of the others why not.
    pub(crate) async fn import(
        &self,
        caller: &Caller<'_>,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let kind = caller.request.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !is_csv(kind) {
            return Err(Problem::NotCsv);
        }
        let file = caller.body()?;
        let programme = self.programme(caller).await?;
        let importer = Importer {
            customers: &self.customers,
            points: &self.points,
            tenant: &caller.tenant,
            pepper: &caller.settings.pepper,
            programme: &programme,
            actor: &caller.key.name,
            now: caller.now,
        };
        let imported = importer.import(&file, ROWS_MAX).await?;
        let (posted, repeated) = (imported.posted, imported.repeated);
        tracing::info!(posted, repeated, refused = imported.refused.len(), "imported");
        answer::json(&imported)
    }
}

/// `text/csv`, in UTF-8 where it says in what.
fn is_csv(kind: &str) -> bool {
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let charset = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("charset").then(|| value.trim_matches('"'))
    });
    kind.trim().eq_ignore_ascii_case("text/csv")
        && charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"))
}
