//! The demo fair as the tests use it: who there is and how to enter as one of them.

/// The one-click link of a demo person, on that person's own host.
#[must_use]
pub fn enter(http: &str, who: &str) -> String {
    let port = http.rsplit(':').next().unwrap_or_default();
    format!("http://{who}.localhost:{port}/demo/enter/{who}")
}

/// A page of a demo person, on that person's own host.
#[must_use]
pub fn at(http: &str, who: &str, path: &str) -> String {
    let port = http.rsplit(':').next().unwrap_or_default();
    format!("http://{who}.localhost:{port}{path}")
}
