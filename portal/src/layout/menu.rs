//! The menus of each role, in the order of the manual. A menu names what is there, and only what
//! its reader may open.

use PlatformRole::{Operations, Review, Support};

use super::{Link, MenuGroup};
use crate::accounts::{CompanyMember, PlatformRole};

/// A group: its heading and its links.
type Group<L> = (&'static str, &'static [L]);
/// A link: label and path.
type Open = (&'static str, &'static str);
/// A link with those who may open it.
type Kept<W> = (&'static str, &'static str, W);

/// Which members of a company may open a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Everyone,
    Payers,
    Admin,
}

const COMPANY: &[Group<Kept<Who>>] = &[
    ("", &[("首页", "/company", Who::Everyone)]),
    ("云校招", &[("视频双选会", "/booths", Who::Everyone)]),
    (
        "校园招聘",
        &[("入驻高校", "/company/schools", Who::Everyone)],
    ),
    (
        "公司设置",
        &[
            ("基本资料", "/company/profile", Who::Everyone),
            ("认证信息", "/company/certification", Who::Everyone),
            ("雇主品牌", "/company/brand", Who::Everyone),
            ("公司成员", "/company/members", Who::Everyone),
            ("开票资料", "/company/invoice", Who::Payers),
            ("申请管理员", "/company/claim", Who::Everyone),
            ("操作记录", "/company/audit", Who::Admin),
        ],
    ),
];

/// A guest interviewer has the room and nothing else.
const GUEST: &[Group<Open>] = &[("云校招", &[("视频双选会", "/booths")])];

/// A company that waits for its certification.
const UNCERTIFIED: &[Group<Open>] = &[(
    "公司设置",
    &[("首页", "/company"), ("认证信息", "/company/certification")],
)];

/// Someone who waits to join a company, or whose company is frozen.
const APPLICANT: &[Group<Open>] = &[("", &[("首页", "/company")])];

const SCHOOL: &[Group<Open>] = &[
    (
        "工作台",
        &[("工作台", "/school"), ("审核", "/school/reviews")],
    ),
    (
        "校内",
        &[
            ("企业", "/school/companies"),
            ("学生", "/school/students"),
            ("公告与宣讲", "/school/notices"),
        ],
    ),
    ("视频双选会", &[("直播控制台", "/school/console")]),
    (
        "设置",
        &[
            ("就业网站点", "/school/site"),
            ("工作人员", "/school/staff"),
            ("操作记录", "/school/audit"),
        ],
    ),
];

/// 院系 staff see their faculty's students; the fair is run by the whole school's staff.
const FACULTY: &[Group<Open>] = &[(
    "工作台",
    &[("工作台", "/school"), ("学生", "/school/students")],
)];

const PLATFORM: &[Group<Kept<&[PlatformRole]>>] = &[
    (
        "工作台",
        &[
            ("工作台", "/platform", &PlatformRole::ALL),
            ("审核", "/platform/reviews", &[Review]),
            ("投诉与封禁", "/platform/complaints", &[Support]),
        ],
    ),
    (
        "主体",
        &[
            ("企业", "/platform/companies", &PlatformRole::ALL),
            ("学校", "/platform/schools", &[Operations]),
            ("账号", "/platform/accounts", &[Support]),
            ("员工", "/platform/staff", &[Operations]),
        ],
    ),
    (
        "内容与规则",
        &[
            ("字典", "/platform/dictionaries", &[Operations]),
            ("工作日历", "/platform/calendar", &[Operations]),
            ("通知模板", "/platform/templates", &[Operations]),
            ("发送记录", "/platform/sends", &[Operations, Support]),
            ("协议", "/platform/agreements", &[Operations]),
            ("功能开关", "/platform/flags", &[Operations]),
        ],
    ),
    (
        "监督",
        &[("审计日志", "/platform/audit", &PlatformRole::ALL)],
    ),
];

const OPERATOR: &[Group<Open>] = &[("运维", &[("运行状况", "/operator")])];

/// Which menu someone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// A member of a certified company: its administrator, and who may pay for it.
    Member {
        /// The administrator.
        admin: bool,
        /// May pay.
        pays: bool,
    },
    /// A member of a certified company whose rights are not known: what each may open.
    Company,
    /// A guest interviewer.
    Guest,
    /// A member of a company that waits for its certification.
    Uncertified,
    /// Someone who waits to join a company, or whose company is frozen.
    Applicant,
    /// 校级 staff.
    School,
    /// 院系 staff.
    Faculty,
    /// Platform staff of this role.
    Staff(PlatformRole),
    /// Platform staff whose role is not known: what each of them may open.
    Platform,
    /// Operators.
    Operator,
}

