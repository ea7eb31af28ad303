//! The platform's home for those who are not signed in: which schools there are.

use askama::Template;
use axum::response::Html;

use crate::config::SiteConfig;
use crate::schools::store::{self, School};
use crate::schools::text;
use crate::state::AppState;
use crate::web::PageResult;

/// `/`: the schools, with a search.
#[derive(Debug, Template)]
#[template(path = "site/front.html")]
pub struct FrontPage {
    /// Who runs the platform.
    pub site: SiteConfig,
    /// What is searched for; may be empty.
    pub q: String,
    /// The schools.
    pub schools: Vec<School>,
}

impl FrontPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let other = School {
            code: "other".to_owned(),
            name: "湘滨师范学院（示例）".to_owned(),
            intro: String::new(),
            province_code: "43".to_owned(),
            ..School::sample()
        };
        Self {
            site: SiteConfig::sample(),
            q: String::new(),
            schools: vec![School::sample(), other],
        }
    }
}

/// The list of schools with `q` in their names.
pub(crate) async fn front(state: &AppState, q: &str) -> PageResult<Html<String>> {
    let q = text::cut(q, 30);
    let page = FrontPage {
        site: state.config.site.clone(),
        schools: store::open_ones(&state.db, &q).await?,
        q,
    };
    Ok(Html(page.render()?))
}
