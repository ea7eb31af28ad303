//! Every page with sample data: each must render. To look at them, set `PINHUI_SAMPLES` to a
//! folder, and the test writes them there.

mod access;
mod companies;
mod live;
mod notifications;
mod privacy;
mod reviews;
mod schools;

/// Name and rendered page.
type Sample = (&'static str, askama::Result<String>);

fn all() -> Vec<Sample> {
    [
        live::pages(),
        access::pages(),
        companies::pages(),
        notifications::pages(),
        privacy::pages(),
        reviews::pages(),
        schools::pages(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Neither script nor style stands inside a page: the content policy would not run it.
fn inline(html: &str) -> bool {
    html.contains("<script>") || html.contains("<style") || html.contains(" style=")
}

#[test]
fn every_page_renders_with_sample_data() {
    let folder = std::env::var_os("PINHUI_SAMPLES").map(std::path::PathBuf::from);
    for (name, html) in all() {
        let html = html.unwrap();
        assert!(!inline(&html), "{name} has inline script or style");
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
    }
}

#[test]
fn every_asset_that_a_page_names_exists() {
    for (name, html) in all() {
        let html = html.unwrap();
        for part in html.split("/static/").skip(1) {
            let path = part.split(['"', '#']).next().unwrap_or_default();
            assert!(path.contains("?h="), "{name}: no such file: {path}");
        }
    }
}
