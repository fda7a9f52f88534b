//! What Zalo tells of the account itself, and lists.
//!
//! Source: OA OpenAPI "get OA information" and "user detail", ZBS "quality" and "template list", read 2026-11.

use serde_json::{Value, json};

use super::send::{Answer, Desk};

/// Most templates of one page. Source: ZBS "template list".
const PAGE_MAX: usize = 100;

impl Desk<'_> {
    pub(super) fn account(&self) -> Answer {
        self.oa_token()?;
        let data = json!({
            "oa_id": self.settings.oa_id,
            "name": self.settings.name,
            "description": "",
            "oa_type": 2,
            "cate_name": "",
            "is_verified": true,
            "num_follower": 1,
            "avatar": "",
            "cover": "",
            "package_name": "Nâng cao",
            "package_valid_through_date": "31/12/2027",
            "linked_ZCA": self.settings.billing,
        });
        Ok((data, Vec::new()))
    }

    /// Assumption: the address is looked at before the user.
    pub(super) fn user(&self) -> Answer {
        self.oa_token()?;
        if self.settings.personal_data_in_vietnam && !self.request.is_proxied {
            return Err((
                -501,
                "Personal information is limited due to IP address not inside Vietnam: 127.0.0.1",
            ));
        }
        let asked: Value = serde_json::from_str(self.query("data")).unwrap_or_default();
        let user = asked["user_id"].as_str().filter(|id| *id != "0");
        let user = user.ok_or((-201, "user_id is invalid"))?;
        let data = json!({
            "user_id": user,
            "display_name": "Khách",
            "user_is_follower": true,
            "tags_and_notes_info": {"notes": [], "tag_names": []},
        });
        Ok((data, Vec::new()))
    }

    pub(super) fn quality(&self) -> Answer {
        self.business_token()?;
        Ok((json!({"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"}), Vec::new()))
    }

    pub(super) fn templates(&self) -> Answer {
        self.business_token()?;
        let number = |name: &str| self.query(name).parse::<usize>().ok();
        let limit = number("limit").filter(|limit| (1..=PAGE_MAX).contains(limit));
        let limit = limit.ok_or((-112, "limit is invalid"))?;
        let of_page = self.settings.templates.iter().skip(number("offset").unwrap_or_default());
        let data: Vec<Value> = of_page
            .take(limit)
            .map(|template| {
                json!({
                    "templateId": template.template_id,
                    "templateName": template.name,
                    "createdTime": self.settings.now.as_millisecond(),
                    "status": "ENABLE",
                    "templateQuality": "HIGH",
                })
            })
            .collect();
        Ok((json!(data), Vec::new()))
    }
}
