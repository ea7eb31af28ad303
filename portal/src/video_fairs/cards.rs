//! Fairs and booths as a student's pages show them.

use super::rules::{FairTime, beijing};
use super::store::{Booth, Fair, StudentFair};
use crate::jobs::Job;
use crate::layout;

/// A fair in a list or at the head of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairCard {
    /// The fair's id.
    pub fair: String,
    /// Title.
    pub title: String,
    /// `11-22 09:00 – 17:00`.
    pub when: String,
    /// The school that holds it.
    pub host: String,
    /// `未开始`, `进行中`, `已结束`.
    pub phase: &'static str,
    /// Running now.
    pub running: bool,
    /// Companies in it.
    pub booths: usize,
    /// The school lets this student take part.
    pub admitted: bool,
}

impl FairCard {
    /// Colour of the phase's tag.
    pub fn tone(&self) -> &'static str {
        if self.running { "ok" } else { "" }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            fair: "018f0000-0000-7000-8000-000000000001".to_owned(),
            title: "2027 届秋季视频双选会".to_owned(),
            when: "11-22 09:00 – 17:00".to_owned(),
            host: "赣江理工大学".to_owned(),
            phase: "进行中",
            running: true,
            booths: 6,
            admitted: true,
        }
    }
}

/// A job on a booth's card or page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCard {
    /// The job's id.
    pub job: String,
    /// Title.
    pub title: String,
    /// Pay, in words; may be empty.
    pub pay: String,
    /// `全职 · 硕士 · 长沙、深圳 · 招 6 人`.
    pub facts: String,
    /// What the job is; may be empty.
    pub text: String,
}

/// A booth on the wall or on its own page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoothCard {
    /// The booth's id.
    pub booth: String,
    /// Its number, such as `B-017`.
    pub number: String,
    /// The company.
    pub company: String,
    /// `长沙 · 制造业 · 500–999 人`.
    pub facts: String,
    /// What the company says of itself.
    pub intro: String,
    /// What it recruits for.
    pub jobs: Vec<JobCard>,
}

impl BoothCard {
    /// First character of the company's name.
    pub fn initial(&self) -> String {
        layout::initial(&self.company)
    }

    /// Ground of the company's mark.
    pub fn tone(&self) -> u32 {
        layout::tone(&self.company)
    }

    /// Everything that the wall's search looks through.
    pub fn words(&self) -> String {
        let mut words = format!("{} {} {}", self.number, self.company, self.facts);
        for job in &self.jobs {
            words.push(' ');
            words.push_str(&job.title);
        }
        words.to_lowercase()
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self::samples().swap_remove(0)
    }

    /// Several booths, one with a long name, one without jobs.
    pub fn samples() -> Vec<Self> {
        let companies = [
            ("澄源半导体（示例）", "制造业 · 500–999 人 · 长沙"),
            ("远航智能装备（示例）", "制造业 · 1000–4999 人 · 株洲"),
            (
                "禾木生物（示例）",
                "科学研究和技术服务业 · 100–499 人 · 南昌",
            ),
            ("云杉建筑设计院（示例）", "建筑业 · 1000–4999 人 · 南昌"),
            (
                "中南轨道交通综合勘察设计研究有限责任公司（示例）",
                "建筑业 · 5000 人以上 · 武汉",
            ),
            ("北辰物流科技（示例）", "交通运输业 · 100–499 人 · 广州"),
        ];
        let jobs = [
            (
                "模拟电路设计工程师",
                "15–22K",
                "全职 · 硕士及以上 · 长沙、深圳 · 招 6 人",
            ),
            (
                "嵌入式软件开发工程师",
                "11–17K",
                "全职 · 本科及以上 · 长沙 · 招 8 人",
            ),
            (
                "版图设计实习生",
                "4–5K",
                "实习 · 本科及以上 · 长沙 · 招 4 人",
            ),
        ];
        let job = |n: usize, (title, pay, facts): &(&str, &str, &str)| {
            JobCard {
            job: format!("018f0000-0000-7000-8000-0000000001{n:02}"),
            title: (*title).to_owned(),
            pay: (*pay).to_owned(),
            facts: (*facts).to_owned(),
            text: "负责电源管理芯片的电路设计、仿真与测试验证；熟悉带隙基准、LDO、DC-DC 中的一种或几种。"
                .to_owned(),
        }
        };
        companies
            .iter()
            .enumerate()
            .map(|(at, (company, facts))| Self {
                booth: format!("018f0000-0000-7000-8000-0000000000{:02}", at + 10),
                number: format!("B-{:03}", at + 1),
                company: (*company).to_owned(),
                facts: (*facts).to_owned(),
                intro: "专注于工业与汽车电源管理芯片的设计公司，拥有从模拟电路、版图到封装测试的完整团队，\
                        正在建设第二代车规产品线。"
                    .to_owned(),
                jobs: jobs.iter().enumerate().map(|(n, each)| job(n, each)).take(3 - at % 3).collect(),
            })
            .collect()
    }
}

