//! HTTP routes: which method and path call which function.
//!
//! Source: AWS API Gateway developer guide, "Create routes for HTTP APIs", read 2026-11. A route is `METHOD /path`, each
//! segment of the path text or a whole `{name}`, the last one also a greedy `{name+}`, which takes all segments from there on.
//! A route key that ends in a slash is refused by the service, and a greedy parameter takes the nothing behind a last slash
//! (storacha/w3infra#166, where a route of that kind is what answers `/metrics/`; read 2026-11). `ANY` and `$default` are refused
//! here: no route needs them.

use super::{
    Function, REGION, TemplateError,
    resource::{Kind, Resource},
};

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Upper case.
    pub method: String,
    /// As the template has it, `/hooks/{tenant}/{source}`.
    pub pattern: String,
    /// The folder name of the function.
    pub function: String,
}

const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

impl Route {
    /// The name of the route in events and logs, `POST /hooks/{tenant}/{source}`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }

    /// The path parameters, still percent-encoded, when this route is meant. Only a greedy
    /// parameter can be empty, behind a slash that ends the path.
    pub fn matches<'r>(&'r self, method: &str, path: &'r str) -> Option<Vec<(&'r str, &'r str)>> {
        if method != self.method {
            return None;
        }
        let mut wanted = self.pattern.split('/');
        let mut rest = Some(path);
        let mut parameters = Vec::new();
        loop {
            let (found, after) = match rest.map(|rest| rest.split_once('/').ok_or(rest)) {
                None => (None, None),
                Some(Ok((found, after))) => (Some(found), Some(after)),
                Some(Err(last)) => (Some(last), None),
            };
            match (wanted.next(), found) {
                (None, None) => return Some(parameters),
                (Some(wanted), Some(found)) => match variable(wanted) {
                    Some(name) => match name.strip_suffix('+') {
                        Some(name) if !found.is_empty() || after.is_none() => {
                            parameters.push((name, rest.unwrap_or(found)));
                            return Some(parameters);
                        }
                        None if !found.is_empty() => parameters.push((name, found)),
                        Some(_) | None => return None,
                    },
                    None if wanted == found => {}
                    None => return None,
                },
                (Some(_), None) | (None, Some(_)) => return None,
            }
            rest = after;
        }
    }

    /// Sorts text before parameters, and these before a greedy one, segment by segment: the most exact route is tried first.
    fn exactness(&self) -> (Vec<u8>, String) {
        let rank = |segment: &str| match variable(segment) {
            None => 0,
            Some(name) if !name.ends_with('+') => 1,
            Some(_) => 2,
        };
        (self.pattern.split('/').map(rank).collect(), self.key())
    }
}

/// The name in `{name}`.
fn variable(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Every route of the template with its function, the most exact first.
pub(super) fn read_all(
    resources: &[Resource],
    functions: &[Function],
) -> Result<Vec<Route>, TemplateError> {
    let of = |kind: Kind| resources.iter().filter(move |resource| resource.kind == kind);
    for resource in of(Kind::Stage).chain(of(Kind::Integration)).chain(of(Kind::Route)) {
        let api = resource.text("ApiId")?;
        if !of(Kind::Api).any(|candidate| candidate.id == api) {
            return Err(resource.must_be("ApiId", "a reference to the API"));
        }
    }
    let mut routes: Vec<Route> = Vec::new();
    for resource in of(Kind::Route) {
        let (method, pattern) = key(resource)?;
        let target = resource.text("Target")?;
        let integration = target
            .strip_prefix("integrations/")
            .and_then(|id| of(Kind::Integration).find(|candidate| candidate.id == id))
            .ok_or_else(|| resource.must_be("Target", "integrations/ and an integration"))?;
        let function = called(integration, functions)?.name.clone();
        let route = Route { method, pattern, function };
        if routes.iter().any(|other| other.key() == route.key()) {
            return Err(resource.must_be("RouteKey", "that of one route only"));
        }
        routes.push(route);
    }
    if let (Some(first), None) = (of(Kind::Route).next(), of(Kind::Stage).next()) {
        return Err(TemplateError::malformed(&first.id, "a route without a stage of its API"));
    }
    routes.sort_by_cached_key(Route::exactness);
    Ok(routes)
}

/// The function of an integration: by its ARN, or by the invocation ARN around it.
fn called<'f>(
    integration: &Resource,
    functions: &'f [Function],
) -> Result<&'f Function, TemplateError> {
    let uri = integration.text("IntegrationUri")?;
    let around = format!("arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/");
    let arn = uri
        .strip_prefix(around.as_str())
        .and_then(|rest| rest.strip_suffix("/invocations"))
        .unwrap_or(uri);
    functions
        .iter()
        .find(|function| function.arn == arn)
        .ok_or_else(|| integration.must_be("IntegrationUri", "the ARN of a function"))
}

