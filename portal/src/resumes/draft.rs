//! A section as it stands in the editor's form. Whatever was typed is kept, right or wrong; rows
//! are added, moved and taken away without being saved, so that it works without a script.

use super::rules::{Experience, Intent, Section, Sections};
use crate::web::FormErrors;

/// Entries of one section.
pub const ENTRIES: usize = 10;
/// Words of a list: skills, certificates, languages.
pub const WORDS: usize = 20;
/// Characters of one word.
pub const WORD_CHARS: usize = 40;
/// Cities of an intent.
pub const CITIES: usize = 5;
/// Characters of titles, roles and positions.
pub const TITLE_CHARS: usize = 60;
/// Characters of a text.
pub const TEXT_CHARS: usize = 1_000;
/// Characters of the summary.
pub const SUMMARY_CHARS: usize = 500;

/// One entry in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryDraft {
    /// School, company, project.
    pub title: String,
    /// Role, or major and degree.
    pub role: String,
    /// First month, as it was typed.
    pub from: String,
    /// Last month; empty: it goes on.
    pub to: String,
    /// What was done.
    pub text: String,
    /// Faults.
    pub errors: FormErrors,
}

/// A section in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// 期望职位.
    pub position: String,
    /// 期望城市, as they were typed.
    pub cities: String,
    /// 期望薪资.
    pub pay: String,
    /// Words, one a line.
    pub words: String,
    /// The summary.
    pub summary: String,
    /// Entries.
    pub entries: Vec<EntryDraft>,
    /// Faults outside the entries.
    pub errors: FormErrors,
}

/// What a button of the form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Save.
    Save,
    /// One more entry.
    Add,
    /// Take an entry away.
    Remove(usize),
    /// Move an entry up.
    Up(usize),
}

impl Step {
    /// Reads a button's value; anything unknown saves.
    pub fn parse(text: &str) -> Self {
        let (word, index) = text.split_once('-').unwrap_or((text, ""));
        match (word, index.parse()) {
            ("add", _) => Self::Add,
            ("remove", Ok(index)) => Self::Remove(index),
            ("up", Ok(index)) => Self::Up(index),
            _ => Self::Save,
        }
    }
}

impl Draft {
    /// A section as it is stored.
    pub fn of(section: Section, sections: &Sections) -> Self {
        let mut draft = Self {
            position: sections.intent.position.clone(),
            cities: sections.intent.cities.join("、"),
            pay: sections.intent.pay.clone(),
            words: sections
                .words(section)
                .map(|words| words.join("\n"))
                .unwrap_or_default(),
            summary: sections.summary.clone(),
            ..Self::default()
        };
        if let Some(entries) = sections.entries(section) {
            draft.entries = entries.iter().map(EntryDraft::from).collect();
            if draft.entries.is_empty() {
                draft.entries.push(EntryDraft::default());
            }
        }
        draft
    }

