//! One person of each role, around the demo's first booth, company and school.

use std::collections::BTreeMap;

use base::db::{Tx, on_db};
use portal::accounts::rules::AccountKind;
use portal::accounts::store::{self as accounts, NewAccount};
use portal::accounts::{NO_PASSWORD, sessions};
use portal::companies::{NewCompany, store as companies};
use portal::ids::{AccountId, BoothId, CompanyId, FairId, SchoolId, SeatId};
use portal::students::{Degree, Profile, store as students};
use portal::video_fairs::write;
use portal::{resumes, schools};
use serde_json::{Value, json};

use crate::site::Site;
use crate::table::ROLES;

/// Everybody, and the things that paths speak of.
pub struct Cast {
    /// By role; the first is nobody.
    accounts: Vec<Option<AccountId>>,
    /// Word of a path template to the thing that is the company's, the school's, the student's.
    pub things: BTreeMap<&'static str, String>,
    fair: FairId,
    booth: BoothId,
}

/// Who is added to the demo, inside one transaction.
struct Adding {
    tx: Tx,
    now_ms: i64,
    count: u32,
}

impl Adding {
    async fn account(&mut self, kind: AccountKind) -> AccountId {
        self.count += 1;
        let account = NewAccount {
            id: AccountId::new(),
            kind,
            mobile: Some(format!("139000001{:02}", self.count)),
            email: None,
            password_hash: NO_PASSWORD.to_owned(),
            real_name: format!("示例{}", self.count),
            nickname: format!("示例{}", self.count),
            department: "示例部".to_owned(),
        };
        accounts::add(&mut self.tx, &account, self.now_ms)
            .await
            .unwrap();
        account.id
    }

    async fn member(&mut self, company: CompanyId, admin: bool) -> AccountId {
        let account = self.account(AccountKind::Company).await;
        accounts::add_member(&mut self.tx, account, company, admin, self.now_ms)
            .await
            .unwrap();
        account
    }

    async fn student(&mut self, school: SchoolId, verified: bool) -> AccountId {
        let account = self.account(AccountKind::Student).await;
        let profile = Profile {
            school_id: school,
            school_name: String::new(),
            student_no: format!("R{:04}", self.count),
            name: format!("示例{}", self.count),
            degree: Degree::Bachelor,
            faculty: "微电子学院".to_owned(),
            major: "集成电路".to_owned(),
            grad_year: 2027,
            verified_ms: verified.then_some(self.now_ms),
        };
        students::add(&mut self.tx, account, &profile)
            .await
            .unwrap();
        let sections = resumes::Sections::default();
        resumes::store::save(&mut self.tx, account, &sections, self.now_ms)
            .await
            .unwrap();
        account
    }

    async fn staff(&mut self, school: SchoolId) -> AccountId {
        let account = self.account(AccountKind::School).await;
        accounts::add_staff(&mut self.tx, account, school, self.now_ms)
            .await
            .unwrap();
        account
    }

    /// Changes a row of someone as the pages of others would.
    async fn change(&mut self, sql: &'static str, account: AccountId) {
        let tx = &mut self.tx;
        let changed = on_db!(tx, c => sqlx::query(sql).bind(account).execute(c).await
            .map(|done| done.rows_affected()))
        .unwrap();
        assert_eq!(changed, 1, "{sql}");
    }

    async fn uncertified(&mut self) -> CompanyId {
        let id = CompanyId::new();
        let company = NewCompany {
            name: "待认证公司（示例）".to_owned(),
            ..NewCompany::default()
        };
        companies::add(&mut self.tx, id, &company, self.now_ms)
            .await
            .unwrap();
        let tx = &mut self.tx;
        on_db!(tx, c => sqlx::query("UPDATE companies SET status = 'submitted' WHERE id = $1")
            .bind(id).execute(c).await.map(drop))
        .unwrap();
        id
    }
}

impl Cast {
    /// Puts one person of each role beside the demo's own.
    pub async fn assemble(site: &Site) -> Self {
        let state = &site.running.state;
        let (fair, booth) = site.booth("interviewer-01").await;
        let admin = site.account("interviewer-01").await;
        let company = accounts::member(&state.db, admin)
            .await
            .unwrap()
            .unwrap()
            .company_id;
        let school_staff = site.account("school").await;
        let school = accounts::staff(&state.db, school_staff)
            .await
            .unwrap()
            .unwrap()
            .school_id;
        let mut adding = Adding {
            tx: state.db.begin().await.unwrap(),
            now_ms: state.now_ms(),
            count: 0,
        };
        let other_school = SchoolId::new();
        schools::store::add(
            &mut adding.tx,
            other_school,
            "other",
            "另一所大学（示例）",
            adding.now_ms,
        )
        .await
        .unwrap();
        let places = Places {
            company,
            school,
            other_school,
            booth,
            admin,
            school_staff,
        };
        let mut cast = Self {
            accounts: adding.everybody(&places).await,
            things: BTreeMap::new(),
            fair,
            booth,
        };
        adding.tx.commit().await.unwrap();
        for who in ["platform", "operations", "finance", "support", "operator"] {
            cast.accounts.push(Some(site.account(who).await));
        }
        // The demo's student stands at the head; his place in the row is the second.
        cast.accounts[1] = Some(site.account("student-01").await);
        assert_eq!(cast.accounts.len(), ROLES.len());
        cast.things = cast.find_things(site, &places).await;
        cast
    }

