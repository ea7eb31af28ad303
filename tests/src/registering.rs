//! How a person registers: forms, uploads, the picture with digits, the code on the telephone.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use portal::accounts::captchas;
use portal::web::secret::Signer;
use serde_json::json;

use crate::page::Page;
use crate::{demo, http, wait};

/// A person with a telephone of his own.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Real name.
    pub name: &'static str,
    /// Department.
    pub department: &'static str,
    /// Mobile number, the login name.
    pub mobile: &'static str,
    /// Password.
    pub password: &'static str,
}

/// A picture that passes for a stamped letter or a licence.
///
/// # Errors
/// When the file cannot be written.
pub fn picture(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    let file = std::fs::File::create(&path)?;
    let mut encoder = png::Encoder::new(file, 64, 64);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = [200_u8; 64 * 64 * 3];
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(path)
}

impl Page {
    /// Chooses an option of a list by its words.
    ///
    /// # Errors
    /// When there is no such option.
    pub async fn choose(&self, id: &str, words: &str) -> Result<()> {
        let script = format!(
            "const list = document.querySelector(\"[data-testid='{id}']\");
             const option = [...(list?.options ?? [])].find(o => o.text.trim() === '{words}');
             if (!option) return false;
             list.value = option.value;
             list.dispatchEvent(new Event('change', {{ bubbles: true }}));
             return true;"
        );
        wait::until(&format!("{words} in {id}"), async || {
            Ok((self.run(&script).await? == json!(true)).then_some(()))
        })
        .await
    }

    /// Uploads a file in one of the house's uploaders, and waits until the server has it.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn uploads(&self, id: &str, file: &Path) -> Result<()> {
        self.fill(&format!("{id}-file"), &file.display().to_string())
            .await?;
        let script =
            format!("return document.querySelector(\"[data-testid='{id}']\").value !== '';");
        wait::until(&format!("the upload of {id}"), async || {
            Ok((self.run(&script).await? == json!(true)).then_some(()))
        })
        .await
    }

    /// Types name, department, mobile number and password, then reads the picture with digits and
    /// the code on the telephone.
    ///
    /// # Errors
    /// When a field is missing or no code comes.
    pub async fn introduces(&self, person: Person, site: &Site) -> Result<()> {
        self.fill("person", person.name).await?;
        self.fill("department", person.department).await?;
        self.fill("mobile", person.mobile).await?;
        self.fill("password", person.password).await?;
        let before = site.messages(person.mobile).await?;
        let id = self
            .run("return document.querySelector('[data-captcha-id]').value;")
            .await?;
        let digits = site.digits(id.as_str().context("a captcha on the page")?)?;
        self.fill("captcha", &digits).await?;
        self.click("get-sms-code").await?;
        let code = wait::until("a code on the telephone", async || {
            let now = site.messages(person.mobile).await?;
            Ok((now != before).then(|| six_digits(&now)).flatten())
        })
        .await?;
        self.fill("sms_code", &code).await
    }

    /// Signs in by mobile number and password.
    ///
    /// # Errors
    /// When the login form does not come, or refuses.
    pub async fn signs_in(&self, url: &str, person: Person) -> Result<()> {
        self.goto(url).await?;
        self.fill("login-name", person.mobile).await?;
        self.fill("login-password", person.password).await?;
        self.click("login-submit").await?;
        // A page asked for before the answer came would cancel the login itself.
        self.sees_gone("login-submit").await
    }
}

/// The running demo as a registering person meets it.
pub struct Site {
    /// Where it answers.
    pub http: String,
    signer: Signer,
}

impl Site {
    /// The demo that answers at `http`, with its data below `folder`.
    ///
    /// # Errors
    /// When its key cannot be read.
    pub fn new(http: &str, folder: &Path) -> Result<Self> {
        let signer = Signer::load_or_create(&folder.join("data/link.key"))?;
        Ok(Self {
            http: http.to_owned(),
            signer,
        })
    }

    /// A page on a host of its own: `who` is one browser's person.
    #[must_use]
    pub fn at(&self, who: &str, path: &str) -> String {
        demo::at(&self.http, who, path)
    }

    /// The digits in a picture. Only the server's own key tells them: a machine cannot read the
    /// picture, and that is its point.
    ///
    /// # Errors
    /// When the id is none.
    pub fn digits(&self, id: &str) -> Result<String> {
        Ok(captchas::digits_of(&self.signer, id.parse()?))
    }

    /// What the telephone of a mobile number shows, newest first, as the demo's page has it.
    ///
    /// # Errors
    /// When the page does not come.
    pub async fn messages(&self, mobile: &str) -> Result<String> {
        let path = format!("/demo/phone/feed?mobile={mobile}");
        let (status, body) = http::get(&self.http, &path).await?;
        ensure!(status == 200, "{path}: {status}");
        Ok(body)
    }

    /// Waits for a link on the telephone that contains `part`.
    ///
    /// # Errors
    /// When none comes.
    pub async fn link(&self, mobile: &str, part: &str) -> Result<String> {
        wait::until(
            &format!("a link with {part} on the telephone"),
            async || {
                let feed = self.messages(mobile).await?;
                let link = feed
                    .split("href=\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next())
                    .find(|href| href.contains(part));
                Ok(link.map(|href| {
                    let start = href.find(part).unwrap_or_default();
                    href[start..].to_owned()
                }))
            },
        )
        .await
    }
}

/// The first six digits in a row that stand alone.
fn six_digits(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .find(|run| run.len() == 6)
        .map(str::to_owned)
}
