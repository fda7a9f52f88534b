//! What Zalo's error codes mean, per host: one row per code.
//!
//! Source: Zalo ZBS template message error table and Zalo OA OpenAPI error table, read 2026-11. Of two classes that a table
//! gives, the first; a code of calls that Cham does not make ("not a send error") is [`Class::Config`], since whoever
//! meets it has to look; -100 and every code without a row are [`Class::Unknown`].

use domain::notification::{Broken, Class, Until};

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

/// The number has no Zalo account, or none that can receive: it stays so for weeks.
pub const NO_ACCOUNT: i64 = -118;

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

const TEMPLATE: Class = Class::Config(Broken::Template);
const ACCOUNT: Class = Class::Config(Broken::Account);
const MORNING: Class = Class::Defer(Until::Morning);
const DAY: Class = Class::Defer(Until::NextDay);
const MONTH: Class = Class::Defer(Until::NextMonth);

const BUSINESS: &[Row] = &[
    (-100, Class::Unknown, "unknown error; whether it was accepted is not said"),
    (-101, ACCOUNT, "application invalid"),
    (-102, ACCOUNT, "application does not exist"),
    (-103, ACCOUNT, "application not activated"),
    (-104, ACCOUNT, "application's secret key invalid"),
    (-105, ACCOUNT, "application not linked to any OA"),
    (-106, ACCOUNT, "HTTP method not supported"),
    (-107, Class::Payload, "message id invalid"),
    (-108, Class::Payload, "phone number invalid"),
    (-109, TEMPLATE, "template id invalid"),
    (-1091, TEMPLATE, "template cannot be edited"),
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
    (-115, ACCOUNT, "billing balance too low"),
    (-116, Class::Payload, "content not allowed"),
    (-117, TEMPLATE, "application or OA may not use this template"),
    (NO_ACCOUNT, Class::Recipient, "number has no Zalo account"),
    (-119, Class::Recipient, "account cannot receive"),
    (-120, ACCOUNT, "OA lacks the permission"),
    (-1201, ACCOUNT, "OA may not create tag 3 templates"),
    (-1202, ACCOUNT, "OA may not use media"),
    (-121, Class::Payload, "body empty"),
    (-122, Class::Payload, "body is not valid JSON"),
    (-123, Class::Payload, "RSA content could not be decoded"),
    (-124, Class::Auth, "access token invalid"),
    (-1241, ACCOUNT, "appsecret_proof invalid"),
    (-125, ACCOUNT, "OA id invalid"),
    (-126, ACCOUNT, "development wallet used up"),
    (-127, Class::Payload, "test template may only go to admins"),
    (-128, ACCOUNT, "encoding key missing"),
    (-129, Class::Backoff, "RSA key could not be made"),
    (-130, Class::Payload, "content over the character limit"),
    (-131, TEMPLATE, "template not approved"),
    (-132, Class::Payload, "parameter invalid"),
    // Assumption: still raised, though a newer table leaves it out; harmless when it is not.
    (-133, MORNING, "not allowed at night, 22:00 to 06:00"),
    // The table calls it obsolete and gives no class. It spoke about one recipient, so it would again.
    (-134, Class::Recipient, "recipient did not answer the opt-in (obsolete)"),
    (-135, ACCOUNT, "OA may not send"),
    (-1351, ACCOUNT, "OA blocked for violations"),
    (-136, ACCOUNT, "billing account not connected"),
    (-137, ACCOUNT, "billing account could not be charged"),
    (-138, ACCOUNT, "application lacks the permission"),
    (-1381, ACCOUNT, "billing permission not granted to the application"),
    (-139, Class::Recipient, "recipient refuses this kind of content"),
    (-140, Class::Recipient, "recipient not eligible under the delivery policy"),
    (-141, Class::Recipient, "recipient refuses this OA"),
    (-142, ACCOUNT, "RSA key missing"),
    (-143, ACCOUNT, "RSA key exists already"),
    (-144, DAY, "OA over its daily limit"),
    (-1441, MONTH, "OA over its monthly promotion limit"),
    (-145, TEMPLATE, "OA may not send this kind of content"),
    (-146, TEMPLATE, "template disabled for low quality"),
    (-147, DAY, "template over its daily limit"),
    (-1471, MONTH, "recipient's monthly follow-up limit"),
    // Sources disagree whether the recipient's or the OA's daily limit; both pass with the day.
    (-1472, DAY, "daily promotion limit"),
    (-148, Class::Payload, "journey token missing"),
    (-149, Class::Payload, "journey token invalid"),
    (-1491, Class::Payload, "journey token of the wrong type"),
    (-150, Class::Payload, "journey token expired"),
    (-151, TEMPLATE, "not an end-to-end encrypted template"),
    (-152, ACCOUNT, "no end-to-end encryption key"),
    (-153, Class::Payload, "data violates the specification"),
    (-158, ACCOUNT, "upload too large"),
    (-159, ACCOUNT, "upload of the wrong type"),
    (-160, ACCOUNT, "daily quota of create, edit or upload used up"),
    (-161, TEMPLATE, "sending_mode not allowed"),
    (-162, TEMPLATE, "sending_mode 3 not for tags 1 and 2"),
];

