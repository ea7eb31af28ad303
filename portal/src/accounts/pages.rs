//! What all pages of 账号设置 have in common: their tabs. A page names its tab by its title, and
//! shows them with `{% include "account-tabs.html" %}`.

use super::rules::AccountKind;
use crate::layout::{Chrome, Menu, StudentTab, Viewer};

/// A tab of 账号设置.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsTab {
    /// Its words, which are also the page's title.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// It is the one that is shown.
    pub current: bool,
}

const TABS: [(&str, &str); 8] = [
    ("个人资料", "/account"),
    ("修改密码", "/account/password"),
    ("更换手机", "/account/mobile"),
    ("绑定邮箱", "/account/email"),
    ("微信绑定", "/account/wechat"),
    ("登录设备", "/account/devices"),
    ("通知设置", "/account/notifications"),
    ("账号注销", "/account/cancel"),
];

/// The tabs, with the one of the page of this title marked.
pub fn tabs(title: &str) -> Vec<SettingsTab> {
    TABS.iter()
        .map(|(label, href)| SettingsTab {
            label,
            href,
            current: *label == title,
        })
        .collect()
}

/// A company member's frame with sample data, on the page at path `here`.
pub(super) fn chrome_sample(here: &str) -> Chrome {
    Chrome::with_menu(Viewer::sample(), title(here), Menu::Company, here)
}

/// The same of a student.
pub(super) fn chrome_sample_of_student(here: &str) -> Chrome {
    Chrome::student(Viewer::sample(), title(here), StudentTab::Other, None)
}

fn title(here: &str) -> &'static str {
    TABS.iter()
        .find(|(_, href)| *href == here)
        .map_or("账号设置", |(label, _)| label)
}

/// The word for a kind of account.
pub(super) fn kind_zh(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Student => "学生",
        AccountKind::Company => "企业",
        AccountKind::School => "学校",
        AccountKind::Platform => "平台",
        AccountKind::Operator => "运维",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_that_is_shown_is_marked_once() {
        let marked = |title: &str| tabs(title).iter().filter(|tab| tab.current).count();
        assert_eq!(marked("修改密码"), 1);
        assert_eq!(marked("首页"), 0);
    }
}
