//! The list of students, with filters in the address.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use formats::text::masked_mobile;
use serde::Deserialize;

use super::super::rules::{Degree, Standing};
use super::store::{self, Filter, Listed};
use crate::accounts::SchoolStaff;
use crate::layout::{Chrome, Menu, Paging, Viewer};
use crate::schools::text;
use crate::state::AppState;
use crate::web::PageResult;

/// Students on a page.
const PER_PAGE: i64 = 50;
/// Its place in the menu.
pub(in super::super) const HERE: &str = "/school/students";
/// Words of the state: value and label.
const STATES: [(&str, &str); 3] = [
    ("registered", "已注册"),
    ("unregistered", "未注册"),
    ("unverified", "待核验"),
];

/// `/school/students`
#[derive(Debug, Template)]
#[template(path = "students/list.html")]
pub struct StudentsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The filters.
    pub filter: Filter,
    /// Faculties, for the choice; only one for 院系 staff.
    pub faculties: Vec<String>,
    /// Years, for the choice.
    pub years: Vec<i64>,
    /// This page of them.
    pub students: Vec<Listed>,
    /// The other pages.
    pub paging: Paging,
    /// 校级 staff?
    pub office: bool,
}

impl StudentsPage {
    /// Degrees, for the choice.
    pub fn degrees(&self) -> [(&'static str, &'static str); 5] {
        Degree::ALL.map(|degree| (degree.as_str(), degree.zh()))
    }

    /// Standings, for the choice.
    pub fn standings(&self) -> [(&'static str, &'static str); 3] {
        Standing::ALL.map(|standing| (standing.as_str(), standing.zh()))
    }

    /// States, for the choice.
    pub fn states(&self) -> [(&'static str, &'static str); 3] {
        STATES
    }

    /// A mobile number as staff see it.
    pub fn masked(&self, mobile: &str) -> String {
        masked_mobile(mobile)
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let other = Listed {
            claimed: false,
            mobile: String::new(),
            ..Listed::sample()
        };
        let unknown = Listed {
            verified_ms: None,
            student_no: "待核验-3f9a21c07b".to_owned(),
            name: "李𠅤".to_owned(),
            ..Listed::sample()
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "学生", Menu::School, HERE),
            filter: Filter {
                year: 2027,
                ..Filter::default()
            },
            faculties: vec!["微电子学院".to_owned(), "计算机学院".to_owned()],
            years: vec![2027, 2026],
            students: vec![Listed::sample(), other, unknown],
            paging: Paging::new(HERE, &[("year", "2027")], 2, (131, PER_PAGE)),
            office: true,
        }
    }
}

impl Listed {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            account_id: crate::ids::AccountId::new(),
            student_no: "2025100001".to_owned(),
            name: "古丽娜尔·阿布都热西提".to_owned(),
            degree: Degree::Master,
            faculty: "微电子学院".to_owned(),
            major: "集成电路工程".to_owned(),
            class_name: "集成 2401".to_owned(),
            grad_year: 2027,
            standing: Standing::Enrolled,
            verified_ms: Some(0),
            verified_by: "roster".to_owned(),
            version: 1,
            mobile: "13800000001".to_owned(),
            claimed: true,
            last_login_ms: Some(1_795_305_600_000),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    faculty: String,
    degree: String,
    year: String,
    standing: String,
    state: String,
    q: String,
    page: String,
}

impl Asked {
    /// The filters; words that are none count as not asked for.
    fn filter(&self) -> Filter {
        let degree = self.degree.parse::<Degree>();
        let standing = self.standing.parse::<Standing>();
        let state = STATES.iter().find(|(word, _)| *word == self.state);
        Filter {
            faculty: text::cut(&self.faculty, 60),
            degree: degree.map_or(String::new(), |degree| degree.to_string()),
            year: self.year.parse().unwrap_or(0),
            standing: standing.map_or(String::new(), |standing| standing.to_string()),
            state: state.map_or(String::new(), |(word, _)| (*word).to_owned()),
            q: text::cut(&self.q, 40),
        }
    }
}

/// `GET /school/students`
pub(super) async fn show(
    State(state): State<AppState>,
    staff: SchoolStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let (db, filter) = (&state.db, asked.filter());
    let total = store::count(db, &staff, &filter).await?;
    let year = if filter.year == 0 {
        String::new()
    } else {
        filter.year.to_string()
    };
    let pairs = [
        ("faculty", filter.faculty.as_str()),
        ("degree", &filter.degree),
        ("year", &year),
        ("standing", &filter.standing),
        ("state", &filter.state),
        ("q", &filter.q),
    ];
    let asked_page = asked.page.parse().unwrap_or(1);
    let paging = Paging::new(HERE, &pairs, asked_page, (total, PER_PAGE));
    let faculties = match &staff.faculty {
        Some(own) => vec![own.clone()],
        None => store::faculties(db, staff.school).await?,
    };
    let page = StudentsPage {
        chrome: Chrome::school(&staff, "学生", HERE),
        students: store::list(db, &staff, &filter, (PER_PAGE, paging.offset(PER_PAGE))).await?,
        filter,
        faculties,
        years: store::grad_years(db, staff.school).await?,
        paging,
        office: staff.faculty.is_none(),
    };
    Ok(Html(page.render()?))
}
