//! `/account` (A95): avatar, real name, nickname, department. Students see the nickname only.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use formats::Fault;
use formats::text::{LineFault, masked_mobile, person_name, plain_line};
use serde::Deserialize;

use super::extract::SignedIn;
use super::own::{self, Own, ProfileChange};
use super::pages;
use super::rules::AccountKind;
use super::sessions::Session;
use crate::audit;
use crate::files::{self, FileRef, Purpose};
use crate::layout::{Chrome, chrome_of};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Characters of a nickname.
const NICKNAME_CHARS: (usize, usize) = (1, 20);
/// Characters of a department.
const DEPARTMENT_CHARS: (usize, usize) = (1, 30);

/// Beside a company member's nickname that would tell students his name.
pub const NICKNAME_IS_NAME: &str = "昵称会给学生看，不要和真实姓名一样，例如「张老师」";

/// Beside a nickname with a number or an account elsewhere.
const NICKNAME_LEADS_AWAY: &str = "昵称会给对方看，不能含有电话、微信号、QQ 号等联系方式";
/// As many digits in a row make a telephone or an account number.
const DIGITS_OF_A_NUMBER: usize = 6;

/// Does a nickname tell people where else to write? Such is how applicants are led off the platform.
fn leads_away(nickname: &str) -> bool {
    let plain = formats::text::half_width(nickname).to_ascii_lowercase();
    let digits = plain.split(|c: char| !c.is_ascii_digit());
    let number = digits.map(str::len).max().unwrap_or_default() >= DIGITS_OF_A_NUMBER;
    let words = ["微信", "薇信", "vx", "wechat", "qq", "http", "www."];
    number || words.iter().any(|word| plain.contains(word))
}

/// The form's fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    /// Real name; ignored for students, whose name the school knows.
    pub real_name: String,
    /// Nickname.
    pub nickname: String,
    /// Department.
    pub department: String,
    /// Reference to an uploaded 头像; empty: it stays as it is.
    pub avatar: String,
    /// Name of the upload, to be shown again.
    pub avatar_name: String,
    /// 头像 is to be removed.
    pub remove_avatar: String,
    /// What the page showed.
    pub version: i64,
}

/// `/account`
#[derive(Debug, Template)]
#[template(path = "account-profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub chrome: Chrome,
    /// The form.
    pub form: ProfileForm,
    /// What was wrong.
    pub errors: FormErrors,
    /// Mobile number, partly hidden; empty: none.
    pub mobile: String,
    /// E-mail address; empty: none.
    pub email: String,
    /// Address of the 头像; empty: none.
    pub avatar: String,
    /// A student: the school knows the name, and there is no department.
    pub student: bool,
    /// It was saved just now.
    pub saved: bool,
}

impl ProfilePage {
    /// Sample data for the test that renders every page.
    pub fn sample(student: bool) -> Self {
        let chrome = if student {
            pages::chrome_sample_of_student("/account")
        } else {
            pages::chrome_sample("/account")
        };
        Self {
            chrome,
            form: ProfileForm {
                real_name: "欧阳若曦".to_owned(),
                nickname: "欧阳老师（校招）".to_owned(),
                department: "人力资源部".to_owned(),
                version: 1,
                ..ProfileForm::default()
            },
            errors: FormErrors::one("nickname", "请填写昵称"),
            mobile: "138****0001".to_owned(),
            email: "hr@demo.example".to_owned(),
            avatar: String::new(),
            student,
            saved: true,
        }
    }

    async fn of(state: &AppState, session: &Session, own: &Own) -> PageResult<Self> {
        Ok(Self {
            chrome: chrome_of(state, session, "个人资料", "/account").await?,
            form: ProfileForm {
                real_name: own.real_name.clone(),
                nickname: own.nickname.clone(),
                department: own.department.clone(),
                version: own.version,
                ..ProfileForm::default()
            },
            errors: FormErrors::default(),
            mobile: own.mobile.as_deref().map(masked_mobile).unwrap_or_default(),
            email: own.email.clone().unwrap_or_default(),
            avatar: own
                .avatar_file
                .map(|file| files::link(state, file, state.now_ms()))
                .unwrap_or_default(),
            student: own.kind == AccountKind::Student,
            saved: false,
        })
    }

    /// First character of the nickname, where there is no picture.
    pub fn initial(&self) -> String {
        crate::layout::initial(&self.form.nickname)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    saved: String,
}

/// `GET /account`
pub(super) async fn page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let own = own::of(&state, session.account.id).await?;
    let mut page = ProfilePage::of(&state, &session, &own).await?;
    page.saved = !asked.saved.is_empty();
    Ok(Html(page.render()?))
}

