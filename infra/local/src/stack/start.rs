//! The start: tables from the template, the tenant applied once, what an earlier run left taken up.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use admin::{
    files::Files,
    tenant::{Activate, Signature},
};
use cloud::table::{Customers, Rewards, StoreError, Tenants, tenants::ApiKey};
use domain::secret::Secret;
use testkit::{engine::Engine, fault::Faults, stand_in::StandIn};

use super::{Stack, StackError, StackSettings, api_key, functions::Functions, streams::Streams};
use crate::{
    demo::TEMPLATE,
    http::Front,
    template::{LOCAL_ENDPOINT, Template},
    triggers::Schedules,
};

impl Stack {
    /// Starts everything. With a data folder that holds an earlier run's state, goes on from there.
    ///
    /// # Errors
    /// A taken port, an unreadable folder, a template or a tenant that is wrong: says which.
    pub async fn start(settings: StackSettings) -> Result<Self, StackError> {
        let io = |what: &str| {
            let what = what.to_owned();
            move |source| StackError::Io { what, source }
        };
        let mut zalo = settings.business.stand_in(settings.start);
        if let Some(data) = &settings.data {
            std::fs::create_dir_all(data).map_err(io("the data folder cannot be made"))?;
            zalo.data = Some(data.join("zalo"));
            std::fs::create_dir_all(data.join("zalo"))
                .map_err(io("the data folder cannot be made"))?;
        }
        let taken = format!("the stand-in's port {} cannot be used", settings.stand_in_port);
        let stand_in = StandIn::start(zalo, settings.stand_in_port).await.map_err(io(&taken))?;
        let faults = Faults::sharing(stand_in.crash());
        let parameters = BTreeMap::from([
            ("ZaloBusinessUrl".to_owned(), stand_in.url()),
            ("ZaloOaUrl".to_owned(), stand_in.url()),
            ("ZaloOauthUrl".to_owned(), stand_in.url()),
            ("ZaloVerifiers".to_owned(), "stand-in".to_owned()),
        ]);
        let template = Template::read_with(TEMPLATE, &parameters)?;
        let engine = match &settings.data {
            Some(data) => Engine::file(&data.join("cham.db"), settings.start)?,
            None => Engine::memory(settings.start)?,
        };
        if engine.tables()?.is_empty() {
            make_tables(&engine, &template)?;
            fill(&engine, &template, &settings, &stand_in.url()).await?;
        } else if settings.stand_in_port == 0 {
            point_alerts(&engine, &template, &settings, &stand_in.url())?;
        }
        let functions = functions(&template, &engine, &faults, &settings)?;
        Ok(Self {
            front: Front::new(template.routes().to_vec()),
            schedules: Schedules::new(template.schedules().to_vec()),
            streams: Streams::open(&template, &engine, &settings)?,
            functions,
            clock: Arc::new(AtomicI64::new(settings.start.as_millisecond())),
            ticked: settings.start,
            ratings: BTreeMap::new(),
            template,
            engine,
            faults,
            stand_in,
            settings,
        })
    }

    pub(super) fn fresh_functions(&self) -> Result<Functions, StackError> {
        functions(&self.template, &self.engine, &self.faults, &self.settings)
    }
}

fn functions(
    template: &Template,
    engine: &Engine,
    faults: &Faults,
    settings: &StackSettings,
) -> Result<Functions, StackError> {
    let timeout = Duration::from_millis(settings.zalo_timeout_ms);
    let client = |function: &str| engine.client_of(template.role(function), faults);
    let mut functions = template.functions().to_vec();
    if let Some(port) = settings.front_port {
        for value in functions.iter_mut().flat_map(|function| function.environment.values_mut()) {
            *value = value.replace(LOCAL_ENDPOINT, &format!("http://127.0.0.1:{port}"));
        }
    }
    Functions::new(&functions, client, timeout)
}

fn make_tables(engine: &Engine, template: &Template) -> Result<(), StackError> {
    for table in template.tables() {
        let mut definition = table.create.clone();
        if let Some(attribute) = &table.ttl_attribute {
            definition["TimeToLiveSpecification"] =
                serde_json::json!({"AttributeName": attribute, "Enabled": true});
        }
        engine.create_table(definition)?;
    }
    Ok(())
}

/// The stand-in has another port than last time: staff alerts have to find it. Nothing else of the stored tenant is touched.
fn point_alerts(
    engine: &Engine,
    template: &Template,
    settings: &StackSettings,
    stand_in: &str,
) -> Result<(), StackError> {
    let update = serde_json::json!({
        "TableName": table_name(template, "TenantsTable")?,
        "Key": {"pk": {"S": settings.business.tenant.id}, "sk": {"S": "settings"}},
        "UpdateExpression": "SET alert_url = :url",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":url": {"S": format!("{stand_in}/alerts")}},
    });
    engine.run("UpdateItem", &update)?;
    Ok(())
}

fn table_name<'t>(template: &'t Template, logical_id: &str) -> Result<&'t str, StackError> {
    let table = template.tables().iter().find(|table| table.logical_id == logical_id);
    let missing = || StackError::Function(format!("the template has no {logical_id}"));
    table.map(|table| table.name.as_str()).ok_or_else(missing)
}

/// Applies the tenant and brings its codes, below faults and units.
async fn fill(
    engine: &Engine,
    template: &Template,
    settings: &StackSettings,
    stand_in: &str,
) -> Result<(), StackError> {
    let business = &settings.business;
    let name = |logical_id: &str| table_name(template, logical_id);
    let failed = |error: StoreError| StackError::Business(cloud::stream::chain(&error));
    let client = engine.client(&Faults::new());
    // The business's own people read along in the stand-in.
    let mut secrets = business.secrets.clone();
    let alerts = || Secret::new(format!("{stand_in}/alerts"));
    secrets.alert_url.get_or_insert_with(alerts);
    let tenants = Tenants::new(&client, name("TenantsTable")?);
    let files = Files {
        tenant: business.tenant.clone(),
        templates: business.templates.clone(),
        programme: business.programme.clone(),
        surveys: business.surveys.clone(),
        rules: business.rules.clone(),
        secrets,
    };
    let signature = Signature { by: "cham-local".to_owned(), at: settings.start, note: None };
    let applied = admin::tenant::apply(&tenants, &files, &Activate::All, &signature).await;
    applied.map_err(|error| {
        let id = &business.tenant.id;
        StackError::Business(format!("{id}: {}", cloud::stream::chain(&error)))
    })?;
    let customers = Customers::new(&client, name("CustomersTable")?);
    let rewards = Rewards::new(&client, name("RewardsTable")?, &customers);
    for (pool, codes) in &business.pools {
        rewards.import(&business.tenant.id, pool, codes).await.map_err(failed)?;
    }
    let key = ApiKey {
        name: "local".to_owned(),
        scopes: std::iter::once(console::SCOPE)
            .chain(points_ledger::SCOPES)
            .map(str::to_owned)
            .collect(),
        created: settings.start,
        by: "cham-local".to_owned(),
    };
    let id = &business.tenant.id;
    tenants.put_key(id, &api_key(id), &key).await.map_err(failed)
}
