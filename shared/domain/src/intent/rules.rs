//! What an intent sounds like, and what only looks like one.
//!
//! The groups stand in order of priority: the first that is found and not excepted is the intent.

use super::Intent;

/// One intent, at one priority.
pub(super) struct Group {
    pub(super) intent: Intent,
    /// Terms that only this group does not see.
    pub(super) masks: &'static [&'static str],
    /// Each alone is enough.
    pub(super) asks: &'static [&'static str],
    /// Anywhere in the text, each alone is too much.
    pub(super) unless: &'static [&'static str],
}

/// Terms that share a word with an intent and mean something else: they are not seen by any group.
pub(super) const MASKS: &[&str] = &[
    // giá, gia, già, giả
    "gia_đình|gia_vị|gia_hạn|gia_công|gia_sư|gia_truyền|gia_chủ|gia_dụng|gia_súc|gia_cầm|gia_nhập",
    "chuyên_gia|quốc_gia|tham_gia|đánh_giá|trả_giá|mất_giá|vô_giá|đấu_giá|trị_giá|bà_già|ông_già|gia_lai",
    "giá_trị|giá_'đỗ|giá_'đỡ|giá_sách|giá_treo|giá_kệ|giá_như|'giá_'mà|giá_'thể|giá_vẽ|giá_nến|giá_phơi",
    "giá_'sống|giá_'gỗ|giá_sắt|giá_inox|giá_xào|nhiều_giá|kệ_giá|rau_giá|cái_'giá",
    // phí, tiền
    "lãng_phí|phí_phạm|uổng_phí|phí_quá|tiền_sử|tiền_đề|tiện_lợi|phương_tiện|thuận_tiện|tiện_thể|tiền_đình",
    // How much, but not money.
    "bao_nhiêu|nhiêu|bao_nhiều ngày|lâu|tuổi|người|lít|lit|'độ|phút|giờ|tiếng|học_sinh|học_viên|w|oát|watt|cm|m|mét|kg|ký|\
     ki_lô|gram|gam|g|ml|năm|tháng|tuần|buổi|lần|loại|màu|size|chỗ|'bàn|phòng|lớp|chi_nhánh|cơ_sở|trang|bài|môn|tầng|km|cây|\
     muỗng|thìa|bữa|hôm|calo|'tập|vòng|mũi|răng|'chữ|'từ|câu|giáo_viên|bước|'số|nước|bạn_nhỏ|trẻ|khách|nhân_viên|vôn|inch",
    "cao|nặng|dài|rộng|'sâu|'dày|công_suất|dung_tích|kích_thước|trọng_lượng|nhiệt_độ|điện_áp|sĩ_số|tỉ_lệ|tỷ_lệ|liều|liều_lượng|\
     size|'cỡ|tuổi|số_nhà|đường_kính|chiều_cao|cân_nặng|mật_khẩu|pass|wifi|diện_tích|'hạn|'độ|áp_suất|'số|uống|'ăn|pha ~1 \
     bao_nhiêu|nhiêu",
    "bao_nhiêu|nhiêu ~2 cũng",
    // đơn
    "cô_đơn|đơn_giản|đơn_vị|đơn_thuốc|toa_thuốc|đơn_xin|đơn_điệu|đơn_thân|hóa_đơn|đơn_sắc|đơn_tròng|đơn_phương|đơn_ca|\
     đơn_đăng_ký|đơn_nghỉ|đơn_kính|tròng_đơn|kính_đơn|đơn_khiếu_nại|dọn_dẹp|'dọn_hàng|đơn_nhập_học|thực_đơn",
    // hàng
    "cửa_hàng|ngân_hàng|nhà_hàng|bán_hàng|xếp_hàng|hàng_xóm|mặt_hàng|'trả_hàng|'đổi_hàng|hoàn_hàng|hàng_rào|chào_hàng|hàng_hiệu|\
     hàng_quán|gian_hàng|hàng_giả|hàng_thật",
    // mã
    "mã_thầy|mã_qr|mã_vạch|mã_số_học_sinh|mã_số_thuế|mã_số_học_viên|mã_màu|mã_lực|mã_pin|mã_otp|mã_xác_nhận|mã_xác_thực|\
     mã_sản_phẩm|mã_lớp|la_mã|mã_học_sinh|mã_hàng|mã_bệnh_nhân",
    // điểm
    "điểm_tâm|điểm_hẹn|điểm_danh|điểm_bán|thời_điểm|địa_điểm|quan_điểm|nhược_điểm|ưu_điểm|đặc_điểm|trọng_điểm|điểm_yếu|\
     điểm_mạnh|điểm_chuẩn|điểm_mười|điểm_trung_bình|điểm_tb|điểm_toán|'điểm_văn|điểm_số|điểm_học|'điểm_thi|'điểm_'dừng|\
     điểm_nhấn|điểm_giao|cao_điểm|điểm_trường|điểm_phẩy|tâm_điểm|khuyết_điểm|là_điểm_cộng|là_điểm_trừ|'điểm_kiểm_tra|\
     điểm_liệt|điểm_gửi|điểm_sàn|điểm_đón|điểm_'đỗ|điểm_miệng|điểm_tiếng_anh|yếu_điểm|điểm_ielts|trang_điểm|điểm_tốt",
    "cho # điểm",
    "chấm|được|đc ~1 # điểm ~1 luôn|toán|văn|môn|nha",
    "chấm ~1 # điểm",
    // giảm, bớt
    "giảm_cân|giảm_đau|giảm_béo|giảm_mỡ|giảm_sưng|sưng_giảm|giảm_xóc|giảm_stress|thuyên_giảm|giảm_ngọt|giảm_đường|giảm_ký|\
     giảm_tốc|giảm_thị_lực|giảm_đá|suy_giảm|giảm_dần|giảm_ho|giảm_sĩ_số|sĩ_số_giảm|bớt_ngọt|bớt_đường|bớt_đá|bớt_đau|bớt_sưng|\
     bớt_hộp|bớt_cay|bớt_mặn|đỡ_giảm|giảm_size",
    // hạng, cấp, vip
    "hạng_mục|thượng_hạng|hạng_nhất|hạng_nhì|hạng_sang|hạng_nặng|hạng_b1|hạng_b2|hạng_a1|hạng_người|ngoại_hạng|'xếp_'hạng|\
     hạng_thương_gia|phòng_vip|cao_cấp|cấp_cứu|nâng_cấp|cung_cấp|sơ_cấp|cấp_một|cấp_hai|cấp_ba|cấp_tốc|hạng_xoàng|ghế_vip|\
     bàn_vip|gói_vip|vé_vip|nhẫn_kim_cương|kim_cương_nhân_tạo",
    "hạng cân|bét|phổ_thông|a2|c1|d",
    // gọi, gặp
    "gọi_món|gọi_đồ|gọi_nước|gọi_xe|gọi_là|tên_gọi|gọi_chuông|kêu_gọi|gọi_vốn|gặp_mưa|gặp_sự_cố|gặp_lỗi|gặp_khó|hẹn_gặp|\
     người_khác|gọi_vào|gọi_tên",
    // xóa, tin
    "xoa_dầu|xoa_mặt|xoa_bóp|xóa_món|xóa_tin_nhắn|xóa_nhầm|xóa_app|xóa_sẹo|xóa_nám|xóa_mụn|xóa_hình_xăm|xóa_xăm|tẩy_xóa|\
     xóa_mù|xóa_nợ|xóa_thâm",
    "tin_tưởng|tự_tin|niềm_tin|tin_vui|tin_học|tin_buồn",
];

