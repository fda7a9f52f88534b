//! Why a hook of Zalo is not believed: which bytes, by which formula, with which secret the signature would fit.
//!
//! Source: Zalo OA webhook documents, and the mistakes of public implementations, read 2026-11. First the hook is verified as intake
//! does it; only when its signature does not fit are the mistakes tried, each form of the body by each formula with each secret:
//! at most [`FORMS_MAX`] × 7 × 8. Not here: sentences, which stand in `explain`.

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

use super::{Refusal, Request, Secret, Secrets, zalo};
use crate::{
    source::json::Object,
    tenant::ZaloApp,
    verify::rewrite::{Escapes, Spaces, Style, rewritten, sorted},
};

/// Most forms of a body that are tried.
pub const FORMS_MAX: usize = 64;

/// What became of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// It is proven, by this secret.
    Proven(Which),
    /// The signature would fit, had this been done.
    Found(Mistake),
    /// Refused before, or besides, the signature.
    Refused(Refusal),
    /// Cut off on its way: the headers promise more bytes than came.
    CutOff,
    /// A hook of a Mini App, which is signed by another formula and goes to another address.
    MiniApp,
    /// No form, formula and secret that is known here fits: mostly another secret.
    Unknown,
}

/// How a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Over which bytes.
    pub form: Form,
    /// By which formula.
    pub formula: Formula,
    /// With which secret.
    pub secret: Which,
    /// Whether it is written as base64 instead of hex.
    pub base64: bool,
}

/// Which secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one in use.
    Current,
    /// The one before.
    Previous,
    /// The app's, which is for tokens.
    App,
    /// One of ours, but for the white space around it that is stored.
    Untrimmed,
}

/// Which bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they came.
    Received,
    /// Without the byte order mark before them.
    WithoutMark,
    /// Without the line break at their end.
    WithoutLineBreak,
    /// With a line break at their end.
    WithLineBreak,
    /// With other line breaks.
    OtherLineBreaks,
    /// Taken out of base64.
    OutOfBase64,
    /// Put into base64.
    InBase64,
    /// Composed or decomposed otherwise (NFC, NFD).
    OtherUnicode,
    /// The same document written again: spaces, escapes or the order of keys.
    WrittenAgain,
}

/// Which formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// SHA-256 of app, body, time and secret: the right one.
    Zalo,
    /// The account's id in the place of the app's.
    OaFirst,
    /// Without the time.
    WithoutTime,
    /// Without the app.
    WithoutApp,
    /// The time before the body.
    TimeFirst,
    /// HMAC-SHA256 of the body alone.
    HmacOfBody,
    /// HMAC-SHA256 of app, body and time.
    Hmac,
}

const FORMULAS: [Formula; 7] = [
    Formula::Zalo,
    Formula::OaFirst,
    Formula::WithoutTime,
    Formula::WithoutApp,
    Formula::TimeFirst,
    Formula::HmacOfBody,
    Formula::Hmac,
];

/// Says why a hook of Zalo is or is not believed.
pub fn diagnose(
    request: &Request<'_>,
    secrets: &Secrets,
    app_secret: Option<&Secret>,
    app: &ZaloApp,
) -> Diagnosis {
    let refusal = match zalo::verify(request, secrets, app) {
        Ok(_) => {
            // Which of the two it was: the same with either alone.
            let current = Secrets { current: secrets.current.clone(), previous: None };
            let by_current = zalo::verify(request, &current, app).is_ok();
            return Diagnosis::Proven(if by_current { Which::Current } else { Which::Previous });
        }
        Err(refusal) => refusal,
    };
    let promised = request.headers.get("content-length").and_then(|text| text.parse().ok());
    if promised.is_some_and(|promised: usize| promised > request.body.len()) {
        return Diagnosis::CutOff;
    }
    let Some(header) = request.headers.get(zalo::SIGNATURE) else {
        return Diagnosis::Refused(refusal);
    };
    if is_mini_app(request.body) {
        return Diagnosis::MiniApp;
    }
    let told = matches!(
        refusal,
        Refusal::AppUnknown | Refusal::OaUnknown | Refusal::SecretNotSet | Refusal::KeyRepeated
    );
    if told {
        return Diagnosis::Refused(refusal);
    }
    let tried = found(request.body, &macs(header), secrets, app_secret);
    match tried {
        Some(mistake) => Diagnosis::Found(mistake),
        None if refusal == Refusal::SignatureMismatch => Diagnosis::Unknown,
        None => Diagnosis::Refused(refusal),
    }
}

/// The signature's bytes, as hex and as base64 give them.
fn macs(header: &str) -> Vec<(Vec<u8>, bool)> {
    let value = header.split_once('=').filter(|(name, _)| name.trim().len() <= 6);
    let value = value.map_or(header, |(_, value)| value).trim();
    let hex = HEXLOWER_PERMISSIVE.decode(value.as_bytes()).ok().map(|mac| (mac, false));
    let base64 = BASE64.decode(value.as_bytes()).ok().map(|mac| (mac, true));
    // A base64 that ends with `=` has one of the scheme's sign, too.
    let whole = BASE64.decode(header.trim().as_bytes()).ok().map(|mac| (mac, true));
    [hex, base64, whole].into_iter().flatten().filter(|(mac, _)| mac.len() == 32).collect()
}

