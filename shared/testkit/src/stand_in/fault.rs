//! How Zalo fails, on order.

/// What happens to one call of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZaloFault {
    /// The caller dies before Zalo reads the request.
    CrashBefore,
    /// The caller dies after Zalo has acted and before it hears so.
    CrashAfter,
    /// Zalo acts and never answers: the caller's own time-out ends it.
    TimeoutWithEffect,
    /// Zalo neither acts nor answers.
    TimeoutWithoutEffect,
    /// Zalo acts and closes the connection without an answer.
    LostReply,
    /// `-32`: over the request rate; HTTP 429 where staff alerts go, which is not Zalo. Nothing was done.
    Throttle,
    /// HTTP 429 of a gateway. Nothing was done.
    TooManyRequests,
    /// Zalo acts and a gateway answers 502.
    ServerErrorWithEffect,
    /// A gateway answers 502 and Zalo never heard.
    ServerErrorWithoutEffect,
    /// Zalo acts and a page answers, with HTTP 200.
    HtmlWithEffect,
    /// A page answers, with HTTP 200, and Zalo never heard.
    HtmlWithoutEffect,
    /// The receipt comes twice.
    DuplicateReceipt,
    /// The receipt arrives before the answer: the answer waits until every receipt of this call was delivered.
    ReceiptBeforeAnswer,
    /// Zalo refuses with this code.
    Refuse(i32),
}

impl ZaloFault {
    /// Every fault but the refusals, for a matrix.
    pub const ALL: [Self; 13] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::TimeoutWithEffect,
        Self::TimeoutWithoutEffect,
        Self::LostReply,
        Self::Throttle,
        Self::TooManyRequests,
        Self::ServerErrorWithEffect,
        Self::ServerErrorWithoutEffect,
        Self::HtmlWithEffect,
        Self::HtmlWithoutEffect,
        Self::DuplicateReceipt,
        Self::ReceiptBeforeAnswer,
    ];

    /// Whether Zalo does what it was asked in spite of the fault.
    pub fn has_effect(self) -> bool {
        match self {
            Self::CrashAfter
            | Self::TimeoutWithEffect
            | Self::LostReply
            | Self::ServerErrorWithEffect
            | Self::HtmlWithEffect
            | Self::DuplicateReceipt
            | Self::ReceiptBeforeAnswer => true,
            Self::CrashBefore
            | Self::TimeoutWithoutEffect
            | Self::Throttle
            | Self::TooManyRequests
            | Self::ServerErrorWithoutEffect
            | Self::HtmlWithoutEffect
            | Self::Refuse(_) => false,
        }
    }
}

/// How Zalo behaves until told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misbehaviour {
    /// Token calls answer 200 with nothing in it and rotate nothing.
    EmptyTokenBody,
    /// Token calls rotate the access token alone and name no refresh token.
    NoNewRefreshToken,
    /// Every access token of this moment is dead at once, whatever its expiry says.
    TokensRevoked,
    /// Nobody tells what became of a message.
    NoReceipts,
    /// Every receipt comes twice.
    DuplicateReceipts,
    /// The day's quota is used up.
    OutOfQuota,
    /// Every call meets a gateway's 503 and does nothing.
    Down,
}