impl Menu {
    /// The menu of a member of a certified company.
    pub fn of_member(member: &CompanyMember) -> Self {
        Self::Member {
            admin: member.admin,
            pays: member.may_pay,
        }
    }

    /// The menu with the link to `here` marked. A group of which nothing is left is left out.
    pub fn groups(self, here: &str) -> Vec<MenuGroup> {
        match self {
            Self::Member { admin, pays } => kept(COMPANY, here, |who| match who {
                Who::Everyone => true,
                Who::Payers => pays,
                Who::Admin => admin,
            }),
            Self::Company => kept(COMPANY, here, |who| *who == Who::Everyone),
            Self::Guest => open(GUEST, here),
            Self::Uncertified => open(UNCERTIFIED, here),
            Self::Applicant => open(APPLICANT, here),
            Self::School => open(SCHOOL, here),
            Self::Faculty => open(FACULTY, here),
            Self::Staff(role) => kept(PLATFORM, here, |roles| roles.contains(&role)),
            Self::Platform => kept(PLATFORM, here, |roles| {
                PlatformRole::ALL.iter().all(|role| roles.contains(role))
            }),
            Self::Operator => open(OPERATOR, here),
        }
    }
}

/// Does the platform's menu lead this role to `path`? Links of pages go by the same rule.
pub fn leads(role: PlatformRole, path: &str) -> bool {
    let mut links = PLATFORM.iter().flat_map(|(_, links)| *links);
    links.any(|(_, known, roles)| *known == path && roles.contains(&role))
}

fn open(groups: &[Group<Open>], here: &str) -> Vec<MenuGroup> {
    groups
        .iter()
        .map(|(label, links)| MenuGroup {
            label,
            links: links
                .iter()
                .map(|(label, path)| link(label, path, here))
                .collect(),
        })
        .collect()
}

fn kept<W>(groups: &[Group<Kept<W>>], here: &str, opens: impl Fn(&W) -> bool) -> Vec<MenuGroup> {
    groups
        .iter()
        .map(|(label, links)| MenuGroup {
            label,
            links: links
                .iter()
                .filter(|(_, _, who)| opens(who))
                .map(|(label, path, _)| link(label, path, here))
                .collect(),
        })
        .filter(|group| !group.links.is_empty())
        .collect()
}

fn link(label: &'static str, path: &str, here: &str) -> Link {
    Link {
        label,
        href: path.to_owned(),
        icon: "fair",
        current: path == here,
        note: "",
    }
}

#[cfg(test)]
mod tests {
    use PlatformRole::Finance;

    use super::*;

    #[test]
    fn the_page_that_is_shown_is_marked_once() {
        let current = |menu: Menu, here: &str| {
            let groups = menu.groups(here);
            let links = groups.iter().flat_map(|group| &group.links);
            links.filter(|link| link.current).count()
        };
        assert_eq!(current(Menu::Company, "/company/members"), 1);
        let member = |admin, pays| current(Menu::Member { admin, pays }, "/company/audit");
        assert_eq!((member(true, true), member(false, true)), (1, 0));
        assert_eq!(current(Menu::School, "/school"), 1);
        assert_eq!(current(Menu::Guest, "/company"), 0);
        assert_eq!(current(Menu::Staff(Support), "/platform/accounts"), 1);
    }

    #[test]
    fn a_role_of_the_platform_has_its_own_links_and_no_empty_heading() {
        let words = |menu: Menu| {
            let groups = menu.groups("");
            assert!(groups.iter().all(|group| !group.links.is_empty()));
            let links = groups.iter().flat_map(|group| &group.links);
            links.map(|link| link.label).collect::<Vec<_>>()
        };
        assert_eq!(
            words(Menu::Staff(Finance)),
            ["工作台", "企业", "审计日志"],
            "finance has nothing of its own yet"
        );
        assert_eq!(words(Menu::Platform), words(Menu::Staff(Finance)));
        assert_eq!(
            words(Menu::Staff(Review)),
            ["工作台", "审核", "企业", "审计日志"]
        );
        assert!(leads(Support, "/platform/sends") && !leads(Review, "/platform/sends"));
        assert!(!leads(Operations, "/platform/nothing"));
    }
}
