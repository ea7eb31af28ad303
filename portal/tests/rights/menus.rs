//! Menus: whatever someone's menu and first page lead to is there for him, and of the platform's
//! menu each role has all that it may open. Students have tabs instead, the same for all of them.

use std::collections::BTreeSet;

use reqwest::StatusCode;

use crate::people::Cast;
use crate::site::{Site, location};
use crate::table::{self, ROLES, Report};
use crate::web;

/// Page of an account of any kind: it has the menu, too.
const ACCOUNT: &str = "/account";
/// How often an address leads on.
const LEADS: usize = 3;

/// Walks the menu of every role.
pub async fn walk(site: &Site, cast: &Cast, filter: &str, report: &mut Report) {
    if !"menus".contains(filter) {
        return;
    }
    let mut menus = Vec::new();
    for role in 0..ROLES.len() {
        menus.push(walk_one(site, cast, role, report).await);
    }
    compare_platform(&menus, report);
}

/// Opens what this role is led to; the result is his menu.
async fn walk_one(site: &Site, cast: &Cast, role: usize, report: &mut Report) -> BTreeSet<String> {
    let cookie = cast.cookie(site, role).await;
    if cookie.is_empty() || ROLES[role].contains("student") {
        return BTreeSet::new();
    }
    let (_, home) = follow(site, "/", &cookie).await;
    let menu = hrefs(menu_of(&home));
    let account = site.get(ACCOUNT, &cookie).await.text().await.unwrap();
    if hrefs(menu_of(&account)) != menu || menu.is_empty() {
        let fault = "no menu, or another one on the page of his account";
        report.faults.push(format!("{}: {fault}", ROLES[role]));
    }
    for path in menu.union(&hrefs(&home)) {
        let (status, _) = follow(site, path, &cookie).await;
        let found = if status == StatusCode::OK { 'o' } else { 'x' };
        report.note(&format!("link to {path}"), role, 'o', found);
    }
    menu
}

/// What a role of the platform may open stands in its menu if it stands in that of any.
fn compare_platform(menus: &[BTreeSet<String>], report: &mut Report) {
    let staff: Vec<usize> = (0..ROLES.len())
        .filter(|role| ROLES[*role].starts_with("platform "))
        .collect();
    let all: BTreeSet<&String> = staff.iter().flat_map(|role| &menus[*role]).collect();
    let rows = table::read(web::TABLE);
    for path in all {
        let Some(letters) = rows.get(&format!("GET {path}")) else {
            report
                .faults
                .push(format!("link of a menu without a row: {path}"));
            continue;
        };
        for role in &staff {
            let found = if menus[*role].contains(path) {
                'o'
            } else {
                'x'
            };
            report.note(&format!("menu with {path}"), *role, letters[*role], found);
        }
    }
}

/// The page behind an address that may lead on.
async fn follow(site: &Site, path: &str, cookie: &str) -> (StatusCode, String) {
    let mut path = path.to_owned();
    for _ in 0..LEADS {
        let answer = site.get(&path, cookie).await;
        if answer.status() != StatusCode::SEE_OTHER {
            return (answer.status(), answer.text().await.unwrap());
        }
        location(&answer).clone_into(&mut path);
    }
    panic!("no page, but {path}");
}

/// The main menu of a page; empty: it has none.
fn menu_of(html: &str) -> &str {
    let (_, behind) = html.split_once("aria-label=\"主菜单\"").unwrap_or_default();
    behind.split("</nav>").next().unwrap_or_default()
}

/// Where the links of a piece of a page lead on this site.
fn hrefs(html: &str) -> BTreeSet<String> {
    html.split("<a ")
        .skip(1)
        .filter_map(|link| {
            let (tag, _) = link.split_once('>')?;
            let (_, address) = tag.split_once("href=\"")?;
            let (path, _) = address.split_once('"')?;
            path.starts_with('/').then(|| path.replace("&#38;", "&"))
        })
        .collect()
}