/// `POST /account`
pub(super) async fn save(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(form): Form<ProfileForm>,
) -> PageResult<Response> {
    let own = own::of(&state, session.account.id).await?;
    let (mut change, mut errors) = check(&form, &own);
    let now_ms = state.now_ms();
    let account = own.id;
    let subject = account.to_string();
    let to = ("account", subject.as_str());
    let mut tx = state.db.begin().await?;
    if !form.avatar.is_empty() {
        let parsed = FileRef::parse(&state.signer, &form.avatar, Purpose::Avatar);
        change.avatar_file = match parsed {
            Some(file) => files::attach(&mut tx, file, Purpose::Avatar, to, now_ms).await?,
            None => None,
        };
        if change.avatar_file.is_none() {
            errors.add("avatar", "头像没有上传成功，请重新选择");
        }
    }
    if !errors.is_empty() {
        drop(tx);
        let mut page = ProfilePage::of(&state, &session, &own).await?;
        page.form = form;
        page.errors = errors;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    if !own::save_profile(&mut tx, (account, form.version), &change).await? {
        return Err(PageError::Conflict(
            "资料已在别处修改，请返回刷新后再保存。",
        ));
    }
    let kept = change.avatar_file.as_slice();
    files::keep_only(&mut tx, Purpose::Avatar, to, kept, now_ms).await?;
    audit::Entry::by(account, "account.profile", "account", &account)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/account?saved=1").into_response())
}

/// Reads the form. A student's name is the school's to change.
fn check(form: &ProfileForm, own: &Own) -> (ProfileChange, FormErrors) {
    let mut errors = FormErrors::default();
    let student = own.kind == AccountKind::Student;
    let mut change = ProfileChange {
        real_name: own.real_name.clone(),
        nickname: String::new(),
        department: own.department.clone(),
        avatar_file: own.avatar_file.filter(|_| form.remove_avatar.is_empty()),
    };
    if !student {
        match person_name(&form.real_name) {
            Ok(name) => change.real_name = name,
            Err(fault) => errors.add("real_name", fault.zh()),
        }
        match plain_line(&form.department, DEPARTMENT_CHARS) {
            Ok(department) => change.department = department,
            Err(LineFault::Empty) => change.department = String::new(),
            Err(fault) => errors.add("department", fault.zh()),
        }
    }
    match plain_line(&form.nickname, NICKNAME_CHARS) {
        Ok(nickname) if own.kind == AccountKind::Company && nickname == change.real_name => {
            errors.add("nickname", NICKNAME_IS_NAME);
        }
        Ok(nickname) if leads_away(&nickname) => errors.add("nickname", NICKNAME_LEADS_AWAY),
        Ok(nickname) => change.nickname = nickname,
        Err(fault) => errors.add("nickname", fault.zh()),
    }
    (change, errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;

    fn own(kind: AccountKind) -> Own {
        Own {
            id: AccountId::new(),
            kind,
            mobile: None,
            email: None,
            password_hash: "!".to_owned(),
            real_name: "张璇".to_owned(),
            nickname: "张老师".to_owned(),
            department: "人力资源部".to_owned(),
            avatar_file: None,
            status: "active".to_owned(),
            version: 1,
            company_id: None,
            company_name: None,
            company_code: None,
        }
    }

    #[test]
    fn a_nickname_holds_no_number_and_no_account_elsewhere() {
        for bad in [
            "沈工13800138000",
            "加微信abc",
            "ＶＸ：shen",
            "QQ 123",
            "沈工１３８００１",
        ] {
            assert!(leads_away(bad), "{bad}");
        }
        for good in ["沈工", "2027 校招 陆老师", "HR-12345", "欧阳老师（校招）"] {
            assert!(!leads_away(good), "{good}");
        }
    }

    fn form(name: &str, nickname: &str, department: &str) -> ProfileForm {
        ProfileForm {
            real_name: name.to_owned(),
            nickname: nickname.to_owned(),
            department: department.to_owned(),
            ..ProfileForm::default()
        }
    }

    #[test]
    fn a_nickname_is_not_the_name() {
        let company = own(AccountKind::Company);
        let (change, errors) = check(&form(" 张　璇 ", "小张", "校招组"), &company);
        assert!(errors.is_empty());
        assert_eq!(
            (change.real_name.as_str(), change.nickname.as_str()),
            ("张璇", "小张")
        );
        let (_, errors) = check(&form("张璇", "张璇", ""), &company);
        assert!(errors.get("nickname").is_some());
        let (_, errors) = check(&form("张<b>", "", &"长".repeat(31)), &company);
        for field in ["real_name", "nickname", "department"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_student_keeps_the_name_that_the_school_knows() {
        let (change, errors) = check(&form("别人", "小若", "x"), &own(AccountKind::Student));
        assert!(errors.is_empty());
        assert_eq!(
            (change.real_name.as_str(), change.department.as_str()),
            ("张璇", "人力资源部")
        );
    }
}
