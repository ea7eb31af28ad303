//! Companies and their people in real browsers: registering at a school's site, being reviewed,
//! joining, and taking over the administration.

use std::path::Path;

use anyhow::{Result, ensure};
use tests::chrome::{Driver, Screen};
use tests::colour::Colour;
use tests::demo;
use tests::page::Page;
use tests::registering::{Person, Site, picture};
use tests::server::{Server, scratch};

const COMPANY: &str = "云岭智能装备有限公司（示例）";
/// Synthetic: a good check digit (GB 32100), of no registration.
const CODE: &str = "91430100MA4L004760";

const FIRST: Person = Person {
    name: "闻人㻽",
    department: "人力资源部",
    mobile: "13912340001",
    password: "Shouye-2027",
};
const HR: Person = Person {
    name: "陆知远",
    department: "招聘组",
    mobile: "13912340002",
    password: "Zhaopin-2027",
};
const SECOND: Person = Person {
    name: "白露",
    department: "研发中心",
    mobile: "13912340003",
    password: "Yanfa-2027",
};
const THIRD: Person = Person {
    name: "石敬之",
    department: "总经办",
    mobile: "13912340004",
    password: "Jingli-2027",
};

/// Opens a browser at the school's site and follows 单位注册 to the account step.
async fn begins(driver: &Driver, folder: &Path, site: &Site, who: &str) -> Result<Page> {
    let page = driver.open(folder, Colour::Blue, Screen::Laptop).await?;
    page.goto(&site.at(who, "/s/demo")).await?;
    page.click_css("a[href^='/register/company']").await?;
    page.click("next").await?;
    page.fill("name", COMPANY).await?;
    page.fill("code", CODE).await?;
    page.click("next").await?;
    Ok(page)
}

/// The first person registers the company.
async fn registers(driver: &Driver, folder: &Path, site: &Site) -> Result<Page> {
    let page = begins(driver, folder, site, "first").await?;
    page.sees("certify-form").await?;
    page.choose("province", "湖南省").await?;
    page.choose("city", "长沙市").await?;
    page.fill("address", "岳麓大道 100 号（示例）").await?;
    page.choose("nature", "其他企业").await?;
    page.choose("industry", "制造业").await?;
    page.fill("tel", "0731-88888888").await?;
    page.fill("official_email", "hr@yunling.example").await?;
    page.fill("hr_email", "jobs@yunling.example").await?;
    page.fill("postcode", "410000").await?;
    page.introduces(FIRST, site).await?;
    page.uploads("licence", &picture(folder, "licence.png")?)
        .await?;
    // The first upload has shown that the number is his.
    page.sees("mobile-proven").await?;
    page.uploads("letter", &picture(folder, "authority.png")?)
        .await?;
    page.click("agree").await?;
    page.keep_shot("register-filled.png").await?;
    page.click("submit").await?;
    page.sees("due").await?;
    page.keep_shot("register-done.png").await?;
    Ok(page)
}

/// A reviewer approves what lies on the desk with this title.
async fn approves(
    driver: &Driver,
    folder: &Path,
    site: &Site,
    who: &str,
    kind: &str,
) -> Result<()> {
    let desk = driver.open(folder, Colour::Green, Screen::Laptop).await?;
    desk.goto(&demo::enter(&site.http, who)).await?;
    let path = format!("/platform/reviews?kind={kind}&q={CODE}");
    desk.goto(&site.at(who, &path)).await?;
    desk.click("open-review").await?;
    desk.sees("decide-form").await?;
    desk.keep_shot(&format!("review-{kind}-{who}.png")).await?;
    desk.click("approve").await?;
    desk.sees_where("timeline", |text| text.contains("通过"))
        .await?;
    desk.close().await
}

/// The administrator's page of members shows `name` with `role`.
async fn shows_member(page: &Page, name: &str, role: &str) -> Result<()> {
    let script = format!(
        "return [...document.querySelectorAll(\"[data-testid='member']\")]
            .some(row => row.innerText.includes('{name}') && row.innerText.includes('{role}'));"
    );
    tests::wait::until(&format!("{name} as {role}"), async || {
        Ok((page.run(&script).await? == serde_json::json!(true)).then_some(()))
    })
    .await
}

