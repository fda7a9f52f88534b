//! The commands of Official Accounts.

use std::time::Duration;

use clap::{Args, Subcommand};
use cloud::{
    config,
    zalo::{Hosts, SEND_TIMEOUT, Zalo},
};
use domain::explain::Language;
use jiff::Timestamp;

use crate::{Failure, oa::Desk, stage::Stage};

use super::stdin_whole;

/// Where `--local` finds what `cargo run` serves.
const LOCAL_URL: &str = "http://127.0.0.1:9400";
const LOCAL_ZALO: &str = "http://127.0.0.1:9401";

/// How often is looked whether an admin has agreed, two seconds apart.
const LOOKS: u32 = 900;

#[derive(Debug, Args)]
pub(super) struct Where {
    /// The business.
    tenant: String,
    /// Where Cham answers: the output `DomainUrl` of the stack.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// In English.
    #[arg(long)]
    english: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum OaCommand {
    /// Walks through Zalo's consoles, waits for an admin's consent, and checks the account.
    Connect {
        #[command(flatten)]
        at: Where,
        /// Only prints the way and the link.
        #[arg(long)]
        no_wait: bool,
    },
    /// Says what works and what does not, with what to do about it.
    Check {
        #[command(flatten)]
        at: Where,
    },
    /// Connects an account by the pair on stdin: JSON with access_token and refresh_token, as Zalo's API explorer shows it.
    Pair {
        #[command(flatten)]
        at: Where,
        /// The account.
        #[arg(long, value_name = "ID")]
        oa: String,
    },
    /// Forgets the tokens of an account: nothing is sent by it any more.
    Disconnect {
        #[command(flatten)]
        at: Where,
        /// The account.
        #[arg(long, value_name = "ID")]
        oa: String,
    },
}

impl OaCommand {
    pub(super) async fn run(
        self,
        stage: &Stage,
        is_local: bool,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, Failure> {
        let get = |name: &str| match (is_local, name) {
            (true, "ZALO_BUSINESS_URL" | "ZALO_OA_URL" | "ZALO_OAUTH_URL") => {
                Some(LOCAL_ZALO.to_owned())
            }
            (_, name) => config::process(name),
        };
        let hosts = Hosts::from_vars(get).and_then(|hosts| hosts.with_oauth(get));
        let hosts = hosts
            .and_then(|hosts| hosts.with_profile(get))
            .map_err(|error| Failure::Misuse(error.to_string()))?;
        let zalo = Zalo::new(cloud::http::client(SEND_TIMEOUT), hosts);
        let (Self::Connect { at, .. }
        | Self::Check { at }
        | Self::Pair { at, .. }
        | Self::Disconnect { at, .. }) = &self;
        let url = at.url.clone().or_else(|| is_local.then(|| LOCAL_URL.to_owned()));
        let needs_url = matches!(self, Self::Connect { .. } | Self::Check { .. });
        let url = match url {
            None if needs_url => {
                let why = "--url is where Cham answers: the output DomainUrl of the stack";
                return Err(Failure::Misuse(why.to_owned()));
            }
            url => url.unwrap_or_default(),
        };
        let language = if at.english { Language::En } else { Language::Vi };
        let desk = Desk {
            stage,
            zalo: &zalo,
            tenant: &at.tenant,
            url: url.trim_end_matches('/'),
            language,
            now,
        };
        match &self {
            Self::Connect { no_wait: true, .. } => desk.steps().await,
            Self::Connect { .. } => {
                let before = desk.versions().await?;
                desk.steps().await?.iter().for_each(|line| println!("{line}"));
                let pause = Duration::from_secs(2);
                let connected = desk.await_consent(&before, LOOKS, pause).await?;
                connected.iter().for_each(|line| println!("{line}"));
                let desk = Desk { now: Timestamp::now(), ..desk };
                let mut lines = desk.check().await?;
                lines.extend(desk.first_message().await?);
                Ok(lines)
            }
            Self::Check { .. } => desk.check().await,
            Self::Pair { oa, .. } => desk.pair(oa, &stdin_whole()?, by).await,
            Self::Disconnect { oa, .. } => desk.disconnect(oa).await,
        }
    }
}
