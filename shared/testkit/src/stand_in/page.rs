//! The phones as their owners see them: one plain page, no script.

use std::collections::BTreeMap;

use super::{
    settings::{StandInSettings, vietnam},
    state::PhoneMessage,
};

/// The look of the page: a column for each phone.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:1rem;background:#eef1f5;color:#1b1f24}\
main{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}\
section{width:22rem;max-width:100%;background:#fff;border-radius:1rem;padding:1rem;box-sizing:border-box}\
h2{font-size:1rem;margin:0 0 .5rem}\
article{background:#e3f0ff;border-radius:.75rem;padding:.5rem .75rem;margin:.5rem 0}\
p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}\
small{color:#4a5563}";

/// The page with every message, newest last.
pub(super) fn phones(settings: &StandInSettings, messages: &[PhoneMessage]) -> String {
    let mut phones: BTreeMap<&str, Vec<&PhoneMessage>> = BTreeMap::new();
    for message in messages {
        phones.entry(&message.to).or_default().push(message);
    }
    let mut body = String::new();
    for (owner, messages) in phones {
        body.push_str(&format!("<section><h2>{}</h2>", escaped(&title(owner))));
        for message in messages {
            body.push_str(&article(settings, message));
        }
        body.push_str("</section>");
    }
    if body.is_empty() {
        body.push_str("<p>Chưa có tin nhắn nào.</p>");
    }
    format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Điện thoại</title><style>{STYLE}</style></head>\
         <body><h1>Điện thoại</h1><main>{body}</main></body></html>"
    )
}

fn title(owner: &str) -> String {
    match owner.split_once(':') {
        Some(("phone", number)) => format!("Điện thoại {number}"),
        Some((_, user)) => format!("Zalo {user}"),
        None => "Nhân viên".to_owned(),
    }
}

fn article(settings: &StandInSettings, message: &PhoneMessage) -> String {
    let template = message.template.as_deref().and_then(|id| settings.template(id));
    let kind = match template {
        Some(template) => format!("{} · {}", message.channel, template.name),
        None => message.channel.clone(),
    };
    format!(
        "<article><p>{}</p><small><time datetime=\"{}\">{}</time> · {} · {} đ</small></article>",
        escaped(&message.text),
        message.at,
        message.at.to_zoned(vietnam()).strftime("%d/%m %H:%M:%S"),
        escaped(&kind),
        message.price_vnd,
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