fn found(
    body: &[u8],
    macs: &[(Vec<u8>, bool)],
    secrets: &Secrets,
    app_secret: Option<&Secret>,
) -> Option<Mistake> {
    let known = known(secrets, app_secret);
    for (form, bytes) in forms(body) {
        // What stands inside is read from the form that may have been signed.
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let outer = Object::parse(text).or_else(|_| Object::parse(body)).ok();
        let get =
            |name: &str| outer.as_ref().and_then(|outer| outer.text(name)).unwrap_or_default();
        let parts = Parts { app: get("app_id"), time: get("timestamp"), oas: oas(text) };
        for formula in FORMULAS {
            for (secret, key) in &known {
                for made in parts.made(formula, &bytes, key) {
                    let fits = |mac: &[u8]| -> bool { mac.ct_eq(made.as_slice()).into() };
                    if let Some((_, base64)) = macs.iter().find(|(mac, _)| fits(mac)) {
                        let (secret, base64) = (*secret, *base64);
                        return Some(Mistake { form, formula, secret, base64 });
                    }
                }
            }
        }
    }
    None
}

/// Every secret that may have been taken, with what it is.
fn known(secrets: &Secrets, app_secret: Option<&Secret>) -> Vec<(Which, String)> {
    let set = [
        (Which::Current, secrets.current.as_ref()),
        (Which::Previous, secrets.previous.as_ref()),
        (Which::App, app_secret),
    ];
    let set = set.into_iter().filter_map(|(which, secret)| Some((which, secret?.expose())));
    let set: Vec<(Which, &str)> = set.filter(|(_, text)| !text.trim().is_empty()).collect();
    let plain = set.iter().map(|(which, text)| (*which, (*text).to_owned()));
    let trimmed = set.iter().filter(|(_, text)| text.trim() != *text);
    let trimmed = trimmed.map(|(_, text)| (Which::Untrimmed, text.trim().to_owned()));
    let broken = set.iter().map(|(_, text)| (Which::Untrimmed, format!("{text}\n")));
    plain.chain(trimmed).chain(broken).collect()
}

struct Parts {
    app: String,
    time: String,
    oas: Vec<String>,
}

impl Parts {
    fn made(&self, formula: Formula, body: &[u8], key: &str) -> Vec<Vec<u8>> {
        let (app, time, key) = (self.app.as_bytes(), self.time.as_bytes(), key.as_bytes());
        let sha = |parts: &[&[u8]]| Sha256::digest(parts.concat()).to_vec();
        let hmac = |parts: &[&[u8]]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
            mac.update(&parts.concat());
            mac.finalize().into_bytes().to_vec()
        };
        match formula {
            Formula::Zalo => vec![sha(&[app, body, time, key])],
            Formula::OaFirst => {
                self.oas.iter().map(|oa| sha(&[oa.as_bytes(), body, time, key])).collect()
            }
            Formula::WithoutTime => vec![sha(&[app, body, key])],
            Formula::WithoutApp => vec![sha(&[body, time, key])],
            Formula::TimeFirst => vec![sha(&[app, time, body, key])],
            Formula::HmacOfBody => vec![hmac(&[body])],
            Formula::Hmac => vec![hmac(&[app, body, time])],
        }
    }
}

/// The ids in a body that may be an account's.
fn oas(body: &[u8]) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else { return Vec::new() };
    let places = ["/oa_id", "/oaId", "/sender/id", "/recipient/id"];
    let ids = places.into_iter().filter_map(|place| value.pointer(place)?.as_str());
    ids.map(str::to_owned).collect()
}

/// What may have been signed instead, the likeliest first; no form twice.
fn forms(body: &[u8]) -> Vec<(Form, Vec<u8>)> {
    let mut forms: Vec<(Form, Vec<u8>)> = vec![(Form::Received, body.to_vec())];
    let mut add = |form: Form, bytes: Vec<u8>| {
        if forms.len() < FORMS_MAX && forms.iter().all(|(_, known)| *known != bytes) {
            forms.push((form, bytes));
        }
    };
    let bare = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    add(Form::WithoutMark, bare.to_vec());
    let trimmed = bare.trim_ascii_end();
    add(Form::WithoutLineBreak, trimmed.to_vec());
    for end in ["\n", "\r\n"] {
        add(Form::WithLineBreak, [body, end.as_bytes()].concat());
    }
    if let Ok(text) = std::str::from_utf8(bare) {
        let unix = text.replace("\r\n", "\n");
        add(Form::OtherLineBreaks, unix.replace('\n', "\r\n").into_bytes());
        add(Form::OtherLineBreaks, unix.into_bytes());
        add(Form::OtherUnicode, text.nfc().collect::<String>().into_bytes());
        add(Form::OtherUnicode, text.nfd().collect::<String>().into_bytes());
    }
    if let Ok(plain) = BASE64_MIME_PERMISSIVE.decode(trimmed) {
        add(Form::OutOfBase64, plain);
    }
    add(Form::InBase64, BASE64.encode(body).into_bytes());
    let Ok(text) = std::str::from_utf8(bare) else { return forms };
    for text in [Some(text.to_owned()), sorted(text)].into_iter().flatten() {
        for spaces in [Spaces::None, Spaces::One, Spaces::Lines(2), Spaces::Lines(4)] {
            for escapes in [Escapes::None, Escapes::All] {
                for slashes in [false, true] {
                    let style = Style { spaces, escapes, slashes };
                    if let Some(again) = rewritten(&text, style) {
                        add(Form::WrittenAgain, again.into_bytes());
                    }
                }
            }
        }
    }
    forms
}

/// Whether it is a Mini App's: it names its event `event` and its app `appId`.
fn is_mini_app(body: &[u8]) -> bool {
    Object::parse(body).is_ok_and(|body| {
        body.text("event").is_some()
            && body.text("appId").is_some()
            && body.text("app_id").is_none()
    })
}

#[cfg(test)]
mod tests;
