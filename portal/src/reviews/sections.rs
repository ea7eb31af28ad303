//! What a reviewer sees of each kind: what was handed in, beside what is in force, with the
//! checks that a machine can make.

use base::db::Db;
use formats::company_code::CompanyCode;
use formats::mail::Mail;
use formats::{Fault, regions};

use super::duplicates::{self, Likeness};
use super::rules::Kind;
use super::store::Review;
use super::subjects::{self, Candidate, CertificationRow, FileRow};
use crate::dictionaries::lists::{self, List};
use crate::files;
use crate::ids::{AccountId, CompanyId};
use crate::platform::companies_store::status_zh;
use crate::platform::search;
use crate::state::AppState;
use crate::video_fairs::rules::beijing;

/// What is under review, by kind.
#[derive(Debug)]
pub enum Section {
    /// 企业认证, 认证信息变更.
    Certification(CertificationSection),
    /// 管理员申请.
    Claim(ClaimSection),
    /// 入驻高校.
    Join(JoinSection),
    /// 学生身份.
    Identity(IdentitySection),
    /// It is gone, or has no page here.
    Gone,
}

/// A field: what is in force, what was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its label.
    pub label: &'static str,
    /// In force.
    pub current: String,
    /// Handed in.
    pub submitted: String,
}

impl Field {
    /// Would an approval change it?
    pub fn changed(&self) -> bool {
        self.current != self.submitted
    }
}

/// An upload that can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// As the person's disk calls it.
    pub name: String,
    /// Where it is.
    pub href: String,
    /// It is a picture.
    pub image: bool,
    /// `312 KB`.
    pub size: String,
}

/// What a machine found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `ok`, `warn`, `bad`.
    pub tone: &'static str,
    /// The finding.
    pub text: String,
}

/// A company that may be the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// The company.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Its code; empty: none.
    pub code: String,
    /// Where it stands.
    pub status: &'static str,
    /// How it is alike.
    pub likeness: Likeness,
}

