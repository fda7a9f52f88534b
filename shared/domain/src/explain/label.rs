//! The words on the pages: headings, buttons, names of lists. A page names a label, and the compiler knows whether there is one.

use super::{Language, Words, words};

macro_rules! labels {
    ($($name:ident: $vi:literal, $en:literal;)*) => {
        /// One word or sentence on the pages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is its own text, which stands beside it")]
        pub enum Label {
            $($name,)*
        }

        impl Label {
            /// Every label.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub(super) const fn words(self) -> Words {
                match self {
                    $(Self::$name => words($vi, $en),)*
                }
            }
        }
    };
}

impl Label {
    /// The text.
    pub const fn of(self, language: Language) -> &'static str {
        self.words().of(language)
    }
}

labels! {
    // Around every page.
    Skip: "Đến nội dung chính", "Skip to the content";
    Menu: "Các trang", "Pages";
    Switch: "English", "Tiếng Việt";
    Overview: "Tổng quan", "Overview";
    Rules: "Quy tắc", "Rules";
    Logout: "Đăng xuất", "Log out";
    Footer: "Giờ Việt Nam. Mọi thao tác đều được ghi lại.", "Times are Vietnam's. Everything that is done here is logged.";
    Code: "Mã", "Code";
    Back: "Về tổng quan", "Back to the overview";
    Problem: "Không làm được", "That did not work";

    // Login.
    Login: "Đăng nhập", "Log in";
    LoginLead: "Dùng một khóa API có quyền “console”.", "Use an API key with the scope “console”.";
    Tenant: "Doanh nghiệp", "Business";
    TenantHint: "Tên ngắn, ví dụ ca-phe-som", "Its short name, such as ca-phe-som";
    ApiKey: "Khóa API", "API key";

    // Search.
    Search: "Tìm", "Search";
    SearchFor: "Tìm khách hàng", "Find a customer";
    SearchHint: "Số điện thoại, mã đơn, mã vận đơn, Zalo hoặc tên", "Phone, order code, shipment code, Zalo id or name";
    SearchNothing: "Không tìm thấy ai.", "Nobody was found.";
    SearchEmpty: "Hãy nhập ít nhất hai chữ.", "Please type at least two characters.";
    SearchMore: "Còn nhiều khách nữa; hãy gõ thêm.", "There are more; please type more of it.";

    // Overview.
    Today: "Hôm nay", "Today";
    Planned: "Đã quyết định gửi", "Decided";
    SentToday: "Đã gửi", "Sent";
    DeliveredToday: "Đã đến máy", "Delivered";
    NotSentToday: "Không gửi", "Not sent";
    CostToday: "Chi phí", "Cost";
    ToDo: "Cần xem", "To look at";
    Accounts: "Zalo Official Account", "Zalo Official Accounts";
    Pauses: "Đang tạm dừng", "Paused now";
    NoPauses: "Không có gì đang tạm dừng.", "Nothing is paused.";
    NewestOnly: "Chỉ tính các thông báo mới nhất của mỗi quy tắc.", "Only the newest notifications of each rule are counted.";

    // Lists.
    Held: "Đang giữ", "Held";
    HeldLead: "Chờ đến lúc được gửi.", "Waiting for the time at which they may go.";
    Failed: "Không gửi được", "Failed";
    FailedLead: "Không gửi được hoặc đã quá hạn; có thể gửi lại.", "Failed or expired; they can be sent again.";
    Unknown: "Chưa rõ kết quả", "Outcome unknown";
    UnknownLead: "Đã gửi đi nhưng chưa biết khách nhận được chưa.", "They left, and nobody can say yet whether they arrived.";
    Refused: "Không được gửi", "Suppressed";
    RefusedLead: "Khách chưa đồng ý, hoặc đã có người hủy.", "The customer has not agreed, or somebody called them off.";
    Shadow: "Chạy thử", "On trial";
    ShadowLead: "Lẽ ra đã gửi, nếu quy tắc không chạy thử.", "What would have been sent if the rule were not on trial.";
    Stuck: "Bị kẹt", "Stuck";
    StuckLead: "Bản ghi không chức năng nào xử lý được.", "Records that no function can handle.";
    Parked: "Chưa rõ khách", "Without a customer";
    ParkedLead: "Sự kiện đang chờ biết thuộc về khách nào.", "Events that wait for their customer to be known.";
    Conflict: "Mâu thuẫn", "Conflicting";
    ConflictLead: "Sự kiện trùng mã nhưng nói điều khác.", "Events with a known id that say something else.";
    ListEmpty: "Không có gì ở đây.", "There is nothing here.";
    NothingYet: "Chưa thấy gì trong phần đã xem; hãy xem tiếp.", "Nothing in what was looked at so far; there is more.";
    More: "Xem tiếp", "More";
    Newest: "Về mới nhất", "Back to the newest";

    // Columns.
    At: "Lúc", "At";
    What: "Việc", "What";
    State: "Trạng thái", "State";
    Why: "Vì sao", "Why";
    Customer: "Khách hàng", "Customer";
    Rule: "Quy tắc", "Rule";
    Function: "Chức năng", "Function";
    Record: "Bản ghi", "Record";
    Action: "Thao tác", "Action";

    // A customer.
    Unnamed: "Khách chưa có tên", "Customer without a name";
    Who: "Là ai", "Who it is";
    EndsWith: "đuôi", "ending in";
    Proven: "đã xác nhận", "proven";
    Claimed: "khách tự khai", "claimed";
    ShowNumber: "Hiện số", "Show the number";
    NumberIs: "Số điện thoại đầy đủ", "The whole number";
    NumberLogged: "Lần xem này đã được ghi lại.", "This look has been logged.";
    Consents: "Đồng ý nhận", "Agreed to";
    Yes: "có", "yes";
    No: "không", "no";
    NotSaid: "chưa nói", "not said";
    Muted: "Tin tự động đang im đến", "Automatic messages are silent until";
    Unmute: "Bật lại tin tự động", "Let automatic messages go again";
    Tags: "Nhãn", "Tags";
    Timeline: "Dòng thời gian", "Timeline";
    TimelineEmpty: "Chưa có gì xảy ra.", "Nothing has happened yet.";
    SentNothing: "Những bước không gửi gì", "Steps that sent nothing";
    OpenCustomer: "Xem khách hàng", "Open the customer";

    // A notification.
    Notification: "Thông báo", "Notification";
    TheText: "Nội dung khách nhận", "What the customer gets";
    NoText: "Không còn mẫu tin để dựng nội dung.", "The template is no longer there to show the text.";
    Attempts: "Các lần gửi", "Attempts";
    NoAttempts: "Chưa gửi lần nào.", "No attempt yet.";
    Channel: "Kênh", "Channel";
    Channels: "Các kênh được phép", "Permitted channels";
    Outcome: "Kết quả", "Outcome";
    Cost: "Giá", "Cost";
    Purpose: "Loại tin", "Kind of message";
    Deadline: "Hạn gửi", "Deadline";
    Event: "Sự kiện", "Event";
    Step: "Bước", "Step";
    Version: "Bản quy tắc", "Version of the rules";
    Cancel: "Hủy", "Cancel";
    Resend: "Gửi lại", "Send again";
    Release: "Gửi ngay", "Send now";

    // A rule.
    Mode: "Chế độ", "Mode";
    OnTrial: "chạy thử, chưa gửi gì", "on trial, sends nothing";
    ActiveSince: "chạy từ", "active since";
    PausedNow: "đang tạm dừng", "paused";
    Pause: "Tạm dừng", "Pause";
    Resume: "Chạy tiếp", "Resume";
    Goal: "Mục tiêu", "Goal";
    NoGoal: "Quy tắc này không nêu mục tiêu.", "This rule names no goal.";
    Target: "Cần đạt", "Target";
    Now: "Hiện tại", "Now";
    NotMeasured: "chưa đo được", "not measured yet";
    NothingSent: "chưa gửi tin nào", "nothing has been sent yet";
    NoSurvey: "quy tắc này không hỏi khảo sát nào", "this rule asks no survey";
    FewResponses: "30 ngày qua chưa đủ câu trả lời", "not enough answers in the last 30 days";
    Sample: "Số tin được tính", "Sample";
    SampleMore: "những tin mới nhất; tin cũ hơn không tính", "the newest; older ones are not counted";
    OwnRule: "Cham báo cho người của doanh nghiệp", "What Cham tells the business's own people";
    OwnRuleLead: "Những lời báo này không do quy tắc nào viết ra: quá giới hạn, sự kiện chưa rõ khách, mã truy cập hỏng.", "No rule has written these: limits that were reached, events without a customer, tokens that no longer work.";
    Yaml: "Quy tắc như đã viết", "The rule as written";
    RuleNewest: "Thông báo mới nhất", "Newest notifications";
    WouldHave: "Lẽ ra đã gửi khi chạy thử", "What it would have sent while on trial";
    Pools: "Kho mã ưu đãi", "Pools of voucher codes";
    Pool: "Kho", "Pool";
    CodesLeft: "Mã còn lại", "Codes left";
    CodesGiven: "Mã đã phát", "Codes given";
    PoolEmpty: "hết mã", "empty";
    NoRules: "Chưa có quy tắc nào.", "There are no rules yet.";
    BrakesLead: "Tạm dừng không xóa gì: tin chờ đến khi chạy tiếp.", "A pause deletes nothing: messages wait until it ends.";
    Brakes: "Phanh", "Brakes";

    // Parked.
    Waiting: "Đang chờ", "Waiting";
    MoreWait: "Có thể còn sự kiện khác đang chờ; quá hạn thì sẽ hiện ở đây.", "More may be waiting; they show here once they have waited too long.";
    ToldOf: "Quá hạn, đã báo", "Too long, people were told";
    Attach: "Gắn vào khách", "Attach to a customer";
    AttachWhose: "Của khách nào?", "Whose is it?";
    AttachLead: "Tìm khách rồi chọn. Số điện thoại chưa có ai dùng sẽ thành khách mới.", "Find the customer and choose. A number that nobody has yet becomes a new customer.";
    AttachFound: "Chọn khách", "Choose the customer";
    AttachHere: "Gắn vào đây", "Attach it here";
    AttachNew: "Khách mới với số này", "A new customer with this number";
    AttachSaid: "Đang gắn vào khách, xong trong một phút.", "It is on its way to the customer, within a minute.";
    AttachOwned: "Đã thuộc về một khách.", "It belongs to a customer.";
    AttachWaiting: "Đang chờ biết khách", "What waits for the customer";

    // Points.
    Points: "Điểm", "Points";
    Programme: "Chương trình điểm", "Points programme";
    NoProgramme: "Doanh nghiệp chưa có chương trình điểm.", "The business has no points programme yet.";
    Account: "Tài khoản điểm", "Account of points";
    Balance: "Số dư", "Balance";
    Available: "Dùng được", "Can be spent";
    HeldPoints: "Đang giữ chỗ", "Put aside";
    PendingPoints: "Đang chờ", "Pending";
    Debt: "Còn nợ", "Owed";
    Expiring: "Hết hạn trong 30 ngày", "Expiring within 30 days";
    Level: "Hạng", "Level";
    Statement: "Sao kê", "Statement";
    NoEntries: "Chưa có bút toán nào.", "There are no entries yet.";
    Change: "Thay đổi", "Change";
    EntryNumber: "Bút toán", "Entry";
    ExplainAccount: "Giải thích số dư", "Explain the balance";
    Checked: "Bút toán đã kiểm", "Entries checked";
    ChainHolds: "Chuỗi và các tổng đều khớp.", "The chain and all sums agree.";
    Lots: "Lô điểm", "Lots";
    NoLots: "Không có lô nào.", "There are no lots.";
    LastMonth: "Dùng được đến hết tháng", "To be spent by the end of";
    Until: "Đến", "Until";
    FromDay: "Từ ngày", "From the day";
    Books: "Hai phía của sổ", "Both sides of the books";
    Side: "Phía", "Side";
    SideOpen: "tài khoản: dùng được", "account: can be spent";
    SidePending: "tài khoản: đang chờ", "account: pending";
    SideHeld: "tài khoản: giữ chỗ", "account: put aside";
    SideDebt: "tài khoản: còn nợ", "account: owed";
    SideIssued: "doanh nghiệp: đã phát", "business: given out";
    SideRedeemed: "doanh nghiệp: đã tiêu", "business: redeemed";
    SideExpired: "doanh nghiệp: hết hạn", "business: expired";
    SideAdjusted: "doanh nghiệp: chỉnh bằng tay", "business: adjusted by hand";
    SideTransferred: "chuyển giữa các tài khoản", "between accounts";
    FellDue: "đến hạn", "fell due";
    Currencies: "Loại điểm", "Kinds of points";
    Earnings: "Cách tích điểm", "What earns points";
    Tiers: "Các hạng", "Levels";
    ReachedWith: "Đạt khi tích được", "Reached with";
    KeptWith: "Giữ khi tích được", "Kept with";
    Badges: "Huy hiệu", "Badges";
    Streaks: "Chuỗi", "Streaks";
    EventsNeeded: "Số lần", "How often";
    Every: "Mỗi", "Every";
    DayPeriod: "ngày", "day";
    WeekPeriod: "tuần", "week";
    Goals: "Mốc", "Goals";
    // Surveys.
    Surveys: "Khảo sát", "Surveys";
    NoSurveys: "Doanh nghiệp chưa có khảo sát.", "The business has no surveys.";
    Answered: "Đã trả lời hết", "Answered to the end";
    LeftInTheMiddle: "Bỏ dở", "Left in the middle";
    NeverBegun: "Không mở", "Never begun";
    SurveyScore: "Điểm", "Score";
    NoAnswers: "Chưa có câu trả lời nào trong những ngày này.", "No answers in these days.";
    Answer: "Câu trả lời", "Answer";
    Times: "Số lần", "Times";
    Share: "Tỷ lệ", "Share";
    StoppedHere: "Dừng ở câu này", "Stopped here";
    SkippedAnswer: "Bỏ qua", "Passed over";
    TextAnswer: "Có viết lời", "Wrote something";
    OtherValue: "Khác", "Other";
    DayByDay: "Theo ngày", "Day by day";
    Day: "Ngày", "Day";
    ByWhat: "So sánh theo", "Compared by";
    Last7Days: "7 ngày", "7 days";
    Last30Days: "30 ngày", "30 days";
    Last365Days: "Một năm", "A year";

    AnswersOneByOne: "Từng câu trả lời", "Answers one by one";
    HowItSounds: "Cảm xúc", "How it sounds";
    Unsure: "cần người xem", "a person should look";

    // Cases.
    Cases: "Vụ việc", "Cases";
    NoCases: "Chưa có vụ việc nào.", "There are no cases.";
    CaseText: "Điều khách chưa hài lòng", "What the customer is not content with";
    CaseOpened: "Mở trong 30 ngày", "Opened within 30 days";
    CaseClosedShare: "Đã đóng", "Closed";
    CaseInTime: "Đóng đúng hạn", "Closed in time";
    CaseMedian: "Thời gian xử lý trung vị", "Median time to close";
    CaseAbout: "Về việc", "About";
    CaseOwner: "Người lo", "Who sees to it";
    CaseNobody: "chưa ai", "nobody yet";
    CaseDue: "Hạn", "Due";
    CaseOverdue: "quá hạn", "overdue";
    CaseOpen: "mới mở", "open";
    CaseTaken: "đang lo", "being seen to";
    CaseClosed: "đã đóng", "closed";
    CaseDone: "Đã làm cho khách", "What was done";
    CaseTake: "Nhận việc này", "See to it";
    CaseNote: "Ghi chú", "Note";
    CaseNotes: "Những ghi chú", "Notes";
    CaseNoteAdd: "Thêm ghi chú", "Add the note";
    CaseDoneAsk: "Đã làm gì cho khách? Khách sẽ được báo lời này.", "What was done? The customer is told these words.";
    CaseClose: "Đóng vụ việc", "Close the case";
    Hours: "giờ", "hours";

    Boards: "Bảng xếp hạng", "Boards";
    Board: "Bảng xếp hạng", "Board";
    Season: "Mùa", "Season";
    SeasonOver: "Bảng này không có mùa nào đang diễn ra.", "No season of this board is on.";
    BoardEmpty: "Chưa ai có trên bảng.", "Nobody is on the board yet.";
    Rank: "Thứ hạng", "Rank";
    Score: "Điểm tích được", "Earned";
    ShownName: "Tên hiển thị", "Shown name";
    RewardsForPoints: "Quà đổi điểm", "Rewards";
    Price: "Giá", "Price";
    Stock: "Số lượng", "Stock";
    AsManyAsWanted: "không giới hạn", "as many as wanted";
    NothingThere: "Không có gì.", "Nothing here.";
    Name: "Tên", "Name";
    Expiry: "Hạn dùng", "Expiry";
    Months: "tháng", "months";
    NoExpiry: "không hết hạn", "never";

    // What came of an action.
    DoneCancelled: "Đã hủy thông báo.", "The notification was called off.";
    DoneResent: "Đã lập một lần gửi mới.", "It will be sent anew.";
    DoneReleased: "Sẽ gửi trong phút tới, nếu lúc đó được phép.", "It goes within a minute, if it may by then.";
    DonePaused: "Đã tạm dừng.", "It is paused.";
    DoneResumed: "Đã chạy tiếp.", "It goes on.";
    DoneUnmuted: "Tin tự động được gửi trở lại.", "Automatic messages go again.";
    DoneAttached: "Sẽ gắn vào khách trong phút tới.", "It goes to the customer within a minute.";
    DoneJudged: "Đã ghi lại cảm xúc.", "How it sounds is noted.";
    DoneTaken: "Đã ghi người lo.", "Who sees to it is noted.";
    DoneNoted: "Đã thêm ghi chú.", "The note is there.";
    DoneClosed: "Đã đóng vụ việc.", "The case is closed.";
    DoneLoggedOut: "Đã đăng xuất.", "You are logged out.";
}
