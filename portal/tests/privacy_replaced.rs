//! What is replaced or taken back goes: its links at once, its bytes with the next sweep.

#![expect(clippy::unwrap_used, reason = "tests")]

mod companies_site;
mod site;

use companies_site::{Form, certify_form};
use portal::ids::FileId;
use portal::reviews::{Decision, Inbox};
use portal::{Mode, files};
use reqwest::StatusCode;
use site::forms::{field, pdf, png};
use site::{Site, location};

const COMPANY: &str = "澄源半导体（示例）";
const ADMIN: &str = "interviewer-01";
const CERTIFICATION: &str = "/company/certification";

/// An upload that is really there: what a form names it by.
async fn upload(site: &Site, who: &str, purpose: &str) -> String {
    let bytes = if purpose == "resume" { pdf() } else { png() };
    let (status, answer) = site.upload(who, (purpose, "x"), bytes).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["reference"].as_str().unwrap().to_owned()
}

/// What a link to an upload answers, if someone gets one.
async fn shown(site: &Site, reference: &str) -> StatusCode {
    let state = &site.running.state;
    let id: FileId = reference.split('.').next().unwrap().parse().unwrap();
    let link = files::link(state, id, state.now_ms());
    site.get(&link, "").await.status()
}

/// Which of the uploads are still to be had.
async fn there(site: &Site, references: &[&str]) -> Vec<bool> {
    let mut there = Vec::new();
    for reference in references {
        let status = shown(site, reference).await;
        assert!(matches!(status, StatusCode::OK | StatusCode::NOT_FOUND));
        there.push(status == StatusCode::OK);
    }
    there
}

/// Sweeps; says how many files went, and how many objects are left.
async fn sweep(site: &Site) -> (u64, usize) {
    let state = &site.running.state;
    let swept = files::sweep::sweep(&state.db, &state.files, 24, state.now_ms());
    (
        swept.await.unwrap(),
        objects(&state.config.objects().folder),
    )
}

/// Files below a folder.
fn objects(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let count = entries.map(|entry| match entry.file_type().unwrap().is_dir() {
        true => objects(&entry.path()),
        false => 1,
    });
    count.sum()
}

#[tokio::test]
async fn an_avatar_that_is_replaced_goes() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let save = async |pairs: &[(&str, &str)]| {
        let version = field(&site.page("/account", &student).await, "version");
        let form = [&[("nickname", "小若"), ("version", &version)], pairs].concat();
        let saved = site.send("/account", &student, &form).await;
        assert_eq!(location(&saved), "/account?saved=1");
    };
    let first = upload(&site, &student, "avatar").await;
    save(&[("avatar", &first)]).await;
    save(&[]).await;
    assert_eq!(
        shown(&site, &first).await,
        StatusCode::OK,
        "it stays as it is"
    );
    let second = upload(&site, &student, "avatar").await;
    save(&[("avatar", &second)]).await;
    assert_eq!(there(&site, &[&first, &second]).await, [false, true]);
    assert_eq!(sweep(&site).await, (1, 1));
    save(&[("remove_avatar", "1")]).await;
    assert_eq!(shown(&site, &second).await, StatusCode::NOT_FOUND);
    assert_eq!(sweep(&site).await, (1, 0));
    site.end().await;
}

#[tokio::test]
async fn pictures_of_a_brand_that_are_replaced_go() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let pictures = async |purpose: &str| {
        [
            upload(&site, &admin, purpose).await,
            upload(&site, &admin, purpose).await,
        ]
    };
    let ([logo, new_logo], [one, two]) = (pictures("logo").await, pictures("album").await);
    let [three, _loose] = pictures("album").await;
    let form = Form::new(&[("version", "0"), ("scale", "L4"), ("logo", &logo)])
        .with("album_1", &one)
        .with("album_2", &two);
    let saved = site.submit("/company/brand", &admin, &form).await;
    assert_eq!(location(&saved), "/company/brand?saved=1");
    let all = [&logo, &new_logo, &one, &two, &three].map(String::as_str);
    assert_eq!(there(&site, &all).await, [true; 5]);

    let stale = form.clone().with("logo", &new_logo);
    let answer = site.submit("/company/brand", &admin, &stale).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(there(&site, &all).await, [true; 5], "nothing was saved");

    let next = stale
        .with("version", "1")
        .with("album_1", &two)
        .with("album_2", &three);
    let saved = site.submit("/company/brand", &admin, &next).await;
    assert_eq!(location(&saved), "/company/brand?saved=1");
    assert_eq!(
        there(&site, &all).await,
        [false, true, false, true, true],
        "one picture only moved"
    );
    assert_eq!(sweep(&site).await, (2, 4), "three in use, one loose");
    site.end().await;
}

