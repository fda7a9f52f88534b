//! Which door a request comes to. The routes themselves stand in the template; API Gateway names the parts of the path.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;

/// A door.
pub(crate) enum Route {
    /// `POST /hooks/{tenant}/{source}[/{secret}]` and `POST /v1/{tenant}/events`.
    Hook {
        /// As it stands in the path.
        tenant: String,
        /// As it stands in the path; `standard` for `/v1`.
        source: String,
        /// For sources that prove themselves by their path.
        secret: Option<String>,
    },
    /// `GET /` and `GET /{file}`: Zalo's domain check. Holds the file's name.
    Page(String),
    /// No route of ours.
    Nowhere,
}

impl Route {
    pub(crate) fn of(request: &ApiGatewayV2httpRequest) -> Self {
        let part = |name: &str| request.path_parameters.get(name).cloned();
        match (request.route_key.as_deref().unwrap_or_default(), part("tenant"), part("source")) {
            (
                "POST /hooks/{tenant}/{source}" | "POST /hooks/{tenant}/{source}/{secret}",
                Some(tenant),
                Some(source),
            ) if source != "standard" => Self::Hook { tenant, source, secret: part("secret") },
            ("POST /v1/{tenant}/events", Some(tenant), None) => {
                Self::Hook { tenant, source: "standard".to_owned(), secret: None }
            }
            ("GET /", _, _) => Self::Page(String::new()),
            ("GET /{file}", _, _) => part("file").map_or(Self::Nowhere, Self::Page),
            _ => Self::Nowhere,
        }
    }
}

/// Longest name of a tenant, in bytes, as its file is checked.
const TENANT_BYTES_MAX: usize = 48;

/// Whether a tenant could have this name: lower-case letters, digits and single dashes. Nothing else is looked for, since a
/// table refuses some of it as a key, which would pass for trouble of ours.
pub(crate) fn can_be_tenant(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.len() <= TENANT_BYTES_MAX && name.split('-').all(word)
}
