//! Reads `infra/template.yaml`: the tables, functions, routes and triggers that AWS would build from it.
//!
//! A listed subset of CloudFormation and SAM is read. Any other section, resource type, property that would change what
//! happens locally, or intrinsic is refused by name, with the logical id of the resource: a template that is read here
//! means the same here and on AWS, as far as a single machine goes.
//!
//! Not here: permissions, alarms, logs, throttling, backups. They are in the template and have no local effect.

mod filter;
mod function;
mod intrinsic;
mod policy;
mod resource;
mod route;
mod table;
mod trigger;
mod yaml;

#[cfg(test)]
mod law;
#[cfg(test)]
mod refusals;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use self::{
    filter::Filter,
    function::Function,
    intrinsic::{ACCOUNT, REGION},
    route::Route,
    table::Table,
    trigger::{Schedule, StreamTrigger},
};
use self::{
    intrinsic::Scope,
    resource::{Kind, Resource},
};

/// Why a template is not read. Every variant is for the person who edits the template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The text is no YAML.
    #[error("the template is not valid YAML")]
    Yaml(#[source] Box<serde_saphyr::Error>),
    /// A top-level section that would change what the resources mean.
    #[error("section {0} is not read here")]
    Section(String),
    /// A parameter without a value, with a value that is not allowed, or that does not exist.
    #[error("parameter {name} {problem}")]
    Parameter {
        /// The parameter.
        name: String,
        /// The rest of the sentence.
        problem: &'static str,
    },
    /// A resource of a type outside the list.
    #[error("{id} is of type {kind}, which is not read here")]
    Type {
        /// The logical id.
        id: String,
        /// The type as written.
        kind: String,
    },
    /// A property outside the lists of its type.
    #[error("{id} has {property}, which is not read here")]
    Property {
        /// The logical id.
        id: String,
        /// The property, with dots into it.
        property: String,
    },
    /// A property with a value that is not possible, here or on AWS.
    #[error("{id}: {property} must be {wanted}")]
    Value {
        /// The logical id.
        id: String,
        /// The property.
        property: String,
        /// What it may be.
        wanted: String,
    },
    /// An intrinsic outside the list.
    #[error("{id} uses {name}, which is not read here")]
    Intrinsic {
        /// The logical id.
        id: String,
        /// The intrinsic's long name.
        name: String,
    },
    /// A reference to what is not in the template, or has no local meaning.
    #[error("{id} refers to {to}, which is not read here")]
    Reference {
        /// The logical id of the resource that refers.
        id: String,
        /// What it refers to.
        to: String,
    },
    /// A shape that CloudFormation would not take either.
    #[error("{id}: {what} is malformed")]
    Malformed {
        /// The logical id.
        id: String,
        /// The part.
        what: String,
    },
}

impl TemplateError {
    fn malformed(id: &str, what: &str) -> Self {
        Self::Malformed { id: id.to_owned(), what: what.to_owned() }
    }
}

/// What a template describes, with every reference resolved.
#[derive(Debug)]
pub struct Template {
    document: Value,
    tables: Vec<Table>,
    functions: Vec<Function>,
    routes: Vec<Route>,
    streams: Vec<StreamTrigger>,
    schedules: Vec<Schedule>,
}

impl Template {
    /// Reads a template with the defaults of its parameters.
    ///
    /// # Errors
    ///
    /// The template is broken or says something that is not read here; the error names the place to edit.
    pub fn read(yaml: &str) -> Result<Self, TemplateError> {
        Self::read_with(yaml, &BTreeMap::new())
    }

    /// Reads a template with some of its parameters set, such as the address of a stand-in.
    ///
    /// # Errors
    ///
    /// As [`Self::read`], and a parameter that does not exist or whose value is not allowed.
    pub fn read_with(
        yaml: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let document = yaml::parse(yaml).map_err(|error| TemplateError::Yaml(Box::new(error)))?;
        let object = document
            .as_object()
            .ok_or_else(|| TemplateError::malformed("the template", "the document"))?;
        sections(object)?;
        let mut scope = Scope::new(values(&document["Parameters"], parameters)?);
        let written = document["Resources"]
            .as_object()
            .ok_or_else(|| TemplateError::malformed("the template", "Resources"))?;
        name_all(written, &mut scope)?;

        let none = Map::new();
        let globals = document["Globals"]["Function"].as_object().unwrap_or(&none);
        let mut resources = Vec::new();
        // By id, so that what is read does not hang on how JSON maps are kept.
        for (id, resource) in written.iter().collect::<BTreeMap<_, _>>() {
            let of_function = resource::kind(id, resource)? == Kind::Function;
            let inherited = if of_function { globals } else { &none };
            resources.push(Resource::read(id, resource, inherited, &scope)?);
        }
        let of = |kind: Kind| resources.iter().filter(move |resource| resource.kind == kind);

        let tables = of(Kind::Table).map(Table::read).collect::<Result<Vec<_>, _>>()?;
        let functions =
            of(Kind::Function).map(|f| Function::read(f, &scope)).collect::<Result<Vec<_>, _>>()?;
        if let Some(second) = of(Kind::Api).nth(1) {
            return Err(second.must_be("Type", "that of one resource only"));
        }
        let routes = route::read_all(&resources, &functions)?;
        let streams = of(Kind::StreamTrigger)
            .map(|trigger| StreamTrigger::read(trigger, &tables, &functions))
            .collect::<Result<Vec<_>, _>>()?;
        let schedules = of(Kind::Schedule)
            .map(|schedule| Schedule::read(schedule, &functions))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { tables, functions, routes, streams, schedules, document })
    }

    /// The tables, in order of their logical ids.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The functions, in order of their logical ids.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The HTTP routes, the most exact first.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// What calls a function for the rows of a table.
    pub fn streams(&self) -> &[StreamTrigger] {
        &self.streams
    }

    /// What calls a function by the clock.
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// The whole template as JSON, unresolved, for checks of what is not read.
    pub fn document(&self) -> &Value {
        &self.document
    }
}