/// `11-22 09:00 – 17:00`; the end's date only when it is another day.
pub fn period(starts_ms: i64, ends_ms: i64) -> String {
    let (start, end) = (beijing(starts_ms), beijing(ends_ms));
    match (start.split_once(' '), end.split_once(' ')) {
        (Some((day, _)), Some((same, hour))) if day == same => format!("{start} – {hour}"),
        _ => format!("{start} – {end}"),
    }
}

impl FairCard {
    /// A fair of a student's list.
    pub fn of_list(fair: &StudentFair, now_ms: i64) -> Self {
        let time = FairTime::of(fair.starts_ms, fair.ends_ms, now_ms);
        Self {
            fair: fair.id.to_string(),
            title: fair.title.clone(),
            when: period(fair.starts_ms, fair.ends_ms),
            host: fair.school_name.clone(),
            phase: time.zh(),
            running: time == FairTime::Running,
            booths: usize::try_from(fair.booths).unwrap_or_default(),
            admitted: fair.admitted,
        }
    }

    /// A fair at the head of its own pages.
    pub fn of(fair: &Fair, booths: usize, now_ms: i64) -> Self {
        let time = fair.time(now_ms);
        Self {
            fair: fair.id.to_string(),
            title: fair.title.clone(),
            when: period(fair.starts_ms, fair.ends_ms),
            host: fair.school_name.clone(),
            phase: time.zh(),
            running: time == FairTime::Running,
            booths,
            admitted: true,
        }
    }
}

impl From<&Job> for JobCard {
    fn from(job: &Job) -> Self {
        let facts = [
            job.kind.zh().to_owned(),
            job.degree_zh().to_owned(),
            job.cities_text(),
            format!("招 {} 人", job.headcount),
            job.majors_text(),
        ];
        Self {
            job: job.id.to_string(),
            title: job.title.clone(),
            pay: job.pay(),
            facts: joined(&facts),
            text: job.description.clone(),
        }
    }
}

impl From<&Booth> for BoothCard {
    fn from(booth: &Booth) -> Self {
        let facts = [
            booth.city.clone(),
            booth.industry.clone(),
            booth.scale.clone(),
        ];
        Self {
            booth: booth.id.to_string(),
            number: booth.number.clone(),
            company: booth.company.clone(),
            facts: joined(&facts),
            intro: booth.intro.clone(),
            jobs: booth.jobs.iter().map(JobCard::from).collect(),
        }
    }
}

/// The parts that are not empty, between dots.
fn joined(parts: &[String]) -> String {
    let full: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    full.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_names_the_day_once() {
        assert_eq!(period(0, 3_600_000), "01-01 08:00 – 09:00");
        assert_eq!(period(0, 86_400_000), "01-01 08:00 – 01-02 08:00");
    }

    #[test]
    fn search_finds_job_titles_and_companies() {
        let words = BoothCard::sample().words();
        assert!(words.contains("模拟电路") && words.contains("澄源") && words.contains("b-001"));
    }
}
