//! Ids of the portal's nouns, and how the live side names the same things.

base::id! {
    /// Someone who signs in: student, company member, staff. The live side calls him a person.
    pub AccountId;
    /// A school (高校).
    pub SchoolId;
    /// A company (单位).
    pub CompanyId;
    /// A job (职位).
    pub JobId;
    /// A video fair (视频双选会).
    pub FairId;
    /// A registration (报名) in a video fair; once approved it is a booth (展位).
    pub BoothId;
    /// An interviewer's seat (面试官席位) at a booth.
    pub SeatId;
    /// A call (面试). The live side makes these; the portal keeps what is written about them.
    pub CallId;
    /// A queue entry. The live side makes these.
    pub EntryId;
    /// A row of the audit log.
    pub AuditId
}

/// The same UUID under the live protocol's type, both ways.
macro_rules! same_as_live {
    ($($own:ident = $live:ident),+ $(,)?) => {$(
        impl From<$own> for signaling_protocol::$live {
            fn from(id: $own) -> Self {
                Self(id.0)
            }
        }

        impl From<signaling_protocol::$live> for $own {
            fn from(id: signaling_protocol::$live) -> Self {
                Self(id.0)
            }
        }
    )+};
}

same_as_live!(
    AccountId = PersonId,
    FairId = FairId,
    BoothId = BoothId,
    SeatId = SeatId,
    JobId = JobId,
    CallId = CallId,
    EntryId = EntryId,
);