/// Conditions are passed over: a read resource that uses one is refused where it does.
const SECTIONS: [&str; 8] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
];

fn sections(document: &Map<String, Value>) -> Result<(), TemplateError> {
    for (name, value) in document {
        let known = match name.as_str() {
            "Transform" => value == "AWS::Serverless-2016-10-31",
            name => SECTIONS.contains(&name),
        };
        if !known {
            return Err(TemplateError::Section(name.clone()));
        }
    }
    let globals = document.get("Globals").and_then(Value::as_object);
    match globals.into_iter().flat_map(Map::keys).find(|name| *name != "Function") {
        Some(name) => Err(TemplateError::Section(format!("Globals.{name}"))),
        None => Ok(()),
    }
}

/// What the API is called until somebody knows where its front listens.
pub const LOCAL_ENDPOINT: &str = "http://127.0.0.1:9400";

/// The value of every parameter: the one given, else its default.
fn values(
    parameters: &Value,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let wrong = |name: &str, problem| TemplateError::Parameter { name: name.to_owned(), problem };
    let none = Map::new();
    let parameters = parameters.as_object().unwrap_or(&none);
    if let Some(name) = given.keys().find(|name| !parameters.contains_key(*name)) {
        return Err(wrong(name, "is not in the template"));
    }
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut values = BTreeMap::new();
    for (name, parameter) in parameters {
        let value = match given.get(name) {
            Some(value) => value.clone(),
            None => text(parameter.get("Default").ok_or_else(|| wrong(name, "needs a value"))?),
        };
        let allowed = parameter["AllowedValues"].as_array();
        if allowed.is_some_and(|allowed| !allowed.iter().any(|allowed| text(allowed) == value)) {
            return Err(wrong(name, "has a value that is not allowed"));
        }
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// Gives every resource its name and ARN, so that references to it can be resolved.
fn name_all(resources: &Map<String, Value>, scope: &mut Scope) -> Result<(), TemplateError> {
    let mut names = BTreeMap::new();
    for (id, resource) in resources {
        let property = match resource::kind(id, resource)? {
            Kind::Table => "TableName",
            Kind::Function => "FunctionName",
            Kind::Api | Kind::Integration | Kind::WithoutLocalEffect => "",
            Kind::StreamTrigger | Kind::Schedule | Kind::Stage | Kind::Route => continue,
        };
        let name = match resource["Properties"].get(property) {
            // Names are made of parameters only; a name made of another resource's would be a circle or an oddity.
            Some(name) => match scope.resolve(id, name)? {
                Value::String(name) => name,
                _ => return Err(TemplateError::malformed(id, property)),
            },
            None => id.clone(),
        };
        names.insert(id, name);
    }
    for (id, name) in names {
        let mut attribute = |attribute: &str, value| {
            scope.attributes.insert((id.clone(), attribute.to_owned()), value);
        };
        match resource::kind(id, &resources[id])? {
            Kind::Table => {
                attribute("Arn", table::table_arn(&name));
                if resources[id]["Properties"].get("StreamSpecification").is_some() {
                    attribute("StreamArn", trigger::stream_arn(&name));
                }
            }
            Kind::Function => attribute("Arn", function::function_arn(&name)),
            Kind::WithoutLocalEffect => attribute("Arn", format!("arn:aws:local:::{name}")),
            Kind::Api => attribute("ApiEndpoint", LOCAL_ENDPOINT.to_owned()),
            Kind::StreamTrigger
            | Kind::Schedule
            | Kind::Stage
            | Kind::Integration
            | Kind::Route => {}
        }
        scope.references.insert(id.clone(), name);
    }
    Ok(())
}
