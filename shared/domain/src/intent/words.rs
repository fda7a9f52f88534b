//! Short forms, courtesy, and the classes of words that the rules name.
//!
//! A word is written here with its marks; in a class `_` joins the words of one alternative.

use std::{collections::HashMap, sync::LazyLock};

use super::{fold::Word, pattern::Classes};

/// What stands for what: typed forms, then the words that are meant. A form with marks must be typed with them.
const SHORT: &[(&str, &str)] = &[
    // How much, what, where, when.
    ("bn bnh bnhiu bnhieu bnhiêu baonhiu baonhiêu baonhieu bhiu bnhju", "bao nhiêu"),
    ("nhiu nhju nhêu niêu nhiê niu", "nhiêu"),
    ("nhìu", "nhiều"),
    ("j ji jz gi", "gì"),
    ("s", "sao"),
    ("ntn", "như thế nào"),
    ("đou", "đâu"),
    ("mí mấi", "mấy"),
    ("h jờ", "giờ"),
    // Not, yet, already.
    ("k ko kg kh khg hk hok hong hông hổng hem hăm khum khom khog khôg hôg hog kô", "không"),
    ("chx ch", "chưa"),
    ("r roi rùi rồy gòi ròi rui gùi", "rồi"),
    ("dc đx đuoc đựơc", "được"),
    ("nx", "nữa"),
    // Who.
    ("mk mik mh mìn mjk mjnh mik mìk mềnh", "mình"),
    ("tui", "tôi"),
    ("e iem", "em"),
    ("ng ngừi", "người"),
    ("sop sốp shốp shóp sóp sh shọp soop shob shope", "shop"),
    ("adm admin admjn add", "ad"),
    ("nv nvien nviên", "nhân viên"),
    ("tvv", "tư vấn viên"),
    ("cskh", "chăm sóc khách hàng"),
    ("bs bsi bsĩ", "bác sĩ"),
    ("sỹ", "sĩ"),
    ("gvcn gv", "giáo viên"),
    ("mng mn", "mọi người"),
    // Courtesy.
    ("z v dậy zậy zay vại dị zị rứa dzậy dzay za zợ", "vậy"),
    ("vs dới zới voi", "với"),
    ("dùm dum zùm zum jum jùm giúm", "giùm"),
    ("júp jup zúp zup", "giúp"),
    ("nhe nhen nghen nhá hén", "nhé"),
    // Things and deeds.
    ("sp", "sản phẩm"),
    ("đh dh", "đơn hàng"),
    ("hàg hag", "hàng"),
    ("vc", "vận chuyển"),
    ("mvđ", "mã vận đơn"),
    ("gh", "giao hàng"),
    ("ktra ktr kt", "kiểm tra"),
    ("tk acc account tkhoan tkhoản", "tài khoản"),
    ("ttin", "thông tin"),
    ("ttcn", "thông tin cá nhân"),
    ("data", "dữ liệu"),
    ("sđt đthoại dthoai", "số điện thoại"),
    ("tn", "tin nhắn"),
    ("nt", "nhắn tin"),
    ("qc qcao", "quảng cáo"),
    ("tbao tb tbáo", "thông báo"),
    ("lh", "liên hệ"),
    ("km kmai kmãi", "khuyến mãi"),
    ("mgg", "mã giảm giá"),
    ("gg", "giảm giá"),
    ("vou vch vocher vourcher voucer vochơ", "voucher"),
    ("frship freshship", "freeship"),
    ("hnay", "hôm nay"),
    ("hqua", "hôm qua"),
    ("hum", "hôm"),
    ("trc trk", "trước"),
    ("bít bik bík", "biết"),
    ("mún mun", "muốn"),
    ("ib inb inbox ibox", "nhắn riêng"),
    ("rep reply", "trả lời"),
    ("nc", "nói chuyện"),
    ("del delete remove", "xóa"),
    ("sài", "xài"),
    ("lun", "luôn"),
];

/// [`SHORT`] by what is typed.
pub(super) static SHORT_FORMS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut forms = HashMap::new();
    for (typed, meant) in SHORT {
        forms.extend(typed.split(' ').map(|typed| (Word::new(typed).into_marked(), *meant)));
    }
    forms
});

/// Words of address and courtesy: around a question they say nothing about what is wanted.
const COURTESY: &str = "dạ vâng ạ a á à ơi ới êi shop ad page em anh chị c mình tôi bạn cô chú bác dì thầy ông bà cậu con \
    cháu sĩ ơ o nhé nha nè nhỉ ha hả hở hi hí vậy thế đó đấy đây với giúp giùm hộ đi luôn ngay gấp nào cái nghe mừ ta trung tâm \
    quán tiệm phòng khám nha khoa trường lớp cửa ui ủa xin vui lòng làm ơn please pls cảm ơn cám thanks tks thank you kkk hihi \
    hehe hic huhu haha hoho keke kaka ahihi alo chào hello hi kính quý các ê";

