//! Routes.
//!
//! | letter | answer |
//! |---|---|
//! | `o` | served, or led on to a page that is this person's |
//! | `L` | to the login form; 401 below `/api/` |
//! | `x` | 403: not for this role |
//! | `n` | 404: it is there, but not this person's |
//! | `b` | let in, and then what was sent was refused: 422, or 404 for a thing that nobody has |
//! | `c` | let in, and then 409 or 429 |

use std::collections::BTreeMap;

use portal::web::routes::Route;
use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Method, StatusCode};

use crate::people::Cast;
use crate::site::{Site, location};
use crate::table::{self, Report};

/// Every route with the letter of each role.
pub const TABLE: &str = include_str!("routes.txt");

/// An id that nothing has.
pub const NOTHING: &str = "01a20000-0000-7000-8000-000000000000";

/// Walks every route with every role.
pub async fn walk(site: &Site, cast: &Cast, filter: &str, report: &mut Report) {
    let rows = table::read(TABLE);
    let routes = portal::routes(true);
    let names: Vec<String> = routes.list().iter().map(name).collect();
    if filter.is_empty() {
        report.compare_names(names.iter().map(String::as_str), &rows, "route");
    }
    for route in routes.list() {
        let name = name(route);
        if let Some(letters) = rows.get(&name).filter(|_| name.contains(filter)) {
            for (role, expected) in letters.iter().enumerate() {
                // Each pair has a session of its own: one that ends sessions spoils no other.
                let cookie = cast.cookie(site, role).await;
                let known = !matches!(expected, 'b' | 'c');
                let path = fill(route.path, &cast.things, known);
                let found = ask(site, &route.method, &path, &cookie, *expected).await;
                report.note(&name, role, *expected, found);
            }
        }
    }
}

/// Prints how each route without a row answers, as a row to be judged.
#[expect(clippy::print_stdout, reason = "what was asked to be printed")]
pub async fn propose(site: &Site, cast: &Cast) {
    let rows = table::read(TABLE);
    let routes = portal::routes(true);
    for route in routes
        .list()
        .iter()
        .filter(|route| !rows.contains_key(&name(route)))
    {
        let reads = route.method == Method::GET;
        let expected = if reads || !route.path.contains('{') {
            'o'
        } else {
            'b'
        };
        let path = fill(route.path, &cast.things, reads);
        let mut letters = String::new();
        for role in 0..table::ROLES.len() {
            if [1, 4, 10, 13, 17].contains(&role) {
                letters.push(' ');
            }
            let cookie = cast.cookie(site, role).await;
            letters.push(ask(site, &route.method, &path, &cookie, expected).await);
        }
        println!("{}  {letters}", name(route));
    }
}

fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// The path with the things of the cast, or with ids that nothing has where the role is let in to
/// act: its action must not spoil the cast.
fn fill(template: &str, things: &BTreeMap<&'static str, String>, known: bool) -> String {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (word, behind) = after.split_once('}').unwrap();
        let key = format!(
            "{}{{{word}}}",
            &template[..template.len() - rest.len() + before.len()]
        );
        let thing = things
            .get(key.as_str())
            .or_else(|| things.get(word.trim_start_matches('*')))
            .filter(|_| known || word == "*path");
        path.push_str(before);
        path.push_str(thing.map_or(NOTHING, String::as_str));
        rest = behind;
    }
    path + rest
}

async fn ask(site: &Site, method: &Method, path: &str, cookie: &str, expected: char) -> char {
    let mut request = site
        .client
        .request(method.clone(), site.url(path))
        .header(COOKIE, cookie);
    if *method != Method::GET {
        let json = path.starts_with("/api/");
        let kind = if json {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        request = request
            .header(CONTENT_TYPE, kind)
            .body(if json { "{}" } else { "" });
        if !cookie.is_empty() {
            request = request.header("x-csrf-token", site.csrf(cookie).await);
        }
    }
    let response = request.send().await.unwrap();
    match response.status() {
        StatusCode::UNAUTHORIZED => 'L',
        StatusCode::SEE_OTHER if location(&response).starts_with("/login") => 'L',
        StatusCode::OK | StatusCode::SEE_OTHER | StatusCode::NO_CONTENT => 'o',
        StatusCode::FORBIDDEN => 'x',
        // Asked for a thing that nobody has: then being let in shows as this.
        StatusCode::NOT_FOUND if expected == 'b' => 'b',
        StatusCode::NOT_FOUND => 'n',
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => 'b',
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => 'c',
        other => panic!("{method} {path}: {other}"),
    }
}
