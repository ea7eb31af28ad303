//! Rosters over real HTTP: what is read, what is refused, and taking it twice.

#![expect(clippy::unwrap_used, reason = "tests")]

mod companies_site;
mod site;

use std::time::Duration;

use companies_site::{Form, encode};
use portal::Mode;
use reqwest::StatusCode;
use reqwest::header::COOKIE;
use serde_json::Value;
use site::{Site, location};

const HEAD: &str = "学号,姓名,学历,学院,专业,班级,毕业年份,状态\n";
/// `张三` and so on in GBK, as a spreadsheet in China saves it.
const GBK_ROW: &[u8] = b"GB001,\xd5\xc5\xc8\xfd,\xb1\xbe\xbf\xc6,a,b,c,2027,\r\n";
const GBK_HEAD: &[u8] = b"\xd1\xa7\xba\xc5,\xd0\xd5\xc3\xfb,\xd1\xa7\xc0\xfa,\xd1\xa7\xd4\xba,\xd7\xa8\xd2\xb5,\xb0\xe0\xbc\xb6,\xb1\xcf\xd2\xb5\xc4\xea\xb7\xdd,\xd7\xb4\xcc\xac\r\n";

/// Uploads a file as the page's script does.
async fn upload(site: &Site, cookie: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    let answer = site
        .client
        .post(site.url(&format!(
            "/api/school/roster?name={}",
            encode("名单 <b>.csv")
        )))
        .header(COOKIE, cookie)
        .header("x-csrf-token", site.csrf(cookie).await)
        .body(bytes)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// The page of an upload that was read.
async fn read(site: &Site, cookie: &str, bytes: Vec<u8>) -> String {
    let (status, answer) = upload(site, cookie, bytes).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["page"].as_str().unwrap().to_owned()
}

/// Says yes, and waits for the end.
async fn take(site: &Site, cookie: &str, page: &str) -> String {
    let yes = site.submit(page, cookie, &Form::default()).await;
    assert_eq!(location(&yes), page);
    let done = async {
        loop {
            let text = site.page(page, cookie).await;
            if text.contains("data-testid=\"import-done\"") {
                return text;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), done)
        .await
        .unwrap()
}

fn csv(body: &str) -> Vec<u8> {
    format!("\u{feff}{HEAD}{body}").into_bytes()
}

const GOOD: &str = "R0001,王𬱖,硕士研究生,微电子学院,集成电路,一班,2027届,\nR0002,阿依古丽•买买提,本科,外国语学院,英语,,2027,在读\n";

#[tokio::test]
async fn a_roster_with_a_byte_order_mark_and_rare_characters_is_taken() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let template = site
        .get("/school/students/import/template.csv", &office)
        .await;
    let template = template.bytes().await.unwrap();
    assert!(template.starts_with("\u{feff}学号,姓名,学历".as_bytes()));
    let page = read(&site, &office, csv(GOOD)).await;
    let text = site.page(&page, &office).await;
    assert!(text.contains("确认导入 2 名学生") && text.contains("名单 &#60;b&#62;.csv"));
    let before = site.page("/school/students?q=R000", &office).await;
    assert!(
        before.contains("没有符合条件的学生"),
        "nothing is taken before the yes"
    );
    let done = take(&site, &office, &page).await;
    assert!(done.contains("新增 2 名，更新 0 名"));
    let list = site.page("/school/students?q=R000", &office).await;
    assert!(list.contains("王𬱖") && list.contains("阿依古丽·买买提") && list.contains("未注册"));
    site.end().await;
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing_and_a_changed_one_what_changed() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let first = read(&site, &office, csv(GOOD)).await;
    take(&site, &office, &first).await;
    let again = read(&site, &office, csv(GOOD)).await;
    let text = site.page(&again, &office).await;
    assert!(text.contains("没有需要更新的学生") && !text.contains("data-testid=\"confirm\""));
    let yes = site.submit(&again, &office, &Form::default()).await;
    assert_eq!(yes.status(), StatusCode::CONFLICT);
    let changed = GOOD.replace("一班", "二班").replace("在读", "离校");
    let page = read(&site, &office, csv(&changed)).await;
    let done = take(&site, &office, &page).await;
    assert!(done.contains("新增 0 名，更新 2 名"));
    let list = site.page("/school/students?q=R000", &office).await;
    assert!(list.contains("二班") && list.contains("离校") && list.contains("共 2 条"));
    let old = site.submit(&first, &office, &Form::default()).await;
    assert_eq!(old.status(), StatusCode::CONFLICT, "it has been taken");
    site.end().await;
}

#[tokio::test]
async fn a_file_from_a_spreadsheet_in_gbk_is_read() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let page = read(&site, &office, [GBK_HEAD, GBK_ROW].concat()).await;
    take(&site, &office, &page).await;
    assert!(
        site.page("/school/students?q=GB001", &office)
            .await
            .contains("张三")
    );
    site.end().await;
}

