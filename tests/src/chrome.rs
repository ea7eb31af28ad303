//! Real Chromium browsers through chromedriver, each with its own camera picture.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use fantoccini::ClientBuilder;
use serde_json::json;

use crate::colour::Colour;
use crate::page::Page;

/// A chromedriver of our own on a free port, ended when dropped with all its browsers.
pub struct Driver {
    child: Child,
    address: String,
    sessions: Mutex<Vec<String>>,
}

/// Window size of a page under test.
#[derive(Debug, Clone, Copy)]
pub enum Screen {
    /// 1280 × 800.
    Laptop,
    /// 390 × 844.
    Phone,
}

impl Driver {
    /// Starts chromedriver (Debian package `chromium-driver`).
    ///
    /// # Errors
    /// When it is not installed or says no port.
    pub fn start() -> Result<Self> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("start chromedriver: is the package chromium-driver installed?")?;
        let stdout = child.stdout.take().context("chromedriver has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let port = loop {
            let line = lines.next().context("chromedriver ended early")??;
            if let Some(port) = line
                .strip_suffix('.')
                .and_then(|l| l.rsplit_once("on port "))
            {
                break port.1.to_owned();
            }
        };
        // Keep reading, so that the pipe never fills up.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            child,
            address: format!("127.0.0.1:{port}"),
            sessions: Mutex::default(),
        })
    }

    /// Opens a browser with a camera in `colour` and a microphone that beeps.
    ///
    /// # Errors
    /// When Chromium does not start.
    pub async fn open(&self, folder: &Path, colour: Colour, screen: Screen) -> Result<Page> {
        let camera = colour.camera_file(folder)?;
        let (width, height) = match screen {
            Screen::Laptop => (1280, 800),
            Screen::Phone => (390, 844),
        };
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--lang=zh-CN".to_owned(),
            "--autoplay-policy=no-user-gesture-required".to_owned(),
            "--use-fake-device-for-media-stream=fps=30".to_owned(),
            "--use-fake-ui-for-media-stream".to_owned(),
            "--allow-loopback-in-peer-connection".to_owned(),
            format!("--use-file-for-fake-video-capture={}", camera.display()),
            format!("--window-size={width},{height}"),
        ];
        let mut capabilities = serde_json::Map::new();
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            json!({ "args": arguments }),
        );
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let client = ClientBuilder::new(connector)
            .capabilities(capabilities)
            .connect(&format!("http://{}", self.address))
            .await
            .context("open a browser")?;
        if let Some(session) = client.session_id().await? {
            self.sessions
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(session);
        }
        if matches!(screen, Screen::Phone) {
            client.set_window_size(390, 844).await?;
        }
        Ok(Page::new(client, colour))
    }
}

impl Driver {
    /// Ends a browser: chromedriver would leave it running when it is killed.
    fn end_browser(&self, session: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(&self.address)?;
        write!(
            stream,
            "DELETE /session/{session} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )?;
        // Its answer comes when the browser has ended; the connection stays open after it.
        stream.set_read_timeout(Some(crate::wait::PATIENCE))?;
        stream.read(&mut [0; 256]).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let sessions =
            std::mem::take(&mut *self.sessions.lock().unwrap_or_else(PoisonError::into_inner));
        for session in sessions {
            // A browser that is gone already is as good as ended now.
            let _ = self.end_browser(&session);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