    /// What came with the form. Fields of entries are named `title-0` and so on.
    pub fn read(pairs: &[(String, String)]) -> Self {
        let get = |name: &str| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found
                .map(|(_, value)| value.replace("\r\n", "\n"))
                .unwrap_or_default()
        };
        let has = |name: &str| pairs.iter().any(|(key, _)| key == name);
        let entries = (0..=ENTRIES)
            .take_while(|index| has(&format!("title-{index}")))
            .map(|index| EntryDraft {
                title: get(&format!("title-{index}")),
                role: get(&format!("role-{index}")),
                from: get(&format!("from-{index}")),
                to: get(&format!("to-{index}")),
                text: get(&format!("text-{index}")),
                errors: FormErrors::default(),
            })
            .collect();
        Self {
            position: get("position"),
            cities: get("cities"),
            pay: get("pay"),
            words: get("words"),
            summary: get("summary"),
            entries,
            errors: FormErrors::default(),
        }
    }

    /// Does what a button asks for, except saving.
    pub fn step(&mut self, step: Step) {
        match step {
            Step::Add if self.entries.len() < ENTRIES => self.entries.push(EntryDraft::default()),
            Step::Add => {
                let text = format!("最多填写 {ENTRIES} 段");
                self.errors.add("entries", text);
            }
            Step::Remove(index) if index < self.entries.len() => {
                self.entries.remove(index);
            }
            Step::Up(index) if (1..self.entries.len()).contains(&index) => {
                self.entries.swap(index, index - 1);
            }
            Step::Remove(_) | Step::Up(_) | Step::Save => {}
        }
    }

    /// The section to be stored, or `None` with the faults written into the draft. Entries that
    /// are quite empty are left out.
    pub fn check(&mut self, section: Section) -> Option<Sections> {
        let mut sections = Sections::default();
        match section {
            Section::Intent => sections.intent = self.check_intent(),
            Section::Education => sections.education = self.check_entries(),
            Section::Internships => sections.internships = self.check_entries(),
            Section::Projects => sections.projects = self.check_entries(),
            Section::Campus => sections.campus = self.check_entries(),
            Section::Skills => sections.skills = self.check_words(),
            Section::Certificates => sections.certificates = self.check_words(),
            Section::Languages => sections.languages = self.check_words(),
            Section::Summary => sections.summary = self.check_summary(),
        }
        let good = self.errors.is_empty() && self.entries.iter().all(|one| one.errors.is_empty());
        good.then_some(sections)
    }

    fn check_intent(&mut self) -> Intent {
        let cities = words(&self.cities);
        if self.position.trim().is_empty() {
            self.errors.add("position", "请填写期望职位");
        }
        within("position", &self.position, TITLE_CHARS, &mut self.errors);
        if cities.is_empty() {
            self.errors.add("cities", "请填写期望城市");
        } else if cities.len() > CITIES || cities.iter().any(|city| city.chars().count() > 20) {
            let text = format!("最多 {CITIES} 个城市，每个不超过 20 个字");
            self.errors.add("cities", text);
        }
        within("pay", &self.pay, 30, &mut self.errors);
        Intent {
            position: self.position.trim().to_owned(),
            cities,
            pay: self.pay.trim().to_owned(),
        }
    }

    fn check_words(&mut self) -> Vec<String> {
        let list = words(&self.words);
        let long = list.iter().any(|word| word.chars().count() > WORD_CHARS);
        if list.len() > WORDS || long {
            let text = format!("最多 {WORDS} 项，每项不超过 {WORD_CHARS} 个字");
            self.errors.add("words", text);
        }
        list
    }

    fn check_summary(&mut self) -> String {
        within("summary", &self.summary, SUMMARY_CHARS, &mut self.errors);
        self.summary.trim().to_owned()
    }

    fn check_entries(&mut self) -> Vec<Experience> {
        self.entries.retain(|one| !one.is_empty());
        if self.entries.len() > ENTRIES {
            let text = format!("最多填写 {ENTRIES} 段");
            self.errors.add("entries", text);
        }
        self.entries.iter_mut().map(EntryDraft::check).collect()
    }
}

impl From<&Experience> for EntryDraft {
    fn from(one: &Experience) -> Self {
        let (from, to) = one.period.split_once('–').unwrap_or((&one.period, ""));
        Self {
            title: one.title.clone(),
            role: one.role.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            text: one.text.clone(),
            errors: FormErrors::default(),
        }
    }
}

impl EntryDraft {
    fn is_empty(&self) -> bool {
        let all = [&self.title, &self.role, &self.from, &self.to, &self.text];
        all.into_iter().all(|text| text.trim().is_empty())
    }

    fn check(&mut self) -> Experience {
        let mut errors = FormErrors::default();
        if self.title.trim().is_empty() {
            errors.add("title", "请填写名称");
        }
        within("title", &self.title, TITLE_CHARS, &mut errors);
        within("role", &self.role, TITLE_CHARS, &mut errors);
        within("text", &self.text, TEXT_CHARS, &mut errors);
        let period = self.period(&mut errors);
        self.errors = errors;
        Experience {
            title: self.title.trim().to_owned(),
            role: self.role.trim().to_owned(),
            period,
            text: self.text.trim().to_owned(),
        }
    }

    /// `2025.03–2026.01`, `2025.03–至今`.
    fn period(&self, errors: &mut FormErrors) -> String {
        const SHAPE: &str = "请按 2025.03 的样子填写年月";
        let from = month(&self.from);
        if from.is_none() {
            errors.add("from", SHAPE);
        }
        let goes_on = matches!(self.to.trim(), "" | "至今");
        let to = month(&self.to);
        if to.is_none() && !goes_on {
            errors.add("to", "请按 2025.03 的样子填写，仍在进行可不填");
        }
        if let (Some(from), Some(to)) = (&from, &to)
            && from > to
        {
            errors.add("to", "结束年月不能早于开始年月");
        }
        let to = to.unwrap_or_else(|| "至今".to_owned());
        from.map(|from| format!("{from}–{to}")).unwrap_or_default()
    }
}

/// Reads `2025.03`, `2025-3`, `2025/03`, `2025年3月`, `202503`; full-width forms too.
fn month(text: &str) -> Option<String> {
    let text = formats::text::half_width(text);
    let text = text.trim().trim_end_matches('月');
    let (year, month) = text
        .split_once(['.', '-', '/', '年', '。'])
        .or_else(|| text.is_ascii().then(|| text.split_at_checked(4)).flatten())?;
    let (year, month): (u16, u8) = (year.trim().parse().ok()?, month.trim().parse().ok()?);
    ((1950..=2100).contains(&year) && (1..=12).contains(&month))
        .then(|| format!("{year}.{month:02}"))
}