const OA: &[Row] = &[
    (-32, Class::Backoff, "over the request rate"),
    // The table says "attachment expired"; Cham sends none, so what was meant is not known.
    (-100, Class::Unknown, "unknown error or attachment expired"),
    (-200, Class::Backoff, "sending failed"),
    // Two sources read it as an invalid token; the OA table says parameter.
    (-201, Class::Payload, "parameter invalid"),
    (-204, ACCOUNT, "OA deleted"),
    (-205, ACCOUNT, "OA does not exist"),
    (-209, ACCOUNT, "application not activated"),
    (-210, Class::Payload, "parameter over its limit"),
    (-211, DAY, "feature quota used up"),
    (-212, ACCOUNT, "API not registered for the application"),
    (-213, Class::Recipient, "recipient does not follow the OA"),
    (-214, Class::Backoff, "article being processed"),
    (-216, Class::Auth, "access token invalid"),
    (-217, Class::Recipient, "recipient blocked invitations"),
    (-218, DAY, "recipient's quota used up"),
    (-219, ACCOUNT, "application removed or disabled"),
    (-220, Class::Auth, "access token expired or removed"),
    (-221, ACCOUNT, "OA must be verified"),
    // Assumption: one source only. A refresh that does not help ends as a refusal all the same.
    (-222, Class::Auth, "trouble with the token"),
    (-223, ACCOUNT, "OA has not granted this API"),
    (-224, ACCOUNT, "OA package too low"),
    (-227, Class::Recipient, "recipient banned or away for more than 45 days"),
    (-230, Class::Recipient, "no interaction in 7 days"),
    (-232, Class::Recipient, "no interaction, or expired"),
    (-233, Class::Payload, "kind of message not supported"),
    (-234, MORNING, "not at night, 22:00 to 06:00"),
    (-235, ACCOUNT, "API not for this kind of OA"),
    (-237, ACCOUNT, "group disabled"),
    (-238, ACCOUNT, "asset id used or disabled"),
    (-240, ACCOUNT, "version 2 of the message API is closed"),
    (-241, ACCOUNT, "asset id used or disabled"),
    (-242, ACCOUNT, "appsecret_proof invalid"),
    (-244, Class::Recipient, "recipient restricted this kind of message"),
    (-248, Class::Payload, "breaks the platform's standards"),
    (-249, TEMPLATE, "template cannot go by Zalo id"),
    (-320, ACCOUNT, "billing account not linked"),
    (-321, ACCOUNT, "billing account without money"),
    (-403, ACCOUNT, "group not owned by the OA"),
    (-501, ACCOUNT, "caller's address is not in Vietnam"),
    (-1340, ACCOUNT, "advertising form not found"),
    (-1341, ACCOUNT, "no access to the advertising form"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Zalo's two tables, transcribed apart from the code: `host,code,class,about`, the last for what has to pass or to be mended.
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
            let (word, about) = (cell(), cell());
            let class = match (word, about) {
                ("DEFER", "morning") => Class::Defer(Until::Morning),
                ("DEFER", "day") => Class::Defer(Until::NextDay),
                ("DEFER", "month") => Class::Defer(Until::NextMonth),
                ("CONFIG", "template") => Class::Config(Broken::Template),
                ("CONFIG", "account") => Class::Config(Broken::Account),
                (word, "") => {
                    let plain = [
                        Class::Auth,
                        Class::Backoff,
                        Class::Recipient,
                        Class::Payload,
                        Class::Unknown,
                    ];
                    plain.into_iter().find(|class| class.as_str() == word).unwrap()
                }
                other => panic!("{other:?}"),
            };
            (host, code, class)
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
