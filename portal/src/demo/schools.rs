//! What the demo's schools publish, and the people of the second one.

use super::data;
use super::seed::Seeding;
use crate::accounts::AccountKind;
use crate::ids::{AccountId, NoticeId, SchoolId};
use crate::schools::notices::store::{self as notices, NoticeText};
use crate::schools::platform::store::{self as platform, SchoolFacts};
use crate::schools::rules::NoticeKind;
use crate::schools::staff::store as staff;
use crate::schools::store::{self as schools, SiteTexts};
use crate::students::roster::RosterRow;
use crate::students::roster::store as roster;
use crate::students::{self, Degree, Profile};

/// Host of the demo school's own site.
pub const HOST: &str = "ganjiang.localhost";
/// The second school: code and name.
pub const OTHER: (&str, &str) = ("xiangbin", "湘滨师范学院（示例）");
/// The faculty of the demo school's 院系 staff.
pub const FACULTY: &str = "微电子学院";
/// In the roster and not yet registered: number and name, to try the registration with.
pub const UNREGISTERED: (&str, &str) = ("2023100099", "林晚舟");

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

const NOTICES: &[(&str, i64, &str)] = &[
    (
        "2027 届秋季视频双选会学生参会须知",
        1,
        "双选会全程在线上进行，请在开始前完成设备测试，并把简历完善到 70% 以上。\n\n一、申请通过后进入排队，位置会实时更新；断线、换网或刷新，位置都会保留。\n二、轮到你时页面会全屏提示，请在倒计时内点“我准备好了”。\n三、临时有事可以点“稍后”或“暂时离开”，不会影响其他单位的排队。\n\n单位不得向求职者收取任何费用，遇到请立即向就业指导中心反映。",
    ),
    (
        "关于做好 2027 届毕业生生源信息核对工作的通知",
        4,
        "各学院：\n\n请组织 2027 届毕业生登录就业网，核对学号、姓名、学历、专业、班级与毕业年份。信息有误的，由学院汇总后报就业指导中心更正。\n\n核对截止时间为本月最后一个工作日。",
    ),
    (
        "秋季学期“一对一”简历修改预约开放",
        6,
        "就业指导中心每周二、周四下午安排老师一对一修改简历，每人 20 分钟，请提前一天预约。\n\n预约说明见 https://job.ganjiang.example/resume-clinic",
    ),
    (
        "毕业生档案转递办理指南",
        11,
        "档案转递由就业指导中心统一办理，不接受个人自带。\n\n请在签约后于就业网填写接收单位名称、地址、联系人和电话，并上传接收函。办理一般需要 10 个工作日。",
    ),
    (
        "关于防范求职陷阱的提醒",
        17,
        "凡以“保录取”“内部名额”为由收取押金、培训费、体检费的，均不可信。\n\n签约前请核对单位名称与统一社会信用代码，不要把身份证原件和银行卡交给他人。",
    ),
    (
        "就业指导中心国庆假期值班安排",
        44,
        "假期期间电话值班时间为每天 9:00–11:30，线下窗口暂停办理，10 月 8 日恢复。",
    ),
];

/// Title, hours from now until it begins, place, text.
const TALKS: &[(&str, i64, &str, &str)] = &[
    (
        "澄源半导体（示例）2027 届校园宣讲会",
        30,
        "科技楼 201",
        "面向微电子、电子信息、自动化等专业的 2027 届本科生和研究生，介绍模拟电路、嵌入式与版图岗位，现场收简历。",
    ),
    (
        "云杉建筑设计院（示例）校园宣讲会",
        54,
        "土木楼报告厅",
        "介绍方案、结构与信息模型岗位，设计总监现场点评作品集，请携带作品集。",
    ),
    (
        "远航智能装备（示例）技术开放日宣讲",
        101,
        "大学生活动中心 302",
        "机械、控制、计算机相关专业均可参加，设机器人演示和工程师答疑。",
    ),
    (
        "禾木生物（示例）校园宣讲会",
        -50,
        "生命科学学院 B105",
        "发酵工艺、质量管理岗位介绍与答疑。",
    ),
];