/// Words that stand on lines of their own or between commas, each once.
fn words(text: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for word in text.split(['\n', '、', '，', ',', ';', '；']) {
        let word = word.trim();
        if !word.is_empty() && !list.iter().any(|known| known == word) {
            list.push(word.to_owned());
        }
    }
    list
}

fn within(field: &'static str, text: &str, limit: usize, errors: &mut FormErrors) {
    let chars = text.trim().chars().count();
    if chars > limit {
        errors.add(field, format!("最多 {limit} 个字，现在是 {chars} 个字"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn months_are_read_however_they_are_typed() {
        for good in [
            "2025.03",
            "2025-3",
            "2025/03",
            "2025年3月",
            "202503",
            "２０２５．０３",
        ] {
            assert_eq!(month(good).as_deref(), Some("2025.03"), "{good}");
        }
        for bad in ["", "2025", "2025.13", "1900.01", "三月", "20253月x", "至今"] {
            assert_eq!(month(bad), None, "{bad}");
        }
    }

    #[test]
    fn rows_are_added_moved_and_taken_away_without_losing_what_was_typed() {
        let typed = pairs(&[
            ("title-0", "甲"),
            ("from-0", "乱写"),
            ("title-1", "乙"),
            ("text-1", "一\r\n二"),
        ]);
        let mut draft = Draft::read(&typed);
        draft.step(Step::parse("add"));
        draft.step(Step::parse("up-1"));
        let titles: Vec<_> = draft.entries.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(titles, ["乙", "甲", ""]);
        assert_eq!(
            (
                draft.entries[0].text.as_str(),
                draft.entries[1].from.as_str()
            ),
            ("一\n二", "乱写")
        );
        draft.step(Step::parse("remove-0"));
        draft.step(Step::parse("remove-9"));
        assert_eq!(
            (draft.entries[0].title.as_str(), draft.entries.len()),
            ("甲", 2)
        );
        for _ in 0..ENTRIES {
            draft.step(Step::Add);
        }
        assert_eq!(draft.entries.len(), ENTRIES);
        assert!(draft.errors.get("entries").is_some());
    }

    #[test]
    fn faults_stand_beside_their_row_and_empty_rows_do_not_count() {
        let typed = pairs(&[
            ("title-0", ""),
            ("title-1", "乙"),
            ("from-1", "2026.01"),
            ("to-1", "2025.01"),
            ("title-2", ""),
            ("text-2", "有内容"),
        ]);
        let mut draft = Draft::read(&typed);
        assert_eq!(draft.check(Section::Projects), None);
        assert_eq!(draft.entries.len(), 2);
        assert!(draft.entries[0].errors.get("to").is_some());
        let second = &draft.entries[1].errors;
        assert!(second.get("title").is_some() && second.get("from").is_some());
    }

    #[test]
    fn a_good_section_is_stored_and_read_back() {
        let typed = pairs(&[
            ("title-0", " 项目 "),
            ("from-0", "2025-3"),
            ("to-0", ""),
            ("text-0", "做了"),
        ]);
        let sections = Draft::read(&typed).check(Section::Projects).unwrap();
        assert_eq!(sections.projects[0].period, "2025.03–至今");
        let again = Draft::of(Section::Projects, &sections);
        assert_eq!(
            (again.entries[0].from.as_str(), again.entries[0].to.as_str()),
            ("2025.03", "至今")
        );
        let typed = pairs(&[("words", "英语六级、 CET，\n英语六级\n")]);
        let sections = Draft::read(&typed).check(Section::Languages).unwrap();
        assert_eq!(sections.languages, ["英语六级", "CET"]);
    }

    #[test]
    fn limits_count_characters() {
        for (section, field, limit) in [
            (Section::Summary, "summary", SUMMARY_CHARS),
            (Section::Skills, "words", WORD_CHARS),
        ] {
            let fits = "字".repeat(limit);
            assert!(
                Draft::read(&pairs(&[(field, &fits)]))
                    .check(section)
                    .is_some()
            );
            let long = "字".repeat(limit + 1);
            let mut draft = Draft::read(&pairs(&[(field, &long)]));
            assert!(draft.check(section).is_none() && draft.errors.get(field).is_some());
        }
        let mut draft = Draft::read(&pairs(&[("position", ""), ("cities", "")]));
        assert!(draft.check(Section::Intent).is_none());
        assert!(draft.errors.get("position").is_some() && draft.errors.get("cities").is_some());
    }
}
