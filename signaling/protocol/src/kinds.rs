//! The name of each message, as in its JSON `type`: for metric labels and for the fixtures.

use crate::client::ClientBody;
use crate::server::ServerBody;

macro_rules! kinds {
    ($name:ty { $($variant:ident => $kind:literal,)+ }) => {
        impl $name {
            /// Every kind of message.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The `type` of this message.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $kind,)+
                }
            }
        }
    };
}

kinds!(ClientBody {
    Hello => "hello",
    Visible => "visible",
    Refresh => "refresh",
    Apply => "apply",
    Leave => "leave",
    Later => "later",
    Away => "away",
    Back => "back",
    Ready => "ready",
    TakeOver => "take_over",
    DeviceTest => "device_test",
    Accept => "accept",
    Refuse => "refuse",
    UndoRefuse => "undo_refuse",
    CallNext => "call_next",
    CallPick => "call_pick",
    WithdrawCall => "withdraw_call",
    UndoMissed => "undo_missed",
    Start => "start",
    End => "end",
    Extend => "extend",
    PutBack => "put_back",
    Remove => "remove",
    JoinCall => "join_call",
    PauseQueue => "pause_queue",
    ResumeQueue => "resume_queue",
    CloseQueue => "close_queue",
    Broadcast => "broadcast",
    ExtendFair => "extend_fair",
    EndFair => "end_fair",
    PauseBooth => "pause_booth",
    ResumeBooth => "resume_booth",
    RemoveEntry => "remove_entry",
    MediaOffer => "media_offer",
    MediaRestart => "media_restart",
    MediaClose => "media_close",
    MediaEcho => "media_echo",
    MediaMute => "media_mute",
    MediaStats => "media_stats",
    MediaMuteOther => "media_mute_other",
});
kinds!(ServerBody {
    Welcome => "welcome",
    Done => "done",
    Applied => "applied",
    Refused => "refused",
    Student => "student",
    Booth => "booth",
    Wall => "wall",
    Entry => "entry",
    Queue => "queue",
    Seats => "seats",
    Call => "call",
    WallNews => "wall_news",
    ConsoleNews => "console_news",
    Fair => "fair",
    Broadcast => "broadcast",
    Stalled => "stalled",
    Clock => "clock",
    MediaAnswer => "media_answer",
    MediaSlots => "media_slots",
    MediaTrouble => "media_trouble",
    MediaQuality => "media_quality",
    MediaClosed => "media_closed",
    Bye => "bye",
});
