//! What surrounds each page: top bar, menu, tabs, and the addresses of static files.

mod chrome;
mod menu;
mod moment;
mod paging;

use crate::accounts::{CompanyMember, Interviewer, PlatformStaff, SchoolStaff, Session, Student};
use crate::web::assets;

pub use chrome::chrome_of;
pub use menu::{Menu, leads};
pub use moment::{day, moment};
pub use paging::{Paging, escape};

/// The address of a static file, with its content hash, for templates.
pub fn asset(path: &str) -> String {
    assets::url(path)
}

/// A link of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// Its icon in the sprite (phone tabs).
    pub icon: &'static str,
    /// It is the page that is shown.
    pub current: bool,
    /// A short note at its end, such as 进行中; may be empty.
    pub note: &'static str,
}

/// A group of the left menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuGroup {
    /// Its heading.
    pub label: &'static str,
    /// Its links.
    pub links: Vec<Link>,
}

/// The frame of a page for someone who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chrome {
    /// Title of the browser tab.
    pub title: String,
    /// Beside the brand: the school, or the company.
    pub school: String,
    /// The person's name.
    pub name: String,
    /// As what the person is signed in.
    pub role: String,
    /// Where the brand leads.
    pub home: &'static str,
    /// The session's forgery token.
    pub csrf: String,
    /// Messages that the person has not read; over 99 counts as 99+.
    pub unread: i64,
    /// Links of the top bar and of the phone's tabs (students).
    pub links: Vec<Link>,
    /// The left menu (company, school); empty for students.
    pub menu: Vec<MenuGroup>,
}

/// Who is signed in, as a page's frame shows it.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    /// School or company.
    pub school: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// The session's forgery token.
    pub csrf: &'a str,
    /// Messages that the person has not read.
    pub unread: i64,
}

impl<'a> Viewer<'a> {
    /// A student.
    pub fn of_student(student: &'a Student) -> Self {
        Self {
            school: &student.profile.school_name,
            name: &student.profile.name,
            csrf: &student.session.csrf,
            unread: student.session.unread,
        }
    }

    /// A company member, by nickname.
    pub fn of_member(member: &'a CompanyMember) -> Self {
        Self {
            school: &member.company_name,
            name: &member.session.account.nickname,
            csrf: &member.session.csrf,
            unread: member.session.unread,
        }
    }

    /// Platform staff.
    pub fn of_platform(staff: &'a PlatformStaff) -> Self {
        Self::of_session("聘会平台", &staff.session)
    }

    /// Anyone, by real name, beside `school`.
    pub fn of_session(school: &'a str, session: &'a Session) -> Self {
        Self {
            school,
            name: &session.account.real_name,
            csrf: &session.csrf,
            unread: session.unread,
        }
    }

    /// School staff.
    pub fn of_staff(staff: &'a SchoolStaff) -> Self {
        Self {
            school: &staff.school_name,
            name: &staff.session.account.real_name,
            csrf: &staff.session.csrf,
            unread: staff.session.unread,
        }
    }
}

impl Viewer<'_> {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Viewer<'static> {
        Viewer {
            school: "赣江理工大学",
            name: "欧阳若曦",
            csrf: "00ff",
            unread: 3,
        }
    }
}

/// Pages that a student's menu leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudentTab {
    /// 招聘会.
    Fairs,
    /// 我的排队.
    Queues,
    /// 设备测试.
    DeviceTest,
    /// 简历.
    Resume,
    /// Another page, outside the tabs.
    Other,
}

impl Chrome {
    /// A student's frame. `fair`: the fair that queues and device test speak of, if one is
    /// chosen.
    pub fn student(viewer: Viewer<'_>, title: &str, tab: StudentTab, fair: Option<&str>) -> Self {
        let of_fair = |path: &str| match fair {
            Some(fair) => format!("{path}?fair={fair}"),
            None => path.to_owned(),
        };
        let link = |label, href, icon, this| Link {
            label,
            href,
            icon,
            current: tab == this,
            note: "",
        };
        Self {
            role: "学生".to_owned(),
            home: "/fairs",
            links: vec![
                link("招聘会", "/fairs".to_owned(), "fair", StudentTab::Fairs),
                link("我的排队", of_fair("/queues"), "queue", StudentTab::Queues),
                link(
                    "设备测试",
                    of_fair("/device-test"),
                    "device",
                    StudentTab::DeviceTest,
                ),
                link("简历", "/resume".to_owned(), "resume", StudentTab::Resume),
            ],
            ..Self::bare(viewer, title)
        }
    }

