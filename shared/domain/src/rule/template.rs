//! An approved template as a tenant's file describes it.
//!
//! Source: Zalo approves a template's text, parameters and purpose, and names a price per channel (Zalo ZBS template
//! detail, read 2026-11); the file repeats them so that rules can be checked before anything is sent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    document::{Node, Problem, Problems, quoted},
    fields::Fields,
};
use crate::{channel::Channel, consent::Purpose, text::clean};

/// How long Zalo tries to deliver when the file does not say: the `timeout` of an ordinary template, 7,200,000 ms.
const TIMEOUT_S_DEFAULT: i64 = 7_200;
/// Longest approved text, in characters: a title of 65, four paragraphs of 400 and a table of 8 rows of 126, rounded up.
const PREVIEW_CHARS_MAX: usize = 3_000;
/// Most parameters of one template: ten in paragraphs, four in the title, eight in the table.
const PARAMS_MAX: usize = 22;

/// An approved template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// What rules call it.
    pub name: String,
    /// Zalo's id of it.
    pub template_id: String,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The parameters of its text.
    pub params: Vec<String>,
    /// What one accepted message costs in đồng, for each channel that it may take.
    pub price_vnd: BTreeMap<Channel, u64>,
    /// What becomes of an attempt whose outcome stays unknown.
    pub on_unknown: OnUnknown,
    /// How long Zalo tries to deliver, in seconds.
    pub timeout_s: i64,
    /// The approved text, with `<param>` where a value comes.
    pub preview: String,
    /// Whether customers give stars under it: Zalo is asked at night for those that no hook has told of.
    #[serde(default)]
    pub rated: bool,
}

/// What to do when nobody can say whether a message was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// Better twice than never.
    Resend,
    /// Better never than twice.
    Drop,
}

impl OnUnknown {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "resend" => Some(Self::Resend),
            "drop" => Some(Self::Drop),
            _ => None,
        }
    }
}

impl Template {
    /// The text as the customer sees it. A value is never read as a mark; a parameter without a value stays a mark.
    pub fn text(&self, params: &BTreeMap<String, String>) -> String {
        let part = |part| match part {
            Part::Plain(text) => text.to_owned(),
            Part::Param(name) => params.get(name).cloned().unwrap_or_else(|| format!("<{name}>")),
        };
        parts(&self.preview).map(part).collect()
    }
}

/// Reads `templates.yaml`: a list of templates.
///
/// # Errors
/// Everything that is wrong with the file; nothing of it may be stored.
pub fn read_templates(yaml: &str) -> Result<Vec<Template>, Vec<Problem>> {
    let node = Node::read(yaml)?;
    let mut problems = Problems::default();
    let mut templates: Vec<Template> = Vec::new();
    for entry in node.list("the file", &mut problems) {
        let Some(template) = template(entry, &mut problems) else { continue };
        if templates.iter().any(|other| other.name == template.name) {
            let message = format!("there is another template {}", quoted(&template.name));
            problems.add("duplicate_id", entry.line, message);
        }
        templates.push(template);
    }
    problems.none_or(templates)
}

const FIELDS: &[&str] = &[
    "name",
    "template_id",
    "purpose",
    "params",
    "price_vnd",
    "on_unknown",
    "timeout",
    "preview",
    "rated",
];