/// 企业认证, 认证信息变更.
#[derive(Debug)]
pub struct CertificationSection {
    /// The company has not been certified before: nothing is in force yet.
    pub first: bool,
    /// The fields.
    pub fields: Vec<Field>,
    /// Who handed it in.
    pub by: String,
    /// 营业执照.
    pub licence: Option<FileView>,
    /// 账号授权书.
    pub letter: Option<FileView>,
    /// What a machine found.
    pub checks: Vec<Check>,
    /// Outside registers: name and address.
    pub registers: Vec<(&'static str, String)>,
    /// Companies that may be the same one.
    pub twins: Vec<Twin>,
}

/// A line of facts: label and value.
pub type Fact = (&'static str, String);

/// An earlier claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastClaim {
    /// Who claimed.
    pub name: String,
    /// What became of it.
    pub status: &'static str,
    /// When, Beijing time.
    pub at: String,
}

/// 管理员申请.
#[derive(Debug)]
pub struct ClaimSection {
    /// The company and where it stands.
    pub company: String,
    /// The claimant.
    pub claimant: Vec<Fact>,
    /// Who is administrator now; none: nobody.
    pub admin: Option<Vec<Fact>>,
    /// The stamped letter.
    pub letter: Option<FileView>,
    /// Earlier claims.
    pub history: Vec<PastClaim>,
}

/// 入驻高校.
#[derive(Debug)]
pub struct JoinSection {
    /// The company.
    pub company: Vec<Fact>,
    /// What it says of itself.
    pub intro: String,
    /// The company is certified.
    pub certified: bool,
}

/// 学生身份.
#[derive(Debug)]
pub struct IdentitySection {
    /// What the student says.
    pub student: Vec<Fact>,
    /// Students of the roster with the same name or number: name, number, faculty, major, year.
    pub namesakes: Vec<[String; 5]>,
}

/// What is under review, for `reader`.
///
/// # Errors
/// The database failed.
pub async fn load(
    state: &AppState,
    review: &Review,
    reader: AccountId,
) -> Result<Section, sqlx::Error> {
    let section = match review.kind {
        Kind::Company | Kind::Recertification => certification(state, review, reader)
            .await?
            .map(Section::Certification),
        Kind::AdminClaim => claim(state, review, reader).await?.map(Section::Claim),
        Kind::SchoolJoin => join(&state.db, review).await?.map(Section::Join),
        Kind::Identity => identity(&state.db, review).await?.map(Section::Identity),
        Kind::Membership => None,
    };
    Ok(section.unwrap_or(Section::Gone))
}

async fn certification(
    state: &AppState,
    review: &Review,
    reader: AccountId,
) -> Result<Option<CertificationSection>, sqlx::Error> {
    let db = &state.db;
    let Some(row) = subjects::certification(db, review).await? else {
        return Ok(None);
    };
    let (name, code) = (row.data.0.name.as_str(), row.data.0.code.as_str());
    let candidates = subjects::candidates(db, row.company_id, (name, code)).await?;
    let twins = twins((name, code), candidates);
    let mut checks = checks(&row);
    if twins.is_empty() {
        checks.push(Check {
            tone: "ok",
            text: "没有发现重复或相近的单位".to_owned(),
        });
    }
    let licence = match row.data.0.licence {
        Some(id) => file(state, &id.to_string(), reader).await?,
        None => None,
    };
    let letter = match row.data.0.letter {
        Some(id) => file(state, &id.to_string(), reader).await?,
        None => None,
    };
    Ok(Some(CertificationSection {
        first: row.kind == "first",
        fields: fields(db, &row).await?,
        by: by(&row),
        licence,
        letter,
        registers: registers(name),
        checks,
        twins,
    }))
}

fn by(row: &CertificationRow) -> String {
    let mobile = row.by_mobile.as_deref().unwrap_or_default();
    let parts = [row.by_name.as_str(), row.by_department.as_str(), mobile];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// Outside registers in which a reviewer looks a company up by hand (A4).
fn registers(name: &str) -> Vec<(&'static str, String)> {
    let name = search::escape(name);
    vec![
        (
            "企查查",
            format!("https://www.qcc.com/web/search?key={name}"),
        ),
        ("启信宝", format!("https://www.qixin.com/search?key={name}")),
    ]
}

async fn fields(db: &Db, row: &CertificationRow) -> Result<Vec<Field>, sqlx::Error> {
    let new = &row.data.0;
    let code = row.uscc.as_deref().or(row.org_code.as_deref());
    let mut fields = Vec::new();
    let mut field = |label, current: &str, submitted: &str| {
        fields.push(Field {
            label,
            current: current.to_owned(),
            submitted: submitted.to_owned(),
        });
    };
    field("单位名称", &row.name, &new.name);
    field("统一社会信用代码", code.unwrap_or_default(), &new.code);
    for (list, current, submitted) in [
        (List::Provinces, &row.province_code, &new.province),
        (List::Cities, &row.city_code, &new.city),
        (List::Natures, &row.nature_code, &new.nature),
        (List::Industries, &row.industry_code, &new.industry),
    ] {
        let current = word(db, list, current).await?;
        field(list.zh(), &current, &word(db, list, submitted).await?);
    }
    field("单位地址", &row.address, &new.address);
    for (label, current, submitted) in [
        ("固定电话", &row.tel, &new.contact.tel),
        ("单位邮箱", &row.official_email, &new.contact.official_email),
        ("招聘邮箱", &row.hr_email, &new.contact.hr_email),
        ("邮编", &row.postcode, &new.contact.postcode),
    ] {
        // A change leaves out how the company is reached: that stays.
        let stays = row.kind != "first" && submitted.is_empty();
        field(label, current, if stays { current } else { submitted });
    }
    Ok(fields)
}

/// A code's label, or the code itself.
async fn word(db: &Db, list: List, code: &str) -> Result<String, sqlx::Error> {
    let label = lists::label(db, list, code).await?;
    Ok(label.unwrap_or_else(|| code.to_owned()))
}

fn checks(row: &CertificationRow) -> Vec<Check> {
    let new = &row.data.0;
    let mut checks = Vec::new();
    let mut add = |tone, text: String| checks.push(Check { tone, text });
    match CompanyCode::parse(&new.code) {
        Err(fault) => add("bad", fault.zh().into_owned()),
        Ok(code) => {
            let remarks = code.remarks();
            if remarks.is_empty() {
                add("ok", "统一社会信用代码的格式与校验位正确".to_owned());
            }
            for remark in remarks {
                add("warn", remark.zh().to_owned());
            }
            let region = code.region().and_then(regions::province_of);
            match region {
                Some(province) if province.code == new.province => {
                    add(
                        "ok",
                        format!("代码的登记地区是{}，与所在省份一致", province.name),
                    );
                }
                Some(province) => {
                    add(
                        "warn",
                        format!("代码的登记地区是{}，与所在省份不同", province.name),
                    );
                }
                None => {}
            }
        }
    }
    if Mail::parse(&new.contact.official_email).is_ok_and(|mail| mail.is_public()) {
        add("warn", "单位邮箱是公共邮箱".to_owned());
    }
    if new.licence.is_none() {
        add("bad", "没有上传营业执照".to_owned());
    }
    if row.kind == "first" && new.letter.is_none() {
        add("bad", "没有上传授权书".to_owned());
    }
    checks
}

fn twins(mine: (&str, &str), candidates: Vec<Candidate>) -> Vec<Twin> {
    let mut twins: Vec<Twin> = candidates
        .into_iter()
        .filter_map(|other| {
            let likeness = duplicates::likeness(mine, (&other.name, other.code()))?;
            Some(Twin {
                id: other.id,
                code: other.code().to_owned(),
                status: status_zh(&other.status),
                name: other.name,
                likeness,
            })
        })
        .collect();
    twins.sort_by_key(|twin| twin.likeness);
    twins
}

async fn claim(
    state: &AppState,
    review: &Review,
    reader: AccountId,
) -> Result<Option<ClaimSection>, sqlx::Error> {
    let db = &state.db;
    let Some(row) = subjects::claim(db, review).await? else {
        return Ok(None);
    };
    let admin = subjects::admin(db, row.company_id).await?.map(|admin| {
        vec![
            ("姓名", admin.name),
            ("部门", or_none(admin.department)),
            ("手机", or_none(admin.mobile.unwrap_or_default())),
            ("加入时间", beijing(admin.created_ms)),
            (
                "最近登录",
                admin.last_login_ms.map_or("从未".to_owned(), beijing),
            ),
        ]
    });
    let history = subjects::claims(db, row.company_id).await?;
    Ok(Some(ClaimSection {
        company: format!("{}（{}）", row.company, status_zh(&row.company_status)),
        claimant: vec![
            ("姓名", row.name),
            ("部门", or_none(row.department)),
            ("手机", or_none(row.mobile.unwrap_or_default())),
        ],
        admin,
        letter: file(state, &row.letter_file, reader).await?,
        history: history
            .into_iter()
            .filter(|past| past.id != review.subject_id)
            .map(|past| PastClaim {
                name: past.name,
                status: claim_zh(&past.status),
                at: beijing(past.decided_ms.unwrap_or(past.created_ms)),
            })
            .collect(),
    }))
}

fn claim_zh(status: &str) -> &'static str {
    match status {
        "submitted" => "待审核",
        "returned" => "退回修改",
        "approved" => "已通过",
        "rejected" => "未通过",
        _ => "已撤回",
    }
}

async fn join(db: &Db, review: &Review) -> Result<Option<JoinSection>, sqlx::Error> {
    let Some(row) = subjects::join(db, review).await? else {
        return Ok(None);
    };
    let code = row.uscc.or(row.org_code).unwrap_or_default();
    Ok(Some(JoinSection {
        company: vec![
            ("单位名称", row.name),
            ("统一社会信用代码", or_none(code)),
            ("认证状态", status_zh(&row.status).to_owned()),
            ("单位性质", or_none(row.nature)),
            ("所属行业", or_none(row.industry)),
            ("规模", or_none(row.scale)),
            ("城市", or_none(row.city)),
            ("单位地址", or_none(row.address)),
            ("固定电话", or_none(row.tel)),
            ("招聘邮箱", or_none(row.hr_email)),
            ("企业管理员", or_none(row.admin.unwrap_or_default())),
            ("已入驻高校", format!("{} 所", row.joined)),
        ],
        intro: row.intro,
        certified: row.status == "certified",
    }))
}

async fn identity(db: &Db, review: &Review) -> Result<Option<IdentitySection>, sqlx::Error> {
    let Some(row) = subjects::student(db, review).await? else {
        return Ok(None);
    };
    let namesakes = subjects::namesakes(db, &row).await?;
    Ok(Some(IdentitySection {
        student: vec![
            ("姓名", row.name),
            ("学号", row.student_no),
            ("学历", row.degree.zh().to_owned()),
            ("学院", row.faculty),
            ("专业", row.major),
            ("班级", or_none(row.class_name)),
            ("届别", format!("{} 届", row.grad_year)),
            ("手机", or_none(row.mobile.unwrap_or_default())),
            ("学信网验证码", or_none(row.chsi_code)),
            ("说明", or_none(row.note)),
        ],
        namesakes: namesakes
            .into_iter()
            .map(|one| {
                let year = format!("{} 届", one.grad_year);
                [one.name, one.student_no, one.faculty, one.major, year]
            })
            .collect(),
    }))
}

fn or_none(text: String) -> String {
    if text.is_empty() {
        "未填".to_owned()
    } else {
        text
    }
}

/// An upload with a link that is good for this reader.
async fn file(
    state: &AppState,
    id: &str,
    reader: AccountId,
) -> Result<Option<FileView>, sqlx::Error> {
    let row = subjects::file(&state.db, id).await?;
    Ok(row.map(|row| {
        let href = files::private_link(state, row.id, reader, state.now_ms());
        view(&row, href)
    }))
}

fn view(row: &FileRow, href: String) -> FileView {
    FileView {
        name: row.name.clone(),
        href,
        image: row.mime.starts_with("image/"),
        size: format!("{} KB", (row.bytes + 1023) / 1024),
    }
}

/// Sample data for the test that renders every page.
pub(super) mod sample {
    use super::*;
    use crate::companies::rules::CertificationData;
    use crate::ids::FileId;
    use base::db::JsonText;

