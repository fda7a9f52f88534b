use jiff::{SignedDuration, Timestamp};

use super::super::*;
use crate::phone::Pepper;

fn pepper() -> Pepper {
    Pepper::new(b"0123456789abcdef").unwrap()
}

fn now() -> Timestamp {
    "2026-11-20T08:00:00+07:00".parse().unwrap()
}

/// Source: RFC 7636, appendix B.
#[test]
fn a_challenge_is_what_the_standard_has_it_to_be() {
    let verifier = Verifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
    assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_eq!(Verifier::new(&[7; 32]).expose().len(), 43);
    for bad in ["", "short", &"a".repeat(42), &"a".repeat(129), &format!("{}=", "a".repeat(43))] {
        assert!(Verifier::parse(bad).is_none(), "{bad}");
    }
    assert!(!format!("{verifier:?}").contains("dBjf"));
}

#[test]
fn a_link_opens_for_one_business_until_it_is_over() {
    let until = now() + SignedDuration::from_hours(24);
    let link = ConsentLink { tenant: "ca-phe-som".to_owned(), until };
    let query = link.query(&pepper());
    let (until_text, proof) = query.split_once("&proof=").unwrap();
    let until_text = until_text.strip_prefix("until=").unwrap();
    let prove = |pepper: &Pepper, tenant: &str, until: &str, proof: &str, now| {
        ConsentLink::prove(pepper, tenant, until, proof, now)
    };
    assert_eq!(prove(&pepper(), "ca-phe-som", until_text, proof, now()), Ok(link));
    let over = prove(&pepper(), "ca-phe-som", until_text, proof, until);
    assert_eq!(over, Err(BadLink::Over));
    let longer = (until.as_second() + 1).to_string();
    let other = Pepper::new(b"0123456789abcdeF").unwrap();
    for (pepper, tenant, until, proof) in [
        (&pepper(), "ca-phe-trua", until_text, proof),
        (&pepper(), "ca-phe-som", longer.as_str(), proof),
        (&pepper(), "ca-phe-som", "soon", proof),
        (&pepper(), "ca-phe-som", "99999999999999999", proof),
        (&pepper(), "ca-phe-som", until_text, ""),
        (&pepper(), "ca-phe-som", until_text, &proof[2..]),
        (&pepper(), "ca-phe-som", until_text, "é"),
        (&other, "ca-phe-som", until_text, proof),
    ] {
        assert_eq!(prove(pepper, tenant, until, proof, now()), Err(BadLink::NotOurs));
    }
}
