//! Which resources and properties are read, which have no effect locally, and which are therefore refused.
//!
//! A property stands in one of three lists of its type: read, fixed to the one value that local running has, or without
//! effect on one machine (permissions, backups, sizes). One that is in none would silently behave differently here than
//! on AWS, so it is refused by name.

use serde_json::{Map, Value};

use super::{TemplateError, intrinsic::Scope};

/// The types that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Function,
    StreamTrigger,
    Schedule,
    Api,
    Stage,
    Integration,
    Route,
    /// Logs, alarms, keys, roles and permissions: they change nothing of what a function does or is called with.
    WithoutLocalEffect,
}

/// What is known of the properties of one type.
struct Properties {
    read: &'static [&'static str],
    fixed: &'static [(&'static str, &'static str)],
    without_local_effect: &'static [&'static str],
}

impl Kind {
    /// The type that CloudFormation calls `name`, when it is read here.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "AWS::DynamoDB::Table" => Self::Table,
            "AWS::Serverless::Function" => Self::Function,
            "AWS::Lambda::EventSourceMapping" => Self::StreamTrigger,
            "AWS::Scheduler::Schedule" => Self::Schedule,
            "AWS::ApiGatewayV2::Api" => Self::Api,
            "AWS::ApiGatewayV2::Stage" => Self::Stage,
            "AWS::ApiGatewayV2::Integration" => Self::Integration,
            "AWS::ApiGatewayV2::Route" => Self::Route,
            "AWS::CloudWatch::Alarm"
            | "AWS::CloudWatch::Dashboard"
            | "AWS::IAM::Policy"
            | "AWS::IAM::Role"
            | "AWS::KMS::Key"
            | "AWS::Lambda::Permission"
            | "AWS::Logs::LogGroup"
            | "AWS::Logs::MetricFilter" => Self::WithoutLocalEffect,
            _ => return None,
        })
    }

    /// `None` when the properties of this type are not looked at.
    fn properties(self) -> Option<Properties> {
        Some(match self {
            Self::Table => Properties {
                read: &[
                    "TableName",
                    "AttributeDefinitions",
                    "KeySchema",
                    "GlobalSecondaryIndexes",
                    "StreamSpecification",
                    "TimeToLiveSpecification",
                ],
                fixed: &[("BillingMode", "PAY_PER_REQUEST")],
                without_local_effect: &[
                    "DeletionProtectionEnabled",
                    "PointInTimeRecoverySpecification",
                    "SSESpecification",
                    "Tags",
                ],
            },
            Self::Function => Properties {
                read: &["FunctionName", "CodeUri", "Environment", "Timeout"],
                fixed: &[("Runtime", "provided.al2023"), ("Handler", "bootstrap")],
                without_local_effect: &[
                    "Architectures",
                    "Description",
                    "EventInvokeConfig",
                    "LoggingConfig",
                    "MemorySize",
                    "Policies",
                    "ReservedConcurrentExecutions",
                    "Tags",
                    "Tracing",
                ],
            },
            Self::StreamTrigger => Properties {
                read: &[
                    "EventSourceArn",
                    "FunctionName",
                    "FilterCriteria",
                    "BatchSize",
                    "BisectBatchOnFunctionError",
                    "FunctionResponseTypes",
                    "MaximumRetryAttempts",
                    "ParallelizationFactor",
                ],
                fixed: &[("StartingPosition", "TRIM_HORIZON")],
                without_local_effect: &["MaximumBatchingWindowInSeconds", "Tags"],
            },
            Self::Schedule => Properties {
                read: &["ScheduleExpression", "FlexibleTimeWindow", "Target"],
                fixed: &[],
                without_local_effect: &["Name", "Description"],
            },
            Self::Api => Properties {
                read: &[],
                fixed: &[("ProtocolType", "HTTP")],
                without_local_effect: &["Name", "Description", "Tags"],
            },
            Self::Stage => Properties {
                read: &["ApiId"],
                fixed: &[("StageName", "$default"), ("AutoDeploy", "true")],
                without_local_effect: &[
                    "AccessLogSettings",
                    "DefaultRouteSettings",
                    "Description",
                    "Tags",
                ],
            },
            Self::Integration => Properties {
                read: &["ApiId", "IntegrationUri"],
                fixed: &[("IntegrationType", "AWS_PROXY"), ("PayloadFormatVersion", "2.0")],
                without_local_effect: &["Description"],
            },
            Self::Route => Properties {
                read: &["ApiId", "RouteKey", "Target"],
                fixed: &[],
                without_local_effect: &["OperationName"],
            },
            Self::WithoutLocalEffect => return None,
        })
    }
}

/// Attributes of a resource beside its properties. `Condition` is not among them: it may take a resource away.
const ATTRIBUTES: [&str; 6] =
    ["Type", "Properties", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"];

/// A resource of a known type, its read properties resolved.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) kind: Kind,
    properties: Map<String, Value>,
}

