//! Uploads and the links that show them, over real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base::clock::Clock;
use futures_util::{StreamExt, stream};
use outside::emulators::scanner::eicar;
use outside::objects::StoreKind;
use outside::objects::emulator::{Emulator, Settings};
use portal::{Mode, files};
use reqwest::{Body, StatusCode};
use site::forms::{STRANGER, href, pdf, png};
use site::{Site, location};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const NOW: i64 = 1_795_305_600_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[tokio::test]
async fn an_upload_that_lies_about_its_type_is_refused_with_what_was_found() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let cases = [
        (
            "resume",
            "简历.pdf",
            png(),
            "文件内容是 PNG 图片，这里只接受 PDF 文件",
        ),
        ("avatar", "我.png", pdf(), "文件内容是 PDF 文件，这里只接受"),
        (
            "avatar",
            "我.png",
            b"<html><script>1</script></html>".to_vec(),
            "这里只接受",
        ),
        ("avatar", "我.png", Vec::new(), "文件是空的"),
        (
            "avatar",
            "我.png",
            png()[..40].to_vec(),
            "文件不完整或已损坏",
        ),
    ];
    for (purpose, name, bytes, text) in cases {
        let (status, answer) = site.upload(&student, (purpose, name), bytes).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        let told = answer["fields"]["file"].as_str().unwrap();
        assert!(told.contains(text), "{told}");
    }
    let rows = site.number("SELECT COUNT(*) FROM files").await;
    assert_eq!(rows, 0, "what was refused leaves nothing");
    let (status, answer) = site
        .upload(&student, ("resume", "../我的 简历.pdf"), pdf())
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(
        (&answer["name"], &answer["bytes"]),
        (&"我的 简历.pdf".into(), &pdf().len().into())
    );
    let (status, _) = site.upload(&student, ("wallpaper", "x"), png()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    site.end().await;
}

/// A PDF as the sniffer wants it, with the test string of all scanners in a comment.
fn infected() -> Vec<u8> {
    let whole = String::from_utf8(pdf()).unwrap();
    let (head, rest) = whole.split_once('\n').unwrap();
    let middle = String::from_utf8(eicar()).unwrap();
    format!("{head}\n% {middle}\n{rest}").into_bytes()
}

/// Nothing is kept: no row, no object, no temporary file.
async fn assert_nothing_kept(site: &Site) {
    assert_eq!(site.number("SELECT COUNT(*) FROM files").await, 0);
    let mut folders = vec![site.running.state.config.objects().folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            assert!(entry.file_type().unwrap().is_dir(), "{:?}", entry.path());
            folders.push(entry.path());
        }
    }
}

