//! A list as CSV (RFC 4180): `代码,名称,上级,顺序,状态`. Nothing is taken unless all rows are right.

use std::collections::BTreeMap;

use formats::{Fault, text};

use super::{Entry, List};

/// Most rows of one import.
pub const IMPORT_ROWS: usize = 2000;
/// Longest text of one import, bytes.
pub const IMPORT_BYTES: usize = 512 * 1024;
/// Shortest and longest label.
pub const LABEL_CHARS: (usize, usize) = (1, 60);
/// Longest code.
pub const CODE_CHARS: usize = 32;
/// Largest ordinal.
pub const MAX_ORDINAL: i64 = 1_000_000;

/// Splits CSV text into rows of cells, with the number of the line on which each row begins.
///
/// # Errors
/// The line on which a quoted cell begins that does not end.
pub fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, usize> {
    let text = text.trim_start_matches('\u{feff}');
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut began, mut quoted) = (1, 1, None);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        if quoted.is_some() {
            match (c, chars.peek()) {
                ('"', Some('"')) => {
                    chars.next();
                    cell.push('"');
                }
                ('"', _) => quoted = None,
                _ => cell.push(c),
            }
            continue;
        }
        match c {
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = Some(line);
            }
            ',' | '，' | '\t' => cells.push(std::mem::take(&mut cell)),
            '\r' => {}
            '\n' => {
                cells.push(std::mem::take(&mut cell));
                rows.push((began, std::mem::take(&mut cells)));
                began = line;
            }
            _ => cell.push(c),
        }
    }
    if let Some(line) = quoted {
        return Err(line);
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        rows.push((began, cells));
    }
    rows.retain(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(rows)
}

/// Reads entries from CSV. `present` are the list's entries, `parents` those that an entry can
/// belong to. What a row leaves out stays as it is, or is a new entry's usual value.
///
/// # Errors
/// All faults, by row.
pub fn read(
    list: List,
    text: &str,
    (present, parents): (&[Entry], &[Entry]),
) -> Result<Vec<Entry>, Vec<String>> {
    if text.len() > IMPORT_BYTES {
        return Err(vec![format!("内容超过 {} KB", IMPORT_BYTES / 1024)]);
    }
    let mut rows = rows(text).map_err(|line| vec![format!("第 {line} 行：引号没有结束")])?;
    if rows.first().is_some_and(|(_, cells)| is_head(cells)) {
        rows.remove(0);
    }
    match rows.len() {
        0 => return Err(vec!["没有可导入的行".to_owned()]),
        1..=IMPORT_ROWS => {}
        _ => return Err(vec![format!("一次最多 {IMPORT_ROWS} 行，请分批导入")]),
    }
    let mut next = present.iter().map(|entry| entry.ordinal).max().unwrap_or(0);
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (line, cells) in rows {
        next += 10;
        let cell = |nth: usize| cells.get(nth).map_or("", |cell| cell.trim());
        let fields = Fields {
            code: cell(0),
            label: cell(1),
            parent: cell(2),
            ordinal: cell(3),
            status: cell(4),
        };
        let old = present.iter().find(|entry| entry.code == fields.code);
        match entry(list, &fields, (old, next), parents) {
            Err(problems) => {
                faults.extend(
                    problems
                        .into_iter()
                        .map(|(_, text)| format!("第 {line} 行：{text}")),
                );
            }
            Ok(entry) => match seen.insert(entry.code.clone(), line) {
                Some(first) => faults.push(format!("第 {line} 行：代码与第 {first} 行重复")),
                None => entries.push(entry),
            },
        }
    }
    if faults.is_empty() {
        Ok(entries)
    } else {
        Err(faults)
    }
}

fn is_head(cells: &[String]) -> bool {
    cells
        .first()
        .is_some_and(|cell| matches!(cell.trim(), "代码" | "code"))
}

/// What someone typed for an entry, in a form or in a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fields<'a> {
    /// 代码.
    pub code: &'a str,
    /// 名称.
    pub label: &'a str,
    /// 上级.
    pub parent: &'a str,
    /// 顺序; empty: as it is, or the given place.
    pub ordinal: &'a str,
    /// 启用 or 停用; empty: as it is, or 启用.
    pub status: &'a str,
}

