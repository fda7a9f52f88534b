//! Names for what happened, for what it happened to, and for what a customer agreed to.

use super::{Language, Words, find, words};
use crate::{consent::Purpose, subject::Subject};

/// The kinds that Cham's own readers give. A business's own kinds are shown as it writes them.
pub(super) const KINDS: &[(&str, Words)] = &[
    (
        "customer.followed",
        words("Khách quan tâm Official Account", "Customer followed the account"),
    ),
    (
        "customer.unfollowed",
        words("Khách bỏ quan tâm Official Account", "Customer unfollowed the account"),
    ),
    ("customer.wrote", words("Khách nhắn tin", "Customer wrote")),
    ("customer.identified", words("Nhận ra khách", "Customer identified")),
    ("customer.info_submitted", words("Khách gửi thông tin", "Customer gave their details")),
    ("customer.tier_changed", words("Khách đổi hạng", "Customer's tier changed")),
    ("consent.given", words("Khách đồng ý nhận tin", "Consent given")),
    ("consent.withdrawn", words("Khách rút lại đồng ý", "Consent withdrawn")),
    ("order.created", words("Có đơn hàng", "Order created")),
    ("payment.received", words("Tiền vào", "Payment received")),
    ("payment.sent", words("Tiền ra", "Payment sent")),
    ("payment.matched", words("Đơn đã thanh toán đủ", "Order paid in full")),
    ("payment.underpaid", words("Thanh toán thiếu", "Order paid in part")),
    ("payment.overpaid", words("Thanh toán thừa", "Order overpaid")),
    ("payment.unmatched", words("Tiền vào không khớp đơn", "Payment without an order")),
    ("shipment.created", words("Có vận đơn", "Shipment created")),
    ("shipment.picking", words("Đang lấy hàng", "Being picked up")),
    ("shipment.picked", words("Đã lấy hàng", "Picked up")),
    ("shipment.in_transit", words("Đang vận chuyển", "In transit")),
    ("shipment.out_for_delivery", words("Đang giao", "Out for delivery")),
    ("shipment.delivered", words("Đã giao", "Delivered")),
    ("shipment.attempt_failed", words("Giao chưa được", "Delivery attempt failed")),
    ("shipment.pickup_failed", words("Lấy hàng chưa được", "Pickup failed")),
    ("shipment.returning", words("Đang hoàn hàng", "Returning")),
    ("shipment.returned", words("Đã hoàn hàng", "Returned")),
    ("shipment.cancelled", words("Hủy vận đơn", "Shipment cancelled")),
    ("shipment.lost", words("Hàng mất hoặc hỏng", "Lost or damaged")),
    ("shipment.needs_person", words("Vận đơn cần người xem", "Shipment needs a person")),
    ("shipment.updated", words("Vận đơn thay đổi", "Shipment updated")),
    ("notification.delivered", words("Tin đã đến máy", "Message delivered")),
    ("notification.seen", words("Khách đã xem tin", "Message seen")),
    ("notification.clicked", words("Khách đã bấm vào tin", "Message clicked")),
    ("notification.rated", words("Khách chấm sao cho tin", "Message rated")),
    ("tier.upgraded", words("Khách lên hạng", "Customer moved up a tier")),
    ("badge.earned", words("Khách đạt huy hiệu", "Badge earned")),
    ("contest.won", words("Khách thắng giải", "Contest won")),
    ("streak.reached", words("Khách giữ được chuỗi", "Streak reached")),
    ("survey.answered", words("Khách trả lời khảo sát", "Survey answered")),
    ("case.opened", words("Mở vụ việc", "Case opened")),
    ("case.overdue", words("Vụ việc quá hạn", "Case overdue")),
    ("case.closed", words("Đóng vụ việc", "Case closed")),
    ("thing.attached", words("Đã gắn vào khách bằng tay", "Attached by hand")),
    ("oa.quota_changed", words("Hạn mức Official Account thay đổi", "Account's quota changed")),
    (
        "template.quality_changed",
        words("Chất lượng mẫu tin thay đổi", "Template's quality changed"),
    ),
];

/// A name for a kind of event; the kind itself where there is none.
pub fn kind(kind: &str, language: Language) -> String {
    if kind.ends_with(".unrecognised") {
        let words = words("Sự kiện chưa hiểu ({kind})", "Event not understood ({kind})");
        return words.with(language, &[("kind", kind)]);
    }
    find(KINDS, kind).map_or_else(|| kind.to_owned(), |words| words.of(language).to_owned())
}

/// What an event is about, for people. A number is never part of it: phones are only known by their key.
pub fn subject(subject: &Subject, language: Language) -> String {
    let (words, value) = match subject {
        Subject::Zalo { user, .. } => (words("Zalo {id}", "Zalo {id}"), user.clone()),
        Subject::Phone(_) => (words("Điện thoại", "Phone"), String::new()),
        Subject::Ext { system, id } => (words("{id}", "{id}"), format!("{system} {id}")),
        Subject::Order(id) => (words("Đơn hàng {id}", "Order {id}"), id.clone()),
        Subject::Shipment { carrier, code } => {
            (words("Vận đơn {id}", "Shipment {id}"), format!("{code} ({carrier})"))
        }
        Subject::Payment { source, id } => {
            (words("Giao dịch {id}", "Payment {id}"), format!("{id} ({source})"))
        }
        Subject::Oa(id) => (words("Official Account {id}", "Official Account {id}"), id.clone()),
        Subject::Template(id) => (words("Mẫu tin {id}", "Template {id}"), id.clone()),
        Subject::Sent(id) => (words("Tin đã gửi {id}", "Sent message {id}"), id.clone()),
    };
    words.with(language, &[("id", &value)])
}

/// A name for what a message is for, and for what a customer agrees to.
pub fn consent(purpose: Purpose, language: Language) -> &'static str {
    purpose_words(purpose).of(language)
}

pub(super) fn purpose_words(purpose: Purpose) -> Words {
    match purpose {
        Purpose::Otp => words("mã xác thực", "one-time password"),
        Purpose::Transaction => words("giao dịch", "transactions"),
        Purpose::Reply => words("trả lời khách", "reply"),
        Purpose::Care => words("chăm sóc", "care"),
        Purpose::Promotion => words("khuyến mãi", "promotion"),
        Purpose::Staff => words("báo nhân viên", "staff alert"),
    }
}
