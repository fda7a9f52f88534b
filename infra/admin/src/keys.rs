//! `cham keys`: API keys of a business. A key is drawn here, shown once, and known by its hash from then on.

use cloud::table::{Tenants, tenants::ApiKey};
use data_encoding::BASE32_NOPAD;

use crate::{Failure, tenant::Signature};

/// Random bytes of a key: 160 bits, 32 characters. Nobody guesses one, however often he may try.
const RANDOM_BYTES: usize = 20;

/// What a key can open.
pub const SCOPES: [&str; 1] = ["console"];

/// Makes a key.
///
/// # Errors
/// A tenant, a scope that there is not, a name that is taken, no source of chance, or the database.
pub async fn add(
    tenants: &Tenants,
    tenant: &str,
    name: &str,
    scopes: &[String],
    signature: &Signature,
) -> Result<Vec<String>, Failure> {
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        let known = SCOPES.join(", ");
        return Err(Failure::refused(format!("--scope {unknown}: there is only {known}")));
    }
    if tenants.settings(tenant, signature.at).await?.is_none() {
        return Err(Failure::refused(format!("{tenant}: there is no such tenant")));
    }
    if tenants.key_named(tenant, name).await?.is_some() {
        return Err(Failure::refused(format!("{tenant}: there is a key {name}; revoke it first")));
    }
    let presented = drawn(tenant)?;
    let key = ApiKey {
        name: name.to_owned(),
        scopes: scopes.iter().cloned().collect(),
        created: signature.at,
        by: signature.by.clone(),
    };
    tenants.put_key(tenant, &presented, &key).await?;
    Ok(vec![presented])
}

/// What a key opens that somebody presents.
///
/// # Errors
/// When it opens nothing, or the database.
pub async fn check(
    tenants: &Tenants,
    tenant: &str,
    presented: &str,
) -> Result<Vec<String>, Failure> {
    match tenants.key(tenant, presented.trim()).await? {
        Some(key) => Ok(vec![line(&key)]),
        None => Err(Failure::refused(format!("{tenant}: this key opens nothing"))),
    }
}

/// All keys.
///
/// # Errors
/// The database.
pub async fn list(tenants: &Tenants, tenant: &str) -> Result<Vec<String>, Failure> {
    let keys = tenants.keys(tenant).await?;
    if keys.is_empty() {
        return Ok(vec![format!("{tenant}: no keys")]);
    }
    Ok(keys.iter().map(line).collect())
}

/// Takes a key away.
///
/// # Errors
/// When there is none of this name, or the database.
pub async fn revoke(tenants: &Tenants, tenant: &str, name: &str) -> Result<Vec<String>, Failure> {
    match tenants.revoke_key(tenant, name).await? {
        0 => Err(Failure::refused(format!("{tenant}: there is no key {name}"))),
        _ => Ok(vec![format!("{tenant}: the key {name} opens nothing any more")]),
    }
}

fn line(key: &ApiKey) -> String {
    let scopes: Vec<&str> = key.scopes.iter().map(String::as_str).collect();
    format!("{:24} {:16} made {} by {}", key.name, scopes.join(","), key.created, key.by)
}

/// `cham_<tenant>_<32 characters of lower-case base32>`.
fn drawn(tenant: &str) -> Result<String, Failure> {
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::refused(format!("the system gives no random bytes: {error}")))?;
    let random = BASE32_NOPAD.encode(&random).to_ascii_lowercase();
    Ok(format!("cham_{tenant}_{random}"))
}