    /// A fresh session of someone of this role, as a cookie.
    pub async fn cookie(&self, site: &Site, role: usize) -> String {
        let Some(account) = self.accounts[role] else {
            return String::new();
        };
        let state = &site.running.state;
        let accounts = &state.config.accounts;
        let secret = sessions::begin(&state.db, accounts, account, state.now_ms())
            .await
            .unwrap();
        format!("pinhui={secret}")
    }

    /// What a page of this role asks for when it wants a ticket into the fair.
    pub fn wish(&self, role: usize) -> Value {
        let page = match ROLES[role] {
            name if name.contains("student") => "queues",
            name if name.contains("staff") => "console",
            _ => "room",
        };
        json!({ "fair": self.fair, "page": page, "booth": (page == "room").then_some(self.booth) })
    }

    async fn find_things(&self, site: &Site, places: &Places) -> BTreeMap<&'static str, String> {
        let (company, school) = (places.company.to_string(), places.school.to_string());
        let hr = self.accounts[4].unwrap().to_string();
        let student = self.accounts[1].unwrap().to_string();
        let mut things = BTreeMap::from([
            ("fair", self.fair.to_string()),
            ("booth", self.booth.to_string()),
            ("company", company.clone()),
            ("school", school.clone()),
            ("/s/{school}", "demo".to_owned()),
            ("student", student.clone()),
            ("/company/members/{account}", hr),
            ("who", "student-01".to_owned()),
            ("path", "css/base.css".to_owned()),
            ("code", "user".to_owned()),
            ("section", "intent".to_owned()),
            ("event", "N3".to_owned()),
            ("channel", "sms".to_owned()),
            ("list", "nature".to_owned()),
        ]);
        let found: [(&'static str, &'static str, &str); 7] = [
            (
                "/platform/reviews/{review}",
                "SELECT id FROM reviews WHERE inbox = 'platform' AND id <> $1 LIMIT 1",
                "",
            ),
            (
                "/school/reviews/{review}",
                "SELECT id FROM reviews WHERE inbox = 'school' AND school_id = $1 LIMIT 1",
                &school,
            ),
            (
                "notice",
                "SELECT id FROM school_notices WHERE school_id = $1 AND status = 'published' LIMIT 1",
                &school,
            ),
            (
                "job",
                "SELECT id FROM jobs WHERE company_id = $1 AND status = 'open' LIMIT 1",
                &company,
            ),
            (
                "complaint",
                "SELECT id FROM complaints WHERE account_id = $1 LIMIT 1",
                &student,
            ),
            (
                "/platform/complaints/{complaint}",
                "SELECT id FROM complaints WHERE id <> $1 LIMIT 1",
                "",
            ),
            (
                "/platform/accounts/{id}",
                "SELECT id FROM accounts WHERE id = $1",
                &student,
            ),
        ];
        for (key, sql, argument) in found {
            let db = &site.running.state.db;
            let row: Option<(String,)> = on_db!(db, c => sqlx::query_as(sql)
                .bind(argument).fetch_optional(c).await)
            .unwrap();
            things.extend(row.map(|(id,)| (key, id)));
        }
        things
    }
}

/// Where the added people belong.
struct Places {
    company: CompanyId,
    school: SchoolId,
    other_school: SchoolId,
    booth: BoothId,
    admin: AccountId,
    school_staff: AccountId,
}

impl Adding {
    /// Everybody up to the school's side, in the order of the table.
    async fn everybody(&mut self, places: &Places) -> Vec<Option<AccountId>> {
        let other_student = self.student(places.other_school, true).await;
        let unverified = self.student(places.school, false).await;
        let hr = self.member(places.company, false).await;
        let payer = self.member(places.company, false).await;
        self.change(
            "UPDATE company_members SET may_pay = TRUE WHERE account_id = $1",
            payer,
        )
        .await;
        let other_company = self.uncertified().await;
        let pending = self.member(other_company, true).await;
        let other_hr = self.other_company_member().await;
        let guest = self.member(places.company, false).await;
        self.change(
            "UPDATE company_members SET guest_until_ms = 9999999999999, guest_fair_id =
                (SELECT id FROM video_fairs LIMIT 1) WHERE account_id = $1",
            guest,
        )
        .await;
        let seats = [(hr, 7), (guest, 8)];
        for (account, ordinal) in seats {
            write::add_seat(
                &mut self.tx,
                SeatId::new(),
                places.booth,
                account,
                ordinal,
                self.now_ms,
            )
            .await
            .unwrap();
        }
        let faculty = self.staff(places.school).await;
        self.change(
            "UPDATE school_staff SET role = 'faculty', faculty = '微电子学院'
                WHERE account_id = $1",
            faculty,
        )
        .await;
        let other_staff = self.staff(places.other_school).await;
        vec![
            None,
            None,
            Some(other_student),
            Some(unverified),
            Some(hr),
            Some(payer),
            Some(other_hr),
            Some(places.admin),
            Some(guest),
            Some(pending),
            Some(places.school_staff),
            Some(faculty),
            Some(other_staff),
        ]
    }

    async fn other_company_member(&mut self) -> AccountId {
        let id = CompanyId::new();
        let company = NewCompany {
            name: "另一家公司（示例）".to_owned(),
            ..NewCompany::default()
        };
        companies::add(&mut self.tx, id, &company, self.now_ms)
            .await
            .unwrap();
        self.member(id, true).await
    }
}