/// The type of the resource `id`, if it is one that is read.
pub(super) fn kind(id: &str, resource: &Value) -> Result<Kind, TemplateError> {
    let object =
        resource.as_object().ok_or_else(|| TemplateError::malformed(id, "the resource"))?;
    let name = object.get("Type").and_then(Value::as_str).unwrap_or_default();
    let kind = Kind::of(name)
        .ok_or_else(|| TemplateError::Type { id: id.to_owned(), kind: name.to_owned() })?;
    // What is not looked at may come and go.
    if kind != Kind::WithoutLocalEffect {
        only(id, "", object, &ATTRIBUTES)?;
    }
    Ok(kind)
}

impl Resource {
    /// Checks and resolves the properties of the resource `id`; `inherited` are SAM's globals for its type.
    pub(super) fn read(
        id: &str,
        resource: &Value,
        inherited: &Map<String, Value>,
        scope: &Scope,
    ) -> Result<Self, TemplateError> {
        let kind = kind(id, resource)?;
        let mut resolved = Map::new();
        let Some(known) = kind.properties() else {
            return Ok(Self { id: id.to_owned(), kind, properties: resolved });
        };
        for (name, value) in merged(inherited, resource) {
            let fixed = known.fixed.iter().any(|(fixed, _)| *fixed == name);
            if fixed || known.read.contains(&name.as_str()) {
                let value = scope.resolve(id, &value)?;
                resolved.insert(name, value);
            } else if !known.without_local_effect.contains(&name.as_str()) {
                return Err(TemplateError::Property { id: id.to_owned(), property: name });
            }
        }
        let resource = Self { id: id.to_owned(), kind, properties: resolved };
        for (name, wanted) in known.fixed {
            let found = match resource.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => String::new(),
            };
            if found != *wanted {
                return Err(resource.must_be(name, wanted));
            }
        }
        Ok(resource)
    }

    /// A property, if it is set.
    pub(super) fn get(&self, property: &str) -> Option<&Value> {
        self.properties.get(property)
    }

    /// A property that has to be there as text.
    pub(super) fn text(&self, property: &str) -> Result<&str, TemplateError> {
        self.get(property).and_then(Value::as_str).ok_or_else(|| self.must_be(property, "text"))
    }

    /// A property that is an object with no other keys than `keys`.
    pub(super) fn object(
        &self,
        property: &str,
        keys: &[&str],
    ) -> Result<Option<&Map<String, Value>>, TemplateError> {
        let Some(value) = self.get(property) else { return Ok(None) };
        let object = value.as_object().ok_or_else(|| self.must_be(property, "an object"))?;
        only(&self.id, property, object, keys)?;
        Ok(Some(object))
    }

    /// A whole number from `least` to `most`; `absent` is what AWS takes for none.
    pub(super) fn number(
        &self,
        property: &str,
        (least, most): (i64, i64),
        absent: i64,
    ) -> Result<i64, TemplateError> {
        let number = match self.get(property) {
            None => Some(absent),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_i64(),
        };
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.must_be(property, &format!("a number from {least} to {most}")))
    }

    /// A switch; `false` when it is not set, as AWS takes it.
    pub(super) fn switch(&self, property: &str) -> Result<bool, TemplateError> {
        match self.get(property) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.must_be(property, "true or false")),
        }
    }

    /// The error that `property` is not what it has to be.
    pub(super) fn must_be(&self, property: &str, wanted: &str) -> TemplateError {
        TemplateError::Value {
            id: self.id.clone(),
            property: property.to_owned(),
            wanted: wanted.to_owned(),
        }
    }
}

/// The resource's properties over the inherited ones; the variables of an environment are joined, as SAM does.
fn merged(inherited: &Map<String, Value>, resource: &Value) -> Map<String, Value> {
    let mut all = inherited.clone();
    for (name, value) in resource["Properties"].as_object().into_iter().flatten() {
        let variables = |value: &Value| value["Variables"].as_object().cloned();
        match all.get(name).and_then(variables).zip(variables(value)) {
            Some((mut both, own)) if name == "Environment" => {
                both.extend(own);
                all[name]["Variables"] = Value::Object(both);
            }
            _ => {
                all.insert(name.clone(), value.clone());
            }
        }
    }
    all
}

/// Refuses the first key of `object` that is not in `keys`; `within` is the property that holds it, or empty.
pub(super) fn only(
    id: &str,
    within: &str,
    object: &Map<String, Value>,
    keys: &[&str],
) -> Result<(), TemplateError> {
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let dot = if within.is_empty() { "" } else { "." };
            Err(TemplateError::Property {
                id: id.to_owned(),
                property: format!("{within}{dot}{key}"),
            })
        }
    }
}