#[tokio::test]
async fn malware_is_refused_and_nothing_of_it_is_kept() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    for (who, file) in [
        (&student[..], ("resume", "简历.pdf")),
        ("", ("licence", "执照.pdf")),
    ] {
        let (status, answer) = site.upload(who, file, infected()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        let told = "文件未通过安全检查，请换一个文件；页面上已填写的内容不会丢失";
        assert_eq!(answer["fields"]["file"], told);
    }
    assert_nothing_kept(&site).await;
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let figures = figures.text().await.unwrap();
    for line in [
        r#"pinhui_uploads_total{outcome="infected",purpose="resume"} 1"#,
        r#"pinhui_scans_total{outcome="found"} 2"#,
        "pinhui_scan_seconds_count 2",
    ] {
        assert!(figures.contains(line), "{line}");
    }
    let (status, answer) = site.upload(&student, ("resume", "简历.pdf"), pdf()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    site.end().await;
}

#[tokio::test]
async fn without_an_answer_of_the_scanner_nothing_is_taken() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let site = Site::start_with(Mode::Demo, |config| {
        config.files.scanner.address = format!("tcp://{address}");
    })
    .await;
    let student = site.enter("student-01").await;
    let (status, answer) = site.upload(&student, ("resume", "简历.pdf"), pdf()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let told = "文件安全检查暂时不可用，请 1 分钟后再试，页面上已填写的内容不会丢失";
    assert_eq!(answer["fields"]["file"], told);
    let waits = wait_s(&site, "/api/files?purpose=avatar&name=x.png", &student).await;
    assert_eq!(waits, (StatusCode::SERVICE_UNAVAILABLE, "60".to_owned()));
    assert_nothing_kept(&site).await;
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let figures = figures.text().await.unwrap();
    for line in [
        r#"pinhui_uploads_total{outcome="scanner_down",purpose="resume"} 1"#,
        r#"pinhui_scans_total{outcome="unreachable"} 2"#,
    ] {
        assert!(figures.contains(line), "{line}");
    }
    site.end().await;
}

#[tokio::test]
async fn two_hundred_megabytes_are_cut_off_early() {
    const CHUNK: usize = 64 * 1024;
    const WHOLE: u64 = 200 * 1024 * 1024;
    const CAP: u64 = 10 * 1024 * 1024;
    // What the sockets of both sides may hold beyond what was read.
    const SLACK: u64 = 16 * 1024 * 1024;
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let sent = Arc::new(AtomicU64::new(0));
    let counter = sent.clone();
    let chunks = stream::iter(0..WHOLE / CHUNK as u64).map(move |_| {
        counter.fetch_add(CHUNK as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>(vec![7_u8; CHUNK])
    });
    let csrf = site.csrf(&student).await;
    let answer = site
        .client
        .post(site.url("/api/files?purpose=resume&name=x.pdf"))
        .header("cookie", &student)
        .header("x-csrf-token", csrf)
        .body(Body::wrap_stream(chunks))
        .send()
        .await;
    // The server answers and closes; whether the answer or the closed socket is seen first is the
    // client's luck.
    if let Ok(answer) = answer {
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    let sent = sent.load(Ordering::Relaxed);
    assert!(
        (CAP..CAP + SLACK).contains(&sent),
        "{sent} bytes were taken"
    );
    assert_eq!(site.number("SELECT COUNT(*) FROM files").await, 0);
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let line = r#"pinhui_uploads_total{outcome="too_large",purpose="resume"} 1"#;
    assert!(figures.text().await.unwrap().contains(line));
    site.end().await;
}

#[tokio::test]
async fn a_length_over_the_cap_is_refused_before_a_byte_is_read() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let bytes = vec![0_u8; 2 * 1024 * 1024 + 1];
    let (status, answer) = site.upload(&student, ("avatar", "x.png"), bytes).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["fields"]["file"], "文件超过 2 MB，请压缩后再上传");
    site.end().await;
}

#[tokio::test]
async fn strangers_upload_licences_only_and_not_too_many() {
    let site = Site::start_with(Mode::Serve, |c| c.files.stranger_uploads = 2).await;
    for purpose in ["resume", "avatar", "evidence"] {
        let (status, _) = site.upload("", (purpose, "x"), png()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{purpose}");
    }
    for purpose in ["licence", "letter"] {
        let (status, _) = site.upload("", (purpose, "执照.png"), png()).await;
        assert_eq!(status, StatusCode::OK, "{purpose}");
    }
    let (status, answer) = site.upload("", ("licence", "x.png"), png()).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
    let told = answer["fields"]["file"].as_str().unwrap();
    assert!(told.contains("请 10 分钟后再试"), "{told}");
    site.end().await;
}

/// Rows of loose uploads as if so many MiB had come.
async fn lie_loose(site: &Site, owner: &str, mib: i64) {
    let (bytes, now_ms) = (mib << 20, site.running.state.now_ms());
    let hash = "0".repeat(64);
    site.sql(&format!(
        "INSERT INTO files (id, purpose, owner_id, name, mime, bytes, sha256, object_key, state,
            created_ms, changed_ms)
         VALUES ('{mib}-loose', 'licence', {owner}, 'x.png', 'image/png', {bytes}, '{hash}',
            '{mib}-loose', 'loose', {now_ms}, {now_ms})"
    ))
    .await;
}

/// The seconds that a refused upload is told to wait.
async fn wait_s(site: &Site, path: &str, cookie: &str) -> (StatusCode, String) {
    let request = site.uploading(path, cookie).await;
    let answer = request.body(png()).send().await.unwrap();
    let seconds = answer.headers()["retry-after"].to_str().unwrap();
    (answer.status(), seconds.to_owned())
}

#[tokio::test]
async fn strangers_together_have_a_limit_of_loose_bytes() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Serve, clock.clone(), |config| {
        config.files.stranger_loose_mib = 6;
    })
    .await;
    let licence = async || site.upload("", ("licence", "执照.png"), png()).await;
    // More than sockets hold: the answer is heard although the sender is not done.
    let large = vec![0x5a; 5 << 20];
    assert_eq!(licence().await.0, StatusCode::OK);
    lie_loose(&site, "NULL", 6).await;
    let state = &site.running.state;
    state.files.loose.recount(&state.db).await.unwrap();
    let (status, answer) = licence().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    let told = answer["fields"]["file"].as_str().unwrap();
    assert!(
        told.contains("请 5 分钟后再试，页面上已填写的内容不会丢失"),
        "{told}"
    );
    let (status, _) = site.upload("", ("licence", "x.png"), large).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let waits = wait_s(&site, "/api/files?purpose=letter&name=x.png", "").await;
    assert_eq!(waits, (StatusCode::SERVICE_UNAVAILABLE, "300".to_owned()));
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let figures = figures.text().await.unwrap();
    for line in [
        r#"pinhui_uploads_total{outcome="strangers_full",purpose="licence"} 2"#,
        &format!(
            "pinhui_upload_strangers_loose_bytes {}",
            (6 << 20) + png().len()
        ),
    ] {
        assert!(figures.contains(line), "{line}");
    }
    // As soon as a form took it, there is room again; the next look at the database finds out.
    site.sql("UPDATE files SET state = 'attached' WHERE id = '6-loose'")
        .await;
    clock.advance(MINUTE);
    assert_eq!(licence().await.0, StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn a_stranger_uploads_with_a_proven_number_and_so_much() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Serve, clock.clone(), |config| {
        config.files.stranger_number_mib = 6;
    })
    .await;
    let send = async |proof: &str, bytes: Vec<u8>| {
        let path = site.url("/api/files?purpose=licence&name=x.png");
        let request = site.client.post(path).header("x-number-proof", proof);
        let answer = request.body(bytes).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    // Without one the answer is heard, and nothing is kept.
    let large = || {
        let mut picture = png();
        let end = picture.split_off(33);
        // A chunk of text in between makes it five megabytes.
        let chunk = (5 << 20) - 2_000;
        picture.extend(u32::try_from(chunk).unwrap().to_be_bytes());
        picture.extend(b"tEXt");
        picture.extend(vec![b'x'; chunk + 4]);
        picture.extend(end);
        picture
    };
    let of_another = portal::accounts::codes::proof::issue(
        &portal::web::secret::Signer::from_bytes(&[9; 32]),
        STRANGER,
        NOW,
    );
    for proof in ["", "x", "1795309200000.x.y", of_another.as_str()] {
        let (status, told) = send(proof, large()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{proof}: {told}");
        assert!(told.contains("请先填写手机号并输入短信验证码"), "{told}");
    }
    assert_eq!(site.number("SELECT COUNT(*) FROM files").await, 0);

    let proof = site.number_proof(STRANGER);
    assert_eq!(send(&proof, large()).await.0, StatusCode::OK);
    let (status, told) = send(&site.number_proof(STRANGER), large()).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{told}");
    assert!(
        told.contains("用这个手机号上传的文件太多，请 24 小时后再试"),
        "{told}"
    );
    let other = site.number_proof("13811119998");
    assert_eq!(send(&other, large()).await.0, StatusCode::OK, "has his own");
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let figures = figures.text().await.unwrap();
    for line in [
        r#"pinhui_uploads_total{outcome="unproven",purpose="licence"} 4"#,
        r#"pinhui_window_limits_hit_total{limit="upload_bytes_by_number"} 1"#,
    ] {
        assert!(figures.contains(line), "{line}");
    }
    // Proofs end; the limit goes with the uploads that it bounds.
    clock.advance(2 * HOUR);
    assert_eq!(send(&proof, png()).await.0, StatusCode::FORBIDDEN);
    clock.advance(22 * HOUR);
    let proof = site.number_proof(STRANGER);
    assert_eq!(send(&proof, large()).await.0, StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn an_account_uploads_so_often_and_has_so_much_lying_loose() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |config| {
        config.files.account_uploads = 3;
        config.files.account_loose_mib = 11;
    })
    .await;
    let (student, other) = (
        site.enter("student-01").await,
        site.enter("student-02").await,
    );
    let owner = format!("'{}'", site.account("student-01").await);
    lie_loose(&site, &owner, 11).await;
    let resume = async |who: &str| site.upload(who, ("resume", "简历.pdf"), pdf()).await;
    clock.advance(HOUR);
    let (status, answer) = resume(&student).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
    let told = answer["fields"]["file"].as_str().unwrap();
    for part in ["11 MB", "请先提交正在填写的表单，或 23 小时后再上传"] {
        assert!(told.contains(part), "{told}");
    }
    let path = "/api/files?purpose=avatar&name=x.png";
    let waits = wait_s(&site, path, &student).await;
    assert_eq!(waits, (StatusCode::TOO_MANY_REQUESTS, "82800".to_owned()));
    assert_eq!(resume(&other).await.0, StatusCode::OK, "he has room");
    site.sql("DELETE FROM files WHERE id = '11-loose'").await;
    assert_eq!(resume(&student).await.0, StatusCode::OK);

    let (status, answer) = resume(&student).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
    let told = answer["fields"]["file"].as_str().unwrap();
    assert!(told.contains("上传太频繁，请 10 分钟后再试"), "{told}");
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let line = r#"pinhui_window_limits_hit_total{limit="uploads_by_account"} 1"#;
    assert!(figures.text().await.unwrap().contains(line));
    clock.advance(10 * MINUTE);
    assert_eq!(resume(&student).await.0, StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn an_upload_without_the_forgery_token_is_refused() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    for token in [None, Some("00")] {
        let path = site.url("/api/files?purpose=resume&name=x.pdf");
        let mut request = site
            .client
            .post(path)
            .header("cookie", &student)
            .body(pdf());
        if let Some(token) = token {
            request = request.header("x-csrf-token", token);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }
    site.end().await;
}

/// A student's PDF beside his résumé, and the link on his page.
async fn resume_file(site: &Site, student: &str) -> String {
    let (status, answer) = site
        .upload(student, ("resume", "我的简历.pdf"), pdf())
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let reference = answer["reference"].as_str().unwrap();
    let done = site
        .send("/resume/file", student, &[("file", reference)])
        .await;
    assert_eq!(location(&done), "/resume");
    href(&site.page("/resume", student).await, "/files/")
}

#[tokio::test]
async fn a_link_is_for_its_reader_and_for_five_minutes() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let (student, other) = (
        site.enter("student-01").await,
        site.enter("student-02").await,
    );
    let link = resume_file(&site, &student).await;
    let mine = site.get(&link, &student).await;
    assert_eq!(mine.status(), StatusCode::OK);
    let header = |name: &str| mine.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-disposition").starts_with("attachment; filename="));
    assert_eq!(mine.bytes().await.unwrap(), pdf());
    let forged = [
        format!("{}x", &link[..link.len() - 1]),
        link.replace("?e=1", "?e=2"),
        link.split('?').next().unwrap().to_owned(),
    ];
    for link in &forged {
        let answer = site.get(link, &student).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{link}");
    }
    for reader in ["", &other] {
        let answer = site.get(&link, reader).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{reader}");
    }
    clock.advance(5 * MINUTE);
    assert_eq!(
        site.get(&link, &student).await.status(),
        StatusCode::NOT_FOUND
    );
    let fresh = href(&site.page("/resume", &student).await, "/files/");
    assert_eq!(site.get(&fresh, &student).await.status(), StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn a_reference_is_good_for_its_purpose_and_only_while_the_upload_is_there() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let student = site.enter("student-01").await;
    let upload = async |purpose: &str, bytes: Vec<u8>| {
        let (_, answer) = site.upload(&student, (purpose, "x"), bytes).await;
        answer["reference"].as_str().unwrap().to_owned()
    };
    let licence = upload("licence", pdf()).await;
    for reference in [licence.as_str(), "", "x.y"] {
        let page = site
            .send("/resume/file", &student, &[("file", reference)])
            .await;
        assert_eq!(
            page.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{reference}"
        );
        let html = page.text().await.unwrap();
        assert!(html.contains("请先选择 PDF 文件并等待上传完成"));
    }
    // After a day it is swept, bytes and row.
    let late = upload("resume", pdf()).await;
    clock.advance(24 * HOUR + 1);
    let state = &site.running.state;
    let sweep = async || {
        let now_ms = state.now_ms();
        files::sweep::sweep(&state.db, &state.files, 24, now_ms)
            .await
            .unwrap()
    };
    assert_eq!(sweep().await, 2, "the licence and the late one");
    assert_eq!(site.number("SELECT COUNT(*) FROM files").await, 0);
    let student = site.enter("student-01").await;
    let page = site
        .send("/resume/file", &student, &[("file", &late)])
        .await;
    assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
    // What is part of something stays; what it replaced goes.
    resume_file(&site, &student).await;
    clock.advance(24 * HOUR + 1);
    assert_eq!(sweep().await, 0);
    let student = site.enter("student-01").await;
    resume_file(&site, &student).await;
    assert_eq!(sweep().await, 1, "the older one");
    site.send("/resume/file/remove", &student, &[]).await;
    assert_eq!(sweep().await, 1);
    let stored = walk(&state.config.objects().folder);
    assert_eq!(stored, 0, "no bytes are left");
    site.end().await;
}

/// Files below a folder.
fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| {
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path())
            } else {
                1
            }
        })
        .sum()
}