    /// The frame of someone with a left menu, on the page at path `here`.
    pub fn with_menu(viewer: Viewer<'_>, title: &str, menu: Menu, here: &str) -> Self {
        let (role, home) = match menu {
            Menu::Member { .. } | Menu::Company | Menu::Uncertified | Menu::Applicant => {
                ("企业成员", "/company")
            }
            Menu::Guest => ("面试官（来宾）", "/booths"),
            Menu::School => ("就业指导中心", "/school"),
            Menu::Faculty => ("院系就业工作", "/school"),
            Menu::Staff(_) | Menu::Platform => ("平台", "/platform"),
            Menu::Operator => ("运维", "/operator"),
        };
        let role = match menu {
            Menu::Staff(of) => format!("{role} · {}", of.zh()),
            _ => role.to_owned(),
        };
        Self {
            role,
            home,
            menu: menu.groups(here),
            ..Self::bare(viewer, title)
        }
    }

    /// The frame of someone who may sit at a booth.
    pub fn interviewer(interviewer: &Interviewer, title: &str) -> Self {
        let menu = match interviewer.guest_fair {
            Some(_) => Menu::Guest,
            None => Menu::of_member(&interviewer.member),
        };
        Self::with_menu(
            Viewer::of_member(&interviewer.member),
            title,
            menu,
            "/booths",
        )
    }

    /// A company member's frame.
    pub fn member(member: &CompanyMember, title: &str, here: &str) -> Self {
        let menu = Menu::of_member(member);
        Self::with_menu(Viewer::of_member(member), title, menu, here)
    }

    /// The frame of some member of a company, for samples.
    pub fn company(viewer: Viewer<'_>, title: &str, here: &str) -> Self {
        Self::with_menu(viewer, title, Menu::Company, here)
    }

    /// School staff's frame.
    pub fn school(staff: &SchoolStaff, title: &str, here: &str) -> Self {
        let menu = match staff.faculty {
            Some(_) => Menu::Faculty,
            None => Menu::School,
        };
        Self::with_menu(Viewer::of_staff(staff), title, menu, here)
    }

    /// Platform staff's frame.
    pub fn platform(staff: &PlatformStaff, title: &str, here: &str) -> Self {
        let menu = Menu::Staff(staff.role);
        Self::with_menu(Viewer::of_platform(staff), title, menu, here)
    }

    /// Puts a short note at the menu's link to `path`.
    pub fn note(&mut self, path: &str, note: &'static str) {
        let links = self.menu.iter_mut().flat_map(|group| &mut group.links);
        for link in links.filter(|link| link.href == path) {
            link.note = note;
        }
    }

    fn bare(viewer: Viewer<'_>, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            school: viewer.school.to_owned(),
            name: viewer.name.to_owned(),
            role: String::new(),
            home: "/",
            csrf: viewer.csrf.to_owned(),
            unread: viewer.unread,
            links: Vec::new(),
            menu: Vec::new(),
        }
    }

    /// How many messages are unread, for the place beside the bell.
    pub fn unread_words(&self) -> String {
        match self.unread {
            ..=99 => self.unread.to_string(),
            100.. => "99+".to_owned(),
        }
    }

    /// First character of the name, for the avatar.
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// The first character of a name, for avatars and company marks.
pub fn initial(name: &str) -> String {
    name.chars().next().map(String::from).unwrap_or_default()
}

/// One of four grounds for a company's mark; the pages' script works out the same one.
pub fn tone(name: &str) -> u32 {
    name.chars()
        .fold(0, |sum: u32, letter| (sum * 31 + u32::from(letter)) % 9973)
        % 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_one_of_four_grounds() {
        assert!(tone("澄源半导体（示例）") < 4);
        assert_eq!(tone(""), 0);
        assert_eq!(initial("欧阳"), "欧");
    }
}