impl Seeding {
    /// The demo school's site, what it published, its 院系 staff, and who may register.
    pub(super) async fn site(&mut self, author: AccountId) -> anyhow::Result<()> {
        let (school, now_ms) = (self.school, self.now_ms);
        let facts = SchoolFacts {
            name: data::SCHOOL.to_owned(),
            host: Some(HOST.to_owned()),
            province_code: "36".to_owned(),
            enabled: true,
        };
        platform::save(&mut self.tx, (school, 1), &facts).await?;
        let texts = SiteTexts {
            intro: "（虚构的示例学校）创办于 1958 年，工科见长，现有 14 个学院、62 个本科专业，\
                    2027 届毕业生约 6,800 人。"
                .to_owned(),
            address: "江西省南昌市学府路 18 号（示例）学生活动中心 301".to_owned(),
            tel: "0791-88880000".to_owned(),
            email: "job@ganjiang.example".to_owned(),
        };
        schools::save_site(&mut self.tx, (school, 2), &texts).await?;
        for (title, days, body) in NOTICES {
            let text = notice(NoticeKind::Notice, title, body, (None, ""));
            self.publish(author, &text, now_ms - days * DAY_MS).await?;
        }
        for (title, hours, place, body) in TALKS {
            // On the full hour, as a talk begins.
            let starts_ms = (now_ms / HOUR_MS + hours) * HOUR_MS;
            let text = notice(NoticeKind::Talk, title, body, (Some(starts_ms), place));
            self.publish(author, &text, now_ms - 3 * DAY_MS).await?;
        }
        let faculty = self
            .account("faculty", AccountKind::School, "阮清和", "阮老师", FACULTY)
            .await?;
        staff::add(&mut self.tx, (faculty, school), Some(FACULTY), now_ms).await?;
        let (student_no, name) = UNREGISTERED;
        let row = RosterRow {
            student_no: student_no.to_owned(),
            name: name.to_owned(),
            degree: Degree::Bachelor,
            faculty: FACULTY.to_owned(),
            major: "微电子科学与工程".to_owned(),
            class_name: Some("微电 2301".to_owned()),
            grad_year: data::GRAD_YEAR,
            standing: None,
        };
        roster::take(&mut self.tx, school, &row, now_ms).await?;
        Ok(())
    }

    async fn publish(
        &mut self,
        author: AccountId,
        text: &NoticeText,
        at_ms: i64,
    ) -> anyhow::Result<()> {
        let this = (NoticeId::new(), self.school, author);
        notices::add(&mut self.tx, this, text, true, at_ms).await?;
        Ok(())
    }

    /// A second school, with one who works there and one student: what is theirs is nobody
    /// else's.
    pub(super) async fn other_school(&mut self) -> anyhow::Result<()> {
        let (school, now_ms) = (SchoolId::new(), self.now_ms);
        let (code, name) = OTHER;
        schools::add(&mut self.tx, school, code, name, now_ms).await?;
        let facts = SchoolFacts {
            name: name.to_owned(),
            host: None,
            province_code: "43".to_owned(),
            enabled: true,
        };
        platform::save(&mut self.tx, (school, 1), &facts).await?;
        let office = self
            .account("school-2", AccountKind::School, "秦岚", "秦老师", "就业处")
            .await?;
        staff::add(&mut self.tx, (office, school), None, now_ms).await?;
        let student = self
            .account("other-student", AccountKind::Student, "苏念", "苏念", "")
            .await?;
        let profile = Profile {
            school_id: school,
            school_name: name.to_owned(),
            student_no: "2023070001".to_owned(),
            name: "苏念".to_owned(),
            degree: Degree::Bachelor,
            faculty: "教育科学学院".to_owned(),
            major: "教育技术学".to_owned(),
            grad_year: data::GRAD_YEAR,
            verified_ms: Some(now_ms),
        };
        students::store::add(&mut self.tx, student, &profile).await?;
        Ok(())
    }
}

fn notice(
    kind: NoticeKind,
    title: &str,
    body: &str,
    (starts_ms, place): (Option<i64>, &str),
) -> NoticeText {
    NoticeText {
        kind,
        title: title.to_owned(),
        body: body.to_owned(),
        starts_ms,
        place: place.to_owned(),
    }
}