#[tokio::test]
async fn with_a_bucket_documents_are_fetched_there_and_pictures_pass_through() {
    let settings = Settings::default();
    let emulator = Emulator::start(settings).await.unwrap();
    let s3 = emulator.config();
    let site = Site::start_with(Mode::Demo, |config| {
        config.objects.store = StoreKind::S3;
        config.objects.s3 = s3;
    })
    .await;
    let student = site.enter("student-01").await;
    let link = resume_file(&site, &student).await;
    let answer = site.get(&link, &student).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let elsewhere = location(&answer).to_owned();
    assert!(
        elsewhere.starts_with(&format!("http://{}/", emulator.address())),
        "{elsewhere}"
    );
    let there = reqwest::get(&elsewhere).await.unwrap();
    assert_eq!(there.bytes().await.unwrap(), pdf());
    let (_, answer) = site.upload(&student, ("evidence", "截图.png"), png()).await;
    let reference = answer["reference"].as_str().unwrap();
    let filed = site
        .send(
            "/complaints/new",
            &student,
            &[
                ("category", "other"),
                ("body", "见图"),
                ("evidence1", reference),
            ],
        )
        .await;
    let page = site.page(location(&filed), &student).await;
    let picture = site.get(&href(&page, "/files/"), &student).await;
    assert_eq!(picture.status(), StatusCode::OK);
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert_eq!(picture.headers()["content-disposition"], "inline");
    assert_eq!(picture.bytes().await.unwrap(), png());
    site.end().await;
}

