//! What Zalo's error codes mean, per host: one row per code.
//!
//! Source: Zalo ZBS template message error table and Zalo OA OpenAPI error table, read 2026-11. Of two classes that a table
//! gives, the first; a code of calls that Cham does not make ("not a send error") is [`Class::Config`], since whoever
//! meets it has to look; -100 and every code without a row are [`Class::Unknown`].

use domain::notification::Class;

/// Zalo's two API hosts. They number their errors differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `business.openapi.zalo.me`: templates to phone numbers.
    Business,
    /// `openapi.zalo.me`: templates to Zalo ids, and replies.
    Oa,
}

impl Host {
    /// As it stands in logs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Oa => "oa",
        }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The class of `code` as `host` means it.
pub fn class(host: Host, code: i64) -> Class {
    row(host, code).map_or(Class::Unknown, |row| row.1)
}

/// What `code` means, in a few words of ours; Zalo's own text may quote what was sent and is never logged.
pub fn meaning(host: Host, code: i64) -> Option<&'static str> {
    row(host, code).map(|row| row.2)
}

/// Code, class, meaning.
type Row = (i64, Class, &'static str);

fn row(host: Host, code: i64) -> Option<&'static Row> {
    let table = match host {
        Host::Business => BUSINESS,
        Host::Oa => OA,
    };
    table.iter().find(|row| row.0 == code)
}

const BUSINESS: &[Row] = &[
    (-100, Class::Unknown, "unknown error; whether it was accepted is not said"),
    (-101, Class::Config, "application invalid"),
    (-102, Class::Config, "application does not exist"),
    (-103, Class::Config, "application not activated"),
    (-104, Class::Config, "application's secret key invalid"),
    (-105, Class::Config, "application not linked to any OA"),
    (-106, Class::Config, "HTTP method not supported"),
    (-107, Class::Payload, "message id invalid"),
    (-108, Class::Payload, "phone number invalid"),
    (-109, Class::Config, "template id invalid"),
    (-1091, Class::Config, "template cannot be edited"),
    (-110, Class::Recipient, "recipient's Zalo is too old"),
    (-111, Class::Payload, "template data empty"),
    (-112, Class::Payload, "template data invalid"),
    (-1121, Class::Payload, "parameter longer than allowed"),
    (-1122, Class::Payload, "required parameter missing"),
    (-1123, Class::Payload, "QR code could not be made"),
    (-1124, Class::Payload, "parameter has the wrong format"),
    (-113, Class::Payload, "button invalid"),
    (-1131, Class::Payload, "button content or link invalid"),
    (-114, Class::Recipient, "recipient cannot receive"),
    (-115, Class::Config, "billing balance too low"),
    (-116, Class::Payload, "content not allowed"),
    (-117, Class::Config, "application or OA may not use this template"),
    (-118, Class::Recipient, "number has no Zalo account"),
    (-119, Class::Recipient, "account cannot receive"),
    (-120, Class::Config, "OA lacks the permission"),
    (-1201, Class::Config, "OA may not create tag 3 templates"),
    (-1202, Class::Config, "OA may not use media"),
    (-121, Class::Payload, "body empty"),
    (-122, Class::Payload, "body is not valid JSON"),
    (-123, Class::Payload, "RSA content could not be decoded"),
    (-124, Class::Auth, "access token invalid"),
    (-1241, Class::Config, "appsecret_proof invalid"),
    (-125, Class::Config, "OA id invalid"),
    (-126, Class::Config, "development wallet used up"),
    (-127, Class::Payload, "test template may only go to admins"),
    (-128, Class::Config, "encoding key missing"),
    (-129, Class::Backoff, "RSA key could not be made"),
    (-130, Class::Payload, "content over the character limit"),
    (-131, Class::Config, "template not approved"),
    (-132, Class::Payload, "parameter invalid"),
    // Assumption: still raised, though a newer table leaves it out; harmless when it is not.
    (-133, Class::Defer, "not allowed at night, 22:00 to 06:00"),
    // The table calls it obsolete and gives no class. It spoke about one recipient, so it would again.
    (-134, Class::Recipient, "recipient did not answer the opt-in (obsolete)"),
    (-135, Class::Config, "OA may not send"),
    (-1351, Class::Config, "OA blocked for violations"),
    (-136, Class::Config, "billing account not connected"),
    (-137, Class::Config, "billing account could not be charged"),
    (-138, Class::Config, "application lacks the permission"),
    (-1381, Class::Config, "billing permission not granted to the application"),
    (-139, Class::Recipient, "recipient refuses this kind of content"),
    (-140, Class::Recipient, "recipient not eligible under the delivery policy"),
    (-141, Class::Recipient, "recipient refuses this OA"),
    (-142, Class::Config, "RSA key missing"),
    (-143, Class::Config, "RSA key exists already"),
    (-144, Class::Defer, "OA over its daily limit"),
    (-1441, Class::Defer, "OA over its monthly promotion limit"),
    (-145, Class::Config, "OA may not send this kind of content"),
    (-146, Class::Config, "template disabled for low quality"),
    (-147, Class::Defer, "template over its daily limit"),
    (-1471, Class::Defer, "recipient's monthly follow-up limit"),
    // Sources disagree whether the recipient's or the OA's daily limit; both pass with the day.
    (-1472, Class::Defer, "daily promotion limit"),
    (-148, Class::Payload, "journey token missing"),
    (-149, Class::Payload, "journey token invalid"),
    (-1491, Class::Payload, "journey token of the wrong type"),
    (-150, Class::Payload, "journey token expired"),
    (-151, Class::Config, "not an end-to-end encrypted template"),
    (-152, Class::Config, "no end-to-end encryption key"),
    (-153, Class::Payload, "data violates the specification"),
    (-158, Class::Config, "upload too large"),
    (-159, Class::Config, "upload of the wrong type"),
    (-160, Class::Config, "daily quota of create, edit or upload used up"),
    (-161, Class::Config, "sending_mode not allowed"),
    (-162, Class::Config, "sending_mode 3 not for tags 1 and 2"),
];

