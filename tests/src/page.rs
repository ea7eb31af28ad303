//! One browser page, by what a person does and sees.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use fantoccini::{Client, Locator};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::colour::Colour;
use crate::devtools::Devtools;
use crate::wait;

/// A browser with one page.
pub struct Page {
    client: Client,
    /// The colour of its camera.
    pub colour: Colour,
}

/// What a connection received so far, summed over its tracks (`getStats`, inbound-rtp).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// Decoded video frames.
    pub frames: f64,
    /// Audio packets.
    pub audio_packets: f64,
    /// Energy of the audio that was played.
    pub audio_energy: f64,
}

impl Page {
    pub(crate) fn new(client: Client, colour: Colour) -> Self {
        Self { client, colour }
    }

    /// Runs JavaScript in every page that this browser opens from here on, before the page's own.
    ///
    /// # Errors
    /// When the browser does not take it.
    pub async fn before_load(&self, script: &str) -> Result<()> {
        let command = Devtools {
            command: "Page.addScriptToEvaluateOnNewDocument",
            parameters: json!({ "source": format!("(() => {{ {script} }})();") }),
        };
        self.client.issue_cmd(command).await.map(drop)?;
        Ok(())
    }

    /// Opens an address.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn goto(&self, url: &str) -> Result<()> {
        self.client
            .goto(url)
            .await
            .with_context(|| format!("open {url}"))
    }

    /// Loads the page anew, as a person who presses F5.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Waits for a control by its `data-testid` to be there and visible, then clicks it.
    ///
    /// # Errors
    /// When it never comes.
    pub async fn click(&self, id: &str) -> Result<()> {
        self.click_css(&by(id)).await
    }

    /// [`Page::click`] by CSS selector.
    ///
    /// # Errors
    /// When it never comes.
    pub async fn click_css(&self, css: &str) -> Result<()> {
        wait::until(&format!("{css} to be clicked"), async || {
            let element = self.client.find(Locator::Css(css)).await?;
            if !element.is_displayed().await? || !element.is_enabled().await? {
                return Ok(None);
            }
            element.click().await?;
            Ok(Some(()))
        })
        .await
        .context(self.describe().await)
    }

    /// Types into a field.
    ///
    /// # Errors
    /// When it never comes.
    pub async fn fill(&self, id: &str, text: &str) -> Result<()> {
        let css = by(id);
        wait::until(&format!("{css} to be filled"), async || {
            let element = self.client.find(Locator::Css(&css)).await?;
            element.send_keys(text).await?;
            Ok(Some(()))
        })
        .await
    }

    /// Waits until a control is visible and gives its text.
    ///
    /// # Errors
    /// When it never comes.
    pub async fn sees(&self, id: &str) -> Result<String> {
        self.sees_where(id, |_| true).await
    }

    /// Waits until a control is visible with a text that `holds`.
    ///
    /// # Errors
    /// When it never comes.
    pub async fn sees_where(&self, id: &str, holds: impl Fn(&str) -> bool) -> Result<String> {
        let css = by(id);
        wait::until(&format!("{css} to be seen"), async || {
            let element = self.client.find(Locator::Css(&css)).await?;
            if !element.is_displayed().await? {
                return Ok(None);
            }
            let text = element.text().await?;
            Ok(holds(&text).then_some(text))
        })
        .await
        .context(self.describe().await)
    }

    /// Is the control on the page and visible, right now?
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn shows(&self, id: &str) -> Result<bool> {
        match self.client.find(Locator::Css(&by(id))).await {
            Ok(element) => Ok(element.is_displayed().await?),
            Err(error) if error.is_no_such_element() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// How many controls of this `data-testid` there are.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn count(&self, id: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(&by(id))).await?.len())
    }

    /// Waits until a control is not on the page, or hidden.
    ///
    /// # Errors
    /// When it stays.
    pub async fn sees_gone(&self, id: &str) -> Result<()> {
        wait::until(&format!("{id} to go"), async || {
            Ok((!self.shows(id).await?).then_some(()))
        })
        .await
    }

    /// Runs JavaScript in the page; `await` is allowed, the value of `return` comes back.
    ///
    /// # Errors
    /// When it throws.
    pub async fn run(&self, script: &str) -> Result<Value> {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1];\
             (async () => {{ {script} }})().then(v => done({{ ok: v ?? null }}), e => done({{ error: String(e) }}));"
        );
        let answer = self.client.execute_async(&wrapped, vec![]).await?;
        ensure!(
            answer.get("error").is_none(),
            "the script failed: {}",
            answer["error"]
        );
        Ok(answer["ok"].clone())
    }

    /// What the page's media connection received so far.
    ///
    /// # Errors
    /// When the page has no connection.
    pub async fn received(&self) -> Result<Received> {
        let value = self
            .run(
                "const stats = await window.__pinhui.media.stats();
                 const sum = { frames: 0, audioPackets: 0, audioEnergy: 0 };
                 for (const s of stats.inbound) {
                   if (s.kind === 'video') sum.frames += s.framesDecoded;
                   if (s.kind === 'audio') {
                     sum.audioPackets += s.packetsReceived;
                     sum.audioEnergy += s.totalAudioEnergy;
                   }
                 }
                 return sum;",
            )
            .await?;
        Ok(serde_json::from_value(value)?)
    }

    /// How often this page negotiated a media connection.
    ///
    /// # Errors
    /// When the page has none.
    pub async fn offers(&self) -> Result<u64> {
        let value = self.run("return window.__pinhui.media.offers;").await?;
        value.as_u64().context("the page counts no offers")
    }

    /// How often this page changed the credentials of its connection (ICE restart).
    ///
    /// # Errors
    /// When the page has none.
    pub async fn restarts(&self) -> Result<u64> {
        let value = self.run("return window.__pinhui.media.restarts;").await?;
        value.as_u64().context("the page counts no restarts")
    }

    /// How the page's connection is: `connected`, `unstable`, `failed`, …
    ///
    /// # Errors
    /// When the page has none.
    pub async fn media_state(&self) -> Result<String> {
        let value = self.run("return window.__pinhui.media.state;").await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Where the page's media go: protocol and address of the server's candidate in use.
    ///
    /// # Errors
    /// When the page has no connection.
    pub async fn media_path(&self) -> Result<String> {
        let value = self
            .run("return (await window.__pinhui.media.stats()).path;")
            .await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until pictures and sound came in after `before`: decoded frames and audio energy
    /// rose.
    ///
    /// # Errors
    /// When nothing comes.
    pub async fn hears_and_sees_since(&self, before: Received) -> Result<Received> {
        wait::until("moving pictures and sound", async || {
            let now = self.received().await?;
            let moved = now.frames >= before.frames + 15.0
                && now.audio_packets >= before.audio_packets + 25.0
                && now.audio_energy > before.audio_energy;
            Ok(moved.then_some(now))
        })
        .await
        .context(self.describe().await)
    }

    /// [`Page::hears_and_sees_since`] from now on.
    ///
    /// # Errors
    /// When nothing comes.
    pub async fn hears_and_sees(&self) -> Result<Received> {
        let before = wait::until("a media connection", async || {
            Ok(Some(self.received().await?))
        })
        .await?;
        self.hears_and_sees_since(before).await
    }

    /// Waits until the `<video>` shows a picture of `colour`, by its mean pixel.
    ///
    /// # Errors
    /// When it never does.
    pub async fn shows_picture(&self, video: &str, colour: Colour) -> Result<()> {
        let script = format!(
            "const video = document.querySelector({:?});
             if (!video || !video.videoWidth) return null;
             const canvas = document.createElement('canvas');
             canvas.width = 32; canvas.height = 18;
             const context = canvas.getContext('2d');
             context.drawImage(video, 0, 0, 32, 18);
             const data = context.getImageData(0, 0, 32, 18).data;
             const sum = [0, 0, 0];
             for (let i = 0; i < data.length; i += 4) {{
               sum[0] += data[i]; sum[1] += data[i + 1]; sum[2] += data[i + 2];
             }}
             return sum.map(v => v / (data.length / 4));",
            by(video)
        );
        wait::until(&format!("{video} to show {colour:?}"), async || {
            let mean: Option<[f64; 3]> = serde_json::from_value(self.run(&script).await?)?;
            Ok(mean
                .and_then(|[red, green, blue]| Colour::of(red, green, blue))
                .filter(|seen| *seen == colour)
                .map(drop))
        })
        .await
        .context(self.describe().await)
    }

    /// Keeps a screenshot for a person to look at, when `PINHUI_SHOTS` names a folder.
    ///
    /// # Errors
    /// When the browser or the disk does not.
    pub async fn keep_shot(&self, name: &str) -> Result<()> {
        match std::env::var_os("PINHUI_SHOTS") {
            Some(folder) => self.screenshot(&Path::new(&folder).join(name)).await,
            None => Ok(()),
        }
    }

    /// Writes a screenshot.
    ///
    /// # Errors
    /// When the browser or the disk does not.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, self.client.screenshot().await?)?)
    }

    /// Closes the browser.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// Address and visible text, for the message of a failed test; a screenshot goes beside it
    /// when `PINHUI_SHOTS` names a folder.
    async fn describe(&self) -> String {
        if let Some(folder) = std::env::var_os("PINHUI_SHOTS") {
            let name = format!("failed-{:?}-{}.png", self.colour, std::process::id());
            let _ = self.screenshot(&Path::new(&folder).join(name)).await;
        }
        let url = self
            .client
            .current_url()
            .await
            .map(|u| u.to_string())
            .unwrap_or_default();
        let text = self
            .client
            .execute(
                "return document.body ? document.body.innerText : ''",
                vec![json!(null)],
            )
            .await
            .unwrap_or_default();
        format!("page {url} says: {}", text.as_str().unwrap_or_default())
    }
}

fn by(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}
