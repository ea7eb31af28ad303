//! Ids as types: one newtype per noun, a UUID inside, the usual hyphenated text outside.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A person: student, interviewer, school or platform staff (视频双选会 knows them alike).
    PersonId
}
id! {
    /// A video fair (视频双选会).
    FairId
}
id! {
    /// A booth (展位): a company's approved registration in a fair.
    BoothId
}
id! {
    /// A seat (面试官席位): one interviewer's place at a booth.
    SeatId
}
id! {
    /// A queue entry: one student at one booth, from application to the end.
    EntryId
}
id! {
    /// A call (面试): one live interview.
    CallId
}
id! {
    /// A job (职位) that a booth recruits for.
    JobId
}