const OA: &[Row] = &[
    (-32, Class::Backoff, "over the request rate"),
    // The table says "attachment expired"; Cham sends none, so what was meant is not known.
    (-100, Class::Unknown, "unknown error or attachment expired"),
    (-200, Class::Backoff, "sending failed"),
    // Two sources read it as an invalid token; the OA table says parameter.
    (-201, Class::Payload, "parameter invalid"),
    (-204, Class::Config, "OA deleted"),
    (-205, Class::Config, "OA does not exist"),
    (-209, Class::Config, "application not activated"),
    (-210, Class::Payload, "parameter over its limit"),
    (-211, Class::Defer, "feature quota used up"),
    (-212, Class::Config, "API not registered for the application"),
    (-213, Class::Recipient, "recipient does not follow the OA"),
    (-214, Class::Backoff, "article being processed"),
    (-216, Class::Auth, "access token invalid"),
    (-217, Class::Recipient, "recipient blocked invitations"),
    (-218, Class::Defer, "recipient's quota used up"),
    (-219, Class::Config, "application removed or disabled"),
    (-220, Class::Auth, "access token expired or removed"),
    (-221, Class::Config, "OA must be verified"),
    // Assumption: one source only. A refresh that does not help ends as a refusal all the same.
    (-222, Class::Auth, "trouble with the token"),
    (-223, Class::Config, "OA has not granted this API"),
    (-224, Class::Config, "OA package too low"),
    (-227, Class::Recipient, "recipient banned or away for more than 45 days"),
    (-230, Class::Recipient, "no interaction in 7 days"),
    (-232, Class::Recipient, "no interaction, or expired"),
    (-233, Class::Payload, "kind of message not supported"),
    (-234, Class::Defer, "not at night, 22:00 to 06:00"),
    (-235, Class::Config, "API not for this kind of OA"),
    (-237, Class::Config, "group disabled"),
    (-238, Class::Config, "asset id used or disabled"),
    (-240, Class::Config, "version 2 of the message API is closed"),
    (-241, Class::Config, "asset id used or disabled"),
    (-242, Class::Config, "appsecret_proof invalid"),
    (-244, Class::Recipient, "recipient restricted this kind of message"),
    (-248, Class::Payload, "breaks the platform's standards"),
    (-249, Class::Config, "template cannot go by Zalo id"),
    (-320, Class::Config, "billing account not linked"),
    (-321, Class::Config, "billing account without money"),
    (-403, Class::Config, "group not owned by the OA"),
    (-501, Class::Config, "caller's address is not in Vietnam"),
    (-1340, Class::Config, "advertising form not found"),
    (-1341, Class::Config, "no access to the advertising form"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Zalo's two tables, transcribed apart from the code: `host,code,class`.
    const TRANSCRIPT: &str = include_str!("../../fixtures/zalo/codes.csv");

    fn transcript() -> impl Iterator<Item = (Host, i64, Class)> {
        TRANSCRIPT.lines().skip(1).map(|line| {
            let mut cells = line.split(',');
            let mut cell = || cells.next().unwrap_or_else(|| panic!("{line}"));
            let host = match cell() {
                "business" => Host::Business,
                "oa" => Host::Oa,
                other => panic!("{other}"),
            };
            let code = cell().parse().unwrap();
            (host, code, serde_json::from_value(cell().into()).unwrap())
        })
    }

    #[test]
    fn every_code_of_zalos_tables_has_its_class() {
        for (host, code, expected) in transcript() {
            assert_eq!(class(host, code), expected, "{host} {code}");
            assert!(meaning(host, code).is_some(), "{host} {code} has no row");
        }
    }

    #[test]
    fn no_row_is_our_own_invention_and_none_stands_twice() {
        for (host, table) in [(Host::Business, BUSINESS), (Host::Oa, OA)] {
            let theirs: BTreeSet<i64> =
                transcript().filter(|row| row.0 == host).map(|row| row.1).collect();
            let ours: BTreeSet<i64> = table.iter().map(|row| row.0).collect();
            assert_eq!(ours, theirs, "{host}");
            assert_eq!(ours.len(), table.len(), "{host}");
        }
    }

    #[test]
    fn a_code_without_a_row_is_unknown() {
        for code in [-154, -157, -32, 1, 500, i64::MIN, i64::MAX] {
            assert_eq!(class(Host::Business, code), Class::Unknown, "{code}");
        }
        assert_eq!(class(Host::Oa, -124), Class::Unknown);
    }
}
