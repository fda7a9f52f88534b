//! What people are told who connect an Official Account: the steps in Zalo's console, and what a check finds.
//!
//! Source: Zalo developers' and Official Account consoles as public guides and programs describe them, read 2026-11.

use jiff::Timestamp;

use super::{Language, Words, clock};
use crate::custody::{Ended, Standing};

/// One step in a console of Zalo's; `{url}`, `{tenant}`, `{app}` and `{link}` are filled in.
pub const STEPS: [Words; 9] = [
    Words {
        vi: "Mở https://developers.zalo.me/app/{app}/settings. Ứng dụng phải ở trạng thái Hoạt động. Ghi khóa bí mật của ứng dụng vào secrets.yaml: `zalo_app`, `secret`.",
        en: "Open https://developers.zalo.me/app/{app}/settings. The app has to be active. Put its secret key into secrets.yaml: `zalo_app`, `secret`.",
    },
    Words {
        vi: "Mục Xác thực domain: nhập {url}, chọn thẻ meta, đưa mã vào tham số ZaloVerifiers khi triển khai, rồi bấm Xác thực.",
        en: "Domain verification: enter {url}, choose the meta tag, put its code into the parameter ZaloVerifiers of the deployment, then verify.",
    },
    Words {
        vi: "Mục Official Account > Thiết lập chung: nhập Callback URL {url}/oa/callback/{tenant}. Đổi địa chỉ này về sau là mất quyền, phải cho phép lại.",
        en: "Official Account > General settings: enter the callback URL {url}/oa/callback/{tenant}. Changing it later takes the permission away.",
    },
    Words {
        vi: "Cùng trang, đánh dấu hết các quyền: Quản lý Official Account, Thông tin người dùng, Gửi tin và thông báo qua OA, Quản lý mẫu tin ZBS, Gửi tin ZBS. Thêm quyền về sau cũng phải cho phép lại.",
        en: "On the same page tick every permission: manage the account, user information, send messages by the account, manage ZBS templates, send ZBS templates. Adding one later needs a new consent.",
    },
    Words {
        vi: "Mục Webhook: nhập {url}/hooks/{tenant}/zalo-oa. Chép khóa OA Secret Key ở trang này vào secrets.yaml (`sources`, `zalo-oa`, `current`). Đây không phải khóa bí mật của ứng dụng.",
        en: "Webhook: enter {url}/hooks/{tenant}/zalo-oa. Copy the OA secret key of this page into secrets.yaml (`sources`, `zalo-oa`, `current`). It is not the app's secret key.",
    },
    Words {
        vi: "Cùng trang Webhook, bật từng sự kiện: người dùng quan tâm và bỏ quan tâm, gửi tin nhắn, gửi thông tin, đã nhận và đã xem tin, OA gửi tin, đánh giá mẫu tin, thay đổi mẫu tin và hạn mức, người dùng rút đồng ý. Tắt bộ lọc dấu #.",
        en: "On the same page turn on each event: follow and unfollow, messages, submitted information, received and seen, messages of the account, ratings, changes of templates and quota, withdrawn consent. Turn the # filter off.",
    },
    Words {
        vi: "Mở https://account.zalo.cloud, liên kết tài khoản ZBS với ứng dụng và OA, rồi nạp tiền: thiếu bước này mọi mẫu tin đều bị từ chối.",
        en: "Open https://account.zalo.cloud, link the ZBS account with the app and the account, and put money in: without it every template is refused.",
    },
    Words {
        vi: "Chạy `cham tenant apply` và chờ một phút.",
        en: "Run `cham tenant apply` and wait a minute.",
    },
    Words {
        vi: "Quản trị viên của OA mở đường dẫn này, chọn OA và bấm Đồng ý:\n   {link}",
        en: "An admin of the account opens this link, chooses the account and agrees:\n   {link}",
    },
];

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident: $vi:literal, $en:literal;)*) => {
        $($(#[$doc])* pub const $name: Words = Words { vi: $vi, en: $en };)*
    };
}

checks! {
    /// The account is connected.
    CONNECTED: "OA {oa} đã được kết nối", "The account {oa} is connected";
    /// Nobody has agreed in time.
    NOT_CONNECTED: "Chưa ai bấm Đồng ý. Hãy chạy lại lệnh này khi quản trị viên sẵn sàng.", "Nobody has agreed yet. Run this again when the admin is ready.";
    /// How a first message is sent.
    FIRST_MESSAGE: "Gửi thử một tin: cham test-send {tenant} --template {template} --to <số điện thoại> {params}", "Send a first message: cham test-send {tenant} --template {template} --to <phone> {params}";
    /// The app's secret is there.
    APP_SECRET: "khóa bí mật của ứng dụng", "the app's secret key";
    /// It is not.
    APP_SECRET_FIX: "ghi `zalo_app` với `secret` vào secrets.yaml rồi chạy `cham tenant apply`", "put `zalo_app` with its `secret` into secrets.yaml and run `cham tenant apply`";
    /// The secret of hooks is there.
    HOOK_SECRET: "khóa OA Secret Key của webhook", "the OA secret key of the webhook";
    /// It is not.
    HOOK_SECRET_FIX: "chép OA Secret Key ở trang Webhook vào `sources`, `zalo-oa`, `current`", "copy the OA secret key of the page Webhook into `sources`, `zalo-oa`, `current`";
    /// Both secrets are one.
    SAME_SECRET: "trùng với khóa bí mật của ứng dụng: thường là chép nhầm trang", "is the same as the app's secret key: mostly copied from the wrong page";
    /// Hooks were proven by the OA's secret.
    PROVEN_BY_OA: "{n} hook trong {days} ngày, khớp OA Secret Key", "{n} hooks in {days} days, proven by the OA secret key";
    /// Hooks were proven by the app's secret.
    PROVEN_BY_APP: "{n} hook trong {days} ngày, khớp khóa bí mật của ứng dụng", "{n} hooks in {days} days, proven by the app's secret key";
    /// No hook has come.
    HOOKS: "hook của Zalo", "hooks of Zalo";
    /// What to do about it.
    HOOKS_FIX: "bấm Kiểm tra ở trang Webhook; nếu chữ ký không khớp, dùng `cham hook verify`", "press Check on the page Webhook; where the signature does not match, use `cham hook verify`";
    /// An event has come.
    SWITCH: "sự kiện {switch}", "event {switch}";
    /// It was seen.
    SEEN: "đã thấy", "seen";
    /// It has not come yet.
    UNSEEN: "chưa thấy trong {days} ngày: bật công tắc này ở trang Webhook, nếu đã bật thì chờ khách đầu tiên", "not seen in {days} days: turn it on on the page Webhook, or wait for the first customer";
    /// The domain answers Zalo's check.
    DOMAIN: "tên miền {url}", "domain {url}";
    /// It does not.
    DOMAIN_FIX: "trang chủ phải có thẻ zalo-platform-site-verification: đặt tham số ZaloVerifiers", "the home page has to have the tag zalo-platform-site-verification: set the parameter ZaloVerifiers";
    /// The pair of tokens.
    TOKEN: "token của OA {oa}", "token pair of {oa}";
    /// It is well.
    TOKEN_WELL: "phiên bản {version}, làm mới lúc {refresh}", "version {version}, refreshed next at {refresh}";
    /// Typed into the file.
    TOKEN_TYPED: "lấy từ secrets.yaml, không tự làm mới được", "taken from secrets.yaml, nobody refreshes it";
    /// What to do when it is not.
    TOKEN_FIX: "chạy `cham oa connect {tenant}`", "run `cham oa connect {tenant}`";
    /// The account as Zalo has it.
    ACCOUNT: "Official Account", "Official Account";
    /// It is not verified.
    ACCOUNT_FIX: "xác thực OA tại https://oa.zalo.me, OA chưa xác thực không gửi được mẫu tin", "verify the account at https://oa.zalo.me: one that is not cannot send templates";
    /// Who pays.
    BILLING: "tài khoản ZBS trả tiền", "the ZBS account that pays";
    /// Nobody pays.
    BILLING_FIX: "liên kết tài khoản ZBS với ứng dụng và OA tại https://account.zalo.cloud", "link a ZBS account with the app and the account at https://account.zalo.cloud";
    /// How many messages a day has left.
    QUOTA: "hạn mức trong ngày", "quota of the day";
    /// Some are left.
    QUOTA_LEFT: "còn {left} trên {total}", "{left} of {total} left";
    /// None is.
    QUOTA_FIX: "chờ đến ngày mai, hoặc xin Zalo tăng hạn mức", "wait for tomorrow, or ask Zalo for more";
    /// How messages were taken.
    QUALITY: "chất lượng gửi 48 giờ", "quality of the last 48 hours";
    /// It is low.
    QUALITY_FIX: "khách đang chặn hoặc báo cáo tin: giảm tin, xem lại quy tắc", "customers block or report messages: send fewer, and look at the rules";
    /// A template.
    TEMPLATE: "mẫu tin {name} ({id})", "template {name} ({id})";
    /// It can be sent.
    TEMPLATE_WELL: "dùng được, {price} đồng mỗi tin", "can be sent at {price} đồng";
    /// It is not enabled.
    TEMPLATE_STATUS: "Zalo để trạng thái {status}: xem lý do trong trang Mẫu tin ZBS", "Zalo has it as {status}: see the page of ZBS templates for the reason";
    /// Its parameters are others.
    TEMPLATE_PARAMS: "tham số bên Zalo là {params}: sửa templates.yaml", "Zalo has the parameters {params}: mend templates.yaml";
    /// It is another app's.
    TEMPLATE_FIX: "mẫu tin phải do ứng dụng hoặc OA này tạo, hoặc được cấp quyền", "the template has to be made by, or granted to, this app and account";
    /// Whether personal data is told.
    PERSONAL: "dữ liệu cá nhân (tên, ảnh của khách)", "personal data (customers' names and pictures)";
    /// It is not, which stops nothing.
    PERSONAL_FIX: "Zalo chỉ trả cho địa chỉ IP Việt Nam (-501). Tin vẫn gửi được; muốn đọc tên khách thì đặt ZALO_PROFILE_PROXY", "Zalo tells it to Vietnamese addresses alone (-501). Messages go all the same; to read names set ZALO_PROFILE_PROXY";
    /// Zalo did not answer.
    SILENT: "Zalo không trả lời: thử lại sau ít phút", "Zalo does not answer: try again in some minutes";
    /// Zalo refused.
    REFUSED: "Zalo từ chối, mã {code}", "Zalo refuses with {code}";
    /// All is well.
    GREEN: "Tất cả đều đạt.", "Everything passes.";
    /// Something is not.
    RED: "{n} mục chưa đạt.", "{n} checks fail.";
}

const NOT_YET: Words = Words {
    vi: "chưa kết nối: chạy `cham oa connect`",
    en: "not connected: run `cham oa connect`",
};
const TYPED: Words = Words {
    vi: "dùng token lấy từ secrets.yaml, không tự làm mới được",
    en: "uses a token of secrets.yaml, which nobody refreshes",
};
const FRESH: Words = Words {
    vi: "token {age} giờ tuổi, làm mới lúc {refresh}, hết hạn lúc {end}",
    en: "token pair {age} hours old, refreshed at {refresh}, over at {end}",
};
const DOUBTFUL: Words = Words {
    vi: "lần làm mới token trước chưa rõ kết quả, sẽ thử lại một lần; hết hạn lúc {end}",
    en: "nobody knows what came of the last refresh, it is tried once more; over at {end}",
};
const OVER: Words = Words {
    vi: "quản trị viên phải cho phép lại ({code}): mở đường dẫn của `cham oa connect`; token cũ dùng được đến {end}",
    en: "an admin has to consent again ({code}): open the link of `cham oa connect`; the old token works until {end}",
};

/// What an account is spoken for with, in one sentence; no token is in it.
pub fn credential(standing: Option<&Standing>, language: Language, now: Timestamp) -> String {
    let Some(standing) = standing else { return NOT_YET.with(language, &[]) };
    let time = |at: Option<Timestamp>| at.map_or("?".to_owned(), clock);
    let (end, refresh) = (time(standing.expires_at), time(standing.refresh_at()));
    let age = now.duration_since(standing.issued_at).as_hours().max(0).to_string();
    let words = match (standing.ended, standing.refresh_issued_at, standing.tries) {
        (Some(_), _, _) => OVER,
        (None, None, _) => TYPED,
        (None, Some(_), 0) => FRESH,
        (None, Some(_), _) => DOUBTFUL,
    };
    let code = standing.ended.map_or("", Ended::as_str);
    let values = [("age", age.as_str()), ("refresh", &refresh), ("end", &end), ("code", code)];
    words.with(language, &values)
}