fn key(resource: &Resource) -> Result<(String, String), TemplateError> {
    let wrong = || resource.must_be("RouteKey", "one method and a path of whole segments");
    let (method, pattern) = resource.text("RouteKey")?.split_once(' ').ok_or_else(wrong)?;
    let segments = pattern.strip_prefix('/').ok_or_else(wrong)?;
    let is_plain = |text: &str| !text.contains(['{', '}', '+', '*', ' ', '?', '%']);
    let is_name = |name: &str| !name.is_empty() && is_plain(name);
    let (before, last) = segments.rsplit_once('/').unwrap_or(("", segments));
    // Only the last segment can be greedy.
    let last = match variable(last) {
        Some(name) => is_name(name.strip_suffix('+').unwrap_or(name)),
        None => is_name(last),
    };
    let fits = segments.is_empty()
        || last
            && (before.is_empty()
                || before.split('/').all(|segment| is_name(variable(segment).unwrap_or(segment))));
    if !METHODS.contains(&method) || !fits {
        return Err(wrong());
    }
    Ok((method.to_owned(), pattern.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(pattern: &str) -> Route {
        Route { method: "POST".into(), pattern: pattern.into(), function: "f".into() }
    }

    #[test]
    fn a_parameter_takes_one_whole_segment() {
        let hook = route("/hooks/{tenant}/{source}");
        assert_eq!(
            hook.matches("POST", "/hooks/ca%20phe/ghn"),
            Some(vec![("tenant", "ca%20phe"), ("source", "ghn")])
        );
        for path in
            ["/hooks/a", "/hooks/a/b/c", "/hooks//b", "/hooks/a/", "/hook/a/b", "hooks/a/b", ""]
        {
            assert_eq!(hook.matches("POST", path), None, "{path}");
        }
        assert_eq!(hook.matches("GET", "/hooks/a/b"), None);
    }

    #[test]
    fn the_root_is_a_route_of_its_own() {
        assert_eq!(route("/").matches("POST", "/"), Some(vec![]));
        assert_eq!(route("/").matches("POST", "/a"), None);
        assert_eq!(route("/{file}").matches("POST", "/"), None);
    }

    #[test]
    fn a_greedy_parameter_takes_what_is_left_if_only_a_last_slash() {
        let console = route("/console/{page+}");
        for (path, page) in
            [("/console/a", "a"), ("/console/a/b%20c/", "a/b%20c/"), ("/console/", "")]
        {
            assert_eq!(console.matches("POST", path), Some(vec![("page", page)]), "{path}");
        }
        for path in ["/console", "/console//a", "/consoles/a"] {
            assert_eq!(console.matches("POST", path), None, "{path}");
        }
    }

    #[test]
    fn text_goes_before_parameters_and_a_greedy_one_last() {
        let mut routes = ["/{a}/{b}", "/v1/{c+}", "/{a}/x", "/v1/{b}", "/{b+}", "/v1/x"].map(route);
        routes.sort_by_cached_key(Route::exactness);
        assert_eq!(
            routes.map(|route| route.pattern),
            ["/v1/x", "/v1/{b}", "/v1/{c+}", "/{a}/x", "/{a}/{b}", "/{b+}"]
        );
    }
}
