//! The page on which an admin lets an app speak for the account.
//!
//! Source: OAuth v4 for Official Accounts, "request permission", read 2026-11. A callback that the console does not know is refused
//! with -14003. Assumption: the refusal is a page of JSON, since no document shows it.

use axum::{extract::Query, http::Method, http::Uri};

use super::{
    send::{Reply, Request, refused},
    settings::StandInSettings,
    state::{Entry, State},
    token::{Consent, form},
};

/// `GET` and `POST /v4/oa/permission`.
pub(super) fn permission(settings: &StandInSettings, state: &State, request: &Request) -> Reply {
    if request.method == Method::POST {
        let query = form(&request.body, "query").unwrap_or_default();
        return agreed(settings, state, &query);
    }
    let fields = request.query.iter().map(|(name, value)| (name.clone(), value.clone()));
    let fields: Vec<(String, String)> = fields.collect();
    let query = encoded(&fields);
    if let Err((code, text)) = checked(settings, &fields) {
        return refused(code, text);
    }
    let escaped = query.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    Reply::Page(format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Zalo (giả lập)</title></head><body>\
         <h1>Ứng dụng {} xin quyền của OA {}</h1><form method=\"post\" action=\"/v4/oa/permission\">\
         <input type=\"hidden\" name=\"query\" value=\"{escaped}\"><button>Đồng ý</button></form></body></html>",
        settings.app_id, settings.oa_id
    ))
}

/// What follows when the admin agrees.
pub(super) fn agreed(settings: &StandInSettings, state: &State, query: &str) -> Reply {
    let fields = decoded(query);
    if let Err((code, text)) = checked(settings, &fields) {
        return refused(code, text);
    }
    let get =
        |name: &str| fields.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value);
    let code = state.tokens.next_code(settings);
    let consent =
        Consent { code: code.clone(), challenge: get("code_challenge").to_owned(), at: state.now };
    let mut back = vec![("code".to_owned(), code), ("oa_id".to_owned(), settings.oa_id.clone())];
    if !get("state").is_empty() {
        back.push(("state".to_owned(), get("state").to_owned()));
    }
    let place = format!("{}?{}", get("redirect_uri"), encoded(&back));
    Reply::Redirect { place, entries: vec![Entry::Consented(consent)] }
}

fn checked(
    settings: &StandInSettings,
    fields: &[(String, String)],
) -> Result<(), (i64, &'static str)> {
    let get = |name: &str| {
        fields.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value.as_str())
    };
    if get("app_id") != settings.app_id {
        return Err((-14_002, "Invalid app id"));
    }
    let known = settings.callback_url.as_deref().unwrap_or(get("redirect_uri"));
    if get("redirect_uri").is_empty() || get("redirect_uri") != known {
        return Err((-14_003, "Invalid redirect uri"));
    }
    Ok(())
}

fn decoded(query: &str) -> Vec<(String, String)> {
    let uri: Result<Uri, _> = format!("/?{query}").parse();
    let fields = uri.ok().and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    fields.map(|Query(fields)| fields).unwrap_or_default()
}

/// Every byte that is no letter or digit as `%XX`.
fn encoded(fields: &[(String, String)]) -> String {
    let text = |text: &str| -> String {
        let one = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(one).collect()
    };
    let fields = fields.iter().map(|(name, value)| format!("{}={}", text(name), text(value)));
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_back() {
        let fields = vec![("a b".to_owned(), "é&=%\"+/?".to_owned())];
        assert_eq!(decoded(&encoded(&fields)), fields);
    }
}