    fn file(name: &str) -> FileView {
        let row = FileRow {
            id: FileId::new(),
            name: name.to_owned(),
            mime: "application/pdf".to_owned(),
            bytes: 320_000,
        };
        view(&row, format!("/files/{}", row.id))
    }

    /// A changed certification.
    pub fn certification() -> Section {
        let field = |label, current: &str, submitted: &str| Field {
            label,
            current: current.to_owned(),
            submitted: submitted.to_owned(),
        };
        let row = CertificationRow {
            company_id: CompanyId::new(),
            kind: "change".to_owned(),
            data: JsonText(CertificationData {
                name: "澄源半导体（示例）有限公司".to_owned(),
                code: "91430100MA4L10101C".to_owned(),
                province: "43".to_owned(),
                ..CertificationData::default()
            }),
            by_name: "沈知行".to_owned(),
            by_mobile: Some("13800000001".to_owned()),
            by_department: "模拟设计部".to_owned(),
            name: String::new(),
            uscc: None,
            org_code: None,
            province_code: String::new(),
            city_code: String::new(),
            address: String::new(),
            tel: String::new(),
            official_email: String::new(),
            hr_email: String::new(),
            postcode: String::new(),
            nature_code: String::new(),
            industry_code: String::new(),
            status: "certified".to_owned(),
        };
        let twin = Twin {
            id: CompanyId::new(),
            name: "湖南澄源半导体（示例）".to_owned(),
            code: "91430100MA4L101010".to_owned(),
            status: "已认证",
            likeness: Likeness::SimilarName,
        };
        Section::Certification(CertificationSection {
            first: false,
            fields: vec![
                field(
                    "单位名称",
                    "澄源半导体（示例）",
                    "澄源半导体（示例）有限公司",
                ),
                field(
                    "统一社会信用代码",
                    "91430100MA4L101010",
                    "91430100MA4L10101C",
                ),
                field("省份", "湖南省", "湖南省"),
                field(
                    "单位地址",
                    "长沙市岳麓区梅溪湖路 8 号",
                    "长沙市岳麓区梅溪湖路 18 号",
                ),
            ],
            by: by(&row),
            licence: Some(file("营业执照.pdf")),
            letter: Some(file("授权书.pdf")),
            checks: checks(&row),
            registers: registers("澄源半导体（示例）"),
            twins: vec![twin],
        })
    }

