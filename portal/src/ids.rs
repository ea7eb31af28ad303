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
    pub AuditId;
    /// A review (审核).
    pub ReviewId;
    /// 认证信息 as handed in once.
    pub CertificationId;
    /// A claim of a company's administration (申请成为管理员).
    pub AdminClaimId;
    /// A company's request to join a school (入驻高校).
    pub SchoolJoinId;
    /// A message to one person.
    pub NotificationId;
    /// What is sent of it on one channel.
    pub SendId;
    /// An upload.
    pub FileId;
    /// A code sent by SMS.
    pub SmsCodeId;
    /// A picture with digits (图形验证码).
    pub CaptchaId;
    /// What a school publishes.
    pub NoticeId;
    /// One import of a roster.
    pub RosterImportId;
    /// What a student says of himself whom the roster does not know.
    pub IdentityClaimId;
    /// A consent.
    pub ConsentId;
    /// A complaint.
    pub ComplaintId;
    /// A ban.
    pub BanId
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