/// The words of courtesy.
pub(super) fn courtesy() -> impl Iterator<Item = Word> {
    COURTESY.split_whitespace().map(Word::new)
}

/// Whether a word only keeps company.
pub(super) fn is_courtesy(word: &Word) -> bool {
    static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| courtesy().collect());
    WORDS.iter().any(|keyword| keyword.is_typed_as(word))
}

/// Words that ask a question or for a thing: what holds one of them is no plain statement.
const ASKING: &str = "bao nhiêu nhiu mấy gì chi sao nào đâu mô răng không chưa hả nhỉ hay xin hỏi giúp giùm hộ check";

/// The words that ask.
pub(super) fn asking() -> impl Iterator<Item = Word> {
    ASKING.split_whitespace().map(Word::new)
}

/// Whether a word asks.
pub(super) fn asks(word: &Word) -> bool {
    static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| asking().collect());
    WORDS.iter().any(|keyword| keyword.is_typed_as(word))
}

/// Named groups of alternatives.
const CLASSES: &[(&str, &str)] = &[
    (
        "wh",
        "bao_nhiêu bao_nhiều bi_nhiêu nhiêu mấy gì chi sao nào đâu mô hả nhỉ bao_lâu khi_nào bao_giờ chừng_nào răng thế_nào",
    ),
    ("how-good", "dễ_thương ghê quá lắm tiếc uổng thật vui_ghê xịn tuyệt vời_ghê kinh"),
    (
        "before",
        "hôm_qua hôm_trước hôm_nọ hôm_bữa hồi_nãy lúc_nãy bữa_trước bữa_nọ lần_trước tháng_trước tuần_trước năm_ngoái hồi_trước lúc_đó hồi_đó đợt_trước đợt_rồi hôm_rồi bữa_rồi tháng_rồi tuần_rồi",
    ),
    ("tell", "nói 'kể khen chê 'bảo 'đồn kêu khoe dặn"),
    (
        "others",
        "bạn_em bạn_tôi bạn_mình nhỏ_bạn thằng_bạn con_bạn đứa_bạn 'mẹ me_em ba 'má bố vợ chồng ck vk người_ta hàng_xóm đồng_nghiệp con_em chị_em em_trai em_gái chị_gái anh_trai ông_xã bà_xã ai_cũng mọi_người khách sếp 'nó 'họ người_nhà bà_ngoại bà_nội ông_nội ông_ngoại chị_họ cô_em",
    ),
    (
        "code",
        "voucher coupon mã_giảm_giá mã_giảm mã_khuyến_mãi mã_khuyến_mại mã_freeship mã_voucher mã_ưu_đãi freeship phiếu_giảm_giá \
        khuyến_mãi khuyến_mại",
    ),
    ("much", "bao_nhiêu bao_nhiều bi_nhiêu bao_nhiu nhiêu bấy_nhiêu bao_lăm how_much"),
    // What is counted or measured, and not in money.
    (
        "measure",
        "công_suất dung_tích dung_lượng kích_thước trọng_lượng trọng_tải tải_trọng khối_lượng nhiệt_độ điện_áp áp_suất tần_số tốc_độ \
        sĩ_số số_lượng tỉ_lệ tỷ_lệ liều liều_lượng hàm_lượng nồng_độ đường_kính chu_vi diện_tích chiều_cao chiều_dài chiều_rộng \
        chiều_ngang chiều_sâu bề_ngang bề_dày khoảng_cách quãng_đường cân_nặng vòng_eo vòng_bụng vòng_ngực vòng_mông độ_tuổi \
        độ_cận độ_dày độ_ồn độ_ẩm độ_cồn độ_sáng độ_phân_giải sức_chứa sức_gió lực_hút tiêu_cự thời_gian thời_lượng tuổi_thọ tuổi_nghề \
        bảo_hành huyết_áp đường_huyết nhịp_tim chỉ_số số_nhà số_phòng số_ghế số_bàn số_xe biển_số mã_số số_thứ_tự số_điện_thoại \
        tổng_đài hotline số_tài_khoản mật_khẩu password lãi_suất 'lãi 'lương thu_nhập",
    ),
    // Not `nhieu` alone, which may be "many".
    ("how-much", "bao_nhiêu bao_nhiều bi_nhiêu 'nhiêu bao_lăm how_much"),
    (
        "price",
        "giá đơn_giá học_phí chi_phí viện_phí phí cước lệ_phí báo_giá giá_tiền giá_cả bảng_giá tiền_học tiền_công \
        tiền_ship tiền_phòng tiền_khám",
    ),
    ("no", "không chưa hả à ha chứ nhỉ phải_không được_không hay_không"),
    ("not", "không chẳng chả đâu_có chưa đừng khỏi"),
    (
        "q",
        "bao_nhiêu bao_nhiều bi_nhiêu nhiêu mấy gì chi sao nào đâu mô không chưa hả nhỉ bao_lâu khi_nào bao_giờ chừng_nào răng \
        hay thế_nào",
    ),
    (
        "when",
        "khi_nào bao_giờ chừng_nào ngày_mấy hôm_nào lúc_nào mấy_giờ ngày_nào bữa_nào khi_mô chừng_mô bữa_mô",
    ),
    (
        "where",
        "đâu mô chành_xe_nào nhà_xe_nào bưu_cục_nào chỗ_nào nơi_nào khúc_nào đoạn_nào tỉnh_nào kho_nào",
    ),
    (
        "me",
        "tôi em mình anh chị tao tớ cô chú bác con cháu o dì ông bà nhà chúng_tôi tụi_em bọn_em c a",
    ),
    ("please", "giúp giùm hộ với đi nhé nha cho xin ạ"),
    ("ask", "cho xin báo gửi hỏi biết nhắn xem coi check kiểm_tra tra"),
    (
        "staff",
        "nhân_viên tư_vấn_viên tổng_đài tổng_đài_viên quản_lý chủ_shop chủ_quán chủ_tiệm chủ người_thật \
        chăm_sóc_khách_hàng giáo_viên bác_sĩ lễ_tân kỹ_thuật kế_toán hotline ad người bạn_tư_vấn tư_vấn cô_giáo thầy \
        trực_tổng_đài người_phụ_trách bộ_phận hiệu_trưởng ban_giám_hiệu y_tá điều_dưỡng kinh_doanh chị_chủ anh_chủ phòng_đào_tạo giáo_vụ \
        người_thiệt thu_ngân sếp giám_đốc ai con_người staff",
    ),
    (
        "order",
        "đơn đơn_hàng vận_đơn kiện kiện_hàng bưu_kiện bưu_phẩm hàng gói_hàng ship đồ bill order",
    ),
    ("point", "điểm"),
    (
        "voucher",
        "voucher coupon mã_giảm mã_giảm_giá mã_khuyến_mãi mã_khuyến_mại khuyến_mãi khuyến_mại ưu_đãi freeship \
        free_ship miễn_phí_ship miễn_phí_vận_chuyển phiếu_giảm_giá phiếu_mua_hàng phiếu_quà_tặng mã_ưu_đãi mã_freeship \
        mã_free_ship giảm_giá chiết_khấu code sale deal học_bổng mã_voucher",
    ),
    (
        "tier",
        "hạng_thành_viên bậc_thành_viên cấp_thành_viên cấp_bậc thứ_hạng hạng_vàng hạng_bạc hạng_đồng hạng_kim_cương \
        hạng_bạch_kim hạng_thẻ thẻ_thành_viên thẻ_vip thẻ_vàng thẻ_bạc kim_cương bạch_kim vip thành_viên_vàng thành_viên_bạc \
        thành_viên_vip khách_vip khách_hàng_vip hạng_vip bậc_vàng bậc_bạc level rank hạng_khách_hàng hạng_mức_thành_viên \
        khách_hàng_thân_thiết khách_thân_thiết bậc_kim_cương cấp_độ_thành_viên",
    ),
    ("level", "hạng bậc cấp vip vàng bạc kim_cương bạch_kim level rank đồng"),
    (
        "adverts",
        "tin tin_nhắn quảng_cáo thông_báo khuyến_mãi khuyến_mại spam zns sms mail email tin_tức bản_tin",
    ),
    ("stop", "dừng ngừng ngưng đừng thôi khỏi chấm_dứt stop hủy tắt chặn bỏ"),
    (
        "kept",
        "tài_khoản thông_tin dữ_liệu hồ_sơ số_điện_thoại số_phone thẻ_thành_viên ngày_sinh họ_tên tên_tuổi \
        hình_ảnh lịch_sử bệnh_án nick profile",
    ),
    ("erase", "xóa xóa_bỏ gỡ gỡ_bỏ hủy loại_bỏ xóa_sạch tiêu_hủy bỏ"),
    (
        "hello",
        "chào hello helo hi hey hí hế_lô hê_lô hé_lô hế_nhô hé_lu hê_lu hế_lu hi_lô hí_lô hê_nhô halo hallo hola hú hú_hú a_lô bonjour alo alô xin_chào lô",
    ),
    (
        "called",
        "shop ad em anh chị cô chú bác thầy bạn bác_sĩ cả_nhà mọi_người quý_khách quý_shop quý_công_ty quý_trường trung_tâm \
        nhà_mình các_bạn nhà_thuốc lễ_tân quý_vị tất_cả sếp gia_đình bà_con ông_chủ bà_chủ cô_giáo \
        buổi sáng chiều tối trưa ngày_mới cuối_tuần team công_ty nhà_hàng phòng_khám nha_khoa spa tiệm quán cả_lớp nhà_trường",
    ),
];

/// [`CLASSES`] by name.
pub(super) fn classes() -> Classes {
    CLASSES.iter().map(|(name, words)| (*name, words.split_whitespace().collect())).collect()
}

/// The names of [`CLASSES`].
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(name, _)| *name)
}
