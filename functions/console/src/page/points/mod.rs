//! Points, to be looked at: accounts, where their points came from, the programme, the boards.

mod account;
mod board;
mod programme;

use std::sync::Arc;

use askama::Template;
use domain::{
    explain::Label,
    points::{Currency, programme::Programme},
};

use crate::{Console, Problem, Visit, ui::Ui, written};

pub(super) use account::{explain, show};
pub(super) use board::show as board;
pub(super) use programme::show as programme;

/// A page of numbers and tables.
#[derive(Template)]
#[template(path = "points.html")]
struct PointsPage<'a> {
    ui: &'a Ui,
    title: String,
    links: Vec<(String, String)>,
    numbers: Vec<(Label, String)>,
    note: Option<Label>,
    sections: Vec<Section>,
    path: String,
    next: Option<String>,
    paged: bool,
}

/// A table under a heading.
struct Section {
    title: Label,
    heads: Vec<Label>,
    rows: Vec<Vec<Cell>>,
    /// What stands there instead of no rows.
    empty: Label,
}

/// A text, and where it leads.
struct Cell {
    text: String,
    href: Option<String>,
}

impl<'a> PointsPage<'a> {
    fn new(ui: &'a Ui, title: String, path: String) -> Self {
        Self {
            ui,
            title,
            links: Vec::new(),
            numbers: Vec::new(),
            note: None,
            sections: Vec::new(),
            path,
            next: None,
            paged: false,
        }
    }

    fn html(&self) -> Result<String, Problem> {
        written(self)
    }
}

impl Section {
    fn new<const N: usize>(title: Label, heads: [Label; N], empty: Label) -> Self {
        Self { title, heads: heads.to_vec(), rows: Vec::new(), empty }
    }

    fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }
}

impl Cell {
    fn link(text: impl ToString, href: String) -> Self {
        Self { text: text.to_string(), href: Some(href) }
    }
}

/// A text that leads nowhere.
fn plain(text: impl ToString) -> Cell {
    Cell { text: text.to_string(), href: None }
}

impl Console {
    /// The programme of the rules that judge now, if there is one.
    pub(super) async fn programme(&self, visit: &Visit) -> Result<Option<Arc<Programme>>, Problem> {
        let Some(version) = self.tenants.active_version(&visit.tenant, visit.now).await? else {
            return Ok(None);
        };
        let rules = self.tenants.rule_set(&visit.tenant, version).await?;
        Ok(rules.programme().cloned())
    }

    /// The programme, and a currency of it.
    async fn terms(
        &self,
        visit: &Visit,
        currency: &Currency,
    ) -> Result<(Arc<Programme>, String), Problem> {
        let unknown = || Problem::NotFound("unknown_currency");
        let programme = self.programme(visit).await?.ok_or_else(unknown)?;
        let name = programme.currency(currency).ok_or_else(unknown)?.name.clone();
        Ok((programme, name))
    }
}