fn template(entry: &Node, problems: &mut Problems) -> Option<Template> {
    let fields = Fields::of(entry, "a template", FIELDS, problems)?;
    let name = fields.id("name", problems);
    let template_id = fields.required_text("template_id", problems).filter(|id| {
        let fits = (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        if !fits {
            problems.add("bad_id", fields.line, "`template_id` must be the digits that Zalo gave");
        }
        fits
    });
    let purpose = purpose(&fields, problems);
    let params = params(&fields, problems);
    let price_vnd = prices(&fields, problems);
    let on_unknown = fields.required("on_unknown", problems).and_then(|node| {
        let word = OnUnknown::parse(node.text("`on_unknown`", problems)?);
        if word.is_none() {
            problems.add("unknown_name", node.line, "`on_unknown` is `resend` or `drop`");
        }
        word
    });
    let timeout = fields.optional_as("timeout", |node| node.duration("`timeout`", problems));
    let preview = preview(&fields, params.as_deref(), problems);
    let rated = fields.optional_as("rated", |node| node.truth("`rated`", problems));
    Some(Template {
        name: name?.to_owned(),
        template_id: template_id?.to_owned(),
        purpose: purpose?,
        params: params?,
        price_vnd: price_vnd?,
        on_unknown: on_unknown?,
        timeout_s: timeout?.map_or(TIMEOUT_S_DEFAULT, |timeout| timeout.as_secs()),
        preview: preview?,
        rated: rated?.unwrap_or(false),
    })
}

fn purpose(fields: &Fields<'_>, problems: &mut Problems) -> Option<Purpose> {
    let node = fields.required("purpose", problems)?;
    let text = node.text("`purpose`", problems)?;
    let known = [Purpose::Otp, Purpose::Transaction, Purpose::Care, Purpose::Promotion];
    let purpose = known.into_iter().find(|purpose| purpose.as_str() == text);
    if purpose.is_none() {
        let message = "a template's purpose is otp, transaction, care or promotion";
        problems.add("unknown_name", node.line, message);
    }
    purpose
}

fn params(fields: &Fields<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    let node = fields.required("params", problems)?;
    let mut params = Vec::new();
    for node in node.list("`params`", problems) {
        let param = node.text("a parameter", problems)?;
        if !is_param(param) {
            let message = "a parameter's name is 1 to 50 letters, digits and underscores";
            problems.add("bad_id", node.line, message);
        } else if params.iter().any(|other| other == param) {
            let message = format!("the parameter {} stands here twice", quoted(param));
            problems.add("duplicate_id", node.line, message);
        } else {
            params.push(param.to_owned());
        }
    }
    if params.len() > PARAMS_MAX {
        let message = format!("a template has at most {PARAMS_MAX} parameters");
        problems.add("too_long", node.line, message);
    }
    Some(params)
}

fn prices(fields: &Fields<'_>, problems: &mut Problems) -> Option<BTreeMap<Channel, u64>> {
    let node = fields.required("price_vnd", problems)?;
    let mut prices = BTreeMap::new();
    for (key, price) in node.map("`price_vnd`", problems)? {
        match Channel::parse_to_customers(&key.name) {
            Some(channel) => {
                if let Some(price) = price.whole_number("a price in đồng", problems) {
                    prices.insert(channel, price);
                }
            }
            None => problems.add("unknown_channel", key.line, unknown_channel(&key.name)),
        }
    }
    if prices.is_empty() {
        let message = "`price_vnd` needs at least one channel that the template may take";
        problems.add("missing_field", node.line, message);
    }
    Some(prices)
}

/// The sentence for a channel that does not exist.
pub fn unknown_channel(name: &str) -> String {
    let known = Channel::TO_CUSTOMERS.map(Channel::as_str).join(", ");
    format!("there is no channel {}; there are {known}", quoted(name))
}

fn preview(
    fields: &Fields<'_>,
    params: Option<&[String]>,
    problems: &mut Problems,
) -> Option<String> {
    let node = fields.required("preview", problems)?;
    let preview = clean(node.text("`preview`", problems)?);
    if preview.is_empty() || preview.chars().count() > PREVIEW_CHARS_MAX {
        let message = format!("`preview` must have 1 to {PREVIEW_CHARS_MAX} characters");
        problems.add("too_long", node.line, message);
    }
    let marks: BTreeSet<&str> = parts(&preview)
        .filter_map(|part| match part {
            Part::Param(name) => Some(name),
            Part::Plain(_) => None,
        })
        .collect();
    let params: BTreeSet<&str> = params?.iter().map(String::as_str).collect();
    for name in params.difference(&marks) {
        let message = format!("the preview does not show the parameter {}", quoted(name));
        problems.add("preview", node.line, message);
    }
    for name in marks.difference(&params) {
        let message = format!("the preview shows {}, which is not a parameter", quoted(name));
        problems.add("preview", node.line, message);
    }
    Some(preview)
}

fn is_param(text: &str) -> bool {
    (1..=50).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A stretch of a preview.
enum Part<'t> {
    Plain(&'t str),
    Param(&'t str),
}

/// Splits a preview at its marks; a `<` that opens no mark is plain text.
fn parts(mut rest: &str) -> impl Iterator<Item = Part<'_>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mark = |from: &'_ str| -> Option<usize> {
            let end = from.find('>')?;
            is_param(&from[1..end]).then_some(end)
        };
        if rest.starts_with('<')
            && let Some(end) = mark(rest)
        {
            let name = &rest[1..end];
            rest = &rest[end + 1..];
            return Some(Part::Param(name));
        }
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[first..].find('<').map_or(rest.len(), |at| at + first);
        let (plain, left) = rest.split_at(end);
        rest = left;
        Some(Part::Plain(plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = "
- name: guide
  template_id: '433555'
  purpose: care
  params: [customer_name, product]
  price_vnd: {zns-phone: 200, zns-uid: 165}
  on_unknown: drop
  preview: 'Chào <customer_name>, <b & 1 < 2: <product>!'
";

    #[test]
    fn a_template_is_read_as_written() {
        let [guide] = read_templates(GUIDE).unwrap().try_into().unwrap();
        assert_eq!((guide.purpose, guide.timeout_s), (Purpose::Care, 7_200));
        assert_eq!(guide.price_vnd[&Channel::ZnsUid], 165);
        let stored = serde_json::to_string(&guide).unwrap();
        assert_eq!(serde_json::from_str::<Template>(&stored).unwrap(), guide);
    }

    #[test]
    fn a_value_is_not_read_as_a_mark() {
        let [guide] = read_templates(GUIDE).unwrap().try_into().unwrap();
        let params = BTreeMap::from([("customer_name".to_owned(), "<product>".to_owned())]);
        assert_eq!(guide.text(&params), "Chào <product>, <b & 1 < 2: <product>!");
    }

    #[test]
    fn everything_wrong_with_a_file_is_said_at_once() {
        let yaml = "
- name: Guide
  template_id: 433555
  purpose: staff
  params: [a, a, 'b c', d]
  price_vnd: {sms: 1, zns-phone: -1}
  on_unknown: retry
  timeout: 2 hours
  preview: 'Chào <a> <x>'
  footer: x
- name: ok
- just a text
";
        let problems: Vec<_> =
            read_templates(yaml).unwrap_err().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(problems.join("\n"), @r#"
        line 2: `name` must be 1 to 48 lower-case letters, digits and single dashes (bad_id)
        line 3: `template_id` must be a text (a number needs quotes) (not_text)
        line 4: a template's purpose is otp, transaction, care or promotion (unknown_name)
        line 5: the parameter `a` stands here twice (duplicate_id)
        line 5: a parameter's name is 1 to 50 letters, digits and underscores (bad_id)
        line 6: there is no channel `sms`; there are zns-phone, zns-uid, oa-cs (unknown_channel)
        line 6: a price in đồng must be a whole number (not_a_number)
        line 6: `price_vnd` needs at least one channel that the template may take (missing_field)
        line 7: `on_unknown` is `resend` or `drop` (unknown_name)
        line 8: `timeout` must be a duration such as 30m, 24h or 7d, at most 366d (bad_duration)
        line 9: the preview does not show the parameter `d` (preview)
        line 9: the preview shows `x`, which is not a parameter (preview)
        line 10: a template has no field `footer`; it has name, template_id, purpose, params, price_vnd, on_unknown, timeout, preview, rated (unknown_field)
        line 11: a template needs `template_id` (missing_field)
        line 11: a template needs `purpose` (missing_field)
        line 11: a template needs `params` (missing_field)
        line 11: a template needs `price_vnd` (missing_field)
        line 11: a template needs `on_unknown` (missing_field)
        line 11: a template needs `preview` (missing_field)
        line 12: a template must have named fields (not_a_map)
        "#);
    }

    #[test]
    fn two_templates_of_one_name_are_refused() {
        let problems = read_templates(&GUIDE.repeat(2)).unwrap_err();
        assert_eq!((problems[0].code, problems[0].line), ("duplicate_id", 10));
    }
}