/// An entry from what someone typed. `old`: as it is now, and a new one's place.
///
/// # Errors
/// Field and Chinese text of each fault.
pub fn entry(
    list: List,
    fields: &Fields<'_>,
    (old, place): (Option<&Entry>, i64),
    parents: &[Entry],
) -> Result<Entry, Vec<(&'static str, String)>> {
    let mut faults = Vec::new();
    if !is_code(fields.code) {
        let text = format!("代码须为 1 至 {CODE_CHARS} 个字母、数字、点、下划线或短横线");
        faults.push(("code", text));
    }
    let label = text::plain_line(fields.label, LABEL_CHARS);
    if let Err(fault) = &label {
        faults.push(("label", format!("名称：{}", fault.zh())));
    }
    let parent = match (fields.parent, old) {
        ("", Some(old)) => old.parent.as_str(),
        (typed, _) => typed,
    };
    match list.parents() {
        Some(above) if !parents.iter().any(|entry| entry.code == parent) => {
            faults.push(("parent", format!("上级须为{}的代码", above.zh())));
        }
        None if !parent.is_empty() => faults.push(("parent", "这个字典没有上级".to_owned())),
        Some(_) | None => {}
    }
    let ordinal = match (fields.ordinal, old) {
        ("", Some(old)) => Some(old.ordinal),
        ("", None) => Some(place),
        (typed, _) => typed.parse().ok(),
    };
    let ordinal = ordinal.filter(|ordinal| (0..=MAX_ORDINAL).contains(ordinal));
    if ordinal.is_none() {
        faults.push(("ordinal", format!("顺序须为 0 至 {MAX_ORDINAL} 的整数")));
    }
    let enabled = match (fields.status, old) {
        ("", Some(old)) => Some(old.enabled),
        ("" | "启用" | "on", _) => Some(true),
        ("停用" | "off", _) => Some(false),
        _ => None,
    };
    if enabled.is_none() {
        faults.push(("status", "状态须为“启用”或“停用”".to_owned()));
    }
    match (label, ordinal, enabled) {
        (Ok(label), Some(ordinal), Some(enabled)) if faults.is_empty() => Ok(Entry {
            code: fields.code.to_owned(),
            label,
            parent: parent.to_owned(),
            ordinal,
            enabled,
            changed: true,
        }),
        _ => Err(faults),
    }
}

fn is_code(text: &str) -> bool {
    (1..=CODE_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parent(code: &str) -> Entry {
        Entry {
            code: code.to_owned(),
            label: "工学".to_owned(),
            parent: String::new(),
            ordinal: 10,
            enabled: true,
            changed: false,
        }
    }

    #[test]
    fn rows_are_read_with_quotes_and_either_comma() {
        let text = "\u{feff}代码,名称\r\n\"0807\",\"电子,\"\"信息\"\"\n类\"\n\n0808，自动化类";
        let rows = rows(text).unwrap();
        assert_eq!(
            rows[1],
            (2, vec!["0807".to_owned(), "电子,\"信息\"\n类".to_owned()])
        );
        assert_eq!(rows[2], (5, vec!["0808".to_owned(), "自动化类".to_owned()]));
        assert_eq!(super::rows("a\n\"b"), Err(2));
    }

    #[test]
    fn entries_are_read_or_all_faults_told() {
        let parents = [parent("08")];
        let read = |text: &str| read(List::MajorClasses, text, (&[], &parents));
        let entries = read("代码,名称,上级\n0807,电子信息类,08\n0808,自动化类,08,5,停用").unwrap();
        assert_eq!((entries[0].ordinal, entries[0].enabled), (10, true));
        assert_eq!((entries[1].ordinal, entries[1].enabled), (5, false));
        let faults = read("0807,电子信息类,08\n0807,重复,08\n坏,,99,x,y").unwrap_err();
        assert_eq!(faults[0], "第 2 行：代码与第 1 行重复");
        assert_eq!(faults.len(), 6, "{faults:#?}");
        assert!(
            faults[1..]
                .iter()
                .all(|fault| fault.starts_with("第 3 行："))
        );
        assert_eq!(read(" \n").unwrap_err(), ["没有可导入的行"]);
        let many = "1,x,08\n".repeat(IMPORT_ROWS + 1);
        assert!(read(&many).unwrap_err()[0].contains("分批"));
    }

    #[test]
    fn what_a_row_leaves_out_stays() {
        let old = Entry {
            ordinal: 70,
            enabled: false,
            ..parent("08")
        };
        let entries = read(List::Disciplines, "08,工学（新）", (&[old], &[])).unwrap();
        assert_eq!((entries[0].ordinal, entries[0].enabled), (70, false));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _rows = rows(&text);
            let _entries = read(List::Majors, &text, (&[], &[]));
        }
    }
}
