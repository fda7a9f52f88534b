//! The command line: reads arguments, the environment and the clock, and prints.
//!
//! Exit codes: 0 done, 1 refused or not possible, 2 called wrongly. What was done goes to stdout, progress and reasons to stderr.

mod event;
mod oa;
mod points;
mod survey;

use std::{
    collections::BTreeMap, fs::File, io::Read as _, path::PathBuf, process::ExitCode,
    time::Duration,
};

use clap::{Args, CommandFactory, Parser, Subcommand};
use cloud::{config, privacy::Progress};
use domain::{explain::Language, notification::State};
use jiff::Timestamp;

use crate::{
    Failure,
    again::{self, Search, Which},
    files::Files,
    hook::{self, Recorded},
    keys,
    person::{self, Who},
    stage::{LOCAL, Stage},
    tenant::{self, Activate, Signature},
    test_send, voucher,
};

/// How often a test message is looked at, a second apart.
const LOOKS: u32 = 60;

/// What people do to a stage of Cham.
#[derive(Debug, Parser)]
#[command(name = "cham")]
struct Cli {
    /// The stage, as its tables are named: `cham-<stage>-events`.
    #[arg(long, global = true, default_value = "dev", value_name = "NAME")]
    stage: String,
    /// The database of `cargo run` on this machine.
    #[arg(long, global = true, conflicts_with = "endpoint")]
    local: bool,
    /// A database at this address, with made-up credentials.
    #[arg(long, global = true, value_name = "URL")]
    endpoint: Option<String>,
    /// Who does it; else the environment's USER.
    #[arg(long, global = true, value_name = "NAME")]
    by: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A business and its rules.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// API keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Official Accounts.
    #[command(subcommand)]
    Oa(oa::OaCommand),
    /// Hooks as they were recorded.
    #[command(subcommand)]
    Hook(HookCommand),
    /// Events of the business.
    #[command(subcommand)]
    Events(event::EventsCommand),
    /// Voucher codes.
    #[command(subcommand)]
    Vouchers(VouchersCommand),
    /// The ledger of points.
    #[command(subcommand)]
    Points(points::PointsCommand),
    /// Surveys.
    #[command(subcommand)]
    Survey(survey::SurveyCommand),
    /// Sends one message of a template and follows it.
    TestSend(TestSend),
    /// Hands out everything that is stored about a customer, as JSON.
    Export(Person),
    /// Takes away everything that is stored about a customer, for ever.
    Erase(Erase),
    /// Stores hooks again that nobody has evaluated.
    Redrive(Again),
    /// Stores hooks again that were read as a kind, so that a mended reader reads them.
    Reread(Reread),
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Says everything that is wrong with a folder, by file and line.
    Check {
        /// Holds tenant.yaml, templates.yaml, rules.yaml and secrets.yaml, and where wanted programme.yaml and surveys.yaml.
        folder: PathBuf,
    },
    /// Says what a folder would change.
    Diff {
        /// The folder.
        folder: PathBuf,
        #[command(flatten)]
        activate: ActivateArgument,
    },
    /// Stores a folder; its rules judge from now on.
    Apply {
        /// The folder.
        folder: PathBuf,
        #[command(flatten)]
        activate: ActivateArgument,
        /// Why, in a few words.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Lets an earlier version of the rules judge again.
    Rollback {
        /// The business.
        tenant: String,
        /// The version.
        #[arg(long, value_name = "N")]
        to: u32,
    },
    /// Lists the versions, the newest first; the active one has a star.
    Versions {
        /// The business.
        tenant: String,
        /// How many.
        #[arg(long, default_value_t = 20, value_name = "N")]
        newest: usize,
    },
}

#[derive(Debug, Args)]
struct ActivateArgument {
    /// A rule that acts from now on, or `all`; else a new or changed rule is in shadow mode.
    #[arg(long, value_name = "RULE")]
    activate: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum HookCommand {
    /// Says why a hook of Zalo is, or is not, believed.
    Verify {
        /// Its headers, an empty line, and its body byte for byte; `-` is stdin.
        file: PathBuf,
        /// The folder of the business: its app, its accounts and its secrets.
        #[arg(long)]
        folder: PathBuf,
        /// In English.
        #[arg(long)]
        english: bool,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Makes a key and shows it, this once.
    Add {
        /// The business.
        tenant: String,
        /// What people call the key.
        #[arg(long)]
        name: String,
        /// What it opens.
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Says what the key on stdin opens.
    Check {
        /// The business.
        tenant: String,
    },
    /// Lists the keys.
    List {
        /// The business.
        tenant: String,
    },
    /// Takes a key away.
    Revoke {
        /// The business.
        tenant: String,
        /// What people call the key.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum VouchersCommand {
    /// Puts the codes of a CSV file with the column `code` into a pool.
    Import {
        /// The business.
        tenant: String,
        /// The pool, as rules name it.
        pool: String,
        /// The file.
        file: PathBuf,
        /// Imports the good lines of a file that has bad ones.
        #[arg(long)]
        skip_bad: bool,
    },
}

#[derive(Debug, Args)]
struct TestSend {
    /// The business.
    tenant: String,
    /// The template's name.
    #[arg(long)]
    template: String,
    /// A phone number or an id of Zalo.
    #[arg(long)]
    to: String,
    /// A parameter of the template.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// Plans it and does not wait.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, Args)]
struct Person {
    /// The business.
    tenant: String,
    #[command(flatten)]
    who: WhoArgument,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct WhoArgument {
    /// A phone number.
    #[arg(long)]
    phone: Option<String>,
    /// An id of Zalo.
    #[arg(long)]
    zalo: Option<String>,
    /// Cham's own id of the customer.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
}

#[derive(Debug, Args)]
struct Erase {
    #[command(flatten)]
    person: Person,
    /// I am sure.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whose {
    /// The business.
    tenant: Option<String>,
    /// Every business of the stage.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
struct Again {
    #[command(flatten)]
    whose: Whose,
    /// Received since, as 2026-11-20T08:00:00+07:00.
    #[arg(long, value_name = "TIME")]
    since: Timestamp,
    /// Only says what would be done.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct Reread {
    #[command(flatten)]
    again: Again,
    /// What they were read as: zalo-oa.unrecognised.
    #[arg(long)]
    kind: String,
}

/// The command line as it is read, for who writes about it.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(cli.run(Timestamp::now())),
        Err(error) => Err(Failure::Misuse(format!("the runtime does not start: {error}"))),
    };
    match done {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            match &failure {
                Failure::Refused(lines) => lines.iter().for_each(|line| eprintln!("cham: {line}")),
                Failure::Misuse(_) | Failure::Store(_) => {
                    eprintln!("cham: {}", cloud::stream::chain(&failure));
                }
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

impl Cli {
    async fn run(self, now: Timestamp) -> Result<Vec<String>, Failure> {
        let local = self.local.then_some(LOCAL);
        let endpoint = local.or(self.endpoint.as_deref());
        let stage = || Stage::connect(&self.stage, endpoint, config::process);
        let by = self.by.or_else(|| config::process("USER")).unwrap_or_else(|| "?".to_owned());
        let signature = |note| Signature { by: by.clone(), at: now, note };
        match self.command {
            Command::Tenant(command) => match command {
                TenantCommand::Check { folder } => {
                    let files = Files::read(&folder)?;
                    Ok(vec![format!("{}: in order", files.tenant.id)])
                }
                TenantCommand::Diff { folder, activate } => {
                    let (files, activate) = (Files::read(&folder)?, activate.read());
                    Ok(tenant::plan(&stage()?.tenants, &files, &activate, now).await?.lines)
                }
                TenantCommand::Apply { folder, activate, note } => {
                    let (files, activate) = (Files::read(&folder)?, activate.read());
                    tenant::apply(&stage()?.tenants, &files, &activate, &signature(note)).await
                }
                TenantCommand::Rollback { tenant, to } => {
                    tenant::rollback(&stage()?.tenants, &tenant, to, &signature(None)).await
                }
                TenantCommand::Versions { tenant, newest } => {
                    tenant::versions(&stage()?.tenants, &tenant, newest, now).await
                }
            },
            Command::Keys(command) => {
                let tenants = stage()?.tenants;
                match command {
                    KeysCommand::Add { tenant, name, scopes } => {
                        let added =
                            keys::add(&tenants, &tenant, &name, &scopes, &signature(None)).await?;
                        eprintln!("This key is shown once:");
                        Ok(added)
                    }
                    KeysCommand::Check { tenant } => {
                        keys::check(&tenants, &tenant, &stdin()?).await
                    }
                    KeysCommand::List { tenant } => keys::list(&tenants, &tenant).await,
                    KeysCommand::Revoke { tenant, name } => {
                        keys::revoke(&tenants, &tenant, &name).await
                    }
                }
            }
            Command::Vouchers(VouchersCommand::Import { tenant, pool, file, skip_bad }) => {
                let opened = File::open(&file)
                    .map_err(|error| Failure::Misuse(format!("{}: {error}", file.display())))?;
                let codes = voucher::read(opened)?;
                let progress = |done, all| eprintln!("{done} of {all}");
                voucher::import(&stage()?.rewards, &tenant, &pool, &codes, skip_bad, progress).await
            }
            Command::Oa(command) => command.run(&stage()?, self.local, &by, now).await,
            Command::Hook(HookCommand::Verify { file, folder, english }) => {
                let bytes = match file.as_os_str() == "-" {
                    true => stdin_bytes()?,
                    false => std::fs::read(&file)
                        .map_err(|error| Failure::Misuse(format!("{}: {error}", file.display())))?,
                };
                let files = Files::read(&folder)?;
                let language = if english { Language::En } else { Language::Vi };
                hook::verify(&Recorded::read(&bytes)?, &files.tenant, &files.secrets, language)
            }
            Command::Events(command) => command.run(&stage()?, now).await,
            Command::Points(command) => command.run(&stage()?, &by, now).await,
            Command::Survey(command) => command.run(&stage()?, now).await,
            Command::TestSend(test) => test.run(&stage()?, now).await,
            Command::Export(Person { tenant, who }) => {
                person::export(&stage()?, &tenant, &who.read(), now).await
            }
            Command::Erase(Erase { person: Person { tenant, who }, yes }) => {
                let progress = |at: Progress| eprintln!("{} of {} rows", at.done, at.of);
                person::erase(&stage()?, &tenant, &who.read(), yes, now, progress).await
            }
            Command::Redrive(again) => again.run(&stage()?, Which::Unevaluated, now).await,
            Command::Reread(reread) => {
                reread.again.run(&stage()?, Which::Kind(reread.kind), now).await
            }
        }
    }
}

impl WhoArgument {
    /// One of them is there: the parser sees to it.
    fn read(&self) -> Who {
        match (&self.phone, &self.zalo, &self.customer) {
            (Some(phone), _, _) => Who::Phone(phone.clone()),
            (None, Some(zalo), _) => Who::Zalo(zalo.clone()),
            (None, None, customer) => Who::Customer(customer.clone().unwrap_or_default()),
        }
    }
}

impl ActivateArgument {
    fn read(&self) -> Activate {
        Activate::of(&self.activate)
    }
}

impl TestSend {
    async fn run(&self, stage: &Stage, now: Timestamp) -> Result<Vec<String>, Failure> {
        let mut params = BTreeMap::new();
        for param in &self.params {
            let (name, value) = param
                .split_once('=')
                .ok_or_else(|| Failure::Misuse(format!("--param {param}: it is NAME=VALUE")))?;
            params.insert(name.to_owned(), domain::text::clean(value));
        }
        let (tenant, template, to) = (&self.tenant, &self.template, &self.to);
        let message = test_send::Message { tenant, template, to, params };
        let id = test_send::plan(stage, &message, now).await?;
        if self.no_wait {
            return Ok(vec![format!("{id} planned")]);
        }
        let told = |said: &str| eprintln!("{said}");
        let pause = Duration::from_secs(1);
        let state = test_send::follow(stage, tenant, &id, LOOKS, pause, told).await?;
        match state {
            State::Sent | State::Delivered | State::Seen | State::Clicked => {
                Ok(vec![format!("{id} {}", state.as_str())])
            }
            State::Planned
            | State::Held
            | State::Claimed
            | State::Unknown
            | State::Failed
            | State::Expired
            | State::Suppressed
            | State::Cancelled
            | State::Shadow => Err(Failure::refused(format!("{id} {}", state.as_str()))),
        }
    }
}

impl Again {
    async fn run(
        &self,
        stage: &Stage,
        which: Which,
        now: Timestamp,
    ) -> Result<Vec<String>, Failure> {
        // Either is given: without a name it is `--all`.
        let tenant = self.whose.tenant.as_deref();
        let search = Search { tenant, since: self.since, which, dry_run: self.dry_run };
        let progress =
            |count: &again::Progress| eprintln!("{} looked at, {} found", count.seen, count.found);
        again::run(stage, &search, now, progress).await
    }
}

/// The first line of stdin.
fn stdin() -> Result<String, Failure> {
    Ok(stdin_whole()?.lines().next().unwrap_or_default().to_owned())
}

/// All of stdin.
fn stdin_bytes() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|error| Failure::Misuse(format!("stdin: {error}")))?;
    Ok(bytes)
}

/// All of stdin, as text.
fn stdin_whole() -> Result<String, Failure> {
    String::from_utf8(stdin_bytes()?).map_err(|_| Failure::Misuse("stdin: no text".to_owned()))
}