#[tokio::test]
async fn browser_a_new_company_registers_is_approved_and_adds_an_hr_member_who_logs_in()
-> Result<()> {
    let folder = scratch("new-company")?;
    let server = Server::demo(&folder).await?;
    let driver = Driver::start()?;
    let site = Site::new(&server.ready.http, &folder)?;

    let first = registers(&driver, &folder, &site).await?;
    approves(&driver, &folder, &site, "platform", "company").await?;

    first.signs_in(&site.at("admin", "/login"), FIRST).await?;
    first.goto(&site.at("admin", "/company/members")).await?;
    shows_member(&first, FIRST.name, "管理员").await?;
    first.click("add-member").await?;
    first.fill("mobile", HR.mobile).await?;
    first.fill("person", HR.name).await?;
    first.fill("nickname", "陆经理").await?;
    first.fill("department", HR.department).await?;
    first.click("submit").await?;
    shows_member(&first, HR.name, "成员").await?;
    first.keep_shot("members.png").await?;

    // The member sets a password by the link on his telephone, and signs in with it.
    let link = site.link(HR.mobile, "/reset/").await?;
    let member = driver.open(&folder, Colour::Red, Screen::Laptop).await?;
    member.goto(&site.at("hr", &link)).await?;
    member.fill("password", HR.password).await?;
    member.fill("confirm", HR.password).await?;
    member.click("submit").await?;
    member.sees_gone("confirm").await?;
    member.signs_in(&site.at("hr", "/login"), HR).await?;
    member.goto(&site.at("hr", "/company/members")).await?;
    shows_member(&member, HR.name, "成员").await?;
    ensure!(!member.shows("add-member").await?, "HR adds no members");
    Ok(())
}

#[tokio::test]
async fn browser_a_second_person_joins_and_a_third_claims_the_administration() -> Result<()> {
    let folder = scratch("join-and-claim")?;
    let server = Server::demo(&folder).await?;
    let driver = Driver::start()?;
    let site = Site::new(&server.ready.http, &folder)?;
    let first = registers(&driver, &folder, &site).await?;
    approves(&driver, &folder, &site, "platform", "company").await?;

    // The second person asks to join; the administrator lets him.
    let second = begins(&driver, &folder, &site, "second").await?;
    let notice = second.sees("known").await?;
    ensure!(
        notice.contains("闻") && !notice.contains(FIRST.name),
        "{notice}"
    );
    second
        .click_css("label:has([data-testid='kind-join'])")
        .await?;
    second.introduces(SECOND, &site).await?;
    second.click("agree").await?;
    second.click("submit").await?;
    second.sees("due").await?;
    first.signs_in(&site.at("admin", "/login"), FIRST).await?;
    first.goto(&site.at("admin", "/company/members")).await?;
    first
        .sees_where("request", |text| text.contains(SECOND.name))
        .await?;
    first.keep_shot("membership-request.png").await?;
    first.click("approve").await?;
    shows_member(&first, SECOND.name, "成员").await?;
    second
        .signs_in(&site.at("second-in", "/login"), SECOND)
        .await?;
    second
        .goto(&site.at("second-in", "/company/members"))
        .await?;
    shows_member(&second, SECOND.name, "成员").await?;

    // The third claims the administration with a stamped letter; two reviewers agree.
    let third = begins(&driver, &folder, &site, "third").await?;
    third
        .click_css("label:has([data-testid='kind-claim'])")
        .await?;
    third.introduces(THIRD, &site).await?;
    third
        .uploads("letter", &picture(&folder, "letter.png")?)
        .await?;
    third.click("agree").await?;
    third.click("submit").await?;
    third.sees("due").await?;
    for reviewer in ["platform", "reviewer-2"] {
        approves(&driver, &folder, &site, reviewer, "admin_claim").await?;
    }
    third
        .signs_in(&site.at("third-in", "/login"), THIRD)
        .await?;
    third.goto(&site.at("third-in", "/company/members")).await?;
    shows_member(&third, THIRD.name, "管理员").await?;
    shows_member(&third, FIRST.name, "成员").await?;
    third.keep_shot("after-the-swap.png").await?;
    first.reload().await?;
    first.sees_gone("add-member").await
}
