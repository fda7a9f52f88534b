//! The description of the API against the routes of the template.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::setup::Till;

#[tokio::test]
async fn what_is_described_is_routed_and_what_is_routed_is_described() {
    let till = Till::new().await;
    let description: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let actions =
        ["earn", "spend", "hold", "capture", "release", "grant", "deduct", "transfer", "redeem"];
    let described: BTreeSet<String> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| {
                let account = "/accounts/{customer}/";
                let action = path.split_once(account).map_or("", |(_, action)| action);
                let path = if actions.contains(&action) && method == "post" {
                    path.replace(&format!("{account}{action}"), &format!("{account}{{action}}"))
                } else {
                    path.clone()
                };
                format!("{} {path}", method.to_uppercase())
            })
        })
        .collect();
    let routes = till.state.template().routes().iter();
    let routed: BTreeSet<String> =
        routes.filter(|route| route.function == "points-ledger").map(|route| route.key()).collect();
    assert_eq!(described, routed);
    let text = description.to_string();
    for action in actions {
        assert!(text.contains(&format!("/accounts/{{customer}}/{action}\"")), "{action}");
    }
}