#[tokio::test]
async fn papers_of_a_change_go_with_it_and_those_that_were_decided_stay() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let company = site.company(COMPANY).await;
    let hand_in = async |licence: &str| {
        let form = certify_form("澄源微电子（示例）", "91430100MADEM0011E", "");
        let form = form.with("licence", licence);
        let answer = site.submit(CERTIFICATION, &admin, &form).await;
        assert_eq!(location(&answer), CERTIFICATION);
    };
    let decide = async |decision: Decision| {
        let review = site.review("recertification", company).await;
        let desk = Inbox::Platform;
        site.decide(&review, desk, "platform", &decision).await;
    };
    let reason = || "看不清".to_owned();
    let mut papers = Vec::new();
    for _ in 0..4 {
        papers.push(upload(&site, &admin, "licence").await);
    }
    let [taken_back, unclear, refused, good] = &papers[..] else {
        panic!("four papers");
    };
    hand_in(taken_back).await;
    let withdraw = format!("{CERTIFICATION}/withdraw");
    let answer = site.submit(&withdraw, &admin, &Form::default()).await;
    assert_eq!(location(&answer), CERTIFICATION);
    let page = site.html(CERTIFICATION, &admin).await;
    assert!(!page.contains(taken_back.as_str()), "not offered again");
    hand_in(unclear).await;
    decide(Decision::Return { reason: reason() }).await;
    assert_eq!(there(&site, &[taken_back, unclear]).await, [false, true]);
    hand_in(refused).await;
    decide(Decision::Reject { reason: reason() }).await;
    hand_in(good).await;
    decide(Decision::Approve).await;
    let all: Vec<&str> = papers.iter().map(String::as_str).collect();
    assert_eq!(there(&site, &all).await, [false, false, true, true]);
    assert_eq!(sweep(&site).await, (2, 2));
    site.end().await;
}

#[tokio::test]
async fn a_letter_goes_with_its_claim_or_when_a_clearer_one_replaces_it() {
    let site = Site::start(Mode::Demo).await;
    let hr = site.enter("interviewer-02").await;
    let company = site.company(COMPANY).await;
    let claim = async |letter: &str| {
        let form = Form::new(&[("letter", letter)]);
        let answer = site.submit("/company/claim", &hr, &form).await;
        assert_eq!(location(&answer), "/company/claim");
    };
    let [first, unclear, clear] = [
        upload(&site, &hr, "letter").await,
        upload(&site, &hr, "letter").await,
        upload(&site, &hr, "letter").await,
    ];
    claim(&first).await;
    let withdraw = "/company/claim/withdraw";
    let answer = site.submit(withdraw, &hr, &Form::default()).await;
    assert_eq!(location(&answer), "/company/claim");
    claim(&unclear).await;
    let review = site.review("admin_claim", company).await;
    let back = Decision::Return {
        reason: "公章不清晰".to_owned(),
    };
    site.decide(&review, Inbox::Platform, "platform", &back)
        .await;
    // Handed in again as it is, it stays; only another one takes its place.
    claim(&unclear).await;
    assert_eq!(there(&site, &[&first, &unclear]).await, [false, true]);
    let review = site.review("admin_claim", company).await;
    site.decide(&review, Inbox::Platform, "platform", &back)
        .await;
    claim(&clear).await;
    let all = [&first, &unclear, &clear].map(String::as_str);
    assert_eq!(there(&site, &all).await, [false, false, true]);
    assert_eq!(sweep(&site).await, (2, 1));
    site.end().await;
}
