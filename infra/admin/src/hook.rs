//! `cham hook verify`: why a recorded hook of Zalo is, or is not, believed.

use domain::{
    explain::{self, Language},
    tenant::{Tenant, TenantSecrets},
    verify::{
        Headers, Request, Secrets,
        diagnose::{Diagnosis, diagnose},
    },
};

use crate::Failure;

/// A request as it was recorded: headers, an empty line, and the body byte for byte.
#[derive(Debug)]
pub struct Recorded {
    headers: Headers,
    body: Vec<u8>,
}

impl Recorded {
    /// Reads a recorded request; a request line before the headers is passed over.
    ///
    /// # Errors
    /// [`Failure::Misuse`] for what has no empty line, or a header that is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let ends = [("\r\n\r\n", 4), ("\n\n", 2)];
        let end = ends.into_iter().filter_map(|(end, length)| {
            let at = bytes.windows(length).position(|window| window == end.as_bytes())?;
            Some((at, at + length))
        });
        let (head, body) = end.min().ok_or_else(|| {
            let why = "a recorded hook is its headers, an empty line, and its body";
            Failure::Misuse(why.to_owned())
        })?;
        let head = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let mut lines: Vec<&str> = head.lines().collect();
        if lines.first().is_some_and(|first| first.contains(" HTTP/")) {
            lines.remove(0);
        }
        let mut pairs = Vec::new();
        for line in lines {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| Failure::Misuse(format!("`{line}` is no header")))?;
            pairs.push((name.trim(), value.trim().to_owned()));
        }
        Ok(Self { headers: Headers::new(pairs), body: bytes[body..].to_vec() })
    }
}

/// Says why, in one or two sentences.
///
/// # Errors
/// [`Failure::Refused`] with them when the hook is not proven.
pub fn verify(
    recorded: &Recorded,
    tenant: &Tenant,
    secrets: &TenantSecrets,
    language: Language,
) -> Result<Vec<String>, Failure> {
    let source = secrets.sources.get("zalo-oa");
    let known = Secrets {
        current: source.map(|pair| pair.current.clone()),
        previous: source.and_then(|pair| pair.previous.clone()),
    };
    let app_secret = secrets.zalo_app.as_ref().map(|app| &app.secret);
    let request = Request { headers: &recorded.headers, path_secret: None, body: &recorded.body };
    let diagnosis = diagnose(&request, &known, app_secret, &tenant.zalo);
    let said = explain::hook(diagnosis, language);
    match diagnosis {
        Diagnosis::Proven(_) => Ok(vec![said]),
        Diagnosis::Found(_)
        | Diagnosis::Refused(_)
        | Diagnosis::CutOff
        | Diagnosis::MiniApp
        | Diagnosis::Unknown => Err(Failure::refused(said)),
    }
}
