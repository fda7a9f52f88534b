//! Zalo's domain check: only codes that are ours, and nothing of the asker's on the page.

use aws_lambda_events::{apigw::ApiGatewayV2httpRequest, encodings::Body};
use local::demo::{hook::DemoHook, state::DemoState};
use webhook_intake::{Config, Intake, handle};

use crate::setup::*;

/// A door whose operator has set `verifiers`.
async fn ask(door: &DemoState, verifiers: &str, path: &str) -> (i64, String) {
    let environment = door.environment("webhook-intake");
    let config = Config::from_vars(|name| match name {
        "ZALO_VERIFIERS" => Some(verifiers.to_owned()),
        other => environment(other),
    });
    let intake = Intake::new(&door.client_of("webhook-intake"), config.unwrap());
    let request = DemoHook { method: "GET".to_owned(), ..DemoHook::bare(path, "") };
    let request: ApiGatewayV2httpRequest =
        serde_json::from_value(request.event(door.template())).unwrap();
    let response = handle(&intake, &request, start()).await;
    let Some(Body::Text(body)) = response.body else { panic!("a text") };
    (response.status_code, body)
}

fn tag(code: &str) -> String {
    format!(r#"<meta name="zalo-platform-site-verification" content="{code}" />"#)
}

#[tokio::test]
async fn the_root_shows_every_code_and_a_file_its_own() {
    let door = door().await;
    let (status, root) = ask(&door, " Abc_1-x, Def2 ,", "/").await;
    assert_eq!(status, 200);
    assert!(root.contains(&tag("Abc_1-x")) && root.contains(&tag("Def2")), "{root}");
    let (status, file) = ask(&door, "Abc_1-x,Def2", "/zalo_verifierDef2.html").await;
    assert_eq!(status, 200);
    assert!(file.contains(&tag("Def2")) && !file.contains("Abc_1-x"), "{file}");
}

#[tokio::test]
async fn an_operator_without_codes_still_has_a_root() {
    let door = door().await;
    let (status, root) = ask(&door, "", "/").await;
    assert_eq!((status, root.contains("<meta name=\"zalo")), (200, false), "{root}");
}

#[tokio::test]
async fn no_other_file_exists_and_nothing_of_the_path_comes_back() {
    let door = door().await;
    for path in [
        "/zalo_verifier.html",
        "/zalo_verifierdef2.html",
        "/zalo_verifierDef2",
        "/zalo_verifierDef2.html.html",
        "/zalo_verifier\"><script>alert(1)</script>.html",
        "/zalo_verifier%22%3E%3Cscript%3E.html",
        "/favicon.ico",
        "/zalo_verifierDef2.html/x",
    ] {
        let (status, body) = ask(&door, "Def2", path).await;
        assert_eq!(status, 404, "{path}");
        assert!(!body.contains("script") && !body.contains("favicon"), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_code_that_would_break_out_of_its_tag_is_left_out() {
    let door = door().await;
    let evil = r#""><script>alert(1)</script>"#;
    for path in ["/".to_owned(), format!("/zalo_verifier{evil}.html")] {
        let (_, body) = ask(&door, &format!("Def2,{evil}"), &path).await;
        assert!(!body.contains("<script>"), "{path}: {body}");
    }
}

#[tokio::test]
async fn the_domain_check_touches_no_table() {
    let door = door().await;
    ask(&door, "Def2", "/").await;
    ask(&door, "Def2", "/zalo_verifierDef2.html").await;
    assert!(door.faults.calls().is_empty());
}