#[tokio::test]
async fn every_bad_row_is_told_and_the_good_ones_are_taken() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let bad = "B1,=1+1,本科,a,b,c,2027,\n,李四,研究僧,a,,c,27,飞升\nR0001,王五,本科,a,b,c,2027,\n2.0E+10,赵六,本科,a,b,c,2027,\nB5,<script>alert(1)</script>,本科,a,b,c,2027,\n";
    let page = read(&site, &office, csv(&format!("{GOOD}{bad}"))).await;
    let text = site.page(&page, &office).await;
    for words in [
        "不能含有公式",
        "请填写学号",
        "无法识别的学历",
        "请填写专业",
        "毕业年份须为四位年份",
        "无法识别的状态",
        "学号与第 2 行重复",
        "科学计数法",
        "姓名不能含有",
        "确认导入 2 名学生",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("<script>alert"));
    let report = site.get(&format!("{page}/faults.csv"), &office).await;
    assert!(
        report.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .contains("faults.csv")
    );
    let report = report.text().await.unwrap();
    assert_eq!(report.lines().count(), 1 + 9, "{report}");
    assert!(
        report.contains("4,姓名,'=1+1,"),
        "the report computes nothing either"
    );
    let done = take(&site, &office, &page).await;
    assert!(
        done.contains("新增 2 名") && done.contains("不能含有公式"),
        "the report stays"
    );
    site.end().await;
}

#[tokio::test]
async fn what_is_no_roster_is_refused_with_its_cause() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let many = format!("{HEAD}{}", "x,y\n".repeat(20_011));
    for (bytes, words) in [
        (Vec::new(), "表格是空的"),
        (b"1,2\n3,4".to_vec(), "没有找到表头"),
        (
            "学号,姓名\n1,张三".as_bytes().to_vec(),
            "表头缺少：学历、学院、专业、毕业年份",
        ),
        (HEAD.as_bytes().to_vec(), "表头下面没有学生"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old".to_vec(), "旧版 .xls"),
        (b"PK\x03\x04broken".to_vec(), "已损坏"),
        (many.into_bytes(), "请分批导入"),
        (vec![b'a'; 8 * 1024 * 1024 + 1], "文件超过 8 MB"),
    ] {
        let (status, answer) = upload(&site, &office, bytes).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        let told = answer["fields"]["file"].as_str().unwrap();
        assert!(told.contains(words), "{told}, not {words}");
    }
    site.end().await;
}

#[tokio::test]
async fn an_import_belongs_to_one_school_and_its_office() {
    let site = Site::start(Mode::Demo).await;
    let (office, other) = (site.enter("school").await, site.enter("school-2").await);
    let page = read(&site, &office, csv(GOOD)).await;
    for path in [page.clone(), format!("{page}/faults.csv")] {
        assert_eq!(
            site.get(&path, &other).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let foreign = site.submit(&page, &other, &Form::default()).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    for who in ["faculty", "student-01", "interviewer-01"] {
        let cookie = site.enter(who).await;
        let (status, _) = upload(&site, &cookie, csv(GOOD)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{who}");
    }
    let newer = read(&site, &office, csv(GOOD)).await;
    let old = site.page(&page, &office).await;
    assert!(old.contains("已被新的上传取代") && page != newer);
    let late = site.submit(&page, &office, &Form::default()).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    site.end().await;
}

#[tokio::test]
async fn an_excel_file_is_read() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let rows = [
        ["某校毕业生名单", "", "", "", "", ""],
        ["姓名", "学号", "院系", "专业名称", "层次", "毕业时间"],
        [
            "张璇",
            "X0001",
            "计算机学院",
            "软件工程",
            "本科",
            "2027年6月",
        ],
        ["李𠅤", "X0002", "计算机学院", "软件工程", "硕士", "2027"],
    ];
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    let page = read(&site, &office, book.save_to_buffer().unwrap()).await;
    let done = take(&site, &office, &page).await;
    assert!(done.contains("新增 2 名"));
    assert!(
        site.page("/school/students?q=X0002", &office)
            .await
            .contains("李𠅤")
    );
    site.end().await;
}