/// What a stranger sends at most: far more than the limit of a licence.
const FLOOD_BYTES: usize = 200 << 20;
/// Of that, at most so much is read by anyone: the limit of a licence, and what sockets hold.
const TAKEN_BYTES: usize = 32 << 20;

/// Sends the head of an upload and then bytes until the other side has had enough. The result is
/// how many went out, and the answer.
async fn flood(site: &Site, head: &str, chunked: bool) -> (usize, String) {
    let address = site.running.http_url();
    let address = address.trim_start_matches("http://").to_owned();
    let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let hear = tokio::spawn(async move {
        let mut answer = vec![0; 4_096];
        let mut length = 0;
        while let Ok(more @ 1..) = reading.read(&mut answer[length..]).await {
            length += more;
        }
        String::from_utf8_lossy(&answer[..length]).into_owned()
    });
    let mut sent = 0;
    let line = "POST /api/files?purpose=licence&name=x.png HTTP/1.1";
    let proof = site.number_proof(STRANGER);
    let head = format!("{line}\r\nhost: {address}\r\nx-number-proof: {proof}\r\n{head}\r\n\r\n");
    let mut going = writing.write_all(head.as_bytes()).await.is_ok();
    let block = vec![0x5a; 1 << 16];
    let within = std::time::Duration::from_secs(20);
    while going && sent < FLOOD_BYTES && !hear.is_finished() {
        let sending = async {
            if chunked {
                writing.write_all(b"10000\r\n").await?;
            }
            writing.write_all(&block).await?;
            if chunked {
                writing.write_all(b"\r\n").await?;
            }
            std::io::Result::Ok(())
        };
        going = matches!(tokio::time::timeout(within, sending).await, Ok(Ok(())));
        sent += block.len();
    }
    drop(writing);
    (sent, hear.await.unwrap())
}

#[tokio::test]
async fn two_hundred_mebibytes_of_a_stranger_are_cut_off_early() {
    let site = Site::start(Mode::Demo).await;
    let told = format!("content-length: {FLOOD_BYTES}");
    for (head, chunked) in [(told.as_str(), false), ("transfer-encoding: chunked", true)] {
        let (sent, answer) = flood(&site, head, chunked).await;
        assert!(sent <= TAKEN_BYTES, "{head}: {sent} bytes went out");
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
            "{head}: {answer}"
        );
    }
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let line = r#"pinhui_uploads_total{outcome="too_large",purpose="licence"} 2"#;
    assert!(figures.text().await.unwrap().contains(line));
    let kept = "SELECT COUNT(*) FROM files WHERE name = 'x.png'";
    assert_eq!(site.number(kept).await, 0);
    site.end().await;
}
