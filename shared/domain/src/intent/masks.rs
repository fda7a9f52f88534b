//! Terms that share a word with an intent and mean something else.
//!
//! A mark is demanded by `'` where the term without marks is also a part of what customers ask: `gia do` is `giá đó` too.

/// Terms that share a word with an intent and mean something else: they are not seen by any group.
pub(super) const MASKS: &[&str] = &[
    "không|chẳng|chả ~1 xài|dùng|lấy ~2 <voucher> ~2 đâu",
    "ưu_tiên|'tiến_'độ|'tiến_'bộ|tiên_tiến|tổ_tiên|đầu_tiên|tiện_nghi|tiện_ích|cải_tiến|'tiền_'án|'tiền_'sản|'tiền_'bối|'tiền_'đạo|tiền_mãn_kinh|thần_tiên|nàng_tiên|liên_tiếp",
    "phí_sức|phí_thời_gian|phí_đời|phi_công|phi_hành|hành_phi|tỏi_phi|phi_lê|phi_tỏi|phi_thường|phi_lý|hoang_phí|phung_phí|căn_cước|phi_tiêu|phi_vật_thể|phi_lợi_nhuận",
    "thẩm_giá|'định_'giá|'đáng_'giá|'giá_'lạnh|'băng_'giá|'sang_'giá|'cao_'giá|'làm_'giá|sương_giá|giá_rét|buốt_giá|giá_xoay|giá_ba_chân|thánh_giá|thập_giá",
    "quản_gia|oan_gia|hoàng_gia|gia_cảnh|gia_phả|'gia_'đạo|'gia_'giáo|gia_phong|gia_tộc|'gia_'trưởng|'gia_'cố|gia_nhiệt|gia_tăng|gia_tốc|cụ_già|'về_'già|'tuổi_'già|'người_'già|giả_mạo|giả_danh|tóc_giả|'giả_'dối",
    "điểm_chuẩn|điểm_sàn|điểm_thi|điểm_đầu_vào ~5 <how-much>",
    "hỏi ~3 'giá|gia ~3 cho vui|biết_thôi|chơi",
    "điểm_nổi_bật|điểm_khác_biệt|điểm_hay|điểm_cần|điểm_chính",
    "giảm cholesterol|mỡ_máu|ồn|ngứa|mụn|nhức|viêm|tiếng_ồn|thâm|nếp_nhăn|gàu|rụng|huyết_áp|đường_huyết|nhiệt|triệu_chứng|co_thắt|nhăn",
    "<voucher> mà <me> ~1 không_biết|chưa|quên|bận|lỡ|không_kịp",
    "dù|bất_kể|bất_chấp|kệ|mặc_kệ ~2 <how-much>|'giá",
    "bao_nhiêu là|mà|đó",
    "đáng ~1 bao_nhiêu",
    "kỳ_thi|kiểm_tra|'thi ~1 được|có|chỉ ~1 # điểm",
    "code này|chạy|python|web",
    "bán ~2 quà|quà_tặng|thẻ_quà_tặng",
    "mất|lạc|quên|bỏ|để ~1 đâu ~1 rồi $",
    "được # điểm mà|nên",
    "điểm_số bé|con|cháu|môn|học|thấp|cao|của_bé|của_con",
    "trường|lớp|khối|bé|con|cháu|đội ~3 xếp_hạng|đứng_hạng",
    "xếp_hạng ~2 trong|toàn|lớp|trường",
    "mã_wifi|mã_lỗi|mã_vùng|mã_zip|mã_bưu_chính|mã_đề|mã_môn|mã_phòng|mã_thẻ|mã_cổng|mã_số_thẻ|mã_số_nhân_viên|mã_bài|màn_hình",
    "nên|để|đi|mua|cô|thầy|mẹ|bạn|cưới|sinh_nhật ~1 tặng gì|cho",
    "<me> gửi|trả lại ~2 <voucher>",
    "<how-much> phần_trăm ~1 cotton|bông|len|lụa|nguyên_chất|cacao|đường|cồn|chất|robusta|arabica|pin|sữa|đạm",
    "'giá_như <me>|hồi|lúc|có|đừng|ngày|hôm|được",
    "không|chẳng|chả|đâu_có ~1 mua|lấy|dám|ham|nghĩ|ngờ ~5 đâu",
    "mấy|nào|gì|<much>|sao|đâu ~1 cũng",
    "bằng_lái|lái_xe ~2 hạng",
    "học|thi hạng a|b|c",
    "đợi|canh|hóng|cho|chờ sale",
    "cảm_ơn|cám_ơn|thanks|tks|thank ~6 đã|vì|tặng|báo|cho_em|giúp =14 $",
    "để ~1 <me> ~2 hỏi|coi|xem|tính|bàn|suy_nghĩ|nghĩ|so_sánh|cân_nhắc =12 $",
    "<others> ~1 <tell> =14 $",
    "mà|nhưng? quên cảm_ơn",
    // A mark at school, before `điểm` alone is taken away.
    "điểm thi|kiểm_tra ~1 toán|văn|môn|lý|hóa|anh|của_bé|giữa_kỳ ~4 bao_nhiêu|mấy|nhiêu",
    "giá_trị|trị_giá ~6 bao_nhiêu|nhiêu",
    "tác_giả|khán_giả|độc_giả|giả_sử|giả_bộ|giả_vờ",
    // giá, gia, già, giả
    "gia_đình|gia_vị|gia_hạn|gia_công|gia_sư|gia_truyền|gia_chủ|gia_dụng|gia_súc|gia_cầm|gia_nhập",
    "chuyên_gia|quốc_gia|tham_gia|đánh_giá|trả_giá|mất_giá|vô_giá|đấu_giá|trị_giá|bà_già|ông_già|gia_lai",
    "da_già|da_gia|giá_trị|giá_'đỗ|giá_'đỡ|giá_sách|giá_treo|giá_kệ|'giá_'mà|giá_'thể|giá_vẽ|giá_nến|giá_phơi",
    "giá_'sống|giá_'gỗ|giá_sắt|giá_inox|giá_xào|nhiều_giá|kệ_giá|rau_giá",
    "thêm|ít|nhiều|'dĩa|'đĩa|'rổ|rau|trụng|bó|nắm|bỏ|nhặt|mua 'giá",
    "giá trụng|chần|'tươi|'ăn|luộc|'hẹ|'muối|rau|sống_rửa|với_rau|và_rau",
    "mấy bữa|hôm|ngày nay",
    // phí, tiền
    "lãng_phí|phí_phạm|uổng_phí|phí_quá|tiền_sử|tiền_đề|tiện_lợi|phương_tiện|thuận_tiện|tiện_thể|tiền_đình",
    // How much, but not money.
    "bao_nhiêu|nhiêu ~2 cũng",
    "cao_răng|vôi_răng",
    // đơn
    "cô_đơn|đơn_giản|đơn_vị|đơn_thuốc|toa_thuốc|đơn_xin|đơn_điệu|đơn_thân|hóa_đơn|đơn_sắc|đơn_tròng|đơn_phương|đơn_ca|\
     đơn_đăng_ký|đơn_nghỉ|đơn_kính|tròng_đơn|kính_đơn|đơn_khiếu_nại|dọn_dẹp|'dọn_hàng|đơn_nhập_học|thực_đơn|đơn_đầu|đưa_đón|đón_đưa|xe_đón",
    // hàng
    "cửa_hàng|ngân_hàng|nhà_hàng|bán_hàng|xếp_hàng|hàng_xóm|mặt_hàng|'trả_hàng|'đổi_hàng|hoàn_hàng|hàng_rào|chào_hàng|hàng_hiệu|\
     hàng_quán|gian_hàng|hàng_giả|hàng_thật",
    // mã
    "mã_thầy|mã_qr|mã_vạch|mã_số_học_sinh|mã_số_thuế|mã_số_học_viên|mã_màu|mã_lực|mã_pin|mã_otp|mã_xác_nhận|mã_xác_thực|\
     mã_sản_phẩm|mã_lớp|la_mã|mã_học_sinh|mã_hàng|mã_bệnh_nhân",
    // điểm
    "điểm_tâm|điểm_hẹn|điểm_danh|điểm_bán|thời_điểm|địa_điểm|quan_điểm|nhược_điểm|ưu_điểm|đặc_điểm|trọng_điểm|điểm_yếu|\
     điểm_mạnh|điểm_chuẩn|điểm_mười|điểm_trung_bình|điểm_tb|điểm_toán|'điểm_văn|điểm_học|'điểm_thi|'điểm_'dừng|\
     điểm_nhấn|điểm_giao|cao_điểm|điểm_trường|điểm_phẩy|tâm_điểm|khuyết_điểm|là_điểm_cộng|là_điểm_trừ|'điểm_kiểm_tra|\
     điểm_liệt|điểm_gửi|điểm_sàn|điểm_đón|điểm_'đỗ|điểm_miệng|điểm_tiếng_anh|yếu_điểm|điểm_ielts|trang_điểm|điểm_tốt|điểm_tựa|điểm_chung|điểm_khác|điểm_'sáng|\
     điểm_bắt_đầu|điểm_xuất_phát|'điểm_'đen|điểm_mù|giao_điểm|kiểm_điểm|tụ_điểm|đỉnh_điểm|điểm_xe|điểm_du_lịch|điểm_rơi|\
     'bảng_điểm|'sổ_điểm|điểm_cao|điểm_thấp|điểm_tổng_kết|điểm_đầu_vào|điểm_hạnh_kiểm|điểm_vào_lớp|điểm_nghe|điểm_lớp|điểm_nào|\
     điểm_'đau|điểm_'ảnh|điểm_giữa_kỳ|điểm_cuối_kỳ|điểm_học_kỳ|công_bố_điểm|là_điểm_đến|điểm_chụp|điểm_thú_vị",
    "cho # điểm",
    "# điểm chất_lượng|cho_quán|cho_shop|luôn|nha|về",
    "chấm|được|đc ~1 # điểm ~1 luôn|toán|văn|môn|nha",
    "chấm ~1 # điểm",
    // giảm, bớt
    "giảm_cân|giảm_đau|giảm_béo|giảm_mỡ|giảm_sưng|sưng_giảm|giảm_xóc|giảm_stress|thuyên_giảm|giảm_ngọt|giảm_đường|giảm_ký|\
     giảm_tốc|giảm_thị_lực|giảm_đá|suy_giảm|giảm_dần|giảm_ho|giảm_sĩ_số|sĩ_số_giảm|bớt_ngọt|bớt_đường|bớt_đá|bớt_đau|bớt_sưng|\
     bớt_hộp|bớt_cay|bớt_mặn|đỡ_giảm|giảm_size|hiệu_quả|kết_quả|giảm_âm",
    "chương_trình học|dạy|lớp|tiếng|môn|sách|toán|văn_nghệ|giảng",
    // hạng, cấp, vip
    "hạng_mục|thượng_hạng|hạng_nhất|hạng_nhì|hạng_sang|hạng_nặng|hạng_b1|hạng_b2|hạng_a1|hạng_người|ngoại_hạng|\
     hạng_thương_gia|phòng_vip|cao_cấp|cấp_cứu|nâng_cấp|cung_cấp|sơ_cấp|cấp_một|cấp_hai|cấp_ba|cấp_tốc|hạng_xoàng|ghế_vip|\
     bàn_vip|gói_vip|vé_vip|nhẫn_kim_cương|kim_cương_nhân_tạo",
    "hạng cân|bét|phổ_thông|a2|c1|d",
    // gọi, gặp
    "gọi_món|gọi_đồ|gọi_nước|gọi_xe|gọi_là|tên_gọi|gọi_chuông|kêu_gọi|gọi_vốn|gặp_mưa|gặp_sự_cố|gặp_lỗi|gặp_khó|hẹn_gặp_lại|\
     người_khác|gọi_vào|gọi_tên",
    // xóa, tin
    "xoa_dầu|xoa_mặt|xoa_bóp|xóa_món|xóa_tin_nhắn|xóa_nhầm|xóa_app|xóa_sẹo|xóa_nám|xóa_mụn|xóa_hình_xăm|xóa_xăm|tẩy_xóa|\
     xóa_mù|xóa_nợ|xóa_thâm",
    "tin_tưởng|tự_tin|niềm_tin|tin_vui|tin_học|tin_buồn",
];
