//! One-click links. Each person's link has a host of its own (`student-01.localhost`), so that
//! cookies stay apart and one browser can be several people.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, Response};

use super::pages::{DemoGroup, DemoLink, DemoPage};
use super::{applicants, data, schools, seed};
use crate::accounts::rules::{self, LoginName};
use crate::accounts::{enter as begin_session, store};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// `GET /demo`
pub(super) async fn page(headers: HeaderMap) -> PageResult<Html<String>> {
    let page = DemoPage {
        fair: data::FAIR.to_owned(),
        groups: groups(port(&headers)),
    };
    Ok(Html(page.render()?))
}

/// `GET /demo/enter/{who}`: signs in as that person and leads to his first page. It writes on a
/// GET, which only a demo on loopback may.
pub(super) async fn enter(
    State(state): State<AppState>,
    Path(who): Path<String>,
    headers: HeaderMap,
) -> PageResult<Response> {
    let name = LoginName::Email(seed::email(&who));
    let row = store::find_login(&state.db, &name)
        .await?
        .ok_or(PageError::NotFound)?;
    begin_session(&state, row.id, &headers, rules::home_path(row.kind)).await
}

/// The port that the browser used.
fn port(headers: &HeaderMap) -> &str {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.rsplit_once(':'))
        .map_or("80", |(_, port)| port)
}

/// Short names and names of everyone of the demo, by role.
pub(super) fn people() -> Vec<(&'static str, Vec<(String, String)>)> {
    let groups = groups("80").into_iter();
    let people = |entries: Vec<DemoLink>| {
        let pairs = entries.into_iter().map(|link| (link.who, link.name));
        pairs.collect()
    };
    groups
        .map(|group| (group.title, people(group.entries)))
        .collect()
}

/// Everyone of the demo by role; each link has a host of its own.
fn groups(port: &str) -> Vec<DemoGroup> {
    let link = |who: String, name: &str, headline: String| DemoLink {
        url: format!("http://{who}.localhost:{port}/demo/enter/{who}"),
        who,
        name: name.to_owned(),
        headline,
    };
    let seats = data::companies()
        .iter()
        .flat_map(|company| company.seats.iter().map(move |seat| (company, seat)))
        .enumerate();
    let interviewers = seats.map(|(index, (company, seat))| {
        let headline = format!("{} · {}", company.number, company.name);
        link(seed::interviewer_who(index), &seat.nickname, headline)
    });
    let students = data::students().iter().enumerate().map(|(index, student)| {
        let headline = format!("{} · {}", student.faculty, student.degree.zh());
        link(seed::student_who(index), &student.name, headline)
    });
    let other = link(
        "other-student".to_owned(),
        "苏念",
        schools::OTHER.1.to_owned(),
    );
    let staff = [
        ("school", "何老师", "就业指导中心 · 校级"),
        ("faculty", "阮老师", "微电子学院 · 院系"),
        ("school-2", "秦老师", schools::OTHER.1),
    ]
    .map(|(who, name, headline)| link(who.to_owned(), name, headline.to_owned()));
    let applicants = applicants::PEOPLE
        .iter()
        .map(|(who, name, headline)| link((*who).to_owned(), name, (*headline).to_owned()));
    let platform = seed::PLATFORM_STAFF
        .iter()
        .map(|(who, role, name)| link((*who).to_owned(), name, format!("平台 · {}", role.zh())));
    let operator = link("operator".to_owned(), "值班运维", "运维组".to_owned());
    let group = |title, hint, entries| DemoGroup {
        title,
        hint,
        entries,
    };
    vec![
        group(
            "面试官",
            "处理申请、叫号、面试、写评价",
            interviewers.collect(),
        ),
        group(
            "企业申请人",
            "等待企业认证，或等待加入公司",
            applicants.collect(),
        ),
        group(
            "学生",
            "申请、排队、面试",
            students.chain([other]).collect(),
        ),
        group("学校", "看全场、审核、名单、公告", staff.to_vec()),
        group(
            "平台与运维",
            "审核企业、维护规则、处理投诉、看运行状况",
            platform.chain([operator]).collect(),
        ),
    ]
}
