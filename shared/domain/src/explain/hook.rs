//! Why a hook of Zalo is not believed, and what to do about it.

use super::{Language, Words, words};
use crate::verify::diagnose::{Diagnosis, Form, Formula, Mistake, Which};

const PROVEN: Words =
    words("Chữ ký đúng, khớp {secret}.", "The signature is right: it fits {secret}.");
const CUT_OFF: Words = words(
    "Thân tin bị cắt: content-length lớn hơn số byte nhận được. Hãy ghi lại cả thân tin, hoặc nâng giới hạn của proxy.",
    "The body is cut off: content-length promises more bytes than came. Record the whole of it, or raise the limit of the proxy.",
);
const MINI_APP: Words = words(
    "Đây là hook của Mini App: chữ ký theo công thức khác và phải gửi tới địa chỉ khác.",
    "This is a hook of a Mini App: it is signed by another formula and belongs to another address.",
);
const UNKNOWN: Words = words(
    "Không công thức, thân tin hay khóa nào khớp. Thường là khóa khác: bấm xem lại OA Secret Key ở trang Webhook của đúng ứng dụng này, ghi vào secrets.yaml rồi `cham tenant apply`.",
    "No formula, body or secret fits. Mostly it is another secret: look at the OA secret key on the page Webhook of this very app, put it into secrets.yaml and run `cham tenant apply`.",
);
const REFUSED: Words = words("Cham từ chối: {code}.", "Cham refuses it: {code}.");
const FOUND: Words = words(
    "Chữ ký khớp nếu ký {form}, theo {formula}, bằng {secret}{written}. {fix}",
    "The signature would fit over {form}, by {formula}, with {secret}{written}. {fix}",
);

/// What became of the question, in one or two sentences; no secret is in them.
pub fn hook(diagnosis: Diagnosis, language: Language) -> String {
    match diagnosis {
        Diagnosis::Proven(which) => {
            PROVEN.with(language, &[("secret", secret(which).of(language))])
        }
        Diagnosis::CutOff => CUT_OFF.of(language).to_owned(),
        Diagnosis::MiniApp => MINI_APP.of(language).to_owned(),
        Diagnosis::Unknown => UNKNOWN.of(language).to_owned(),
        Diagnosis::Refused(refusal) => REFUSED.with(language, &[("code", refusal.code())]),
        Diagnosis::Found(mistake) => {
            let written =
                words(", viết bằng base64 thay vì hex", ", written as base64 instead of hex");
            let written = if mistake.base64 { written.of(language) } else { "" };
            let values = [
                ("form", form(mistake.form).of(language)),
                ("formula", formula(mistake.formula).of(language)),
                ("secret", secret(mistake.secret).of(language)),
                ("written", written),
                ("fix", fix(mistake).of(language)),
            ];
            FOUND.with(language, &values)
        }
    }
}

fn secret(which: Which) -> Words {
    match which {
        Which::Current => words("OA Secret Key đang dùng", "the OA secret key in use"),
        Which::Previous => words("OA Secret Key trước đó", "the OA secret key before it"),
        Which::App => words("khóa bí mật của ứng dụng", "the app's secret key"),
        Which::Untrimmed => words(
            "khóa đã lưu nhưng khác khoảng trắng ở đầu hoặc cuối",
            "the stored secret but for white space around it",
        ),
    }
}

fn form(form: Form) -> Words {
    match form {
        Form::Received => words("thân tin như đã nhận", "the body as it came"),
        Form::WithoutMark => {
            words("thân tin không có dấu BOM ở đầu", "the body without its byte order mark")
        }
        Form::WithoutLineBreak => words(
            "thân tin không có dấu xuống dòng ở cuối",
            "the body without the line break at its end",
        ),
        Form::WithLineBreak => {
            words("thân tin có dấu xuống dòng ở cuối", "the body with a line break at its end")
        }
        Form::OtherLineBreaks => {
            words("thân tin với kiểu xuống dòng khác", "the body with other line breaks")
        }
        Form::OutOfBase64 => words("thân tin sau khi giải base64", "the body taken out of base64"),
        Form::InBase64 => words("thân tin ở dạng base64", "the body as base64"),
        Form::OtherUnicode => words(
            "thân tin ở dạng Unicode khác (NFC, NFD)",
            "the body in another form of Unicode (NFC, NFD)",
        ),
        Form::WrittenAgain => words(
            "thân tin viết lại (khoảng trắng, \\u hoặc thứ tự khóa khác)",
            "the body written again (other spaces, escapes or order of keys)",
        ),
    }
}

fn formula(formula: Formula) -> Words {
    match formula {
        Formula::Zalo => words("công thức của Zalo", "Zalo's formula"),
        Formula::OaFirst => words(
            "công thức có oa_id thay cho app_id",
            "the formula with oa_id in the place of app_id",
        ),
        Formula::WithoutTime => {
            words("công thức thiếu timestamp", "the formula without the timestamp")
        }
        Formula::WithoutApp => words("công thức thiếu app_id", "the formula without app_id"),
        Formula::TimeFirst => words(
            "công thức có timestamp trước thân tin",
            "the formula with the timestamp before the body",
        ),
        Formula::HmacOfBody => words("HMAC-SHA256 của thân tin", "HMAC-SHA256 of the body"),
        Formula::Hmac => words(
            "HMAC-SHA256 của app_id, thân tin và timestamp",
            "HMAC-SHA256 of app_id, body and timestamp",
        ),
    }
}

fn fix(mistake: Mistake) -> Words {
    match mistake {
        Mistake { form: Form::Received, formula: Formula::Zalo, secret: Which::App, .. } => words(
            "Ghi khóa này vào nguồn zalo-oa nếu Zalo đang ký bằng nó, không thì đặt lại OA Secret Key ở trang Webhook.",
            "Put this key under the source zalo-oa if Zalo signs with it, else reset the OA secret key on the page Webhook.",
        ),
        Mistake {
            form: Form::Received, formula: Formula::Zalo, secret: Which::Untrimmed, ..
        } => words(
            "Sửa khóa trong secrets.yaml: bỏ khoảng trắng và dấu xuống dòng quanh nó.",
            "Mend the secret in secrets.yaml: take away the white space around it.",
        ),
        Mistake { form: Form::Received, formula: Formula::Zalo, .. } => words(
            "Đầu đề phải là `mac=` và 64 chữ số hex.",
            "The header has to be `mac=` and 64 hex digits.",
        ),
        Mistake { form: Form::Received, .. } => words(
            "Bên gửi phải ký SHA-256 của app_id, thân tin, timestamp rồi OA Secret Key; không phải HMAC, đúng thứ tự này.",
            "The sender has to sign SHA-256 of app_id, body, timestamp and OA secret key; no HMAC, in this order.",
        ),
        Mistake { .. } => words(
            "Thân tin đã bị đổi trên đường: proxy hay chương trình phải chuyển nguyên các byte nhận được.",
            "The body was changed on its way: a proxy or a program has to pass on the bytes as they came.",
        ),
    }
}