/// In order of priority.
pub(super) const GROUPS: &[Group] = &[
    Group {
        intent: Intent::Stop,
        masks: &["thông_tin"],
        asks: &[
            "^^ dừng|ngừng|ngưng|stop|unsub|unsubscribe|hủy_theo_dõi|hủy_đăng_ký|hủy_nhận|bỏ_theo_dõi|hủy lại? $$",
            "unsub|unsubscribe|unfollow",
            "<stop> ~2 làm_phiền|spam|quấy_rầy|quấy_rối",
            "dừng|ngừng|ngưng|đừng|thôi|khỏi|stop|chấm_dứt|không_được|cấm ~1 gửi|nhắn|bắn|quăng ~3 nữa|<adverts>|$",
            "đừng|không|khỏi ~2 gửi|nhắn ~5 nữa",
            "dừng|ngừng|ngưng|tắt|hủy|thôi|chặn|bỏ|bớt|khỏi|block ~3 nhận? ~1 <adverts>",
            "<adverts> ~~8 hủy|dừng|ngừng|ngưng|thôi|khỏi|tắt ~1 nhận|gửi|nhắn ~1 $",
            "hủy|bỏ|ngừng|ngưng|dừng|thôi nhận|nhắn|gửi ~2 $|<adverts>",
            "hủy|bỏ|ngừng|rút ~1 đăng_ký|dk ~1 nhận|<adverts>|oa|kênh|$",
            "hủy|bỏ ~1 theo_dõi|quan_tâm|follow",
            "không ~1 muốn|cần|thích|có_nhu_cầu|đồng_ý ~2 nhận ~3 <adverts>|gì|nữa",
            "không nhận ~2 <adverts> ~3 nữa|đâu|$",
            "không nhận ~1 nữa",
            "loại|xóa|bỏ|gỡ|rút|gạch|cho|lấy ~4 khỏi|ra ~2 danh_sách|list|nhóm ~3",
            "bỏ|gạch|loại số ~2 ra|đi",
            "rút|rút_lại|từ_chối|thu_hồi ~4 nhận ~2 <adverts>",
            "từ_chối ~2 <adverts>",
            "ngày_nào|ngày_mô|hoài|suốt|suốt_ngày|miết ~5 nhắn|gửi|quảng_cáo|tin ~~8 thôi|bỏ|dừng|ngừng|ngưng|đừng|tắt|hủy",
            "làm_phiền|phiền|spam ~2 quá|hoài ~~5 thôi|bỏ|dừng|ngừng|ngưng|đừng|tắt|hủy|chặn",
            "spam|làm_phiền ~1 hoài|quá|miết",
            "nhắn|gửi|spam ~3 nữa ~3 chặn|block|report|báo_cáo",
        ],
        unless: &[
            "bạn|chồng|vợ|mẹ|thầy|cô ~1 em? dặn|bảo|kêu|nói ~6",
            "hủy|dừng|ngừng ~2 đăng_ký ~1 môn|lớp|khóa|học|lịch",
            "đừng|khỏi|không ~1 gửi|nhắn ~3 'hàng|'đơn|đồ|vội|địa_chỉ|nhầm",
            "nhắn_tin lúc|khi",
        ],
    },
    Group {
        intent: Intent::DeleteData,
        masks: &[],
        asks: &[
            "<erase> ~6 <kept>",
            "xóa|gỡ ~4 địa_chỉ|tên|sinh|email|ảnh|hình|số|data ~5",
            "<kept> ~~8 xóa ~3 $|đi|giúp|giùm|hết|ngay|luôn|khỏi|hộ|với|được",
            "có số ~3 xóa",
            "số|<kept> ~~6 xóa ngay|đi|giùm|giúp|hết|$",
            "không|đừng|ngừng|thôi ~4 lưu|giữ|lưu_trữ|lưu_giữ ~3 <kept>|số|gì",
            "đóng|khóa ~2 tài_khoản ~3 tôi|mình|em|$",
            "^^ xóa ~2 $$",
            "^ xóa hết|sạch|mọi_thứ|tất_cả|toàn_bộ",
            "quyền ~2 xóa|quên|lãng_quên",
        ],
        unless: &[
            "bạn|con_bạn|nhỏ_bạn ~2 xóa",
            "lỡ|đã|bị|vừa|mới ~2 xóa",
            "xóa ~6 khỏi ~1 đơn|giỏ",
            "xóa ~6 mạng_xã_hội|facebook|fb",
            "hủy|bỏ ~2 đơn|lịch|hẹn|món",
            "không|đừng ~2 xóa",
            "xóa ~3 rồi $",
        ],
    },
    Group {
        intent: Intent::Person,
        masks: &[],
        asks: &[
            "gặp ~3 <staff>",
            "gặp ~3 chị|anh|bạn|cô|ai ~4 tư_vấn|phụ_trách|hôm|bữa|bán|trực",
            "'nói_'chuyện|trao_đổi|chat|kết_nối|'nối|nối_máy|chuyển_máy|liên_hệ|liên_lạc ~4 <staff>|trực_tiếp",
            "nói_chuyện ~4 <staff>",
            "'chuyển|chuyen ~3 qua|cho|sang|tới|đến|máy ~2 nhân_viên|tư_vấn_viên|tổng_đài|người|quản_lý|bác_sĩ|kỹ_thuật|ad",
            "gọi ~1 cho|lại|điện|thoại ~3 <me>|với|đi|giúp|giùm|nhé|ngay|gấp|được|$",
            "^ gọi ~1 <me> ~3 $",
            "gọi <me> ~1 với|đi|nhé|giùm|giúp|ngay|gấp|liền|lại|cái|lúc|số|qua",
            "cho|để ai ~2 gọi",
            "cần|muốn|cho|kêu|nhờ|tìm|xin ~2 người|ai ~3 tư_vấn|thật|trả_lời|hỗ_trợ|trực|nói_chuyện|ra|gọi|giải_đáp",
            "cần|muốn|cho|kêu|nhờ|xin|đặt ~3 nhân_viên|tư_vấn_viên ~4",
            "cần|muốn|xin|nhờ ~2 tư_vấn ~1 trực_tiếp|qua",
            "nhân_viên|tư_vấn_viên|tổng_đài|tư_vấn|cskh ~2 đâu|mô",
            "có ~1 ai|nhân_viên|tư_vấn_viên|người|o|anh|chị|bạn|cô ~4 tư_vấn|hỗ_trợ|trả_lời|trực|rep|nghe_máy|giải_đáp|tiếp",
            "có nhân_viên|người|tư_vấn_viên ~1 không",
            "ai ~2 tư_vấn|hỗ_trợ|trả_lời|trực ~3 không|với|đi|giúp|giùm",
            "không ~2 ai ~1 trả_lời|tư_vấn|hỗ_trợ|trực|rep|nghe",
            "trả_lời|tư_vấn <me> ~1 với|đi|cái|gấp|ngay",
            "^ trả_lời <me> $",
            "ra ~1 trả_lời|tiếp|nói_chuyện",
            "nghe_máy ~2 <please>|$",
            "xin|cho|số ~3 hotline|tổng_đài",
            "số_điện_thoại|số ~2 để ~2 gọi",
            "nhắn_tin|nhắn|nói|chat ~2 riêng ~2 <staff>",
            "robot|bot|chatbot|máy_trả_lời|tự_động|trả_lời_tự_động ~~8 <staff>|người",
            "không ~3 robot|bot|chatbot",
            "không ~2 muốn|thích|chat|nói_chuyện ~3 máy",
            "tư_vấn|tư_vấn_viên trực_tiếp",
            "người_thật",
        ],
        unless: &[
            "đừng|khỏi|không_cần|chưa|khoan ~1 gọi",
            "giao|tới|shipper|ship|đến|về ~5 gọi",
            "người_thật việc_thật",
            "nhân_viên ~3 nhiệt_tình|dễ_thương|lịch_sự|vui|thân_thiện|pha",
            "gọi ~5 không|chưa thấy|nghe|bắt",
            "chưa|không ~1 thấy|có ~1 ai gọi",
            "gặp ~4 rồi",
            "gọi ~4 rồi",
            "hôm_qua|hôm_nọ|hồi_nãy|lúc_nãy|nãy|bữa_trước|hôm_trước ~4 gọi|gặp",
        ],
    },
    Group {
        intent: Intent::Tier,
        masks: &[],
        asks: &[
            "<tier> ~~8 <q>",
            "<q> ~6 <tier>",
            "<ask> ~4 <tier>",
            "^ <tier> ~2 $",
            "lên|nâng|tụt|xuống|rớt|giữ|đạt|thăng|đủ|vào|vô|mất|duy_trì|tăng|được|còn|thành|xét ~2 hạng|bậc|cấp|vip|kim_cương|bạch_kim|rank|level ~~6 <q>",
            "<q> ~8 lên|nâng|tụt|xuống|rớt|'giữ|đạt|thăng|duy_trì|tăng ~2 hạng|bậc|cấp|vip|'vàng|'bạc|kim_cương|bạch_kim|rank|level",
            "bao_lâu|khi_nào|bao_giờ ~4 xét ~2 hạng|bậc",
            "lên|tụt|xuống|rớt|giữ|đạt ~1 được? vàng|bạc|kim_cương|bạch_kim ~4 <q>",
            "điều_kiện ~3 hạng|vip|bậc|cấp",
            "bậc|cấp|hạng_thẻ gì|nào|mấy|chi",
            "'hạng|hang gì|nào|mấy|chi $",
            "hạng|bậc|cấp ~2 của <me> ~3 là <q>",
            "đang ở? hạng|bậc|cấp ~1 nào|gì|mấy",
            "hạng|bậc|cấp của? <me> ~3 là? gì|nào|mấy|chi|sao",
            "xem|kiểm_tra|coi|check|tra|biết|hỏi ~2 hạng|bậc ~1 của? <me>",
            "hạng vàng|bạc|đồng|kim_cương|bạch_kim ~8 <q>",
            "hạng|bậc thẻ|thành_viên",
            "'hạng ~5 <q>",
            "mấy ~1 bậc|hạng|cấp ~3 thành_viên",
            "thành_viên ~1 gì|nào|loại|hạng|cấp",
            "còn_thiếu|thiếu ~5 lên|vàng|bạc|hạng",
        ],
        unless: &[
            "đơn|hàng ~5 tới|đến|giao",
            "hàng|hạng ~5 giao|tới|ship|gửi|đâu",
            "<erase> ~3 thẻ",
        ],
    },
    Group {
        intent: Intent::Points,
        masks: &[],
        asks: &[
            "điểm ~~10 <q>",
            "<q> ~6 điểm",
            "xem|kiểm_tra|check|coi|tra|biết|hỏi|xin ~4 điểm",
            "đổi|dùng|xài|tích|quy_đổi ~2 điểm ~4 <please>|$",
            "^ điểm ~3 của? <me> ~1 $",
            "tích_điểm ~5 <q>",
            "chưa|không ~2 cộng|tích ~1 điểm",
            "^ cộng|bù|thêm|tính ~1 điểm",
            "số_điểm ~3 $",
            "số_dư ~3 điểm",
        ],
        unless: &[
            "thi|kiểm_tra|môn|lớp|học_kỳ|giữa_kỳ|cuối_kỳ|bài ~4 điểm ~4 con|bé|cháu",
            "diem thi ~6 con|bé|cháu|môn|kỳ|lớp",
            "điểm ~2 môn|học_kỳ|giữa_kỳ|cuối_kỳ|lớp",
            "bài ~6 mấy|bao_nhiêu điểm",
            "con|bé|cháu ~3 thi|kiểm_tra ~6 điểm",
        ],
    },
    Group {
        intent: Intent::OrderStatus,
        masks: &[],
        asks: &[
            "<order> ~9 tới|đến|về|ở|đi|đang ~2 <where>",
            "đơn|hàng|shipper|ship|đơn_hàng ~4 <where>",
            "đang|giờ ~2 ở ~1 <where> ~1 rồi",
            "<order> ~8 gửi|giao|ship|xong|soạn|đóng_gói|xuất_kho|về|tới|đến|đi|lên_đường|xác_nhận|xử_lý|duyệt|bàn_giao|lấy ~4 chưa",
            "đã|được ~1 ship|giao|gửi|xuất_kho|đi_hàng ~3 chưa",
            "gửi|giao|ship ~6 chưa",
            "nhận ~1 được? đơn|hàng ~4 chưa",
            "<when> ~5 giao|tới|nhận|có_hàng|ship|gửi_hàng|gửi",
            "giao|nhận|ship|hàng|đơn|gửi ~6 khi_nào|bao_giờ|chừng_nào|hôm_nào|lúc_nào|khi_mô|mấy_giờ|ngày_nào",
            "<when> ~2 hàng|đơn|shipper ~4 tới|về|đến|giao|ghé|qua",
            "chưa|không ~2 thấy|nhận|có ~4 giao|hàng|gọi|tin|đơn|ship|gì|shipper",
            "chưa nhận ~1 được? ~1 $",
            "đơn|hàng|đặt|mua|order|shipper ~~9 chưa ~2 thấy|có|nhận|tới|giao|đến|về|gọi|ship|được|đi",
            "đặt ~9 xong|về|có|tới|giao ~1 chưa",
            "mã_vận_đơn|vận_đơn|tracking|mã_theo_dõi|mã_đơn",
            "theo_dõi|kiểm_tra|tra|check|xem|coi|tra_cứu|hỏi_thăm|tình_trạng|tình_hình|lịch_trình|hành_trình ~4 đơn|đơn_hàng|vận_đơn|kiện_hàng|bưu_kiện",
            "kiểm_tra|check|xem|coi ~2 'hàng ~4 đâu|chưa|tới",
            "đơn ~3 sao|thế_nào|như_thế_nào|răng|tình_trạng|tình_hình",
            "đơn|hàng ~6 đang_chờ|chờ|thất_lạc|kẹt|lạc|treo|đứng_yên ~4 <q>|mãi|hoài|kiểm_tra",
            "sao ~2 đơn|hàng ~8 mãi|hoài|lâu|chưa",
            "đơn|kiện_hàng|bưu_kiện ~6 kẹt|thất_lạc",
            "hôm_nay|nay|chiều_nay|sáng_nay|tối_nay|trưa_nay|mai|ngày_mai ~2 có? giao|ship|shipper|nhận|hàng ~4 <no>",
            "bên? vận_chuyển|ship|giao_hàng nào ~4 đơn|hàng|giữ",
            "đơn ~5 xử_lý|gửi|đóng|giao ~2 hay",
            "bao_lâu|mấy_ngày|mấy_hôm|mấy_bữa nữa ~4",
            "ship|giao|hàng|đơn|đi tới|đến|về|ở ~1 <where> ~1 rồi|$",
            "đơn ~3 bị ~2 <q>",
            "sao ~6 chưa ~2 giao|tới|ship|nhận|gửi|về|đến",
            "số ~1 shipper",
        ],
        unless: &[
            "nếu ~2 đặt|mua ~~10",
            "điểm",
            "hàng ~2 mua|bán ~3 ở_đâu",
            "mua ~2 hàng ~3 ở_đâu",
            "giá ~5 gồm",
            "nhận|có ~3 mã_giảm|voucher|otp|kết_quả|hóa_đơn|khuyến_mãi",
            "hay tới",
            "nhận ~1 trả",
        ],
    },
    Group {
        intent: Intent::Voucher,
        masks: &[],
        asks: &[
            "<voucher> ~6 <q>",
            "<q> ~5 <voucher>",
            "cho|xin|lấy|muốn|nhận|tặng|gửi|cần|kiếm ~4 <voucher>|mã",
            "^ <voucher> ~1 $",
            "giảm|bớt ~4 bao_nhiêu|mấy|phần_trăm|nhiêu",
            "có ~2 mã ~4 <no>",
            "mã ~3 đâu|nào|gì",
            "nhập ~1 mã",
            "mua # tặng # ~4 <no>",
        ],
        unless: &[
            "không|khỏi ~1 cần|thích|ham|muốn ~2 <voucher>",
            "thấy|hay ~2 sale",
            "mã ~2 đơn|vận_đơn",
        ],
    },
    Group {
        intent: Intent::Price,
        masks: &["giảm_giá"],
        asks: &[
            "giá|đơn_giá|học_phí|chi_phí|viện_phí|phí|cước|lệ_phí|báo_giá ~8 <much>",
            "tiền ~6 <how-much>",
            "giá|phí|học_phí|chi_phí cả? ~2 sao|thế_nào|như_thế_nào|như_nào|răng|mấy|nhiêu|ra_sao|cỡ_nào",
            "giá|phí|học_phí|chi_phí ~7 sao|thế_nào|như_thế_nào|như_nào|ra_sao|cỡ_nào|răng $",
            "giá ~4 mấy|nhiêu",
            "<much>|bao ~1 tiền|đồng|vnđ|xiền|ngàn|nghìn|triệu|tr|trăm|lúa|củ|xu",
            "mấy tiền|đồng|ngàn|nghìn|triệu|trăm|xu|k|tr",
            "<much> một|#|mỗi",
            "<how-much> $",
            "bán ~1 sao|thế_nào|như_thế_nào|răng|nhiêu|mấy $",
            "hết|mất|tốn|tính ~1 <much>",
            "ship|gửi ~5 <much>",
            "cho|xin|báo|hỏi|biết|nhắn|chốt|xem|coi|check ~5 giá|bảng_giá|học_phí|chi_phí|báo_giá|phí",
            "gửi ~4 bảng_giá|báo_giá|giá",
            "giá|báo_giá nhắn|nhắn_riêng",
            "^ giá $",
            "bảng_giá|báo_giá|price|quote",
            "giá|phí|học_phí ~3 có ~1 mắc|đắt|cao|rẻ|mềm|khác ~2 <no>",
            "giá ~4 gồm ~5 <no>",
            "giá này ~3 # ~3 hay",
            "có? 'mắc|'đắt lắm? không",
            "có ~1 giá ~4 <no>",
            "mất|tính|thu|tốn|đóng ~1 phí|tiền ~3 không",
        ],
        unless: &["báo_giá rồi", "giá ~3 đồng_ý", "bảo|nói giá ~3 rẻ"],
    },
    Group {
        intent: Intent::Voucher,
        masks: &[],
        asks: &[
            "có ~5 giảm|bớt ~6 <no>",
            "giảm|bớt ~4 <no>",
            "chương_trình ~6 <no>|gì",
            "giảm|bớt ~2 cho ~4",
            "miễn_ship|miễn_phí_ship|hỗ_trợ_phí_ship|bao_ship ~4 <no>",
            "có ~3 quà ~4 <no>",
            "mã hết_hạn|dùng|xài ~4 <q>",
        ],
        unless: &["không|khỏi ~1 cần|thích|ham|muốn ~2 <voucher>", "thấy|hay ~2 sale"],
    },
    Group {
        intent: Intent::Greeting,
        masks: &[],
        asks: &[
            "^^ <hello>|ơi|ới|êi|ê $$",
            "^^ <hello> ~1 <called> ~1 $$",
            "^^ <hello> ~1 <called> ~1 <called> ~1 $$",
            "^^ 'chào|hello|hi|alo ~1 $$",
            "^^ chúc ~6 sáng|chiều|tối|trưa|ngày|tuần ~3 $$",
            "^^ good morning|afternoon|evening ~1 $$",
            "^^ có ~1 ai ~3 không $$",
            "^^ ai|shop|ad|có ~1 có|còn|nghe|online|đây|đó ~2 không $$",
            "^^ cho em|mình|tôi|chị|anh|c|con|a? hỏi chút|xíu|tí|cái|xí? $$",
        ],
        unless: &["#", "cảm_ơn|cám_ơn|thanks|tks|thank"],
    },
];
