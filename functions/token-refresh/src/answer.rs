//! The pages that an admin sees, in Vietnamese with a line of English, and the way on to Zalo.

use askama::Template;
use aws_lambda_events::{apigw::ApiGatewayV2httpResponse, encodings::Body};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::consent::Problem;

/// No script, no style, nothing fetched from anybody.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "said.html")]
struct Said<'p> {
    title: &'p str,
    said: String,
    english: &'p str,
    code: &'p str,
}

/// The way on, which is not kept by anybody.
pub(crate) fn see(place: &str) -> ApiGatewayV2httpResponse {
    let mut response = page(302, String::new());
    // Zalo's address is a setting, and the rest is encoded.
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/"));
    response.headers.insert(header::LOCATION, place);
    response
}

/// The account speaks for itself from now on.
pub(crate) fn connected(oa: &str) -> ApiGatewayV2httpResponse {
    let said = Said {
        title: "Đã kết nối",
        said: format!("Zalo OA {oa} đã được kết nối. Bạn có thể đóng trang này."),
        english: "The account is connected. You can close this page.",
        code: "",
    };
    written(200, &said)
}

/// What went wrong, and what an admin does about it.
pub(crate) fn problem(problem: &Problem) -> ApiGatewayV2httpResponse {
    let (status, code, title, said, english) = match problem {
        Problem::NoPage => (
            404,
            "unknown_page",
            "Không có trang này",
            "Bạn hãy mở lại đường dẫn kết nối.".to_owned(),
            "There is no such page. Open the link for connecting again.",
        ),
        Problem::NotOurs => (
            403,
            "link_not_ours",
            "Đường dẫn không đúng",
            "Bạn hãy mở lại đúng đường dẫn trong tin báo, hoặc tạo đường dẫn mới bằng `cham oa connect`.".to_owned(),
            "The link is not right. Open it again as it was sent, or make a new one by `cham oa connect`.",
        ),
        Problem::Over => (
            410,
            "link_over",
            "Đường dẫn đã hết hạn",
            "Hãy tạo đường dẫn mới bằng `cham oa connect`.".to_owned(),
            "The link is over. Make a new one by `cham oa connect`.",
        ),
        Problem::NoApp => (
            409,
            "app_secret_missing",
            "Chưa có khóa của ứng dụng",
            "Hãy ghi `zalo_app` vào secrets.yaml (khóa bí mật của ứng dụng tại developers.zalo.me), chạy `cham tenant apply`, chờ một phút rồi mở lại đường dẫn.".to_owned(),
            "Put `zalo_app` into secrets.yaml, run `cham tenant apply`, wait a minute and open the link again.",
        ),
        Problem::NoConsent => (
            410,
            "consent_over",
            "Lần cho phép này đã hết hiệu lực",
            "Mỗi lần cho phép chỉ dùng được một lần và trong ba mươi phút. Bạn hãy mở lại đường dẫn kết nối.".to_owned(),
            "A consent works once and for half an hour. Open the link for connecting again.",
        ),
        Problem::Declined => (
            400,
            "consent_declined",
            "Chưa được cho phép",
            "Zalo chưa gửi mã cho phép. Hãy mở lại đường dẫn kết nối và bấm Đồng ý.".to_owned(),
            "Zalo has brought no code. Open the link for connecting again and agree.",
        ),
        Problem::OtherAccount(oa) => (
            409,
            "other_account",
            "Chưa đúng Official Account",
            format!("OA {oa} không có trong tenant.yaml. Hãy chọn đúng OA, hoặc thêm OA này vào `zalo.oas` rồi chạy `cham tenant apply`."),
            "This account is not in tenant.yaml. Choose the right one, or add it to `zalo.oas`.",
        ),
        Problem::Refused(number) => (
            502,
            "zalo_refused",
            "Zalo không nhận mã cho phép",
            format!("Zalo trả mã {number}. -14003: sửa Callback URL và xác thực tên miền; -14002: kích hoạt ứng dụng; -14004: sai khóa bí mật của ứng dụng. Sửa xong, hãy mở lại đường dẫn kết nối."),
            "Zalo refuses the code. Mend what its number says, and open the link for connecting again.",
        ),
        Problem::Silent => (
            502,
            "zalo_silent",
            "Zalo chưa trả lời",
            "Bạn hãy chờ ít phút rồi mở lại đường dẫn kết nối.".to_owned(),
            "Zalo does not answer. Wait some minutes, and open the link for connecting again.",
        ),
        Problem::Raced | Problem::Store(_) => (
            503,
            "busy",
            "Hệ thống đang bận",
            "Bạn hãy chờ ít phút rồi mở lại đường dẫn kết nối.".to_owned(),
            "We are busy. Wait some minutes, and open the link for connecting again.",
        ),
    };
    written(status, &Said { title, said, english, code })
}

fn written(status: u16, said: &Said<'_>) -> ApiGatewayV2httpResponse {
    match said.render() {
        Ok(html) => page(status, html),
        Err(_) => page(500, String::new()),
    }
}

fn page(status: u16, html: String) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    let headers: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address holds a code: nobody else is to see it.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    let headers = headers.into_iter();
    response.headers =
        headers.map(|(name, value)| (name, HeaderValue::from_static(value))).collect::<HeaderMap>();
    response.body = Some(Body::Text(html));
    response
}
