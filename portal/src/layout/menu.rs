//! The menus of each role, in the order of the manual. A menu names what is there.

use super::{Link, MenuGroup};

/// Heading and links: label and path.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const COMPANY: &[Group] = &[
    ("", &[("首页", "/company")]),
    ("云校招", &[("视频双选会", "/booths")]),
    ("校园招聘", &[("入驻高校", "/company/schools")]),
    (
        "公司设置",
        &[
            ("基本资料", "/company/profile"),
            ("认证信息", "/company/certification"),
            ("雇主品牌", "/company/brand"),
            ("公司成员", "/company/members"),
            ("开票资料", "/company/invoice"),
            ("申请管理员", "/company/claim"),
            ("操作记录", "/company/audit"),
        ],
    ),
];

/// A guest interviewer has the room and nothing else.
const GUEST: &[Group] = &[("云校招", &[("视频双选会", "/booths")])];

/// A company that waits for its certification, and people who wait to join one.
const UNCERTIFIED: &[Group] = &[(
    "公司设置",
    &[("首页", "/company"), ("认证信息", "/company/certification")],
)];

const SCHOOL: &[Group] = &[
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
const FACULTY: &[Group] = &[(
    "工作台",
    &[("工作台", "/school"), ("学生", "/school/students")],
)];

const PLATFORM: &[Group] = &[
    (
        "工作台",
        &[
            ("工作台", "/platform"),
            ("审核", "/platform/reviews"),
            ("投诉与封禁", "/platform/complaints"),
        ],
    ),
    (
        "主体",
        &[
            ("企业", "/platform/companies"),
            ("学校", "/platform/schools"),
            ("账号", "/platform/accounts"),
            ("员工", "/platform/staff"),
        ],
    ),
    (
        "内容与规则",
        &[
            ("字典", "/platform/dictionaries"),
            ("工作日历", "/platform/calendar"),
            ("通知模板", "/platform/templates"),
            ("发送记录", "/platform/sends"),
            ("协议", "/platform/agreements"),
            ("功能开关", "/platform/flags"),
        ],
    ),
    ("监督", &[("审计日志", "/platform/audit")]),
];

const OPERATOR: &[Group] = &[("运维", &[("运行状况", "/operator")])];

/// Which menu someone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// A member of a certified company.
    Company,
    /// A guest interviewer.
    Guest,
    /// A company or a person that waits for approval.
    Uncertified,
    /// 校级 staff.
    School,
    /// 院系 staff.
    Faculty,
    /// Platform staff.
    Platform,
    /// Operators.
    Operator,
}

impl Menu {
    /// The menu with the link to `here` marked.
    pub fn groups(self, here: &str) -> Vec<MenuGroup> {
        let groups = match self {
            Self::Company => COMPANY,
            Self::Guest => GUEST,
            Self::Uncertified => UNCERTIFIED,
            Self::School => SCHOOL,
            Self::Faculty => FACULTY,
            Self::Platform => PLATFORM,
            Self::Operator => OPERATOR,
        };
        groups
            .iter()
            .map(|(label, links)| MenuGroup {
                label,
                links: links
                    .iter()
                    .map(|(label, path)| Link {
                        label,
                        href: (*path).to_owned(),
                        icon: "fair",
                        current: *path == here,
                        note: "",
                    })
                    .collect(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_that_is_shown_is_marked_once() {
        let current = |menu: Menu, here: &str| {
            let groups = menu.groups(here);
            let links = groups.iter().flat_map(|group| &group.links);
            links.filter(|link| link.current).count()
        };
        assert_eq!(current(Menu::Company, "/company/members"), 1);
        assert_eq!(current(Menu::School, "/school"), 1);
        assert_eq!(current(Menu::Guest, "/company"), 0);
    }
}