    /// A claim.
    pub fn claim() -> Section {
        let person =
            |name: &str| vec![("姓名", name.to_owned()), ("部门", "人力资源部".to_owned())];
        Section::Claim(ClaimSection {
            company: "澄源半导体（示例）（已认证）".to_owned(),
            claimant: person("陆怀瑾"),
            admin: Some(person("沈知行")),
            letter: Some(file("授权书.pdf")),
            history: vec![PastClaim {
                name: "唐明诚".to_owned(),
                status: "未通过",
                at: "11-02 10:20".to_owned(),
            }],
        })
    }

    /// A company that wants to join a school.
    pub fn join() -> Section {
        Section::Join(JoinSection {
            company: vec![("单位名称", "禾木生物（示例）".to_owned())],
            intro: "从事食品酶制剂与发酵工艺开发的生物技术企业。".to_owned(),
            certified: true,
        })
    }

    /// A student who says who he is.
    pub fn identity() -> Section {
        Section::Identity(IdentitySection {
            student: vec![
                ("姓名", "欧阳若曦".to_owned()),
                ("学号", "202300001".to_owned()),
            ],
            namesakes: vec![[
                "欧阳若曦".to_owned(),
                "202300777".to_owned(),
                "微电子学院".to_owned(),
                "集成电路工程".to_owned(),
                "2027 届".to_owned(),
            ]],
        })
    }
}
